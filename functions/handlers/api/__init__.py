"""The interface for a council's own programs: its forms platform, and its case system.

The forms platform sends the form that raises a challenge, as JSON.

``POST /api/challenges`` takes it, with a token of the council's OpenID provider (by client
credentials) and a key from the sender, which makes the same form raise only one challenge however
often it is sent. Errors are ``application/problem+json`` (RFC 9457) and name each field. The
OpenAPI document at ``GET /api/openapi.json`` says all this to programs.

The case system takes what belongs on the child's file from ``GET /api/challenges/PCE-…``, and says
with ``POST /api/challenges/PCE-…/placed`` up to which event it is there (``handlers.api.filing``).
It has a client of its own: no program can both raise challenges and read them.

An ``ApiError`` ends a request early (``handlers.errors`` has the tree).
"""

from __future__ import annotations

import json
import re
import traceback
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock, one_meaning
from adapters.errors import TryAgainError
from adapters.identity import NoTokenError, ProviderUnavailableError, WrongTokenError
from adapters.programs import FILE_SCOPE, RAISE_SCOPE
from adapters.settings import environment
from adapters.wiring import casebook, identity
from domain.errors import BadSubmissionError, CalendarHorizonError
from domain.events import Actor
from domain.form import RightsBreached
from domain.ladder import Role
from domain.moments import local_day
from domain.rules.entry import as_raiser
from domain.rules.urgency import too_late_from
from handlers import request
from handlers.api.errors import ApiError
from handlers.form_fields import (
    FORM_BYTES,
    Surroundings,
    WrongAnswersError,
    allowed,
    chosen,
    kept_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from adapters.record.chain import IdempotencyRecord
    from domain.challenge import Challenge
    from domain.form import Form

__all__ = ["ROUTES", "app", "handler"]

_log = Logger()

app = APIGatewayRestResolver()

#: The methods of each address. Where GET is answered, so is HEAD, without a body.
ROUTES = {
    "/api/challenges": ("POST",),
    "/api/challenges/{reference}": ("GET",),
    "/api/challenges/{reference}/placed": ("POST",),
    "/api/choices": ("GET",),
    "/api/openapi.json": ("GET",),
}

#: The most bytes of a body: what may be stored, with room for escapes such as ``\u2019``.
LARGEST_BODY = 6 * FORM_BYTES

_KEY = re.compile(r"[!-~]{1,255}")
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_LOOKS = ["GET", "HEAD"]
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",
}


class UnreadableError(ApiError):
    """The body is not a JSON object."""

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        """Take what to send instead."""
        super().__init__(message)
        self.status = status


class TwiceError(ApiError):
    """A field appears twice in one object, so it is not clear which answer is meant."""

    def __init__(self, places: Sequence[Sequence[str]]) -> None:
        """Take the places: names of fields, and numbers of entries in a list."""
        super().__init__(
            "A field appears more than once, so it is not clear which answer is meant. Nothing was "
            "recorded. Send each field that is named once, and send all of it again."
        )
        self.errors = [
            {
                "field": ".".join(place),
                "pointer": _pointer(place),
                "detail": "This field appears more than once. Send it once",
                "allowed": "Each field once",
            }
            for place in places
        ]


class NoKeyError(ApiError):
    """There is no Idempotency-Key, or one that cannot be stored."""


class OtherFormError(ApiError):
    """The key was used for another form."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    answer = app.resolve(request.opened(event), context)
    return {**answer, "body": ""} if event["httpMethod"] == "HEAD" else answer


def _methods_at(path: str) -> tuple[str, ...] | None:
    """Return the methods that an address takes; ``None`` if there is no such address."""
    parts = path.split("/")
    for pattern, methods in ROUTES.items():
        named = pattern.split("/")
        if len(named) == len(parts) and all(
            one == part or (one.startswith("{") and part)
            for one, part in zip(named, parts, strict=True)
        ):
            return methods
    return None


def method_checked(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Say which methods an address takes, to programs that use another or ask first."""
    method = app.current_event.http_method
    taken = _methods_at(app.current_event.path)
    if taken is None or method in taken or (method in _LOOKS and "GET" in taken):
        return next_middleware(app)
    allow = {"Allow": ", ".join((*taken, "HEAD", "OPTIONS"))}
    if method in ("HEAD", "OPTIONS"):
        return Response(HTTPStatus.NO_CONTENT, None, "", {**_HEADERS, **allow})
    return _problem(
        HTTPStatus.METHOD_NOT_ALLOWED, f"This address only takes {' and '.join(taken)}.", allow
    )


