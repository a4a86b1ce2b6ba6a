"""The council's guidance, chapter by chapter, as stories that people play on pages and by links.

Each story says which sentences of ``docs/guidance.md`` it shows.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from domain.ladder import FORMAL_STAGES, Stage
from domain.rules.cafcass import CafcassAnswer
from domain.vocabulary import Outcome, Standing
from tests.pages.test_raising import ANSWERS
from tests.pages.test_recording_at_qap import ACTIONS, RESOLVED
from tests.pages.visitor import Visitor, reply_link
from tests.workflow.service import RESPONDERS

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

TOLD = {"child_told": "yes", "how_told": "By me, at home."}
TALKED = "On the phone: the team was short of staff."


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


def _do(who: Visitor, reference: str, slug: str, answers: dict[str, str]) -> Page:
    address = f"/challenges/{reference}/{slug}"
    return who.get(address).form(address).fill(answers).press()


def _raise(iro: Visitor, answers: dict[str, str]) -> str:
    check = iro.get("/raise").form().fill(answers).press("Continue")
    return check.form().press("Raise this challenge").address.rpartition("/")[2]


def _replies(service: Service, officer: str, answers: dict[str, str]) -> None:
    """Let an officer reply by the link in their email, without signing in."""
    page = Visitor(service).get(reply_link(service, officer)).form().fill(answers)
    page.press("Check your reply").form().press("Send")


def _subjects(service: Service, officer: str) -> list[str]:
    return [str(mail.subject) for mail in service.mails(officer)]


def test_before_a_review_a_matter_that_is_resolved_is_recorded_and_finalised(
    service: Service, iro: Visitor
) -> None:
    """Guidance: G18, G19, G20, G21, G45, G47, G70."""
    page = iro.get(iro.get("/raise").link("Record it in one step"))
    check = page.form().fill(RESOLVED).press("Continue")
    assert "Nobody is asked to reply" in check.text
    reference = check.form().press("Record as resolved").address.rpartition("/")[2]
    challenge = service.challenge(reference)
    assert challenge.outcome is Outcome.RESOLVED_INFORMALLY
    shown = iro.get(f"/challenges/{reference}").text
    assert "The relevant documents were read: Yes" in shown
    assert "Spoke with the social worker twice." in shown
    assert not [one for one in _subjects(service, "tm-n") if one.startswith("Please reply")]


def test_at_a_review_actions_get_dates_and_a_missed_one_is_discussed(
    service: Service, iro: Visitor
) -> None:
    """Guidance: G23, G24, G44, G58, G67, G68, G69."""
    page = iro.get(iro.get("/raise").link("Record the actions"))
    check = page.form().fill(ACTIONS).press("Continue")
    assert "Marigoldconfirmed" in check.text, "how it was confirmed with worker and manager"
    reference = check.form().press("Record these actions").address.rpartition("/")[2]
    (action,) = service.challenge(reference).actions
    assert action.deadline.day == date(2026, 11, 12)
    service.jump_past(action.deadline.at)
    due = {"by-day": "18", "by-month": "11", "by-year": "2026"}
    answers = {**due, "reason": "The worker was ill.", "discussed": TALKED}
    assert not _do(iro, reference, "set-new-date", answers).errors
    assert not _do(Visitor(service, "srsm"), reference, "confirm-date", {}).errors
    (action,) = service.challenge(reference).actions
    assert action.deadline.day == date(2026, 11, 18), "a new timescale is confirmed"
    service.jump_past(action.deadline.at)
    formal = {"to": "1", "reason": "It drifts.", "discussed": TALKED}
    assert not _do(iro, reference, "escalate", formal).errors
    challenge = service.challenge(reference)
    assert challenge.stage is Stage.ONE, "or it becomes formal"
    assert challenge.open_actions, "no action is dropped by that"


def test_an_informal_challenge_is_answered_by_those_who_know_the_child(
    service: Service, iro: Visitor
) -> None:
    """Guidance: G5, G16, G17, G22, G25, G48, G59, G61."""
    reference = _raise(iro, {**ANSWERS, "stage": "QAP", "reason": ""})
    request = service.challenge(reference).request
    assert request.posts == ("sw-north-1", "tm-north")
    assert request.deadline.day == date(2026, 11, 3), "one working day"
    assert any(reference in subject for subject in _subjects(service, "csm")), "kept informed"
    assert "words" in Visitor(service, "csm").get(f"/challenges/{reference}/reply").form().fields
    _replies(service, "sw-n1", {"answer": "challenged", "words": "There is a plan already."})
    assert service.rung(reference) == "IRO to decide"
    formal = {"to": "3", "reason": "The school place is lost tomorrow."}
    assert not _do(iro, reference, "escalate", formal).errors
    assert service.challenge(reference).stage is Stage.THREE, "the stage that can decide"


def test_at_each_stage_a_manager_replies_in_five_days_and_the_iro_finalises_or_goes_on(
    service: Service, iro: Visitor
) -> None:
    """The four stages, each answered and found wanting but the last.

    Guidance: G26, G27, G28, G29, G30, G33, G34, G36, G38, G46, G49, G52, G62, G64, G65, G66, G71,
    G72, G73, G74, G75, G76, G77, G78, G79, G80, G81, G82.
    """
    reference = _raise(iro, ANSWERS)
    assert "breached" in iro.get(f"/challenges/{reference}").text
    period = service.challenge(reference).period
    assert period is not None
    assert period.day == date(2026, 11, 30), "20 working days"
    for stage in FORMAL_STAGES:
        challenge = service.challenge(reference)
        assert challenge.stage is stage
        assert challenge.request.deadline.why.startswith("5 working days")
        responder = RESPONDERS[stage]
        tray = Visitor(service, responder).get("/").text
        assert reference in tray, "it lies in their work tray"
        last = stage is FORMAL_STAGES[-1]
        answer = "resolved" if last else "challenged"
        _replies(service, responder, {"answer": answer, "words": f"So says {responder}."})
        if last:
            _do(iro, reference, "resolve", {"reason": "I saw it.", **TOLD})
        else:
            up = {"to": FORMAL_STAGES[FORMAL_STAGES.index(stage) + 1].value, "reason": ""}
            assert not _do(iro, reference, "escalate", up).errors
    challenge = service.place_on_file(reference)
    assert challenge.standing is Standing.ENDED_TO_ASK
    assert challenge.outcome is Outcome.RESOLVED_AT_STAGE


def test_those_whom_the_guidance_names_are_kept_informed(service: Service, iro: Visitor) -> None:
    """Guidance: G4, G31, G35, G37, G39, G50, G54, G61, G63."""
    reference = _raise(iro, {**ANSWERS, "stage": "3", "reason": "Only they can decide."})
    for officer in ("srsm", "csm", "ad"):
        assert any(reference in subject for subject in _subjects(service, officer)), officer
    assert not _do(iro, reference, "escalate", {"to": "4", "reason": "It cannot wait."}).errors
    for officer in ("hos", "csm", "srsm"):
        assert any("Stage 4" in subject for subject in _subjects(service, officer)), officer
    for officer in ("senior", "sw-n1", "tm-n"):
        assert any(reference in line or "Stage" in line for line in service.news(officer)), officer
    record = iro.get(f"/challenges/{reference}").text
    assert "Ira Sample-One" in record
    assert "Only they can decide." in record, "every step is on the record"


def test_what_the_ladder_does_not_resolve_goes_to_cafcass(service: Service, iro: Visitor) -> None:
    """Guidance: G7, G40, G41, G42, G43, G51."""
    reference = _raise(iro, {**ANSWERS, "stage": "4", "reason": "Only they can decide."})
    _replies(service, "ad", {"answer": "challenged", "words": "There is no money for it."})
    assert not _do(iro, reference, "unresolved", {"reason": "No placement was found."}).errors
    refer = f"/challenges/{reference}/refer-to-cafcass"
    why = {"failure": "No placement since May.", "attention": "The Head of Service, in June."}
    page = iro.get(refer).form(refer).fill({**why, "address": "Cafcass, Sample Town"}).press()
    assert reference in page.text, "every report that is sent is listed"
    page.form(refer).press("Refer to Cafcass")
    assert service.rung(reference) == "Waiting for Cafcass"
    today = {"day-day": "2", "day-month": "11", "day-year": "2026"}
    answer = {"answer": CafcassAnswer.TAKEN, "words": "They take it to the court.", **today}
    assert not _do(iro, reference, "cafcass-answer", answer).errors
    assert not _do(iro, reference, "judicial-review", {**today, "words": "Granted."}).errors
    end = {"outcome": Outcome.CLOSED_AFTER_CAFCASS, "reason": "The court decides now.", **TOLD}
    assert not _do(iro, reference, "close", end).errors
    assert service.challenge(reference).outcome is Outcome.CLOSED_AFTER_CAFCASS
