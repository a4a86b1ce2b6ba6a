"""Emails that came in, on AWS: which are locked, and which S3 deletes in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.mailroom import KEYS
from domain.retention import KEPT_FOR_YEARS
from handlers.pages.about import MAIL_DAYS
from infra.blueprint import FUNCTIONS, INTAKE
from infra.cloud.mails import LET_GO_AFTER
from tests.infra.template import actions_of, listed, sample_settings, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.template import Properties, Synthesized


def _bucket(stack: Synthesized) -> Properties:
    return stack.of_type("AWS::S3::Bucket")[stack.id_of_bucket("Mails")]


def _on_mails(stack: Synthesized) -> dict[str, dict[str, Any]]:
    """Find who may do what with an email, and on what condition: function → action → condition."""
    bucket = {"Fn::GetAtt": [stack.id_of_bucket("Mails"), "Arn"]}
    objects = {"Fn::Join": ["", [bucket, f"/{KEYS}*"]]}
    found: dict[str, dict[str, Any]] = {}
    for function in FUNCTIONS:
        for statement in stack.allowed_to_function(function):
            if objects in listed(statement["Resource"]):
                for action in actions_of([statement]):
                    found.setdefault(function.name, {})[action] = statement.get("Condition", {})
    return found


def test_a_mail_can_be_locked_and_the_bucket_locks_none_by_itself(stack: Synthesized) -> None:
    """SES cannot put an email into a bucket with a default lock."""
    bucket = _bucket(stack)
    assert bucket["ObjectLockEnabled"] is True
    assert "Rule" not in bucket.get("ObjectLockConfiguration", {})


def test_the_intake_may_lock_a_mail_for_long_or_mark_it_and_nothing_worse(
    stack: Synthesized,
) -> None:
    (allowed,) = _on_mails(stack).values()
    assert set(_on_mails(stack)) == {INTAKE.name}
    assert set(allowed) == {
        "s3:GetObject",
        "s3:GetObjectRetention",
        "s3:PutObjectRetention",
        "s3:PutObjectTagging",
    }
    assert allowed["s3:PutObjectTagging"] == {
        "StringEquals": {"s3:RequestObjectTag/kept": "no"},
    }
    lock = allowed["s3:PutObjectRetention"]
    days = "s3:object-lock-remaining-retention-days"
    assert lock["StringEquals"] == {"s3:object-lock-mode": "GOVERNANCE"}
    assert lock["NumericGreaterThan"][days] >= (KEPT_FOR_YEARS - 1) * 365
    assert lock["NumericGreaterThan"][days] < KEPT_FOR_YEARS * 365 < lock["NumericLessThan"][days]


#: The rule by which SES comes: the data stack knows it only by its name.
RULE = (
    "arn:aws:ses:eu-west-2:111122223333"
    ":receipt-rule-set/positive-challenge-test:receipt-rule/positive-challenge-test"
)


def test_ses_may_put_mails_and_nothing_else_by_this_one_rule_alone(stack: Synthesized) -> None:
    name = stack.id_of_bucket("Mails")
    (policy,) = (
        policy
        for policy in stack.of_type("AWS::S3::BucketPolicy").values()
        if policy["Bucket"] == {"Ref": name}
    )
    allowed = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert [one["Principal"] for one in allowed] == [{"Service": "ses.amazonaws.com"}]
    assert [one["Action"] for one in allowed] == ["s3:PutObject"]
    assert allowed[0]["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": sample_settings()["account"],
            "aws:SourceArn": RULE,
        }
    }


def test_ses_may_call_the_intake_by_this_one_rule_alone(stack: Synthesized) -> None:
    called = [
        one
        for one in stack.of_type("AWS::Lambda::Permission").values()
        if one["Principal"] == "ses.amazonaws.com"
    ]
    assert [one["FunctionName"] for one in called] == [{"Fn::GetAtt": [stack.id_of(INTAKE), "Arn"]}]
    assert called[0]["SourceAccount"] == sample_settings()["account"]
    assert called[0]["SourceArn"] == RULE


def test_the_rule_has_the_name_that_both_permissions_go_by(
    stack: Synthesized, tmp_path: Path
) -> None:
    def named(synthesized: Synthesized) -> str:
        rule = synthesized.only("AWS::SES::ReceiptRule")
        rules = synthesized.of_type("AWS::SES::ReceiptRuleSet").values()
        (rule_set,) = [one["RuleSetName"] for one in rules] or [rule["RuleSetName"]]
        return f"receipt-rule-set/{rule_set}:receipt-rule/{rule['Rule']['Name']}"

    assert RULE.endswith(named(stack))
    beside = synthesize(tmp_path, receipt_rule_set="positive-challenge-live")
    assert named(beside) == (
        "receipt-rule-set/positive-challenge-live:receipt-rule/positive-challenge-test"
    )
    policies = str(beside.of_type("AWS::S3::BucketPolicy"))
    assert named(beside) in policies
    assert named(beside) in str(beside.of_type("AWS::Lambda::Permission"))


# Several environments ----------------------------------------------------------------------------


def _told(stack: Synthesized, name: str) -> str:
    """Return an output; values that only AWS knows stay as their names."""
    value = stack.outputs[name]["Value"]
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else part["Ref"] for part in value["Fn::Join"][1])


def test_an_environment_has_a_rule_set_of_its_own_and_says_how_to_activate_it(
    stack: Synthesized,
) -> None:
    name = "positive-challenge-test"
    assert stack.only("AWS::SES::ReceiptRuleSet") == {"RuleSetName": name}
    assert _told(stack, "ReceiptRuleSet") == name
    assert _told(stack, "ActivateMailIn") == (
        f"aws ses set-active-receipt-rule-set --region eu-west-2 --rule-set-name {name}"
    )


def test_an_environment_beside_another_adds_its_rule_to_that_ones_set(tmp_path: Path) -> None:
    """Only one set of an account and region is active: a second one would take no email."""
    stack = synthesize(tmp_path, receipt_rule_set="positive-challenge-live")
    assert not stack.of_type("AWS::SES::ReceiptRuleSet")
    rule = stack.only("AWS::SES::ReceiptRule")
    assert rule["RuleSetName"] == "positive-challenge-live"
    assert rule["Rule"]["Recipients"] == [sample_settings()["intake_address"]]
    assert _told(stack, "ReceiptRuleSet") == "positive-challenge-live"
    assert "ActivateMailIn" not in stack.outputs


def test_the_stack_says_which_record_leads_mail_to_it(stack: Synthesized) -> None:
    domain = sample_settings()["domain"]
    exchange = f"{domain} MX 10 inbound-smtp.eu-west-2.amazonaws.com"
    assert _told(stack, "MailExchange") == exchange


def test_the_privacy_notice_says_how_long_a_stranger_s_email_is_kept() -> None:
    assert LET_GO_AFTER.to_days() == MAIL_DAYS
