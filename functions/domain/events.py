"""The facts of a challenge's record: who, when, what. Never changed, never deleted.

An :class:`Event` is the envelope; its ``fact`` is one of the dataclasses below. Fields only ever
grow, with a default, so that every event ever written can still be read.

``requests`` are numbered within the challenge: each asking of a responder is one (a stage that
begins, a question asked again, a reassignment). ``posts`` and ``officers`` are ids of the
directory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.deadlines import Deadline
from domain.ladder import Stage

__all__ = [
    "CLOCK",
    "FACTS",
    "SCHEMA",
    "UNANSWERED",
    "ActionConfirmed",
    "ActionDone",
    "ActionGivenUp",
    "ActionMissed",
    "ActionRedated",
    "ActionsAccepted",
    "Actor",
    "AgreedAction",
    "Answer",
    "AskedAgain",
    "Bounced",
    "Cause",
    "Chased",
    "Child",
    "ChildTold",
    "Closed",
    "Concern",
    "DeadlineMissed",
    "DeadlineMoved",
    "DeadlineRevised",
    "Event",
    "Fact",
    "IroAppointed",
    "ManagerView",
    "NotMine",
    "NotServed",
    "NotServedCause",
    "Noted",
    "Objected",
    "Outcome",
    "Raised",
    "Reassigned",
    "Reminded",
    "Replied",
    "ResolutionPeriodEnding",
    "ResolutionPeriodOver",
    "Served",
    "StageBegan",
]

#: The schema of events written by this software.
SCHEMA = 1


@dataclass(frozen=True)
class Actor:
    """Who did it: an officer, in what capacity, by what way in; or the clock.

    ``officer`` is an id of the directory, empty for the clock. ``via`` is the way in: ``page``,
    ``link``, ``email``, ``api`` or ``clock``; or :data:`UNANSWERED`. ``typed_by`` names whoever
    wrote it for them, with an email address, where that was somebody else.
    """

    officer: str
    name: str
    capacity: str
    via: str
    typed_by: str = ""


#: The way in of an email after so many on one day that its sender gets no letter about it: two
#: programs that answer each other come to an end.
UNANSWERED = "email without receipt"

#: What follows from the record and the time is put on the record by the clock.
CLOCK = Actor("", "The clock", "the procedure's deadlines", "clock")


@dataclass(frozen=True)
class Child:
    """The child, as the form gave it. ``case_id`` is the child's ID in the case system."""

    case_id: str
    initials: str
    name: str
    date_of_birth: date
    team: str


@dataclass(frozen=True)
class Concern:
    """One thing that is wrong: theme (rule 21), what, the outcome wanted, and by when."""

    theme: str
    what: str
    outcome_wanted: str
    by: date


@dataclass(frozen=True)
class AgreedAction:
    """Something somebody undertook to do for the child, by the end of ``by`` (a local date)."""

    what: str
    owner: str
    by: date


class Answer(StrEnum):
    """A responder's answer. *Not mine* is not one (rule 15)."""

    RESOLVED = "resolved"
    ACTIONS = "actions agreed"
    CHALLENGED = "challenged"


class Cause(StrEnum):
    """Why a stage began."""

    RAISED = "raised"
    NOT_RESOLVED = "not resolved"
    ESCALATED = "escalated earlier"
    NO_REPLY = "no reply"


class NotServedCause(StrEnum):
    """Why a responder could not be asked (rule 15)."""

    VACANT = "the post is vacant"
    THEIR_OWN = "only the IRO answers for the post, and nobody answers their own challenge"
    REFUSED = "the address was refused"
    NOT_SENT = "the request could not be sent before its deadline"
    BOUNCED = "the letter came back"


class ChildTold(StrEnum):
    """Whether the child was told how the challenge ended (rule 16)."""

    YES = "yes"
    NOT_YET = "not yet"
    NO = "no"


class Outcome(StrEnum):
    """How a challenge ended (rule 16)."""

    RESOLVED_INFORMALLY = "resolved informally"
    RESOLVED_AT_STAGE = "resolved at a formal stage"
    RESOLVED_BY_ACTIONS = "resolved by actions done"
    CLOSED_AFTER_CAFCASS = "closed after Cafcass"
    UNRESOLVED_NOT_REFERRED = "unresolved and not referred"
    WITHDRAWN = "withdrawn"
    RAISED_IN_ERROR = "raised in error"
    DUPLICATE = "duplicate"

    @property
    def resolved(self) -> bool:
        """Whether the matter was resolved."""
        return self.value.startswith("resolved")


@dataclass(frozen=True)
class Raised:
    """Rule 1: the IRO raised the challenge. ``iro`` is an officer, ``social_worker`` a post."""

    child: Child
    iro: str
    social_worker: str
    entry: Stage
    entry_reason: str
    concerns: tuple[Concern, ...]
    tried: str
    views: str
    procedure: str


@dataclass(frozen=True)
class StageBegan:
    """A stage began: request ``request`` is put to ``posts``, due at ``deadline``.

    ``period`` is the formal process as a whole, set when it is entered. ``skipped`` are the
    stages between that were left out.
    """

    stage: Stage
    cause: Cause
    reason: str
    request: int
    posts: tuple[str, ...]
    deadline: Deadline
    period: Deadline | None = None
    skipped: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class Served:
    """The request was accepted for delivery to ``officer``.

    ``deadline`` is set where it was served on a later day than it was assigned: the clock
    starts when served (rule 15).
    """

    request: int
    officer: str
    deadline: Deadline | None = None


@dataclass(frozen=True)
class Bounced:
    """Rule 15: the request to ``officer`` was refused, or came back after it had been accepted.

    So it was not served on them. If nobody is left on whom it was, ``NotServed`` follows.
    """

    request: int
    officer: str


