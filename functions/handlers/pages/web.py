"""What every page shares: who is asking, what was typed, and the answer's headers.

A ``WebError`` ends a request early, and ``handlers.pages`` has a page for each kind
(``handlers.errors`` has the tree).
"""

from __future__ import annotations

import json
import re
import uuid
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from aws_lambda_powertools.event_handler import Response
from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.drafts import PAGE, Draft
from adapters.errors import AdapterError, MovedOnError, TryAgainError
from adapters.identity import RENEW_SECONDS, Shown
from adapters.left_out import form_without_keys
from adapters.settings import environment
from adapters.wiring import casebook, drafts, identity, procedure, sessions
from domain.events import Actor
from domain.moments import date_in_words, day_in_words, local_day, moment_in_words
from domain.writing import capitalised, kept
from handlers import request
from handlers.dates import BOXES
from handlers.errors import HandlerError
from handlers.form_fields import FORM_BYTES, UNKEEPABLE, kept_bytes
from handlers.pages import navigation
from handlers.pages.banner import banner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from jinja2 import Environment

    from domain.council import Council
    from domain.directory import Officer
    from handlers.request import App

__all__ = [
    "LARGEST_BODY",
    "OUT",
    "SECURITY",
    "SHOWN_TO",
    "STATIC",
    "ForeignFormError",
    "OthersFormError",
    "RepeatedFieldError",
    "SignInNeededError",
    "StrangerError",
    "TooLargeError",
    "UnreadableFormError",
    "WebError",
    "actor",
    "brought",
    "cleaned",
    "command_id",
    "council_read",
    "damaged",
    "form",
    "give_back",
    "id_of",
    "label_of",
    "labels_needed",
    "labels_sent",
    "looks_answered",
    "mark_of",
    "marked",
    "new_id",
    "officer",
    "officer_and_council",
    "origin_checked",
    "own_address",
    "reader",
    "render",
    "retried",
    "see_other",
    "send_cookie",
    "sent_id",
    "with_labels",
]

_PAGES = Path(__file__).parents[2] / "pages"
STATIC = _PAGES / "static"

#: The most bytes in a form's body: a browser may send each byte that is kept as three, ``%E2``.
LARGEST_BODY = 3 * FORM_BYTES + 100_000
_FIELDS = 1_000

#: What AWS, or what we keep there, can fail with while a page is made that has to be shown anyway.
OUT = (AdapterError, BotoCoreError, ClientError)

#: How often an act is done again because the challenge changed meanwhile.
_LOOKS = 6

#: Shown instead of what cannot be kept: a control character, or bytes that are not UTF-8.
DAMAGED = "\N{REPLACEMENT CHARACTER}"

HTML = "text/html; charset=utf-8"

#: The hidden field of each form that says who it was shown to (``_shown_to.html``).
SHOWN_TO = "shown-to"

#: The number of a concern or an action in a field's name. The labels are the same for each number.
_NUMBER = re.compile(r"(?<=-)[0-9]{1,3}(?=-)")
_NUMBERED = re.compile(r"(?P<of>[a-z]+)-(?P<number>[0-9]{1,3})-.*")
_BOX = re.compile(rf"(?P<date>.+)-(?:{'|'.join(BOXES)})")

#: The headers of every page.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",
}


class WebError(HandlerError):
    """The root of the errors that end the request for a page early."""


class SignInNeededError(WebError):
    """Nobody is signed in. ``return_to`` is the address to continue at afterwards.

    ``kept``: what was typed was kept as a draft of the person the form was shown to.
    """

    def __init__(self, return_to: str, *, kept: bool = False) -> None:
        """Take the address to come back to, and whether what was typed was kept."""
        super().__init__("Sign in to go on.")
        self.return_to = return_to
        self.kept = kept


class StrangerError(WebError):
    """Somebody has an account with the council and is not in the directory."""

    def __init__(self, email: str) -> None:
        """Take the address they signed in with."""
        super().__init__("This address is not in the directory.")
        self.email = email


class OthersFormError(WebError):
    """The form was shown to somebody else, who was signed in here before.

    ``kept``: what was typed was kept as their draft.
    """

    def __init__(self, *, kept: bool) -> None:
        """Take whether it was kept for them."""
        super().__init__("This form was shown to somebody else.")
        self.kept = kept


class ForeignFormError(WebError):
    """The form was sent from another site, or we cannot tell that it was not."""


class UnreadableFormError(WebError):
    """The body of the request is not a form."""


