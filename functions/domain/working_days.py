"""Working days: Monday to Friday, less the bank holidays of England and Wales.

Council closure days count as working days unless the council's setting says otherwise; the
calendar is given those that do not. Adding N working days is arithmetic, not a walk: with the
weekdays numbered, and the bank holidays among them in order, the answer is one bisection.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from domain.errors import CalendarHorizonError
from domain.moments import day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["WorkingDays"]

_SATURDAY = 5
_WEEKDAYS = 5
_WEEK = 7


def _weekday_number(day: date) -> int:
    """How many Mondays-to-Fridays there are from 1 January of year 1 (a Monday) to ``day``."""
    weeks, left = divmod(day.toordinal() - 1, _WEEK)
    return weeks * _WEEKDAYS + min(left + 1, _WEEKDAYS)


def _weekday_of_number(number: int) -> date:
    """The Monday-to-Friday with this number: the inverse of :func:`_weekday_number`."""
    weeks, left = divmod(number - 1, _WEEKDAYS)
    return date.fromordinal(weeks * _WEEK + left + 1)


@dataclass(frozen=True)
class WorkingDays:
    """The working days of the council, for the years whose bank holidays are known.

    Shapes: ``not_worked`` maps a day to its name ("Christmas Day"); ``first_year`` and
    ``last_year`` are whole years, both known.

    Errors: every question about a day outside those years raises ``CalendarHorizonError``.

    Source: the procedure, "Deadlines": working days.
    """

    not_worked: Mapping[date, str]
    first_year: int
    last_year: int
    _ranks: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _numbers: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Number the weekdays that are not worked, and say which working day each holds up."""
        weekdays = sorted(day for day in self.not_worked if day.weekday() < _SATURDAY)
        numbers = tuple(_weekday_number(day) for day in weekdays)
        ranks = tuple(number - before for before, number in enumerate(numbers))
        object.__setattr__(self, "_numbers", numbers)
        object.__setattr__(self, "_ranks", ranks)

    def is_working_day(self, day: date) -> bool:
        """Whether ``day`` is worked."""
        self._check(day)
        return day.weekday() < _SATURDAY and day not in self.not_worked

    def add(self, start: date, days: int) -> date:
        """The ``days``-th working day after ``start``; for 0, the last one not after ``start``.

        Day 1 is the first working day after ``start``, whether ``start`` is worked or not.
        """
        self._check(start)
        number = self._number(start) + days
        # A day not worked comes before the wanted one exactly when its rank is not above it.
        answer = _weekday_of_number(number + bisect_right(self._ranks, number))
        self._check(answer)
        return answer

    def between(self, start: date, end: date) -> int:
        """How many working days come after ``start``, up to and with ``end`` (negative: before)."""
        self._check(start)
        self._check(end)
        return self._number(end) - self._number(start)

    def on_or_after(self, day: date) -> date:
        """``day`` itself if it is worked, else the next working day."""
        return day if self.is_working_day(day) else self.add(day, 1)

    def extended(self, more: Mapping[date, str]) -> WorkingDays:
        """This calendar with ``more`` days that are not worked."""
        return WorkingDays({**self.not_worked, **more}, self.first_year, self.last_year)

    def explain(self, start: date, days: int) -> str:
        """The sum behind ``add(start, days)``, in words, with each day that was not counted."""
        end = self.add(start, days)
        unit = "working day" if days == 1 else "working days"
        text = f"{days} {unit} from {day_in_words(start)} is {day_in_words(end)}."
        skipped = ", ".join(
            f"{_days_in_words(group)} ({reason})" for reason, group in self._skipped(start, end)
        )
        return f"{text} Not counted: {skipped}." if skipped else text

    def _skipped(self, start: date, end: date) -> Iterator[tuple[str, list[date]]]:
        """The days after ``start`` and before ``end`` that are not worked, grouped by reason."""
        days = (start + timedelta(days=n) for n in range(1, (end - start).days))
        left_out = ((self._reason(day), day) for day in days if not self.is_working_day(day))
        for reason, group in groupby(left_out, key=lambda pair: pair[0]):
            yield from _runs(reason, [day for _, day in group])

    def _reason(self, day: date) -> str:
        if day.weekday() >= _SATURDAY:
            return "weekend"
        return self.not_worked.get(day, "")

    def _number(self, day: date) -> int:
        """How many working days there are up to and with ``day``."""
        number = _weekday_number(day)
        return number - bisect_right(self._numbers, number)

    def _check(self, day: date) -> None:
        if not self.first_year <= day.year <= self.last_year:
            message = (
                f"The bank holidays of {day.year} are not known to this software: it knows "
                f"{self.first_year} to {self.last_year}. Ask an operator to load them."
            )
            raise CalendarHorizonError(message)


def _runs(reason: str, days: list[date]) -> Iterator[tuple[str, list[date]]]:
    """Split ``days`` where a day is missing between two, so that "and" always joins neighbours."""
    run = [days[0]]
    for day in days[1:]:
        if day - run[-1] > timedelta(days=1):
            yield reason, run
            run = []
        run.append(day)
    yield reason, run


def _days_in_words(days: list[date]) -> str:
    """``26 and 27 December``; ``31 January and 1 February``; ``29, 30 and 31 December``."""
    months = {(day.year, day.month) for day in days}
    if len(months) == 1:
        words = [str(day.day) for day in days]
        words[-1] += f" {days[-1]:%B}"
    else:
        words = [f"{day.day} {day:%B}" for day in days]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
