"""What every page shares: who is asking, what was typed, and the answer's headers.

A ``WebError`` ends a request early; each is answered by a page of ``handlers.pages``
(``handlers.errors`` has the tree).
"""

from __future__ import annotations

import json
import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from aws_lambda_powertools.event_handler import Response

from adapters import clock
from adapters.drafts import PAGE, Draft
from adapters.identity import RENEW_SECONDS, Shown
from adapters.left_out import form_without_keys
from adapters.settings import environment
from adapters.wiring import casebook, drafts, identity, sessions
from domain.events import Actor
from domain.moments import day_in_words, moment_in_words
from domain.writing import kept
from handlers import request
from handlers.errors import HandlerError
from handlers.form_fields import FORM_BYTES, UNKEEPABLE, kept_bytes
from handlers.pages.banner import banner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from jinja2 import Environment

    from domain.council import Council
    from domain.directory import Officer
    from handlers.request import App

__all__ = [
    "SECURITY",
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
    "command_id",
    "damaged",
    "form",
    "give_back",
    "id_of",
    "label_of",
    "labels_sent",
    "looks_answered",
    "mark_of",
    "marked",
    "new_id",
    "officer",
    "officer_and_council",
    "origin_checked",
    "own_address",
    "render",
    "see_other",
    "sent_id",
    "use_up_draft",
    "with_labels",
]

_PAGES = Path(__file__).parents[2] / "pages"
STATIC = _PAGES / "static"

#: Bytes of a form's body: what may be kept, each of its bytes written as a browser may, ``%E2``.
LARGEST_BODY = 3 * FORM_BYTES + 100_000
_FIELDS = 1_000

#: Shown in the place of what cannot be kept: a control character, or bytes that are no UTF-8.
DAMAGED = "\N{REPLACEMENT CHARACTER}"

HTML = "text/html; charset=utf-8"

#: The hidden field of each form that says whom it was shown to (``_shown_to.html``).
_SHOWN_TO = "shown-to"

#: The number of a concern or an action in a field's name. Their labels are the same.
_NUMBER = re.compile(r"(?<=-)[0-9]{1,3}(?=-)")
_NUMBERED = re.compile(r"(?P<of>[a-z]+)-(?P<number>[0-9]{1,3})-.*")
_BOX = re.compile(r"(?P<date>.+)-(?:day|month|year)")

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
    """What ends the request for a page early."""


class SignInNeededError(WebError):
    """Nobody is signed in. ``return_to`` is where to go on afterwards.

    ``kept`` says that what was typed was kept as a draft of whom the form was shown to.
    """

    def __init__(self, return_to: str, *, kept: bool = False) -> None:
        """Take the path to come back to, and whether what was typed was kept for then."""
        super().__init__("Sign in to go on.")
        self.return_to = return_to
        self.kept = kept


class StrangerError(WebError):
    """Somebody whom the council's provider knows and the directory does not."""

    def __init__(self, email: str) -> None:
        """Take the address they signed in with."""
        super().__init__("This address is not in the directory.")
        self.email = email


class OthersFormError(WebError):
    """The form was shown to somebody else, who was signed in here before.

    ``kept`` says that what was typed was kept as their draft.
    """

    def __init__(self, *, kept: bool) -> None:
        """Take whether it was kept for them."""
        super().__init__("This form was shown to somebody else.")
        self.kept = kept


class ForeignFormError(WebError):
    """The form was sent from another site, or nothing shows that it was not."""


class UnreadableFormError(WebError):
    """The body is not a form's."""


class RepeatedFieldError(WebError):
    """A field was sent more than once. No field of ours is a list.

    ``names`` are those fields; ``typed`` is all that was sent, each of their answers on a line.
    """

    def __init__(self, names: Sequence[str], typed: Mapping[str, str]) -> None:
        """Take the fields, and what was typed into all of them."""
        super().__init__("A field was sent more than once.")
        self.names = names
        self.typed = typed


class TooLargeError(WebError):
    """More was sent than a form may hold. ``typed`` is what, unless it is too much to be shown."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        """Take what was typed, as :func:`form` reads it."""
        super().__init__("More was sent than a form may hold.")
        self.typed = typed


# What goes with each request -------------------------------------------------------------------


@dataclass(frozen=True)
class Brought:
    """What somebody typed before: field → text, its labels, and what belongs to no field."""

    form: Mapping[str, str]
    labels: Mapping[str, str]
    beside: str = ""


@dataclass
class _Marks:
    """What goes with the request that is answered now, and is no handler's own.

    ``carried`` is what its form carried, to say whom it was shown to; ``labels`` are those of the
    page that is made, by their fields' names; ``renewed`` is a Set-Cookie value to be sent, or
    empty. ``brought`` is what was typed before, and is given back on this page.
    """

    carried: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    renewed: str = ""
    brought: Brought | None = None


_marks: ContextVar[_Marks] = ContextVar("_marks")


def marked(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Begin each request with nothing of another's; send the session's cookie, if it was renewed.

    An error's page does without: a session that is used goes on with the next page.
    """
    _marks.set(_Marks())
    answer = next_middleware(app)
    if renewed := _marks.get().renewed:
        answer.headers["Set-Cookie"] = [renewed]
    return answer


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
        # The macros of GOV.UK Frontend ask for parameters within parameters that were not given.
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
    env.filters |= {"day": day_in_words, "moment": moment_in_words}
    return env


