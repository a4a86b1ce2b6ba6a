"""The trail on AWS: what it records, that nobody can erase it, and who may write."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from infra.blueprint import ROOT
from tests.infra.template import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.template import Properties, Synthesized


def _bucket(stack: Synthesized) -> Properties:
    return stack.of_type("AWS::S3::Bucket")[stack.id_of_bucket("Trail")]


def _recorded(stack: Synthesized) -> list[dict[str, list[Any]]]:
    """Return what is recorded: field → the values it has, or begins with; one line each.

    Values after ``but`` are those it does not have.
    """
    return [
        {
            f"{one['Field']}{' but' if 'NotEquals' in one else ''}": (
                one.get("Equals") or one.get("StartsWith") or one["NotEquals"]
            )
            for one in selector["FieldSelectors"]
        }
        for selector in stack.only("AWS::CloudTrail::Trail")["AdvancedEventSelectors"]
    ]


def test_whoever_touches_an_item_is_written_down(stack: Synthesized) -> None:
    """Reads as well: by default AWS records neither."""
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    assert {
        "eventCategory": ["Data"],
        "resources.type": ["AWS::DynamoDB::Table"],
        "resources.ARN": [{"Fn::GetAtt": [table, "Arn"]}],
    } in _recorded(stack)


def test_whoever_touches_a_mail_or_a_seal_is_written_down_but_not_what_the_trail_does_itself(
    stack: Synthesized,
) -> None:
    (objects,) = (
        one for one in _recorded(stack) if one.get("resources.type") == ["AWS::S3::Object"]
    )
    named = [one["Fn::Join"][1] for one in objects["resources.ARN"]]
    # Without the slash, a bucket whose name begins the same would count too.
    assert {end for _, end in named} == {"/"}
    found = {begin["Fn::GetAtt"][0] for begin, _ in named}
    assert found == {stack.id_of_bucket("Mails"), stack.id_of_bucket("Heads")}
    assert found == stack.of_type("AWS::S3::Bucket").keys() - {stack.id_of_bucket("Trail")}


def test_every_change_is_written_down_so_that_rules_hear_of_it(stack: Synthesized) -> None:
    assert {"eventCategory": ["Management"], "readOnly": ["false"]} in _recorded(stack)
    trail = stack.only("AWS::CloudTrail::Trail")
    assert trail["IsLogging"] is True
    assert trail["EnableLogFileValidation"] is True


def test_whoever_takes_on_a_role_is_written_down_and_no_use_of_a_key(stack: Synthesized) -> None:
    """AWS counts AssumeRole as a read: without reads the bell would never ring."""
    assert {
        "eventCategory": ["Management"],
        "readOnly": ["true"],
        "eventSource but": ["kms.amazonaws.com", "rdsdata.amazonaws.com"],
    } in _recorded(stack)
    (bell,) = (
        rule
        for rule in stack.of_type("AWS::Events::Rule").values()
        if rule["EventPattern"]["source"] == ["aws.sts"]
    )
    assert bell["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def test_whoever_calls_a_function_is_written_down_and_none_is_named(stack: Synthesized) -> None:
    """Lambda does not tell a function who calls it, and the data stack knows none by its name."""
    calls = {"eventCategory": ["Data"], "resources.type": ["AWS::Lambda::Function"]}
    assert calls in _recorded(stack)


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_what_was_written_is_locked_for_as_long_as_the_oldest_backup(
    tmp_path: Path, mode: str
) -> None:
    stack = synthesize(tmp_path, object_lock=mode)
    bucket = _bucket(stack)
    assert bucket["ObjectLockEnabled"] is True
    locked = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    rules = stack.only("AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    oldest = max(rule["Lifecycle"]["DeleteAfterDays"] for rule in rules)
    assert locked == {"Mode": mode.upper(), "Days": oldest}
    # And no longer: it says what people did.
    expires = [rule.get("ExpirationInDays") for rule in bucket["LifecycleConfiguration"]["Rules"]]
    assert expires == [oldest, None]


def test_it_is_under_s3_s_own_key(stack: Synthesized) -> None:
    """Somebody who could destroy a key of the council's would blind the trail with it."""
    (how,) = _bucket(stack)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert how == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert "KMSKeyId" not in stack.only("AWS::CloudTrail::Trail")


