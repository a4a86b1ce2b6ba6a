"""Rule 6, actions: accepting them does not resolve the challenge.

Accepting the actions of a reply stops the stage's clock, not the 20-working-day limit. While the
challenge is open the actions of any reply can be accepted, of an earlier or a late one as well, and
each once. An action is followed until its owner reports it done, with what shows it, and the IRO
confirms it, sends it back or drops it; where the IRO is the owner, the SRSM confirms it or sends
it back. If the challenge moves up, it goes on being followed beside the ladder. At a missed date
the IRO is asked: a new date, or escalate. At the last stage, an action that gets no new date ends
the stage unresolved. When no action is open any more, the IRO is asked whether the matter is
resolved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from domain.challenge import (
    OWN,
    Action,
    ActionState,
    AgreedAction,
    Challenge,
    Request,
    action_key,
    ask,
    owner_key,
    settle,
    with_action,
    with_question,
    with_request,
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
from domain.people import does_action, does_outside, is_of_the_family
from domain.rules.appointing import IroAppointed
from domain.rules.lateness import iro_is_late
from domain.rules.replies import undertaking
from domain.rules.stages import Cause, StageBegan
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose, Standing
from domain.writing import isolated

if TYPE_CHECKING:
    from collections.abc import Callable
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
    "ActionSentBack",
    "ActionsAccepted",
    "ConfirmAction",
    "GiveUpAction",
    "LastStageUnresolved",
    "NoNewDate",
    "NotResolvedYet",
    "RedateAction",
    "ReportAction",
    "SayNotResolved",
    "SendBackAction",
    "acceptable",
    "after_the_last",
    "confirms",
    "missed_at_the_last",
    "owned_by_iro",
    "reports",
    "without_the_child",
]

_DECIDING = (Standing.IRO_TO_DECIDE,)
_RUNNING = (ActionState.OPEN, ActionState.MISSED)

#: The key of the question whether the matter is resolved, while the ladder goes on beside it.
_BESIDE = "resolved"


def acceptable(challenge: Challenge) -> tuple[Request, ...]:
    """Return the requests whose reply agreed actions that are not accepted yet, oldest first."""
    return tuple(one for one in challenge.requests if one.agreed and not one.accepted)


def _beyond(challenge: Challenge, request: Request) -> bool:
    """Whether an action of its reply is due after the end of the resolution period."""
    end = challenge.period.day if challenge.period else None
    return end is not None and any(action.by > end for action in request.agreed)


def _action_in(challenge: Challenge, number: int, *states: ActionState) -> Action:
    """Return the action of this number.

    Raise ``NotAllowedError`` or ``AlreadyAnsweredError`` unless it is in one of ``states``.
    """
    action = challenge.action_number(number)
    if action is None:
        message = f"There is no action {number} on {challenge.reference}. Choose one on its page."
        raise NotAllowedError(message)
    if action.state not in states:
        message = f"Action {number} is {action.state}. Open the challenge's page to see it."
        raise AlreadyAnsweredError(message)
    return action


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
        accepted = tuple(
            Action(
                self.first + n,
                agreed,
                Ledger.opened(deadline_by_hand(agreed.by, "agreement"), event.number),
                event.effective,
                agreed.who,
                agreed.owner,
                challenge.stage,
            )
            for n, agreed in enumerate(self.actions)
        )
        after = with_request(settle(challenge), self.request, accepted=True)
        return replace(
            settle(after, _BESIDE),
            actions=(*challenge.actions, *accepted),
            stage_clock_stopped=True,
        )

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
    "an agreed action’s date lies beyond the resolution period (rule 6)",
    lambda challenge, _council: any(_beyond(challenge, one) for one in acceptable(challenge)),
)


def _late_with_the_reply(challenge: Challenge, council: Council) -> bool:
    return challenge.request in acceptable(challenge) and iro_is_late(challenge, council)


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
        May(Capacity.SRSM, _DECIDING, _PROMISED_AND_LATE),
    )
    settles = (Purpose.DECIDE, Purpose.STEP_IN)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionsAccepted]:
        """Yield the accepted actions; only the SRSM may accept dates beyond the period."""
        request = self._request(challenge)
        if _beyond(challenge, request) and challenge.period:
            if Capacity.SRSM not in hand.capacities:
                message = (
                    "An action's date lies beyond the resolution period, which ends on "
                    f"{day_in_words(challenge.period.day)}. The Safeguarding & Review Service "
                    "Manager has to agree to that: ask them to accept the actions on this "
                    "challenge's page."
                )
                raise BadSubmissionError({"words": message})
        elif Capacity.IRO not in hand.capacities:
            present = request.number == challenge.request.number
            if not (present and _late_with_the_reply(challenge, hand.council)):
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


# Done --------------------------------------------------------------------------------------------


def _the_iro_confirms(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, ActionDone) and not event.fact.srsm_confirms


def _the_srsm_confirms(challenge: Challenge, event: Event) -> bool:
    return not _the_iro_confirms(challenge, event)


@value
class ActionDone(Fact):
    """Somebody reported the action done, with what shows it.

    ``srsm_confirms`` if the IRO is its owner, so that the SRSM confirms it.
    """

    action: int
    shown_by: str
    confirm_by: Deadline
    srsm_confirms: bool = False

    news = "an action was reported done"
    told = (
        Tell(Audience.IRO, Letter.DECIDE, _the_iro_confirms),
        Tell(Audience.SRSM, Letter.DECIDE, _the_srsm_confirms),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.WHO_DID_IT, Letter.THANK_YOU),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO, or the SRSM, asked to confirm the action."""
        after = with_action(challenge, self.action, state=ActionState.DONE, shown_by=self.shown_by)
        whose = Capacity.SRSM if self.srsm_confirms else Capacity.IRO
        key = action_key(self.action)
        return ask(after, Purpose.CONFIRM_ACTION, self.confirm_by, event, key, whose=whose)

    def line(self, seen: Seen) -> str:
        """Return who reported which action.

        Somebody outside is called the owner: their name is what somebody typed, and emails have
        this line.
        """
        outside = does_outside(seen.event.actor.officer, seen.challenge)
        who = f"The owner of action {self.action}" if outside else seen.who
        return f"{who} reported {'it' if outside else f'action {self.action}'} done"

    def written(self) -> Iterator[Written]:
        """Yield what shows it, and the sum."""
        yield Written("What shows it", self.shown_by, EVERYBODY)
        yield Written("To be confirmed by", self.confirm_by.why, EVERYBODY)


