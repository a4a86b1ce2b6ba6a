"""Rule 15, posts: what happens when somebody else should reply.

*Not mine* is not a reply: the IRO asks somebody else, with the days that are left. If the request
reached nobody (``domain/rules/serving.py``), the SRSM names somebody. Nobody replies to a challenge
that they raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Request, Returned, ask, settle, superseded, with_request
from domain.deadlines import Deadline, How
from domain.errors import AlreadyAnsweredError, NotAllowedError
from domain.events import AboutRequest, Event
from domain.moments import day_in_words
from domain.part import EVERYBODY, Command, Hand, If, May, Part, Problems, Rung, Seen, Tell, Written
from domain.people import may_answer, people_asked, posts_in_words
from domain.rules.stages import new_request
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date

    from domain.council import Council
    from domain.directory import Post

__all__ = [
    "POSTS",
    "NotMine",
    "NotThisPost",
    "Reassign",
    "Reassigned",
    "SayNotMine",
    "posts_to_name",
    "question_put_to",
]


@value
class NotMine(AboutRequest):
    """A responder said that this is not theirs. The IRO asks somebody else by ``reassign_by``."""

    request: int
    words: str
    reassign_by: Deadline | None = None

    news = "somebody else has to be asked"
    told = (
        Tell(Audience.WHO_DID_IT, Letter.THANK_YOU),
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked who should reply, if this is the current request."""
        if self.reassign_by is None:
            return challenge
        after = with_request(challenge, self.request, returned=Returned.NOT_MINE)
        return ask(after, Purpose.REASSIGN, self.reassign_by, event)

    def line(self, seen: Seen) -> str:
        """Return who said so."""
        return f"{seen.who} says that this is not theirs to answer"

    def written(self) -> Iterator[Written]:
        """Yield their words, and the sum behind the IRO's deadline."""
        yield Written("In their words", self.words, EVERYBODY)
        if self.reassign_by:
            yield Written("To be reassigned by", self.reassign_by.why, EVERYBODY)


