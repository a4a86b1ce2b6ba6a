"""What people do with a challenge: a command is checked, and its facts follow, or it is refused.

A command is what somebody asks for (``domain/rules/``). :func:`carry_out` checks it against the
table of permissions and the rules, and returns the facts to record. It writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import AlreadyAnsweredError, NotAllowedError
from domain.permissions import may
from domain.rulebook import PARTS, RUNGS

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Fact
    from domain.part import Command, Hand

__all__ = ["carry_out", "check_open", "standing_in_words"]


def carry_out(command: Command, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    """Return the facts that follow from ``command``, after those that rules put beside it.

    Raise ``NotAllowedError`` (not this person, or not now), ``AlreadyAnsweredError`` (somebody has
    answered already, or it has ended) or ``BadSubmissionError`` (names the fields to correct).
    """
    if not may(type(command), hand.capacities, challenge, hand.council):
        check_open(challenge)
        capacity = ", ".join(sorted(hand.capacities)) or "not part of this challenge"
        stands = standing_in_words(challenge, hand.council, hand.today)
        message = (
            f"“{command.called}” cannot be done now: {challenge.reference} is at “{stands}”, "
            f"and you are {capacity}. Open the challenge’s page to see what you can do."
        )
        raise NotAllowedError(message)
    facts = tuple(command.follows(challenge, hand))
    beside = (fact for part in PARTS for fact in part.beside(command, challenge, hand))
    return (*beside, *facts)


def check_open(challenge: Challenge) -> None:
    """Raise ``AlreadyAnsweredError`` if the challenge has ended (rule 16)."""
    if not challenge.open:
        message = (
            f"{challenge.reference} has ended: {challenge.outcome}. Open its page to see what can "
            "still be recorded. If the problem is not over, the IRO can reopen it."
        )
        raise AlreadyAnsweredError(message)


def standing_in_words(challenge: Challenge, council: Council, today: date) -> str:
    """Return its current stage or what it waits for: ``Stage 2``, ``IRO to decide`` …."""
    rung = RUNGS[challenge.standing]
    whose = rung.whose(challenge, council, today)
    return whose or rung.called or council.ladder.title(challenge.stage)