def _is_running(action: Action) -> bool:
    return action.state in _RUNNING


_OWNED = If(
    "an action is under way or missed (rule 6)",
    lambda challenge, _council: any(map(_is_running, challenge.open_actions)),
)
_OWNED_IN_WORDS = If(
    "an action whose owner is only words is under way or missed (rule 6)",
    lambda challenge, _council: any(
        _is_running(action) and action.who is None for action in challenge.open_actions
    ),
)


_OWNER_HAS_NO_EMAIL = If(
    "an action whose owner has no email is under way or missed (rule 6)",
    lambda challenge, _council: any(
        _is_running(action) and action.has_no_email for action in challenge.open_actions
    ),
)


@value
class ReportAction(Command):
    """Report an action done, with what shows it, as its owner."""

    action: int
    shown_by: str

    called = "Report an action done"
    who = (
        May(Capacity.OWNER, OPEN, _OWNED),
        May(Capacity.IRO, OPEN, _OWNER_HAS_NO_EMAIL),
        May(Capacity.RESPONDER, OPEN, _OWNED_IN_WORDS),
        May(Capacity.INFORMED, OPEN, _OWNED_IN_WORDS),
    )
    settles = (Purpose.DO_ACTION, Purpose.REPORT_FOR_OWNER)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionDone]:
        """Yield the report, with a date for it to be confirmed."""
        action = _action_in(challenge, self.action, *_RUNNING)
        if not reports(action, challenge, hand):
            message = f"Only its owner reports action {self.action} done: {isolated(action.owner)}."
            raise NotAllowedError(message)
        problems = Problems()
        problems.need("shown_by", self.shown_by, "Enter what shows that it was done.")
        problems.check()
        by = hand.council.within(hand.council.procedure.confirm_within, hand.now)
        iros = owned_by_iro(action, challenge, hand.council)
        yield ActionDone(self.action, self.shown_by, by, srsm_confirms=iros)


