"""Sweep: gives a fresh leg to each challenge that should be awake and is not.

This one rule repairs a crash between append and start, a throttled start, and an execution that
died or was stopped by hand. It also carries the council's changes, and a training run, to sleeping
challenges.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters import clock
from adapters.errors import MovedOnError, TryAgainError
from adapters.executions import Repair

if TYPE_CHECKING:
    from adapters.council_store import CouncilStore
    from adapters.executions import Executions
    from adapters.record import Record
    from adapters.record.head import Head
    from adapters.record.lists import Row

__all__ = ["LOOK_AGAIN_AT_MOST", "Sweep", "Swept", "doubling"]

_log = logging.getLogger(__name__)

_CAUSE = "Sweep gave the challenge a fresh leg."

#: How long after its moment, in real time, a sleeping challenge counts as overslept.
OVERSLEPT = timedelta(minutes=1)

LOOK_AGAIN_AT_MOST = timedelta(hours=6)

#: How many legs in a row may find their name taken. A restored or rebuilt HEAD numbers legs again;
#: this many is more than one challenge needs in a long life, and takes some seconds.
_NAMES_AT_ONCE = 200


@dataclass(frozen=True)
class Swept:
    """What one Sweep did: how many legs it renewed, and how many it could not.

    There was no time for ``left`` more. After a Sweep of everything, the next one starts ``after``
    that place.
    """

    swept: int
    failed: int
    left: int = 0
    after: str = ""


class Sweep:
    """Renews the legs of one council's challenges."""

    def __init__(self, record: Record, council: CouncilStore, executions: Executions) -> None:
        """Take the adapters it works with."""
        self._record = record
        self._council = council
        self._executions = executions

    def sweep(
        self, *, everything: bool = False, after: str = "", until: datetime | None = None
    ) -> Swept:
        """Give a fresh leg to each challenge that overslept, or that a change has not reached.

        ``everything`` renews every challenge that needs a leg, due soonest first: after a restore,
        a restart of the emulator, or when a training run begins or ends. ``after`` is the place
        that an earlier Sweep reached. From ``until`` on, in real time, it starts no more. A
        challenge that fails does not stop the rest: it is tried again after growing pauses.
        """
        goes_on = bool(after)  # it cannot know whether an earlier part failed
        overslept = self._record.lists.asleep_since(_overslept())
        change = self._council.current().change
        applied = self._record.beside.applied()
        places = dict.fromkeys(overslept, "")
        if everything:
            places |= {row.reference: _place(row) for row in self._record.lists.every_leg()}
            in_order = sorted(places.items(), key=lambda one: one[1])
            places = {one: place for one, place in in_order if not place or place > after}
        elif applied < change:
            places |= dict.fromkeys(self._record.lists.behind(change), "")
        results = []
        for reference, place in places.items():
            if until and clock.wall() >= until:
                break
            because = Repair.ALL_WOKEN if everything else Repair.COUNCIL_CHANGED
            because = Repair.OVERSLEPT if reference in overslept else because
            results.append(self._renew(reference, because))
            after = max(after, place)
        failed, left = results.count(False), len(places) - len(results)
        if applied < change and not (failed or left or goes_on):
            self._record.beside.keep("COUNCIL", "APPLIED", {"change": change})
        return Swept(len(results) - failed, failed, left, after)

    def wake(self, reference: str) -> Swept:
        """Give a fresh leg to one challenge, but none to one that never has to wake again.

        Raise ``NoSuchChallengeError``.
        """
        head, _ = self._record.legs.head(reference)
        if head.wake_at is None:
            return Swept(0, 0)
        renewed = self._renew(reference, Repair.ALL_WOKEN)
        return Swept(int(renewed), int(not renewed))

    def _renew(self, reference: str, because: Repair) -> bool:
        overslept = because is Repair.OVERSLEPT
        try:
            head, faults = self._record.legs.head(reference)
            # The index may lag behind, so HEAD decides whether the challenge still sleeps.
            if overslept and (head.wake_at is None or head.wake_at > _overslept()):
                return True
            faults = faults + 1 if overslept else 0
            look_again = clock.shown(clock.wall() + doubling(faults, LOOK_AGAIN_AT_MOST))
            self._begin(reference, head, look_again, faults, because)
            # The previous leg may never have started: then the one before it was not stopped.
            for old in range(max(1, head.leg - 1), head.leg + 1):
                self._executions.stop(reference, old, _CAUSE)
        except MovedOnError:
            return True  # somebody acted, which gave it a fresh leg
        except Exception:  # noqa: BLE001 - no error may stop the rest
            _log.exception("challenge could not be swept", extra={"reference": reference})
            return False
        return True

    def _begin(
        self, reference: str, head: Head, look_again: datetime, faults: int, because: Repair
    ) -> None:
        """Start the next leg whose name is free. Raise ``TryAgainError`` if there is none.

        After a restore, HEAD gives numbers again that earlier legs had. Legs that ended keep their
        names. One that still runs waits for what was due before the restore, so it is stopped.
        """
        for _ in range(_NAMES_AT_ONCE):
            head = self._record.legs.fresh_leg(reference, head, look_again, faults, because)
            self._executions.stop(reference, head.leg, _CAUSE)
            if self._executions.start(reference, head.leg, head.began):
                return
        message = f"The names of {_NAMES_AT_ONCE} legs of {reference} are taken. Sweep tries again."
        raise TryAgainError(message)


def _place(row: Row) -> str:
    """Return a challenge's place in the order of all. One that has changed place was renewed."""
    return f"{row.due} {row.reference}"


def _overslept() -> datetime:
    """Return the moment by which a challenge must have woken, or it has overslept."""
    return clock.shown(clock.wall() - OVERSLEPT)


def doubling(times: int, at_most: timedelta) -> timedelta:
    """Return a minute doubled ``times`` times, at most ``at_most`` and never over six days."""
    return min(timedelta(minutes=2 ** min(times, 13)), at_most)
