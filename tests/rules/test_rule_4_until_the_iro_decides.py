"""Rule 4: after a reply the IRO decides, and what happens if the IRO does not."""

from __future__ import annotations

import pytest

from domain.errors import BadSubmissionError
from domain.ladder import Stage
from domain.procedure import OnNoReply, Procedure
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.lateness import Chased
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.stages import StageBegan
from domain.vocabulary import Letter, Outcome, Standing
from tests.builders import (
    DAILY,
    IRA,
    NOT_REFERRED,
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


def test_the_stage_does_not_move_up_by_itself_while_the_iro_has_to_decide() -> None:
    """Rules 4 and 5: never where the reply came and the IRO has yet to decide."""
    case = replied().until("2026-12-18 12:00")
    assert case.challenge.stage is Stage.ONE
    assert case.standing is Standing.IRO_TO_DECIDE


def test_three_and_five_working_days_late_and_then_every_five_it_is_recorded() -> None:
    """Rule 0: at three the SRSM is told, at five the Senior IRO Manager; due Monday the 9th."""
    case = replied(Stage.FOUR).does(IRA, NOT_REFERRED).until("2026-11-23 12:00")
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


def test_the_iro_is_asked_and_the_srsm_told_at_once() -> None:
    """Rule 4, and "Deadlines": emails about what people did go at once."""
    case = replied(at="2026-11-07 22:00")
    assert case.hears(Replied) == {IRA: Letter.DECIDE, SARA: Letter.TOLD, "cas": Letter.TOLD}
    assert case.letters_go_out(Replied) == moment("2026-11-07 22:00")


def test_five_working_days_late_the_senior_iro_manager_may_do_what_the_srsm_may() -> None:
    """Rule 0: from the fifth working day on."""
    case = replied().does(IRA, NOT_REFERRED).until("2026-11-13 10:00")
    assert case.challenge.chased() < case.council.procedure.senior_told_after
    assert Resolve not in case.acts(SENNA)
    case.until("2026-11-16 10:00")
    assert case.challenge.chased() == case.council.procedure.senior_told_after
    assert case.acts(SARA) <= case.acts(SENNA)
    case.does(SENNA, Resolve("The plan is back on track.", ChildTold.NO, "They never knew."))
    assert case.challenge.outcome is Outcome.RESOLVED_AT_STAGE
