"""Dates as people write them: in three boxes on a page, or in one line of an email.

The day comes before the month, as in England. A year must have four figures, so that we never have
to guess the century.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from handlers.errors import HandlerError

if TYPE_CHECKING:
    from domain.working_days import WorkingDays

__all__ = [
    "BOXES",
    "IncompleteDateError",
    "NoDateError",
    "ShortYearError",
    "example",
    "in_boxes",
    "like",
    "of_boxes",
    "of_text",
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
    four figures, and ``NoDateError`` if there is no such date.
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
    try:
        # Cut off after nine figures: nobody writes more, and long numbers are slow to convert.
        return date(*(int(figures[box][:9]) for box in reversed(BOXES)))
    except ValueError as error:
        raise NoDateError from error


def of_text(text: str) -> date:
    """Return the date in a line like ``2027-03-27``, ``27/3/2027`` or ``27 March 2027``.

    Raise ``ShortYearError`` if the year does not have four figures, and ``NoDateError`` if there is
    no such date.
    """
    line = text.strip()[:_LONGEST].rstrip(".")
    found = _ISO.fullmatch(line) or _WRITTEN.fullmatch(line)
    if found is None:
        raise NoDateError
    return of_boxes(found["day"], found["month"], found["year"])
