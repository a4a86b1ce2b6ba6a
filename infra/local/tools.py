"""The local tools: the outbox, the clock, who can sign in, and the bar that links to them.

Only ``make run`` has them. On AWS there is no ``/local/``: emails are sent, the clock is the real
one, and the council's provider confirms who people are.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader

from adapters import clock, one_meaning
from adapters.errors import AdapterError
from adapters.wiring import casebook
from domain.decide import timers
from domain.errors import ProcedureError
from domain.moments import LOCAL, moment_in_words, parse_moment, utc_text
from domain.notices import letters_due_after
from infra.blueprint import DELIVERY, SWEEP
from infra.errors import InfraError
from infra.local.emulator import ClockBackwardsError, ClockStuckError, FunctionError
from infra.local.gateway import Answer
from infra.local.outbox import comes_back
from infra.local.provider import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.directory import Directory
    from infra.local.duties import Duties
    from infra.local.emulator import Emulator, SentMail
    from infra.local.gateway import Request

__all__ = ["Addresses", "ClockHands", "Deadline", "Look", "Tools", "deadlines", "officers"]

_TEMPLATES = Path(__file__).parent / "templates"

#: What our own pages may do: their style sheet, an empty icon, and forms to this address.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'"
)
#: What an email may do, shown as a mail program would: nothing but its own styles.
_LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

#: Seconds that a look at the clock waits for what has just been done. A person in a browser has to
#: see the page even while a function hangs. On a busy machine this may be too short: the page then
#: shows what the record says by then, and ``clock.json`` says that not everything is settled, so
#: that a program can look again.
_A_LOOK_WAITS = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Addresses:
    """Where to find the service: URLs without a trailing slash; ``smtp`` is host:port."""

    pages: str
    aws: str
    provider: str
    smtp: str
    intake: str


@dataclass(frozen=True)
class Deadline:
    """What the clock will do at ``at`` if nobody acts before."""

    reference: str
    purpose: str
    at: datetime


@dataclass(frozen=True)
class Look:
    """What the clock showed, and everything that was pending then.

    ``settled``: what had just been done had finished. If not, the deadlines are those in the record
    so far.
    """

    now: datetime
    settled: bool
    deadlines: list[Deadline]


class UnwantedMoveError(InfraError, ValueError):
    """The clock cannot be moved like that; the message says what to ask for instead."""


def deadlines(now: datetime) -> list[Deadline]:
    """Return what the clock will do, over all open challenges, earliest first."""
    book = casebook()
    found = []
    for row in book.record.lists.every_open():
        try:
            challenge = book.record.chain.load(row.reference).challenge
            council = book.council_for(challenge)
            pending = timers(challenge, now, council)
            letters = set(letters_due_after(challenge, now, council))
        except (ProcedureError, AdapterError):
            _log.exception("%s cannot be read, so its deadlines are not listed", row.reference)
            continue
        found += [Deadline(row.reference, timer.purpose, timer.at) for timer in pending]
        found += [Deadline(row.reference, "emails are sent", at) for at in letters]
    return sorted(found, key=lambda deadline: (deadline.at, deadline.reference, deadline.purpose))


def officers(directory: Directory) -> list[dict[str, str]]:
    """Return one object for each post that someone holds, and for each officer without one.

    ``post`` is the post's id; ``team`` is empty for the whole council.
    """
    held: dict[str, list[dict[str, str]]] = {officer: [] for officer in directory.officers}
    for post in directory.posts.values():
        if post.holder in held:
            at = {"role": str(post.role), "post": post.id, "team": " and ".join(post.teams)}
            held[post.holder].append(at)
    none = {"role": "", "post": "", "team": ""}
    return [
        {"name": officer.name, "email": officer.email, **at}
        for officer in directory.officers.values()
        for at in held[officer.id] or [none]
    ]


class ClockHands:
    """Moves the clock, and does what EventBridge calls automatically on AWS."""

    def __init__(self, emulator: Emulator, duties: Duties) -> None:
        self._emulator = emulator
        self._duties = duties
        #: A Sweep in the middle of a jump would decide by a moment that has passed.
        self._one_at_a_time = threading.RLock()

    def now(self) -> datetime:
        """Return the service's present moment. In a training run it runs faster than the clock."""
        return clock.now()

    def sweep(self, *, everything: bool = False) -> None:
        """Call Sweep once. A failure is logged: it is called again later."""
        with self._one_at_a_time:
            try:
                self._emulator.invoke(SWEEP.name, {"all": True} if everything else {})
            except FunctionError:
                _log.exception("Sweep failed, and will be called again")

    def do_duties(self) -> None:
        """Do the daily duties, if their time has come."""
        with self._one_at_a_time:
            for moment, duty in self._duties.due(clock.wall()):
                self._duties.do(duty, moment)

    def look(self) -> Look:
        """Wait a little for what has just been done to finish, then look at the clock."""
        now = self.now()  # first: what is due by then is done when all is settled
        try:
            self._emulator.clock.settle(_A_LOOK_WAITS)
        except ClockStuckError:
            return Look(now, settled=False, deadlines=deadlines(now))
        return Look(now, settled=True, deadlines=deadlines(now))

    def move(self, to: datetime | None) -> None:
        """Move to ``to``, or to the next deadline; return when everything is settled.

        Raise ``ClockBackwardsError``, ``UnwantedMoveError`` or ``ClockStuckError``.
        """
        with self._one_at_a_time:
            # What has just been done may still be on its way to its next deadline.
            self._emulator.clock.settle()
            now = self.now()
            target = to or self._next_deadline(now)
            if _seconds(target) == _seconds(now):
                target = max(target, now)  # moving to what clock.json showed as now is no step back
            last_year = casebook().council().calendar.last_year
            if target.year > last_year:
                message = (
                    f"The bank holidays are only known up to the end of {last_year}, so later "
                    "deadlines cannot be counted. Choose an earlier time."
                )
                raise UnwantedMoveError(message)
            if target < now:
                raise ClockBackwardsError(target, now)
            # Rounded up, as the executions wait.
            wall = parse_moment(utc_text(clock.on_the_wall(target)))
            for moment, duty in self._duties.due(wall):
                self._emulator.clock.move_to(max(moment, clock.wall()))
                self._duties.do(duty, moment)
            self._emulator.clock.move_to(wall)
            self.sweep()
            self._emulator.clock.settle()

    def _next_deadline(self, now: datetime) -> datetime:
        ahead = [deadline.at for deadline in deadlines(now) if deadline.at > now]
        if not ahead:
            message = (
                "No deadline is pending: there is no open challenge. Raise one, or move the "
                'clock to a moment, with {"to": "2026-12-29T09:00:00Z"}.'
            )
            raise UnwantedMoveError(message)
        return ahead[0]


