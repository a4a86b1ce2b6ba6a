"""Rule 15, an IRO who leaves: the SRSM is asked to appoint another one for each challenge.

An IRO has left when the directory says that they hold no post of an IRO any more, nor the SRSM's,
who may be one. That stops nothing. Whoever oversees the challenge appoints another IRO, for one
challenge or for all of them in one step. If the IRO is back in the directory before that, nobody is
asked any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, ask, settle
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.part import EVERYBODY, Part, Seen, Tell, Written, on
from domain.rules.appointing import IroAppointed
from domain.values import value
from domain.vocabulary import WAKES_ENDED, Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = ["LEAVING", "IroIsBack", "IroLeft"]

#: The key of the question who the IRO is from now on.
_KEY = "appoint-iro"


@value
class IroLeft(Fact):
    """``iro`` (an officer's id) is no IRO of this council any more: another is due by then."""

    iro: str
    appoint_by: Deadline

    news = "another IRO has to be appointed"
    told = (Tell(Audience.SRSM, Letter.DECIDE, at_once=True), Tell(Audience.SENIOR))

    @property
    def asks_once(self) -> str:
        """The IRO: one email leads to the list of all their challenges."""
        return f"left-{self.iro}"

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the SRSM asked to appoint another IRO; nothing stops for that."""
        return ask(
            *(challenge, Purpose.APPOINT_IRO, self.appoint_by, event, _KEY),
            outlives=not challenge.open,
            whose=Capacity.SRSM,
        )

    def line(self, seen: Seen) -> str:
        """Return who has left."""
        return f"{seen.officer(self.iro)} is no longer an IRO of this council"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("Another IRO to be appointed by", self.appoint_by.why, EVERYBODY)


@value
class IroIsBack(Fact):
    """The directory has ``iro`` (an officer's id) as an IRO again, before another was appointed."""

    iro: str

    news = "the IRO is back"
    told = (Tell(Audience.SRSM),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it without the question who the IRO is."""
        return settle(challenge, _KEY)

    def line(self, seen: Seen) -> str:
        """Return who is back."""
        return f"{seen.officer(self.iro)} is an IRO of this council again"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _appointed(_fact: IroAppointed, challenge: Challenge, _event: Event) -> Challenge:
    return settle(challenge, _KEY)


def _first(challenge: Challenge, now: datetime, council: Council) -> Iterator[Fact]:
    """Yield that the IRO has left, or is back, once each time."""
    left, asked = council.directory.has_left(challenge.iro), challenge.question_by(_KEY)
    to_do = challenge.open or challenge.standing in WAKES_ENDED
    if left and to_do and asked is None:
        yield IroLeft(challenge.iro, council.within(council.procedure.appoint_within, now))
    if asked is not None and not left:
        yield IroIsBack(challenge.iro)


LEAVING = Part(
    15,
    "An IRO who leaves",
    facts=(IroLeft, IroIsBack),
    changes=(on(IroAppointed, _appointed),),
    first=_first,
)
