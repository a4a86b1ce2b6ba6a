"""Rule 6, actions after the limit: each test is named by its sentence of docs/procedure.md."""

from __future__ import annotations

import pytest

from domain.challenge import ActionState
from domain.directory import Cover
from domain.errors import BadSubmissionError
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.asking_to_accept import (
    AcceptanceAsked,
    AcceptanceDeclined,
    AskToAccept,
    DeclineToAccept,
)
from domain.rules.considering import FindUnresolved
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.replies import Answer, Reply
from domain.rules.stages import Cause, StageBegan
from domain.rules.stepping_in import InIrosPlace
from domain.tasks import is_theirs, tasks
from domain.vocabulary import Capacity, Letter, Purpose, Standing
from tests.builders import (
    ADA,
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
    directory,
    raised,
)

ASK = AskToAccept("The panel sits then, and the flat is certain.")
DECLINE = DeclineToAccept("The child cannot wait so long.")
RESOLVE = Resolve("The panel agreed.", ChildTold.YES, "By me.")


def replied(*days: str, **of: object) -> Case:
    """Return it after a reply with an action for each of ``days``; the limit is 30 November."""
    actions = tuple(an_action(f"Step {n}", by) for n, by in enumerate(days or ("2026-12-11",)))
    return raised(**of).does(TAM, Reply(1, Answer.ACTIONS, "We will.", actions))  # type: ignore[arg-type]  # what raised takes


def asked(*days: str) -> Case:
    return replied(*days).does(IRA, ASK)


def test_the_iro_does_not_accept_actions_after_the_20_working_day_limit() -> None:
    case = replied("2026-11-20", "2026-12-11")
    with pytest.raises(BadSubmissionError, match="after the 20-working-day limit"):
        case.does(IRA, AcceptActions())
    with pytest.raises(BadSubmissionError, match="after the 20-working-day limit"):
        case.does(IRA, ASK).does(IRA, AcceptActions())


def test_the_iro_may_ask_the_srsm_to_accept_them() -> None:
    case = asked()
    assert case.asks == (("ACCEPT_BEYOND", day("2026-11-04")),)
    (task,) = (one for one in tasks(case.challenge, case.council) if one.stops)
    assert is_theirs(task, SARA, case.challenge, case.council, case.today)
    assert not is_theirs(task, IRA, case.challenge, case.council, case.today)
    assert case.hears(AcceptanceAsked) == {SARA: Letter.DECIDE}
    assert {AcceptActions, DeclineToAccept} <= case.acts(SARA)
    assert DeclineToAccept not in case.acts(IRA) | case.acts(SENNA)


def test_actions_that_the_iro_can_accept_are_nothing_to_ask_about() -> None:
    assert AskToAccept not in replied("2026-11-30").acts(IRA)
    assert AskToAccept in replied("2026-12-01").acts(IRA)
    assert AskToAccept not in replied("2026-12-01").acts(SARA)


def test_asking_the_srsm_needs_a_reason() -> None:
    with pytest.raises(BadSubmissionError) as error:
        replied().does(IRA, AskToAccept(" "))
    assert error.value.fields.keys() == {"reason"}


def test_the_srsm_accepts_them_or_declines_with_a_reason_within_two_working_days() -> None:
    accepted = asked().does(SARA, AcceptActions())
    assert [action.state for action in accepted.challenge.actions] == [ActionState.OPEN]
    assert (accepted.standing, accepted.asks) == (Standing.ACTIONS_UNDER_WAY, ())
    assert not accepted.facts(InIrosPlace), "it is her own decision"
    case = asked()
    with pytest.raises(BadSubmissionError) as error:
        case.does(SARA, DeclineToAccept(" "))
    assert error.value.fields.keys() == {"reason"}
    case.does(SARA, DECLINE)
    assert case.hears(AcceptanceDeclined) == {IRA: Letter.DECIDE}
    assert not case.challenge.actions


def test_where_the_srsm_may_not_act_the_senior_iro_manager_is_asked_to_accept_them() -> None:
    case = replied(of=council(people=directory(srsm=IRA))).does(IRA, ASK)
    assert case.hears(AcceptanceAsked)[SENNA] is Letter.DECIDE
    assert DeclineToAccept in case.acts(SENNA)
    case.does(SENNA, AcceptActions())
    assert case.standing is Standing.ACTIONS_UNDER_WAY


def test_while_the_srsm_is_asked_the_challenge_does_not_move_up_by_itself() -> None:
    case = asked().until("2026-11-20 10:00")
    assert case.challenge.stage is Stage.ONE
    assert case.standing is Standing.IRO_TO_DECIDE


def test_while_the_srsm_is_asked_the_iro_is_not_late() -> None:
    case = replied().until("2026-11-06 10:00").does(IRA, ASK).until("2026-11-20 10:00")
    question = case.challenge.question
    assert question is not None
    assert (question.whose, question.chased) == (Capacity.SRSM, 5)
    assert not {Resolve, Escalate} & case.acts(SARA), "nothing of the IRO's is hers to decide"
    assert DeclineToAccept in case.acts(SENNA), "five working days late"


def test_after_the_srsm_declines_the_iro_decides_again() -> None:
    soon = asked().does(SARA, DECLINE)
    assert soon.asks == (("DECIDE", day("2026-11-09")),), "until the stage's deadline"
    late = replied().does(IRA, ASK, "2026-11-09 10:00").does(SARA, DECLINE)
    assert late.asks == (("DECIDE", day("2026-11-11")),), "at least two working days"
    late.does(IRA, Escalate(Stage.TWO))
    assert late.challenge.stage is Stage.TWO


@pytest.mark.parametrize("decision", [AskAgain("By when?", 3), Escalate(Stage.TWO), RESOLVE])
def test_what_else_is_decided_on_the_reply_ends_the_question_to_the_srsm(
    decision: AskAgain | Escalate | Resolve,
) -> None:
    case = asked().does(IRA, decision)
    assert "ACCEPT_BEYOND" not in [purpose for purpose, _ in case.asks]
    assert DeclineToAccept not in case.acts(SARA)


def test_the_next_stage_needs_no_more_reason_and_the_reply_was_judged() -> None:
    case = asked().does(IRA, Escalate(Stage.TWO))
    assert case.facts(StageBegan)[-1].cause is Cause.NOT_RESOLVED


def test_the_last_stage_can_be_found_unresolved_meanwhile() -> None:
    case = raised(Stage.FOUR)
    case.does(ADA, Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-12-11"),)))
    case.does(IRA, ASK).does(IRA, FindUnresolved("The child still waits."))
    assert "ACCEPT_BEYOND" not in [purpose for purpose, _ in case.asks]


def test_the_iro_asks_the_srsm_once_about_a_reply() -> None:
    case = asked().does(SARA, DECLINE)
    assert AskToAccept not in case.acts(IRA)
    assert AcceptActions in case.acts(SARA), "she can still change her mind"
    case.does(IRA, AskAgain("By when?", 3))
    later = (an_action(by="2026-12-04"),)
    case.does(TAM, Reply(2, Answer.ACTIONS, "Sooner.", later)).does(IRA, ASK)
    assert [one.purpose for one in case.questions] == [Purpose.ACCEPT_BEYOND]


def test_whoever_covers_for_the_iro_tells_the_iro_that_they_asked() -> None:
    cover = Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-20"))
    case = replied(of=council(people=directory(cover))).does(IVO, ASK)
    assert case.hears(AcceptanceAsked) == {SARA: Letter.DECIDE, IRA: DAILY}
