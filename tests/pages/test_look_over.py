"""What is checked of every page that a test opens: each fault is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from tests.pages.visitor import Page, Visitor, look_over

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'",
}
GOOD = """<!DOCTYPE html><html lang="en-GB"><body><h1 id="top">Reply to a <bdi>challenge</bdi></h1>
<div class="govuk-error-summary" tabindex="-1" autofocus=""><ul class="govuk-error-summary__list">
<li><a href="#words">Enter your words.</a></li></ul></div>
<form method="post" action="/reply"><input type="hidden" name="mark" value="CASE-98431">
<label for="words">Words</label><textarea id="words" dir="auto" aria-describedby="top"></textarea>
<label for="day">Day</label><input id="day" inputmode="numeric"></form>
<p><bdi>CASE-98431</bdi> <span dir="auto">Marigold</span> \u2068Quillon\u2069</p></body></html>"""


def page(body: str = GOOD, headers: Mapping[str, str] = HEADERS) -> Page:
    return Page(cast("Visitor", None), "/reply", 200, headers, body)


def test_a_good_page_passes_and_its_words_are_not_split() -> None:
    look_over(page())
    assert page().text.startswith("Reply to a challenge Enter your words.")
    assert page("<p>One<b>two</b><!-- no --> th<mark>r<bdi>e</bdi></mark>e").text == "One two three"


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_is_not_as_it_has_to_be_is_found(header: str) -> None:
    with pytest.raises(AssertionError):
        look_over(page(headers={**HEADERS, header: "something else"}))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("<h1", "<script></script><h1"),
        ("<h1", "<style></style><h1"),
        ("<h1", '<h1 style="color: red"'),
        ("<h1", '<h1 onclick="now()"'),
        ("<form", "<h1>Another</h1><form"),
        ("en-GB", "en"),
        ('id="day"', 'id="words"'),
        ("#words", "#nowhere"),
        (' autofocus=""', ""),
        (' tabindex="-1"', ""),
        ('<input id="day"', '<input id="day" autofocus'),
        ('for="day"', 'for="nowhere"'),
        ('<label for="day">Day</label>', ""),
        ('<label for="words">Words</label>', ""),
        ("</form>", '<select id="which"></select></form>'),
        ('aria-describedby="top"', 'aria-describedby="top nowhere"'),
        ('method="post"', 'method="get"'),
        ('method="post"', ""),
        ('action="/reply"', 'action="/reply?case=CASE%2D98431"'),
        ("<p>", '<a href="/Marigold">Read</a><p>'),
        ("<p>", '<button formaction="/Quillon">Read</button><p>'),
        ("<bdi>CASE-98431</bdi>", "CASE&#45;98431"),
        ('<span dir="auto">', "<span>"),
        ("\u2068Quillon", "Quillon"),
        (' dir="auto" aria', " aria"),
        (' inputmode="numeric"', ' type="text"'),
        (' inputmode="numeric"', ""),
    ],
)
def test_a_fault_of_a_page_is_found(was: str, becomes: str) -> None:
    assert was in GOOD
    with pytest.raises(AssertionError):
        look_over(page(GOOD.replace(was, becomes, 1)))
