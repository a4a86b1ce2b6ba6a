"""Rule 16: endings, each with a reason; and whether and how the child was told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.ladder import FORMAL_STAGES, Stage
from domain.rules.appointing import AppointIro
from domain.rules.briefing import BRIEFING
from domain.rules.cafcass import ReferToCafcass
from domain.rules.corrections import Correct
from domain.rules.discussions import RecordConversation
from domain.rules.endings import (
    ChildTold,
    ChildWasTold,
    Close,
    Closed,
    RecordChildTold,
    Resolve,
)
from domain.rules.holidays import DeadlineMoved
from domain.rules.lateness import Chased
from domain.rules.legal import LEGAL_ADVICE
from domain.rules.letters_to_child import WriteToChild
from domain.rules.life import RecordLifeChange
from domain.rules.notes import WriteNote
from domain.rules.posts import SayNotMine
from domain.rules.reopening import Reopen
from domain.rules.replies import Answer, Reply
from domain.rules.sealing import AskToSeal
from domain.rules.silence import DeadlineMissed
from domain.rules.supervision import DiscussInSupervision
from domain.tasks import tasks
from domain.vocabulary import Letter, Outcome, Purpose, Standing
from tests.builders import CAS, DAILY, IRA, SARA, SENNA, TAM, WYN, Case, day, raised

ANYWHERE = [Outcome.WITHDRAWN, Outcome.RAISED_IN_ERROR]

#: Legal advice can be asked for after the end as well (rule 11).
OF_LEGAL_ADVICE = {*LEGAL_ADVICE.acts, *BRIEFING.acts}


def ended(outcome: Outcome = Outcome.WITHDRAWN, stage: Stage = Stage.ONE) -> Case:
    return raised(stage).does(
        IRA, Close(outcome, "It was put right.", ChildTold.NO, "They never knew.")
    )


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("outcome", ANYWHERE)
def test_withdrawn_and_raised_in_error_at_any_stage(outcome: Outcome, stage: Stage) -> None:
    case = ended(outcome, stage)
    assert case.challenge.outcome is outcome
    assert case.the(Closed).stage is stage
    assert case.files_it().standing is Standing.CLOSED
    assert case.wakes() is None or case.until("2026-11-30 12:00").wakes() is None


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_resolved_at_the_formal_stage_where_it_stood(stage: Stage) -> None:
    case = raised(stage).does(IRA, Resolve("It is done.", ChildTold.NO, "They never knew."))
    assert case.challenge.outcome is Outcome.RESOLVED_AT_STAGE
    assert case.the(Closed).stage is stage


def test_unresolved_and_not_referred_only_after_stage_four_has_ended() -> None:
    not_referred = Close(
        Outcome.UNRESOLVED_NOT_REFERRED, "The AD agreed late.", ChildTold.NO, "They never knew."
    )
    for stage in (Stage.QAP, Stage.ONE, Stage.FOUR):
        with pytest.raises(BadSubmissionError):
            raised(stage).does(IRA, not_referred)
    case = raised(Stage.FOUR).until("2026-11-10 12:00").does(IRA, not_referred)
    assert case.challenge.outcome is Outcome.UNRESOLVED_NOT_REFERRED


def test_a_resolution_is_not_recorded_as_an_end_without_one() -> None:
    with pytest.raises(BadSubmissionError, match="record the matter as resolved instead"):
        ended(Outcome.RESOLVED_AT_STAGE)


@pytest.mark.parametrize(
    "command",
    [
        Close(Outcome.WITHDRAWN, " ", ChildTold.NO, "They never knew."),
        Resolve("", ChildTold.NO, "They never knew."),
    ],
)
def test_each_with_a_reason(command: Close | Resolve) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(IRA, command)
    assert set(refused.value.fields) == {"reason"}


@pytest.mark.parametrize("officer", [SARA, SENNA, TAM, CAS, WYN])
def test_the_iro_alone_ends_it(officer: str) -> None:
    with pytest.raises(NotAllowedError):
        raised().does(
            officer, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They never knew.")
        )


@pytest.mark.parametrize("officer", [SARA, SENNA])
def test_however_late_the_iro_is_nobody_else_ends_it_without_resolution(officer: str) -> None:
    """Rule 4: in the IRO's place the SRSM and the Senior IRO Manager decide, but not this."""
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done.")).until("2026-11-20 10:00")
    assert case.challenge.chased() >= case.council.procedure.senior_told_after
    assert Resolve in case.acts(officer)
    assert Close not in case.acts(officer)
    assert Close in case.acts(IRA)


