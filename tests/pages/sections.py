"""The form that raises a challenge, filled in section by section, as if it were one page::

    check = whole(iro.get("/raise")).fill(ANSWERS).press("Continue")   # the page to check it
    page = whole(iro.get("/raise")).fill(ANSWERS).press("Add another concern")  # that section

Each section is opened, filled in and sent as a browser does it. If there is something to correct,
the page to check is the list of the sections. :func:`at_once` sends all answers in one request, as
the one page of releases up to 2026-11.12 did: that is many times faster, and still has to work.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.pages.visitor import Page

__all__ = ["Whole", "answers_of", "at_once", "errors_of", "section", "whole"]


@dataclass(frozen=True)
class Whole:
    """The sections of a form, with what is to be typed into them: name → text."""

    page: Page
    typed: Mapping[str, str] = field(default_factory=dict)
    sent_at_once: bool = False

    def fill(self, values: Mapping[str, str]) -> Whole:
        """Return it with ``values`` to be typed in or chosen."""
        return replace(self, typed={**self.typed, **values})

    def __getitem__(self, name: str) -> str:
        return {**self.answers, **self.typed}.get(name, "")

    @cached_property
    def answers(self) -> dict[str, str]:
        """Return everything that is in its sections."""
        return answers_of(self.page)

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all its controls."""
        return frozenset(name for one in _sections(self.page) for name in one.form().names)

    def press(self, button: str = "Continue") -> Page:
        """Fill in and save each section. Then press the button in its section, or check all."""
        if self.sent_at_once and button in _CHECK:
            sent = {**self.typed, "press": "check"}
            return self.page.visitor.post(_at(self.page, ""), sent)
        asked = set(self.typed)
        found = None
        for page in _sections(self.page):
            form = page.form()
            own = {name: text for name, text in self.typed.items() if name in form.names}
            asked -= set(own)
            if any(button in (one.text, one.value) for one in form.buttons):
                found = form.fill(own).press(button)
            elif own:
                form.fill(own).press("list")
        assert not asked, f"no field for {sorted(asked)}"
        if button in _CHECK:
            return self.page.visitor.get(_at(self.page, "check"))
        assert found, f"no button {button!r}"
        return found


def whole(page: Page) -> Whole:
    """Return the form whose list of sections this is, or to which this page belongs."""
    found = page if page.soup.select(".govuk-task-list") else section(page, "")
    assert found.soup.select(".govuk-task-list"), found.text
    return Whole(found)


def at_once(page: Page) -> Whole:
    """Return the form whose list of sections this is; its answers are sent in one request."""
    return replace(whole(page), sent_at_once=True)


def section(page: Page, key: str) -> Page:
    """Return the page of one section of the form that this page belongs to."""
    return page.visitor.get(_at(page, key))


def answers_of(page: Page) -> dict[str, str]:
    """Return everything that is in the sections of the form that this page belongs to."""
    found: dict[str, str] = {}
    for one in _sections(page.visitor.get(_at(page, ""))):
        found |= {n: text for n, text in one.form().fields.items() if n not in _OF_THE_PAGE}
    return found


def errors_of(page: Page) -> dict[str, str]:
    """Return the error summary's lines, wherever they lead: ``#name`` → what it says."""
    return {f"#{urlsplit(href).fragment}": text for href, text in page.errors.items()}


def missing_of(page: Page) -> dict[str, str]:
    """Return what a form that nobody began lists as missing: ``#name`` → what it says."""
    lines = page.soup.select("#missing a")
    return {f"#{urlsplit(str(line['href'])).fragment}": line.get_text() for line in lines}


_CHECK = ("Continue", "check")
_OF_THE_PAGE = ("section", "of", "kept", "shown-to", "left")


def _sections(page: Page) -> Iterator[Page]:
    for link in page.soup.select(".govuk-task-list__link"):
        if "step=check" not in str(link["href"]):
            yield page.visitor.get(str(link["href"]))


def _at(page: Page, step: str) -> str:
    """Return the address of this page's form at a step."""
    parts = urlsplit(page.address)
    query = parse_qs(parts.query)
    said = [f"{name}={query[name][0]}" for name in ("draft", "form") if name in query]
    return f"{parts.path}?{'&'.join([*said, *([f'step={step}'] if step else [])])}"
