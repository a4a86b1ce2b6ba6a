"""What EventBridge Scheduler calls once a day on AWS (``infra.blueprint.DUTIES``), on one machine.

They use real time, as Scheduler does. When that jumps, each duty is done once, at the last of its
times that the jump passes: one seal covers three weeks of nights.

The emulator's S3 is in memory. Seals are kept in a folder, one file a night, before S3 answers, and
are put into S3 again at the next start (:func:`keep_seals`). The audit's list of ended challenges
is not kept: the audit finds them again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
from moto.s3.models import S3Backend

from adapters.seals import KEYS
from domain.moments import at_local, local_day
from infra.blueprint import DUTIES
from infra.local.lambda_seam import FunctionError
from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack
    from datetime import datetime
    from pathlib import Path

    from infra.blueprint import Duty
    from infra.local.disk import Disk

__all__ = ["Duties", "keep_seals"]

_A_DAY = timedelta(days=1)

_log = logging.getLogger(__name__)


class Duties:
    """The daily duties of one service, counted from when it was made."""

    def __init__(
        self,
        *,
        invoke: Callable[[str, object], object],
        now: datetime,
        duties: tuple[Duty, ...] = DUTIES,
    ) -> None:
        """``invoke`` calls a function by name with an event. A time before ``now`` is past."""
        self._invoke = invoke
        self._duties = duties
        self._done_until = now

    def due(self, until: datetime) -> list[tuple[datetime, Duty]]:
        """Yield what is due by ``until``, with its time, earliest first."""
        moments = ((_last(duty, until), duty) for duty in self._duties)
        found = [(moment, duty) for moment, duty in moments if moment > self._done_until]
        return sorted(found, key=lambda one: one[0])

    def do(self, duty: Duty, moment: datetime) -> None:
        """Do it, and note that it is done. A failure is logged: the next day has another."""
        self._done_until = max(self._done_until, moment)
        try:
            self._invoke(duty.function.name, {})
        except FunctionError:
            _log.exception("%s failed", duty.function.name)


def keep_seals(folder: Path, *, bucket: str, disk: Disk, until: ExitStack) -> None:
    """Put what ``folder`` holds into ``bucket`` again, and keep new seals there from now on.

    Of several versions of a night, the first is kept, because it is the one that counts.
    """
    disk.folder(folder)
    s3 = boto3.client("s3")
    for file in sorted(folder.glob("*.json")):
        s3.put_object(Bucket=bucket, Key=KEYS + file.name, Body=file.read_bytes())
    put_object = S3Backend.put_object

    def put(self: S3Backend, bucket_name: str, key_name: str, value: bytes, **more: Any) -> Any:  # noqa: ANN401 (moto's own)
        file = folder / key_name.removeprefix(KEYS)
        if bucket_name == bucket and key_name == KEYS + file.name:
            disk.check()
            if not file.exists():
                disk.replace(file, value)
        return put_object(self, bucket_name, key_name, value, **more)

    rebind(until, S3Backend, "put_object", put)


def _last(duty: Duty, until: datetime) -> datetime:
    """Return the last time, up to ``until``, at which ``duty`` was due."""
    day = local_day(until)
    while at_local(day, duty.at) > until or day.weekday() not in duty.weekdays:
        day -= _A_DAY
    return at_local(day, duty.at)
