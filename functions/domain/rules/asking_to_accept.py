"""Rule 6, actions after the 20-working-day limit: the IRO asks the SRSM to accept them.

The IRO cannot accept the actions of a reply if one of them is due after the resolution period. In
one step they ask the SRSM, who accepts them (``domain.rules.accepting``) or declines with a reason.
That takes the place of the IRO's decision on the reply: the challenge waits as before, and the IRO
is not late meanwhile. After it is declined the IRO decides again. Whatever else is decided on the
reply takes the question back. About one reply the SRSM is asked once, so that a challenge does not
go to and fro between the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask
from domain.deadlines import Deadline
from domain.events import AboutRequest, Event
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Written,
)
from domain.rules.accepting import acceptable, is_beyond
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "ASKING_TO_ACCEPT",
    "AcceptanceAsked",
    "AcceptanceDeclined",
    "AskToAccept",
    "DeclineToAccept",
    "can_be_asked",
]

#: The numbers of the requests about whose replies the SRSM was asked.
_ASKED: Slot[tuple[int, ...]] = Slot("asked to accept", ())


# Asked -------------------------------------------------------------------------------------------


@value
class AcceptanceAsked(AboutRequest):
    """The IRO asked the SRSM to accept the actions of the reply to ``request`` by ``accept_by``."""

    request: int
    reason: str
    accept_by: Deadline

    news = "the service manager is asked to accept actions"
    told = (Tell(Audience.SRSM, Letter.DECIDE), Tell(Audience.IRO))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the SRSM asked in place of the IRO."""
        after = challenge.keep(_ASKED, (*challenge[_ASKED], self.request))
        purpose, whose = Purpose.ACCEPT_BEYOND, Capacity.SRSM
        return ask(after, purpose, self.accept_by, event, whose=whose)

    def line(self, seen: Seen) -> str:
        """Return who asked for what."""
        return (
            f"{seen.who} asked the service manager to accept actions after the 20-working-day limit"
        )

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the date."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("To be accepted or declined by", self.accept_by.why, EVERYBODY)


def can_be_asked(challenge: Challenge) -> bool:
    """Whether the reply that the IRO has to decide on has actions that only the SRSM accepts."""
    question, request = challenge.question, challenge.request
    decides = question is not None and question.purpose is Purpose.DECIDE
    new = request.number not in challenge[_ASKED]
    return decides and new and request in acceptable(challenge) and is_beyond(challenge, request)


def _can_be_asked(challenge: Challenge, _council: Council) -> bool:
    return can_be_asked(challenge)


_BEYOND = If(
    "the reply agreed an action after the 20-working-day limit, and the SRSM was not asked about "
    "it before (rule 6)",
    _can_be_asked,
)


@value
class AskToAccept(Command):
    """Ask the SRSM to accept the actions of the reply, because the IRO cannot."""

    reason: str

    called = "Ask the service manager to accept the actions"
    who = (May(Capacity.IRO, (Standing.IRO_TO_DECIDE,), _BEYOND),)
    settles = (Purpose.DECIDE,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AcceptanceAsked]:
        """Yield the question to the SRSM."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter why these actions should be accepted.")
        problems.check()
        by = hand.council.within(hand.council.procedure.confirm_within, hand.now)
        yield AcceptanceAsked(challenge.request.number, self.reason, by)


# Declined ----------------------------------------------------------------------------------------


@value
class AcceptanceDeclined(AboutRequest):
    """The SRSM declined to accept the actions. The IRO decides on the reply by ``decide_by``."""

    request: int
    reason: str
    decide_by: Deadline

    news = "the service manager does not accept actions"
    told = (Tell(Audience.IRO, Letter.DECIDE), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked again to decide on the reply."""
        return ask(challenge, Purpose.DECIDE, self.decide_by, event)

    def line(self, seen: Seen) -> str:
        """Return who declined."""
        return f"{seen.who} declined to accept actions after the 20-working-day limit"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


@value
class DeclineToAccept(Command):
    """Decline to accept the actions, with a reason."""

    reason: str

    called = "Decline to accept the actions"
    who = (Asked(),)
    settles = (Purpose.ACCEPT_BEYOND,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AcceptanceDeclined]:
        """Yield it, with a date for the IRO to decide again."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter why you do not accept these actions.")
        problems.check()
        least = hand.council.within(hand.council.procedure.decide_at_least, hand.now)
        by = hand.council.later_of(challenge.request.deadline, least)
        yield AcceptanceDeclined(challenge.request.number, self.reason, by)


ASKING_TO_ACCEPT = Part(
    6,
    "The service manager is asked to accept actions",
    facts=(AcceptanceAsked, AcceptanceDeclined),
    acts=(AskToAccept, DeclineToAccept),
)
