"""Rule 6, actions: accepting them does not resolve the challenge.

Accepting the actions that a reply agreed stops the stage's clock, not the 20-working-day limit.
Each action is followed until it is reported done, with what shows it, and the IRO confirms or
drops it with a reason. At a missed date the IRO is asked: a new date, which the SRSM agrees, or
escalate. Confirming the last one resolves the challenge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from domain.challenge import (
    Action,
    ActionState,
    AgreedAction,
    Challenge,
    action_key,
    ask,
    settle,
    with_action,
)
from domain.deadlines import Deadline, How, Ledger, deadline_by_hand, deadline_in
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.events import AboutRequest, Event, Fact
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Rung,
    Seen,
    Task,
    Tell,
    Timer,
    Written,
    on,
)
from domain.rules.endings import ChildTold, check_told, closed
from domain.rules.lateness import iro_is_late
from domain.rules.replies import undertaking
from domain.rules.stages import StageBegan
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter, Outcome, Purpose, Standing

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "ACTIONS",
    "AcceptActions",
    "ActionConfirmed",
    "ActionDone",
    "ActionGivenUp",
    "ActionMissed",
    "ActionRedated",
    "ActionsAccepted",
    "ConfirmAction",
    "GiveUpAction",
    "RedateAction",
    "ReportAction",
]

_DECIDING = (Standing.IRO_TO_DECIDE,)
_FOLLOWING = (Standing.IRO_TO_DECIDE, Standing.ACTIONS_UNDER_WAY)
_RUNNING = (ActionState.OPEN, ActionState.MISSED)


def _agreed(challenge: Challenge) -> tuple[AgreedAction, ...]:
    """Return the actions in the current reply that are not accepted yet."""
    return () if challenge.stage_clock_stopped else challenge.request.agreed


def _beyond(challenge: Challenge) -> bool:
    """Whether one of them is due after the end of the resolution period."""
    end = challenge.period.day if challenge.period else None
    return end is not None and any(action.by > end for action in _agreed(challenge))


def _action_in(challenge: Challenge, number: int, *states: ActionState) -> None:
    """Raise ``NotAllowedError`` or ``AlreadyAnsweredError`` unless it is in one of ``states``."""
    action = challenge.action_number(number)
    if action is None:
        message = f"There is no action {number} on {challenge.reference}. Choose one on its page."
        raise NotAllowedError(message)
    if action.state not in states:
        message = f"Action {number} is {action.state}. Open the challenge's page to see it."
        raise AlreadyAnsweredError(message)


# Accepted ----------------------------------------------------------------------------------------


@value
class ActionsAccepted(AboutRequest):
    """The IRO accepted the actions, numbered from ``first``."""

    request: int
    first: int
    actions: tuple[AgreedAction, ...]
    words: str

    news = "agreed actions are under way"
    told = (
        Tell(Audience.ASKED),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the stage's clock stopped and each action under way."""
        accepted = tuple(
            Action(
                self.first + n,
                agreed,
                Ledger.opened(
                    deadline_by_hand(agreed.by, f"{agreed.owner}'s undertaking"), event.number
                ),
                event.effective,
                agreed.who,
                agreed.owner,
            )
            for n, agreed in enumerate(self.actions)
        )
        return replace(
            settle(challenge), actions=(*challenge.actions, *accepted), stage_clock_stopped=True
        )

    def line(self, seen: Seen) -> str:
        """Return who accepted how many."""
        count = len(self.actions)
        actions = "1 agreed action" if count == 1 else f"{count} agreed actions"
        each = "it is" if count == 1 else "each is"
        return f"{seen.who} accepted {actions}, to be followed until {each} done"

    def written(self) -> Iterator[Written]:
        """Yield what the IRO added, and each action."""
        yield Written("In their words", self.words, EVERYBODY)
        for number, action in enumerate(self.actions, start=1):
            yield Written(f"Action {number}", undertaking(action), EVERYBODY)


