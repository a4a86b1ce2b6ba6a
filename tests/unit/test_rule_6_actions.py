"""Rule 6: accepting actions does not resolve a challenge."""

from __future__ import annotations

import pytest

from domain.challenge import ActionState
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ConfirmAction, GiveUpAction, ReportAction
from domain.rules.endings import ChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.missed_actions import ActionMissed
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.timescales import SetNewDate
from domain.vocabulary import Outcome, Standing
from tests.builders import IRA, SARA, TAM, WYN, Case, an_action, day, raised

CONFIRM = ConfirmAction(1, "Seen.")
RESOLVE = Resolve("The panel agreed.", ChildTold.YES, "By me.")

TODAY = day("2026-11-09")


def accepted(*days: str, stage: Stage = Stage.ONE) -> Case:
    """Return it after Tam agreed an action for each of ``days``, and Ira accepted them."""
    actions = tuple(an_action(f"Step {n}", by) for n, by in enumerate(days or ("2026-11-12",)))
    case = raised(stage).does(TAM, Reply(1, Answer.ACTIONS, "We will.", actions))
    return case.does(IRA, AcceptActions())


def states(case: Case) -> list[ActionState]:
    return [action.state for action in case.challenge.actions]


def test_accepting_stops_the_stages_clock_and_not_the_twenty_days() -> None:
    case = accepted("2026-11-27")
    before = case.challenge.period
    case.until("2026-11-20 12:00")
    assert case.standing is Standing.ACTIONS_UNDER_WAY
    assert case.challenge.stage is Stage.ONE
    assert case.challenge.period == before
    case.until("2026-12-01 12:00")
    assert case.challenge.beyond_period


def test_an_action_is_followed_until_reported_with_what_shows_it_and_confirmed() -> None:
    case = accepted()
    with pytest.raises(BadSubmissionError, match="what shows that it was done"):
        case.does(WYN, ReportAction(1, " "))
    case.does(WYN, ReportAction(1, "The panel's minutes."))
    assert states(case) == [ActionState.DONE]
    assert case.challenge.open, "reported is not confirmed"
    case.does(IRA, CONFIRM)
    assert case.challenge.open, "confirmed is not resolved"
    case.does(IRA, RESOLVE)
    assert case.challenge.outcome is Outcome.RESOLVED_BY_ACTIONS


def test_it_is_resolved_when_none_is_open_and_the_iro_says_so_and_not_before() -> None:
    case = accepted("2026-11-12", "2026-11-13")
    case.does(WYN, ReportAction(1, "Minutes.")).does(IRA, ConfirmAction(1))
    assert case.asks == ()
    with pytest.raises(BadSubmissionError, match="Action 2: choose what happens to it"):
        case.does(IRA, RESOLVE)
    case.does(WYN, ReportAction(2, "Minutes.")).does(IRA, ConfirmAction(2))
    assert case.challenge.open
    case.does(IRA, RESOLVE)
    assert case.challenge.outcome is Outcome.RESOLVED_BY_ACTIONS


def test_only_the_iro_confirms_and_only_what_was_reported() -> None:
    case = accepted("2026-11-12", "2026-11-13").does(WYN, ReportAction(1, "Minutes."))
    with pytest.raises(NotAllowedError):
        case.does(TAM, ConfirmAction(1))
    with pytest.raises(AlreadyAnsweredError, match="Action 2 is under way"):
        case.does(IRA, ConfirmAction(2))
    with pytest.raises(NotAllowedError, match="no action 7"):
        case.does(IRA, ConfirmAction(7))


def test_a_missed_action_gets_a_new_date_from_the_iro_alone() -> None:
    case = accepted("2026-11-06").until("2026-11-09 10:00")
    revise = ReviseDeadline(day("2026-11-13"), "So.", "do-action-1")
    for late in (revise, SetNewDate("action-1", TODAY, "So.")):
        with pytest.raises(NotAllowedError):
            case.does(SARA, late)
    case.does(IRA, SetNewDate("action-1", day("2026-11-13"), "Illness."))
    assert states(case) == [ActionState.OPEN]
    assert case.asks == ()
    case.until("2026-11-14 00:01")
    assert states(case) == [ActionState.MISSED]


def test_a_missed_action_can_still_be_reported_done() -> None:
    case = accepted("2026-11-06").until("2026-11-09 10:00").does(WYN, ReportAction(1, "Minutes."))
    assert case.asks == (("CONFIRM_ACTION", day("2026-11-11")),)


def test_escalating_drops_no_action_each_goes_on_being_followed_beside_the_ladder() -> None:
    case = accepted("2026-11-06").until("2026-11-09 10:00")
    case.does(IRA, Escalate(Stage.TWO, "The action was not done."))
    assert states(case) == [ActionState.MISSED]
    assert case.standing is Standing.STAGE_2
    assert case.asks == (("MISSED_ACTION", day("2026-11-16")),), "again when the reply is due"


def test_the_iro_drops_one_with_a_reason_and_the_last_asks_whether_it_is_resolved() -> None:
    case = accepted("2026-11-12", "2026-11-13")
    with pytest.raises(BadSubmissionError, match="why you are dropping it"):
        case.does(IRA, GiveUpAction(1, ""))
    case.does(IRA, GiveUpAction(1, "Not needed."))
    assert case.standing is Standing.ACTIONS_UNDER_WAY
    case.does(IRA, GiveUpAction(2, "Not needed."))
    assert [purpose for purpose, _ in case.asks] == ["RESOLVED_NOW"]
    assert case.challenge.open, "what was dropped is not resolved by itself"


def test_the_iro_who_does_not_believe_that_it_was_done_may_drop_it_and_decides() -> None:
    case = accepted().does(WYN, ReportAction(1, "I was told so."))
    case.does(IRA, GiveUpAction(1, "The panel knows of no application."))
    assert [purpose for purpose, _ in case.asks] == ["RESOLVED_NOW"]
    assert case.challenge.open


def test_a_date_beyond_the_resolution_period_needs_the_srsm() -> None:
    actions = (an_action(by="2026-12-01"),)
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", actions))
    with pytest.raises(BadSubmissionError, match="after the 20-working-day limit"):
        case.does(IRA, AcceptActions())
    case.does(SARA, AcceptActions())
    assert case.standing is Standing.ACTIONS_UNDER_WAY


def test_actions_that_nobody_agreed_cannot_be_accepted() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    with pytest.raises(NotAllowedError):
        case.does(IRA, AcceptActions())


def test_informal_actions_are_followed_in_the_same_way() -> None:
    case = accepted("2026-12-24", stage=Stage.QAP)
    assert case.challenge.period is None
    case.until("2026-12-25 00:01")
    assert case.asks[-1] == ("MISSED_ACTION", day("2026-12-30"))


def test_a_date_that_was_past_when_it_was_accepted_is_asked_about_from_then_on() -> None:
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-04"),))
    case = raised().does(TAM, reply, "2026-11-03 10:00")
    case.does(IRA, AcceptActions(), "2026-11-09 10:00")
    assert states(case) == [ActionState.MISSED]
    (missed,) = case.events(ActionMissed)
    assert missed.effective == case.now
    assert case.asks == (("MISSED_ACTION", day("2026-11-11")),), "two working days, as ever"
