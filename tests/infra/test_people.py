"""The roles that people take on: what each may, who may take it on, and that the second rings."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from infra.blueprint import OPERATE
from tests.infra.template import actions_of, listed, sample_settings, synthesize
from tests.workflow.kept import give_way

if TYPE_CHECKING:
    from pathlib import Path

    from infra.cloud.settings import Settings
    from tests.infra.template import Properties, Synthesized

ACCOUNT = sample_settings()["account"]
REGION = sample_settings()["region"]
ENVIRONMENT = sample_settings()["environment"]
OPERATOR = f"PositiveChallenge-{ENVIRONMENT}-operator"
BREAK_GLASS = f"PositiveChallenge-{ENVIRONMENT}-break-glass"
PATH = f"/positive-challenge-{ENVIRONMENT}/people/"
PERMISSION_SET = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Look_*"
)


def role(stack: Synthesized, name: str) -> tuple[str, Properties]:
    """Return a role by its name: its logical id, and its properties."""
    (found,) = (
        (id_, one)
        for id_, one in stack.of_type("AWS::IAM::Role").items()
        if one.get("RoleName") == name
    )
    return found


def allowed(stack: Synthesized, name: str) -> list[Properties]:
    """Return what a role may do, statement by statement."""
    return stack.allowed_to(role(stack, name)[0])


# Who may take them on


@pytest.mark.parametrize("name", [OPERATOR, BREAK_GLASS])
def test_the_roles_have_the_names_by_which_others_know_them(stack: Synthesized, name: str) -> None:
    _, one = role(stack, name)
    assert one["Path"] == PATH
    assert one["MaxSessionDuration"] == 3600
    assert "ManagedPolicyArns" not in one
    assert "DeletionPolicy" not in one


def test_whoever_the_settings_name_may_look(stack: Synthesized) -> None:
    (trust,) = role(stack, OPERATOR)[1]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": listed(_names("operators"))},
    }


def _names(setting: str) -> list[str]:
    return [name.strip() for name in sample_settings()[setting].split(",")]


def test_an_emergency_asks_a_user_for_a_second_factor_and_everybody_for_this_region(
    stack: Synthesized,
) -> None:
    """Identity Center asks for the second factor itself, and does not tell AWS about it."""
    trusts = role(stack, BREAK_GLASS)[1]["AssumeRolePolicyDocument"]["Statement"]
    of_users, of_sets = sorted(trusts, key=lambda one: "Bool" not in one["Condition"])
    for trust in trusts:
        assert trust["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        # STS reports a call in the region whose endpoint was asked: the bell only hears this one.
        assert trust["Condition"]["StringEquals"] == {"aws:RequestedRegion": REGION}
    names = _names("break_glass")
    assert of_users["Condition"]["ArnLike"]["aws:PrincipalArn"] == [
        one for one in names if ":user/" in one
    ]
    assert of_users["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}
    assert of_users["Condition"]["NumericLessThan"] == {"aws:MultiFactorAuthAge": "3600"}
    assert of_sets["Condition"]["ArnLike"]["aws:PrincipalArn"] == [
        one for one in names if ":user/" not in one
    ]


def test_where_nobody_is_named_there_is_no_role_and_nothing_that_rings(tmp_path: Path) -> None:
    none = synthesize(tmp_path, operators="", break_glass="")
    assert not [one for one in none.of_type("AWS::IAM::Role").values() if "RoleName" in one]
    assert bell_of(none) is None
    assert not {"OperatorRoleArn", "BreakGlassRoleArn"} & none.outputs.keys()
    names = [one["AlarmName"] for one in none.of_type("AWS::CloudWatch::Alarm").values()]
    assert not [name for name in names if "break-glass" in name]


def test_one_role_can_be_there_without_the_other(tmp_path: Path) -> None:
    looks = synthesize(tmp_path, break_glass="")
    assert "OperatorRoleArn" in looks.outputs
    assert "BreakGlassRoleArn" not in looks.outputs


@pytest.fixture
def settings() -> Settings:
    """Read the sample settings."""
    from infra.cloud.settings import Settings  # noqa: PLC0415 - starts Node

    return Settings(**sample_settings())


@pytest.mark.parametrize(
    "who",
    [
        "",
        f"arn:aws:iam::{ACCOUNT}:user/ola",
        f"arn:aws:iam::{ACCOUNT}:user/team/ola, {PERMISSION_SET}",
        PERMISSION_SET.replace("eu-west-2/", ""),
        PERMISSION_SET.replace("*", "0123456789abcdef"),
    ],
)
def test_people_can_be_named_by_user_and_by_permission_set(settings: Settings, who: str) -> None:
    named = replace(settings, operators=who, break_glass=who)
    assert named.operator_arns == named.break_glass_arns
    assert len(named.operator_arns) == len([one for one in who.split(",") if one])


def test_a_plain_role_may_look_and_may_not_break_the_glass(settings: Settings) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    plain = f"arn:aws:iam::{ACCOUNT}:role/operators"
    assert replace(settings, operators=plain).operator_arns == (plain,)
    with pytest.raises(DeploymentSettingsError, match="whether a second factor was used"):
        replace(settings, break_glass=plain)


@pytest.mark.parametrize("setting", ["operators", "break_glass"])
@pytest.mark.parametrize(
    "who",
    [
        "*",
        "ola",
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{ACCOUNT}:user/*",
        f"arn:aws:iam::{ACCOUNT}:role/*",
        f"arn:aws:iam::{ACCOUNT}:role/team-*",
        f"arn:aws:iam::{ACCOUNT}:group/operators",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/operators/ola",
        "arn:aws:iam::999999999999:user/ola",
        PERMISSION_SET.replace("_Look_*", "_*"),
        PERMISSION_SET.replace("_Look_*", "*"),
        f"arn:aws:iam::{ACCOUNT}:user/ola arn:aws:iam::{ACCOUNT}:user/ole",
    ],
)
def test_nobody_is_let_in_by_a_slip(settings: Settings, setting: str, who: str) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    with pytest.raises(
        DeploymentSettingsError, match=f"{setting} is {re.escape(repr(who))}: write users"
    ):
        replace(settings, **{setting: who})


# What each may


def test_whoever_looks_may_call_one_function_and_write_nowhere(stack: Synthesized) -> None:
    for statement in allowed(stack, OPERATOR):
        for action in listed(statement["Action"]):
            service, _, verb = action.partition(":")
            if action == "lambda:InvokeFunction":
                assert statement["Resource"] == {"Fn::GetAtt": [stack.id_of(OPERATE), "Arn"]}
                continue
            looks = re.match(r"(Describe|List|Get|Filter|StartQuery|StopQuery)", verb)
            assert looks, f"{action} does more than look"
            assert service not in {"dynamodb", "s3", "secretsmanager", "kms", "ssm", "cognito-idp"}


def test_nothing_that_operators_look_at_is_a_record_a_mail_a_secret_or_a_dead_letter(
    stack: Synthesized,
) -> None:
    may = actions_of(allowed(stack, OPERATOR))
    assert {one for one in may if one.startswith("sqs:")} == {
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    }
    # Of a function: not its code, and none of its settings.
    assert {one for one in may if one.startswith("lambda:")} == {"lambda:InvokeFunction"}
    assert not [one for one in may if re.match(r"(xray|cloudtrail|iam|sts|logs:Unmask)", one)]


def test_operators_read_every_log_of_this_environment_and_no_other(stack: Synthesized) -> None:
    (read,) = (
        listed(statement["Resource"])
        for statement in allowed(stack, OPERATOR)
        if "logs:StartQuery" in listed(statement["Action"])
    )
    named = json.dumps(read)
    groups = {
        name
        for name, one in stack.of_type("AWS::Logs::LogGroup").items()
        # The gateway's own error log is in AWS's words: nobody here chose them.
        if "API-Gateway-Execution-Logs" not in json.dumps(one)
    }
    assert {name for name in stack.of_type("AWS::Logs::LogGroup") if name in named} == groups
    assert len(read) == len(groups)


def test_the_emergencys_role_may_look_as_well(stack: Synthesized) -> None:
    looks, mends = (actions_of(allowed(stack, one)) for one in (OPERATOR, BREAK_GLASS))
    assert looks < mends


def test_the_emergencys_role_mends_the_record_and_deletes_nothing_of_it(
    stack: Synthesized,
) -> None:
    mends = actions_of(allowed(stack, BREAK_GLASS)) - actions_of(allowed(stack, OPERATOR))
    assert mends == {
        *("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem"),
        "dynamodb:UpdateItem",
        *("kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
        *("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
        *("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucketVersions"),
        *("sqs:ReceiveMessage", "sqs:DeleteMessage"),
        "sns:Publish",
        "states:StopExecution",
    }


def test_of_a_restored_table_the_emergencys_role_only_reads(stack: Synthesized) -> None:
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    restored = {"Fn::Join": ["", [{"Fn::GetAtt": [table, "Arn"]}, "-restored"]]}
    (reads,) = (
        set(listed(statement["Action"]))
        for statement in allowed(stack, BREAK_GLASS)
        if statement["Resource"] == restored
    )
    assert reads == {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"}


# The function that answers


def test_operate_writes_nothing_itself(stack: Synthesized) -> None:
    may = actions_of(stack.allowed_to_function(OPERATE))
    assert {one for one in may if one.startswith(("dynamodb:", "s3:", "states:"))} == {
        *("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"),
        *("s3:ListBucketVersions", "s3:GetObjectVersion"),
        *("states:ListExecutions", "states:DescribeExecution"),
    }


def test_operate_scans_for_no_word_of_a_record(stack: Synthesized) -> None:
    from adapters.operating.verifying import READS  # noqa: PLC0415

    (scan,) = (
        statement
        for statement in stack.allowed_to_function(OPERATE)
        if statement["Action"] == "dynamodb:Scan"
    )
    assert scan["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": list(READS)},
        "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }


def test_operate_calls_those_whose_dead_letters_it_gives_back(stack: Synthesized) -> None:
    from infra.cloud.stack import UNATTENDED  # noqa: PLC0415 - starts Node

    (calls,) = (
        statement["Resource"]
        for statement in stack.allowed_to_function(OPERATE)
        if statement["Action"] == "lambda:InvokeFunction"
    )
    assert sorted(one["Fn::GetAtt"][0] for one in calls) == sorted(map(stack.id_of, UNATTENDED))


# The bell


def bell_of(stack: Synthesized) -> tuple[str, Properties] | None:
    """Return the rule that rings, with its logical id, if there is one."""
    rules = [
        (id_, one)
        for id_, one in stack.of_type("AWS::Events::Rule").items()
        if one["EventPattern"]["source"] == ["aws.sts"]
    ]
    assert len(rules) <= 1
    return rules[0] if rules else None


def bell(stack: Synthesized) -> tuple[str, Properties]:
    """Return the rule that rings, with its logical id."""
    found = bell_of(stack)
    assert found
    return found


def test_whoever_takes_on_the_emergencys_role_is_told_of_to_the_alarms_topic(
    stack: Synthesized,
) -> None:
    _, rule = bell(stack)
    assert rule["EventPattern"] == {
        "source": ["aws.sts"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["sts.amazonaws.com"],
            "eventName": ["AssumeRole"],
            "requestParameters": {"roleArn": [f"arn:aws:iam::{ACCOUNT}:role{PATH}{BREAK_GLASS}"]},
        },
    }
    # CloudTrail counts AssumeRole as a read, which a rule in the plain state ENABLED misses.
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    (target,) = rule["Targets"]
    (topic,) = stack.of_type("AWS::SNS::Topic")
    assert target["Arn"] == {"Ref": topic}
    told = target["InputTransformer"]
    paths = told["InputPathsMap"]
    assert set(re.findall(r"<(\w+)>", told["InputTemplate"])) == set(paths)
    assert paths["who"] == "$.detail.userIdentity.arn"
    said = json.loads(re.sub(r"<\w+>", "…", told["InputTemplate"]))
    assert said.endswith("Runbook: docs/operations.md#break-glass-used")


def test_the_bell_may_ring_and_what_it_could_not_tell_is_kept(stack: Synthesized) -> None:
    rule, one = bell(stack)
    (topic,) = (
        policy["PolicyDocument"]["Statement"]
        for policy in stack.of_type("AWS::SNS::TopicPolicy").values()
    )
    of_events = [one for one in topic if "events.amazonaws.com" in json.dumps(one["Principal"])]
    assert [statement["Action"] for statement in of_events] == ["sns:Publish"]
    kept = [
        statement
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}
        == statement.get("Condition")
    ]
    assert [statement["Action"] for statement in kept] == ["sqs:SendMessage"]
    assert kept[0]["Principal"] == {"Service": "events.amazonaws.com"}
    (target,) = one["Targets"]
    assert target["DeadLetterConfig"]["Arn"] == kept[0]["Resource"]


def test_whoever_gives_dead_letters_back_may_tell_the_topic_what_it_was_not_told(
    stack: Synthesized,
) -> None:
    (topic,) = stack.of_type("AWS::SNS::Topic")
    for may in (stack.allowed_to_function(OPERATE), allowed(stack, BREAK_GLASS)):
        (rings,) = (one for one in may if one["Action"] == "sns:Publish")
        assert rings["Resource"] == {"Ref": topic}
        through = [
            one["Condition"]["StringEquals"]["kms:ViaService"]
            for one in may
            if "kms:GenerateDataKey" in listed(one["Action"])
        ]
        assert f"sns.{REGION}.amazonaws.com" in through, "the topic is under a key"


def test_the_dashboard_shows_that_it_rang(stack: Synthesized) -> None:
    (alarm,) = (
        one
        for one in stack.of_type("AWS::CloudWatch::Alarm").values()
        if one["AlarmName"].endswith("-break-glass-used")
    )
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": bell(stack)[0]}}]


# Tried in an emulator that enforces it

#: What is tried: a service, a method of its client, and its arguments. None of it exists: a role
#: that may do it gets the answer that there is none.
_MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:none"
_EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:none:PCE-2222-2222_1"
_ITEM: dict[str, Any] = {"TableName": "none", "Key": {"PK": {"S": "X"}, "SK": {"S": "X"}}}
_OBJECT = {"Bucket": "none", "Key": "none"}
_QUEUE = {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/none"}
LOOKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "list executions": ("stepfunctions", "list_executions", {"stateMachineArn": _MACHINE}),
    "open an execution": ("stepfunctions", "describe_execution", {"executionArn": _EXECUTION}),
    "read its history": ("stepfunctions", "get_execution_history", {"executionArn": _EXECUTION}),
    "call operate": ("lambda", "invoke", {"FunctionName": "none", "Payload": b"{}"}),
    "see a queue's numbers": (
        "sqs",
        "get_queue_attributes",
        {**_QUEUE, "AttributeNames": ["All"]},
    ),
}
MENDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "read an item": ("dynamodb", "get_item", _ITEM),
    "write an item": ("dynamodb", "put_item", {"TableName": "none", "Item": _ITEM["Key"]}),
    "scan": ("dynamodb", "scan", {"TableName": "none"}),
    "stop an execution": ("stepfunctions", "stop_execution", {"executionArn": _EXECUTION}),
    "read a mail": ("s3", "get_object", _OBJECT),
    "read a dead letter": ("sqs", "receive_message", _QUEUE),
}
NOBODY: dict[str, tuple[str, str, dict[str, Any]]] = {
    "delete an item": ("dynamodb", "delete_item", _ITEM),
    "write an object": ("s3", "put_object", {**_OBJECT, "Body": b""}),
    "delete an object": ("s3", "delete_object", _OBJECT),
    "read a secret": ("secretsmanager", "get_secret_value", {"SecretId": "none"}),
    "change a function": (
        "lambda",
        "update_function_configuration",
        {"FunctionName": "none", "Timeout": 1},
    ),
    "change a role": (
        "iam",
        "put_role_policy",
        {"RoleName": OPERATOR, "PolicyName": "more", "PolicyDocument": "{}"},
    ),
}


def is_refused(role_name: str, stack: Synthesized, call: tuple[str, str, dict[str, Any]]) -> bool:
    """Whether somebody in a role is refused, with the role's policies from the template.

    moto checks which actions a role may do, but not on what: the tests above read that from the
    template. It names actions after the client's methods; AWS names one of them differently.
    """
    service, method, arguments = call
    give_way()
    with mock_aws():
        iam = boto3.client("iam", REGION)
        iam.create_role(RoleName=role_name, Path=PATH, AssumeRolePolicyDocument="{}")
        statements = [
            {"Effect": one["Effect"], "Action": action, "Resource": "*"}
            for one in allowed(stack, role_name)
            for action in (
                each.replace("InvokeFunction", "Invoke") for each in listed(one["Action"])
            )
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=role_name, PolicyName="all", PolicyDocument=document)
        arn = iam.get_role(RoleName=role_name)["Role"]["Arn"]
        sts = boto3.client("sts", REGION)
        keys = sts.assume_role(RoleArn=arn, RoleSessionName="ola")["Credentials"]
        make: Any = boto3.client
        client = make(
            service,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

        @set_initial_no_auth_action_count(0)
        def try_it() -> bool:
            try:
                getattr(client, method)(**arguments)
            except ClientError as error:
                said = str(error)
                assert "SignatureDoesNotMatch" not in said, "nobody was asked what the role may"
                return "AccessDenied" in said
            return False

        return bool(try_it())


@pytest.mark.parametrize("what", [*LOOKS, *MENDS, *NOBODY])
def test_an_emulator_that_asks_iam_lets_each_role_do_its_own_and_no_more(
    stack: Synthesized, what: str
) -> None:
    call = (LOOKS | MENDS | NOBODY)[what]
    assert is_refused(OPERATOR, stack, call) is (what not in LOOKS)
    assert is_refused(BREAK_GLASS, stack, call) is (what in NOBODY)
