"""Supervision (rule 13): whom a manager supervises, and a list of each one's open challenges.

A list is for one person, so that it can be printed for one talk. It has the challenges that the
manager may see, each with the day on which they last discussed it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import NoSuchChallengeError
from adapters.wiring import casebook
from domain.ladder import Role
from domain.moments import day_in_words, local_day
from domain.permissions import may
from domain.rules.supervision import DiscussInSupervision, last_discussed, supervised, supervised_in
from domain.vocabulary import ENDED
from handlers.pages import gate, web
from handlers.pages.home import ListLine, line
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.council import Council
    from domain.directory import Officer, Post

__all__ = ["router"]

router = APIGatewayRouter()

_AT = "/supervision"


@dataclass(frozen=True)
class _Discussed:
    """A challenge of the list, when it was last discussed, and where to record that it was."""

    line: ListLine
    last: str
    record: str


@router.get(_AT)
def show() -> Response[str]:
    """Show whom the person supervises, or the list of the ``post`` in the address.

    Raise ``NotFoundError`` for a post that they do not supervise.
    """
    officer, council = web.officer_and_council(router)
    now = clock.now()
    posts = supervised(officer.id, council, local_day(now))
    chosen = query(router).get("post", "")
    if not chosen:
        people = sorted((_named(post, council), _address(post)) for post in posts)
        return web.render("supervision.html", officer=officer, people=people)
    post = next((one for one in posts if one.id == chosen), None)
    if post is None:
        raise NotFoundError
    return web.render(
        "supervision_list.html",
        officer=officer,
        name=_named(post, council),
        today=day_in_words(local_day(now)),
        challenges=list(_list(post, officer, now, council)),
    )


def _address(post: Post) -> str:
    return f"{_AT}?{urlencode({'post': post.id})}"


def _named(post: Post, council: Council) -> str:
    """Return ``Willow Sample-North, Social Worker, North Team``."""
    holder = council.directory.officers.get(post.holder or "")
    return f"{holder.name if holder else 'Somebody who has left'}, {post.title}"


def _list(post: Post, officer: Officer, now: datetime, council: Council) -> Iterator[_Discussed]:
    """Yield the open challenges of ``post`` that ``officer`` may see, due soonest first."""
    today, worker = local_day(now), post.holder or ""
    for row in sorted(_rows(post), key=lambda row: (not row.due, row.due)):
        with suppress(NoSuchChallengeError):
            challenge, who = gate.found(row.reference, officer, council, now)
            of = council.under(challenge.raised.procedure)
            theirs = supervised_in(challenge, officer.id, of, today)
            if not challenge.open or worker not in theirs:
                continue
            last = last_discussed(challenge, worker)
            can = may(DiscussInSupervision, who, challenge, of)
            yield _Discussed(
                line(row, now, council),
                f"Discussed on {day_in_words(local_day(last))}" if last else "Not discussed yet",
                f"/challenges/{quote(row.reference)}/supervision" if can else "",
            )


def _rows(post: Post) -> list[Row]:
    """Return the rows among which the post's challenges are: its IRO's, or those of its teams."""
    lists = casebook().record.lists
    if post.role is Role.IRO:
        return [row for row in lists.of_iro(post.holder or "") if row.standing not in ENDED]
    return [row for row in lists.every_open() if row.team in post.teams]
