"""Rule 15, *not mine*: somebody who was asked says that it is not theirs to answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.directory import Post
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Role, Stage
from domain.moments import end_of_day, local_day
from domain.rules.accepting import AcceptActions
from domain.rules.naming import NamingPassedOn
from domain.rules.posts import NotMine, Reassign, Reassigned, SayNotMine, posts_to_name
from domain.rules.replies import Answer, Reply
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Cause, StageBegan
from domain.tasks import is_theirs, tasks
from domain.vocabulary import Capacity, Letter, Purpose, Standing
from tests.builders import (
    ADA,
    CAS,
    HEDY,
    IRA,
    SARA,
    TAM,
    TOM,
    WYN,
    Case,
    council,
    day,
    directory,
    raised,
)

if TYPE_CHECKING:
    from domain.council import Council

SOUTH = Reassign("tm-south", "The child has moved team.")


def not_mine(at: str = "2026-11-04 10:00") -> Case:
    """Asked on Monday 2 November, due by Monday 9."""
    return raised().does(TAM, SayNotMine(1, "The child has moved team."), at)


def at_qap(by: str = TAM, at: str = "2026-11-02 11:00") -> Case:
    """Wyn and Tam are asked on Monday 2 November, due by Tuesday 3; one of them says it."""
    return raised(Stage.QAP).does(by, SayNotMine(1, "Not my child."), at)


def whose(case: Case, purpose: Purpose) -> set[str]:
    """Return who has a task of this purpose today."""
    found = [one for one in tasks(case.challenge, case.council) if one.purpose is purpose]
    at = (case.challenge, case.council, local_day(case.now))
    return {o for o in case.council.directory.officers for one in found if is_theirs(one, o, *at)}


def test_not_mine_answers_nothing() -> None:
    case = not_mine()
    assert case.request.reply is None
    assert not case.request.answered
    assert case.standing is Standing.TO_BE_REASSIGNED
    assert not {AcceptActions} & case.acts(IRA), "there is no reply to decide on"


def test_it_is_the_iro_s_task_to_ask_somebody_else_within_2_working_days() -> None:
    case = not_mine()
    assert case.asks == (("REASSIGN", day("2026-11-06")),)
    assert case.letters(NotMine)[IRA] is Letter.DECIDE
    assert whose(case, Purpose.REASSIGN) == {IRA}
    with pytest.raises(NotAllowedError):
        case.does(SARA, SOUTH)
    named = not_mine().does(IRA, SOUTH)
    assert named.asks == ()
    assert named.request.posts == ("tm-south",)


def test_otherwise_it_is_the_srsm_s_task_within_2_more() -> None:
    case = not_mine().until("2026-11-06 23:00")
    assert whose(case, Purpose.REASSIGN) == {IRA}
    case.until("2026-11-07 10:00")
    assert case.the(NamingPassedOn).whose is Capacity.SRSM
    assert case.asks == (("REASSIGN", day("2026-11-10")),)
    assert whose(case, Purpose.REASSIGN) == {SARA}
    assert {IRA, SARA} <= set(case.hears(NamingPassedOn))
    case.does(SARA, SOUTH)
    assert case.request.posts == ("tm-south",)


def test_the_iro_may_still_ask_somebody_else_when_it_is_the_srsm_s_task() -> None:
    case = not_mine().until("2026-11-09 10:00").does(IRA, SOUTH)
    assert case.request.posts == ("tm-south",)


def with_director() -> Council:
    people = directory()
    post = Post("dcs", Role.DIRECTOR, (), HEDY)
    return council(people=replace(people, posts={**people.posts, post.id: post}))


def to_name(stage: Stage) -> set[Role]:
    """Return the roles that may be asked instead at ``stage``."""
    case = raised(stage, of=with_director())
    found = posts_to_name(case.challenge, case.council, local_day(case.now))
    return {post.role for post in found}


def test_somebody_else_is_of_the_stage_s_role_or_above_on_the_ladder() -> None:
    above = [
        Role.TEAM_MANAGER,
        Role.CHILDRENS_SERVICE_MANAGER,
        Role.HEAD_OF_SERVICE,
        Role.ASSISTANT_DIRECTOR,
        Role.DIRECTOR,
    ]
    assert to_name(Stage.QAP) == {Role.SOCIAL_WORKER, *above}
    for place, stage in enumerate((Stage.ONE, Stage.TWO, Stage.THREE, Stage.FOUR)):
        assert to_name(stage) == {*above[place:]}
    case = raised(Stage.FOUR).does(ADA, SayNotMine(1, "Ask below."))
    for post in ("sw-north", "tm-south", "hos"):
        with pytest.raises(BadSubmissionError, match="this stage’s role, or above it"):
            case.does(IRA, Reassign(post, "They know the child."))


def test_above_the_assistant_director_is_the_director() -> None:
    case = raised(Stage.FOUR, of=with_director()).does(ADA, SayNotMine(1, "Not my service."))
    case.does(IRA, Reassign("dcs", "Nobody else can decide."))
    case.does(HEDY, Reply(2, Answer.RESOLVED, "Done."))
    assert case.standing is Standing.IRO_TO_DECIDE


def said_twice() -> Case:
    case = not_mine("2026-11-03 10:00").does(IRA, SOUTH)
    return case.does(TOM, SayNotMine(2, "Nor mine."), "2026-11-04 10:00")


def test_not_mine_can_be_said_twice_at_one_stage_in_all() -> None:
    case = said_twice().does(IRA, Reassign("csm", "It is hers."))
    with pytest.raises(BadSubmissionError, match="has been said twice at this stage"):
        case.does(CAS, SayNotMine(3, "Nor mine."))
    case.until("2026-11-10 10:00")
    assert case.challenge.stage is Stage.TWO
    case.does(CAS, SayNotMine(4, "Nor mine."))
    assert case.standing is Standing.TO_BE_REASSIGNED, "at another stage it can be said again"


def test_at_qap_it_is_said_twice_by_both_and_no_more() -> None:
    case = at_qap().does(WYN, SayNotMine(1, "Nor mine."))
    case.does(IRA, Reassign("csm", "It is hers."))
    with pytest.raises(BadSubmissionError, match="has been said twice at this stage"):
        case.does(CAS, SayNotMine(2, "Nor mine."))


def test_whoever_is_asked_first_has_the_days_left_and_at_least_2() -> None:
    early = not_mine().does(IRA, SOUTH, "2026-11-04 12:00")
    assert early.due == day("2026-11-09"), "the days left"
    late = not_mine("2026-11-09 16:00").does(IRA, SOUTH, "2026-11-10 12:00")
    assert late.due == day("2026-11-12"), "at least two"
    assert late.request.ledger.first.day == day("2026-11-09"), "the first stays visible"


def test_only_the_first_reassignment_extends_the_deadline() -> None:
    case = not_mine("2026-11-09 16:00").does(IRA, SOUTH, "2026-11-10 12:00")
    assert case.due == day("2026-11-12")
    case.does(TOM, SayNotMine(2, "Nor mine."), "2026-11-12 10:00")
    case.does(IRA, Reassign("csm", "It is hers."), "2026-11-12 11:00")
    assert case.due == day("2026-11-12"), "it does not move again"


def test_a_second_reassignment_after_the_deadline_leaves_that_day() -> None:
    case = not_mine("2026-11-09 16:00").does(IRA, SOUTH, "2026-11-10 12:00")
    case.does(TOM, SayNotMine(2, "Nor mine."), "2026-11-12 10:00")
    case.does(IRA, Reassign("csm", "It is hers."), "2026-11-16 11:00")
    assert case.due == day("2026-11-16")
    case.until("2026-11-17 00:05")
    assert case.challenge.stage is Stage.TWO, "silence, as at any other deadline"


def test_while_it_waits_for_a_name_it_does_not_move_up_for_at_most_4_working_days() -> None:
    case = not_mine("2026-11-09 16:00").until("2026-11-13 23:59:59")
    assert case.challenge.stage is Stage.ONE
    assert case.facts(DeadlineMissed) == []
    over = case.until("2026-11-14 00:05")
    assert over.challenge.stage is Stage.TWO


def test_it_never_moves_up_before_the_deadline_to_reply() -> None:
    """The four working days may be over earlier, if it is said on the first day."""
    case = not_mine("2026-11-02 11:00").until("2026-11-09 23:59:59")
    assert case.challenge.stage is Stage.ONE
    assert case.until("2026-11-10 00:05").challenge.stage is Stage.TWO


def test_after_that_it_goes_on_as_after_silence() -> None:
    case = not_mine("2026-11-09 16:00").until("2026-11-14 00:05")
    began = case.facts(StageBegan)[-1]
    assert (began.stage, began.cause) == (Stage.TWO, Cause.NOBODY_NAMED)
    assert case.events(StageBegan)[-1].effective == end_of_day(day("2026-11-13"))
    assert case.due == day("2026-11-20"), "its days count from the day that was missed"
    assert TAM not in case.hears(DeadlineMissed), "it was not theirs to answer"
    for stage, officer in ((Stage.FOUR, ADA), (Stage.QAP, TAM)):
        asks = raised(stage).does(officer, SayNotMine(1, "Not mine."))
        if stage is Stage.QAP:
            asks.does(WYN, SayNotMine(1, "Not mine."))
        asks.until("2026-11-20 10:00")
        assert asks.challenge.stage is stage
        assert "DECIDE_SILENCE" in [purpose for purpose, _ in asks.asks]


def test_at_qap_the_other_still_has_to_reply_by_the_same_time() -> None:
    case = at_qap()
    assert case.standing is Standing.QAP
    assert case.due == day("2026-11-03")
    assert whose(case, Purpose.REPLY) == {WYN}
    assert whose(case, Purpose.REASSIGN) == {IRA}
    missed = at_qap().until("2026-11-04 10:00")
    assert [fact.unnamed for fact in missed.facts(DeadlineMissed)] == [False]
    assert [purpose for purpose, _ in missed.asks] == ["DECIDE_SILENCE"]
    case.does(WYN, Reply(1, Answer.RESOLVED, "Done."))
    assert [purpose for purpose, _ in case.asks] == ["DECIDE"]


def test_at_qap_whoever_is_named_beside_the_other_has_the_same_time() -> None:
    case = at_qap().does(IRA, SOUTH, "2026-11-02 12:00")
    assert case.the(Reassigned).others == ("sw-north",)
    assert case.due == day("2026-11-03")
    assert whose(case, Purpose.REPLY) == {WYN, TOM}
    assert case.request.served == {WYN, TAM, TOM}
    assert WYN not in case.letters(Reassigned), "their request still holds"
    assert [purpose for purpose, _ in case.asks] == []
    case.does(TOM, Reply(1, Answer.RESOLVED, "Done."))
    assert case.standing is Standing.IRO_TO_DECIDE


def test_at_qap_the_other_is_not_named_again() -> None:
    with pytest.raises(BadSubmissionError, match="has been asked already"):
        at_qap().does(IRA, Reassign("sw-north", "She knows the child."))


def test_where_only_one_of_two_can_reply_nobody_else_is_waited_for() -> None:
    case = raised(Stage.QAP, of=council(people=directory(sw_north=None)))
    case.does(TAM, SayNotMine(1, "Not mine."))
    assert case.standing is Standing.TO_BE_REASSIGNED


def test_who_was_not_asked_has_nothing_to_give_back() -> None:
    with pytest.raises(NotAllowedError, match="others have been asked to reply"):
        raised(Stage.QAP).does(CAS, SayNotMine(1, "Not mine."))
