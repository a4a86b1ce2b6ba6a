"""A challenge: what its record says, folded event by event.

``Challenge`` is a value. :func:`read` builds it from events, :func:`apply` adds one. Nothing here
needs the calendar or the time: each event carries the deadlines that it set.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce, singledispatch
from typing import TYPE_CHECKING, cast

from domain.deadlines import Deadline, deadline_by_hand
from domain.events import (
    ActionConfirmed,
    ActionDone,
    ActionGivenUp,
    ActionMissed,
    ActionRedated,
    ActionsAccepted,
    AgreedAction,
    AskedAgain,
    Bounced,
    Chased,
    Closed,
    DeadlineMissed,
    DeadlineMoved,
    DeadlineRevised,
    Event,
    Fact,
    IroAppointed,
    ManagerView,
    Noted,
    NotMine,
    NotServed,
    Objected,
    Outcome,
    Raised,
    Reassigned,
    Reminded,
    Replied,
    ResolutionPeriodEnding,
    ResolutionPeriodOver,
    Served,
    StageBegan,
)
from domain.ladder import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = [
    "PERIOD",
    "REQUEST",
    "Action",
    "ActionState",
    "Challenge",
    "Purpose",
    "Question",
    "Request",
    "Standing",
    "apply",
    "read",
]

#: The keys of two deadlines in ``DeadlineMoved.what``; a question's is its own ``key``.
PERIOD = "period"
REQUEST = "request"


class Standing(StrEnum):
    """Where a challenge stands: the rungs of the state machine, by the names Decide answers."""

    QAP = "QAP"
    STAGE_1 = "STAGE_1"
    STAGE_2 = "STAGE_2"
    STAGE_3 = "STAGE_3"
    STAGE_4 = "STAGE_4"
    IRO_TO_DECIDE = "IRO_TO_DECIDE"
    TO_BE_REASSIGNED = "TO_BE_REASSIGNED"
    ACTIONS_UNDER_WAY = "ACTIONS_UNDER_WAY"
    CLOSED = "CLOSED"


_AWAITING = {
    Stage.QAP: Standing.QAP,
    Stage.ONE: Standing.STAGE_1,
    Stage.TWO: Standing.STAGE_2,
    Stage.THREE: Standing.STAGE_3,
    Stage.FOUR: Standing.STAGE_4,
}


class Purpose(StrEnum):
    """What a question asks for."""

    DECIDE = "decide on the reply"
    DECIDE_SILENCE = "decide what follows the silence"
    REASSIGN = "say whose this is"
    NAME_SOMEBODY = "name somebody to ask"
    CONFIRM_ACTION = "confirm that an action was done"
    MISSED_ACTION = "decide about a missed action"
    NOTHING_DONE = "decide what follows the actions given up"


@dataclass(frozen=True)
class Question:
    """Something a named person has to decide by ``deadline``. ``chased`` counts the chases.

    ``key`` names it within the challenge: ``question`` (its own) or ``action-2``.
    """

    key: str
    purpose: Purpose
    deadline: Deadline
    chased: int = 0


class ActionState(StrEnum):
    """How far an agreed action has come."""

    OPEN = "under way"
    MISSED = "not done by its date"
    DONE = "reported done, to be confirmed"
    CONFIRMED = "confirmed done"
    GIVEN_UP = "given up"
    OVERTAKEN = "overtaken by escalation"

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come of it."""
        return self in (ActionState.CONFIRMED, ActionState.GIVEN_UP, ActionState.OVERTAKEN)


@dataclass(frozen=True)
class Action:
    """An agreed action that the IRO accepted at ``accepted``. Numbered from 1 in the challenge."""

    number: int
    agreed: AgreedAction
    deadline: Deadline
    accepted: datetime
    state: ActionState = ActionState.OPEN
    shown_by: str = ""
    question: Question | None = None


@dataclass(frozen=True)
class Request:
    """One asking of a responder at a stage, by event number ``event``.

    ``first_deadline`` stays visible (rule 7). ``known_since`` is since when those asked know of
    ``deadline``: the later of when it was set and when the request was first served.
    ``served`` are the officers for whom it was accepted, and from whom it did not come back, as
    it did from the ``bounced``.
    ``reply`` is the event of the answer that counts, ``late_replies`` those that came after it
    or after the ladder had moved on; ``missed`` says that the deadline passed in silence.
    """

    number: int
    event: int
    stage: Stage
    posts: tuple[str, ...]
    opened: datetime
    deadline: Deadline
    first_deadline: Deadline
    known_since: datetime
    served: frozenset[str] = frozenset()
    bounced: frozenset[str] = frozenset()
    reminded: bool = False
    missed: bool = False
    returned: NotMine | NotServed | None = None
    superseded: bool = False
    reply: Event | None = None
    late_replies: tuple[Event, ...] = ()
    revisions: int = 0
    objections: tuple[str, ...] = ()
    again: bool = False
    manager_view: ManagerView | None = None

    @property
    def answered(self) -> bool:
        """Whether an answer to it is on the record."""
        return self.reply is not None or bool(self.late_replies)