@dataclass(frozen=True)
class NotServed:
    """Rule 15: nobody could be asked. The SRSM names somebody by ``name_by``."""

    request: int
    cause: NotServedCause
    name_by: Deadline


@dataclass(frozen=True)
class Reminded:
    """Rule 3: one working day before the deadline at 09:00."""

    request: int


@dataclass(frozen=True)
class DeadlineMissed:
    """Rule 5: no reply by the deadline. ``decide_by`` is set where the IRO is asked."""

    request: int
    decide_by: Deadline | None = None


@dataclass(frozen=True)
class Replied:
    """A responder's answer. ``late`` when it came after its deadline was missed (rule 5).

    ``decide_by`` is until when the IRO has to decide; ``None`` when a later stage is under way.
    """

    request: int
    answer: Answer
    words: str
    actions: tuple[AgreedAction, ...] = ()
    late: bool = False
    decide_by: Deadline | None = None


@dataclass(frozen=True)
class NotMine:
    """Rule 15: the responder says that this is not theirs. The IRO reassigns by then."""

    request: int
    words: str
    reassign_by: Deadline | None = None


@dataclass(frozen=True)
class Reassigned:
    """Rule 15: put to ``post`` instead, as request ``request``, with the days that are left."""

    request: int
    post: str
    reason: str
    deadline: Deadline


@dataclass(frozen=True)
class AskedAgain:
    """Rule 4: the same stage is asked again, as request ``request``."""

    request: int
    words: str
    deadline: Deadline


@dataclass(frozen=True)
class ManagerView:
    """Rule 4: the SRSM's own view, beside the IRO's decision."""

    request: int
    resolved: bool
    words: str


@dataclass(frozen=True)
class ActionsAccepted:
    """Rule 6: the IRO accepts the actions, numbered from ``first``. A promise only, so far."""

    request: int
    first: int
    actions: tuple[AgreedAction, ...]
    words: str


@dataclass(frozen=True)
class ActionDone:
    """Rule 6: the owner reports the action done, with what shows it."""

    action: int
    shown_by: str
    confirm_by: Deadline


@dataclass(frozen=True)
class ActionConfirmed:
    """Rule 6: the IRO confirms that the action was done."""

    action: int
    words: str


@dataclass(frozen=True)
class ActionGivenUp:
    """Rule 6: the IRO gives the action up. ``decide_by`` is set if that leaves nothing done."""

    action: int
    reason: str
    decide_by: Deadline | None = None


@dataclass(frozen=True)
class ActionMissed:
    """Rule 6: the action was not reported done by its date. The IRO is asked."""

    action: int
    decide_by: Deadline


@dataclass(frozen=True)
class ActionRedated:
    """Rule 6: a new date, which the SRSM agrees."""

    action: int
    by: date
    reason: str


@dataclass(frozen=True)
class DeadlineRevised:
    """Rule 7: a manager revised the reply's deadline, with a reason."""

    request: int
    deadline: Deadline
    reason: str


@dataclass(frozen=True)
class Objected:
    """Rule 7: the IRO objects to a revision, on the record."""

    request: int
    words: str


@dataclass(frozen=True)
class Noted:
    """Somebody who belongs to the challenge wrote to the IRO. It answers nothing."""

    words: str


@dataclass(frozen=True)
class DeadlineMoved:
    """The calendar changed, and with it a deadline. ``what`` is its key in the challenge."""

    what: str
    deadline: Deadline
    because: str


@dataclass(frozen=True)
class Chased:
    """Rule 4: a question is ``days_over`` working days past its deadline.

    ``about`` is what it asks for, in words; ``tell_senior`` on the day from which the Senior IRO
    Manager has to know.
    """

    question: str
    days_over: int
    about: str
    tell_senior: bool = False


@dataclass(frozen=True)
class IroAppointed:
    """Rules 4 and 15: another IRO has the challenge from now on."""

    iro: str
    reason: str


@dataclass(frozen=True)
class ResolutionPeriodEnding:
    """Rule 9: 09:00 on the last working day of the resolution period."""


@dataclass(frozen=True)
class ResolutionPeriodOver:
    """Rule 9: the resolution period is over, and the challenge is still open."""


@dataclass(frozen=True)
class Closed:
    """Rule 16: the challenge ended."""

    outcome: Outcome
    stage: Stage
    reason: str
    child_told: ChildTold
    how_told: str


Fact = (
    Raised
    | StageBegan
    | Served
    | Bounced
    | NotServed
    | Reminded
    | DeadlineMissed
    | Replied
    | NotMine
    | Reassigned
    | AskedAgain
    | ManagerView
    | ActionsAccepted
    | ActionDone
    | ActionConfirmed
    | ActionGivenUp
    | ActionMissed
    | ActionRedated
    | DeadlineRevised
    | Objected
    | Noted
    | DeadlineMoved
    | Chased
    | IroAppointed
    | ResolutionPeriodEnding
    | ResolutionPeriodOver
    | Closed
)

#: Every kind of fact, by the name it is stored under.
FACTS: dict[str, type[Fact]] = {kind.__name__: kind for kind in Fact.__args__}


@dataclass(frozen=True)
class Event:
    """One fact in the record. Moments are UTC.

    ``effective`` is when it took effect (a lapse: at its deadline; a reply: at its receipt),
    ``recorded`` when it was written. ``number`` counts from 1. ``command`` is the id of the
    command that caused it: a retry finds its own id and succeeds.
    """

    number: int
    fact: Fact
    actor: Actor
    effective: datetime
    recorded: datetime
    command: str
