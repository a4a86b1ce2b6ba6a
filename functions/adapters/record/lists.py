"""What the indexes answer: the rows of lists and trays, and which challenges are to wake.

An index may lag behind the table for a moment. Nothing here reads an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.errors import DamagedHeadError
from adapters.record.shown import SUMMARY
from adapters.record.table import reference_of, require
from domain.vocabulary import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from adapters.record.table import RecordTable

__all__ = ["SUMMARY_READS", "Lists", "Pulse", "Row"]

#: The attributes that are read to find challenges without a summary row: nothing of a child.
SUMMARY_READS = ("PK", "SK", "summary")


@dataclass(frozen=True)
class Row:
    """A line of a list: what HEAD or a tray holds, no more. ``due`` is a local date's moment.

    ``asks`` is what the tray's owner is to do; empty in HEAD, and in trays of before 2026-11.7.
    ``ended`` is its place among its IRO's ended challenges: the page after it goes on from there.
    """

    reference: str
    standing: str
    stage: str
    due: str
    raised_at: str
    initials: str
    case_id: str
    iro: str
    beyond_period: bool
    asks: str = ""
    ended: str = ""


@dataclass(frozen=True)
class Pulse:
    """What tells of a challenge whether it is well: where it stands, its leg, and when it wakes.

    ``due`` and ``wake_at`` are moments as they are kept; ``due`` is empty for one that has ended,
    with emails still to send or something left to do. ``found_asleep`` is how often Sweep found it
    so in a row. ``has_summary``: HEAD holds its summary row as this software writes it.
    """

    stage: str
    due: str
    wake_at: str
    found_asleep: int
    reference: str
    standing: str
    leg: int
    has_summary: bool


class Lists:
    """The indexes of the record's table."""

    def __init__(self, at: RecordTable) -> None:
        """Take the table."""
        self._at = at

    # Rows ----------------------------------------------------------------------------------

    def of_iro(self, officer: str) -> list[Row]:
        """The open challenges of an IRO, newest first.

        Among them are those that ended under a release before 2026-12, until Sweep has filled in
        their summary rows.
        """
        return self._rows("by_iro", "iro", officer, newest_first=True)

    def ended_of(self, officer: str, at_most: int, before: str = "") -> list[Row]:
        """So many of an IRO's ended challenges, the latest first, and no more is read.

        ``before`` goes on after the row of which that is ``ended``.
        """
        from boto3.dynamodb.conditions import Key

        own = Key("of_iro").eq(officer)
        condition = own & Key("ended").lt(before) if before else own
        items = self._at.index("by_ended", condition, newest_first=True, at_most=at_most)
        return [_row(item) for item in items]

    def of_child(self, case_id: str) -> list[Row]:
        """The challenges about a child, by their case ID, newest first."""
        return self._rows("by_child", "child", case_id, newest_first=True)

    def in_tray(self, party: str) -> list[Row]:
        """What lies in the tray of a post or an officer, due soonest first."""
        return self._rows("by_tray", "tray", party, newest_first=False)

    def every_open(self) -> list[Row]:
        """Every open challenge, for those who oversee all, due soonest first."""
        rows = self._rows("by_wake", "open", "OPEN", newest_first=False)
        return sorted((row for row in rows if row.due), key=lambda row: row.due)

    def every_leg(self) -> list[Row]:
        """Every challenge that needs a leg: those open, and what has ended with a task left."""
        rows = self._rows("by_wake", "open", "OPEN", newest_first=False)
        left = str(Standing.ENDED_TO_DO)
        needed = (row for row in rows if row.due or row.standing == left)
        return sorted(needed, key=lambda row: row.due)

    def _rows(self, index: str, name: str, value: str, *, newest_first: bool) -> list[Row]:
        from boto3.dynamodb.conditions import Key

        items = self._at.index(index, Key(name).eq(value), newest_first=newest_first)
        return [_row(item) for item in items]

    # What is to wake -----------------------------------------------------------------------

    def wakeful(self) -> list[str]:
        """The challenges that are to wake once more, as the index says."""
        from boto3.dynamodb.conditions import Key

        return [reference_of(item) for item in self._at.index("by_wake", Key("open").eq("OPEN"))]

    def asleep_since(self, moment: datetime) -> list[str]:
        """The open challenges that should have woken before ``moment``."""
        from boto3.dynamodb.conditions import Key

        condition = Key("open").eq("OPEN") & Key("wake_at").lt(moment_text(moment))
        return [reference_of(item) for item in self._at.index("by_wake", condition)]

    def behind(self, change: int) -> list[str]:
        """The open challenges to which the council's change ``change`` was not yet applied.

        One whose HEAD does not say so is among them.
        """
        from boto3.dynamodb.conditions import Key

        items = self._at.index("by_wake", Key("open").eq("OPEN"))
        return [reference_of(item) for item in items if int(item.get("council", 0)) < change]

    def without_summary(
        self, after: Mapping[str, str], at_most: int
    ) -> tuple[list[str], dict[str, str]]:
        """Which of the next ``at_most`` challenges have no summary row as this software writes it.

        ``after`` is where the look before ended, empty for the first; answers where this one did.
        Every challenge that has none is in the index of the IROs' challenges.
        """
        items, end = self._at.page_of_index("by_iro", SUMMARY_READS, after, at_most)
        return [reference_of(item) for item in items if item.get("summary") != SUMMARY], end

    def pulses(self) -> Iterator[Pulse]:
        """Each challenge that is to wake once more, soonest first.

        Raises ``DamagedHeadError`` where a HEAD lacks what this tells, after all the others.
        """
        from boto3.dynamodb.conditions import Key

        damaged = None
        for item in self._at.index("by_wake", Key("open").eq("OPEN")):
            try:
                yield _pulse(item)
            except DamagedHeadError as error:
                damaged = damaged or error
        if damaged:
            raise damaged


def _pulse(item: dict[str, Any]) -> Pulse:
    require(item, "stage", "next_due", "wake_at", "standing", "leg")
    asleep = int(item.get("faults", 0))
    return Pulse(
        *(item["stage"], item["next_due"], item["wake_at"], asleep),
        *(reference_of(item), str(item["standing"]), int(item["leg"])),
        item.get("summary") == SUMMARY,
    )


def _row(item: dict[str, Any]) -> Row:
    due = () if item.get("due") else ("next_due",)
    require(item, "standing", "stage", *due, "raised_at", "initials", "beyond_period")
    return Row(
        reference_of(item),
        item["standing"],
        item["stage"],
        item.get("due") or item["next_due"],
        item["raised_at"],
        item["initials"],
        item.get("child") or item.get("case_id", ""),
        item.get("iro") or item.get("of_iro", ""),
        bool(item["beyond_period"]),
        item.get("asks", ""),
        item.get("ended", ""),
    )
