"""Deadlines: each sentence of the procedure's section, by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from domain.deadlines import assigned_on, deadline_in
from domain.errors import BadSubmissionError, CalendarHorizonError
from domain.ladder import Stage
from domain.moments import at_local, local_day, moment_in_words, utc_text
from domain.procedure import Procedure
from domain.rules.accepting import AcceptActions
from domain.rules.holidays import DeadlineMoved
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.serving import Delivery, Served, facts_of_delivery
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import StageBegan
from domain.tasks import tasks
from domain.timeline import headline
from infra.cloud import alarms
from tests.builders import (
    CAS,
    IRA,
    SARA,
    TAM,
    Case,
    an_action,
    asks_about_dates,
    calendar,
    council,
    day,
    moment,
    raised,
)

if TYPE_CHECKING:
    from domain.part import Command

CALENDAR = calendar()
CLOSED = {day("2026-12-29"): "The council is closed"}
CUT_OFF = council(Procedure(cut_off_hour=15))


def proclaim(case: Case, *days: str) -> Case:
    """Add days that are not worked to the calendar, and let the challenge's deadlines move."""
    calendar = case.council.calendar.extended({day(one): "Jubilee" for one in days})
    case.council = replace(case.council, calendar=calendar)
    case._settle()
    return case


def agreed(by: str) -> Reply:
    return Reply(1, Answer.ACTIONS, "We will.", (an_action(by=by),))


# Working days ------------------------------------------------------------------------------------


def test_working_days_are_monday_to_friday_less_the_bank_holidays_of_england_and_wales() -> None:
    days = [day("2026-12-21") + timedelta(days=n) for n in range(14)]
    worked = [one for one in days if CALENDAR.is_working_day(one)]
    assert worked == [
        *(day(f"2026-12-{n}") for n in (21, 22, 23, 24, 29, 30, 31)),
    ], "neither 25 December, nor 28 for Boxing Day, nor New Year’s Day, nor a weekend"


def test_council_closure_days_count_as_working_days() -> None:
    counted = council(Procedure(closure_days=CLOSED))
    assert raised(Stage.QAP, "2026-12-24 10:00", counted).due == day("2026-12-29")


def test_a_setting_says_that_council_closure_days_are_not_worked() -> None:
    left_out = council(Procedure(closure_days=CLOSED, closure_days_count=False))
    case = raised(Stage.QAP, "2026-12-24 10:00", left_out)
    assert case.due == day("2026-12-30")
    assert "29 December (The council is closed)" in case.request.deadline.why


# Day 1 and day N ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-07-06 00:00", "2026-07-13"),  # 5 July, 23:00 UTC
        ("2026-07-05 23:59", "2026-07-10"),
        ("2026-11-02 00:00", "2026-11-09"),
        ("2026-11-02 23:59", "2026-11-09"),
    ],
)
def test_dates_are_local_dates_in_europe_london(at: str, due: str) -> None:
    assert raised(at=at).due == day(due)


def test_day_1_is_the_first_working_day_after_the_local_date_of_assignment() -> None:
    assert raised(Stage.QAP, "2026-11-02 10:00").due == day("2026-11-03")
    assert raised(Stage.QAP, "2026-11-06 10:00").due == day("2026-11-09"), "after a Friday"


@pytest.mark.parametrize("hour", [0, 8, 12, 17, 23])
def test_the_hour_of_assignment_makes_no_difference(hour: int) -> None:
    case = raised(Stage.QAP, at_local(day("2026-07-06"), time(hour, 59)))
    assert case.due == day("2026-07-07")


@pytest.mark.parametrize("assigned", ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-28"])
def test_an_assignment_on_a_weekend_or_a_holiday_counts_from_the_same_day_1(assigned: str) -> None:
    """From Christmas Eve, a Thursday, to the Monday that is the Boxing Day holiday."""
    assert raised(Stage.QAP, f"{assigned} 10:00").due == day("2026-12-29")


def test_a_deadline_is_the_end_of_its_last_day_at_23_59_59_local_time() -> None:
    case = raised().until("2026-11-09 23:59:59")
    assert case.request.deadline.at == moment("2026-11-09 23:59:59")
    assert not case.request.deadline.passed_by(case.now)
    assert case.events(DeadlineMissed) == []
    summer = raised(at="2026-07-06 10:00").request.deadline
    assert utc_text(summer.at) == "2026-07-13T22:59:59Z"


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-02 14:59", "2026-11-09"),
        ("2026-11-02 15:00", "2026-11-10"),
        ("2026-11-06 15:00", "2026-11-16"),  # a Friday: assigned on Monday
        ("2026-11-07 15:00", "2026-11-16"),  # a Saturday: assigned on Monday
    ],
)
def test_a_setting_gives_an_hour_after_which_a_thing_counts_as_the_next_working_day_s(
    at: str, due: str
) -> None:
    assert raised(at=at, of=CUT_OFF).due == day(due)


