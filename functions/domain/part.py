"""What a rule is made of: the pieces that each module of ``domain/rules`` puts into its ``Part``.

The readers (``fold``, ``acting``, ``decide``, ``permissions``, ``notices``, ``tasks``,
``timeline``) know these shapes and no rule. A fact and a command say themselves what they are::

    Part ── facts   kinds of Fact: what they change, their line, their readers, who is told
         ── acts    kinds of Command: who may give them, what they settle, what follows
         ── tasks   who has to do what, by when
         ── timers  what the clock will do if nobody acts
         ── rungs   where a challenge stands by this rule
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, cast

from domain.errors import BadSubmissionError
from domain.moments import local_day
from domain.values import Value
from domain.vocabulary import Audience, Capacity, Letter, Purpose, Standing
from domain.writing import can_be_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.deadlines import Deadline
    from domain.events import Actor, Event, Fact
    from domain.ladder import Stage

__all__ = [
    "ALWAYS",
    "EVERYBODY",
    "Asked",
    "Change",
    "Command",
    "Hand",
    "If",
    "Kind",
    "May",
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

#: Who may read what is written for whoever sees the challenge's page.
EVERYBODY = frozenset(Capacity)


# Facts -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """Words of a fact under ``label``: for whoever is one of ``to``, and for nobody else.

    Closed by default: words are shown to nobody until the fact says to whom.
    """

    label: str
    text: str
    to: frozenset[Capacity] = frozenset()


@dataclass(frozen=True)
class Seen:
    """An event of a challenge, with what its line in the timeline may need."""

    event: Event
    challenge: Challenge
    council: Council
    before: Callable[[], Challenge]

    @property
    def who(self) -> str:
        """The name of who did it."""
        return self.event.actor.name

    def stage(self, stage: Stage) -> str:
        """What the stage is called."""
        return self.council.ladder.title(stage)

    def officer(self, id_: str) -> str:
        """The officer's name, or their id if the directory no longer has them."""
        officer = self.council.directory.officers.get(id_)
        return officer.name if officer else id_


def _always(_challenge: Challenge, _event: Event) -> bool:
    return True


@dataclass(frozen=True)
class Tell:
    """``audience`` gets ``letter`` if ``when`` holds of the challenge as it stands and the event.

    What is shown in the docs' table beside it is ``when``'s name.
    """

    audience: Audience
    letter: Letter = Letter.TOLD
    when: Callable[[Challenge, Event], bool] = _always

    @property
    def condition(self) -> str:
        """When, in words; empty if always."""
        return "" if self.when is _always else self.when.__name__.strip("_").replace("_", " ")


class Kind(Protocol):
    """What a kind of fact says of itself. ``line`` has no full stop."""

    @property
    def news(self) -> str: ...  # noqa: D102 - see Fact
    @property
    def told(self) -> tuple[Tell, ...]: ...  # noqa: D102 - see Fact
    def changes(self, challenge: Challenge, event: Event, /) -> Challenge: ...  # noqa: D102 - see Fact
    def line(self, seen: Seen, /) -> str: ...  # noqa: D102 - see Fact
    def written(self) -> Iterable[Written]: ...  # noqa: D102 - see Fact


def kind_of(fact: Fact) -> Kind:
    """Return ``fact`` by what it says of itself: mypy has held each kind of a part to it."""
    return cast("Kind", fact)


@dataclass(frozen=True)
class Change:
    """What a fact of another rule changes by this one."""

    kind: type[Fact]
    changes: Callable[[Fact, Challenge, Event], Challenge]


def on(kind: type[F], changes: Callable[[F, Challenge, Event], Challenge]) -> Change:
    """Return what ``kind``, a fact of another rule, ``changes`` by this one."""
    return Change(kind, cast("Callable[[Fact, Challenge, Event], Challenge]", changes))


# Commands ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class If:
    """What else has to hold before somebody may do something, in words and as a test."""

    words: str
    holds: Callable[[Challenge, Council], bool]


ALWAYS = If("", lambda _challenge, _council: True)


