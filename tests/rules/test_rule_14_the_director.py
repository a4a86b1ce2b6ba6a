"""Rule 14, the Director: the Assistant Director informs them.

Guidance: G66.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.directory import Officer, Post
from domain.errors import NotAllowedError
from domain.ladder import Role, Stage
from domain.people import capacities
from domain.permissions import may_see
from domain.rules.director import DirectorInformed, DirectorToBeInformed, InformDirector
from domain.rules.endings import ChildTold, Close, Closed
from domain.rules.replies import Answer, Reply
from domain.rules.serving import NotServed, NotServedCause
from domain.tasks import is_theirs, tasks, trays
from domain.vocabulary import Letter, Outcome, Purpose, Standing
from tests.builders import (
    ADA,
    CAS,
    DAILY,
    HEDY,
    IRA,
    SARA,
    SENNA,
    Case,
    council,
    day,
    directory,
    raised,
)

if TYPE_CHECKING:
    from domain.council import Council

DORA = "dora"


def with_director(**holders: str | None) -> Council:
    """Return the council with Dora as its Director."""
    people = directory(**holders)
    officers = {**people.officers, DORA: Officer(DORA, "Dora Sample-Top", "dora@council.example")}
    posts = {**people.posts, "dcs": Post("dcs", Role.DIRECTOR, (), DORA)}
    return council(people=replace(people, officers=officers, posts=posts))


def at_four() -> Case:
    """Return a challenge at stage 4 since Monday 2 November, due on Monday 9."""
    return raised(Stage.FOUR, of=with_director())


def silent() -> Case:
    """Return it after silence at stage 4."""
    return at_four().until("2026-11-10 10:00")


def test_the_assistant_director_informs_the_director_in_one_click() -> None:
    case = at_four()
    assert InformDirector in case.acts(ADA)
    case.does(ADA, InformDirector())
    assert case.hears(DirectorInformed) == {
        DORA: Letter.TOLD,
        IRA: DAILY,
        SARA: DAILY,
        SENNA: DAILY,
    }


def test_an_assistant_director_informs_the_director_as_soon_as_they_know() -> None:
    at_two, at_three = raised(Stage.TWO), raised(Stage.THREE)
    assert InformDirector not in at_two.acts(ADA)
    assert InformDirector in at_three.acts(ADA)
    for officer in (CAS, HEDY, IRA, SARA):
        assert InformDirector not in at_three.acts(officer)
        with pytest.raises(NotAllowedError):
            at_three.does(officer, InformDirector())


def test_that_the_director_was_informed_is_on_the_record() -> None:
    case = at_four().does(ADA, InformDirector())
    (event,) = case.events(DirectorInformed)
    assert event.actor.officer == ADA
    assert event.effective == case.now


def test_once_informed_the_director_can_read_the_challenge() -> None:
    case = at_four()

    def sees() -> bool:
        who = capacities(case.challenge, DORA, case.council, case.today)
        return may_see(who, case.challenge, case.council)

    assert not sees()
    case.does(ADA, InformDirector())
    assert sees()


def test_the_director_can_read_a_challenge_that_ended_unresolved_and_was_not_referred() -> None:
    for outcome in (Outcome.UNRESOLVED_NOT_REFERRED, Outcome.WITHDRAWN):
        case = silent().does(IRA, Close(outcome, "Nothing helps.", ChildTold.YES, "At home."))
        told = outcome is Outcome.UNRESOLVED_NOT_REFERRED
        assert (DORA in case.hears(Closed)) is told
        who = capacities(case.challenge, DORA, case.council, case.today)
        assert may_see(who, case.challenge, case.council) is told, "told of it, they can open it"


def test_after_silence_at_stage_4_informing_the_director_is_the_assistant_director_s_task() -> None:
    case = silent()
    assert case.the(DirectorToBeInformed).inform_by.day == day("2026-11-11")
    beside = [one for one in tasks(case.challenge, case.council) if not one.stops]
    seen = (case.challenge, case.council, case.today)
    (task,) = [one for one in beside if not one.aside and is_theirs(one, ADA, *seen)]
    assert task.purpose is Purpose.INFORM_DIRECTOR
    assert trays(case.challenge, case.council, case.today)["ad"][0] == task
    case.does(ADA, InformDirector())
    assert ("INFORM_DIRECTOR", day("2026-11-11")) not in case.asks
    answered = at_four().does(ADA, Reply(1, Answer.CHALLENGED, "No."), "2026-11-04 10:00")
    assert not answered.until("2026-11-10 10:00").facts(DirectorToBeInformed)
    below = raised(Stage.THREE, of=with_director()).until("2026-11-10 10:00")
    assert not below.facts(DirectorToBeInformed)


def test_informing_the_director_stops_nothing() -> None:
    case = silent()
    asked = [one for one in case.asks if one[0] != "INFORM_DIRECTOR"]
    assert case.standing is Standing.IRO_TO_DECIDE
    case.does(ADA, InformDirector())
    assert list(case.asks) == asked
    assert case.standing is Standing.IRO_TO_DECIDE


def test_a_director_who_was_informed_or_asked_needs_no_such_task() -> None:
    informed = at_four().does(ADA, InformDirector()).until("2026-11-10 10:00")
    assert not informed.facts(DirectorToBeInformed)
    of = with_director(ad=None)
    asked = raised(Stage.FOUR, of=of)
    within = of.within
    asked.records(NotServed(1, NotServedCause.VACANT, within(1, asked.now), within(5, asked.now)))
    asked.until("2026-12-01 10:00")
    assert not asked.facts(DirectorToBeInformed)


def test_while_the_assistant_director_s_post_is_vacant_it_is_the_srsm_s() -> None:
    case = silent()
    assert InformDirector not in case.acts(SARA)
    case.council = with_director(ad=None)
    task = next(
        one for one in tasks(case.challenge, case.council) if one.purpose is Purpose.INFORM_DIRECTOR
    )
    assert is_theirs(task, SARA, case.challenge, case.council, case.today)
    case.does(SARA, InformDirector())
    assert case.hears(DirectorInformed)[DORA] is Letter.TOLD
