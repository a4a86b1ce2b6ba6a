"""Rule 16 on pages: ending with open actions, duplicates, corrections, and reopening."""

from __future__ import annotations

from datetime import date

import pytest

from domain.challenge import ActionState, AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ConfirmAction, ReportAction
from domain.rules.corrections import Corrected
from domain.rules.endings import ChildTold, ChildWasTold, Close
from domain.rules.notes import Noted
from domain.rules.reopening import reopened_as
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Outcome
from domain.writing import isolated
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import CHILD, Service

TOLD = {"child_told": "no", "how_told": "They never knew."}
ENDS = {"reason": "Enough.", **TOLD}


def _at(reference: str, slug: str = "") -> str:
    return f"/challenges/{reference}/{slug}".rstrip("/")


def _do(who: Visitor, reference: str, slug: str, answers: dict[str, str]) -> Page:
    """Open the page of an act, fill it in, and press its button."""
    return who.get(_at(reference, slug)).form(_at(reference, slug)).fill(answers).press()


def _with_actions(service: Service, count: int = 2) -> str:
    """Return a challenge at stage 1 with ``count`` accepted actions."""
    reference = service.raise_at(Stage.ONE)
    actions = tuple(
        AgreedAction(f"Visit {n}", "Tessa", date(2026, 11, 12), Owner("tm-n"))
        for n in range(1, count + 1)
    )
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will visit.", actions))
    service.act(reference, "iro-1", AcceptActions("Good."))
    return reference


