"""Rule 4, in the IRO's place: the SRSM decides if the IRO is three working days late.

The SRSM may decide on the reply, or if none came: resolved, next stage, accept the actions, ask
again. Each such decision is marked by a fact beside it, the IRO and the Senior IRO Manager are
told at once, and a list has every challenge in which it happened. The SRSM never ends a challenge
without resolution.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot
from domain.events import Event, Fact
from domain.part import Command, Hand, Mark, Part, Seen, Task, Tell, Written
from domain.rules.lateness import days_in_words, late_decision
from domain.values import value
from domain.vocabulary import Audience, Capacity, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.challenge import Question
    from domain.council import Council

__all__ = ["IN_IROS_PLACE", "STEPPING_IN", "InIrosPlace", "decides_in_place"]

#: The key of the mark, and of the list, of challenges in which a substitute decided for the IRO. It
#: is short because HEAD has to stay below a kilobyte.
IN_IROS_PLACE = "sub"

#: When somebody last decided in the IRO's place; ``None`` if nobody did.
_LAST: Slot[datetime | None] = Slot("in_place", None)


@value
class InIrosPlace(Fact):
    """Somebody decided in the place of ``iro`` (an officer's id), who was ``days_late``.

    It stands before the decision itself, and by the same hand. ``about`` is the purpose of the
    question in words, ``act`` the kind of command that settled it.
    """

    iro: str
    about: str
    act: str
    days_late: int

    news = "somebody decided in the IRO’s place"
    told = (
        Tell(Audience.SENIOR, at_once=True, of_all=True),
        Tell(Audience.IRO, at_once=True, of_all=True),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it marked."""
        return challenge.keep(_LAST, event.effective)

    def line(self, seen: Seen) -> str:
        """Return who decided in whose place, and how late they were."""
        late = days_in_words(self.days_late)
        iro, purpose = seen.officer(self.iro), Purpose(self.about).in_words
        return f"{seen.who} decided in the place of {iro}, {late} after the date to {purpose}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: the decision itself has the words."""
        yield from ()


def decides_in_place(
    act: type[Command], challenge: Challenge, hand: Hand
) -> tuple[Question, int] | None:
    """Return the IRO's late decision that somebody else settles by ``act``.

    With it come the working days by which the IRO is late. ``None`` if the act settles no such
    decision, or if it is the IRO's own. A revised deadline is no such decision: it is the SRSM's
    own to revise (rule 7).
    """
    question = late_decision(challenge, hand.council)
    if not question or Capacity.IRO in hand.capacities:
        return None
    if not {question.purpose, Purpose.STEP_IN} <= {*act.settles}:
        return None
    return question, hand.council.calendar.between(question.deadline.day, hand.today)


def _beside(command: Command, challenge: Challenge, hand: Hand) -> Iterator[InIrosPlace]:
    """Yield the mark of a command by which somebody else settles the IRO's late decision."""
    found = decides_in_place(type(command), challenge, hand)
    if found:
        question, late = found
        yield InIrosPlace(challenge.iro, str(question.purpose), type(command).__name__, late)


def _tasks(challenge: Challenge, council: Council) -> Iterator[Task]:
    """Yield the decision that the SRSM may take, with the date by which the IRO had to."""
    question = late_decision(challenge, council)
    if question:
        yield Task(
            *("step-in", Purpose.STEP_IN, Capacity.SRSM, question.ledger, question.since),
            stops=False,
            says="{who} may decide in the IRO’s place.",
            yours="The IRO is late with a decision. You may decide in their place, if you think it "
            "right.",
        )


STEPPING_IN = Part(
    4,
    "In the IRO’s place",
    facts=(InIrosPlace,),
    tasks=_tasks,
    beside=_beside,
    marks=(
        Mark(
            IN_IROS_PLACE,
            "Decided in the IRO’s place",
            lambda challenge: challenge[_LAST] is not None,
            listed_at=lambda challenge: challenge[_LAST],
        ),
    ),
)
