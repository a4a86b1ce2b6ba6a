"""What a rule is made of: the pieces that each module of ``domain/rules`` puts into its ``Part``.

The readers (``fold``, ``acting``, ``decide``, ``permissions``, ``notices``, ``tasks``,
``timeline``) know these shapes and no rule. Facts and commands define themselves::

    Part ── facts   kinds of Fact: what they change, their line, their readers, their emails
         ── acts    kinds of Command: who may give them, what they settle, what follows
         ── tasks   who has to do what, by when
         ── timers  what happens automatically if nobody acts
         ── rungs   where an execution waits by this rule
         ── marks   what lists say about a challenge by this rule
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, cast

from domain.challenge import asked_in_words
from domain.errors import BadSubmissionError
from domain.moments import day_in_words, local_day
from domain.values import Value, value
from domain.vocabulary import Audience, Capacity, Letter, Purpose, Standing
from domain.writing import can_be_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.deadlines import Deadline, Ledger
    from domain.events import Actor, Event, Fact
    from domain.ladder import Stage

__all__ = [
    "ALWAYS",
    "EVERYBODY",
    "IN_CONFIDENCE",
    "READS_ALL",
    "Asked",
    "Change",
    "Command",
    "Hand",
    "If",
    "Kind",
    "Mark",
    "May",
    "Other",
    "Part",
    "Problems",
    "Rung",
    "Seen",
    "Task",
    "Tell",
    "Timer",
    "Written",
    "kind_of",
    "on",
]

F = TypeVar("F", bound="Fact")

#: Readers of words that are for everybody who can see the challenge's page. A new capacity reads
#: nothing until it is named here or by the fact.
EVERYBODY = frozenset(
    {
        Capacity.IRO,
        Capacity.SRSM,
        Capacity.SENIOR_IRO_MANAGER,
        Capacity.RESPONDER,
        Capacity.INFORMED,
        Capacity.INFORMED_BEFORE,
        Capacity.IRO_BEFORE,
        Capacity.LAWYER,
        Capacity.NEIGHBOUR_LAWYER,
        Capacity.ASSISTANT_DIRECTOR,
    }
)

#: Readers of what the IRO and those who oversee the challenge keep among themselves.
IN_CONFIDENCE = frozenset({Capacity.IRO, Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER})

#: Who reads all words of every fact, whomever else they are for. Legal advice is in no fact.
READS_ALL = frozenset({Capacity.AUDITOR, Capacity.DATA_PROTECTION_OFFICER})


#: Who reads just those words that are for everybody.
_READS_WHAT_ALL_READ = frozenset({Capacity.IRO_OF_CHILD, Capacity.CASE_SYSTEM})


# Facts -------------------------------------------------------------------------------------------


@value
class Written(Value):
    """Words of a fact under ``label``: only for those who are one of ``to``.

    Closed by default: nobody sees words until the fact says who may. Only ``READS_ALL`` always do.
    """

    label: str
    text: str
    to: frozenset[Capacity] = frozenset()

    def is_for(self, who: frozenset[Capacity]) -> bool:
        """Whether somebody in these capacities may read it.

        The IRO of another challenge about the child reads what is for everybody (rule 25), and so
        does the case system, which places it on the child's file (rule 20).
        """
        of_child = bool(who & _READS_WHAT_ALL_READ) and self.to >= EVERYBODY
        return of_child or bool(who & (self.to | READS_ALL))


@value
class Seen(Value):
    """An event of a challenge, with what its line in the timeline may need.

    ``before`` returns the challenge as it was before the event.
    """

    event: Event
    challenge: Challenge
    council: Council
    before: Callable[[], Challenge]

    @property
    def who(self) -> str:
        """The name of who did it."""
        return self.event.actor.name

    def stage(self, stage: Stage) -> str:
        """Return the stage's title."""
        return self.council.ladder.title(stage)

    def officer(self, id_: str) -> str:
        """Return the officer's name: of one who has left, as on the record, or else their id."""
        officer = self.council.directory.officers.get(id_)
        return officer.name if officer else self.challenge.name_on_record(id_) or id_


