"""Dates as people write them: in three boxes on a page, or in one line of an email.

The day comes before the month, as in England. A year must have four figures, so that we never have
to guess the century.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING

from handlers.errors import HandlerError

if TYPE_CHECKING:
    from domain.working_days import WorkingDays

__all__ = [
    "BOXES",
    "IncompleteDateError",
    "NoDateError",
    "NoSuchDayError",
    "ShortYearError",
    "example",
    "in_boxes",
    "like",
    "of_boxes",
    "of_text",
    "parts_of",
]

#: The boxes of a date on a page, in their order.
BOXES = ("day", "month", "year")

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
#: The fewest letters that name a month, so that "Mar" and "Sept" count.
_SHORTEST = 3
_FIGURES_OF_A_YEAR = 4

_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
# "Friday 27th March 2027", "27/3/2027", "27.03.2027", "27 Mar, 2027"
_WRITTEN = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?:\s*[/.-]\s*|\s+(?:of\s+)?)"
    r"(?P<month>[0-9]{1,2}|[a-z]{3,9})(?:\s*[/.,-]\s*|\s+)(?P<year>[0-9]{1,4})",
    re.IGNORECASE,
)
_LONGEST = 60
#: The working days from today to the date that a form gives as an example.
_EXAMPLE_IN = 10


class NoDateError(HandlerError, ValueError):
    """What was written is not a date of the calendar."""


class ShortYearError(NoDateError):
    """The year is not written with four figures."""


class NoSuchDayError(NoDateError):
    """The month has fewer days. The message says how many: ``March 2027 has 31 days``."""


class IncompleteDateError(NoDateError):
    """Boxes were left empty; ``missing`` names them, all three if nothing was entered."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        """Take the boxes that are empty."""
        super().__init__(" and ".join(missing))
        self.missing = missing


def in_boxes(iso: str) -> dict[str, str]:
    """Return what the boxes of a date show: box → figures; all empty for no date."""
    if not iso:
        return dict.fromkeys(BOXES, "")
    day = date.fromisoformat(iso)
    return dict(zip(BOXES, map(str, (day.day, day.month, day.year)), strict=True))


def like(day: date) -> str:
    """Return ``For example, 3 12 2026.``, as somebody types ``day`` into the boxes of a page."""
    return f"For example, {day.day} {day.month} {day.year}."


def example(today: date, calendar: WorkingDays) -> date:
    """Return a working day in two weeks, as an example of a day that people can set."""
    return calendar.add(today, _EXAMPLE_IN)


def of_boxes(day: str, month: str, year: str) -> date:
    """Return the date in the boxes. A month may be written out; spaces around it do not matter.

    Raise ``IncompleteDateError`` if a box is empty, ``ShortYearError`` if the year does not have
    four figures, ``NoSuchDayError`` if the month has fewer days, and ``NoDateError`` if it is no
    date at all.
    """
    texts = dict(zip(BOXES, (day.strip(), month.strip(), year.strip()), strict=True))
    missing = tuple(box for box, text in texts.items() if not text)
    if missing:
        raise IncompleteDateError(missing)
    figures = dict(texts)
    named = texts["month"].lower().rstrip(".")
    if len(named) >= _SHORTEST:
        meant = [n for n, month in enumerate(_MONTHS, start=1) if month.startswith(named)]
        figures["month"] = str(meant[0]) if meant else texts["month"]
    if not all(text.isascii() and text.isdigit() for text in figures.values()):
        raise NoDateError
    if len(figures["year"]) != _FIGURES_OF_A_YEAR:
        raise ShortYearError
    # Cut off after nine figures: nobody writes more, and long numbers are slow to convert.
    in_month, in_year = int(figures["month"][:9]), int(figures["year"])
    try:
        return date(in_year, in_month, int(figures["day"][:9]))
    except ValueError as error:
        if in_year and 1 <= in_month <= len(_MONTHS):
            days = monthrange(in_year, in_month)[1]
            said = f"{_MONTHS[in_month - 1].capitalize()} {in_year} has {days} days"
            raise NoSuchDayError(said) from error
        raise NoDateError from error


def of_text(text: str) -> date:
    """Return the date in a line like ``2027-03-27``, ``27/3/2027`` or ``27 March 2027``.

    Raise ``ShortYearError`` if the year does not have four figures, and ``NoDateError`` if there is
    no such date.
    """
    parts = parts_of(text)
    if parts is None:
        raise NoDateError
    return of_boxes(**parts)


def parts_of(text: str) -> dict[str, str] | None:
    """Return day, month and year of a line like a date, box → text, whether there is such a day.

    Return ``None`` for anything else.
    """
    line = text.strip()[:_LONGEST].rstrip(".")
    found = _ISO.fullmatch(line) or _WRITTEN.fullmatch(line)
    return {box: found[box] for box in BOXES} if found else None