def test_cloudtrail_alone_may_write_and_for_this_trail_alone(stack: Synthesized) -> None:
    (policy,) = (
        one["PolicyDocument"]["Statement"]
        for one in stack.of_type("AWS::S3::BucketPolicy").values()
        if one["Bucket"] == {"Ref": stack.id_of_bucket("Trail")}
    )
    trail = stack.only("AWS::CloudTrail::Trail")
    allowed = [one for one in policy if one["Effect"] == "Allow"]
    assert [one["Action"] for one in allowed] == ["s3:GetBucketAcl", "s3:PutObject"]
    for one in allowed:
        assert one["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        arn = one["Condition"]["StringEquals"]["aws:SourceArn"]
        assert arn.endswith(f":trail/{trail['TrailName']}")


def test_no_role_of_ours_may_touch_the_trail(stack: Synthesized) -> None:
    bucket = stack.id_of_bucket("Trail")
    for policy in stack.of_type("AWS::IAM::Policy").values():
        assert bucket not in json.dumps(policy)
        assert "cloudtrail:" not in json.dumps(policy)


def test_the_trail_comes_after_the_leave_to_write(stack: Synthesized) -> None:
    ((_, trail),) = (
        (name, one)
        for name, one in stack.resources.items()
        if one["Type"] == "AWS::CloudTrail::Trail"
    )
    (policy,) = (
        name
        for name, one in stack.of_type("AWS::S3::BucketPolicy").items()
        if one["Bucket"] == {"Ref": stack.id_of_bucket("Trail")}
    )
    assert policy in trail["DependsOn"]
    # Its name is fixed, so it must go with the stack.
    assert trail.get("DeletionPolicy", "Delete") == "Delete"


# The runbook's own reading of it


def _event(name: str, arn: str, **key: str) -> dict[str, Any]:
    return {
        "eventTime": "2026-12-24T09:00:00Z",
        "eventName": name,
        "userIdentity": {"arn": arn},
        "sourceIPAddress": "192.0.2.1",
        "requestParameters": {"tableName": "positive-challenge", "key": key},
    }


OURS = "arn:aws:sts::111122223333:assumed-role/PositiveChallenge-live-FunctionsPagesRole1A2B/pages"
GLASS = "arn:aws:sts::111122223333:assumed-role/PositiveChallenge-live-break-glass/ola.sample"
SOMEBODY = "arn:aws:iam::111122223333:user/somebody"


def _told(folder: Path, what: str, ours: str) -> list[list[str]]:
    """Return what the runbook's command prints, word by word, for the files in ``folder``."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    found = re.search(
        r"^python - .*? <<'EOF'\n(import gzip.*?)^EOF$", text, re.MULTILINE | re.DOTALL
    )
    assert found
    done = subprocess.run(
        [sys.executable, "-", what, ours],
        input=found[1],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return [line.split() for line in done.stdout.splitlines()]


def test_the_runbook_says_who_but_the_service_touched_a_challenge(tmp_path: Path) -> None:
    records = [
        _event("GetItem", OURS, PK="CHALLENGE#PCE-1", SK="HEAD"),
        _event("PutItem", SOMEBODY, PK="CHALLENGE#PCE-1", SK="EVENT#000003"),
        _event("PutItem", SOMEBODY, PK="CHALLENGE#PCE-2", SK="EVENT#000003"),
        _event("UpdateItem", GLASS, PK="CHALLENGE#PCE-1", SK="HEAD"),
    ]
    (tmp_path / "trail").mkdir()
    with gzip.open(tmp_path / "trail" / "one.json.gz", "wt", encoding="utf-8") as file:
        json.dump({"Records": records}, file)
    wrote = ["2026-12-24T09:00:00Z", "PutItem", SOMEBODY, "192.0.2.1"]
    mended = [wrote[0], "UpdateItem", GLASS, wrote[3]]
    assert _told(tmp_path, "CHALLENGE#PCE-1", "PositiveChallenge-live-Functions") == [wrote, mended]
    everybody = _told(tmp_path, "CHALLENGE#PCE-1", "")
    assert [line[2] for line in everybody] == [OURS, SOMEBODY, GLASS]


def test_the_runbook_knows_our_functions_by_the_names_of_their_roles(stack: Synthesized) -> None:
    """And no role that people take on could be taken for one of them."""
    runbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert '"$STACK-Functions" <<' in runbook
    for function in stack.of_type("AWS::Lambda::Function").values():
        assert function["Role"]["Fn::GetAtt"][0].startswith("Functions")
    for role in stack.of_type("AWS::IAM::Role").values():
        assert not role.get("RoleName", "").startswith("PositiveChallenge-test-Functions")
