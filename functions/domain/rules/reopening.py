"""Rule 16, reopening: the IRO reopens a challenge that has ended, at a stage they choose.

It goes on as a new challenge, with a reference, record, clocks and links of its own, and each of
the two names the other. The IRO says of each action that ended whether it goes on, with its first
date. The 20 working days start again. The child's details are carried over, and can be corrected.
Accepting the actions of a late reply after the end reopens the challenge in the same step (rule 5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from domain.challenge import Action, ActionState, AgreedAction, Challenge, Slot, as_raised, settle
from domain.events import Event, Fact
from domain.form import Child
from domain.ladder import Stage
from domain.part import EVERYBODY, Command, Hand, If, May, Part, Problems, Seen, Tell, Written
from domain.rules.accepting import ActionsAccepted, without_the_child
from domain.rules.cafcass import AFTER_KEY
from domain.rules.childs_rights import childs_rights, still_open, without_questions
from domain.rules.entry import Raised
from domain.rules.life import has_died, life_again
from domain.rules.replies import Replied
from domain.rules.stages import Cause, first_stage
from domain.rules.taking_over import TookOver, carried, check_child, formal_since
from domain.values import Value, value
from domain.vocabulary import ENDED, Audience, Capacity, Purpose

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "REOPENING",
    "AcceptLateActions",
    "GoesOn",
    "LateActions",
    "Reopen",
    "Reopened",
    "days_since_first_formal",
    "ended_actions",
    "first_formal_entry",
    "late_actions",
    "reopened_as",
]

_REOPENED_AS: Slot[str] = Slot("reopened-as", "")


def reopened_as(challenge: Challenge) -> str:
    """Return the reference of the challenge in which it goes on; empty if it was not reopened."""
    return challenge[_REOPENED_AS]


def first_formal_entry(challenge: Challenge) -> date | None:
    """Return the day of the first formal entry, in this challenge or one that it continues."""
    return challenge.raised.formal_before or formal_since(challenge)


def days_since_first_formal(challenge: Challenge, day: date, council: Council) -> int | None:
    """Return the working days from the first formal entry to ``day``, once it was reopened."""
    first = challenge.raised.formal_before
    return None if first is None else council.calendar.between(first, day)


def ended_actions(challenge: Challenge) -> tuple[Action, ...]:
    """Return the actions that ended undone, and that no other challenge has taken over.

    One that was confirmed is done. Nothing of it can go on, and its date cannot be missed.
    """
    over = (ActionState.TAKEN_OVER, ActionState.CONFIRMED)
    return tuple(
        action for action in challenge.actions if action.state.ended and action.state not in over
    )


@value
class LateActions(Value):
    """The actions of a late reply, event number ``event``, which nobody has accepted."""

    event: int
    who: str
    stage: Stage
    actions: tuple[AgreedAction, ...]


def late_actions(challenge: Challenge) -> tuple[LateActions, ...]:
    """Return the late replies whose actions can be accepted after the end, oldest first.

    Those of a reply that the IRO accepted while the challenge was open are accepted already: they
    go on as actions that ended.
    """
    return tuple(
        LateActions(event.number, event.actor.name, request.stage, event.fact.actions)
        for request in challenge.requests
        for event in request.late_replies
        if isinstance(event.fact, Replied) and event.fact.actions
        if not (request.accepted and event.fact.actions == request.agreed)
    )


@value
class Reopened(Fact):
    """The challenge was reopened at ``stage``, and goes on as ``reference``."""

    reference: str
    stage: Stage
    reason: str

    key_point = True
    news = "the challenge was reopened"
    told = (
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.ASKED),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the challenge in which it goes on. It stays ended.

        What is not done yet for the child is asked there from now on.
        """
        return without_questions(settle(challenge, AFTER_KEY)).keep(_REOPENED_AS, self.reference)

    def line(self, seen: Seen) -> str:
        """Return who reopened it, at which stage, and under which reference it goes on."""
        stage = seen.stage(self.stage)
        return f"{seen.who} reopened the challenge at {stage}. It goes on as {self.reference}"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


@value
class GoesOn(Value):
    """Whether the action of this number, which ended, goes on in the reopened challenge."""

    action: int
    goes_on: bool


_NOT_REOPENED = If("it was not reopened before", lambda challenge, _: not reopened_as(challenge))
_HAS_LATE_ACTIONS = If(
    "a late reply agreed actions, and it was not reopened before (rule 5)",
    lambda challenge, _: bool(late_actions(challenge)) and not reopened_as(challenge),
)


