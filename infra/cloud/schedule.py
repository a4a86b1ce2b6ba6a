"""What happens without anybody asking: the sweep, and what is done once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, TimeZone
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.aws_scheduler_targets import LambdaInvoke
from constructs import Construct

from infra.shape import DUTIES, SWEEP

if TYPE_CHECKING:
    from infra.cloud.functions import Functions
    from infra.shape import Duty

#: A challenge whose promise to wake was lost waits no longer than this.
SWEEP_EVERY = Duration.minutes(5)

#: How often, and for how long, Scheduler tries to call a duty's function while Lambda refuses.
TRIES = 20
TRIED_FOR = Duration.hours(4)

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class Schedule(Construct):
    """EventBridge Scheduler's calls."""

    def __init__(self, scope: Construct, name: str, *, functions: Functions) -> None:
        """Sweep every few minutes, and do the daily duties at their hours.

        A sweep that was missed is not made up: the next one does. A duty is tried for some hours.
        """
        super().__init__(scope, name)
        scheduler.Schedule(
            self,
            "Sweep",
            description="Gives a fresh leg to every open challenge that is past its wake_at",
            schedule=scheduler.ScheduleExpression.rate(SWEEP_EVERY),
            target=LambdaInvoke(
                functions[SWEEP],
                input=scheduler.ScheduleTargetInput.from_object({}),
                retry_attempts=1,
                max_event_age=SWEEP_EVERY,
            ),
        )
        for duty in DUTIES:
            title = duty.function.name.capitalize()
            scheduler.Schedule(
                self,
                title,
                description=f"Calls {duty.function.name} once a day",
                schedule=_daily(duty),
                target=LambdaInvoke(
                    functions[duty.function],
                    input=scheduler.ScheduleTargetInput.from_object({}),
                    retry_attempts=TRIES,
                    max_event_age=TRIED_FOR,
                ),
            )


def _daily(duty: Duty) -> scheduler.ScheduleExpression:
    return scheduler.ScheduleExpression.cron(
        minute=str(duty.at.minute),
        hour=str(duty.at.hour),
        week_day=",".join(_DAYS[day] for day in duty.weekdays),
        time_zone=TimeZone.EUROPE_LONDON,
    )
