"""What a browser gets with each page, in each of its states: little, and only from us."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from infra.blueprint import COMPRESSED_FROM, FUNCTIONS_DIR
from infra.local.gateway import Answer, Request, compressed
from tests.pages.states import all_states
from tests.unit.test_styles import MADE, WHOLE, rules

if TYPE_CHECKING:
    from bs4 import Tag

    from tests.pages.states import State

#: One worker makes all states, once, for these tests and for those that read them and look at them.
pytestmark = [pytest.mark.ci, pytest.mark.xdist_group("states")]

STATIC = FUNCTIONS_DIR / "pages" / "static"

#: Bytes on the wire, with the headers; and requests, the page's own among them.
AT_MOST, REQUESTS = 60_000, 4
HEADERS = 1_000

#: What makes a browser fetch something before anybody presses anything: tag → attribute.
FETCHED = {
    "link": "href",
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "srcset",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "input": "src",
}
_GZIP = Request("GET", "/", headers={"accept-encoding": "gzip"})


def fetched(state: State) -> list[str]:
    """Return what the browser fetches with this page."""
    tags: list[Tag] = state.page.soup.find_all([*FETCHED])
    return [str(tag[FETCHED[tag.name]]) for tag in tags if FETCHED[tag.name] in tag.attrs]


def on_the_wire(body: bytes) -> int:
    """Return how many bytes an answer with this body takes."""
    return len(compressed(Answer(200, {}, body), _GZIP).body) + HEADERS


def test_each_page_takes_few_requests_to_ourselves_alone() -> None:
    for state in all_states():
        found = fetched(state)
        assert 1 + len(found) <= REQUESTS, state.name
        for address in found:
            parts = urlsplit(address)
            assert not parts.netloc, f"{state.name}: {address}"
            assert (STATIC / parts.path.removeprefix("/assets/")).is_file(), address


def test_no_page_weighs_more_than_sixty_kilobytes() -> None:
    static = sum(on_the_wire(file.read_bytes()) for file in STATIC.iterdir())
    weights = {state.name: static + on_the_wire(state.html.encode()) for state in all_states()}
    assert len(gzip.compress(b"x" * COMPRESSED_FROM)) < COMPRESSED_FROM
    assert {name: weight for name, weight in weights.items() if weight > AT_MOST} == {}


def test_every_page_has_a_policy_that_lets_nothing_run_and_nothing_else_in() -> None:
    for state in all_states():
        assert state.page.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        ), state.name


def test_every_class_of_a_page_has_the_rules_it_had_before_the_style_sheet_was_made_small() -> None:
    names = {name for state in all_states() for name in _classes(state)}
    whole, made = (_with_rules(file.read_text()) for file in (WHOLE, MADE))
    assert "govuk-button" in names & whole
    assert (names & whole) - made == set()


def _classes(state: State) -> set[str]:
    return {str(name) for tag in state.page.soup.find_all(class_=True) for name in tag["class"]}


def _with_rules(css: str) -> set[str]:
    return {
        name.replace("\\", "")
        for _, selector in rules(css)
        for name in re.findall(r"\.((?:[\w-]|\\.)+)", selector)
    }