@value
class Reopen(Command):
    """Reopen the challenge as a new one at ``stage``.

    ``actions`` says of each action that ended whether it goes on. ``child`` and ``social_worker``
    are the child's details as they are now.
    """

    stage: Stage
    reason: str
    child: Child
    social_worker: str
    actions: tuple[GoesOn, ...] = ()

    called = "Reopen the challenge"
    who = (May(Capacity.IRO, ENDED, _NOT_REOPENED),)
    settles = (Purpose.AFTER_CAFCASS,)
    raises = True

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Reopened]:
        """Yield that it was reopened."""
        problems = Problems()
        _check(self, challenge, hand, problems)
        problems.check()
        yield _reopened(self, hand)

    def there(self, challenge: Challenge, hand: Hand) -> Iterator[Fact]:
        """Yield how the new challenge begins, with the actions that go on."""
        yield from _begun(self, challenge, hand)


@value
class AcceptLateActions(Command):
    """Accept the actions of the late reply in event ``reply``, which reopens the challenge.

    The other fields are those of :class:`Reopen`.
    """

    reply: int
    stage: Stage
    reason: str
    child: Child
    social_worker: str
    actions: tuple[GoesOn, ...] = ()

    called = "Accept a late reply’s actions, and reopen"
    who = (May(Capacity.IRO, ENDED, _HAS_LATE_ACTIONS),)
    settles = (Purpose.AFTER_CAFCASS,)
    raises = True

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Reopened]:
        """Yield that it was reopened."""
        problems = Problems()
        reply = self._accepted(challenge)
        problems.refuse_if("reply", reply is None, "Choose whose actions you accept.")
        _check(self, challenge, hand, problems)
        problems.check()
        yield _reopened(self, hand)

    def there(self, challenge: Challenge, hand: Hand) -> Iterator[Fact]:
        """Yield how the new challenge begins, with the accepted actions after those that go on."""
        yield from _begun(self, challenge, hand)
        reply = self._accepted(challenge)
        if reply:
            first = len(_going_on(self, challenge)) + 1
            agreed = tuple(without_the_child(one, self.child.name) for one in reply.actions)
            yield ActionsAccepted(1, first, agreed, self.reason)

    def _accepted(self, challenge: Challenge) -> LateActions | None:
        return next((one for one in late_actions(challenge) if one.event == self.reply), None)


_Reopening = Reopen | AcceptLateActions


def _going_on(command: _Reopening, challenge: Challenge) -> tuple[Action, ...]:
    """Return the actions that go on, by number."""
    numbers = {one.action for one in command.actions if one.goes_on}
    return tuple(action for action in ended_actions(challenge) if action.number in numbers)


def _check(command: _Reopening, challenge: Challenge, hand: Hand, problems: Problems) -> None:
    problems.need("reason", command.reason, "Enter why you are reopening it at this stage.")
    said = {one.action for one in command.actions}
    for action in ended_actions(challenge):
        sentence = f"Action {action.number}: choose whether it goes on."
        problems.refuse_if(f"action-{action.number}", action.number not in said, sentence)
    check_child(command.child, command.social_worker, hand, problems)


def _reopened(command: _Reopening, hand: Hand) -> Reopened:
    reference = hand.other.reference if hand.other else ""
    return Reopened(reference, command.stage, command.reason)


def _begun(command: _Reopening, challenge: Challenge, hand: Hand) -> Iterator[Fact]:
    """Yield how the new challenge was raised, its stage, and the actions that go on."""
    if hand.other is None:
        return
    council = hand.other.council
    raised = _raised(command, challenge, council)
    yield raised
    new = as_raised(hand.other.reference, raised, hand.now)
    yield first_stage(new, hand.now, council, Cause.REOPENED)
    if has_died(challenge):
        yield from life_again(challenge)
    else:
        yield from still_open(raised.childs_rights, hand.now, council)
    going_on = _going_on(command, challenge)
    if going_on:
        yield TookOver(challenge.reference, carried(going_on, challenge, hand))


def _raised(command: _Reopening, challenge: Challenge, council: Council) -> Raised:
    """Return the form of the new challenge: what is wrong is what was wrong before.

    Whether the child is at risk today was said of another day.
    """
    old = challenge.raised
    return Raised(
        child=command.child,
        iro=challenge.iro,
        social_worker=command.social_worker,
        entry=command.stage,
        entry_reason=command.reason,
        concerns=old.concerns,
        tried=old.tried,
        views=old.views,
        procedure=council.procedure.version,
        rights_breached=old.rights_breached,
        review=old.review,
        court=old.court,
        urgency=replace(old.urgency, at_risk=False),
        continues=challenge.reference,
        formal_before=first_formal_entry(challenge),
        childs_rights=childs_rights(challenge),
        siblings=old.siblings,
    )


REOPENING = Part(16, "Reopening", facts=(Reopened,), acts=(Reopen, AcceptLateActions))
