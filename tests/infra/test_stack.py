"""The stack on AWS: what it keeps, who may do what, and that every handler is deployable.

The way in over HTTP has its own tests (``test_doors.py``). One slow test makes the asset.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.mailroom import KEYS
from adapters.outgoing import CALLED_AGAIN, WOKEN_AGAIN
from infra.blueprint import (
    ADVICE,
    API,
    AUDIT,
    DAILY,
    DECIDE,
    DELIVERY,
    DOCUMENTS,
    FUNCTION_PLACEHOLDERS,
    FUNCTIONS,
    FUNCTIONS_DIR,
    INDEXES,
    INTAKE,
    OPERATE,
    PAGES,
    PARTITION_KEY,
    ROOT,
    SEAL,
    SORT_KEY,
    STATE_MACHINE_FILE,
    SWEEP,
)
from tests.infra.template import actions_of, flags, listed, sample_settings, synthesize

# Importing aws_cdk starts Node, which takes seconds, so only tests that need it do.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.blueprint import Function
    from infra.cloud.settings import Settings
    from tests.infra.template import Synthesized

#: Actions for which AWS has no resource to name, and what adds them.
WITHOUT_RESOURCES = {
    "xray:GetSamplingRules",  # X-Ray, for the functions and the state machine
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "logs:CreateLogDelivery",  # the state machine's log
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "backup:DescribeRegionSettings",  # what the console lists for operators
    "backup:ListBackupJobs",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "logs:DescribeQueries",
    "logs:GetQueryResults",
    "logs:StopQuery",
    "scheduler:ListScheduleGroups",
    "scheduler:ListSchedules",
    "servicequotas:ListServiceQuotas",
    "ses:GetAccount",
    "ses:GetSuppressedDestination",
    "states:ListStateMachines",
}

#: Where we differ from what CDK recommends, and why.
OWN_FLAGS = {
    # No other partition of AWS is meant.
    "@aws-cdk/core:target-partitions": ["aws"],
    # CloudFormation then refuses to remove from the data stack what the service uses.
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
}

#: The largest unzipped deployment Lambda takes, in bytes.
LAMBDA_LIMIT = 250 * 1024 * 1024
#: Ours for one machine, the development tools', and what packages install beside themselves.
LEFT_OUT = {"infra", "tests", "moto", "aws_cdk", "awscli", "holidays", "pytest", "bin"}
#: The ELF header's word for arm64.
ELF_AARCH64 = 0xB7


# The record


def test_the_record_is_encrypted_with_the_councils_own_key(stack: Synthesized) -> None:
    assert stack.only("AWS::DynamoDB::Table")["SSESpecification"] == {
        "KMSMasterKeyId": {"Fn::GetAtt": [stack.id_of_key("Record"), "Arn"]},
        "SSEEnabled": True,
        "SSEType": "KMS",
    }


def test_every_key_that_encrypts_is_renewed_each_year(stack: Synthesized) -> None:
    """The one that signs is not: AWS could not, and its fingerprint is printed in documents."""
    keys = stack.of_type("AWS::KMS::Key").values()
    encrypt = [key for key in keys if key.get("KeyUsage") != "SIGN_VERIFY"]
    assert {key["EnableKeyRotation"] for key in encrypt} == {True}
    assert len(encrypt) == len(keys) - 1


def test_the_record_can_be_restored_to_any_minute_and_is_not_deleted_by_mistake(
    stack: Synthesized,
) -> None:
    table = stack.only("AWS::DynamoDB::Table")
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["DeletionProtectionEnabled"] is True
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "delete_after", "Enabled": True}


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    ],
)
def test_what_cannot_be_made_again_outlives_the_stack(stack: Synthesized, kind: str) -> None:
    """What a failed first deployment made is deleted with it, except what is protected.

    The trail's bucket is an exception too: what CloudTrail wrote into it at once is locked.
    """
    kept = {name: one for name, one in stack.resources.items() if one["Type"] == kind}
    assert kept
    for name, resource in kept.items():
        protected = kind == "AWS::DynamoDB::Table" or name == stack.id_of_bucket("Trail")
        assert resource["DeletionPolicy"] == ("Retain" if protected else "RetainExceptOnCreate")
        assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_table_has_the_keys_and_indexes_of_the_blueprint(stack: Synthesized) -> None:
    table = stack.only("AWS::DynamoDB::Table")
    assert table["KeySchema"] == _keys(PARTITION_KEY, SORT_KEY)
    assert {
        index["IndexName"]: (index["KeySchema"], index["Projection"])
        for index in table["GlobalSecondaryIndexes"]
    } == {
        index.name: (_keys(index.partition_key, index.sort_key), {"ProjectionType": "ALL"})
        for index in INDEXES
    }


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


# The functions


def test_every_handler_is_deployed_and_nothing_else_is(stack: Synthesized) -> None:
    deployed = stack.of_type("AWS::Lambda::Function").values()
    assert sorted(
        (function["Handler"], function["Timeout"], function["MemorySize"]) for function in deployed
    ) == sorted(
        (function.handler, function.timeout_seconds, function.memory_mb) for function in FUNCTIONS
    )


def test_each_function_has_a_role_and_a_log_of_its_own(stack: Synthesized) -> None:
    deployed = stack.of_type("AWS::Lambda::Function")
    roles = {function["Role"]["Fn::GetAtt"][0] for function in deployed.values()}
    logs = {function["LoggingConfig"]["LogGroup"]["Ref"] for function in deployed.values()}
    assert len(roles) == len(logs) == len(FUNCTIONS)
    for role in roles:
        # Ready-made policies allow more than one function needs.
        assert "ManagedPolicyArns" not in stack.of_type("AWS::IAM::Role")[role]


def test_every_function_runs_on_arm_under_python_3_13_and_is_traced(stack: Synthesized) -> None:
    for function in stack.of_type("AWS::Lambda::Function").values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_the_functions_can_be_made_for_the_machine_of_an_emulator(tmp_path: Path) -> None:
    made = synthesize(tmp_path, functions_run="here")
    python = "python{}.{}".format(*sys.version_info[:2])
    for function in made.of_type("AWS::Lambda::Function").values():
        assert function["Runtime"] == python


def test_no_other_machine_can_be_named(tmp_path: Path) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    with pytest.raises(DeploymentSettingsError, match="functions_run is 'there'"):
        synthesize(tmp_path, functions_run="there")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_every_function_gets_the_settings_of_the_council(
    stack: Synthesized, function: Function
) -> None:
    context = sample_settings()
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(function)]
    given = deployed["Environment"]["Variables"]
    assert {name: given[name] for name in given if isinstance(given[name], str)} == {
        "MAIL_FROM": context["mail_from"],
        "INTAKE_ADDRESS": context["intake_address"],
        "PUBLIC_URL": context["public_url"],
        "COUNCIL_NAME": context["council_name"],
        "OIDC_ISSUER": context["oidc_issuer"],
        "OIDC_CLIENT_ID": context["oidc_client_id"],
        "API_AUDIENCE": context["api_audience"],
        "API_CLIENTS": context["api_clients"],
        "CASE_SYSTEM_CLIENTS": "none",
        "POWERTOOLS_SERVICE_NAME": function.name,
        "POWERTOOLS_METRICS_NAMESPACE": f"PositiveChallenge-{context['environment']}",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    (secret,) = stack.of_type("AWS::SecretsManager::Secret")
    (machine,) = stack.of_type("AWS::StepFunctions::StateMachine")
    (letters,) = stack.of_type("AWS::SES::ConfigurationSet")
    sends = function in (DECIDE, INTAKE, DAILY)
    assert given["TABLE_NAME"] == {"Ref": table}
    assert given.get("MAIL_CONFIGURATION_SET") == ({"Ref": letters} if sends else None)
    assert given["SECRET_ID"] == {"Ref": secret}
    mails, heads = stack.id_of_bucket("Mails"), stack.id_of_bucket("Heads")
    keeps_files = function in (INTAKE, DOCUMENTS)
    assert given.get("MAIL_BUCKET") == ({"Ref": mails} if keeps_files else None)
    reads_seals = function in (SEAL, AUDIT, OPERATE)
    assert given.get("HEADS_BUCKET") == ({"Ref": heads} if reads_seals else None)
    knows_legs = function not in (DECIDE, DOCUMENTS, SEAL, AUDIT, DAILY)
    assert given.get("STATE_MACHINE_ARN") == ({"Ref": machine} if knows_legs else None)
    sweep = {"Ref": stack.id_of(SWEEP)}
    assert given.get("SWEEP_FUNCTION") == (sweep if function == OPERATE else None)
    assert ("DEAD_LETTERS" in given) is (function == OPERATE)
    advice_key = {"Fn::GetAtt": [stack.id_of_key("Record"), "Arn"]}
    assert given.get("PRIVILEGED_KEY") == (advice_key if function == ADVICE else None)
    signing = {"Fn::GetAtt": [stack.id_of_key("Signing"), "Arn"]}
    shows_it = function in (DOCUMENTS, OPERATE)
    assert given.get("SIGNING_KEY") == (signing if shows_it else None)


def test_a_training_environments_functions_and_no_others_can_run_fast(
    stack: Synthesized, tmp_path: Path
) -> None:
    """Every function of it: one with another clock would undo the others' work."""

    def of(synthesized: Synthesized) -> list[str | None]:
        deployed = synthesized.of_type("AWS::Lambda::Function").values()
        variables = [function["Environment"]["Variables"] for function in deployed]
        return [given.get("WORKING_DAY_SECONDS") for given in variables]

    training = synthesize(tmp_path, environment="training-north", working_day_seconds="30")
    assert of(training) == ["30"] * len(FUNCTIONS)
    assert of(stack) == [None] * len(FUNCTIONS)