def reports(action: Action, challenge: Challenge, hand: Hand) -> bool:
    """Whether ``hand`` reports ``action``: its owner does, or whoever promised it in older records.

    The IRO does for an owner who has no email.
    """
    if action.who is None and hand.capacities & {Capacity.RESPONDER, Capacity.INFORMED}:
        return True
    if action.has_no_email and Capacity.IRO in hand.capacities:
        return True
    return does_action(hand.actor.officer, action, challenge, hand.council, hand.today)


def owned_by_iro(action: Action, challenge: Challenge, council: Council) -> bool:
    """Whether the challenge's IRO owns ``action``, themselves or by a post that they hold."""
    party = action.who.party if action.who else ""
    post = council.directory.posts.get(party)
    return challenge.iro in (party, post.holder if post else "")


# Confirmed, or sent back -------------------------------------------------------------------------


def confirms(action: Action, challenge: Challenge, hand: Hand) -> bool:
    """Whether ``hand`` says if ``action`` was done: the IRO, or the SRSM where the IRO owns it."""
    asked = challenge.question_by(action.key)
    whose = asked.whose if asked else Capacity.IRO
    if owned_by_iro(action, challenge, hand.council):
        whose = Capacity.SRSM
    return whose in hand.capacities and not _is_their_own(action, hand)


def _is_their_own(action: Action, hand: Hand) -> bool:
    """Whether ``hand`` owns ``action``, themselves or by a post that they hold or cover today."""
    officer = hand.actor.officer
    held = hand.council.directory.posts_held(officer, hand.today)
    return action.who is not None and action.who.party in (officer, *(post.id for post in held))


def _reported(whose: Capacity) -> Callable[[Challenge, Council], bool]:
    """Return the test whether an action is reported done that ``whose`` has to confirm."""

    def holds(challenge: Challenge, council: Council) -> bool:
        done = [one for one in challenge.open_actions if one.state is ActionState.DONE]
        asked = {one.key for one in challenge.questions if one.whose is Capacity.SRSM}
        srsms = [one for one in done if one.key in asked or owned_by_iro(one, challenge, council)]
        return bool(srsms) if whose is Capacity.SRSM else len(srsms) < len(done)

    return holds


_WHO_CONFIRMS = (
    May(
        Capacity.IRO,
        OPEN,
        If(
            "an action is reported done that the IRO does not own (rule 6)", _reported(Capacity.IRO)
        ),
    ),
    May(
        Capacity.SRSM,
        OPEN,
        If("an action that the IRO owns is reported done (rule 6)", _reported(Capacity.SRSM)),
    ),
)


def _reported_done(challenge: Challenge, number: int, hand: Hand) -> Action:
    """Return the action of this number, which ``hand`` may confirm or send back.

    Raise ``NotAllowedError`` or ``AlreadyAnsweredError`` if it is not reported done, or not theirs
    to confirm.
    """
    action = _action_in(challenge, number, ActionState.DONE)
    if not confirms(action, challenge, hand):
        iros = owned_by_iro(action, challenge, hand.council)
        who = "the Safeguarding & Review Service Manager" if iros else "the IRO"
        message = (
            f"Nobody confirms an action of their own. Action {number} is for {who} to confirm."
        )
        raise NotAllowedError(message)
    return action


