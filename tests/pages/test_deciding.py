"""The challenge's page and every act on it, as people of the sample council use them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from adapters import wiring
from domain.challenge import ActionState, AgreedAction, Owner
from domain.form import Urgency
from domain.ladder import Stage
from domain.rulebook import COMMANDS
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Outcome, Standing
from handlers.pages.acts import ACT_PAGES
from tests.pages.attacks import load_without
from tests.pages.visitor import Page, Visitor
from tests.workflow.service import CHILD, CONCERN, Service

TOLD = {"child_told": "no", "how_told": "They never knew."}


def _at(reference: str, slug: str = "") -> str:
    return f"/challenges/{reference}/{slug}".rstrip("/")


def _do(who: Visitor, reference: str, slug: str, answers: dict[str, str]) -> Page:
    """Open the page of an act, fill it in, and press its button."""
    return who.get(_at(reference, slug)).form(_at(reference, slug)).fill(answers).press()


def _promised(service: Service, *days: str) -> str:
    """Return a challenge at stage 1, where the reply agreed actions due on ``days``."""
    reference = service.raise_at(Stage.ONE)
    actions = tuple(
        AgreedAction(f"Visit {n}", "Tessa", date.fromisoformat(day), Owner("tm-n"))
        for n, day in enumerate(days)
    )
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will visit.", actions))
    return reference


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


@pytest.fixture
def srsm(service: Service) -> Visitor:
    return Visitor(service, "srsm")


# Looking -----------------------------------------------------------------------------------------


def test_what_is_due_first_is_shown_and_offered_first(service: Service) -> None:
    reference = service.raise_at(Stage.ONE, urgency=Urgency(at_risk=True))
    service.reply(reference, "tm-n")
    page = Visitor(service, "iro-1").get(f"/challenges/{reference}")
    contact, refer = "record who was contacted about the risk", "decide whether to refer to Cafcass"
    decide = "You need to decide on the reply"
    titles = [title.text.strip() for title in page.soup.select(".pc-deadline h3")]
    assert titles[:3] == [f"You need to {contact}", f"You need to {refer}", decide]
    offered = [link.text for link in page.soup.select(".govuk-list--spaced:first-of-type a")]
    assert offered[:2] == ["Record who you contacted about the risk", "Refer to Cafcass"]


def test_the_page_shows_where_it_stands_both_clocks_and_the_whole_record(
    service: Service, iro: Visitor
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = iro.get(_at(reference))
    assert page.status == 200
    assert page.heading == "Stage 1: waiting for a reply"
    assert "Reply at Stage 1 due Monday 9 November 2026: 5 working days left" in page.text
    assert "5 working days from Monday 2 November 2026 is Monday 9 November 2026." in page.text
    assert "The 20-working-day limit ends Monday 30 November 2026" in page.text
    assert "Stage 1: current stage" in page.text
    assert "Ira Sample-One raised the challenge at Stage 1" in page.text
    for typed in (CHILD.name, CONCERN.what, CONCERN.outcome_wanted, "Marigoldviewstext"):
        assert typed in page.text
    assert "This record is kept until Monday 5 April 2088" in page.text


def test_the_reply_to_decide_on_is_shown_before_the_record(service: Service, iro: Visitor) -> None:
    reference = _promised(service, "2026-11-12")
    (shown,) = iro.get(_at(reference)).soup.select("#reply")
    words = " ".join(shown.get_text().split())
    for part in ("Tessa Sample-North replied", "We will visit.", "Visit 0"):
        assert part in words
    assert shown.find_next(id="event-1")
    _do(iro, reference, "accept-actions", {})
    assert not iro.get(_at(reference)).soup.select("#reply"), "it is decided"


def test_every_event_has_its_line_newest_first(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    page = iro.get(_at(reference))
    ids = [tag["id"] for tag in page.soup.select(".pc-timeline__event")]
    count = service.challenge(reference).version
    assert ids == [f"event-{number}" for number in range(count, 0, -1)]


def test_a_look_is_recorded_and_moves_nothing(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    version = service.challenge(reference).version
    iro.get(_at(reference))
    looks = wiring.casebook().record.beside.looks(reference)
    assert [(look["officer"], look["via"]) for look in looks] == [("iro-1", "page")]
    assert service.challenge(reference).version == version


@pytest.mark.parametrize("officer", ["iro-1", "srsm", "senior", "tm-n", "csm", "sw-n1"])
def test_who_has_a_part_in_it_sees_it(service: Service, officer: str) -> None:
    reference = service.raise_at(Stage.ONE)
    assert Visitor(service, officer).get(_at(reference)).status == 200


@pytest.mark.parametrize("officer", ["iro-2", "tm-s", "sw-n2", "analyst", "ad"])
def test_who_has_no_part_in_it_is_not_told_that_it_is_there(service: Service, officer: str) -> None:
    reference = service.raise_at(Stage.ONE)
    stranger = Visitor(service, officer)
    page = stranger.get(_at(reference))
    none = stranger.get(_at("PCE-2222-2222"))
    assert page.status == none.status == 404
    assert page.text.replace(reference, "") == none.text.replace("PCE-2222-2222", "")


def test_signed_out_one_is_sent_to_sign_in_and_comes_back(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service).get(_at(reference), follow=False)
    assert page.status == 303
    assert page.headers["location"] == f"/sign-in?return_to={_at(reference)}"


def test_a_responder_no_longer_sees_it_after_closure(service: Service) -> None:
    reference = service.raise_at(Stage.TWO)
    asked, informed = Visitor(service, "csm"), Visitor(service, "hos")
    assert asked.get(_at(reference)).status == 200
    service.withdraw(reference)
    assert asked.get(_at(reference)).status == 404
    assert informed.get(_at(reference)).status == 200


def test_an_unknown_act_is_a_page_not_found(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    assert iro.get(_at(reference, "abolish")).status == 404


# Every act ---------------------------------------------------------------------------------------


def test_every_act_but_looking_and_replying_has_its_page() -> None:
    without = set(COMMANDS) - {page.act for page in ACT_PAGES} - {Reply, SayNotMine}
    assert without == set(), "add its page to functions/handlers/pages/acts, and to ACT_PAGES there"
    assert len(ACT_PAGES) == len(COMMANDS) - 2


def test_the_iro_records_it_as_resolved(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    page = _do(iro, reference, "resolve", {"reason": "The visit took place.", **TOLD})
    assert service.challenge(reference).outcome is Outcome.RESOLVED_AT_STAGE
    assert "Success Challenge recorded as resolved." in page.text
    assert page.heading == "Ended: resolved at a formal stage"
    assert "Reopen the challenge" in page.text


def test_the_iro_moves_it_up_after_a_reply_without_further_reason(
    service: Service, iro: Visitor
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    _do(iro, reference, "escalate", {"to": "2"})
    assert service.challenge(reference).stage is Stage.TWO
    assert service.rung(reference) == "Stage 2"


def test_moving_it_up_early_needs_its_reason_and_keeps_what_was_chosen(
    service: Service, iro: Visitor
) -> None:
    """Rule 8."""
    reference = service.raise_at(Stage.ONE)
    page = _do(iro, reference, "escalate", {"to": "3"})
    assert page.status == 200
    assert page.errors == {"#reason": "Enter why you are moving it to this stage now."}
    assert page.form()["to"] == "3"
    page.form().fill({"reason": "The placement ends on Friday."}).press()
    assert service.challenge(reference).stage is Stage.THREE
    assert "Stage 2: skipped" in iro.get(_at(reference)).text


def test_actions_are_accepted_reported_confirmed_and_then_it_is_resolved(
    service: Service, iro: Visitor
) -> None:
    """Rule 6."""
    reference = _promised(service, "2026-11-06")
    page = _do(iro, reference, "accept-actions", {})
    assert page.heading == "Stage 1: actions under way"
    assert service.rung(reference) == "Actions under way"
    tessa = Visitor(service, "tm-n")
    _do(tessa, reference, "report-action", {"shown_by": "The visit is on the file."})
    assert service.challenge(reference).actions[0].state is ActionState.DONE
    _do(iro, reference, "confirm-action", {})
    assert service.challenge(reference).open
    _do(iro, reference, "resolve", {"reason": "The visit took place.", **TOLD})
    assert service.challenge(reference).outcome is Outcome.RESOLVED_BY_ACTIONS


def test_a_missed_action_gets_a_new_date_from_the_iro_or_is_dropped(
    service: Service, iro: Visitor
) -> None:
    """Rule 6."""
    reference = _promised(service, "2026-11-04")
    _do(iro, reference, "accept-actions", {})
    service.jump_past(service.challenge(reference).actions[0].deadline.at)
    assert service.rung(reference) == "IRO to decide"
    new = {"by-day": "12", "by-month": "November", "by-year": "2026", "reason": "Illness."}
    _do(iro, reference, "set-new-date", new)
    assert service.challenge(reference).actions[0].deadline.day == date(2026, 11, 12)
    _do(iro, reference, "give-up-action", {"reason": "It is not needed any more."})
    assert service.challenge(reference).standing is Standing.IRO_TO_DECIDE


def test_the_iro_asks_again(service: Service, iro: Visitor) -> None:
    """Rule 4."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    page = _do(iro, reference, "ask-again", {"words": "Which visit?", "days": "9"})
    assert page.errors["#days"].startswith("Enter at most 5 working days.")
    page.form().fill({"days": "3"}).press()
    assert service.challenge(reference).request.again
    assert "Which visit?" in iro.get(_at(reference)).text