# Who may do what


def test_no_role_has_a_wildcard_in_an_action(stack: Synthesized) -> None:
    for policy in stack.of_type("AWS::IAM::Policy").values():
        for action in actions_of(policy["PolicyDocument"]["Statement"]):
            assert "*" not in action


def test_only_the_account_may_do_everything_with_the_records_key(stack: Synthesized) -> None:
    """It is AWS's own default: without it, nobody could ever change the key's policy."""
    key = stack.of_type("AWS::KMS::Key")[stack.id_of_key("Record")]
    statements = key["KeyPolicy"]["Statement"]
    (full,) = (statement for statement in statements if "kms:*" in listed(statement["Action"]))
    assert full["Principal"]["AWS"] == f"arn:aws:iam::{sample_settings()['account']}:root"
    for statement in statements:
        if statement is not full and statement["Effect"] == "Allow":
            assert "kms:ViaService" in statement["Condition"]["StringEquals"]


def test_a_wildcard_resource_only_where_aws_has_no_other(stack: Synthesized) -> None:
    for policy in stack.of_type("AWS::IAM::Policy").values():
        statements = policy["PolicyDocument"]["Statement"]
        wide = [statement for statement in statements if "*" in listed(statement["Resource"])]
        assert actions_of(wide) <= WITHOUT_RESOURCES


