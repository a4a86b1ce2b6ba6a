"""Rule 4, after a reply: a test for each sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.events import Actor, Event, Fact
from domain.fold import apply
from domain.ladder import FORMAL_STAGES, Stage
from domain.moments import local_day
from domain.notices import told_in_the_morning
from domain.people import capacities
from domain.permissions import may_see
from domain.procedure import OnNoReply, Procedure
from domain.rulebook import MARKS, marks_of
from domain.rules.accepting import AcceptActions, ActionsAccepted
from domain.rules.actions import GiveUpAction, NotResolvedYet, ReportAction, SayNotResolved
from domain.rules.appointing import (
    AgreeToAnotherIro,
    AnotherIroAgreed,
    AppointIro,
    Because,
    IroAppointed,
    ObjectedToIro,
    ObjectToIro,
)
from domain.rules.deciding import AskAgain, AskedAgain, GiveView, ManagerView
from domain.rules.endings import ChildTold, Close, Closed, Resolve
from domain.rules.escalating import Escalate
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Cause, StageBegan
from domain.rules.stepping_in import IN_IROS_PLACE, InIrosPlace
from domain.tasks import is_theirs, tasks
from domain.timeline import headline
from domain.vocabulary import Capacity, Letter, Outcome, Purpose, Standing
from tests.builders import (
    CAS,
    DAILY,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    WYN,
    Case,
    an_action,
    council,
    day,
    directory,
    moment,
    raised,
)

if TYPE_CHECKING:
    from domain.deadlines import Deadline
    from domain.part import Command

RESPONDERS = {Stage.ONE: TAM, Stage.TWO: CAS, Stage.THREE: HEDY, Stage.FOUR: "ada"}
RESOLVED = Resolve("The panel has sat.", ChildTold.YES, "By their social worker.")
NOVEMBER = day("2026-11-01"), day("2026-11-30")

#: The IRO has until Monday 9 November: from 09:00 on Thursday they are three working days late.
LATE = "2026-11-12 09:00"
NOT_YET_LATE = "2026-11-12 08:59"


def replied(stage: Stage = Stage.ONE, at: str = "2026-11-04 10:00") -> Case:
    """Return it raised on Monday 2 November; the responder disagrees on Wednesday."""
    reply = Reply(1, Answer.CHALLENGED, "The panel is not ours to call.")
    return raised(stage).does(RESPONDERS[stage], reply, at)


def promised(by: str = "2026-11-12") -> Case:
    """Return it with a reply that agrees an action."""
    reply = Reply(1, Answer.ACTIONS, "We will apply.", (an_action(by=by),))
    return raised().does(TAM, reply, "2026-11-04 10:00")


def silent(at: str = "2026-11-10 10:00") -> Case:
    """Return it in a council whose IRO is asked after silence, without a reply."""
    return raised(of=council(Procedure(on_no_reply=OnNoReply.ASK))).until(at)


def line_of(case: Case, kind: type[Fact]) -> str:
    """Return the line of the last event of this kind."""
    return headline(case.events(kind)[-1], case.challenge, case.council)


def steps_in(case: Case) -> list[Deadline]:
    """Return the dates of the decisions that the SRSM may take."""
    found = tasks(case.challenge, case.council)
    return [task.deadline for task in found if task.purpose is Purpose.STEP_IN]


# What the IRO decides ----------------------------------------------------------------------------


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_after_a_reply_the_iro_decides(stage: Stage) -> None:
    case = replied(stage)
    assert case.standing is Standing.IRO_TO_DECIDE
    assert case.acts(IRA) >= {Resolve, Escalate, AskAgain, Close}


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_after_a_reply_the_iro_may_ask_again_at_the_same_stage(stage: Stage) -> None:
    case = replied(stage).does(IRA, AskAgain("When?", 3))
    assert case.challenge.stage is stage
    assert case.challenge.awaiting_reply
    assert case.request.posts == case.challenge.requests[0].posts


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_after_a_reply_the_iro_may_record_the_challenge_as_resolved(stage: Stage) -> None:
    case = replied(stage).does(IRA, RESOLVED).files_it()
    assert case.standing is Standing.ENDED_TO_ASK
    assert (case.the(Closed).outcome, case.the(Closed).stage) == (Outcome.RESOLVED_AT_STAGE, stage)


def test_after_a_reply_the_iro_may_move_the_challenge_to_the_next_stage() -> None:
    case = replied().does(IRA, Escalate(Stage.TWO), "2026-11-05 16:00")
    began = case.facts(StageBegan)[-1]
    assert (began.stage, began.cause) == (Stage.TWO, Cause.NOT_RESOLVED)
    assert "Stage 2 began: the IRO found the matter not resolved" in line_of(case, StageBegan)
    assert case.due == day("2026-11-12"), "its days count from the decision"


def test_after_a_reply_the_iro_may_move_the_challenge_to_a_later_stage_with_a_reason() -> None:
    case = replied()
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, Escalate(Stage.THREE))
    assert set(refused.value.fields) == {"reason"}
    case.does(IRA, Escalate(Stage.THREE, "Only the Head of Service can decide on money."))
    assert case.facts(StageBegan)[-1].skipped == (Stage.TWO,)


def test_after_a_reply_the_iro_may_accept_the_agreed_actions() -> None:
    with pytest.raises(NotAllowedError):
        replied().does(IRA, AcceptActions())
    case = promised().does(IRA, AcceptActions())
    assert case.the(ActionsAccepted).actions == (an_action(),)


# Asking again ------------------------------------------------------------------------------------


def asked_again(days: int = 3) -> Case:
    """Return it asked again by the IRO on Thursday 5 November, and answered on Friday."""
    case = replied().does(IRA, AskAgain("When does the panel sit?", days), "2026-11-05 10:00")
    return case.does(TAM, Reply(2, Answer.CHALLENGED, "In spring."), "2026-11-06 10:00")


def test_the_iro_may_ask_again_once_for_at_most_five_working_days() -> None:
    for days, wrong in ((0, "at least 1"), (6, "at most 5")):
        with pytest.raises(BadSubmissionError, match=wrong):
            replied().does(IRA, AskAgain("When?", days))
    assert replied().does(IRA, AskAgain("When?", 5)).due == day("2026-11-11")
    case = asked_again()
    assert case.the(AskedAgain).deadline.day == day("2026-11-10")
    with pytest.raises(BadSubmissionError, match="asked again once already"):
        case.does(IRA, AskAgain("When exactly?", 3))
    case.does(IRA, Escalate(Stage.TWO))
    case.does(CAS, Reply(3, Answer.CHALLENGED, "No."), "2026-11-09 10:00")
    case.does(IRA, AskAgain("Why not?", 3))
    assert len(case.facts(AskedAgain)) == 2


def test_the_srsm_may_ask_again_once_more_for_at_most_five_working_days() -> None:
    for days, wrong in ((0, "at least 1"), (6, "at most 5")):
        with pytest.raises(BadSubmissionError, match=wrong):
            asked_again().does(SARA, AskAgain("When?", days))
    with pytest.raises(BadSubmissionError, match="for the IRO to do first"):
        replied().does(SARA, AskAgain("When?", 3))
    case = asked_again().does(SARA, AskAgain("When exactly?", 3))
    assert case.standing is Standing.STAGE_1
    assert case.facts(InIrosPlace) == [], "it is her own to do, and the IRO is not late"
    case.does(TAM, Reply(3, Answer.CHALLENGED, "In summer."), "2026-11-09 10:00")
    for officer in (IRA, SARA):
        with pytest.raises(BadSubmissionError, match="twice already"):
            case.does(officer, AskAgain("Which week?", 3))


def test_somebody_else_who_was_asked_is_not_asked_again() -> None:
    """*Not mine* and a reassignment use up nobody's turn to ask again."""
    case = replied().does(IRA, AskAgain("When?", 3), "2026-11-05 10:00")
    case.does(TAM, SayNotMine(2, "The South Team has the child now."))
    case.does(IRA, Reassign("tm-south", "They have the child."))
    case.does("tom", Reply(3, Answer.CHALLENGED, "No."), "2026-11-06 10:00")
    case.does(SARA, AskAgain("When?", 2))
    assert len(case.facts(AskedAgain)) == 2


