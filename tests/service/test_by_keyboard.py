"""The whole way of each role in a real browser, by keyboard alone: Tab, arrows, Space and Enter.

Scripts are off, so that nothing on a page can need one. Wherever the focus goes it has to be seen.
Nothing is timed, and the people share one service: each test raises what it needs.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from tests.builders import calendar
from tests.patience import LIMIT
from tests.service.running import IRA, SAMPLE, TESSA, Client
from tests.service.test_browser import CHROMIUM, DESK, PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Page

    from tests.service.running import Running

pytestmark = [pytest.mark.ci, pytest.mark.browser, pytest.mark.xdist_group("keyboard")]

#: More than the most stops of any page.
STOPS = 400

#: The element that has the focus: what it is, its words, whether it fits ``selector`` and is seen.
#: A ring or a shadow of its own shows the focus, or that of its label, before which GOV.UK draws a
#: radio or checkbox.
_FOCUS = """selector => {
  const one = document.activeElement, no = !one || one === document.body;
  if (no) return {tag: "", text: "", fits: false, seen: true};
  const drawn = style => style.boxShadow !== "none"
    || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0);
  const label = one.labels && one.labels[0];
  const box = one.getBoundingClientRect();
  return {
    tag: one.outerHTML.slice(0, 120),
    text: (one.getAttribute("aria-label") || one.innerText || one.value || "")
      .replace(/\\s+/g, " ").trim(),
    fits: !selector || one.matches(selector),
    value: one.value || "",
    checked: !!one.checked,
    seen: (drawn(getComputedStyle(one)) || (label && drawn(getComputedStyle(label, "::before"))))
      && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keyboard:
    """One person at a keyboard. A stop at which the focus cannot be seen is a failure."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # The focus -----------------------------------------------------------------------------------

    def focus(self, selector: str = "") -> dict[str, Any]:
        """Return the element that has the focus; it is seen."""
        found: dict[str, Any] = self.page.evaluate(_FOCUS, selector)
        assert found["seen"], f"the focus is not seen at {self.page.url}: {found['tag']}"
        return found

    def reach(self, selector: str, text: str = "") -> None:
        """Press Tab until the focus is on what fits ``selector`` and has ``text`` in it."""
        passed = []
        for _ in range(STOPS):
            self.page.keyboard.press("Tab")
            found = self.focus(selector)
            if found["fits"] and text in found["text"]:
                return
            passed.append(found["text"][:40])
        once = list(dict.fromkeys(passed))
        pytest.fail(f"{self.page.url}: Tab never comes to {selector} {text!r}, but to {once}")

    # Pages ---------------------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        """Return the page's heading."""
        return self.page.locator("h1").inner_text()

    @property
    def words(self) -> str:
        """Return what the main part of the page says, every space as one."""
        return " ".join(self.page.locator("main").inner_text().split())

    def open(self, address: str) -> None:
        """Enter an address, and go to the main part by the link that skips the rest."""
        self.page.goto(address)
        self.page.keyboard.press("Tab")
        assert "Skip to main content" in self.focus()["text"], "the first stop skips to the content"
        with_enter = self.page.evaluate("document.activeElement.getAttribute('href')")
        self.page.keyboard.press("Enter")
        assert self.page.url.endswith(with_enter)
        self.page.keyboard.press("Tab")
        inside = "#main-content" + with_enter.removeprefix("#main-content")
        assert (
            self.page.locator(f"{inside} :focus").count()
            or not self.page.locator(f"{inside} a, {inside} button, {inside} input").count()
        ), "the skip link leads into the main part"

    def follow(self, text: str) -> None:
        """Go to the link with ``text`` and press Enter."""
        self._restart()
        self.reach("a", text)
        self._enter()

    def find(self, reference: str) -> None:
        """Open a challenge by *Find*: the front page shows ten, and other tests raise some too."""
        self.follow("Find")
        field = self.page.locator("main form input:not([type=hidden])").first
        self.fill({str(field.get_attribute("name")): reference})
        self.press("Find")
        if reference not in self.page.url:
            self.follow(reference)

    def press(self, text: str) -> None:
        """Go to the button with ``text`` and press Enter."""
        self._restart()
        self.reach("button, a[role=button]", text)
        self._enter()

    def _enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _restart(self) -> None:
        """Begin from the top, as a browser does after a page has loaded."""
        self.page.evaluate("document.activeElement && document.activeElement.blur()")

    # Forms ---------------------------------------------------------------------------------------

    def fill(self, answers: Mapping[str, str]) -> None:
        """Type or choose each answer, by the field's name, in the order of the page."""
        names: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('main [name]')].map(one => one.name)"
        )
        for name in dict.fromkeys(one for one in names if one in answers):
            self.answer(name, answers[name])

    def answer(self, name: str, value: str) -> None:
        """Answer the field with this name."""
        first = self.page.locator(f"main [name='{name}']:not([type=hidden])").first
        kind = str(first.evaluate("one => one.type"))
        self._restart()
        self.reach(f"main [name='{name}']")
        if kind == "radio":
            self._choose(name, value)
        elif kind == "checkbox":
            self.page.keyboard.press("Space")
        elif kind == "select-one":
            self._select(name, value)
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(value)

    def _choose(self, name: str, value: str) -> None:
        """Choose a radio: Space for the one reached, arrows for the others."""
        if not self.focus()["checked"]:
            self.page.keyboard.press("Space")
        for _ in range(self.page.locator(f"main [name='{name}']").count()):
            if self.focus()["value"] == value:
                assert self.focus()["checked"]
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"{name} has no choice {value!r}")

    def _select(self, name: str, value: str) -> None:
        """Choose an option by the arrows."""
        self.page.keyboard.press("Home")
        for _ in range(self.page.locator(f"main [name='{name}'] option").count()):
            if self.focus()["value"] == value:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"{name} has no option {value!r}")

    # People --------------------------------------------------------------------------------------

    def sign_in(self, service: Running, name: str) -> None:
        """Sign in at the local provider, which is not one of our pages."""
        self.page.goto(f"{service.url}/sign-in")
        self.page.get_by_role("button", name=name).focus()
        self._enter()
        self.open(f"{service.url}/")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=LIMIT * 1000,
        )
        yield browser
        browser.close()


