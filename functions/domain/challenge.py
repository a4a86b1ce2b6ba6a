"""The state of a challenge, as its record says, and the helpers that change it.

``Challenge`` is a value. ``domain.fold`` builds it from events. Nothing here needs the calendar or
the time: each event carries the deadlines that it set. A rule keeps what only it needs in a
:class:`Slot` of the challenge.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from domain.agreed import AgreedAction, Owner
from domain.deadlines import Deadline, How, Ledger, deadline_by_hand
from domain.vocabulary import WAITS_AT, Capacity, Outcome, Purpose, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.events import Event
    from domain.form import Form
    from domain.ladder import Stage

__all__ = [
    "BESIDE",
    "OWN",
    "SEALED",
    "Action",
    "ActionState",
    "AgreedAction",
    "Area",
    "Challenge",
    "Clock",
    "Owner",
    "Question",
    "Request",
    "Returned",
    "Slot",
    "action_key",
    "as_raised",
    "ask",
    "asked_in_words",
    "called",
    "decider",
    "objection_key",
    "owner_key",
    "settle",
    "start_clock",
    "stop_clock",
    "superseded",
    "with_action",
    "with_agreed",
    "with_deadline",
    "with_question",
    "with_request",
]

T = TypeVar("T")

#: The key of the challenge's own question; an action's is ``action-2``.
OWN = "question"
#: The key of the question whether the matter is resolved, while the ladder goes on beside it.
BESIDE = "resolved"


def decider(purpose: Purpose) -> Capacity:
    """Return whose a question of this purpose is, unless the fact that asks it says otherwise."""
    if purpose is Purpose.DECIDE_OBJECTION:
        return Capacity.SENIOR_IRO_MANAGER
    return Capacity.SRSM if purpose is Purpose.NAME_SOMEBODY else Capacity.IRO


@dataclass(frozen=True)
class Question:
    """Something that ``whose`` has to decide by ``deadline``.

    ``key`` names it within the challenge: ``question`` (its own) or ``action-2``. ``since`` is the
    event that asked, ``chased`` how many working days late it was when last chased. One that
    ``outlives`` the challenge stays open after its end. Its own question is asked ``beside`` the
    ladder while the responder has more time after a silence (rule 7).
    """

    key: str
    purpose: Purpose
    ledger: Ledger
    since: int
    outlives: bool
    whose: Capacity
    chased: int = 0
    beside: bool = False

    @property
    def deadline(self) -> Deadline:
        """The deadline in force."""
        return self.ledger.deadline

    @property
    def in_words(self) -> str:
        """What it asks for, after "You need to"."""
        return asked_in_words(self.purpose, self.key)


@dataclass(frozen=True)
class Clock:
    """A date that one rule has set for the challenge, such as the last day of a hold.

    ``key`` names it within the challenge, ``called`` names it in a sentence. Like every other
    deadline it moves when the bank holidays change.
    """

    key: str
    called: str
    ledger: Ledger


class ActionState(StrEnum):
    """How far an agreed action has come."""

    OPEN = "under way"
    MISSED = "not done by its date"
    DONE = "reported done, to be confirmed"
    CONFIRMED = "confirmed done"
    GIVEN_UP = "dropped"
    OVERTAKEN = "overtaken by escalation"
    HANDED = "handed to a review"
    TAKEN_OVER = "taken over by another challenge"
    UNSETTLED = "not settled when the challenge ended"

    @property
    def ended(self) -> bool:
        """Whether nothing more is expected of it in this challenge."""
        return self not in (ActionState.OPEN, ActionState.MISSED, ActionState.DONE)

    @property
    def running(self) -> bool:
        """Whether its owner still has to do it."""
        return self in (ActionState.OPEN, ActionState.MISSED)


#: What a task asks for, where that is not its purpose: mostly it is about one of several.
_ABOUT_ONE = {
    Purpose.DO_ACTION: "do {it} and report it",
    Purpose.REPORT_FOR_OWNER: "report {it} for its owner",
    Purpose.CONFIRM_ACTION: "confirm that {it} was done",
    Purpose.MISSED_ACTION: "decide about missed {it}",
    Purpose.NAME_OWNER: "say who will do {it}",
    Purpose.CONFIRM_DATE: "confirm the new date for {it}",
    Purpose.OUTCOME_MISSED: "decide what to do now about {it}",
    Purpose.DECIDE_OBJECTION: "decide about the objection to the new date of {it}",
    # It asks either or both, so it tells nobody that the child wants to go to court (rule 19).
    Purpose.FIND_ADVICE: "record whether the child wants to go to court, and who helps them",
}


def asked_in_words(purpose: Purpose, key: str) -> str:
    """Return what a task asks for, after "You need to": ``confirm that action 2 was done``.

    ``key`` is the task's or the question's. Somebody with two of a kind can tell them apart.
    """
    return _ABOUT_ONE.get(purpose, purpose.in_words).format(it=called(key))


def called(key: str) -> str:
    """Return what a question of this key is about, in a sentence: ``action 2``, ``the reply``."""
    if key == OWN:
        return "the reply"
    if key.startswith(_OBJECTION):
        return _DATED.get(key, called(key.removeprefix(_OBJECTION)))
    kind, _, number = key.rpartition("-")
    if not number.isdigit():
        return "a decision"
    return f"the outcome of concern {number}" if kind == "outcome" else f"action {number}"


def objection_key(what: str) -> str:
    """Return the key of the question about an objection to the new date of ``what``, a key."""
    return f"{_OBJECTION}{what}"


_OBJECTION = "objection-"
#: What an objection is about, where the key of its date does not say it.
_DATED = {
    objection_key("request"): "the reply",
    objection_key("hold-answer"): "the proposed hold",
    objection_key(OWN): "the decision on the reply",
}


def action_key(number: int) -> str:
    """Return the key of the question about the action of this number."""
    return f"action-{number}"


def owner_key(number: int) -> str:
    """Return the key of the question who will do the action of this number."""
    return f"owner-{number}"


@dataclass(frozen=True)
class Action:
    """An agreed action that the IRO accepted at ``accepted``. Numbered from 1 in the challenge.

    ``who`` and ``owner`` are its present owner, also in words; ``named`` is the event that named
    them later, 0 if they are its owner since it was accepted. ``lacks_owner`` says that the IRO was
    asked to name another, and has not. ``stage`` is where the challenge was when the IRO accepted
    it. ``sent_back`` is when it last became open again after a report, and
    ``missed`` are its dates by which it was not reported done. ``became`` says in words what
    happened to it when the challenge ended.
    """

    number: int
    agreed: AgreedAction
    ledger: Ledger
    accepted: datetime
    who: Owner | None
    owner: str
    stage: Stage
    state: ActionState = ActionState.OPEN
    shown_by: str = ""
    named: int = 0
    lacks_owner: bool = False
    sent_back: datetime | None = None
    missed: tuple[date, ...] = ()
    became: str = ""

    @property
    def deadline(self) -> Deadline:
        """The deadline in force."""
        return self.ledger.deadline

    @property
    def has_no_email(self) -> bool:
        """Whether its owner is outside the council and has no email: the IRO reports for them."""
        return self.who is not None and not self.who.party and not self.who.email

    @property
    def owned_since(self) -> int:
        """The number of the event that made it its present owner's."""
        return self.named or self.ledger.entries[0].event

    @property
    def opened(self) -> datetime:
        """Since when it is open: its acceptance, or the last time that it was sent back."""
        return self.sent_back or self.accepted

    @property
    def key(self) -> str:
        """The key of the question about it."""
        return action_key(self.number)


