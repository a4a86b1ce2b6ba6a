"""How many sums of working days a second: ours, and those of three libraries, in the same run.

Each takes a date and returns one, and adds 1 to 30 working days to each day of sixteen years. All
must give the same answers, or nothing is measured. Then each is asked for all sums in turn, so that
ratios compare neighbours in time. Seconds are the processor's, and results are the median of the
rounds.
"""

from __future__ import annotations

import json
import subprocess
import time
import tracemalloc
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import holidays
import numpy as np

from adapters.settings import shipped_calendar
from domain.procedure import Procedure
from infra.blueprint import ROOT
from tests.performance import apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from domain.working_days import WorkingDays
    from tests.performance.apart import Sum

__all__ = ["OURS", "SUMS", "DisagreeError", "Rate", "Row", "Way", "here", "rates", "row"]

OURS = "ours"
PYTHON = ROOT / ".venv-bench" / "bin" / "python"

_FIRST, _LAST = date(2020, 1, 1), date(2035, 12, 31)
_MOST = 30

#: The sums: the days are spread so that each weekday meets each number.
SUMS: tuple[Sum, ...] = tuple(
    (_FIRST + timedelta(days=n), n % _MOST + 1) for n in range((_LAST - _FIRST).days + 1)
)


class DisagreeError(Exception):
    """Two ways of adding gave different answers; the message says which, and for what."""


@dataclass(frozen=True)
class Way:
    """A way of adding working days: its answers to ``SUMS``, and a round's seconds for all."""

    answers: Sequence[date]
    seconds: Callable[[], float]


@dataclass(frozen=True)
class Rate:
    """Sums a second, and how many times as many ours are."""

    a_second: float
    ours: float


@dataclass(frozen=True)
class Row:
    """What a calendar's row of working days takes: seconds to make, and bytes to keep."""

    seconds: float
    bytes: int


def here(calendar: WorkingDays) -> dict[str, Way]:
    """Return ours, and the libraries in our environment."""
    busdays = np.busdaycalendar(holidays=sorted(calendar.not_worked))
    known = range(calendar.first_year, calendar.last_year + 1)
    england = holidays.country_holidays("GB", subdiv="ENG", years=known)

    # numpy's types do not say what comes out; `check` compares the result with ours anyway.
    offset: Any = np.busday_offset

    def with_numpy(start: date, days: int) -> date:
        found: date = offset(start, days, roll="backward", busdaycal=busdays).item()
        return found

    adds = {
        OURS: calendar.add,
        "numpy": with_numpy,
        "holidays": england.get_nth_working_day,
    }
    return {name: _way(add) for name, add in adds.items()}


def _way(add: Callable[[date, int], date]) -> Way:
    return Way([add(start, days) for start, days in SUMS], lambda: apart.seconds(add, SUMS))


@contextmanager
def _bizdays(calendar: WorkingDays) -> Iterator[Way]:
    """bizdays, in the environment that ``make bench`` makes for it."""
    asked = {
        "first": f"{calendar.first_year}-01-01",
        "last": f"{calendar.last_year}-12-31",
        "not_worked": [day.isoformat() for day in sorted(calendar.not_worked)],
        "sums": [(start.isoformat(), days) for start, days in SUMS],
    }
    with subprocess.Popen(
        [str(PYTHON), "-I", apart.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        to, back = process.stdin, process.stdout
        assert to is not None
        assert back is not None

        def ask(line: str) -> str:
            to.write(f"{line}\n")
            return back.readline()

        answers = [date.fromisoformat(day) for day in json.loads(ask(json.dumps(asked)))]
        yield Way(answers, lambda: float(ask("")))


def check(ways: Mapping[str, Way]) -> None:
    """Raise ``DisagreeError`` unless all give our answers."""
    for name, way in ways.items():
        for (start, days), ours, theirs in zip(SUMS, ways[OURS].answers, way.answers, strict=True):
            if ours != theirs:
                message = f"{days} working days from {start}: {ours}, and for {name} {theirs}"
                raise DisagreeError(message)


def rates(rounds: int) -> dict[str, Rate]:
    """Return the rate of each, ours first.

    Raise ``DisagreeError``.
    """
    calendar = shipped_calendar(Procedure())
    with _bizdays(calendar) as bizdays:
        ways = {**here(calendar), "bizdays": bizdays}
        check(ways)
        found = [{name: way.seconds() for name, way in ways.items()} for _ in range(rounds)]
    return {
        name: Rate(
            len(SUMS) / median(took[name] for took in found),
            median(took[name] / took[OURS] for took in found),
        )
        for name in ways
    }


def row(rounds: int) -> Row:
    """Return what a calendar's first sum takes, which makes its row: the median of the rounds."""
    calendar = shipped_calendar(Procedure())
    took = []
    for _ in range(rounds):
        anew = replace(calendar)
        began = time.process_time()
        anew.add(_FIRST, 1)
        took.append(time.process_time() - began)
    tracemalloc.start()
    calendar.add(_FIRST, 1)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Row(median(took), kept)
