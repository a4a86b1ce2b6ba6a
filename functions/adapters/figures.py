"""The figures of open challenges, as operators see them, counted at each Sweep.

They come from the index of open challenges. A thousand challenges cost about 75 read units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from adapters import clock
from adapters.codec import moment_text
from adapters.lookout import stuck
from adapters.metrics import (
    CALENDAR_DAYS_LEFT,
    CHALLENGES_OPEN,
    CHALLENGES_STUCK,
    OLDEST_UNMET_HOURS,
    emit,
)
from domain.ladder import Stage
from domain.moments import local_day, parse_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.record.lists import Pulse
    from domain.working_days import WorkingDays

__all__ = ["Figures", "figures"]


@dataclass(frozen=True)
class Figures:
    """How many challenges are open at each stage, how many are stuck, how late the latest is.

    ``oldest_unmet`` is how long ago the oldest unmet deadline passed; zero if there is none.
    ``calendar_left`` is the time to the end of the last year whose bank holidays are known.
    """

    open_at: dict[Stage, int]
    stuck: int
    oldest_unmet: timedelta
    calendar_left: timedelta

    def emit(self) -> None:
        """Write the figures as metrics."""
        for stage, count in self.open_at.items():
            emit(CHALLENGES_OPEN, count, of=stage.title)
        emit(CHALLENGES_STUCK, self.stuck)
        emit(OLDEST_UNMET_HOURS, self.oldest_unmet / timedelta(hours=1))
        emit(CALENDAR_DAYS_LEFT, self.calendar_left.days)


def figures(pulses: Sequence[Pulse], calendar: WorkingDays) -> Figures:
    """Count the challenges as they are now."""
    now = clock.now()
    unmet = [pulse.due for pulse in pulses if pulse.due and pulse.due < moment_text(now)]
    oldest = now - parse_moment(min(unmet)) if unmet else timedelta()
    open_at = [pulse.stage for pulse in pulses if pulse.due]
    end = date(calendar.last_year, 12, 31)
    return Figures(
        {stage: open_at.count(stage) for stage in Stage},
        len(stuck(pulses)),
        oldest,
        end - local_day(now),
    )
