"""Rule 6, new dates: at the missed date of an action the IRO sets another, or escalates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acting import carry_out
from domain.challenge import ActionState, Owner
from domain.errors import BadSubmissionError, NotAllowedError
from domain.events import Actor
from domain.ladder import Stage
from domain.moments import local_day
from domain.part import Hand
from domain.people import capacities, outside_id
from domain.rules.accepting import AcceptActions
from domain.rules.missed_actions import ActionMissed
from domain.rules.replies import Answer, Reply
from domain.rules.revising import DeadlineRevised, ReviseDeadline
from domain.rules.timescales import (
    ConfirmDate,
    DateProposed,
    NewDateConfirmed,
    NewDateSet,
    ProposeDate,
    SetNewDate,
    proposed,
)
from domain.timeline import headline
from domain.vocabulary import Letter, Standing
from tests.builders import (
    DAILY,
    IRA,
    SARA,
    SENNA,
    TAM,
    WYN,
    Case,
    an_action,
    asks_about_dates,
    day,
    raised,
)


def missed(by: str = "2026-11-06", at: str = "2026-11-09 10:00") -> Case:
    """Return a challenge at stage 1 with an accepted action whose date was missed."""
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by=by),))
    return raised().does(TAM, reply).does(IRA, AcceptActions()).until(at)


def again(case: Case, by: str) -> Case:
    """Let the IRO set the action's next date, and let that pass too."""
    case.does(IRA, SetNewDate("action-1", day(by), "The panel was moved."))
    return case.until(f"{day(by).isoformat()} 23:59").until(f"2026-11-{day(by).day + 1} 10:00")


def test_the_iro_sets_the_new_date_of_an_action() -> None:
    case = missed().does(IRA, SetNewDate("action-1", day("2026-11-13"), "Illness."))
    (action,) = case.challenge.actions
    assert (action.state, action.deadline.day) == (ActionState.OPEN, day("2026-11-13"))
    assert action.deadline.why == "Set to Friday 13 November 2026 by Ira Sample-One."
    assert asks_about_dates(case) == ()
    assert case.standing is Standing.ACTIONS_UNDER_WAY
    assert case.hears(NewDateSet) == {SARA: DAILY, TAM: DAILY, WYN: Letter.YOUR_ACTION}
    case.until("2026-11-14 00:01")
    assert [purpose for purpose, _ in asks_about_dates(case)] == ["MISSED_ACTION"]


def test_the_owner_may_propose_it_by_their_own_link_as_well() -> None:
    jo = Owner("", "Jo Sample", "Sample School", "jo@school.example")
    reply = Reply(1, Answer.ACTIONS, "We will.", (replace(an_action(), who=jo),))
    case = raised().does(TAM, reply).does(IRA, AcceptActions())
    id_ = outside_id(case.challenge.actions[0])
    who = capacities(case.challenge, id_, case.council, local_day(case.now))
    hand = Hand(Actor(id_, "Jo Sample", "an owner", "link"), who, case.now, case.council)
    command = ProposeDate(1, day("2026-11-13"), "The panel is ill.")
    for _ in range(5):
        for fact in carry_out(command, case.challenge, hand):
            case._record(fact, hand.actor, case.now, "by link")
    (event, *_) = case.events(DateProposed)
    line = headline(event, case.challenge, case.council)
    assert line == "The owner of action 1 proposed Friday 13 November 2026 for it", "emails have it"
    with pytest.raises(BadSubmissionError, match="often enough today"):
        carry_out(command, case.challenge, hand)
    later = replace(hand, now=hand.now + timedelta(days=1))
    assert carry_out(command, case.challenge, later)


def test_the_owner_may_propose_the_new_date() -> None:
    case = missed("2026-11-12", "2026-11-10 10:00")
    case.does(WYN, ProposeDate(1, day("2026-11-19"), "The panel sits then."))
    (action,) = case.challenge.actions
    assert action.deadline.day == day("2026-11-12"), "the IRO sets dates"
    assert case.hears(DateProposed) == {IRA: DAILY}
    case.until("2026-11-13 10:00")
    assert asks_about_dates(case)[0][0] == "MISSED_ACTION"
    one = proposed(case.challenge, "action-1")
    assert one is not None
    assert (one.by, one.who) == (day("2026-11-19"), "Wyn Sample-Five")
    case.does(IRA, SetNewDate("action-1", one.by, one.reason))
    assert proposed(case.challenge, "action-1") is None


def test_a_proposal_after_the_missed_date_reaches_the_iro_who_has_to_decide() -> None:
    case = missed().does(WYN, ProposeDate(1, day("2026-11-13"), "The panel sits then."))
    assert case.letters(DateProposed) == {IRA: Letter.DECIDE}
    assert headline(case.events(DateProposed)[0], case.challenge, case.council) == (
        "Wyn Sample-Five proposed Friday 13 November 2026 for action 1"
    )


