"""What people do with a challenge: each command says which facts follow from it, or refuses.

A command is what somebody asked for; :func:`carry_out` checks it against the table of
permissions and the rules, and answers the facts to put on the record, each with the moment at
which it takes effect. Nothing is written here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import singledispatch
from typing import TYPE_CHECKING

from domain.challenge import ActionState, Challenge, Purpose
from domain.deadlines import Deadline, deadline_by_hand
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.events import (
    ActionConfirmed,
    ActionDone,
    ActionGivenUp,
    ActionRedated,
    ActionsAccepted,
    Actor,
    AgreedAction,
    Answer,
    AskedAgain,
    Cause,
    ChildTold,
    Closed,
    DeadlineRevised,
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
    Replied,
)
from domain.ladder import LADDER, Role, Stage, later_stages
from domain.moments import day_in_words, local_day
from domain.permissions import Act, Capacity, may, may_answer, people_asked
from domain.writing import can_be_seen

if TYPE_CHECKING:
    from domain.challenge import Request
    from domain.council import Council
    from domain.events import StageBegan

__all__ = [
    "COMMANDS",
    "AcceptActions",
    "AppointIro",
    "AskAgain",
    "Close",
    "Command",
    "ConfirmAction",
    "Escalate",
    "GiveUpAction",
    "GiveView",
    "Hand",
    "Object",
    "Reassign",
    "RedateAction",
    "Reply",
    "ReportAction",
    "Resolve",
    "ReviseDeadline",
    "SayNotMine",
    "WriteNote",
    "carry_out",
    "check_open",
    "first_stage",
]


@dataclass(frozen=True)
class Hand:
    """Who does it, as what, when (receipt, UTC), with which council."""

    actor: Actor
    capacities: frozenset[Capacity]
    now: datetime
    council: Council

    @property
    def today(self) -> date:
        """The local date of the act."""
        return local_day(self.now)


@dataclass(frozen=True)
class Reply:
    """A responder's answer to request ``request``."""

    request: int
    answer: Answer
    words: str
    actions: tuple[AgreedAction, ...] = ()


@dataclass(frozen=True)
class SayNotMine:
    """*Not mine*: it answers nothing, and returns the challenge to the IRO (rule 15)."""

    request: int
    words: str


@dataclass(frozen=True)
class Resolve:
    """The IRO records the matter as resolved (rules 2 and 4)."""

    reason: str
    child_told: ChildTold
    how_told: str = ""


@dataclass(frozen=True)
class Escalate:
    """To a later stage: the next after a reply, or any with a reason (rules 2, 4 and 8)."""

    to: Stage
    reason: str = ""


@dataclass(frozen=True)
class AcceptActions:
    """The IRO accepts the actions that the reply agreed (rule 6)."""

    words: str = ""


@dataclass(frozen=True)
class AskAgain:
    """The same stage again, once, for at most five working days (rule 4)."""

    words: str
    days: int


@dataclass(frozen=True)
class Reassign:
    """Put to ``post`` (an id of the directory) instead (rule 15)."""

    post: str
    reason: str


@dataclass(frozen=True)
class GiveView:
    """The SRSM's own view of the reply (rule 4)."""

    resolved: bool
    words: str


@dataclass(frozen=True)
class ReportAction:
    """An action was done, with what shows it (rule 6)."""

    action: int
    shown_by: str


@dataclass(frozen=True)
class ConfirmAction:
    """The IRO confirms it. The last one confirmed resolves the challenge (rule 6)."""

    action: int
    words: str = ""
    child_told: ChildTold = ChildTold.NOT_YET
    how_told: str = ""


@dataclass(frozen=True)
class GiveUpAction:
    """The IRO gives it up, with a reason (rule 6)."""

    action: int
    reason: str


@dataclass(frozen=True)
class RedateAction:
    """A new date for a missed action, which the SRSM agrees (rule 6)."""

    action: int
    by: date
    reason: str


@dataclass(frozen=True)
class ReviseDeadline:
    """The SRSM revises the reply's deadline to the end of ``day`` (rule 7)."""

    day: date
    reason: str


@dataclass(frozen=True)
class Object:  # the field's word
    """The IRO objects to a revision, on the record (rule 7)."""

    words: str


@dataclass(frozen=True)
class WriteNote:
    """Somebody who belongs to the challenge writes to the IRO, and answers nothing by it."""

    words: str


@dataclass(frozen=True)
class AppointIro:
    """Another IRO (an officer's id) has the challenge from now on (rules 4 and 15)."""

    iro: str
    reason: str


