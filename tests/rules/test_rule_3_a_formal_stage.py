"""Rule 3: a formal stage: the request, its deadline, the reminder."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from domain.deadlines import Deadline
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import FORMAL_STAGES, Stage
from domain.moments import LOCAL
from domain.procedure import Procedure
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.serving import Served
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Reminded, StageBegan
from domain.tasks import tasks, trays
from domain.timeline import next_step
from domain.vocabulary import Letter, Purpose, Standing
from tests.builders import (
    CAS,
    DAILY,
    IRA,
    IVO,
    NOT_REFERRED,
    SARA,
    TAM,
    TOM,
    an_action,
    council,
    day,
    moment,
    raised,
)

RESPONDERS = {Stage.ONE: "tam", Stage.TWO: "cas", Stage.THREE: "hedy", Stage.FOUR: "ada"}


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_the_challenge_is_in_the_responder_s_tray(entry: Stage) -> None:
    case, today = raised(entry).does(IRA, NOT_REFERRED), day("2026-11-02")
    (task,) = tasks(case.challenge, case.council)
    assert task.purpose is Purpose.REPLY
    assert {*trays(case.challenge, case.council, case.today)} == {*case.request.posts}
    theirs = case.council.directory.trays(RESPONDERS[entry], today)
    assert {*theirs} >= {*case.request.posts}


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_the_responder_is_reminded_at_09_00_one_working_day_before_the_deadline(
    entry: Stage,
) -> None:
    """Rule 3: to the responder, and to the IRO saying what happens at the deadline."""
    case = raised(entry, "2026-11-03 10:00")  # a Tuesday: due Tuesday, the eve is Monday
    case.until("2026-11-09 08:59:59")
    assert case.facts(Reminded) == []
    case.until("2026-11-09 09:00")
    assert case.events(Reminded)[-1].effective == moment("2026-11-09 09:00")
    assert case.hears(Reminded) == {RESPONDERS[entry]: Letter.REMINDER, IRA: DAILY}
    assert case.letters_go_out(Reminded) == moment("2026-11-09 09:00")


def test_the_eve_of_a_deadline_after_a_holiday_is_before_the_holiday() -> None:
    """Rule 3: one working day before. Due Tuesday 29 December, so Thursday 24 December."""
    case = raised(Stage.ONE, "2026-12-18 10:00")
    assert case.due == day("2026-12-29")
    case.until("2026-12-24 09:00")
    assert len(case.facts(Reminded)) == 1


@pytest.mark.parametrize(
    ("stage", "what"),
    [
        (Stage.ONE, "If there is no reply by then, the challenge moves to Stage 2."),
        (Stage.THREE, "If there is no reply by then, the challenge moves to Stage 4."),
        (Stage.FOUR, "If there is no reply by then, the IRO decides what happens next."),
    ],
)
def test_what_happens_at_the_deadline_is_said(stage: Stage, what: str) -> None:
    """Rule 3: saying what happens at the deadline."""
    case = raised(stage)
    assert what in " ".join(next_step(case.challenge, case.now, case.council))


def test_nobody_is_reminded_after_the_reply() -> None:
    """Rule 3: the reminder is for a reply that has not come."""
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."), "2026-11-04 10:00")
    case.until("2026-11-06 12:00")
    assert case.facts(Reminded) == []


def test_one_reminder_a_request() -> None:
    """Rule 3: a reminder."""
    assert len(raised().until("2026-11-09 23:59:59").facts(Reminded)) == 1


def test_a_reminder_that_would_fall_before_the_assignment_is_dropped() -> None:
    """Rule 3: the Friday's cut-off makes the eve of a one-day deadline fall before it."""
    case = raised(Stage.ONE)
    case.does(SARA, ReviseDeadline(day("2026-11-04"), "The panel sits on Thursday."))
    case.does(TAM, SayNotMine(1, "It is not my team."), "2026-11-03 11:00")
    assert case.facts(Reminded) != [], "09:00 on Tuesday, one working day before Wednesday"
    reminded_before = len(case.facts(Reminded))
    # Put to Tom on Tuesday noon: two working days, so Thursday; its eve is Wednesday: kept.
    case.until("2026-11-03 12:00")
    assert len(case.facts(Reminded)) == reminded_before


def test_a_deadline_revised_to_tomorrow_brings_no_reminder_dated_before_the_revision() -> None:
    """Rule 3: "one working day before the deadline at 09:00", which has gone by."""
    case = raised()
    case.does(SARA, ReviseDeadline(day("2026-11-05"), "The panel sits."), "2026-11-04 15:00")
    case.until("2026-11-04 15:01")
    assert case.facts(Reminded) == []


def test_a_deadline_revised_further_off_is_reminded_of_again() -> None:
    """Rule 3: a reminder goes out one working day before the deadline in force."""
    case = raised()
    case.does(SARA, ReviseDeadline(day("2026-11-12"), "Holidays."), "2026-11-06 15:00")
    case.until("2026-11-12 12:00")
    assert [e.effective for e in case.events(Reminded)] == [
        moment("2026-11-06 09:00"),
        moment("2026-11-11 09:00"),
    ]


