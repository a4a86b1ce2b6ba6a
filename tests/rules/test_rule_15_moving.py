"""Rule 15: a child who moves to another team or social worker while the challenge goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.challenge import Area
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.moments import LOCAL
from domain.people import capacities, reads_until
from domain.permissions import may_see
from domain.rules.escalating import Escalate
from domain.rules.moving import ChildMoved, MoveChild
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.stages import StageBegan
from domain.vocabulary import Capacity, Letter
from tests.builders import (
    CAS,
    DAILY,
    IRA,
    NORTH,
    SARA,
    SOUTH,
    TAM,
    TOM,
    WIN,
    WYN,
    Case,
    council,
    day,
    directory,
    raised,
)

GOES = MoveChild(SOUTH, "sw-south", question_goes=True)
STAYS = MoveChild(SOUTH, "sw-south", question_goes=False)


def who(case: Case, officer: str) -> set[Capacity]:
    today = case.now.astimezone(LOCAL).date()
    return {*capacities(case.challenge, officer, case.council, today)}


def read_by(case: Case, officer: str) -> int | None:
    today = case.now.astimezone(LOCAL).date()
    return reads_until(case.challenge, officer, case.council, today)


def test_the_iro_records_that_the_child_has_moved_to_another_team_or_social_worker() -> None:
    case = raised().does(IRA, STAYS, "2026-11-03 10:00")
    assert case.challenge.area == Area(SOUTH, "sw-south")
    assert case.the(ChildMoved).team == SOUTH
    with pytest.raises(NotAllowedError):
        raised().does(TAM, STAYS)
    with pytest.raises(NotAllowedError):
        raised().does(SARA, STAYS)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (MoveChild("Nowhere", "sw-south", question_goes=True), "team social_worker"),
        (MoveChild(SOUTH, "sw-north", question_goes=True), "social_worker"),
        (MoveChild(NORTH, "sw-north", question_goes=True), "social_worker"),
        (MoveChild(SOUTH, "sw-south"), "question"),
    ],
)
def test_what_cannot_be_a_move_is_named_at_the_field(command: MoveChild, field: str) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(IRA, command)
    assert {*refused.value.fields} == {*field.split()}


def test_the_iro_says_whether_the_present_question_goes_to_the_new_area_or_stays() -> None:
    case = raised().does(IRA, GOES, "2026-11-03 10:00")
    assert case.request.posts == ("tm-south",)
    assert case.due == day("2026-11-09"), "as before: five working days from the 2nd"
    assert case.letters(ChildMoved)[TOM] is Letter.PLEASE_REPLY
    with pytest.raises(NotAllowedError):
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    assert case.does(TOM, Reply(2, Answer.RESOLVED, "Done.")).the(Replied).request == 2


def test_a_question_that_goes_to_the_new_area_has_the_days_that_are_left_and_at_least_two() -> None:
    case = raised().does(IRA, GOES, "2026-11-09 10:00")
    assert case.due == day("2026-11-11")
    assert raised().does(IRA, GOES, "2026-11-03 10:00").due == day("2026-11-09")


def test_a_question_that_stays_is_answered_by_those_who_were_asked() -> None:
    case = raised().does(IRA, STAYS, "2026-11-03 10:00")
    assert case.request.posts == ("tm-north",)
    assert case.does(TAM, Reply(1, Answer.RESOLVED, "Done.")).the(Replied).request == 1


def test_the_next_stage_begins_with_the_managers_of_the_new_area() -> None:
    case = raised(Stage.QAP).does(IRA, STAYS, "2026-11-02 11:00")
    assert {*case.request.posts} == {"sw-north", "tm-north"}
    case.does(IRA, Escalate(Stage.ONE, "It cannot wait."))
    assert case.request.posts == ("tm-south",)


def test_the_new_worker_and_managers_are_informed_from_the_day_of_the_move() -> None:
    case = raised(Stage.TWO)
    assert not who(case, WIN)
    assert not may_see(frozenset(who(case, TOM)), case.challenge, case.council)
    case.does(IRA, MoveChild(SOUTH, "sw-south"), "2026-11-03 10:00")
    assert who(case, WIN) == {Capacity.INFORMED}
    assert who(case, TOM) == {Capacity.INFORMED}
    assert read_by(case, WIN) is None
    heard = case.hears(ChildMoved)
    assert heard[WIN] is Letter.TOLD
    assert heard[TOM] is Letter.TOLD
    case.does(IRA, Escalate(Stage.THREE, "It cannot wait."))
    assert {WIN, TOM} <= {*case.hears(StageBegan)}
    assert not {WYN, TAM} & {*case.hears(StageBegan)}


def test_those_before_read_the_record_up_to_the_move() -> None:
    case = raised().does(IRA, GOES, "2026-11-03 10:00")
    moved = case.events(ChildMoved)[0].number
    case.does(IRA, Escalate(Stage.TWO, "It cannot wait."), "2026-11-04 10:00")
    for before in (WYN, TAM):
        assert who(case, before) == {Capacity.INFORMED_BEFORE}
        assert may_see(frozenset(who(case, before)), case.challenge, case.council)
        assert read_by(case, before) == moved
    assert case.hears(ChildMoved)[WYN] == DAILY
    for other in (IRA, SARA, CAS, TOM, WIN):
        assert read_by(case, other) is None


def test_those_before_answer_only_what_they_were_asked() -> None:
    """The Team Manager's question of stage 1 stays theirs; nothing later is."""
    case = raised().does(IRA, STAYS, "2026-11-03 10:00")
    assert read_by(case, TAM) is None, "asked now, they read what they answer"
    case.does(IRA, Escalate(Stage.TWO, "It cannot wait."), "2026-11-04 10:00")
    assert read_by(case, TAM) == case.events(ChildMoved)[0].number
    case.does(TAM, Reply(1, Answer.RESOLVED, "Late."))
    with pytest.raises(NotAllowedError):
        case.does(TAM, Reply(2, Answer.RESOLVED, "Not theirs."))


