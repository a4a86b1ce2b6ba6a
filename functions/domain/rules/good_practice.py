"""Rule 18, good practice: the form records recognition instead of a concern.

The social worker and the team manager are told, and read it. It has no deadline: nobody is asked
for anything, and the ladder is not begun. It is counted. It ends as it begins, so little can be
done in it afterwards: ``domain.permissions.OF_PRAISE``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge
from domain.events import Event, Fact
from domain.form import Way
from domain.part import If, Mark, Part, Seen, Tell, Written
from domain.values import value
from domain.vocabulary import Audience, Outcome

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["GOOD_PRACTICE", "GOOD_PRACTICE_MARK", "RECOGNISES", "GoodPracticeRecorded", "is_praise"]

#: The key of the mark of records of good practice.
GOOD_PRACTICE_MARK = "good_practice"


def is_praise(challenge: Challenge) -> bool:
    """Whether it records good practice, and challenges nobody."""
    return challenge.raised.way is Way.GOOD_PRACTICE


#: The condition for those who hear about it to read it, although it has ended.
RECOGNISES = If("it records good practice (rule 18)", lambda challenge, _: is_praise(challenge))


@value
class GoodPracticeRecorded(Fact):
    """Good practice was recorded, and with that the record has ended."""

    news = "good practice was recorded"
    told = (Tell(Audience.ASKED), Tell(Audience.IRO))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it ended, with nothing asked of anybody."""
        return replace(challenge, outcome=Outcome.GOOD_PRACTICE, ended_at=event.effective)

    def line(self, seen: Seen) -> str:
        """Return who recorded it."""
        return f"{seen.who} recorded good practice"

    def written(self) -> Iterator[Written]:
        """Yield nothing: the words are in the form."""
        yield from ()


def _ended_at(challenge: Challenge) -> datetime | None:
    return challenge.ended_at


GOOD_PRACTICE = Part(
    18,
    "Good practice",
    facts=(GoodPracticeRecorded,),
    marks=(Mark(GOOD_PRACTICE_MARK, "Good practice", is_praise, listed_at=_ended_at),),
)
