"""Who may write to the record: each function where it has to, and nobody else."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from adapters.record.beside import LOOK
from infra.blueprint import (
    ADVICE,
    AUDIT,
    BY_CHILD,
    BY_ENDED,
    BY_IRO,
    BY_TRAY,
    BY_WAKE,
    DAILY,
    DECIDE,
    DELIVERY,
    DOCUMENTS,
    FUNCTIONS,
    INDEXES,
    INTAKE,
    ONLY_LOOKS,
    ONLY_UPDATE,
    OPERATE,
    PAGES,
    SEAL,
    SWEEP,
    WRITES,
    WRITES_WHERE_PEOPLE_TRAIN,
)
from tests.infra.template import listed, sample_settings, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from infra.blueprint import Function
    from tests.infra.template import Properties, Synthesized

ENVIRONMENT, ACCOUNT = sample_settings()["environment"], sample_settings()["account"]

#: Every action that changes an item, or lets somebody do so.
WRITING = {
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
}


def _writing(stack: Synthesized, function: Function) -> Properties | None:
    """Return the one statement that lets a function write, if there is one."""
    found = [
        one for one in stack.allowed_to_function(function) if WRITING & set(listed(one["Action"]))
    ]
    assert len(found) <= 1
    return found[0] if found else None


# Each function where it has to ------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_writes_in_the_partitions_of_its_work_alone(
    stack: Synthesized, function: Function
) -> None:
    statement = _writing(stack, function)
    if function not in WRITES:
        assert statement is None
        return
    assert statement
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    assert statement["Resource"] == {"Fn::GetAtt": [table, "Arn"]}
    where = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(WRITES[function])}}
    what = {"ForAllValues:StringEquals": {"dynamodb:Attributes": list(LOOK)}}
    assert statement["Condition"] == where | (what if function in ONLY_LOOKS else {})
    put, update = ["dynamodb:PutItem"], ["dynamodb:UpdateItem"]
    how = put if function in ONLY_LOOKS else update if function in ONLY_UPDATE else put + update
    assert listed(statement["Action"]) == how


def test_what_makes_documents_can_add_a_look_and_no_event() -> None:
    """An event, a head and a link all have attributes that its role may not write."""
    assert ONLY_LOOKS == (DOCUMENTS,)
    assert set(LOOK) == {"PK", "SK", "officer", "via", "hash"}


def test_only_drafts_and_forms_may_end(stack: Synthesized) -> None:
    """DynamoDB deletes what has this attribute, so whoever writes is refused it on the record."""
    writers = 0
    for name in stack.of_type("AWS::IAM::Role"):
        writes = [one for one in stack.allowed_to(name) if WRITING & set(listed(one["Action"]))]
        (table,) = stack.of_type("AWS::DynamoDB::Table")
        refused = [
            (set(listed(one["Action"])), one["Resource"], one["Condition"])
            for one in stack.refused_to(name)
            if one.get("Sid") == "OnlyFormsAndDraftsEnd"
        ]
        expected = (
            {"dynamodb:PutItem", "dynamodb:UpdateItem"},
            {"Fn::GetAtt": [table, "Arn"]},
            {
                "ForAnyValue:StringEquals": {"dynamodb:Attributes": ["delete_after"]},
                "ForAnyValue:StringNotLike": {"dynamodb:LeadingKeys": ["DRAFT#*", "FORM#*"]},
            },
        )
        assert refused == ([expected] if writes else []), name
        writers += bool(writes)
    assert writers == len(WRITES) + 1, "the functions that write, and the emergency role"


def test_the_letters_of_the_morning_touch_no_challenge(stack: Synthesized) -> None:
    statement = _writing(stack, DAILY)
    assert statement
    assert statement["Action"] == "dynamodb:UpdateItem"
    (where,) = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert where == "DAILY#*"


def test_the_pages_alone_change_directory_and_cover() -> None:
    """Sweep notes in the partition of cover how far it has come."""
    for function in FUNCTIONS:
        where = WRITES.get(function, ())
        loads = any(fnmatchcase("DIRECTORY#1-00000000", one) for one in where)
        assert loads == (function == PAGES)
        assert any(fnmatchcase("COUNCIL", one) for one in where) == (function in (PAGES, SWEEP))
        assert not any(fnmatchcase("CLOCK", one) for one in where)


def test_only_where_people_train_may_a_page_move_the_clock(tmp_path: Path) -> None:
    training = synthesize(tmp_path, environment="training-north", working_day_seconds="30")
    for function in WRITES:
        statement = _writing(training, function)
        assert statement
        where = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert where == [*WRITES[function], *WRITES_WHERE_PEOPLE_TRAIN.get(function, ())]
    assert set(WRITES_WHERE_PEOPLE_TRAIN) == {PAGES}


def test_a_function_queries_only_the_indexes_that_it_reads(stack: Synthesized) -> None:
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    arn = {"Fn::GetAtt": [table, "Arn"]}
    indexes = {
        function: {
            index.name
            for index in INDEXES
            for one in stack.allowed_to_function(function)
            if {"Fn::Join": ["", [arn, f"/index/{index.name}"]]} in listed(one["Resource"])
        }
        for function in FUNCTIONS
    }
    assert {function.name: found for function, found in indexes.items() if found} == {
        DECIDE.name: {BY_CHILD.name},
        SWEEP.name: {BY_WAKE.name, BY_IRO.name, BY_ENDED.name},
        AUDIT.name: {BY_WAKE.name},
        DAILY.name: {BY_TRAY.name},
        INTAKE.name: {BY_TRAY.name},
        PAGES.name: {index.name for index in INDEXES},
        ADVICE.name: {BY_CHILD.name},
        DOCUMENTS.name: {BY_CHILD.name, BY_WAKE.name, BY_IRO.name, BY_ENDED.name},
        OPERATE.name: {BY_WAKE.name, BY_TRAY.name, BY_IRO.name},
    }
    assert "/index/*" not in stack.service.read_text("utf-8")


def test_who_only_seals_audits_or_answers_operators_writes_nothing() -> None:
    assert not {SEAL, AUDIT, OPERATE} & WRITES.keys()
    assert {DELIVERY, DAILY} == set(ONLY_UPDATE)


# And nobody else --------------------------------------------------------------------------------


def _denied(stack: Synthesized, name: str = "NobodyElseWrites") -> Properties:
    """Return what the table's own policy refuses."""
    policy = stack.only("AWS::DynamoDB::Table")["ResourcePolicy"]["PolicyDocument"]
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == {"AWS": "*"}
    (found,) = (one for one in policy["Statement"] if one["Sid"] == name)
    return dict(found)