def test_a_move_within_the_team_changes_only_the_social_worker() -> None:
    people = directory()
    second = replace(people.posts["sw-north"], id="sw-north-2", holder=WIN)
    people = replace(people, posts={**people.posts, "sw-north-2": second})
    case = raised(Stage.ONE, of=council(people=people))
    case.does(IRA, MoveChild(NORTH, "sw-north-2"), "2026-11-03 10:00")
    assert case.request.posts == ("tm-north",), "the same Team Manager: nobody has to choose"
    assert who(case, WYN) == {Capacity.INFORMED_BEFORE}
    assert who(case, WIN) == {Capacity.INFORMED}


def test_a_question_that_somebody_has_to_be_named_for_can_go_to_the_new_area() -> None:
    case = raised().does(TAM, SayNotMine(1, "The child has moved."), "2026-11-03 10:00")
    case.does(IRA, GOES, "2026-11-04 10:00")
    assert case.request.posts == ("tm-south",)
    assert case.challenge.question is None
    case.does(TOM, Reply(2, Answer.RESOLVED, "Done."))


def test_a_reply_that_waits_for_the_iro_does_not_go_anywhere() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."), "2026-11-03 10:00")
    case.does(IRA, MoveChild(SOUTH, "sw-south"))
    assert case.request.number == 1
    assert case.challenge.question is not None


def test_a_child_who_moves_back_is_informed_of_where_they_were_first() -> None:
    case = raised().does(IRA, GOES, "2026-11-03 10:00")
    case.does(IRA, MoveChild(NORTH, "sw-north", question_goes=False), "2026-11-04 10:00")
    assert Capacity.INFORMED in who(case, WYN)
    assert read_by(case, WYN) is None
    assert who(case, WIN) == {Capacity.INFORMED_BEFORE}