def test_a_reply_at_a_formal_stage_is_due_within_five_working_days() -> None:
    """Rule 3, and "Deadlines": due at the end, 23:59:59 local, of day 5."""
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."), "2026-11-09 23:59:59")
    assert not case.the(Replied).late
    assert case.standing is Standing.IRO_TO_DECIDE
    case.until("2026-11-10 12:00")
    assert case.facts(DeadlineMissed) == []


def test_a_reply_within_the_last_second_itself_is_in_time() -> None:
    """Rule 3, and "Deadlines": half past 23:59:59 is still day 5."""
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."), "2026-11-09 23:59:59.500")
    assert not case.the(Replied).late


@pytest.mark.parametrize("due", ["2026-11-09", "2027-03-28", "2027-06-04", "2026-10-25"])
def test_a_deadline_has_passed_when_the_last_second_of_its_day_is_over(due: str) -> None:
    deadline, a_microsecond = Deadline(day(due), "set by hand"), timedelta(microseconds=1)
    midnight = moment(f"{due} 00:00").astimezone(LOCAL).replace(hour=23, minute=59, second=59)
    over = midnight.astimezone(UTC) + timedelta(seconds=1)
    assert not deadline.passed_by(deadline.at)
    assert not deadline.passed_by(over - a_microsecond)
    assert deadline.passed_by(over)
    assert deadline.passed_by(over + a_microsecond)


def test_a_deadline_lapses_a_minute_after_so_that_a_reply_being_written_down_counts() -> None:
    """Rule 3: a reply's moment is its receipt."""
    case = raised().until("2026-11-10 00:00:58")
    assert case.facts(DeadlineMissed) == []
    case.until("2026-11-10 00:00:59")
    assert case.events(DeadlineMissed)[-1].effective == moment("2026-11-09 23:59:59")


@pytest.mark.parametrize("officer", [CAS, TOM, IVO, IRA, SARA, "wyn"])
def test_only_those_asked_may_reply_at_a_formal_stage(officer: str) -> None:
    """Rule 3: the responder replies; the informed, other teams and the IRO do not."""
    with pytest.raises(NotAllowedError, match="cannot be done now"):
        raised().does(officer, Reply(1, Answer.RESOLVED, "Done."))


@pytest.mark.parametrize(
    ("reply", "fields"),
    [
        (Reply(1, Answer.RESOLVED, " "), {"words"}),
        (Reply(1, Answer.CHALLENGED, ""), {"words"}),
        (Reply(1, Answer.ACTIONS, "We will.", ()), {"actions"}),
        (Reply(1, Answer.RESOLVED, "Done.", (an_action(),)), {"actions"}),
        (Reply(1, Answer.ACTIONS, "We will.", (an_action("", "2026-11-12"),)), {"action-1-what"}),
        (
            Reply(1, Answer.ACTIONS, "", (an_action(), an_action(by="2026-11-01"))),
            {"words", "action-2-by"},
        ),
    ],
    ids=["no words", "no reasons", "no action", "actions too", "nothing to do", "two mistakes"],
)
def test_a_reply_that_lacks_something_names_the_fields(reply: Reply, fields: set[str]) -> None:
    """Rule 3, "Words": each action with owner and date, a disagreement with reasons."""
    case = raised()
    with pytest.raises(BadSubmissionError) as refused:
        case.does(TAM, reply)
    assert set(refused.value.fields) == fields
    assert case.facts(Replied) == []


def test_a_challenge_raised_after_the_cut_off_hour_has_its_whole_five_days() -> None:
    """Rule 3, and "Deadlines": counted as assigned on the next working day."""
    late = raised(at="2026-11-02 17:30", of=council(Procedure(cut_off_hour=17)))
    assert late.due == day("2026-11-10")
    assert raised(at="2026-11-02 16:59", of=council(Procedure(cut_off_hour=17))).due == day(
        "2026-11-09"
    )


def test_the_reminder_follows_the_clock_that_started_when_served() -> None:
    """Rules 3 and 15: served late, due later; the reminder goes before the deadline in force."""
    case = raised(served=False).until("2026-11-06 12:00")
    later = case.council.within(5, case.now)
    case.records(Served(1, TAM, later))
    case.until("2026-11-13 12:00")
    assert case.due == day("2026-11-13")
    reminders = [e.effective for e in case.events(Reminded)]
    assert reminders[-1:] == [moment("2026-11-12 09:00")]


def test_a_request_nobody_was_asked_is_not_reminded_of() -> None:
    """Rules 3 and 15: there is nobody to remind, and the SRSM knows."""
    case = raised(served=False).until("2026-11-09 12:00")
    assert case.facts(Reminded) == []


def test_the_responder_gets_an_email_with_a_link() -> None:
    """Rule 3: with an email and its link."""
    letter = raised(served=False).letters(StageBegan)[TAM]
    assert letter is Letter.PLEASE_REPLY
    assert letter.carries_link
