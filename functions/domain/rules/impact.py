"""Rule 24, what changed: some weeks after *resolved* the IRO is asked what changed for the child.

One answer, recorded and counted. Where nothing got better, the IRO is offered to reopen. The
setting ``impact_after`` says after how many working days; 0 turns it off. After a death it is never
asked.

Until then nobody has anything to do, and the challenge has ended for everybody. It waits at a rung
of its own, so that no list and no operator takes it for one with something left to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle, start_clock, stop_clock
from domain.deadlines import Deadline, Ledger
from domain.events import Event, Fact
from domain.moments import OFFICE_HOUR, at_local, day_in_words
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    Mark,
    Part,
    Problems,
    Rung,
    Seen,
    Tell,
    Timer,
    Written,
    on,
)
from domain.rules.endings import Closed
from domain.rules.life import LifeChanged, has_died
from domain.rules.reopening import Reopened, reopened_as
from domain.values import value
from domain.vocabulary import Audience, Capacity, Purpose, Standing
from domain.writing import capitalised

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "BETTER",
    "IMPACT",
    "IMPACT_KEY",
    "NOTHING_CHANGED",
    "PARTLY",
    "WORSE",
    "Impact",
    "ImpactAsked",
    "ImpactRecorded",
    "RecordImpact",
    "impact_of",
    "offers_to_reopen",
    "what_follows",
]

#: The key of the question what changed, and of the date on which it is asked.
IMPACT_KEY = "impact"

#: The keys of the marks that say what changed: short, because HEAD has to stay below a kilobyte.
BETTER, PARTLY, NOTHING_CHANGED, WORSE = "better", "partly", "same", "worse"


class Impact(StrEnum):
    """What changed for the child."""

    BETTER = "things are better for the child"
    PARTLY = "some things are better for the child"
    NOTHING = "nothing changed for the child"
    WORSE = "things are worse for the child"


_IMPACT: Slot[tuple[Impact, datetime] | None] = Slot("impact", None)


def impact_of(challenge: Challenge) -> Impact | None:
    """Return what changed for the child; ``None`` if that was not recorded."""
    found = challenge[_IMPACT]
    return found[0] if found else None


def offers_to_reopen(challenge: Challenge) -> bool:
    """Whether nothing got better for the child, and it was not reopened yet."""
    return impact_of(challenge) in _NO_BETTER and not reopened_as(challenge)


#: The answers after which the IRO is offered to reopen.
_NO_BETTER = (Impact.NOTHING, Impact.WORSE)


def _asks_later(challenge: Challenge) -> Ledger | None:
    """Return the date on which the IRO of a challenge that ended is asked; ``None``: never."""
    return None if challenge.open else challenge.clock(IMPACT_KEY)


def what_follows(challenge: Challenge, *, yours: bool) -> str:
    """Return when the IRO is asked, or that they can reopen it; empty if neither.

    ``yours``: the IRO is who reads it.
    """
    who = "you" if yours else "the IRO"
    if ledger := _asks_later(challenge):
        day = day_in_words(ledger.deadline.day)
        return f"On {day} {who} will be asked what changed for the child."
    if offers_to_reopen(challenge):
        return f"{capitalised(str(impact_of(challenge)))}. {capitalised(who)} can reopen it."
    return ""


def _nothing_got_better(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, ImpactRecorded) and event.fact.impact in _NO_BETTER


@value
class ImpactAsked(Fact):
    """Some weeks have passed since it was resolved: the IRO says what changed ``by`` then."""

    by: Deadline

    news = "the IRO is asked what changed for the child"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked what changed."""
        asked = (
            stop_clock(challenge, IMPACT_KEY),
            Purpose.WHAT_CHANGED,
            self.by,
            event,
            IMPACT_KEY,
        )
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
    told = (Tell(Audience.SRSM), Tell(Audience.SENIOR, when=_nothing_got_better))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with that question settled."""
        return settle(challenge, IMPACT_KEY).keep(_IMPACT, (self.impact, event.effective))

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
        problems.need("words", self.words, "Enter how you know.")
        problems.check()
        yield ImpactRecorded(self.impact, self.words)


def _ended(fact: Closed, challenge: Challenge, event: Event) -> Challenge:
    """Return it with the date on which the IRO is asked, if it ended as resolved."""
    if fact.impact_at is None:
        return challenge
    called = "the day on which the IRO is asked what changed"
    return start_clock(challenge, IMPACT_KEY, called, fact.impact_at, event)


def _never(challenge: Challenge) -> Challenge:
    return stop_clock(settle(challenge, IMPACT_KEY), IMPACT_KEY)


def _reopened(_fact: Reopened, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question: what changed is seen in the challenge that goes on."""
    return _never(challenge)


def _died(_fact: LifeChanged, challenge: Challenge, _event: Event) -> Challenge:
    return _never(challenge) if has_died(challenge) else challenge


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    """Yield the morning on which the IRO is asked."""
    ledger = challenge.clock(IMPACT_KEY)
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
    rungs=(
        Rung(
            Standing.ENDED_TO_ASK,
            "Ended: one question to come",
            "Ended",
            lambda challenge: _asks_later(challenge) is not None,
        ),
    ),
    marks=(
        _mark(BETTER, "Better for the child", Impact.BETTER),
        _mark(PARTLY, "Partly better for the child", Impact.PARTLY),
        _mark(NOTHING_CHANGED, "Nothing changed for the child", Impact.NOTHING),
        _mark(WORSE, "Worse for the child", Impact.WORSE),
    ),
)
