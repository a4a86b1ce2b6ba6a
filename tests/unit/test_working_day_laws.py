"""The laws of working days, for any calendar: compared with a search day by day, and with numpy.

The procedure, "Deadlines". The bank holidays of England and Wales are in ``test_working_days.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CalendarHorizonError
from domain.working_days import WorkingDays
from tests.builders import calendar, day

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Question:
    """A calendar, two of its days (the earlier first), and two numbers of working days."""

    calendar: WorkingDays
    day: date
    later: date
    days: int
    more: int


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw a calendar of up to four years, with closed weeks, some of them outside its years."""
    first_year = draw(st.integers(1995, 2045))
    last_year = first_year + draw(st.integers(0, 3))
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    known = st.dates(first, last)
    near = st.dates(first - 20 * ONE_DAY, last + 20 * ONE_DAY)
    closed = draw(st.lists(st.tuples(near, st.integers(1, 10)), max_size=12))
    not_worked = {begin + n * ONE_DAY: "closed" for begin, days in closed for n in range(days)}
    numbers = st.one_of(st.integers(-40, 40), st.integers(-1200, 1200))
    one, other = draw(known), draw(known)
    return Question(
        WorkingDays(not_worked, first_year, last_year),
        min(one, other),
        max(one, other),
        draw(numbers),
        draw(numbers),
    )


def searched(of: WorkingDays, start: date, days: int) -> date:
    """Return the result of a naive search: day by day, checking whether each is worked.

    Outside the known years only weekends are not worked.
    """

    def worked(one: date) -> bool:
        known = of.first_year <= one.year <= of.last_year
        return one.weekday() < SATURDAY and not (known and one in of.not_worked)

    found = start
    while not worked(found):
        found -= ONE_DAY
    step = ONE_DAY if days > 0 else -ONE_DAY
    for _ in range(abs(days)):
        found += step
        while not worked(found):
            found += step
    return found


def added(of: WorkingDays, start: date, days: int) -> date | None:
    """Return the answer, or ``None`` if it is outside the known years."""
    try:
        return of.add(start, days)
    except CalendarHorizonError:
        return None


@given(questions())
def test_adding_finds_what_a_search_day_by_day_finds_or_says_which_year_is_not_known(
    asked: Question,
) -> None:
    of = asked.calendar
    expected = searched(of, asked.day, asked.days)
    if of.first_year <= expected.year <= of.last_year:
        assert of.add(asked.day, asked.days) == expected
    else:
        said = f"of {expected.year} are not known.* {of.first_year} to {of.last_year}"
        with pytest.raises(CalendarHorizonError, match=said):
            of.add(asked.day, asked.days)


@given(questions())
def test_adding_and_counting_agree_with_numpy(asked: Question) -> None:
    of = asked.calendar
    holidays = np.array(sorted(of.not_worked), dtype="datetime64[D]")
    found = added(of, asked.day, asked.days)
    if found is not None:
        assert found == np.busday_offset(
            np.datetime64(asked.day), asked.days, roll="backward", holidays=holidays
        )
    # numpy includes the first day and excludes the second: shift both by one.
    begin, end = (np.datetime64(one + ONE_DAY) for one in (asked.day, asked.later))
    assert of.between(asked.day, asked.later) == np.busday_count(begin, end, holidays=holidays)


@given(questions())
def test_adding_in_two_parts_is_adding_at_once(asked: Question) -> None:
    of = asked.calendar
    part = added(of, asked.day, asked.days)
    if part is not None:
        at_once = added(of, asked.day, asked.days + asked.more)
        assert added(of, part, asked.more) == at_once


@given(questions())
def test_counting_undoes_adding(asked: Question) -> None:
    of = asked.calendar
    found = added(of, asked.day, asked.days)
    if found is not None:
        assert of.is_working_day(found)
        assert of.between(asked.day, found) == asked.days


@given(questions())
def test_adding_undoes_counting_to_a_working_day(asked: Question) -> None:
    of = asked.calendar
    days = of.between(asked.day, asked.later)
    if of.is_working_day(asked.later):
        assert of.add(asked.day, days) == asked.later
    if of.is_working_day(asked.day):
        assert of.add(asked.later, -days) == asked.day


@given(questions())
def test_a_later_day_is_never_due_earlier_and_more_days_are_always_due_later(
    asked: Question,
) -> None:
    of = asked.calendar
    fewer, more = sorted((asked.days, asked.more))
    one, other = added(of, asked.day, fewer), added(of, asked.later, fewer)
    assert one is None or other is None or one <= other
    longer = added(of, asked.day, more)
    assert fewer == more or one is None or longer is None or one < longer


@given(questions())
def test_counting_back_is_the_same_number_below_zero(asked: Question) -> None:
    of = asked.calendar
    assert of.between(asked.later, asked.day) == -of.between(asked.day, asked.later)


@given(questions())
def test_a_day_is_counted_exactly_if_it_is_worked(asked: Question) -> None:
    of = asked.calendar
    if asked.day.year == (asked.day - ONE_DAY).year:
        worked = of.is_working_day(asked.day)
        assert of.between(asked.day - ONE_DAY, asked.day) == worked
    assert (added(of, asked.day, 0) == asked.day) == of.is_working_day(asked.day)


@given(questions())
def test_a_calendar_with_more_days_off_is_counted_anew_and_leaves_the_first_as_it_was(
    asked: Question,
) -> None:
    of = asked.calendar
    before = added(of, asked.day, 1)
    more = of.extended({asked.later: "proclaimed"})
    once = WorkingDays({**of.not_worked, asked.later: "proclaimed"}, of.first_year, of.last_year)
    assert more == once
    assert added(more, asked.day, 1) == added(once, asked.day, 1)
    assert added(of, asked.day, 1) == before
    counted = of.between(asked.day, asked.later) - more.between(asked.day, asked.later)
    assert counted == (of.is_working_day(asked.later) and asked.day < asked.later)