class Tools:
    """What ``/local/`` answers, and the bar."""

    def __init__(self, emulator: Emulator, hands: ClockHands, addresses: Addresses) -> None:
        self._emulator = emulator
        self._hands = hands
        self._addresses = addresses
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True
        )
        self._templates.filters["words"] = moment_in_words
        self._templates.filters["utc"] = utc_text
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/local/bar.css"): lambda _: _style_sheet(),
            ("GET", "/local/outbox"): lambda _: self._page(
                "outbox.html", mails=self._emulator.outbox.mails()
            ),
            ("GET", "/local/outbox.json"): lambda _: _json(
                [_mail(mail) for mail in self._emulator.outbox.mails()]
            ),
            ("GET", "/local/clock"): lambda _: self._clock_page(),
            ("GET", "/local/clock.json"): lambda _: self._clock_json(),
            ("POST", "/local/clock"): self._move,
            ("GET", "/local/officers"): lambda _: self._page("officers.html", officers=_officers()),
            ("GET", "/local/officers.json"): lambda _: _json(_officers()),
            ("GET", "/local/service.json"): lambda _: _json(self._service()),
        }

    # --- for the front ------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """Answer a request whose path begins with ``/local/``."""
        method = "GET" if request.method == "HEAD" else request.method
        route = self._routes.get((method, request.path))
        if route:
            return route(request)
        letter = re.fullmatch(r"/local/outbox/(\d{1,9})", request.path)
        if letter and method == "GET":
            return self._letter(int(letter[1]))
        returned = re.fullmatch(r"/local/outbox/(\d{1,9})/comes-back", request.path)
        if returned and method == "POST":
            return self._comes_back(request, int(returned[1]))
        if allowed := sorted(verb for verb, path in self._routes if path == request.path):
            answer = self._error(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "You cannot do that here",
                f"This address only accepts {' and '.join(allowed)}.",
            )
            return Answer(answer.status, {**answer.headers, "allow": ", ".join(allowed)})
        return self._error(
            HTTPStatus.NOT_FOUND,
            ("The links above lead to all of them."),
            "The links above lead to them all.",
        )

    def bar(self, request: Request) -> str:
        """Return the bar for the top of the page that answers ``request``."""
        path = request.path + (f"?{request.query}" if request.query else "")
        return self._templates.get_template("bar.html").render(
            mails=len(self._emulator.outbox.mails()), now=self._hands.now(), back=path
        )

    def fault(self) -> Answer:
        """Return the page for a request that failed."""
        return self._error(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "The service could not answer. The terminal where you started it says why. "
            "Nothing that was saved is lost.",
        )

    # --- the clock ----------------------------------------------------------------------------

    def _clock_json(self) -> Answer:
        look = self._hands.look()
        pending = [
            {"reference": d.reference, "purpose": d.purpose, "at": utc_text(d.at)}
            for d in look.deadlines
        ]
        return _json(
            {
                "now": utc_text(_seconds(look.now)),
                "settled": look.settled,
                "deadlines": pending,
            }
        )

    def _clock_page(self) -> Answer:
        look = self._hands.look()
        local = look.now.astimezone(LOCAL).replace(tzinfo=None)
        return self._page("clock.html", deadlines=look.deadlines, local=local)

    def _move(self, request: Request) -> Answer:
        """Move the clock: answer JSON with the new clock, and a form by going back."""
        if request.header("sec-fetch-site", "none") not in ("none", "same-origin"):
            return self._refused(
                request, HTTPStatus.FORBIDDEN, "Another website may not move the clock."
            )
        try:
            asked = _asked(request)
            self._hands.move(_wanted(asked))
        except (ClockBackwardsError, UnwantedMoveError) as error:
            return self._refused(request, HTTPStatus.BAD_REQUEST, str(error))
        except ClockStuckError as error:
            _log.exception("The clock was moved, and did not settle")
            return self._refused(request, HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        if _is_json(request):
            return self._clock_json()
        back = str(asked.get("back", ""))
        # Only a path of this service: "//elsewhere" would be another host.
        target = back if re.match(r"/(?![/\\])", back) else "/local/clock"
        return Answer(HTTPStatus.SEE_OTHER, {"location": target})

    def _refused(self, request: Request, status: HTTPStatus, why: str) -> Answer:
        if _is_json(request):
            return _json({"error": why}, status)
        return self._error(status, "The clock was not moved", why)

    # --- the rest -----------------------------------------------------------------------------

    def _comes_back(self, request: Request, number: int) -> Answer:
        """Simulate a bounce, as when an address is wrong."""
        if request.header("sec-fetch-site", "none") not in ("none", "same-origin"):
            return self._error(
                HTTPStatus.FORBIDDEN, "It did not bounce", "Another website may not ask for this."
            )
        mail = self._mail(number)
        if mail is None:
            return self._no_such_mail()
        self._emulator.invoke(DELIVERY.name, comes_back(mail, self._hands.now()))
        self._hands.look()  # the effects have then finished
        return Answer(HTTPStatus.SEE_OTHER, {"location": "/local/outbox"})

    def _mail(self, number: int) -> SentMail | None:
        return next((m for m in self._emulator.outbox.mails() if m.number == number), None)

    def _no_such_mail(self) -> Answer:
        return self._error(
            HTTPStatus.NOT_FOUND, "There is no such email", "The outbox lists all of them."
        )

    def _letter(self, number: int) -> Answer:
        mail = self._mail(number)
        if mail is None:
            return self._no_such_mail()
        headers = {**_HEADERS, "content-type": "text/html; charset=utf-8"}
        headers["content-security-policy"] = _LETTER_POLICY
        return Answer(HTTPStatus.OK, headers, mail.html.encode(), takes_bar=False)

    def _service(self) -> dict[str, str]:
        pages = self._addresses.pages
        return {
            "pages": pages,
            "aws": self._addresses.aws,
            "provider": self._addresses.provider,
            "outbox": f"{pages}/local/outbox",
            "clock": f"{pages}/local/clock",
            "officers": f"{pages}/local/officers",
            "api": f"{pages}/api/challenges",
            "openapi": f"{pages}/api/openapi.json",
            "token_endpoint": f"{self._addresses.provider}/oauth2/token",
            "client_id": PROGRAM.client_id,
            "client_secret": PROGRAM.client_secret,
            "smtp": self._addresses.smtp,
            "intake_address": self._addresses.intake,
            "state_machine": self._emulator.state_machine_arn,
        }

    def _page(self, template: str, status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Answer:
        page = self._templates.get_template(template).render(now=self._hands.now(), **shown)
        headers = {**_HEADERS, "content-type": "text/html; charset=utf-8"}
        return Answer(status, {**headers, "content-security-policy": _POLICY}, page.encode())

    def _error(self, status: HTTPStatus, title: str, text: str) -> Answer:
        return self._page("error.html", status, title=title, text=text)


_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def _style_sheet() -> Answer:
    text = (_TEMPLATES / "bar.css").read_bytes()
    return Answer(HTTPStatus.OK, {**_HEADERS, "content-type": "text/css; charset=utf-8"}, text)


def _json(body: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    return Answer(status, {**_HEADERS, "content-type": "application/json"}, text.encode())


def _officers() -> list[dict[str, str]]:
    return officers(casebook().council().directory)


def _mail(mail: SentMail) -> dict[str, object]:
    return {
        "to": ", ".join(mail.to),
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "headers": dict(mail.headers),
        "sent_at": utc_text(_seconds(mail.sent_at)),
        "links": list(mail.links),
    }


def _seconds(moment: datetime) -> datetime:
    """Return ``moment`` as a clock shows it, rounded down to the whole second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _is_json(request: Request) -> bool:
    """Whether the request is a program's: JSON, whatever its type says (curl's says form)."""
    is_object = request.body.lstrip().startswith(b"{")
    return is_object or "json" in request.header("content-type")


def _asked(request: Request) -> Mapping[str, Any]:
    """Return what the request asks for; in a form, a moment is local time."""
    if not _is_json(request):
        return dict(parse_qsl(request.body.decode(errors="replace")))
    try:
        asked = one_meaning.read(request.body.decode())
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise UnwantedMoveError(_SAY_WHERE_TO)
    return asked


_SAY_WHERE_TO = 'Say where to: {"to": "2026-12-29T09:00:00Z"}, or {"next": true}.'


def _wanted(asked: Mapping[str, Any]) -> datetime | None:
    """Return the requested moment; None for the next deadline."""
    to, to_next = asked.get("to"), asked.get("next")
    if to_next in (True, "true") and to is None:
        return None
    if not isinstance(to, str) or to_next:
        raise UnwantedMoveError(_SAY_WHERE_TO)
    try:
        # A form's date and time field has no time zone: it is local time.
        if "back" in asked and datetime.fromisoformat(to).tzinfo is None:
            return datetime.fromisoformat(to).replace(tzinfo=LOCAL).astimezone(UTC)
        return parse_moment(to)
    except (ValueError, OverflowError) as error:
        message = f"{to[:40]!r} is not a time with a time zone. {_SAY_WHERE_TO}"
        raise UnwantedMoveError(message) from error