class Returned(Enum):
    """Why somebody else has to be asked (rule 15)."""

    NOT_MINE = auto()
    NOT_SERVED = auto()


@dataclass(frozen=True)
class Request:
    """One request to a responder at a stage, made by event number ``event``.

    Requests are numbered within the challenge: a stage that begins, a question asked again and a
    reassignment each make one. ``posts`` and officers are ids of the directory.

    ``ledger`` is the history of its deadline (rule 7). Those asked know the ``deadline`` since
    ``known_since``: when it was set, or when the request was first served if that was later.
    ``served`` are the officers whose email was accepted and did not come back, ``bounced`` those
    whose email was refused or came back. ``not_mine`` are posts of those who said that it is not
    theirs, while others still have to reply.
    ``reply`` is the event of the reply that counts, and ``late_replies`` are those that came after
    it or after the challenge had moved up. ``agreed`` are the actions in the first of them all that
    has any, and ``accepted`` says that the IRO accepted these. ``missed`` says that the deadline
    passed without a reply. One of which ``no_reply`` is asked only says whom the matter concerns
    (rule 2). ``manager_view`` is the SRSM's own view: resolved
    or not.
    """

    number: int
    event: int
    stage: Stage
    posts: tuple[str, ...]
    opened: datetime
    ledger: Ledger
    known_since: datetime
    served: frozenset[str] = frozenset()
    bounced: frozenset[str] = frozenset()
    reminded: bool = False
    missed: bool = False
    returned: Returned | None = None
    not_mine: frozenset[str] = frozenset()
    superseded: bool = False
    reply: Event | None = None
    agreed: tuple[AgreedAction, ...] = ()
    accepted: bool = False
    late_replies: tuple[Event, ...] = ()
    revisions: int = 0
    objections: tuple[str, ...] = ()
    again: bool = False
    no_reply: bool = False
    manager_view: bool | None = None

    @property
    def deadline(self) -> Deadline:
        """The deadline in force."""
        return self.ledger.deadline

    @property
    def to_reply(self) -> tuple[str, ...]:
        """The posts that still have to reply."""
        return tuple(post for post in self.posts if post not in self.not_mine)

    @property
    def answered(self) -> bool:
        """Whether a reply to it is on the record."""
        return self.answer is not None

    @property
    def answer(self) -> Event | None:
        """The event of the reply that counts, or else of the first late one; ``None`` if none."""
        return self.reply or next(iter(self.late_replies), None)