def _is_refused(statement: Properties, principal: str | None) -> bool:
    """Whether it refuses a caller with this ARN, or without one, as IAM reads ArnNotLike.

    A wildcard never reaches beyond the part of the ARN that it is in.
    """
    if principal is None:
        return True
    patterns = statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    return not any(
        all(
            fnmatchcase(part, pattern)
            for part, pattern in zip(principal.split(":", 5), one.split(":", 5), strict=True)
        )
        for one in patterns
    )


def test_where_nobody_may_break_the_glass_the_table_refuses_nobody(tmp_path: Path) -> None:
    """Otherwise nobody could load the first directory, without which nobody can sign in."""
    none = synthesize(tmp_path, break_glass="")
    assert "ResourcePolicy" not in none.only("AWS::DynamoDB::Table")


def test_the_role_to_break_the_glass_is_the_one_that_the_table_lets_write(
    stack: Synthesized,
) -> None:
    (role,) = (
        one
        for one in stack.of_type("AWS::IAM::Role").values()
        if str(one.get("RoleName", "")).endswith("-break-glass")
    )
    arn = f"arn:aws:iam::{ACCOUNT}:role{role['Path']}{role['RoleName']}"
    assert not _is_refused(_denied(stack), arn)


def test_the_table_refuses_every_way_to_write_or_delete(stack: Synthesized) -> None:
    refused = set(_denied(stack)["Action"])
    # A check changes nothing, but whoever may write needs it.
    assert refused == (WRITING - {"dynamodb:ConditionCheckItem"}) | {"dynamodb:DeleteTable"}


