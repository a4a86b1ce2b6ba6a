"""Rule 16, corrections: an event beside the error, before and after the end. Nothing is changed.

The IRO and the SRSM may correct what anybody wrote, and everybody what they wrote themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.challenge import Challenge
from domain.errors import NotAllowedError
from domain.events import Event, Fact
from domain.moments import day_in_words, local_day
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Written,
    kind_of,
)
from domain.people import does_outside
from domain.rules.entry import THE_FORM
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Standing

__all__ = [
    "CORRECTIONS",
    "Correct",
    "Corrected",
    "can_be_corrected",
    "corrections_of",
    "form_corrected",
]


def _it_is_still_open(challenge: Challenge, _event: Event) -> bool:
    return challenge.open


@value
class Corrected(Fact):
    """Somebody corrected what stands in event number ``event``; ``words`` say what is right.

    ``only`` are those who may read what is corrected, if that is not for everybody.
    """

    event: int
    words: str
    only: tuple[Capacity, ...] = ()

    news = "something on the record was corrected"
    told = (
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.ASKED, when=_it_is_still_open),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it as it is: a correction stands beside the error."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who corrected what somebody recorded, and on which day that was."""
        wrong = seen.challenge.events[self.event - 1]
        day = day_in_words(local_day(wrong.effective))
        # The name of somebody outside is what somebody typed, and emails have this line.
        outside = does_outside(wrong.actor.officer, seen.challenge)
        whose = "the owner of an action" if outside else wrong.actor.name
        return f"{seen.who} corrected what {whose} recorded on {day}"

    def written(self) -> Iterator[Written]:
        """Yield the correction."""
        yield Written("What is right", self.words, frozenset(self.only) or EVERYBODY)


def can_be_corrected(event: Event, who: frozenset[Capacity], officer: str) -> bool:
    """Whether ``officer``, as ``who``, may correct what a person wrote in ``event``."""
    theirs = event.actor.officer == officer
    if not event.actor.officer or not (theirs or who & {Capacity.IRO, Capacity.SRSM}):
        return False
    return any(one.text and one.is_for(who) for one in kind_of(event.fact).written())


def _only(event: Event) -> tuple[Capacity, ...]:
    """Return who may read all words of ``event``; empty if they are for everybody."""
    closed = [one.to for one in kind_of(event.fact).written() if one.text and EVERYBODY - one.to]
    return tuple(sorted(frozenset.intersection(*closed))) if closed else ()


def corrections_of(challenge: Challenge) -> dict[int, tuple[Event, ...]]:
    """Return the events that correct others: number of the corrected one → oldest first."""
    found: dict[int, tuple[Event, ...]] = {}
    for event in challenge.events:
        if isinstance(event.fact, Corrected):
            found[event.fact.event] = (*found.get(event.fact.event, ()), event)
    return found


def form_corrected(challenge: Challenge) -> tuple[Event, ...]:
    """Return the events that correct the form with which it was raised, oldest first."""
    return corrections_of(challenge).get(THE_FORM, ())


_THEIR_OWN = If("they wrote it themselves (rule 16)", lambda _challenge, _council: True)
_ANY = tuple(Standing)


@value
class Correct(Command):
    """Correct what stands in event number ``event``, beside it."""

    event: int
    words: str

    called = "Correct something on the record"
    who = (
        May(Capacity.IRO, _ANY),
        May(Capacity.SRSM, _ANY),
        May(Capacity.SENIOR_IRO_MANAGER, _ANY, _THEIR_OWN),
        May(Capacity.RESPONDER, OPEN, _THEIR_OWN),
        May(Capacity.INFORMED, _ANY, _THEIR_OWN),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Corrected]:
        """Yield the correction."""
        problems = Problems()
        there = 1 <= self.event <= challenge.version
        problems.refuse_if("event", not there, "Choose what to correct.")
        problems.need("words", self.words, "Enter what is right.")
        problems.check()
        event = challenge.events[self.event - 1]
        if not can_be_corrected(event, hand.capacities, hand.actor.officer):
            message = (
                "Only the IRO, the Safeguarding & Review Service Manager and whoever wrote it can "
                "correct this. Write a note to the IRO instead."
            )
            raise NotAllowedError(message)
        yield Corrected(self.event, self.words, _only(event))


CORRECTIONS = Part(16, "Corrections", facts=(Corrected,), acts=(Correct,))