app.use([request.exactly, method_checked])


# Answers -----------------------------------------------------------------------------------------


def _json(
    status: HTTPStatus, body: object, headers: Mapping[str, str] | None = None
) -> Response[str]:
    text = json.dumps(body, ensure_ascii=True)
    return Response(status, "application/json", text, {**_HEADERS, **(headers or {})})


def _problem(
    status: HTTPStatus,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    route: str = "",
) -> Response[str]:
    """Return what went wrong and what to do about it (RFC 9457); ``errors`` name the fields.

    ``route`` says whom to contact if the child may be at risk today.
    """
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    if route:
        body["at_risk_route"] = route
    text = json.dumps(body, ensure_ascii=True)
    all_headers = {**_HEADERS, **(headers or {})}
    return Response(int(status), "application/problem+json", text, all_headers)


# The routes --------------------------------------------------------------------------------------


@app.route("/api/openapi.json", method=_LOOKS)
def show_document() -> Response[str]:
    """Show the OpenAPI document: it is public, and says nothing about any officer or child."""
    from handlers.api.document import document

    themes = casebook().council().procedure.themes
    shown = document(environment("PUBLIC_URL"), environment("OIDC_ISSUER"), themes)
    return _json(HTTPStatus.OK, shown)


@app.route("/api/choices", method=_LOOKS)
def show_choices() -> Response[str]:
    """Show what can be chosen in the form: the stages, the themes, the teams and their workers."""
    _forms_platform()
    council, today = casebook().council(), local_day(clock.now())
    directory = council.directory
    teams = [
        {
            "name": team,
            "social_workers": [
                {
                    "id": post.id,
                    "name": " and ".join(p.name for p in directory.people(post.id, today)),
                }
                for post in directory.posts_of(Role.SOCIAL_WORKER, team)
            ],
        }
        for team in directory.teams
    ]
    stages = [{"id": str(one.stage), "name": one.title} for one in council.ladder.in_order]
    chosen = {"stages": stages, "themes": list(council.procedure.themes), "teams": teams}
    return _json(HTTPStatus.OK, chosen)


@app.post("/api/challenges")
def raise_challenge() -> Response[str]:
    """Raise a challenge; the same key again returns the same challenge."""
    client = _forms_platform()
    key, sent = _key(), _sent()
    # The client is part of the key, so that no other client's key can find its challenge.
    once = f"api-{sha256(f'{client} {key}'.encode()).hexdigest()}"
    fingerprint = sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
    earlier = casebook().record.chain.once(once)
    if earlier:
        return _raised(earlier, fingerprint, again=True)
    council = casebook().council()
    around = Surroundings(local_day(clock.now()), council)
    from handlers.forms import SentForm

    try:
        form = SentForm.checked(sent, around)
    except WrongAnswersError as error:
        return _invalid(error, around, sent)
    officer = council.directory.officers[form.iro]
    raised = form.raised(council, around.today)
    capacity = f"{as_raiser(raised.iro, officer.id, council)}, through {client}"
    taken = casebook().raise_challenge(
        raised,
        Actor(officer.id, officer.name, capacity, "api"),
        once,
        fingerprint=fingerprint,
    )
    return _raised(taken, fingerprint, again=False)


@app.route("/api/challenges/<reference>", method=_LOOKS)
def show_record(reference: str) -> Response[str]:
    """Give the case system what belongs on the child's file (rule 20). The look is recorded.

    With ``?after=7`` it gets only the events after event 7.
    """
    client = _case_system()
    from handlers.api import filing

    asked = app.current_event.multi_value_query_string_parameters
    try:
        record = filing.record_of(reference, client, asked)
    except BadSubmissionError as error:
        (detail,) = error.fields.values()
        return _problem(HTTPStatus.BAD_REQUEST, detail)
    return _json(HTTPStatus.OK, record)


