"""Rule 4: after a reply the IRO decides, and what happens if the IRO does not."""

from __future__ import annotations

import pytest

from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import FORMAL_STAGES, Stage
from domain.procedure import OnNoReply, Procedure
from domain.rules.actions import AcceptActions, ActionsAccepted
from domain.rules.deciding import (
    AppointIro,
    AskAgain,
    AskedAgain,
    GiveView,
    IroAppointed,
    ManagerView,
)
from domain.rules.endings import ChildTold, Close, Closed, Resolve
from domain.rules.escalating import Escalate
from domain.rules.lateness import Chased
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.stages import Cause, StageBegan
from domain.vocabulary import Letter, Outcome, Standing
from tests.builders import (
    DAILY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    Case,
    an_action,
    council,
    day,
    moment,
    raised,
)

RESPONDERS = {Stage.ONE: "tam", Stage.TWO: "cas", Stage.THREE: "hedy", Stage.FOUR: "ada"}
RESOLVED = Resolve("The panel has sat.", ChildTold.YES, "By their social worker.")


def replied(stage: Stage = Stage.ONE, at: str = "2026-11-04 10:00") -> Case:
    """Return it raised on Monday 2 November; the responder disagrees on Wednesday."""
    reply = Reply(1, Answer.CHALLENGED, "The panel is not ours to call.")
    return raised(stage).does(RESPONDERS[stage], reply, at)


def promised() -> Case:
    reply = Reply(1, Answer.ACTIONS, "We will apply.", (an_action(),))
    return raised().does(TAM, reply, "2026-11-04 10:00")


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_the_iro_resolves_at_any_stage(stage: Stage) -> None:
    """Rule 4: resolved, finalise."""
    case = replied(stage).does(IRA, RESOLVED)
    assert case.standing is Standing.CLOSED
    assert (case.the(Closed).outcome, case.the(Closed).stage) == (Outcome.RESOLVED_AT_STAGE, stage)


def test_not_resolved_moves_to_the_next_stage_without_further_reason() -> None:
    """Rule 4: not resolved, next stage; the stage's days count from the decision."""
    case = replied().does(IRA, Escalate(Stage.TWO), "2026-11-05 16:00")
    began = case.facts(StageBegan)[-1]
    assert (began.stage, began.cause) == (Stage.TWO, Cause.NOT_RESOLVED)
    assert case.due == day("2026-11-12")
    assert case.challenge.period is not None
    assert case.challenge.period.day == day("2026-11-30"), "the 20 days go on from formal entry"


def test_a_later_stage_than_the_next_needs_a_reason() -> None:
    """Rule 4: or a later one with a reason."""
    case = replied()
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, Escalate(Stage.THREE))
    assert set(refused.value.fields) == {"reason"}
    case.does(IRA, Escalate(Stage.THREE, "Only the Head of Service can decide on money."))
    assert case.facts(StageBegan)[-1].skipped == (Stage.TWO,)


def test_silence_where_the_iro_is_asked_is_decided_like_a_reply() -> None:
    """Rules 4 and 5: asked as in rule 4; the next stage needs no further reason."""
    case = raised(of=council(Procedure(on_no_reply=OnNoReply.ASK))).until("2026-11-10 10:00")
    assert ("DECIDE_SILENCE", day("2026-11-11")) in case.asks
    case.does(IRA, Escalate(Stage.TWO))
    assert case.facts(StageBegan)[-1].stage is Stage.TWO


def test_there_is_no_stage_after_the_fourth() -> None:
    """Rule 4: next stage, as far as there is one."""
    with pytest.raises(BadSubmissionError, match="Stage 4 is the last stage"):
        replied(Stage.FOUR).does(IRA, Escalate(Stage.FOUR, "Again."))


@pytest.mark.parametrize("back", [Stage.QAP, Stage.ONE, Stage.TWO])
def test_a_challenge_never_moves_down_nor_to_where_it_is(back: Stage) -> None:
    """Rule 4: next stage, or a later one."""
    with pytest.raises(BadSubmissionError, match="Choose a stage after Stage 2"):
        replied(Stage.TWO).does(IRA, Escalate(back, "Back to the start."))


@pytest.mark.parametrize(
    ("at", "by"),
    [
        ("2026-11-04 10:00", "2026-11-09"),  # until the stage's deadline
        ("2026-11-06 10:00", "2026-11-10"),  # at least two working days
        ("2026-11-09 23:59:59", "2026-11-11"),
    ],
)
def test_the_iro_has_until_the_stages_deadline_and_at_least_two_working_days(
    at: str, by: str
) -> None:
    """Rule 4: until the stage's deadline, at least 2 working days."""
    assert replied(at=at).asks == (("DECIDE", day(by)),)


