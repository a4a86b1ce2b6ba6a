"""Rule 7: timescales revised."""

from __future__ import annotations

import pytest

from domain.deadlines import How
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import DeadlineRevised, Object, Objected, ReviseDeadline
from domain.timeline import headline
from domain.vocabulary import Letter
from tests.builders import DAILY, IRA, SARA, SENNA, TAM, Case, day, raised


def revised(to: str = "2026-11-12") -> Case:
    return raised().does(SARA, ReviseDeadline(day(to), "The panel sits that day."))


def test_the_srsm_revises_with_a_reason_and_nobody_else_does() -> None:
    case = raised()
    with pytest.raises(BadSubmissionError, match="why you are revising the deadline"):
        case.does(SARA, ReviseDeadline(day("2026-11-12"), ""))
    for officer in (IRA, TAM, SENNA):
        with pytest.raises(NotAllowedError):
            case.does(officer, ReviseDeadline(day("2026-11-12"), "It suits me."))
    assert revised().due == day("2026-11-12")


@pytest.mark.parametrize(("to", "which"), [("2026-11-05", "earlier"), ("2026-11-12", "later")])
def test_the_deadline_moves_and_is_never_moved_silently(to: str, which: str) -> None:
    case = revised(to)
    (event,) = case.events(DeadlineRevised)
    said = headline(event, case.challenge, case.council)
    assert "it was the end of Monday 9 November 2026" in said
    assert said.endswith(f"which is {which}")
    heard = case.hears(DeadlineRevised)
    assert heard[TAM] is Letter.PLEASE_REPLY
    assert heard[IRA] == DAILY


def test_what_was_due_earlier_lapses_earlier_and_what_is_due_later_later() -> None:
    shorter = revised("2026-11-05").until("2026-11-06 00:01")
    assert shorter.challenge.stage is Stage.TWO
    longer = revised("2026-11-12").until("2026-11-12 23:59")
    assert longer.challenge.stage is Stage.ONE
    assert longer.until("2026-11-13 00:01").challenge.stage is Stage.TWO


def test_the_first_deadline_stays_visible_and_the_twenty_days_do_not_move() -> None:
    case = revised()
    assert case.request.ledger.first.day == day("2026-11-09")
    assert case.challenge.period_ledger
    assert len(case.challenge.period_ledger.entries) == 1


def test_the_deadline_keeps_its_ledger_and_explains_itself_from_it() -> None:
    case = revised().does(SENNA, ReviseDeadline(day("2026-11-13"), "The panel moved."))
    assert [(entry.how, entry.deadline.day) for entry in case.request.ledger.entries] == [
        (How.FIRST, day("2026-11-09")),
        (How.REVISED, day("2026-11-12")),
        (How.REVISED, day("2026-11-13")),
    ]
    said = case.request.ledger.why
    assert said.startswith("First set: Monday 9 November 2026. 5 working days from Monday 2 Nov")
    assert said.endswith("Set to Friday 13 November 2026 by Senna Sample-Four.")


def test_the_ledger_goes_on_when_somebody_else_is_asked() -> None:
    case = revised().does(TAM, SayNotMine(1, "It has moved."))
    case.does(IRA, Reassign("tm-south", "The child has moved team."))
    assert [entry.how for entry in case.request.ledger.entries] == [
        How.FIRST,
        How.REVISED,
        How.REASSIGNED,
    ]
    assert case.request.ledger.first.day == day("2026-11-09")
    assert case.due == day("2026-11-12")


def test_a_reply_between_the_first_and_the_revised_deadline_is_in_time() -> None:
    case = revised().does(TAM, Reply(1, Answer.RESOLVED, "Done."), "2026-11-11 10:00")
    assert not case.the(Replied).late


def test_a_second_revision_of_the_same_deadline_needs_the_senior_iro_manager() -> None:
    case = revised()
    with pytest.raises(NotAllowedError):
        case.does(SARA, ReviseDeadline(day("2026-11-13"), "Again."))
    case.does(SENNA, ReviseDeadline(day("2026-11-13"), "The panel moved."))
    assert case.due == day("2026-11-13")


def test_the_next_stages_deadline_is_another_one() -> None:
    case = revised().until("2026-11-13 10:00")
    assert ReviseDeadline in case.acts(SARA)


def test_the_iro_objects_on_the_record_and_the_revision_stands() -> None:
    case = raised()
    with pytest.raises(NotAllowedError):
        case.does(IRA, Object("Nothing was revised."))
    case = revised().does(IRA, Object("The child cannot wait."))
    assert case.request.objections == ("The child cannot wait.",)
    assert case.due == day("2026-11-12")
    assert case.hears(Objected) == {SARA: DAILY, SENNA: DAILY}


@pytest.mark.parametrize("to", ["2026-11-01", "2026-11-09", "2199-01-01"])
def test_a_day_that_has_gone_or_is_the_same_or_cannot_be_counted_from_is_refused(to: str) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        revised(to)
    assert set(refused.value.fields) == {"day"}


def test_a_deadline_already_answered_cannot_be_revised() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    with pytest.raises(NotAllowedError):
        case.does(SARA, ReviseDeadline(day("2026-11-12"), "Leave."))
