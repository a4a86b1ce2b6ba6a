"""The pages for when something goes wrong. What somebody typed is not lost with an error.

The error's page has it, to be sent again or copied, unless it is more than a page can show.
"""

from __future__ import annotations

import traceback
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import BotoCoreError, ClientError

from adapters.errors import NoSuchChallengeError, TryAgainError
from adapters.wiring import casebook
from domain.errors import AlreadyAnsweredError, CalendarHorizonError, NotAllowedError
from domain.ladder import Role
from handlers import request
from handlers.pages import home, unsent, web

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

    from domain.council import Council
    from domain.directory import Officer

__all__ = ["ADVICE", "answer_with_pages"]

_log = Logger()

#: The most characters in a choice, date or id. Longer text was written, even without a space in it.
_LONGEST_ID = 50

#: What AWS, or what we keep there, can fail with while the page of an error is made. Such a page
#: does without: if it failed too, API Gateway would answer, and nothing that was typed would be on
#: the page.
_OUT = web.OUT

#: How the addresses of legal advice begin: nothing that is typed there is kept outside the
#: compartment (rule 11), so it stays on the page itself.
ADVICE = "/advice/"


def answer_with_pages(app: APIGatewayRestResolver) -> None:
    """Let ``app`` answer each error with its page."""
    problems = _Problems(app)
    app.exception_handler(web.SignInNeededError)(problems.sign_in_needed)
    app.exception_handler(web.OthersFormError)(others_form)
    app.exception_handler(web.StrangerError)(stranger)
    app.exception_handler(web.ForeignFormError)(foreign_form)
    app.exception_handler(web.UnreadableFormError)(unreadable_form)
    app.exception_handler(web.RepeatedFieldError)(repeated_field)
    app.exception_handler(request.RepeatedParameterError)(problems.repeated_parameter)
    app.exception_handler(web.TooLargeError)(too_large)
    app.exception_handler(NotFoundError)(problems.not_found)
    app.exception_handler(NoSuchChallengeError)(problems.no_such_challenge)
    app.exception_handler(NotAllowedError)(problems.not_allowed)
    app.exception_handler(CalendarHorizonError)(problems.beyond_the_calendar)
    app.exception_handler(TryAgainError)(problems.try_again)
    app.exception_handler(Exception)(problems.fault)


