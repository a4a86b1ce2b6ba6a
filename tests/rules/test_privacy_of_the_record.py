"""The record is kept until the child would be 75: to the day, and never a day too short."""

from __future__ import annotations

import pytest

from domain.retention import keep_until
from tests.builders import day


@pytest.mark.parametrize(
    ("born", "until"),
    [
        ("2013-04-05", "2088-04-05"),
        ("2024-02-28", "2099-02-28"),
        ("2024-02-29", "2099-03-01"),
        ("2024-03-01", "2099-03-01"),
        ("2012-12-31", "2087-12-31"),
        ("2000-01-01", "2075-01-01"),
    ],
)
def test_a_record_is_kept_until_75_years_from_the_child_s_date_of_birth(
    born: str, until: str
) -> None:
    assert keep_until(day(born)) == day(until)
