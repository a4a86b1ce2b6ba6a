"""Moments and days. A moment is stored in UTC and shown in local time (Europe/London).

A *moment* is an aware ``datetime``; a *day* is a local ``date``. Midnight in summer is 23:00 UTC
of the day before, so only the functions here convert one to the other.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = [
    "LOCAL",
    "OFFICE_HOUR",
    "at_local",
    "date_in_words",
    "day_in_words",
    "end_of_day",
    "local_day",
    "moment_in_words",
    "parse_moment",
    "time_in_words",
    "to_local",
    "utc_text",
]

LOCAL = ZoneInfo("Europe/London")

#: Reminders and emails about automatic facts go out at this local hour of a working day.
OFFICE_HOUR = time(9)

_END_OF_DAY = time(23, 59, 59)


def at_local(day: date, clock: time) -> datetime:
    """Return the moment, in UTC, at which local clocks show ``clock`` on ``day``."""
    return datetime.combine(day, clock, LOCAL).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return 23:59:59 local time of ``day``, in UTC: when what is due that day is due."""
    return at_local(day, _END_OF_DAY)


def to_local(moment: datetime) -> datetime:
    """Return ``moment`` as local clocks show it."""
    return moment.astimezone(LOCAL)


def local_day(moment: datetime) -> date:
    """Return the local date of ``moment``."""
    return to_local(moment).date()


def utc_text(moment: datetime) -> str:
    """Return ``moment`` as ``2026-12-24T09:00:00Z``, the format of AWS Wait states.

    Rounded up to the second, so that nothing wakes too early.
    """
    if moment.microsecond:
        moment = moment.replace(microsecond=0) + timedelta(seconds=1)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_moment(text: str) -> datetime:
    """Return the moment in ``text``: ISO 8601 with an offset, such as :func:`utc_text` returns.

    Raise ``ValueError`` if it is not a moment, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"{text!r} does not say its time zone: end it with Z."
        raise ValueError(message)
    return moment.astimezone(UTC)


def date_in_words(day: date) -> str:
    """Return ``5 January 2027``: for a date of birth, of which nobody needs the weekday."""
    return f"{day.day} {day:%B} {day.year}"


def day_in_words(day: date) -> str:
    """Return ``Tuesday 5 January 2027``."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def time_in_words(moment: datetime) -> str:
    """Return ``9:02am``, in local time."""
    local = to_local(moment)
    hour = local.hour % 12 or 12
    half = "am" if local.hour < 12 else "pm"  # noqa: PLR2004 - noon
    return f"{hour}:{local:%M}{half}"


def moment_in_words(moment: datetime) -> str:
    """Return ``Tuesday 5 January 2027 at 9:02am``, in local time."""
    return f"{day_in_words(local_day(moment))} at {time_in_words(moment)}"