@contextmanager
def keyboard(browser: Browser, size: tuple[int, int] = DESK) -> Iterator[Keyboard]:
    """Yield somebody's keyboard, in a browser that runs no script of any page."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=False
    )
    context.set_default_timeout(LIMIT * 1000)
    yield Keyboard(context.new_page())
    context.close()


@contextmanager
def signed_in(browser: Browser, service: Running, name: str) -> Iterator[Keyboard]:
    """Yield the keyboard of somebody who has signed in."""
    with keyboard(browser) as who:
        who.sign_in(service, name)
        yield who


def _raised(service: Running, **answers: str) -> str:
    return Client(service, IRA).raise_challenge(**answers)


def _in_eight_days(service: Running) -> dict[str, str]:
    """Return the fields of the first action's date, eight working days from now."""
    by = calendar().add(datetime.fromisoformat(service.json("clock")["now"]).date(), 8)
    return {f"action-1-by-{part}": str(getattr(by, part)) for part in ("day", "month", "year")}


def _answered(service: Running) -> str:
    """Return a challenge at stage 1 that the Team Manager disagrees with."""
    reference = _raised(service)
    Client(service).reply(service.reply_link(TESSA, reference))
    return reference


def _to_the_check(who: Keyboard, words: str) -> None:
    """Write the words of a reply, and go on to the page that shows it whole."""
    who.fill({"words": words})
    who.press("Continue")
    assert "Check your reply" in who.heading


def _send(who: Keyboard) -> None:
    who.press("Send your reply")
    assert who.heading == "You have replied"


# The roles ---------------------------------------------------------------------------------------


def test_an_iro_raises_a_challenge_and_decides_on_the_reply(
    service: Running, browser: Browser
) -> None:
    with signed_in(browser, service, "Ira Sample-One") as ira:
        ira.follow("Raise a challenge")
        for _ in range(12):
            if "/raised/" in ira.page.url:
                break
            _next_of_raising(ira)
        assert "/raised/PCE-" in ira.page.url, ira.words
        reference = ira.page.url.rpartition("/")[2]
    Client(service).reply(service.reply_link(TESSA, reference))
    with signed_in(browser, service, "Ira Sample-One") as ira:
        ira.find(reference)
        assert "you need to decide" in ira.heading
        ira.follow("Record it as resolved")
        ira.fill(
            {"reason": "It was put right.", "child_told": "yes", "how_told": "On a visit today."}
        )
        _to_the_end(ira, f"/challenges/{reference}")
        assert "resolved" in ira.words


