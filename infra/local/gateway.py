"""API Gateway as a function sees it: an HTTP request as its event, and the answer to it.

On AWS a REST API on its own domain is in front of the functions (``infra.cloud.doors``); these are
its events and answers (Lambda proxy integration), with every body treated as binary.
"""

from __future__ import annotations

import base64
import gzip
import re
import uuid
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from infra import refusals
from infra.blueprint import (
    ADVICE,
    ADVICE_PATH,
    API,
    API_PATH,
    COMPRESSED_FROM,
    DOCUMENTS,
    DOCUMENTS_PATH,
    METHODS,
    ONLY_BELOW,
    PAGES,
    STAGE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from infra.blueprint import Function
    from infra.refusals import Refusal

__all__ = [
    "METHODS",
    "Answer",
    "Request",
    "answer_of",
    "compressed",
    "event_of",
    "function_at",
    "its_own",
]

#: API Gateway passes on none of these. It compresses answers itself.
_LEFT_OUT = ("connection", "content-length", "accept-encoding")
#: A browser that takes gzip. (``gzip;q=0`` would refuse it.)
_TAKES_GZIP = re.compile(
    r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q\s*=\s*(?:1|0?\.0*[1-9]\d*)[\d.]*)?\s*(?:,|$)"
)

#: The keys of a function's answer; anything else is a fault.
_PARTS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
#: A header's name → its new name, so that browsers do not prompt for a password.
_RENAMED = {"www-authenticate": "x-amzn-remapped-www-authenticate"}


@dataclass(frozen=True)
class Request:
    """A request. ``path`` and ``query`` are as sent, with their escapes.

    ``headers`` have lower-case names; one that was sent several times has a list.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    body: bytes = b""
    source: str = "127.0.0.1"

    def header(self, name: str, default: str = "") -> str:
        """Return a header; the values of one sent several times are joined with commas."""
        return ", ".join(_listed(self.headers.get(name, default)))


@dataclass(frozen=True)
class Answer:
    """An answer. ``headers`` have lower-case names; ``cookies`` are Set-Cookie values.

    ``takes_bar``: if it is an HTML page, it gets the bar of the local tools.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    cookies: tuple[str, ...] = ()
    takes_bar: bool = True


#: The functions with an address of their own; all other requests are for the pages.
_AT = {API_PATH: API, ADVICE_PATH: ADVICE, DOCUMENTS_PATH: DOCUMENTS}


def function_at(path: str) -> Function:
    """Return the function that answers a request to ``path``."""
    return _AT.get(_top(path), PAGES)


def _top(path: str) -> str:
    """Return the address that ``path`` is at or below; empty if it is the pages'."""
    at = next((top for top in _AT if path == top or path.startswith(f"{top}/")), "")
    return "" if path in ONLY_BELOW else at


def event_of(request: Request, now: datetime) -> dict[str, Any]:
    """Return the event for ``request`` at ``now``."""
    path = "/" + request.path.lstrip("/")
    top = _top(path)
    proxy = path.removeprefix(top).strip("/")
    resource = top + ("/{proxy+}" if proxy else "") or "/"
    host = request.header("host")
    # As HTTP/1.1 clients write them; HTTP/2 has them in lower case.
    headers = {
        name.title(): _listed(value)
        for name, value in request.headers.items()
        if name not in _LEFT_OUT
    }
    headers |= {
        "X-Forwarded-For": [request.source],
        "X-Forwarded-Port": [host.partition(":")[2] or "443"],
        "X-Forwarded-Proto": ["http" if ":" in host else "https"],
    }
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        parameters.setdefault(name, []).append(value)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": _last_of(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last_of(parameters) or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": {"proxy": proxy} if proxy else None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "deploymentId": "local",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "extendedRequestId": "local",
            "httpMethod": request.method,
            "identity": {
                "sourceIp": request.source,
                "userAgent": request.header("user-agent"),
            },
            "path": path,
            "protocol": "HTTP/1.1",
            "requestId": str(uuid.uuid4()),
            "requestTime": f"{now:%d/%b/%Y:%H:%M:%S %z}",
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "resourceId": "local",
            "resourcePath": resource,
            "stage": STAGE,
        },
        "body": base64.b64encode(request.body).decode() if request.body else None,
        "isBase64Encoded": bool(request.body),
    }


def answer_of(result: Any) -> Answer:  # noqa: ANN401 (any JSON)
    """Return the answer that API Gateway makes of what a handler returned."""
    if not isinstance(result, dict) or result.keys() - _PARTS or "statusCode" not in result:
        return its_own(HTTPStatus.BAD_GATEWAY, refusals.FAULT)
    text = str(result.get("body") or "")
    body = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
    given = {**(result.get("headers") or {}), **(result.get("multiValueHeaders") or {})}
    headers = {name.lower(): _listed(value) for name, value in given.items()}
    cookies = headers.pop("set-cookie", [])
    sent = {_RENAMED.get(name, name): ", ".join(values) for name, values in headers.items()}
    sent.setdefault("content-type", "application/json")
    return Answer(int(result["statusCode"]), sent, body, tuple(cookies))


def compressed(answer: Answer, request: Request) -> Answer:
    """Return the answer as it goes to whoever sent ``request``: compressed, if they can open it."""
    takes_it = _TAKES_GZIP.search(request.header("accept-encoding").lower())
    if not takes_it or len(answer.body) < COMPRESSED_FROM or "content-encoding" in answer.headers:
        return answer
    headers = {**answer.headers, "content-encoding": "gzip"}
    return replace(answer, headers=headers, body=gzip.compress(answer.body, mtime=0))


def its_own(status: HTTPStatus, refusal: Refusal, accept: str = "") -> Answer:
    """Return API Gateway's own answer, in the form the ``Accept`` header prefers."""
    is_page = accept.startswith("text/html")
    text, kind = (refusal.page, "text/html") if is_page else (refusal.problem, "application/json")
    headers = {name.lower(): value for name, value in refusals.HEADERS.items()}
    return Answer(status, {**headers, "content-type": kind}, text.encode(), takes_bar=False)


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _last_of(several: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in several.items()}
