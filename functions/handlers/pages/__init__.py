"""The pages: the service as people see it, over API Gateway.

Every route is in a module of its own kind; this one puts them together, and answers for all of
them when something goes wrong. Nothing that anybody typed on our pages is lost with an error: its
page holds it, to be sent again or copied, unless it is more than a page can show.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import BotoCoreError, ClientError

from adapters.errors import NoSuchChallengeError, TryAgainError
from adapters.wiring import casebook
from domain.errors import AlreadyAnsweredError, CalendarHorizonError, NotAllowedError
from domain.ladder import Role
from handlers import request
from handlers.pages import deciding, home, raising, replying, training, unsent, web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["app", "handler"]

_log = Logger()

#: Characters: no choice, date or id is longer, and words may well be, in scripts without spaces.
_LONGEST_ID = 50

app = APIGatewayRestResolver()
app.use([web.looks_answered, web.marked, request.exactly, web.origin_checked, request.once])
for _module in (home, raising, replying, deciding, training):
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
    """A page that says what happened: with ``typed``, a form to send again to ``action``.

    ``written`` is only shown, to be copied: (label, text) pairs; by default what was typed is.
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
    """A page that says what happened, with what was typed in a form to send again."""
    action = request.address(app)
    return _problem(status, title, *sentences, typed=_typed(), action=action, sign_in=sign_in)


def _to_copy(
    typed: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """What somebody typed, with its labels; without them, what they wrote in words of their own.

    ``labels`` are by default those of the form that was sent.
    """
    if not typed:
        return []
    labels = web.labels_sent() if labels is None else labels
    known = web.with_labels(typed, labels, casebook().council())
    return known or [("", text) for text in typed.values() if _worth_reading(text)]


def _worth_reading(text: str) -> bool:
    """Whether somebody wrote it; a choice, a date or an id is none of it."""
    return " " in text or len(text) > _LONGEST_ID


def _brought() -> list[tuple[str, str]]:
    """What a form brought, or what its page was to give back, to be copied."""
    if app.current_event.http_method == "POST":
        return _to_copy(_typed())
    named = request.query(app)
    if web.brought() is None and (named.get("form") or named.get("draft")):
        unsent.found(unsent.place(app, web.officer(app).id))
    found = web.brought()
    if found is None:
        return []
    written = _to_copy(found.form, found.labels)
    if found.beside:
        labelled = any(label for label, _ in written) or not written
        written.append(("Also in your email" if labelled else "", found.beside))
    return written


def _given_back() -> Response[str] | None:
    """To the page of the form that was sent, which says by GET what there is to say of it.

    None if no form was sent, nobody is signed in whose it could be, or it cannot be kept just now.
    """
    if app.current_event.http_method != "POST":
        return None
    try:
        typed = web.form(app)
        at = unsent.place(app, web.officer(app).id, typed)
        unsent.keep(at, typed)
    except (web.WebError, BotoCoreError, ClientError):
        return None
    return at.see(unsent.CHECK)


def _typed() -> dict[str, str]:
    """What a form brought; nothing if this is none, or none that can be read."""
    try:
        return web.form(app) if app.current_event.http_method == "POST" else {}
    except web.WebError:
        return {}


@app.exception_handler(web.SignInNeededError)
def sign_in_needed(error: web.SignInNeededError) -> Response[str]:
    """To the sign-in, and back. What was typed is kept here, or in the page itself."""
    if app.current_event.http_method != "POST":
        return web.see_other(f"/sign-in?return_to={quote(error.return_to, safe='/')}")
    if error.kept:
        # Not to the sign-in itself: browsers let a form's answer lead to no other site (CSP).
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
    """What somebody typed who was signed in here before is not shown to who is signed in now."""
    if error.kept:
        return web.see_other(home.SOMEBODY_ELSES)
    return home.somebody_elses("What was typed into it was not kept.", 409)


@app.exception_handler(web.StrangerError)
def stranger(error: web.StrangerError) -> Response[str]:
    """Signed in with the council, but not in the directory, or not any more."""
    directory = casebook().council().directory
    holders = [directory.officers.get(p.holder or "") for p in directory.posts_of(Role.SRSM)]
    people = [person for person in holders if person]
    return web.render("stranger.html", 403, email=error.email, people=people)


@app.exception_handler(web.ForeignFormError)
def foreign_form(_error: web.ForeignFormError) -> Response[str]:
    """A POST from somewhere else acts on nothing and shows nothing of what it carried."""
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
    """Something sent a body that no page of ours sends."""
    return _problem(
        400,
        "This form could not be read",
        "Nothing was changed. Press Back: your browser may still have what you typed. Send it "
        "again.",
    )


@app.exception_handler(web.RepeatedFieldError)
def repeated_field(error: web.RepeatedFieldError) -> Response[str]:
    """A field was sent twice, as none of our pages sends it. All its answers are shown."""
    found = dict.fromkeys(web.label_of(name, web.labels_sent()) for name in error.names)
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
    """The address says something twice, as none of our links does."""
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
    """More than a form may hold. It is shown, to be copied, unless it is too much even for that."""
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
    """No such page."""
    return _problem(
        404,
        "Page not found",
        "If you typed the address, check it. If you pasted it, check that you copied all of it.",
        "You can find a challenge by its reference on the front page.",
    )


@app.exception_handler(NoSuchChallengeError)
def no_such_challenge(error: NoSuchChallengeError) -> Response[str]:
    """The reference leads nowhere, or nowhere for whoever asks."""
    if given_back := _given_back():
        return given_back
    return _problem(404, "Challenge not found", str(error), written=_brought())


@app.exception_handler(NotAllowedError)
def not_allowed(error: NotAllowedError) -> Response[str]:
    """The procedure says no, and the error says what can be done instead.

    What was written stays readable: it may belong somewhere else.
    """
    if given_back := _given_back():
        return given_back
    status = 409 if isinstance(error, AlreadyAnsweredError) else 403
    return _problem(status, "This cannot be done now", str(error), written=_brought())


@app.exception_handler(CalendarHorizonError)
def beyond_the_calendar(error: CalendarHorizonError) -> Response[str]:
    """A date lies beyond the years that are known."""
    if given_back := _given_back():
        return given_back
    return _problem(503, "This did not work just now", str(error), written=_brought())


@app.exception_handler(TryAgainError)
def try_again(error: TryAgainError) -> Response[str]:
    """AWS could not answer just now. What was typed stays in the page: to keep it is a write too.

    So it is with a fault: the answer has its status, by which whoever watches the pages knows it.
    """
    return _to_send_again(503, "This did not work just now", str(error))


@app.exception_handler(Exception)
def fault(error: Exception) -> Response[str]:
    """A fault of this software, or of AWS.

    The log says what and where, never the error's message: it could quote what somebody typed.
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