_PROMISED = If(
    "the reply agreed actions (rule 6)", lambda challenge, _council: bool(_agreed(challenge))
)
_PROMISED_BEYOND = If(
    "an agreed action’s date lies beyond the resolution period (rule 6)",
    lambda challenge, _council: _beyond(challenge),
)
_PROMISED_AND_LATE = If(
    "the reply agreed actions, and the IRO is three working days late (rule 4)",
    lambda challenge, council: bool(_agreed(challenge)) and iro_is_late(challenge, council),
)


@value
class AcceptActions(Command):
    """The IRO accepts the actions that the reply agreed."""

    words: str = ""

    called = "Accept the agreed actions"
    who = (
        May(Capacity.IRO, _DECIDING, _PROMISED),
        May(Capacity.SRSM, _DECIDING, _PROMISED_BEYOND),
        May(Capacity.SRSM, _DECIDING, _PROMISED_AND_LATE),
    )
    settles = (Purpose.DECIDE,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionsAccepted]:
        """Yield the accepted actions; only the SRSM may accept dates beyond the period."""
        if _beyond(challenge) and challenge.period and Capacity.SRSM not in hand.capacities:
            message = (
                "An action's date lies beyond the resolution period, which ends on "
                f"{day_in_words(challenge.period.day)}. The Safeguarding & Review Service Manager "
                "has to agree to that: ask them to accept the actions on this challenge's page."
            )
            raise BadSubmissionError({"words": message})
        first, agreed = len(challenge.actions) + 1, challenge.request.agreed
        yield ActionsAccepted(challenge.request.number, first, agreed, self.words)


# Done --------------------------------------------------------------------------------------------


@value
class ActionDone(Fact):
    """Somebody reported the action done, with what shows it."""

    action: int
    shown_by: str
    confirm_by: Deadline

    news = "an action was reported done"
    told = (
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.SRSM),
        Tell(Audience.WHO_DID_IT, Letter.THANK_YOU),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to confirm the action."""
        after = with_action(challenge, self.action, state=ActionState.DONE, shown_by=self.shown_by)
        return ask(after, Purpose.CONFIRM_ACTION, self.confirm_by, event, action_key(self.action))

    def line(self, seen: Seen) -> str:
        """Return who reported which action."""
        return f"{seen.who} reported action {self.action} done"

    def written(self) -> Iterator[Written]:
        """Yield what shows it, and the sum."""
        yield Written("What shows it", self.shown_by, EVERYBODY)
        yield Written("To be confirmed by", self.confirm_by.why, EVERYBODY)


_ACTION_OPEN = If(
    "an action is under way or missed (rule 6)",
    lambda challenge, _council: any(a.state in _RUNNING for a in challenge.open_actions),
)


@value
class ReportAction(Command):
    """Report an action done, with what shows it."""

    action: int
    shown_by: str

    called = "Report an action done"
    who = (
        May(Capacity.RESPONDER, _FOLLOWING, _ACTION_OPEN),
        May(Capacity.INFORMED, _FOLLOWING, _ACTION_OPEN),
    )
    settles = (Purpose.DO_ACTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionDone]:
        """Yield the report, with a date for the IRO to confirm it."""
        _action_in(challenge, self.action, *_RUNNING)
        problems = Problems()
        problems.need("shown_by", self.shown_by, "Enter what shows that it was done.")
        problems.check()
        by = hand.council.within(hand.council.procedure.confirm_within, hand.now)
        yield ActionDone(self.action, self.shown_by, by)


@value
class ActionConfirmed(Fact):
    """The IRO confirmed that the action was done."""

    action: int
    words: str

    news = "an action was confirmed done"
    told = (Tell(Audience.ASKED), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the action confirmed and nothing asked about it."""
        after = settle(challenge, action_key(self.action))
        return with_action(after, self.action, state=ActionState.CONFIRMED)

    def line(self, seen: Seen) -> str:
        """Return who confirmed which action."""
        return f"{seen.who} confirmed that action {self.action} was done"

    def written(self) -> Iterator[Written]:
        """Yield what they wrote."""
        yield Written("In their words", self.words, EVERYBODY)


