"""The page of the form: cover, the review and the court, and what is urgent (rules 1 and 23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from adapters.council_store import CouncilStore
from domain.directory import Cover
from domain.form import Court, Review, RightsBreached, Urgency
from domain.ladder import Stage
from tests.pages.sections import Whole, at_once, errors_of, section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Page, Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

ROUTE = "call 999"

URGENT = {
    "too-late-after-day": "22",
    "too-late-after-month": "11",
    "too-late-after-year": "2026",
    "too-late-why": "Marigoldwhytext",
}


def _covers(post: str, officer: str) -> None:
    """Let ``officer`` cover ``post`` in the first week of November 2026."""
    book = wiring.casebook()
    assert isinstance(book._council, CouncilStore)
    cover = Cover(post, officer, date(2026, 11, 1), date(2026, 11, 8))
    book._council.load_directory(replace(book.council().directory, cover=(cover,)))


def _filled(visitor: Visitor, **answers: str) -> Whole:
    named = {name.replace("_", "-"): text for name, text in answers.items()}
    return at_once(visitor.get("/raise")).fill({**ANSWERS, **named})


def _raise(visitor: Visitor, **answers: str) -> Page:
    return _filled(visitor, **answers).press("Continue").form().press("raise")


def _reference(page: Page) -> str:
    return page.address.rpartition("/")[2]


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


# Rule 1 ------------------------------------------------------------------------------------------


def test_the_form_asks_of_every_challenge_whether_rights_may_have_been_breached(
    service: Service, iro: Visitor
) -> None:
    form = at_once(iro.get("/raise"))
    typed = {name: text for name, text in ANSWERS.items() if name != "rights-breached"}
    page = form.fill(typed).press("Continue")
    sentence = "Select whether the child’s human rights may have been breached"
    assert errors_of(page) == {"#rights-breached": sentence}
    check = form.fill(ANSWERS).press("Continue")
    assert "At risk today You did not answer this." in check.text, "a blank does not go unnoticed"
    for stage in (Stage.QAP, Stage.ONE):
        reference = _reference(_raise(iro, stage=stage, rights_breached="no"))
        assert service.challenge(reference).raised.rights_breached is RightsBreached.NO
        shown = iro.get(f"/challenges/{reference}").text
        assert "Human rights may have been breached No" in shown


def test_what_is_seldom_needed_is_folded_away_until_it_is_filled_in_or_wrong(iro: Visitor) -> None:
    page = section(iro.get("/raise"), "urgency")
    assert [one.get("open") for one in page.soup.select("form details")] == [None]
    wrong = page.form().fill({"too-late-after-day": "22"}).press("Save and continue")
    assert "#too-late-after-day" in wrong.errors
    assert [one.get("open") for one in wrong.soup.select("form details")] == [""]


def test_the_review_and_the_court_are_shown_where_given(service: Service, iro: Visitor) -> None:
    given = {
        "review_date_day": "20",
        "review_date_month": "10",
        "review_date_year": "2026",
        "decision_number": "7b",
        "next_hearing_day": "1",
        "next_hearing_month": "12",
        "next_hearing_year": "2026",
        "guardian": "Marigoldguardian",
    }
    check = _filled(iro, **given).press("Continue")
    for text in ("Tuesday 20 October 2026", "7b", "Tuesday 1 December 2026", "Marigoldguardian"):
        assert text in check.text
    reference = _reference(check.form().press("raise"))
    raised = service.challenge(reference).raised
    assert raised.review == Review(date(2026, 10, 20), "7b")
    assert raised.court == Court(date(2026, 12, 1), "Marigoldguardian")
    page = iro.get(f"/challenges/{reference}").text
    assert "Next hearing Tuesday 1 December 2026 Guardian Marigoldguardian" in page
    plain = iro.get(f"/challenges/{_reference(_raise(iro, case_id='CASE-2'))}").text
    assert "Guardian" not in plain


def test_who_covers_for_one_iro_raises_it_for_them(service: Service) -> None:
    _covers("iro-post-1", "srsm")
    cover = Visitor(service, "srsm")
    form = whole(cover.get("/raise"))
    assert "for-iro" not in form.names
    check = form.fill(ANSWERS).press("Continue")
    assert "IRO, whose challenge it is Ira Sample-One" in check.text
    done = check.form().press("raise")
    assert done.status == 200
    challenge = service.challenge(_reference(done))
    assert challenge.iro == "iro-1"
    actor = challenge.events[0].actor
    assert (actor.officer, actor.capacity) == ("srsm", "covering for Ira Sample-One, the IRO")
    shown = Visitor(service, "iro-1").get(f"/challenges/{challenge.reference}").text
    assert f"{actor.name}, covering for Ira Sample-One, the IRO" in shown


def test_an_iro_who_covers_for_another_is_asked_whose_it_is(service: Service) -> None:
    _covers("iro-post-1", "iro-2")
    cover = Visitor(service, "iro-2")
    page = at_once(cover.get("/raise")).fill(ANSWERS).press("Continue")
    assert [*errors_of(page)] == ["#for-iro"]
    for iro in ("iro-1", "iro-2"):
        reference = _reference(_raise(cover, for_iro=iro, case_id=iro))
        challenge = service.challenge(reference)
        assert (challenge.iro, challenge.raised_by) == (iro, "iro-2")


# Rule 23 -----------------------------------------------------------------------------------------


def test_before_sending_the_page_says_which_stage_fits(service: Service, iro: Visitor) -> None:
    check = _filled(iro).fill(URGENT).press("Continue")
    said = (
        "After Sunday 22 November 2026 it is too late. There is not enough time for every stage "
        "that is left before it is too late: Stage 4 would end on Monday 30 November 2026. Stage 3 "
        "fits: if you go there today, it and the stages after it would end by Monday 16 November "
        "2026."
    )
    assert said in check.text
    reference = _reference(check.form().press("raise"))
    assert service.challenge(reference).raised.urgency == Urgency(
        date(2026, 11, 22), "Marigoldwhytext"
    )
    page = iro.get(f"/challenges/{reference}")
    assert said in page.text
    assert "Too late after Sunday 22 November 2026: Marigoldwhytext" in page.text
    assert "May be too late" in iro.get("/").text
    fits = _filled(iro, stage="3", case_id="C-3").fill(URGENT).press("Continue")
    assert "would end on" not in fits.text


def test_a_date_after_which_it_is_too_late_needs_why_and_may_be_any_day(iro: Visitor) -> None:
    form = _filled(iro)
    page = form.fill({**URGENT, "too-late-why": ""}).press("Continue")
    assert [*errors_of(page)] == ["#too-late-why"]
    passed = form.fill({**URGENT, "too-late-after-year": "2025"}).press("Continue")
    assert errors_of(passed)["#too-late-after-day"] == (
        "The date after which it is too late must be today or later"
    )
    alone = _filled(iro, too_late_why="It ends.").press("Continue")
    assert [*errors_of(alone)] == ["#too-late-why"]


def test_at_risk_today_shows_the_route_and_asks_whom_the_iro_contacted(
    service: Service, iro: Visitor
) -> None:
    assert ROUTE in section(iro.get("/raise"), "urgency").text, (
        "whoever reads the question knows whom to call"
    )
    check = _filled(iro, at_risk="yes").press("Continue")
    assert ROUTE in check.text
    done = check.form().press("raise")
    assert ROUTE in done.text
    reference = _reference(done)
    (mail,) = [one for one in service.mails("srsm") if "at risk" in one.subject]
    assert mail.subject.startswith("A child may be at risk today: ")
    page = iro.get(f"/challenges/{reference}")
    assert ROUTE in page.text
    assert "At risk: contact not recorded" in iro.get("/").text
    act = iro.get(done.link("record who you contacted"))
    assert ROUTE in act.text
    wrong = (
        act.form()
        .fill({"whom": "", "time": "4pm"})
        .press("Record who you contacted about the risk")
    )
    assert set(wrong.errors) == {"#whom", "#day-day"}
    today = {"day-day": "2", "day-month": "11", "day-year": "2026"}
    filled = {"whom": "Marigoldwhom, duty team", "time": "10:15am", **today}
    after = wrong.form().fill(filled).press("Record who you contacted about the risk")
    assert "Marigoldwhom, duty team" in after.text
    assert "Monday 2 November 2026, 10:15am" in after.text
    assert ROUTE not in after.text
    assert service.rung(reference) == "Stage 1", "it delays nothing"


def test_a_child_who_is_not_at_risk_brings_no_route(service: Service, iro: Visitor) -> None:
    page = _raise(iro, at_risk="no")
    assert ROUTE not in page.text
    assert ROUTE not in iro.get(f"/challenges/{_reference(page)}").text
    assert all("risk" not in mail.text for mail in service.mails("srsm"))
