"""Rules 1 and 23 by email and by JSON: rights, cover, the review, the court, and what is urgent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from adapters import wiring
from adapters.council_store import CouncilStore
from domain.directory import Cover
from domain.form import Court, Review, RightsBreached, Urgency
from domain.vocabulary import Purpose
from handlers.intake import Became
from tests.doors.post import form, mail
from tests.doors.test_interface import FORM, let_in
from tests.pages.sections import whole
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from infra.local.emulator import SentMail
    from tests.workflow.service import Service

ROUTE = "call 999"

#: The lines that are seldom needed.
MORE = {
    "Too_late_after": "Sunday 22 November 2026",
    "Too_late_because": "Marigoldwhytext",
    "Review_date": "20 October 2026",
    "Decision_number": "7b",
    "Next_hearing": "1 December 2026",
    "Guardian": "Marigoldguardian",
}

#: The same as fields of the interface.
FIELDS = {
    "too_late_after": "2026-11-22",
    "too_late_why": "Marigoldwhytext",
    "review_date": "2026-10-20",
    "decision_number": "7b",
    "next_hearing": "2026-12-01",
    "guardian": "Marigoldguardian",
}


def _covers(post: str, officer: str) -> None:
    book = wiring.casebook()
    assert isinstance(book._council, CouncilStore)
    cover = Cover(post, officer, date(2026, 11, 1), date(2026, 11, 8))
    book._council.load_directory(replace(book.council().directory, cover=(cover,)))


def _address(officer: str) -> str:
    return wiring.casebook().council().directory.officers[officer].email


def _raised(service: Service) -> Challenge:
    (reference,) = service.open_challenges()
    return service.challenge(reference)


def _receipt(service: Service, officer: str = "iro-1") -> SentMail:
    found: list[SentMail] = service.mails(officer)
    (sent,) = (one for one in found if "has raised a challenge" in one.subject)
    return sent


def _words(sent: SentMail) -> str:
    return " ".join(sent.text.split())


# By email ----------------------------------------------------------------------------------------


def test_every_answer_of_the_form_can_be_given_by_email(service: Service) -> None:
    assert service.receive(mail(form(Rights_breached="No", **MORE))) == Became.RAISED
    raised = _raised(service).raised
    assert raised.rights_breached is RightsBreached.NO
    assert raised.urgency == Urgency(date(2026, 11, 22), "Marigoldwhytext")
    assert raised.review == Review(date(2026, 10, 20), "7b")
    assert raised.court == Court(date(2026, 12, 1), "Marigoldguardian")
    sent = _words(_receipt(service))
    assert "Stage 3 fits" in sent
    assert "22 November" not in sent
    assert "Marigold" not in sent
    assert "Next time, add the line" not in sent


def test_a_line_that_is_left_blank_is_asked_for_and_the_draft_has_every_answer(
    service: Service,
) -> None:
    text = form(Rights_breached="", At_risk_today="perhaps", **MORE)
    assert service.receive(mail(text)) == Became.DRAFT
    answer = _words(service.mails("iro-1")[-1])
    assert "Rights breached: Select whether the child’s human rights may have been" in answer
    assert "At risk today: Answer yes or no. Leave it out if the answer is no." in answer
    page = Visitor(service, "iro-1").get("/").soup.select_one('a[href^="/raise?draft="]')
    assert page is not None
    draft = Visitor(service, "iro-1").get(str(page["href"]))
    shown = whole(draft)
    assert (shown["too-late-after-day"], shown["guardian"]) == ("22", "Marigoldguardian")
    assert "At risk today: perhaps" in draft.text


@pytest.mark.parametrize("says", ["Yes", "Y, bruises seen", "perhaps"])
def test_an_email_with_mistakes_that_may_speak_of_a_risk_today_is_answered_with_whom_to_contact(
    service: Service, says: str
) -> None:
    text = form(Initials="", At_risk_today=says) + "End\nMarigoldsignature\n"
    assert service.receive(mail(text)) == Became.DRAFT
    sent = service.mails("iro-1")[-1]
    first = _words(sent).partition("Your email has not raised a challenge yet")[0]
    assert ROUTE in first
    assert "bruises" not in _words(sent)
    draft = Visitor(service, "iro-1").get(sent.links[0].partition(".example")[2])
    assert whole(draft)["at-risk"] == "yes"
    assert (f"At risk today: {says}" in draft.text) == (says != "Yes"), "nothing written is lost"
    assert "Marigoldsignature" in draft.text
    assert "End" not in draft.text.split()


@pytest.mark.parametrize("says", ["", "No"])
def test_an_email_with_mistakes_and_no_risk_is_answered_without_whom_to_contact(
    service: Service, says: str
) -> None:
    assert service.receive(mail(form(Initials="", At_risk_today=says))) == Became.DRAFT
    assert ROUTE not in _words(service.mails("iro-1")[-1])


def test_an_email_by_an_older_template_is_accepted_and_its_receipt_says_what_to_add(
    service: Service,
) -> None:
    assert service.receive(mail(form(Rights_breached="-"))) == Became.RAISED
    assert _raised(service).raised.rights_breached is RightsBreached.NOT_ASKED
    assert "Next time, add the line “Rights breached: yes”" in _words(_receipt(service))


def test_at_risk_today_shows_the_route_in_the_receipt_and_tells_the_srsm(service: Service) -> None:
    known = dict.fromkeys(("Child_knows", "Advocate_offered", "Knows_how_to_complain"), "yes")
    text = form(At_risk_today="Yes", Wants_to_go_to_court="no", **known)
    assert service.receive(mail(text)) == Became.RAISED
    assert ROUTE in _receipt(service).text
    assert [one for one in service.mails("srsm") if "A child may be at risk today" in one.subject]
    asked = {one.purpose: one.deadline.day for one in _raised(service).asked}
    assert set(asked) == {Purpose.RECORD_CONTACT, Purpose.CONSIDER_CAFCASS}
    assert asked[Purpose.RECORD_CONTACT] == date(2026, 11, 2)
    assert ROUTE not in "".join(one.text for one in service.mails("srsm"))


def test_who_covers_for_an_iro_raises_it_by_email_for_them(service: Service) -> None:
    _covers("iro-post-1", "srsm")
    assert service.receive(mail(form(), sender=_address("srsm"))) == Became.RAISED
    challenge = _raised(service)
    assert (challenge.iro, challenge.raised_by) == ("iro-1", "srsm")
    assert challenge.reference in _receipt(service, "srsm").subject


def test_a_manager_named_as_cover_for_an_iro_raises_nothing_by_email(service: Service) -> None:
    """Rule 15: for an IRO only another IRO covers, or the SRSM, whatever row is on the record."""
    _covers("iro-post-1", "tm-s")
    assert service.receive(mail(form(), sender=_address("tm-s"))) == Became.NOT_AN_IRO
    assert not service.open_challenges()


def test_an_iro_who_covers_for_another_is_asked_by_email_whose_it_is(service: Service) -> None:
    _covers("iro-post-1", "iro-2")
    assert service.receive(mail(form(), sender=_address("iro-2"))) == Became.DRAFT
    answer = _words(service.mails("iro-2")[-1])
    assert "For IRO: Select whose challenge it is: " in answer
    named = mail(
        form(For_IRO="Ira Sample-One"), sender=_address("iro-2"), message_id="<2@sample.example>"
    )
    assert service.receive(named) == Became.RAISED
    assert _raised(service).iro == "iro-1"


# By JSON -----------------------------------------------------------------------------------------


def test_every_answer_of_the_form_can_be_sent_as_json(service: Service) -> None:
    status, _, answer = let_in(service).send({**FORM, **FIELDS, "rights_breached": "no"})
    assert status == 201
    raised = _raised(service).raised
    assert raised.rights_breached is RightsBreached.NO
    assert raised.urgency == Urgency(date(2026, 11, 22), "Marigoldwhytext")
    assert raised.review == Review(date(2026, 10, 20), "7b")
    assert raised.court == Court(date(2026, 12, 1), "Marigoldguardian")
    (warning,) = answer["warnings"]
    assert (warning["field"], warning["pointer"]) == ("too_late_after", "#/too_late_after")
    assert "Stage 3 fits" in warning["detail"]
    assert "at_risk_route" not in answer


def test_a_program_that_follows_an_older_document_is_warned_and_not_refused(
    service: Service,
) -> None:
    older = {name: value for name, value in FORM.items() if name != "rights_breached"}
    status, _, answer = let_in(service).send(older)
    assert status == 201
    assert [one["field"] for one in answer["warnings"]] == ["rights_breached"]
    assert _raised(service).raised.rights_breached is RightsBreached.NOT_ASKED


def test_a_program_that_asks_and_gets_no_answer_is_told_what_to_ask(service: Service) -> None:
    wrong: dict[str, Any] = {"rights_breached": "", "at_risk": "perhaps", "next_hearing": "soon"}
    found = let_in(service).problems({**FORM, **wrong, "too_late_after": "2026-11-22"})
    assert found == {
        "rights_breached": "Select whether the child’s human rights may have been breached",
        "at_risk": "Answer yes or no",
        "next_hearing": (
            "The date of the next hearing must be a real date, like 27 March 2027 or 2027-03-27"
        ),
        "too_late_why": "Enter why it is too late then, for example: the placement ends",
    }


def test_the_answer_to_a_program_has_the_route_if_the_child_may_be_at_risk_today(
    service: Service,
) -> None:
    platform = let_in(service)
    _, _, answer = platform.send({**FORM, "at_risk": "yes"})
    assert ROUTE in answer["at_risk_route"]
    assert platform.send({**FORM, "at_risk": "yes"})[2] == answer, "the same when sent again"


@pytest.mark.parametrize("says", ["yes", "Y, bruises seen", True, "no", ""])
def test_a_refusal_has_the_route_as_well_if_the_child_may_be_at_risk_today(
    service: Service, says: object
) -> None:
    status, _, answer = let_in(service).send({**FORM, "initials": "", "at_risk": says})
    assert status == 422
    assert (ROUTE in answer.get("at_risk_route", "")) == (says not in ("no", ""))


def test_a_program_says_whose_challenge_it_is_if_the_one_who_raises_it_covers(
    service: Service,
) -> None:
    _covers("iro-post-1", "iro-2")
    platform = let_in(service)
    sent = {**FORM, "iro": _address("iro-2")}
    found = platform.problems(sent)
    assert list(found) == ["for_iro"]
    assert "Ira Sample-One" in found["for_iro"]
    status, _, _ = platform.send({**sent, "for_iro": _address("iro-1")})
    assert status == 201
    challenge = _raised(service)
    actor = challenge.events[0].actor
    assert (challenge.iro, actor.officer) == ("iro-1", "iro-2")
    assert actor.capacity == "covering for Ira Sample-One, the IRO, through forms-platform"
