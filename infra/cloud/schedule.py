"""What runs on a schedule: the sweep, and the daily duties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.aws_scheduler_targets import LambdaInvoke
from constructs import Construct

from infra.blueprint import DUTIES, SWEEP

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from infra.blueprint import Duty
    from infra.cloud.dead_letters import DeadLetters
    from infra.cloud.functions import Functions

#: The longest wait of a challenge that missed its time to wake.
SWEEP_EVERY = Duration.minutes(5)

#: How often, and for how long, Scheduler retries a duty's function while Lambda refuses.
TRIES = 20
TRIED_FOR = Duration.hours(4)

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class Schedule(Construct):
    """EventBridge Scheduler's calls, in a group of this environment's own."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        functions: Functions,
        dead_letters: DeadLetters,
    ) -> None:
        """Sweep every few minutes, and do the daily duties at their times.

        A missed sweep is not made up: the next one does its work. A duty is retried for some hours,
        and a call that still failed goes to ``dead_letters``.
        """
        super().__init__(scope, name)
        self._group = scheduler.ScheduleGroup(
            self,
            "Group",
            schedule_group_name=Stack.of(self).stack_name,
            # Retained, as is CDK's default, it would block the next deployment.
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._dead_letters = dead_letters
        minutes = f"rate({SWEEP_EVERY.to_minutes():.0f} minutes)"
        self._call(
            functions[SWEEP],
            "Sweep",
            "Gives a new leg to every open challenge that is past its wake_at",
            scheduler.ScheduleExpression.expression(minutes, TimeZone.EUROPE_LONDON),
            tries=1,
            tried_for=SWEEP_EVERY,
        )
        for duty in DUTIES:
            self._call(
                functions[duty.function],
                duty.function.name.capitalize(),
                f"Calls {duty.function.name} once a day",
                _daily(duty),
                tries=TRIES,
                tried_for=TRIED_FOR,
            )

    def _call(
        self,
        function: lambda_.Function,
        name: str,
        description: str,
        expression: scheduler.ScheduleExpression,
        *,
        tries: int,
        tried_for: Duration,
    ) -> None:
        schedule = scheduler.Schedule(
            self,
            name,
            description=description,
            schedule_group=self._group,
            schedule=expression,
            target=LambdaInvoke(
                function,
                input=scheduler.ScheduleTargetInput.from_object({}),
                dead_letter_queue=self._dead_letters.queue,
                retry_attempts=tries,
                max_event_age=tried_for,
                # CDK would let it call every version of the function as well.
                role=self._role(function, name).without_policy_updates(),
            ),
        )
        # It names its group as plain text, from which CloudFormation derives no order.
        schedule.node.add_dependency(self._group)

    def _role(self, function: lambda_.Function, name: str) -> iam.Role:
        """Return the role of one schedule: it calls its function and keeps a failed call."""
        stack = Stack.of(self)
        group = stack.format_arn(
            service="scheduler", resource="schedule-group", resource_name=stack.stack_name
        )
        role = iam.Role(
            self,
            f"{name}Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group}
                },
            ),
            description=f"The schedule {name}: calls its function, and keeps a failed call",
        )
        queue = self._dead_letters.queue
        for action, resource in (
            ("lambda:InvokeFunction", function.function_arn),
            ("sqs:SendMessage", queue.queue_arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        self._dead_letters.let_use_key(role)
        return role


def _daily(duty: Duty) -> scheduler.ScheduleExpression:
    return scheduler.ScheduleExpression.cron(
        minute=str(duty.at.minute),
        hour=str(duty.at.hour),
        week_day=",".join(_DAYS[day] for day in duty.weekdays),
        time_zone=TimeZone.EUROPE_LONDON,
    )
