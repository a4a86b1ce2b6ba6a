"""The page of open challenges: who watches over them finds, counts and opens them (rule 21).

In its first order, the next step on top, a page is one query, however many there are. Filters,
counts and other orders read the open rows, and say if any were left out. Nothing that anybody typed
is in an address, and nobody's list has a challenge that they could not open.

Guidance: G32.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.wiring import casebook, saved_views
from domain.errors import NotAllowedError
from domain.ladder import Stage
from domain.moments import date_in_words, local_day, parse_moment
from domain.rules.good_practice import GOOD_PRACTICE_MARK
from domain.rules.impact import BETTER, NOTHING_CHANGED, PARTLY, WORSE
from domain.rules.sealing import SEALED_MARK
from domain.small_counts import first_whole, may_stand_beside, total_shown
from domain.timeline import where_it_stands
from domain.values import Value, value
from domain.vocabulary import ENDED, Standing
from handlers.pages import web
from handlers.pages.done import said_of_many
from handlers.pages.filtering import (
    FIRST_ORDER,
    ORDERS,
    View,
    aged_roughly,
    filters,
    in_order,
    view_of,
)
from handlers.pages.filtering import with_choice as chosen_too
from handlers.pages.lines import days_left
from handlers.pages.reach import IRO_LATE_TOO, Reach, reach_of, step_is_late
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.council import Council
    from domain.directory import Officer
    from domain.part import Mark
    from handlers.pages.filtering import Filter

__all__ = ["A_PAGE", "Line", "line_of", "router"]

router = APIGatewayRouter()

#: How many challenges a page has.
A_PAGE = 25

#: A place in the list of open challenges: a moment, and a reference.
_PLACE = re.compile(r"[0-9T:.Z-]{20,32} [A-Z0-9-]{1,20}")

#: The most digits of a page's number.
_DIGITS = 3

#: What is said once, after an act on several challenges or on a saved view.
_SAID = ("transferred", "reassigned", "noted")


@value
class Line(Value):
    """One challenge in a list, in words. If it is ``overdue``, ``left`` says so too.

    ``also`` says who else is late, if the next step is not.
    """

    reference: str
    initials: str
    case_id: str
    team: str
    iro: str
    standing: str
    marks: tuple[Mark, ...]
    due: str
    left: str
    overdue: bool
    also: str = ""

    @property
    def address(self) -> str:
        """The address of its page."""
        return f"/challenges/{quote(self.reference)}"


@value
class Count(Value):
    """How many challenges are of a kind, ``None`` if hidden, and the address of their list."""

    name: str
    many: int | None
    address: str
    chosen: bool


@value
class Counted(Value):
    """A table of counts under its title, and what it counts."""

    title: str
    counts: tuple[Count, ...]
    of: str = "Open"


def line_of(row: Row, now: datetime, council: Council, reach: Reach | None = None) -> Line:
    """Return ``row`` in words, as it is at ``now`` (UTC), with what ``reach`` lets them know."""
    due = parse_moment(row.due) if row.due and row.standing not in ENDED else None
    day = local_day(due) if due else None
    iro = council.directory.officers.get(row.iro)
    return Line(
        reference=row.reference,
        initials=row.initials,
        case_id=row.case_id,
        team=row.team,
        iro=iro.name if iro else "An IRO who has left" if row.iro else "",
        standing=where_it_stands(Standing(row.standing), Stage(row.stage), council),
        marks=tuple(mark for mark in row.marks if not mark.quiet),
        due=date_in_words(day) if day else "",
        left=days_left(day, local_day(now), council) if day else "",
        overdue=step_is_late(row, now),
        also=IRO_LATE_TOO
        if reach and not step_is_late(row, now) and reach.is_late(row, now)
        else "",
    )


# The page ----------------------------------------------------------------------------------------


@router.get("/challenges")
def show_challenges() -> Response[str]:
    """Show the open challenges that the address asks for."""
    officer, council = web.officer_and_council(router)
    now = clock.now()
    reach = reach_of(officer.id, council, local_day(now))
    _refuse_without_a_list(reach)
    if reach.counts_alone:
        return _figures(officer, reach, council, now)
    asked = query(router)
    view = view_of(asked)
    plain = not view.chosen and view.order == FIRST_ORDER and not {"counts", "page"} & {*asked}
    if reach.everything and plain:
        return _first_order(officer, reach, council, now)
    return _filtered(officer, reach, view, council, now)


@router.post("/challenges")
def choose_filters() -> Response[str]:
    """Lead to the list with the filters and the order that were chosen."""
    web.officer(router)
    typed = web.form(router)
    view = view_of(typed)
    alone = not view.chosen and view.order == FIRST_ORDER
    return web.see_other("/challenges?counts=yes" if alone else view.address())


def _refuse_without_a_list(reach: Reach) -> None:
    if not reach.has_a_list:
        message = (
            "This list is for those who take part in challenges or watch over them. Your front "
            "page shows what is yours to do."
        )
        raise NotAllowedError(message)


def _first_order(officer: Officer, reach: Reach, council: Council, now: datetime) -> Response[str]:
    """Show a page of all open challenges, the next step first: one query."""
    after = query(router).get("after", "")
    if after and not _PLACE.fullmatch(after):
        return web.see_other("/challenges")
    rows, place = casebook().record.lists.open_page(after, A_PAGE)
    ways = filters((), now, council, reach)
    view = View({})
    return web.render(
        "listing.html",
        officer=officer,
        done=said_of_many(router, *_SAID),
        title="Open challenges",
        lines=[line_of(row, now, council, reach) for row in rows],
        choices=_choices(ways, view, None),
        orders=ORDERS,
        order=view.order,
        summary=(),
        following=view.address(after=place) if place else "",
        first="/challenges" if after else "",
        acts=_acts(reach),
        ticked=_ticked(),
        here=view.address(after=after) if after else view.address(),
        empty="No challenge is open.",
    )


def _filtered(
    officer: Officer, reach: Reach, view: View, council: Council, now: datetime
) -> Response[str]:
    """Show a page of those that the filters leave, with counts.

    If the reader has saved these filters, the page has the name of their view.
    """
    saved_as = _saved_as(officer, view) if view.chosen else ""
    new = view.chosen and not saved_as
    rows, left = reach.rows(casebook().record.lists)
    ways = filters(rows, now, council, reach)
    found = view.leaves(rows, ways)
    opened = in_order([row for row in found if reach.opens(row)], view.order, council)
    page = _page(len(opened))
    shown = opened[(page - 1) * A_PAGE : page * A_PAGE]
    sealed = len(casebook().record.lists.with_mark(SEALED_MARK)) if reach.everything else 0
    return web.render(
        "listing.html",
        officer=officer,
        done=said_of_many(router, *_SAID),
        title="Open challenges",
        lines=[line_of(row, now, council, reach) for row in shown],
        choices=_choices(ways, view, [row for row in rows if reach.opens(row)]),
        orders=ORDERS,
        order=view.order,
        counted=True,
        opened="counts" in query(router),
        filtered=view.in_words(ways),
        summary=_summary(opened, ways, view),
        in_services=_in_services(found, opened, ways),
        means=reach.late_means(council),
        many=len(found),
        left_out=len(rows) if left else 0,
        sealed=sealed,
        tables=_tables(found, ways, view),
        year=_of_a_year(now) if reach.everything and not view.chosen else (),
        page=page,
        pages=_pages(len(opened)),
        following=view.address(page + 1) if page < _pages(len(opened)) else "",
        before=view.address(page - 1) if page > 1 else "",
        acts=_acts(reach),
        ticked=_ticked(),
        here=view.address(page),
        save=view.address().replace("/challenges", "/views", 1) if new else "",
        saved_as=saved_as,
        empty=_nothing_in_words(view, rows),
    )


def _saved_as(officer: Officer, view: View) -> str:
    """Return the name under which the officer has saved these filters; empty if they have not."""
    return next(
        (
            one.name
            for one in saved_views().of(officer.id)
            if view_of(dict(parse_qsl(one.filters))) == view
        ),
        "",
    )


def _nothing_in_words(view: View, rows: Sequence[Row]) -> str:
    if view.chosen and rows:
        return "No open challenge fits these filters."
    return "No challenge is open."


def _ticked() -> bool:
    return query(router).get("tick", "") == "all"


def _pages(count: int) -> int:
    return max(1, -(-count // A_PAGE))


def _page(count: int) -> int:
    """Return the number of the page that was asked for, of those that there are."""
    typed = query(router).get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS else 1
    return min(max(1, number), _pages(count))


def _acts(reach: Reach) -> tuple[tuple[str, str], ...]:
    """Return what can be done to several challenges at once: key → the words of its button.

    What cannot be done to one of them, the next page says of each.
    """
    from handlers.pages.selected import ACTS

    return tuple((key, act.button) for key, act in ACTS.items() if reach.roles & act.roles)


# Counts ------------------------------------------------------------------------------------------


def _choices(
    ways: Sequence[Filter], view: View, rows: Sequence[Row] | None
) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """Return each filter as (key, name, chosen key, choices), each choice as (key, words).

    With ``rows`` the words end with how many each choice would leave, beside the other filters.
    Choices that would leave none are not offered, unless they are chosen.
    """
    found = []
    for way in ways:
        chosen = view.chosen.get(way.key, "")
        beside = None if rows is None else view.leaves(rows, ways, besides=way.key)
        options = []
        counts = way.counts(beside or ())
        for choice in way.choices:
            if beside is None:
                options.append((choice.key, choice.name))
                continue
            many = counts[choice.key]
            if many or choice.key == chosen:
                options.append((choice.key, f"{choice.name} ({many:,})"))
        every = "All" if beside is None else f"All ({len(beside):,})"
        found.append((way.key, way.name, chosen, [("", every), *options]))
    return found


def _summary(rows: Sequence[Row], ways: Sequence[Filter], view: View) -> list[Count]:
    """Return the counts on top: how many are open, late, and past the 20-working-day limit."""
    found = [Count("open", len(rows), "", chosen=True)]
    for key, words in (("late", "late"), ("beyond", "past the 20-working-day limit")):
        many = next(way for way in ways if way.key == key).counts(rows)["yes"]
        found.append(Count(words, many, chosen_too(view, key, "yes").address(), chosen=False))
    return found


def _in_services(found: Sequence[Row], opened: Sequence[Row], ways: Sequence[Filter]) -> str:
    """Return how many are open in the reader's services, if they can open fewer; else empty."""
    if len(found) == len(opened):
        return ""
    late = next(way for way in ways if way.key == "late").counts(found)["yes"]
    are = "1 challenge is" if len(found) == 1 else f"{len(found):,} challenges are"
    some = "none of them" if not opened else f"{len(opened):,} of them"
    also = f", {late:,} of them late" if late else ""
    return (
        f"In your services {are} open{also}. You can open {some}: those in which you were asked to "
        "reply, or are told what happens."
    )


