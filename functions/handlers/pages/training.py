"""The page of a training environment on which a training run is begun and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.settings import working_day
from adapters.wiring import casebook, training_runs
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Role
from domain.moments import local_day
from domain.training import AT_MOST, LONGEST_DAY, SHORTEST_DAY
from handlers.pages import web
from handlers.pages.banner import pace
from handlers.pages.fields import Field, Kind, Reading, anchors_of, error_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response

    from domain.directory import Officer

__all__ = ["router"]

router = APIGatewayRouter()

#: Who may begin and end a training run, which all who train here share.
_MAY = (Role.IRO, Role.SRSM)

#: So long a page wakes challenges, so that it answers in time; it may run for 25 seconds.
_WAKES_FOR = timedelta(seconds=15)

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)

#: Of a training run, unless somebody says otherwise: a ladder of ten minutes fits into it.
_MINUTES = 15

#: Digits enough for what people type; the bounds of a training run are checked with it.
_MOST = 99_999


@router.get("/practice")
def show() -> Response[str]:
    """How fast the clock runs, and the form to begin a training run, or to end it."""
    officer = _trainee()
    return _page(officer, web.draft(router, officer))


@router.post("/practice")
def begin_or_end() -> Response[str]:
    """Begin a training run, or end the one that goes on."""
    officer = _trainee()
    if not _may(officer):
        message = (
            f"Only an {Role.IRO} or the {Role.SRSM} can begin and end a training run. Ask one."
        )
        raise NotAllowedError(message)
    typed, at = web.form(router), clock.wall()
    if typed.get("press") == "end":
        training_runs().end(at, officer.id, renew_until=at + _WAKES_FOR)
        return web.see_other("/practice")
    read = Reading(typed, web.damaged(typed))
    seconds = read.number("working_day", "Enter a whole number of seconds, like 30.", most=_MOST)
    minutes = read.number("minutes", "Enter a whole number of minutes, like 15.", most=_MOST)
    if read.problems:
        return _page(officer, typed, read.problems)
    try:
        training_runs().begin(
            minutes * _MINUTE, seconds * _SECOND, at, officer.id, renew_until=at + _WAKES_FOR
        )
    except BadSubmissionError as error:
        return _page(officer, typed, error.fields)
    web.use_up_draft(officer, typed)
    return web.see_other("/practice")


def _trainee() -> Officer:
    """Who is signed in; raises ``NotFoundError`` where nobody trains: in a live environment.

    Raises what ``web.officer`` raises.
    """
    officer = web.officer(router)
    _usual_day()
    return officer


def _usual_day() -> timedelta:
    usual = working_day()
    if usual is None:
        raise NotFoundError
    return usual


def _may(officer: Officer) -> bool:
    held = casebook().council().directory.posts_held(officer.id, local_day(clock.now()))
    return any(post.role in _MAY for post in held)


def _fields() -> tuple[Field, ...]:
    return (
        Field(
            "working_day",
            Kind.NUMBER,
            "How many seconds does a working day last?",
            f"From {SHORTEST_DAY // _SECOND} to {LONGEST_DAY // _SECOND}. With 30, the twenty "
            "working days of a silent ladder take ten minutes.",
            value=str(_usual_day() // _SECOND),
        ),
        Field(
            "minutes",
            Kind.NUMBER,
            "For how many minutes?",
            f"From 1 to {AT_MOST // _MINUTE}, by your own clock.",
            value=str(_MINUTES),
        ),
    )


def _page(
    officer: Officer, typed: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> Response[str]:
    latest, fields, problems = training_runs().latest(clock.wall()), _fields(), problems or {}
    return web.render(
        "training.html",
        422 if problems else 200,
        officer=officer,
        may_begin=_may(officer),
        who=f"an {Role.IRO} or the {Role.SRSM}",
        goes_on=latest is not None and clock.wall() < latest.until,
        pace=pace(latest),
        fields=fields,
        typed=typed,
        problems=problems,
        errors=error_summary(problems, anchors_of(fields)),
    )
