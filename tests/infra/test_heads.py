"""The locked heads on AWS: who may add a night, and that nobody may remove one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adapters.seals import ENDED, KEYS
from domain.retention import KEPT_FOR_YEARS
from infra.blueprint import AUDIT, FUNCTIONS, OPERATE, SEAL, SWEEP
from tests.infra.template import actions_of, listed, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from infra.blueprint import Function
    from tests.infra.template import Synthesized

#: The longest retention that S3 accepts, in days.
S3_LIMIT = 36_500


def _lock(stack: Synthesized) -> Any:  # noqa: ANN401 - a template's own
    bucket = stack.of_type("AWS::S3::Bucket")[stack.id_of_bucket("Heads")]
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    return bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]


def test_each_night_is_locked_as_it_is_written_for_as_long_as_a_record_is_kept(
    stack: Synthesized,
) -> None:
    lock = _lock(stack)
    assert lock["Mode"] == "GOVERNANCE", "the sample settings are a test environment's"
    assert KEPT_FOR_YEARS * 365.25 <= lock["Days"] <= S3_LIMIT


def test_a_live_environment_locks_so_that_nobody_at_all_can_unlock(tmp_path: Path) -> None:
    assert _lock(synthesize(tmp_path, object_lock="compliance"))["Mode"] == "COMPLIANCE"


def test_the_function_may_add_a_night_and_read_them_and_nobody_else_may_anything(
    stack: Synthesized,
) -> None:
    bucket = {"Fn::GetAtt": [stack.id_of_bucket("Heads"), "Arn"]}
    objects, ended = ({"Fn::Join": ["", [bucket, f"/{one}*"]]} for one in (KEYS, ENDED))
    allowed = {
        function.name: sorted(
            (action, str(statement["Resource"]))
            for statement in stack.allowed_to_function(function)
            for action in actions_of([statement])
            if str(bucket) in str(statement["Resource"])
        )
        for function in FUNCTIONS
    }
    assert {name: found for name, found in allowed.items() if found} == {
        SEAL.name: [
            ("s3:GetObjectVersion", str(objects)),
            ("s3:ListBucketVersions", str(bucket)),
            ("s3:PutObject", str(objects)),
        ],
        # It adds to what it keeps itself, and cannot make a seal.
        AUDIT.name: sorted(
            [
                ("s3:GetObjectVersion", str(objects)),
                ("s3:GetObjectVersion", str(ended)),
                ("s3:ListBucketVersions", str(bucket)),
                ("s3:ListBucketVersions", str(bucket)),
                ("s3:PutObject", str(ended)),
            ]
        ),
        OPERATE.name: [
            ("s3:GetObjectVersion", str(objects)),
            ("s3:ListBucketVersions", str(bucket)),
        ],
    }


def test_no_role_may_delete_unlock_or_shorten_anything_in_s3(stack: Synthesized) -> None:
    allowed = {
        action
        for policy in stack.of_type("AWS::IAM::Policy").values()
        for action in actions_of(policy["PolicyDocument"]["Statement"])
        if action.startswith("s3:")
    }
    forbidden = ("Delete", "Bypass", "PutBucket", "PutLifecycle", "LegalHold", "Replicate")
    assert allowed
    assert [action for action in allowed if any(word in action for word in forbidden)] == []


def test_sealing_reads_keys_and_hashes_alone(stack: Synthesized) -> None:
    scans = {
        function.name: [
            statement["Condition"]
            for statement in stack.allowed_to_function(function)
            if "dynamodb:Scan" in listed(statement["Action"])
        ]
        for function in FUNCTIONS
    }
    # Operate's scan is tested with what people may do.
    assert {name for name, found in scans.items() if found} == {
        *(SEAL.name, OPERATE.name, SWEEP.name)
    }
    # Sweep reads the rows of two indexes: of open challenges, and of ended ones.
    assert scans[SWEEP.name] == [
        _of_attributes("PK", "SK", "summary", "iro", "raised_at"),
        _of_attributes("PK", "SK", "summary", "of_iro", "ended"),
    ]
    assert scans[SEAL.name] == [_of_attributes("PK", "SK", "hash")]

    others = actions_of(stack.allowed_to_function(SEAL)) - {"dynamodb:Scan"}
    assert not [action for action in others if action.startswith("dynamodb:")]


def _of_attributes(*names: str) -> dict[str, object]:
    """Return the condition that only these attributes are read."""
    return {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": [*names]},
        "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }


@pytest.mark.parametrize("function", [SEAL, AUDIT], ids=lambda function: function.name)
def test_whoever_only_reads_the_table_has_its_key_for_that_alone(
    stack: Synthesized, function: Function
) -> None:
    """And only through DynamoDB: seals and what has ended are under S3's own key."""
    key = {"Fn::GetAtt": [stack.id_of_key("Record"), "Arn"]}
    uses = [one for one in stack.allowed_to_function(function) if one["Resource"] == key]
    assert [one["Action"] for one in uses] == [["kms:Decrypt", "kms:DescribeKey"]]
    assert uses[0]["Condition"] == {
        "StringEquals": {"kms:ViaService": "dynamodb.eu-west-2.amazonaws.com"}
    }


def test_the_audit_reads_the_record_and_the_index_of_what_is_open_and_writes_neither(
    stack: Synthesized,
) -> None:
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    (statement,) = (
        one
        for one in stack.allowed_to_function(AUDIT)
        if any(action.startswith("dynamodb:") for action in listed(one["Action"]))
    )
    assert statement["Action"] == ["dynamodb:GetItem", "dynamodb:Query"]
    arn = {"Fn::GetAtt": [table, "Arn"]}
    index = {"Fn::Join": ["", [arn, "/index/by_wake"]]}
    assert statement["Resource"] == [arn, index]
