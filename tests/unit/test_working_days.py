"""Working days against two oracles, the moments of summer and winter time, and the sums in words.

The procedure, "Deadlines".
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.deadlines import assigned_on, deadline_by_hand, deadline_in, office_time, recounted
from domain.errors import CalendarHorizonError
from domain.moments import at_local, end_of_day, local_day, moment_in_words, parse_moment, utc_text
from domain.procedure import Procedure
from infra import bank_holidays
from tests.builders import BANK_HOLIDAYS, calendar, council, day, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.working_days import WorkingDays

CALENDAR = calendar()
FIRST, LAST = date(2020, 1, 1), date(2035, 12, 31)
STARTS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
MOST = 30


def test_adding_working_days_agrees_with_numpy_for_every_start_of_sixteen_years() -> None:
    holidays = np.array(sorted(CALENDAR.not_worked), dtype="datetime64[D]")
    starts = np.array(STARTS, dtype="datetime64[D]")[:, None]
    days = np.arange(MOST + 1)[None, :]
    # Day 1 is the first working day after the start, so count from the last one not after it.
    oracle = np.busday_offset(starts, days, roll="backward", holidays=holidays).tolist()
    ours = [[CALENDAR.add(start, n) for n in range(MOST + 1)] for start in STARTS]
    assert ours == oracle


def test_adding_working_days_agrees_with_walking_day_by_day() -> None:
    walked = WorkingDayWalk(CALENDAR)
    wrong = [
        (start, n)
        for start in STARTS
        for n, expected in enumerate(walked.from_(start))
        if CALENDAR.add(start, n) != expected
    ]
    assert wrong == []


class WorkingDayWalk:
    """The naive oracle: day by day, checking whether each is worked."""

    def __init__(self, of: WorkingDays) -> None:
        known = FIRST - timedelta(days=20)
        span = (LAST - known).days + 100
        all_days = [known + timedelta(days=n) for n in range(span)]
        self._worked = [d for d in all_days if d.weekday() < 5 and d not in of.not_worked]
        self._last_worked = {}
        position = -1
        for d in all_days:
            if position + 1 < len(self._worked) and d == self._worked[position + 1]:
                position += 1
            self._last_worked[d] = position

    def from_(self, start: date) -> list[date]:
        """Return the answers for 0, 1, 2 … ``MOST`` working days after ``start``."""
        position = self._last_worked[start]
        return self._worked[position : position + MOST + 1]


def test_counting_between_two_days_agrees_with_numpy_both_ways() -> None:
    holidays = np.array(sorted(CALENDAR.not_worked), dtype="datetime64[D]")
    one = timedelta(days=1)
    for span in (0, 1, 2, 3, 7, 28, 100):
        starts = STARTS[: len(STARTS) - span]
        ends = [start + timedelta(days=span) for start in starts]
        # numpy includes the first day and excludes the second: shift both by one.
        oracle = np.busday_count(
            np.array([s + one for s in starts], dtype="datetime64[D]"),
            np.array([e + one for e in ends], dtype="datetime64[D]"),
            holidays=holidays,
        ).tolist()
        pairs = list(zip(starts, ends, strict=True))
        assert [CALENDAR.between(start, end) for start, end in pairs] == oracle
        assert [-CALENDAR.between(end, start) for start, end in pairs] == oracle


def test_counting_undoes_adding() -> None:
    assert all(
        CALENDAR.between(s, CALENDAR.add(s, n)) == n for s in STARTS[::3] for n in (0, 1, 20)
    )


def test_a_day_is_a_working_day_exactly_as_numpy_says() -> None:
    holidays = np.array(sorted(CALENDAR.not_worked), dtype="datetime64[D]")
    oracle = np.is_busday(np.array(STARTS, dtype="datetime64[D]"), holidays=holidays).tolist()
    assert [CALENDAR.is_working_day(d) for d in STARTS] == oracle


def test_the_first_working_day_from_a_day_on_is_itself_or_the_next() -> None:
    assert CALENDAR.on_or_after(day("2026-12-24")) == day("2026-12-24")
    assert CALENDAR.on_or_after(day("2026-12-25")) == day("2026-12-29")


# The sum in words ----------------------------------------------------------------------------


def test_the_christmas_sum_is_word_for_word_the_procedures() -> None:
    assert CALENDAR.explain(day("2026-12-24"), 5) == (
        "5 working days from Thursday 24 December 2026 is Tuesday 5 January 2027. "
        "Not counted: 25 December (Christmas Day), 26 and 27 December (weekend), "
        "28 December (Boxing Day, substitute day), 1 January (New Year's Day), "
        "2 and 3 January (weekend)."
    )


def test_one_working_day_is_in_the_singular_and_skips_nothing() -> None:
    assert CALENDAR.explain(day("2026-11-02"), 1) == (
        "1 working day from Monday 2 November 2026 is Tuesday 3 November 2026."
    )


def test_two_weekends_are_named_apart_and_a_weekend_may_cross_the_month() -> None:
    assert CALENDAR.explain(day("2026-10-22"), 7) == (
        "7 working days from Thursday 22 October 2026 is Monday 2 November 2026. Not counted: "
        "24 and 25 October (weekend), 31 October and 1 November (weekend)."
    )


def test_three_days_in_a_row_for_one_reason_are_a_list() -> None:
    closed = {day(f"2026-12-{n}"): "offices closed" for n in (29, 30, 31)}
    assert "29, 30 and 31 December (offices closed)" in (
        CALENDAR.extended(closed).explain(day("2026-12-24"), 5)
    )


def test_every_skipped_day_is_named_and_no_other() -> None:
    for start in STARTS[:366]:
        end = CALENDAR.add(start, 5)
        between = [start + timedelta(days=n) for n in range(1, (end - start).days)]
        skipped = sum(not CALENDAR.is_working_day(d) for d in between)
        _, _, left_out = CALENDAR.explain(start, 5).partition("Not counted: ")
        assert _days_named(left_out) == skipped, start


def _days_named(left_out: str) -> int:
    """Return how many days there are in a list such as "26 and 27 December (weekend)"."""
    return sum(word.strip(",").isdigit() for word in left_out.split())


# Beyond the known years ----------------------------------------------------------------------


QUESTIONS: dict[str, Callable[[], object]] = {
    "a start before the first year": lambda: CALENDAR.add(date(2011, 12, 31), 1),
    "an answer before the first year": lambda: CALENDAR.add(date(2012, 1, 1), 0),
    "an answer after the last year": lambda: CALENDAR.add(date(2040, 12, 28), 5),
    "a start after the last year": lambda: CALENDAR.add(date(2041, 1, 1), 0),
    "counting from too early": lambda: CALENDAR.between(date(2011, 12, 31), date(2012, 2, 1)),
    "counting to too late": lambda: CALENDAR.between(date(2040, 12, 1), date(2041, 1, 1)),
    "whether a day is worked": lambda: CALENDAR.is_working_day(date(2041, 1, 1)),
    "a sum in words": lambda: CALENDAR.explain(date(2040, 12, 28), 5),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_beyond_the_known_years_is_an_error_that_says_so_and_never_a_guess(question: str) -> None:
    with pytest.raises(CalendarHorizonError, match=r"not known.*2012 to 2040.*operator"):
        QUESTIONS[question]()


def test_the_first_and_last_known_days_are_still_answered() -> None:
    assert CALENDAR.add(day("2012-01-03"), 0) == day("2012-01-03")
    assert CALENDAR.add(day("2040-12-28"), 1) == day("2040-12-31")


# Days of the council's own -------------------------------------------------------------------


def test_a_newly_proclaimed_bank_holiday_is_left_out_of_the_count() -> None:
    proclaimed = CALENDAR.extended({day("2026-11-04"): "A day of mourning"})
    assert CALENDAR.add(day("2026-11-02"), 5) == day("2026-11-09")
    assert proclaimed.add(day("2026-11-02"), 5) == day("2026-11-10")
    assert "4 November (A day of mourning)" in proclaimed.explain(day("2026-11-02"), 5)


def test_a_bank_holiday_proclaimed_for_a_weekend_changes_nothing() -> None:
    proclaimed = CALENDAR.extended({day("2026-11-07"): "A coronation"})
    assert proclaimed.add(day("2026-11-02"), 5) == day("2026-11-09")
    assert "7 and 8 November (weekend)" in proclaimed.explain(day("2026-11-02"), 5)


@pytest.mark.parametrize(("count", "due"), [(True, "2026-12-30"), (False, "2026-12-31")])
def test_closure_days_count_unless_the_setting_says_otherwise(count: bool, due: str) -> None:  # noqa: FBT001 - the setting
    closed = {day("2026-12-29"): "Offices closed"}
    days = council(Procedure(closure_days=closed, closure_days_count=count)).calendar
    assert days.add(day("2026-12-24"), 2) == day(due)


def test_the_councils_own_bank_holidays_are_left_out_in_either_setting() -> None:
    own = {day("2026-11-04"): "Proclaimed"}
    for count in (True, False):
        days = council(Procedure(bank_holidays=own, closure_days_count=count)).calendar
        assert days.add(day("2026-11-03"), 1) == day("2026-11-05")


# The shipped data ----------------------------------------------------------------------------


def test_the_shipped_bank_holidays_are_what_would_be_computed_now() -> None:
    shipped = json.loads(BANK_HOLIDAYS.read_text(encoding="utf-8"))
    assert shipped == bank_holidays.computed()


def test_the_shipped_bank_holidays_are_englands() -> None:
    days = CALENDAR.not_worked
    assert "Easter Monday" in days[day("2026-04-06")]
    assert day("2026-08-31") in days
    assert day("2026-08-03") not in days, "the summer bank holiday of Scotland"
    assert day("2026-01-02") not in days, "Scotland's second of January"
    assert day("2022-09-19") in days, "the funeral of Queen Elizabeth II"
    assert day("2023-05-08") in days, "the coronation of King Charles III"


# Moments: summer and winter ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-15", "2026-01-15T23:59:59Z"),
        ("2026-07-15", "2026-07-15T22:59:59Z"),
        ("2026-03-28", "2026-03-28T23:59:59Z"),  # the eve of summer time
        ("2026-03-29", "2026-03-29T22:59:59Z"),  # clocks go forward at 01:00
        ("2026-10-24", "2026-10-24T22:59:59Z"),  # the eve of winter time
        ("2026-10-25", "2026-10-25T23:59:59Z"),  # clocks go back at 02:00
    ],
)
def test_the_end_of_a_day_is_23_59_59_local_stored_in_utc(text: str, utc: str) -> None:
    assert utc_text(end_of_day(day(text))) == utc
    assert end_of_day(day(text)).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-27", "09:00"),
        ("2026-03-30", "08:00"),
        ("2026-10-23", "08:00"),
        ("2026-10-26", "09:00"),
    ],
)
def test_nine_oclock_local_follows_the_clocks_both_ways(text: str, utc: str) -> None:
    assert utc_text(at_local(day(text), time(9))) == f"{text}T{utc}:00Z"


def test_the_end_of_every_day_of_sixteen_years_is_on_that_day_and_the_last_second_of_it() -> None:
    for one in STARTS:
        assert local_day(end_of_day(one)) == one
        assert local_day(end_of_day(one) + timedelta(seconds=1)) == one + timedelta(days=1)


def test_a_moment_is_written_rounded_up_so_that_nothing_wakes_before_its_time() -> None:
    assert utc_text(datetime(2026, 11, 2, 9, 0, 0, 1, UTC)) == "2026-11-02T09:00:01Z"
    assert parse_moment("2026-07-15T09:00:00+01:00") == datetime(2026, 7, 15, 8, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        parse_moment("2026-07-15T09:00:00")


def test_a_moment_is_shown_in_local_time() -> None:
    assert moment_in_words(parse_moment("2026-07-15T11:02:00Z")) == (
        "Wednesday 15 July 2026 at 12:02pm"
    )
    assert moment_in_words(parse_moment("2026-01-05T00:05:00Z")).endswith("12:05am")


# Deadlines -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", ["00:00", "08:59", "12:00", "17:00", "23:59"])
def test_whatever_the_hour_day_one_is_the_next_working_day(hour: str) -> None:
    assigned = assigned_on(moment(f"2026-07-15 {hour}"), CALENDAR, Procedure())
    assert deadline_in(1, assigned, CALENDAR).day == day("2026-07-16")


@pytest.mark.parametrize(
    ("at", "day_one"),
    [
        ("2026-11-06 16:59", "2026-11-09"),  # Friday, before: counted from Friday
        ("2026-11-06 17:00", "2026-11-10"),  # Friday, from then on: as if on Monday
        ("2026-11-07 10:00", "2026-11-09"),  # Saturday morning: weekend and holiday alike
        ("2026-12-24 18:00", "2026-12-30"),  # Christmas Eve: as if on the 29th
        ("2026-07-15 16:59", "2026-07-16"),  # the hour is local: 15:59 UTC
        ("2026-07-15 17:00", "2026-07-17"),
    ],
)
def test_from_the_cut_off_hour_on_it_counts_as_assigned_on_the_next_working_day(
    at: str, day_one: str
) -> None:
    assigned = assigned_on(moment(at), CALENDAR, Procedure(cut_off_hour=17))
    assert deadline_in(1, assigned, CALENDAR).day == day(day_one)


def test_a_deadline_carries_its_sum_and_is_due_at_the_end_of_its_day() -> None:
    deadline = deadline_in(5, day("2026-12-24"), CALENDAR)
    assert deadline.why == CALENDAR.explain(day("2026-12-24"), 5)
    assert deadline.at == moment("2027-01-05 23:59:59")
    assert deadline.lapses_at == moment("2027-01-06 00:00:59")


def test_a_deadline_that_a_person_set_is_not_counted_anew() -> None:
    proclaimed = CALENDAR.extended({day("2026-11-04"): "Proclaimed"})
    by_hand = deadline_by_hand(day("2026-11-09"), "Sara Sample-Three")
    assert by_hand.why == "Set to Monday 9 November 2026 by Sara Sample-Three."
    assert recounted(by_hand, proclaimed) == by_hand
    counted = deadline_in(5, day("2026-11-02"), CALENDAR)
    assert recounted(counted, CALENDAR) is counted
    assert recounted(counted, proclaimed).day == day("2026-11-10")


@pytest.mark.parametrize(
    ("at", "nine"),
    [
        ("2026-11-02 08:59", "2026-11-02 09:00"),
        ("2026-11-02 09:00", "2026-11-02 09:00"),
        ("2026-11-02 09:01", "2026-11-03 09:00"),
        ("2026-12-24 23:59:59", "2026-12-29 09:00"),
        ("2026-10-23 10:00", "2026-10-26 09:00"),
    ],
)
def test_what_the_clock_did_goes_out_at_nine_on_a_working_day(at: str, nine: str) -> None:
    assert office_time(moment(at), CALENDAR) == moment(nine)
