"""Rule 7, timescales revised: the SRSM revises the reply's deadline, with a reason.

Only the Senior IRO Manager can revise it a second time. The first deadline stays visible and the
resolution period does not move. The IRO may object, on the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.challenge import Challenge, settle, with_deadline, with_request
from domain.deadlines import Deadline, How, deadline_by_hand, moved_in_words
from domain.errors import NotAllowedError
from domain.events import AboutRequest, Event
from domain.part import EVERYBODY, Command, Hand, If, May, Part, Problems, Seen, Tell, Written
from domain.values import value
from domain.vocabulary import AWAITING, OPEN, Audience, Capacity, Letter, Purpose, Standing

__all__ = [
    "REVISING",
    "DeadlineRevised",
    "Object",
    "Objected",
    "ReviseDeadline",
    "may_be_revised",
]


def _is_silent(challenge: Challenge) -> bool:
    question = challenge.question
    return question is not None and question.purpose is Purpose.DECIDE_SILENCE


def may_be_revised(challenge: Challenge) -> bool:
    """Whether there is a deadline to revise: a reply is due, or was just missed."""
    return challenge.awaiting_reply or _is_silent(challenge)


@value
class DeadlineRevised(AboutRequest):
    """A manager revised the reply's deadline, with a reason."""

    request: int
    deadline: Deadline
    reason: str

    news = "the deadline has changed"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.INFORMED),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the new deadline, and without the question about a missed one."""
        request = challenge.request_number(self.request)
        if request is None:
            return challenge
        after = with_deadline(challenge, self.request, How.REVISED, self.deadline, event)
        after = with_request(after, self.request, missed=False, revisions=request.revisions + 1)
        return settle(after) if _is_silent(challenge) else after

    def line(self, seen: Seen) -> str:
        """Return who moved it, from when to when."""
        before = seen.before().request_number(self.request)
        moved = moved_in_words(before.deadline if before else None, self.deadline)
        return f"{seen.who} revised the deadline to reply: {moved}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and who set the date."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


_AT = (*AWAITING, Standing.IRO_TO_DECIDE)
_NOT_REVISED_YET = If(
    "the deadline has not been revised before (rule 7)",
    lambda challenge, _council: challenge.request.revisions == 0,
)
_REVISED = If(
    "the deadline has been revised (rule 7)",
    lambda challenge, _council: challenge.request.revisions > 0,
)


@value
class ReviseDeadline(Command):
    """Revise the reply's deadline to the end of ``day``."""

    day: date
    reason: str

    called = "Revise the deadline"
    who = (
        May(Capacity.SRSM, _AT, _NOT_REVISED_YET),
        May(Capacity.SENIOR_IRO_MANAGER, _AT, _REVISED),
    )
    settles = (Purpose.DECIDE_SILENCE,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[DeadlineRevised]:
        """Yield the new deadline."""
        request, problems = challenge.request, Problems()
        problems.need("reason", self.reason, "Enter why you are revising the deadline.")
        problems.need_working_day("day", self.day, hand)
        same = self.day == request.deadline.day
        problems.refuse_if("day", same, "This is the deadline already. Enter another date.")
        if not may_be_revised(challenge):
            message = "The challenge is not waiting for a reply, so there is no deadline to revise."
            raise NotAllowedError(message)
        problems.check()
        deadline = deadline_by_hand(self.day, hand.actor.name)
        yield DeadlineRevised(request.number, deadline, self.reason)


@value
class Objected(AboutRequest):
    """The IRO objected to a revision, on the record."""

    request: int
    words: str

    news = "the IRO objects to the new deadline"
    told = (Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the objection added to the request."""
        request = challenge.request_number(self.request)
        if request is None:
            return challenge
        return with_request(challenge, self.request, objections=(*request.objections, self.words))

    def line(self, seen: Seen) -> str:
        """Return who objected."""
        return f"{seen.who} objected to the revised deadline"

    def written(self) -> Iterator[Written]:
        """Yield their words."""
        yield Written("In their words", self.words, EVERYBODY)


@value
class Object(Command):  # the procedure's word
    """Object to a revision, on the record, as the IRO."""

    words: str

    called = "Object to the revised deadline"
    who = (May(Capacity.IRO, OPEN, _REVISED),)
    settles = ()

    def follows(self, challenge: Challenge, _hand: Hand) -> Iterator[Objected]:
        """Yield the objection."""
        problems = Problems()
        problems.need("words", self.words, "Enter why you object.")
        problems.check()
        yield Objected(challenge.request.number, self.words)


REVISING = Part(
    7,
    "Timescales revised",
    facts=(DeadlineRevised, Objected),
    acts=(ReviseDeadline, Object),
)
