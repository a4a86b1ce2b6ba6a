"""Rule 15, posts: what happens when somebody else should reply.

*Not mine* is not a reply: the IRO asks somebody else, of that stage's role or above. It can be said
twice at one stage. The first reassignment gives the days that are left, and at least two; another
gives no more days. If the request reached nobody (``domain/rules/serving.py``), the SRSM names
somebody. Who names somebody when time passes is in ``domain/rules/naming.py``.

If several posts are asked, as at QAP, the others still have to reply by the same time; whoever is
named beside them has the same time. Nobody replies to a challenge that they raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import (
    Challenge,
    Request,
    Returned,
    ask,
    settle,
    start_clock,
    superseded,
    with_request,
)
from domain.deadlines import Deadline, How
from domain.errors import AlreadyAnsweredError, NotAllowedError
from domain.events import AboutRequest, Event
from domain.ladder import Role
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Written,
)
from domain.people import may_answer, people_asked, posts_in_words
from domain.rules.stages import new_request
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.council import Council
    from domain.directory import Post

__all__ = [
    "BESIDE_KEY",
    "POSTS",
    "WAITS_KEY",
    "NotMine",
    "NotThisPost",
    "Reassign",
    "Reassigned",
    "SayNotMine",
    "days_for_whoever_is_named",
    "may_be_said",
    "posts_to_name",
    "question_put_to",
]

#: How often *not mine* can be said at one stage.
_AT_MOST = 2

#: The key of the question who replies, while others who were asked still have to.
BESIDE_KEY = "reassign"

#: The key of the date until which the challenge waits for somebody to be named.
WAITS_KEY = "reassign-wait"


@value
class NotMine(AboutRequest):
    """A responder said that this is not theirs. The IRO asks somebody else by ``reassign_by``.

    ``others`` are the posts that were asked too, and still have to reply. If there are none, the
    challenge does not move up by itself before ``waits_until``.
    """

    request: int
    words: str
    reassign_by: Deadline | None = None
    waits_until: Deadline | None = None
    others: tuple[str, ...] = ()

    news = "somebody else has to be asked"
    told = (
        Tell(Audience.WHO_DID_IT, Letter.THANK_YOU),
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked who should reply, if this is the current request."""
        request = challenge.request_number(self.request)
        if self.reassign_by is None or request is None:
            return challenge
        if self.others:
            not_theirs = frozenset(request.posts) - frozenset(self.others)
            after = with_request(challenge, self.request, not_mine=not_theirs)
            return ask(after, Purpose.REASSIGN, self.reassign_by, event, BESIDE_KEY)
        after = with_request(
            settle(challenge, BESIDE_KEY),
            self.request,
            returned=Returned.NOT_MINE,
            not_mine=frozenset(),
        )
        after = ask(after, Purpose.REASSIGN, self.reassign_by, event)
        if self.waits_until is None:
            return after
        called = "the date until which it waits for somebody to be named"
        return start_clock(after, WAITS_KEY, called, self.waits_until, event)

    def line(self, seen: Seen) -> str:
        """Return who said so."""
        return f"{seen.who} says that this is not theirs to answer"

    def written(self) -> Iterator[Written]:
        """Yield their words, and the sum behind the IRO's deadline."""
        yield Written("In their words", self.words, EVERYBODY)
        if self.reassign_by:
            yield Written("To be reassigned by", self.reassign_by.why, EVERYBODY)
        if self.waits_until:
            yield Written("Waits for a name until", self.waits_until.why, EVERYBODY)


def _it_is_a_new_request(challenge: Challenge, event: Event) -> bool:
    """Whether it is not asked beside others, who have their request already."""
    return any(request.event == event.number for request in challenge.requests)