@dataclass(frozen=True)
class Close:
    """An end without resolution (rule 16)."""

    outcome: Outcome
    reason: str
    child_told: ChildTold
    how_told: str = ""


Command = (
    Reply
    | SayNotMine
    | Resolve
    | Escalate
    | AcceptActions
    | AskAgain
    | Reassign
    | GiveView
    | ReportAction
    | ConfirmAction
    | GiveUpAction
    | RedateAction
    | ReviseDeadline
    | Object
    | WriteNote
    | AppointIro
    | Close
)

#: Which act of the permissions' table each command is.
COMMANDS: dict[type[Command], Act] = {
    Reply: Act.REPLY,
    SayNotMine: Act.REPLY,
    Resolve: Act.RESOLVE,
    Escalate: Act.ESCALATE,
    AcceptActions: Act.ACCEPT_ACTIONS,
    AskAgain: Act.ASK_AGAIN,
    Reassign: Act.REASSIGN,
    GiveView: Act.GIVE_VIEW,
    ReportAction: Act.REPORT_ACTION,
    ConfirmAction: Act.CONFIRM_ACTION,
    GiveUpAction: Act.GIVE_UP_ACTION,
    RedateAction: Act.REDATE_ACTION,
    ReviseDeadline: Act.REVISE_DEADLINE,
    Object: Act.OBJECT,
    WriteNote: Act.NOTE,
    AppointIro: Act.APPOINT_IRO,
    Close: Act.CLOSE,
}


