"""Supervision (rule 13): whom a manager supervises, and a list of each one's challenges.

A list is for one person, so that it can be printed for one talk. It has the open challenges that
the manager may see, each with the day on which they last discussed it. IROs bring every dispute:
their list has those as well that ended lately, until they were discussed after that.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
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
from domain.rules.good_practice import is_praise
from domain.rules.supervision import (
    DiscussInSupervision,
    discussed_since_the_end,
    last_discussed,
    supervised,
    supervised_in,
)
from domain.tasks import is_theirs
from domain.vocabulary import ENDED
from domain.writing import capitalised
from handlers.pages import gate, web, whole
from handlers.pages.acts import Scene
from handlers.pages.lines import days_left
from handlers.pages.listing import Line, line_of
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer, Post

__all__ = [
    "TheirTask",
    "ended_lately",
    "named",
    "open_ones",
    "post_supervised",
    "router",
    "to_do_of",
    "when_discussed",
]

router = APIGatewayRouter()

_AT = "/supervision"

#: How long an IRO's challenge that ended is listed if nobody has discussed it since, and how many.
_ENDED_WITHIN, _ENDED_AT_MOST = timedelta(days=90), 50


@dataclass(frozen=True)
class TheirTask:
    """What the person has to do in a challenge, in words, by when, and whether it is ``overdue``.

    ``due`` and ``day`` are the local date of its deadline, in words and as it is.
    """

    asks: str
    due: str
    left: str
    overdue: bool
    day: date


@dataclass(frozen=True)
class _Discussed:
    """A challenge of the list, when it was last discussed, and where to record that it was.

    ``to_do`` is what the person has to do there, soonest first, and ``until`` the day until which
    it waits for anybody. If it has ended, ``ended`` says how and ``when``.
    """

    line: Line
    last: str
    record: str
    to_do: tuple[TheirTask, ...] = ()
    until: str = ""
    ended: str = ""
    when: str = ""


@router.get(_AT)
def show() -> Response[str]:
    """Show whom the person supervises, or the list of the ``post`` in the address.

    Raise ``NotFoundError`` for a post that they do not supervise.
    """
    officer, council = web.officer_and_council(router)
    now = clock.now()
    chosen = query(router).get("post", "")
    if not chosen:
        posts = supervised(officer.id, council, local_day(now))
        people = sorted((named(post, council), _address(post)) for post in posts)
        return web.render("supervision.html", officer=officer, people=people)
    post = post_supervised(chosen, officer, council, local_day(now))
    return web.render(
        "supervision_list.html",
        officer=officer,
        name=named(post, council),
        today=day_in_words(local_day(now)),
        challenges=[_discussed(one, post) for one in open_ones(post, officer, now, council)],
        ended=[_discussed(one, post) for one in ended_lately(post, officer, now, council)],
        document=f"/documents{_AT}.pdf?{urlencode({'post': post.id})}",
    )


def post_supervised(id_: str, officer: Officer, council: Council, today: date) -> Post:
    """Return the post with this id. Raise ``NotFoundError`` if they do not supervise it."""
    posts = supervised(officer.id, council, today)
    post = next((one for one in posts if one.id == id_), None)
    if post is None:
        raise NotFoundError
    return post


def _their_first_day(scene: Scene, post: Post) -> date:
    """Return the day of what the person has to do first; where they need do nothing, the last."""
    to_do = to_do_of(scene, post)
    return to_do[0].day if to_do else date.max


def _address(post: Post) -> str:
    return f"{_AT}?{urlencode({'post': post.id})}"


def named(post: Post, council: Council) -> str:
    """Return ``Willow Sample-North, Social Worker, North Team``."""
    holder = council.directory.officers.get(post.holder or "")
    return f"{holder.name if holder else 'Somebody who has left'}, {post.title}"


def _discussed(one: tuple[Row, Scene], post: Post) -> _Discussed:
    """Return a line of the page."""
    row, scene = one
    challenge = scene.challenge
    can = may(DiscussInSupervision, scene.capacities, challenge, scene.council)
    ended = challenge.ended_at
    return _Discussed(
        line_of(row, scene.now, scene.council),
        when_discussed(challenge, post),
        f"/challenges/{quote(row.reference)}/supervision" if can else "",
        to_do_of(scene, post),
        day_in_words(local_day(parse_moment(row.due))) if row.due and not ended else "",
        capitalised(str(challenge.outcome)) if ended else "",
        day_in_words(local_day(ended)) if ended else "",
    )


def to_do_of(scene: Scene, post: Post) -> tuple[TheirTask, ...]:
    """Return everything that the holder of ``post`` has to do there, and by when, soonest first."""
    of = scene.challenge, scene.council, scene.today
    return tuple(
        TheirTask(
            capitalised(task.in_words),
            day_in_words(task.deadline.day),
            days_left(task.deadline.day, scene.today, scene.council),
            task.deadline.at < scene.now,
            task.deadline.day,
        )
        for task in whole.soonest_first(scene)
        if whole.may_know(task, scene) and is_theirs(task, post.holder or "", *of)
    )


def when_discussed(challenge: Challenge, post: Post) -> str:
    """Return when it was last discussed with the holder of ``post``, in words."""
    last = last_discussed(challenge, post.holder or "")
    return f"Discussed on {day_in_words(local_day(last))}" if last else "Not discussed yet"


def open_ones(
    post: Post, officer: Officer, now: datetime, council: Council
) -> list[tuple[Row, Scene]]:
    """Return the open challenges of ``post`` that ``officer`` may see.

    Where the holder of ``post`` has to do something first comes first, on the page and in the pack.
    Like :func:`ended_lately`, it records no look.
    """
    rows = sorted(_rows(post), key=lambda row: (not row.due, row.due))
    found = ((row, _theirs(row, post, officer, now, council)) for row in rows)
    ones = [(row, scene) for row, scene in found if scene and scene.challenge.open]
    return sorted(ones, key=lambda one: _their_first_day(one[1], post))


def ended_lately(
    post: Post, officer: Officer, now: datetime, council: Council
) -> Iterator[tuple[Row, Scene]]:
    """Yield an IRO's challenges that ended lately and were not discussed since, the latest first.

    One that is resolved in a day would never be on a list of open ones.
    """
    if post.role is not Role.IRO or not post.holder:
        return
    for row in casebook().record.lists.ended_of(post.holder, _ENDED_AT_MOST):
        if parse_moment(row.ended.partition(" ")[0]) < now - _ENDED_WITHIN:
            return
        scene = _theirs(row, post, officer, now, council)
        if (
            scene
            and scene.challenge.ended_at
            and not is_praise(scene.challenge)  # no dispute
            and not discussed_since_the_end(scene.challenge, post.holder)
        ):
            yield row, scene


def _theirs(
    row: Row, post: Post, officer: Officer, now: datetime, council: Council
) -> Scene | None:
    """Return the challenge of a row, if ``officer`` supervises the holder of ``post`` in it."""
    with suppress(NoSuchChallengeError):
        challenge, who = gate.found(row.reference, officer, council, now)
        of = council.under(challenge.raised.procedure)
        if (post.holder or "") in supervised_in(challenge, officer.id, of, local_day(now)):
            return Scene(casebook().for_others(challenge), of, officer, who, now)
    return None


def _rows(post: Post) -> list[Row]:
    """Return the rows among which the post's challenges are: its IRO's, or those of its teams."""
    lists = casebook().record.lists
    if post.role is Role.IRO:
        return [row for row in lists.of_iro(post.holder or "") if row.standing not in ENDED]
    return [row for row in lists.every_open() if row.team in post.teams]
