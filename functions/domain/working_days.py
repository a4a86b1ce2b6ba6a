"""Working days: Monday to Friday, less the bank holidays of England and Wales.

Council closure days count as working days unless the council's setting says otherwise; the
calendar is given those that do not. Adding N working days is one look-up in a table of the working
days of the known years. The table is made when a calendar is first used, which takes less than a
millisecond; many calendars are never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate, compress, groupby
from typing import TYPE_CHECKING

from domain.errors import CalendarHorizonError
from domain.moments import day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["WorkingDays"]

_SATURDAY = 5
_WEEKDAYS = 5
_WEEK = 7
#: A week from Monday, a byte for each day: 1 if it is worked.
_WORKED = bytes([1] * _WEEKDAYS + [0] * (_WEEK - _WEEKDAYS))


def _weekday_number(ordinal: int) -> int:
    """Return how many weekdays there are from 1 January of year 1 (a Monday) to this day."""
    weeks, left = divmod(ordinal - 1, _WEEK)
    return weeks * _WEEKDAYS + min(left + 1, _WEEKDAYS)


def _weekday_of_number(number: int) -> int:
    """Return the ordinal of the weekday of this number: undoes :func:`_weekday_number`."""
    weeks, left = divmod(number - 1, _WEEKDAYS)
    return weeks * _WEEK + left + 1


@dataclass(frozen=True)
class WorkingDays:
    """The working days of the council, for the years whose bank holidays are known.

    Shapes: ``not_worked`` maps a day to its name ("Christmas Day"); ``first_year`` and
    ``last_year`` are whole years, both known.

    Errors: every method raises ``CalendarHorizonError`` for a day outside those years.

    Source: the procedure, "Deadlines": working days.
    """

    not_worked: Mapping[date, str]
    first_year: int
    last_year: int

    @cached_property
    def _table(self) -> tuple[int, tuple[int, ...], tuple[date, ...]]:
        """The first known day, the number of each known day, and the working days in order.

        Shapes: the first day is an ordinal. A day's number is how many working days of the known
        years there are up to and including it, so it is also the index of the next one.
        """
        first = date(self.first_year, 1, 1)
        known = range(first.toordinal(), date(self.last_year, 12, 31).toordinal() + 1)
        begins = first.weekday()
        worked = bytearray(_WORKED * (len(known) // _WEEK + 2))[begins : begins + len(known)]
        for ordinal in map(date.toordinal, self.not_worked):
            if ordinal in known:
                worked[ordinal - known.start] = 0
        days = map(date.fromordinal, compress(known, worked))
        return known.start, tuple(accumulate(worked)), tuple(days)

    def is_working_day(self, day: date) -> bool:
        """Whether ``day`` is worked."""
        self._check(day)
        return day.weekday() < _SATURDAY and day not in self.not_worked

    def around(self, day: date) -> tuple[date, date]:
        """Return the working days before and after ``day``, which is not one itself."""
        return self.add(day, 0), self.add(day, 1)

    def add(self, start: date, days: int) -> date:
        """Return the ``days``-th working day after ``start``; for 0, the last one not after it.

        Day 1 is the first working day after ``start``, whether ``start`` is worked or not.
        """
        first, numbers, worked = self._table
        place = start.toordinal() - first
        try:
            # An index below 0 would count from the end.
            if place >= 0 and (number := numbers[place] + days) > 0:
                return worked[number - 1]
        except IndexError:
            pass
        raise self._unknown(self._year_beyond(start, days))

    def between(self, start: date, end: date) -> int:
        """Return how many working days come after ``start``, up to and including ``end``.

        Negative where ``end`` is before ``start``.
        """
        before = self._number(start)
        return self._number(end) - before

    def on_or_after(self, day: date) -> date:
        """Return ``day`` itself if it is worked, else the next working day."""
        return day if self.is_working_day(day) else self.add(day, 1)

    def extended(self, more: Mapping[date, str]) -> WorkingDays:
        """Return this calendar with ``more`` days that are not worked, each with its name."""
        return WorkingDays({**self.not_worked, **more}, self.first_year, self.last_year)

    def explain(self, start: date, days: int) -> str:
        """Return the sum of ``add(start, days)`` in words, with each day that is not counted."""
        end = self.add(start, days)
        unit = "working day" if days == 1 else "working days"
        text = f"{days} {unit} from {day_in_words(start)} is {day_in_words(end)}."
        skipped = ", ".join(
            f"{_days_in_words(group)} ({reason})" for reason, group in self._skipped(start, end)
        )
        return f"{text} Not counted: {skipped}." if skipped else text

    def _skipped(self, start: date, end: date) -> Iterator[tuple[str, list[date]]]:
        """Yield the days between ``start`` and ``end`` that are not worked, grouped by reason."""
        days = (start + timedelta(days=n) for n in range(1, (end - start).days))
        left_out = ((self._reason(day), day) for day in days if not self.is_working_day(day))
        for reason, group in groupby(left_out, key=lambda pair: pair[0]):
            yield from _runs(reason, [day for _, day in group])

    def _reason(self, day: date) -> str:
        if day.weekday() >= _SATURDAY:
            return "weekend"
        return self.not_worked.get(day, "")

    def _number(self, day: date) -> int:
        """Return how many working days of the known years there are up to and including ``day``."""
        self._check(day)
        first, numbers, _ = self._table
        return numbers[day.toordinal() - first]

    def _year_beyond(self, start: date, days: int) -> int:
        """Return the year in which ``add(start, days)`` would end.

        Outside the known years only weekends are not worked. Raise ``CalendarHorizonError`` if
        ``start`` itself is not known.
        """
        number = self._number(start) + days
        _, _, worked = self._table
        edge = date(self.last_year, 12, 31).toordinal()
        if number <= 0:
            edge = date(self.first_year, 1, 1).toordinal() - 1
        else:
            number -= len(worked)
        ordinal = _weekday_of_number(_weekday_number(edge) + number)
        # Python's dates have limits too: beyond them we name their first or last year.
        return date.fromordinal(min(max(ordinal, 1), date.max.toordinal())).year

    def _check(self, day: date) -> None:
        if not self.first_year <= day.year <= self.last_year:
            raise self._unknown(day.year)

    def _unknown(self, year: int) -> CalendarHorizonError:
        return CalendarHorizonError(
            f"The bank holidays of {year} are not known to this software: it knows "
            f"{self.first_year} to {self.last_year}. Ask an operator to load them."
        )


def _runs(reason: str, days: list[date]) -> Iterator[tuple[str, list[date]]]:
    """Split ``days`` wherever a day is missing, so that "and" always joins neighbours."""
    run = [days[0]]
    for day in days[1:]:
        if day - run[-1] > timedelta(days=1):
            yield reason, run
            run = []
        run.append(day)
    yield reason, run


def _days_in_words(days: list[date]) -> str:
    """Return ``26 and 27 December``, ``31 January and 1 February``, ``29, 30 and 31 December``."""
    months = {(day.year, day.month) for day in days}
    if len(months) == 1:
        words = [str(day.day) for day in days]
        words[-1] += f" {days[-1]:%B}"
    else:
        words = [f"{day.day} {day:%B}" for day in days]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
