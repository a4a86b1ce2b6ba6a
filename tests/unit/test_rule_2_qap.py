"""Rule 2: the informal stage."""

from __future__ import annotations

import pytest

from domain.errors import AlreadyAnsweredError, BadSubmissionError
from domain.ladder import FORMAL_STAGES, Stage
from domain.procedure import OnNoReply, Procedure
from domain.rules.endings import ChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.qap import RecordedAtQap
from domain.rules.replies import Answer, Reply
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Cause, StageBegan
from domain.rules.timescales import SetNewDate
from domain.vocabulary import Letter, Outcome, Standing
from tests.builders import CAS, DAILY, IRA, SARA, SENNA, TAM, WYN, council, day, raised

DONE = Reply(1, Answer.RESOLVED, "The visit took place today.")


@pytest.mark.parametrize("officer", [WYN, TAM, CAS])
def test_social_worker_team_manager_or_service_manager_may_reply(officer: str) -> None:
    """Rule 2: either may reply; a Children's Service Manager may without being asked."""
    case = raised(Stage.QAP).does(officer, DONE)
    assert case.standing is Standing.IRO_TO_DECIDE
    assert case.request.reply is not None
    assert case.request.reply.actor.officer == officer


def test_one_reply_is_enough_and_the_other_is_told_that_it_stands() -> None:
    """Rule 2: either may reply."""
    case = raised(Stage.QAP).does(WYN, DONE)
    with pytest.raises(AlreadyAnsweredError, match="Wyn Sample-Five has already replied"):
        case.does(TAM, DONE)


def test_a_concern_resolved_by_phone_is_recorded_and_finalised_without_a_reply() -> None:
    """Rule 2 (a): resolved by phone or email, recorded on the informal section and finalised."""
    case = raised(Stage.QAP).does(
        IRA, Resolve("Agreed on the phone.", ChildTold.NO, "They never knew.")
    )
    assert case.challenge.outcome is Outcome.RESOLVED_INFORMALLY
    assert case.files_it().standing is Standing.ENDED_TO_ASK


def test_a_reply_is_decided_by_the_iro_who_has_at_least_two_working_days() -> None:
    """Rules 2 and 4."""
    case = raised(Stage.QAP).does(TAM, DONE, "2026-11-03 15:00")
    assert case.asks == (("DECIDE", day("2026-11-05")),)
    case.does(IRA, Resolve("The visit is on file.", ChildTold.YES, "At the next visit."))
    assert case.challenge.outcome is Outcome.RESOLVED_INFORMALLY


@pytest.mark.parametrize("setting", OnNoReply)
def test_qap_never_goes_formal_by_itself_the_iro_is_asked(setting: OnNoReply) -> None:
    """Rules 2 and 5: the software asks for that decision, in either setting."""
    case = raised(Stage.QAP, of=council(Procedure(on_no_reply=setting)))
    case.until("2026-11-04 00:01")
    assert case.asks == (("DECIDE_SILENCE", day("2026-11-05")),)
    assert case.events(DeadlineMissed)[0].effective == case.request.deadline.at
    assert {SetNewDate, Escalate} <= case.acts(IRA)
    case.until("2026-12-01 12:00")
    assert case.challenge.stage is Stage.QAP
    assert case.standing is Standing.IRO_TO_DECIDE


def test_the_iro_hears_of_the_silence_at_nine_and_those_above_by_the_daily_email() -> None:
    """Rule 2: when a timescale is missed, the IRO discusses it with the SRSM."""
    case = raised(Stage.QAP).until("2026-11-04 08:00")
    heard = case.hears(DeadlineMissed)
    assert heard[IRA] is Letter.DECIDE
    assert heard[SARA] == DAILY
    assert heard[SENNA] == DAILY
    assert case.letters_go_out(DeadlineMissed).isoformat() == "2026-11-04T09:00:00+00:00"


def test_there_is_no_reminder_within_one_working_day() -> None:
    """Rules 2 and 3: one working day before a one-day deadline is the assignment itself."""
    case = raised(Stage.QAP, "2026-11-02 08:00").until("2026-11-03 23:59")
    assert [type(event.fact).__name__ for event in case.challenge.events[2:]] == ["Served"] * 2


@pytest.mark.parametrize("to", FORMAL_STAGES)
def test_the_iro_goes_formal_at_the_stage_and_for_the_reason_they_give(to: Stage) -> None:
    """Rule 2: formal, the IRO decides, stage and reason; the 20 days start then."""
    case = raised(Stage.QAP).until("2026-11-04 10:00").does(IRA, Escalate(to, "Nobody replied."))
    began = case.facts(StageBegan)[-1]
    assert (began.stage, began.cause) == (to, Cause.SILENCE)
    assert case.due == day("2026-11-11")
    assert case.challenge.period is not None
    assert case.challenge.period.day == day("2026-12-02")


@pytest.mark.parametrize("reply", [False, True])
def test_going_formal_needs_a_reason_even_to_stage_one(reply: bool) -> None:  # noqa: FBT001
    """Rule 2: stage and reason."""
    case = raised(Stage.QAP)
    if reply:
        case.does(TAM, DONE)
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, Escalate(Stage.ONE))
    assert set(refused.value.fields) == {"reason"}


def test_going_formal_skips_the_formal_stages_between() -> None:
    """Rules 1 and 2: entry at any formal stage; what was left out is on the record."""
    case = raised(Stage.QAP).does(IRA, Escalate(Stage.THREE, "Only there can it be decided."))
    assert case.facts(StageBegan)[-1].skipped == (Stage.ONE, Stage.TWO)


def test_a_late_reply_to_the_qap_is_accepted_and_decided() -> None:
    """Rules 2 and 5: a late reply is always accepted."""
    case = raised(Stage.QAP).does(TAM, DONE, "2026-11-05 11:00")
    assert case.asks == (("DECIDE", day("2026-11-09")),)


def test_a_concern_that_is_not_resolved_is_asked_and_not_only_recorded() -> None:
    case = raised(Stage.QAP)
    assert case.events(RecordedAtQap) == []
    assert not case.request.no_reply
