"""Training runs in the table: begun and ended by people, only in a training environment.

``PK=CLOCK SK=PRACTICE#000007``: each item says how the service's clock runs from then on, and who
wanted it. Ending a training run writes it again with its new end, so that nothing is ever changed.
Of two people who write at once, the second is refused, because the number is taken.

Every function reads the latest run and trusts it for ``TRUSTED``. A run begins and ends a little
later than it is written (``ANNOUNCED``), when nobody trusts anything older any more. So all clocks
show the same, and none runs backwards::

    written          begins
       │  TRUSTED      │
       ├───────────────┼────────►  wall
       │   ANNOUNCED   │
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from adapters.codec import moment_text
from adapters.errors import TryAgainError
from domain.errors import NotAllowedError
from domain.moments import parse_moment
from domain.training import TrainingRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.record.beside import Beside
    from domain.working_days import WorkingDays

__all__ = ["ANNOUNCED", "PRESSED_TWICE", "TRUSTED", "TrainingRuns"]

_log = logging.getLogger(__name__)

#: How long a function takes what it read to be the latest.
TRUSTED = timedelta(seconds=1)

#: How long before it begins or ends a training run is written.
ANNOUNCED = timedelta(seconds=2)

#: Asking for the same again within this time counts as pressing the button twice.
PRESSED_TWICE = timedelta(seconds=30)

_PARTITION = "CLOCK"
_GOES_ON = "A training run is going on already. End it first, or wait until it is over."
_SOMEBODY_ELSE = "Somebody else has just begun or ended a training run. Look at what they did."
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class _Kept:
    """The training run written last, its number, and who wanted it; 0 and ``None`` if none was."""

    number: int
    run: TrainingRun | None
    by: str

    def going_on(self, at: datetime) -> TrainingRun | None:
        """Return the training run, if it is not over."""
        return self.run if self.run and at < self.run.until else None

    def begun(
        self, lasts: timedelta, working_day: timedelta, at: datetime, by: str
    ) -> TrainingRun | None:
        """Return the training run, if ``by`` began one like this a moment ago."""
        run = self.run
        if run is None or by != self.by or at - run.since >= PRESSED_TWICE - ANNOUNCED:
            return None
        same = (run.until - run.since, run.working_day) == (lasts, working_day)
        return run if same else None

    def ended(self, at: datetime, by: str) -> TrainingRun | None:
        """Return the training run, if ``by`` ended it a moment ago."""
        run = self.run
        if run is None or by != self.by:
            return None
        return run if abs(at + ANNOUNCED - run.until) < PRESSED_TWICE else None


class TrainingRuns:
    """Begins and ends training runs, and knows the latest. All moments here are by the wall."""

    def __init__(
        self,
        beside: Beside,
        calendar: Callable[[], WorkingDays],
        renew: Callable[[datetime | None], object],
    ) -> None:
        """Take where they are kept, what reads the calendar, and what gives all a fresh leg.

        The last takes when it has to stop, by the wall clock; ``None``: once all have one.
        """
        self._beside = beside
        self._make_calendar = calendar
        self._renew = renew
        self._read: tuple[datetime, TrainingRun | None] | None = None

    @cached_property
    def _calendar(self) -> WorkingDays:
        return self._make_calendar()

    def latest(self, at: datetime, *, reread: bool = False) -> TrainingRun | None:
        """Return the training run written last, over or not; ``None`` if there never was one.

        It may be as old as ``TRUSTED``, unless ``reread`` asks for the table itself.
        """
        read = self._read
        if not reread and read and timedelta(0) <= at - read[0] < TRUSTED:
            return read[1]
        return self._look(at).run

    def begin(
        self,
        lasts: timedelta,
        working_day: timedelta,
        at: datetime,
        by: str,
        *,
        renew_until: datetime | None = None,
    ) -> TrainingRun:
        """Begin a run in a moment, wanted by ``by``, and wake every open challenge for it.

        Challenges are woken until ``renew_until``, those due first first; Sweep wakes the others
        when they should be awake. Asking for the same twice begins it once. Raise
        ``BadSubmissionError`` as :meth:`domain.training.TrainingRun.begin` does,
        ``NotAllowedError`` while another run goes on, and ``TryAgainError``.
        """
        last = self._look(at)
        if last.going_on(at):
            if again := last.begun(lasts, working_day, at, by):
                return again
            raise NotAllowedError(_GOES_ON)
        run = self._planned(last, lasts, working_day, at)
        if not self._write(last.number + 1, run, at, by):
            again = self._look(at).begun(lasts, working_day, at, by)
            if again is None:
                raise TryAgainError(_SOMEBODY_ELSE)
            return again
        self._wake(renew_until)
        return run

    def rehearse(self, lasts: timedelta, working_day: timedelta, at: datetime, by: str) -> None:
        """Raise what :meth:`begin` would, and write nothing."""
        last = self._look(at)
        if not last.going_on(at):
            self._planned(last, lasts, working_day, at)
        elif not last.begun(lasts, working_day, at, by):
            raise NotAllowedError(_GOES_ON)

    def _planned(
        self, last: _Kept, lasts: timedelta, working_day: timedelta, at: datetime
    ) -> TrainingRun:
        since = at + ANNOUNCED
        shows = last.run.shown(since) if last.run else since
        return TrainingRun.begin(since, shows, lasts, working_day, self._calendar)

    def end(self, at: datetime, by: str, *, renew_until: datetime | None = None) -> TrainingRun:
        """End the present run in a moment; the clock then goes on at the usual speed.

        Challenges are woken as by :meth:`begin`. Ending it twice ends it once. Raise
        ``NotAllowedError`` if no run goes on, and ``TryAgainError``.
        """
        last = self._look(at)
        going_on = last.going_on(at + ANNOUNCED)
        if going_on is None:
            if again := last.ended(at, by):
                return again
            message = "No training run is going on, or it is over in a moment. Nothing was changed."
            raise NotAllowedError(message)
        run = going_on.ended(at + ANNOUNCED)
        if not self._write(last.number + 1, run, at, by):
            again = self._look(at).ended(at, by)
            if again is None:
                raise TryAgainError(_SOMEBODY_ELSE)
            return again
        self._wake(renew_until)
        return run

    def _write(self, number: int, run: TrainingRun, at: datetime, by: str) -> bool:
        """Write it. Return ``False`` if another run took the number."""
        item = {
            "since": moment_text(run.since),
            "shows": moment_text(run.shows),
            "until": moment_text(run.until),
            "ends_at": moment_text(run.ends_at),
            "working_day_seconds": run.working_day // _SECOND,
            "by": by,
        }
        new = self._beside.keep_new(_PARTITION, f"PRACTICE#{number:06d}", item)
        # If botocore lost the answer and wrote again, what is there is ours.
        if not new and self._look(at) != _Kept(number, run, by):
            return False
        self._read = (at, run)
        return True

    def _wake(self, until: datetime | None) -> None:
        try:
            self._renew(until)
        except (ClientError, BotoCoreError):
            _log.exception("challenges not woken by the new training run; Sweep does it in minutes")

    def _look(self, at: datetime) -> _Kept:
        """Return what was written last, as the table says now."""
        item = self._beside.last_kept(_PARTITION)
        kept = _Kept(0, None, "")
        if item:
            kept = _Kept(int(item["SK"].partition("#")[2]), self._run(item), item["by"])
        self._read = (at, kept.run)
        return kept

    def _run(self, item: dict[str, Any]) -> TrainingRun:
        since, shows, until, ends_at = (
            parse_moment(item[name]) for name in ("since", "shows", "until", "ends_at")
        )
        working_day = int(item["working_day_seconds"]) * _SECOND
        return TrainingRun(since, shows, until, ends_at, working_day, self._calendar)
