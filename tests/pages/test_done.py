"""What somebody has done is said once, after the act, in the past tense, and never without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.ladder import Stage
from domain.rules.notes import WriteNote
from handlers.pages.acts import ACT_PAGES
from handlers.pages.done import MANY, note
from tests.pages.visitor import Page, Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

BANNER = ".govuk-notification-banner__content"


def _said(page: Page) -> str:
    return " ".join(tag.get_text(" ", strip=True) for tag in page.soup.select(BANNER))


def _noted(service: Service, iro: Visitor) -> tuple[str, Page]:
    reference = service.raise_at(Stage.ONE)
    page = iro.get(f"/challenges/{reference}/note").form().fill({"words": "I rang them."})
    return reference, page.press()


def test_it_is_said_in_the_past_tense_and_no_address_says_it(service: Service) -> None:
    reference, page = _noted(service, Visitor(service, "iro-1"))
    assert _said(page) == "You wrote a note."
    assert page.address == f"/challenges/{reference}"


def test_a_reload_does_not_say_it_again(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    reference, _ = _noted(service, iro)
    assert not _said(iro.get(f"/challenges/{reference}"))


@pytest.mark.parametrize("act", ["resolve", "yes", "note", "cover-ended"])
def test_no_address_says_that_something_was_done(service: Service, act: str) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", WriteNote("I rang them."))
    for address in (f"/challenges/{reference}", "/cover"):
        assert not _said(Visitor(service, "iro-1").get(f"{address}?done={act}"))


def test_nothing_is_said_of_another_challenge_of_somebody_else_or_of_nothing(
    service: Service,
) -> None:
    iro, other = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
    reference = service.raise_at(Stage.ONE)
    form = iro.get(f"/challenges/{reference}/note").form().fill({"words": "I rang them."})
    form.press(follow=False)
    assert not _said(iro.get(f"/challenges/{other}")), "it was done in another challenge"
    srsm = Visitor(service, "srsm")
    srsm.cookies |= {name: text for name, text in iro.cookies.items() if "done" in name}
    assert not _said(srsm.get(f"/challenges/{reference}")), "it was the IRO’s act"
    iro.keep_cookie(note(reference, "0b0e7a4e-0000-4000-8000-000000000000"))
    assert not _said(iro.get(f"/challenges/{reference}")), "there is no such act on the record"


def test_nobody_can_make_up_what_was_done(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    reference, page = _noted(service, iro)
    iro.cookies["done"] = page.body[:200].encode("ascii", "ignore").hex()
    assert not _said(iro.get(f"/challenges/{reference}"))


def test_it_is_forgotten_after_ten_minutes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    iro, identity = Visitor(service, "iro-1"), wiring.identity()
    reference = service.raise_at(Stage.ONE)
    form = iro.get(f"/challenges/{reference}/note").form().fill({"words": "I rang them."})
    form.press(follow=False)
    later = identity._now() + 11 * 60
    monkeypatch.setattr(identity, "_now", lambda: later)
    assert not _said(iro.get(f"/challenges/{reference}"))


def test_what_is_said_afterwards_is_a_sentence_in_the_past_tense() -> None:
    of_pages = {page.done for page in ACT_PAGES if page.done}
    for sentence in {*of_pages, *(one for said in MANY.values() for one in said)}:
        assert sentence.endswith("."), sentence
        words = sentence.lower().replace(".", " ").split()
        assert {"was", "were", "recorded", "moved"} & set(words), sentence


def test_nobody_hears_what_somebody_else_did_at_the_same_browser(service: Service) -> None:
    browser = Visitor(service, "iro-1")
    browser.post("/calendar", {"press": "make"}, follow=False)
    browser.post("/calendar", {"press": "stop"}, follow=False)
    browser.post("/sign-out", {})
    browser.sign_in("iro-2")
    assert not _said(browser.get("/calendar"))
