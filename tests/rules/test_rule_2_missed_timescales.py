"""Rule 2: a missed timescale at QAP is discussed, and gets a new date or goes formal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.challenge import OWN, ActionState
from domain.deadlines import How
from domain.directory import Cover
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.part import READS_ALL
from domain.procedure import OnNoReply, Procedure
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ReportAction
from domain.rules.deciding import AskAgain
from domain.rules.escalating import Escalate
from domain.rules.holidays import DeadlineMoved
from domain.rules.missed_actions import ActionMissed
from domain.rules.replies import Answer, Reply
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Cause, StageBegan
from domain.rules.timescales import (
    ConfirmDate,
    DeclineDate,
    Discussed,
    NewDateConfirmed,
    NewDateDeclined,
    NewDateSet,
    OutcomeMissed,
    RecordDiscussion,
    SetNewDate,
    outcomes,
)
from domain.timeline import details, headline
from domain.vocabulary import Capacity, Letter, Standing
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
    council,
    day,
    directory,
    raised,
)

DISCUSSED = "On the phone with Sara on 4 November: the team was short of staff."
STILL = "The panel has promised a place."


def silent() -> Case:
    """Return a challenge at QAP to which nobody replied, the morning after."""
    return raised(Stage.QAP).until("2026-11-04 10:00")


def new_date(what: str = OWN, by: str = "2026-11-06") -> SetNewDate:
    return SetNewDate(what, day(by), "The team was short of staff.", DISCUSSED, STILL)


def with_action(by: str = "2026-11-06") -> Case:
    """Return a challenge at QAP with an accepted action."""
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by=by),))
    return raised(Stage.QAP).does(TAM, reply).does(IRA, AcceptActions())


def wanted(by: str = "2026-11-20") -> Case:
    """Return a challenge at QAP whose only outcome is wanted by this date, with an action."""
    case = with_action("2026-12-18")
    concern = replace(case.challenge.raised.concerns[0], by=day(by))
    form = replace(case.challenge.raised, concerns=(concern,))
    case.challenge = replace(case.challenge, raised=form)
    return case


# A concern that is not resolved ------------------------------------------------------------------


# What is missed ----------------------------------------------------------------------------------


def test_a_reply_at_qap_that_is_late_is_a_missed_timescale() -> None:
    case = silent()
    assert asks_about_dates(case) == (("DECIDE_SILENCE", day("2026-11-05")),)
    assert SetNewDate in case.acts(IRA)


def test_an_action_at_qap_that_is_late_is_a_missed_timescale() -> None:
    case = with_action().until("2026-11-07 10:00")
    assert asks_about_dates(case) == (("MISSED_ACTION", day("2026-11-10")),)
    assert SetNewDate in case.acts(IRA)


def test_an_outcome_at_qap_that_was_wanted_by_now_is_a_missed_timescale() -> None:
    case = wanted().until("2026-11-20 23:59:59")
    assert case.events(OutcomeMissed) == []
    case.until("2026-11-21 00:01")
    assert case.events(OutcomeMissed)[0].effective == case.challenge.events[-1].effective
    assert asks_about_dates(case) == (("OUTCOME_MISSED", day("2026-11-24")),)
    assert SetNewDate in case.acts(IRA)


def test_wanted_outcomes_are_read_at_qap_only() -> None:
    formal = raised(Stage.ONE).until("2027-01-20 10:00")
    assert formal.events(OutcomeMissed) == []
    case = wanted().until("2026-11-23 10:00").does(IRA, Escalate(Stage.TWO, "It is not done."))
    assert [purpose for purpose, _ in asks_about_dates(case)] == []
    assert case.until("2026-11-27 10:00").the(OutcomeMissed).concern == 1, "not a second time"


def test_a_missed_outcome_stops_neither_the_ladder_nor_the_actions() -> None:
    case = wanted("2026-11-03").until("2026-11-04 10:00")
    waiting = raised(Stage.QAP)
    form = replace(waiting.challenge.raised.concerns[0], by=day("2026-11-02"))
    waiting.challenge = replace(
        waiting.challenge, raised=replace(waiting.challenge.raised, concerns=(form,))
    )
    waiting.until("2026-11-03 10:00")
    assert [purpose for purpose, _ in asks_about_dates(waiting)] == ["OUTCOME_MISSED"]
    assert waiting.standing is Standing.QAP, "the reply is still waited for"
    assert waiting.until("2026-11-04 10:00").events(DeadlineMissed)
    assert case.challenge.open_actions[0].state is ActionState.OPEN


def test_an_old_challenge_whose_outcome_was_wanted_long_ago_gives_the_iro_the_full_time() -> None:
    """No release before this one read those dates: the IRO is asked once it is deployed."""
    case = wanted()
    case.sleep_until("2026-12-09 10:00")
    assert asks_about_dates(case) == (("OUTCOME_MISSED", day("2026-12-10")),)


def test_the_senior_iro_manager_and_the_srsm_are_told_of_each_missed_timescale_at_qap() -> None:
    for case, kind in (
        (silent(), DeadlineMissed),
        (with_action().until("2026-11-09 10:00"), ActionMissed),
        (wanted().until("2026-11-23 10:00"), OutcomeMissed),
    ):
        heard = case.hears(kind)
        assert heard[IRA] is Letter.DECIDE, kind
        assert heard[SARA] == DAILY, kind
        assert heard[SENNA] == DAILY, kind


# Discussed ---------------------------------------------------------------------------------------


def test_at_a_missed_timescale_the_iro_discusses_with_the_srsm() -> None:
    case = silent()
    with pytest.raises(BadSubmissionError, match="what you discussed with the"):
        case.does(IRA, replace(new_date(), discussed=""))


def test_the_discussion_with_the_srsm_is_recorded() -> None:
    case = silent().does(IRA, new_date())
    assert case.the(Discussed) == Discussed(DISCUSSED)
    said = headline(case.events(Discussed)[0], case.challenge, case.council)
    assert said.startswith("Ira Sample-One recorded what the IRO and the service manager said")


@pytest.mark.parametrize("officer", [IRA, SARA])
def test_a_discussion_that_is_recorded_already_is_not_asked_for_again(officer: str) -> None:
    case = silent().does(officer, RecordDiscussion(DISCUSSED))
    case.does(IRA, replace(new_date(), discussed=""))
    assert len(case.events(Discussed)) == 1


def test_each_missed_timescale_is_discussed() -> None:
    case = silent().does(IRA, new_date()).does(SARA, ConfirmDate(OWN)).until("2026-11-09 10:00")
    with pytest.raises(BadSubmissionError, match="what you discussed with the"):
        case.does(IRA, replace(new_date(by="2026-11-12"), discussed=""))


def test_only_iro_srsm_and_senior_iro_manager_read_what_was_discussed() -> None:
    fact = Discussed(DISCUSSED)
    parties = (Capacity.IRO, Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER)
    for who in Capacity:
        reads = who in (*parties, *READS_ALL)  # but inspectors, who read everything
        assert bool(details(fact, frozenset({who}))) is reads, who


def test_without_a_missed_timescale_there_is_nothing_to_discuss() -> None:
    case = raised(Stage.QAP)
    with pytest.raises(NotAllowedError):
        case.does(IRA, RecordDiscussion(DISCUSSED))
    with pytest.raises(BadSubmissionError, match="what you discussed, and when"):
        silent().does(IRA, RecordDiscussion(" "))


# A new timescale ---------------------------------------------------------------------------------


def test_after_a_missed_timescale_there_is_a_new_timescale_or_the_challenge_goes_formal() -> None:
    assert {SetNewDate, Escalate} <= silent().acts(IRA)
    later = silent().does(IRA, new_date()).does(SARA, ConfirmDate(OWN))
    assert (later.standing, later.due) == (Standing.QAP, day("2026-11-06"))
    formal = silent().does(IRA, Escalate(Stage.ONE, "Nobody replied."))
    assert formal.standing is Standing.STAGE_1


def test_the_srsm_confirms_the_new_timescale() -> None:
    case = silent().does(IRA, new_date())
    assert asks_about_dates(case) == (("CONFIRM_DATE", day("2026-11-06")),)
    assert case.due == day("2026-11-03"), "nothing counts before it is confirmed"
    assert ConfirmDate in case.acts(SARA)
    assert ConfirmDate not in case.acts(IRA)
    assert case.letters(NewDateSet)[SARA] is Letter.DECIDE
    case.does(SARA, ConfirmDate(OWN))
    assert asks_about_dates(case) == ()
    assert case.standing is Standing.QAP
    assert case.due == day("2026-11-06")
    assert case.letters(NewDateConfirmed)[TAM] is Letter.PLEASE_REPLY
    ledger = case.request.ledger
    assert [entry.how for entry in ledger.entries] == [How.FIRST, How.NEW_DATE]
    assert ledger.deadline.why == (
        "Set to Friday 6 November 2026 by Ira Sample-One, and confirmed by Sara Sample-Three."
    )


def test_the_new_timescale_of_a_reply_can_be_missed_again() -> None:
    case = silent().does(IRA, new_date()).does(SARA, ConfirmDate(OWN))
    assert asks_about_dates(case.until("2026-11-06 23:59")) == ()
    case.until("2026-11-07 00:01")
    assert [purpose for purpose, _ in asks_about_dates(case)] == ["DECIDE_SILENCE"]


def test_the_new_timescale_of_an_action_counts_once_it_is_confirmed() -> None:
    case = with_action().until("2026-11-09 10:00").does(IRA, new_date("action-1", "2026-11-13"))
    (action,) = case.challenge.actions
    assert (action.state, action.deadline.day) == (ActionState.MISSED, day("2026-11-06"))
    case.does(SARA, ConfirmDate("action-1"))
    (action,) = case.challenge.actions
    assert (action.state, action.deadline.day) == (ActionState.OPEN, day("2026-11-13"))
    assert action.ledger.first.day == day("2026-11-06")
    assert case.standing is Standing.ACTIONS_UNDER_WAY
    case.until("2026-11-14 00:01")
    assert [purpose for purpose, _ in asks_about_dates(case)] == ["MISSED_ACTION"]


def test_the_new_timescale_of_an_outcome_counts_once_it_is_confirmed() -> None:
    case = wanted().until("2026-11-23 10:00").does(IRA, new_date("outcome-1", "2026-12-04"))
    case.does(SARA, ConfirmDate("outcome-1"))
    (ledger,) = outcomes(case.challenge)
    assert [entry.deadline.day for entry in ledger.entries] == [
        *(day("2026-11-20"), day("2026-12-04")),
    ]
    assert asks_about_dates(case) == ()
    case.until("2026-12-05 00:01")
    assert asks_about_dates(case) == (("OUTCOME_MISSED", day("2026-12-08")),)


def test_the_srsm_may_decline_a_new_timescale_with_a_reason() -> None:
    case = silent().does(IRA, new_date())
    with pytest.raises(BadSubmissionError, match="why you decline this date"):
        case.does(SARA, DeclineDate(OWN, " "))
    case.does(SARA, DeclineDate(OWN, "It cannot wait: go formal."))
    assert asks_about_dates(case) == (("DECIDE_SILENCE", day("2026-11-06")),)
    assert case.letters(NewDateDeclined)[IRA] is Letter.DECIDE
    case.does(IRA, replace(new_date(by="2026-11-05"), discussed=""))
    assert asks_about_dates(case)[0][0] == "CONFIRM_DATE", (
        "what was declined needs no second discussion"
    )


@pytest.mark.parametrize("what", ["action-1", "outcome-1"])
def test_what_was_declined_is_the_iros_to_decide_again(what: str) -> None:
    case = (with_action() if what == "action-1" else wanted("2026-11-06")).until("2026-11-09 10:00")
    case.does(IRA, new_date(what, "2026-11-13")).does(SARA, DeclineDate(what, "Too late."))
    (purpose, _) = asks_about_dates(case)[0]
    assert purpose == {"action-1": "MISSED_ACTION", "outcome-1": "OUTCOME_MISSED"}[what]


def test_a_date_that_has_passed_meanwhile_can_only_be_declined() -> None:
    case = silent().does(IRA, new_date(by="2026-11-05")).until("2026-11-06 10:00")
    with pytest.raises(BadSubmissionError, match="Thursday 5 November 2026 has passed"):
        case.does(SARA, ConfirmDate(OWN))
    case.does(SARA, DeclineDate(OWN, "It has passed."))
    assert asks_about_dates(case)[0][0] == "DECIDE_SILENCE"


def test_a_reply_that_comes_before_the_new_date_is_confirmed_needs_no_date() -> None:
    case = silent().does(IRA, new_date())
    case.does(TAM, Reply(1, Answer.RESOLVED, "The visit took place."))
    assert [purpose for purpose, _ in asks_about_dates(case)] == ["DECIDE"]
    with pytest.raises(NotAllowedError):
        case.does(SARA, ConfirmDate(OWN))


def test_an_action_that_is_reported_done_before_the_new_date_is_confirmed_needs_none() -> None:
    case = with_action().until("2026-11-09 10:00").does(IRA, new_date("action-1", "2026-11-13"))
    case.does(WYN, ReportAction(1, "The minutes."))
    assert [purpose for purpose, _ in asks_about_dates(case)] == ["CONFIRM_ACTION"]


def test_what_nobody_has_to_confirm_cannot_be_confirmed() -> None:
    case = with_action().until("2026-11-09 10:00").does(IRA, new_date("action-1", "2026-11-13"))
    with pytest.raises(AlreadyAnsweredError, match="no new date to confirm"):
        case.does(SARA, ConfirmDate("action-2"))


def test_only_what_was_missed_gets_a_new_date() -> None:
    with pytest.raises(NotAllowedError, match="This date was not missed"):
        silent().does(IRA, new_date("action-1"))
    for officer in (TAM, SARA, SENNA):
        with pytest.raises(NotAllowedError):
            silent().does(officer, new_date())
    with pytest.raises(BadSubmissionError) as refused:
        silent().does(IRA, SetNewDate(OWN, day("2026-11-07"), "", DISCUSSED))
    assert set(refused.value.fields) == {"by", "reason"}
    assert "Friday 6 November 2026 and Monday 9 November 2026" in refused.value.fields["by"]


def test_a_srsm_who_covers_for_the_iro_does_not_confirm_her_own_date() -> None:
    cover = Cover("iro-one", SARA, day("2026-01-01"), day("2027-01-01"))
    case = raised(Stage.QAP, of=council(people=directory(cover))).until("2026-11-04 10:00")
    case.does(SARA, new_date())
    assert ConfirmDate not in case.acts(SARA)
    assert case.letters(NewDateSet)[SENNA] is Letter.DECIDE
    case.does(SENNA, ConfirmDate(OWN))
    assert case.due == day("2026-11-06")


def test_where_the_srsm_is_the_iro_the_senior_iro_manager_confirms() -> None:
    case = raised(Stage.QAP, of=council(people=directory(srsm=IRA))).until("2026-11-04 10:00")
    case.does(IRA, new_date())
    case.does(SENNA, ConfirmDate(OWN))
    assert case.due == day("2026-11-06")


def test_a_date_that_is_late_to_be_confirmed_reaches_the_senior_iro_manager() -> None:
    case = silent().does(IRA, new_date(by="2026-11-27")).until("2026-11-16 10:00")
    assert ConfirmDate in case.acts(SENNA), "five working days late"
    case.does(SENNA, ConfirmDate(OWN))
    assert case.due == day("2026-11-27")


def test_a_proclaimed_bank_holiday_moves_the_date_of_an_outcome_at_qap() -> None:
    case = wanted()
    days = case.council.calendar.extended({day("2026-11-20"): "Jubilee"})
    case.council = replace(case.council, calendar=days)
    case._settle()
    assert [fact.what for fact in case.facts(DeadlineMoved)] == ["wanted-1"]
    said = headline(case.events(DeadlineMoved)[0], case.challenge, case.council)
    assert "the date by which the outcome of concern 1 is wanted: it was" in said
    assert case.until("2026-11-23 23:00").events(OutcomeMissed) == []
    assert case.until("2026-11-24 00:01").events(OutcomeMissed)


# Or formal ---------------------------------------------------------------------------------------


def test_the_iro_decides_to_go_formal_with_the_stage_and_the_reason() -> None:
    for case, cause in (
        (silent(), Cause.SILENCE),
        (with_action().until("2026-11-09 10:00"), Cause.ACTION_MISSED),
        (wanted().until("2026-11-23 10:00"), Cause.ESCALATED),
    ):
        with pytest.raises(BadSubmissionError):
            case.does(IRA, Escalate(Stage.TWO))
        case.does(IRA, Escalate(Stage.TWO, "It was promised, and missed."))
        began = case.facts(StageBegan)[-1]
        assert (began.stage, began.cause) == (Stage.TWO, cause)
        assert case.challenge.period is not None


def test_going_formal_waits_for_no_discussion_and_takes_one_that_was_had() -> None:
    case = silent().does(IRA, Escalate(Stage.ONE, "Nobody replied."))
    assert case.events(Discussed) == []
    case = silent().does(IRA, Escalate(Stage.ONE, "Nobody replied.", discussed=DISCUSSED))
    assert case.the(Discussed) == Discussed(DISCUSSED)
    assert case.standing is Standing.STAGE_1


def test_going_formal_needs_no_confirmation_of_a_date_any_more() -> None:
    case = silent().does(IRA, new_date()).does(IRA, Escalate(Stage.ONE, "It cannot wait."))
    assert asks_about_dates(case) == ()
    assert case.standing is Standing.STAGE_1


def test_from_the_second_missed_timescale_on_the_iro_records_why_it_is_still_informal() -> None:
    case = silent().does(IRA, replace(new_date(), still_informal=""))
    assert case.the(NewDateSet).still_informal == "", "the first one"
    case.does(SARA, ConfirmDate(OWN)).until("2026-11-09 10:00")
    with pytest.raises(BadSubmissionError, match="why the challenge is still informal"):
        case.does(IRA, replace(new_date(by="2026-11-12"), still_informal=""))
    case.does(IRA, new_date(by="2026-11-12"))
    second = case.facts(NewDateSet)[-1]
    assert second.still_informal == STILL
    assert ("Why it is still informal", STILL) in details(second, frozenset({Capacity.SRSM}))


def test_missed_timescales_of_every_kind_count_together() -> None:
    case = wanted().until("2026-11-23 10:00")
    case.does(IRA, replace(new_date("outcome-1", "2026-12-24"), still_informal=""))
    case.does(SARA, ConfirmDate("outcome-1")).until("2026-12-21 10:00")
    with pytest.raises(BadSubmissionError, match="why the challenge is still informal"):
        case.does(IRA, replace(new_date("action-1", "2026-12-23"), still_informal=""))


@pytest.mark.parametrize("setting", OnNoReply)
def test_the_software_asks_and_never_goes_formal_by_itself_from_qap(setting: OnNoReply) -> None:
    case = raised(Stage.QAP, of=council(Procedure(on_no_reply=setting)))
    case.until("2027-02-01 10:00")
    assert case.challenge.stage is Stage.QAP
    assert {purpose for purpose, _ in asks_about_dates(case)} == {
        "DECIDE_SILENCE",
        "OUTCOME_MISSED",
    }
    assert len(case.events(StageBegan)) == 1


def test_a_silence_at_qap_is_no_reason_to_ask_again_without_the_srsm() -> None:
    case = silent()
    for who in (IRA, SARA, SENNA):
        with pytest.raises((BadSubmissionError, NotAllowedError)):
            case.does(who, AskAgain("What was done?", 3))
    assert case.standing is Standing.IRO_TO_DECIDE
    replied = raised(Stage.QAP).does(TAM, Reply(1, Answer.CHALLENGED, "Not so."))
    replied.does(IRA, AskAgain("What was done?", 3))
    assert replied.standing is Standing.QAP


def test_while_a_new_date_waits_for_the_srsm_nobody_asks_again_either() -> None:
    """Asking again would give the reply a new date without her."""
    case = silent().does(IRA, new_date())
    for who in (IRA, SARA):
        with pytest.raises(BadSubmissionError, match="Nobody replied in time"):
            case.does(who, AskAgain("What was done?", 3))
    case.does(SARA, ConfirmDate(OWN))
    assert case.due == day("2026-11-06")
