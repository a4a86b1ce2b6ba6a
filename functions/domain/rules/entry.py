"""Rule 1, entry: the IRO raises a challenge at QAP or at any formal stage.

They choose the stage by urgency and the level that can decide, and say whether the child's human
rights may have been breached. Somebody who covers for an IRO raises it for that IRO, whose
challenge it is; the event says who typed it.

Guidance: G26, G27, G28, G29, G45, G46, G48, G71.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.events import Event, Fact
from domain.form import Form, RightsBreached
from domain.part import EVERYBODY, Part, Seen, Tell, Written
from domain.rules.childs_rights import answers_written
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.council import Council

__all__ = ["ENTRY", "THE_FORM", "Raised", "as_raiser"]

#: The number of the event that holds the form: the child's details, and what is wrong.
THE_FORM = 1


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
        """Return who raised it, for whom if they cover, at which stage, and what it continues."""
        covers = seen.event.actor.officer != self.iro
        whose = f" for {seen.officer(self.iro)}" if covers else ""
        if self.good_practice:
            return f"{seen.who} filled in a form{whose} about good practice"
        again = f", which continues {self.continues}" if self.continues else ""
        return f"{seen.who} raised the challenge{whose} at {seen.stage(self.entry)}{again}"

    def written(self) -> Iterator[Written]:
        """Yield the form's words, without the concerns, which are shown separately."""
        if self.good_practice:
            yield Written("What was done well", self.good_practice.what, EVERYBODY)
            yield Written("The difference it made", self.good_practice.difference, EVERYBODY)
        yield Written("Why at this stage", self.entry_reason, EVERYBODY)
        yield Written("What was tried", self.tried, EVERYBODY)
        yield Written("The child’s views", self.views, EVERYBODY)
        asked = self.rights_breached is not RightsBreached.NOT_ASKED
        rights = str(self.rights_breached) if asked else ""
        yield Written("Human rights may have been breached", rights, EVERYBODY)
        yield Written("Why it is too late then", self.urgency.why, EVERYBODY)
        yield from answers_written(self.childs_rights)
        if self.before:
            done = (
                ("The child's file was checked", self.before.file_checked),
                ("The relevant documents were read", self.before.documents_read),
                ("The child was consulted", self.before.child_consulted),
            )
            for label, was_done in done:
                yield Written(label, "Yes" if was_done else "No", EVERYBODY)
            yield Written("Why not", self.before.why_not, EVERYBODY)


def as_raiser(iro: str, officer: str, council: Council) -> str:
    """Return in what capacity ``officer`` raises the challenge of ``iro`` (ids)."""
    covered = council.directory.officers.get(iro)
    if iro == officer or covered is None:
        return str(Capacity.IRO)
    return f"covering for {covered.name}, {Capacity.IRO}"


ENTRY = Part(1, "Entry", facts=(Raised,))
