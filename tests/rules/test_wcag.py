"""Privacy: every page and every email meets WCAG 2.2 AA, as far as a machine can tell.

A browser opens every state of every page (``tests/pages/states.py``), and each email of every
rule's stories, at the width of the smallest phone and of a desk; axe looks at them. Only the
browser runs: it gets their HTML, and our style sheet.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from infra.blueprint import ROOT
from tests.pages.states import all_states
from tests.patience import LIMIT
from tests.service.test_browser import CHROMIUM
from tests.unit.test_letters import post
from tests.workflow.service import URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Page as Tab
    from playwright.sync_api import Route

pytestmark = [pytest.mark.ci, pytest.mark.browser, pytest.mark.xdist_group("states")]

STYLES = ROOT / "functions" / "pages" / "static" / "main.css"

#: All of axe's rules for WCAG 2.2 AA. Nothing is fetched for it.
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "preload": False,
}

#: WCAG's own narrowest page (1.4.10, Reflow), and a desk's.
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}

#: What nearly every page has around its main part. Where it is letter for letter what axe has seen
#: at this width, it need not look again. Rules about the whole page look at the whole page.
_AXE = """([options, seen]) => {
  const around = [...document.querySelectorAll("header, body > nav, body > div > nav, footer")];
  const known = around.filter(one => seen.includes(one.outerHTML));
  return axe.run(known.length ? {exclude: known} : document, options).then(found => (
    {violations: found.violations, around: around.map(one => one.outerHTML)}));
}"""
_OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

#: Buttons and fields that forced colours leave without an edge: their own background is gone.
_EDGELESS = """
[...document.querySelectorAll("button, a.govuk-button, input, textarea, select")]
  .filter(one => !["hidden", "file"].includes(one.type) && one.getClientRects().length)
  .filter(one => !one.closest("label, [aria-hidden=true], .govuk-visually-hidden"))
  .filter(one => { const style = getComputedStyle(one);
    return !["Top", "Bottom"].some(side => style[`border${side}Style`] !== "none"
      && parseFloat(style[`border${side}Width`]) > 0)
      && !style.textDecorationLine.includes("underline")
      && !(one.type === "radio" || one.type === "checkbox"); })
  .map(one => one.outerHTML.slice(0, 160))
"""


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """Return a tab in which no script of a page would run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=LIMIT * 1000,
        )
        context = browser.new_context(viewport=NARROW)  # type: ignore[arg-type]
        context.set_default_timeout(LIMIT * 1000)
        yield context.new_page()
        browser.close()


def _opened(tab: Tab, documents: Mapping[str, str]) -> Iterator[str]:
    """Open each document (its name → HTML) with our style sheet, and yield its name."""
    styles, names = STYLES.read_text(), list(documents)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(URL)
        if path.startswith("/document/"):
            body = documents[names[int(path.rpartition("/")[2])]]
            route.fulfill(content_type="text/html; charset=utf-8", body=body)
        elif ".css" in path:
            route.fulfill(content_type="text/css", body=styles)
        else:
            route.fulfill(status=404)

    tab.route("**/*", answer)
    for number, name in enumerate(names):
        tab.goto(f"{URL}/document/{number}")
        yield name
    tab.unroute("**/*", answer)


