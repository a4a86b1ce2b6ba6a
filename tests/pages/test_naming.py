"""Rule 15 on pages: who should reply instead, and whether to skip a stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from adapters.wiring import casebook
from domain.directory import Cover
from domain.ladder import Stage
from domain.rules.posts import Reassign
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service


def test_the_page_says_whom_one_can_ask_and_until_when_they_have(service: Service) -> None:
    reference = service.raise_at(Stage.TWO)
    service.not_mine(reference, "csm")
    at = f"/challenges/{reference}"
    page = Visitor(service, "iro-1").get(f"{at}/reassign")
    assert "They have to reply by " in page.text
    assert "You can ask a Children’s Service Manager, or somebody above them" in page.text
    asked = [option.text for option in page.soup.select("select option")]
    assert not any("Team Manager" in one or "Social Worker" in one for one in asked)
    assert any("Head of Service" in one for one in asked)
    assert "If nobody is named by " in Visitor(service, "iro-1").get(at).text


def test_said_twice_it_is_no_answer_to_choose_any_more(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.not_mine(reference, "tm-n")
    service.act(reference, "iro-1", Reassign("tm-south", "Their child."))
    at = f"/challenges/{reference}/reply"

    def answers() -> set[str]:
        page = Visitor(service, "tm-s").get(at)
        return {str(one["value"]) for one in page.soup.select("input[name=answer]")}

    assert "not mine" in answers()
    service.not_mine(reference, "tm-s")
    service.act(reference, "iro-1", Reassign("tm-south", "It is theirs."))
    assert "not mine" not in answers()


def test_the_iro_chooses_on_a_page_whether_to_skip_a_stage(service: Service) -> None:
    """The Team Manager covers the Children's Service Manager, who is asked next."""
    book = casebook()
    cover = Cover("csm", "tm-n", date(2026, 1, 1), date(2027, 1, 1))
    book._council.load_directory(replace(book.council().directory, cover=(cover,)))
    reference = service.raise_at(Stage.ONE)
    at = f"/challenges/{reference}/skip-stage"
    page = Visitor(service, "iro-1").get(at)
    assert "If you do not choose, Stage 2 begins." in page.text
    page = page.form(at).fill({"skip": "skip"}).press()
    assert page.errors == {"#reason": "Enter why Stage 2 should be skipped."}
    page = page.form().fill({"reason": "She has just been asked."}).press()
    assert "chose to skip Stage 2" in page.text
    assert "the challenge moves to Stage 3" in page.text