def near_the_end() -> Case:
    """Return it answered at stage 4 on its last day, Monday 30 November, at noon."""
    case = raised().until("2026-11-30 12:00")
    assert case.challenge.stage is Stage.FOUR
    return case.does("ada", Reply(4, Answer.CHALLENGED, "No."))


def test_asking_again_past_the_20_working_day_limit_needs_the_senior_iro_manager() -> None:
    case = near_the_end()
    assert case.challenge.period
    assert case.challenge.period.day == day("2026-11-30")
    with pytest.raises(BadSubmissionError, match="Only the Senior IRO Manager") as refused:
        case.does(IRA, AskAgain("Why?", 1))
    assert set(refused.value.fields) == {"days"}
    case.does(SENNA, AskAgain("Why?", 2))
    assert case.due == day("2026-12-02")
    case.does("ada", Reply(5, Answer.CHALLENGED, "Money."), "2026-12-01 10:00")
    with pytest.raises(BadSubmissionError, match="Only the Senior IRO Manager"):
        case.does(SARA, AskAgain("How much?", 1))
    case.does(SENNA, AskAgain("How much?", 1))
    assert case.due == day("2026-12-02")


def test_within_the_limit_the_senior_iro_manager_leaves_it_to_them() -> None:
    with pytest.raises(BadSubmissionError, match="within the 20-working-day limit"):
        replied().does(SENNA, AskAgain("Why?", 2))
    with pytest.raises(BadSubmissionError, match="at most 5"):
        near_the_end().does(SENNA, AskAgain("Why?", 6))