def test_what_is_served_late_and_after_the_cut_off_hour_counts_from_the_next_working_day() -> None:
    case = raised(of=CUT_OFF, served=False).until("2026-11-03 15:00")
    began = moment("2026-11-02 10:00")
    sent = Delivery(TAM, began, sent_at=case.now)
    ((served, _),) = facts_of_delivery(case.challenge, [sent], case.now, case.council)
    assert isinstance(served, Served)
    assert served.deadline == case.council.within(5, case.now)
    assert served.deadline.day == day("2026-11-11")


def test_the_cut_off_hour_is_off_by_default() -> None:
    assert Procedure().cut_off_hour is None
    late = moment("2026-11-02 23:59")
    assert assigned_on(late, CALENDAR, Procedure()) == day("2026-11-02")


# Silence -----------------------------------------------------------------------------------------


def test_a_stage_that_begins_after_silence_counts_from_the_date_of_the_missed_deadline() -> None:
    case = raised().until("2026-11-10 12:00")
    assert case.challenge.stage is Stage.TWO
    assert case.request.deadline.counted_from == day("2026-11-09")


@pytest.mark.parametrize("asleep", [timedelta(hours=11), timedelta(days=3)])
def test_how_late_the_software_gets_round_to_it_makes_no_difference(asleep: timedelta) -> None:
    case = raised()
    case.until("2026-11-16 12:00", wakes=lambda wake: wake + asleep)
    assert case.challenge.stage is Stage.TWO
    assert case.request.deadline.counted_from == day("2026-11-09")
    assert case.due == day("2026-11-16")


@pytest.mark.parametrize("asleep", [timedelta(0), timedelta(hours=16)])
def test_a_stage_that_begins_after_silence_knows_no_cut_off(asleep: timedelta) -> None:
    case = raised(of=CUT_OFF)
    case.until("2026-11-16 12:00", wakes=lambda wake: wake + asleep)
    assert case.request.deadline.counted_from == day("2026-11-09")


@pytest.mark.parametrize(
    ("at", "asleep"),
    list(
        product(
            ["2026-11-02 10:00", "2026-11-07 10:00", "2026-12-23 23:30", "2026-03-27 09:00"],
            [timedelta(0), timedelta(hours=11), timedelta(days=2, hours=1)],
        )
    ),
)
def test_four_silent_stages_are_exactly_20_working_days(at: str, asleep: timedelta) -> None:
    case = raised(at=at, served=False)
    served = _served_by_the_post(case, asleep)
    stages = [event for event in case.events(StageBegan) if isinstance(event.fact, StageBegan)]
    assert [event.fact.stage for event in stages] == [*Stage][1:]  # type: ignore[attr-defined]
    assert len(served) == 4, "each stage was served, late in its day or not"
    last = case.events(DeadlineMissed)[3]
    assert CALENDAR.between(local_day(moment(at)), local_day(last.effective)) == 20
    assert case.challenge.period is not None
    assert case.challenge.period.day == local_day(last.effective)


def _served_by_the_post(case: Case, asleep: timedelta) -> list[Served]:
    """Let 40 working days pass, each wake ``asleep`` late, and serve as the email service does."""
    end = at_local(CALENDAR.add(local_day(case.now), 24), time(12))
    served = []
    while case.now < end and len(case.events(DeadlineMissed)) < 4:
        for notice in case._notices():
            known = case.request.served
            asks = notice.event.number == case.request.event and notice.officer.id not in known
            if asks and case.challenge.awaiting_reply and notice.letter.value == "please_reply":
                case.now = max(case.now, notice.not_before)
                sent = Delivery(notice.officer.id, notice.not_before, sent_at=case.now)
                for fact, _ in facts_of_delivery(case.challenge, [sent], case.now, case.council):
                    assert isinstance(fact, Served)
                    assert fact.deadline is None
                    served.append(fact)
                    case.records(fact)
        wake = case.wakes()
        assert wake is not None
        case.now = wake + asleep
        case._settle()
    return served