def _ended(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    end = Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They never knew.")
    service.act(reference, "iro-1", end)
    return reference


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


# Ending ------------------------------------------------------------------------------------------


def test_the_page_asks_about_each_open_action_and_shows_what_happened_to_it(
    service: Service, iro: Visitor
) -> None:
    reference = _with_actions(service)
    page = _do(iro, reference, "close", {"outcome": "withdrawn", **ENDS})
    assert page.errors == {
        "#action-1": "Action 1: choose what happens to it.",
        "#action-2": "Action 2: choose what happens to it.",
    }
    answers = {"action-1": "dropped", "action-2": "handed to a review"}
    page = page.form().fill(answers).press()
    assert page.errors == {
        "#action-1-why": "Action 1: enter why you are dropping it.",
        "#action-2-review-day": "Action 2: enter a date.",
    }
    review = dict(zip(("day", "month", "year"), ("4", "12", "2026"), strict=True))
    answers = {
        "action-1-why": "The school has changed.",
        **{f"action-2-review-{box}": text for box, text in review.items()},
    }
    page = page.form().fill(answers).press()
    assert page.heading == "Ended: withdrawn"
    assert "Dropped when the challenge ended: The school has changed." in page.text
    assert "Handed to the review of Friday 4 December 2026" in page.text
    states = [action.state for action in service.challenge(reference).actions]
    assert states == [ActionState.GIVEN_UP, ActionState.HANDED]


def test_what_cannot_be_chosen_says_why(service: Service, iro: Visitor) -> None:
    page = iro.get(_at(service.raise_at(Stage.ONE), "close"))
    assert "“Closed after Cafcass” cannot be chosen: there is no referral" in page.text
    offered = [one["value"] for one in page.soup.select("input[name=outcome]")]
    assert offered == ["withdrawn", "raised in error", "duplicate"]


def test_a_duplicate_names_the_one_that_goes_on_and_each_links_to_the_other(
    service: Service, iro: Visitor
) -> None:
    other, reference = service.raise_at(Stage.TWO), _with_actions(service)
    page = _do(
        iro, reference, "close", {"outcome": "duplicate", "goes_on": "PCE-9999-9999", **ENDS}
    )
    assert list(page.errors) == ["#goes_on"]
    assert page.form()["goes_on"] == "PCE-9999-9999"
    page = page.form().fill({"goes_on": other.lower()}).press()
    assert page.heading == "Ended: duplicate"
    assert page.soup.select_one(f'a[href="/challenges/{other}"]')
    assert f"Goes on in {other}" in page.text
    page = iro.get(_at(other))
    assert page.soup.select_one(f'a[href="/challenges/{reference}"]')
    assert [action.agreed.what for action in service.challenge(other).actions] == [
        "Visit 1",
        "Visit 2",
    ]


# After the end -----------------------------------------------------------------------------------


def test_notes_and_corrections_are_taken_and_a_correction_is_shown_beside_the_error(
    service: Service, iro: Visitor
) -> None:
    reference = _ended(service)
    _do(Visitor(service, "csm"), reference, "note", {"words": "The panel met."})
    assert "Noted" in service.kinds(reference)
    page = _do(iro, reference, "correct", {"event": "1", "words": "Born on 6 April 2013."})
    assert page.heading == "Ended: withdrawn"
    assert page.text.count("Born on 6 April 2013.") == 2, (
        "in the record, and beside what it corrects"
    )
    (event,) = [e for e in service.challenge(reference).events if isinstance(e.fact, Corrected)]
    assert page.soup.select_one(f'#event-1 a[href="#event-{event.number}"]')
    assert any(isinstance(e.fact, Noted) for e in service.challenge(reference).events)


def test_what_was_corrected_is_marked_where_the_question_is_asked(
    service: Service, iro: Visitor
) -> None:
    reference = service.raise_at(Stage.ONE)
    link = reply_link(service, "tm-n")
    by_link, signed_in = Visitor(service), Visitor(service, "tm-n")
    marked = "Something here was corrected. Ira Sample-One"
    assert marked not in by_link.get(link).text
    right = "Robin has waited a year, and not Alex."
    page = _do(iro, reference, "correct", {"event": "1", "words": right})
    beside = page.soup.select_one("h2:-soup-contains('What is wrong') + #corrected")
    assert beside
    assert right in beside.get_text()
    page = by_link.get(link)
    assert marked in page.text
    assert right not in page.text, "it names the child: a link shows that there is a correction"
    page = signed_in.get(page.link("Sign in to read what is right"))
    assert marked in page.text
    assert right in page.text


def test_somebody_informed_can_only_choose_what_they_wrote_themselves(service: Service) -> None:
    reference, csm = service.raise_at(Stage.ONE), Visitor(service, "csm")
    assert "Correct something on the record" not in csm.get(_at(reference)).text
    _do(csm, reference, "note", {"words": "The panel is on Monday."})
    page = csm.get(_at(reference, "correct"))
    options = [one["value"] for one in page.soup.select("#event option") if one["value"]]
    assert options == [str(service.challenge(reference).version)]


def test_whether_the_child_was_told_can_be_changed_after_a_no(
    service: Service, iro: Visitor
) -> None:
    reference = _ended(service)
    page = _do(iro, reference, "child-told", {"child_told": "yes", "how_told": "By me."})
    assert "recorded that the child was told" in page.text
    told = [e.fact for e in service.challenge(reference).events if isinstance(e.fact, ChildWasTold)]
    assert [fact.child_told for fact in told] == [ChildTold.YES]
    ended = iro.get(f"/challenges/{reference}").text
    assert "Change what you recorded about telling the child" in ended
    assert "Record whether the child was told" not in ended


@pytest.mark.parametrize("slug", ["resolve", "close"])
def test_the_end_says_of_an_action_that_was_reported_done_that_it_should_be_confirmed_first(
    service: Service, iro: Visitor, slug: str
) -> None:
    reference = _with_actions(service)
    service.act(reference, "tm-n", ReportAction(1, "The family saw it."))
    hints = [hint.text for hint in iro.get(_at(reference, slug)).soup.select(".govuk-hint")]
    said = ["it should be confirmed before the challenge ends" in hint for hint in hints]
    assert said.count(True) == 1
    assert "reported done, to be confirmed" in hints[said.index(True)]


# Reopening ---------------------------------------------------------------------------------------


def test_the_iro_reopens_it_and_is_led_to_the_new_challenge(service: Service, iro: Visitor) -> None:
    reference = _ended(service)
    link = reply_link(service, "tm-n")
    form = iro.get(_at(reference, "reopen")).form(_at(reference, "reopen"))
    assert (form["name"], form["case_id"]) == (CHILD.name, CHILD.case_id)
    assert (form["date_of_birth-day"], form["date_of_birth-year"]) == ("5", "2013")
    page = form.fill({"stage": "2", "reason": "It came back.", "initials": "Q.P."}).press()
    new = reopened_as(service.challenge(reference))
    assert page.heading == "Stage 2: waiting for a reply"
    assert new in page.text
    assert "Success The challenge was reopened. It goes on here." in page.text
    assert "it first became formal on Monday 2 November 2026, 0 working days ago" in page.text
    assert page.soup.select_one(f'a[href="/challenges/{reference}"]')
    assert service.challenge(new).raised.child.initials == "Q.P."
    assert service.rung(new) == "Stage 2"
    old = iro.get(_at(reference))
    assert old.soup.select_one(f'a[href="/challenges/{new}"]')
    assert f"It was reopened, and goes on as {new}." in old.text
    assert iro.get(_at(reference, "reopen")).status in {403, 409}
    assert Visitor(service).get(link).heading == "The challenge has ended"


def test_the_page_asks_of_each_action_that_was_not_done_whether_it_goes_on(
    service: Service, iro: Visitor
) -> None:
    reference = _with_actions(service, 3)
    service.act(reference, "tm-n", ReportAction(1, "The family saw it."))
    service.act(reference, "iro-1", ConfirmAction(1, "I saw it too."))
    ends = {f"action-{n}": "dropped" for n in (2, 3)}
    ends |= {f"action-{n}-why": f"Not needed: {n}." for n in (2, 3)}
    _do(iro, reference, "close", {"outcome": "withdrawn", **ENDS, **ends})
    page = _do(iro, reference, "reopen", {"stage": "2", "reason": "It came back."})
    assert page.errors == {
        "#action-2": "Action 2: choose whether it goes on.",
        "#action-3": "Action 3: choose whether it goes on.",
    }, "action 1 was confirmed done"
    first = "First date: Thursday 12 November 2026. "
    hints = [hint.text for hint in page.soup.select(".govuk-hint") if first in hint.text]
    shown = ["".join(hint.split(first)[1]).strip() for hint in hints]
    assert shown == [
        isolated(f"Dropped when the challenge ended: Not needed: {n}.") for n in (2, 3)
    ]
    page.form().fill({"action-2": "yes", "action-3": "no"}).press()
    new = service.challenge(reopened_as(service.challenge(reference)))
    assert [action.agreed.what for action in new.actions] == ["Visit 2"]


def test_the_childs_details_are_checked_as_when_it_is_raised(
    service: Service, iro: Visitor
) -> None:
    reference = _ended(service)
    answers = {
        "stage": "2",
        "reason": "It came back.",
        "case_id": "7" * 51,
        "name": "N" * 201,
        "date_of_birth-year": "1990",
    }
    page = _do(iro, reference, "reopen", answers)
    assert page.errors == {
        "#case_id": "The Case ID must be 50 characters or fewer. You have 51.",
        "#name": "The child’s name must be 200 characters or fewer. You have 201.",
        "#date_of_birth-day": "Check the year of birth: the child would be older than 25.",
    }
    assert page.form()["case_id"] == "7" * 51
    right = {"case_id": "7\u200b7", "name": "New Sample", "date_of_birth-year": "2014"}
    page = page.form().fill(right).press()
    child = service.challenge(reopened_as(service.challenge(reference))).raised.child
    assert (child.case_id, child.name, child.date_of_birth.year) == ("77", "New Sample", 2014)


def test_the_same_form_sent_twice_reopens_it_once(service: Service, iro: Visitor) -> None:
    reference = _ended(service)
    form = iro.get(_at(reference, "reopen")).form(_at(reference, "reopen"))
    filled = form.fill({"stage": "2", "reason": "It came back."})
    first, second = filled.press(), filled.press()
    new = reopened_as(service.challenge(reference))
    assert first.heading == second.heading == "Stage 2: waiting for a reply"
    assert new in second.text
    assert service.kinds(reference).count("Reopened") == 1
