"""A person's calendar: the page on which they make its secret address, and the feed behind it.

The page shows a new address once, right after it was made: only its hash is kept. What stops an
address is checked on a page of its own, because calendars that have it lose their deadlines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.settings import environment, working_day
from adapters.wiring import calendars, casebook
from domain.moments import local_day
from handlers.pages import done, web
from handlers.request import query

if TYPE_CHECKING:
    from domain.directory import Officer

__all__ = ["router"]

router = APIGatewayRouter()

_AT = "/calendar"
_KIND = "text/calendar; charset=utf-8"

#: The steps that are checked first, and what is said after the last of them.
_STOP = "stop"
_STEPS = ("make", _STOP)
_STOPPED = "calendar-stopped"


@router.get(_AT)
def show() -> Response[str]:
    """Say whether the person has an address for their calendar, and when it was last read.

    At a step that stops it (``make`` or ``stop``), ask first.
    """
    officer = web.officer(router)
    feed = calendars().of(officer.id)
    step = query(router).get("step", "")
    if feed and step in _STEPS:
        return web.render("calendar_check.html", officer=officer, stops=step == _STOP)
    return web.render(
        "calendar.html",
        officer=officer,
        feed=feed,
        made=_made(officer),
        done=done.said_of_many(router, _STOPPED),
    )


@router.post(_AT)
def change() -> Response[str]:
    """Make a new address, which stops the one before, or stop the one there is."""
    officer, _ = web.officer_and_council(router, keep=False)
    if web.form(router).get("press") == _STOP:
        known = calendars().of(officer.id)
        calendars().stop(officer.id)
        return web.see_other(_AT, [done.note_many(_STOPPED)] if known else [])
    token = calendars().make(officer.id, clock.now())
    return web.see_other(_AT, [done.note_of("calendar", token)])


def _made(officer: Officer) -> str:
    """Return the address that the person has just made; empty if they made none."""
    token = done.noted(router, "calendar")
    is_theirs = bool(token) and calendars().is_current(officer.id, token)
    return calendars().address(officer.id, token) if is_theirs else ""


@router.get(f"{_AT}/<name>")
def feed(name: str) -> Response[str]:
    """Return the feed of whoever's secret address it is: their deadlines and meetings.

    Nobody is signed in: a calendar program reads it. A stopped, forged or leaver's address is
    answered like any page that is not there.
    """
    from adapters.calendars import as_feed, deadlines, late_today, meetings
    from adapters.record.lists import together

    now = clock.now()
    officer = calendars().read(name, now)
    directory = casebook().council().directory
    if not officer or officer not in directory.officers:
        raise NotFoundError
    lists, url = casebook().record.lists, environment("PUBLIC_URL")
    trays = directory.trays(officer, local_day(now))
    rows = together(row for tray in trays for row in lists.in_tray(tray))
    entries = [
        *late_today(rows, url, now),
        *deadlines(rows, url, now),
        *meetings(lists.meetings_of(officer), url),
    ]
    body = as_feed(entries, now, training=working_day() is not None)
    return Response(200, _KIND, body, {**web.SECURITY, "Cache-Control": "private, max-age=900"})