@pytest.mark.parametrize(
    ("raised_at", "nine"),
    [
        ("2026-11-02 10:00", "2026-11-10 09:00"),
        ("2026-10-30 10:00", "2026-11-09 09:00"),  # missed on a Friday
        ("2026-12-17 10:00", "2026-12-29 09:00"),  # missed on Christmas Eve
    ],
)
def test_the_request_of_a_stage_that_began_by_silence_goes_at_09_00_the_next_working_day(
    raised_at: str, nine: str
) -> None:
    case = raised(at=raised_at)
    before = (moment(nine) - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M")
    case.until(before)
    assert case.challenge.stage is Stage.TWO
    assert case.request.served == frozenset()
    assert case.letters_go_out(StageBegan) == moment(nine)
    case.until(nine)
    assert case.request.served == {CAS}


@pytest.mark.parametrize("at", ["2026-11-10 09:00", "2026-11-10 16:30", "2026-11-10 23:59:59"])
@pytest.mark.parametrize("of", [council(), CUT_OFF], ids=["no cut-off", "cut-off"])
def test_being_served_on_that_day_changes_nothing(at: str, of: object) -> None:
    case = raised(of=of)  # type: ignore[arg-type]
    case.until("2026-11-10 08:00")
    case.post_works = False
    before = case.request.deadline
    sent = Delivery(CAS, moment("2026-11-10 09:00"), sent_at=moment(at))
    facts = [f for f, _ in facts_of_delivery(case.challenge, [sent], moment(at), case.council)]
    assert facts == [Served(2, CAS)], "without another deadline"
    case.records(facts[0])
    assert case.request.deadline == before


# Moments -----------------------------------------------------------------------------------------


def test_a_moment_is_stored_in_utc_and_shown_in_local_time() -> None:
    summer = moment("2026-07-06 10:00")
    assert utc_text(summer) == "2026-07-06T09:00:00Z"
    assert moment_in_words(summer) == "Monday 6 July 2026 at 10:00am"
    assert all(e.recorded.utcoffset() == timedelta(0) for e in raised().challenge.events)


def test_midnight_in_summer_is_23_00_utc_the_day_before() -> None:
    assert utc_text(at_local(day("2026-07-06"), time(0))) == "2026-07-05T23:00:00Z"
    assert utc_text(at_local(day("2026-11-02"), time(0))) == "2026-11-02T00:00:00Z"
    assert local_day(datetime(2026, 7, 14, 23, tzinfo=UTC)) == day("2026-07-15")
    assert local_day(datetime(2026, 1, 14, 23, tzinfo=UTC)) == day("2026-01-14")


# The calendar's end ------------------------------------------------------------------------------


def test_past_the_last_year_of_known_bank_holidays_there_is_an_error_never_a_guess() -> None:
    last = CALENDAR.last_year
    with pytest.raises(
        CalendarHorizonError, match=f"The bank holidays of {last + 1} are not known"
    ):
        deadline_in(5, date(last, 12, 28), CALENDAR)
    with pytest.raises(CalendarHorizonError, match="Ask an operator to load them"):
        CALENDAR.is_working_day(date(last + 1, 1, 4))


def test_bank_holidays_known_for_less_than_12_months_ahead_raise_the_operators_alarm() -> None:
    assert alarms._CALENDAR_DAYS_AT_LEAST >= 366


# Days that people set ----------------------------------------------------------------------------


def test_a_new_bank_holiday_entered_by_an_operator_moves_the_open_deadlines() -> None:
    case = proclaim(raised(), "2026-11-05")
    assert case.due == day("2026-11-10")
    assert case.challenge.period is not None
    assert case.challenge.period.day == day("2026-12-01")


def test_each_moved_deadline_has_an_event_that_says_why() -> None:
    case = proclaim(raised(), "2026-11-05")
    moved = {fact.what: fact for fact in case.facts(DeadlineMoved)}
    assert moved.keys() == {"request", "period"}
    assert "5 November (Jubilee)" in moved["request"].because
    said = headline(case.events(DeadlineMoved)[0], case.challenge, case.council)
    assert said.startswith("The bank holidays changed, and with them the ")


def test_a_day_set_by_a_person_that_is_no_longer_worked_moves_to_the_next_working_day() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-13"), "The panel sits that day."))
    proclaim(case, "2026-11-13")
    moved = next(fact for fact in case.facts(DeadlineMoved) if fact.what == "request")
    assert moved.deadline.day == case.due == day("2026-11-16")
    assert moved.because == (
        "The bank holidays changed. Friday 13 November 2026 is no longer a working day (Jubilee): "
        "the next one is Monday 16 November 2026."
    )
    again = proclaim(case, "2026-11-16", "2026-11-17")
    assert again.due == day("2026-11-18")
    assert len(again.request.ledger.entries) == 4, "every date stays visible"


def test_the_date_of_an_action_that_is_no_longer_worked_moves_to_the_next_working_day() -> None:
    case = raised().does(TAM, agreed("2026-11-12")).does(IRA, AcceptActions())
    proclaim(case, "2026-11-12")
    (action,) = case.challenge.actions
    assert action.ledger.first.day == day("2026-11-12")
    assert action.deadline.day == day("2026-11-13")
    event = next(e for e in case.events(DeadlineMoved) if "action" in e.fact.what)  # type: ignore[attr-defined]
    assert headline(event, case.challenge, case.council) == (
        "The bank holidays changed, and with them the date of action 1: it was Thursday "
        "12 November 2026, and is now Friday 13 November 2026, which is later"
    )
    (task,) = [t for t in tasks(case.challenge, case.council) if t.key == "do-action-1"]
    assert task.deadline.day == day("2026-11-13")
    case.until("2026-11-13 23:59")
    assert asks_about_dates(case) == (), "nothing is missed before the new date"
    case.until("2026-11-14 00:01")
    assert [purpose for purpose, _ in asks_about_dates(case)] == ["MISSED_ACTION"]


def test_a_day_that_is_still_worked_stays_where_the_person_put_it() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-13"), "The panel sits that day."))
    proclaim(case, "2026-11-12")
    assert case.due == day("2026-11-13")


def test_a_weekend_that_somebody_set_before_only_working_days_could_be_set_stays() -> None:
    """No bank holiday made it unworked: it never was worked."""
    case = raised().does(TAM, agreed("2026-11-13"))
    request = case.request
    old = replace(request, agreed=(an_action(by="2026-11-14"),))
    case.challenge = replace(case.challenge, requests=(old,))
    proclaim(case.does(IRA, AcceptActions()), "2026-11-12")
    assert case.challenge.actions[0].deadline.day == day("2026-11-14")


def _redate(by: str) -> tuple[Case, str, Command]:
    case = raised().does(TAM, agreed("2026-11-12")).does(IRA, AcceptActions())
    return case, SARA, ReviseDeadline(day(by), "Illness.", "do-action-1")


def _set_by_people(by: str) -> dict[str, tuple[Case, str, Command]]:
    """Return every act in which a person sets a day: name → (case, officer, command)."""
    return {
        "action-1-by": (raised(), TAM, agreed(by)),
        "day": (raised(), SARA, ReviseDeadline(day(by), "The panel sits that day.")),
        "redate": _redate(by),
    }


_NOT_WORKED = {
    "2026-11-14": ("Friday 13 November 2026", "Monday 16 November 2026"),
    "2026-11-15": ("Friday 13 November 2026", "Monday 16 November 2026"),
    "2026-12-28": ("Thursday 24 December 2026", "Tuesday 29 December 2026"),
}
_FIELDS = ("action-1-by", "day", "redate")


def _refusal(field: str, by: str) -> str:
    case, officer, command = _set_by_people(by)[field]
    with pytest.raises(BadSubmissionError) as refused:
        case.does(officer, command)
    return refused.value.fields["day" if field == "redate" else field]


@pytest.mark.parametrize("field", _FIELDS)
@pytest.mark.parametrize("by", _NOT_WORKED)
def test_a_person_can_set_only_a_working_day(field: str, by: str) -> None:
    assert "a working day" in _refusal(field, by)
    case, officer, command = _set_by_people("2026-11-13")[field]
    case.does(officer, command)


@pytest.mark.parametrize("field", _FIELDS)
@pytest.mark.parametrize("by", _NOT_WORKED)
def test_the_error_names_the_working_day_before_and_the_one_after(field: str, by: str) -> None:
    said = _refusal(field, by)
    assert "The nearest are {} and {}.".format(*_NOT_WORKED[by]) in said


# The sum -----------------------------------------------------------------------------------------


def test_every_deadline_can_explain_itself() -> None:
    case = raised().does(TAM, agreed("2026-11-12")).does(IRA, AcceptActions())
    assert case.challenge.period is not None
    assert case.challenge.period.why.startswith("20 working days from Monday 2 November 2026 is ")
    for task in tasks(case.challenge, case.council):
        assert task.ledger.why


def test_the_explanation_names_every_day_that_was_not_counted_and_why() -> None:
    assert raised(at="2026-12-24 10:00").request.deadline.why == (
        "5 working days from Thursday 24 December 2026 is Tuesday 5 January 2027. Not counted: "
        "25 December (Christmas Day), 26 and 27 December (weekend), 28 December (Boxing Day, "
        "substitute day), 1 January (New Year's Day), 2 and 3 January (weekend)."
    )