_ACTION_DONE = If(
    "an action is reported done (rule 6)",
    lambda challenge, _council: any(a.state is ActionState.DONE for a in challenge.open_actions),
)


_DONE_AND_LATE = If(
    "an action is reported done, and the IRO is three working days late (rule 4)",
    lambda challenge, council: (
        _ACTION_DONE.holds(challenge, council) and iro_is_late(challenge, council)
    ),
)


@value
class ConfirmAction(Command):
    """Confirm an action. Confirming the last one resolves the challenge."""

    action: int
    words: str = ""
    child_told: ChildTold = ChildTold.NOT_YET
    how_told: str = ""

    called = "Confirm an action"
    who = (
        May(Capacity.IRO, _FOLLOWING, _ACTION_DONE),
        May(Capacity.SRSM, _FOLLOWING, _DONE_AND_LATE),
    )
    settles = (Purpose.CONFIRM_ACTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Fact]:
        """Yield the confirmation, and with the last action the end of the challenge."""
        _action_in(challenge, self.action, ActionState.DONE)
        last = len(challenge.open_actions) == 1
        if last:
            problems = Problems()
            check_told(self.child_told, self.how_told, problems)
            problems.check()
        yield ActionConfirmed(self.action, self.words)
        if last:
            reason = "Every action that was agreed is done and confirmed."
            told = (self.child_told, self.how_told)
            yield closed(challenge, Outcome.RESOLVED_BY_ACTIONS, reason, told, hand)


# Given up ----------------------------------------------------------------------------------------


def _no_action_is_left_open(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, ActionGivenUp) and event.fact.decide_by is not None


