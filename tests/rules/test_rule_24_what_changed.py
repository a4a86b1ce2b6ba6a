"""Rule 24: some weeks after *resolved* the IRO is asked what changed for the child."""

from __future__ import annotations

from domain.procedure import Procedure
from domain.rulebook import marks_of
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.impact import Impact, ImpactRecorded, RecordImpact, impact_of
from domain.rules.life import LifeChange, RecordLifeChange
from domain.rules.reopening import Reopen
from domain.timeline import next_step
from domain.vocabulary import Outcome, Standing
from tests.builders import IRA, Case, council, day, raised

TOLD = (ChildTold.YES, "By me, at the visit.")
#: Twenty working days after Monday 2 November 2026, and two more.
ON, BY = "2026-11-30", day("2026-12-02")


def resolved(after: int = 20) -> Case:
    """Return a challenge that is resolved and on the child's file; ``after`` is the setting."""
    of = council(Procedure(impact_after=after))
    return raised(of=of).does(IRA, Resolve("It is done.", *TOLD)).files_it()


def test_some_weeks_after_it_was_resolved_the_iro_is_asked_what_changed_for_the_child() -> None:
    case = resolved()
    assert case.standing is Standing.ENDED_TO_DO
    tells = next_step(case.challenge, case.now, case.council, IRA)
    assert "On Monday 30 November 2026 the IRO is asked what changed for the child." in tells
    assert case.until(f"{ON} 08:59").asks == ()
    assert case.until(f"{ON} 09:00").asks == (("WHAT_CHANGED", BY),)


def test_the_time_until_the_iro_is_asked_what_changed_is_a_setting() -> None:
    assert resolved(5).until("2026-11-09 09:00").asks == (("WHAT_CHANGED", day("2026-11-11")),)
    off = resolved(0)
    assert off.standing is Standing.CLOSED
    assert off.until("2027-03-01 10:00").asks == ()
    assert Procedure().impact_after == 20


def answered(impact: Impact) -> Case:
    return resolved().does(IRA, RecordImpact(impact, "I saw the child."), at=f"{ON} 10:00")


def test_what_changed_is_one_answer_which_the_record_keeps() -> None:
    case = answered(Impact.PARTLY)
    assert case.the(ImpactRecorded) == ImpactRecorded(Impact.PARTLY, "I saw the child.")
    assert impact_of(case.challenge) is Impact.PARTLY
    done = case.until("2027-03-01 10:00")
    assert (done.asks, done.standing) == ((), Standing.CLOSED)
    assert RecordImpact not in done.acts(IRA)


def test_lists_and_marks_count_what_changed() -> None:
    keys = {one: marks_of(answered(one).challenge)[-1] for one in Impact}
    assert {mark.key for mark in keys.values()} == {
        *("impact_better", "impact_partly", "impact_nothing"),
    }
    for one, mark in keys.items():
        case = answered(one)
        assert mark.listed_at(case.challenge) == case.now


def test_where_nothing_changed_the_iro_is_offered_to_reopen() -> None:
    assert Reopen in answered(Impact.NOTHING).acts(IRA)


def test_the_iro_is_asked_what_changed_only_where_the_challenge_was_resolved() -> None:
    of = council(Procedure())
    case = raised(of=of).does(IRA, Close(Outcome.WITHDRAWN, "So.", *TOLD)).files_it()
    assert case.standing is Standing.CLOSED
    assert case.until("2027-03-01 10:00").asks == ()


def test_after_a_death_nobody_is_asked_what_changed() -> None:
    died = RecordLifeChange(LifeChange.DIED, day("2026-11-02"))
    before = resolved().does(IRA, died)
    assert before.standing is Standing.CLOSED
    assert before.until("2027-03-01 10:00").asks == ()
    asked = resolved().does(IRA, died, at=f"{ON} 10:00")
    assert asked.asks == ()
