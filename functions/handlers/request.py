"""The request: the event of API Gateway's REST API, read in one place.

What that event (of a Lambda proxy integration) leaves open is settled here. Its path comes as it
was sent, escapes and all; its query comes decoded, name by name. The names of headers are in any
case; one that was sent several times stands whole in ``multiValueHeaders`` alone. A body comes in
base64 (``binaryMediaTypes``), and whoever sends none sends ``null``.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from handlers.errors import HandlerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
    from aws_lambda_powertools.event_handler.router import APIGatewayRouter

    App = APIGatewayRestResolver | APIGatewayRouter

__all__ = [
    "RepeatedParameterError",
    "address",
    "body",
    "cookies",
    "exactly",
    "header",
    "once",
    "opened",
    "query",
]


class RepeatedParameterError(HandlerError):
    """A parameter stands in the address more than once: nobody can say which is meant."""


def opened(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with its path as it reads: a link that a mail program escaped leads there too."""
    return {**event, "path": unquote(str(event["path"]))}


def exactly(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Take no path for another: its last slash, which the router passes over, counts."""
    path = app.current_event.path
    if path.endswith("/") and path != "/":
        raise NotFoundError
    return next_middleware(app)


def once(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Take no address that says something twice. Raises ``RepeatedParameterError``."""
    if any(len(v) > 1 for v in app.current_event.multi_value_query_string_parameters.values()):
        raise RepeatedParameterError
    return next_middleware(app)


def header(app: App, name: str) -> str:
    """A header; the values of one that was sent several times, with commas between. Or empty."""
    return ", ".join(_values(app, name))


def cookies(app: App) -> dict[str, str]:
    """The cookies: name → value. Under HTTP/2 a browser may send each in a header of its own.

    Of a name that stands twice it is the last. A browser sends ours once: ``__Host-`` in its name
    keeps it from being set for another path or by another host.
    """
    pairs = (pair.partition("=") for line in _values(app, "cookie") for pair in line.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _values(app: App, name: str) -> list[str]:
    return app.current_event.multi_value_headers.get(name) or []


def query(app: App) -> dict[str, str]:
    """The address's parameters; :func:`once` has seen to it that each stands there once."""
    return dict(app.current_event.query_string_parameters)


def address(app: App) -> str:
    """The path and query, as an address to be asked again."""
    event = app.current_event
    parameters = urlencode(event.multi_value_query_string_parameters, doseq=True)
    return quote(event.path) + (f"?{parameters}" if parameters else "")


def body(app: App) -> bytes:
    """The body's bytes. Raises ``ValueError`` where there should be base64 and is none."""
    text = app.current_event.body or ""
    return base64.b64decode(text) if app.current_event.is_base64_encoded else text.encode()
