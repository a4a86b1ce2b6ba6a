"""The front page with each person's work, signing in and out, and the static files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.identity import CALLBACK_PATH, ProviderUnavailableError, SignInError
from adapters.wiring import casebook, drafts, identity, sessions
from domain.ladder import Role
from domain.moments import local_day
from domain.people import may_raise
from handlers import request
from handlers.pages import draft_list, web
from handlers.pages.front import ENDED_COLUMNS, Section, ended_page, front, line_of_ended
from handlers.pages.reach import reach_of

if TYPE_CHECKING:
    from domain.council import Council
    from domain.directory import Officer, Post

__all__ = ["SOMEBODY_ELSES", "router", "somebody_elses"]

router = APIGatewayRouter()
_log = Logger(child=True)

#: How many ended challenges a page lists, and how many drafts the front page does.
_ENDED_AT_MOST, _DRAFTS_AT_MOST = 20, 3

#: A place in the list of ended challenges, as in ``Row.ended``: a moment, and a reference.
_PLACE = re.compile(r"[0-9T:.Z-]{27} [A-Z0-9-]{1,20}")


# The front page ----------------------------------------------------------------------------------


@router.get("/")
def home() -> Response[str]:
    """Show what waits for the person, and everything else that is theirs."""
    return _home(*web.officer_and_council(router))


@router.get("/your-work/<key>")
def show_whole_list(key: str) -> Response[str]:
    """Show one list of the person's front page, with all of its lines."""
    officer, council = web.officer_and_council(router)
    found = (one for one in front(officer, council, clock.now(), key).sections if one.key == key)
    section = next(found, None)
    if section is None:
        return web.see_other("/")
    return web.render("work.html", officer=officer, section=section)


@router.get("/ended")
def show_ended() -> Response[str]:
    """Show more challenges that ended: all, to those who may open all; else those of an IRO."""
    officer, council = web.officer_and_council(router)
    before = request.query(router).get("before", "")
    if before and not _PLACE.fullmatch(before):
        return web.see_other("/ended")
    now = clock.now()
    reach = reach_of(officer.id, council, local_day(now))
    if not (reach.everything or reach.iros):
        return web.see_other("/your-work/ended")
    rows, after = ended_page(reach, _ENDED_AT_MOST, before)
    more = f"/ended?{urlencode({'before': after})}" if after else ""
    section = Section(
        *("ended", "Ended challenges"),
        tuple(line_of_ended(row, council, officer, now) for row in rows),
        *(len(rows), ENDED_COLUMNS),
        empty="There are no more." if before else "There are no ended challenges.",
    )
    return web.render("ended.html", officer=officer, section=section, more=more, first=before)


def _home(officer: Officer, council: Council) -> Response[str]:
    now = clock.now()
    held = council.directory.posts_held(officer.id, local_day(now))
    roles = {post.role for post in held}
    kept = drafts().of(officer.id)
    return web.render(
        "home.html",
        officer=officer,
        front=front(officer, council, now),
        may_raise=may_raise(officer.id, council, local_day(now)),
        posts=[_post(post, officer) for post in held],
        figures=Role.PERFORMANCE_ANALYST in roles,
        directory=Role.DIRECTORY_ADMINISTRATOR in roles,
        searches=not roles <= {Role.PERFORMANCE_ANALYST, Role.DIRECTORY_ADMINISTRATOR},
        drafts=draft_list.lines(kept, _DRAFTS_AT_MOST),
        more_drafts=len(kept) > _DRAFTS_AT_MOST,
    )


def _post(post: Post, officer: Officer) -> str:
    return post.title if post.holder == officer.id else f"{post.title} (covering)"


# Signing in and out ------------------------------------------------------------------------------


@router.get("/sign-in")
def sign_in() -> Response[str]:
    """Lead to the council's own sign-in, and then back to where the person wanted to go."""
    try:
        start = identity().start_sign_in(request.query(router).get("return_to", "/"))
    except SignInError as error:
        return _not_signed_in(error)
    return web.see_other(start.redirect_url, [start.cookie])


@router.get(CALLBACK_PATH)
def signed_in() -> Response[str]:
    """Begin a session for the person who comes back from the council's sign-in."""
    try:
        done = identity().finish_sign_in(request.query(router), request.cookies(router))
    except SignInError as error:
        return _not_signed_in(error)
    _end_session()  # somebody else may have been signed in at this browser before
    found = casebook().council().directory.by_email(done.email)
    if found:
        sessions().begin(found.id, done.session)
    # Nor does this person hear what somebody else has done here.
    return web.see_other(done.return_to, [*done.cookies, identity().forget_done()])


def _not_signed_in(error: SignInError) -> Response[str]:
    _log.warning("not signed in", extra={"error": type(error).__name__, "reason": error.reason})
    status = 503 if isinstance(error, ProviderUnavailableError) else 403
    return web.render("not_signed_in.html", status, sentence=str(error))


@router.post("/sign-out")
def sign_out() -> Response[str]:
    """End the session of this browser, and of every copy of its cookie."""
    _end_session()
    return web.see_other("/signed-out", [*identity().sign_out(), identity().forget_done()])


def _end_session() -> None:
    session = identity().read_session(request.cookies(router))
    found = casebook().council().directory.by_email(session.email) if session else None
    if session and found:
        sessions().end(found.id, session)


#: The address of the page that says that somebody else opened this form.
SOMEBODY_ELSES = "/opened-by-somebody-else"


@router.get("/session-ended")
def session_ended() -> Response[str]:
    """Say that a form which was sent after the session ended is kept.

    Nobody is signed in, so the page shows nothing of what was typed.
    """
    return_to = request.query(router).get("return_to", "/")
    address = f"/sign-in?return_to={quote(return_to, safe='/')}"
    return web.render("session_ended.html", 401, address=address)


@router.get(SOMEBODY_ELSES)
def opened_by_somebody_else() -> Response[str]:
    """Say that what was typed is kept for the person who opened the form, and not recorded."""
    return somebody_elses(
        "What was typed into it was kept for them. They will find it under “Your work”, "
        "among their drafts.",
        409,
    )


def somebody_elses(kept: str, status: int) -> Response[str]:
    """Return the page that says that somebody else opened the form.

    ``kept`` is the sentence about what happened to what was typed.
    """
    return web.render(
        "problem.html",
        status,
        title="This form was opened by somebody else",
        sentences=(
            (
                "Somebody else was signed in on this computer when this form was opened. Nothing "
                "was recorded in your name."
            ),
            kept,
            "If you want to do this yourself, go to the front page and open the form again.",
        ),
    )


@router.get("/signed-out")
def signed_out() -> Response[str]:
    """Say that the person is signed out, and offer to sign in again."""
    return web.render("signed_out.html")


# Static files ------------------------------------------------------------------------------------

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@router.get("/assets/<name>")
def asset(name: str) -> Response[Any]:
    """Return a style sheet or picture. Its address changes with its content, so browsers keep it.

    ``name`` is compared with the names of the files, and never becomes part of a path.
    """
    files = {file.name: file for file in web.STATIC.iterdir()} if web.STATIC.is_dir() else {}
    file = files.get(name)
    if file is None or file.suffix not in _KINDS:
        raise NotFoundError
    content = file.read_bytes()
    # During a deployment a new page may get the old version's file, which must not be kept.
    is_named = request.query(router).get("v") == web.mark_of(content)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"} if is_named else {}
    return Response(200, _KINDS[file.suffix], content, {**web.SECURITY, **kept})