def test_after_asking_again_the_earlier_reply_no_longer_counts_as_a_reply() -> None:
    case = replied().does(IRA, AskAgain("When does the panel sit?", 2), "2026-11-04 12:00")
    case.until("2026-11-09 10:00")
    assert case.the(DeadlineMissed).request == 2
    assert case.challenge.stage is Stage.TWO
    assert case.facts(StageBegan)[-1].cause is Cause.NO_REPLY
    assert case.due == day("2026-11-13")


def test_the_first_question_cannot_be_answered_after_it_was_asked_again() -> None:
    case = replied().does(IRA, AskAgain("When does the panel sit?", 3))
    with pytest.raises(NotAllowedError, match="Somebody else has been asked"):
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))


# The SRSM's view ---------------------------------------------------------------------------------


@pytest.mark.parametrize("resolved", [True, False])
def test_the_srsm_may_record_their_own_view_before_a_reply(resolved: bool) -> None:  # noqa: FBT001
    case = raised().does(SARA, GiveView(resolved=resolved, words="As I see it."))
    assert case.request.manager_view is case.the(ManagerView).resolved is resolved
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(SARA, GiveView(resolved=resolved, words=" "))
    assert set(refused.value.fields) == {"words"}


@pytest.mark.parametrize("resolved", [True, False])
def test_the_srsm_may_record_their_own_view_after_a_reply(resolved: bool) -> None:  # noqa: FBT001
    case = replied().does(SARA, GiveView(resolved=resolved, words="As I see it."))
    assert case.request.manager_view is case.the(ManagerView).resolved is resolved


def test_whatever_the_srsm_s_view_it_is_the_iro_who_records_the_challenge_as_resolved() -> None:
    case = replied().does(SARA, GiveView(resolved=True, words="The plan is back on track."))
    assert case.standing is Standing.IRO_TO_DECIDE
    with pytest.raises(NotAllowedError):
        case.does(SARA, RESOLVED)
    case.does(IRA, Escalate(Stage.TWO))
    assert case.challenge.stage is Stage.TWO