@dataclass(frozen=True)
class Area:
    """Where the child is looked after from: a team, and the post of their social worker."""

    team: str
    social_worker: str


@dataclass(frozen=True)
class Slot(Generic[T]):
    """Where one rule keeps what only it needs to know of a challenge; ``empty`` until then."""

    name: str
    empty: T


#: When the record was sealed, because it is about the wrong child (rule 22); a moment (UTC).
SEALED: Slot[datetime | None] = Slot("sealed", None)


@dataclass(frozen=True)
class Challenge:
    """One PCE form about one child, from its entry to its outcome, as its record says.

    ``version`` is the number of its last event. ``period_ledger`` is the history of the end of the
    resolution period, ``None`` while it is informal. ``clocks`` are the dates that single rules
    have set. ``standing`` is the rung where it waits. ``outcome`` is how it ended, and ``ended_at``
    when; ``None`` while it is open. ``moved_to`` is where the child has moved since it was raised.
    ``unnamed`` are the references of sealed records that the reader must not learn of; they are
    not part of the record (``domain.named``).
    ``own`` are the slots of the rules: read one with
    ``challenge[SLOT]``.
    """

    reference: str
    raised: Form
    raised_at: datetime
    iro: str
    stage: Stage
    standing: Standing
    moved_to: Area | None = None
    events: tuple[Event, ...] = ()
    requests: tuple[Request, ...] = ()
    actions: tuple[Action, ...] = ()
    asked: tuple[Question, ...] = ()
    clocks: tuple[Clock, ...] = ()
    stage_clock_stopped: bool = False
    period_ledger: Ledger | None = None
    period_ending: bool = False
    beyond_period: bool = False
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    commands: frozenset[str] = field(default_factory=frozenset)
    own: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    unnamed: frozenset[str] = frozenset()

    def __getitem__(self, slot: Slot[T]) -> T:
        """Return what a rule keeps in ``slot``."""
        return cast("T", self.own.get(slot.name, slot.empty))

    def keep(self, slot: Slot[T], value: T) -> Challenge:
        """Return the challenge with ``value`` in ``slot``."""
        return replace(self, own=MappingProxyType({**self.own, slot.name: value}))

    @property
    def version(self) -> int:
        """The number of the last event: a write is refused if it has changed."""
        return len(self.events)

    @property
    def raised_by(self) -> str:
        """The id of the officer who raised it: its first IRO, or who covered for them then."""
        return self.events[0].actor.officer if self.events else self.raised.iro

    def name_on_record(self, officer: str) -> str:
        """Return the name under which ``officer`` last did something here; empty if nothing."""
        actors = (event.actor for event in reversed(self.events))
        return next((actor.name for actor in actors if officer and actor.officer == officer), "")

    @property
    def area(self) -> Area:
        """The child's team and social worker now; those of the form until the child moves."""
        return self.moved_to or Area(self.raised.child.team, self.raised.social_worker)

    @property
    def open(self) -> bool:
        """Whether it has no outcome yet."""
        return self.outcome is None

    @property
    def sealed(self) -> bool:
        """Whether the record is sealed: only auditors and the data protection officer see it."""
        return self[SEALED] is not None

    @property
    def period(self) -> Deadline | None:
        """The end of the resolution period; ``None`` while the challenge is informal."""
        return self.period_ledger.deadline if self.period_ledger else None

    @property
    def request(self) -> Request:
        """The current request: the last one made."""
        return self.requests[-1]

    @property
    def awaiting_reply(self) -> bool:
        """Whether the challenge waits for the responder."""
        return (
            self.open
            and self.question is None
            and not self.stage_clock_stopped
            and self.request.reply is None
        )

    @property
    def question(self) -> Question | None:
        """Its own question, if one is open; until it is settled no stage goes on."""
        own = self.question_by(OWN)
        return own if own and not own.beside else None

    @property
    def decision(self) -> Question | None:
        """Its own question, also while a stage goes on beside it (rule 7)."""
        return self.question_by(OWN)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What named people have been asked to decide, most urgent first."""
        own_first = sorted(self.asked, key=lambda question: question.key != OWN)
        return tuple(sorted(own_first, key=lambda question: question.deadline.at))

    @property
    def open_actions(self) -> tuple[Action, ...]:
        """The actions that have not ended."""
        return tuple(action for action in self.actions if not action.state.ended)

    def stopped_by(self, question: Question) -> bool:
        """Whether the ladder waits for ``question``; any other is asked beside it (rule 0).

        It waits for its own question, and, once accepted actions have stopped the stage's clock,
        for one about an action.
        """
        of_action = any(question.key == action.key for action in self.actions)
        own = question.key == OWN and not question.beside
        return own or (self.stage_clock_stopped and of_action)

    def chased(self) -> int:
        """Return how many working days late the most overdue question is (rule 4)."""
        return max((question.chased for question in self.questions), default=0)

    def clock(self, key: str) -> Ledger | None:
        """Return the date that a rule has set under this key, if it still runs."""
        return next((clock.ledger for clock in self.clocks if clock.key == key), None)

    def question_by(self, key: str) -> Question | None:
        """Return the open question with this key, if there is one."""
        return next((question for question in self.asked if question.key == key), None)

    def request_number(self, number: int) -> Request | None:
        """Return the request with this number, if there is one."""
        return next((request for request in self.requests if request.number == number), None)

    def action_number(self, number: int) -> Action | None:
        """Return the action with this number, if there is one."""
        return next((action for action in self.actions if action.number == number), None)


def with_request(challenge: Challenge, number: int, **changes: object) -> Challenge:
    """Return ``challenge`` with its request of this number changed."""
    return replace(
        challenge,
        requests=tuple(
            replace(request, **changes) if request.number == number else request  # type: ignore[arg-type]  # the names are the fields'
            for request in challenge.requests
        ),
    )


def with_deadline(
    challenge: Challenge, number: int, how: How, deadline: Deadline, event: Event
) -> Challenge:
    """Return ``challenge`` with the request of this number due at ``deadline``, set by ``event``.

    Those asked know it from then on, and are reminded again. The same deadline adds no entry.
    """
    request = challenge.request_number(number)
    if request is None:
        return challenge
    ledger = request.ledger
    if deadline != request.deadline:
        ledger = ledger.entered(how, deadline, event.number)
    return with_request(
        challenge, number, ledger=ledger, known_since=event.effective, reminded=False
    )


def superseded(challenge: Challenge) -> Challenge:
    """Return ``challenge`` with its current request marked as superseded."""
    return with_request(challenge, challenge.request.number, superseded=True)


def with_action(challenge: Challenge, number: int, **changes: object) -> Challenge:
    """Return ``challenge`` with its action of this number changed."""
    return replace(
        challenge,
        actions=tuple(
            replace(action, **changes) if action.number == number else action  # type: ignore[arg-type]  # the names are the fields'
            for action in challenge.actions
        ),
    )


def with_agreed(
    challenge: Challenge, first: int, agreed: tuple[AgreedAction, ...], event: Event
) -> Challenge:
    """Return ``challenge`` with these actions under way, which ``event`` numbers from ``first``.

    While they are, nobody is asked beside the ladder whether the matter is resolved (rule 6).
    """
    actions = tuple(
        Action(
            number,
            one,
            Ledger.opened(deadline_by_hand(one.by, "agreement"), event.number),
            event.effective,
            one.who,
            one.owner,
            challenge.stage,
        )
        for number, one in enumerate(agreed, start=first)
    )
    return replace(settle(challenge, BESIDE), actions=(*challenge.actions, *actions))


def as_raised(reference: str, form: Form, at: datetime) -> Challenge:
    """Return the challenge as it is when it is raised with ``form`` ``at`` a moment (UTC)."""
    return Challenge(reference, form, at, form.iro, form.entry, WAITS_AT[form.entry])


def ask(
    challenge: Challenge,
    purpose: Purpose,
    deadline: Deadline | None,
    event: Event,
    key: str = OWN,
    *,
    outlives: bool = False,
    whose: Capacity | None = None,
) -> Challenge:
    """Return ``challenge`` with this question under ``key``, in place of the one there.

    Without a ``deadline`` nothing is asked. ``whose`` is who has to settle it, by default the
    ``decider`` of its purpose.
    """
    after = settle(challenge, key)
    if deadline is None:
        return after
    ledger = Ledger.opened(deadline, event.number)
    of = whose or decider(purpose)
    question = Question(key, purpose, ledger, event.number, outlives=outlives, whose=of)
    return replace(after, asked=(*after.asked, question))


def settle(challenge: Challenge, key: str = OWN) -> Challenge:
    """Return ``challenge`` without the question under ``key``."""
    return replace(challenge, asked=tuple(one for one in challenge.asked if one.key != key))


def with_question(challenge: Challenge, key: str, **changes: object) -> Challenge:
    """Return ``challenge`` with its question of this key changed."""
    return replace(
        challenge,
        asked=tuple(
            replace(one, **changes) if one.key == key else one  # type: ignore[arg-type]  # the names are the fields'
            for one in challenge.asked
        ),
    )


def start_clock(
    challenge: Challenge, key: str, called: str, deadline: Deadline, event: Event
) -> Challenge:
    """Return ``challenge`` with a date under ``key``; ``called`` names it in a sentence."""
    clock = Clock(key, called, Ledger.opened(deadline, event.number))
    return replace(challenge, clocks=(*stop_clock(challenge, key).clocks, clock))


def stop_clock(challenge: Challenge, key: str) -> Challenge:
    """Return ``challenge`` without the date under ``key``."""
    return replace(challenge, clocks=tuple(one for one in challenge.clocks if one.key != key))
