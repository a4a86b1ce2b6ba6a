"""Sweep fills in the summary rows that earlier releases did not write, some at each run.

It goes through the indexes of the IROs' challenges and of the ended ones, a page at a time, and
notes in the record how far it has come. It is finished after a round that found nothing to fill in.
It begins again when an open challenge is seen without its row, because an earlier release has
written since. The ended challenges that an earlier release wrote are not seen this way: for them an
operator starts a round.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters import clock
from adapters.errors import MovedOnError
from adapters.record.shown import SUMMARY
from domain.moments import local_day

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.council_store import CouncilStore
    from adapters.record import Record
    from domain.council import Council

__all__ = ["AT_ONCE", "Filled", "Summaries", "all_filled_in"]

_log = logging.getLogger(__name__)

#: How many challenges one sweep looks at, which is also the most rows that it fills in.
AT_ONCE = 100

_KEY = ("COUNCIL", "SUMMARIES")


@dataclass(frozen=True)
class Filled:
    """What one sweep did: how many rows it filled in, and how many it could not."""

    filled: int
    failed: int


def all_filled_in(record: Record) -> bool:
    """Whether Sweep's last round found that every challenge has its summary row."""
    return (record.beside.kept(*_KEY) or {}).get("done") == SUMMARY


class Summaries:
    """Fills in the summary rows of one council's challenges."""

    def __init__(self, record: Record, council: CouncilStore) -> None:
        """Take the adapters it works with."""
        self._record = record
        self._council = council

    def fill_in(self, until: datetime, *, missing: bool, new_round: bool = False) -> Filled:
        """Look at the next page of challenges, and fill in what their HEADs lack.

        ``missing``: an open challenge was seen without its row, so a new round begins, if none goes
        on. ``new_round``: one begins in any case, with the first page. From ``until`` on, in real
        time, it starts no more: the next sweep looks at this page again. A challenge that cannot be
        read is skipped: the audit reports what is wrong with it.
        """
        kept = {} if new_round else self._record.beside.kept(*_KEY) or {}
        if kept.get("done") == SUMMARY and not missing:
            return Filled(0, 0)
        found, end = self._record.lists.without_summary(kept.get("after", {}), AT_ONCE)
        council = self._council.current()
        results = []
        for reference in found:
            if clock.wall() >= until:
                break
            results.append(self._fill_in(reference, council))
        filled, failed = results.count(True), results.count(False)
        in_this_round = int(kept.get("filled", 0)) + filled
        if len(results) < len(found):
            noted = {"after": kept.get("after", {}), "filled": in_this_round}
        elif end:
            noted = {"after": end, "filled": in_this_round}
        else:
            noted = {} if in_this_round else {"done": SUMMARY}
        self._record.beside.keep(*_KEY, noted)
        return Filled(filled, failed)

    def _fill_in(self, reference: str, council: Council) -> bool:
        try:
            self._record.legs.fill_in(reference, council, local_day(clock.now()))
        except MovedOnError:
            return True  # somebody acted, which wrote its row
        except Exception:  # noqa: BLE001 - no error may stop the rest
            _log.exception("summary could not be filled in", extra={"reference": reference})
            return False
        return True