def test_where_the_srsm_and_the_iro_differ_the_senior_iro_manager_is_told() -> None:
    for resolved in (True, False):  # at QAP, where she would not otherwise hear of the end
        case = raised(Stage.QAP).does(SARA, GiveView(resolved=resolved, words="As I see it."))
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
        case.does(IRA, RESOLVED, "2026-11-02 11:00")
        assert SENNA in case.hears(Closed), "of every end, and so of one that differs"
        again = replied().does(SARA, GiveView(resolved=resolved, words="As I see it."))
        again.does(IRA, AskAgain("When?", 2))
        assert (SENNA in again.hears(AskedAgain)) is resolved
    moved = replied().does(SARA, GiveView(resolved=True, words="Fine."), "2026-11-04 11:00")
    moved.does(IRA, Escalate(Stage.TWO), "2026-11-04 12:00")
    assert SENNA in moved.hears(StageBegan)
    assert SENNA in moved.hears(ManagerView)


def test_the_senior_iro_manager_hears_that_the_iro_still_finds_it_unresolved() -> None:
    """No action is open any more, beside the ladder, and the SRSM sees the matter as resolved."""
    case = promised().does(IRA, AcceptActions()).does(IRA, Escalate(Stage.TWO, "It is urgent."))
    case.does(IRA, GiveUpAction(1, "Not needed."))
    unseen = SayNotResolved("The child still waits.")
    assert SENNA not in Case(case.challenge, case.now, case.council).does(IRA, unseen).hears(
        NotResolvedYet
    )
    case.does(SARA, GiveView(resolved=True, words="It is done.")).does(IRA, unseen)
    assert case.hears(NotResolvedYet)[SENNA] == DAILY


def test_a_view_differs_from_no_decision_where_somebody_else_was_asked() -> None:
    case = raised().does(SARA, GiveView(resolved=True, words="Fine."))
    case.does(TAM, SayNotMine(1, "Not my team.")).does(IRA, Reassign("tm-south", "Theirs."))
    assert SENNA not in case.hears(ManagerView)


# In the IRO's place ------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["2026-11-02 11:00", "2026-11-04 10:00", "2026-11-05 23:59:59"])
def test_the_iro_has_until_the_stage_s_deadline_to_decide(at: str) -> None:
    assert replied(at=at).asks == (("DECIDE", day("2026-11-09")),)


@pytest.mark.parametrize(
    ("at", "by"), [("2026-11-06 10:00", "2026-11-10"), ("2026-11-09 23:59:59", "2026-11-11")]
)
def test_the_iro_has_at_least_two_working_days_to_decide(at: str, by: str) -> None:
    assert replied(at=at).asks == (("DECIDE", day(by)),)


ACTS: list[tuple[Command, type[Fact]]] = [
    (RESOLVED, Closed),
    (Escalate(Stage.TWO), StageBegan),
    (AskAgain("When?", 3), AskedAgain),
    (AcceptActions(), ActionsAccepted),
]


@pytest.mark.parametrize(("command", "_fact"), ACTS)
def test_before_that_the_srsm_cannot_decide(command: Command, _fact: type[Fact]) -> None:
    case = promised().until(NOT_YET_LATE)
    with pytest.raises((NotAllowedError, BadSubmissionError)):
        case.does(SARA, command)
    assert steps_in(case) == []


@pytest.mark.parametrize(("command", "fact"), ACTS)
def test_in_the_iro_s_place_the_srsm_may_resolve_move_up_accept_actions_or_ask_again(
    command: Command, fact: type[Fact]
) -> None:
    case = promised(by="2026-11-20").does(SARA, command, LATE)
    assert case.facts(fact)


def test_three_working_days_late_the_srsm_may_decide_on_the_reply_in_the_iro_s_place() -> None:
    case = replied().until(NOT_YET_LATE)
    assert not case.acts(SARA) & {Resolve, Escalate}
    case.until(LATE)
    assert case.acts(SARA) >= {Resolve, Escalate, AskAgain}
    case.does(SARA, RESOLVED)
    assert case.the(InIrosPlace).about == Purpose.DECIDE


