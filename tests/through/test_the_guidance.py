"""The council's guidance, chapter by chapter, as stories that people play on pages and by links.

Each story says which sentences of ``docs/guidance.md`` it shows.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from domain.ladder import FORMAL_STAGES, Stage
from domain.rules.cafcass import CafcassAnswer
from domain.rules.meetings import meetings
from domain.vocabulary import Outcome, Purpose, Standing
from tests.pages.sections import whole
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
    check = whole(iro.get("/raise")).fill(answers).press("Continue")
    return check.form().press("Raise this challenge").address.rpartition("/")[2]


def _replies(service: Service, officer: str, answers: dict[str, str]) -> None:
    """Let an officer reply by the link in their email, without signing in."""
    page = Visitor(service).get(reply_link(service, officer)).form().whole(answers)
    page.press("Check your reply").form().press("Send your reply")


def _subjects(service: Service, officer: str) -> list[str]:
    return [str(mail.subject) for mail in service.mails(officer)]


def test_before_a_review_a_matter_that_is_resolved_is_recorded_and_finalised(
    service: Service, iro: Visitor
) -> None:
    """Guidance: G18, G19, G20, G21, G45, G47, G70."""
    page = iro.get(iro.get("/raise").link("Record it in one step"))
    check = whole(page).fill(RESOLVED).press("Continue")
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
    check = whole(page).fill(ACTIONS).press("Continue")
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
    assert "answer" in Visitor(service, "csm").get(f"/challenges/{reference}/reply").form().names
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
    form = iro.get(refer).form(refer).fill({**why, "address": "Cafcass, Sample Town"})
    page = form.press(through=False)
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


def test_an_iro_gets_independent_legal_advice_from_next_door(
    service: Service, iro: Visitor
) -> None:
    """The legal team has a conflict of interest, so a neighbouring authority's lawyer advises.

    Guidance: G8, G9, G10, G11, G12, G15, G55.
    """
    reference = _raise(iro, ANSWERS)
    at, advice = f"/challenges/{reference}", f"/advice/{reference}"
    people = ("srsm", "legal", "neighbour", "safer", "director", "tm-n", "senior", "auditor")
    srsm, legal, neighbour, safer, director, *others = (Visitor(service, one) for one in people)
    asked = iro.get(f"{advice}/ask").form(f"{advice}/ask").fill({"question": "Is it lawful?"})
    assert not asked.press().errors
    tasks = {one.purpose: one.deadline.day for one in service.challenge(reference).questions}
    assert tasks[Purpose.SAY_CONFLICT] == date(2026, 11, 3), "timely: 1 working day"
    assert not _do(legal, reference, "conflict", {"conflict": "yes"}).errors
    assert legal.get(advice).status in (403, 404)
    assert not _do(legal, reference, "name-lawyer", {"officer": "neighbour"}).errors

    assert "Is it lawful?" in neighbour.get(advice).text
    gives = neighbour.get(f"{advice}/give").form(f"{advice}/give").fill({"advice": "It is not."})
    assert not gives.press().errors
    for reader in (iro, srsm):
        assert "It is not." in reader.get(advice).text
    assert "advice was given" in " ".join(_subjects(service, "iro-1")), "at once"
    for other in (legal, safer, director, *others):
        assert other.get(advice).status in (403, 404)
        assert "It is not." not in other.get(at).text

    assert not _do(srsm, reference, "brief", {"words": "The visits stopped in May."}).errors
    assert "The visits stopped in May." in safer.get(at).text
    assert director.get(f"{at}/briefing").status == 404
    assert not _do(safer, reference, "director-notified", {}).errors
    assert "The visits stopped in May." in director.get(f"{at}/briefing").text
    left = {one.purpose for one in service.challenge(reference).questions}
    assert not left & {Purpose.GIVE_ADVICE, Purpose.BRIEF, Purpose.CONFIRM_DIRECTOR}


def test_managers_meet_and_what_they_agree_goes_to_all_concerned(
    service: Service, iro: Visitor
) -> None:
    """A meeting at stage 3, chaired by the Senior IRO Manager; supervision; then the Director.

    Guidance: G50, G53, G56, G57, G60, G63, G64, G65, G66.
    """
    reference = _raise(iro, {**ANSWERS, "stage": "3", "reason": "Only they can decide."})
    at, srsm, senior = f"/challenges/{reference}", Visitor(service, "srsm"), "senior"
    when = {"day-day": "4", "day-month": "11", "day-year": "2026", "time": "2pm", "where": "Room 1"}
    assert not _do(iro, reference, "arrange-meeting", when).errors
    for officer in ("srsm", "csm", "hos"):
        assert "Please attend a meeting" in _subjects(service, officer)[-1], officer
    chairs = {"senior": "yes", "reason": "It is grave."}
    assert not _do(srsm, reference, "consider-chair", chairs).errors
    assert "You chair it." in service.mails(senior)[-1].text
    (meeting,) = meetings(service.challenge(reference))
    service.jump_past(meeting.ends or service.now)
    assert "record a meeting that is over" in srsm.get(at).text

    held = {
        "words": "The panel sits on Friday.",
        "action-1-what": "Take it to the panel",
        "action-1-owner": "tm-north",
        "action-1-by-day": "12",
        "action-1-by-month": "11",
        "action-1-by-year": "2026",
    }
    assert not _do(srsm, reference, "record-meeting", held).errors
    assert not _do(Visitor(service, senior), reference, "send-actions", {}).errors
    assert len(service.challenge(reference).open_actions) == 1
    for officer in ("iro-1", "srsm", "csm", "hos", "ad", "tm-n", "sw-n1"):
        assert "Take it to the panel" in Visitor(service, officer).get(at).text, officer
        assert "actions that a meeting agreed" in _subjects(service, officer)[-1], officer
    assert not _do(srsm, reference, "supervision", {}).errors
    assert "discussed it in supervision with Ira Sample-One" in iro.get(at).text
    assert not _do(Visitor(service, "ad"), reference, "inform-director", {}).errors
    assert Visitor(service, "director").get(at).status == 200
