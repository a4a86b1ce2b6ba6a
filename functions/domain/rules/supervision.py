"""Rule 13, supervision: that a challenge was discussed in it goes on the record.

IROs bring every dispute to the SRSM, also one that ended before they met; social workers and team
managers discuss theirs with their manager. Whoever supervises one of them records it. The record
says who spoke with whom, and no words: what was said there stays there.

Guidance: G50, G60, G63.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot
from domain.covering import Because, may_set_cover
from domain.events import Event, Fact
from domain.ladder import Role
from domain.part import Command, Hand, May, Part, Problems, Seen, Written
from domain.values import value
from domain.vocabulary import OPEN, Capacity, Standing

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.council import Council
    from domain.directory import Post

__all__ = [
    "SUPERVISION",
    "DiscussInSupervision",
    "DiscussedInSupervision",
    "discussed_since_the_end",
    "last_discussed",
    "supervised",
    "supervised_in",
]

#: When a challenge was last discussed with whom (an officer's id): (id, moment in UTC) pairs.
_LAST: Slot[tuple[tuple[str, datetime], ...]] = Slot("discussed in supervision", ())

#: Who discusses challenges in supervision (rule 13).
_WORKERS = (Role.IRO, Role.SOCIAL_WORKER, Role.TEAM_MANAGER)


def supervised(officer: str, council: Council, today: date) -> tuple[Post, ...]:
    """Return the posts of IROs, social workers and team managers whom ``officer`` supervises.

    The SRSM and the Senior IRO Manager supervise IROs. A manager supervises whom the directory
    says, or else those next below them on the ladder, as for cover.
    """
    found = []
    for post in council.directory.posts.values():
        if post.role not in _WORKERS or not post.holder or post.holder == officer:
            continue
        because = may_set_cover(officer, post, council, today)
        of_iros = because is Because.OVERSEES and post.role is Role.IRO
        if because is Because.MANAGES or of_iros:
            found.append(post)
    return tuple(found)


def supervised_in(
    challenge: Challenge, officer: str, council: Council, today: date
) -> tuple[str, ...]:
    """Return the ids of those in the challenge whom ``officer`` supervises: IRO, workers."""
    roles = (Role.SOCIAL_WORKER, Role.TEAM_MANAGER)
    posts = {post for role in roles for post in council.posts(challenge, role)}
    return tuple(
        dict.fromkeys(
            post.holder
            for post in supervised(officer, council, today)
            if post.holder and (post.holder == challenge.iro or post.id in posts)
        )
    )


def last_discussed(challenge: Challenge, officer: str) -> datetime | None:
    """Return when it was last discussed with ``officer`` in supervision (UTC); ``None``: never."""
    talks = challenge[_LAST]
    return dict(talks).get(officer)


def discussed_since_the_end(challenge: Challenge, officer: str) -> bool:
    """Whether it has ended, and was discussed with ``officer`` in supervision after that."""
    last, ended = last_discussed(challenge, officer), challenge.ended_at
    return last is not None and ended is not None and last > ended


@value
class DiscussedInSupervision(Fact):
    """The challenge was discussed with ``officer`` (an id) in supervision."""

    officer: str

    news = "a challenge was discussed in supervision"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with when it was discussed with them."""
        return challenge.keep(_LAST, (*challenge[_LAST], (self.officer, event.effective)))

    def line(self, seen: Seen) -> str:
        """Return who discussed it with whom."""
        return f"{seen.who} discussed it in supervision with {seen.officer(self.officer)}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


@value
class DiscussInSupervision(Command):
    """Record that the challenge was discussed with ``officer`` (an id) in supervision."""

    officer: str

    called = "Record that it was discussed in supervision"
    who = (
        May(Capacity.SRSM, tuple(Standing)),
        May(Capacity.SENIOR_IRO_MANAGER, tuple(Standing)),
        May(Capacity.RESPONDER, OPEN),
        May(Capacity.INFORMED, tuple(Standing)),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[DiscussedInSupervision]:
        """Yield that it was discussed."""
        theirs = supervised_in(challenge, hand.actor.officer, hand.council, hand.today)
        problems = Problems()
        wrong = self.officer not in theirs
        problems.refuse_if("officer", wrong, "Choose somebody you supervise.")
        problems.check()
        yield DiscussedInSupervision(self.officer)


SUPERVISION = Part(13, "Supervision", facts=(DiscussedInSupervision,), acts=(DiscussInSupervision,))