@pytest.mark.parametrize("command", [RESOLVED, Escalate(Stage.TWO), AskAgain("When?", 3)])
def test_three_working_days_late_the_srsm_may_decide_on_the_silence_in_the_iro_s_place(
    command: Command,
) -> None:
    """Asked on Tuesday the 10th, due on the 11th, three working days late on Monday the 16th."""
    case = silent().does(SARA, command, "2026-11-16 09:00")
    assert case.the(InIrosPlace).about == Purpose.DECIDE_SILENCE


def test_in_the_iro_s_place_it_is_the_next_stage_and_no_later_one() -> None:
    case = replied().until(LATE)
    with pytest.raises(BadSubmissionError, match="only move it to the next stage"):
        case.does(SARA, Escalate(Stage.THREE, "It is urgent."))
    case.does(SARA, Escalate(Stage.TWO))
    assert case.challenge.stage is Stage.TWO


def test_no_other_lateness_of_the_iro_is_the_srsm_s_to_make_up_for() -> None:
    """Who should reply is hers to say then (rule 15), but that moves nothing up."""
    deciding = {Resolve, Escalate, AskAgain, AcceptActions}
    case = raised().does(TAM, SayNotMine(1, "Not my team.")).until("2026-11-05 12:00")
    assert Reassign in case.acts(SARA)
    assert not case.acts(SARA) & deciding
    accepted = promised().does(IRA, AcceptActions())
    late = accepted.does(WYN, ReportAction(1, "The letter.")).until("2026-11-20 12:00")
    assert late.challenge.chased() >= late.council.procedure.manager_may_decide_after
    assert not late.acts(SARA) & (deciding - {AskAgain}), "why_not_again refuses that"


@pytest.mark.parametrize(("command", "fact"), ACTS)
def test_each_act_in_the_iro_s_place_is_marked(command: Command, fact: type[Fact]) -> None:
    case = promised(by="2026-11-20")
    assert marks_of(case.challenge) == ()
    case.does(SARA, command, "2026-11-13 10:00")
    assert case.the(InIrosPlace) == InIrosPlace(
        IRA, "decide on the reply", type(command).__name__, 4
    )
    mark, act = case.events(InIrosPlace)[-1], case.events(fact)[-1]
    assert mark.command == act.command
    assert mark.number < act.number
    assert line_of(case, InIrosPlace) == (
        "Sara Sample-Three decided in the place of Ira Sample-One, 4 working days after the date "
        "to decide on the reply"
    )
    assert MARKS[IN_IROS_PLACE] in marks_of(case.challenge)


def test_the_record_of_a_stage_says_who_moved_the_challenge_there() -> None:
    case = replied().does(SARA, Escalate(Stage.TWO), LATE)
    said = line_of(case, StageBegan)
    assert "began: Sara Sample-Three, in the IRO’s place, found the matter not resolved" in said


def test_it_says_so_too_where_the_srsm_recorded_the_discussion_with_it() -> None:
    case = raised(Stage.QAP).until("2026-11-12 10:00")
    case.does(SARA, Escalate(Stage.ONE, "It drifts.", discussed="On the phone."))
    assert "Sara Sample-Three, in the IRO’s place, moved the challenge up" in line_of(
        case, StageBegan
    )


def test_a_deadline_that_the_srsm_revises_is_not_in_the_iro_s_place() -> None:
    """That is hers to do under rule 7, however late the IRO is with the silence."""
    case = silent().does(SARA, ReviseDeadline(day("2026-11-20"), "Illness."), "2026-11-16 09:00")
    assert case.facts(InIrosPlace) == []


