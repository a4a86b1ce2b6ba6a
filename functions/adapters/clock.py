"""The one place that owns the clock.

Whoever needs the moment of a challenge asks ``now()`` and passes the answer on. On AWS it is the
computer's clock; on one machine, and in tests, whoever can move it puts a source of its own here.
Sessions and tokens use wall time, not this: moving the clock must sign nobody out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["now", "use"]


def _computers_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (this module owns the clock)


_source: Callable[[], datetime] = _computers_clock


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def use(source: Callable[[], datetime] | None) -> None:
    """From now on ask ``source``, which answers aware moments in UTC; None: the computer's."""
    global _source  # noqa: PLW0603 (a module is the one thing all functions share)
    _source = source or _computers_clock
