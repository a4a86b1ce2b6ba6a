"""Rules 2 and 6 on pages: a missed date is discussed, and gets a new one that the SRSM confirms."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.replies import Answer, Reply
from domain.rules.timescales import Discussed, NewDateSet
from tests.pages.visitor import Page, Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

TOO_FEW = "The team was short of staff."
TALKED = "On the phone on 4 November: the team was short of staff."


def _at(reference: str, slug: str = "") -> str:
    return f"/challenges/{reference}/{slug}".rstrip("/")


def _do(who: Visitor, reference: str, slug: str, answers: dict[str, str]) -> Page:
    return who.get(_at(reference, slug)).form(_at(reference, slug)).fill(answers).press()


def _day(day: int, month: int = 11, year: int = 2026) -> dict[str, str]:
    return {"by-day": str(day), "by-month": str(month), "by-year": str(year)}


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


@pytest.fixture
def srsm(service: Service) -> Visitor:
    return Visitor(service, "srsm")


@pytest.fixture
def silent(service: Service) -> str:
    """Return a challenge at QAP to which nobody has replied in time."""
    reference = service.raise_at(Stage.QAP)
    service.jump_past(service.challenge(reference).request.deadline.at)
    return reference


def test_a_missed_date_at_qap_is_discussed_and_gets_a_new_one_that_the_srsm_confirms(
    service: Service, iro: Visitor, srsm: Visitor, silent: str
) -> None:
    page = _do(iro, silent, "set-new-date", {**_day(7), "reason": TOO_FEW})
    assert page.errors == {
        "#by-day": "Enter a working day: Saturday 7 November 2026 is not one. The nearest are "
        "Friday 6 November 2026 and Monday 9 November 2026.",
        "#discussed": "Enter what you discussed with the Safeguarding & Review Service Manager, "
        "and when.",
    }
    assert page.form()["reason"] == TOO_FEW, "nothing typed is lost"
    page.form().fill({**_day(6), "discussed": TALKED}).press()
    assert service.challenge(silent).request.deadline.day == date(2026, 11, 3)
    assert "Confirm a new date" in srsm.get(_at(silent)).text
    page = srsm.get(_at(silent, "confirm-date"))
    assert "The reply. New date: Friday 6 November 2026" in page.text
    assert TOO_FEW in page.text
    page.form(_at(silent, "confirm-date")).press()
    assert service.challenge(silent).request.deadline.day == date(2026, 11, 6)
    page = iro.get(_at(silent))
    assert "and confirmed by" in page.text


def test_the_srsm_declines_a_date_and_says_why(
    service: Service, iro: Visitor, srsm: Visitor, silent: str
) -> None:
    _do(iro, silent, "set-new-date", {**_day(6), "reason": TOO_FEW, "discussed": TALKED})
    page = _do(srsm, silent, "decline-date", {})
    assert page.errors == {"#reason": "Enter why you decline this date."}
    page.form().fill({"reason": "It cannot wait."}).press()
    page = iro.get(_at(silent))
    assert "It cannot wait." in page.text
    assert [question.purpose.name for question in service.challenge(silent).questions] == [
        "DECIDE_SILENCE"
    ]


def test_what_iro_and_srsm_discussed_is_shown_to_them_and_not_to_the_responder(
    service: Service, iro: Visitor, srsm: Visitor, silent: str
) -> None:
    _do(srsm, silent, "record-discussion", {"words": TALKED})
    assert TALKED in iro.get(_at(silent)).text
    assert TALKED not in Visitor(service, "tm-n").get(_at(silent)).text
    page = srsm.get(_at(silent, "record-discussion"))
    assert "Only the IRO, the Safeguarding & Review Service Manager, the Senior IRO" in page.text
    page = iro.get(_at(silent, "set-new-date"))
    assert "What did you discuss" not in page.text, "it is recorded"


def test_from_the_second_missed_date_on_the_page_asks_why_it_is_still_informal(
    service: Service, iro: Visitor, srsm: Visitor, silent: str
) -> None:
    page = iro.get(_at(silent, "set-new-date"))
    assert "Why is the challenge still informal?" not in page.text
    _do(iro, silent, "set-new-date", {**_day(6), "reason": TOO_FEW, "discussed": TALKED})
    _do(srsm, silent, "confirm-date", {})
    service.jump_past(service.challenge(silent).request.deadline.at)
    again = {**_day(12), "reason": TOO_FEW, "discussed": TALKED}
    page = _do(iro, silent, "set-new-date", again)
    assert list(page.errors) == ["#still_informal"]
    page.form().fill({"still_informal": "The panel has promised a place."}).press()
    facts = [event.fact for event in service.challenge(silent).events]
    still = [fact.still_informal for fact in facts if isinstance(fact, NewDateSet)]
    assert still == ["", "The panel has promised a place."]


def test_going_formal_takes_what_was_discussed(service: Service, iro: Visitor, silent: str) -> None:
    answers = {"to": "1", "reason": "Nobody replied.", "discussed": TALKED}
    _do(iro, silent, "escalate", answers)
    challenge = service.challenge(silent)
    assert challenge.stage is Stage.ONE
    assert Discussed(TALKED) in [event.fact for event in challenge.events]


def test_an_owner_proposes_a_date_and_the_iro_sees_it_where_they_set_one(
    service: Service, iro: Visitor
) -> None:
    reference = service.raise_at(Stage.ONE)
    actions = (AgreedAction("Visit", "Tessa", date(2026, 11, 6), Owner("tm-n")),)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will visit.", actions))
    service.act(reference, "iro-1", AcceptActions())
    tessa = Visitor(service, "tm-n")
    _do(tessa, reference, "propose-date", {**_day(20), "reason": "The panel sits then."})
    service.jump_past(service.challenge(reference).actions[0].deadline.at)
    page = iro.get(_at(reference, "set-new-date"))
    assert "proposed Friday 20 November 2026" in page.text
    assert "The panel sits then." in page.text
    page.form(_at(reference, "set-new-date")).fill({**_day(20), "reason": "As proposed."}).press()
    assert service.challenge(reference).actions[0].deadline.day == date(2026, 11, 20)
    shown = iro.get(_at(reference)).text
    assert "First set: Friday 6 November 2026." in shown, "every date stays visible"
