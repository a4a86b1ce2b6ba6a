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
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

#: What the page for a matter that was resolved before the review asks for.
RESOLVED = {
    **{
        name: text
        for name, text in ANSWERS.items()
        if name not in ("stage", "reason") and not name.startswith("concern-1-by")
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
    check = page.form().fill(RESOLVED).press("Continue")
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
    page = iro.get("/raise/resolved").form().press("Continue")
    asked = ("#resolution", "#file-checked", "#documents-read", "#child-consulted", "#child-told")
    assert set(asked) <= set(page.errors)
    assert "#stage" not in page.errors
    assert not [href for href in page.errors if href.startswith("#concern-1-by")]
    assert page.address.startswith("/raise/resolved?form=")


def test_from_the_check_page_one_can_go_back_and_nothing_typed_is_lost(iro: Visitor) -> None:
    check = iro.get("/raise/resolved").form().fill(RESOLVED).press("Continue")
    form = check.form().press("Change something").form()
    assert {name: form[name] for name in RESOLVED} == RESOLVED


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
    assert draft.form()["resolution"] == "Marigoldresolution"
    check = draft.form().fill({"why-not": "Marigoldwhynot"}).press("Continue")
    done = check.form().press("Record as resolved")
    assert service.challenge(done.address.rpartition("/")[2]).standing is Standing.CLOSED


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
