"""Rule 6, actions: each is followed until it is reported done and that is confirmed.

An action is followed until its owner reports it done, with what shows it, and the IRO confirms it,
sends it back or drops it; where the IRO is the owner, the SRSM confirms it or sends it back. If the
challenge moves up, it goes on being followed beside the ladder. When no action is open any more,
the IRO is asked whether the matter is resolved.

How actions begin is in ``domain.rules.accepting``, and what a missed date asks is in
``domain.rules.missed_actions``.

Guidance: G49, G69.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import (
    BESIDE,
    OWN,
    Action,
    ActionState,
    Challenge,
    action_key,
    ask,
    owner_key,
    settle,
    with_action,
    with_question,
)
from domain.deadlines import Deadline
from domain.errors import AlreadyAnsweredError, NotAllowedError
from domain.events import Event, Fact
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Task,
    Tell,
    Written,
    on,
)
from domain.people import does_action, does_outside
from domain.rules.appointing import IroAppointed
from domain.rules.stages import Cause, StageBegan
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose
from domain.writing import isolated

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.council import Council

__all__ = [
    "ACTIONS",
    "ActionConfirmed",
    "ActionDone",
    "ActionGivenUp",
    "ActionSentBack",
    "ConfirmAction",
    "GiveUpAction",
    "NotResolvedYet",
    "ReportAction",
    "SayNotResolved",
    "SendBackAction",
    "action_in",
    "after_the_last",
    "confirms",
    "owned_by_iro",
    "reports",
]

_RUNNING = (ActionState.OPEN, ActionState.MISSED)


def action_in(challenge: Challenge, number: int, *states: ActionState) -> Action:
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
        action = action_in(challenge, self.action, *_RUNNING)
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
    action = action_in(challenge, number, ActionState.DONE)
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
    key = OWN if challenge.stage_clock_stopped else BESIDE
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
        after = with_action(settle(challenge, key), self.action, lacks_owner=False)
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
            yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


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
            yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)
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
        action_in(challenge, self.action, *_RUNNING, ActionState.DONE)
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
        return settle(challenge, BESIDE)

    def line(self, seen: Seen) -> str:
        """Return who found so."""
        return f"{seen.who} finds that the matter is not resolved yet"

    def written(self) -> Iterator[Written]:
        """Yield their words."""
        yield Written("In their words", self.words, EVERYBODY)


_ASKEDBESIDE = If(
    "no action is open any more, and the ladder goes on (rule 6)",
    lambda challenge, _council: challenge.question_by(BESIDE) is not None,
)


@value
class SayNotResolved(Command):
    """Say that the matter is not resolved yet although no action is open any more."""

    words: str

    called = "Record that it is not resolved yet"
    who = (May(Capacity.IRO, OPEN, _ASKEDBESIDE),)
    settles = (Purpose.RESOLVED_NOW,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[NotResolvedYet]:
        """Yield it; the current stage waits for its reply as before."""
        problems = Problems()
        problems.need("words", self.words, "Enter what is still wrong for the child.")
        problems.check()
        yield NotResolvedYet(self.words)


# What the stages change, and who has to do what ------------------------------------------------


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
    return settle(after, BESIDE)


def _iro_appointed(fact: IroAppointed, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with the SRSM to confirm what the new IRO reported done as its owner."""
    after = challenge
    for action in challenge.open_actions:
        own = action.who is not None and action.who.party == fact.iro
        if own and action.state is ActionState.DONE:
            after = with_question(after, action.key, whose=Capacity.SRSM)
    return after


def _tasks(challenge: Challenge, _council: Council) -> Iterator[Task]:
    """Yield a task for each running action: its owner's, or the IRO's if they have no email."""
    for action in challenge.open_actions:
        if not _is_running(action):
            continue
        rest = challenge.stage_clock_stopped
        under_way = "Agreed actions are under way. " if rest else ""
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
            says=f"{under_way}Action {action.number} is due from {{who}} by {{due}}.",
            says_late=f"{under_way}Action {action.number} was due from {{who}} by {{due}}.",
            yours=f"You still need to report action {action.number} when it is done, because its "
            "owner has no email. It is due by {due}."
            if for_owner
            else f"You still need to do action {action.number} by {{due}}. When it is done, report "
            "it and say what shows it.",
            then=("The challenge stays open until every action is done and {has} confirmed it.",)
            if rest
            else (),
            place=1,
        )


ACTIONS = Part(
    6,
    "Actions",
    facts=(ActionDone, ActionConfirmed, ActionSentBack, ActionGivenUp, NotResolvedYet),
    acts=(ReportAction, ConfirmAction, SendBackAction, GiveUpAction, SayNotResolved),
    changes=(on(StageBegan, _stage_began), on(IroAppointed, _iro_appointed)),
    tasks=_tasks,
)