def _asked_whether_resolved(challenge: Challenge, by: Deadline | None, event: Event) -> Challenge:
    """Return it with the IRO asked whether the matter is resolved; without ``by``, as it is.

    Where accepted actions have stopped the stage's clock, the challenge waits for that. Where the
    ladder has gone on, it is asked beside it.
    """
    if by is None:
        return challenge
    key = OWN if challenge.stage_clock_stopped else _BESIDE
    return ask(challenge, Purpose.RESOLVED_NOW, by, event, key)


def after_the_last(challenge: Challenge, hand: Hand) -> Deadline | None:
    """Return by when the IRO says whether it is resolved, if only one action is open now."""
    last = len(challenge.open_actions) == 1
    within = hand.council.procedure.decide_at_least
    return hand.council.within(within, hand.now) if last else None


def _no_action_is_open_any_more(_challenge: Challenge, event: Event) -> bool:
    fact = event.fact
    if isinstance(fact, ActionGivenUp) and fact.decide_by is not None:
        return True
    return isinstance(fact, ActionConfirmed | ActionGivenUp) and fact.resolved_by is not None


@value
class ActionConfirmed(Fact):
    """The IRO, or the SRSM for the IRO's own, confirmed that the action was done.

    If no other is open, the IRO says by ``resolved_by`` whether the matter is resolved. In records
    from before 2026-11.9 the end of the challenge followed instead.
    """

    action: int
    words: str
    resolved_by: Deadline | None = None

    news = "an action was confirmed done"
    told = (
        Tell(Audience.IRO, Letter.DECIDE, _no_action_is_open_any_more),
        Tell(Audience.ASKED),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the action confirmed and nothing asked about it."""
        after = settle(challenge, action_key(self.action))
        after = with_action(after, self.action, state=ActionState.CONFIRMED)
        return _asked_whether_resolved(after, self.resolved_by, event)

    def line(self, seen: Seen) -> str:
        """Return who confirmed which action."""
        return f"{seen.who} confirmed that action {self.action} was done"

    def written(self) -> Iterator[Written]:
        """Yield what they wrote, and the sum behind the IRO's deadline."""
        yield Written("In their words", self.words, EVERYBODY)
        if self.resolved_by:
            yield Written("IRO to say if it is resolved by", self.resolved_by.why, EVERYBODY)


@value
class ConfirmAction(Command):
    """Confirm that an action was done."""

    action: int
    words: str = ""

    called = "Confirm an action"
    who = _WHO_CONFIRMS
    settles = (Purpose.CONFIRM_ACTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionConfirmed]:
        """Yield the confirmation; after the last one the IRO is asked whether it is resolved."""
        _reported_done(challenge, self.action, hand)
        yield ActionConfirmed(self.action, self.words, after_the_last(challenge, hand))


@value
class ActionSentBack(Fact):
    """The report that the action was done was not accepted, so the action is open again.

    ``decide_by`` is set if its date had been missed before: the IRO is asked about that again.
    """

    action: int
    reason: str
    decide_by: Deadline | None = None

    news = "an action was sent back as not done"
    told = (
        Tell(Audience.OWNER, Letter.YOUR_ACTION),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.ASKED),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the action open again, and nothing to confirm about it."""
        key = action_key(self.action)
        after = settle(challenge, key)
        if self.decide_by is None:
            return with_action(
                after, self.action, state=ActionState.OPEN, sent_back=event.effective
            )
        after = with_action(after, self.action, state=ActionState.MISSED)
        return ask(after, Purpose.MISSED_ACTION, self.decide_by, event, key)

    def line(self, seen: Seen) -> str:
        """Return who sent which action back."""
        return f"{seen.who} sent action {self.action} back: it is not done yet"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        if self.decide_by:
            yield Written("IRO to decide by", self.decide_by.why, EVERYBODY)


@value
class SendBackAction(Command):
    """Send an action back that was reported done, with a reason: it is open again."""

    action: int
    reason: str

    called = "Send an action back as not done"
    who = _WHO_CONFIRMS
    settles = (Purpose.CONFIRM_ACTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionSentBack]:
        """Yield it open again, with its date as it is."""
        action = _reported_done(challenge, self.action, hand)
        problems = Problems()
        problems.need("reason", self.reason, "Enter what still has to be done or shown.")
        problems.check()
        within = hand.council.procedure.decide_at_least
        missed_before = action.deadline.day in action.missed
        by = hand.council.within(within, hand.now) if missed_before else None
        yield ActionSentBack(self.action, self.reason, by)


# Dropped -----------------------------------------------------------------------------------------


@value
class ActionGivenUp(Fact):
    """The IRO dropped the action.

    If no other is open, the IRO says by ``resolved_by`` whether the matter is resolved. In records
    from before 2026-11.9 they decided by ``decide_by`` what followed.
    """

    action: int
    reason: str
    decide_by: Deadline | None = None
    resolved_by: Deadline | None = None

    news = "an action was dropped"
    told = (
        Tell(Audience.IRO, Letter.DECIDE, _no_action_is_open_any_more),
        Tell(Audience.OWNER, Letter.ACTION_ENDED),
        Tell(Audience.ASKED),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the action dropped; if none is left open, the IRO has to decide."""
        after = settle(challenge, action_key(self.action))
        after = with_action(after, self.action, state=ActionState.GIVEN_UP)
        if self.decide_by:
            return ask(after, Purpose.NOTHING_DONE, self.decide_by, event)
        return _asked_whether_resolved(after, self.resolved_by, event)

    def line(self, seen: Seen) -> str:
        """Return who dropped which action."""
        return f"{seen.who} dropped action {self.action}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        if self.decide_by:
            yield Written("IRO to decide by", self.decide_by.why, EVERYBODY)
        if self.resolved_by:
            yield Written("IRO to say if it is resolved by", self.resolved_by.why, EVERYBODY)


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
    who = (May(Capacity.IRO, OPEN, _ACTION_FOLLOWED),)
    settles = (Purpose.CONFIRM_ACTION, Purpose.MISSED_ACTION, Purpose.AFTER_LAST_STAGE)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionGivenUp]:
        """Yield it dropped, even if it was reported done: the IRO may not believe that."""
        _action_in(challenge, self.action, *_RUNNING, ActionState.DONE)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why you are dropping it.")
        problems.check()
        by = after_the_last(challenge, hand)
        yield ActionGivenUp(self.action, self.reason, resolved_by=by)


