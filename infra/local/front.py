"""The front of the local service: HTTP in, API Gateway's event for the function, HTTP out.

Paths under ``/local/`` go to the local tools instead, and every page gets their bar. It listens
only on 127.0.0.1.
"""

from __future__ import annotations

import errno
import logging
import re
import socketserver
import threading
import time
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from infra import refusals
from infra.errors import InfraError
from infra.local.gateway import (
    METHODS,
    Answer,
    Request,
    answer_of,
    compressed,
    event_of,
    function_at,
    its_own,
)
from infra.local.lambda_seam import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["HOST", "Front", "FrontPortTakenError"]

HOST = "127.0.0.1"

#: Bytes; Lambda accepts no more in one event.
LARGEST_BODY = 6 * 1024 * 1024
#: Seconds a connection may stay silent, in case it was forgotten. A slow browser keeps its own:
#: otherwise it would find it closed just as it requests the next page.
SILENCE = 600

_log = logging.getLogger(__name__)

# The link that skips to the main content stays first on the page, before the bar.
_BODY = re.compile(
    r"<body\b[^>]*>(?:\s*<a\b[^>]*\bgovuk-skip-link\b[^>]*>[^<]*</a\s*>)?", re.IGNORECASE
)
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)
_STYLE = '<link rel="stylesheet" href="/local/bar.css">'

# The parts of a path that may appear in a log: a plain word, or a challenge's reference. Anything
# else may be a reply link's token, or a child's Case ID.
_PLAIN = re.compile(r"(?:[a-z][a-z.-]{0,23}|\d{1,6}|PCE-[0-9A-Z]{4}-[0-9A-Z]{4})")
_SECRET_AFTER = {"reply"}


class FrontPortTakenError(InfraError):
    """Another program listens on the port of the pages."""


class Local(Protocol):
    """The local tools, as the front uses them."""

    def answer(self, request: Request) -> Answer:
        """Answer a request whose path begins with ``/local/``."""

    def bar(self, request: Request) -> str:
        """Return the bar, as HTML, for the top of the page that answers ``request``."""

    def fault(self) -> Answer:
        """Return the page for a request that failed."""


def with_bar(answer: Answer, bar: Callable[[], str]) -> Answer:
    """Put the bar on top of an answer that is an HTML page; return any other unchanged."""
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    if not (is_page and answer.takes_bar):
        return answer
    page = answer.body.decode()
    body = _BODY.search(page)
    if body is None:
        return answer
    page = page[: body.end()] + bar() + page[body.end() :]
    page = _HEAD_END.sub(lambda end: _STYLE + end.group(), page, count=1)
    return replace(answer, body=page.encode())


def masked(path: str) -> str:
    """Return ``path`` for the log, without tokens and anything else that may be private."""
    before = ""
    shown = []
    for part in path.split("/"):
        is_plain = not part or (_PLAIN.fullmatch(part) and before not in _SECRET_AFTER)
        shown.append(part if is_plain else "…")
        before = part
    return "/".join(shown)


