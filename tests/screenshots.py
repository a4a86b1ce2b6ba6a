"""Take the pictures of the main pages in ``docs/screens`` again: ``make screenshots``.

They are taken from the demonstration (``make demo``), which is played again, so that the
pictures and the pages say the same. It needs Chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.service.running import ROOT, Running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

CHROMIUM = Path("/usr/bin/chromium")
SCREENS = ROOT / "docs" / "screens"

_DESK: ViewportSize = {"width": 1024, "height": 1200}
_PHONE: ViewportSize = {"width": 390, "height": 844}

#: Who is signed in for the pictures, by name.
_IRO, _MANAGER, _SRSM = "Ira Sample-One", "Tessa Sample-North", "Serena Sample-Safeguard"


def main() -> int:
    """Play the demonstration, and take each picture. Return the exit code."""
    if not CHROMIUM.exists():
        sys.stderr.write(f"Install Chromium first: {CHROMIUM} is not there.\n")
        return 1
    SCREENS.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        Running(Path(folder) / "demo", module="infra.local.demo") as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for name, page in _pages(browser, service):
            # The bar of the local tools is on no council's page.
            page.locator(".local-bar").evaluate_all("bars => bars.forEach(bar => bar.remove())")
            page.screenshot(path=SCREENS / f"{name}.png")
            sys.stdout.write(f"docs/screens/{name}.png\n")
        browser.close()
    return 0


def _pages(browser: Browser, service: Running) -> Iterator[tuple[str, Page]]:
    """Yield each page to take, with the name of its picture."""
    srsm = _signed_in(browser, service, _SRSM, _DESK)
    yield "front-page", srsm
    srsm.goto(f"{service.url}/challenges?look=late")
    yield "list", srsm
    iro = _signed_in(browser, service, _IRO, _DESK)
    iro.get_by_role("link", name="Decide on the reply").first.click()
    iro.goto(iro.url.partition("#")[0])  # from its top
    yield "challenge", iro
    iro.goto(f"{service.url}/raise")
    yield "raise", iro
    manager = _signed_in(browser, service, _MANAGER, _PHONE)
    manager.get_by_role("link", name="Reply").first.click()
    manager.get_by_role("button", name="Reply").first.click()
    manager.get_by_role("group").first.wait_for()
    yield "reply-on-a-phone", manager
    manager.goto(_last_request(service))
    yield "email-on-a-phone", manager


def _signed_in(browser: Browser, service: Running, name: str, size: ViewportSize) -> Page:
    """Return a page of somebody who has just signed in."""
    page = browser.new_context(viewport=size).new_page()
    page.goto(f"{service.url}/sign-in")
    page.get_by_role("button", name=name).click()
    page.get_by_role("heading", level=1).wait_for()
    return page


def _last_request(service: Running) -> str:
    """Return the address in the outbox of the last email that asks for a reply."""
    mails = service.json("outbox")  # newest first
    number = next(
        len(mails) - place for place, mail in enumerate(mails) if "reply by" in mail["subject"]
    )
    return f"{service.url}/local/outbox/{number}"


if __name__ == "__main__":
    raise SystemExit(main())
