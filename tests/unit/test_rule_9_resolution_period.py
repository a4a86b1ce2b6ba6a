"""Rule 9: the resolution period of 20 working days."""

from __future__ import annotations

import pytest

from adapters.record.shown import lists
from domain.ladder import FORMAL_STAGES, Stage
from domain.moments import end_of_day
from domain.rules.endings import ChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.period import ResolutionPeriodEnding, ResolutionPeriodOver, cannot_fit
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.timeline import next_step
from tests.builders import ADA, IRA, SARA, SENNA, TAM, Case, day, moment, raised

WARNING = "There are not enough working days left to use every remaining stage before "


def fits(case: Case) -> bool:
    said = any(WARNING in one for one in next_step(case.challenge, case.now, case.council))
    assert said is cannot_fit(case.challenge, case.now, case.council)
    return not said


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_it_is_twenty_working_days_from_formal_entry(entry: Stage) -> None:
    case = raised(entry)
    assert case.challenge.period is not None
    assert case.challenge.period.day == day("2026-11-30")
    assert raised(Stage.QAP).challenge.period is None


def test_at_nine_on_its_twentieth_day_it_is_reported_and_when_it_is_over() -> None:
    case = raised().until("2026-12-02 12:00")
    (ending,) = case.events(ResolutionPeriodEnding)
    assert ending.effective == moment("2026-11-30 09:00")
    (over,) = case.events(ResolutionPeriodOver)
    assert over.effective == end_of_day(day("2026-11-30"))
    assert set(case.hears(ResolutionPeriodEnding)) == {IRA, SARA, SENNA, ADA}
    assert set(case.hears(ResolutionPeriodOver)) == {IRA, SARA, SENNA, ADA}
    assert case.challenge.beyond_period
    assert case.challenge.open, "beyond its period, never hidden and never closed by itself"


def test_after_it_lists_and_trays_mark_the_challenge_until_then_they_do_not() -> None:
    case = raised().until("2026-11-30 12:00")
    row, trays = lists(case.challenge, case.council, case.today)
    assert trays
    assert not any(one["beyond_period"] for one in (row, *trays.values()))
    row, trays = lists(case.until("2026-12-02 12:00").challenge, case.council, case.today)
    assert all(one["beyond_period"] for one in (row, *trays.values()))
    assert {IRA, "srsm"} <= trays.keys()
    assert {(*one["marks"],) for one in (row, *trays.values())} == {("late", "refer")}


def test_nothing_is_reported_of_a_challenge_that_has_ended() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    case.does(IRA, Resolve("It is done.", ChildTold.NO, "They never knew.")).until(
        "2026-12-10 12:00"
    )
    assert case.facts(ResolutionPeriodEnding) == []
    assert case.facts(ResolutionPeriodOver) == []


def test_four_silent_stages_fit_exactly() -> None:
    case = raised()
    for at in ("2026-11-09 12:00", "2026-11-16 12:00", "2026-11-23 12:00", "2026-11-30 12:00"):
        assert fits(case.until(at))


def test_as_soon_as_the_stages_left_cannot_fit_it_is_said() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-10"), "The panel sits that day."))
    assert not fits(case)


def test_a_stage_that_is_skipped_makes_room() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-10"), "The panel sits that day."))
    case.does(IRA, Escalate(Stage.THREE, "To make up for it."))
    assert fits(case)


def test_a_decision_that_lets_the_days_go_by_is_warned_of() -> None:
    case = raised().does(TAM, Reply(1, Answer.CHALLENGED, "No."))
    assert fits(case.until("2026-11-09 12:00"))
    assert not fits(case.until("2026-11-10 12:00"))
