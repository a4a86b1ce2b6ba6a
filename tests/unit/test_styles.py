"""The pages' style sheet: it is small, and no class that a page can have lost its rules.

``make assets`` compiles the whole of GOV.UK Frontend (``build/assets/whole.css``) and keeps what
the pages use (``functions/pages/styles/build.mjs``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from infra.blueprint import FUNCTIONS_DIR, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = FUNCTIONS_DIR / "pages"
MADE = PAGES / "static" / "main.css"
WHOLE = ROOT / "build" / "assets" / "whole.css"
BUILD = (PAGES / "styles" / "build.mjs").read_text()

AT_MOST = 40_000

_TOKEN = re.compile(r"[\w!-]+")
_CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
#: What is said once for all elements instead of with each class, or for browsers of long ago.
_SAID_ONCE = re.compile(
    r"(font-family|-webkit-font-smoothing|-moz-osx-font-smoothing|(-webkit-)?text-decoration-skip.*)$"
)
_OF_OLD = re.compile(r"@supportsnot\(text-wrap|@mediascreen[^ -~]")
_IN_PRINT = re.compile(r"(font-size|line-height)$")


def words_of_pages() -> set[str]:
    """Return every word of our templates, and of the Python that may name a class."""
    files = [*(PAGES / "templates").glob("*.html"), *(FUNCTIONS_DIR / "handlers").rglob("*.py")]
    return {word for file in files for word in _TOKEN.findall(file.read_text())}


def rules(css: str) -> dict[tuple[str, str], set[str]]:
    """Return the declarations of each selector: (media query or empty, selector) → properties."""
    found: dict[tuple[str, str], set[str]] = {}
    for around, selectors, body in _blocks(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        lines = body.split(";") if body else []
        names = {line.partition(":")[0].strip() for line in lines if ":" in line}
        for selector in selectors.split(","):
            key = (re.sub(r"\s", "", around), re.sub(r"\s", "", selector))
            found.setdefault(key, set()).update(names)
    return found


def _blocks(css: str) -> Iterator[tuple[str, str, str]]:
    """Yield each rule as (media query around it, its selectors, its declarations)."""
    around: list[str] = []
    for head, end in re.findall(r"([^{}]*)([{}])", css):
        if end == "{" and head.strip().startswith("@"):
            around.append(head.strip())
        elif end == "{":
            selectors = head.strip().rpartition("}")[2]
            around.append(f"\n{selectors}")
        else:
            last = around.pop() if around else ""
            if last.startswith("\n"):
                yield " ".join(around), last[1:], head


@pytest.fixture(scope="module")
def whole() -> dict[tuple[str, str], set[str]]:
    """Return the rules of the style sheet as Sass compiled it."""
    return rules(WHOLE.read_text())


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, str], set[str]]:
    """Return the rules of the style sheet that pages get."""
    return rules(MADE.read_text())


def _kept(around: str, properties: set[str]) -> set[str]:
    """Return the properties that have to be there still."""
    kept = {name for name in properties if not _SAID_ONCE.match(name) and name[:2] != "--"}
    return {name for name in kept if not _IN_PRINT.match(name)} if "@mediaprint" in around else kept


def _classes(selector: str) -> set[str]:
    return {name.replace("\\", "") for name in _CLASS.findall(selector)}


def _missing(
    used: set[str],
    whole: dict[tuple[str, str], set[str]],
    made: dict[tuple[str, str], set[str]],
) -> list[str]:
    """Return what the whole style sheet says of these classes alone, and ours does not."""
    return [
        f"{around} {selector} {{{', '.join(sorted(lost))}}}"
        for (around, selector), properties in whole.items()
        if (classes := _classes(selector)) and classes <= used
        if "[href" not in selector and not _OF_OLD.search(around)
        if (lost := _kept(around, properties) - made.get((around, selector), set()))
    ]


def test_the_style_sheet_is_below_forty_kilobytes() -> None:
    assert MADE.stat().st_size < AT_MOST


def test_no_class_that_our_templates_name_lost_a_rule(
    whole: dict[tuple[str, str], set[str]], made: dict[tuple[str, str], set[str]]
) -> None:
    used = words_of_pages()
    assert {"govuk-button", "govuk-table__cell", "pc-nav__link"} <= used
    assert _missing(used, whole, made) == []


def test_a_class_that_lost_a_rule_would_be_noticed(
    whole: dict[tuple[str, str], set[str]], made: dict[tuple[str, str], set[str]]
) -> None:
    without = {key: names for key, names in made.items() if key[1] != ".govuk-button:hover"}
    assert _missing({"govuk-button"}, whole, without) == [
        " .govuk-button:hover {background-color, color, text-decoration}"
    ]
    assert _missing({"govuk-accordion"}, whole, made), "no page has an accordion"


def test_nothing_that_is_left_out_on_purpose_is_asked_for() -> None:
    never = re.findall(r"^  /(govuk-.+)/,$", BUILD, re.MULTILINE)
    assert len(never) > 5
    asked = {word for word in words_of_pages() for one in never if re.search(one, word)}
    assert asked == set()


def test_no_link_has_its_address_behind_it_in_print(
    whole: dict[tuple[str, str], set[str]], made: dict[tuple[str, str], set[str]]
) -> None:
    assert any("[href" in selector for _, selector in whole)
    assert not any("[href" in selector for _, selector in made)


def test_paper_has_page_numbers_and_a_marking_and_nothing_to_press() -> None:
    css = MADE.read_text()
    assert 'content:"Page " counter(page) " of " counter(pages)' in css
    assert '@page sensitive{@top-center{content:"OFFICIAL-SENSITIVE"' in css
    blocks = [(around, names, body) for around, names, body in _blocks(css) if "print" in around]
    hidden = {
        name for _, names, body in blocks if body == "display:none" for name in names.split(",")
    }
    assert hidden >= {"nav", ".govuk-button", ".pc-screen", ".pc-header__officer", ".pc-footer"}


def test_what_the_style_sheet_says_of_everything_is_there_too(
    whole: dict[tuple[str, str], set[str]], made: dict[tuple[str, str], set[str]]
) -> None:
    assert ("", "body") in made
    assert made["", "body"] >= {"font-family", "overflow-wrap"}
    assert whole["", ".govuk-link:focus"] <= made["", ".govuk-link:focus"]


def test_every_name_in_the_style_sheet_has_a_value() -> None:
    css = MADE.read_text()
    named = set(re.findall(r"var\((--[\w-]+)\)", css))
    given = set(re.findall(r"(--[\w-]+):", css))
    assert named <= given
