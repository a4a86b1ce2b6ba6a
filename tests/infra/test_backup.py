"""Backups on AWS: what is backed up, for how long, and who may do something with a backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.infra.template import listed, sample_settings

if TYPE_CHECKING:
    from tests.infra.template import Synthesized

DAILY, MONTHLY = "Daily", "Monthly"


def _rules(stack: Synthesized) -> dict[str, Any]:
    plan = stack.only("AWS::Backup::BackupPlan")["BackupPlan"]
    return {rule["RuleName"]: rule for rule in plan["BackupPlanRule"]}


def test_everything_that_cannot_be_made_again_is_backed_up(stack: Synthesized) -> None:
    """Except the trail: its files are locked for as long as any backup, and are not records."""
    selection = stack.only("AWS::Backup::BackupSelection")["BackupSelection"]
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    buckets = stack.of_type("AWS::S3::Bucket").keys() - {stack.id_of_bucket("Trail")}
    named = str(selection["Resources"])
    assert len(selection["Resources"]) == 1 + len(buckets)
    for resource in (table, *buckets):
        assert f"'{resource}'" in named


def test_there_is_one_each_night_and_one_each_month_that_is_kept_for_a_year(
    stack: Synthesized,
) -> None:
    rules = _rules(stack)
    assert set(rules) == {DAILY, MONTHLY}
    assert rules[DAILY]["ScheduleExpression"] == "cron(0 4 * * ? *)"
    assert rules[MONTHLY]["ScheduleExpression"] == "cron(0 5 1 * ? *)"
    assert rules[DAILY]["Lifecycle"] == {"DeleteAfterDays": 35}
    assert rules[MONTHLY]["Lifecycle"]["DeleteAfterDays"] > 366
    for rule in rules.values():
        assert rule["ScheduleExpressionTimezone"] == "Europe/London"


def test_the_vault_is_locked_has_a_key_of_its_own_and_outlives_the_stack(
    stack: Synthesized,
) -> None:
    ((_, vault),) = (
        (name, one)
        for name, one in stack.resources.items()
        if one["Type"] == "AWS::Backup::BackupVault"
    )
    key = stack.id_of_key("Backups")
    assert vault["Properties"]["EncryptionKeyArn"] == {"Fn::GetAtt": [key, "Arn"]}
    assert key != stack.id_of_key("Record")
    # With a date from which the lock is final, no trial environment could end.
    assert vault["Properties"]["LockConfiguration"] == {"MinRetentionDays": 35}
    assert vault["DeletionPolicy"] == "RetainExceptOnCreate"
    assert vault["UpdateReplacePolicy"] == "Retain"


def test_backing_up_and_restoring_are_roles_of_aws_backup_and_of_nobody_else(
    stack: Synthesized,
) -> None:
    roles = {
        name: role
        for name, role in stack.of_type("AWS::IAM::Role").items()
        if "backup.amazonaws.com" in str(role["AssumeRolePolicyDocument"])
    }
    assert len(roles) == 2
    policies = [str(role["ManagedPolicyArns"]) for role in roles.values()]
    assert sorted("Restore" in policy for policy in policies) == [False, True]
    for role in roles.values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert listed(statement["Principal"]) == [{"Service": "backup.amazonaws.com"}]
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": sample_settings()["account"]}
        }
