"""Rule 15, a child who moves to another team or social worker while the challenge goes on.

The IRO records it and says whether the present question goes to the new area, with the days that
are left and at least two, or stays with those who were asked. The new social worker and managers
are informed from then on. Those before read the record up to the move, and may still answer what
they were asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Area, Challenge, settle, superseded, with_request
from domain.deadlines import Deadline, How
from domain.events import AboutRequest, Event
from domain.ladder import Role
from domain.moments import day_in_words
from domain.part import EVERYBODY, Command, Hand, May, Part, Problems, Seen, Tell, Written
from domain.people import AREAS_BEFORE, AreaBefore, posts_in_words
from domain.rules.stages import new_request
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from domain.council import Council

__all__ = ["MOVING", "ChildMoved", "MoveChild", "goes_to"]


def _the_question_goes_with_them(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, ChildMoved) and bool(event.fact.posts)


def _the_question_stays(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, ChildMoved) and not event.fact.posts


@value
class ChildMoved(AboutRequest):
    """The child moved to ``team``, where ``social_worker`` (a post) is responsible.

    If the question goes to the new area, ``posts`` are asked it there, by request ``request``, due
    at ``deadline``. Otherwise ``posts`` is empty and ``request`` is the one that stays.
    """

    team: str
    social_worker: str
    request: int
    posts: tuple[str, ...] = ()
    deadline: Deadline | None = None

    news = "the child has moved to another team or social worker"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _the_question_goes_with_them),
        Tell(Audience.ASKED, when=_the_question_stays),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.INFORMED, at_once=True),
        Tell(Audience.BELOW, at_once=True),
        Tell(
            Audience.AREA_BEFORE,
            adds="You can read the record up to this day, and still answer what you were asked.",
        ),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it in the new area, with the new area asked if the question goes there."""
        before = AreaBefore(challenge.area, event.number)
        moved = replace(challenge, moved_to=Area(self.team, self.social_worker))
        moved = moved.keep(AREAS_BEFORE, (*challenge[AREAS_BEFORE], before))
        if self.deadline is None:
            return moved
        old = challenge.request
        ledger = old.ledger.entered(How.REASSIGNED, self.deadline, event.number)
        after = new_request(
            *(superseded(settle(moved)), self.request, event, old.stage),
            *(self.posts, self.deadline),
        )
        return with_request(
            after, self.request, again=old.again, ledger=ledger, revisions=old.revisions
        )

    def line(self, seen: Seen) -> str:
        """Return where the child has moved, and who is asked from now on."""
        same_team = seen.before().area.team == self.team
        moved = (
            f"The child has {'another social worker in' if same_team else 'moved to'} {self.team}"
        )
        if self.deadline is None:
            return f"{moved}. Those who were asked to reply still have to"
        asked, due = posts_in_words(self.posts, seen.council), day_in_words(self.deadline.day)
        return f"{moved}. The question goes to {asked}, to reply by the end of {due}"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the deadline."""
        if self.deadline:
            yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


# What people do ----------------------------------------------------------------------------------


def goes_to(challenge: Challenge, area: Area, council: Council) -> tuple[str, ...]:
    """Return the posts of ``area`` that would be asked the present question instead.

    None if nobody is asked now, or if the same posts are responsible for both areas.
    """
    question = challenge.question
    to_name = (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)
    nobody_yet = question is not None and question.purpose in to_name
    if challenge.request.reply or not (challenge.awaiting_reply or nobody_yet):
        return ()
    posts = council.asked_at(replace(challenge, moved_to=area), challenge.stage)
    return posts if {*posts} != {*challenge.request.posts} else ()


@value
class MoveChild(Command):
    """Record that the child moved to ``team`` and ``social_worker`` (a post of that team).

    ``question_goes`` says whether the present question goes to the new area.
    """

    team: str
    social_worker: str
    question_goes: bool | None = None

    called = "Record that the child moved"
    who = (May(Capacity.IRO, OPEN),)
    settles = (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ChildMoved]:
        """Yield the move."""
        problems, council = Problems(), hand.council
        directory, area = council.directory, Area(self.team, self.social_worker)
        problems.refuse_if("team", self.team not in directory.teams, "Choose the child’s new team.")
        workers = {post.id for post in directory.posts_of(Role.SOCIAL_WORKER, self.team)}
        wrong = self.social_worker not in workers
        sentence = "Choose a social worker of the child’s new team."
        problems.refuse_if("social_worker", wrong, sentence)
        same = area == challenge.area
        sentence = "This is the child’s team and social worker already. Choose another."
        problems.refuse_if("social_worker", same, sentence)
        problems.check()
        posts = goes_to(challenge, area, council)
        sentence = "Choose who should answer the question that is open now."
        problems.refuse_if("question", bool(posts) and self.question_goes is None, sentence)
        problems.check()
        if not (posts and self.question_goes):
            yield ChildMoved(self.team, self.social_worker, challenge.request.number)
            return
        least = council.within(council.procedure.days_left_at_least, hand.now)
        deadline = council.later_of(challenge.request.deadline, least)
        number = len(challenge.requests) + 1
        yield ChildMoved(self.team, self.social_worker, number, posts, deadline)


MOVING = Part(15, "A child who moves", facts=(ChildMoved,), acts=(MoveChild,))