@value
class Reassigned(AboutRequest):
    """``post`` was asked instead, by request ``request``, with the days that were left.

    If other posts still have to reply (``others``), it joins them in the same request.
    """

    request: int
    post: str
    reason: str
    deadline: Deadline
    others: tuple[str, ...] = ()

    news = "it was put to somebody else"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _it_is_a_new_request),
        Tell(Audience.EVERYONE_ASKED),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with another request in place of the current one, or with one more asked."""
        if self.others:
            posts = tuple(dict.fromkeys((*self.others, self.post)))
            after = with_request(challenge, self.request, posts=posts, not_mine=frozenset())
            return settle(after, BESIDE_KEY)
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
        request = challenge.request_number(self.request)
        if request and request.number == challenge.request.number:
            problems.refuse_if("answer", not may_be_said(challenge), _SAID_TWICE)
        problems.check()
        request = question_put_to(hand, challenge, self.request)
        if request.answered:
            message = "This question has already been answered. You do not need to do anything."
            raise AlreadyAnsweredError(message)
        present = request.number == challenge.request.number and challenge.awaiting_reply
        if not present:
            yield NotMine(request.number, self.words)
            return
        council, procedure = hand.council, hand.council.procedure
        others = self._others(request, challenge, hand)
        by = council.within(procedure.reassign_within, hand.now)
        until = council.within(procedure.waits_for_a_name_at_most, hand.now)
        yield NotMine(request.number, self.words, by, None if others else until, others)

    def _others(self, request: Request, challenge: Challenge, hand: Hand) -> tuple[str, ...]:
        """Return the posts that were asked too, where somebody else may reply today.

        Raise ``NotAllowedError`` for somebody who may reply without having been asked.
        """
        council, today = hand.council, hand.today
        held = {post.id for post in council.directory.posts_held(hand.actor.officer, today)}
        if held.isdisjoint(request.to_reply):
            message = (
                "Nobody is waiting for you: others have been asked to reply. You do not need to do "
                "anything."
            )
            raise NotAllowedError(message)
        return tuple(
            post
            for post in request.to_reply
            if post not in held and people_asked(challenge, post, council, today)
        )


_SAID_TWICE = (
    "“Not mine” has been said twice at this stage, and cannot be said again. Choose another answer."
)


def may_be_said(challenge: Challenge) -> bool:
    """Whether *not mine* can be said once more at the present stage."""
    said = (
        challenge.request_number(event.fact.request)
        for event in challenge.events
        if isinstance(event.fact, NotMine) and event.fact.reassign_by
    )
    times = sum(request.stage is challenge.stage for request in said if request)
    return times < _AT_MOST


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
    """Return the posts that may be asked instead, with somebody who may reply today.

    They are of the stage's role or above. The posts of the child's own team come first. While
    others still have to reply, theirs are left out.
    """
    team = challenge.area.team
    roles = council.ladder.from_stage_up(challenge.stage)
    asked = challenge.request.to_reply if challenge.question_by(BESIDE_KEY) else ()
    found = (
        post
        for post in council.directory.posts.values()
        if post.role in roles
        and post.id not in asked
        and people_asked(challenge, post.id, council, today)
    )
    return tuple(sorted(found, key=lambda post: (not post.serves(team), post.title)))


class NotThisPost(StrEnum):
    """Why a post cannot be asked instead."""

    NOT_OF_THE_LADDER = "Choose the post that should reply."
    BELOW = "Choose a post of this stage’s role, or above it."
    ASKED = "That post has been asked already. Choose another post."
    VACANT = "Nobody holds or covers that post today. Choose another post."
    THEIR_OWN = "Nobody can reply to a challenge that they raised. Choose another post."


@value
class Reassign(Command):
    """Ask ``post`` (an id of the directory) instead."""

    post: str
    reason: str

    called = "Say who should reply"
    who = (
        Asked(),
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
        problems.refuse_if("post", not chosen, self._refusal(challenge, hand))
        problems.need("reason", self.reason, "Enter why you chose this post.")
        problems.check()
        deadline = days_for_whoever_is_named(challenge, hand.now, council)
        if challenge.question_by(BESIDE_KEY):
            others = request.to_reply
            yield Reassigned(request.number, self.post, self.reason, deadline, others)
        else:
            number = len(challenge.requests) + 1
            yield Reassigned(number, self.post, self.reason, deadline)

    def _refusal(self, challenge: Challenge, hand: Hand) -> NotThisPost:
        """Return why the post may not be asked."""
        directory, ladder = hand.council.directory, hand.council.ladder
        post = directory.posts.get(self.post)
        if post is None or post.role not in ladder.responders | {Role.DIRECTOR}:
            return NotThisPost.NOT_OF_THE_LADDER
        if post.role not in ladder.from_stage_up(challenge.stage):
            return NotThisPost.BELOW
        if post.id in challenge.request.to_reply and challenge.question_by(BESIDE_KEY):
            return NotThisPost.ASKED
        if not directory.people(self.post, hand.today):
            return NotThisPost.VACANT
        return NotThisPost.THEIR_OWN


def days_for_whoever_is_named(challenge: Challenge, now: datetime, council: Council) -> Deadline:
    """Return the deadline of whoever is asked instead ``now``.

    If the request had reached nobody, they have the stage's full time. Otherwise they have the days
    that are left: the first one named at a stage at least two, any other only today if none is
    left. Beside others who still have to reply they have the same time.
    """
    request = challenge.request
    if challenge.question_by(BESIDE_KEY):
        return request.deadline
    if request.returned is Returned.NOT_SERVED:
        return council.within(council.ladder[challenge.stage].working_days, now)
    first = not any(
        one.superseded and one.returned is Returned.NOT_MINE
        for one in challenge.requests
        if one.stage is challenge.stage
    )
    least = council.procedure.days_left_at_least if first else 0
    return council.later_of(request.deadline, council.within(least, now))


POSTS = Part(15, "Posts", facts=(NotMine, Reassigned), acts=(SayNotMine, Reassign))
