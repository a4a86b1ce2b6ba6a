"""What holds for every page in each of its states (``tests/pages/states.py``)."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, NavigableString

from handlers.pages.acts import ACT_PAGES
from infra.blueprint import ROOT
from tests.pages.states import all_states
from tests.pages.test_routes import ROUTES
from tests.readability import FOR_A_CHILD, FOR_ALL, of_page, too_hard, too_long

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bs4 import Tag

    from tests.pages.states import State

#: One worker makes all states, once.
pytestmark = [pytest.mark.ci, pytest.mark.xdist_group("states")]

STATIC = ROOT / "functions" / "pages" / "static"

#: What a page may take: requests, and bytes as they are sent, compressed.
REQUESTS, BYTES = 4, 60_000

#: Routes whose answer is no page: files, and what leads on at once.
NO_PAGE = {
    *("/assets/<name>", "/sign-in", "/sign-in/callback"),
    *("/calendar/<name>", "/open-forms", "/views/open"),
    *("/directory/officers.csv", "/directory/posts.csv", "/directory/cover.csv"),
}
#: What people typed, or copy as it is.
NOT_OURS = "bdi, [dir=auto], pre, code, textarea, option, input, script, style, datalist"


@pytest.fixture(scope="module")
def states() -> tuple[State, ...]:
    return all_states()


@pytest.fixture(scope="module")
def ours(states: tuple[State, ...]) -> dict[str, str]:
    """Return the words of ours on each page, its title included: name of the state → text."""
    return {one.name: "\n".join(_own_words(one)) for one in states}


def _own_words(state: State) -> Iterator[str]:
    soup = BeautifulSoup(state.html, "html.parser")
    for tag in soup.select(NOT_OURS):
        tag.decompose()
    for text in soup.find_all(string=True):
        if type(text) is NavigableString:
            yield str(text)
    for tag in soup.select("[aria-label]"):
        yield str(tag["aria-label"])


def test_every_page_can_be_read_at_grade_8(states: tuple[State, ...]) -> None:
    texts = [(one.name, of_page(one.html)) for one in states if not _for_a_child(one)]
    assert too_hard(texts, FOR_ALL) == ""
    assert too_long(texts) == ""


def test_the_childs_letter_can_be_read_at_grade_5(states: tuple[State, ...]) -> None:
    texts = [(one.name, _of_letter(one)) for one in states if _for_a_child(one)]
    assert texts
    assert too_hard(texts, FOR_A_CHILD) == ""


def _for_a_child(state: State) -> bool:
    return state.name.startswith("letter to the child")


def _of_letter(state: State) -> list[str]:
    return of_page(state.html)


def test_every_title_says_the_page_and_then_the_service(states: tuple[State, ...]) -> None:
    titles = {one.name: one.page.soup.title.get_text() for one in states if one.page.soup.title}
    assert len(titles) == len(states)
    # Not the words of the page in which a fault, or a link that opens nothing, has only a heading.
    wrong = {
        n: t
        for n, t in titles.items()
        if not re.fullmatch(r"(Error: )?\S.* – Positive Challenge", t)
    }
    assert wrong == {}


def test_a_page_with_errors_says_so_first_in_its_title(states: tuple[State, ...]) -> None:
    wrong = [
        one.name
        for one in states
        if bool(one.page.errors) != str(one.page.soup.title).startswith("<title>Error: ")
    ]
    assert wrong == []


def test_every_field_has_a_label_and_every_button_and_link_has_words(
    states: tuple[State, ...],
) -> None:
    wrong = []
    for state in states:
        soup = state.page.soup
        labels = {str(label["for"]) for label in soup.select("label[for]") if _says(label)}
        fields = soup.select("input:not([type=hidden]), select, textarea")
        wrong += [f"{state.name}: {one}" for one in fields if one.get("id") not in labels]
        wrong += [
            f"{state.name}: {one}"
            for one in soup.select("button, a, legend, summary, th, caption")
            if not _says(one)
        ]
        groups = [one for one in soup.select("fieldset") if not one.find("legend")]
        wrong += [f"{state.name}: {str(one)[:100]}" for one in groups]
    assert wrong == []


def _says(tag: Tag) -> bool:
    return bool(tag.get_text().strip() or tag.get("aria-label"))


def test_quotes_and_apostrophes_are_curly_in_what_people_read(ours: dict[str, str]) -> None:
    straight = [
        f"{name}: …{found[0].strip()}…"
        for name, text in ours.items()
        for found in re.finditer(r".{0,30}(?:['\"]).{0,20}", text)
    ]
    assert straight == []


def test_no_page_has_a_script_or_needs_one(states: tuple[State, ...]) -> None:
    for state in states:
        soup = state.page.soup
        assert not soup.select("script, noscript, iframe, object, embed"), state.name
        addresses = [
            str(one.get("href", one.get("action", ""))) for one in soup.select("[href], [action]")
        ]
        assert not [one for one in addresses if one.startswith("javascript:")], state.name


def test_a_page_takes_at_most_four_requests_and_60_kb(states: tuple[State, ...]) -> None:
    wrong = []
    for state in states:
        files = [
            urlsplit(str(one.get("href") or one.get("src"))).path
            for one in state.page.soup.select("link[href], img[src], script[src], source[src]")
        ]
        sent = len(gzip.compress(state.html.encode()))
        sent += sum(
            len(gzip.compress((STATIC / one.rpartition("/")[2]).read_bytes())) for one in files
        )
        if 1 + len(files) > REQUESTS or sent > BYTES:
            wrong.append(f"{state.name}: {1 + len(files)} requests, {sent} bytes")
    assert wrong == []


def test_every_page_and_every_act_has_a_state(states: tuple[State, ...]) -> None:
    seen = {urlsplit(one.page.address).path for one in states}
    paths = {path for method, path in ROUTES if method == "GET"} - NO_PAGE
    missing = {path for path in paths if not any(_fits(path, one) for one in seen)}
    assert missing == set(), "add its states to tests/pages/states.py"
    names = {one.name for one in states}
    assert {page.slug for page in ACT_PAGES if f"act {page.slug}" not in names} == set()


def _fits(route: str, path: str) -> bool:
    return bool(re.fullmatch(re.sub(r"<\w+>", "[^/]+", route), path))