@dataclass(frozen=True)
class Challenge:
    """One PCE form about one child, from its entry to its outcome, as its record says.

    ``version`` is the number of its last event. ``period`` is the resolution period's deadline,
    ``None`` while it is informal.
    """

    reference: str
    raised: Raised
    raised_at: datetime
    iro: str
    stage: Stage
    events: tuple[Event, ...] = ()
    requests: tuple[Request, ...] = ()
    actions: tuple[Action, ...] = ()
    question: Question | None = None
    stage_clock_stopped: bool = False
    period: Deadline | None = None
    first_period: Deadline | None = None
    period_ending: bool = False
    beyond_period: bool = False
    closed: Event | None = None
    commands: frozenset[str] = field(default_factory=frozenset)

    @property
    def version(self) -> int:
        """The number of the last event: what a write is conditional on."""
        return len(self.events)

    @property
    def open(self) -> bool:
        """Whether it has no outcome yet."""
        return self.closed is None

    @property
    def request(self) -> Request:
        """The present request: the last one made."""
        return self.requests[-1]

    @property
    def awaiting_reply(self) -> bool:
        """Whether the ball is with the responder."""
        return (
            self.open
            and self.question is None
            and not self.stage_clock_stopped
            and self.request.reply is None
        )

    @property
    def questions(self) -> tuple[Question, ...]:
        """What named people have been asked to decide, most urgent first."""
        if not self.open:
            return ()
        own = [self.question] if self.question else []
        of_actions = [action.question for action in self.actions if action.question]
        return tuple(sorted([*own, *of_actions], key=lambda question: question.deadline.at))

    @property
    def open_actions(self) -> tuple[Action, ...]:
        """The actions of which something is still to come."""
        return tuple(action for action in self.actions if not action.state.ended)

    @property
    def standing(self) -> Standing:
        """Where it stands now."""
        if not self.open:
            return Standing.CLOSED
        purposes = {question.purpose for question in self.questions}
        if purposes & {Purpose.REASSIGN, Purpose.NAME_SOMEBODY}:
            return Standing.TO_BE_REASSIGNED
        if purposes:
            return Standing.IRO_TO_DECIDE
        if self.stage_clock_stopped:
            return Standing.ACTIONS_UNDER_WAY
        return _AWAITING[self.stage]

    def chased(self) -> int:
        """By how many working days the most overdue question is past its deadline (rule 4)."""
        return max((question.chased for question in self.questions), default=0)

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; ``None`` while it is open."""
        return cast("Closed", self.closed.fact).outcome if self.closed else None

    def request_number(self, number: int) -> Request | None:
        """The request with this number, if there is one."""
        return next((request for request in self.requests if request.number == number), None)

    def action_number(self, number: int) -> Action | None:
        """The action with this number, if there is one."""
        return next((action for action in self.actions if action.number == number), None)


def read(reference: str, events: Iterable[Event]) -> Challenge:
    """The challenge that these events tell of. The first must be ``Raised``."""
    first, *rest = events
    if not isinstance(first.fact, Raised):
        message = f"The record of {reference} does not begin with how it was raised."
        raise TypeError(message)
    raised = Challenge(
        reference,
        first.fact,
        first.effective,
        first.fact.iro,
        first.fact.entry,
        events=(first,),
        commands=frozenset({first.command}),
    )
    return reduce(apply, rest, raised)


def apply(challenge: Challenge, event: Event) -> Challenge:
    """The challenge after ``event``."""
    after = _follow(event.fact, challenge, event)
    return replace(
        after, events=(*challenge.events, event), commands=challenge.commands | {event.command}
    )


def _with_request(challenge: Challenge, number: int, **changes: object) -> Challenge:
    return replace(
        challenge,
        requests=tuple(
            replace(request, **changes) if request.number == number else request  # type: ignore[arg-type]  # the names are this module's own
            for request in challenge.requests
        ),
    )


def _with_action(challenge: Challenge, number: int, **changes: object) -> Challenge:
    return replace(
        challenge,
        actions=tuple(
            replace(action, **changes) if action.number == number else action  # type: ignore[arg-type]  # the names are this module's own
            for action in challenge.actions
        ),
    )


def _new_request(
    fact: StageBegan | Reassigned | AskedAgain, event: Event, stage: Stage, posts: tuple[str, ...]
) -> Request:
    deadline = fact.deadline
    made = event.effective
    return Request(fact.request, event.number, stage, posts, made, deadline, deadline, made)


def _ask(purpose: Purpose, deadline: Deadline | None, key: str = "question") -> Question | None:
    return Question(key, purpose, deadline) if deadline else None


def _supersede(challenge: Challenge) -> Challenge:
    return _with_request(challenge, challenge.request.number, superseded=True)


@singledispatch
def _follow(fact: Fact, challenge: Challenge, event: Event) -> Challenge:
    """What ``fact`` changes. Every kind of fact is registered below."""
    message = f"No rule says what {type(fact).__name__} changes."
    raise TypeError(message)


@_follow.register
def _(fact: StageBegan, challenge: Challenge, event: Event) -> Challenge:
    request = _new_request(fact, event, fact.stage, fact.posts)
    return replace(
        challenge,
        stage=fact.stage,
        requests=(*challenge.requests, request),
        question=None,
        stage_clock_stopped=False,
        actions=tuple(_overtaken(action) for action in challenge.actions),
        period=challenge.period or fact.period,
        first_period=challenge.first_period or fact.period,
    )


def _overtaken(action: Action) -> Action:
    """Rule 6: what was promised before an escalation is no longer waited for."""
    if action.state.ended:
        return action
    return replace(action, state=ActionState.OVERTAKEN, question=None)


@_follow.register
def _(fact: Served, challenge: Challenge, event: Event) -> Challenge:
    request = challenge.request_number(fact.request)
    if request is None:
        return challenge
    news = fact.deadline is not None or not request.served
    after = _with_request(
        challenge,
        fact.request,
        served=request.served | {fact.officer},
        deadline=fact.deadline or request.deadline,
        known_since=event.effective if news else request.known_since,
        reminded=request.reminded and fact.deadline is None,
        returned=None if isinstance(request.returned, NotServed) else request.returned,
    )
    question = challenge.question
    if question and question.purpose is Purpose.NAME_SOMEBODY and request == challenge.request:
        after = replace(after, question=None)
    return after


@_follow.register
def _(fact: Bounced, challenge: Challenge, event: Event) -> Challenge:
    request = challenge.request_number(fact.request)
    if request is None:
        return challenge
    return _with_request(
        challenge,
        fact.request,
        served=request.served - {fact.officer},
        bounced=request.bounced | {fact.officer},
    )


@_follow.register
def _(fact: NotServed, challenge: Challenge, event: Event) -> Challenge:
    after = _with_request(challenge, fact.request, returned=fact)
    return replace(after, question=_ask(Purpose.NAME_SOMEBODY, fact.name_by))


@_follow.register
def _(fact: Reminded, challenge: Challenge, event: Event) -> Challenge:
    return _with_request(challenge, fact.request, reminded=True)


@_follow.register
def _(fact: DeadlineMissed, challenge: Challenge, event: Event) -> Challenge:
    after = _with_request(challenge, fact.request, missed=True)
    return replace(after, question=_ask(Purpose.DECIDE_SILENCE, fact.decide_by))


@_follow.register
def _(fact: Replied, challenge: Challenge, event: Event) -> Challenge:
    request = challenge.request_number(fact.request)
    if request is None:
        return challenge
    if request.reply is not None or fact.decide_by is None:
        return _with_request(challenge, fact.request, late_replies=(*request.late_replies, event))
    after = _with_request(challenge, fact.request, reply=event)
    return replace(after, question=_ask(Purpose.DECIDE, fact.decide_by))


@_follow.register
def _(fact: NotMine, challenge: Challenge, event: Event) -> Challenge:
    if fact.reassign_by is None:
        return challenge
    after = _with_request(challenge, fact.request, returned=fact)
    return replace(after, question=_ask(Purpose.REASSIGN, fact.reassign_by))


@_follow.register
def _(fact: Reassigned, challenge: Challenge, event: Event) -> Challenge:
    old = challenge.request
    request = replace(
        _new_request(fact, event, old.stage, (fact.post,)),
        again=old.again,
        first_deadline=old.first_deadline,
        revisions=old.revisions,
    )
    after = _supersede(challenge)
    return replace(after, requests=(*after.requests, request), question=None)


@_follow.register
def _(fact: AskedAgain, challenge: Challenge, event: Event) -> Challenge:
    request = replace(
        _new_request(fact, event, challenge.stage, challenge.request.posts),
        again=True,
    )
    after = _supersede(challenge)
    return replace(after, requests=(*after.requests, request), question=None)


@_follow.register
def _(fact: ManagerView, challenge: Challenge, event: Event) -> Challenge:
    return _with_request(challenge, fact.request, manager_view=fact)


@_follow.register
def _(fact: ActionsAccepted, challenge: Challenge, event: Event) -> Challenge:
    accepted = tuple(
        Action(
            fact.first + n,
            agreed,
            deadline_by_hand(agreed.by, f"{agreed.owner}'s undertaking"),
            event.effective,
        )
        for n, agreed in enumerate(fact.actions)
    )
    return replace(
        challenge,
        actions=(*challenge.actions, *accepted),
        question=None,
        stage_clock_stopped=True,
    )


@_follow.register
def _(fact: ActionDone, challenge: Challenge, event: Event) -> Challenge:
    question = _ask(Purpose.CONFIRM_ACTION, fact.confirm_by, f"action-{fact.action}")
    return _with_action(
        challenge,
        fact.action,
        state=ActionState.DONE,
        shown_by=fact.shown_by,
        question=question,
    )


@_follow.register
def _(fact: ActionConfirmed, challenge: Challenge, event: Event) -> Challenge:
    return _with_action(challenge, fact.action, state=ActionState.CONFIRMED, question=None)


@_follow.register
def _(fact: ActionGivenUp, challenge: Challenge, event: Event) -> Challenge:
    after = _with_action(challenge, fact.action, state=ActionState.GIVEN_UP, question=None)
    return replace(after, question=_ask(Purpose.NOTHING_DONE, fact.decide_by) or challenge.question)


@_follow.register
def _(fact: ActionMissed, challenge: Challenge, event: Event) -> Challenge:
    question = _ask(Purpose.MISSED_ACTION, fact.decide_by, f"action-{fact.action}")
    return _with_action(challenge, fact.action, state=ActionState.MISSED, question=question)


@_follow.register
def _(fact: ActionRedated, challenge: Challenge, event: Event) -> Challenge:
    return _with_action(
        challenge,
        fact.action,
        state=ActionState.OPEN,
        deadline=deadline_by_hand(fact.by, event.actor.name),
        question=None,
    )


@_follow.register
def _(fact: DeadlineRevised, challenge: Challenge, event: Event) -> Challenge:
    request = challenge.request_number(fact.request)
    if request is None:
        return challenge
    after = _with_request(
        challenge,
        fact.request,
        deadline=fact.deadline,
        known_since=event.effective,
        reminded=False,
        missed=False,
        revisions=request.revisions + 1,
    )
    if challenge.question and challenge.question.purpose is Purpose.DECIDE_SILENCE:
        return replace(after, question=None)
    return after


@_follow.register
def _(fact: Objected, challenge: Challenge, event: Event) -> Challenge:
    request = challenge.request_number(fact.request)
    if request is None:
        return challenge
    return _with_request(challenge, fact.request, objections=(*request.objections, fact.words))


@_follow.register
def _(fact: Noted, challenge: Challenge, event: Event) -> Challenge:
    return challenge


@_follow.register
def _(fact: DeadlineMoved, challenge: Challenge, event: Event) -> Challenge:
    if fact.what == PERIOD:
        return replace(challenge, period=fact.deadline)
    if fact.what == REQUEST:
        return _with_request(
            challenge,
            challenge.request.number,
            deadline=fact.deadline,
            known_since=event.effective,
            reminded=False,
        )
    return _with_question(challenge, fact.what, deadline=fact.deadline)


@_follow.register
def _(fact: Chased, challenge: Challenge, event: Event) -> Challenge:
    return _with_question(challenge, fact.question, chased=fact.days_over)


def _with_question(challenge: Challenge, key: str, **changes: object) -> Challenge:
    """``challenge`` with its question of this key changed: its own, or an action's."""
    question = challenge.question
    if question and key == question.key:
        return replace(challenge, question=replace(question, **changes))  # type: ignore[arg-type]  # the names are this module's own
    return replace(
        challenge,
        actions=tuple(
            replace(action, question=replace(action.question, **changes))  # type: ignore[arg-type]  # the names are this module's own
            if action.question and key == action.question.key
            else action
            for action in challenge.actions
        ),
    )


@_follow.register
def _(fact: IroAppointed, challenge: Challenge, event: Event) -> Challenge:
    return replace(challenge, iro=fact.iro)


@_follow.register
def _(fact: ResolutionPeriodEnding, challenge: Challenge, event: Event) -> Challenge:
    return replace(challenge, period_ending=True)


@_follow.register
def _(fact: ResolutionPeriodOver, challenge: Challenge, event: Event) -> Challenge:
    return replace(challenge, beyond_period=True)


@_follow.register
def _(fact: Closed, challenge: Challenge, event: Event) -> Challenge:
    return replace(challenge, closed=event, question=None)
