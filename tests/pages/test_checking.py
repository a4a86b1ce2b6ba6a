"""The page to check an act: what changes, and who is asked or told, as the act then does it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from bs4 import Tag

from adapters import wiring
from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Outcome
from domain.writing import unisolated
from handlers.pages.acts import ACT_PAGES
from tests.pages.visitor import Page, Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

TOLD = {"child_told": "no", "how_told": "They never knew."}


def _checks(who: Visitor, reference: str, slug: str, answers: dict[str, str]) -> Page:
    address = f"/challenges/{reference}/{slug}"
    return who.get(address).form(address).fill(answers).press(through=False)


def _part(page: Page, heading: str) -> str:
    """Return the words under a heading, up to the next."""
    (found,) = [tag for tag in page.soup.select("main h2") if tag.get_text(strip=True) == heading]
    words = []
    for tag in found.find_next_siblings():
        assert isinstance(tag, Tag)
        if tag.name == "h2":
            break
        words.append(tag.get_text(" ", strip=True))
    return unisolated(" ".join(" ".join(words).split()))


@pytest.fixture
def replied(service: Service) -> str:
    """A challenge at stage 1 with a reply that disagrees."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "It was done."))
    return reference


@pytest.fixture
def under_way(service: Service) -> str:
    """A challenge at stage 1 with an open action."""
    reference = service.raise_at(Stage.ONE)
    mine = AgreedAction("Visit Alex", "Tessa", date(2026, 11, 12), Owner("tm-n"))
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (mine,)))
    service.act(reference, "iro-1", AcceptActions())
    return reference


def test_nothing_is_done_before_the_button_of_the_page_is_pressed(
    service: Service, replied: str
) -> None:
    iro = Visitor(service, "iro-1")
    answers = {"reason": "The visit took place.", **TOLD}
    page = _checks(iro, replied, "resolve", answers)
    assert page.heading == "Check before you record it as resolved"
    assert service.challenge(replied).open
    assert [one.text for one in page.form().buttons] == ["Record as resolved"]
    page = page.form().press("Record as resolved")
    assert "Challenge recorded as resolved." in page.text
    assert service.challenge(replied).outcome is Outcome.RESOLVED_AT_STAGE


def test_it_says_what_was_and_will_be_and_shows_what_was_typed(
    service: Service, replied: str
) -> None:
    answers = {"reason": "The visit took place.", **TOLD}
    page = _checks(Visitor(service, "iro-1"), replied, "resolve", answers)
    assert _part(page, "What changes") == (
        "The challenge Was: Stage 1: you need to decide Will be: Ended: resolved at a formal stage"
    )
    said = _part(page, "Your answers")
    for words in ("The visit took place.", "No, and they will not be", "They never knew."):
        assert words in said


def test_whoever_it_says_is_asked_and_told_is_asked_and_told(
    service: Service, replied: str
) -> None:
    """It is worked out from what the act would do, so it is what the act then does."""
    iro = Visitor(service, "iro-1")
    page = _checks(iro, replied, "escalate", {"to": "2"})
    asked = _part(page, "Who will be asked")
    assert "Celia Sample-Service" in asked
    assert "reply by Monday 9 November 2026" in asked
    before = len(service.mails())
    told = _part(page, "Who will be told").partition("In the daily email")[0]
    page.form().press()
    sent = service.mails()[before:]
    names = {one.email: one.name for one in wiring.casebook().council().directory.officers.values()}
    assert sent
    emailed = {names[address] for mail in sent for address in mail.to}
    assert emailed == {name for name in names.values() if name in told}


def test_each_open_action_is_listed_with_what_happens_to_it(
    service: Service, under_way: str
) -> None:
    iro = Visitor(service, "iro-1")
    page = _checks(iro, under_way, "escalate", {"to": "2", "reason": "It is urgent."})
    assert _part(page, "Actions") == (
        "Action 1: Visit Alex Goes on. Tessa Sample-North, Team Manager, North Team, by "
        "Thursday 12 November 2026."
    )
    dropped = {"action-1": "dropped", "action-1-why": "It is not needed."}
    answers = {"reason": "The visit took place.", **TOLD, **dropped}
    assert "It is not needed." in _part(_checks(iro, under_way, "resolve", answers), "Actions")


def test_a_date_is_shown_as_it_was_and_will_be_with_the_days_left(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    answers = {"day-day": "11", "day-month": "11", "day-year": "2026", "reason": "Leave."}
    page = _checks(Visitor(service, "srsm"), reference, "revise-deadline", answers)
    assert _part(page, "What changes") == (
        "The deadline to reply Was: Monday 9 November 2026 (5 working days left) "
        "Will be: Wednesday 11 November 2026 (7 working days left)"
    )


def test_what_was_typed_can_be_changed_and_is_kept(service: Service, replied: str) -> None:
    iro = Visitor(service, "iro-1")
    page = _checks(iro, replied, "escalate", {"to": "3", "reason": "It is urgent."})
    form = iro.get(page.link("Change your answers")).form()
    assert (form["to"], form["reason"]) == ("3", "It is urgent.")


def test_what_happens_meanwhile_is_shown_before_it_can_be_done(
    service: Service, replied: str
) -> None:
    iro = Visitor(service, "iro-1")
    page = _checks(iro, replied, "escalate", {"to": "2"})
    srsm = Visitor(service, "srsm")
    note = f"/challenges/{replied}/note"
    srsm.get(note).form(note).fill({"words": "I rang the team."}).press()
    page = page.form().press()
    assert "Something has happened since you opened this page." in page.text
    assert service.challenge(replied).stage is Stage.ONE


ENDS_ESCALATES_REVISES_OR_REFERS = {
    *("resolve", "not-resolved", "close", "escalate", "unresolved", "accept-actions"),
    *("ask-to-accept", "decline-to-accept"),
    *("revise-deadline", "set-new-date", "refer-to-cafcass", "do-not-refer", "reopen"),
    *("accept-late-actions", "propose-hold", "agree-hold", "end-hold", "appoint-iro"),
    *("wrong-child", "seal", "no-new-date", "ask-again", "give-up-action", "reassign"),
    *("decide-objection", "confirm-date", "decline-date", "skip-stage"),
}


def test_every_act_that_ends_escalates_revises_or_refers_has_a_page_to_check_it() -> None:
    checked = {page.slug for page in ACT_PAGES if page.checks}
    assert checked >= ENDS_ESCALATES_REVISES_OR_REFERS, ENDS_ESCALATES_REVISES_OR_REFERS - checked