def _next_of_raising(ira: Keyboard) -> None:
    """Do the next thing of raising: the next section, the check, or the sending."""
    tasks = ira.page.locator(".govuk-task-list").count()
    if tasks and ira.page.locator("main a", has_text="Check your answers and send").count():
        ira.follow("Check your answers and send")
    elif tasks:
        ira.follow(
            ira.page.locator("main .govuk-task-list__item:has(.govuk-tag) a").first.inner_text()
        )
    elif ira.page.locator("main button", has_text="Raise this challenge").count():
        ira.press("Raise this challenge")
    else:
        ira.fill(SAMPLE)
        seen = ira.page.locator("main form button:visible").all_inner_texts()
        ira.press(next(one for one in ("Save and continue", "Continue") if one in seen))


def _to_the_end(who: Keyboard, path: str) -> None:
    """Press the first button of the form, and of the page to check it, until it is done.

    Then ``path`` is open, or a page that says so and has no form.
    """
    for _ in range(3):
        who.press(who.page.locator("main form button:visible").first.inner_text())
        done = who.page.url.partition("?")[0].endswith(path)
        if done or not who.page.locator("main form button:visible").count():
            return
    pytest.fail(f"{who.page.url}: {who.words}")


def test_a_team_manager_replies_by_the_link_on_a_phone(service: Running, browser: Browser) -> None:
    reference = _raised(service)
    with keyboard(browser, PHONE) as tessa:
        tessa.open(service.reply_link(TESSA, reference))
        assert SAMPLE["name"] not in tessa.page.content()
        tessa.fill({"answer": "challenged"})
        tessa.press("Continue")
        _to_the_check(tessa, "The visits took place.")
        _send(tessa)


def test_a_team_manager_agrees_an_action_and_a_social_worker_reports_it(
    service: Running, browser: Browser
) -> None:
    reference = _raised(service)
    day = _in_eight_days(service)
    with keyboard(browser) as tessa:
        tessa.open(service.reply_link(TESSA, reference))
        tessa.fill({"answer": "actions agreed"})
        tessa.press("Continue")
        tessa.fill({"action-1-what": "Visit the school", "action-1-owner": "sw-n1", **day})
        tessa.press("Save this action")
        _to_the_check(tessa, "We will visit.")
        _send(tessa)
    Client(service, IRA).act(reference, "accept-actions")
    service.settle()
    with signed_in(browser, service, "Willow Sample-North") as willow:
        willow.find(reference)
        if "/action" not in willow.page.url:
            willow.follow("Report an action done")
        willow.fill({"shown_by": "Seen in the minutes of Friday.", "action": "1"})
        _to_the_end(willow, f"/challenges/{reference}")
        assert "reported" in willow.words


def test_a_childrens_service_manager_replies_signed_in(service: Running, browser: Browser) -> None:
    reference = _raised(service, stage="2")
    service.settle()
    with signed_in(browser, service, "Celia Sample-Service") as celia:
        celia.find(reference)
        celia.follow("Reply")
        celia.fill({"answer": "resolved"})
        celia.press("Continue")
        _to_the_check(celia, "The placement was found.")
        _send(celia)


def test_an_assistant_director_finds_what_came_up_to_them_and_replies(
    service: Running, browser: Browser
) -> None:
    reference = _raised(service, stage="4")
    service.settle()
    with signed_in(browser, service, "Adair Sample-Director") as adair:
        adair.find(reference)
        assert "Stage 4" in adair.page.locator("body").inner_text()
        adair.follow("Reply")
        adair.fill({"answer": "challenged"})
        adair.press("Continue")
        _to_the_check(adair, "We looked again.")
        _send(adair)