@cache
def _asset(name: str) -> str:
    """The address of a static file, which changes with its content: browsers may keep it long."""
    file = STATIC / name
    mark = mark_of(file.read_bytes()) if file.is_file() else "none"
    return f"/assets/{name}?v={mark}"


def mark_of(content: bytes) -> str:
    """What stands for a static file's content in its address, as the parameter ``v``."""
    return sha256(content).hexdigest()[:12]


def render(template: str, status: int = 200, **context: object) -> Response[str]:
    """The page ``template`` (a name in ``pages/templates``) with the headers of every page.

    Pass ``officer=`` for the header to show who is signed in, and for its forms to know it again.
    """
    officer = getattr(context.get("officer"), "id", "")
    shown_to = partial(_shown_to, officer) if officer else _carried
    body = _templates().get_template(template).render({"shown_to": shown_to, **context})
    return Response(status, HTML, body, SECURITY)


def _marked() -> _Marks:
    """Those of this request; a page may be made outside of one, by a test."""
    try:
        return _marks.get()
    except LookupError:
        return _Marks()


def _labelled(name: str, label: str) -> str:
    """Note the label of a field on the page that is made. A template writes nothing for it."""
    _marked().labels[_NUMBER.sub("#", name)] = label
    return ""


def _shown_to(officer: str) -> str:
    """What a form carries to say that it was shown to this officer, with its fields' labels.

    A page to check shows no fields: it goes on with the labels of the form that was sent to it.
    """
    return identity().show(Shown(officer, {**labels_sent(), **_marked().labels}))


def _carried() -> str:
    """The same as was sent: a page for nobody who is signed in says nothing new of its forms."""
    return _marked().carried


def see_other(address: str, cookies: Sequence[str] = ()) -> Response[str]:
    """Go and see ``address`` instead (303); ``cookies`` are Set-Cookie values."""
    headers: dict[str, str | list[str]] = {**SECURITY, "Location": address}
    return Response(303, HTML, "", headers | {"Set-Cookie": list(cookies)})


# Requests --------------------------------------------------------------------------------------


