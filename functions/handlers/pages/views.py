"""Saved views: an officer keeps the filters of their list under a name, and opens them again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.views import AT_MOST, SavedView
from adapters.wiring import casebook, saved_views
from domain.moments import local_day
from handlers.pages import unsent, web
from handlers.pages.done import note_many, said_of_many
from handlers.pages.filtering import filters, view_of
from handlers.pages.kit import Field, Form, Kind, Reading
from handlers.pages.reach import reach_of
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response

    from domain.council import Council
    from domain.directory import Officer
    from handlers.pages.filtering import View

__all__ = ["router"]

router = APIGatewayRouter()

_AT = "/views"
_LONGEST_NAME = 60


@router.get(_AT)
def show_views() -> Response[str]:
    """Show the officer's views; with filters in the address, the form to save those."""
    officer, council = web.officer_and_council(router)
    view = view_of(query(router))
    if view.chosen and not unsent.is_named(router):
        return unsent.to_own_place(router)
    if not view.chosen:
        return _page(officer, council, view)
    at = unsent.place(router, officer.id)
    found = unsent.found(at)
    if found.sent:
        return web.see_other(_AT)
    form = _form(at, found.form)
    if query(router).get("step") == unsent.CHECK:
        form = _form(at, found.form, _checked(found.form, officer)[1])
    return _page(officer, council, view, form)


@router.post(_AT)
def save_view() -> Response[str]:
    """Save the filters of the address under the name that was typed."""
    officer = web.officer(router)
    typed = web.form(router)
    view = view_of(query(router))
    if not view.chosen:
        return web.see_other(_AT)
    at = unsent.place(router, officer.id, typed)
    name, problems = _checked(typed, officer)
    if problems:
        unsent.keep(at, _form(at, typed).answers())
        return at.see(unsent.CHECK)
    saved_views().save(officer.id, SavedView(at.id, name, _query(view)))
    unsent.use_up(at, {unsent.KEPT: unsent.found(at).mark}, officer)
    return web.see_other(_AT, [note_many("view-saved")])


@router.get(f"{_AT}/open")
def open_view() -> Response[str]:
    """Lead to the list with the filters of one of the officer's views."""
    officer = web.officer(router)
    view = view_of(_filters(_named(officer)))
    return web.see_other(view.address())


@router.post(f"{_AT}/delete")
def delete_view() -> Response[str]:
    """Delete one of the officer's views: two presses save it again."""
    officer = web.officer(router)
    id_ = query(router).get("view", "")
    known = any(one.id == id_ for one in saved_views().of(officer.id))
    saved_views().delete(officer.id, id_)
    return web.see_other(_AT, [note_many("view-deleted")] if known else [])


def _named(officer: Officer) -> SavedView:
    """Return the officer's view with the id of the address. Raise ``NotFoundError``."""
    id_ = query(router).get("view", "")
    found = next((one for one in saved_views().of(officer.id) if one.id == id_), None)
    if found is None:
        raise NotFoundError
    return found


def _query(view: View) -> str:
    return view.address().partition("?")[2]


def _filters(saved: SavedView) -> dict[str, str]:
    return dict(parse_qsl(saved.filters))


def _form(
    at: unsent.Place, typed: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> Form:
    hint = "For example, Late in the North Team. Only you see it. Do not name any child."
    field = Field("name", Kind.LINE, "Name of the view", hint, width=20)
    return Form((field,), at.address(), typed, problems or {})


def _checked(typed: Mapping[str, str], officer: Officer) -> tuple[str, dict[str, str]]:
    """Return the name, and what to correct: the field's name → sentence."""
    read = Reading(typed, web.damaged(typed))
    name = read.words("name")
    if not name and "name" not in read.problems:
        read.problems["name"] = "Enter a name for the view."
    elif len(name) > _LONGEST_NAME:
        read.problems["name"] = f"Shorten the name to {_LONGEST_NAME} characters."
    elif len(saved_views().of(officer.id)) >= AT_MOST:
        read.problems["name"] = f"Delete one of your {AT_MOST} views first."
    return name, read.problems


def _page(
    officer: Officer, council: Council, view: View, form: Form | None = None
) -> Response[str]:
    now = clock.now()
    reach = reach_of(officer.id, council, local_day(now))
    named = form and not reach.counts_alone  # a name in these words says that a challenge has it
    rows = reach.rows(casebook().record.lists)[0] if named else []
    ways = filters(rows, now, council, reach)
    return web.render(
        "views.html",
        officer=officer,
        done=said_of_many(router, "view-saved", "view-deleted"),
        form=form,
        filters=view.in_words(ways),
        saved=[(one, urlencode({"view": one.id})) for one in saved_views().of(officer.id)],
        errors=form.errors if form else [],
    )
