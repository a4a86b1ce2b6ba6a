"""Rule 9, the resolution period: 20 working days from formal entry.

On the morning of its last working day, and when it is over, the IRO, SRSM, Senior IRO Manager and
current responder hear of it. After it lists mark the challenge, and the SRSM and the Senior IRO
Manager hear of it again every 20 working days. As soon as the remaining stages do not fit into the
days that are left, the IRO has a task for the next working day: move to the stage that fits, or
record why not. They are asked once a stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle
from domain.deadlines import Deadline, deadline_in
from domain.events import Event, Fact
from domain.ladder import Stage
from domain.moments import OFFICE_HOUR, at_local, day_in_words, local_day
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    Mark,
    Part,
    Problems,
    Seen,
    Tell,
    Timer,
    Written,
    on,
)
from domain.rules.lateness import days_in_words
from domain.rules.skipping import next_stage
from domain.rules.stages import StageBegan, consider_by
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "BEYOND_PERIOD",
    "FIT_KEY",
    "PERIOD",
    "ResolutionPeriodEnding",
    "ResolutionPeriodLongOver",
    "ResolutionPeriodOver",
    "StagesDoNotFit",
    "StayOnLadder",
    "StaysOnLadder",
    "cannot_fit",
    "stage_that_fits",
]

#: Past the period, the SRSM and the Senior IRO Manager hear of it again after as many working days.
_AGAIN_EVERY = 20

#: The key of the mark of those past the limit. Rows of lists say it as an attribute of that name.
BEYOND_PERIOD = "beyond_period"

#: The key of the question how to go on in the days that are left.
FIT_KEY = "stages-fit"

#: The stage about which that was asked last.
_ASKED: Slot[Stage | None] = Slot("fit-asked", None)

#: How many working days past the period was said last.
_SAID: Slot[int] = Slot("period-said", 0)

_TOLD = (
    Tell(Audience.IRO),
    Tell(Audience.SRSM),
    Tell(Audience.SENIOR),
    Tell(Audience.ASKED_NOW),
)


@value
class ResolutionPeriodEnding(Fact):
    """It is 09:00 on the last working day of the resolution period."""

    news = "last day of the 20-working-day limit"
    told = _TOLD

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it marked, so that this happens once."""
        return replace(challenge, period_ending=True)

    def line(self, seen: Seen) -> str:
        """Return which day is the last."""
        day = day_in_words(local_day(seen.event.effective))
        return f"{day} is the last day of the 20-working-day limit, and the challenge is still open"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


@value
class ResolutionPeriodOver(Fact):
    """The 20-working-day limit has passed, and the challenge is still open.

    By ``consider_by`` the IRO decides whether to refer to Cafcass (rule 10).
    """

    consider_by: Deadline | None = None

    news = "the 20-working-day limit has passed"
    told = _TOLD

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it marked as beyond the period."""
        return replace(challenge, beyond_period=True)

    def line(self, _seen: Seen) -> str:
        """Return that it is over."""
        return "The 20-working-day limit has passed, and the challenge is still open"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


@value
class ResolutionPeriodLongOver(Fact):
    """The resolution period has been over for ``days`` working days: 20, 40 and so on.

    By ``consider_by`` the IRO decides whether to refer to Cafcass (rule 10).
    """

    days: int
    consider_by: Deadline | None = None

    news = "the 20-working-day limit passed long ago"
    told = (Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with this said, so that the next is said 20 working days later."""
        return challenge.keep(_SAID, self.days)

    def line(self, _seen: Seen) -> str:
        """Return for how long it has been over."""
        days = days_in_words(self.days)
        return f"The 20-working-day limit passed {days} ago, and the challenge is still open"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


# The stages that are left ------------------------------------------------------------------------


