"""What EventBridge Scheduler calls, when, and where a call goes that nobody took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.blueprint import DUTIES
from tests.infra.template import listed

if TYPE_CHECKING:
    from infra.blueprint import Duty
    from tests.infra.template import Synthesized


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.function.name)
def test_each_duty_is_called_at_its_hour_of_local_clocks(stack: Synthesized, duty: Duty) -> None:
    (schedule,) = (
        schedule
        for schedule in stack.of_type("AWS::Scheduler::Schedule").values()
        if schedule["Target"]["Arn"] == {"Fn::GetAtt": [stack.id_of(duty.function), "Arn"]}
    )
    names = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
    days = ",".join(names[day] for day in duty.weekdays)
    expression = f"cron({duty.at.minute} {duty.at.hour} ? * {days} *)"
    assert schedule["ScheduleExpression"] == expression
    assert schedule["ScheduleExpressionTimezone"] == "Europe/London"
    assert schedule["State"] == "ENABLED"


def test_no_duty_has_an_hour_that_the_change_of_clocks_skips_or_repeats() -> None:
    assert [duty for duty in DUTIES if duty.at.hour == 1] == []


def test_every_schedule_is_in_the_environments_own_group(stack: Synthesized) -> None:
    assert stack.only("AWS::Scheduler::ScheduleGroup")["Name"] == "PositiveChallenge-test"
    (group,) = stack.of_type("AWS::Scheduler::ScheduleGroup")
    schedules = [
        resource
        for resource in stack.resources.values()
        if resource["Type"] == "AWS::Scheduler::Schedule"
    ]
    assert len(schedules) == 1 + len(DUTIES)
    for schedule in schedules:
        assert schedule["Properties"]["GroupName"] == "PositiveChallenge-test"
        assert group in schedule["DependsOn"], "it is there before what names it"


def test_each_schedule_may_call_its_own_function_and_keep_a_call_and_nothing_else(
    stack: Synthesized,
) -> None:
    (queue,) = (name for name in stack.of_type("AWS::SQS::Queue") if name.startswith("Watch"))
    key = stack.id_of_key("Watch")
    roles = []
    for schedule in stack.of_type("AWS::Scheduler::Schedule").values():
        role = schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]
        roles.append(role)
        allowed = {
            action: one["Resource"]
            for one in stack.allowed_to(role)
            for action in listed(one["Action"])
        }
        assert allowed == {
            "lambda:InvokeFunction": schedule["Target"]["Arn"],
            "sqs:SendMessage": {"Fn::GetAtt": [queue, "Arn"]},
            "kms:Decrypt": {"Fn::GetAtt": [key, "Arn"]},
            "kms:GenerateDataKey": {"Fn::GetAtt": [key, "Arn"]},
        }
    assert len(set(roles)) == 1 + len(DUTIES), "a role for each"


def test_only_this_environments_schedules_take_on_their_roles(stack: Synthesized) -> None:
    roles = [
        role["AssumeRolePolicyDocument"]["Statement"]
        for role in stack.of_type("AWS::IAM::Role").values()
        if "scheduler.amazonaws.com" in str(role["AssumeRolePolicyDocument"])
    ]
    assert len(roles) == 1 + len(DUTIES)
    for (statement,) in roles:
        assert statement["Condition"] == {
            "StringEquals": {
                "aws:SourceAccount": "111122223333",
                "aws:SourceArn": (
                    "arn:aws:scheduler:eu-west-2:111122223333:schedule-group/PositiveChallenge-test"
                ),
            }
        }


def test_a_call_that_lambda_never_took_goes_to_the_dead_letters(stack: Synthesized) -> None:
    schedules = stack.of_type("AWS::Scheduler::Schedule").values()
    (queue,) = (name for name in stack.of_type("AWS::SQS::Queue") if name.startswith("Watch"))
    kept = {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert [one["Target"]["DeadLetterConfig"] for one in schedules] == [kept] * (1 + len(DUTIES))