def test_what_the_iro_decides_late_themselves_is_not_marked() -> None:
    case = replied().does(IRA, Escalate(Stage.TWO), LATE)
    assert case.facts(InIrosPlace) == []
    cover = council(people=directory(Cover("iro-one", IVO, *NOVEMBER)))
    covered = raised(of=cover).does(TAM, Reply(1, Answer.CHALLENGED, "No."), "2026-11-04 10:00")
    covered.does(IVO, Escalate(Stage.TWO), LATE)
    assert covered.facts(InIrosPlace) == []


def test_the_senior_iro_manager_is_told_at_once_of_each_act_in_the_iro_s_place() -> None:
    case = replied().does(SARA, AskAgain("When?", 3), "2026-11-12 20:15")
    assert SENNA in case.letters(InIrosPlace)
    assert case.letters_go_out(InIrosPlace) == moment("2026-11-12 20:15")


def test_the_iro_is_told_at_once_of_each_act_in_their_place() -> None:
    case = replied().does(SARA, AskAgain("When?", 3), "2026-11-12 20:15")
    assert IRA in case.letters(InIrosPlace)


def test_of_an_act_in_the_iro_s_place_nobody_who_was_told_at_once_hears_again() -> None:
    case = replied().does(SARA, Escalate(Stage.TWO), LATE)
    up_to = case.events(InIrosPlace)[-1].number - 1
    news = told_in_the_morning(case.challenge, case.now, case.council, up_to)
    again = {one for found in news for one in found.officers}
    assert again.isdisjoint({IRA, SENNA})
    assert again, "others hear of it in the morning"


def test_the_srsm_s_tray_shows_the_late_decisions_they_may_take() -> None:
    case = replied().until(LATE)
    assert [one.day for one in steps_in(case)] == [day("2026-11-09")], "the decision's own date"
    (task,) = [t for t in tasks(case.challenge, case.council) if t.purpose is Purpose.STEP_IN]
    assert not task.stops
    today = local_day(case.now)
    theirs = {
        officer
        for officer in case.council.directory.officers
        if is_theirs(task, officer, case.challenge, case.council, today)
    }
    assert theirs == {SARA}
    case.does(IRA, Escalate(Stage.TWO))
    assert steps_in(case) == []


def test_the_srsm_never_ends_a_challenge_without_resolution() -> None:
    case = replied().until("2026-11-30 12:00")
    for officer in (SARA, SENNA):
        assert Close not in case.acts(officer)
        for outcome in Outcome:
            with pytest.raises(NotAllowedError):
                case.does(officer, Close(outcome, "Enough.", ChildTold.NOT_YET))


# Another IRO -------------------------------------------------------------------------------------


def test_the_srsm_may_appoint_another_iro_where_the_iro_agrees() -> None:
    appoint = AppointIro(IVO, "The challenge cannot wait.")
    case = replied()
    with pytest.raises(BadSubmissionError, match="not away and has not agreed") as refused:
        case.does(SARA, appoint)
    assert set(refused.value.fields) == {"iro"}
    case.does(IRA, AgreeToAnotherIro("I am about to go on leave.")).does(SARA, appoint)
    assert case.the(IroAppointed).because is Because.AGREED
    assert case.challenge.iro == IVO


@pytest.mark.parametrize(
    ("people", "because"),
    [
        (directory(Cover("iro-one", IVO, *NOVEMBER)), Because.AWAY),
        (directory(iro_one=None), Because.LEFT),
        (directory(iro_one=HEDY), Because.LEFT),
    ],
    ids=["covered", "vacant", "somebody else has the post"],
)
def test_the_srsm_may_appoint_another_iro_where_the_iro_is_absent(
    people: object, because: Because
) -> None:
    case = replied()
    case.council = council(people=people)  # type: ignore[arg-type]  # a Directory
    case.does(SARA, AppointIro(IVO, "Ira is not here."))
    assert case.the(IroAppointed).because is because


def test_an_iro_whose_cover_has_ended_is_not_absent() -> None:
    october = day("2026-10-01"), day("2026-11-03")
    case = raised(of=council(people=directory(Cover("iro-one", IVO, *october))))
    with pytest.raises(BadSubmissionError, match="not away"):
        case.does(SARA, AppointIro(IVO, "Ira was away."), "2026-11-04 09:00")