def _always(_challenge: Challenge, _event: Event) -> bool:
    return True


@value
class Tell(Value):
    """``audience`` gets ``letter`` if ``when`` is true of the challenge as it is now and the event.

    The table in the documents shows ``when``'s name. ``domain.notices.channel`` says which emails
    are sent on their own; all others are lines of the daily email. One that is told ``at_once`` is
    always sent on its own, at once. In the daily email ``adds`` is a sentence after the event's
    line, and with ``what_next`` the line goes on with what happens next. What changes a calendar
    entry goes to whoever did it as well (``own``), and calls a meeting off in a sealed record too
    (``of_sealed``): nobody else hears of their own act, or of a sealed record. With ``of_all`` the
    email stands for everything that was done with it: the daily email tells none of that again.
    """

    audience: Audience
    letter: Letter = Letter.TOLD
    when: Callable[[Challenge, Event], bool] = _always
    at_once: bool = False
    adds: str = ""
    what_next: bool = False
    own: bool = False
    of_sealed: bool = False
    of_all: bool = False

    @property
    def condition(self) -> str:
        """The condition in words; empty if always."""
        return "" if self.when is _always else self.when.__name__.strip("_").replace("_", " ")


class Kind(Protocol):
    """What every kind of fact defines. ``line`` has no full stop."""

    @property
    def news(self) -> str: ...  # noqa: D102 - see Fact
    @property
    def told(self) -> tuple[Tell, ...]: ...  # noqa: D102 - see Fact
    def changes(self, challenge: Challenge, event: Event, /) -> Challenge: ...  # noqa: D102 - see Fact
    def line(self, seen: Seen, /) -> str: ...  # noqa: D102 - see Fact
    def written(self) -> Iterable[Written]: ...  # noqa: D102 - see Fact


def kind_of(fact: Fact) -> Kind:
    """Return ``fact`` as a ``Kind``: mypy has checked each kind of a part against it."""
    return cast("Kind", fact)


@value
class Change(Value):
    """What this rule changes when a fact of another rule happens."""

    kind: type[Fact]
    changes: Callable[[Fact, Challenge, Event], Challenge]


def on(kind: type[F], changes: Callable[[F, Challenge, Event], Challenge]) -> Change:
    """Return the ``changes`` that this rule makes for ``kind``, a fact of another rule."""
    return Change(kind, cast("Callable[[Fact, Challenge, Event], Challenge]", changes))


# Commands ----------------------------------------------------------------------------------------


@value
class If(Value):
    """A condition for somebody to be allowed something, in words and as a test."""

    words: str
    holds: Callable[[Challenge, Council], bool]


ALWAYS = If("", lambda _challenge, _council: True)


@value
class May(Value):
    """``who`` may do it while the challenge waits at one of ``at``, if ``also`` holds."""

    who: Capacity
    at: tuple[Standing, ...]
    also: If = ALWAYS


@value
class Asked(Value):
    """Anyone with a task that the command settles may do it."""


@value
class Other(Value):
    """Another challenge, on whose record a command acts in the same step (rule 16).

    ``council`` is the council as it is for that one. ``challenge`` is ``None`` if the command
    raises it, under ``reference``.
    """

    reference: str
    council: Council
    challenge: Challenge | None = None


@value
class Hand(Value):
    """Who does it, in what capacities, when (the receipt, UTC), with which council.

    ``other`` is the other challenge that the command raises or names; ``None`` if it does neither,
    or if there is no challenge with the reference that it names.
    """

    actor: Actor
    capacities: frozenset[Capacity]
    now: datetime
    council: Council
    other: Other | None = None

    @property
    def today(self) -> date:
        """The local date of the act."""
        return local_day(self.now)


