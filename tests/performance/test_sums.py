"""Libraries are only measured beside our working days if they give the same answers."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from tests.builders import calendar, day
from tests.performance import apart
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


def test_what_is_measured_apart_answers_once_and_then_with_the_seconds_of_each_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[dict[str, object]] = []

    def library(**calendar_of: object) -> SimpleNamespace:
        made.append(calendar_of)
        return SimpleNamespace(offset=calendar().add)

    asked = {
        "first": "2012-01-01",
        "last": "2040-12-31",
        "not_worked": ["2026-12-25"],
        "sums": [["2026-12-24", 1], ["2026-11-02", 5]],
    }
    out = io.StringIO()
    monkeypatch.setitem(sys.modules, "bizdays", SimpleNamespace(Calendar=library))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{json.dumps(asked)}\n\n\n"))
    monkeypatch.setattr(sys, "stdout", out)
    apart.main()
    answers, *seconds = out.getvalue().splitlines()
    assert json.loads(answers) == ["2026-12-29", "2026-11-09"]
    assert len([float(one) for one in seconds]) == 2
    assert made == [
        {
            "holidays": ["2026-12-25"],
            "weekdays": ["Saturday", "Sunday"],
            "startdate": "2012-01-01",
            "enddate": "2040-12-31",
        }
    ]
