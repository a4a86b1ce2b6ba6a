"""A training run: for a while the clock runs fast, and you choose how long a working day lasts.

There are two clocks: the wall's, which computers and mail programs follow, and the service's, which
the procedure follows. They show the same until there is a training run::

    the service's clock
      |                            _,-'    as fast as the wall's again,
      |                        _,-'        and ahead of it from now on
      |                       /
      |                      /             each working day lasts ``working_day``;
      |                     /              a day that is not worked passes at once
      |                _,-'
      |            _,-'
      +--------------------+---+---------  the wall's clock
                       since   until

So twenty working days last twenty times as long as one, whenever they begin, and nobody waits for
a weekend to pass. The procedure does not notice: its deadlines are dates as always.

All sums are in whole microseconds, the service's rounded down and the wall's up, so that after
waiting until ``reached(moment)`` the clock never shows less than ``moment``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

from domain.errors import BadSubmissionError, CalendarHorizonError
from domain.moments import at_local, local_day

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.working_days import WorkingDays

__all__ = ["AT_MOST", "LONGEST_DAY", "SHORTEST_DAY", "TrainingRun"]

#: How long a working day can last. An email due at 09:00 takes seconds to arrive: in a shorter day
#: it would arrive on the next, and count as late.
SHORTEST_DAY, LONGEST_DAY = timedelta(seconds=20), timedelta(hours=1)

#: The longest training run. The clock never goes back: a year in an afternoon is enough.
AT_MOST = timedelta(hours=1)

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TrainingRun:
    """``since`` and ``until`` by the wall, and what the service's clock shows at both.

    ``ends_at`` is stored and not counted again, so that the clock goes on from there even if the
    calendar changes.
    """

    since: datetime
    shows: datetime
    until: datetime
    ends_at: datetime
    working_day: timedelta
    calendar: WorkingDays = field(repr=False, compare=False)

    @classmethod
    def begin(
        cls,
        since: datetime,
        shows: datetime,
        lasts: timedelta,
        working_day: timedelta,
        calendar: WorkingDays,
    ) -> TrainingRun:
        """Return a training run that begins ``since``, when the service's clock ``shows`` that.

        Raise ``BadSubmissionError`` with the fields ``working_day`` and ``minutes``.
        """
        problems = {}
        if not SHORTEST_DAY <= working_day <= LONGEST_DAY:
            bounds = f"from {SHORTEST_DAY // _SECOND} to {LONGEST_DAY // _SECOND} seconds"
            problems["working_day"] = f"Enter how long a working day lasts, {bounds}."
        if not _MINUTE <= lasts <= AT_MOST:
            bounds = f"from 1 to {AT_MOST // _MINUTE} minutes"
            problems["minutes"] = f"Enter for how long the training run lasts, {bounds}."
        if problems:
            raise BadSubmissionError(problems)
        try:
            ends_at = _later(shows, lasts, working_day, calendar)
        except CalendarHorizonError:
            ends_at = None
        if ends_at is None or ends_at.year >= calendar.last_year:
            message = (
                f"The clock cannot run so far: the bank holidays are known up to "
                f"{calendar.last_year}, and the year before is the last in which deadlines can be "
                "missed. Choose a shorter time, or longer working days."
            )
            raise BadSubmissionError({"minutes": message})
        return cls(since, shows, since + lasts, ends_at, working_day, calendar)

    def ended(self, at: datetime) -> TrainingRun:
        """Return this training run, ended early ``at`` a moment by the wall during it."""
        return replace(self, until=at, ends_at=self.shown(at))

    def shown(self, at: datetime) -> datetime:
        """Return what the service's clock shows when it is ``at`` by the wall."""
        if at < self.since:
            return self.shows - (self.since - at)
        if at >= self.until:
            return self.ends_at + (at - self.until)
        later = _later(self.shows, at - self.since, self.working_day, self.calendar)
        return min(later, self.ends_at)

    def reached(self, moment: datetime) -> datetime:
        """Return when, by the wall, the service's clock first shows ``moment`` or later."""
        if moment <= self.shows:
            return self.since - (self.shows - moment)
        if moment >= self.ends_at:
            return self.until + (moment - self.ends_at)
        first, day = (self.calendar.on_or_after(local_day(m)) for m in (self.shows, moment))
        days = self.calendar.between(first, day) * self.working_day
        into_the_day = _spent(moment, self.working_day, self.calendar)
        into_the_first = _spent(self.shows, self.working_day, self.calendar)
        return min(self.since + days + into_the_day - into_the_first, self.until)


def _later(
    shows: datetime, lasts: timedelta, working_day: timedelta, calendar: WorkingDays
) -> datetime:
    """Return what a clock that ``shows`` a moment will show after running fast for ``lasts``."""
    days, rest = divmod(_spent(shows, working_day, calendar) + lasts, working_day)
    day = calendar.add(calendar.on_or_after(local_day(shows)), days)
    midnight, length = _span(day)
    return midnight + _times(rest, length, working_day)


def _spent(moment: datetime, working_day: timedelta, calendar: WorkingDays) -> timedelta:
    """Return how much of its working day has passed at ``moment``; zero on a day not worked."""
    day = local_day(moment)
    if not calendar.is_working_day(day):
        return timedelta(0)
    midnight, length = _span(day)
    return -_times(midnight - moment, working_day, length)  # so rounded up


def _span(day: date) -> tuple[datetime, timedelta]:
    """Return when the local ``day`` begins, and how long it really is (23 to 25 hours)."""
    midnight = at_local(day, time.min)
    return midnight, at_local(day + _DAY, time.min) - midnight


def _times(span: timedelta, by: timedelta, per: timedelta) -> timedelta:
    """Return ``span * by / per``, rounded down to the microsecond."""
    ticks = (span // _MICROSECOND) * (by // _MICROSECOND) // (per // _MICROSECOND)
    return ticks * _MICROSECOND
