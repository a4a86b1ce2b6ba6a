"""The envelope of the record: who, when, what. Never changed, never deleted.

An :class:`Event` carries one fact. The rules define the kinds of fact (``domain/rules/``);
``domain.rulebook.FACTS`` lists them all, by the names they are stored under. Fields are only ever
added, each with a default, so that every event ever written can still be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.values import Value, value

__all__ = ["CLOCK", "INTERFACE", "SCHEMA", "UNANSWERED", "AboutRequest", "Actor", "Event", "Fact"]

#: The schema of events written by this software.
SCHEMA = 1


@dataclass(frozen=True)
class Actor:
    """Who did it: an officer, in what capacity, by what way in; or the clock (automatic).

    ``officer`` is an id of the directory, empty for the clock and for the case system. ``via`` is
    the way in: ``page``, ``link``, ``email``, ``api``, ``interface`` or ``clock``; or
    :data:`UNANSWERED`. Where somebody else wrote it
    for them, ``typed_by`` is that person's name and email address.
    """

    officer: str
    name: str
    capacity: str
    via: str
    typed_by: str = ""


#: The way in of an email whose sender has written so often that day that we send no more receipts,
#: so that two programs that answer each other stop.
UNANSWERED = "email without receipt"

#: The way in of the council's case system, which is no officer (rule 20).
INTERFACE = "interface"

#: The actor of automatic facts, which follow from the record and the time.
CLOCK = Actor("", "The clock", "the procedure's deadlines", "clock")


@value
class Fact(Value):
    """The base of every kind of fact: a :func:`~domain.values.value` in the module of its rule.

    Each kind defines all of these; one that leaves any out cannot be imported. Their types are in
    ``domain.part.Kind``, and mypy checks every kind against it::

        news      what an email calls it: "the stage is on hold"
        told      who gets which email about it
        changes   the challenge after it
        line      its line in the timeline, without a child's details or anybody's words
        written   what people wrote in it, and who may read each
    """

    #: Whether a stage began, was answered or ended with it: where a person did it, the SRSM and the
    #: ladder's "informed" hear of it at once.
    key_point: ClassVar[bool] = False

    #: The last release that recorded it, if today's records another kind instead.
    recorded_until: ClassVar[str] = ""

    @property
    def asks_once(self) -> str:
        """What it is about, if many challenges ask the same of somebody; empty if none does.

        Then one email a day asks them, and not one for each challenge.
        """
        return ""

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The numbers of the agreed actions that it is about; empty if it is about none."""
        number: int = getattr(self, "action", 0)
        return (number,) if number else ()

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        """Raise ``TypeError`` if the kind leaves any of these out."""
        says = ("news", "told", "changes", "line", "written")
        missing = [name for name in says if name not in cls.__dict__]
        if missing and not abstract:
            message = f"The fact {cls.__name__} does not say its {', '.join(missing)}."
            raise TypeError(message)


class AboutRequest(Fact, abstract=True):
    """The base of a fact about one request to a responder, by its number in the challenge."""

    request: int


@dataclass(frozen=True)
class Event:
    """One fact in the record. Moments are UTC.

    ``effective`` is when it took effect (a lapse: at its deadline; a reply: at its receipt),
    ``recorded`` when it was written. ``number`` counts from 1. ``command`` is the id of the
    command that caused it: a retry finds its own id there and succeeds.
    """

    number: int
    fact: Fact
    actor: Actor
    effective: datetime
    recorded: datetime
    command: str

    @property
    def automatic(self) -> bool:
        """Whether the clock did it, and nobody."""
        return self.actor.via == CLOCK.via

    @property
    def by_email(self) -> bool:
        """Whether it came by email."""
        return self.actor.via == "email"
