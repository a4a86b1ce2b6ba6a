"""Deadlines: moments counted in working days, each with its sum.

Source: the procedure, "Deadlines". Day 1 is the first working day after the local date of
assignment, whatever the hour; due at the end (23:59:59 local) of day N.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.moments import OFFICE_HOUR, at_local, day_in_words, end_of_day, local_day, to_local

if TYPE_CHECKING:
    from domain.procedure import Procedure
    from domain.working_days import WorkingDays

__all__ = [
    "LAPSES_AFTER",
    "Deadline",
    "Entry",
    "How",
    "Ledger",
    "assigned_on",
    "deadline_by_hand",
    "deadline_in",
    "moved_by",
    "moved_in_words",
    "office_time",
    "recounted",
]

#: A deadline lapses this long after it, so that a reply received in its last second and recorded
#: a moment later is still in time.
LAPSES_AFTER = timedelta(minutes=1)

_SATURDAY = 5


@dataclass(frozen=True)
class Deadline:
    """Due at the end of ``day``, a local date; ``why`` is the sum in words.

    ``counted_from`` and ``working_days`` are the sum's two sides; both are ``None`` where a
    person set the day. A deadline that is that very day, whatever day it is, has no
    ``working_days``.
    """

    day: date
    why: str
    counted_from: date | None = None
    working_days: int | None = None

    @property
    def at(self) -> datetime:
        """The moment, in UTC, at which it is due."""
        return end_of_day(self.day)

    def passed_by(self, moment: datetime) -> bool:
        """Whether ``moment`` is later than the whole last second of its day."""
        return moment >= self.at + timedelta(seconds=1)

    @property
    def lapses_at(self) -> datetime:
        """The first moment at which it counts as missed."""
        return self.at + LAPSES_AFTER


class How(StrEnum):
    """How a deadline was set or moved, for its ledger."""

    FIRST = "First set"
    SERVED_LATE = "Counted from the day the request was sent"
    REVISED = "Revised"
    HOLIDAY = "Moved because the bank holidays changed"
    HELD = "Moved by the days on hold"
    TAKEN_BACK = "Moved back, because the hold ended early"
    REASSIGNED = "Set when somebody else was asked"
    TAKEN_OVER = "Taken over from a duplicate, which became formal earlier"
    NEW_DATE = "New date"
    WITH_REPLY = "Moved with the deadline to reply"
    OBJECTED = "Earlier date, because the IRO objected"
    UPHELD = "Set by the decision on the objection"


@dataclass(frozen=True)
class Entry:
    """One line of a deadline's ledger: ``how`` it became ``deadline``, by which event."""

    how: How
    deadline: Deadline
    event: int


@dataclass(frozen=True)
class Ledger:
    """A deadline and everything that happened to it: ``entries``, oldest first, at least one."""

    entries: tuple[Entry, ...]

    @classmethod
    def opened(cls, deadline: Deadline, event: int) -> Ledger:
        """Return the ledger of a ``deadline`` that ``event`` has just set."""
        return cls((Entry(How.FIRST, deadline, event),))

    def entered(self, how: How, deadline: Deadline, event: int) -> Ledger:
        """Return it with another entry, which is in force from now on."""
        return Ledger((*self.entries, Entry(how, deadline, event)))

    @property
    def deadline(self) -> Deadline:
        """The deadline in force."""
        return self.entries[-1].deadline

    @property
    def first(self) -> Deadline:
        """The deadline as it was first set, which always stays visible."""
        return self.entries[0].deadline

    @property
    def why(self) -> str:
        """How the deadline in force was reached: its history, and its sum last."""
        if len(self.entries) == 1:
            return self.deadline.why
        return " ".join(
            f"{entry.how}: {day_in_words(entry.deadline.day)}. {entry.deadline.why}"
            for entry in self.entries
        )


def assigned_on(moment: datetime, calendar: WorkingDays, procedure: Procedure) -> date:
    """Return the local date on which something done at ``moment`` counts as assigned.

    From the cut-off hour on, if there is one, that is the next working day.
    """
    day = local_day(moment)
    if procedure.cut_off_hour is not None and to_local(moment).hour >= procedure.cut_off_hour:
        return calendar.add(day, 1)
    return day


def deadline_in(days: int, start: date, calendar: WorkingDays) -> Deadline:
    """Return the deadline ``days`` working days after ``start``, with its sum."""
    return Deadline(calendar.add(start, days), calendar.explain(start, days), start, days)


def deadline_by_hand(day: date, who: str) -> Deadline:
    """Return the deadline that a person, ``who``, set."""
    return Deadline(day, f"Set to {day_in_words(day)} by {who}.")


def recounted(deadline: Deadline, calendar: WorkingDays) -> Deadline:
    """Return ``deadline`` counted again on ``calendar``.

    A day that a person set moves to the next working day if it is no longer worked. A weekend never
    was: older releases let people set one, and it stays. So does that very day (rule 23).
    """
    if deadline.counted_from is None:
        return _still_worked(deadline, calendar)
    if deadline.working_days is None:
        return deadline
    counted = deadline_in(deadline.working_days, deadline.counted_from, calendar)
    return deadline if counted.day == deadline.day else counted


def _still_worked(deadline: Deadline, calendar: WorkingDays) -> Deadline:
    reason = calendar.not_worked.get(deadline.day)
    if reason is None or deadline.day.weekday() >= _SATURDAY:
        return deadline
    after = calendar.on_or_after(deadline.day)
    no_longer = f"{day_in_words(deadline.day)} is no longer a working day ({reason})"
    return Deadline(after, f"{no_longer}: the next one is {day_in_words(after)}.")


def moved_in_words(old: Deadline | None, new: Deadline) -> str:
    """Return a sentence's end that names both dates, so that nobody overlooks a change."""
    to = day_in_words(new.day)
    if old is None:
        return f"it is {to}"
    which = "earlier" if new.day < old.day else "later"
    return f"it was {day_in_words(old.day)}, and is now {to}, which is {which}"


def moved_by(days: int, deadline: Deadline, calendar: WorkingDays) -> Deadline:
    """Return ``deadline`` moved by ``days`` working days: later, or earlier if negative.

    It is counted from its first date, so that a holiday proclaimed later moves it too. One that a
    person set is counted from the day that they set.
    """
    start, counted = deadline.counted_from, deadline.working_days
    if start is None or counted is None:
        start, counted = deadline.day, 0
    return deadline_in(counted + days, start, calendar)


def office_time(moment: datetime, calendar: WorkingDays) -> datetime:
    """Return the first 09:00 local on a working day at or after ``moment``, in UTC."""
    day = calendar.on_or_after(local_day(moment))
    nine = at_local(day, OFFICE_HOUR)
    return nine if nine >= moment else at_local(calendar.add(day, 1), OFFICE_HOUR)
