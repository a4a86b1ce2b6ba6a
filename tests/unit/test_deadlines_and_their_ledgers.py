"""Deadlines, rule 7: every date keeps its first value and everything that happened to it since."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.deadlines import How
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.endings import ChildTold, Close
from domain.rules.holds import AgreeHold, HoldEnded, HoldLapsed, ProposeHold
from domain.rules.holidays import DeadlineMoved
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.timescales import SetNewDate
from domain.tasks import tasks
from domain.timeline import headline
from domain.vocabulary import Outcome, Purpose, Standing
from tests.builders import IRA, SARA, TAM, Case, an_action, day, raised

if TYPE_CHECKING:
    from domain.deadlines import Ledger


def proclaim(case: Case, *days: str) -> Case:
    """Add days that are not worked to the calendar, and let the challenge's deadlines move."""
    calendar = case.council.calendar.extended({day(one): "Proclaimed" for one in days})
    case.council = replace(case.council, calendar=calendar)
    case._settle()
    return case


def hows(ledger: Ledger) -> list[How]:
    return [entry.how for entry in ledger.entries]


def the(case: Case, purpose: Purpose) -> Ledger:
    """Return the ledger of the only task with this purpose."""
    (task,) = [task for task in tasks(case.challenge, case.council) if task.purpose is purpose]
    return task.ledger


def test_a_decision_that_a_holiday_moves_keeps_its_first_date_and_says_why_it_moved() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "It is done.", ()), "2026-11-03 10:00")
    first = the(case, Purpose.DECIDE).deadline
    ledger = the(proclaim(case, "2026-11-05"), Purpose.DECIDE)
    assert hows(ledger) == [How.FIRST, How.HOLIDAY]
    assert ledger.first == first
    assert ledger.deadline.day == day("2026-11-10")
    assert ledger.why.startswith("First set: Monday 9 November 2026.")
    assert "Moved because the bank holidays changed: Tuesday 10 November 2026." in ledger.why
    assert case.challenge.events[ledger.entries[-1].event - 1].fact == case.facts(DeadlineMoved)[0]


def test_the_resolution_period_keeps_its_first_end() -> None:
    case = proclaim(proclaim(raised(), "2026-11-05"), "2026-11-06")
    ledger = case.challenge.period_ledger
    assert ledger
    assert hows(ledger) == [How.FIRST, How.HOLIDAY, How.HOLIDAY]
    assert (ledger.first.day, ledger.deadline.day) == (day("2026-11-30"), day("2026-12-02"))
    assert case.challenge.period == ledger.deadline


def test_a_later_stage_leaves_the_resolution_period_as_it_was_set() -> None:
    case = proclaim(raised(), "2026-11-05").until("2026-11-12 10:00")
    assert case.challenge.stage is Stage.TWO
    ledger = case.challenge.period_ledger
    assert ledger
    assert hows(ledger) == [How.FIRST, How.HOLIDAY]


def test_an_action_with_a_new_date_still_shows_the_first() -> None:
    agreed = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-06"),))
    case = raised().does(TAM, agreed, "2026-11-03 10:00").does(IRA, AcceptActions())
    case.until("2026-11-09 10:00")
    case.does(IRA, SetNewDate("action-1", day("2026-11-13"), "The panel was moved."))
    case.does(SARA, ReviseDeadline(day("2026-11-20"), "And again.", "do-action-1"))
    ledger = the(case, Purpose.DO_ACTION)
    assert hows(ledger) == [How.FIRST, How.NEW_DATE, How.REVISED]
    days = [entry.deadline.day for entry in ledger.entries]
    assert days == [day("2026-11-06"), day("2026-11-13"), day("2026-11-20")]
    assert case.challenge.actions[0].deadline == ledger.deadline


def test_the_last_day_of_a_hold_moves_by_an_event_that_says_so() -> None:
    case = raised().does(IRA, ProposeHold(3, "A report.")).does(SARA, AgreeHold())
    case.until("2026-11-04 10:00")
    moved = {fact.what: fact for fact in proclaim(case, "2026-11-05").facts(DeadlineMoved)}
    assert moved["hold"].deadline.day == day("2026-11-06")
    event = next(e for e in case.challenge.events if e.fact == moved["hold"])
    said = headline(event, case.challenge, case.council)
    assert "with them the end of the hold: it was Thursday 5 November" in said
    assert case.until("2026-11-06 23:00").standing is Standing.ON_HOLD
    assert case.until("2026-11-07 10:00").events(HoldEnded)


def test_the_date_by_which_a_hold_has_to_be_agreed_moves_by_an_event_that_says_so() -> None:
    case = proclaim(raised().does(IRA, ProposeHold(3, "A report.")), "2026-11-03")
    ledger = the(case, Purpose.AGREE_HOLD)
    assert hows(ledger) == [How.FIRST, How.HOLIDAY]
    assert (ledger.first.day, ledger.deadline.day) == (day("2026-11-04"), day("2026-11-05"))
    assert case.until("2026-11-05 23:00").events(HoldLapsed) == []
    assert case.until("2026-11-06 10:00").events(HoldLapsed)


def test_what_is_over_does_not_move_any_more() -> None:
    case = raised().does(IRA, ProposeHold(3, "A report.")).until("2026-11-05 10:00")
    assert case.events(HoldLapsed)
    case.does(IRA, Close(Outcome.WITHDRAWN, "Raised twice.", ChildTold.YES, "By phone."))
    case.files_it()
    version = case.challenge.version
    assert proclaim(case, "2026-11-06", "2026-11-09").challenge.version == version
    held = raised().does(IRA, ProposeHold(3, "A report.")).does(SARA, AgreeHold())
    held.does(IRA, Close(Outcome.WITHDRAWN, "Raised twice.", ChildTold.YES, "By phone."))
    held.files_it()
    version = held.challenge.version
    assert proclaim(held, "2026-11-05").challenge.version == version