class RepeatedFieldError(WebError):
    """A field was sent more than once. None of our fields takes several answers.

    ``names`` are those fields; ``typed`` is all that was sent, their answers one on each line.
    """

    def __init__(self, names: Sequence[str], typed: Mapping[str, str]) -> None:
        """Take the fields, and what was typed into all of them."""
        super().__init__("A field was sent more than once.")
        self.names = names
        self.typed = typed


class TooLargeError(WebError):
    """More was sent than a form may hold. ``typed`` is empty if it is too much to show."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        """Take what was typed, as :func:`form` reads it."""
        super().__init__("More was sent than a form may hold.")
        self.typed = typed


# What goes with each request -------------------------------------------------------------------


@dataclass(frozen=True)
class Brought:
    """What somebody typed before: field → text, the labels, and text that fits no field."""

    form: Mapping[str, str]
    labels: Mapping[str, str]
    beside: str = ""


@dataclass
class _Marks:
    """What is noted during one request, so that handlers need not pass it on.

    ``carried`` is the form's field that says who it was shown to; ``labels`` are those of the page
    being made: field → label; ``cookies`` are Set-Cookie values to send. ``brought`` is what was
    typed before and is given back on this page. ``path`` was requested; ``council`` is known once
    somebody is found to be signed in.
    """

    path: str = ""
    council: Council | None = None
    carried: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    brought: Brought | None = None


_marks: ContextVar[_Marks] = ContextVar("_marks")


def marked(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Begin each request with empty notes, and send the cookies that were noted meanwhile.

    One of them is the session's, if it was renewed. The page of an error does not send them: the
    next page renews the session instead.
    """
    _marks.set(_Marks(app.current_event.path))
    answer = next_middleware(app)
    if noted := _marks.get().cookies:
        own = answer.headers.get("Set-Cookie") or []
        answer.headers["Set-Cookie"] = [*noted, *([own] if isinstance(own, str) else own)]
    return answer


def send_cookie(line: str) -> None:
    """Note a Set-Cookie value, to be sent with the answer to this request."""
    _marked().cookies.append(line)


# Answers ---------------------------------------------------------------------------------------