class Command(Value):
    """The base of every command: what somebody asks for, a :func:`~domain.values.value`.

    ``called`` is its name on a page, ``who`` says who may do it when, ``settles`` which tasks it
    can settle. A kind that leaves one out cannot be imported.

    A few commands act on two records in one step: they raise another challenge (``raises``), or
    name one (``names``). What they put on the other record is ``there``.
    """

    called: ClassVar[str]
    who: ClassVar[tuple[May | Asked, ...]]
    settles: ClassVar[tuple[Purpose, ...]]
    raises: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Raise ``TypeError`` if the kind leaves any of these out."""
        says = ("called", "who", "settles", "follows")
        missing = [name for name in says if name not in cls.__dict__]
        if missing:
            message = f"The command {cls.__name__} does not say its {', '.join(missing)}."
            raise TypeError(message)

    @abstractmethod
    def follows(self, challenge: Challenge, hand: Hand) -> Iterable[Fact]:
        """Return the facts that follow, given that ``hand`` may do it.

        Raise ``BadSubmissionError`` (names the fields to correct), ``NotAllowedError`` (not
        this person, or not now) or ``AlreadyAnsweredError``.
        """

    def names(self) -> str:
        """Return the reference of another challenge that it also acts on, as typed; or empty."""
        return ""

    def there(self, _challenge: Challenge, _hand: Hand) -> Iterable[Fact]:
        """Return the facts that follow on the record of ``hand.other``, after :meth:`follows`.

        For a challenge that it raises, the first is how it was raised.
        """
        return ()


@dataclass
class Problems:
    """What is wrong with a command, field by field."""

    fields: dict[str, str] = field(default_factory=dict)

    def need(self, name: str, value: str, sentence: str) -> None:
        """Note ``sentence`` for the field if nothing visible was entered."""
        if not can_be_seen(value):
            self.fields[name] = sentence

    def refuse_if(self, name: str, wrong: bool, sentence: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Note ``sentence`` for the field if ``wrong``."""
        if wrong:
            self.fields[name] = sentence

    def need_working_day(self, name: str, day: date, hand: Hand, enter: str = "Enter") -> None:
        """Note an error for the field unless ``day`` is a working day, today or in the future.

        No deadline could be counted from a day beyond the known bank holidays, and the challenge
        would never move again.
        """
        calendar, beyond = hand.council.calendar, hand.council.calendar.last_year
        if calendar.first_year <= day.year < beyond and not calendar.is_working_day(day):
            before, after = calendar.around(day)
            sentence = (
                f"{enter} a working day: {day_in_words(day)} is not one. "
                f"The nearest are {day_in_words(before)} and {day_in_words(after)}."
            )
            self.refuse_if(name, wrong=True, sentence=sentence)
        self.refuse_if(name, day.year >= beyond, f"{enter} a date before {beyond}.")
        self.refuse_if(name, day < hand.today, f"{enter} a date that is today or in the future.")

    def check(self) -> None:
        """Raise ``BadSubmissionError`` if there are any."""
        if self.fields:
            raise BadSubmissionError(self.fields)


# Tasks, timers, rungs, marks ---------------------------------------------------------------------


@value
class IfLate(Value):
    """Once a task is ``days`` working days late, ``who`` is told, or ``may_decide`` instead."""

    days: int
    who: Capacity
    may_decide: bool = False


@value
class Task(Value):
    """One thing that somebody in the challenge has to do, and by when (rule 0).

    ``key`` names it within the challenge. Its owner is ``whose``; for somebody asked to reply, the
    posts are those of request ``request``, and for the owner of an action, the one of action
    ``action``. ``since`` is the event that asked for it. The
    challenge waits for a task that ``stops`` it, and for no other. One that ``outlives`` the
    challenge stays open after its end. The task with the lowest ``place`` is shown first. Of one
    that is ``aside`` only its owner reads in what happens next.

    ``says`` is the sentence for everybody, with ``{who}`` and ``{due}``, ``says_late`` the one once
    that day has passed, ``yours`` the one for its owner, ``then`` are sentences about what happens
    if it is not done; ``{decides}`` and ``{has}`` in them say that the IRO does, ``{srsm_has}``
    and ``{senior_has}`` that the SRSM or the Senior IRO Manager has to. ``if_late`` is who hears of
    it, or may act, once it is late.
    """

    key: str
    purpose: Purpose
    whose: Capacity
    ledger: Ledger
    since: int
    stops: bool = True
    outlives: bool = False
    request: int = 0
    action: int = 0
    place: int = 0
    aside: bool = False
    says: str = ""
    says_late: str = ""
    yours: str = ""
    then: tuple[str, ...] = ()
    if_late: tuple[IfLate, ...] = ()

    @property
    def deadline(self) -> Deadline:
        """The deadline in force."""
        return self.ledger.deadline

    @property
    def in_words(self) -> str:
        """What it asks for, after "You need to": ``confirm that action 2 was done``."""
        return asked_in_words(self.purpose, self.key)


