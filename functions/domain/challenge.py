"""A challenge as its record says: the state alone, and the helpers that write it.

``Challenge`` is a value. ``domain.fold`` builds it from events. Nothing here needs the calendar or
the time: each event carries the deadlines that it set. What only one rule needs, it keeps itself
in a :class:`Slot` of the challenge.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from domain.deadlines import Deadline, Entry, How
from domain.vocabulary import Outcome, Purpose, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.events import Event
    from domain.form import Form
    from domain.ladder import Stage

__all__ = [
    "OWN",
    "Action",
    "ActionState",
    "AgreedAction",
    "Challenge",
    "Question",
    "Request",
    "Returned",
    "Slot",
    "action_key",
    "ask",
    "settle",
    "superseded",
    "with_action",
    "with_deadline",
    "with_question",
    "with_request",
]

T = TypeVar("T")

#: The key of the challenge's own question; an action's is ``action-2``.
OWN = "question"


@dataclass(frozen=True)
class Question:
    """Something a named person has to decide by ``deadline``. ``chased`` counts the chases.

    ``key`` names it within the challenge: ``question`` (its own) or ``action-2``. ``since`` is the
    event that asked. One that ``outlives`` the challenge is asked after its end as well.
    """

    key: str
    purpose: Purpose
    deadline: Deadline
    since: int
    outlives: bool
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
class AgreedAction:
    """Something somebody undertook to do for the child, by the end of ``by`` (a local date)."""

    what: str
    owner: str
    by: date


def action_key(number: int) -> str:
    """Return the key of what is asked about the action of this number."""
    return f"action-{number}"


@dataclass(frozen=True)
class Action:
    """An agreed action that the IRO accepted at ``accepted``. Numbered from 1 in the challenge."""

    number: int
    agreed: AgreedAction
    deadline: Deadline
    accepted: datetime
    state: ActionState = ActionState.OPEN
    shown_by: str = ""

    @property
    def key(self) -> str:
        """The key of what is asked about it."""
        return action_key(self.number)


class Returned(Enum):
    """Why a request waits for somebody else to be asked (rule 15)."""

    NOT_MINE = auto()
    NOT_SERVED = auto()


@dataclass(frozen=True)
class Request:
    """One asking of a responder at a stage, by event number ``event``.

    Requests are numbered within the challenge: a stage that begins, a question asked again and a
    reassignment each make one. ``posts`` and officers are ids of the directory.

    ``ledger`` is what became of its deadline: the last line is in force, and the first stays
    visible (rule 7). ``known_since`` is since when those asked know of
    ``deadline``: the later of when it was set and when the request was first served.
    ``served`` are the officers for whom it was accepted, and from whom it did not come back, as
    it did from the ``bounced``.
    ``reply`` is the event of the answer that counts, ``agreed`` the actions that it agreed, and
    ``late_replies`` are those that came after it or after the ladder had moved on; ``missed`` says
    that the deadline passed in silence. ``manager_view`` is the SRSM's own view: resolved or not.
    """

    number: int
    event: int
    stage: Stage
    posts: tuple[str, ...]
    opened: datetime
    ledger: tuple[Entry, ...]
    known_since: datetime
    served: frozenset[str] = frozenset()
    bounced: frozenset[str] = frozenset()
    reminded: bool = False
    missed: bool = False
    returned: Returned | None = None
    superseded: bool = False
    reply: Event | None = None
    agreed: tuple[AgreedAction, ...] = ()
    late_replies: tuple[Event, ...] = ()
    revisions: int = 0
    objections: tuple[str, ...] = ()
    again: bool = False
    manager_view: bool | None = None

    @property
    def deadline(self) -> Deadline:
        """The deadline in force."""
        return self.ledger[-1].deadline

    @property
    def first_deadline(self) -> Deadline:
        """The deadline as it was first set."""
        return self.ledger[0].deadline

    @property
    def answered(self) -> bool:
        """Whether an answer to it is on the record."""
        return self.reply is not None or bool(self.late_replies)


@dataclass(frozen=True)
class Slot(Generic[T]):
    """Where one rule keeps what it alone has to know of a challenge; ``empty`` until then."""

    name: str
    empty: T


@dataclass(frozen=True)
class Challenge:
    """One PCE form about one child, from its entry to its outcome, as its record says.

    ``version`` is the number of its last event. ``period`` is the resolution period's deadline,
    ``None`` while it is informal. ``standing`` is where it stands, as the rungs of the rules tell.
    ``outcome`` is how it ended, ``None`` while it is open. ``own`` are the slots of the rules:
    read one with ``challenge[SLOT]``.
    """

    reference: str
    raised: Form
    raised_at: datetime
    iro: str
    stage: Stage
    standing: Standing
    events: tuple[Event, ...] = ()
    requests: tuple[Request, ...] = ()
    actions: tuple[Action, ...] = ()
    asked: tuple[Question, ...] = ()
    stage_clock_stopped: bool = False
    period: Deadline | None = None
    first_period: Deadline | None = None
    period_ending: bool = False
    beyond_period: bool = False
    outcome: Outcome | None = None
    commands: frozenset[str] = field(default_factory=frozenset)
    own: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, slot: Slot[T]) -> T:
        """What a rule keeps in ``slot``."""
        return cast("T", self.own.get(slot.name, slot.empty))

    def keep(self, slot: Slot[T], value: T) -> Challenge:
        """Return the challenge with ``value`` in ``slot``."""
        return replace(self, own=MappingProxyType({**self.own, slot.name: value}))

    @property
    def version(self) -> int:
        """The number of the last event: what a write is conditional on."""
        return len(self.events)

    @property
    def open(self) -> bool:
        """Whether it has no outcome yet."""
        return self.outcome is None

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
    def question(self) -> Question | None:
        """Its own question, if one is open: while it is, the ladder waits."""
        return self.question_by(OWN)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What named people have been asked to decide, most urgent first."""
        own_first = sorted(self.asked, key=lambda question: question.key != OWN)
        return tuple(sorted(own_first, key=lambda question: question.deadline.at))

    @property
    def open_actions(self) -> tuple[Action, ...]:
        """The actions of which something is still to come."""
        return tuple(action for action in self.actions if not action.state.ended)

    def chased(self) -> int:
        """By how many working days the most overdue question is past its deadline (rule 4)."""
        return max((question.chased for question in self.questions), default=0)

    def question_by(self, key: str) -> Question | None:
        """The open question with this key, if there is one."""
        return next((question for question in self.asked if question.key == key), None)

    def request_number(self, number: int) -> Request | None:
        """The request with this number, if there is one."""
        return next((request for request in self.requests if request.number == number), None)

    def action_number(self, number: int) -> Action | None:
        """The action with this number, if there is one."""
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
    """Return ``challenge`` with the request of this number due at ``deadline`` by ``event``.

    Those asked know of it from then on, and are reminded anew. The same deadline again is no line.
    """
    request = challenge.request_number(number)
    if request is None:
        return challenge
    entry = Entry(how, deadline, event.number)
    ledger = request.ledger if deadline == request.deadline else (*request.ledger, entry)
    return with_request(
        challenge, number, ledger=ledger, known_since=event.effective, reminded=False
    )


def superseded(challenge: Challenge) -> Challenge:
    """Return ``challenge`` with another request about to take the place of the present one."""
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


def ask(
    challenge: Challenge,
    purpose: Purpose,
    deadline: Deadline | None,
    event: Event,
    key: str = OWN,
    *,
    outlives: bool = False,
) -> Challenge:
    """Return ``challenge`` with this asked under ``key``, in the place of what was asked there.

    Where there is no ``deadline`` nothing is asked.
    """
    after = settle(challenge, key)
    if deadline is None:
        return after
    question = Question(key, purpose, deadline, event.number, outlives=outlives)
    return replace(after, asked=(*after.asked, question))


def settle(challenge: Challenge, key: str = OWN) -> Challenge:
    """Return ``challenge`` with nothing asked under ``key`` any more."""
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