def test_the_stage_does_not_move_up_by_itself_while_the_iro_has_to_decide() -> None:
    """Rules 4 and 5: never where the reply came and the IRO has yet to decide."""
    case = replied().until("2026-12-18 12:00")
    assert case.challenge.stage is Stage.ONE
    assert case.standing is Standing.IRO_TO_DECIDE


def test_three_and_five_working_days_late_and_then_every_five_it_is_recorded() -> None:
    """Rule 0: at three the SRSM is told, at five the Senior IRO Manager; due Monday the 9th."""
    case = replied(Stage.FOUR).until("2026-11-23 12:00")
    days = ("12", "16", "23")
    assert [e.effective for e in case.events(Chased)] == [
        moment(f"2026-11-{n} 09:00") for n in days
    ]
    assert [fact.days_over for fact in case.facts(Chased)] == [3, 5, 10]
    assert case.hears(Chased) == {SARA: DAILY}, "the IRO's own daily email lists the task"


def test_a_chase_that_was_not_sent_yet_says_nothing_about_the_next_question() -> None:
    case = replied().until("2026-11-12 12:00")
    case.does(IRA, AskAgain("When?", 3))
    assert case.hears(Chased) == {}
    case.does(TAM, Reply(2, Answer.CHALLENGED, "In spring."), "2026-11-13 10:00")
    assert case.standing is Standing.IRO_TO_DECIDE
    assert case.hears(Chased) == {}


def test_after_three_more_the_srsm_may_decide_or_appoint_another_iro() -> None:
    """Rule 4: after 3 more the SRSM may decide or appoint another IRO."""
    deciding = {Resolve, Escalate, AskAgain}
    case = replied().until("2026-11-12 08:59")
    assert not case.acts(SARA) & {Resolve, Escalate}
    case.until("2026-11-12 09:00")
    assert case.acts(SARA) >= deciding | {AppointIro}
    assert Close not in case.acts(SARA), "an end without resolution is the IRO's alone"
    case.does(SARA, RESOLVED)
    assert case.challenge.outcome is Outcome.RESOLVED_AT_STAGE


def test_before_that_the_srsm_cannot_decide() -> None:
    """Rule 4: the IRO decides, the IRO finalises."""
    case = replied()
    for command in (RESOLVED, Escalate(Stage.TWO)):
        with pytest.raises(NotAllowedError):
            case.does(SARA, command)


def test_the_srsm_does_not_accept_actions_in_the_iros_place_within_the_period() -> None:
    """Rules 4 and 6: the IRO accepts; only a date beyond the period needs the SRSM."""
    with pytest.raises((NotAllowedError, BadSubmissionError)):
        promised().does(SARA, AcceptActions())


def test_another_iro_decides_and_the_first_no_longer_does() -> None:
    """Rule 4: appoint another IRO."""
    case = replied().does(SARA, AppointIro(IVO, "Ira is on leave."), "2026-11-12 09:30")
    assert case.the(IroAppointed).iro == case.challenge.iro == IVO
    assert case.acts(IRA) == set()
    case.does(IVO, RESOLVED)
    assert case.standing is Standing.CLOSED


@pytest.mark.parametrize("who", [IRA, TAM, "nobody"])
def test_only_another_officer_who_is_an_iro_can_be_appointed(who: str) -> None:
    """Rule 4: another IRO."""
    with pytest.raises(BadSubmissionError) as refused:
        replied().does(SARA, AppointIro(who, "Ira is on leave."))
    assert "iro" in refused.value.fields


def test_after_five_the_senior_iro_manager_is_told_and_only_then() -> None:
    """Rule 4: after 5 the Senior IRO Manager is told."""
    case = replied(Stage.FOUR)
    for at, told in (
        ("2026-11-13 10:00", False),
        ("2026-11-16 10:00", True),
        ("2026-11-23 10:00", False),
    ):
        case.until(at)
        assert (SENNA in case.hears(Chased)) is told, at


def test_the_same_stage_is_asked_again_once_with_its_own_deadline() -> None:
    """Rule 4: ask again at the same stage, once, at most 5 working days."""
    case = replied().does(IRA, AskAgain("When does the panel sit?", 3), "2026-11-05 10:00")
    assert case.the(AskedAgain).deadline.day == case.due == day("2026-11-10")
    assert case.standing is Standing.STAGE_1
    assert TAM in case.request.served
    case.does(TAM, Reply(2, Answer.CHALLENGED, "In spring."), "2026-11-06 10:00")
    with pytest.raises(BadSubmissionError, match="asked again once already"):
        case.does(IRA, AskAgain("When exactly?", 3))
    case.does(SARA, AskAgain("When exactly?", 3))
    assert case.standing is Standing.STAGE_1


