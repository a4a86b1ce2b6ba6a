"""A challenge from the form to the IRO's decision in a real browser, on a desktop and a phone."""

from __future__ import annotations

import smtplib
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.builders import calendar
from tests.doors.post import LINES, form, mail
from tests.patience import LIMIT
from tests.service.running import IRA, SAMPLE, TESSA, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.service.running import Running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("service"),
]

CHROMIUM = Path("/usr/bin/chromium")
DESK = (1280, 900)
PHONE = (375, 740)

#: The responder's first action, by field name.
AGREED = {
    "action-1-what": "Hold the placement meeting",
    "action-1-owner": "Tessa Sample-North",
}
#: The most that a page of a phone may have above the first answer: two screens of 740 pixels.
TWO_SCREENS = 1_480

# Preloading would fetch style sheets by script, which the pages' security policy blocks.
_AXE = {"resultTypes": ["violations"], "preload": False}
_OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Screen:
    """One person's browser, which checks each page and keeps the complaints."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: Any) -> None:  # noqa: ANN401 - Playwright's message
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def arrive(self, heading: str) -> None:
        """Wait for the page with ``heading``; check that it is accessible and fits a phone."""
        self.page.get_by_role("heading", level=1, name=heading).wait_for()
        violations = Axe().run(self.page, options=_AXE).response["violations"]
        for one in violations:
            for node in one["nodes"]:
                self.complaints.append(f"{heading}: {one['id']} {node['html'][:200]}")
        own = self.page.viewport_size
        assert own is not None
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        if self.page.evaluate(_OVERHANG):
            self.complaints.append(f"{heading}: scrolls sideways on a phone")
        self.page.set_viewport_size(own)

    def press(self, button: str) -> None:
        """Press the visible button with this text in the main part of the page."""
        self.page.locator("main").get_by_role("button", name=button).last.click()

    def sign_in(self, service: Running, name: str) -> None:
        """Sign in at the local provider as the person with this name."""
        self.page.goto(f"{service.url}/sign-in")
        self.arrive("")
        self.page.get_by_role("button", name=name).click()
        self.arrive("Your work")

    def fill(self, answers: dict[str, str]) -> None:
        """Fill in fields by their names."""
        for name, value in answers.items():
            field = self.page.locator(f"main [name='{name}']")
            if field.first.get_attribute("type") == "radio":
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)


class Travels:
    """Goes back and reloads in somebody's browser, and notes how each page was asked for.

    Of a page that came as the answer to a POST, a browser asks whether to send it again; without
    anybody to ask, it shows an error in its place.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._asked: list[str] = []
        page.on("request", self._note)

    def _note(self, request: Any) -> None:  # noqa: ANN401 - Playwright's request
        if request.is_navigation_request():
            self._asked.append(request.method)

    def reload(self) -> None:
        """Reload; the page is asked for by GET."""
        self._went(self.page.reload)

    def back(self) -> None:
        """Go back; the page is asked for by GET."""
        self._went(self.page.go_back)

    def _went(self, go: Callable[[], Any]) -> None:
        self._asked.clear()
        answer = go()
        assert answer is not None
        assert answer.ok, self.page.url
        assert set(self._asked) == {"GET"}

    def holds(self, typed: dict[str, str]) -> None:
        """Every field of the form has what was typed into it."""
        for name, text in typed.items():
            field = self.page.locator(f"main [name='{name}']")
            if field.first.get_attribute("type") == "radio":
                chosen = self.page.locator(f"main [name='{name}'][value='{text}']")
                assert chosen.is_checked(), name
            else:
                assert field.input_value() == text, name


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(
            f"This test needs {CHROMIUM}: apt-get install -y --no-install-recommends chromium. "
            "Without it, leave the test out with -m 'not browser'."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=LIMIT * 1000,  # Playwright counts milliseconds
        )
        yield browser
        browser.close()