def _tables(rows: Sequence[Row], ways: Sequence[Filter], view: View) -> list[Counted]:
    found = []
    for way in ways:
        counts = []
        of_each = way.counts(rows)
        for choice in way.choices:
            many = of_each[choice.key]
            chosen = view.chosen.get(way.key) == choice.key
            if many or chosen:
                address = chosen_too(view, way.key, choice.key).address()
                counts.append(Count(choice.name, many, address, chosen))
        found.append(Counted(way.name, tuple(counts)))
    return found


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


# What the Performance analyst sees ---------------------------------------------------------------

#: The tables of the analyst, the longest last. No filter narrows them: two lists that differ in one
#: child would tell.
_ANALYSED = ("stage", "team", "beyond", "late", "age", "theme")

#: Of these, those that also say something of a challenge that has ended.
_OF_ENDED = ("stage", "beyond", "theme", "team")

#: With fewer open challenges than this, these count those that ended in the last year too.
_ENOUGH_OPEN = 100

#: What the tables of more challenges than the open ones are headed.
_A_YEAR = "12 months"


def _figures(officer: Officer, reach: Reach, council: Council, now: datetime) -> Response[str]:
    """Show how many challenges there are of each kind, without small counts, and no challenge.

    With few open ones, most counts of them would be hidden. Then the tables that can also count
    those that ended in the last 12 months do so, if enough ended. Ages are in fewer groups where
    that shows all of them.
    """
    lists = casebook().record.lists
    rows, left = lists.open_rows()
    ended, left_too = lists.ended_since(now - _YEAR)
    every, few = [*rows, *ended], len(rows) < _ENOUGH_OPEN
    of_year = few and not left_too and may_stand_beside(len(rows), len(every))
    ways: dict[str, tuple[Filter, ...]]
    ways = {way.key: (way,) for way in filters(every, now, council, reach)}
    ways["age"] = (*ways["age"], aged_roughly(now, council))
    tables = [
        _hiding(_A_YEAR, every, *ways[key])
        if key in _OF_ENDED and of_year
        else _hiding("Open", rows, *ways[key])
        for key in _ANALYSED
    ]
    return web.render(
        "listing_figures.html",
        officer=officer,
        total=total_shown(len(rows)),
        of_year=len(every) if of_year else 0,
        headed=_A_YEAR,
        means=reach.late_means(council),
        left_out=len(rows) if left else 0,
        tables=tables,
        year=[(called, total_shown(many)) for called, many in _of_a_year(now)],
    )


def _hiding(of: str, rows: Sequence[Row], *ways: Filter) -> Counted:
    """Return the rows counted in the first of these ways that hides nothing, or else in the last.

    ``of`` says what the rows are.
    """
    counts = [way.counts(rows) for way in ways]
    place, shown = first_whole(
        *(
            ([many[choice.key] for choice in way.choices], len(rows))
            for way, many in zip(ways, counts, strict=True)
        )
    )
    way = ways[place]
    return Counted(
        way.name,
        tuple(
            Count(choice.name, many, "", chosen=False)
            for choice, many in zip(way.choices, shown, strict=True)
        ),
        of,
    )


# Old addresses -----------------------------------------------------------------------------------


@router.get("/open-forms")
def lead_on() -> Response[str]:
    """Lead to the list that took the place of the open forms, with its counts."""
    web.officer(router)
    return web.see_other("/challenges?counts=yes")
