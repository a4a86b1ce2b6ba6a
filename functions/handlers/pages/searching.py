"""The search: by reference, whole or in part, Case ID, initials, or the name of somebody at work.

What is typed is sent by POST, and kept as a form that was not sent: people type a child's name, and
histories and logs keep what is in an address. The page that shows what was found has an address of
its own, which says nothing. It finds only what its reader may see, and records no look.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import NoSuchChallengeError, OnlyAPartError
from adapters.record.lists import AT_MOST_OPEN
from adapters.wiring import casebook
from domain.moments import local_day
from domain.reference import tidied
from domain.vocabulary import ENDED
from handlers.pages import gate, unsent, web
from handlers.pages.listing import line_of
from handlers.pages.reach import Reach, reach_of
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.council import Council
    from domain.directory import Officer
    from handlers.pages.front import Section

__all__ = ["router"]

router = APIGatewayRouter()

_AT, _FIELD = "/find", "reference"

#: How many challenges are shown, and how many of an IRO's ended ones are searched.
_SHOWN, _ENDED_OF_EACH = 50, 200

#: The fewest characters of a reference or a Case ID that are searched as a part, and of a name.
_PART, _NAME = 3, 2

#: In what way something is found: by what the challenge or the child is called, or by who works
#: on it. This is also their order.
_ITSELF, _BY_NAME = 1, 2

_SIGNS = re.compile(r"[^0-9A-Z]")


@router.get(_AT)
def show_found() -> Response[str]:
    """Show the form to search with, and what fits what was typed into it last.

    An address that says anything else leads to the empty form.
    """
    asked = query(router)
    if {*asked} - {"form"} or (asked and not unsent.is_named(router)):
        return web.see_other(_AT)  # before somebody signs in, so that they do not come back to it
    officer, council = web.officer_and_council(router)
    if reach_of(officer.id, council, local_day(clock.now())).counts_alone:
        return web.render("find.html", officer=officer, finds_nothing=True)
    if not asked:
        return _page(officer)
    typed = unsent.found(unsent.Place(officer.id, asked["form"], _AT)).form.get(_FIELD, "")
    if not _letters(typed):
        problem = "Enter a reference, a Case ID, initials or a person’s name."
        return _page(officer, typed, problem)
    return _results(officer, council, typed)


@router.post(_AT)
def find() -> Response[str]:
    """Lead to the challenge whose whole reference was typed, or else to what was found.

    The reference of a challenge that the person may see is the only thing that goes into an
    address: “Ben Marks” reads like one.
    """
    officer, council = web.officer_and_council(router, keep=False)
    typed = web.form(router).get(_FIELD, "")
    reference = tidied(typed)
    try:
        if reference and gate.found(reference, officer, council, clock.now()):
            return web.see_other(f"/challenges/{reference}")
    except OnlyAPartError as error:
        return web.see_other(error.address)
    except NoSuchChallengeError:
        pass  # the list that follows says that nothing fits
    at = unsent.Place(officer.id, web.new_id(), _AT)
    unsent.keep(at, {_FIELD: typed})
    return at.see()


def _page(officer: Officer, typed: str = "", problem: str = "") -> Response[str]:
    return web.render(
        "find.html",
        officer=officer,
        typed=typed,
        problem=problem,
        errors=[{"text": problem, "href": f"#{_FIELD}"}] if problem else [],
    )


def _results(officer: Officer, council: Council, typed: str) -> Response[str]:
    now = clock.now()
    reach = reach_of(officer.id, council, local_day(now))
    way = _way(typed, council, now)
    rows, left = _rows(reach, council)
    ways = {row.reference: (row, way(row)) for row in rows}
    for row in _of_child(typed, officer, reach):
        ways[row.reference] = row, _ITSELF
    found = [(row, how) for row, how in ways.values() if how]
    still_open = sorted(
        ((row, how) for row, how in found if row.standing not in ENDED),
        key=lambda pair: (pair[1], pair[0].due, pair[0].reference),
    )
    ended = [(row, how) for row, how in found if row.standing in ENDED]
    ended.sort(key=lambda pair: _ended_at(pair[0]), reverse=True)
    ended.sort(key=lambda pair: pair[1])
    lines = [line_of(row, now, council, reach) for row, _ in still_open[:_SHOWN]]
    room = max(0, _SHOWN - len(lines))
    return web.render(
        "find.html",
        officer=officer,
        typed=typed,
        searched=True,
        lines=lines,
        section=_ended([row for row, _ in ended[:room]], officer, council, now),
        both_ways=len({how for _, how in found}) > 1,
        more=len(found) > _SHOWN,
        left_out=left,
        at_most=AT_MOST_OPEN,
    )


def _ended(rows: list[Row], officer: Officer, council: Council, now: datetime) -> Section:
    """Return the ended challenges that were found, in words, with how and when they ended."""
    from handlers.pages.front import ENDED_COLUMNS, Section, line_of_ended

    lines = tuple(line_of_ended(row, council, officer, now) for row in rows)
    return Section("ended", "Ended challenges that were found", lines, len(lines), ENDED_COLUMNS)


def _ended_at(row: Row) -> str:
    """Return the moment of its end; empty if an earlier release wrote the row without it."""
    return row.ended.partition(" ")[0] or (row.due if row.outcome else "")


def _rows(reach: Reach, council: Council) -> tuple[list[Row], bool]:
    """Return the open and the ended challenges that the reader may open, and if any were left out.

    There are at most four queries, and one more for each IRO whose work the reader has.
    """
    from handlers.pages.front import is_still_theirs

    lists = casebook().record.lists
    if reach.counts_alone or not reach.has_a_list:
        return [], False
    rows, left = reach.rows(lists)
    ended: list[Row] = []
    if reach.everything or reach.posts:
        posts = () if reach.everything else sorted(reach.posts)
        ended, left_too = lists.ended_for(posts, "")
        left = left or left_too
        held = {id_: council.directory.posts[id_] for id_ in posts}
        ended = [row for row in ended if reach.everything or is_still_theirs(row, held)]
    if not reach.everything:
        ended += [row for iro in sorted(reach.iros) for row in lists.ended_of(iro, _ENDED_OF_EACH)]
    return [row for row in (*rows, *ended) if reach.opens(row)], left


def _of_child(typed: str, officer: Officer, reach: Reach) -> Iterable[Row]:
    """Return the challenges about the child with this Case ID, for those who see all of a child's.

    So does the IRO of one of them (rule 25).
    """
    case_id = typed.strip()
    if not case_id or not (reach.everything or reach.iros):
        return ()
    rows = casebook().record.lists.of_child(case_id)
    return rows if reach.everything or any(row.iro == officer.id for row in rows) else ()


def _way(typed: str, council: Council, now: datetime) -> Callable[[Row], int]:
    """Return in what way a row has what was typed, which comes first the lower it is; 0 if in none.

    It is in its reference, its Case ID or its initials, or in the name of somebody at work.
    """
    letters = _letters(typed)
    part = letters.removeprefix("PCE") if len(letters) > len("PCE") else letters
    people = {*_people(typed, council)}
    today = local_day(now)
    posts = {post.id for person in people for post in council.directory.posts_held(person, today)}

    def of(row: Row) -> int:
        in_reference = len(part) >= _PART and part in _letters(row.reference.removeprefix("PCE"))
        in_case_id = len(letters) >= _PART and letters in _letters(row.case_id)
        has_initials = bool(row.initials) and letters == _letters(row.initials)
        if in_reference or in_case_id or has_initials:
            return _ITSELF
        with_person = row.iro in people or not posts.isdisjoint(row.posts)
        return _BY_NAME if with_person else 0

    return of


def _people(typed: str, council: Council) -> Iterator[str]:
    """Yield the ids of the officers whose name has every word that was typed, at its beginning.

    A word of two letters, which may be initials, has to be a whole name.
    """
    words = _plain(typed).split()
    if not words or any(len(word) < _NAME for word in words):
        return
    parts = [part for word in words for part in word.split("-") if part]
    for officer in council.directory.officers.values():
        named = re.split(r"[\s-]+", _plain(officer.name))
        if all(any(_begins(one, part) for one in named) for part in parts):
            yield officer.id


def _begins(name: str, part: str) -> bool:
    return name.startswith(part) if len(part) >= _PART else name == part


def _letters(text: str) -> str:
    """Return the letters and digits of ``text``, in capitals and without accents."""
    return _SIGNS.sub("", _plain(text).upper())


def _plain(text: str) -> str:
    """Return ``text`` without case and accents, with straight apostrophes."""
    apart = unicodedata.normalize("NFKD", text.casefold()).replace("’", "'")
    return "".join(one for one in apart if not unicodedata.combining(one))