@cache
def _templates() -> Environment:
    from jinja2 import (
        ChainableUndefined,
        ChoiceLoader,
        Environment,
        FileSystemLoader,
        PackageLoader,
        PrefixLoader,
    )

    env = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(_PAGES / "templates"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        auto_reload=False,  # a template never changes while a function runs
        # The macros of GOV.UK Frontend read fields of parameters that were not given.
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {
        "asset": _asset,
        "council_name": environment("COUNCIL_NAME"),
        "banner": banner,
        "labelled": _labelled,
    }
    env.filters |= {"capitalised": capitalised, "moment": moment_in_words}
    env.filters |= {"date": date_in_words, "day": day_in_words}
    return env


@cache
def _asset(name: str) -> str:
    """Return the address of a static file. It changes with the content, so browsers can keep it."""
    file = STATIC / name
    mark = mark_of(file.read_bytes()) if file.is_file() else "none"
    return f"/assets/{name}?v={mark}"


def mark_of(content: bytes) -> str:
    """Return the hash of a static file's content, the parameter ``v`` of its address."""
    return sha256(content).hexdigest()[:12]


def render(template: str, status: int = 200, **context: object) -> Response[str]:
    """Return the page ``template`` (a name in ``pages/templates``) with the headers of every page.

    With ``officer=``, the page's header shows who is signed in and where they can go, and its forms
    say who they were shown to.
    """
    officer = getattr(context.get("officer"), "id", "")
    shared = {
        "shown_to": partial(_shown_to, officer) if officer else _carried,
        "navigation": _links(officer) if officer else (),
        "said": procedure().words,
        "now": _now_in_words(),
    }
    body = _templates().get_template(template).render({**shared, **context})
    return Response(status, HTML, body, SECURITY)


def _now_in_words() -> str:
    """Return when the page is shown. While the table is out, a training run's time is not known."""
    try:
        return moment_in_words(clock.now())
    except OUT:
        return moment_in_words(clock.wall())


def _links(officer: str) -> tuple[navigation.Link, ...]:
    """Return where ``officer`` can go. Without a council in memory, which would take a call: none.

    Whoever replies by a link and is signed in as somebody else sees none either.
    """
    noted = _marked()
    if noted.council is None:
        return ()
    return navigation.links(officer, noted.council, local_day(clock.now()), noted.path)


def _marked() -> _Marks:
    """Return the notes of this request; empty ones if a test makes a page without a request."""
    try:
        return _marks.get()
    except LookupError:
        return _Marks()


def _labelled(name: str, label: str) -> str:
    """Note the label of a field of the page. Return nothing for the template to write."""
    _marked().labels[_NUMBER.sub("#", name)] = label
    return ""


def _shown_to(officer: str) -> str:
    """Return what a form carries to say that it was shown to this officer, with its labels.

    A page to check answers has no fields, and a page of several has some. So it passes on the
    labels of the form that was sent, or of what was kept of it.
    """
    marks = _marked()
    before = marks.brought.labels if marks.brought else {}
    return identity().show(Shown(officer, {**before, **labels_sent(), **marks.labels}))


def _carried() -> str:
    """Return what the form carried: a page for nobody signed in passes it on unchanged."""
    return _marked().carried


def see_other(address: str, cookies: Sequence[str] = ()) -> Response[str]:
    """Return a redirect (303) to ``address``; ``cookies`` are Set-Cookie values."""
    headers: dict[str, str | list[str]] = {**SECURITY, "Location": address}
    return Response(303, HTML, "", headers | {"Set-Cookie": list(cookies)})


# Requests --------------------------------------------------------------------------------------


def looks_answered(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Answer HEAD and OPTIONS with 200 without making a page: email scanners send them."""
    method = app.current_event.http_method
    if method not in ("HEAD", "OPTIONS"):
        return next_middleware(app)
    allow = {"Allow": "GET, HEAD, OPTIONS, POST"} if method == "OPTIONS" else {}
    return Response(200, HTML, "", {**SECURITY, **allow})


def origin_checked(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Let a POST through only if it came from one of our own pages.

    Our pages send no referrer, so browsers send "null" as the Origin of a form. Then
    Sec-Fetch-Site says where the form came from, which no page can forge.
    Raise ``ForeignFormError`` for any other POST.
    """
    if app.current_event.http_method == "POST" and not _is_ours(app):
        raise ForeignFormError
    return next_middleware(app)


def _is_ours(app: App) -> bool:
    ours = _origin(environment("PUBLIC_URL"))
    origin, fetched_from = request.header(app, "origin"), request.header(app, "sec-fetch-site")
    if origin and origin != "null":
        return origin == ours
    if fetched_from:
        return fetched_from == "same-origin"
    return _origin(request.header(app, "referer")) == ours


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def form(app: App) -> dict[str, str]:
    """Return what was typed: field → text, each line end a line feed, nothing invisible in it.

    What cannot be kept becomes ``�``; :func:`damaged` finds such fields. The keys of links are left
    out, as they are in the record, so that people check exactly what will be recorded.
    Raise ``RepeatedFieldError``, ``TooLargeError`` or ``UnreadableFormError``.
    """
    if not request.header(app, "content-type").startswith("application/x-www-form-urlencoded"):
        raise UnreadableFormError
    try:
        raw = request.body(app)
        if len(raw) > LARGEST_BODY:
            raise TooLargeError({})
        pairs = parse_qsl(
            raw.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=_FIELDS
        )
    except ValueError as error:
        raise UnreadableFormError from error
    sent: dict[str, list[str]] = {}
    for name, value in pairs:
        sent.setdefault(cleaned(name), []).append(cleaned(value))
    _marked().carried = sent.pop(SHOWN_TO, [""])[-1]
    typed = form_without_keys({name: "\n".join(values) for name, values in sent.items()})
    if kept_bytes(typed) > FORM_BYTES:
        raise TooLargeError(typed)
    if twice := [name for name, values in sent.items() if len(values) > 1]:
        raise RepeatedFieldError(twice, typed)
    return typed


def cleaned(text: str) -> str:
    """Return text as it is kept: line feeds, nothing invisible, ``�`` for what cannot be kept."""
    return kept(UNKEEPABLE.sub(DAMAGED, text.replace("\r\n", "\n").replace("\r", "\n")))


def damaged(typed: Mapping[str, str]) -> dict[str, str]:
    """Return the fields with something that cannot be kept: field → what to correct."""
    message = f"Replace each {DAMAGED} in this answer: something stood there that cannot be kept"
    return {name: message for name, text in typed.items() if DAMAGED in text}


def new_id() -> str:
    """Return a new id for a form that is being shown; the same form sent twice acts once."""
    return str(uuid.uuid4())


def command_id(typed: Mapping[str, str], name: str = "command_id") -> str:
    """Return the id that the form was shown with; a new one if it has none."""
    try:
        return str(uuid.UUID(typed.get(name, "")))
    except ValueError:
        return new_id()


def sent_id(typed: Mapping[str, str], officer: str, act: str) -> str:
    """Return the id of an officer's form with its words: the same words sent twice act once.

    ``officer`` is an officer's id, and ``act`` says which form it is. If somebody goes back and
    changes something, the id is another, and the form acts again. What the page says about itself
    does not count: it is another when a draft is opened again.
    """
    own = sorted(item for item in typed.items() if item[0] not in _OF_THE_PAGE)
    words = json.dumps([officer, act, *own], ensure_ascii=False)
    return str(uuid.uuid5(uuid.UUID(command_id(typed)), words))


# People ----------------------------------------------------------------------------------------


def officer(app: App) -> Officer:
    """Return who is signed in. Raise what :func:`officer_and_council` raises."""
    return officer_and_council(app)[0]


def officer_and_council(
    app: App, *, alone: str = "", given_back_at: str = "", keep: bool = True
) -> tuple[Officer, Council]:
    """Return who is signed in, and the council.

    The person is looked up in the directory each time, so that leavers are out at once.
    Raise ``StrangerError``; ``SignInNeededError`` if nobody is signed in; ``OthersFormError`` if
    the form that was sent was shown to somebody else; or what :func:`form` raises. When nobody is
    signed in, or somebody else is, the form is first kept as a draft of the person it was shown to.
    The draft is given back at ``given_back_at`` (default: the requested address). With ``alone``, a
    form is kept only for the officer with this id; without ``keep``, nothing is kept.
    """
    council = casebook().council()
    found = _signed_in(app, council)
    _marked().council = council
    if app.current_event.http_method == "POST":
        typed = _typed_by(app)
        whose = council.directory.officers.get(typed.officer) if typed else None
        others = typed is not None and found is not None and typed.officer != found.id
        if found is None or others:
            address = ""
            if keep and whose and alone in ("", whose.id):
                address = _keep_draft(app, whose, given_back_at or own_address(app))
            if others:
                raise OthersFormError(kept=bool(address))
            raise SignInNeededError(address or quote(app.current_event.path), kept=bool(address))
    if found is None:
        raise SignInNeededError(request.address(app))
    return found, council


def _signed_in(app: App, council: Council) -> Officer | None:
    """Return whose session this is, and count this request as use of it.

    Return ``None`` if there is no session, or it has ended, or was idle for too long. Raise
    ``StrangerError`` if its owner is not in the directory.
    """
    session = identity().read_session(request.cookies(app))
    if session is None or session.expired:
        return None
    if session.idle >= council.procedure.session_idle_minutes * 60:
        return None
    found = council.directory.by_email(session.email)
    if found is None:
        raise StrangerError(session.email)
    if not sessions().is_open(found.id, session):
        return None
    if session.idle >= RENEW_SECONDS:
        send_cookie(identity().renew(session))
    return found


def reader(app: App) -> Officer | None:
    """Return who is signed in, for a page that anybody may open; ``None`` if nobody is.

    It is ``None`` as well if we cannot tell now. Without our cookie it takes no call.
    """
    with suppress(WebError, *OUT):
        if identity().read_session(request.cookies(app)):
            return officer(app)
    return None


def _typed_by(app: App) -> Shown | None:
    """Return who the form that was sent was shown to, if known. Raise what :func:`form` raises."""
    try:
        form(app)
    except UnreadableFormError:
        return None
    return identity().was_shown(_marked().carried)


def actor(
    officer: Officer, capacity: str, via: str = "page", typed: Mapping[str, str] | None = None
) -> Actor:
    """Return who acts, in what capacity, and by which way in (``page`` or ``link``).

    ``typed`` is the form that was sent. If it came from a draft that somebody wrote for the
    officer, the actor names them too.
    """
    written = drafts().find(officer.id, (typed or {}).get("draft", ""))
    return Actor(officer.id, officer.name, str(capacity), via, written.typed_by if written else "")


def retried(reference: str, act: Callable[[], Response[str]]) -> Response[str]:
    """Return what ``act`` returns, done again if the challenge changed after it was read.

    Raise ``TryAgainError`` if the challenge keeps changing meanwhile.
    """
    for _ in range(_LOOKS):
        try:
            return act()
        except MovedOnError:
            continue  # the challenge changed after we read it, so we read it again
    message = f"{reference} is being changed by several people at once. Try again in a moment."
    raise TryAgainError(message)


# What was typed ----------------------------------------------------------------------------------

#: The namespace of ids that are made from what was typed into a form.
_FORMS = uuid.UUID("6f3c1ad0-9a0e-5a55-9d3e-0d6a3f6b1c57")

#: The hidden fields with which the page of an act says what it was made from.
_OF_THE_PAGE = ("seen", "kept", "draft", "as-it-is")

#: A step of a form of several pages, as its field ``step`` names it: nobody's own words.
_STEP = re.compile(r"check|details|(child-[1-9][0-9]?-)?action-[1-9][0-9]?")

#: The parameters of an address that say which form it shows, and at which step.
_OF_A_FORM = ("form", "draft", "step")


def own_address(app: App) -> str:
    """Return the requested address without the parameters that say which form it shows."""
    event = app.current_event
    rest = {name: text for name, text in request.query(app).items() if name not in _OF_A_FORM}
    return quote(event.path) + (f"?{urlencode(rest)}" if rest else "")


def id_of(address: str, typed: Mapping[str, str]) -> str:
    """Return an id for a form that has none, always the same for the same words and address."""
    words = json.dumps([address, *sorted(typed.items())], ensure_ascii=False)
    return str(uuid.uuid5(_FORMS, words))


def _keep_draft(app: App, owner: Officer, address: str) -> str:
    """Keep what was typed as a draft. Return the address that gives it back, with the draft's id.

    ``address`` must not contain the token of a reply link, of which only the hash is ever kept. A
    form of several pages names in its field ``step`` the one that it was sent from. The
    same form sent twice is kept once. If it came from a draft, that draft's author stays named.
    """
    typed = form(app)
    if _STEP.fullmatch(step := typed.get("step", "")):
        address += f"{'&' if '?' in address else '?'}step={step}"
    draft = Draft(id_of(address, typed), address, typed, PAGE, clock.now(), labels=labels_sent())
    if before := drafts().find(owner.id, typed.get("draft", "")):
        draft = replace(draft, beside=before.beside, typed_by=before.typed_by)
    drafts().keep(owner.id, draft)
    return draft.address


def give_back(form: Mapping[str, str], labels: Mapping[str, str], beside: str = "") -> None:
    """Note what was typed before, so that an error's page can show it too."""
    _marked().brought = Brought(form, labels, beside)


def council_read() -> Council | None:
    """Return the council as this request read it to find who is signed in, if it did."""
    return _marked().council


def brought() -> Brought | None:
    """Return what :func:`give_back` noted, if anything."""
    return _marked().brought


def labels_sent() -> Mapping[str, str]:
    """Return the labels of the form that was sent; empty if we do not recognise the form."""
    shown = identity().was_shown(_marked().carried)
    return shown.labels if shown else {}


def with_labels(
    typed: Mapping[str, str], labels: Mapping[str, str], council: Council | None
) -> list[tuple[str, str]]:
    """Return what somebody typed, as (label, text) pairs.

    A field without a label is left out. A chosen post or officer is given by title or name, or by
    its id if the council cannot be read now (``None``).
    """
    lines: dict[str, list[str]] = {}
    for name, text in typed.items():
        label = label_of(name, labels)
        if label and text.strip():
            lines.setdefault(label, []).append(_in_words(text, council) if council else text)
    return [(label, " ".join(texts)) for label, texts in lines.items()]


def labels_needed(typed: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels of the fields in which something was typed."""
    needed = {_labelled_as(name) for name, text in typed.items() if text.strip()}
    return {name: label for name, label in labels.items() if name in needed}


def _labelled_as(name: str) -> str:
    """Return the name under which a field's label is noted: a date has one, and so do all rows."""
    box = _BOX.fullmatch(name)
    return _NUMBER.sub("#", box["date"] if box else name)


def label_of(name: str, labels: Mapping[str, str]) -> str:
    """Return the label of the field ``name``, with its row's number; empty if it has none."""
    box = _BOX.fullmatch(name)
    whole = box["date"] if box else name
    label = labels.get(_labelled_as(name), "")
    numbered = _NUMBERED.fullmatch(whole) if label else None
    return f"{numbered['of'].capitalize()} {numbered['number']}: {label}" if numbered else label


def _in_words(text: str, council: Council) -> str:
    directory = council.directory
    if text in directory.posts:
        return directory.title(text)
    return directory.officers[text].name if text in directory.officers else text
