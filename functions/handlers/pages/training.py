"""The page of a training environment to begin and end a training run."""

from __future__ import annotations

from contextlib import suppress
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
from handlers.pages import unsent, web
from handlers.pages.banner import pace
from handlers.pages.kit import Field, Form, Kind, Reading
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response

    from domain.directory import Officer

__all__ = ["router"]

router = APIGatewayRouter()

_ADDRESS = "/practice"

#: Who may begin and end a training run, which everybody who trains here shares.
_MAY = (Role.IRO, Role.SRSM)

#: How long a page may wake challenges. It is well under the 25 seconds that the page may run.
_WAKES_FOR = timedelta(seconds=15)

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)

#: How many minutes a training run lasts unless somebody says otherwise: a ten-minute ladder fits.
_MINUTES = 15

#: The largest number that is read; the rules of training runs then check their own limits.
_MOST = 99_999


@router.get(_ADDRESS)
def show() -> Response[str]:
    """Show how fast the clock runs, and the form to begin or end a training run."""
    officer = _trainee()
    if not unsent.is_named(router):
        return unsent.to_own_place(router)
    at = unsent.place(router, officer.id)
    found = unsent.found(at)
    looked = query(router).get("step") == unsent.CHECK and not found.sent
    return _page(officer, at, found, _asked_for(officer, found.form)[1] if looked else {})


@router.post(_ADDRESS)
def begin_or_end() -> Response[str]:
    """Begin a training run, or end the present one."""
    officer = _trainee()
    _check_may(officer)
    typed, now = web.form(router), clock.wall()
    if typed.get("press") == "end":
        with suppress(NotAllowedError):  # it is already over, and the page says so
            training_runs().end(now, officer.id, renew_until=now + _WAKES_FOR)
        return web.see_other(_ADDRESS)
    at = unsent.place(router, officer.id, typed)
    (lasts, day), problems = _asked_for(officer, typed)
    if problems:
        unsent.keep(at, typed)
        return at.see(unsent.CHECK)
    training_runs().begin(lasts, day, now, officer.id, renew_until=now + _WAKES_FOR)
    unsent.use_up(at, typed, officer)
    return web.see_other(_ADDRESS)


def _asked_for(
    officer: Officer, typed: Mapping[str, str]
) -> tuple[tuple[timedelta, timedelta], dict[str, str]]:
    """Return how long the training run and its working day should last, and what to correct.

    Raise ``NotAllowedError`` if the officer cannot begin one, or not now.
    """
    _check_may(officer)
    read = Reading(typed, web.damaged(typed))
    seconds = read.number("working_day", "Enter a whole number of seconds, like 30.", most=_MOST)
    minutes = read.number("minutes", "Enter a whole number of minutes, like 15.", most=_MOST)
    lasts, day, problems = minutes * _MINUTE, seconds * _SECOND, dict(read.problems)
    try:
        training_runs().rehearse(lasts, day, clock.wall(), officer.id)
    except BadSubmissionError as error:
        problems = {**error.fields, **problems}
    return (lasts, day), problems


def _trainee() -> Officer:
    """Return who is signed in. Raise ``NotFoundError`` in a live environment.

    Raise also whatever ``web.officer`` raises.
    """
    officer = web.officer(router)
    _usual_day()
    return officer


def _usual_day() -> timedelta:
    usual = working_day()
    if usual is None:
        raise NotFoundError
    return usual


def _check_may(officer: Officer) -> None:
    if not _may(officer):
        message = (
            f"Only an {Role.IRO} or the {Role.SRSM} can begin or end a training run. "
            "Ask one of them."
        )
        raise NotAllowedError(message)


def _may(officer: Officer) -> bool:
    held = casebook().council().directory.posts_held(officer.id, local_day(clock.now()))
    return any(post.role in _MAY for post in held)


def _fields() -> tuple[Field, ...]:
    return (
        Field(
            "working_day",
            Kind.NUMBER,
            "How many seconds does a working day last?",
            f"From {SHORTEST_DAY // _SECOND} to {LONGEST_DAY // _SECOND}. With 30, a challenge "
            "that nobody answers goes through its 20 working days in ten minutes.",
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
    officer: Officer, at: unsent.Place, found: unsent.Found, problems: Mapping[str, str]
) -> Response[str]:
    latest = training_runs().latest(clock.wall())
    hidden = {"draft": at.draft, unsent.KEPT: found.mark}
    form = Form(_fields(), at.address(), found.form, problems, hidden)
    return web.render(
        "training.html",
        officer=officer,
        may_begin=_may(officer),
        who=f"an {Role.IRO} or the {Role.SRSM}",
        goes_on=latest is not None and clock.wall() < latest.until,
        pace=pace(latest),
        form=form,
        errors=form.errors,
    )