def test_asking_again_is_for_at_most_five_working_days_beyond_that_the_srsm() -> None:
    """Rule 4: at most 5 working days, beyond that the SRSM."""
    case = replied()
    for days, wrong in ((0, "at least 1"), (6, "at most 5")):
        with pytest.raises(BadSubmissionError, match=wrong):
            case.does(IRA, AskAgain("When?", days))
    case.does(SARA, AskAgain("When?", 6))
    assert case.due == day("2026-11-12")


def test_the_first_question_cannot_be_answered_after_it_was_asked_again() -> None:
    """Rule 4: the question that counts is the one asked again."""
    case = replied().does(IRA, AskAgain("When does the panel sit?", 3))
    with pytest.raises(NotAllowedError, match="Somebody else has been asked"):
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))


def test_silence_after_asking_again_moves_up_like_any_silence() -> None:
    """Rules 4 and 5: the stage is asked again, and not answered."""
    case = replied().does(IRA, AskAgain("When does the panel sit?", 2), "2026-11-04 12:00")
    case.until("2026-11-09 10:00")
    assert case.challenge.stage is Stage.TWO
    assert case.due == day("2026-11-13")


def test_the_srsms_own_view_is_recorded_beside_the_reply() -> None:
    """Rule 4: the SRSM's own view, resolved or not, is recorded beside it."""
    case = replied().does(SARA, GiveView(resolved=True, words="The plan is back on track."))
    assert case.request.manager_view is case.the(ManagerView).resolved is True
    assert case.standing is Standing.IRO_TO_DECIDE, "the IRO finalises"


def test_the_view_needs_a_reply_and_words() -> None:
    """Rule 4: recorded beside the decision on a reply."""
    with pytest.raises(NotAllowedError):
        raised().does(SARA, GiveView(resolved=True, words="Fine."))
    with pytest.raises(BadSubmissionError):
        replied().does(SARA, GiveView(resolved=True, words=""))


@pytest.mark.parametrize("resolved", [True, False])
def test_whatever_the_view_was_the_senior_iro_manager_is_told_how_it_ended(resolved: bool) -> None:  # noqa: FBT001
    """Rule 16: an end is a key point, at QAP too, so they hear of one that differs (rule 4)."""
    case = raised(Stage.QAP).does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    case.does(SARA, GiveView(resolved=resolved, words="As I see it."))
    case.does(IRA, RESOLVED, "2026-11-02 11:00")
    assert SENNA in case.hears(Closed)


def test_a_view_given_after_the_iro_decided_otherwise_tells_the_senior_too() -> None:
    """Rule 4: where the two differ, in whatever order they came."""
    case = replied().does(SARA, GiveView(resolved=True, words="Fine."), "2026-11-04 11:00")
    case.does(IRA, Escalate(Stage.TWO), "2026-11-04 12:00")
    assert SENNA in case.hears(StageBegan)
    assert SENNA in case.hears(ManagerView)


def test_accepting_needs_actions_that_were_promised() -> None:
    """Rule 4: accept the agreed actions."""
    with pytest.raises(NotAllowedError):
        replied().does(IRA, AcceptActions())
    case = promised().does(IRA, AcceptActions())
    assert case.the(ActionsAccepted).actions == (an_action(),)


def test_the_iro_is_asked_and_the_srsm_told_at_once() -> None:
    """Rule 4, and "Deadlines": emails about what people did go at once."""
    case = replied(at="2026-11-07 22:00")
    assert case.hears(Replied) == {IRA: Letter.DECIDE, SARA: Letter.TOLD, "cas": Letter.TOLD}
    assert case.letters_go_out(Replied) == moment("2026-11-07 22:00")


def test_five_working_days_late_the_senior_iro_manager_may_do_what_the_srsm_may() -> None:
    """Rule 0: from the fifth working day on."""
    case = replied().until("2026-11-13 10:00")
    assert case.challenge.chased() < case.council.procedure.senior_told_after
    assert Resolve not in case.acts(SENNA)
    case.until("2026-11-16 10:00")
    assert case.challenge.chased() == case.council.procedure.senior_told_after
    assert case.acts(SARA) <= case.acts(SENNA)
    case.does(SENNA, Resolve("The plan is back on track.", ChildTold.NO, "They never knew."))
    assert case.challenge.outcome is Outcome.RESOLVED_AT_STAGE