@pytest.mark.parametrize(
    ("principal", "refused"),
    [
        (f"role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-eu-west-2", False),
        (f"role/cdk-hnb659fds-deploy-role-{ACCOUNT}-eu-west-2", True),
        ("role/positive-challenge-test/people/PositiveChallenge-test-break-glass", True),
        ("role/positive-challenge-test/functions/PositiveChallenge-test-pages-1A2B3C", True),
        ("role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Administrator_1a2b", True),
        ("root", True),
    ],
)
def test_only_cloudformation_says_by_what_items_expire(
    stack: Synthesized,
    principal: str,
    refused: bool,  # noqa: FBT001 - of the table above
) -> None:
    statement = _denied(stack, "NobodyElseLetsExpire")
    assert statement["Action"] == "dynamodb:UpdateTimeToLive"
    assert _is_refused(statement, f"arn:aws:iam::{ACCOUNT}:{principal}") == refused
    assert _is_refused(statement, f"arn:aws:iam::444455556666:{principal}")
    assert _is_refused(statement, None)


def test_whoever_deploys_can_always_change_the_table_and_its_policy(stack: Synthesized) -> None:
    """If a policy shut them out, nobody could correct it."""
    statement = _denied(stack)
    assert "NotAction" not in statement
    for action in (
        "dynamodb:DeleteResourcePolicy",
        "dynamodb:DescribeTable",
        "dynamodb:GetResourcePolicy",
        "dynamodb:PutResourcePolicy",
        "dynamodb:RestoreTableToPointInTime",
        "dynamodb:StartAwsBackupJob",
        "dynamodb:TagResource",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
    ):
        assert not any(fnmatchcase(action, one) for one in statement["Action"]), action


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_the_table_knows_the_functions_by_the_path_of_their_roles(
    stack: Synthesized, function: Function
) -> None:
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(function)]
    role = stack.of_type("AWS::IAM::Role")[deployed["Role"]["Fn::GetAtt"][0]]
    assert "RoleName" not in role, "CloudFormation names it"
    arn = f"arn:aws:iam::{ACCOUNT}:role{role['Path']}PositiveChallenge-{function.name}-1A2B3C"
    assert not _is_refused(_denied(stack), arn)


@pytest.mark.parametrize(
    ("principal", "refused"),
    [
        ("role/positive-challenge-test/people/PositiveChallenge-test-break-glass", False),
        ("role/positive-challenge-test/people/PositiveChallenge-test-operator", True),
        ("role/positive-challenge-live/functions/PositiveChallenge-live-decide-1A2B3C", True),
        ("role/positive-challenge-live/people/PositiveChallenge-live-break-glass", True),
        ("role/PositiveChallenge-test-break-glass", True),
        ("role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-2", True),
        ("role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Administrator_1a2b", True),
        ("user/positive-challenge-test/functions/somebody", True),
        ("root", True),
    ],
)
def test_besides_them_only_who_breaks_the_glass_may_write(
    stack: Synthesized,
    principal: str,
    refused: bool,  # noqa: FBT001 - of the table above
) -> None:
    statement = _denied(stack)
    assert _is_refused(statement, f"arn:aws:iam::{ACCOUNT}:{principal}") == refused
    elsewhere = f"arn:aws:iam::444455556666:{principal}"
    assert _is_refused(statement, elsewhere), "of another account"


def test_a_service_of_aws_that_says_for_nobody_writes_nothing(stack: Synthesized) -> None:
    """A missing key is not like any value, so AWS's own services are refused too."""
    (operator,) = _denied(stack)["Condition"]
    assert operator == "ArnNotLike"


def test_only_functions_have_roles_under_the_path_that_may_write(stack: Synthesized) -> None:
    functions = {
        function["Role"]["Fn::GetAtt"][0]
        for function in stack.of_type("AWS::Lambda::Function").values()
    }
    path = f"/positive-challenge-{ENVIRONMENT}/functions/"
    roles: dict[str, Any] = stack.of_type("AWS::IAM::Role")
    under = {name for name, role in roles.items() if role.get("Path", "").startswith(path)}
    assert under == functions
