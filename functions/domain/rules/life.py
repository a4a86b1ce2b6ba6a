"""Rule 19, the child's life: leaving care, adoption, turning 18 and death.

Each asks the IRO how to go on, within two working days, and closes nothing by itself. The 18th
birthday is known from the date of birth; the others are recorded by the IRO or the SRSM. Emails and
lines say only that something changed: the day of a birthday is nearly a date of birth.

After a death nothing is asked about telling the child, and nothing is written to them. Other rules
look at :func:`has_died`. A death that is recorded in one challenge holds for every challenge about
the child: Decide puts it on their records too (:func:`also_here`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.moments import OFFICE_HOUR, at_local, day_in_words, local_day
from domain.part import (
    EVERYBODY,
    IN_CONFIDENCE,
    Asked,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Timer,
    Written,
)
from domain.values import value
from domain.vocabulary import ENDED, OPEN, Audience, Capacity, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "LIFE",
    "LIVES",
    "HowToGoOn",
    "LifeChange",
    "LifeChanged",
    "RecordLifeChange",
    "SayHowToGoOn",
    "also_here",
    "has_died",
    "life_again",
    "recordable",
    "said_here",
    "taken_back",
]

#: The age at which a child is an adult.
_ADULT_AT = 18

#: The key of the question how to go on.
_KEY = "life"


class LifeChange(StrEnum):
    """What changed in the child's life."""

    LEFT_CARE = "ceased to be looked after"
    ADOPTED = "was adopted"
    TURNED_18 = "turned 18"
    DIED = "died"
    MISTAKE = "has not died: that was recorded by mistake"


#: What is said of a death: that the child died, or that this was recorded by mistake.
_OF_A_DEATH = (LifeChange.DIED, LifeChange.MISTAKE)

_CHANGES: Slot[tuple[LifeChanged, ...]] = Slot("life", ())


def has_died(challenge: Challenge) -> bool:
    """Whether the record says that the child has died."""
    said = [one.change for one in challenge[_CHANGES] if one.change in _OF_A_DEATH]
    return said[-1:] == [LifeChange.DIED]


#: The condition for whatever is asked about the child, or written to them.
LIVES = If("the child has not died (rule 19)", lambda challenge, _: not has_died(challenge))


def life_again(challenge: Challenge) -> Iterator[LifeChanged]:
    """Yield that the child has died, for the challenge in which this one goes on."""
    if has_died(challenge):
        said = challenge[_CHANGES]
        died = next(one for one in reversed(said) if one.change is LifeChange.DIED)
        where = died.recorded_in or challenge.reference
        yield LifeChanged(LifeChange.DIED, died.day, recorded_in=where)


def _it_was_recorded_here_or_the_challenge_is_open(challenge: Challenge, event: Event) -> bool:
    fact = event.fact
    return challenge.open or not (isinstance(fact, LifeChanged) and fact.recorded_in)


