"""How long a challenge's record is kept.

Source: the procedure, "Privacy": kept until 75 years from the child's date of birth. Nothing
deletes a record; pages show the date for those who will archive it one day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

__all__ = ["KEPT_FOR_YEARS", "keep_until"]

KEPT_FOR_YEARS = 75


def keep_until(date_of_birth: date) -> date:
    """Return the local date until which the record of a child born on ``date_of_birth`` is kept.

    For 29 February it is 1 March if that year has no 29 February: rather a day too long than a day
    too short.
    """
    year = date_of_birth.year + KEPT_FOR_YEARS
    try:
        return date_of_birth.replace(year=year)
    except ValueError:  # 29 February
        return date_of_birth.replace(year=year, month=3, day=1)
