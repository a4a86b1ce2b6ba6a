"""Rule 1, entry: the IRO raises a challenge at QAP or at any formal stage.

By urgency and the level that can decide. Somebody who covers for an IRO raises it for that IRO,
whose challenge it is; who typed it is recorded beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.events import Event, Fact
from domain.form import Form
from domain.part import EVERYBODY, Part, Seen, Tell, Written
from domain.values import value
from domain.vocabulary import Audience, Letter

if TYPE_CHECKING:
    from domain.challenge import Challenge

__all__ = ["ENTRY", "Raised"]


def _it_came_by_email(_challenge: Challenge, event: Event) -> bool:
    return event.by_email


@value
class Raised(Form, Fact):
    """The IRO raised the challenge, with this form. The record begins with it."""

    news = "a challenge was raised"
    # How it was raised is told with the stage that begins with it, but to whom has only an email
    # in hand: they learn that it was received, and under which reference.
    told = (Tell(Audience.WHO_DID_IT, Letter.RAISED, _it_came_by_email),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Nothing: a challenge begins as its form says."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Who raised it, and where."""
        return f"{seen.who} raised the challenge at {seen.stage(self.entry)}"

    def written(self) -> Iterator[Written]:
        """The form's words; the concerns are shown apart."""
        yield Written("Why at this stage", self.entry_reason, EVERYBODY)
        yield Written("What was tried", self.tried, EVERYBODY)
        yield Written("The child's views", self.views, EVERYBODY)


ENTRY = Part(1, "Entry", facts=(Raised,))