def test_the_srsm_gives_their_view(service: Service, srsm: Visitor) -> None:
    """Rule 4."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    _do(srsm, reference, "view", {"view": "not resolved", "words": "No date is given."})
    view = service.challenge(reference).request.manager_view
    assert view is False


def test_not_mine_is_put_to_somebody_else(service: Service, iro: Visitor) -> None:
    """Rule 15."""
    reference = service.raise_at(Stage.ONE)
    service.not_mine(reference, "tm-n")
    assert service.rung(reference) == "To be reassigned"
    _do(iro, reference, "reassign", {"post": "tm-south", "reason": "The child moved team."})
    assert service.challenge(reference).request.posts == ("tm-south",)
    assert service.rung(reference) == "Stage 1"


def test_the_srsm_revises_the_deadline_and_the_iro_objects(
    service: Service, iro: Visitor, srsm: Visitor
) -> None:
    """Rule 7."""
    reference = service.raise_at(Stage.ONE)
    day = {"day-day": "12", "day-month": "11", "day-year": "2026", "reason": "Leave."}
    day["what"] = "request"
    _do(srsm, reference, "revise-deadline", day)
    page = iro.get(_at(reference))
    assert "Reply at Stage 1 due Thursday 12 November 2026" in page.text
    assert "The first deadline was Monday 9 November 2026." in page.text
    page = iro.get(_at(reference, "object"))
    assert "Until the Senior IRO Manager has decided, the earlier of the two dates" in page.text
    assert "The end of Monday 9 November 2026 would hold." in page.text
    _do(iro, reference, "object", {"what": "request", "words": "The child cannot wait."})
    assert service.challenge(reference).request.objections == ("The child cannot wait.",)
    assert service.challenge(reference).request.deadline.day == date(2026, 11, 9)
    senior = Visitor(service, "senior")
    page = senior.get(_at(reference, "decide-objection"))
    assert "and was revised to the end of Thursday 12 November 2026" in page.text
    page = _do(senior, reference, "decide-objection", {"reason": "The panel is ill."})
    assert page.errors == {"#decision": "Choose whether the objection is upheld."}
    decided = {"what": "request", "decision": "stands", "reason": "The panel is ill."}
    _do(senior, reference, "decide-objection", decided)
    assert service.challenge(reference).request.deadline.day == date(2026, 11, 12)
    # Only the Senior IRO Manager can revise it a second time.
    options = srsm.get(_at(reference, "revise-deadline")).text
    assert "The deadline to reply" not in options
    _do(senior, reference, "revise-deadline", {**day, "day-day": "13"})
    assert service.challenge(reference).request.deadline.day == date(2026, 11, 13)


def test_the_iro_and_the_srsm_hold_it_together(
    service: Service, iro: Visitor, srsm: Visitor
) -> None:
    """Rule 7."""
    reference = service.raise_at(Stage.ONE)
    asked = {"days": "3", "reason": "The panel meets on Thursday."}
    page = _do(iro, reference, "propose-hold", {**asked, "days": "6"})
    assert page.errors == {"#days": "Enter a number from 1 to 5."}
    _do(iro, reference, "propose-hold", asked)
    assert iro.get(_at(reference, "agree-hold")).status == 403
    assert "The panel meets on Thursday." in srsm.get(_at(reference)).text
    assert "Agree to the hold" in srsm.get("/").text + srsm.get(_at(reference)).text
    assert "for 3 working days from today" in srsm.get(_at(reference, "agree-hold")).text
    _do(srsm, reference, "agree-hold", {})
    page = iro.get(_at(reference))
    assert "Stage 1: on hold" in page.text
    assert "Moved by the days on hold: Thursday 12 November 2026." in page.text
    _do(iro, reference, "end-hold", {})
    assert service.challenge(reference).request.deadline.day == date(2026, 11, 9)


def test_the_srsm_appoints_another_iro_once_the_iro_agrees(
    service: Service, iro: Visitor, srsm: Visitor
) -> None:
    """Rule 4."""
    reference = service.raise_at(Stage.ONE)
    named = {"iro": "iro-2", "reason": "Ira is away."}
    page = _do(srsm, reference, "appoint-iro", named)
    assert page.errors["#iro"].startswith("The IRO is not away and has not agreed.")
    assert "You cannot do this now: Ira Sample-One is not away and has not agreed." in page.text
    _do(iro, reference, "agree-to-another-iro", {"words": "I am on leave."})
    assert "because Ira Sample-One has agreed" in srsm.get(_at(reference, "appoint-iro")).text
    _do(srsm, reference, "appoint-iro", named)
    assert service.challenge(reference).iro == "iro-2"
    assert Visitor(service, "iro-2").get(_at(reference)).status == 200
    assert iro.get(_at(reference)).status == 200, "and reads on"
    _do(iro, reference, "object-to-iro", {"words": "I know this child."})
    assert "I know this child." in srsm.get(_at(reference)).text


def test_an_iro_who_has_left_is_called_by_the_name_on_the_record(
    service: Service, srsm: Visitor
) -> None:
    """Not by an id that nobody knows; and nothing is promised to somebody who cannot sign in."""
    reference = service.raise_at(Stage.ONE)
    load_without("iro-1")
    assert "An IRO who has left" in srsm.get("/").text
    assert "Ira Sample-One, who has left" in srsm.get(_at(reference)).text
    page = srsm.get(_at(reference, "appoint-iro"))
    assert "because Ira Sample-One has left the post of IRO" in page.text
    assert "can still read it" not in page.text
    assert "iro-1" not in srsm.get("/").text + srsm.get(_at(reference)).text + page.text


def test_the_senior_iro_manager_appoints_another_iro(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    senior = Visitor(service, "senior")
    assert "as the Senior IRO Manager" in senior.get(_at(reference, "appoint-iro")).text
    _do(senior, reference, "appoint-iro", {"iro": "iro-2", "reason": "Too many are late."})
    assert service.challenge(reference).iro == "iro-2"


def test_in_the_iro_s_place_the_page_offers_the_next_stage_and_no_other(
    service: Service, iro: Visitor, srsm: Visitor
) -> None:
    """Rule 4."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    service.jump(datetime(2026, 11, 12, 9, 5, tzinfo=UTC))
    assert "may decide in your place" in iro.get(_at(reference)).text
    form = srsm.get(_at(reference, "escalate")).form()
    assert form.choices["to"] == ("2",)
    assert iro.get(_at(reference, "escalate")).form().choices["to"] == ("2", "3", "4")
    form.press()
    assert service.challenge(reference).stage is Stage.TWO
    assert "decided in the place of Ira Sample-One" in iro.get(_at(reference)).text


