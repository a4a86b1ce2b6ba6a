"""The one place that owns the clock, or rather the two clocks.

``now()`` is the time of the procedure: code about a challenge asks for it and passes it on.
``wall()`` is the computers' own time, used for leases, pauses and the dates of emails. They differ
only in a training environment, during a training run and after it (``domain.training``). A time
that something outside the service waits for goes through ``on_the_wall``.

On AWS the wall clock is the computer's. The local service and tests, which move it, set a source of
their own here. Sessions and tokens read the wall time themselves: moving the clock must sign nobody
out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.training import TrainingRun

__all__ = ["follow", "now", "on_the_wall", "shown", "use", "wall"]


class _Latest(Protocol):
    """Returns the latest run; ``None`` if there never was one, and in a live environment."""

    def __call__(self, *, reread: bool) -> TrainingRun | None:
        """``reread``: also count what was written a moment ago."""


def _computers_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (this module owns the clock)


def _none(*, reread: bool) -> TrainingRun | None:  # noqa: ARG001 (the signature of _Latest)
    return None


_source: Callable[[], datetime] = _computers_clock
_run: _Latest = _none


def now() -> datetime:
    """Return the service's present time, aware, in UTC."""
    return shown(wall())


def wall() -> datetime:
    """Return the computers' present time, aware, in UTC."""
    return _source()


def shown(at: datetime) -> datetime:
    """Return what the service's clock shows, showed or will show at ``at`` by the wall clock."""
    run = _run(reread=False)
    return run.shown(at) if run else at


def on_the_wall(moment: datetime) -> datetime:
    """Return when, by the wall clock, the service's clock first shows ``moment``.

    This is what a machine waits for.
    """
    # A run may have started a moment ago: with an old one, whatever waits would oversleep.
    run = _run(reread=True)
    return run.reached(moment) if run else moment


def use(source: Callable[[], datetime] | None) -> None:
    """From now on read the wall time from ``source``: aware, in UTC. ``None``: the computer's."""
    global _source  # noqa: PLW0603 (a module is the one thing all functions share)
    _source = source or _computers_clock


def follow(latest: _Latest) -> None:
    """From now on the service's clock follows the training run that ``latest`` returns."""
    global _run  # noqa: PLW0603 (as above)
    _run = latest
