"""The pages: the service as people see it, over API Gateway.

The routes are in the modules of this package. This one puts them together, and makes the page when
something goes wrong. What somebody typed is not lost with an error: the error's page has it, to be
sent again or copied, unless it is more than a page can show.
"""

from __future__ import annotations

import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import BotoCoreError, ClientError

from adapters.errors import AdapterError, NoSuchChallengeError, TryAgainError
from adapters.wiring import casebook
from domain.errors import AlreadyAnsweredError, CalendarHorizonError, NotAllowedError
from domain.ladder import Role
from handlers import request
from handlers.pages import (
    briefing,
    covering,
    deciding,
    directory,
    doing,
    history,
    home,
    open_forms,
    raising,
    replying,
    replying_together,
    supervision,
    training,
    transferring,
    unsent,
    web,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from domain.council import Council

__all__ = ["app", "handler"]

_log = Logger()

#: The most characters in a choice, date or id. Longer text was written, even without a space in it.
_LONGEST_ID = 50

#: What AWS, or what we keep there, can fail with while the page of an error is made. Such a page
#: does without: if it failed too, API Gateway would answer, and nothing that was typed would be on
#: the page.
_OUT = (AdapterError, BotoCoreError, ClientError)

app = APIGatewayRestResolver()
app.use([web.looks_answered, web.marked, request.exactly, web.origin_checked, request.once])
for _module in (
    home,
    raising,
    replying,
    replying_together,
    doing,
    briefing,
    open_forms,
    history,
    deciding,
    covering,
    directory,
    transferring,
    supervision,
    training,
):
    app.include_router(_module.router)


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(request.opened(event), context)


# When something goes wrong -----------------------------------------------------------------------


def _problem(
    status: int,
    title: str,
    *sentences: str,
    typed: dict[str, str] | None = None,
    action: str = "",
    sign_in: bool = False,
    written: list[tuple[str, str]] | None = None,
) -> Response[str]:
    """Return a page that says what happened; with ``typed``, a form to send again to ``action``.

    ``written`` are (label, text) pairs to copy, by default what was typed.
    """
    return web.render(
        "problem.html",
        status,
        title=title,
        sentences=sentences,
        typed=typed or {},
        action=action,
        sign_in=sign_in,
        written=_to_copy(typed or {}) if written is None else written,
    )


def _to_send_again(
    status: int, title: str, *sentences: str, sign_in: bool = False
) -> Response[str]:
    """Return a page that says what happened, with what was typed in a form to send again."""
    action = request.address(app)
    return _problem(status, title, *sentences, typed=_typed(), action=action, sign_in=sign_in)


def _to_copy(
    typed: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Return what somebody typed, as (label, text) pairs.

    ``labels`` are by default those of the form that was sent. If none are known, only text that
    somebody wrote in their own words is returned, with empty labels.
    """
    if not typed:
        return []
    known = web.with_labels(typed, _labels_sent() if labels is None else labels, _council())
    return known or [("", text) for text in typed.values() if _worth_reading(text)]


def _council() -> Council | None:
    """Return the council; ``None`` if it cannot be read now."""
    try:
        return casebook().council()
    except _OUT:
        return None


def _labels_sent() -> Mapping[str, str]:
    """Return the labels of the form that was sent; empty if it cannot be recognised now."""
    try:
        return web.labels_sent()
    except _OUT:
        return {}


def _worth_reading(text: str) -> bool:
    """Whether somebody wrote it in their own words: it is not a choice, a date or an id."""
    return " " in text or len(text) > _LONGEST_ID


def _brought() -> list[tuple[str, str]]:
    """Return what was sent, or what the page should have given back, as (label, text) pairs."""
    if app.current_event.http_method == "POST":
        return _to_copy(_typed())
    named = request.query(app)
    if web.brought() is None and _is_the_officers() and (named.get("form") or named.get("draft")):
        with suppress(web.WebError, *_OUT):
            unsent.found(unsent.place(app, web.officer(app).id))
    found = web.brought()
    if found is None:
        return []
    written = _to_copy(found.form, found.labels)
    if found.beside:
        labelled = any(label for label, _ in written) or not written
        written.append(("Also in your email" if labelled else "", found.beside))
    return written


def _is_the_officers() -> bool:
    """Whether the page keeps its form for the officer who is signed in.

    A link's form may be kept for the link alone, whoever is signed in at this browser. A search is
    never kept.
    """
    return not app.current_event.path.startswith(("/reply/", "/action/", "/find"))


def _given_back() -> Response[str] | None:
    """Keep the form that was sent and lead back to its page, which shows what is wrong.

    Return ``None`` if no form was sent, if it is not an officer's (:func:`_is_the_officers`), if
    nobody is signed in, or if it cannot be kept now.
    """
    if app.current_event.http_method != "POST" or not _is_the_officers():
        return None
    try:
        typed = web.form(app)
        at = unsent.place(app, web.officer(app).id, typed)
        unsent.keep(at, typed)
    except (web.WebError, *_OUT):
        return None
    return at.see(unsent.CHECK)


def _typed() -> dict[str, str]:
    """Return the form that was sent; empty if none was, or if it cannot be read."""
    try:
        return web.form(app) if app.current_event.http_method == "POST" else {}
    except web.WebError:
        return {}


@app.exception_handler(web.SignInNeededError)
def sign_in_needed(error: web.SignInNeededError) -> Response[str]:
    """Lead to the sign-in and back. What was typed was kept, or stays on the page itself."""
    if app.current_event.http_method != "POST":
        return web.see_other(f"/sign-in?return_to={quote(error.return_to, safe='/')}")
    if error.kept:
        # Not to the sign-in itself: our CSP forbids a form's answer to lead to another site.
        return web.see_other(f"/session-ended?return_to={quote(error.return_to, safe='/')}")
    return _to_send_again(
        401,
        "You are signed out",
        "What you typed is still here, on this page. Sign in again in a new tab, then come back to "
        "this one and send it again.",
        sign_in=True,
    )


@app.exception_handler(web.OthersFormError)
def others_form(error: web.OthersFormError) -> Response[str]:
    """Say that somebody else opened this form, and show nothing of what they typed."""
    if error.kept:
        return web.see_other(home.SOMEBODY_ELSES)
    return home.somebody_elses("What was typed into it was not kept.", 409)


@app.exception_handler(web.StrangerError)
def stranger(error: web.StrangerError) -> Response[str]:
    """Say whom to contact: this person has a council account but is not in the directory."""
    people = []
    if council := _council():
        directory = council.directory
        holders = [directory.officers.get(p.holder or "") for p in directory.posts_of(Role.SRSM)]
        people = [person for person in holders if person]
    return web.render("stranger.html", 403, email=error.email, people=people)


@app.exception_handler(web.ForeignFormError)
def foreign_form(_error: web.ForeignFormError) -> Response[str]:
    """Refuse a POST from another site, and show nothing of what it carried."""
    return _problem(
        403,
        "This was not sent from our own page",
        "Nothing was changed. Forms are only accepted from the pages of this service.",
        "If you filled in a form here, press Back: your browser may still have what you typed. "
        "Check that the address at the top is the one you always use for this service, and send it "
        "again.",
    )


@app.exception_handler(web.UnreadableFormError)
def unreadable_form(_error: web.UnreadableFormError) -> Response[str]:
    """Say that the body of the request is not a form of ours."""
    return _problem(
        400,
        "This form could not be read",
        "Nothing was changed. Press Back: your browser may still have what you typed. Send it "
        "again.",
    )


@app.exception_handler(web.RepeatedFieldError)
def repeated_field(error: web.RepeatedFieldError) -> Response[str]:
    """Say which field was sent twice, which our pages never do, and show all its answers."""
    found = dict.fromkeys(web.label_of(name, _labels_sent()) for name in error.names)
    which = [f"“{label}”" for label in found if label]
    written = _to_copy(error.typed)
    return _problem(
        400,
        "This form gives more than one answer to a question",
        f"We cannot tell which answer you mean{': ' if which else ''}{', '.join(which)}.",
        "Nothing was changed. Press Back, or open the form again. Give each answer once, and send "
        "it again.",
        *(["What you wrote stands below: copy what you want to keep."] if written else []),
        written=written,
    )


@app.exception_handler(request.RepeatedParameterError)
def repeated_parameter(_error: request.RepeatedParameterError) -> Response[str]:
    """Say that the address has a parameter twice, which our links never have."""
    return _problem(
        400,
        "This address cannot be read",
        "It gives the same detail more than once. Go back to the page or email that it comes from, "
        "and follow the link again.",
        "Nothing was changed.",
        written=_to_copy(_typed()),
    )


@app.exception_handler(web.TooLargeError)
def too_large(error: web.TooLargeError) -> Response[str]:
    """Say that the form is too long, and show it to be copied, unless even that is too much."""
    written = _to_copy(error.typed)
    still_there = (
        "What you wrote stands below: copy what you want to keep."
        if written
        else "It is more than can be shown here. Press Back: your browser may still have it."
    )
    return _problem(
        413,
        "This is more than the form can hold",
        f"Nothing was changed, and nothing was kept. {still_there}",
        "Shorten the longest answers, and send it again. Longer documents belong on the child’s "
        "file; say here where they are.",
        written=written,
    )


@app.exception_handler(NotFoundError)
def not_found(_error: NotFoundError) -> Response[str]:
    """Say that there is no such page."""
    return _problem(
        404,
        "Page not found",
        "If you typed the address, check it. If you pasted it, check that you copied all of it.",
        "You can find a challenge by its reference on the front page.",
    )


@app.exception_handler(NoSuchChallengeError)
def no_such_challenge(error: NoSuchChallengeError) -> Response[str]:
    """Say that there is no challenge with this reference that the person can see."""
    if given_back := _given_back():
        return given_back
    return _problem(404, "Challenge not found", str(error), written=_brought())


@app.exception_handler(NotAllowedError)
def not_allowed(error: NotAllowedError) -> Response[str]:
    """Say why the procedure does not allow this, and what can be done instead.

    What was written stays readable, because the person may need it somewhere else.
    """
    if given_back := _given_back():
        return given_back
    status = 409 if isinstance(error, AlreadyAnsweredError) else 403
    return _problem(status, "This cannot be done now", str(error), written=_brought())


@app.exception_handler(CalendarHorizonError)
def beyond_the_calendar(error: CalendarHorizonError) -> Response[str]:
    """Say that a date is beyond the years whose bank holidays are known."""
    if given_back := _given_back():
        return given_back
    title = "This did not work just now"
    if app.current_event.http_method == "POST":
        return _to_send_again(503, title, str(error))
    return _problem(503, title, str(error), written=_brought())


@app.exception_handler(TryAgainError)
def try_again(error: TryAgainError) -> Response[str]:
    """Say that AWS could not answer now. What was typed stays on the page, to be sent again.

    It is not kept on our side, because that would be one more write. The status is 503, so that
    the alarms count it; the same is true of :func:`fault`.
    """
    return _to_send_again(503, "This did not work just now", str(error))


@app.exception_handler(Exception)
def fault(error: Exception) -> Response[str]:
    """Say that this software, or AWS, has a fault.

    The log has the error's type and place, never its message, which could quote what somebody
    typed.
    """
    where = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    _log.error("page failed", extra={"error": type(error).__name__, "code": code, "where": where})
    passing = isinstance(error, ClientError | BotoCoreError)
    return _to_send_again(
        503 if passing else 500,
        "Sorry, this did not work",
        "It is a fault of this service, not of anything that you did.",
        "Try again in a few minutes. If it goes on, tell your IT service desk.",
    )