def test_a_head_of_service_finds_what_they_have_to_answer_and_agrees_an_action(
    service: Running, browser: Browser
) -> None:
    reference = _raised(service, stage="3")
    elsewhere = _raised(service)
    service.settle()
    with signed_in(browser, service, "Hollis Sample-Head") as hollis:
        hollis.follow("Challenges")
        assert "In your services" in hollis.words, "counts beyond what they can open"
        assert elsewhere not in hollis.words
        hollis.follow(reference)
        assert "You need to reply" in hollis.words
        hollis.follow("Reply")
        hollis.fill({"answer": "actions agreed"})
        hollis.press("Continue")
        hollis.fill(
            {
                "action-1-what": "Fund the placement",
                "action-1-owner": "Celia",
                **_in_eight_days(service),
            }
        )
        hollis.press("Save this action")
        _to_the_check(hollis, "We will fund it.")
        assert "Children’s Service Manager, North Team and South Team" in hollis.words
        _send(hollis)
        assert "Fund the placement" in hollis.words
        hollis.follow("Challenges")
        hollis.follow(reference)
        assert "You need to reply" not in hollis.words
        hollis.follow("Write a note")
        hollis.fill({"words": "Finance has been told."})
        _to_the_end(hollis, f"/challenges/{reference}")
        assert "Finance has been told." in hollis.words


def test_a_service_manager_filters_the_list_steps_in_and_does_something_to_several(
    service: Running, browser: Browser
) -> None:
    late = _answered(service)
    _days_pass(service, late)
    other = _raised(service)
    service.settle()
    with signed_in(browser, service, "Serena Sample-Safeguard") as serena:
        serena.open(f"{service.url}/challenges")
        serena.reach("main summary", "Filter")
        serena.page.keyboard.press("Space")
        serena.answer("stage", "1")
        serena.press("Show")
        assert late in serena.words
        assert other in serena.words
        for one in (late, other):
            serena._restart()
            serena.reach(f"main input[type=checkbox][name='take-{one}'], main input[value='{one}']")
            serena.page.keyboard.press("Space")
        serena.press("note")
        serena.fill({"words": "Discussed in the team meeting."})
        _to_the_end(serena, "/challenges")
        assert "2" in serena.words
        serena.open(f"{service.url}/challenges/{late}")
        serena.follow("Record it as resolved")
        assert "in the place of" in serena.words
        serena.fill({"reason": "It was put right.", "child_told": "yes", "how_told": "On a visit."})
        _to_the_end(serena, f"/challenges/{late}")
        assert "resolved" in serena.words


def _days_pass(service: Running, reference: str) -> None:
    """Let the IRO be late: the clock goes to the deadlines until the list says so."""
    serena = Client(service, "serena.sample-safeguard@sampleshire.example")
    for _ in range(12):
        if "in the place of" in serena.get(f"/challenges/{reference}/resolve").text:
            return
        service.next_deadline()
    pytest.fail("the IRO is never late")


def test_a_senior_iro_manager_sees_who_is_late_and_opens_it(
    service: Running, browser: Browser
) -> None:
    reference = _answered(service)
    _days_pass(service, reference)
    with signed_in(browser, service, "Seth Sample-Senior") as seth:
        seth.open(f"{service.url}/challenges")
        assert reference in seth.words
        seth.find(reference)
        assert reference in seth.page.url
        seth.follow("Write a note")
        seth.fill({"words": "I have spoken with Ira."})
        _to_the_end(seth, f"/challenges/{reference}")
        assert "I have spoken with Ira." in seth.words


def test_an_auditor_finds_a_challenge_and_an_analyst_the_figures(
    service: Running, browser: Browser
) -> None:
    reference = _raised(service)
    service.settle()
    with signed_in(browser, service, "Audley Sample-Check") as audley:
        audley.find(reference)
        assert reference in audley.page.url
    with signed_in(browser, service, "Ana Sample-Figures") as ana:
        ana.follow("See the figures")
        assert ana.heading == "Challenges in figures"
        assert "so that no child can be recognised" in ana.words
        assert "Stage 1" in ana.words
        assert SAMPLE["name"] not in ana.page.content()
        assert "PCE-" not in ana.words, "no challenge can be found from a figure"
        ana.follow("Help")
        assert ana.heading == "Help"
        ana.follow("Figures")
        assert ana.heading == "Challenges in figures"
        ana.open(f"{service.url}/challenges/{reference}")
        assert f"no challenge {reference} that you can see" in ana.words
        ana.follow("Go to the front page")
        ana.press("Sign out")
        assert "signed out" in ana.words