@dataclass(frozen=True)
class May:
    """``who`` may do it while the challenge stands at one of ``at``, if ``also`` holds."""

    who: Capacity
    at: tuple[Standing, ...]
    also: If = ALWAYS


@dataclass(frozen=True)
class Asked:
    """Whoever has a task that the command settles may do it."""


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


class Command(Value):
    """The base of every command: what somebody asked for, a :func:`~domain.values.value`.

    ``called`` is how a page calls it, ``who`` says who may do it when, ``settles`` the tasks that
    it can settle. A kind that leaves one out cannot be imported.
    """

    called: ClassVar[str]
    who: ClassVar[tuple[May | Asked, ...]]
    settles: ClassVar[tuple[Purpose, ...]]

    def __init_subclass__(cls) -> None:
        """Refuse a kind that leaves out what it is. Raise ``TypeError``."""
        says = ("called", "who", "settles", "follows")
        missing = [name for name in says if name not in cls.__dict__]
        if missing:
            message = f"The command {cls.__name__} does not say its {', '.join(missing)}."
            raise TypeError(message)

    @abstractmethod
    def follows(self, challenge: Challenge, hand: Hand) -> Iterable[Fact]:
        """Return the facts that follow from it, given that ``hand`` may do it.

        Raise ``BadSubmissionError`` (names the fields to correct), ``NotAllowedError`` (not
        this person, or not now) or ``AlreadyAnsweredError``.
        """


@dataclass
class Problems:
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


# Tasks, timers, rungs ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One thing that one part in the challenge has to do, by when (rule 0).

    ``key`` names it within the challenge. Its owner is ``whose``; where that is somebody asked to
    reply, the posts are those of request ``request``. ``since`` is the event that asked for it.
    The challenge waits for a task that ``stops`` it; any other is beside it. One that ``outlives``
    the challenge is there after its end as well. The task of the lowest ``place`` is shown first.

    ``says`` is the sentence with ``{who}`` and ``{due}`` that tells everybody of it, ``yours`` the
    one that tells its owner, ``then`` are sentences about what follows if it is not done.
    """

    key: str
    purpose: Purpose
    whose: Capacity
    deadline: Deadline
    since: int
    stops: bool = True
    outlives: bool = False
    request: int = 0
    place: int = 0
    says: str = ""
    yours: str = ""
    then: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timer:
    """What the clock will do at ``at``, effective ``effective``, if nobody acts before.

    One that ``pauses`` waits at a quiet rung until the challenge has left it. After the end of the
    challenge only a timer that ``outlives`` it goes on.
    """

    at: datetime
    purpose: str
    effective: datetime
    facts: tuple[Fact, ...]
    pauses: bool = False
    outlives: bool = False


@dataclass(frozen=True)
class Rung:
    """Where a challenge stands by this rule, while ``holds`` is true of it.

    ``called`` is what a heading calls it, ``""`` for the stage's own title; ``says`` is what a list
    says after the stage, and ``tells`` a sentence more for whoever reads what happens next. At a
    ``quiet`` rung nobody is reminded, and the challenge does not move up.
    """

    standing: Standing
    called: str
    says: str
    holds: Callable[[Challenge], bool]
    quiet: bool = False
    tells: Callable[[Challenge, Council], str] = lambda _challenge, _council: ""


def _nothing(*_of: object) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Part:
    """One rule of the procedure, by its number, and all the pieces that it has.

    ``changes`` are what facts of other rules change by it. After the end only those ``tasks`` and
    ``timers`` count that outlive it. ``first`` are facts that come before any timer's. ``knows``
    are the officers who learn of an event by an email about another.
    """

    rule: int
    title: str
    facts: tuple[type[Kind], ...] = ()
    acts: tuple[type[Command], ...] = ()
    changes: tuple[Change, ...] = ()
    tasks: Callable[[Challenge, Council], Iterable[Task]] = _nothing
    timers: Callable[[Challenge, datetime, Council], Iterable[Timer]] = _nothing
    first: Callable[[Challenge, datetime, Council], Iterable[Fact]] = _nothing
    knows: Callable[[Challenge, Event, Council, date], Iterable[str]] = _nothing
    rungs: tuple[Rung, ...] = ()