def test_nothing_of_the_ladder_comes_after_the_end() -> None:
    case = ended().files_it()
    version = case.challenge.version
    with pytest.raises(AlreadyAnsweredError, match="has ended: withdrawn"):
        case.does(TAM, SayNotMine(1, "Not my team."))
    case.until("2027-03-01 12:00")
    assert case.challenge.version == version
    assert case.acts(IRA) - OF_LEGAL_ADVICE == {
        *(WriteNote, RecordConversation, Correct, RecordChildTold, RecordLifeChange, WriteToChild),
        *(Reopen, AskToSeal, ReferToCafcass),
    }


def test_everybody_with_a_part_in_it_is_told_how_it_ended() -> None:
    assert ended(stage=Stage.TWO).hears(Closed) == {
        SARA: Letter.TOLD,
        "hedy": Letter.TOLD,
        **dict.fromkeys((SENNA, CAS, TAM, WYN), DAILY),
    }


# What outlives the end ---------------------------------------------------------------------------


def not_told() -> Case:
    """Return it resolved on Monday 2 November and on file; the child is not told yet."""
    return raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET)).files_it()


def test_only_what_is_taken_after_the_end_can_be_done_then() -> None:
    case = not_told()
    assert case.acts(IRA) - OF_LEGAL_ADVICE == {
        *(WriteNote, RecordConversation, Correct, RecordChildTold, RecordLifeChange, WriteToChild),
        *(Reopen, AskToSeal, ReferToCafcass),
    }
    assert case.acts(CAS) == {WriteNote, Correct, DiscussInSupervision}, "whose worker has a part"
    assert case.acts(SARA) - OF_LEGAL_ADVICE == {
        *(WriteNote, RecordConversation, Correct, RecordLifeChange, AppointIro),
        DiscussInSupervision,
    }, "while something is left to do"
    assert case.acts(TAM) == {Reply}, "a late one, as after every end (rule 5)"
    with pytest.raises(AlreadyAnsweredError, match="has ended"):
        case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They never knew."))


def test_its_owner_is_chased_when_it_is_late_and_the_ladder_is_silent() -> None:
    case = not_told().until("2026-11-18 10:00")
    late = [fact.days_over for fact in case.facts(Chased)]
    assert late == [3, 5, 10]
    assert {fact.about for fact in case.facts(Chased)} == {str(Purpose.TELL_CHILD)}
    assert case.facts(DeadlineMissed) == []
    assert case.hears(Chased) == {SARA: DAILY}


@pytest.mark.parametrize("told", [ChildTold.YES, ChildTold.NO])
def test_once_it_is_recorded_nothing_is_left(told: ChildTold) -> None:
    case = not_told().does(IRA, RecordChildTold(told, "At the visit, by Wyn."), "2026-11-03 10:00")
    assert case.standing is Standing.ENDED_TO_ASK, "what changed is asked weeks later (rule 24)"
    assert tasks(case.challenge, case.council) == ()
    version = case.challenge.version
    assert case.until("2026-11-29 10:00").challenge.version == version
    assert case.the(ChildWasTold).child_told is told


def test_it_says_how_or_why_not_and_not_yet_again_is_no_answer() -> None:
    with pytest.raises(BadSubmissionError, match="Enter how the child was told"):
        not_told().does(IRA, RecordChildTold(ChildTold.YES, " "))
    with pytest.raises(BadSubmissionError, match="You can do this later"):
        not_told().does(IRA, RecordChildTold(ChildTold.NOT_YET, ""))


def test_a_new_bank_holiday_moves_its_date_and_not_the_period_of_what_has_ended() -> None:
    case = not_told()
    calendar = case.council.calendar.extended({day("2026-11-03"): "Proclaimed"})
    case.council = replace(case.council, calendar=calendar)
    case.until("2026-11-02 15:00")
    moved = [fact.what for fact in case.facts(DeadlineMoved)]
    assert moved == ["tell-child", "impact"], "and the day on which rule 24 asks"


def test_an_end_of_before_this_rule_leaves_nothing_to_do() -> None:
    case = raised()
    old = Closed(Outcome.WITHDRAWN, Stage.ONE, "Enough.", ChildTold.NOT_YET, "")
    assert case.records(old).standing is Standing.CLOSED
