"""The form that raises a challenge, section by section: what is saved, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters import clock, wiring
from adapters.unsent import Unsent
from domain.ladder import Stage
from tests.pages.sections import answers_of, at_once, section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor
from tests.workflow.service import CHILD

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

OF_CHILD = {
    name: text
    for name, text in ANSWERS.items()
    if name.startswith(("case-id", "initials", "name", "date-of-birth", "team"))
}


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


def _states(page: Page) -> dict[str, str]:
    """Return the list of the sections: title → how far it is."""
    items = page.soup.select(".govuk-task-list__item")
    return {
        item.select(".govuk-task-list__name-and-hint > *")[0].get_text(strip=True): item.select(
            ".govuk-task-list__status"
        )[0].get_text(strip=True)
        for item in items
    }


def test_the_list_says_how_far_each_section_is(iro: Visitor) -> None:
    page = iro.get("/raise")
    assert _states(page) == {
        "The child": "Not started",
        "The social worker": "Not started",
        "Brothers and sisters": "Optional",
        "What is wrong": "Not started",
        "What was tried, and the child’s views": "Not started",
        "What the child knows, and who helps them": "Optional",
        "How urgent it is": "Optional",
        "Where it starts": "Not started",
        "Review and court": "Optional",
        "Check your answers and send": "Cannot start yet",
    }
    section(page, "child").form().fill(OF_CHILD).press("list")
    section(page, "concern").form().fill({"concern-1-what": "No plan."}).press("list")
    born = {"stage": "1", "reason": "R" * 5_001}
    after = section(page, "stage").form().fill(born).press("list")
    states = _states(after)
    assert states["The child"] == "Done"
    assert states["What is wrong"] == "In progress", "the rest is blank"
    assert states["Where it starts"] == "To correct", "what was typed is too long"
    assert "1 of 9 sections done, 1 in progress, 1 to correct." in after.text
    assert "3 of 9 sections started" in iro.get("/drafts").text
    done = whole(page).fill(ANSWERS).press("Continue")
    ready = section(done, "")
    assert _states(ready)["Check your answers and send"] == "Ready"
    assert "All that is needed is filled in." in ready.text


def test_a_section_is_saved_with_its_mistakes_and_says_them_at_the_field(iro: Visitor) -> None:
    first = section(iro.get("/raise"), "child")
    assert first.errors == {}, "nobody is blamed for a form that they have just opened"
    page = first.form().fill({**OF_CHILD, "date-of-birth-month": "13"}).press("Save and continue")
    assert page.heading == "The child"
    assert page.errors == {
        "#date-of-birth-day": "Date of birth must be a real date, like 27 3 2013"
    }
    again = iro.get(first.address)
    assert again.form()["date-of-birth-month"] == "13", "it is saved"
    assert again.errors == page.errors
    following = again.form().fill(OF_CHILD).press("Save and continue")
    assert following.heading == "The social worker"


def test_what_another_tab_saved_of_another_section_stays(iro: Visitor) -> None:
    start = iro.get("/raise")
    before, stage = section(start, "before"), section(start, "stage")
    before.form().fill({"tried": "Spoke with her."}).press("list")
    after = stage.form().fill({"stage": "QAP"}).press("list")
    found = answers_of(after)
    assert (found["tried"], found["stage"]) == ("Spoke with her.", "QAP")


def test_what_was_saved_is_a_draft_that_its_owner_finds(iro: Visitor) -> None:
    section(iro.get("/raise"), "child").form().fill(OF_CHILD).press("list")
    (draft,) = wiring.drafts().of("iro-1")
    page = iro.get(draft.address)
    assert page.heading == "Raise a challenge"
    assert "What you typed is saved as a draft until" in page.text
    found = answers_of(page)
    assert {name: found[name] for name in OF_CHILD} == OF_CHILD


def test_a_form_that_an_earlier_release_kept_goes_on_in_the_sections(iro: Visitor) -> None:
    """Its address is in an open tab, and its words are with the forms of that release."""
    forms, id_ = wiring.unsent_forms(), "b" * 32
    forms.keep("iro-1", id_, Unsent(ANSWERS), clock.wall())
    page = iro.get(f"/raise?form={id_}")
    found = answers_of(page)
    assert {name: found[name] for name in ANSWERS} == ANSWERS
    check = whole(page).fill({"tried": "Spoke with the school."}).press("Continue")
    check.form().press("Raise this challenge")
    assert wiring.drafts().of("iro-1") == []
    assert iro.get(f"/raise?form={id_}").heading == "You have sent this form"
    assert forms.find("iro-1", id_, clock.wall()) == Unsent({}, sent=True), "nothing is left"


def test_a_section_that_is_saved_after_the_form_was_sent_is_a_form_of_its_own(
    service: Service, iro: Visitor
) -> None:
    check = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    open_tab = section(check, "before").form().fill({"tried": "Something else."})
    check.form().press("Raise this challenge")
    (reference,) = service.open_challenges()
    page = open_tab.press("list")
    assert f"This form has already raised {reference}" in page.text
    assert answers_of(page)["tried"] == "Something else."
    assert service.challenge(reference).raised.tried == ANSWERS["tried"]


# The child's name --------------------------------------------------------------------------------


def test_the_child_s_name_is_pointed_out_where_a_link_shows_it(iro: Visitor) -> None:
    start = iro.get("/raise")
    section(start, "child").form().fill(OF_CHILD).press("list")
    concern = {name: text for name, text in ANSWERS.items() if name.startswith("concern-")}
    named = {**concern, "concern-1-what": "Alex has no plan."}
    page = section(start, "concern").form().fill(named).press("Save and continue")
    (warning,) = page.soup.select("#concern-1-what-warning")
    assert "This seems to contain the child’s name." in " ".join(warning.get_text().split())
    assert "without signing in" in warning.get_text()
    following = page.form().press("Save and continue")
    assert following.heading == "What was tried, and the child’s views", "it is said, not refused"
    assert "It seems to contain the child’s name." in section(start, "").text
    views = {"tried": "We met.", "views": "Alex wants to stay.", "rights-breached": "yes"}
    signed_in_only = following.form().fill(views).press("Save and continue")
    assert signed_in_only.heading == "What the child knows, and who helps them"


# An earlier child --------------------------------------------------------------------------------


def test_an_earlier_child_fills_in_who_the_child_is_and_the_look_is_recorded(
    service: Service, iro: Visitor
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = iro.get(section(iro.get("/raise"), "child").link("Use an earlier child"))
    assert CHILD.name not in page.body, "the list has initials and Case ID alone"
    assert f"{CHILD.initials} (Case ID {CHILD.case_id})" in page.text
    assert [*page.form().press("Use this child").errors.values()] == ["Select a child."]
    looks = len(wiring.casebook().record.beside.every_look(reference))
    filled = page.form().fill({"reference": reference}).press("Use this child")
    assert filled.heading == "The child"
    assert len(wiring.casebook().record.beside.every_look(reference)) == looks + 1
    found = answers_of(filled)
    raised = service.challenge(reference).raised
    said = f"Filled in from {reference} : the child below, and Willow Sample-North as the social"
    assert said in filled.text, "so nobody is chosen unseen"
    assert "Filled in from" not in iro.get(filled.address).text, "it is said once"
    assert (found["name"], found["case-id"]) == (CHILD.name, CHILD.case_id)
    assert found["date-of-birth-year"] == str(CHILD.date_of_birth.year)
    assert found["social-worker"] == raised.social_worker


def test_an_earlier_child_may_be_of_an_ended_challenge_and_is_listed_once(
    service: Service, iro: Visitor
) -> None:
    ended = service.raise_at(Stage.ONE, once="a" * 32)
    service.withdraw(ended)
    newest = service.raise_at(Stage.QAP, once="b" * 32)
    page = section(iro.get("/raise"), "earlier")
    assert len(page.soup.select("main [type=radio]")) == 1
    on = f"{newest}, raised on 2 November 2026 (open)"
    assert f"North Team. Placement. {on}" in page.text, "which of two with the same initials"


def test_nobody_fills_in_the_child_of_a_challenge_that_they_may_not_see(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    other = Visitor(service, "iro-2")
    page = section(other.get("/raise"), "earlier")
    assert reference not in page.body
    forged = {"section": "earlier", "reference": reference, "press": "use"}
    after = other.post(page.address, forged)
    assert CHILD.name not in after.body
    assert "name" not in {n for n, text in answers_of(after).items() if text}
    looks = wiring.casebook().record.beside.every_look(reference)
    assert "iro-2" not in {look.officer for look in looks}


# The ladder's dates ------------------------------------------------------------------------------


def test_the_dates_of_the_ladder_are_shown_before_sending(iro: Visitor) -> None:
    urgent = {
        "too-late-after-day": "18",
        "too-late-after-month": "11",
        "too-late-after-year": "2026",
        "too-late-why": "The placement ends.",
    }
    check = at_once(iro.get("/raise")).fill({**ANSWERS, **urgent}).press("Continue")
    rows = [" ".join(row.get_text(" ").split()) for row in check.soup.select("tbody tr")]
    assert rows == [
        "Stage 1 Tessa Sample-North, Team Manager, North Team Monday 9 November 2026",
        (
            "Stage 2 Celia Sample-Service, Children’s Service Manager, North Team and South Team "
            "Monday 16 November 2026"
        ),
        (
            "Stage 3 Hollis Sample-Head, Head of Service Monday 23 November 2026. It is too late "
            "after Wednesday 18 November 2026, which is in this stage"
        ),
        "Stage 4 Adair Sample-Director, Assistant Director Monday 30 November 2026",
        "20-working-day limit For all formal stages together Monday 30 November 2026",
    ]
    assert "If nobody replies, it moves up by itself" in check.text


def test_at_qap_two_are_asked_by_name_and_nothing_becomes_formal_by_itself(iro: Visitor) -> None:
    check = at_once(iro.get("/raise")).fill({**ANSWERS, "stage": "QAP", "reason": ""})
    page = check.press("Continue")
    asked = (
        "Willow Sample-North, Social Worker, North Team and Tessa Sample-North, Team Manager, "
        "North Team, are asked at once"
    )
    assert asked in page.text
    assert "It does not become formal by itself." in page.text
    assert "20-working-day limit" not in page.text


@pytest.mark.parametrize("press", ["check", "raise", ""])
def test_what_says_that_the_form_raised_another_is_a_reference_or_nothing(
    service: Service, press: str
) -> None:
    typed = {"press": press, "earlier": "Marigold Quillon", "case-id": "12345"}
    page = Visitor(service, "iro-1").post("/raise", typed)
    assert "already raised" not in page.text
    assert "Marigold" not in page.body