# Whether it is resolved, beside the ladder --------------------------------------------------------


def _the_srsm_sees_it_as_resolved(challenge: Challenge, _event: Event) -> bool:
    """Whether the IRO differs from the SRSM's view: the Senior IRO Manager must know (rule 4)."""
    return challenge.request.manager_view is True


@value
class NotResolvedYet(Fact):
    """No action is open any more, and the IRO finds that the matter is not resolved.

    The ladder goes on as it did.
    """

    words: str

    news = "the matter is not resolved yet"
    told = (
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_the_srsm_sees_it_as_resolved),
        Tell(Audience.ASKED_NOW),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it without that question."""
        return settle(challenge, _BESIDE)

    def line(self, seen: Seen) -> str:
        """Return who found so."""
        return f"{seen.who} finds that the matter is not resolved yet"

    def written(self) -> Iterator[Written]:
        """Yield their words."""
        yield Written("In their words", self.words, EVERYBODY)


_ASKED_BESIDE = If(
    "no action is open any more, and the ladder goes on (rule 6)",
    lambda challenge, _council: challenge.question_by(_BESIDE) is not None,
)


@value
class SayNotResolved(Command):
    """Say that the matter is not resolved yet although no action is open any more."""

    words: str

    called = "Record that it is not resolved yet"
    who = (May(Capacity.IRO, OPEN, _ASKED_BESIDE),)
    settles = (Purpose.RESOLVED_NOW,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[NotResolvedYet]:
        """Yield it; the current stage waits for its reply as before."""
        problems = Problems()
        problems.need("words", self.words, "Enter what is still wrong for the child.")
        problems.check()
        yield NotResolvedYet(self.words)


# Missed ------------------------------------------------------------------------------------------


def _it_is_the_second_missed_date_or_at_qap(challenge: Challenge, event: Event) -> bool:
    """Whether the Senior IRO Manager has to know: they hear of each missed timescale at QAP."""
    fact = event.fact
    if not isinstance(fact, ActionMissed):
        return False
    before = challenge.events[: event.number]
    times = sum(isinstance(e.fact, ActionMissed) and e.fact.action == fact.action for e in before)
    stages = [e.fact.stage for e in before if isinstance(e.fact, StageBegan)]
    return times > 1 or not (stages or [challenge.raised.entry])[-1].formal


@value
class ActionMissed(Fact):
    """The action was not reported done by its date."""

    action: int
    decide_by: Deadline

    news = "an action was not reported done by its date"
    told = (
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.OWNER, Letter.YOUR_ACTION),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_it_is_the_second_missed_date_or_at_qap),
        Tell(Audience.ASKED),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to decide about the missed action."""
        action = challenge.action_number(self.action)
        missed = (*action.missed, action.deadline.day) if action else ()
        after = with_action(challenge, self.action, state=ActionState.MISSED, missed=missed)
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
    told = (
        Tell(Audience.OWNER, Letter.YOUR_ACTION),
        Tell(Audience.IRO),
        Tell(Audience.ASKED),
        Tell(Audience.SRSM),
    )

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


