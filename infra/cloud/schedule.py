"""What happens without anybody asking: the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.aws_scheduler_targets import LambdaInvoke
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.dead_letters import DeadLetters

#: A challenge whose promise to wake was lost waits no longer than this.
SWEEP_EVERY = Duration.minutes(5)


class Schedule(Construct):
    """EventBridge Scheduler's calls."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        sweep: lambda_.Function,
        dead_letters: DeadLetters,
    ) -> None:
        """Sweep every few minutes. A sweep that was missed is not made up: the next one does."""
        super().__init__(scope, name)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description="What the schedule may do: call Sweep, and keep a call that failed",
        )
        dead_letters.let_use_key(role)
        scheduler.Schedule(
            self,
            "Sweep",
            description="Gives a fresh leg to every open challenge that is past its wake_at",
            schedule=scheduler.ScheduleExpression.rate(SWEEP_EVERY),
            target=LambdaInvoke(
                sweep,
                input=scheduler.ScheduleTargetInput.from_object({}),
                retry_attempts=1,
                max_event_age=SWEEP_EVERY,
                dead_letter_queue=dead_letters.queue,
                role=role,
            ),
        )
