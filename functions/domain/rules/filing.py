"""Rule 20, the child's file: everything about a challenge is placed on the child's electronic file.

At the end of each stage and at the end of the challenge the IRO is asked to place the outcome there
and the SRSM to place decisions and discussions. That stops nothing. Who has not done so when the
next stage ends is asked nothing new: one act settles everything up to then. Either does it in the
case system and says so here; or the case system takes the record through the interface, and says up
to which event it is on the file.

Guidance: G4, G47, G53.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from domain.challenge import Challenge, ask, settle
from domain.events import INTERFACE, Event, Fact
from domain.part import Asked, Command, Hand, May, Part, Problems, Seen, Written, on
from domain.rules.considering import FoundUnresolved
from domain.rules.endings import Closed
from domain.rules.missed_actions import LastStageUnresolved
from domain.rules.naming import LastStageNotServed
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import StageBegan
from domain.values import value
from domain.vocabulary import ENDED, OPEN, Capacity, Purpose

if TYPE_CHECKING:
    from domain.challenge import Question

__all__ = [
    "FILING",
    "EndsStage",
    "PlaceOnFile",
    "PlacedOnFile",
    "all_placed",
    "placed_up_to",
    "to_place",
]

#: The key of each question, with what it asks and whom.
_ASKED = {
    "file-outcome": (Purpose.PLACE_OUTCOME, Capacity.IRO),
    "file-decisions": (Purpose.PLACE_DECISIONS, Capacity.SRSM),
}


def to_place(challenge: Challenge) -> tuple[Question, ...]:
    """Return what is still to be placed on the child's file, as the questions that ask for it."""
    return tuple(one for one in challenge.questions if one.key in _ASKED)


def placed_up_to(challenge: Challenge, *only: Purpose) -> int:
    """Return the number of the event up to which everything is on the child's file; 0: none.

    With ``only``: everything that these purposes ask for.
    """
    return min(
        max(
            (
                fact.up_to
                for fact in (event.fact for event in challenge.events)
                if isinstance(fact, PlacedOnFile) and purpose in fact.what
            ),
            default=0,
        )
        for purpose, _ in _ASKED.values()
        if not only or purpose in only
    )


def all_placed(challenge: Challenge, up_to: int) -> bool:
    """Whether everything up to event number ``up_to`` is on the file.

    That something was placed there is itself not placed: a case system that hears of it would
    never come to an end.
    """
    new = challenge.events[placed_up_to(challenge) : up_to]
    return all(isinstance(event.fact, PlacedOnFile) for event in new)


#: What ends a stage, where it has the date by which that is to be placed. The first stage that
#: begins ends none.
EndsStage = StageBegan | DeadlineMissed | LastStageUnresolved | LastStageNotServed | FoundUnresolved

#: What ends a stage, or the challenge.
_Ends = EndsStage | Closed


def _something_ended(fact: _Ends, challenge: Challenge, event: Event) -> Challenge:
    """Return it with both asked, unless they still are. Older records have no date: not asked."""
    for key, (purpose, whose) in _ASKED.items():
        if fact.file_by and challenge.question_by(key) is None:
            challenge = ask(
                *(challenge, purpose, fact.file_by, event, key), outlives=True, whose=whose
            )
    return challenge


@value
class PlacedOnFile(Fact):
    """``what`` is on the child's file, of everything up to event number ``up_to``."""

    what: tuple[Purpose, ...]
    up_to: int

    news = "it is recorded that the child’s file is up to date"
    told = ()

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with those questions settled, and asked again where a later stage has ended.

        Only the case system can name an event before the last: what it has not seen stays a task.
        """
        for key, (purpose, whose) in _ASKED.items():
            question = challenge.question_by(key)
            if purpose not in self.what or question is None or question.since > self.up_to:
                continue
            challenge = settle(challenge, key)
            for event in challenge.events[self.up_to :]:
                if isinstance(event.fact, _Ends) and event.fact.file_by:
                    challenge = ask(
                        *(challenge, purpose, event.fact.file_by, event, key),
                        outlives=True,
                        whose=whose,
                    )
                    break
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who placed what, and up to which event if it is not everything."""
        both = len(self.what) == len(_ASKED)
        outcome = Purpose.PLACE_OUTCOME in self.what
        part = "how each stage ended" if outcome else "decisions and discussions"
        what = "everything" if both else part
        by_interface = seen.event.actor.via == INTERFACE
        up_to = f" up to event {self.up_to}" if by_interface else ""
        return f"{seen.who} put {what}{up_to} on the child’s file"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


@value
class PlaceOnFile(Command):
    """Record that what you were asked to place is on the child's file.

    The case system places everything ``up_to`` the event of this number. People place all that
    there is, and say no number.
    """

    up_to: int = 0

    called = "Record that it is on the child’s file"
    who = (Asked(), May(Capacity.CASE_SYSTEM, (*OPEN, *ENDED)))
    settles = (Purpose.PLACE_OUTCOME, Purpose.PLACE_DECISIONS)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[PlacedOnFile]:
        """Yield what is on the file from now on."""
        if Capacity.CASE_SYSTEM in hand.capacities:
            last, problems = challenge.version, Problems()
            problems.refuse_if(
                "up_to",
                not 1 <= self.up_to <= last,
                f"Send the number of an event on the record, from 1 to {last}.",
            )
            problems.check()
            yield PlacedOnFile(tuple(purpose for purpose, _ in _ASKED.values()), self.up_to)
            return
        theirs = tuple(one.purpose for one in to_place(challenge) if one.whose in hand.capacities)
        yield PlacedOnFile(theirs, challenge.version)


FILING = Part(
    20,
    "The child’s file",
    facts=(PlacedOnFile,),
    acts=(PlaceOnFile,),
    changes=tuple(on(kind, _something_ended) for kind in get_args(_Ends)),
)