def _violations(tab: Tab, documents: Mapping[str, str]) -> list[str]:
    """Return what axe finds in each document at either width, and which scroll sideways."""
    found, seen = [], {size["width"]: set[str]() for size in (NARROW, WIDE)}
    axe = Axe().axe_script
    for name in _opened(tab, documents):
        tab.evaluate(axe)
        for size in (NARROW, WIDE):
            tab.set_viewport_size(size)  # type: ignore[arg-type]
            where = f"{name}, {size['width']} px"
            if tab.evaluate(_OVERHANG) > 0:
                found.append(f"{where}: scrolls sideways")
            looked = tab.evaluate(_AXE, [OPTIONS, [*seen[size["width"]]]])
            seen[size["width"]] |= {*looked["around"]}
            for one in looked["violations"]:
                found += [f"{where}: {one['id']}: {node['html'][:160]}" for node in one["nodes"]]
    return found


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Return every state of every page: name → HTML."""
    return {state.name: state.html for state in all_states()}


@pytest.fixture(scope="module")
def emails() -> dict[str, str]:
    """Return one email of each kind of every story, by what tells them apart: name → HTML."""
    return {
        f"{one.kind.__name__} {one.notice.letter}: {_alike(one.written.subject)}": one.written.html
        for one in post()
    }


def _alike(subject: str) -> str:
    return re.sub(r"PCE-\w{4}-\w{4}|\d+", "…", subject)


def test_every_page_meets_wcag_2_2_aa(tab: Tab, pages: dict[str, str]) -> None:
    assert len(pages) > 250
    assert _violations(tab, pages) == []


def test_every_email_meets_wcag_2_2_aa(tab: Tab, emails: dict[str, str]) -> None:
    assert len(emails) > 30
    assert _violations(tab, emails) == []


def test_in_forced_colours_every_button_and_field_still_has_an_edge(
    tab: Tab, pages: dict[str, str]
) -> None:
    tab.emulate_media(forced_colors="active")
    without = {name: tab.evaluate(_EDGELESS) for name in _opened(tab, pages)}
    tab.emulate_media(forced_colors="none")
    assert {name: found for name, found in without.items() if found} == {}


def test_one_long_word_moves_no_page_sideways(tab: Tab) -> None:
    """A reference from another system can be longer than a phone is wide (problem 17)."""
    word = "X" * 400
    wide = f"<html lang='en'><title>W</title><body><p>{word}</p></body></html>"
    assert _violations(tab, {"wide": f"<!doctype html>{wide}"})[0].endswith("scrolls sideways")


#: What somebody sees on paper: the marking, what can only be pressed, and addresses after links.
_ON_PAPER = """() => {
  const seen = one => one.getClientRects().length > 0;
  const after = one => getComputedStyle(one, "::after").content;
  return {
    marked: [...document.querySelectorAll(".pc-print-only")].filter(seen).map(one => one.innerText),
    pressed: [...document.querySelectorAll("button, nav a, footer a, .govuk-button")]
      .filter(seen).map(one => one.outerHTML.slice(0, 120)),
    addresses: [...document.querySelectorAll("a[href]")]
      .filter(one => seen(one) && after(one).includes("http")).length,
    linked: [...document.querySelectorAll("main a, main summary, main summary *")]
      .filter(one => seen(one) && getComputedStyle(one).textDecorationLine !== "none").length,
    folded: [...document.querySelectorAll("main details")].filter(one => seen(one)
      && ![...one.children].slice(1).some(part => part.getBoundingClientRect().height > 0)).length,
  };
}"""


def test_paper_has_the_marking_and_who_printed_it_and_nothing_to_press(
    tab: Tab, pages: dict[str, str]
) -> None:
    printed = {
        name: html
        for name, html in pages.items()
        if name.startswith(("challenge ", "supervision", "history", "front page"))
    }
    assert len(printed) > 20
    tab.emulate_media(media="print")
    wrong = {}
    for name in _opened(tab, printed):
        found = tab.evaluate(_ON_PAPER)
        marking = " ".join(found["marked"])
        says = "OFFICIAL-SENSITIVE" in marking and "Printed by" in marking and "2026" in marking
        if not says or any(found[one] for one in ("pressed", "addresses", "linked", "folded")):
            wrong[name] = found
    tab.emulate_media(media="screen")
    assert wrong == {}


def test_paper_has_page_numbers(tab: Tab) -> None:
    """Chromium puts them into the margin, as the style sheet says: each page differs by them."""
    lines = "<p>The same line.</p>" * 200
    page = f"<!doctype html><html lang='en'><link rel='stylesheet' href='/main.css'>{lines}</html>"
    for _ in _opened(tab, {"long": page}):
        with pikepdf.open(BytesIO(tab.pdf())) as numbered:
            assert len(numbered.pages) > 2
    assert re.search(r"@page\b[^}]*\{[^}]*counter\(page\)", STYLES.read_text())


def test_axe_finds_what_it_is_for(tab: Tab) -> None:
    grey = "<!doctype html><html><title>Grey</title><p style='color:#ccc'>Hardly to be read.</p>"
    found = {one.split(": ")[1] for one in _violations(tab, {"grey": grey})}
    assert found == {"color-contrast", "html-has-lang"}


def test_axe_looks_at_a_header_once_and_at_every_main_part(tab: Tab) -> None:
    page = """<!doctype html><html lang='en'><title>Grey</title>
      <header><p style='color:#ccc'>Head</p></header><p style='color:#ccc'>Main</p></html>"""
    found = [one.split(",")[0] for one in _violations(tab, {"first": page, "second": page})]
    assert found == ["first"] * 4 + ["second"] * 2, "of each width"