@pytest.mark.parametrize("outcome", [Outcome.WITHDRAWN, Outcome.RAISED_IN_ERROR])
def test_the_iro_ends_it_without_resolution(
    service: Service, iro: Visitor, outcome: Outcome
) -> None:
    """Rule 16: each with a reason."""
    reference = service.raise_at(Stage.ONE)
    page = _do(iro, reference, "close", {"outcome": outcome, **TOLD})
    assert page.errors == {"#reason": "Enter why you are ending it."}
    page.form().fill({"reason": "It was put right."}).press()
    assert service.challenge(reference).outcome is outcome


# What can go wrong -------------------------------------------------------------------------------


def test_everything_missing_is_said_at_once_and_each_line_leads_to_its_field(
    service: Service, iro: Visitor
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = _do(iro, reference, "resolve", {})
    assert page.errors == {
        "#reason": "Enter how it was resolved, and what shows it.",
        "#child_told": "Choose whether the child was told.",
    }
    assert page.soup.title is not None
    assert page.soup.title.get_text().startswith("Error: ")


@pytest.mark.parametrize(
    ("boxes", "problem"),
    [
        (("", "", ""), "Enter a date."),
        (("31", "11", "2026"), "Enter a real date, like 27 3 2027."),
        (("1", "", "2026"), "Enter a date that includes a month."),
        (("1", "10", "2026"), "Enter a date that is today or in the future."),
        (("9", "11", "2026"), "This is the deadline already. Enter another date."),
        (
            ("14", "11", "2026"),
            (
                "Enter a working day: Saturday 14 November 2026 is not one. The nearest are Friday "
                "13 November 2026 and Monday 16 November 2026."
            ),
        ),
    ],
)
def test_a_wrong_date_says_what_to_enter(
    service: Service, srsm: Visitor, boxes: tuple[str, str, str], problem: str
) -> None:
    reference = service.raise_at(Stage.ONE)
    typed = dict(zip(("day-day", "day-month", "day-year"), boxes, strict=True))
    page = _do(srsm, reference, "revise-deadline", {**typed, "reason": "Leave."})
    assert page.errors == {"#day-day": problem}
    assert {name: page.form()[name] for name in typed} == typed
    assert page.form()["reason"] == "Leave."


def test_the_same_form_sent_twice_acts_once(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    form = iro.get(_at(reference, "ask-again")).form().fill({"words": "Which?", "days": "2"})
    first = form.press()
    again = form.press()
    assert first.address == again.address
    assert service.kinds(reference).count("AskedAgain") == 1


def test_a_form_that_was_changed_after_going_back_is_another_form(
    service: Service, iro: Visitor
) -> None:
    reference = service.raise_at(Stage.ONE)
    form = iro.get(_at(reference, "note")).form().fill({"words": "Marigoldfirsttext"})
    form.press()
    page = form.fill({"words": "Marigoldchangedtext"}).press()
    assert page.status == 200, "it is not taken for the one that was sent before"
    assert "Something has happened since you opened this page." in page.text
    assert page.form()["words"] == "Marigoldchangedtext"
    assert service.kinds(reference).count("Noted") == 1


def test_a_decision_on_an_old_page_is_shown_what_has_happened_since(
    service: Service, iro: Visitor
) -> None:
    """Nothing drifts unseen: a reply that came meanwhile may change the IRO's mind."""
    reference = service.raise_at(Stage.ONE)
    answers = {"to": "2", "reason": "Silence so far."}
    form = iro.get(_at(reference, "escalate")).form().fill(answers)
    service.reply(reference, "tm-n")
    page = form.press()
    assert page.status == 200
    assert "Something has happened since you opened this page." in page.text
    assert "Tessa Sample-North replied : resolved".replace(" :", ":") in page.text
    assert page.form()["reason"] == "Silence so far."
    assert service.challenge(reference).stage is Stage.ONE
    page.form().press()
    assert service.challenge(reference).stage is Stage.TWO


def test_of_two_who_decide_at_once_the_second_is_told(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    answers = {"reason": "The visit took place.", **TOLD}
    form = iro.get(_at(reference, "resolve")).form().fill(answers)
    other = iro.get(_at(reference, "close")).form()
    form.press()
    late = other.fill({"outcome": "withdrawn", "reason": "Not needed now.", **TOLD}).press()
    assert late.status == 409
    assert "has ended: resolved at a formal stage" in late.text
    assert "Not needed now." in late.text
    assert service.kinds(reference).count("Closed") == 1


@pytest.mark.parametrize(
    ("officer", "slug"), [("tm-n", "resolve"), ("srsm", "close"), ("csm", "view")]
)
def test_an_act_that_is_not_theirs_is_refused(service: Service, officer: str, slug: str) -> None:
    reference = service.raise_at(Stage.ONE)
    version = service.challenge(reference).version
    who = Visitor(service, officer)
    assert who.get(_at(reference, slug)).status == 403
    assert who.post(_at(reference, slug), {"reason": "Because.", **TOLD}).status == 403
    assert service.challenge(reference).version == version


def test_a_form_of_another_site_changes_nothing(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    form = iro.get(_at(reference, "close")).form()
    form = form.fill({"outcome": "withdrawn", "reason": "Ha.", **TOLD})
    page = form.press(headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"})
    assert page.status == 403
    assert service.challenge(reference).outcome is None


def test_what_was_typed_outlives_the_session(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    answers = {"outcome": "withdrawn", "reason": "A long, careful reason.", **TOLD}
    form = iro.get(_at(reference, "close")).form().fill(answers)
    iro.sign_in("iro-1", seconds=-60)
    ended = form.press()
    assert ended.status == 401
    assert service.challenge(reference).outcome is None
    iro.sign_in("iro-1")
    back = ended.soup.select_one("main a[href*='return_to']")
    assert back is not None
    address = str(back["href"]).partition("return_to=")[2]
    page = iro.get(address.replace("%3F", "?").replace("%3D", "="))
    assert page.form()["reason"] == "A long, careful reason."
    page.form().press()
    assert service.challenge(reference).outcome is Outcome.WITHDRAWN


def test_markup_that_somebody_typed_is_shown_as_text(service: Service, iro: Visitor) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    _do(iro, reference, "ask-again", {"words": "<b>Which</b> & when?", "days": "2"})
    page = iro.get(_at(reference))
    assert "<b>Which</b> & when?" in page.text
    assert page.soup.find("b") is None


def test_a_challenge_beyond_its_resolution_period_says_so(service: Service, iro: Visitor) -> None:
    """Rule 7: marked, never hidden. Rule 9: the page says so as soon as too few days are left."""
    reference = service.raise_at(Stage.TWO)
    assert "not enough working days" not in iro.get(_at(reference)).text
    service.reply(reference, "csm", Answer.CHALLENGED)
    service.jump(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    too_few = "There are not enough working days left to use every remaining stage"
    assert too_few in iro.get(_at(reference)).text
    service.jump(datetime(2026, 12, 1, 12, 0, tzinfo=UTC))
    page = iro.get(_at(reference))
    assert "The 20-working-day limit has passed, and the challenge is still open" in page.text
