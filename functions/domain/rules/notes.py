"""Rule 12, notes: somebody who belongs to the challenge writes to the IRO. It answers nothing."""

from __future__ import annotations

from collections.abc import Iterator

from domain.challenge import Challenge
from domain.events import UNANSWERED, Event, Fact
from domain.part import EVERYBODY, Command, Hand, May, Part, Problems, Seen, Tell, Written
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter

__all__ = ["NOTES", "Noted", "WriteNote"]


def _it_came_by_email(_challenge: Challenge, event: Event) -> bool:
    return event.by_email


def _it_is_not_the_iros_own_email_without_receipt(challenge: Challenge, event: Event) -> bool:
    """Whether it is not the IRO who wrote it, in one of more emails than are answered in a day."""
    return event.actor.via != UNANSWERED or event.actor.officer != challenge.iro


@value
class Noted(Fact):
    """Somebody who belongs to the challenge wrote to the IRO. It answers nothing."""

    words: str

    news = "a note for the IRO has come"
    told = (
        Tell(Audience.WHO_DID_IT, Letter.NOTED, _it_came_by_email),
        Tell(Audience.IRO, when=_it_is_not_the_iros_own_email_without_receipt),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Nothing."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Who wrote it."""
        return f"{seen.who} wrote a note"

    def written(self) -> Iterator[Written]:
        """The note."""
        yield Written("In their words", self.words, EVERYBODY)


@value
class WriteNote(Command):
    """Somebody who belongs to the challenge writes to the IRO, and answers nothing by it."""

    words: str

    called = "Write a note"
    who = tuple(May(who, OPEN) for who in Capacity)
    settles = ()

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[Noted]:
        """It is on the record."""
        problems = Problems()
        problems.need("words", self.words, "Enter what the IRO should know.")
        problems.check()
        yield Noted(self.words)


NOTES = Part(12, "Notes", facts=(Noted,), acts=(WriteNote,))
