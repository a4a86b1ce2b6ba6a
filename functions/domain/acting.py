"""What people do with a challenge: a command is checked, and its facts follow, or it is refused.

A command is what somebody asked for (``domain/rules/``); :func:`carry_out` checks it against the
table of permissions and the rules, and returns the facts to put on the record. Nothing is written
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import AlreadyAnsweredError, NotAllowedError
from domain.permissions import may
from domain.rulebook import RUNGS

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Fact
    from domain.part import Command, Hand

__all__ = ["carry_out", "check_open", "standing_in_words"]


def carry_out(command: Command, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    """Return the facts that follow from ``command``.

    Raise ``NotAllowedError`` (not this person, or not now), ``AlreadyAnsweredError`` (the
    question has had its answer), ``BadSubmissionError`` (names the fields to correct).
    """
    if not may(type(command), hand.capacities, challenge, hand.council):
        check_open(challenge)
        capacity = ", ".join(sorted(hand.capacities)) or "not part of this challenge"
        stands = standing_in_words(challenge, hand.council)
        message = (
            f"“{command.called}” cannot be done now: {challenge.reference} stands at "
            f"“{stands}” and you are {capacity}. Open the challenge's page "
            "to see what can be done."
        )
        raise NotAllowedError(message)
    return tuple(command.follows(challenge, hand))


def check_open(challenge: Challenge) -> None:
    """Rule 16: after the end only what outlives it is taken. Raise ``AlreadyAnsweredError``."""
    if not challenge.open:
        message = (
            f"{challenge.reference} has ended: {challenge.outcome}. Nothing more can be recorded "
            "on it. If the concern is back, the IRO can raise a new challenge."
        )
        raise AlreadyAnsweredError(message)


def standing_in_words(challenge: Challenge, council: Council) -> str:
    """Return ``Stage 2``, ``IRO to decide`` …: where it stands, for a person."""
    return RUNGS[challenge.standing].called or council.ladder.title(challenge.stage)
