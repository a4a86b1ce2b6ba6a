"""The one place that owns the clock; to be exact, the two clocks.

``now()`` is the moment of the procedure: what has to do with a challenge asks for it, and passes
the answer on. ``wall()`` is the computers' own: leases, pauses and letters' dates go by it. They
show the same, but in a training environment during a training run, and after
(``domain.training``). What leaves the service to be waited for goes through ``on_the_wall``.

On AWS the wall's is the computer's clock; on one machine, and in tests, whoever can move it puts a
source of its own here. Sessions and tokens use wall time of their own: moving the clock must sign
nobody out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.training import TrainingRun

__all__ = ["follow", "now", "on_the_wall", "shown", "use", "wall"]


class _Latest(Protocol):
    """Answers the latest run; None if there never was one, and in a live environment."""

    def __call__(self, *, anew: bool) -> TrainingRun | None:
        """``anew``: what may have been written a moment ago counts too."""


def _computers_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (this module owns the clock)


def _none(*, anew: bool) -> TrainingRun | None:  # noqa: ARG001 (of that signature)
    return None


_source: Callable[[], datetime] = _computers_clock
_run: _Latest = _none


def now() -> datetime:
    """The service's present moment, aware, in UTC."""
    return shown(wall())


def wall() -> datetime:
    """The computers' present moment, aware, in UTC."""
    return _source()


def shown(at: datetime) -> datetime:
    """What the service's clock shows, showed or will show when it is ``at`` by the wall."""
    run = _run(anew=False)
    return run.shown(at) if run else at


def on_the_wall(moment: datetime) -> datetime:
    """When, by the wall, the service's clock first shows ``moment``: what a machine waits for."""
    # Whoever waits by an old answer oversleeps: a training run may have been begun a moment ago.
    run = _run(anew=True)
    return run.reached(moment) if run else moment


def use(source: Callable[[], datetime] | None) -> None:
    """From now on ask ``source`` for the wall's: aware moments in UTC; None: the computer's."""
    global _source  # noqa: PLW0603 (a module is the one thing all functions share)
    _source = source or _computers_clock


def follow(latest: _Latest) -> None:
    """From now on the service's clock goes by the training run that ``latest`` answers."""
    global _run  # noqa: PLW0603 (as above)
    _run = latest
