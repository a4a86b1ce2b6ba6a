"""Privacy: every page and every email meets WCAG 2.2 AA, as far as a machine can tell.

A browser opens each page of a whole run, and each email of every rule's stories; axe looks at it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from domain.ladder import Stage
from infra.blueprint import ROOT
from tests.pages.visitor import Visitor, reply_link
from tests.patience import LIMIT
from tests.rules.test_privacy import _a_whole_run
from tests.rules.test_rule_17_siblings import approved, box, with_a_sister
from tests.rules.test_who_may_know import _addresses
from tests.service.test_browser import CHROMIUM
from tests.unit.test_letters import post
from tests.workflow.service import URL, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Page as Tab
    from playwright.sync_api import Route

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

pytestmark = [pytest.mark.ci, pytest.mark.browser, pytest.mark.xdist_group("wcag")]

STYLES = ROOT / "functions" / "pages" / "static" / "main.css"

#: All of axe's rules for WCAG 2.2 AA. Nothing is fetched for it.
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "preload": False,
}

OFFICERS = ("iro-1", "srsm", "tm-n", "csm")


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """Return a tab of a phone's width, where the smallest things show."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=LIMIT * 1000,
        )
        context = browser.new_context(viewport={"width": 390, "height": 800})
        context.set_default_timeout(LIMIT * 1000)
        yield context.new_page()
        browser.close()


def _violations(tab: Tab, documents: Mapping[str, str]) -> list[str]:
    """Return what axe finds in each document (its name → HTML), with our style sheet."""
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
    found = []
    for number, name in enumerate(names):
        tab.goto(f"{URL}/document/{number}")
        for one in Axe().run(tab, options=OPTIONS).response["violations"]:
            found += [f"{name}: {one['id']}: {node['html'][:160]}" for node in one["nodes"]]
    tab.unroute("**/*", answer)
    return found


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """Return the pages and the emails of a whole run: name → HTML."""
    with (
        pytest.MonkeyPatch.context() as patch,
        running(tmp_path_factory.mktemp("run")) as service,
    ):
        pages = _pages_of_a_whole_run(service, patch)
        subjects = {
            re.sub(r"PCE-\w{4}-\w{4}|\d+", "…", one.subject): one for one in service.mails()
        }
        emails = {subject: one.html for subject, one in subjects.items()}
        yield {"pages": pages, "emails": emails}


def _pages_of_a_whole_run(service: Service, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return each page of a whole run once, and that of each act of three challenges."""
    found: dict[str, str] = {}
    request = Visitor._request

    def opens(self: Visitor, method: str, address: str, *rest: Any) -> Page:  # noqa: ANN401
        page = request(self, method, address, *rest)
        if page.html:
            path = re.sub(r"PCE-\w{4}-\w{4}|[\w-]{43}|\d+", "…", page.address.partition("?")[0])
            errors = ", with errors" if page.errors else ""
            found.setdefault(f"{path} ({page.status}) {page.heading[:30]}{errors}", page.body)
        return page

    patch.setattr(Visitor, "_request", opens)
    _a_whole_run(service)
    asked, decided = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    service.reply(decided, "csm")
    informal = service.raise_at(Stage.QAP)
    for officer in OFFICERS:
        who = Visitor(service, officer)
        for reference in (asked, decided, informal):
            for address in _addresses("<reference>", reference, "GET"):
                who.get(address)
        for address in ("/", "/raise", "/raise/by-email", "/cover", "/cover/set", "/no-such-page"):
            who.get(address)
    for address in ("/", "/directory", "/directory/change"):
        Visitor(service, "admin").get(address)
    Visitor(service, "iro-1").post(f"/challenges/{decided}/escalate", {})
    Visitor(service).get("/")
    Visitor(service).get(reply_link(service, "tm-n"))
    _pages_about_siblings(service)
    return found


def _pages_about_siblings(service: Service) -> None:
    """Raise the challenges of two children, and reply about both (rule 17)."""
    done = approved(with_a_sister(Visitor(service, "iro-1"))).form().press("raise")
    reference = done.address.rpartition("/")[2]
    page = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply-together")
    page.form().press("check")
    page.form().fill({**box(1), **box(2)}).press("check").form().press("Send")


def test_every_page_meets_wcag_2_2_aa(tab: Tab, seen: dict[str, dict[str, str]]) -> None:
    assert len(seen["pages"]) > 40
    assert _violations(tab, seen["pages"]) == []


def test_every_email_meets_wcag_2_2_aa(tab: Tab, seen: dict[str, dict[str, str]]) -> None:
    letters = {f"{one.kind.__name__} {one.notice.letter}": one.written.html for one in post()}
    assert len(letters | seen["emails"]) > 30
    assert _violations(tab, letters | seen["emails"]) == []


def test_axe_finds_what_it_is_for(tab: Tab) -> None:
    grey = "<!doctype html><html><title>Grey</title><p style='color:#ccc'>Hardly to be read.</p>"
    found = {one.split(": ")[1] for one in _violations(tab, {"grey": grey})}
    assert found == {"color-contrast", "html-has-lang"}
