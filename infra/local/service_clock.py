"""The clock of the local service: it can be moved forward, and executions use it.

moto's interpreter runs each execution in threads of its own. ``infra.local.interpreter`` makes them
use this clock: a thread that would sleep lies down here as a ``Sleeper``, with the moment at which
it is due, and the clock counts the threads that can still run. So it knows when *all is settled*
(no thread can run and none is due), and moving it is simple::

    repeat:  wait until all is settled
             a sleeper due by the target?   step to the earliest one's moment, wake it
             none?                          step to the target, done

A *virtual* clock only moves when told to. Otherwise it shows real time plus an offset, a thread of
its own wakes the sleepers in real time, and it stands still only while it is moved, so that what
falls due on the way happens in order and exactly at its moment.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from infra.errors import InfraError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ClockBackwardsError", "ClockStuckError", "ServiceClock", "Sleeper"]

#: Seconds that everything may take to settle, only in case a function hangs: on a busy machine each
#: step takes a while, and a person can stop the service.
SETTLE_LIMIT = 600.0
#: Seconds after which the waker looks again, in case a laptop slept: waiting stops then, time does
#: not. It wakes nobody too early, and a late look is harmless.
LOOK_AGAIN = 5.0


class ClockBackwardsError(InfraError, ValueError):
    """The clock only moves forward: what has happened cannot be undone."""

    def __init__(self, moment: datetime, now: datetime) -> None:
        super().__init__(
            f"The clock shows {now:%Y-%m-%d %H:%M:%S} UTC and cannot go back to "
            f"{moment:%Y-%m-%d %H:%M:%S} UTC. Choose a later time, or start with an empty data "
            "directory."
        )


class ClockStuckError(InfraError):
    """An execution runs on without ever waiting, or a function hangs."""

    def __init__(self, running: int, seconds: float) -> None:
        super().__init__(
            f"After {seconds:.0f} seconds {running} thread(s) of the executions still run. "
            "Look for a function that hangs, or for a Decide whose wake_at is not later than "
            "now: `aws stepfunctions get-execution-history` shows which."
        )


@dataclass(eq=False)
class Sleeper:
    """A thread that cannot run until it is woken, or until ``due``.

    ``of_interpreter``: it counts among the threads that can run. ``is_wait``: it is a Wait state,
    not a retry's pause or a task's time limit.
    """

    due: datetime | None
    of_interpreter: bool
    is_wait: bool
    asleep: bool = False
    woken: bool = False
    by_hand: bool = False
    gate: threading.Event = field(default_factory=threading.Event)


class ServiceClock:
    """The service's time. All moments are aware and in UTC."""

    def __init__(
        self,
        *,
        stands_at: datetime | None = None,
        offset: timedelta = timedelta(0),
        keep_offset: Callable[[timedelta], None] | None = None,
    ) -> None:
        """A virtual clock fixed at ``stands_at``, or real time plus ``offset``.

        ``keep_offset`` gets the distance from real time at each step, before it takes effect.
        """
        #: Guards everything below. The interpreter's events use it too, so that "is it still
        #: running? then sleep" is one step.
        self.changed = threading.Condition()
        self._virtual = stands_at is not None
        self._stands_at = stands_at
        self._offset = offset
        self._keep_offset = keep_offset
        self._runnable = 0
        self._due: list[tuple[datetime, int, Sleeper]] = []
        self._asleep: set[Sleeper] = set()
        self._order = itertools.count()
        self._moves = threading.Lock()
        self._waker: threading.Thread | None = None
        self.closed = False

    # --- for everybody ------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the present moment."""
        stands_at = self._stands_at
        return datetime.now(UTC) + self._offset if stands_at is None else stands_at

    def move_to(self, moment: datetime) -> None:
        """Move forward to ``moment``; whatever falls due on the way happens, in order.

        Return once everything is settled. Raise ``ClockBackwardsError`` or ``ClockStuckError``.
        """
        moment = moment.astimezone(UTC)
        with self._moves:
            with self.changed:
                now = self.now()
                if moment < now:
                    raise ClockBackwardsError(moment, now)
                self._stands_at = now
            try:
                while self._step_towards(moment):
                    pass
            finally:
                if not self._virtual:
                    self._go_on()

    def settle(self, limit: float = SETTLE_LIMIT) -> None:
        """Wait until no execution can go on by itself; ``ClockStuckError`` after ``limit`` seconds.

        Executions that wait for a later moment are settled.
        """
        give_up = time.monotonic() + limit
        with self.changed:
            while self._runnable or (self._stands_at is None and self._is_anyone_due()):
                if not self.changed.wait(give_up - time.monotonic()):
                    raise ClockStuckError(self._runnable, limit)

    def next_timer(self) -> datetime | None:
        """Return the earliest moment at which a Wait state ends; None if there is none."""
        with self.changed:
            return min((s.due for s in self._asleep if s.is_wait and s.due), default=None)

    # --- for the emulator ---------------------------------------------------------------------

    def start(self) -> None:
        """Start waking sleepers in real time (a virtual clock only does so when moved)."""
        if not self._virtual:
            self._waker = threading.Thread(target=self._wake_in_time, name="waker", daemon=True)
            self._waker.start()

    def close(self) -> None:
        """Wake everyone; from now on nobody can lie down."""
        with self.changed:
            self.closed = True
            for sleeper in list(self._asleep):
                self.wake(sleeper)
            self.changed.notify_all()
        if self._waker:
            self._waker.join()

    # --- for the interpreter's threads --------------------------------------------------------

    def thread_begins(self) -> None:
        """Count one more thread that can run. Its starter calls this, so that there is no gap."""
        with self.changed:
            self._runnable += 1

    def thread_ends(self) -> None:
        """Count one thread less."""
        with self.changed:
            self._runnable -= 1
            self.changed.notify_all()

    def lie_down(self, sleeper: Sleeper) -> None:
        """Count ``sleeper`` out. Hold ``changed``; then release it and wait at its gate."""
        if self.closed:
            sleeper.woken = True
            sleeper.gate.set()
            return
        sleeper.asleep = True
        self._asleep.add(sleeper)
        if sleeper.due is not None:
            heapq.heappush(self._due, (sleeper.due, next(self._order), sleeper))
        if sleeper.of_interpreter:
            self._runnable -= 1
        self.changed.notify_all()

    def wake(self, sleeper: Sleeper, *, by_hand: bool = False) -> None:
        """Count ``sleeper`` in again and open its gate. Hold ``changed``. Twice is harmless."""
        if sleeper.woken:
            return
        sleeper.woken = True
        sleeper.by_hand = by_hand
        if sleeper.asleep:
            self._asleep.discard(sleeper)
            if sleeper.of_interpreter:
                self._runnable += 1
        sleeper.gate.set()

    # --- inside -------------------------------------------------------------------------------

    def _earliest(self) -> Sleeper | None:
        while self._due and self._due[0][2].woken:
            heapq.heappop(self._due)
        return self._due[0][2] if self._due else None

    def _is_anyone_due(self) -> bool:
        earliest = self._earliest()
        return earliest is not None and earliest.due is not None and earliest.due <= self.now()

    def _step_towards(self, target: datetime) -> bool:
        """Wake the earliest sleeper due by ``target``, or arrive. Return whether more is to do."""
        self.settle()
        with self.changed:
            earliest = self._earliest()
            if earliest is None or earliest.due is None or earliest.due > target:
                self._stand_at(target)
                return False
            self._stand_at(max(earliest.due, self.now()))
            self.wake(earliest)
            return True

    def _stand_at(self, moment: datetime) -> None:
        offset = moment - datetime.now(UTC)
        if self._keep_offset:
            self._keep_offset(offset)
        self._stands_at, self._offset = moment, offset

    def _go_on(self) -> None:
        with self.changed:
            if self._stands_at is not None:
                self._offset = self._stands_at - datetime.now(UTC)
                if self._keep_offset:
                    self._keep_offset(self._offset)
            self._stands_at = None
            self.changed.notify_all()

    def _wake_in_time(self) -> None:
        with self.changed:
            while not self.closed:
                earliest = None if self._stands_at else self._earliest()
                if earliest is None or earliest.due is None:
                    self.changed.wait()
                    continue
                remaining = (earliest.due - self.now()).total_seconds()
                if remaining > 0:
                    self.changed.wait(min(remaining, LOOK_AGAIN))
                else:
                    self.wake(earliest)
