"""What happens without anybody asking: the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.aws_scheduler_targets import LambdaInvoke
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

#: A challenge whose promise to wake was lost waits no longer than this.
SWEEP_EVERY = Duration.minutes(5)


class Schedule(Construct):
    """EventBridge Scheduler's calls."""

    def __init__(self, scope: Construct, name: str, *, sweep: lambda_.Function) -> None:
        """Sweep every few minutes. A sweep that was missed is not made up: the next one does."""
        super().__init__(scope, name)
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
            ),
        )
