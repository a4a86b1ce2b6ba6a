"""Deadlines in words: what happened to each, how late something is, what clocks show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.deadlines import Deadline, Entry, How, Ledger, deadline_by_hand, moved_by
from domain.errors import CalendarHorizonError
from domain.ladder import Stage
from domain.moments import (
    OFFICE_HOUR,
    at_local,
    moment_in_words,
    parse_moment,
    time_in_words,
    utc_text,
)
from domain.procedure import Procedure
from domain.rules.accepting import AcceptActions, ActionsAccepted
from domain.rules.endings import ChildTold, Resolve
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.holidays import DeadlineMoved
from domain.rules.lateness import Chased, days_in_words
from domain.rules.posts import Reassign, Reassigned, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import DeadlineRevised, ReviseDeadline
from domain.rules.serving import NotServed, NotServedCause, Served
from domain.timeline import details, headline
from domain.vocabulary import Capacity
from domain.working_days import WorkingDays
from tests.builders import (
    ADA,
    IRA,
    NOT_REFERRED,
    SARA,
    TAM,
    Case,
    an_action,
    calendar,
    council,
    day,
    moment,
    raised,
)

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
SUM = "5 working days from Monday 2 November 2026 is Monday 9 November 2026."
WEEKEND = "Not counted: 7 and 8 November (weekend)."


def line(case: Case, kind: type) -> str:
    """What the timeline says of the last event of this kind."""
    return headline(case.events(kind)[-1], case.challenge, case.council)


def proclaimed(case: Case, *days: str) -> Case:
    """The same challenge, with these days proclaimed as bank holidays."""
    case.council = council(Procedure(bank_holidays=dict.fromkeys(map(day, days), "Jubilee")))
    return case.until((case.now + timedelta(hours=1)).isoformat(" ", "minutes")[:16])


# How it came about -------------------------------------------------------------------------------


def test_a_deadline_that_never_moved_is_explained_by_its_sum_alone() -> None:
    assert raised().request.ledger.why == f"{SUM} {WEEKEND}"


def test_a_deadline_that_moved_is_explained_by_all_that_it_was_before() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    assert case.request.ledger.why == (
        f"First set: Monday 9 November 2026. {SUM} {WEEKEND} "
        "Revised: Thursday 12 November 2026. Set to Thursday 12 November 2026 by Sara "
        "Sample-Three."
    )


def test_each_thing_that_can_happen_to_a_deadline_is_called_by_what_it_is() -> None:
    late = raised(served=False).until("2026-11-03 10:00")
    late.records(Served(1, TAM, late.council.within(5, late.now)))
    held = raised().does(IRA, ProposeHold(3, "The panel.")).does(SARA, AgreeHold())
    assert {
        "late": late.request.ledger.entries[-1].how,
        "held": held.request.ledger.entries[-1].how,
    } == {"late": How.SERVED_LATE, "held": How.HELD}
    assert {how.name: how.value for how in How} == {
        "FIRST": "First set",
        "SERVED_LATE": "Counted from the day the request was sent",
        "REVISED": "Revised",
        "HOLIDAY": "Moved because the bank holidays changed",
        "HELD": "Moved by the days on hold",
        "TAKEN_BACK": "Moved back, because the hold ended early",
        "REASSIGNED": "Set when somebody else was asked",
        "TAKEN_OVER": "Taken over from a duplicate, which became formal earlier",
        "NEW_DATE": "New date",
        "WITH_REPLY": "Moved with the deadline to reply",
        "OBJECTED": "Earlier date, because the IRO objected",
        "UPHELD": "Set by the decision on the objection",
    }
    back = held.does(SARA, EndHold(), "2026-11-03 10:00")
    assert back.request.ledger.entries[-1].how is How.TAKEN_BACK
    other = raised().does(TAM, SayNotMine(1, "Not my team."))
    other.does(IRA, Reassign("tm-south", "The child has moved team."))
    assert other.request.ledger.entries[-1].how is How.REASSIGNED
    assert [entry.event for entry in other.request.ledger.entries] == [
        2,
        other.challenge.version - 1,
    ]
    holiday = proclaimed(raised(), "2026-11-05")
    assert holiday.request.ledger.entries[-1].how is How.HOLIDAY


def test_a_ledger_of_two_names_both_days() -> None:
    one, other = deadline_by_hand(day("2026-11-09"), "Sara"), Deadline(day("2026-11-10"), "So.")
    assert Ledger((Entry(How.FIRST, one, 1), Entry(How.HELD, other, 2))).why == (
        "First set: Monday 9 November 2026. Set to Monday 9 November 2026 by Sara. "
        "Moved by the days on hold: Tuesday 10 November 2026. So."
    )


def test_a_deadline_moves_by_working_days_and_keeps_what_it_was_counted_from() -> None:
    days = calendar()
    counted = council().within(5, moment("2026-11-02 10:00"))
    assert moved_by(3, counted, days) == council().within(8, moment("2026-11-02 10:00"))
    assert moved_by(-2, counted, days).day == day("2026-11-05")
    by_hand = deadline_by_hand(day("2026-11-09"), "Sara")
    assert moved_by(3, by_hand, days).day == day("2026-11-12")
    assert moved_by(3, by_hand, days).counted_from == day("2026-11-09")


# What the timeline says of a deadline that moved -------------------------------------------------


def test_when_a_manager_moved_it_the_timeline_says_from_when_to_when() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    assert line(case, DeadlineRevised) == (
        "Sara Sample-Three revised the deadline to reply: it was Monday 9 November "
        "2026, and is now Thursday 12 November 2026, which is later"
    )
    sooner = raised().does(SARA, ReviseDeadline(day("2026-11-05"), "It is urgent."))
    assert line(sooner, DeadlineRevised).endswith("Thursday 5 November 2026, which is earlier")


@pytest.mark.parametrize(
    ("case", "what", "moved"),
    [
        (
            raised,
            "deadline to reply",
            "Monday 9 November 2026, and is now Tuesday 10 November 2026",
        ),
        (
            lambda: raised().does(TAM, DONE),
            "20-working-day limit",
            "Monday 30 November 2026, and is now Tuesday 1 December 2026",
        ),
        (
            lambda: raised(Stage.QAP).does(TAM, DONE, "2026-11-04 09:00"),
            "deadline of a decision",
            "Friday 6 November 2026, and is now Monday 9 November 2026",
        ),
    ],
    ids=["to reply", "the period", "a decision"],
)
def test_when_a_bank_holiday_moved_it_the_timeline_says_which(
    case: object, what: str, moved: str
) -> None:
    told = proclaimed(case(), "2026-11-05")  # type: ignore[operator]
    assert line(told, DeadlineMoved) == (
        f"The bank holidays changed, and with them the {what}: it was {moved}, which is later"
    )
    (why, how) = details(told.events(DeadlineMoved)[-1].fact, frozenset(Capacity))
    assert why[0] == "Why"
    assert why[1].startswith("The bank holidays changed. ")
    assert how[0] == "How the deadline was counted"
    assert "5 November (Jubilee)" in how[1]


def test_a_holiday_moves_each_open_deadline_once_and_none_that_has_passed() -> None:
    case = proclaimed(raised().does(TAM, DONE), "2026-11-05", "2026-11-12")
    assert sorted(fact.what for fact in case.facts(DeadlineMoved)) == ["period", "question"]
    assert proclaimed(case, "2026-11-05", "2026-11-12").facts(DeadlineMoved) == [
        *case.facts(DeadlineMoved)
    ]
    ended = raised().does(IRA, Resolve("It is done.", ChildTold.NO, "They knew not."))
    (moved,) = proclaimed(ended, "2026-11-05").facts(DeadlineMoved)
    assert moved.what == "impact", "of one that has ended, only the day on which rule 24 asks"


def test_to_whom_it_was_put_instead_is_said_by_post_and_day() -> None:
    case = raised().does(TAM, SayNotMine(1, "Not my team."))
    case.does(IRA, Reassign("tm-south", "The child has moved team."))
    assert line(case, Reassigned) == (
        "The question was put to the Team Manager, South Sample Team instead, to reply by the end "
        "of Monday 9 November 2026"
    )


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 agreed action, to be followed until it is done"),
        (2, "2 agreed actions, to be followed until each is done"),
    ],
)
def test_how_many_actions_were_accepted_is_said_in_the_singular_and_the_plural(
    count: int, said: str
) -> None:
    actions = tuple(an_action(f"Action {number}") for number in range(count))
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", actions))
    case.does(IRA, AcceptActions())
    assert line(case, ActionsAccepted) == f"Ira Sample-One accepted {said}"


def test_that_a_reply_was_late_is_said_and_until_when_the_iro_decides() -> None:
    case = raised().does(TAM, DONE)
    assert line(case, Replied) == "Tam Sample-Seven replied: resolved"
    labels = dict(details(case.the(Replied), frozenset(Capacity)))
    assert labels.keys() == {"In their words", "The IRO decides by"}
    late = raised().until("2026-11-11 10:00").does(TAM, DONE)
    assert line(late, Replied) == "Tam Sample-Seven replied after the deadline: resolved"
    assert dict(details(late.the(Replied), frozenset(Capacity))).keys() == {"In their words"}


@pytest.mark.parametrize("cause", NotServedCause)
def test_why_nobody_could_be_asked_is_said(cause: NotServedCause) -> None:
    case = raised(served=False)
    case.records(NotServed(1, cause, case.council.within(1, case.now)))
    why = "the email came back" if cause is NotServedCause.BOUNCED else cause
    assert line(case, NotServed) == f"Nobody could be asked to reply: {why}"


# How late ----------------------------------------------------------------------------------------


def test_one_day_is_in_the_singular() -> None:
    assert [days_in_words(days) for days in (0, 1, 2)] == [
        *("0 working days", "1 working day", "2 working days"),
    ]


@pytest.mark.parametrize(
    ("woken", "over"),
    [
        ("2026-11-12 08:59", []),
        ("2026-11-12 09:00", [3]),
        ("2026-11-12 23:00", [3]),
        ("2026-11-15 12:00", [3]),  # a Sunday
        ("2026-11-16 08:59", [3]),
        ("2026-11-16 09:00", [5]),
        ("2026-11-23 08:59", [5]),
        ("2026-11-24 12:00", [10]),
    ],
)
def test_chases_that_were_slept_through_are_one_that_says_how_late_it_is(
    woken: str, over: list[int]
) -> None:
    case = raised().does(IRA, NOT_REFERRED)
    case.does(TAM, DONE, "2026-11-04 10:00").sleep_until(woken)
    assert [fact.days_over for fact in case.facts(Chased)] == over
    assert [fact.tell_senior for fact in case.facts(Chased)] == [days >= 5 for days in over]


def test_the_senior_is_told_although_the_fifth_day_was_slept_through_and_once() -> None:
    case = raised(Stage.FOUR).does(IRA, NOT_REFERRED)
    case.does(ADA, DONE, "2026-11-04 10:00").until("2026-11-12 10:00")
    case.sleep_until("2026-11-18 10:00").until("2026-11-24 10:00")
    assert [(fact.days_over, fact.tell_senior) for fact in case.facts(Chased)] == [
        *((3, False), (5, True), (10, False)),
    ]


# Clocks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (0, "12:05am"),
        (1, "1:05am"),
        (11, "11:05am"),
        (12, "12:05pm"),
        (13, "1:05pm"),
        (23, "11:05pm"),
    ],
)
def test_an_hour_is_said_as_people_say_it(hour: int, said: str) -> None:
    assert time_in_words(at_local(day("2026-11-02"), time(hour, 5))) == said
    assert moment_in_words(at_local(day("2026-07-02"), time(hour, 5))) == (
        f"Thursday 2 July 2026 at {said}"
    )
    assert time(9) == OFFICE_HOUR


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "2026-11-02T10:00:00Z"), (1, "2026-11-02T10:00:01Z"), (999_999, "2026-11-02T10:00:01Z")],
)
def test_a_moment_is_written_to_the_second_and_never_before_it(microsecond: int, text: str) -> None:
    exact = datetime(2026, 11, 2, 10, 0, 0, microsecond, UTC)
    assert utc_text(exact) == text
    assert parse_moment(text) >= exact
    assert parse_moment("2026-11-02T11:00:00+01:00") == datetime(2026, 11, 2, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not say its time zone"):
        parse_moment("2026-11-02T10:00:00")


@pytest.mark.parametrize("days", [*range(1, 60), 259, 260, 261, 262, 263, 264, 520, 521, 522, 2610])
def test_beyond_the_known_years_the_year_is_named_in_which_it_would_end(days: int) -> None:
    """Where only weekends are known of; on from December 2026, and back from January."""
    known = WorkingDays({}, 2026, 2026)
    start = date(2026, 12, 4)
    end, left = start, days
    while left:
        end += timedelta(days=1)
        left -= end.weekday() < 5
    if end.year == 2026:
        assert known.add(start, days) == end
    else:
        with pytest.raises(CalendarHorizonError, match=f"The bank holidays of {end.year} are not"):
            known.add(start, days)
    first, left = date(2026, 1, 30), days
    begin = first
    while left:
        begin -= timedelta(days=1)
        left -= begin.weekday() < 5
    if begin.year == 2026:
        assert known.add(first, -days) == begin
    else:
        with pytest.raises(CalendarHorizonError, match=f"of {begin.year} are not known"):
            known.add(first, -days)


def test_a_calendar_that_knows_more_is_the_same_for_what_it_knew() -> None:
    more = calendar().extended({day("2026-11-05"): "Jubilee"})
    assert more.explain(day("2026-11-02"), 5) == (
        "5 working days from Monday 2 November 2026 is Tuesday 10 November 2026. Not counted: "
        "5 November (Jubilee), 7 and 8 November (weekend)."
    )
    assert replace(more, not_worked={}).add(day("2026-11-02"), 5) == day("2026-11-09")
