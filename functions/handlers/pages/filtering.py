"""Filters, counts and orders of a list of open challenges, and the addresses that ask for them.

Each filter is one choice of a few, and each choice says how many challenges it would leave. An
address holds numbers and known keys only: teams, IROs and themes are numbered by a checksum of
their name, so that a saved address goes on meaning the same when the directory changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from zlib import crc32

from domain.ladder import Role, Stage
from domain.moments import local_day
from domain.rulebook import LOOKED_FOR
from domain.values import Value, value
from domain.writing import capitalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from adapters.record.lists import Row
    from domain.council import Council
    from handlers.pages.reach import Reach

__all__ = [
    "FIRST_ORDER",
    "ORDERS",
    "Choice",
    "Filter",
    "View",
    "aged_roughly",
    "filters",
    "in_order",
    "number_of",
    "view_of",
]

Ages = tuple[tuple[int, int | None], ...]

#: How old a form is, in working days since it was raised: from, up to.
_AGES: Ages = ((0, 5), (6, 10), (11, 20), (21, None))
_FEWER_AGES: Ages = ((0, 10), (11, None))

#: The orders of a list: key → name. The first is that of the list of open challenges itself.
FIRST_ORDER = "due"
ORDERS = {
    FIRST_ORDER: "Next step first",
    "oldest": "Raised first, oldest on top",
    "newest": "Raised last, newest on top",
    "stage": "Highest stage first",
    "team": "By team",
    "iro": "By IRO",
}

_YES, _NO = "yes", "no"


@value
class Choice(Value):
    """One choice of a filter: its key in the address, and its name."""

    key: str
    name: str


@value
class Filter(Value):
    """One filter: its key in the address, its name, and its choices.

    ``of`` returns the keys of the choices that a row is one of: one, or several where they overlap.
    """

    key: str
    name: str
    choices: tuple[Choice, ...]
    of: Callable[[Row], tuple[str, ...]]

    def choice(self, key: str) -> Choice | None:
        """Return the choice with this key; ``None`` if it has none."""
        return next((one for one in self.choices if one.key == key), None)

    def counts(self, rows: Iterable[Row]) -> Counter[str]:
        """Return how many of ``rows`` are of each choice, by its key."""
        return Counter(key for row in rows for key in self.of(row))


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
        found = [*rows]
        for way in ways:
            key = self.chosen.get(way.key, "")
            if way.key != besides and way.choice(key):
                found = [row for row in found if key in way.of(row)]
        return found

    def in_words(self, ways: Sequence[Filter]) -> list[str]:
        """Return the chosen filters in words: ``Team: North Team``, ``Late``.

        A choice that names its filter stands alone.
        """
        return [
            choice.name
            if way.name.casefold() in choice.name.casefold()
            else f"{way.name}: {choice.name}"
            for way in ways
            if (choice := way.choice(self.chosen.get(way.key, "")))
        ]


@cache
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
    "look": (*LOOKED_FOR,),
}
_DIGITS = 10


def _may_be(name: str, typed: str) -> bool:
    keys = _KNOWN[name]
    number = typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS
    return typed in keys if keys else number


def filters(
    rows: Sequence[Row], now: datetime, council: Council, reach: Reach
) -> tuple[Filter, ...]:
    """Return the filters of a list with these rows.

    Their choices are every stage, age and theme there is, and the teams and IROs of the rows, with
    all of the directory's. Who watches over all also gets what the Senior IRO Manager looks for.
    """
    directory = council.directory
    known = council.procedure.themes
    themes = (*known, *sorted({one for row in rows for one in row.themes} - {*known}))
    teams = sorted({*directory.teams} | {row.team for row in rows if row.team})
    held = (post.holder for post in directory.posts.values() if post.role is Role.IRO)
    of_rows = (row.iro for row in rows)
    iros = {iro: _named(iro, council) for iro in (*held, *of_rows) if iro}
    by_name = sorted(iros.items(), key=lambda pair: pair[1])
    found = (
        Filter(
            *("stage", "Stage"),
            tuple(Choice(str(one), council.ladder.title(one)) for one in council.ladder.stages),
            lambda row: (row.stage,),
        ),
        Filter(
            *("team", "Team"),
            tuple(Choice(number_of(team), team) for team in teams),
            lambda row: (number_of(row.team),),
        ),
        Filter(
            *("iro", "IRO"),
            tuple(Choice(number_of(id_), name) for id_, name in by_name),
            lambda row: (number_of(row.iro),),
        ),
        Filter(
            *("theme", "Theme"),
            tuple(Choice(number_of(one), capitalised(one)) for one in themes),
            lambda row: tuple(map(number_of, row.themes)),
        ),
        _late(now, reach),
        Filter(
            *("beyond", "20-working-day limit"),
            (Choice(_YES, "Past it"), Choice(_NO, "Within it")),
            lambda row: (_YES,) if row.beyond_period else (_NO,),
        ),
        _aged(now, council),
    )
    look = Filter(
        *("look", "Look at"),
        tuple(Choice(key, mark.called) for key, mark in LOOKED_FOR.items()),
        lambda row: tuple(mark.key for mark in row.marks),
    )
    return (*found, look) if reach.watches else found


def _named(iro: str, council: Council) -> str:
    found = council.directory.officers.get(iro)
    return found.name if found else "An IRO who has left"


def _late(now: datetime, reach: Reach) -> Filter:
    return Filter(
        *("late", "Late"),
        (Choice(_YES, "Late"), Choice(_NO, "Not late")),
        lambda row: (_YES,) if reach.is_late(row, now) else (_NO,),
    )


def aged_roughly(now: datetime, council: Council) -> Filter:
    """Return the ages of a list in two groups, for whoever may see no small count."""
    return _aged(now, council, _FEWER_AGES)


def _aged(now: datetime, council: Council, ages: Ages = _AGES) -> Filter:
    today, calendar = local_day(now), council.calendar

    @cache
    def of(hour: str) -> tuple[str, ...]:
        raised = datetime.fromisoformat(f"{hour}:00:00+00:00")
        age = calendar.between(local_day(raised), today)
        return tuple(str(least) for least, most in ages if least <= age <= (most or age))

    def named(least: int, most: int | None) -> str:
        return f"{f'Over {least - 1}' if most is None else f'{least} to {most}'} working days"

    choices = tuple(Choice(str(least), named(least, most)) for least, most in ages)
    return Filter("age", "Age", choices, lambda row: of(row.raised_at[: len("2026-11-02T10")]))


def in_order(rows: Iterable[Row], order: str, council: Council) -> list[Row]:
    """Return ``rows`` in this order; those that are alike in it by their next step."""
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
