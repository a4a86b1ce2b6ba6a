"""Rule 24, what changed: some weeks after *resolved* the IRO is asked what changed for the child.

One answer, recorded and counted. After *nothing* the IRO is offered to reopen. The setting
``impact_after`` says after how many working days; 0 turns it off. After a death it is never asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle, start_clock, stop_clock
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.moments import OFFICE_HOUR, at_local
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    Mark,
    Part,
    Problems,
    Seen,
    Timer,
    Written,
    on,
)
from domain.rules.endings import ASKED_LATER, Closed
from domain.rules.life import LifeChanged, has_died
from domain.rules.reopening import Reopened
from domain.values import value
from domain.vocabulary import Capacity, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = ["IMPACT", "Impact", "ImpactAsked", "ImpactRecorded", "RecordImpact", "impact_of"]

#: The key of the question what changed, and of the date on which it is asked.
_KEY = ASKED_LATER


class Impact(StrEnum):
    """What changed for the child."""

    BETTER = "things are better for the child"
    PARTLY = "some things are better for the child"
    NOTHING = "nothing changed for the child"


_IMPACT: Slot[tuple[Impact, datetime] | None] = Slot("impact", None)


def impact_of(challenge: Challenge) -> Impact | None:
    """Return what changed for the child; ``None`` if that was not recorded."""
    found = challenge[_IMPACT]
    return found[0] if found else None


@value
class ImpactAsked(Fact):
    """Some weeks have passed since it was resolved: the IRO says what changed ``by`` then."""

    by: Deadline

    news = "the IRO is asked what changed for the child"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked what changed."""
        asked = (stop_clock(challenge, _KEY), Purpose.WHAT_CHANGED, self.by, event, _KEY)
        return ask(*asked, outlives=True, whose=Capacity.IRO)

    def line(self, _seen: Seen) -> str:
        """Return that the IRO is asked."""
        return "The IRO is asked what changed for the child since it was resolved"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("To be recorded by", self.by.why, EVERYBODY)


@value
class ImpactRecorded(Fact):
    """The IRO recorded what changed for the child."""

    impact: Impact
    words: str

    news = "it is recorded what changed for the child"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with that question settled."""
        return settle(challenge, _KEY).keep(_IMPACT, (self.impact, event.effective))

    def line(self, seen: Seen) -> str:
        """Return who recorded it."""
        return f"{seen.who} recorded what changed for the child"

    def written(self) -> Iterator[Written]:
        """Yield what changed, and the words."""
        yield Written("What changed", self.impact, EVERYBODY)
        yield Written("In the IRO’s words", self.words, EVERYBODY)


@value
class RecordImpact(Command):
    """Record what changed for the child since it was resolved."""

    impact: Impact
    words: str

    called = "Record what changed for the child"
    who = (Asked(),)
    settles = (Purpose.WHAT_CHANGED,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[ImpactRecorded]:
        """Yield what changed."""
        problems = Problems()
        problems.need("words", self.words, "Enter what shows it.")
        problems.check()
        yield ImpactRecorded(self.impact, self.words)


def _ended(fact: Closed, challenge: Challenge, event: Event) -> Challenge:
    """Return it with the date on which the IRO is asked, if it ended as resolved."""
    if fact.impact_at is None:
        return challenge
    called = "the day on which the IRO is asked what changed"
    return start_clock(challenge, _KEY, called, fact.impact_at, event)


def _never(challenge: Challenge) -> Challenge:
    return stop_clock(settle(challenge, _KEY), _KEY)


def _reopened(_fact: Reopened, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question: what changed is seen in the challenge that goes on."""
    return _never(challenge)


def _died(_fact: LifeChanged, challenge: Challenge, _event: Event) -> Challenge:
    return _never(challenge) if has_died(challenge) else challenge


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    """Yield the morning on which the IRO is asked."""
    ledger = challenge.clock(_KEY)
    if ledger:
        at = at_local(ledger.deadline.day, OFFICE_HOUR)
        by = council.within(council.procedure.record_impact_within, at)
        yield Timer(at, "the IRO is asked what changed", at, (ImpactAsked(by),), outlives=True)


def _mark(key: str, called: str, impact: Impact) -> Mark:
    def holds(challenge: Challenge) -> bool:
        return impact_of(challenge) is impact

    def listed_at(challenge: Challenge) -> datetime | None:
        found = challenge[_IMPACT]
        return found[1] if found and found[0] is impact else None

    return Mark(key, called, holds, listed_at=listed_at)


IMPACT = Part(
    24,
    "What changed",
    facts=(ImpactAsked, ImpactRecorded),
    acts=(RecordImpact,),
    changes=(on(Closed, _ended), on(Reopened, _reopened), on(LifeChanged, _died)),
    timers=_timers,
    marks=(
        _mark("impact_better", "Better for the child", Impact.BETTER),
        _mark("impact_partly", "Partly better for the child", Impact.PARTLY),
        _mark("impact_nothing", "Nothing changed for the child", Impact.NOTHING),
    ),
)
