"""Filters, counts and orders of a list of open challenges, and the addresses that ask for them.

Each filter is one choice of a few, and each choice says how many challenges it would leave. An
address holds numbers and known keys only: teams, IROs and themes are numbered by a checksum of
their name, so that a saved address goes on meaning the same when the directory changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from zlib import crc32

from domain.ladder import Stage
from domain.moments import local_day, parse_moment
from domain.rules.deciding import VIEWS_DIFFER
from domain.rules.lateness import LATE_IRO
from domain.rules.revising import MOVED_TWICE
from domain.values import Value, value
from domain.writing import capitalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from adapters.record.lists import Row
    from domain.council import Council

__all__ = [
    "FIRST_ORDER",
    "ORDERS",
    "Choice",
    "Filter",
    "View",
    "filters",
    "in_order",
    "number_of",
    "view_of",
]

#: How old a form is, in working days since it was raised: from, up to.
_AGES = ((0, 5), (6, 10), (11, 20), (21, None))

#: What those who watch over all challenges look for: the mark's key → its name.
_LOOK = {
    LATE_IRO: "The IRO is late",
    VIEWS_DIFFER: "IRO and service manager differ",
    MOVED_TWICE: "A date was moved twice",
}

#: The orders of a list: key → name. The first is that of the list of open challenges itself.
FIRST_ORDER = "due"
ORDERS = {
    FIRST_ORDER: "Next deadline first",
    "oldest": "Raised first, oldest on top",
    "newest": "Raised last, newest on top",
    "stage": "Highest stage first",
    "team": "By team",
    "iro": "By IRO",
}

_YES, _NO = "yes", "no"


@value
class Choice(Value):
    """One choice of a filter: its key in the address, its name, and which rows it leaves."""

    key: str
    name: str
    holds: Callable[[Row], bool]


@value
class Filter(Value):
    """One filter: its key in the address, its name, and its choices.

    ``apart``: each challenge is in just one of them.
    """

    key: str
    name: str
    choices: tuple[Choice, ...]
    apart: bool = True

    def choice(self, key: str) -> Choice | None:
        """Return the choice with this key; ``None`` if it has none."""
        return next((one for one in self.choices if one.key == key), None)


@value
class View(Value):
    """What a list is asked for: filter → choice, both as keys; its order."""

    chosen: Mapping[str, str]
    order: str = FIRST_ORDER

    def address(self, page: int = 1, **more: str) -> str:
        """Return the address of this list, at this page."""
        asked = {**self.chosen}
        if self.order != FIRST_ORDER:
            asked["sort"] = self.order
        if page > 1:
            asked["page"] = str(page)
        query = urlencode({**asked, **more})
        return f"/challenges?{query}" if query else "/challenges"

    def leaves(self, rows: Iterable[Row], ways: Sequence[Filter], besides: str = "") -> list[Row]:
        """Return the rows that the chosen filters leave; ``besides`` names one not to apply."""
        chosen = [
            choice
            for way in ways
            if way.key != besides and (choice := way.choice(self.chosen.get(way.key, "")))
        ]
        return [row for row in rows if all(one.holds(row) for one in chosen)]

    def in_words(self, ways: Sequence[Filter]) -> list[str]:
        """Return the chosen filters in words: ``Stage: Stage 2``."""
        return [
            f"{way.name}: {choice.name}"
            for way in ways
            if (choice := way.choice(self.chosen.get(way.key, "")))
        ]


def number_of(name: str) -> str:
    """Return the number of a team, an IRO or a theme in addresses."""
    return str(crc32(name.encode()))


def view_of(asked: Mapping[str, str]) -> View:
    """Return what an address or a form asks for, without anything that is not ours to keep."""
    chosen = {name: asked[name] for name in _KNOWN if _may_be(name, asked.get(name, ""))}
    order = asked.get("sort", "")
    return View(chosen, order if order in ORDERS else FIRST_ORDER)


#: Each filter, and the keys of its choices; numbers where it has none here.
_KNOWN: dict[str, tuple[str, ...]] = {
    "stage": tuple(str(stage) for stage in Stage),
    "team": (),
    "iro": (),
    "theme": (),
    "late": (_YES, _NO),
    "beyond": (_YES, _NO),
    "age": tuple(str(least) for least, _ in _AGES),
    "look": (*_LOOK,),
}
_DIGITS = 10


def _may_be(name: str, typed: str) -> bool:
    keys = _KNOWN[name]
    number = typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS
    return typed in keys if keys else number


def filters(
    rows: Sequence[Row], now: datetime, council: Council, *, watches: bool = False
) -> tuple[Filter, ...]:
    """Return the filters of a list with these rows.

    Their choices are every stage, age and theme there is, and the teams and IROs of the rows, with
    all of the directory's teams. ``watches`` adds what the Senior IRO Manager looks for.
    """
    directory = council.directory
    known = council.procedure.themes
    themes = (*known, *sorted({one for row in rows for one in row.themes} - {*known}))
    teams = sorted({*directory.teams} | {row.team for row in rows if row.team})
    iros = {row.iro: _named(row.iro, council) for row in rows if row.iro}
    by_name = sorted(iros.items(), key=lambda pair: pair[1])
    found = (
        Filter(
            "stage",
            "Stage",
            tuple(
                Choice(str(stage), council.ladder.title(stage), _with("stage", str(stage)))
                for stage in council.ladder.stages
            ),
        ),
        Filter(
            "team",
            "Team",
            tuple(Choice(number_of(team), team, _with("team", team)) for team in teams),
        ),
        Filter(
            "iro",
            "IRO",
            tuple(Choice(number_of(id_), name, _with("iro", id_)) for id_, name in by_name),
        ),
        Filter(
            "theme",
            "Theme",
            tuple(Choice(number_of(one), capitalised(one), _has_theme(one)) for one in themes),
            apart=False,
        ),
        Filter("late", "Late", _late(now)),
        Filter(
            "beyond",
            "20-working-day limit",
            (
                Choice(_YES, "Past it", lambda row: row.beyond_period),
                Choice(_NO, "Within it", lambda row: not row.beyond_period),
            ),
        ),
        Filter("age", "Age", tuple(_aged(least, most, now, council) for least, most in _AGES)),
    )
    look = Filter(
        *("look", "Look at"),
        tuple(Choice(key, name, _has_mark(key)) for key, name in _LOOK.items()),
        apart=False,
    )
    return (*found, look) if watches else found


def _named(iro: str, council: Council) -> str:
    found = council.directory.officers.get(iro)
    return found.name if found else "An IRO who has left"


def _with(name: str, value: str) -> Callable[[Row], bool]:
    return lambda row: getattr(row, name) == value


def _has_theme(theme: str) -> Callable[[Row], bool]:
    return lambda row: theme in row.themes


def _has_mark(key: str) -> Callable[[Row], bool]:
    return lambda row: any(mark.key == key for mark in row.marks)


def _late(now: datetime) -> tuple[Choice, ...]:
    def is_late(row: Row) -> bool:
        return bool(row.due) and parse_moment(row.due) < now

    return (
        Choice(_YES, "Past a date", is_late),
        Choice(_NO, "On time", lambda row: not is_late(row)),
    )


def _aged(least: int, most: int | None, now: datetime, council: Council) -> Choice:
    today, calendar = local_day(now), council.calendar

    def holds(row: Row) -> bool:
        age = calendar.between(local_day(parse_moment(row.raised_at)), today)
        return least <= age and (most is None or age <= most)

    name = f"Over {least - 1} working days" if most is None else f"{least} to {most} working days"
    return Choice(str(least), name, holds)


def in_order(rows: Iterable[Row], order: str, council: Council) -> list[Row]:
    """Return ``rows`` in this order; those that are alike in it by their next deadline."""
    stages = [str(stage) for stage in council.ladder.stages]
    by_due = sorted(rows, key=lambda row: (not row.due, row.due, row.reference))
    keys: dict[str, Callable[[Row], object]] = {
        "oldest": lambda row: row.raised_at,
        "newest": lambda row: row.raised_at,
        "stage": lambda row: stages.index(row.stage),
        "team": lambda row: row.team,
        "iro": lambda row: _named(row.iro, council),
    }
    if order not in keys:
        return by_due
    backwards = order in ("newest", "stage")
    return sorted(by_due, key=keys[order], reverse=backwards)  # type: ignore[arg-type]


def with_choice(view: View, key: str, choice: str) -> View:
    """Return ``view`` with one filter set to ``choice``; empty removes it."""
    rest = {name: text for name, text in view.chosen.items() if name != key}
    return replace(view, chosen={**rest, key: choice} if choice else rest)