def looks_answered(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Answer HEAD and OPTIONS, as mail scanners send them: somebody is here. No page is reached."""
    method = app.current_event.http_method
    if method not in ("HEAD", "OPTIONS"):
        return next_middleware(app)
    allow = {"Allow": "GET, HEAD, OPTIONS, POST"} if method == "OPTIONS" else {}
    return Response(200, HTML, "", {**SECURITY, **allow})


def origin_checked(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Let a POST through only if it came from one of our own pages.

    Our pages send no referrer, for which browsers make the Origin of a form "null"; they then
    say in Sec-Fetch-Site, which no page can forge, where the form stood.
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
    """What was typed: field → text, its line ends as browsers show them, nothing unseen in it.

    What cannot be kept stands there as ``�``; :func:`damaged` finds such fields. The keys of links
    are left out, as they will be of the record: who checks the form sees it as it will stand there.
    Raises ``RepeatedFieldError``, ``TooLargeError``, ``UnreadableFormError``.
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
        sent.setdefault(_kept(name), []).append(_kept(value))
    _marked().carried = sent.pop(_SHOWN_TO, [""])[-1]
    typed = form_without_keys({name: "\n".join(values) for name, values in sent.items()})
    if kept_bytes(typed) > FORM_BYTES:
        raise TooLargeError(typed)
    if twice := [name for name, values in sent.items() if len(values) > 1]:
        raise RepeatedFieldError(twice, typed)
    return typed


def _kept(text: str) -> str:
    return kept(UNKEEPABLE.sub(DAMAGED, text.replace("\r\n", "\n").replace("\r", "\n")))


def damaged(typed: Mapping[str, str]) -> dict[str, str]:
    """The fields that hold something that cannot be kept: field → what to do about it."""
    message = f"Replace each {DAMAGED} in this answer: something stood there that cannot be kept"
    return {name: message for name, text in typed.items() if DAMAGED in text}


def new_id() -> str:
    """An id for a form, made when it is shown: the same form sent twice acts once."""
    return str(uuid.uuid4())


def command_id(typed: Mapping[str, str], name: str = "command_id") -> str:
    """The id that the form was shown with; a new one if it has none."""
    try:
        return str(uuid.UUID(typed.get(name, "")))
    except ValueError:
        return new_id()


def sent_id(typed: Mapping[str, str]) -> str:
    """The id of a form as it was sent: the same words of the same form sent twice act once.

    Whoever goes back and changes something sends another: it is not taken for done.
    """
    words = json.dumps(sorted(typed.items()), ensure_ascii=False)
    return str(uuid.uuid5(uuid.UUID(command_id(typed)), words))


# People ----------------------------------------------------------------------------------------


def officer(app: App) -> Officer:
    """Who is signed in; raises what :func:`officer_and_council` does."""
    return officer_and_council(app)[0]


def officer_and_council(
    app: App, *, alone: str = "", given_back_at: str = "", keep: bool = True
) -> tuple[Officer, Council]:
    """Who is signed in, as the directory has them now, and the council: leavers are out at once.

    Raises ``SignInNeededError`` and ``StrangerError``; and ``OthersFormError`` where a form is sent
    that was shown to somebody else. What was typed has then been kept as a draft of whom the form
    was shown to, be they signed in or not. It is given back at ``given_back_at`` (default: the
    address that was asked for), and kept of the officer with the id ``alone`` (default: of
    anybody); without ``keep`` nothing is kept. May raise what :func:`form` does.
    """
    council = casebook().council()
    found = _signed_in(app, council)
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
    """Whose session it is, if it is open, and not idle for too long. It is used now.

    Raises ``StrangerError``.
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
        _marked().renewed = identity().renew(session)
    return found


def _typed_by(app: App) -> Shown | None:
    """Whom the form that was sent was shown to, if that is known. Raises what :func:`form` does."""
    try:
        form(app)
    except UnreadableFormError:
        return None
    return identity().was_shown(_marked().carried)


def actor(
    officer: Officer, capacity: str, via: str = "page", typed: Mapping[str, str] | None = None
) -> Actor:
    """Who acts, in what capacity, by what way in (``page`` or ``link``).

    With ``typed``, what was sent, it says who wrote the draft that it came from for the officer.
    """
    written = drafts().find(officer.id, (typed or {}).get("draft", ""))
    return Actor(officer.id, officer.name, str(capacity), via, written.typed_by if written else "")


# What was typed ----------------------------------------------------------------------------------

#: What the ids of forms are made in, of what was typed into them.
_FORMS = uuid.UUID("6f3c1ad0-9a0e-5a55-9d3e-0d6a3f6b1c57")

#: The parameters of an address that say which form stands there, and how far it has come.
_OF_A_FORM = ("form", "draft", "step")


def own_address(app: App) -> str:
    """The address that was asked for, without what says which form it is to show."""
    event = app.current_event
    rest = {name: text for name, text in request.query(app).items() if name not in _OF_A_FORM}
    return quote(event.path) + (f"?{urlencode(rest)}" if rest else "")


def id_of(address: str, typed: Mapping[str, str]) -> str:
    """The id of a form that has none: the same words for the same address have the same."""
    words = json.dumps([address, *sorted(typed.items())], ensure_ascii=False)
    return str(uuid.uuid5(_FORMS, words))


def _keep_draft(app: App, owner: Officer, address: str) -> str:
    """Keep what was typed; answers the address at which it is given back: ``address``, and its id.

    No ``address`` holds the token of a reply link: of that, only the hash is ever kept. The same
    form sent twice is kept once. One that came from a draft is still by whoever wrote that.
    """
    typed = form(app)
    draft = Draft(id_of(address, typed), address, typed, PAGE, clock.now(), labels=labels_sent())
    if before := drafts().find(owner.id, typed.get("draft", "")):
        draft = replace(draft, beside=before.beside, typed_by=before.typed_by)
    drafts().keep(owner.id, draft)
    return draft.address


def give_back(form: Mapping[str, str], labels: Mapping[str, str], beside: str = "") -> None:
    """Note what was typed before, for this page: should it end in an error, that shows it."""
    _marked().brought = Brought(form, labels, beside)


def brought() -> Brought | None:
    """What :func:`give_back` noted."""
    return _marked().brought


def labels_sent() -> Mapping[str, str]:
    """The labels of the form that was sent; none if it is none that we know again."""
    shown = identity().was_shown(_marked().carried)
    return shown.labels if shown else {}


def with_labels(
    typed: Mapping[str, str], labels: Mapping[str, str], council: Council
) -> list[tuple[str, str]]:
    """What somebody typed, with the ``labels`` that stood beside it: (label, text) pairs.

    What has no label is left out. A choice of a post or an officer is put in words.
    """
    lines: dict[str, list[str]] = {}
    for name, text in typed.items():
        label = label_of(name, labels)
        if label and text.strip():
            lines.setdefault(label, []).append(_in_words(text, council))
    return [(label, " ".join(texts)) for label, texts in lines.items()]


def label_of(name: str, labels: Mapping[str, str]) -> str:
    """What stood beside the field ``name``; empty if it has none of the ``labels``."""
    box = _BOX.fullmatch(name)
    whole = box["date"] if box else name
    label = labels.get(_NUMBER.sub("#", whole), "")
    numbered = _NUMBERED.fullmatch(whole) if label else None
    return f"{numbered['of'].capitalize()} {numbered['number']}: {label}" if numbered else label


def _in_words(text: str, council: Council) -> str:
    directory = council.directory
    if text in directory.posts:
        return directory.title(text)
    return directory.officers[text].name if text in directory.officers else text


def use_up_draft(owner: Officer, typed: Mapping[str, str]) -> None:
    """Empty the draft that ``typed`` came from, if any: its words stand on the record now."""
    drafts().use_up(owner.id, typed.get("draft", ""))
