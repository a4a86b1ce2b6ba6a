"""Who is what to a challenge, and who may see it: by the posts they hold or cover on the day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.deadlines import Ledger
from domain.directory import Cover
from domain.ladder import OF_THE_GUIDANCE, Role, Stage
from domain.moments import local_day
from domain.part import Task
from domain.people import capacities, may_answer, may_raise, parties, posts_in_words
from domain.permissions import may_see
from domain.rules.appointing import AppointIro
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.vocabulary import Capacity, Outcome, Purpose
from tests.builders import (
    ADA,
    ANNIE,
    AUDLEY,
    CAS,
    DANA,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
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

if TYPE_CHECKING:
    from domain.challenge import Request

NOVEMBER = day("2026-11-01"), day("2026-11-30")
TODAY = day("2026-11-02")
BY_POST = {
    Role.SOCIAL_WORKER: WYN,
    Role.TEAM_MANAGER: TAM,
    Role.CHILDRENS_SERVICE_MANAGER: CAS,
    Role.HEAD_OF_SERVICE: HEDY,
    Role.ASSISTANT_DIRECTOR: ADA,
}

#: Who sees every challenge, whoever it is about.
INSPECTORS = {AUDLEY, DANA}


def who(case: Case, officer: str) -> set[Capacity]:
    return set(capacities(case.challenge, officer, case.council, local_day(case.now)))


def sees(case: Case, officer: str) -> bool:
    return may_see(frozenset(who(case, officer)), case.challenge, case.council)


# What people are ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "asked", "informed"),
    [
        (Stage.QAP, {WYN, TAM, CAS}, {WYN, CAS}),
        (Stage.ONE, {TAM}, {WYN, CAS}),
        (Stage.TWO, {CAS}, {WYN, TAM, HEDY}),
        (Stage.THREE, {HEDY}, {WYN, TAM, CAS, ADA}),
        (Stage.FOUR, {ADA}, {WYN, TAM, CAS, HEDY}),
    ],
)
def test_the_ladder_says_at_each_stage_who_is_asked_and_who_is_informed(
    stage: Stage, asked: set[str], informed: set[str]
) -> None:
    case = raised(stage)
    everybody = {officer: who(case, officer) for officer in case.council.directory.officers}
    assert {one for one, is_ in everybody.items() if Capacity.RESPONDER in is_} == asked
    assert {one for one, is_ in everybody.items() if Capacity.INFORMED in is_} == informed
    assert everybody[IRA] == {Capacity.IRO}
    assert everybody[SARA] == {Capacity.SRSM}
    assert everybody[SENNA] == {Capacity.SENIOR_IRO_MANAGER}
    for stranger in (IVO, WIN, TOM, ANNIE):
        assert everybody[stranger] == set(), stranger


def test_whoever_was_informed_at_an_earlier_stage_stays_informed() -> None:
    case = raised(Stage.TWO).does(IRA, Escalate(Stage.FOUR, "It is urgent."))
    assert who(case, HEDY) == {Capacity.INFORMED}
    assert who(case, CAS) == {Capacity.RESPONDER, Capacity.INFORMED}, "and may still answer late"


def test_whoever_covers_is_what_the_post_is_and_keeps_what_they_are_themselves() -> None:
    cover = Cover("srsm", CAS, *NOVEMBER), Cover("tm-north", TOM, *NOVEMBER)
    case = raised(of=council(people=directory(*cover)))
    assert who(case, CAS) == {Capacity.SRSM, Capacity.INFORMED}
    assert who(case, TOM) == {Capacity.RESPONDER}
    both = Cover("iro-one", IVO, *NOVEMBER), Cover("tm-north", IVO, *NOVEMBER)
    iro = raised(of=council(people=directory(*both)))
    assert who(iro, IVO) == {Capacity.IRO, Capacity.COVER}, "and never answers it"
    other = raised(of=council(people=directory(Cover("iro-two", SARA, *NOVEMBER))))
    assert who(other, SARA) == {Capacity.SRSM}, "another IRO's cover is not this one's"


def test_whoever_raised_it_never_answers_it_although_another_iro_has_it() -> None:
    case = raised(of=council(people=directory(tm_north=IRA)))
    case.does(SENNA, AppointIro(IVO, "Ira is on leave."))
    assert who(case, IRA) == {Capacity.IRO_BEFORE}, "and reads on"
    assert who(case, IVO) == {Capacity.IRO}


@pytest.mark.parametrize("srsm", [ADA, "zoe"])
def test_the_senior_iro_manager_stands_in_where_the_iro_is_the_srsm_and_nowhere_else(
    srsm: str,
) -> None:
    """Whoever the SRSM is: ids have no order that means anything."""
    people = directory(srsm=srsm)
    officers = {**people.officers, "zoe": replace(people.officers[ADA], id="zoe")}
    theirs = raised(of=council(people=replace(people, officers=officers)))
    assert who(theirs, SENNA) == {Capacity.SENIOR_IRO_MANAGER}
    own = raised(of=council(people=directory(srsm=IRA)))
    assert who(own, SENNA) == {Capacity.SENIOR_IRO_MANAGER, Capacity.SRSM}


def test_only_an_iro_raises_a_challenge_or_whoever_covers_for_one_that_day() -> None:
    of = council(people=directory(Cover("iro-two", SARA, *NOVEMBER)))
    may = {officer for officer in of.directory.officers if may_raise(officer, of, TODAY)}
    assert may == {IRA, IVO, SARA}
    assert not may_raise(SARA, of, day("2026-12-01"))


def test_what_was_asked_is_answered_by_the_posts_it_was_put_to_and_at_qap_by_one_more() -> None:
    case = raised(Stage.QAP).does(IRA, Escalate(Stage.TWO, "It is urgent."))
    informal, formal = case.challenge.requests
    officers = case.council.directory.officers

    def may(one: Request) -> set[str]:
        args = case.council, TODAY
        return {id_ for id_ in officers if may_answer(one, case.challenge, id_, *args)}

    assert may(informal) == {WYN, TAM, CAS}
    assert may(formal) == {CAS}
    gone = replace(formal, superseded=True)
    assert not may_answer(gone, case.challenge, CAS, case.council, TODAY)


# Whose trays -------------------------------------------------------------------------------------


def task(whose: Capacity, request: int = 1) -> Task:
    return Task("question", Purpose.DECIDE, whose, Ledger(()), 1, request=request)


def test_what_is_asked_of_a_part_lies_with_its_post_or_its_officer() -> None:
    case = raised(Stage.QAP)

    def of(whose: Capacity, request: int = 1) -> tuple[str, ...]:
        return parties(task(whose, request), case.challenge, case.council, case.today)

    assert of(Capacity.RESPONDER) == ("sw-north", "tm-north")
    assert of(Capacity.RESPONDER, 7) == ()
    assert of(Capacity.IRO) == (IRA,)
    assert of(Capacity.SRSM) == ("srsm",)
    assert of(Capacity.SENIOR_IRO_MANAGER) == ("senior",)


def test_what_nobody_could_be_asked_lies_with_the_iro_and_is_never_lost() -> None:
    case = raised()
    people = case.council.directory
    posts = {id_: post for id_, post in people.posts.items() if id_ not in ("srsm", "senior")}
    case.council = replace(case.council, directory=replace(people, posts=posts))
    for whose in (Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER):
        assert parties(task(whose), case.challenge, case.council, case.today) == (IRA,)
    own = raised(of=council(people=directory(srsm=IRA)))
    assert parties(task(Capacity.SRSM), own.challenge, own.council, own.today) == ("senior",)


def test_those_who_are_asked_are_named_by_their_posts() -> None:
    of = council()
    assert posts_in_words(("tm-north",), of) == "the Team Manager, North Sample Team"
    assert posts_in_words(("sw-north", "hos"), of) == (
        "the Social Worker, North Sample Team or the Head of Service"
    )
    assert posts_in_words(("gone",), of) == "the gone"
    assert posts_in_words((), of) == "a post that the directory does not have"


# Who may see it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
def test_whoever_has_a_part_in_it_may_see_it_and_nobody_else(stage: Stage) -> None:
    case = raised(stage)
    of_the_stage = {
        BY_POST[role]
        for one in OF_THE_GUIDANCE.in_order
        if one.stage is stage
        for role in (*one.responders, *one.may_reply, *one.informed)
    }
    part = {IRA, SARA, SENNA, WYN, *of_the_stage}
    part |= {BY_POST[role] for role in OF_THE_GUIDANCE.below(stage)} | INSPECTORS
    assert {one for one in case.council.directory.officers if sees(case, one)} == part


def test_after_its_end_everybody_but_whoever_was_only_asked_may_see_it() -> None:
    case = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They knew not."))
    assert {one for one in case.council.directory.officers if sees(case, one)} == {
        *(IRA, SARA, SENNA, WYN, CAS, *INSPECTORS),
    }
