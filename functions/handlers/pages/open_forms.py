"""Every open form, with counts, for those who watch over them (rule 21).

The SRSM and the Senior IRO Manager see all of them, and so do auditors and the data protection
officer, who read everything but legal advice. A Head of Service sees those of the teams of
their post, without anything about the child. All is read from the rows of lists.

Guidance: G32.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.wiring import casebook
from domain.errors import NotAllowedError
from domain.ladder import Role
from domain.moments import local_day, parse_moment
from domain.rules.good_practice import GOOD_PRACTICE_MARK
from domain.rules.impact import BETTER, NOTHING_CHANGED, PARTLY, WORSE
from domain.rules.sealing import SEALED_MARK
from domain.values import Value, value
from domain.writing import capitalised
from handlers import request
from handlers.pages import web
from handlers.pages.home import Section, line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.council import Council

__all__ = ["Group", "groups", "router"]

router = APIGatewayRouter()

_ALL = (
    *(Role.SRSM, Role.SENIOR_IRO_MANAGER),
    *(Role.AUDITOR, Role.DATA_PROTECTION_OFFICER),
)

#: How old a form is, in working days since it was raised: from, up to.
_AGES = ((0, 5), (6, 10), (11, 20), (21, None))


@value
class Group(Value):
    """A way to group the forms. ``key`` and the number of a kind are in the address, no words.

    Each kind is its name and whether a form is one of it. A form with several themes is counted in
    each.
    """

    key: str
    title: str
    kinds: tuple[tuple[str, Callable[[Row], bool]], ...]


@value
class Count(Value):
    """How many forms are of a kind, and the address of the list of these."""

    name: str
    many: int
    address: str
    chosen: bool


def groups(rows: Sequence[Row], now: datetime, council: Council) -> tuple[Group, ...]:
    """Return the ways to group ``rows``, with every stage, age, theme and team that there is."""
    today, calendar = local_day(now), council.calendar

    def age(row: Row) -> int:
        return calendar.between(local_day(parse_moment(row.raised_at)), today)

    def is_late(row: Row) -> bool:
        return bool(row.due) and parse_moment(row.due) < now

    def aged(least: int, most: int | None) -> tuple[str, Callable[[Row], bool]]:
        name = (
            f"Over {least - 1} working days" if most is None else f"{least} to {most} working days"
        )
        return name, lambda row: least <= age(row) and (most is None or age(row) <= most)

    known = council.procedure.themes
    themes = (*known, *sorted({one for row in rows for one in row.themes} - {*known}))
    teams = sorted({*council.directory.teams} | {row.team for row in rows if row.team})
    stages = tuple(
        (council.ladder.title(stage), _with("stage", str(stage))) for stage in council.ladder.stages
    )
    return (
        Group("stage", "Stage", stages),
        Group("age", "Age", tuple(aged(*one) for one in _AGES)),
        Group(
            *("date", "Late"),
            (
                ("Past a date", is_late),
                ("Beyond the 20-working-day limit", lambda row: row.beyond_period),
            ),
        ),
        Group("theme", "Theme", tuple((capitalised(one), _has_theme(one)) for one in themes)),
        Group("team", "Team", tuple((team, _with("team", team)) for team in teams)),
    )


def _with(name: str, value: str) -> Callable[[Row], bool]:
    return lambda row: getattr(row, name) == value


def _has_theme(theme: str) -> Callable[[Row], bool]:
    return lambda row: theme in row.themes


@router.get("/open-forms")
def show_open_forms() -> Response[str]:
    """Show the open forms that the address asks for, with the counts of these."""
    officer, council = web.officer_and_council(router)
    now = clock.now()
    held = council.directory.posts_held(officer.id, local_day(now))
    everything = any(post.role in _ALL for post in held)
    services = [post for post in held if post.role is Role.HEAD_OF_SERVICE]
    if not everything and not services:
        message = (
            "The list of open forms is for the Safeguarding & Review Service Manager, the Senior "
            "IRO Manager and Heads of Service."
        )
        raise NotAllowedError(message)
    rows = [
        row
        for row in casebook().record.lists.every_open()
        if everything or any(not post.teams or row.team in post.teams for post in services)
    ]
    ways = groups(rows, now, council)
    chosen = _chosen(request.query(router), ways)
    shown = [row for row in rows if all(_kind(ways, *one)[1](row) for one in chosen.items())]
    sealed = len(casebook().record.lists.with_mark(SEALED_MARK)) if everything else 0
    return web.render(
        "open_forms.html",
        officer=officer,
        sealed=sealed,
        year=_of_a_year(now) if everything else (),
        many=len(shown),
        counts=[(way.title, _counts(way, shown, chosen)) for way in ways],
        filters=[_kind(ways, *one)[0] for one in chosen.items()],
        section=Section(
            "Open forms",
            tuple(line(row, now, council) for row in shown) if everything else (),
            ""
            if everything
            else "You see how many there are. Only those who take part in a challenge can open it.",
            with_iro=True,
        ),
    )


#: What is counted over a year: the mark → what it is called.
_COUNTED = {
    GOOD_PRACTICE_MARK: "Good practice recorded",
    BETTER: "Better for the child some weeks after it was resolved",
    PARTLY: "Partly better for the child",
    NOTHING_CHANGED: "Nothing changed for the child",
    WORSE: "Worse for the child",
}
_YEAR = timedelta(days=365)


def _of_a_year(now: datetime) -> tuple[tuple[str, int], ...]:
    """Return how many records of each kind there were in the last year (rules 18 and 24)."""
    lists = casebook().record.lists
    return tuple((called, lists.how_many(key, now - _YEAR)) for key, called in _COUNTED.items())


def _chosen(query: dict[str, str], ways: Sequence[Group]) -> dict[str, int]:
    """Return the kinds that the address asks for: the group's key → the kind's number."""
    found = {}
    for way in ways:
        typed = query.get(way.key, "")
        if typed.isascii() and typed.isdigit() and int(typed[:4]) < len(way.kinds):
            found[way.key] = int(typed[:4])
    return found


def _kind(ways: Sequence[Group], key: str, number: int) -> tuple[str, Callable[[Row], bool]]:
    return next(way for way in ways if way.key == key).kinds[number]


def _counts(way: Group, rows: Sequence[Row], chosen: dict[str, int]) -> list[Count]:
    found = []
    for number, (name, holds) in enumerate(way.kinds):
        address = f"/open-forms?{urlencode({**chosen, way.key: number})}"
        many = sum(map(holds, rows))
        found.append(Count(name, many, address, chosen.get(way.key) == number))
    return found
