"""Rule 9, the resolution period: 20 working days from formal entry.

On the morning of its last working day, and when it is over, the IRO, SRSM, Senior IRO Manager and
current responder get an email. After it lists mark the challenge. As soon as there are not enough
days left for the remaining stages, the page says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge
from domain.events import Event, Fact
from domain.moments import OFFICE_HOUR, at_local, day_in_words, local_day
from domain.part import Mark, Part, Seen, Tell, Timer, Written
from domain.values import value
from domain.vocabulary import Audience

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = ["PERIOD", "ResolutionPeriodEnding", "ResolutionPeriodOver", "cannot_fit"]

_TOLD = (
    Tell(Audience.IRO),
    Tell(Audience.SRSM),
    Tell(Audience.SENIOR),
    Tell(Audience.ASKED),
)


@value
class ResolutionPeriodEnding(Fact):
    """It is 09:00 on the last working day of the resolution period."""

    news = "last day of the resolution period"
    told = _TOLD

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it marked, so that this happens once."""
        return replace(challenge, period_ending=True)

    def line(self, seen: Seen) -> str:
        """Return which day is the last."""
        day = day_in_words(local_day(seen.event.effective))
        return f"{day} is the last day of the resolution period, and the challenge is still open"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


@value
class ResolutionPeriodOver(Fact):
    """The resolution period is over, and the challenge is still open."""

    news = "the resolution period is over"
    told = _TOLD

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it marked as beyond the period."""
        return replace(challenge, beyond_period=True)

    def line(self, _seen: Seen) -> str:
        """Return that it is over."""
        return "The resolution period is over, and the challenge is still open"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def cannot_fit(challenge: Challenge, now: datetime, council: Council) -> bool:
    """Whether there are not enough working days left for every remaining stage."""
    if not challenge.open or challenge.period is None:
        return False
    today = local_day(now)
    start = max(today, challenge.request.deadline.day) if challenge.awaiting_reply else today
    ladder = council.ladder
    needed = sum(ladder[stage].working_days for stage in ladder.after(challenge.stage))
    return council.calendar.between(start, challenge.period.day) < needed


def _timers(challenge: Challenge, _now: datetime, _council: Council) -> Iterator[Timer]:
    period = challenge.period
    if period is None or challenge.beyond_period:
        return
    if not challenge.period_ending:
        at = at_local(period.day, OFFICE_HOUR)
        yield Timer(at, "resolution period ends today", at, (ResolutionPeriodEnding(),))
    over = (ResolutionPeriodOver(),)
    yield Timer(period.lapses_at, "resolution period over", period.at, over)


PERIOD = Part(
    9,
    "Resolution period",
    facts=(ResolutionPeriodEnding, ResolutionPeriodOver),
    timers=_timers,
    marks=(
        Mark(
            "beyond_period",
            "Beyond its resolution period",
            lambda challenge: challenge.beyond_period,
            warns=True,
        ),
    ),
)