@contextmanager
def screen(browser: Browser, size: tuple[int, int]) -> Iterator[Screen]:
    """Yield one person's browser, which shares no cookies with another."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(LIMIT * 1000)
    try:
        one = Screen(context)
        yield one
        assert one.complaints == []
    finally:
        context.close()


def _raise(ira: Screen, service: Running) -> str:
    """Raise a challenge, first with an empty form; return its reference."""
    ira.sign_in(service, "Ira Sample-One")
    ira.page.goto(f"{service.url}/raise")
    ira.arrive("Raise a challenge")
    ira.page.get_by_role("link", name="See what is missing").click()
    ira.page.locator("#missing").wait_for()
    ira.arrive("Raise a challenge")
    _fill_in_sections(ira)
    ira.arrive("Raise a challenge")
    ira.page.get_by_role("link", name="Check your answers and send").click()
    ira.arrive("Check")
    ira.press("Raise this challenge")
    ira.arrive("The challenge is raised")
    return ira.page.url.rpartition("/")[2]


def _fill_in_sections(ira: Screen) -> None:
    """Fill in each section that has to be, each from the list, with a mistake on the way."""
    page = ira.page
    for title in SECTIONS:
        page.get_by_role("link", name=title, exact=True).click()
        ira.arrive(title)
        names = page.locator("main [name]").evaluate_all("all => all.map(one => one.name)")
        ira.fill({name: text for name, text in SAMPLE.items() if name in names})
        ira.press("Save and go to all sections")
        ira.arrive("Raise a challenge")


#: The sections of which ``SAMPLE`` has answers.
SECTIONS = (
    "The child",
    "The social worker",
    "What is wrong",
    "What was tried, and the child’s views",
    "Where it starts",
)


def _by_email(ira: Screen, service: Running) -> None:
    """Read how to raise one by email, send half a form, and find it as a draft to correct."""
    ira.page.goto(f"{service.url}/raise/by-email")
    ira.arrive("Raise a challenge by email")
    host, _, port = service.json("service")["smtp"].partition(":")
    raw = mail(form(Stage="-", Team="Nowhere"), message_id="<half@sampleshire.example>")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.sendmail(IRA, [service.json("service")["intake_address"]], raw)
    ira.page.goto(service.url)
    ira.arrive("Your work")
    ira.page.get_by_role("link", name="A challenge to raise, from your email").click()
    ira.arrive("Raise a challenge")
    assert "Team: Nowhere" in ira.page.locator("main").inner_text()
    ira.page.get_by_role("link", name="The child", exact=True).click()
    ira.arrive("The child")
    assert ira.page.locator("[name='name']").input_value() == LINES["Name"]
    ira.page.get_by_text("Lines from your email").click()
    assert "Team: Nowhere" in ira.page.locator("main").inner_text()


def _reply(tessa: Screen, link: str, today: str) -> None:
    """Agree, by the emailed link, to an action within the resolution period, 20 working days."""
    by = calendar().on_or_after(datetime.fromisoformat(today).date() + timedelta(days=14))
    day = {"day": by.day, "month": by.month, "year": by.year}
    tessa.page.goto(link)
    tessa.arrive("Reply to a challenge")
    assert SAMPLE["name"] not in tessa.page.content()
    tessa.fill({"answer": "actions agreed"})
    tessa.press("Continue")
    tessa.arrive("Action 1")
    tessa.fill(AGREED | {f"action-1-by-{part}": str(number) for part, number in day.items()})
    tessa.press("Save this action")
    tessa.arrive("Your reply: actions agreed")
    tessa.fill({"words": "We will hold the meeting."})
    tessa.press("Continue")
    tessa.arrive("Check your reply before you send it")
    tessa.press("Send your reply")
    tessa.arrive("You have replied")
    tessa.page.goto(link)
    tessa.arrive("You have replied")


def _decide(ira: Screen, service: Running, reference: str) -> None:
    """Accept the agreed actions."""
    ira.sign_in(service, "Ira Sample-One")
    ira.page.goto(f"{service.url}/challenges/{reference}")
    ira.arrive("you need to decide")
    ira.page.get_by_role("link", name="Accept the agreed actions").click()
    ira.arrive("Accept the agreed actions")
    with ira.page.expect_navigation():
        ira.press("Continue")
    ira.arrive("Check before you accept the agreed actions")
    with ira.page.expect_navigation():
        ira.press("Accept these actions")
    ira.page.wait_for_load_state()
    said = ira.page.locator("main").inner_text()
    assert ira.page.url.endswith(f"/challenges/{reference}"), said
    assert "You accepted" in said
    ira.arrive("Stage 1: actions under way")
    assert ira.page.get_by_role("heading", name="Agreed actions").count() == 1


SECOND = {
    "concern-2-theme": SAMPLE["concern-1-theme"],
    "concern-2-what": "The school has not been told.",
    "concern-2-outcome": "The school is told.",
}


def _raised_with_two_concerns(ira: Screen, service: Running) -> str:
    """Raise one, going back and reloading at each step; its reference."""
    go, page = Travels(ira.page), ira.page
    page.goto(f"{service.url}/raise")
    _fill_in_sections(ira)
    concerns = {name: text for name, text in SAMPLE.items() if name.startswith("concern-")}
    page.get_by_role("link", name="What is wrong", exact=True).click()
    ira.press("Add another concern")
    page.locator("#concern-2-theme").wait_for()
    go.reload()
    go.holds(concerns)
    ira.fill(SECOND)
    ira.press("Save and continue")
    page.locator(".govuk-error-summary").wait_for()
    for again in (go.reload, go.back, go.back):
        again()
        go.holds({**concerns, **SECOND})
    ira.fill({f"concern-2-by-{box}": SAMPLE[f"concern-1-by-{box}"] for box in ("day", "month")})
    ira.fill({"concern-2-by-year": SAMPLE["concern-1-by-year"]})
    ira.press("Save and go to all sections")
    ira.arrive("Raise a challenge")
    page.get_by_role("link", name="Check your answers and send").click()
    ira.arrive("Check the challenge before you raise it")
    go.reload()
    ira.arrive("Check the challenge before you raise it")
    go.back()
    ira.arrive("Raise a challenge")
    page.go_forward()
    ira.arrive("Check the challenge before you raise it")
    ira.press("Raise this challenge")
    ira.arrive("The challenge is raised")
    go.reload()
    ira.arrive("The challenge is raised")
    reference = page.url.rpartition("/")[2]
    go.back()
    ira.arrive("You have sent this form")
    return reference


def test_back_and_reload_never_ask_to_send_a_form_again_and_every_field_is_still_there(
    service: Running, browser: Browser
) -> None:
    """After an error, a check and a success, with repeated rows."""
    with screen(browser, DESK) as ira:
        ira.sign_in(service, "Ira Sample-One")
        reference = _raised_with_two_concerns(ira, service)
        go = Travels(ira.page)
        ira.page.goto(f"{service.url}/challenges/{reference}/close")
        typed = {"outcome": "withdrawn", "reason": "It was put right."}
        ira.fill(typed)
        ira.press("Continue")
        ira.page.locator(".govuk-error-summary").wait_for()
        for again in (go.reload, go.back):
            again()
            go.holds(typed)
    with screen(browser, PHONE) as tessa:
        link, go = service.reply_link(TESSA, reference), Travels(tessa.page)
        tessa.page.goto(link)
        tessa.fill({"answer": "actions agreed"})
        tessa.press("Continue")
        tessa.arrive("Action 1")
        for again in (go.reload, go.back):
            again()
        go.holds({"answer": "actions agreed"})
        tessa.page.go_forward()
        tessa.fill(AGREED)
        tessa.press("Save this action")
        tessa.page.locator(".govuk-error-summary").wait_for()
        for again in (go.reload, go.back):
            again()
            go.holds(AGREED)


def test_the_first_answer_is_within_two_screens_of_a_phone(
    service: Running, browser: Browser
) -> None:
    """Also where everything that the IRO wrote is long."""
    long = " ".join(["The plan says that the child lives there until the summer."] * 60)
    written = {"concern-1-what": long, "concern-1-outcome": long, "tried": long, "views": long}
    reference = Client(service, IRA).raise_challenge(**written)
    with screen(browser, PHONE) as tessa:
        tessa.page.set_viewport_size({"width": 390, "height": 740})
        tessa.page.goto(service.reply_link(TESSA, reference))
        first = tessa.page.locator("main [name='answer']").first.bounding_box()
        assert first is not None
        assert first["y"] + first["height"] <= TWO_SCREENS


def test_a_challenge_goes_from_the_form_by_a_reply_on_a_phone_to_the_iros_decision(
    service: Running, browser: Browser
) -> None:
    with screen(browser, DESK) as ira:
        reference = _raise(ira, service)
        _by_email(ira, service)
        ira.page.goto(f"{service.url}/local/outbox")
        ira.arrive("Outbox")
        link = service.reply_link(TESSA, reference)
        assert ira.page.get_by_role("link", name=link).count() == 1
        with screen(browser, PHONE) as tessa:
            before = service.json("clock")["now"]
            _reply(tessa, link, before)

        with ira.page.expect_navigation():
            ira.page.get_by_role("button", name="Jump to the next deadline").click()
        ira.arrive("Outbox")
        assert service.json("clock")["now"] > before

    with screen(browser, DESK) as ira:
        _decide(ira, service, reference)
        ira.page.goto(f"{service.url}/local/clock")
        ira.arrive("The clock")
