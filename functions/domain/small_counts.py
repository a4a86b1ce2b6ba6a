"""Counts that tell about nobody: small ones are hidden, and whatever would give them away.

The Performance analyst sees counts only (rule 21). A count of 1 to 4 could be one known family, so
it is hidden. Other counts of its table are hidden with it, because the total is shown: it could be
worked out from them. Whoever knows this very rule learns no more, because it treats all cells
alike: hidden counts could as well stand in any other order. ``tests/unit/test_small_counts.py``
tries every table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAST_SHOWN", "cells_shown", "total_shown"]

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


def _is_small(count: int) -> bool:
    return 0 < count < LEAST_SHOWN
