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

__all__ = ["router"]

router = APIGatewayRouter()

_AT, _FIELD = "/find", "reference"

#: How many challenges are shown, and how many of an IRO's ended ones are searched.
_SHOWN, _ENDED_OF_EACH = 50, 200

#: The fewest characters of a reference or a Case ID that are searched as a part, and of a name.
_PART, _NAME = 3, 2

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
    fits = _fitting(typed, council, now)
    rows, left = _rows(reach)
    by_reference = {row.reference: row for row in rows if fits(row)}
    for row in _of_child(typed, officer, reach):
        by_reference.setdefault(row.reference, row)
    found = sorted(by_reference.values(), key=lambda row: (row.standing in ENDED, row.due))
    return web.render(
        "find.html",
        officer=officer,
        typed=typed,
        searched=True,
        lines=[line_of(row, now, council) for row in found[:_SHOWN]],
        more=len(found) > _SHOWN,
        left_out=left,
        at_most=AT_MOST_OPEN,
    )


def _rows(reach: Reach) -> tuple[list[Row], bool]:
    """Return the open and the ended challenges that the reader may open, and if any were left out.

    There are at most four queries, and one more for each IRO whose work the reader has.
    """
    lists = casebook().record.lists
    if reach.counts_alone or not reach.has_a_list:
        return [], False
    rows, left = reach.rows(lists)
    ended: list[Row] = []
    if reach.everything or reach.posts:
        posts = () if reach.everything else sorted(reach.posts)
        ended, left_too = lists.ended_for(posts, "")
        left = left or left_too
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


def _fitting(typed: str, council: Council, now: datetime) -> Callable[[Row], bool]:
    """Return whether a row has what was typed as part of its reference, Case ID, or a person."""
    letters = _letters(typed)
    part = letters.removeprefix("PCE") if len(letters) > len("PCE") else letters
    people = {*_people(typed, council)}
    today = local_day(now)
    posts = {post.id for person in people for post in council.directory.posts_held(person, today)}

    def fits(row: Row) -> bool:
        in_reference = len(part) >= _PART and part in _letters(row.reference.removeprefix("PCE"))
        in_case_id = len(letters) >= _PART and letters in _letters(row.case_id)
        has_initials = bool(row.initials) and letters == _letters(row.initials)
        with_person = row.iro in people or not posts.isdisjoint(row.posts)
        return in_reference or in_case_id or has_initials or with_person

    return fits


def _people(typed: str, council: Council) -> Iterator[str]:
    """Yield the ids of the officers whose name has every word that was typed, at its beginning."""
    words = _plain(typed).split()
    if not words or any(len(word) < _NAME for word in words):
        return
    for officer in council.directory.officers.values():
        named = re.split(r"[\s-]+", _plain(officer.name))
        if all(any(one.startswith(part) for one in named) for part in _parts(words)):
            yield officer.id


def _parts(words: Iterable[str]) -> list[str]:
    return [part for word in words for part in word.split("-") if part]


def _letters(text: str) -> str:
    """Return the letters and digits of ``text``, in capitals and without accents."""
    return _SIGNS.sub("", _plain(text).upper())


def _plain(text: str) -> str:
    """Return ``text`` without case and accents, with straight apostrophes."""
    apart = unicodedata.normalize("NFKD", text.casefold()).replace("’", "'")
    return "".join(one for one in apart if not unicodedata.combining(one))
