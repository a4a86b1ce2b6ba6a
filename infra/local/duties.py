"""What EventBridge Scheduler calls once a day on AWS (``infra.shape.DUTIES``), on one machine.

They go by the wall's clock, as Scheduler does. When that jumps, each duty is done once, at the last
of its hours that the jump passes: of three weeks of nights, one seals all.

What was sealed is kept in a folder, one file a night, and put into S3 again at the next start: the
emulator's S3 is in memory. What the audit knows to have ended is not: it finds that anew.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3

from adapters.seals import KEYS
from domain.moments import at_local, local_day
from infra.local.lambda_seam import FunctionError
from infra.shape import DUTIES, SEAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from infra.shape import Duty

__all__ = ["Duties"]

_A_DAY = timedelta(days=1)

_log = logging.getLogger(__name__)


class Duties:
    """The daily duties of one service, from the moment on at which it was made."""

    def __init__(
        self,
        folder: Path | None,
        *,
        bucket: str,
        invoke: Callable[[str, object], object],
        now: datetime,
    ) -> None:
        """Put what ``folder`` holds into ``bucket`` again; without one nothing is kept.

        ``invoke`` calls a function by its name with an event. An hour before ``now`` is past.
        """
        self._folder = folder
        self._bucket = bucket
        self._invoke = invoke
        self._done_until = now
        self._s3 = boto3.client("s3")
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            for file in sorted(folder.glob("*.json")):
                self._s3.put_object(Bucket=bucket, Key=KEYS + file.name, Body=file.read_bytes())

    def due(self, until: datetime) -> list[tuple[datetime, Duty]]:
        """What is to be done by ``until``, with its moment, the earliest first."""
        moments = ((_last(duty, until), duty) for duty in DUTIES)
        found = [(moment, duty) for moment, duty in moments if moment > self._done_until]
        return sorted(found, key=lambda one: one[0])

    def do(self, duty: Duty, moment: datetime) -> None:
        """Do it, and note that it is done. A failure is logged: the next day's comes."""
        self._done_until = max(self._done_until, moment)
        try:
            self._invoke(duty.function.name, {})
        except FunctionError:
            _log.exception("%s failed", duty.function.name)
        if duty.function == SEAL and self._folder:
            self._keep(self._folder)

    def _keep(self, folder: Path) -> None:
        listing = self._s3.get_paginator("list_objects_v2")
        pages = listing.paginate(Bucket=self._bucket, Prefix=KEYS)
        for key in (entry["Key"] for page in pages for entry in page.get("Contents", ())):
            file = folder / key.removeprefix(KEYS)
            if not file.exists():
                body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
                unfinished = file.with_suffix(".unfinished")
                unfinished.write_bytes(body)
                unfinished.replace(file)


def _last(duty: Duty, until: datetime) -> datetime:
    """The last moment by ``until`` at which ``duty`` is to be done."""
    day = local_day(until)
    while at_local(day, duty.at) > until or day.weekday() not in duty.weekdays:
        day -= _A_DAY
    return at_local(day, duty.at)
