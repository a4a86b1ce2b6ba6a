"""The request: the event of API Gateway's REST API, read in one place.

API Gateway (a Lambda proxy integration) sends the path as it came, with its escapes, and the query
decoded, by name. The names of headers may be in any case, and only ``multiValueHeaders`` has all
values of a header that was sent several times. A body comes in base64 (``binaryMediaTypes``); a
request without one has ``null``.
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
    """The address has a parameter more than once, so we cannot know which value is meant."""


def opened(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event with its path decoded, so that links that email programs escaped work."""
    return {**event, "path": unquote(str(event["path"]))}


def exactly(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Refuse a path with a slash at its end, which the router would ignore.

    Raise ``NotFoundError`` for it.
    """
    path = app.current_event.path
    if path.endswith("/") and path != "/":
        raise NotFoundError
    return next_middleware(app)


def once(
    app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
) -> Response[Any]:
    """Raise ``RepeatedParameterError`` if the address has a parameter more than once."""
    if any(len(v) > 1 for v in app.current_event.multi_value_query_string_parameters.values()):
        raise RepeatedParameterError
    return next_middleware(app)


def header(app: App, name: str) -> str:
    """Return a header, its values separated by commas if it was sent several times; or empty."""
    return ", ".join(_values(app, name))


def cookies(app: App) -> dict[str, str]:
    """Return the cookies: name → value. Under HTTP/2 each may come in a header of its own.

    If a name was sent twice, the last value counts. A browser sends ours only once, because
    ``__Host-`` in the name stops another path or host from setting it.
    """
    pairs = (pair.partition("=") for line in _values(app, "cookie") for pair in line.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _values(app: App, name: str) -> list[str]:
    return app.current_event.multi_value_headers.get(name) or []


def query(app: App) -> dict[str, str]:
    """Return the parameters of the address: name → value. :func:`once` refuses repeated names."""
    return dict(app.current_event.query_string_parameters)


def address(app: App) -> str:
    """Return the path and query, as an address that can be requested again."""
    event = app.current_event
    parameters = urlencode(event.multi_value_query_string_parameters, doseq=True)
    return quote(event.path) + (f"?{parameters}" if parameters else "")


def body(app: App) -> bytes:
    """Return the bytes of the body. Raise ``ValueError`` if it should be base64 and is not."""
    text = app.current_event.body or ""
    return base64.b64decode(text) if app.current_event.is_base64_encoded else text.encode()
