"""The envelope of the record: who, when, what. Never changed, never deleted.

An :class:`Event` carries one fact. What kinds of fact there are, the rules say
(``domain/rules/``); all are listed in ``domain.rulebook.FACTS``, by the names they are stored
under. Fields only ever grow, with a default, so that every event ever written can still be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.values import Value, value

__all__ = ["CLOCK", "SCHEMA", "UNANSWERED", "AboutRequest", "Actor", "Event", "Fact"]

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


@value
class Fact(Value):
    """The base of every kind of fact: a :func:`~domain.values.value` in the module of its rule.

    A kind says itself what it is; one that leaves anything out cannot be imported. What each of
    these is, and of what type, ``domain.part.Kind`` says, and mypy holds every kind to it::

        news      what an email calls it: "the stage is on hold"
        told      who is told, by which email
        changes   the challenge after it
        line      its line in the timeline: no child's details, nobody's words
        written   what people wrote in it, and who may read each
    """

    #: Whether its emails go out at once although the clock put it on the record.
    at_once: ClassVar[bool] = False

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        """Refuse a kind that leaves out what it is. Raise ``TypeError``."""
        says = ("news", "told", "changes", "line", "written")
        missing = [name for name in says if name not in cls.__dict__]
        if missing and not abstract:
            message = f"The fact {cls.__name__} does not say its {', '.join(missing)}."
            raise TypeError(message)


class AboutRequest(Fact, abstract=True):
    """The base of a fact about one asking of a responder, by its number in the challenge."""

    request: int


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

    @property
    def by_email(self) -> bool:
        """Whether it came by email."""
        return self.actor.via == "email"