_NOT_MISSED = If(
    "an action is under way, and its date is not missed (rule 7)",
    lambda challenge, _council: any(a.state is ActionState.OPEN for a in challenge.actions),
)


@value
class RedateAction(Command):
    """Give an action that is under way a new date, as the SRSM (rule 7).

    At a missed date the IRO sets the new one (``domain.rules.timescales``).
    """

    action: int
    by: date
    reason: str

    called = "Give an action a new date"
    who = (May(Capacity.SRSM, OPEN, _NOT_MISSED),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionRedated]:
        """Yield the new date."""
        _action_in(challenge, self.action, ActionState.OPEN)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why the date is changing.")
        problems.need_working_day("by", self.by, hand)
        problems.check()
        yield ActionRedated(self.action, self.by, self.reason)


# No new date at the last stage -------------------------------------------------------------------


@value
class LastStageUnresolved(Fact):
    """An action of the last stage was missed and gets no new date: the stage ended unresolved.

    By ``decide_by`` the IRO decides how to go on.
    """

    action: int
    reason: str
    decide_by: Deadline

    key_point = True
    news = "{stage} has ended unresolved"
    told = (
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.ASKED),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked how to go on; the action is still followed."""
        key = action_key(self.action)
        return ask(challenge, Purpose.AFTER_LAST_STAGE, self.decide_by, event, key)

    def line(self, seen: Seen) -> str:
        """Return which stage ended, and by which action."""
        stage = seen.stage(seen.before().stage)
        return f"{stage} ended unresolved: action {self.action} was missed and gets no new date"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("IRO to decide by", self.decide_by.why, EVERYBODY)


def missed_at_the_last(action: Action, challenge: Challenge, council: Council) -> bool:
    """Whether ``action`` was accepted at the last stage, and the IRO is asked about its date."""
    asked, last = challenge.question_by(action.key), council.ladder.last.stage
    missed = asked is not None and asked.purpose is Purpose.MISSED_ACTION
    return missed and challenge.stage is action.stage is last and challenge.stage_clock_stopped


_MISSED_AT_THE_LAST = If(
    "an action of the last stage was missed (rule 6)",
    lambda challenge, council: any(
        missed_at_the_last(action, challenge, council) for action in challenge.open_actions
    ),
)


@value
class NoNewDate(Command):
    """Say that a missed action of the last stage gets no new date, so the stage is unresolved."""

    action: int
    reason: str

    called = "Give a missed action no new date"
    who = (May(Capacity.IRO, OPEN, _MISSED_AT_THE_LAST),)
    settles = (Purpose.MISSED_ACTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[LastStageUnresolved]:
        """Yield the end of the stage; what follows it is the IRO's decision."""
        action = _action_in(challenge, self.action, ActionState.MISSED)
        if not missed_at_the_last(action, challenge, hand.council):
            message = f"Action {self.action} is not one of the last stage. Choose another way on."
            raise NotAllowedError(message)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why it gets no new date.")
        problems.check()
        by = hand.council.within(hand.council.procedure.decide_at_least, hand.now)
        yield LastStageUnresolved(self.action, self.reason, by)