# A year of the odd days ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2021-12-31", 1, "2022-01-04"),  # New Year's Day is a Saturday: its substitute is the 3rd
        ("2022-01-01", 0, "2021-12-31"),
        ("2022-01-03", 0, "2021-12-31"),
        ("2022-04-14", 1, "2022-04-19"),  # Good Friday and Easter Monday
        ("2022-04-19", -1, "2022-04-14"),
        ("2022-05-30", 1, "2022-05-31"),  # the spring bank holiday was moved into June
        ("2022-06-01", 1, "2022-06-06"),  # where the jubilee made it four days
        ("2022-06-04", 0, "2022-06-01"),
        ("2022-09-16", 1, "2022-09-20"),  # the funeral of Queen Elizabeth II
        ("2022-09-19", -1, "2022-09-15"),
        ("2022-12-23", 1, "2022-12-28"),  # Christmas Day is a Sunday: its substitute is the 27th
        ("2022-12-25", 1, "2022-12-28"),
        ("2022-12-30", 1, "2023-01-03"),
    ],
)
def test_in_the_year_of_a_jubilee_and_a_funeral_each_odd_day_is_left_out(
    start: str, days: int, due: str
) -> None:
    assert calendar().add(day(start), days) == day(due)


def test_the_year_of_a_jubilee_and_a_funeral_has_260_weekdays_and_ten_of_them_are_not_worked() -> (
    None
):
    assert calendar().between(day("2021-12-31"), day("2022-12-31")) == 250
    assert calendar().add(day("2021-12-31"), 250) == day("2022-12-30")


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2028-02-28", 1, "2028-02-29"),
        ("2028-02-29", 1, "2028-03-01"),
        ("2027-02-26", 1, "2027-03-01"),
        ("2028-03-01", -1, "2028-02-29"),
    ],
)
def test_the_leap_day_is_a_working_day_where_there_is_one(start: str, days: int, due: str) -> None:
    assert calendar().add(day(start), days) == day(due)


# The edges -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "year"),
    [
        ("2012-01-03", -1, 2011),
        ("2012-01-03", -261, 2010),
        ("2040-12-31", 1, 2041),
        ("2040-12-31", 261, 2041),
        ("2040-12-31", 262, 2042),
        ("2026-11-02", 10**12, 9999),
        ("2026-11-02", -(10**12), 1),
    ],
)
def test_a_sum_that_leaves_the_known_years_names_the_year_it_would_end_in(
    start: str, days: int, year: int
) -> None:
    with pytest.raises(CalendarHorizonError, match=rf"holidays of {year} are not known"):
        calendar().add(day(start), days)


@pytest.mark.parametrize(
    ("start", "days", "year"),
    [
        ("2013-01-01", -1, 2012),  # a Tuesday; 2012 has 261 weekdays
        ("2013-01-01", -261, 2012),
        ("2013-01-01", -262, 2011),
        ("2022-12-31", 1, 2023),  # a Saturday; 2023 has 260 weekdays
        ("2022-12-31", 260, 2023),
        ("2022-12-31", 261, 2024),
    ],
)
def test_outside_the_known_years_weekends_alone_are_left_out(
    start: str, days: int, year: int
) -> None:
    with pytest.raises(CalendarHorizonError, match=rf"holidays of {year} are not known"):
        WorkingDays({}, 2013, 2022).add(day(start), days)


def test_a_start_outside_the_known_years_is_named_whatever_is_added() -> None:
    for start, days in (("2041-01-01", -1000), ("2011-12-31", 1000), ("2011-12-30", 1)):
        with pytest.raises(CalendarHorizonError, match=f"holidays of {start[:4]} are not known"):
            calendar().add(day(start), days)


def test_the_first_and_the_last_year_there_are_can_be_known() -> None:
    ever = WorkingDays({date(1, 1, 1): "the first day"}, 1, 9999)
    assert ever.add(date(1, 1, 2), 1) == date(1, 1, 3)
    assert ever.between(date(1, 1, 1), date(1, 1, 3)) == 2
    assert ever.add(date.max, 0) == date.max
    with pytest.raises(CalendarHorizonError):
        ever.add(date(1, 1, 1), 0)


def test_a_calendar_without_a_working_day_answers_with_an_error_and_counts_none() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    closed = WorkingDays({first + n * ONE_DAY: "closed" for n in range(365)}, 2026, 2026)
    assert closed.between(first, last) == 0
    for days in (-1, 0, 1):
        with pytest.raises(CalendarHorizonError):
            closed.add(first, days)


def test_a_calendar_is_the_same_whether_it_was_asked_or_not() -> None:
    asked, not_asked = calendar(), calendar()
    asked.add(day("2026-11-02"), 5)
    assert asked == not_asked
    assert repr(asked) == repr(not_asked)
    assert replace(asked, last_year=2030) == replace(not_asked, last_year=2030)
    with pytest.raises(CalendarHorizonError):
        replace(asked, last_year=2026).add(day("2026-12-31"), 1)


def test_the_row_of_working_days_is_made_at_the_first_sum_once_and_for_no_other_calendar() -> None:
    shipped = calendar()
    council = shipped.extended({day("2026-11-04"): "Proclaimed"})
    assert "_table" not in vars(council), "a start that asks for no sum has nothing to pay"
    council.add(day("2026-11-02"), 5)
    made = council._table
    council.between(day("2026-11-02"), day("2026-12-24"))
    assert council._table is made
    assert "_table" not in vars(shipped)