@pytest.mark.parametrize(
    ("function", "services"),
    [
        (DECIDE, {"logs", "xray", "dynamodb", "kms", "ses"}),
        (SWEEP, {"logs", "xray", "dynamodb", "kms", "states", "sqs"}),
        (PAGES, {"logs", "xray", "dynamodb", "kms", "states", "secretsmanager"}),
        (INTAKE, {"logs", "xray", "dynamodb", "kms", "states", "ses", "s3", "sqs"}),
        (API, {"logs", "xray", "dynamodb", "kms", "states"}),
        (ADVICE, {"logs", "xray", "dynamodb", "kms", "states", "secretsmanager"}),
        (DOCUMENTS, {"logs", "xray", "dynamodb", "kms", "s3", "secretsmanager"}),
        (SEAL, {"logs", "xray", "dynamodb", "kms", "s3", "sqs"}),
        (AUDIT, {"logs", "xray", "dynamodb", "kms", "s3", "sqs"}),
        (DAILY, {"logs", "xray", "dynamodb", "kms", "ses", "sqs"}),
        (DELIVERY, {"logs", "xray", "dynamodb", "kms", "states", "sqs"}),
        (OPERATE, {"logs", "xray", "dynamodb", "kms", "states", "s3", "sqs", "sns", "lambda"}),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_a_function_may_use_only_the_services_of_its_work(
    stack: Synthesized, function: Function, services: set[str]
) -> None:
    allowed = actions_of(stack.allowed_to_function(function))
    assert {action.split(":")[0] for action in allowed} == services


@pytest.mark.parametrize(
    "function", [SWEEP, PAGES, INTAKE, API, ADVICE, DELIVERY], ids=lambda function: function.name
)
def test_legs_are_started_and_stopped_on_the_one_machine_only(
    stack: Synthesized, function: Function
) -> None:
    (machine,) = stack.of_type("AWS::StepFunctions::StateMachine")
    allowed = {
        action: statement["Resource"]
        for statement in stack.allowed_to_function(function)
        for action in listed(statement["Action"])
        if action.startswith("states:")
    }
    looks = {"states:ListExecutions", "states:DescribeExecution"} if function == SWEEP else set()
    assert allowed.keys() == {"states:StartExecution", "states:StopExecution"} | looks
    for action, resource in allowed.items():
        if action in ("states:StartExecution", "states:ListExecutions"):
            assert resource == {"Ref": machine}
            continue
        *_, before, name, after = resource["Fn::Join"][1]
        assert before == "arn:aws:states:eu-west-2:111122223333:execution:"
        assert name == {"Fn::GetAtt": [machine, "Name"]}
        assert after == ":*"


@pytest.mark.parametrize("function", [DECIDE, INTAKE, DAILY], ids=lambda function: function.name)
def test_letters_are_sent_from_the_councils_address_only(
    stack: Synthesized, function: Function
) -> None:
    (send,) = (
        statement
        for statement in stack.allowed_to_function(function)
        if "ses:SendEmail" in listed(statement["Action"])
    )
    (letters,) = stack.of_type("AWS::SES::ConfigurationSet")
    # SES checks the identity and configuration it sends with, and the recipient if that is also an
    # identity of the account: verified in the sandbox, or the council's own domain.
    ours = "arn:aws:ses:eu-west-2:111122223333"
    assert send["Resource"] == [
        f"{ours}:identity/*",
        {"Fn::Join": ["", [f"{ours}:configuration-set/", {"Ref": letters}]]},
    ]
    assert send["Condition"] == {
        "StringEquals": {"ses:FromAddress": sample_settings()["mail_from"]}
    }


def test_the_session_key_is_made_by_aws_and_is_in_no_template(stack: Synthesized) -> None:
    secret = stack.only("AWS::SecretsManager::Secret")
    assert secret["KmsKeyId"] == {"Fn::GetAtt": [stack.id_of_key("Record"), "Arn"]}
    assert "SecretString" not in secret
    made = secret["GenerateSecretString"]
    assert made["GenerateStringKey"] == "session_key"
    # 64 letters and digits are the base64url of 48 bytes.
    assert made["PasswordLength"] == 64
    assert made["ExcludePunctuation"] is True
    assert json.loads(made["SecretStringTemplate"]) == {"oidc_client_secret": ""}


# The ladder


def test_the_machine_on_aws_is_the_file_that_runs_on_one_machine(stack: Synthesized) -> None:
    machine = stack.only("AWS::StepFunctions::StateMachine")
    assert machine["DefinitionString"] == STATE_MACHINE_FILE.read_text("utf-8")
    assert machine["StateMachineType"] == "STANDARD"


def test_every_placeholder_has_its_substitution_and_vice_versa(stack: Synthesized) -> None:
    machine = stack.only("AWS::StepFunctions::StateMachine")
    placeholders = set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"]))
    assert placeholders == FUNCTION_PLACEHOLDERS.keys()
    assert machine["DefinitionSubstitutions"] == {
        placeholder: {"Fn::GetAtt": [stack.id_of(function), "Arn"]}
        for placeholder, function in FUNCTION_PLACEHOLDERS.items()
    }


def test_the_machine_may_call_the_functions_it_names_and_no_others(stack: Synthesized) -> None:
    role = stack.only("AWS::StepFunctions::StateMachine")["RoleArn"]["Fn::GetAtt"][0]
    callable_ = [
        resource
        for statement in stack.allowed_to(role)
        if statement["Action"] == "lambda:InvokeFunction"
        for resource in (
            statement["Resource"]
            if isinstance(statement["Resource"], list)
            else [statement["Resource"]]
        )
    ]
    assert callable_ == [
        {"Fn::GetAtt": [stack.id_of(function), "Arn"]}
        for function in FUNCTION_PLACEHOLDERS.values()
    ]


# The ways in


def test_the_sweep_is_called_every_five_minutes(stack: Synthesized) -> None:
    (schedule,) = (
        schedule
        for schedule in stack.of_type("AWS::Scheduler::Schedule").values()
        if schedule["Target"]["Arn"] == {"Fn::GetAtt": [stack.id_of(SWEEP), "Arn"]}
    )
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["State"] == "ENABLED"
    assert schedule["Target"]["Input"] == "{}"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/London"


def test_a_sweep_is_over_before_the_next_begins() -> None:
    assert SWEEP.timeout_seconds < 5 * 60


# Mail in


def test_mail_to_the_intake_address_is_put_into_s3_before_the_function_is_called(
    stack: Synthesized,
) -> None:
    rule = stack.only("AWS::SES::ReceiptRule")["Rule"]
    assert rule["Recipients"] == [sample_settings()["intake_address"]]
    assert rule["ScanEnabled"] is True, "without it there is no verdict on spam and viruses"
    assert rule["TlsPolicy"] == "Require"
    put, call = rule["Actions"]
    bucket = {"Ref": stack.id_of_bucket("Mails")}
    assert put["S3Action"] == {"BucketName": bucket, "ObjectKeyPrefix": KEYS}
    assert call["LambdaAction"] == {
        "FunctionArn": {"Fn::GetAtt": [stack.id_of(INTAKE), "Arn"]},
        "InvocationType": "Event",
    }


def test_mails_are_encrypted_and_kept(stack: Synthesized) -> None:
    key = stack.id_of_key("Record")
    bucket = stack.of_type("AWS::S3::Bucket")[stack.id_of_bucket("Mails")]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {
        "KMSMasterKeyID": {"Fn::GetAtt": [key, "Arn"]},
        "SSEAlgorithm": "aws:kms",
    }
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_an_email_is_held_for_longer_than_the_function_may_run() -> None:
    """And for less than the minute until AWS calls again, or nobody would send it."""
    assert INTAKE.timeout_seconds < CALLED_AGAIN.holds.total_seconds() < 60
    assert CALLED_AGAIN.longest_pause == timedelta(0)
    assert DECIDE.timeout_seconds < WOKEN_AGAIN.holds.total_seconds()


# The settings


@pytest.fixture
def settings() -> Settings:
    """Read the sample settings."""
    from infra.cloud.settings import Settings  # noqa: PLC0415

    return Settings(**sample_settings())


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"environment": "Live!"}, "environment is 'Live!'"),
        ({"public_url": "http://challenge.example.org"}, "begins with https://"),
        ({"public_url": "https://challenge.example.org/"}, "or a slash at its end"),
        ({"public_url": "https://challenge.example.org/x"}, "without a port, a path"),
        ({"public_url": "https://challenge.example.org:8443"}, "without a port"),
        ({"public_url": "https://Challenge.example.org"}, "a name in lower case"),
        ({"oidc_issuer": "login.example.org"}, "oidc_issuer is 'login.example.org'"),
        ({"oidc_issuer": ""}, "write both oidc_issuer and the client's id there, or neither"),
        ({"oidc_client_id": ""}, "write both oidc_issuer and the client's id there, or neither"),
        ({"public_url": "https://mail.challenge.example.org"}, "another name than domain"),
        ({"domain": "https://challenge.example.org"}, "write a mail domain in lower case"),
        ({"council_name": "Two\nlines"}, "the council's name as it should appear in emails"),
        ({"api_clients": "forms platform"}, "separated by commas, or none"),
        ({"case_system_clients": "case system"}, "separated by commas, or none"),
        ({"api_clients": "a, b", "case_system_clients": "b"}, "no program may both raise and read"),
        ({"object_lock": "none"}, "write compliance for a live environment"),
        ({"lambda_quota": "1"}, "write the number that `aws lambda get-account-settings`"),
        ({"lambda_quota": "many"}, "write the number that `aws lambda get-account-settings`"),
        ({"profile": "cheap"}, "profile is 'cheap': write full, or lean for lower costs"),
        ({"receipt_rule_set": "a rule set"}, "the name of an existing rule set"),
        ({"mail_from": "challenge@example.com"}, "write an address at mail.challenge.example.org"),
        ({"intake_address": "in@example.com"}, "intake_address is 'in@example.com'"),
        ({"mail_from": "Us <us@mail.challenge.example.org>"}, "without a display name"),
        ({"alarm_address": "operations"}, "write an email address, or leave it out"),
        ({"account": "1111"}, "account is '1111': write its 12 digits"),
        ({"region": "London"}, "write a region of AWS, for example eu-west-2"),
        ({"region": "eu-west-1"}, "this is outside the United Kingdom"),
        ({"region": "eu-west-1", "region_outside_uk": "us-east-1"}, "outside the United Kingdom"),
        ({"region_outside_uk": "eu-west-1"}, "region is 'eu-west-2': write the same here, or"),
        ({"certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/x"}, "account and"),
        ({"working_day_seconds": "30"}, "leave it out, or name it training-…"),
        ({"working_day_seconds": "30", "environment": "live"}, "environment is 'live'"),
        ({"working_day_seconds": "5", "environment": "training"}, "from 20 to 3600"),
        ({"working_day_seconds": "soon", "environment": "training"}, "for example 30"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_with_what_to_write(
    settings: Settings, wrong: dict[str, str], advice: str
) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    with pytest.raises(DeploymentSettingsError, match=re.escape(advice)):
        replace(settings, **wrong)


#: Settings that a live environment can have, without the name of any council.
LIVE = {
    "environment": "live",
    "domain": "mail.challenge.council.test",
    "public_url": "https://challenge.council.test",
    "mail_from": "challenge@mail.challenge.council.test",
    "intake_address": "challenge@mail.challenge.council.test",
    "oidc_issuer": "https://login.council.test",
    "object_lock": "compliance",
    "alarm_address": "operations@council.test",
}


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"object_lock": "governance"}, "object_lock is 'governance': environment is 'live'"),
        ({"alarm_address": ""}, "write who gets the alarms"),
        ({"lambda_quota": "99"}, "lambda_quota is '99': environment is 'live': ask AWS for 100"),
        ({"lambda_quota": "many"}, "write the number that `aws lambda get-account-settings`"),
        ({"operators": ""}, "write who may look, or they will need an administrator's"),
        ({"break_glass": ""}, "write who may correct the record in an emergency"),
        ({"alarm_address": "us@example.com"}, "alarm_address is 'us@example.com'"),
        ({"public_url": "https://challenge.council.example"}, "a sample's name"),
        ({"oidc_issuer": "https://login.example.org/v2"}, "a sample's name"),
        (
            {
                "domain": "mail.example.org",
                "mail_from": "challenge@mail.example.org",
                "intake_address": "challenge@mail.example.org",
            },
            "domain is 'mail.example.org': environment is 'live'",
        ),
    ],
)
@pytest.mark.parametrize("environment", ["live", "live-north"])
def test_a_live_environment_is_no_sample(
    settings: Settings, environment: str, wrong: dict[str, str], advice: str
) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    live = replace(settings, **{**LIVE, "environment": environment})
    assert live.is_live
    with pytest.raises(
        DeploymentSettingsError, match=re.escape(advice.replace("'live'", f"'{environment}'"))
    ):
        replace(live, **wrong)