# What the stages change, the clock, and who has to do what ---------------------------------------


def _stage_began(fact: StageBegan, challenge: Challenge, event: Event) -> Challenge:
    """Return it with its actions followed beside the new stage.

    Somebody who escalates has answered what was asked about a missed action: it is asked again when
    the new stage's reply is due. Silence answers nothing. In older records the stage overtook the
    actions.
    """
    after = challenge
    if not fact.actions_go_on:
        for action in challenge.open_actions:
            after = settle(after, action.key)
            after = with_action(after, action.number, state=ActionState.OVERTAKEN)
        return after
    if fact.cause is Cause.NO_REPLY:
        return after
    for question in challenge.asked:
        if question.purpose is Purpose.MISSED_ACTION:
            after = ask(after, question.purpose, fact.deadline, event, question.key)
    return settle(after, _BESIDE)


def _iro_appointed(fact: IroAppointed, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with the SRSM to confirm what the new IRO reported done as its owner."""
    after = challenge
    for action in challenge.open_actions:
        own = action.who is not None and action.who.party == fact.iro
        if own and action.state is ActionState.DONE:
            after = with_question(after, action.key, whose=Capacity.SRSM)
    return after


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    """Yield when each action is missed: at its date, or when it became open if that was later."""
    for action in challenge.actions:
        if action.state is ActionState.OPEN:
            due, opened = action.deadline, action.opened
            start = max(due.day, council.day_of(opened))
            by = deadline_in(council.procedure.decide_at_least, start, council.calendar)
            missed = ActionMissed(action.number, by)
            at, effective = max(due.lapses_at, opened), max(due.at, opened)
            yield Timer(at, f"action {action.number} due", effective, (missed,))


def _tasks(challenge: Challenge, _council: Council) -> Iterator[Task]:
    """Yield a task for each running action: its owner's, or the IRO's if they have no email."""
    for action in challenge.open_actions:
        if not _is_running(action):
            continue
        rest = challenge.stage_clock_stopped
        replaced = challenge.question_by(owner_key(action.number)) is not None
        for_owner = action.has_no_email and not replaced
        yield Task(
            f"do-{action.key}",
            Purpose.REPORT_FOR_OWNER if for_owner else Purpose.DO_ACTION,
            Capacity.IRO if for_owner else Capacity.OWNER,
            action.ledger,
            since=action.owned_since,
            stops=rest,
            action=action.number,
            says="Agreed actions are under way. The next is due by the end of {due}."
            if rest
            else f"Action {action.number} is due from {{who}} by the end of {{due}}.",
            yours=f"You still have to report action {action.number} once it is done, due by the "
            "end of {due}: its owner has no email."
            if for_owner
            else f"You still have to do action {action.number}, by the end of {{due}}. Once it is "
            "done, report it, with what shows it.",
            then=("The challenge stays open until each is done and the IRO has confirmed it.",)
            if rest
            else (),
            place=1,
        )


ACTIONS = Part(
    6,
    "Actions",
    facts=(
        ActionsAccepted,
        ActionDone,
        ActionConfirmed,
        ActionSentBack,
        ActionGivenUp,
        NotResolvedYet,
        ActionMissed,
        ActionRedated,
        LastStageUnresolved,
    ),
    acts=(
        AcceptActions,
        ReportAction,
        ConfirmAction,
        SendBackAction,
        GiveUpAction,
        SayNotResolved,
        RedateAction,
        NoNewDate,
    ),
    changes=(on(StageBegan, _stage_began), on(IroAppointed, _iro_appointed)),
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