@value
class StagesDoNotFit(Fact):
    """The stages after ``stage`` do not fit into the days left. The IRO decides by ``decide_by``.

    ``fits`` is the earliest later stage from which on they would; ``None`` if not even the last
    does.
    """

    stage: Stage
    decide_by: Deadline
    fits: Stage | None = None

    news = "the stages that are left do not fit into the days that are left"
    told = (Tell(Audience.IRO, Letter.DECIDE),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked, once for this stage; nothing stops for that."""
        after = challenge.keep(_ASKED, self.stage)
        return ask(
            after, Purpose.STAGES_DO_NOT_FIT, self.decide_by, event, FIT_KEY, whose=Capacity.IRO
        )

    def line(self, seen: Seen) -> str:
        """Return that they do not fit, and which stage does."""
        said = "There are not enough working days left for every remaining stage"
        if self.fits is None:
            return f"{said}, nor for the last one alone"
        return f"{said}. There are enough from {seen.stage(self.fits)} on"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the IRO's deadline."""
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


@value
class StaysOnLadder(Fact):
    """The IRO recorded why the challenge goes on stage by stage, though the days are too few."""

    reason: str

    news = "the IRO goes on stage by stage"
    told = (Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the question settled."""
        return settle(challenge, FIT_KEY)

    def line(self, seen: Seen) -> str:
        """Return who recorded it."""
        return (
            f"{seen.who} goes on stage by stage, though not enough working days are left for "
            "every remaining stage"
        )

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


@value
class StayOnLadder(Command):
    """Go on stage by stage, though the days are too few, and record why."""

    reason: str

    called = "Go on stage by stage"
    who = (Asked(),)
    settles = (Purpose.STAGES_DO_NOT_FIT,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[StaysOnLadder]:
        """Yield what is recorded."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter why you are going on stage by stage.")
        problems.check()
        yield StaysOnLadder(self.reason)


def _days_from(stage: Stage, council: Council) -> int:
    """Return the working days that ``stage`` and all stages after it need."""
    ladder = council.ladder
    return sum(ladder[one].working_days for one in (stage, *ladder.after(stage)))


def stage_that_fits(challenge: Challenge, today: date, council: Council) -> Stage | None:
    """Return the earliest later stage that, begun today, ends in the period with all after it."""
    if challenge.period is None:
        return None
    left = council.calendar.between(today, challenge.period.day)
    later = council.ladder.after(challenge.stage)
    return next((stage for stage in later if _days_from(stage, council) <= left), None)


def _needed(challenge: Challenge, council: Council) -> int:
    """Return the working days that the stages after the present one need."""
    following = next_stage(challenge, council.ladder)
    return _days_from(following, council) if following else 0


def cannot_fit(challenge: Challenge, now: datetime, council: Council) -> bool:
    """Whether there are not enough working days left for every remaining stage."""
    if not challenge.open or challenge.period is None:
        return False
    today = local_day(now)
    start = max(today, challenge.request.deadline.day) if challenge.awaiting_reply else today
    left = council.calendar.between(start, challenge.period.day)
    return left < _needed(challenge, council)


def _no_longer_fits_at(challenge: Challenge, council: Council) -> datetime | None:
    """Return when the remaining stages no longer fit, if nobody acts; ``None`` if they will.

    While a reply is due it is the moment at which its deadline was set, if that is too late.
    Otherwise it is 09:00 on the first working day on which too few are left.
    """
    period, needed = challenge.period, _needed(challenge, council)
    asked = challenge[_ASKED] is challenge.stage
    if period is None or challenge.beyond_period or asked or not needed:
        return None
    calendar = council.calendar
    if challenge.awaiting_reply:
        ledger = challenge.request.ledger
        set_by = challenge.events[ledger.entries[-1].event - 1]
        too_late = calendar.between(ledger.deadline.day, period.day) < needed
        return set_by.recorded if too_late else None
    return at_local(calendar.add(period.day, 1 - needed), OFFICE_HOUR)


def _asked_by_now(_fact: StageBegan, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question: another stage began, about which it is asked again."""
    return settle(challenge, FIT_KEY)


# When --------------------------------------------------------------------------------------------


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    period = challenge.period
    if period is None:
        return
    if challenge.beyond_period:
        yield _long_over(challenge, period.day, now, council)
        return
    at = at_local(period.day, OFFICE_HOUR)
    if not challenge.period_ending and at > _set_at(challenge):
        yield Timer(at, "resolution period ends today", at, (ResolutionPeriodEnding(),))
    over = (ResolutionPeriodOver(consider_by(period.day, council)),)
    yield Timer(period.lapses_at, "resolution period over", period.at, over)
    at_last = _no_longer_fits_at(challenge, council)
    if at_last:
        today = local_day(max(at_last, now))
        by = deadline_in(1, today, council.calendar)
        fits = stage_that_fits(challenge, today, council)
        fact = StagesDoNotFit(challenge.stage, by, fits)
        yield Timer(at_last, "the stages that are left do not fit", at_last, (fact,))


def _set_at(challenge: Challenge) -> datetime:
    """Return when the end of the period was set: one taken over may have passed by then."""
    ledger = challenge.period_ledger
    number = ledger.entries[-1].event if ledger else 1
    return challenge.events[number - 1].effective


def _long_over(challenge: Challenge, last: date, now: datetime, council: Council) -> Timer:
    """Return the next time that it is said for how long the period has been over.

    One that was missed is not made up for: the next says how long it is.
    """
    calendar = council.calendar
    said = challenge[_SAID]
    past = calendar.between(last, local_day(now))
    days = max(said + _AGAIN_EVERY, past // _AGAIN_EVERY * _AGAIN_EVERY)
    at = at_local(calendar.add(last, days), OFFICE_HOUR)
    if at > now and days > said + _AGAIN_EVERY:
        days -= _AGAIN_EVERY
        at = at_local(calendar.add(last, days), OFFICE_HOUR)
    fact = ResolutionPeriodLongOver(days, consider_by(local_day(at), council))
    return Timer(at, f"resolution period over for {days_in_words(days)}", at, (fact,))


PERIOD = Part(
    9,
    "Resolution period",
    facts=(
        ResolutionPeriodEnding,
        ResolutionPeriodOver,
        ResolutionPeriodLongOver,
        StagesDoNotFit,
        StaysOnLadder,
    ),
    acts=(StayOnLadder,),
    changes=(on(StageBegan, _asked_by_now),),
    timers=_timers,
    marks=(
        Mark(
            BEYOND_PERIOD,
            "Past the 20-working-day limit",
            lambda challenge: challenge.beyond_period,
            warns=True,
        ),
    ),
)
