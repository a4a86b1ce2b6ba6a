"""Supervision (rule 13): whom a manager supervises, and a list of each one's challenges.

A list is for one person, so that it can be printed for one talk. It has the open challenges that
the manager may see, each with the day on which they last discussed it. IROs bring every dispute:
their list has those as well that ended lately, until they were discussed after that.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import NoSuchChallengeError
from adapters.wiring import casebook
from domain.ladder import Role
from domain.moments import day_in_words, local_day, parse_moment
from domain.permissions import may
from domain.rules.supervision import (
    DiscussInSupervision,
    discussed_since_the_end,
    last_discussed,
    supervised,
    supervised_in,
)
from domain.vocabulary import ENDED
from domain.writing import capitalised
from handlers.pages import gate, web
from handlers.pages.home import ListLine, line
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer, Post

__all__ = ["router"]

router = APIGatewayRouter()

_AT = "/supervision"

#: How long an IRO's challenge that ended is listed if nobody has discussed it since, and how many.
_ENDED_WITHIN, _ENDED_AT_MOST = timedelta(days=90), 50


@dataclass(frozen=True)
class _Discussed:
    """A challenge of the list, when it was last discussed, and where to record that it was.

    If it has ended, ``ended`` says how and ``when``.
    """

    line: ListLine
    last: str
    record: str
    ended: str = ""
    when: str = ""


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
        ended=list(_ended(post, officer, now, council)),
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
            yield _Discussed(
                line(row, now, council),
                _last(challenge, worker),
                _record(row) if may(DiscussInSupervision, who, challenge, of) else "",
            )


def _last(challenge: Challenge, worker: str) -> str:
    last = last_discussed(challenge, worker)
    return f"Discussed on {day_in_words(local_day(last))}" if last else "Not discussed yet"


def _record(row: Row) -> str:
    return f"/challenges/{quote(row.reference)}/supervision"


def _ended(post: Post, officer: Officer, now: datetime, council: Council) -> Iterator[_Discussed]:
    """Yield an IRO's challenges that ended lately and were not discussed since, the latest first.

    One that is resolved in a day would never be on a list of open ones.
    """
    if post.role is not Role.IRO or not post.holder:
        return
    today, iro = local_day(now), post.holder
    for row in casebook().record.lists.ended_of(iro, _ENDED_AT_MOST):
        if parse_moment(row.ended.partition(" ")[0]) < now - _ENDED_WITHIN:
            return
        with suppress(NoSuchChallengeError):
            challenge, who = gate.found(row.reference, officer, council, now)
            of = council.under(challenge.raised.procedure)
            theirs = iro in supervised_in(challenge, officer.id, of, today)
            if theirs and challenge.ended_at and not discussed_since_the_end(challenge, iro):
                yield _Discussed(
                    line(row, now, council),
                    _last(challenge, iro),
                    _record(row) if may(DiscussInSupervision, who, challenge, of) else "",
                    capitalised(str(challenge.outcome)),
                    day_in_words(local_day(challenge.ended_at)),
                )


def _rows(post: Post) -> list[Row]:
    """Return the rows among which the post's challenges are: its IRO's, or those of its teams."""
    lists = casebook().record.lists
    if post.role is Role.IRO:
        return [row for row in lists.of_iro(post.holder or "") if row.standing not in ENDED]
    return [row for row in lists.every_open() if row.team in post.teams]
