"""Rule 12, discussions: a phone call or an email that matters goes on the record.

Whoever is part of the challenge records what was said, with whom, how and when. A discussion is no
reply. IRO, SRSM and Senior IRO Manager record one after the end too.

Guidance: G20, G53, G68.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from domain.challenge import Challenge
from domain.events import Event, Fact
from domain.moments import day_in_words
from domain.part import EVERYBODY, Command, Hand, May, Part, Problems, Seen, Tell, Written
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Standing

__all__ = ["DISCUSSIONS", "ConversationRecorded", "Means", "RecordConversation"]


class Means(StrEnum):
    """How people spoke with each other. The value is stored."""

    PHONE = "by phone"
    EMAIL = "by email"
    VIDEO = "by video call"
    IN_PERSON = "in person"


@value
class ConversationRecorded(Fact):
    """Somebody recorded what they discussed on ``day``, by which ``means``, and with whom."""

    with_whom: str
    means: Means
    day: date
    words: str

    news = "a discussion was recorded"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it as it is: a discussion is no reply."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who recorded it, and of which day it is."""
        return f"{seen.who} recorded a discussion {self.means} on {day_in_words(self.day)}"

    def written(self) -> Iterator[Written]:
        """Yield with whom, and what was said."""
        yield Written("With whom", self.with_whom, EVERYBODY)
        yield Written("What was said", self.words, EVERYBODY)


@value
class RecordConversation(Command):
    """Record a phone call, an email or another discussion that matters."""

    with_whom: str
    means: Means
    day: date
    words: str

    called = "Record a discussion"
    who = (
        May(Capacity.IRO, tuple(Standing)),
        May(Capacity.SRSM, tuple(Standing)),
        May(Capacity.SENIOR_IRO_MANAGER, tuple(Standing)),
        May(Capacity.RESPONDER, OPEN),
        May(Capacity.INFORMED, OPEN),
    )
    settles = ()

    def follows(self, _challenge: Challenge, hand: Hand) -> Iterator[ConversationRecorded]:
        """Yield the discussion."""
        problems = Problems()
        problems.need("with_whom", self.with_whom, "Enter who you spoke or wrote with.")
        ahead = self.day > hand.today
        problems.refuse_if("day", ahead, "The day of the discussion must be today or earlier.")
        problems.need("words", self.words, "Enter what was said or decided.")
        problems.check()
        yield ConversationRecorded(self.with_whom, self.means, self.day, self.words)


DISCUSSIONS = Part(12, "Discussions", facts=(ConversationRecorded,), acts=(RecordConversation,))