def test_a_region_outside_the_united_kingdom_is_taken_if_it_is_named_twice(
    settings: Settings,
) -> None:
    abroad = replace(settings, region="eu-west-1", region_outside_uk="eu-west-1")
    assert abroad.region == "eu-west-1"


def test_both_stacks_are_for_the_account_and_region_of_the_settings(
    stack: Synthesized,
) -> None:
    manifest = json.loads((stack.data.parent / "manifest.json").read_text("utf-8"))
    stacks = [
        one for one in manifest["artifacts"].values() if one["type"] == "aws:cloudformation:stack"
    ]
    assert [one["environment"] for one in stacks] == ["aws://111122223333/eu-west-2"] * 2


# The file of settings


@pytest.fixture
def read_file(tmp_path: Path) -> Callable[..., Settings]:
    """Read settings as the app does: from the sample file with a change, and a context."""
    from aws_cdk import App  # noqa: PLC0415

    from infra.cloud.settings import read  # noqa: PLC0415

    def reading(change: Callable[[str], str] = str, name: str = "test", **beside: str) -> Settings:
        sample = (ROOT / flags()["settings"]).read_text("utf-8")
        file = tmp_path / f"{name}.toml"
        file.write_text(change(sample), "utf-8")
        return read(App(context={"settings": str(file), **beside}).node)

    return reading