class Front:
    """The server of the pages. It has its port once constructed, and answers once started."""

    def __init__(
        self,
        port: int,
        *,
        invoke: Callable[[str, object], Any],
        tools: Local,
        now: Callable[[], datetime],
    ) -> None:
        """``invoke`` calls a function, by its name, with an event.

        Raise ``FrontPortTakenError``.
        """
        self._invoke = invoke
        self._tools = tools
        self._now = now
        try:
            self._server = _Server((HOST, port), _Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            message = f"Port {port} on {HOST} is taken."
            raise FrontPortTakenError(message) from error
        self._server.front = self
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        # A name that an attacker's DNS points at 127.0.0.1 is not one of these.
        self._home = f"{HOST}:{self.port}"
        self._hosts = {self._home, f"localhost:{self.port}"}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start answering."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="front", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering, and free the port."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def answer(self, request: Request) -> Answer:
        """Answer ``request`` in any case, with the bar on every page, and log one line.

        The bar goes into a page before it is compressed.
        """
        began = time.monotonic()

        def bar() -> str:
            return self._tools.bar(request)

        try:
            answer = with_bar(self._answer(request), bar)
        except Exception:  # noqa: BLE001 (whatever it is, the browser needs an answer)
            _log.exception("%s %s could not be answered", request.method, masked(request.path))
            answer = with_bar(self._tools.fault(), bar)
        took = (time.monotonic() - began) * 1000
        _log.info("%s %s %d %.0f ms", request.method, masked(request.path), answer.status, took)
        return compressed(answer, request)

    def _answer(self, request: Request) -> Answer:
        host = request.header("host").lower()
        if host not in self._hosts:
            return _plain(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"This is the local service at {self.url}. Use that address.",
            )
        if request.path == "/local" or request.path.startswith("/local/"):
            return self._tools.answer(request)
        if host != self._home and request.method in ("GET", "HEAD"):
            # Sign-in returns to one address, and a cookie belongs to one name.
            query = f"?{request.query}" if request.query else ""
            target = self.url + request.path + query
            return Answer(HTTPStatus.TEMPORARY_REDIRECT, {"location": target})
        if request.method not in METHODS:
            accept = request.header("accept")
            return its_own(HTTPStatus.FORBIDDEN, refusals.NOT_UNDERSTOOD, accept)
        try:
            event = event_of(request, self._now())
            return answer_of(self._invoke(function_at(request.path).name, event))
        except FunctionError:
            return self._tools.fault()  # already logged


def _plain(status: HTTPStatus, text: str) -> Answer:
    return Answer(status, {"content-type": "text/plain; charset=utf-8"}, f"{text}\n".encode())


class _Server(ThreadingHTTPServer):
    """One thread for each connection; none of them delays the end."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    front: Front

    def server_bind(self) -> None:
        # HTTPServer would look this machine's name up in DNS, and wait for the answer.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "positive-challenge-local"
    sys_version = ""
    timeout = SILENCE
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Return one handler for every ``do_GET``, ``do_POST``… that the base class looks for."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        try:
            request = self._request()
        except _UnreadableError as error:
            self.close_connection = True
            self._send(_plain(error.status, str(error)))
            return
        self._send(self.server.front.answer(request))

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        if not path.startswith("/"):
            raise _UnreadableError(HTTPStatus.BAD_REQUEST, "The address must begin with a slash.")
        headers: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        # http.server reads unescaped bytes as Latin-1: escape those, and leave the rest.
        path = quote(path, safe="%/!$&'()*+,:;=@", encoding="latin-1")
        source = str(self.client_address[0])
        return Request(self.command, path, query, headers, self._body(), source)

    def _body(self) -> bytes:
        length = ", ".join(self.headers.get_all("content-length", ["0"]))
        if "transfer-encoding" in self.headers or not (length.isascii() and length.isdigit()):
            message = "Send exactly one Content-Length header with the request's length."
            raise _UnreadableError(HTTPStatus.LENGTH_REQUIRED, message)
        if int(length) > LARGEST_BODY:
            message = "The request is larger than 6 MB. Send less at once."
            raise _UnreadableError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        return self.rfile.read(int(length))

    def _send(self, answer: Answer) -> None:
        has_body = answer.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            for cookie in answer.cookies:
                self.send_header("set-cookie", cookie)
            if has_body:
                self.send_header("content-length", str(len(answer.body)))
            if self.close_connection:
                self.send_header("connection", "close")
            self.end_headers()
            if has_body and self.command != "HEAD":
                self.wfile.write(answer.body)
        except ConnectionError:
            self.close_connection = True  # the client has gone

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Log nothing: a request's line could hold a token. ``Front.answer`` logs."""


class _UnreadableError(InfraError):
    """A request that cannot be read; the message is for its sender."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
