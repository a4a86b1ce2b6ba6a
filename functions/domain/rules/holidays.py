"""Deadlines: a newly proclaimed bank holiday moves the open ones, each with an event that says why.

Source: the procedure, "Deadlines". A day that a person set stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge, with_deadline, with_question
from domain.deadlines import Deadline, How, moved_in_words, recounted
from domain.events import Event, Fact
from domain.part import EVERYBODY, Part, Seen, Tell, Written
from domain.values import value
from domain.vocabulary import Audience, Letter

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = ["HOLIDAYS", "PERIOD_KEY", "REQUEST_KEY", "DeadlineMoved"]

#: The keys of two deadlines in ``DeadlineMoved.what``; a question's is its own ``key``.
PERIOD_KEY = "period"
REQUEST_KEY = "request"


def _it_is_the_deadline_to_reply(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, DeadlineMoved) and event.fact.what == REQUEST_KEY


@value
class DeadlineMoved(Fact):
    """The calendar changed, and with it a deadline. ``what`` is its key in the challenge."""

    what: str
    deadline: Deadline
    because: str

    news = "a deadline has moved"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _it_is_the_deadline_to_reply),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """It is due then."""
        if self.what == PERIOD_KEY:
            return replace(challenge, period=self.deadline)
        if self.what == REQUEST_KEY:
            number = challenge.request.number
            return with_deadline(challenge, number, How.HOLIDAY, self.deadline, event)
        return with_question(challenge, self.what, deadline=self.deadline)

    def line(self, seen: Seen) -> str:
        """Which moved from when to when."""
        before = seen.before()
        asked = before.question_by(self.what)
        what, old = {
            PERIOD_KEY: ("end of the resolution period", before.period),
            REQUEST_KEY: ("deadline to reply", before.request.deadline),
        }.get(self.what, ("deadline of a decision", asked.deadline if asked else None))
        moved = moved_in_words(old, self.deadline)
        return f"The bank holidays changed, and with them the {what}: {moved}"

    def written(self) -> Iterator[Written]:
        """Why, and the sum."""
        yield Written("Why", self.because, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


def _moved(challenge: Challenge, now: datetime, council: Council) -> Iterator[DeadlineMoved]:
    """The open deadlines that a newly proclaimed bank holiday moves, each with why."""
    open_deadlines = [(q.key, q.deadline) for q in challenge.questions]
    if challenge.open and challenge.period:
        open_deadlines.append((PERIOD_KEY, challenge.period))
    if challenge.awaiting_reply:
        open_deadlines.append((REQUEST_KEY, challenge.request.deadline))
    for what, deadline in open_deadlines:
        moved = recounted(deadline, council.calendar)
        if deadline.at > now and moved.day != deadline.day:
            yield DeadlineMoved(what, moved, f"The bank holidays changed. {moved.why}")


HOLIDAYS = Part(0, "Holidays", facts=(DeadlineMoved,), first=_moved)
