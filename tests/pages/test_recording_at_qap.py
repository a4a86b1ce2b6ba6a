"""Rule 2 on pages, by email and by JSON: what starts at QAP without a question to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.form import Way
from domain.ladder import Stage
from domain.vocabulary import Outcome, Standing
from handlers.intake import Became
from tests.doors.post import form, mail
from tests.doors.test_interface import FORM, let_in
from tests.pages.sections import answers_of, at_once, errors_of, missing_of, section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

#: What the page for a matter that was resolved before the review asks for.
RESOLVED = {
    **{
        name: text
        for name, text in ANSWERS.items()
        if name not in ("stage", "reason", "child-knows") and not name.startswith("concern-1-by")
    },
    "file-checked": "yes",
    "documents-read": "yes",
    "child-consulted": "no",
    "why-not": "Marigoldwhynot",
    "resolution": "Marigoldresolution",
    "child-told": "not yet",
}

LINES = {
    "Stage": "QAP",
    "Reason_for_this_stage": "-",
    "How_it_starts": "resolved",
    "How_it_was_resolved": "Marigoldresolution",
    "File_checked": "yes",
    "Documents_read": "yes",
    "Child_consulted": "no",
    "Why_not": "Marigoldwhynot",
    "Child_told": "yes",
    "How_told": "Marigoldhow",
}

FIELDS = {
    **FORM,
    "stage": "QAP",
    "reason": "",
    "way": "resolved",
    "resolution": "Marigoldresolution",
    "file_checked": "yes",
    "documents_read": "yes",
    "child_consulted": "no",
    "why_not": "Marigoldwhynot",
    "child_told": "yes",
    "how_told": "Marigoldhow",
}


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


def test_what_was_resolved_before_the_review_is_recorded_and_ended_in_one_step(
    service: Service, iro: Visitor
) -> None:
    page = iro.get(iro.get("/raise").link("Record it in one step"))
    assert page.heading == "Record a matter that is resolved"
    check = whole(page).fill(RESOLVED).press("Continue")
    for text in ("Marigoldresolution", "Marigoldwhynot", "You consulted the child No"):
        assert text in check.text
    assert "Nobody is asked to reply" in check.text
    done = check.form().press("Record as resolved")
    assert "The matter is recorded as resolved" in done.text
    reference = done.address.rpartition("/")[2]
    challenge = service.challenge(reference)
    assert challenge.outcome is Outcome.RESOLVED_INFORMALLY
    assert challenge.standing is Standing.ENDED_TO_DO, "the child is still to be told"
    assert challenge.raised.way is Way.RESOLVED
    for officer in ("tm-n", "srsm", "csm"):
        mails = service.mails(officer)
        assert [one.subject for one in mails if "Please reply" in one.subject] == []
        at_once = officer != "tm-n"  # the daily email tells the others
        assert any("the challenge has ended" in one.subject for one in mails) is at_once, officer
    shown = iro.get(f"/challenges/{reference}").text
    assert "Recorded at QAP: resolved before the review. Nobody is asked to reply" in shown
    assert "Marigoldresolution" in shown
    assert "The relevant documents were read: Yes" in shown
    assert reference in iro.get("/").text


def test_an_empty_form_says_what_is_missing_and_asks_for_no_date(iro: Visitor) -> None:
    page = whole(iro.get("/raise/resolved")).press("Continue")
    asked = ("#resolution", "#file-checked", "#documents-read", "#child-consulted", "#child-told")
    assert {*asked} <= {*missing_of(page)}
    assert "#stage" not in missing_of(page)
    assert not [href for href in missing_of(page) if href.startswith("#concern-1-by")]
    assert page.address.startswith("/raise/resolved?form=")


def test_from_the_check_page_one_can_go_back_and_nothing_typed_is_lost(iro: Visitor) -> None:
    check = at_once(iro.get("/raise/resolved")).fill(RESOLVED).press("Continue")
    found = answers_of(check)
    assert {name: found[name] for name in RESOLVED} == RESOLVED


def test_by_email_it_is_recorded_in_one_step_too(service: Service) -> None:
    assert service.receive(mail(form(**LINES))) == Became.RAISED
    sent = next(one for one in service.mails("iro-1") if "has raised" in one.subject)
    reference = sent.subject.split(": ")[1].split(",")[0]
    assert service.challenge(reference).outcome is Outcome.RESOLVED_INFORMALLY
    assert "The challenge has ended: resolved informally." in " ".join(sent.text.split())


def test_by_email_what_is_missing_is_a_draft_of_its_own_page(service: Service) -> None:
    assert service.receive(mail(form(**{**LINES, "Why_not": ""}))) == Became.DRAFT
    (sent,) = service.mails("iro-1")
    assert "Why not: Enter why one of these was not done." in " ".join(sent.text.split())
    page = Visitor(service, "iro-1").get("/").soup.select_one('a[href*="draft="]')
    assert page is not None
    assert str(page["href"]).startswith("/raise/resolved?draft=")
    draft = Visitor(service, "iro-1").get(str(page["href"]))
    assert "Enter why one of these was not done" in draft.text
    assert answers_of(draft)["resolution"] == "Marigoldresolution"
    rights = dict.fromkeys(("advocate-offered", "knows-complaints"), "yes")
    rights |= {"wants-court": "no", "why-not": "Marigoldwhynot"}
    check = whole(draft).fill(rights).press("Continue")
    done = check.form().press("Record as resolved")
    assert not service.challenge(done.address.rpartition("/")[2]).open


def test_by_json_it_is_recorded_in_one_step_too(service: Service) -> None:
    platform = let_in(service)
    status, _, answer = platform.send(FIELDS)
    assert status == 201
    assert answer["reply_due"] is None
    challenge = service.challenge(answer["reference"])
    assert challenge.outcome is Outcome.RESOLVED_INFORMALLY
    assert challenge.stage is Stage.QAP
    assert platform.send(FIELDS)[2] == answer


def test_by_json_what_is_for_a_resolved_matter_only_is_refused_with_any_other(
    service: Service,
) -> None:
    found = let_in(service).problems({**FIELDS, "way": "concern"})
    assert set(found) >= {"resolution", "file_checked", "child_told"}
    assert "Leave it out" in found["resolution"]
    assert set(let_in(service).problems({**FIELDS, "stage": "1", "reason": "So."})) == {"way"}


# Actions from the review -------------------------------------------------------------------------

#: What the page for actions from the review asks for.
ACTIONS = {
    **{name: text for name, text in ANSWERS.items() if name not in ("stage", "reason")},
    "action-1-what": "Marigoldaction",
    "action-1-owner": "sw-north-1",
    "action-1-by-day": "12",
    "action-1-by-month": "11",
    "action-1-by-year": "2026",
    "confirmed": "Marigoldconfirmed",
}

SECOND = {
    "action-2-what": "Marigoldsecond",
    "action-2-owner-name": "Olive Sample",
    "action-2-owner-organisation": "Sample Housing",
    "action-2-by-day": "13",
    "action-2-by-month": "11",
    "action-2-by-year": "2026",
}

ACTION_LINES = {
    "Stage": "QAP",
    "Reason_for_this_stage": "-",
    "How_it_starts": "actions",
    "Action_1": "Marigoldaction",
    "Action_1_owner": "Willow Sample-North",
    "Action_1_by": "12 November 2026",
    "Action_2": "Marigoldsecond",
    "Action_2_owner_name": "Olive Sample",
    "Action_2_owner_organisation": "Sample Housing",
    "Action_2_by": "13 November 2026",
    "Confirmed": "Marigoldconfirmed",
}


def test_actions_from_the_review_are_recorded_and_followed(service: Service, iro: Visitor) -> None:
    page = iro.get(iro.get("/raise").link("Record the actions"))
    assert page.heading == "Record actions from a review"
    more = whole(page).fill(ACTIONS).press("Add another action")
    assert more.form()["action-1-what"] == "Marigoldaction"
    check = section(more.form().fill(SECOND).press("list"), "check")
    for text in ("Marigoldaction", "Olive Sample, Sample Housing", "Marigoldconfirmed"):
        assert text in check.text
    assert "Thursday 12 November 2026" in check.text
    done = check.form().press("Record these actions")
    assert "The actions are recorded" in done.text
    challenge = service.challenge(done.address.rpartition("/")[2])
    assert challenge.standing is Standing.ACTIONS_UNDER_WAY
    assert [action.number for action in challenge.actions] == [1, 2]
    assert challenge.raised.way is Way.ACTIONS
    for officer in ("sw-n1", "tm-n"):
        assert not [m for m in service.mails(officer) if "Please reply" in m.subject]
    shown = iro.get(f"/challenges/{challenge.reference}").text
    assert "Olive Sample, Sample Housing" in shown
    assert "Recorded at QAP: actions from the review. Nobody is asked to reply" in shown


def test_what_is_wrong_with_an_action_is_said_at_its_field(iro: Visitor) -> None:
    form = at_once(iro.get("/raise/actions"))
    page = form.press("Continue")
    assert {"#action-1-what", "#action-1-by-day", "#confirmed"} <= {*missing_of(page)}
    page = form.fill({**ACTIONS, "action-1-owner": ""}).press("Continue")
    assert {*errors_of(page)} == {"#action-1-owner"}
    sunday = {**ACTIONS, "action-1-by-day": "15"}
    page = form.fill(sunday).press("Continue")
    assert {*errors_of(page)} == {"#action-1-by-day"}
    found = answers_of(page)
    assert "Willow Sample-North" in found.pop("action-1-owner"), "by name, whatever was sent"
    assert {name: found.get(name) for name in sunday} == {**sunday, "action-1-owner": None}


def test_by_email_actions_are_recorded_too(service: Service) -> None:
    assert service.receive(mail(form(**ACTION_LINES))) == Became.RAISED
    (reference,) = service.open_challenges()
    challenge = service.challenge(reference)
    assert [action.owner for action in challenge.actions] == [
        "Willow Sample-North, Social Worker, North Team",
        "Olive Sample, Sample Housing",
    ]
    assert challenge.standing is Standing.ACTIONS_UNDER_WAY


def test_by_email_what_is_missing_of_an_action_is_a_draft_of_its_own_page(
    service: Service,
) -> None:
    wrong = {**ACTION_LINES, "Action_2_by": "soon", "Action_1_owner": "Nobody Known"}
    assert service.receive(mail(form(**wrong))) == Became.DRAFT
    answer = " ".join(service.mails("iro-1")[-1].text.split())
    assert "Action 2 by: The date of the action must be a real date" in answer
    assert "Action 1 owner: Choose who will do it: an officer or post of the council" in answer
    page = Visitor(service, "iro-1").get("/").soup.select_one('a[href*="draft="]')
    assert page is not None
    assert str(page["href"]).startswith("/raise/actions?draft=")
    draft = Visitor(service, "iro-1").get(str(page["href"]))
    found = answers_of(draft)
    assert found["action-1-what"] == "Marigoldaction"
    assert found["action-2-owner-name"] == "Olive Sample"
    assert "Action 1 owner: Nobody Known" in draft.text


def test_by_json_actions_are_recorded_too(service: Service) -> None:
    actions = [
        {"what": "Marigoldaction", "owner": "sw-north-1", "by": "2026-11-12"},
        {
            "what": "Marigoldsecond",
            "owner_name": "Olive Sample",
            "owner_organisation": "Sample Housing",
            "by": "2026-11-13",
        },
    ]
    sent = {**FORM, "stage": "QAP", "reason": "", "way": "actions", "actions": actions}
    found = let_in(service).problems(sent)
    assert list(found) == ["confirmed"]
    status, _, answer = let_in(service).send({**sent, "confirmed": "At the review."})
    assert status == 201
    assert answer["reply_due"] is None
    assert len(service.challenge(answer["reference"]).actions) == 2