def test_a_proposal_is_a_working_day_and_another_one_with_a_reason() -> None:
    case = missed("2026-11-12", "2026-11-10 10:00")
    with pytest.raises(BadSubmissionError) as refused:
        case.does(WYN, ProposeDate(1, day("2026-11-14"), ""))
    assert set(refused.value.fields) == {"by", "reason"}
    with pytest.raises(BadSubmissionError, match="its date already"):
        case.does(WYN, ProposeDate(1, day("2026-11-12"), "So."))
    with pytest.raises(NotAllowedError):
        case.does(SARA, ProposeDate(1, day("2026-11-13"), "So."))
    with pytest.raises(NotAllowedError, match="Action 2 is not under way"):
        case.does(WYN, ProposeDate(2, day("2026-11-13"), "So."))


def test_at_qap_the_srsm_confirms_the_new_date() -> None:
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-06"),))
    case = raised(Stage.QAP).does(TAM, reply).does(IRA, AcceptActions()).until("2026-11-09 10:00")
    case.does(IRA, SetNewDate("action-1", day("2026-11-13"), "Illness.", "On the phone."))
    assert asks_about_dates(case) == (("CONFIRM_DATE", day("2026-11-11")),)
    assert case.challenge.actions[0].deadline.day == day("2026-11-06")
    case.does(SARA, ConfirmDate("action-1"))
    assert case.challenge.actions[0].deadline.day == day("2026-11-13")


def test_beyond_the_20_working_day_limit_the_srsm_confirms_the_new_date() -> None:
    case = missed().does(IRA, SetNewDate("action-1", day("2026-12-01"), "The panel sits then."))
    assert asks_about_dates(case) == (("CONFIRM_DATE", day("2026-11-11")),)
    assert case.letters(NewDateSet) == {SARA: Letter.DECIDE}
    case.does(SARA, ConfirmDate("action-1"))
    assert case.challenge.actions[0].deadline.day == day("2026-12-01")
    heard = case.hears(NewDateConfirmed)
    assert heard[WYN] is Letter.YOUR_ACTION
    assert heard[IRA] == DAILY


def test_on_the_last_day_of_the_resolution_period_no_one_has_to_confirm_it() -> None:
    case = missed()
    assert case.challenge.period is not None
    case.does(IRA, SetNewDate("action-1", case.challenge.period.day, "The panel sits then."))
    assert asks_about_dates(case) == ()


def test_from_the_second_missed_date_on_the_senior_iro_manager_is_told() -> None:
    case = missed()
    assert SENNA not in case.hears(ActionMissed)
    case = again(case, "2026-11-12")
    assert SENNA not in case.hears(NewDateSet), "the first new date"
    assert case.hears(ActionMissed)[SENNA] == DAILY
    case.does(IRA, SetNewDate("action-1", day("2026-11-19"), "The panel was moved again."))
    assert case.hears(NewDateSet)[SENNA] == DAILY


def test_every_date_of_an_action_stays_visible() -> None:
    case = again(again(missed(), "2026-11-12"), "2026-11-17")
    ledger = case.challenge.actions[0].ledger
    days = [entry.deadline.day for entry in ledger.entries]
    assert days == [day("2026-11-06"), day("2026-11-12"), day("2026-11-17")]
    assert "First set: Friday 6 November 2026." in ledger.why
    assert "New date: Thursday 12 November 2026." in ledger.why


def test_the_srsm_moves_the_date_of_an_action_that_is_not_missed() -> None:
    """Rule 7: she revises any deadline, with a reason. At a missed date the IRO decides."""
    case = missed("2026-11-12", "2026-11-10 10:00")
    case.does(SARA, ReviseDeadline(day("2026-11-19"), "The panel was moved.", "do-action-1"))
    assert case.the(DeadlineRevised).deadline.day == day("2026-11-19")
    case.until("2026-11-20 10:00")
    with pytest.raises(NotAllowedError, match="no longer runs"):
        case.does(SARA, ReviseDeadline(day("2026-11-24"), "So.", "do-action-1"))


def test_a_date_that_the_owner_proposed_before_the_srsm_set_another_is_shown_no_more() -> None:
    case = missed(by="2026-11-12", at="2026-11-09 10:00")
    case.does(WYN, ProposeDate(1, day("2026-11-13"), "Illness."))
    case.does(SARA, ReviseDeadline(day("2026-11-16"), "The panel.", "do-action-1"))
    assert proposed(case.challenge, "action-1") is None