@dataclass
class _Problems:
    """What is wrong with a command, field by field."""

    fields: dict[str, str] = field(default_factory=dict)

    def need(self, name: str, value: str, sentence: str) -> None:
        """Note ``sentence`` for the field if nothing that can be seen was entered."""
        if not can_be_seen(value):
            self.fields[name] = sentence

    def refuse_if(self, name: str, wrong: bool, sentence: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Note ``sentence`` for the field if ``wrong``."""
        if wrong:
            self.fields[name] = sentence

    def need_day_ahead(self, name: str, day: date, hand: Hand, enter: str = "Enter") -> None:
        """Note it for the field if ``day`` is past, or beyond the known bank holidays.

        What counts on from such a day could never be computed, and the challenge would stand still.
        """
        beyond = hand.council.calendar.last_year
        self.refuse_if(name, day.year >= beyond, f"{enter} a date before {beyond}.")
        self.refuse_if(name, day < hand.today, f"{enter} a date from today on.")

    def check(self) -> None:
        """Raise ``BadSubmissionError`` if anything was noted."""
        if self.fields:
            raise BadSubmissionError(self.fields)


def first_stage(challenge: Challenge, now: datetime, council: Council) -> StageBegan:
    """Rule 1: the stage at which a challenge enters, with its first request."""
    raised: Raised = challenge.raised
    start = council.day_of(now)
    return council.begin(challenge, raised.entry, Cause.RAISED, raised.entry_reason, start)


def carry_out(command: Command, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    """The facts that follow from ``command``.

    Raises ``NotAllowedError`` (not this person, or not now), ``AlreadyAnsweredError`` (the
    question has had its answer), ``BadSubmissionError`` (names the fields to mend).
    """
    check_open(challenge)
    act = COMMANDS[type(command)]
    if not may(act, hand.capacities, challenge, hand.council):
        capacity = ", ".join(sorted(hand.capacities)) or "not part of this challenge"
        message = (
            f"“{act}” cannot be done now: {challenge.reference} stands at "
            f"“{standing_in_words(challenge)}” and you are {capacity}. Open the challenge's page "
            "to see what can be done."
        )
        raise NotAllowedError(message)
    return _facts(command, challenge, hand)


def check_open(challenge: Challenge) -> None:
    """Rule 16: nothing comes after the end. Raises ``AlreadyAnsweredError``."""
    if not challenge.open:
        message = (
            f"{challenge.reference} has ended: {challenge.outcome}. Nothing more can be recorded "
            "on it. If the concern is back, the IRO can raise a new challenge."
        )
        raise AlreadyAnsweredError(message)


def standing_in_words(challenge: Challenge) -> str:
    """``Stage 2``, ``IRO to decide`` …: where it stands, for a person."""
    names = {
        "IRO_TO_DECIDE": "IRO to decide",
        "TO_BE_REASSIGNED": "To be reassigned",
        "ACTIONS_UNDER_WAY": "Actions under way",
        "CLOSED": "Closed",
    }
    return names.get(challenge.standing, challenge.stage.title)


@singledispatch
def _facts(command: Command, _challenge: Challenge, _hand: Hand) -> tuple[Fact, ...]:
    message = f"No rule says what follows from {type(command).__name__}."
    raise TypeError(message)


def _question_put_to(hand: Hand, challenge: Challenge, number: int) -> Request:
    """The request, if it still stands and is this officer's to answer; else ``NotAllowedError``."""
    request = challenge.request_number(number)
    if request is None or request.superseded:
        message = "This question has been put to somebody else since. You need do nothing."
        raise NotAllowedError(message)
    if not may_answer(request, challenge, hand.actor.officer, hand.council, hand.today):
        message = "This question was put to a post that you do not hold or cover today."
        raise NotAllowedError(message)
    return request


@_facts.register
def _(command: Reply, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    request = _question_put_to(hand, challenge, command.request)
    problems = _Problems()
    problems.need("words", command.words, _REPLY_WORDS[command.answer])
    if command.answer is Answer.ACTIONS:
        problems.refuse_if("actions", not command.actions, "Enter at least one action.")
        _check_actions(command.actions, hand, problems)
    else:
        problems.refuse_if(
            "actions",
            bool(command.actions),
            "You entered actions. Choose “actions agreed”, or remove them.",
        )
    problems.check()
    if request.answered:
        answered = request.reply or request.late_replies[0]
        message = (
            f"{answered.actor.name} has already replied to this question on "
            f"{day_in_words(local_day(answered.effective))}. That reply stands."
        )
        raise AlreadyAnsweredError(message)
    present = request.number == challenge.request.number and not challenge.stage_clock_stopped
    actions = command.actions if command.answer is Answer.ACTIONS else ()
    late = request.deadline.passed_by(hand.now) or not present
    decide_by = _decide_by(challenge, hand) if present else None
    return (Replied(request.number, command.answer, command.words, actions, late, decide_by),)


_REPLY_WORDS = {
    Answer.RESOLVED: "Enter what was done, so that the IRO can see that it is resolved.",
    Answer.ACTIONS: "Enter how the actions will put right what is wrong.",
    Answer.CHALLENGED: "Enter your reasons for disagreeing.",
}


def _check_actions(actions: tuple[AgreedAction, ...], hand: Hand, problems: _Problems) -> None:
    for number, action in enumerate(actions, start=1):
        prefix = f"action-{number}"
        problems.need(f"{prefix}-what", action.what, f"Action {number}: enter what will be done.")
        problems.need(f"{prefix}-owner", action.owner, f"Action {number}: enter who will do it.")
        problems.need_day_ahead(f"{prefix}-by", action.by, hand, f"Action {number}: enter")


def _decide_by(challenge: Challenge, hand: Hand) -> Deadline:
    """Rule 4: until the stage's deadline, and at least two working days."""
    least = hand.council.within(hand.council.procedure.decide_at_least, hand.now)
    return hand.council.later_of(challenge.request.deadline, least)


@_facts.register
def _(command: SayNotMine, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    sentence = "Enter why this is not yours, and whose it is if you know."
    problems.need("words", command.words, sentence)
    problems.check()
    request = _question_put_to(hand, challenge, command.request)
    if request.answered:
        message = "This question has already been answered. You need do nothing."
        raise AlreadyAnsweredError(message)
    if request.number != challenge.request.number or not challenge.awaiting_reply:
        return (NotMine(request.number, command.words),)
    by = hand.council.within(hand.council.procedure.reassign_within, hand.now)
    return (NotMine(request.number, command.words, by),)


@_facts.register
def _(command: Resolve, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    problems.need("reason", command.reason, "Enter how it was resolved, and what shows it.")
    _check_told(command.child_told, command.how_told, problems)
    problems.refuse_if(
        "reason",
        bool(challenge.open_actions),
        "Actions are still open: a promise is not a resolution. Confirm each, or give it up.",
    )
    problems.check()
    outcome = Outcome.RESOLVED_AT_STAGE if challenge.stage.formal else Outcome.RESOLVED_INFORMALLY
    return (_closed(challenge, outcome, command.reason, command.child_told, command.how_told),)


def _check_told(told: ChildTold, how: str, problems: _Problems) -> None:
    """Rule 16: at its end the IRO is asked whether and how the child was told."""
    sentence = {
        ChildTold.YES: "Enter how the child was told.",
        ChildTold.NO: "Enter why the child was not told.",
        ChildTold.NOT_YET: "",
    }[told]
    problems.refuse_if("how_told", bool(sentence) and not can_be_seen(how), sentence)


def _closed(
    challenge: Challenge, outcome: Outcome, reason: str, told: ChildTold, how: str
) -> Closed:
    return Closed(outcome, challenge.stage, reason, told, how)


@_facts.register
def _(command: Escalate, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    later = later_stages(challenge.stage)
    problems.refuse_if(
        "to",
        command.to not in later,
        f"Choose a stage after {challenge.stage.title}."
        if later
        else "Stage 4 is the last stage. Ask again, record a resolution, or end the challenge.",
    )
    question = challenge.question
    ended = question is not None and question.purpose in (Purpose.DECIDE, Purpose.DECIDE_SILENCE)
    next_after_it = ended and command.to is LADDER[challenge.stage].next
    if not next_after_it or not challenge.stage.formal:
        problems.need("reason", command.reason, "Enter why it moves to this stage now.")
    problems.check()
    cause = Cause.NOT_RESOLVED if challenge.questions else Cause.ESCALATED
    start = hand.council.day_of(hand.now)
    return (hand.council.begin(challenge, command.to, cause, command.reason, start),)


@_facts.register
def _(command: AcceptActions, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    reply = challenge.request.reply
    actions = reply.fact.actions if reply and isinstance(reply.fact, Replied) else ()
    beyond = challenge.period and any(action.by > challenge.period.day for action in actions)
    if beyond and Capacity.SRSM not in hand.capacities:
        message = (
            f"An action's date lies beyond the resolution period, which ends on "
            f"{day_in_words(challenge.period.day)}. The Safeguarding & Review Service Manager has "  # type: ignore[union-attr]  # beyond says that there is one
            "to agree to that: ask them to accept the actions on this challenge's page."
        )
        raise BadSubmissionError({"words": message})
    first = len(challenge.actions) + 1
    return (ActionsAccepted(challenge.request.number, first, actions, command.words),)


@_facts.register
def _(command: AskAgain, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    most = hand.council.procedure.ask_again_at_most
    is_manager = Capacity.SRSM in hand.capacities
    asked_before = any(r.again for r in challenge.requests if r.stage is challenge.stage)
    problems.need("words", command.words, "Enter what you still need to know or see.")
    problems.refuse_if("days", command.days < 1, "Enter at least 1 working day.")
    problems.refuse_if(
        "days",
        command.days > most and not is_manager,
        f"Enter at most {most} working days. Beyond that, the Safeguarding & Review Service "
        "Manager can ask.",
    )
    problems.refuse_if(
        "words",
        asked_before and not is_manager,
        "This stage has been asked again once already. Decide, move it to a later stage, or let "
        "the Safeguarding & Review Service Manager ask.",
    )
    problems.refuse_if(
        "words", challenge.stage_clock_stopped, "Actions were accepted at this stage: follow them."
    )
    problems.check()
    deadline = hand.council.within(command.days, hand.now)
    return (AskedAgain(len(challenge.requests) + 1, command.words, deadline),)


@_facts.register
def _(command: Reassign, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    council, request = hand.council, challenge.request
    problems = _Problems()
    people = council.directory.people(command.post, hand.today)
    post = council.directory.posts.get(command.post)
    ladder_roles = {role for rung in LADDER.values() for role in rung.responders}
    problems.refuse_if(
        "post",
        post is None or post.role not in ladder_roles,
        "Choose the post that is to reply.",
    )
    problems.refuse_if(
        "post", post is not None and not people, "Nobody holds or covers that post today."
    )
    problems.refuse_if(
        "post",
        bool(people) and not people_asked(challenge, command.post, council, hand.today),
        "Nobody answers a challenge that they raised. Choose another post.",
    )
    problems.need("reason", command.reason, "Enter why it goes to this post.")
    problems.check()
    if isinstance(request.returned, NotServed):
        deadline = council.within(LADDER[challenge.stage].working_days, hand.now)
    else:
        least = council.within(council.procedure.days_left_at_least, hand.now)
        deadline = council.later_of(request.deadline, least)
    number = len(challenge.requests) + 1
    return (Reassigned(number, command.post, command.reason, deadline),)


@_facts.register
def _(command: GiveView, challenge: Challenge, _hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    problems.need("words", command.words, "Enter why you see it so.")
    problems.check()
    return (ManagerView(challenge.request.number, command.resolved, command.words),)


def _action_in(challenge: Challenge, number: int, *states: ActionState) -> None:
    action = challenge.action_number(number)
    if action is None:
        message = f"There is no action {number} on {challenge.reference}. Choose one of its page."
        raise NotAllowedError(message)
    if action.state not in states:
        message = f"Action {number} is {action.state}. Open the challenge's page to see it."
        raise AlreadyAnsweredError(message)


@_facts.register
def _(command: ReportAction, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    _action_in(challenge, command.action, ActionState.OPEN, ActionState.MISSED)
    problems = _Problems()
    problems.need("shown_by", command.shown_by, "Enter what shows that it was done.")
    problems.check()
    by = hand.council.within(hand.council.procedure.confirm_within, hand.now)
    return (ActionDone(command.action, command.shown_by, by),)


@_facts.register
def _(command: ConfirmAction, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    _action_in(challenge, command.action, ActionState.DONE)
    confirmed = ActionConfirmed(command.action, command.words)
    if len(challenge.open_actions) > 1:
        return (confirmed,)
    problems = _Problems()
    _check_told(command.child_told, command.how_told, problems)
    problems.check()
    reason = "Every action that was agreed is done and confirmed."
    return (
        confirmed,
        _closed(
            challenge, Outcome.RESOLVED_BY_ACTIONS, reason, command.child_told, command.how_told
        ),
    )


@_facts.register
def _(command: GiveUpAction, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    # Also one that was reported done: the IRO may not believe it.
    states = (ActionState.OPEN, ActionState.MISSED, ActionState.DONE)
    _action_in(challenge, command.action, *states)
    problems = _Problems()
    problems.need("reason", command.reason, "Enter why it is given up.")
    problems.check()
    last = len(challenge.open_actions) == 1
    by = hand.council.within(hand.council.procedure.decide_at_least, hand.now) if last else None
    return (ActionGivenUp(command.action, command.reason, by),)


@_facts.register
def _(command: RedateAction, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    _action_in(challenge, command.action, ActionState.OPEN, ActionState.MISSED)
    problems = _Problems()
    problems.need("reason", command.reason, "Enter why the date moves.")
    problems.need_day_ahead("by", command.by, hand)
    problems.check()
    return (ActionRedated(command.action, command.by, command.reason),)


@_facts.register
def _(command: ReviseDeadline, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    request = challenge.request
    problems.need("reason", command.reason, "Enter why the deadline is revised.")
    problems.need_day_ahead("day", command.day, hand)
    problems.refuse_if(
        "day",
        command.day == request.deadline.day,
        "This is the deadline already. Enter another date.",
    )
    silent = challenge.question and challenge.question.purpose is Purpose.DECIDE_SILENCE
    if not challenge.awaiting_reply and not silent:
        message = "No reply is waited for now, so there is no deadline to revise."
        raise NotAllowedError(message)
    problems.check()
    deadline = deadline_by_hand(command.day, hand.actor.name)
    return (DeadlineRevised(request.number, deadline, command.reason),)


@_facts.register
def _(command: Object, challenge: Challenge, _hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    problems.need("words", command.words, "Enter why you object.")
    problems.check()
    return (Objected(challenge.request.number, command.words),)


@_facts.register
def _(command: WriteNote, challenge: Challenge, _hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    problems.need("words", command.words, "Enter what the IRO should know.")
    problems.check()
    return (Noted(command.words),)


@_facts.register
def _(command: AppointIro, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    held = hand.council.directory.posts_held(command.iro, hand.today)
    problems.refuse_if(
        "iro",
        not any(post.role is Role.IRO for post in held) or command.iro == challenge.iro,
        "Choose another officer who is an IRO.",
    )
    problems.need("reason", command.reason, "Enter why another IRO is appointed.")
    problems.check()
    return (IroAppointed(command.iro, command.reason),)


@_facts.register
def _(command: Close, challenge: Challenge, _hand: Hand) -> tuple[Fact, ...]:
    problems = _Problems()
    problems.refuse_if(
        "outcome",
        command.outcome.resolved,
        "Choose an end without resolution, or record the matter as resolved instead.",
    )
    formal_only = (Outcome.CLOSED_AFTER_CAFCASS, Outcome.UNRESOLVED_NOT_REFERRED)
    problems.refuse_if(
        "outcome",
        command.outcome in formal_only and not challenge.stage.formal,
        "A challenge ends so only after a formal stage.",
    )
    problems.refuse_if(
        "outcome",
        command.outcome is Outcome.UNRESOLVED_NOT_REFERRED
        and not (challenge.stage is Stage.FOUR and challenge.questions),
        "Stage 4 has not ended yet. Move it up, or wait for the Assistant Director's answer.",
    )
    problems.need("reason", command.reason, "Enter why it ends so.")
    _check_told(command.child_told, command.how_told, problems)
    problems.check()
    return (
        _closed(challenge, command.outcome, command.reason, command.child_told, command.how_told),
    )
