"""API Gateway on one machine: its REST API's events, and what it makes of answers."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from infra import refusals
from infra.blueprint import COMPRESSED_FROM
from infra.local.gateway import Answer, Request, answer_of, compressed, event_of, its_own

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


def event(path: str, query: str = "", **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - of Request
    return event_of(Request("GET", path, query, **{"headers": {"host": "a.example"}, **rest}), NOW)


@pytest.mark.parametrize(
    ("path", "resource", "proxy"),
    [
        ("/", "/", None),
        ("/raise", "/{proxy+}", "raise"),
        ("/reply/a-b_c", "/{proxy+}", "reply/a-b_c"),
        ("/raise/", "/{proxy+}", "raise"),
        ("/apis", "/{proxy+}", "apis"),
        ("/api", "/api", None),
        ("/api/", "/api", None),
        ("/api/choices", "/api/{proxy+}", "choices"),
    ],
)
def test_a_path_stands_whole_beside_the_resource_that_takes_it(
    path: str, resource: str, proxy: str | None
) -> None:
    found = event(path)
    assert found["path"] == found["requestContext"]["path"] == path, "no stage in it"
    assert found["resource"] == found["requestContext"]["resourcePath"] == resource
    assert found["pathParameters"] == ({"proxy": proxy} if proxy else None)


def test_a_path_keeps_its_escapes_and_one_of_the_slashes_it_begins_with() -> None:
    assert event("/a%2Bb@c+d%20e")["path"] == "/a%2Bb@c+d%20e"
    assert event("//evil.example/")["path"] == "/evil.example/"


def test_a_query_is_decoded_and_a_name_that_comes_twice_has_both_values() -> None:
    found = event("/", "a=1&b=x%2By+z&a=2&empty=")
    assert found["multiValueQueryStringParameters"] == {
        "a": ["1", "2"],
        "b": ["x+y z"],
        "empty": [""],
    }
    assert found["queryStringParameters"] == {"a": "2", "b": "x+y z", "empty": ""}


def test_what_was_not_sent_is_null() -> None:
    found = event("/")
    for name in ("queryStringParameters", "multiValueQueryStringParameters", "body"):
        assert found[name] is None
    assert found["isBase64Encoded"] is False
    assert found["stageVariables"] is None


def test_a_header_that_comes_twice_has_both_values_and_the_connection_s_own_are_kept_back() -> None:
    sent = {"host": "a.example", "cookie": ["a=1", "b=2"], "content-length": "3"}
    found = event("/", headers=sent)
    assert found["multiValueHeaders"]["Cookie"] == ["a=1", "b=2"]
    assert found["headers"]["Cookie"] == "b=2"
    assert found["headers"]["Host"] == "a.example"
    assert "Content-Length" not in found["headers"]


def test_every_body_comes_in_base64() -> None:
    found = event("/", body=b"a=\xff")
    assert (found["body"], found["isBase64Encoded"]) == ("YT3/", True)


def test_what_it_answers_itself_is_a_page_for_browsers_and_json_for_programs() -> None:
    for refusal in (refusals.BUSY, refusals.FAULT, refusals.FIREWALL, refusals.NOT_UNDERSTOOD):
        page = its_own(HTTPStatus.FORBIDDEN, refusal, "text/html,application/xhtml+xml,*/*;q=0.8")
        assert f"<h1>{refusal.title}</h1>" in page.body.decode("ascii")
        assert page.headers["content-type"] == "text/html"
        for accept in ("", "*/*", "application/problem+json"):
            answer = its_own(HTTPStatus.FORBIDDEN, refusal, accept)
            assert answer.headers["content-type"] == "application/json"
            assert json.loads(answer.body)["title"] == refusal.title
            assert answer.headers["cache-control"] == "no-store"


def test_headers_and_cookies_are_answered_as_they_were_given() -> None:
    answer = answer_of(
        {
            "statusCode": 303,
            "headers": {"Location": "/"},
            "multiValueHeaders": {"Set-Cookie": ["a=1; Path=/", "b=2; Path=/"], "X": ["1", "2"]},
            "body": None,
        }
    )
    assert answer.status == 303
    assert answer.cookies == ("a=1; Path=/", "b=2; Path=/")
    assert answer.headers == {"location": "/", "x": "1, 2", "content-type": "application/json"}


@pytest.mark.parametrize(
    "result", [None, "text", [], {"body": "no status"}, {"statusCode": 200, "cookies": ["a=1"]}]
)
def test_an_answer_of_another_form_is_a_fault_and_nothing_of_it_is_shown(result: object) -> None:
    answer = answer_of(result)
    assert answer.status == 502
    assert json.loads(answer.body)["title"] == "Sorry, there is a problem with the service"
    assert answer.cookies == ()


LONG = b"A page with many words. " * 100


def sent(
    accepts: str, body: bytes = LONG, headers: Mapping[str, str] = MappingProxyType({})
) -> Answer:
    """Return what somebody gets whose browser ``accepts`` these encodings."""
    answer = Answer(200, {"content-type": "text/html", **headers}, body, ("session=1",))
    asked = {"accept-encoding": accepts} if accepts else {}
    return compressed(answer, Request("GET", "/", headers=asked))


@pytest.mark.parametrize(
    "accepts", ["gzip", "br, gzip", "gzip, deflate, br, zstd", "gzip;q=0.5", "*"]
)
def test_a_long_answer_is_compressed_for_a_browser_that_can_open_it(accepts: str) -> None:
    answer = sent(accepts)
    assert answer.headers == {"content-type": "text/html", "content-encoding": "gzip"}
    assert gzip.decompress(answer.body) == LONG
    assert len(answer.body) < len(LONG) / 5
    assert (answer.status, answer.cookies) == (200, ("session=1",))


@pytest.mark.parametrize("accepts", ["", "br", "identity", "gzip;q=0", "deflate, gzip;q=0.0"])
def test_nobody_gets_what_their_browser_cannot_open(accepts: str) -> None:
    assert sent(accepts).body == LONG


def test_what_is_short_or_compressed_already_goes_as_it_is() -> None:
    short = b"x" * (COMPRESSED_FROM - 1)
    assert sent("gzip", short).body == short
    assert sent("gzip", headers={"content-encoding": "br"}).body == LONG


def test_a_function_is_not_asked_to_compress_because_the_gateway_does() -> None:
    found = event("/", headers={"host": "a.example", "accept-encoding": "gzip"})
    assert "Accept-Encoding" not in found["headers"]
