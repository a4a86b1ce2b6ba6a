"""Rule 9: the resolution period, and the stages that are left in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.record.shown import lists
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.moments import local_day
from domain.rules.cafcass import ReferToCafcass
from domain.rules.deciding import AskAgain
from domain.rules.escalating import Escalate
from domain.rules.period import (
    ResolutionPeriodEnding,
    ResolutionPeriodLongOver,
    ResolutionPeriodOver,
    StagesDoNotFit,
    StayOnLadder,
    StaysOnLadder,
    cannot_fit,
    stage_that_fits,
)
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.tasks import tasks
from domain.vocabulary import Capacity, Letter, Purpose, Standing
from tests.builders import ADA, DAILY, IRA, SARA, SENNA, TAM, day, moment, raised

if TYPE_CHECKING:
    from tests.builders import Case

DISAGREES = Reply(1, Answer.CHALLENGED, "The panel is not ours to call.")
DOES_NOT_FIT = Purpose.STAGES_DO_NOT_FIT
WHY = StayOnLadder("The next manager knows the child.")


def undecided(at: str) -> Case:
    """Return it answered at stage 1, which ends on 9 November, and not decided by ``at``."""
    return raised().does(TAM, DISAGREES, "2026-11-04 10:00").until(at)


def test_the_formal_process_has_20_working_days_from_formal_entry() -> None:
    assert raised().challenge.period == raised(Stage.FOUR).challenge.period
    period = raised().challenge.period
    assert period is not None
    assert period.day == day("2026-11-30")
    assert raised(Stage.QAP).challenge.period is None


def test_on_the_morning_of_the_20th_working_day_iro_srsm_and_senior_iro_manager_are_told() -> None:
    case = raised().until("2026-11-30 09:00")
    assert case.events(ResolutionPeriodEnding)[0].effective == moment("2026-11-30 09:00")
    assert {IRA, SARA, SENNA} <= case.hears(ResolutionPeriodEnding).keys()


def test_on_the_morning_of_the_20th_working_day_the_present_responder_is_told() -> None:
    case = raised().until("2026-11-30 09:00")
    assert case.hears(ResolutionPeriodEnding)[ADA] == DAILY
    assert TAM not in case.hears(ResolutionPeriodEnding)


def test_when_the_20_working_days_are_over_iro_srsm_and_senior_iro_manager_are_told() -> None:
    case = raised().until("2026-12-01 09:00")
    assert {IRA, SARA, SENNA} <= case.hears(ResolutionPeriodOver).keys()


def test_when_the_20_working_days_are_over_the_present_responder_is_told() -> None:
    case = raised().until("2026-12-01 09:00")
    assert case.hears(ResolutionPeriodOver)[ADA] == DAILY


def test_past_the_limit_srsm_and_senior_iro_manager_hear_again_every_20_working_days() -> None:
    case = raised().until("2027-03-01 12:00")
    days = [fact.days for fact in case.facts(ResolutionPeriodLongOver)]
    on = [local_day(event.effective) for event in case.events(ResolutionPeriodLongOver)]
    assert list(zip(days, on, strict=True)) == [
        (20, day("2026-12-30")),
        (40, day("2027-01-28")),
        (60, day("2027-02-25")),
    ]
    assert case.hears(ResolutionPeriodLongOver) == {SARA: DAILY, SENNA: DAILY}


def test_what_was_missed_while_nothing_ran_is_said_once_and_not_made_up_for() -> None:
    case = raised().sleep_until("2027-02-15 12:00")
    assert [fact.days for fact in case.facts(ResolutionPeriodLongOver)] == [40]


def test_as_soon_as_the_stages_left_cannot_fit_into_the_days_left_the_iro_has_a_task() -> None:
    assert undecided("2026-11-10 08:59").facts(StagesDoNotFit) == []
    case = undecided("2026-11-10 09:00")
    assert cannot_fit(case.challenge, case.now, case.council)
    (asked,) = case.events(StagesDoNotFit)
    assert asked.effective == moment("2026-11-10 09:00")
    assert case.hears(StagesDoNotFit) == {IRA: Letter.DECIDE}
    (task,) = [one for one in tasks(case.challenge, case.council) if one.purpose is DOES_NOT_FIT]
    assert (task.whose, task.stops) == (Capacity.IRO, False)


def test_where_a_reply_is_due_too_late_the_iro_is_asked_when_its_date_is_set() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-10"), "The panel sits that day."))
    assert len(case.facts(StagesDoNotFit)) == 1
    assert case.standing is Standing.STAGE_1, "nothing waits for the answer"
    again = raised().does(TAM, DISAGREES, "2026-11-09 10:00")
    again.does(IRA, AskAgain("When does the panel sit?", 5))
    assert len(again.facts(StagesDoNotFit)) == 1


def test_four_silent_stages_fit_and_nobody_is_asked() -> None:
    assert raised().until("2026-12-02 12:00").facts(StagesDoNotFit) == []


def test_that_task_is_for_the_next_working_day() -> None:
    case = undecided("2026-11-10 10:00")
    assert case.the(StagesDoNotFit).decide_by.day == day("2026-11-11")
    friday = raised(at="2026-10-30 10:00").does(TAM, DISAGREES, "2026-11-03 10:00")
    friday.until("2026-11-09 10:00")
    assert friday.the(StagesDoNotFit).decide_by.day == day("2026-11-10")


def test_the_iro_settles_that_task_by_going_to_the_stage_that_fits() -> None:
    case = undecided("2026-11-10 10:00")
    fits = stage_that_fits(case.challenge, day("2026-11-10"), case.council)
    assert fits is case.the(StagesDoNotFit).fits is Stage.THREE
    case.does(IRA, Escalate(fits, "To make up for it."))
    assert DOES_NOT_FIT not in {one.purpose for one in tasks(case.challenge, case.council)}
    assert not cannot_fit(case.challenge, case.now, case.council)
    assert len(case.facts(StagesDoNotFit)) == 1


def test_the_iro_settles_that_task_by_referring_to_cafcass() -> None:
    case = undecided("2026-11-10 10:00")
    said = ("The plan drifts.", "The Head of Service, since May.")
    case.does(IRA, ReferToCafcass(*said, day("2026-11-10"), "Secure email", "A named officer"))
    assert DOES_NOT_FIT not in {one.purpose for one in tasks(case.challenge, case.council)}


def test_the_iro_settles_that_task_by_recording_why_not() -> None:
    case = undecided("2026-11-10 10:00")
    with pytest.raises(BadSubmissionError, match="Enter why you are going on"):
        case.does(IRA, StayOnLadder(""))
    with pytest.raises(NotAllowedError):
        case.does(SARA, WHY)
    case.does(IRA, WHY)
    assert case.the(StaysOnLadder).reason == WHY.reason
    assert case.hears(StaysOnLadder) == {SARA: DAILY, SENNA: DAILY}
    assert DOES_NOT_FIT not in {one.purpose for one in tasks(case.challenge, case.council)}


def test_the_iro_is_asked_once_a_stage() -> None:
    case = undecided("2026-11-10 10:00").does(IRA, WHY).until("2026-11-12 12:00")
    assert len(case.facts(StagesDoNotFit)) == 1
    case.does(IRA, Escalate(Stage.TWO))
    assert [fact.stage for fact in case.facts(StagesDoNotFit)] == [Stage.ONE, Stage.TWO]


def test_at_the_last_stage_no_stage_is_left_to_fit() -> None:
    case = raised(Stage.FOUR).until("2026-12-10 12:00")
    assert case.facts(StagesDoNotFit) == []


def test_where_not_even_the_last_stage_fits_the_iro_is_still_asked() -> None:
    case = raised(Stage.THREE).does("hedy", DISAGREES, "2026-11-04 10:00")
    case.until("2026-11-24 10:00")
    assert case.the(StagesDoNotFit).fits is None


def test_past_the_limit_the_challenge_is_marked() -> None:
    row, trays = lists(
        raised().until("2026-12-02 12:00").challenge, raised().council, day("2026-12-02")
    )
    assert {IRA, "srsm"} <= trays.keys()
    assert all(one["beyond_period"] for one in (row, *trays.values()))
    assert {(*one["marks"],) for one in (row, *trays.values())} == {("late", "refer")}


def test_a_challenge_past_the_limit_is_never_hidden() -> None:
    case = raised().until("2027-02-01 12:00")
    assert case.challenge.open
    row, trays = lists(case.challenge, case.council, case.today)
    assert row["iro"] == IRA
    assert trays
