"""Counts that tell about nobody: small ones are hidden, and whatever would give them away.

The Performance analyst sees counts only (rule 21). A count of 1 to 4 could be one known family, so
it is hidden. Other counts of its table are hidden with it, because the total is shown: it could be
worked out from them. Whoever knows this very rule learns no more, because it treats all cells
alike: hidden counts could as well stand in any other order. ``tests/unit/test_small_counts.py``
tries every table.

So that a small council sees something, a table may give way to one of the same things in fewer
groups (:func:`first_whole`), and the tables of a few things to those of more things, of which they
are a part (:func:`may_stand_beside`). What decides that is the totals alone, which are shown: if a
hidden count decided it, it could be worked out, because its part has no more than the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAST_SHOWN", "cells_shown", "first_whole", "may_stand_beside", "total_shown"]

#: The least count above zero that is shown.
LEAST_SHOWN = 5


def total_shown(total: int) -> int | None:
    """Return ``total`` if it may be shown; ``None`` if it is 1 to 4."""
    return None if _is_small(total) else total


def cells_shown(cells: Sequence[int], total: int) -> tuple[int | None, ...]:
    """Return the counts of one table as they may be shown: ``None`` for each that is hidden.

    ``total`` is how many there are in all. The cells are its parts, or they overlap; each thing is
    counted in one of them at least. Every table of the same things may be shown beside the others.
    """
    if _is_small(total):
        return (None,) * len(cells)
    if not any(map(_is_small, cells)):
        return tuple(cells)
    least = min((count for count in cells if count >= LEAST_SHOWN), default=LEAST_SHOWN)
    return tuple(count if count > least else None for count in cells)


def first_whole(*tables: tuple[Sequence[int], int]) -> tuple[int, tuple[int | None, ...]]:
    """Return the place of the first table that hides nothing, and its counts.

    If each hides something, that is the last one. A table is its cells and its total.
    """
    shown = [cells_shown(cells, total) for cells, total in tables]
    whole = (place for place, cells in enumerate(shown) if None not in cells)
    place = next(whole, len(shown) - 1)
    return place, shown[place]


def may_stand_beside(part: int, whole: int) -> bool:
    """Whether tables of ``whole`` may be shown beside the total of a part of it.

    There are enough in it that are not in the part. For a part whose own total is hidden, the
    answer is the same whatever it is.
    """
    return whole - (LEAST_SHOWN - 1 if _is_small(part) else part) >= LEAST_SHOWN


def _is_small(count: int) -> bool:
    return 0 < count < LEAST_SHOWN