def _problem(
    status: int,
    title: str,
    *sentences: str,
    typed: dict[str, str] | None = None,
    action: str = "",
    sign_in: bool = False,
    written: list[tuple[str, str]] | None = None,
    contact: Sequence[Officer] = (),
    officer: Officer | None = None,
) -> Response[str]:
    """Return a page that says what happened; with ``typed``, a form to send again to ``action``.

    ``written`` are (label, text) pairs to copy, by default what was typed. ``contact`` are the
    people who can put it right. With ``officer``, the page shows where they can go.
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
        contact=contact,
        officer=officer,
    )


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


def others_form(error: web.OthersFormError) -> Response[str]:
    """Say that somebody else opened this form, and show nothing of what they typed."""
    if error.kept:
        return web.see_other(home.SOMEBODY_ELSES)
    return home.somebody_elses("What was typed into it was not kept.", 409)


def stranger(error: web.StrangerError) -> Response[str]:
    """Say whom to contact: this person has a council account but is not in the directory."""
    return web.render("stranger.html", 403, email=error.email, people=_managers(_council()))


def _managers(council: Council | None) -> list[Officer]:
    """Return the Safeguarding & Review Service Managers; nobody if the council is not known."""
    if council is None:
        return []
    directory = council.directory
    holders = [directory.officers.get(p.holder or "") for p in directory.posts_of(Role.SRSM)]
    return [person for person in holders if person]


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


def unreadable_form(_error: web.UnreadableFormError) -> Response[str]:
    """Say that the body of the request is not a form of ours."""
    return _problem(
        400,
        "This form could not be read",
        "Nothing was changed. Press Back: your browser may still have what you typed. Then send it "
        "again.",
    )


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
        *(["What you wrote is below. Copy what you want to keep."] if written else []),
        written=written,
    )


def too_large(error: web.TooLargeError) -> Response[str]:
    """Say that the form is too long, and show it to be copied, unless even that is too much."""
    written = _to_copy(error.typed)
    still_there = (
        "What you wrote is below. Copy what you want to keep."
        if written
        else "It is more than can be shown here. Press Back: your browser may still have it."
    )
    return _problem(
        413,
        "You have entered more than the form can hold",
        f"We did not save any of it. {still_there}",
        "Shorten the longest answers and send the form again. Put a long document on the child’s "
        "file, and say here where it is.",
        written=written,
    )


class _Problems:
    """The pages that show what was sent to ``app``, or where."""

    def __init__(self, app: APIGatewayRestResolver) -> None:
        self._app = app

    def _to_send_again(
        self, status: int, title: str, *sentences: str, sign_in: bool = False
    ) -> Response[str]:
        """Return a page that says what happened, with what was typed in a form to send again."""
        action = request.address(self._app)
        return _problem(
            status, title, *sentences, typed=self._typed(), action=action, sign_in=sign_in
        )

    def _brought(self) -> list[tuple[str, str]]:
        """Return what was sent, or what the page should have given back, as (label, text) pairs."""
        if self._app.current_event.http_method == "POST":
            return _to_copy(self._typed())
        named = request.query(self._app)
        if (
            web.brought() is None
            and self._is_the_officers()
            and (named.get("form") or named.get("draft"))
        ):
            with suppress(web.WebError, *_OUT):
                unsent.found(unsent.place(self._app, web.officer(self._app).id))
        found = web.brought()
        if found is None:
            return []
        written = _to_copy(found.form, found.labels)
        if found.beside:
            labelled = any(label for label, _ in written) or not written
            written.append(("Also in your email" if labelled else "", found.beside))
        return written

    def _is_the_officers(self) -> bool:
        """Whether the page keeps its form for the officer who is signed in.

        A link's form may be kept for the link alone, whoever is signed in at this browser. A search
        is never kept, and neither is anything for legal advice.
        """
        return not self._app.current_event.path.startswith(("/reply/", "/action/", "/find", ADVICE))

    def _given_back(self) -> Response[str] | None:
        """Keep the form that was sent and lead back to its page, which shows what is wrong.

        Return ``None`` if no form was sent, if it is not an officer's (:meth:`_is_the_officers`),
        if nobody is signed in, or if it cannot be kept now.
        """
        if self._app.current_event.http_method != "POST" or not self._is_the_officers():
            return None
        try:
            typed = web.form(self._app)
            at = unsent.place(self._app, web.officer(self._app).id, typed)
            unsent.keep(at, typed)
        except (web.WebError, *_OUT):
            return None
        return at.see(unsent.CHECK)

    def _typed(self) -> dict[str, str]:
        """Return the form that was sent; empty if none was, or if it cannot be read."""
        try:
            return web.form(self._app) if self._app.current_event.http_method == "POST" else {}
        except web.WebError:
            return {}

    def sign_in_needed(self, error: web.SignInNeededError) -> Response[str]:
        """Lead to the sign-in and back. What was typed was kept, or stays on the page itself."""
        if self._app.current_event.http_method != "POST":
            return web.see_other(f"/sign-in?return_to={quote(error.return_to, safe='/')}")
        if error.kept:
            # Not to the sign-in itself: our CSP forbids a form's answer to lead to another site.
            return web.see_other(f"/session-ended?return_to={quote(error.return_to, safe='/')}")
        return self._to_send_again(
            401,
            "You are signed out",
            "What you typed is still here, on this page. Sign in again in a new tab, then come "
            "back to this one and send it again.",
            sign_in=True,
        )

    def not_found(self, _error: NotFoundError) -> Response[str]:
        """Say that there is no such page. Whoever can search is led to *Find*."""
        return _problem(
            404,
            "Page not found",
            "If you typed the address, check it. "
            "If you pasted it, check that you copied all of it.",
            officer=web.reader(self._app),
        )

    def repeated_parameter(self, _error: request.RepeatedParameterError) -> Response[str]:
        """Say that the address has a parameter twice, which our links never have."""
        return _problem(
            400,
            "This address cannot be read",
            "It gives the same detail more than once. Go back to the page or email that it comes "
            "from, and follow the link again.",
            "Nothing was changed.",
            written=_to_copy(self._typed()),
        )

    def no_such_challenge(self, error: NoSuchChallengeError) -> Response[str]:
        """Say that there is no challenge with this reference that the person can see."""
        if given_back := self._given_back():
            return given_back
        contact = _managers(web.council_read()) if self._is_the_officers() else ()
        return _problem(
            *(404, "Challenge not found", str(error)), written=self._brought(), contact=contact
        )

    def not_allowed(self, error: NotAllowedError) -> Response[str]:
        """Say why the procedure does not allow this, and what can be done instead.

        What was written stays readable, because the person may need it somewhere else.
        """
        if given_back := self._given_back():
            return given_back
        status = 409 if isinstance(error, AlreadyAnsweredError) else 403
        # Who comes by a link alone contacts the IRO, whom its email and its pages name.
        contact = _managers(web.council_read()) if self._is_the_officers() else ()
        return _problem(
            *(status, "You cannot do this now", str(error)),
            written=self._brought(),
            contact=contact,
        )

    def beyond_the_calendar(self, error: CalendarHorizonError) -> Response[str]:
        """Say that a date is beyond the years whose bank holidays are known."""
        if given_back := self._given_back():
            return given_back
        title = "This did not work just now"
        if self._app.current_event.http_method == "POST":
            return self._to_send_again(503, title, str(error))
        return _problem(503, title, str(error), written=self._brought())

    def try_again(self, error: TryAgainError) -> Response[str]:
        """Say that AWS could not answer now. What was typed stays on the page, to be sent again.

        It is not kept on our side, because that would be one more write. The status is 503, so that
        the alarms count it; the same is true of :meth:`fault`.
        """
        return self._to_send_again(503, "This did not work just now", str(error))

    def fault(self, error: Exception) -> Response[str]:
        """Say that this software, or AWS, has a fault.

        The log has the error's type and place, never its message, which could quote what somebody
        typed.
        """
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        _log.error(
            "page failed", extra={"error": type(error).__name__, "code": code, "where": where}
        )
        passing = isinstance(error, ClientError | BotoCoreError)
        return self._to_send_again(
            503 if passing else 500,
            "Sorry, this did not work",
            "Something went wrong in this service. It was not your fault.",
            "Try again in a few minutes. If it still does not work, tell your IT service desk.",
        )
