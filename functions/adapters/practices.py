"""Practices in the table: begun and ended by people, in a training environment alone.

``PK=CLOCK SK=PRACTICE#000007``: each item says how the service's clock runs from then on, and by
whose will. Ending a practice writes it once more with its new end, so that nothing is ever changed.
Two who write at once: the second is refused, for its number is taken.

Every function reads the latest, and trusts it for ``TRUSTED``. A practice begins and ends a little
later than it is written (``ANNOUNCED``), when nobody trusts anything older any more: so all their
clocks show the same, and none runs backwards::

    written          begins
       │  TRUSTED      │
       ├───────────────┼────────►  wall
       │   ANNOUNCED   │
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from adapters.codec import moment_text
from adapters.errors import TryAgainError
from domain.errors import NotAllowedError
from domain.moments import parse_moment
from domain.practice import Practice

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.record import Record
    from domain.working_days import WorkingDays

__all__ = ["ANNOUNCED", "TRUSTED", "Practices"]

_log = logging.getLogger(__name__)

#: For so long a function takes it that what it read is still the latest.
TRUSTED = timedelta(seconds=1)

#: So long before it begins or ends, a practice is written.
ANNOUNCED = timedelta(seconds=2)

_PARTITION = "CLOCK"
_SECOND = timedelta(seconds=1)


class Practices:
    """Begins and ends practices, and answers the latest. All moments here are the wall's."""

    def __init__(
        self,
        record: Record,
        calendar: Callable[[], WorkingDays],
        renew: Callable[[], object],
    ) -> None:
        """Take the record, what reads the calendar, and what gives each challenge a fresh leg."""
        self._record = record
        self._make_calendar = calendar
        self._renew = renew
        self._read: tuple[datetime, Practice | None] | None = None

    @cached_property
    def _calendar(self) -> WorkingDays:
        return self._make_calendar()

    def latest(self, at: datetime, *, anew: bool = False) -> Practice | None:
        """The practice written last, over or not; None if there never was one.

        It may be as old as ``TRUSTED``, unless it is asked for ``anew``.
        """
        read = self._read
        if not anew and read and timedelta(0) <= at - read[0] < TRUSTED:
            return read[1]
        return self._look(at)[1]

    def begin(self, lasts: timedelta, working_day: timedelta, at: datetime, by: str) -> Practice:
        """Begin one, in a moment, and wake every open challenge by it; ``by`` whose will.

        Raises ``BadSubmissionError`` as :meth:`domain.practice.Practice.begin` does,
        ``NotAllowedError`` while one goes on, and ``TryAgainError``.
        """
        number, last = self._look(at)
        if last and at < last.until:
            message = "A practice is going on already. End it first, or wait until it is over."
            raise NotAllowedError(message)
        since = at + ANNOUNCED
        shows = last.shown(since) if last else since
        practice = Practice.begin(since, shows, lasts, working_day, self._calendar)
        return self._write(number + 1, practice, at, by)

    def end(self, at: datetime, by: str) -> Practice:
        """End the one that goes on, in a moment; the clock then goes on at the usual speed.

        Raises ``NotAllowedError`` if none does, and ``TryAgainError``.
        """
        number, last = self._look(at)
        if last is None or at + ANNOUNCED >= last.until:
            message = "No practice is going on, or it is over in a moment. Nothing was changed."
            raise NotAllowedError(message)
        return self._write(number + 1, last.ended(at + ANNOUNCED), at, by)

    def _write(self, number: int, practice: Practice, at: datetime, by: str) -> Practice:
        item = {
            "since": moment_text(practice.since),
            "shows": moment_text(practice.shows),
            "until": moment_text(practice.until),
            "ends_at": moment_text(practice.ends_at),
            "working_day_seconds": practice.working_day // _SECOND,
            "by": by,
        }
        new = self._record.keep_new(_PARTITION, f"PRACTICE#{number:06d}", item)
        # Written, its answer lost, and tried again by botocore: then what stands there is ours.
        if not new and self._look(at) != (number, practice):
            message = "Somebody else has just begun or ended a practice. Look at what they did."
            raise TryAgainError(message)
        self._read = (at, practice)
        try:
            self._renew()
        except (ClientError, BotoCoreError):
            _log.exception("challenges not woken by the new practice; Sweep does it in minutes")
        return practice

    def _look(self, at: datetime) -> tuple[int, Practice | None]:
        """The latest practice and its number, as the table says now; 0 and None if none."""
        item = self._record.last_kept(_PARTITION)
        practice = self._practice(item) if item else None
        self._read = (at, practice)
        return int(item["SK"].partition("#")[2]) if item else 0, practice

    def _practice(self, item: dict[str, Any]) -> Practice:
        since, shows, until, ends_at = (
            parse_moment(item[name]) for name in ("since", "shows", "until", "ends_at")
        )
        working_day = int(item["working_day_seconds"]) * _SECOND
        return Practice(since, shows, until, ends_at, working_day, self._calendar)
