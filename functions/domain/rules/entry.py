"""Rule 1, entry: the IRO raises a challenge at QAP or at any formal stage.

They choose the stage by urgency and the level that can decide. Somebody who covers for an IRO
raises it in that IRO's name, and is recorded as the person who typed it.
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


@value
class Raised(Form, Fact):
    """The IRO raised the challenge with this form. It is the first event of a record."""

    news = "a challenge was raised"
    # Those who raised it by email have only the email: they get a receipt with the reference. The
    # email about the first stage covers everybody else.
    told = (Tell(Audience.WHO_DID_IT, Letter.RAISED),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it as it is: a challenge begins as its form says."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who raised it, and at which stage."""
        return f"{seen.who} raised the challenge at {seen.stage(self.entry)}"

    def written(self) -> Iterator[Written]:
        """Yield the form's words, without the concerns, which are shown separately."""
        yield Written("Why at this stage", self.entry_reason, EVERYBODY)
        yield Written("What was tried", self.tried, EVERYBODY)
        yield Written("The child's views", self.views, EVERYBODY)


ENTRY = Part(1, "Entry", facts=(Raised,))
