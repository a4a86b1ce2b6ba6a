"""A lean environment: what it leaves out, and that it leaves out nothing that keeps or guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.metrics import METRICS, RINGING
from infra.blueprint import FUNCTIONS
from tests.infra.template import sample_settings, synthesize, template_of
from tests.infra.test_stack import LIVE
from tests.infra.test_watch import NAMESPACE, alarms

if TYPE_CHECKING:
    from tests.infra.template import Synthesized


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(tmp_path_factory.mktemp("lean"), profile="lean")


def test_the_data_stack_is_the_same_but_for_how_often_its_keys_are_renewed(
    stack: Synthesized, lean: Synthesized
) -> None:
    """So the profile can be changed any day without replacing anything that keeps data."""
    full, other = template_of(stack.data), template_of(lean.data)
    renewed = set()
    for made in (full, other):
        for resource in made["Resources"].values():
            # AWS renews no key that signs: its fingerprint is printed in documents.
            signs = resource.get("Properties", {}).get("KeyUsage") == "SIGN_VERIFY"
            if resource["Type"] == "AWS::KMS::Key" and not signs:
                renewed.add(resource["Properties"].pop("RotationPeriodInDays"))
                assert resource["Properties"]["EnableKeyRotation"] is True
    assert renewed == {365, 2560}
    assert full == other


def test_its_functions_write_what_alarms_look_at(stack: Synthesized, lean: Synthesized) -> None:
    for synthesized, written in ((stack, None), (lean, RINGING)):
        for function in synthesized.of_type("AWS::Lambda::Function").values():
            assert function["Environment"]["Variables"].get("METRICS_WRITTEN") == written


def test_no_alarm_looks_at_what_a_lean_environment_does_not_write(
    stack: Synthesized, lean: Synthesized
) -> None:
    rings = {metric.name for metric in METRICS if metric.rings}
    for synthesized in (stack, lean):
        ours = {
            name: one
            for name, one in alarms(synthesized).items()
            if one.get("Namespace") == NAMESPACE
        }
        assert {one["MetricName"] for one in ours.values()} == rings
        # A metric whose silence rings is always written.
        wells = {metric.name: metric.well for metric in METRICS}
        for one in ours.values():
            if one["TreatMissingData"] == "breaching":
                assert wells[one["MetricName"]] is None
            elif (well := wells[one["MetricName"]]) is not None:
                assert well < one["Threshold"], "what is not written would have rung"


def test_what_fails_still_rings(stack: Synthesized, lean: Synthesized) -> None:
    """A function's errors and throttles ring through what they cause, not at the first one."""
    gone = alarms(stack).keys() - alarms(lean).keys()
    assert gone == {
        *(f"errors-{function.name}" for function in FUNCTIONS),
        # A call that was refused in the end is a dead letter or a server error.
        "functions-throttled",
        # The rule tells the topic itself there too.
        "break-glass-used",
    }
    assert "aws.sts" in {
        rule["EventPattern"]["source"][0] for rule in lean.of_type("AWS::Events::Rule").values()
    }
    assert {"dead-letters", "server-errors", "executions-failed"} <= alarms(lean).keys()


def test_dead_letters_are_under_sqs_s_own_key_and_alarms_still_ring(lean: Synthesized) -> None:
    (queue,) = (
        one for name, one in lean.of_type("AWS::SQS::Queue").items() if name.startswith("Watch")
    )
    assert queue["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in queue
    assert "KmsMasterKeyId" not in lean.only("AWS::SNS::Topic")
    policy = lean.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    ringing = [one["Principal"] for one in policy if one["Effect"] == "Allow"]
    assert ringing == [
        {"Service": "cloudwatch.amazonaws.com"},
        {"Service": "events.amazonaws.com"},
    ]


def test_whoever_would_destroy_one_of_its_keys_is_heard_of(lean: Synthesized) -> None:
    (rule,) = (
        one
        for one in lean.of_type("AWS::Events::Rule").values()
        if one["EventPattern"]["source"] == ["aws.kms"]
        and "DisableKey" in one["EventPattern"]["detail"]["eventName"]
    )
    keys = [{"Fn::GetAtt": [key, "Arn"]} for key in lean.of_type("AWS::KMS::Key")]
    assert len(keys) == 3
    named = rule["EventPattern"]["detail"]["resources"]["ARN"]
    assert sorted(map(str, named)) == sorted(map(str, keys))


def test_its_firewall_is_one_limit_for_each_address(lean: Synthesized) -> None:
    (rule,) = lean.only("AWS::WAFv2::WebACL")["Rules"]
    limit = rule["Statement"]["RateBasedStatement"]
    assert limit["AggregateKeyType"] == "IP"
    assert "ScopeDownStatement" not in limit
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429


def test_a_live_environment_may_be_lean() -> None:
    from infra.cloud.settings import Settings  # noqa: PLC0415 - starts Node

    live = Settings(**{**sample_settings(), **LIVE, "profile": "lean"})
    assert live.is_live
    assert live.is_lean