@value
class ActionGivenUp(Fact):
    """The IRO dropped the action. ``decide_by`` is set if no other action is open."""

    action: int
    reason: str
    decide_by: Deadline | None = None

    news = "an action was dropped"
    told = (
        Tell(Audience.IRO, Letter.DECIDE, _no_action_is_left_open),
        Tell(Audience.ASKED),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the action dropped; if none is left open, the IRO has to decide."""
        after = settle(challenge, action_key(self.action))
        after = with_action(after, self.action, state=ActionState.GIVEN_UP)
        return ask(after, Purpose.NOTHING_DONE, self.decide_by, event) if self.decide_by else after

    def line(self, seen: Seen) -> str:
        """Return who dropped which action."""
        return f"{seen.who} dropped action {self.action}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        if self.decide_by:
            yield Written("IRO to decide by", self.decide_by.why, EVERYBODY)


_ACTION_FOLLOWED = If(
    "an action has not ended (rule 6)",
    lambda challenge, _council: bool(challenge.open_actions),
)


@value
class GiveUpAction(Command):
    """Drop an action, with a reason."""

    action: int
    reason: str

    called = "Drop an action"
    who = (May(Capacity.IRO, _FOLLOWING, _ACTION_FOLLOWED),)
    settles = (Purpose.CONFIRM_ACTION, Purpose.MISSED_ACTION)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionGivenUp]:
        """Yield it dropped, even if it was reported done: the IRO may not believe that."""
        _action_in(challenge, self.action, *_RUNNING, ActionState.DONE)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why you are dropping it.")
        problems.check()
        last = len(challenge.open_actions) == 1
        within = hand.council.procedure.decide_at_least
        by = hand.council.within(within, hand.now) if last else None
        yield ActionGivenUp(self.action, self.reason, by)


# Missed ------------------------------------------------------------------------------------------


@value
class ActionMissed(Fact):
    """The action was not reported done by its date."""

    action: int
    decide_by: Deadline

    news = "an action was not reported done by its date"
    told = (Tell(Audience.IRO, Letter.DECIDE), Tell(Audience.SRSM), Tell(Audience.ASKED))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to decide about the missed action."""
        after = with_action(challenge, self.action, state=ActionState.MISSED)
        return ask(after, Purpose.MISSED_ACTION, self.decide_by, event, action_key(self.action))

    def line(self, _seen: Seen) -> str:
        """Return which action was missed."""
        return f"Action {self.action} was not reported done by its date"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the IRO's deadline."""
        yield Written("IRO to decide by", self.decide_by.why, EVERYBODY)


@value
class ActionRedated(Fact):
    """The action has a new date, which the SRSM agreed."""

    action: int
    by: date
    reason: str

    news = "an action has a new date"
    told = (Tell(Audience.IRO), Tell(Audience.ASKED), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the action under way again, until the new date."""
        action = challenge.action_number(self.action)
        if action is None:
            return challenge
        deadline = deadline_by_hand(self.by, event.actor.name)
        return with_action(
            settle(challenge, action_key(self.action)),
            self.action,
            state=ActionState.OPEN,
            ledger=action.ledger.entered(How.REVISED, deadline, event.number),
        )

    def line(self, _seen: Seen) -> str:
        """Return which action, and its new date."""
        return f"Action {self.action} has a new date: {day_in_words(self.by)}"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


@value
class RedateAction(Command):
    """Give an open action a new date, as the SRSM."""

    action: int
    by: date
    reason: str

    called = "Give an action a new date"
    who = (May(Capacity.SRSM, _FOLLOWING, _ACTION_OPEN),)
    settles = (Purpose.MISSED_ACTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionRedated]:
        """Yield the new date."""
        _action_in(challenge, self.action, *_RUNNING)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why the date is changing.")
        problems.need_working_day("by", self.by, hand)
        problems.check()
        yield ActionRedated(self.action, self.by, self.reason)


# What the stages change, the clock, and who has to do what ---------------------------------------


def _overtaken(fact: StageBegan, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with open actions marked as overtaken, if the record is of an older release."""
    if fact.actions_go_on:
        return challenge
    after = challenge
    for action in challenge.open_actions:
        after = settle(after, action.key)
        after = with_action(after, action.number, state=ActionState.OVERTAKEN)
    return after


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    """Yield when each action is missed: at its date, or at its acceptance if that was later."""
    for action in challenge.actions:
        if action.state is ActionState.OPEN:
            due, accepted = action.deadline, action.accepted
            start = max(due.day, council.day_of(accepted))
            by = deadline_in(council.procedure.decide_at_least, start, council.calendar)
            missed = ActionMissed(action.number, by)
            at, effective = max(due.lapses_at, accepted), max(due.at, accepted)
            yield Timer(at, f"action {action.number} due", effective, (missed,))


def _tasks(challenge: Challenge, _council: Council) -> Iterator[Task]:
    """Yield a task for each running action; those who were asked to reply have to get it done."""
    request = challenge.request
    running = [action for action in challenge.open_actions if action.state in _RUNNING]
    for action in running if challenge.stage_clock_stopped else ():
        yield Task(
            *(f"do-{action.key}", Purpose.DO_ACTION, Capacity.RESPONDER, action.ledger),
            since=request.event,
            request=request.number,
            says="Agreed actions are under way. The next is due by the end of {due}.",
            yours="Actions were agreed: once one is done, report it on the challenge’s page.",
            then=("The challenge stays open until each is done and the IRO has confirmed it.",),
            place=1,
        )


ACTIONS = Part(
    6,
    "Actions",
    facts=(
        ActionsAccepted,
        ActionDone,
        ActionConfirmed,
        ActionGivenUp,
        ActionMissed,
        ActionRedated,
    ),
    acts=(AcceptActions, ReportAction, ConfirmAction, GiveUpAction, RedateAction),
    changes=(on(StageBegan, _overtaken),),
    tasks=_tasks,
    timers=_timers,
    rungs=(
        Rung(
            Standing.ACTIONS_UNDER_WAY,
            "Actions under way",
            "Agreed actions under way",
            lambda challenge: challenge.stage_clock_stopped,
        ),
    ),
)
