"""Privacy: if you raise a challenge by JSON or email, you hear which fields identify the child."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.doors.post import form, mail
from tests.doors.test_interface import FORM, let_in
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

TELLING = "Zephyrine was born on 5 April 2013, and lives at 12 Elm Road."


def test_words_that_tell_nothing_are_answered_without_a_warning(service: Service) -> None:
    _, _, answer = let_in(service).send(FORM)
    assert answer["warnings"] == []


def test_the_document_says_what_warnings_are_and_who_reads_each_field(service: Service) -> None:
    _, _, document = let_in(service).ask("GET", "/api/openapi.json")
    schemas = document["components"]["schemas"]
    assert "warnings" in schemas["Raised"]["required"]
    fields = {**schemas["Form"]["properties"], **schemas["ConcernForm"]["properties"]}
    for name in ("case_id", "initials", "reason", "what", "outcome", "tried"):
        assert "Anyone who opens a reply link can read it" in fields[name]["description"]
    for name in ("name", "date_of_birth", "views"):
        assert "after signing in" in fields[name]["description"]


def test_an_acknowledgement_of_words_that_tell_nothing_does_not_warn(service: Service) -> None:
    service.receive(mail(form()))
    (letter,) = service.mails("iro-1")
    assert "may tell" not in letter.text


def test_no_other_email_warns(service: Service) -> None:
    service.receive(mail(form(Already_tried="Asked his brother Tom.")))
    warning = [letter.to for letter in service.mails() if "may tell" in letter.text]
    assert len(service.mails()) > len(warning) == 1


def test_the_page_with_the_lines_says_who_reads_each(service: Service) -> None:
    page = Visitor(service, "iro-1").get("/raise/by-email")
    labels = [label.get_text() for label in page.soup.select("dl dt")]
    sentences = [sentence.get_text(" ") for sentence in page.soup.select("dl dd")]
    rows = dict(zip(labels, sentences, strict=True))
    for label in ("Case ID", "Reason for this stage", "Concern 1", "Already tried"):
        assert "Anyone who opens the reply link can read this" in rows[label]
    for label in ("Name", "Date of birth", "Child’s views"):
        assert "after signing in" in rows[label]
