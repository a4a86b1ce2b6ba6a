"""Rule 6, accepting: the actions that a reply agreed, which does not resolve the challenge.

Accepting the actions of a reply stops the stage's clock, not the 20-working-day limit. While the
challenge is open the actions of any reply can be accepted, of an earlier or a late one as well, and
each once. What happens to them then is in ``domain.rules.actions``. If one is due after that limit,
only the SRSM accepts them, and the IRO asks for it (``domain.rules.asking_to_accept``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import (
    AgreedAction,
    Challenge,
    Request,
    settle,
    with_agreed,
    with_request,
)
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.events import AboutRequest, Event
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Rung,
    Seen,
    Tell,
    Written,
)
from domain.people import is_of_the_family
from domain.rules.lateness import iro_is_late
from domain.rules.replies import undertaking
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "ACCEPTING",
    "AcceptActions",
    "ActionsAccepted",
    "acceptable",
    "is_asked_to_accept",
    "is_beyond",
    "without_the_child",
]

_DECIDING = (Standing.IRO_TO_DECIDE,)


def acceptable(challenge: Challenge) -> tuple[Request, ...]:
    """Return the requests whose reply agreed actions that are not accepted yet, oldest first."""
    return tuple(one for one in challenge.requests if one.agreed and not one.accepted)


def is_beyond(challenge: Challenge, request: Request) -> bool:
    """Whether an action of its reply is due after the end of the resolution period."""
    end = challenge.period.day if challenge.period else None
    return end is not None and any(action.by > end for action in request.agreed)


def is_asked_to_accept(challenge: Challenge) -> bool:
    """Whether the SRSM is asked to accept the actions of the present reply, or to decline."""
    question = challenge.question
    return question is not None and question.purpose is Purpose.ACCEPT_BEYOND


# Accepted ----------------------------------------------------------------------------------------


def _somebody_else_is_asked_now(challenge: Challenge, event: Event) -> bool:
    fact = event.fact
    return isinstance(fact, ActionsAccepted) and fact.request != challenge.request.number


@value
class ActionsAccepted(AboutRequest):
    """The IRO accepted the actions of the reply to ``request``, numbered from ``first``."""

    request: int
    first: int
    actions: tuple[AgreedAction, ...]
    words: str

    news = "agreed actions are under way"
    told = (
        Tell(Audience.OWNER, Letter.YOUR_ACTION),
        Tell(Audience.ASKED),
        Tell(Audience.ASKED_NOW, when=_somebody_else_is_asked_now),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The numbers of the actions."""
        return tuple(range(self.first, self.first + len(self.actions)))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the stage's clock stopped and each action under way."""
        after = with_request(settle(challenge), self.request, accepted=True)
        after = with_agreed(after, self.first, self.actions, event)
        return replace(after, stage_clock_stopped=True)

    def line(self, seen: Seen) -> str:
        """Return who accepted how many, and of which reply if it is not the latest one."""
        count = len(self.actions)
        actions = "1 agreed action" if count == 1 else f"{count} agreed actions"
        each = "it is" if count == 1 else "each is"
        before = seen.before()
        request = before.request_number(self.request) or before.request
        of = f" of the reply at {seen.stage(request.stage)}" if request != before.request else ""
        return f"{seen.who} accepted {actions}{of}, to be followed until {each} done"

    def written(self) -> Iterator[Written]:
        """Yield what the IRO added, and each action."""
        yield Written("In their words", self.words, EVERYBODY)
        for number, action in enumerate(self.actions, start=1):
            yield Written(f"Action {number}", undertaking(action), EVERYBODY)


_PROMISED = If(
    "a reply agreed actions that are not accepted yet (rule 6)",
    lambda challenge, _council: bool(acceptable(challenge)),
)
_PROMISED_BEYOND = If(
    "an agreed action’s date is after the 20-working-day limit (rule 6)",
    lambda challenge, _council: any(is_beyond(challenge, one) for one in acceptable(challenge)),
)


def _late_with_the_reply(challenge: Challenge, council: Council) -> bool:
    return challenge.request in acceptable(challenge) and iro_is_late(challenge, council)


#: Also if that limit has come to be later since: bank holidays move it.
_ASKED_FOR = If(
    "the SRSM is asked to accept the actions (rule 6)",
    lambda challenge, _council: is_asked_to_accept(challenge),
)
_PROMISED_AND_LATE = If(
    "the reply agreed actions, and the IRO is three working days late (rule 4)",
    _late_with_the_reply,
)


@value
class AcceptActions(Command):
    """The IRO accepts the actions that the reply to ``request`` agreed (0: the current one)."""

    words: str = ""
    request: int = 0

    called = "Accept the agreed actions"
    who = (
        May(Capacity.IRO, OPEN, _PROMISED),
        May(Capacity.SRSM, OPEN, _PROMISED_BEYOND),
        May(Capacity.SRSM, _DECIDING, _ASKED_FOR),
        May(Capacity.SRSM, _DECIDING, _PROMISED_AND_LATE),
    )
    settles = (Purpose.DECIDE, Purpose.ACCEPT_BEYOND, Purpose.STEP_IN)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionsAccepted]:
        """Yield the accepted actions; only the SRSM may accept dates beyond the period."""
        request = self._request(challenge)
        if is_beyond(challenge, request) and challenge.period:
            if Capacity.SRSM not in hand.capacities:
                message = (
                    "An action's date is after the 20-working-day limit, which ends on "
                    f"{day_in_words(challenge.period.day)}. The Safeguarding & Review Service "
                    "Manager has to agree to that: ask them to accept the actions, on this "
                    "challenge’s page."
                )
                raise BadSubmissionError({"words": message})
        elif Capacity.IRO not in hand.capacities:
            present = request.number == challenge.request.number
            theirs = is_asked_to_accept(challenge) or _late_with_the_reply(challenge, hand.council)
            if not (present and theirs):
                message = "Accepting these actions is for the IRO to decide."
                raise NotAllowedError(message)
        first = len(challenge.actions) + 1
        child = challenge.raised.child.name
        agreed = tuple(without_the_child(action, child) for action in request.agreed)
        yield ActionsAccepted(request.number, first, agreed, self.words)

    def _request(self, challenge: Challenge) -> Request:
        """Return the request whose reply is meant.

        Raise ``AlreadyAnsweredError`` or ``NotAllowedError`` if it has nothing to accept.
        """
        number = self.request or challenge.request.number
        request = challenge.request_number(number)
        if request is None or not request.agreed:
            message = "That reply agreed no actions. Choose one that did."
            raise NotAllowedError(message)
        if request.accepted:
            message = "The actions of that reply are accepted already. You do not need to do more."
            raise AlreadyAnsweredError(message)
        return request


def without_the_child(agreed: AgreedAction, child: str) -> AgreedAction:
    """Return the action with its owner as mere words if they name the child.

    Replies by a link alone are not told that. The IRO is asked to name somebody else (rule 6).
    """
    who = agreed.who
    is_child = who is not None and not who.party and is_of_the_family(who, child)
    return replace(agreed, who=None) if is_child else agreed


ACCEPTING = Part(
    6,
    "Actions are accepted",
    facts=(ActionsAccepted,),
    acts=(AcceptActions,),
    rungs=(
        Rung(
            Standing.ACTIONS_UNDER_WAY,
            "Actions under way",
            "actions under way",
            lambda challenge: challenge.stage_clock_stopped,
        ),
    ),
)