def test_the_srsm_may_appoint_another_iro_with_the_senior_iro_manager() -> None:
    case = replied().does(SENNA, AppointIro(IVO, "Too many are late."))
    assert case.the(IroAppointed).because is Because.SENIOR
    assert case.challenge.iro == IVO


def test_an_agreement_is_the_iro_s_own_and_used_up_by_the_appointment() -> None:
    cover = council(people=directory(Cover("iro-one", IVO, *NOVEMBER)))
    with pytest.raises(NotAllowedError, match="Only the IRO can agree"):
        raised(of=cover).does(IVO, AgreeToAnotherIro("They are away."))
    with pytest.raises(BadSubmissionError):
        replied().does(IRA, AgreeToAnotherIro(""))
    case = replied().does(IRA, AgreeToAnotherIro("Leave."))
    assert case.hears(AnotherIroAgreed) == {SARA: DAILY}
    assert AgreeToAnotherIro not in case.acts(IRA)
    case.does(SARA, AppointIro(IVO, "Leave."))
    with pytest.raises(BadSubmissionError, match="not away and has not agreed"):
        case.does(SARA, AppointIro(IRA, "Back again."))


def test_appointing_another_iro_needs_a_reason() -> None:
    with pytest.raises(BadSubmissionError) as refused:
        replied().does(SENNA, AppointIro(IVO, " "))
    assert set(refused.value.fields) == {"reason"}


@pytest.mark.parametrize("who", [IRA, TAM, "nobody"])
def test_only_another_officer_who_is_an_iro_can_be_appointed(who: str) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        replied().does(SENNA, AppointIro(who, "Ira is on leave."))
    assert "iro" in refused.value.fields


def test_both_iros_hear_about_the_appointment() -> None:
    case = replied().does(SENNA, AppointIro(IVO, "Too many are late."))
    heard = case.hears(IroAppointed)
    assert heard[IVO] is Letter.DECIDE
    assert heard[IRA] == DAILY
    case.does(SENNA, AppointIro(IRA, "Ivo is on leave."))
    assert {IRA, IVO} <= set(case.hears(IroAppointed))


def test_an_objection_to_the_appointment_is_recorded() -> None:
    for officer in (IRA, IVO):
        case = replied()
        assert ObjectToIro not in case.acts(IRA)
        case.does(SENNA, AppointIro(IVO, "Too many are late."))
        case.does(officer, ObjectToIro("I know this child."))
        assert case.the(ObjectedToIro).words == "I know this child."
        assert {SARA, SENNA} <= set(case.hears(ObjectedToIro))
        assert case.challenge.iro == IVO, "the appointment stands"
        with pytest.raises(BadSubmissionError):
            case.does(officer, ObjectToIro(""))


def test_the_iro_before_reads_on_and_does_nothing_else_while_an_iro_of_this_council() -> None:
    case = replied().does(SENNA, AppointIro(IVO, "Too many are late."))

    def of_ira() -> frozenset[Capacity]:
        return capacities(case.challenge, IRA, case.council, local_day(case.now))

    assert of_ira() == {Capacity.IRO_BEFORE}
    assert may_see(of_ira(), case.challenge, case.council)
    assert {act.__name__ for act in case.acts(IRA)} == {"ObjectToIro", "WriteNote"}
    case.council = council(people=directory(iro_one=None))
    assert of_ira() == frozenset()


def test_an_appointment_of_a_record_from_before_says_nothing_of_what_allowed_it() -> None:
    case = replied()
    actor = Actor(SARA, "Sara Sample-Three", "the SRSM", "page")
    fact = IroAppointed(IVO, "Ira is on leave.")
    event = Event(case.challenge.version + 1, fact, actor, case.now, case.now, "old")
    case.challenge = apply(case.challenge, event)
    assert case.challenge.iro == IVO
    assert [one.text for one in fact.written() if one.text] == ["Ira is on leave."]