@app.post("/api/challenges/<reference>/placed")
def record_placed(reference: str) -> Response[str]:
    """Record up to which event the case system has placed a challenge on the child's file."""
    client = _case_system()
    from handlers.api import filing

    try:
        placed = filing.place(reference, _sent(), client)
    except BadSubmissionError as error:
        named = [
            {
                "field": name,
                "pointer": _pointer([name]),
                "detail": sentence,
                "allowed": filing.ALLOWED.get(name, "No such field"),
            }
            for name, sentence in error.fields.items()
        ]
        detail = "Nothing was recorded. Correct each field that is named, and send it again."
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=named)
    return _json(HTTPStatus.OK, placed)


def _raised(taken: IdempotencyRecord, fingerprint: str, *, again: bool) -> Response[str]:
    """Answer with what the key raised, unless that was another form."""
    if taken.fingerprint != fingerprint:
        message = (
            "This Idempotency-Key was used for another form. To raise another challenge, send a "
            "new key with it."
        )
        raise OtherFormError(message)
    challenge = casebook().record.chain.load(taken.reference).challenge
    url = f"{environment('PUBLIC_URL')}/challenges/{taken.reference}"
    asked = challenge.requests[0]
    route = casebook().council().procedure.at_risk_route
    body: dict[str, Any] = {
        "reference": taken.reference,
        "stage": str(challenge.raised.entry),
        "reply_due": asked.ledger.first.day.isoformat() if not asked.no_reply else None,
        "url": url,
        "warnings": _warnings(challenge.raised) + _of_entry(challenge),
        **({"at_risk_route": route} if challenge.raised.urgency.at_risk else {}),
    }
    replayed = {"Idempotency-Replayed": "true"} if again else {}
    return _json(HTTPStatus.CREATED, body, {"Location": url, **replayed})


def _warnings(raised: Form) -> list[dict[str, str]]:
    """Return a warning for each field that seems to tell a reader of the link who the child is."""
    from domain.identifying import details_in_words, found_in

    return [
        {
            "field": path,
            "pointer": _pointer(path.split(".")),
            "detail": f"These words seem to hold {details_in_words(found)}. Anyone who opens the "
            "reply link can read them. Write initials and no such detail the next time.",
        }
        for path, found in found_in(raised).items()
    ]


def _of_entry(challenge: Challenge) -> list[dict[str, str]]:
    """Return a warning where rights were not asked about, or where the stages end too late."""
    council = casebook().council_for(challenge)
    raised, day = challenge.raised, council.day_of(challenge.raised_at)
    late = too_late_from(raised.entry, raised.urgency.too_late_after, day, council)
    found = {"too_late_after": late.in_words(council)} if late else {}
    if raised.rights_breached is RightsBreached.NOT_ASKED:
        found["rights_breached"] = (
            "The form does not say whether the child’s human rights may have been breached, and "
            "the record says that it was not asked. Ask it of every challenge."
        )
    return [
        {"field": name, "pointer": _pointer([name]), "detail": sentence}
        for name, sentence in found.items()
    ]


def _invalid(
    error: WrongAnswersError, around: Surroundings, sent: Mapping[str, Any]
) -> Response[str]:
    team = str(sent.get("team", ""))
    named = [
        {
            "field": path,
            "pointer": _pointer(path.split(".")),
            "detail": sentence,
            "allowed": allowed(path, around, chosen("team", team, around)),
        }
        for path, sentence in error.problems.items()
    ]
    detail = "Nothing was raised. Correct each field that is named, and send the form again."
    # What is neither yes nor no may be a yes, and nobody has to wait for a form without mistakes.
    risk = str(sent.get("at_risk") or "").strip().casefold() not in ("", "no")
    route = around.council.procedure.at_risk_route if risk else ""
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=named, route=route)


def _pointer(place: Sequence[str]) -> str:
    """Return the place as a pointer (RFC 6901) in the fragment of an address."""
    return "#" + "".join("/" + one.replace("~", "~0").replace("/", "~1") for one in place)


# What was sent -----------------------------------------------------------------------------------


def _forms_platform() -> str:
    """Return the client that raises challenges. Raise ``NoTokenError``, ``WrongTokenError``."""
    return _client("API_CLIENTS", RAISE_SCOPE)


def _case_system() -> str:
    """Return the client that takes records. Raise ``NoTokenError``, ``WrongTokenError``."""
    return _client("CASE_SYSTEM_CLIENTS", FILE_SCOPE)


