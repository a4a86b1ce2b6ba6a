"""Rule 23, urgency: a date after which it is too late, and a child at risk today.

The last day of each stage that is left is compared with the date after which it is too late: before
a challenge is raised, whenever its page is shown, and as days pass. If the stages end later, the
page names the stage that fits, the IRO is told, and lists mark the challenge.

If the child may be at risk today, the SRSM is told at once, and the IRO records by the end of that
day whom they contacted and when. This delays nothing, and replaces no call to those who can help.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle
from domain.deadlines import Deadline
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
from domain.rules.accepting import ActionsAccepted
from domain.rules.holds import HoldEnded
from domain.rules.replies import Replied
from domain.rules.revising import DeadlineRevised, Objected, ObjectionDecided
from domain.rules.stages import StageBegan
from domain.values import Value, value
from domain.vocabulary import Audience, Letter, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "CONTACT_KEY",
    "URGENCY",
    "ContactRecorded",
    "RecordContact",
    "RiskToday",
    "StagesEndTooLate",
    "TooLate",
    "at_risk_today",
    "risk_today",
    "too_late",
    "too_late_from",
]


# Too late after ----------------------------------------------------------------------------------


@value
class TooLate(Value):
    """The stages that are left end too late: ``last`` is the last of them, and ends on ``ends``.

    After the day ``limit`` it is too late. ``fits`` is the stage to go to now so that it and all
    later ones end in time, on ``fits_until``; both are ``None`` if no stage fits any more.
    """

    limit: date
    last: Stage
    ends: date
    fits: Stage | None
    fits_until: date | None

    def in_words(self, council: Council) -> str:
        """Return what happens and which stage fits, without the date: it may say who the child is.

        An 18th birthday is nearly a date of birth.
        """
        title, when = council.ladder.title, day_in_words
        ends = (
            "There is not enough time for every stage that is left before it is too late: "
            f"{title(self.last)} would end on {when(self.ends)}."
        )
        if self.fits is None or self.fits_until is None:
            return f"{ends} No stage fits any more: speak to the people who can decide today."
        later = "it" if self.fits is self.last else "it and the stages after it"
        return (
            f"{ends} {title(self.fits)} fits: if you go there today, {later} would end by "
            f"{when(self.fits_until)}."
        )


def too_late_from(
    entry: Stage, limit: date | None, start: date, council: Council
) -> TooLate | None:
    """Return how the stages end too late if a challenge begins at ``entry`` on ``start``.

    ``None`` if all end in time, or if there is no ``limit``.
    """
    ladder, calendar = council.ladder, council.calendar
    stages = (entry, *ladder.after(entry))
    return _compared(stages, calendar.add(start, _needed(stages, council)), start, limit, council)


def too_late(challenge: Challenge, now: datetime, council: Council) -> TooLate | None:
    """Return how the stages that are left end too late, as things are ``now``; ``None`` if not."""
    if not challenge.open:
        return None
    limit, today = challenge.raised.urgency.too_late_after, council.day_of(now)
    later = council.ladder.after(challenge.stage)
    start = max(today, challenge.request.deadline.day) if challenge.awaiting_reply else today
    ends = council.calendar.add(start, _needed(later, council)) if later else start
    return _compared((challenge.stage, *later), ends, today, limit, council)


def _compared(
    stages: tuple[Stage, ...], ends: date, today: date, limit: date | None, council: Council
) -> TooLate | None:
    """Compare: the last of ``stages`` ends on ``ends``; from ``today`` each later one can begin."""
    if limit is None or ends <= limit:
        return None
    for place, stage in enumerate(stages[1:], start=1):
        until = council.calendar.add(today, _needed(stages[place:], council))
        if until <= limit:
            return TooLate(limit, stages[-1], ends, stage, until)
    return TooLate(limit, stages[-1], ends, None, None)


def _needed(stages: tuple[Stage, ...], council: Council) -> int:
    return sum(council.ladder[stage].working_days for stage in stages)


#: Whether lists mark it: the stages that are left end too late.
_TOO_LATE: Slot[bool] = Slot("too-late", empty=False)


@value
class StagesEndTooLate(Fact):
    """The stages that are left end after the date after which it is too late.

    ``last``, the last of them, would end on ``ends``. ``fits`` is the stage that fits; ``None`` if
    none does any more.
    """

    last: Stage
    ends: date
    fits: Stage | None = None

    news = "the stages that are left end too late"
    told = (Tell(Audience.IRO),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it marked."""
        return challenge.keep(_TOO_LATE, value=True)

    def line(self, seen: Seen) -> str:
        """Return which stage ends too late, and which one fits."""
        ends = f"{seen.stage(self.last)} would end on {day_in_words(self.ends)}, which is too late"
        return f"{ends}. {seen.stage(self.fits)} fits" if self.fits else f"{ends}. No stage fits"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _compare_again(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the mark: its dates are compared again.

    So they are whenever the stages that are left may end earlier than they did.
    """
    return challenge.keep(_TOO_LATE, value=False)


def _compare_again_after_a_reply(fact: Replied, challenge: Challenge, event: Event) -> Challenge:
    """Return it without the mark, unless the reply is late and leaves every date as it was."""
    return _compare_again(fact, challenge, event) if fact.decide_by else challenge


#: What may let the stages that are left end earlier, besides a reply, which leaves the rest of its
#: days to those after it. So do actions accepted while another reply is due; a hold that ends early
#: gives days back.
_MAY_END_EARLIER: tuple[type[Fact], ...] = (
    *(StageBegan, DeadlineRevised, Objected, ObjectionDecided, ActionsAccepted, HoldEnded),
)


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    """Yield when the stages that are left first end too late: now, or as days pass.

    While a reply is awaited their last days stand. Otherwise each day on which nothing is decided
    moves them.
    """
    limit = challenge.raised.urgency.too_late_after
    if limit is None or challenge[_TOO_LATE]:
        return
    since = challenge.events[-1].effective
    needed = _needed(council.ladder.after(challenge.stage), council)
    first = at_local(council.calendar.add(limit, 1 - needed), OFFICE_HOUR)
    at = since if challenge.awaiting_reply or first < since else first
    found = too_late(challenge, at, council)
    if found:
        fact = StagesEndTooLate(found.last, found.ends, found.fits)
        yield Timer(at, "the stages that are left end too late", at, (fact,))


# At risk today -----------------------------------------------------------------------------------

#: The key of the question whom the IRO contacted.
CONTACT_KEY = "contact"

#: The longest time of day that can be written, as in "from 4:15pm to about 5pm, twice".
_LONGEST_TIME = 50
#: A time of day among such words: ``4pm``, ``4.15 pm``, ``16:15``, ``noon``. ``4:15`` could be two.
_TIME = re.compile(
    r"\b(?:1[0-2]|0?[1-9])(?:[:.][0-5][0-9])?\s?[ap]\.?m\b"
    r"|\b(?:[01][0-9]|2[0-3])[:.]?[0-5][0-9]\b"
    r"|\b(?:noon|midday|midnight)\b",
    re.IGNORECASE,
)
_NO_TIME = "Enter a time with am or pm, like 4:15pm, or on the 24-hour clock, like 16:15."


def _somebody_raised_it_for_the_iro(challenge: Challenge, event: Event) -> bool:
    return event.actor.officer != challenge.iro


@value
class RiskToday(Fact):
    """The child may be at risk on the day the challenge is raised.

    The IRO records by the end of that day, ``contact_by``, whom they contacted and when.
    """

    contact_by: Deadline

    news = "a child may be at risk today"
    told = (
        Tell(Audience.SRSM, Letter.AT_RISK),
        Tell(Audience.IRO, Letter.DECIDE, _somebody_raised_it_for_the_iro),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked whom they contacted; the ladder goes on meanwhile."""
        return ask(
            *(challenge, Purpose.RECORD_CONTACT, self.contact_by, event, CONTACT_KEY),
            outlives=True,
        )

    def line(self, seen: Seen) -> str:
        """Return who said so."""
        return f"{seen.who} said that the child may be at risk today"

    def written(self) -> Iterator[Written]:
        """Yield by when the IRO has to record whom they contacted."""
        yield Written("Contact to be recorded by", self.contact_by.why, EVERYBODY)


def risk_today(now: datetime) -> RiskToday:
    """Return that the child may be at risk on the local day of ``now``, whatever day it is."""
    day = local_day(now)
    why = f"The end of {day_in_words(day)}, because the child may be at risk that day."
    return RiskToday(Deadline(day, why, counted_from=day))


def at_risk_today(challenge: Challenge) -> bool:
    """Whether the child may be at risk, and the IRO has not yet recorded whom they contacted."""
    return challenge.question_by(CONTACT_KEY) is not None


@value
class ContactRecorded(Fact):
    """The IRO recorded who they contacted about the risk, and when: on ``day``, at ``time``."""

    whom: str
    day: date
    time: str

    news = "it is recorded who was contacted about the risk"
    told = (Tell(Audience.SRSM),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with that question settled."""
        return settle(challenge, CONTACT_KEY)

    def line(self, seen: Seen) -> str:
        """Return who recorded it."""
        return f"{seen.who} recorded who they contacted about the risk"

    def written(self) -> Iterator[Written]:
        """Yield whom, and when."""
        yield Written("Who they contacted", self.whom, EVERYBODY)
        yield Written("When", f"{day_in_words(self.day)}, {self.time}", EVERYBODY)


@value
class RecordContact(Command):
    """Record who you contacted about the risk, and when."""

    whom: str
    day: date
    time: str

    called = "Record who you contacted about the risk"
    who = (Asked(),)
    settles = (Purpose.RECORD_CONTACT,)

    def follows(self, _challenge: Challenge, hand: Hand) -> Iterator[ContactRecorded]:
        """Yield what is recorded."""
        problems = Problems()
        problems.need("whom", self.whom, "Enter who you contacted. If nobody, enter why.")
        ahead = self.day > hand.today
        problems.refuse_if("day", ahead, "The day you contacted them must be today or earlier.")
        problems.need("time", self.time, "Enter the time you contacted them.")
        too_long = len(self.time) > _LONGEST_TIME
        problems.refuse_if("time", too_long, f"Use at most {_LONGEST_TIME} characters.")
        problems.refuse_if(
            "time", bool(self.time.strip()) and not _TIME.search(self.time), _NO_TIME
        )
        problems.check()
        yield ContactRecorded(self.whom, self.day, self.time)


URGENCY = Part(
    23,
    "Urgency",
    facts=(StagesEndTooLate, RiskToday, ContactRecorded),
    acts=(RecordContact,),
    changes=(
        *(on(kind, _compare_again) for kind in _MAY_END_EARLIER),
        on(Replied, _compare_again_after_a_reply),
    ),
    timers=_timers,
    marks=(
        Mark(
            "too_late",
            "May be too late",
            lambda challenge: challenge.open and challenge[_TOO_LATE],
            warns=True,
        ),
        Mark("at_risk", "At risk: contact not recorded", at_risk_today, warns=True),
    ),
)
