"""Training: the service's clock runs fast for a while, and you choose how long a working day lasts.

There are two clocks: the wall's, which computers follow, and the service's, which the procedure
follows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadSubmissionError
from domain.moments import end_of_day, local_day
from domain.training import AT_MOST, LONGEST_DAY, SHORTEST_DAY, TrainingRun
from tests.builders import calendar, day, moment

CALENDAR = calendar()
MICROSECOND = timedelta(microseconds=1)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
MONDAY = moment("2026-11-02 10:00")


def training_run(
    shows: datetime = MONDAY,
    *,
    since: datetime = MONDAY,
    working_day: timedelta = 30 * SECOND,
    lasts: timedelta = AT_MOST,
) -> TrainingRun:
    return TrainingRun.begin(since, shows, lasts, working_day, CALENDAR)


# A ladder in ten minutes -------------------------------------------------------------------------


def test_twenty_working_days_of_half_a_minute_last_ten_minutes() -> None:
    fast = training_run()
    twenty_on = CALENDAR.add(local_day(MONDAY), 20)
    assert fast.reached(moment(f"{twenty_on} 10:00")) - MONDAY == 10 * MINUTE


def test_neither_weekends_nor_christmas_last_any_longer() -> None:
    christmas_eve = moment("2026-12-24 10:00")
    fast = training_run(christmas_eve)
    assert fast.shown(MONDAY + 30 * SECOND) == moment("2026-12-29 10:00"), "four days later"
    friday_evening, monday_morning = moment("2027-01-08 23:59:59"), moment("2027-01-11 00:00")
    assert fast.reached(monday_morning) - fast.reached(friday_evening) < timedelta(seconds=0.001)


def test_a_training_run_that_begins_on_a_saturday_shows_monday_at_once() -> None:
    fast = training_run(moment("2026-11-07 15:00"))
    assert fast.shown(MONDAY - SECOND) == moment("2026-11-07 14:59:59")
    assert fast.shown(MONDAY) == moment("2026-11-09 00:00")
    assert fast.shown(MONDAY + 15 * SECOND) == moment("2026-11-09 12:00")


def test_before_and_after_it_the_clock_is_as_fast_as_the_walls() -> None:
    ahead = MONDAY + 42 * DAY
    fast = training_run(ahead, lasts=MINUTE)
    assert fast.shown(MONDAY - 3 * DAY) == ahead - 3 * DAY
    assert fast.shown(MONDAY + MINUTE) == moment("2026-12-16 10:00"), "two working days on"
    assert fast.shown(MONDAY + 3 * DAY) == fast.shown(MONDAY + MINUTE) + 3 * DAY - MINUTE


def test_what_falls_due_after_the_training_run_is_waited_for_at_the_usual_speed() -> None:
    fast = training_run(lasts=MINUTE)
    due = end_of_day(day("2026-11-09"))
    assert fast.shown(MONDAY + MINUTE) == moment("2026-11-04 10:00")
    assert fast.reached(due) == MONDAY + MINUTE + (due - moment("2026-11-04 10:00"))


# What holds for any training run -----------------------------------------------------------------

_moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds of aware ones
_spans = st.timedeltas(-2 * DAY, 2 * DAY)


@st.composite
def training_runs(draw: st.DrawFn) -> TrainingRun:
    since = draw(_moments)
    ahead = draw(st.timedeltas(timedelta(0), 1000 * DAY))
    working_day = draw(st.timedeltas(SHORTEST_DAY, LONGEST_DAY))
    lasts = draw(st.timedeltas(MINUTE, AT_MOST))
    return TrainingRun.begin(since, since + ahead, lasts, working_day, CALENDAR)


@st.composite
def within(draw: st.DrawFn) -> tuple[TrainingRun, datetime]:
    """Return a training run, and a moment by the wall during it."""
    fast = draw(training_runs())
    return fast, draw(st.datetimes(*_bounds(fast), timezones=st.just(UTC)))


def _bounds(fast: TrainingRun) -> tuple[datetime, datetime]:
    return fast.since.replace(tzinfo=None), fast.until.replace(tzinfo=None)


@given(training_runs(), _spans, st.timedeltas(timedelta(0), DAY))
def test_the_clock_never_runs_backwards(
    fast: TrainingRun, span: timedelta, more: timedelta
) -> None:
    at = fast.since + span
    assert fast.shown(at) <= fast.shown(at + more)


@given(training_runs(), _spans)
def test_there_and_back_again(fast: TrainingRun, span: timedelta) -> None:
    at = fast.since + span
    assert fast.reached(fast.shown(at)) == at


@given(training_runs(), st.timedeltas(-DAY, 400 * DAY))
def test_a_moment_is_reached_when_the_clock_first_shows_it_and_no_sooner(
    fast: TrainingRun, ahead: timedelta
) -> None:
    wanted = fast.shows + ahead
    at = fast.reached(wanted)
    assert fast.shown(at) >= wanted > fast.shown(at - MICROSECOND)


@given(within())
def test_every_working_day_lasts_as_long_as_was_said(case: tuple[TrainingRun, datetime]) -> None:
    fast, at = case
    shown, a_day_later = fast.shown(at), fast.shown(at + fast.working_day)
    if at + fast.working_day < fast.until:
        assert local_day(a_day_later) == CALENDAR.add(local_day(shown), 1)


@given(within())
def test_while_it_lasts_every_day_is_a_working_day(case: tuple[TrainingRun, datetime]) -> None:
    fast, at = case
    assert CALENDAR.is_working_day(local_day(fast.shown(at)))


@given(training_runs(), st.timedeltas(timedelta(0), AT_MOST))
def test_ended_early_it_goes_on_from_where_it_was(fast: TrainingRun, after: timedelta) -> None:
    at = min(fast.since + after, fast.until)
    ended = fast.ended(at)
    assert ended.shown(at) == fast.shown(at)
    assert ended.shown(at + DAY) == fast.shown(at) + DAY
    assert ended.shown(at - SECOND) == fast.shown(at - SECOND)


@given(training_runs(), st.timedeltas(timedelta(0), DAY), _spans, st.timedeltas(timedelta(0), DAY))
def test_a_second_training_run_goes_on_where_the_first_led_to(
    first: TrainingRun, pause: timedelta, span: timedelta, more: timedelta
) -> None:
    since = first.until + pause
    second = TrainingRun.begin(since, first.shown(since), MINUTE, SHORTEST_DAY, CALENDAR)
    at = first.until + abs(span)
    if at < since:
        assert second.shown(at) == first.shown(at), "between the two both say the same"
    assert first.shown(first.until - more) <= second.shown(at)


@given(within(), st.dates(day("2024-01-01"), day("2033-01-01")), st.timedeltas(timedelta(0), DAY))
def test_a_bank_holiday_deployed_meanwhile_turns_nothing_back(
    case: tuple[TrainingRun, datetime], proclaimed: object, more: timedelta
) -> None:
    fast, at = case
    changed = replace(fast, calendar=calendar({proclaimed: "A day of celebration"}))  # type: ignore[dict-item]
    assert fast.shown(at) <= changed.shown(at) <= changed.shown(at + more)
    assert changed.shown(fast.until) == fast.shown(fast.until), "what it ends at was settled before"
    assert changed.reached(changed.shown(at)) <= at


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 19, 3601])
def test_a_working_day_is_neither_too_short_for_the_letters_nor_too_long(seconds: int) -> None:
    with pytest.raises(BadSubmissionError, match="from 20 to 3600 seconds") as refused:
        training_run(working_day=seconds * SECOND)
    assert set(refused.value.fields) == {"working_day"}


@pytest.mark.parametrize("minutes", [0, 61])
def test_a_training_run_lasts_an_hour_at_most(minutes: int) -> None:
    with pytest.raises(BadSubmissionError, match="from 1 to 60 minutes") as refused:
        training_run(lasts=minutes * MINUTE)
    assert set(refused.value.fields) == {"minutes"}


def test_a_clock_that_would_run_out_of_known_bank_holidays_is_not_started() -> None:
    """A year must be left, so that deadlines that begin in the training run can be counted."""
    last = CALENDAR.last_year
    assert (
        training_run(moment(f"{last - 1}-06-01 10:00"), lasts=10 * MINUTE).ends_at.year == last - 1
    )
    for shows in (f"{last - 1}-12-01 10:00", f"{last}-12-20 10:00", f"{last + 2}-01-01 10:00"):
        with pytest.raises(BadSubmissionError, match=f"known up to {last}") as refused:
            training_run(moment(shows), lasts=60 * MINUTE)
        assert set(refused.value.fields) == {"minutes"}