def test_all_missing_settings_are_named_at_once(read_file: Callable[..., Settings]) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    def without(text: str) -> str:
        return re.sub(r"(?m)^(domain|public_url) = .*$", "", text)

    with pytest.raises(DeploymentSettingsError, match="No value for: domain, public_url"):
        read_file(without)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda text: text + 'objectlock = "compliance"', "unknown settings: objectlock"),
        (lambda text: text + "working_day_seconds = 30", "write text in quotation marks"),
        (lambda text: text + "oops", "which cannot be read"),
        (lambda text: text.replace('"test"', '"live-north"'), "live-north"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(
    read_file: Callable[..., Settings], change: Callable[[str], str], advice: str
) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    with pytest.raises(DeploymentSettingsError, match=advice):
        read_file(change)


def test_the_file_of_another_environment_is_refused(read_file: Callable[..., Settings]) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    assert read_file().environment == "test"
    with pytest.raises(DeploymentSettingsError, match="name the file after it"):
        read_file(name="training")


def test_a_setting_on_the_command_line_is_refused(read_file: Callable[..., Settings]) -> None:
    """It would be forgotten the next time."""
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    with pytest.raises(DeploymentSettingsError, match=r"alarm_address: write this in .*test\.toml"):
        read_file(alarm_address="operations@council.test")


def test_a_file_has_to_be_named() -> None:
    from aws_cdk import App  # noqa: PLC0415

    from infra.cloud.settings import DeploymentSettingsError, read  # noqa: PLC0415

    with pytest.raises(DeploymentSettingsError, match="add -c settings=environments/"):
        read(App(context={}).node)


# The flags of CDK


def test_every_flag_that_cdk_recommends_is_set_as_it_recommends_or_here() -> None:
    """Set them before anything is deployed: later, a flag can replace what it changes."""
    import aws_cdk  # noqa: PLC0415

    (library,) = (Path(aws_cdk.__file__).parent / "_jsii").glob("aws-cdk-lib@*.tgz")
    with tarfile.open(library) as archive:
        file = archive.extractfile("package/recommended-feature-flags.json")
        assert file
        recommended = json.load(file)
    ours = {name: value for name, value in flags().items() if name.startswith("@aws-cdk")}
    assert ours == recommended | OWN_FLAGS


@pytest.mark.parametrize(
    ("procedure", "advice"),
    [
        ('on_no_repli = "ask"', "no such setting: on_no_repli"),
        ('on_no_reply = "perhaps"', "on_no_reply is 'perhaps', and has to be"),
        ("on_no_reply = ", "cannot be read"),
        ('resolution_period = "20"', "resolution_period is '20', and has to be a whole number"),
        ("decide_at_least = true", "decide_at_least is True, and has to be a whole number"),
        ("confirm_within = 0", "confirm_within is 0, and has to be 1 or more"),
        ('closure_days_count = "no"', "closure_days_count is 'no', and has to be true or false"),
        ("version = 2", "version is 2, and has to be text in quotation marks"),
        ('themes = "placement"', "themes is 'placement', and has to be a list"),
    ],
)
def test_a_procedure_that_the_functions_could_not_read_is_refused_before_it_is_deployed(
    settings: Settings, tmp_path: Path, procedure: str, advice: str
) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    file = tmp_path / "our-procedure.toml"
    file.write_text(procedure, "utf-8")
    with pytest.raises(DeploymentSettingsError, match=re.escape(advice)):
        replace(settings, procedure_file=str(file))


def test_a_procedure_that_is_not_there_is_refused(settings: Settings) -> None:
    from infra.cloud.settings import DeploymentSettingsError  # noqa: PLC0415

    with pytest.raises(
        DeploymentSettingsError, match=r"procedure_file is 'ours\.toml'.* cannot be read"
    ):
        replace(settings, procedure_file="ours.toml")


def test_the_sample_procedure_is_deployed_unless_the_council_names_its_own(
    settings: Settings, tmp_path: Path
) -> None:
    assert settings.procedure_path == FUNCTIONS_DIR / "procedure.toml"
    own = tmp_path / "our-procedure.toml"
    own.write_text('on_no_reply = "ask"', "utf-8")
    assert replace(settings, procedure_file=str(own)).procedure_path == own


def test_another_procedure_makes_another_asset_so_that_it_is_deployed(
    stack: Synthesized, tmp_path: Path
) -> None:
    own = tmp_path / "our-procedure.toml"
    own.write_text('on_no_reply = "ask"', "utf-8")
    other = synthesize(tmp_path / "cdk", procedure_file=str(own))
    assert _assets(other).isdisjoint(_assets(stack))


def _assets(stack: Synthesized) -> set[str]:
    functions = stack.of_type("AWS::Lambda::Function").values()
    return {function["Code"]["S3Key"] for function in functions}


# The linters


def test_cfn_lint_accepts_the_templates(stack: Synthesized) -> None:
    # W3005: CDK writes a DependsOn beside each reference to a role, so that its policies exist
    # too; cfn-lint calls the one on the role itself needless.
    files = str(stack.data), str(stack.service)
    done = _run(_tool("cfn-lint"), "--ignore-checks", "W3005", "--", *files)
    assert done.returncode == 0, done.stdout


def test_asl_validator_accepts_the_definition() -> None:
    tool = ROOT / "node_modules" / ".bin" / "asl-validator"
    done = _run(tool, "--json-path", str(STATE_MACHINE_FILE))
    assert done.returncode == 0, done.stdout


def _tool(name: str) -> Path:
    return Path(sys.executable).parent / name


def _run(tool: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert tool.exists(), f"{tool} is missing: run make setup"
    return subprocess.run(
        [str(tool), *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


# The asset


def test_the_asset_holds_what_the_functions_need_and_nothing_else(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """One test, so that the asset is made once: as a deployment makes it."""
    own = tmp_path / "our-procedure.toml"
    own.write_text('on_no_reply = "ask"', "utf-8")
    synthesize(tmp_path, bundle=True, procedure_file=str(own))
    assets = sorted(tmp_path.glob("asset.*"), key=lambda one: (one / "documents").is_dir())
    common, of_documents = assets  # one for all functions but one, however many there are
    with subtests.test("what sets type is in the asset of the documents alone"):
        assert not (common / "typst").exists()
        assert (of_documents / "typst").is_dir()
        assert [*of_documents.glob("documents/*.typ")]
        assert [*of_documents.glob("documents/fonts/*.ttf")]
    _check_asset(common, own, subtests, [one for one in FUNCTIONS if one != DOCUMENTS])
    _check_asset(of_documents, own, subtests, [DOCUMENTS])


def _check_asset(
    asset: Path, own: Path, subtests: pytest.Subtests, functions: list[Function]
) -> None:
    there = {path.name.split(".")[0] for path in asset.iterdir()}

    for function in functions:
        with subtests.test("every handler is in it", function=function.name):
            module, name = function.handler.rsplit(".", 1)
            place = asset / Path(*module.split("."))
            files = [place.with_suffix(".py"), place / "__init__.py"]
            assert any(name in _names(file) for file in files if file.is_file())

    with subtests.test("the council's own procedure is where the functions look for it"):
        assert (asset / "procedure.toml").read_text("utf-8") == own.read_text("utf-8")

    with subtests.test("all that our code imports is in it"):
        # It holds packages for arm64, so its imports are looked up, not run.
        ours = {path.relative_to(FUNCTIONS_DIR) for path in FUNCTIONS_DIR.rglob("*.py")}
        assert ours
        imported = {
            (str(file), name)
            for file in ours
            for name in _imports(ast.parse((asset / file).read_text("utf-8")))
        }
        # Only the function that makes documents gets to the one module that imports it.
        elsewhere = set() if DOCUMENTS in functions else {"typst"}
        known = there | sys.stdlib_module_names | elsewhere
        assert {(file, name) for file, name in imported if name not in known} == set()

    with subtests.test("what is for one machine or for development is not in it"):
        assert not there & LEFT_OUT
        assert not [*asset.rglob("ruff.toml"), *asset.rglob(".ruff_cache"), *asset.rglob("*.scss")]

    with subtests.test("its pages have their style sheet"):
        assert [*asset.glob("pages/static/**/*.css")], "run make setup, which builds it"

    with subtests.test("its compiled packages are for arm64"):
        compiled = [*asset.rglob("*.so")]
        assert compiled
        for file in compiled:
            assert int.from_bytes(file.read_bytes()[18:20], "little") == ELF_AARCH64, file

    size = sum(path.stat().st_size for path in asset.rglob("*") if path.is_file())
    print(f"asset: {size / 1024 / 1024:.0f} MB unzipped")  # noqa: T201 - shown by pytest -rP
    with subtests.test("Lambda takes it"):
        assert size < LAMBDA_LIMIT


def test_compiled_code_is_not_checked_against_its_source(tmp_path: Path) -> None:
    """CDK's zip resets every file's time: code checked by time would compile at each start."""
    from infra.cloud import bundle  # noqa: PLC0415

    (tmp_path / "module.py").write_text("ANSWER = 42\n", "utf-8")
    bundle.compile_all(tmp_path)
    (compiled,) = tmp_path.rglob("*.pyc")
    flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
    assert flags == 0b01  # has a hash (bit 0), never checked (bit 1 clear)
    assert b"/var/task/module.py" in compiled.read_bytes()


@pytest.mark.parametrize("environment", ["live", "live-north"])
def test_a_live_environment_is_refused_without_compiled_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    from infra.cloud import bundle  # noqa: PLC0415

    monkeypatch.setattr(bundle, "_compiles", lambda _: False)
    with pytest.raises(bundle.BundleError, match=r"Deploy from Python 3\.13: make setup PYTHON="):
        synthesize(tmp_path, bundle=False, **{**LIVE, "environment": environment})


def test_a_live_environment_is_taken_with_compiled_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.cloud import bundle  # noqa: PLC0415

    monkeypatch.setattr(bundle, "_compiles", lambda _: True)
    live = synthesize(tmp_path, bundle=False, **LIVE)
    assert live.of_type("AWS::Lambda::Function")
    assert live.service.name == "PositiveChallenge-live.template.json"


@pytest.mark.parametrize("environment", ["test", "training"])
def test_others_are_warned_of_missing_compiled_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    environment: str,
) -> None:
    from infra.cloud import bundle  # noqa: PLC0415

    monkeypatch.setattr(bundle, "_compiles", lambda _: False)
    assert synthesize(tmp_path / "cdk", environment=environment).resources
    monkeypatch.setattr(bundle, "_install_packages", lambda *_: None)
    asset = tmp_path / "asset"
    asset.mkdir()
    bundle.make(asset, FUNCTIONS_DIR / "procedure.toml")
    assert "Bundled without compiled code" in caplog.text


def test_a_module_with_the_name_of_a_package_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.cloud import bundle  # noqa: PLC0415

    (tmp_path / "handlers").mkdir()
    monkeypatch.setattr(bundle, "_install_packages", lambda *_: None)
    with pytest.raises(bundle.BundleError, match="functions/handlers has the name"):
        bundle.make(tmp_path, FUNCTIONS_DIR / "procedure.toml")


def _names(file: Path) -> set[str]:
    """Find what a module defines at its top level."""
    names = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
            case ast.ImportFrom(names=aliases):
                names.update(alias.asname or alias.name for alias in aliases)
            case _:
                pass
    return names


def _imports(node: ast.AST) -> Iterator[str]:
    """Find the top-level names of all imports, except those only for the type checker."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return
        case ast.Import(names=aliases):
            yield from (alias.name.split(".")[0] for alias in aliases)
        case ast.ImportFrom(module=str(module), level=0):
            yield module.split(".")[0]
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imports(child)