@value
class LifeChanged(Fact):
    """Something ``change``d in the child's life on ``day``: the IRO says how to go on by then.

    Without ``go_on_by`` nothing is asked: the challenge has ended, or the IRO said so at once. Of a
    death, ``recorded_in`` is another challenge about the child in which somebody recorded it; empty
    for this one. If that one is sealed, the death is taken back here (rule 22).
    """

    change: LifeChange
    day: date
    go_on_by: Deadline | None = None
    recorded_in: str = ""

    news = "something has changed in the child’s life"
    told = (Tell(Audience.SRSM, when=_it_was_recorded_here_or_the_challenge_is_open),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked how to go on. Nothing closes, and nothing stops."""
        after = challenge.keep(_CHANGES, (*challenge[_CHANGES], self))
        if self.go_on_by is None:
            return after
        return ask(after, Purpose.HOW_TO_GO_ON, self.go_on_by, event, _KEY)

    def line(self, seen: Seen) -> str:
        """Return that something changed: emails must not say what, or that it is a birthday."""
        if seen.event.automatic:
            return "Something has changed in the child’s life"
        return f"{seen.who} recorded a change in the child’s life"

    def written(self) -> Iterator[Written]:
        """Yield what changed, and by when the IRO says how to go on."""
        yield Written("The child", f"{self.change}, {day_in_words(self.day)}", EVERYBODY)
        yield Written("Recorded in", self.recorded_in, IN_CONFIDENCE)
        if self.go_on_by:
            yield Written("How to go on by", self.go_on_by.why, EVERYBODY)


@value
class HowToGoOn(Fact):
    """The IRO said how the challenge goes on after a change in the child's life."""

    words: str

    news = "the IRO said how to go on"
    told = ()

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with that question settled."""
        return settle(challenge, _KEY)

    def line(self, seen: Seen) -> str:
        """Return who said so."""
        return f"{seen.who} recorded how the challenge goes on after a change in the child’s life"

    def written(self) -> Iterator[Written]:
        """Yield what they said."""
        yield Written("How it goes on", self.words, EVERYBODY)


# In every challenge about the child --------------------------------------------------------------


def said_here(event: Event) -> bool:
    """Whether somebody said here of the child that they died, or that this was a mistake."""
    fact = event.fact
    return isinstance(fact, LifeChanged) and fact.change in _OF_A_DEATH and not fact.recorded_in


def _last_said(challenge: Challenge) -> tuple[datetime, LifeChanged] | None:
    """Return what was said last of the child's death, and the moment (UTC); ``None`` if nothing."""
    for event in reversed(challenge.events):
        fact = event.fact
        if isinstance(fact, LifeChanged) and fact.change in _OF_A_DEATH:
            return event.effective, fact
    return None


def also_here(
    challenge: Challenge, others: Iterable[Challenge], now: datetime, council: Council
) -> tuple[LifeChanged, datetime] | None:
    """Return what ``challenge`` has to say too of the child's death, and since when (UTC).

    ``others`` are challenges about the same child. The last word counts, wherever it was recorded.
    ``None`` if the record says it already. The IRO says how to go on, as after any change.
    """
    said = [(*last, other) for other in others if (last := _last_said(other))]
    if not said or challenge.sealed:
        return None
    at, fact, other = max(said, key=lambda one: one[0])
    here = _last_said(challenge)
    if (fact.change is LifeChange.DIED) is has_died(challenge) or (here and here[0] >= at):
        return None
    asks = challenge.open and fact.change is LifeChange.DIED
    by = council.within(council.procedure.go_on_within, now) if asks else None
    where = fact.recorded_in or other.reference
    return LifeChanged(fact.change, fact.day, by, where), max(at, challenge.raised_at)


def taken_back(
    challenge: Challenge, sealed: Challenge, now: datetime, council: Council
) -> LifeChanged | None:
    """Return that a death is taken back, if ``challenge`` knows it only from ``sealed``.

    That record was about the wrong child (rule 22), and so was what it said of a death. While a
    death is believed, nothing is asked for a child who lives; so the IRO finds out, and says how
    to go on. ``None`` if the record says nothing of it, or knows it from elsewhere.
    """
    last = _last_said(challenge)
    if challenge.sealed or last is None or not has_died(challenge):
        return None
    _, fact = last
    if fact.recorded_in != sealed.reference:
        return None
    within = council.procedure.go_on_within
    by = council.within(within, now) if challenge.open else None
    return LifeChanged(LifeChange.MISTAKE, fact.day, by, sealed.reference)


# What people record ------------------------------------------------------------------------------


def recordable(challenge: Challenge) -> tuple[LifeChange, ...]:
    """Return the changes that a person can record now. After the end only a death matters."""
    if has_died(challenge):
        return (LifeChange.MISTAKE,)
    return (
        *((LifeChange.LEFT_CARE, LifeChange.ADOPTED) if challenge.open else ()),
        LifeChange.DIED,
    )


@value
class RecordLifeChange(Command):
    """Record a change in the child's life on ``day``, and perhaps at once how to ``go_on``."""

    change: LifeChange
    day: date
    go_on: str = ""

    called = "Record a change in the child’s life"
    who = (May(Capacity.IRO, (*OPEN, *ENDED)), May(Capacity.SRSM, (*OPEN, *ENDED)))
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Fact]:
        """Yield the change, and how to go on if it was said."""
        problems = Problems()
        wrong = self.change not in recordable(challenge)
        problems.refuse_if("change", wrong, "Choose what changed.")
        ahead, born = self.day > hand.today, challenge.raised.child.date_of_birth
        problems.refuse_if("day", ahead, "The date must be today or earlier.")
        problems.refuse_if("day", self.day < born, "The date must be after the date of birth.")
        problems.check()
        said = bool(self.go_on) and Capacity.IRO in hand.capacities
        asks = challenge.open and not said and self.change is not LifeChange.MISTAKE
        within = hand.council.procedure.go_on_within
        by = hand.council.within(within, hand.now) if asks else None
        yield LifeChanged(self.change, self.day, by)
        if said and challenge.open:
            yield HowToGoOn(self.go_on)


@value
class SayHowToGoOn(Command):
    """Say how the challenge goes on after a change in the child's life. It stays open."""

    words: str

    called = "Say how the challenge goes on"
    who = (Asked(),)
    settles = (Purpose.HOW_TO_GO_ON,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[HowToGoOn]:
        """Yield what was said."""
        problems = Problems()
        problems.need("words", self.words, "Enter how the challenge goes on.")
        problems.check()
        yield HowToGoOn(self.words)


# The 18th birthday -------------------------------------------------------------------------------


def _birthday(challenge: Challenge) -> date:
    """Return the 18th birthday; 1 March for a child born on 29 February."""
    born = challenge.raised.child.date_of_birth
    try:
        return born.replace(year=born.year + _ADULT_AT)
    except ValueError:
        return date(born.year + _ADULT_AT, 3, 1)


def _is_to_come(challenge: Challenge) -> bool:
    """Whether the child was under 18 when it was raised, and nothing since says that they are."""
    turned = any(one.change is LifeChange.TURNED_18 for one in challenge[_CHANGES])
    young = local_day(challenge.raised_at) < _birthday(challenge)
    return challenge.open and young and not turned and not has_died(challenge)


def _turned(challenge: Challenge, at: datetime, council: Council) -> LifeChanged:
    by = council.within(council.procedure.go_on_within, at)
    return LifeChanged(LifeChange.TURNED_18, _birthday(challenge), by)


def _first(challenge: Challenge, now: datetime, council: Council) -> Iterator[Fact]:
    """Yield that the child is 18 now. The days count from when the service says so."""
    if _is_to_come(challenge) and at_local(_birthday(challenge), OFFICE_HOUR) <= now:
        yield _turned(challenge, now, council)


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield the morning of the 18th birthday, so that the challenge wakes then.

    No days can be counted beyond the known years; by then more of them are known.
    """
    if _is_to_come(challenge):
        at = at_local(_birthday(challenge), OFFICE_HOUR)
        if now < at and at.year < council.calendar.last_year:
            purpose = "a change in the child's life"
            yield Timer(at, purpose, at, (_turned(challenge, at, council),))


LIFE = Part(
    19,
    "The child’s life",
    facts=(LifeChanged, HowToGoOn),
    acts=(RecordLifeChange, SayHowToGoOn),
    first=_first,
    timers=_timers,
)