@value
class Timer(Value):
    """What happens at ``at``, effective ``effective``, if nobody acts before (moments in UTC).

    One that ``pauses`` does not run while the challenge is at a quiet rung. After the end of the
    challenge only a timer that ``outlives`` it runs.
    """

    at: datetime
    purpose: str
    effective: datetime
    facts: tuple[Fact, ...]
    pauses: bool = False
    outlives: bool = False


@value
class Rung(Value):
    """Where an execution waits by this rule, while ``holds`` is true of the challenge.

    ``called`` is its heading, ``""`` for the stage's own title. ``whose`` returns the heading where
    that depends on whom the challenge waits for today, otherwise ``""``. ``says`` is what a list
    says after the stage, and ``tells`` returns a sentence for those who read what happens next. At
    a ``quiet`` rung nobody is reminded, and the challenge does not move up.
    """

    standing: Standing
    called: str
    says: str
    holds: Callable[[Challenge], bool]
    quiet: bool = False
    tells: Callable[[Challenge, Council], str] = lambda _challenge, _council: ""
    whose: Callable[[Challenge, Council, date], str] = lambda _challenge, _council, _today: ""


@value
class Mark(Value):
    """What lists say about a challenge, beside its stage, while ``holds`` is true of it.

    ``key`` is stored in the rows of lists; it keeps its meaning. ``called`` is what people read. A
    mark that ``warns`` stands out. If there is a list of all marked challenges, ended ones too, it
    is in the order of ``listed_at``, a moment (UTC). A sealed record has none but those
    ``of_sealed`` ones. One that is ``quiet`` is not shown beside the challenge: those who oversee
    all challenges look for it in their list.
    """

    key: str
    called: str
    holds: Callable[[Challenge], bool]
    warns: bool = False
    listed_at: Callable[[Challenge], datetime | None] = lambda _challenge: None
    of_sealed: bool = False
    quiet: bool = False


def _nothing(*_of: object) -> tuple[()]:
    return ()


@value
class Part(Value):
    """One rule of the procedure, by its number, with all its pieces.

    ``changes`` are what it changes for facts of other rules. After the end only the ``tasks`` and
    ``timers`` that outlive it count. ``first`` are facts that come before any timer's. ``beside``
    are facts that it puts before those of a command, by the same hand. ``tidies`` returns the
    challenge after any event without what this rule no longer has to keep. In a sealed record only
    the parts ``of_sealed`` ones have tasks, timers and facts that come first (rule 22).
    """

    rule: int
    title: str
    facts: tuple[type[Kind], ...] = ()
    acts: tuple[type[Command], ...] = ()
    changes: tuple[Change, ...] = ()
    tasks: Callable[[Challenge, Council], Iterable[Task]] = _nothing
    timers: Callable[[Challenge, datetime, Council], Iterable[Timer]] = _nothing
    first: Callable[[Challenge, datetime, Council], Iterable[Fact]] = _nothing
    beside: Callable[[Command, Challenge, Hand], Iterable[Fact]] = _nothing
    tidies: Callable[[Challenge], Challenge] | None = None
    rungs: tuple[Rung, ...] = ()
    marks: tuple[Mark, ...] = ()
    of_sealed: bool = False
