"""Rule 12, notes: somebody in the challenge writes to the IRO. A note is not a reply.

Notes are taken after the end too, from those who may see the challenge then (rule 16).
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.challenge import Challenge
from domain.events import Event, Fact
from domain.part import EVERYBODY, Command, Hand, May, Part, Problems, Seen, Tell, Written
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Standing

__all__ = ["NOTES", "Noted", "WriteNote"]


@value
class Noted(Fact):
    """Somebody in the challenge wrote to the IRO."""

    words: str

    news = "a note for the IRO has come"
    told = (
        Tell(Audience.WHO_DID_IT, Letter.NOTED),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it as it is."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who wrote it."""
        return f"{seen.who} wrote a note"

    def written(self) -> Iterator[Written]:
        """Yield the note."""
        yield Written("In their words", self.words, EVERYBODY)


#: Who reads the record, but writes no notes: everybody who sees the challenge reads those, so no
#: lawyer's words go there (rule 11).
_WRITE_NONE = {
    *(Capacity.INFORMED_BEFORE, Capacity.ASSISTANT_DIRECTOR),
    *(Capacity.LAWYER, Capacity.NEIGHBOUR_LAWYER),
}


@value
class WriteNote(Command):
    """Write to the IRO, without replying."""

    words: str

    called = "Write a note"
    who = tuple(
        May(who, OPEN if who is Capacity.RESPONDER else tuple(Standing))
        for who in Capacity
        if who in EVERYBODY - _WRITE_NONE
    )
    settles = ()

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[Noted]:
        """Yield the note."""
        problems = Problems()
        problems.need("words", self.words, "Enter your note.")
        problems.check()
        yield Noted(self.words)


NOTES = Part(12, "Notes", facts=(Noted,), acts=(WriteNote,))
