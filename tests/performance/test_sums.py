"""Whoever is measured beside our working days answers what we answer, or is not measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.builders import calendar, day
from tests.performance.sums import OURS, SUMS, DisagreeError, check, here


def test_the_libraries_that_are_measured_here_give_our_answers() -> None:
    ways = here(calendar())
    assert set(ways) == {OURS, "numpy", "holidays"}
    check(ways)


def test_each_day_of_sixteen_years_is_asked_and_one_to_thirty_days_are_added() -> None:
    assert len({start for start, _ in SUMS}) == len(SUMS) == 5844
    assert {days for _, days in SUMS} == set(range(1, 31))
    assert {(start.weekday(), days) for start, days in SUMS} == {
        (weekday, days) for weekday in range(7) for days in range(1, 31)
    }


def test_who_gives_another_answer_is_not_measured() -> None:
    ways = here(calendar())
    wrong = replace(ways["numpy"], answers=[*ways["numpy"].answers[:-1], date(2036, 1, 1)])
    with pytest.raises(DisagreeError, match=r"from 2035-12-31: .* for numpy 2036-01-01"):
        check({**ways, "numpy": wrong})


def test_a_calendar_that_is_not_the_shipped_one_is_noticed() -> None:
    with pytest.raises(DisagreeError, match="holidays"):
        check(here(calendar({day("2026-11-04"): "Proclaimed"})))