def _client(let_in: str, scope: str) -> str:
    return identity().client_of(
        request.header(app, "authorization"),
        audience=environment("API_AUDIENCE"),
        scope=scope,
        # "none" is how the setting says that no program may, not a client's name.
        clients=[one for one in environment(let_in).replace(",", " ").split() if one != "none"],
    )


def _key() -> str:
    key = request.header(app, "idempotency-key").strip()
    # The header's draft standard writes it as a string of structured fields, in quotes.
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        message = (
            "Send an Idempotency-Key: up to 255 letters, digits and signs without spaces, new for "
            "each form, and the same when you send the same form again."
        )
        raise NoKeyError(message)
    return key


def _sent() -> dict[str, Any]:
    kind = request.header(app, "content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = "Send the body as application/json."
        raise UnreadableError(message, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        raw = request.body(app)
        too_large = len(raw) > LARGEST_BODY
        # Some platforms write a byte order mark.
        text = "null" if too_large else raw.decode("utf-8-sig")
        sent = one_meaning.read(text, _check_names)
    except one_meaning.RepeatedNameError as error:
        raise TwiceError(error.places) from error
    except (one_meaning.TooDeepError, one_meaning.TooLongNumberError) as error:
        message = f"The body cannot be read: {error}. Send one JSON object."
        raise UnreadableError(message) from error
    except (ValueError, RecursionError) as error:
        message = "The body is not JSON in UTF-8. Send one JSON object."
        raise UnreadableError(message) from error
    if too_large or kept_bytes(sent) > FORM_BYTES:
        message = f"The body is larger than {FORM_BYTES:,} bytes. Shorten the longest answers."
        raise UnreadableError(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if not isinstance(sent, dict):
        message = "The body is JSON, but not an object. Send one JSON object."
        raise UnreadableError(message)
    return sent


def _check_names(names: Sequence[str]) -> None:
    """Check that names of fields are text: escapes can write what is not."""
    if any(_HALF_A_CHARACTER.search(name) for name in names):
        message = (
            "The name of a field holds half a character (a lone surrogate). Check how it is "
            "written, and send the form again."
        )
        raise UnreadableError(message)


# When something goes wrong -----------------------------------------------------------------------


@app.exception_handler(ApiError)
def refused(error: ApiError) -> Response[str]:
    """Answer that what was sent cannot be accepted."""
    return _problem(error.status, str(error))


@app.exception_handler(TwiceError)
def stands_twice(error: TwiceError) -> Response[str]:
    """Answer that what was sent can mean two things."""
    return _problem(error.status, str(error), errors=error.errors)


@app.exception_handler(NoTokenError)
def no_token(error: NoTokenError) -> Response[str]:
    """Answer that a token is needed."""
    return _problem(
        HTTPStatus.UNAUTHORIZED, str(error), {"WWW-Authenticate": 'Bearer realm="challenges"'}
    )


@app.exception_handler(WrongTokenError)
def wrong_token(error: WrongTokenError) -> Response[str]:
    """Answer that the token does not open this door."""
    _log.warning("token refused", extra={"reason": error.reason})
    challenge = 'Bearer realm="challenges", error="invalid_token"'
    return _problem(HTTPStatus.UNAUTHORIZED, str(error), {"WWW-Authenticate": challenge})


@app.exception_handler(NotFoundError)
def not_found(_error: NotFoundError) -> Response[str]:
    """Answer that there is no such address."""
    return _problem(
        HTTPStatus.NOT_FOUND, "There is nothing at this address. See /api/openapi.json."
    )


@app.exception_handler([TryAgainError, CalendarHorizonError])
def try_again(error: Exception) -> Response[str]:
    """Answer that AWS failed just now, or that a date is beyond the years that are known."""
    return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"Retry-After": "30"})


@app.exception_handler(Exception)
def fault(error: Exception) -> Response[str]:
    """Answer for a fault of this software, of AWS, or of the OpenID provider.

    The log says what and where, never the error's message, which could quote what was sent.
    """
    where = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    _log.error("api failed", extra={"error": type(error).__name__, "code": code, "where": where})
    if isinstance(error, ClientError | BotoCoreError | ProviderUnavailableError):
        message = "This did not work just now. Send the same form again, with the same key."
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, message, {"Retry-After": "30"})
    message = (
        "It is a fault of this service. Send the same form again later, with the same key. If it "
        "goes on, tell the service's operators."
    )
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, message)
