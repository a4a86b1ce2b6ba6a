"""Every kind of email in Chromium on a phone, 360 px wide, in light and in dark.

To look at them yourself: ``python -m tests.emails FOLDER``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.emails import every_email

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
WIDTH = 360


_WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations", "incomplete"],
    "preload": False,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium, without a network: an email loads nothing."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_email_fits_a_phone_and_can_be_read(
    browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 740}, color_scheme=scheme, offline=True
    )
    page, axe, found = context.new_page(), Axe(), {}
    for name, written in every_email().items():
        page.set_content(written.html)
        scrolls = page.evaluate("document.documentElement.scrollWidth")
        result = axe.run(page, options=_WCAG).response
        wrong = [(one["id"], one["nodes"][0]["html"]) for one in result["violations"]]
        # What axe cannot decide is no contrast that anybody has checked.
        wrong += [(one["id"], "?") for one in result["incomplete"] if one["id"] == "color-contrast"]
        if scrolls > WIDTH or wrong:
            found[name] = (scrolls, wrong)
    context.close()
    assert found == {}


def test_dark_mode_has_colours_of_its_own(browser: Browser) -> None:
    """A dark background, and not the light email as it is."""
    seen = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.set_content(every_email()["daily"].html)
        colour = "getComputedStyle(document.querySelector('#email')).backgroundColor"
        seen[scheme] = sum(map(int, page.evaluate(colour).strip("rgb()").split(",")))
        context.close()
    assert seen["light"] > 700
    assert seen["dark"] < 150


def test_the_first_link_of_an_email_is_on_the_first_screen_of_a_phone(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 640})
    page, found = context.new_page(), {}
    for name, written in every_email().items():
        page.set_content(written.html)
        link = page.locator("#letter a").first
        box = link.bounding_box() if link.count() else None
        if box and box["y"] + box["height"] > 400:
            found[name] = box
    context.close()
    assert found == {}