@value
class Reassigned(AboutRequest):
    """``post`` was asked instead, by request ``request``, with the days that were left."""

    request: int
    post: str
    reason: str
    deadline: Deadline

    news = "it was put to somebody else"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY),
        Tell(Audience.EVERYONE_ASKED),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with another request in place of the current one."""
        old = challenge.request
        ledger = old.ledger.entered(How.REASSIGNED, self.deadline, event.number)
        after = new_request(
            *(superseded(settle(challenge)), self.request, event, old.stage),
            *((self.post,), self.deadline),
        )
        return with_request(
            after,
            self.request,
            again=old.again,
            ledger=ledger,
            revisions=old.revisions,
        )

    def line(self, seen: Seen) -> str:
        """Return who was asked, to reply by when."""
        due = day_in_words(self.deadline.day)
        asked = posts_in_words((self.post,), seen.council)
        return f"The question was put to {asked} instead, to reply by the end of {due}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


# What people do ----------------------------------------------------------------------------------


def question_put_to(hand: Hand, challenge: Challenge, number: int) -> Request:
    """Return the request of this number.

    Raise ``NotAllowedError`` if somebody else was asked since, or if it is not for this officer.
    """
    request = challenge.request_number(number)
    if request is None or request.superseded:
        message = "Somebody else has been asked instead. You do not need to do anything."
        raise NotAllowedError(message)
    if not may_answer(request, challenge, hand.actor.officer, hand.council, hand.today):
        message = (
            "This question is for a post that you do not hold or cover today. Somebody who does "
            "can reply."
        )
        raise NotAllowedError(message)
    return request


@value
class SayNotMine(Command):
    """Say *not mine*: this is not a reply, and the IRO has to ask somebody else."""

    request: int
    words: str

    called = "Say that it is not yours"
    who = (May(Capacity.RESPONDER, OPEN),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[NotMine]:
        """Yield it, with a date for the IRO if this is the current request."""
        problems = Problems()
        sentence = "Enter why this is not yours, and whose it is if you know."
        problems.need("words", self.words, sentence)
        problems.check()
        request = question_put_to(hand, challenge, self.request)
        if request.answered:
            message = "This question has already been answered. You do not need to do anything."
            raise AlreadyAnsweredError(message)
        present = request.number == challenge.request.number and challenge.awaiting_reply
        within = hand.council.procedure.reassign_within
        by = hand.council.within(within, hand.now) if present else None
        yield NotMine(request.number, self.words, by)


def _nobody_asked(challenge: Challenge, _council: Council) -> bool:
    question = challenge.question
    if question is None:
        return False
    return question.purpose is Purpose.NAME_SOMEBODY or question.chased > 0


_NOBODY_ASKED = If(
    "nobody could be asked, or the IRO is late in naming somebody (rule 15)", _nobody_asked
)
_TO_NAME = (Standing.TO_BE_REASSIGNED,)


def posts_to_name(challenge: Challenge, council: Council, today: date) -> tuple[Post, ...]:
    """Return the posts that may be asked instead: on the ladder, with somebody who may reply today.

    The posts of the child's own team come first.
    """
    team = challenge.area.team
    found = (
        post
        for post in council.directory.posts.values()
        if post.role in council.ladder.responders
        and people_asked(challenge, post.id, council, today)
    )
    return tuple(sorted(found, key=lambda post: (not post.serves(team), post.title)))


class NotThisPost(StrEnum):
    """Why a post cannot be asked instead."""

    NOT_OF_THE_LADDER = "Choose the post that should reply."
    VACANT = "Nobody holds or covers that post today. Choose another post."
    THEIR_OWN = "Nobody can reply to a challenge that they raised. Choose another post."


@value
class Reassign(Command):
    """Ask ``post`` (an id of the directory) instead."""

    post: str
    reason: str

    called = "Say who should reply"
    who = (
        May(Capacity.IRO, _TO_NAME),
        May(Capacity.SRSM, _TO_NAME, _NOBODY_ASKED),
        May(Capacity.SENIOR_IRO_MANAGER, _TO_NAME, _NOBODY_ASKED),
    )
    settles = (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Reassigned]:
        """Yield the new request, with the days that are left, or all if nobody was reached."""
        council, request = hand.council, challenge.request
        problems = Problems()
        chosen = self.post in {post.id for post in posts_to_name(challenge, council, hand.today)}
        problems.refuse_if("post", not chosen, self._refusal(hand))
        problems.need("reason", self.reason, "Enter why you chose this post.")
        problems.check()
        if request.returned is Returned.NOT_SERVED:
            deadline = council.within(council.ladder[challenge.stage].working_days, hand.now)
        else:
            least = council.within(council.procedure.days_left_at_least, hand.now)
            deadline = council.later_of(request.deadline, least)
        number = len(challenge.requests) + 1
        yield Reassigned(number, self.post, self.reason, deadline)

    def _refusal(self, hand: Hand) -> NotThisPost:
        """Return why the post may not be asked."""
        directory = hand.council.directory
        post = directory.posts.get(self.post)
        if post is None or post.role not in hand.council.ladder.responders:
            return NotThisPost.NOT_OF_THE_LADDER
        if not directory.people(self.post, hand.today):
            return NotThisPost.VACANT
        return NotThisPost.THEIR_OWN


def _to_be_named(challenge: Challenge) -> bool:
    question = challenge.question
    return question is not None and question.purpose in (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)


POSTS = Part(
    15,
    "Posts",
    facts=(NotMine, Reassigned),
    acts=(SayNotMine, Reassign),
    rungs=(
        Rung(
            Standing.TO_BE_REASSIGNED,
            "To be reassigned",
            "Needs someone to reply",
            _to_be_named,
        ),
    ),
)
