"""What the daily emails have to tell: kept by the morning on which it is told.

``PK=NEWS#2026-11-03 SK=PCE-7K3M-9QXT#000005``: the working day, the challenge, and the first event
that the item is about. Its ``lines`` are maps of ``event``, ``stage``, ``line`` and ``officers``.
One item holds all that one waking of a challenge has to tell, so it is one write; the same waking
again writes the same item. It names officers by their ids, and nobody else.

``PK=DAILY# SK=NEWS`` holds ``up_to``, the last morning on which everybody was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.record.beside import Beside

__all__ = ["News", "NewsLine"]

_UP_TO = ("DAILY#", "NEWS")


@dataclass(frozen=True)
class NewsLine:
    """What ``officers`` (ids) hear about event number ``event`` of a challenge.

    ``stage`` is the title of the stage it was about. ``line`` are whole sentences without a child's
    details or anybody's words.
    """

    reference: str
    event: int
    stage: str
    line: str
    officers: frozenset[str]


class News:
    """What is to be told, in the record's table beside the chains."""

    def __init__(self, beside: Beside) -> None:
        """Take the part of the record where it is kept."""
        self._beside = beside

    def keep(self, morning: date, reference: str, first: int, lines: Sequence[NewsLine]) -> None:
        """Keep what one waking of a challenge has to tell, of events from number ``first`` on."""
        said = [
            {
                "event": one.event,
                "stage": one.stage,
                "line": one.line,
                "officers": sorted(one.officers),
            }
            for one in lines
        ]
        self._beside.keep(_of(morning), f"{reference}#{first:06d}", {"lines": said})

    def of(self, morning: date) -> list[NewsLine]:
        """Return what is to be told on a morning, by challenge and in the order of its events."""
        return [line for item in self._beside.all_kept(_of(morning)) for line in _lines_of(item)]

    def take_back(self, morning: date, reference: str) -> None:
        """Tell nothing of a challenge on a morning, whatever was kept for it."""
        for item in self._beside.all_kept(_of(morning)):
            if str(item["SK"]).partition("#")[0] == reference and item["lines"]:
                self._beside.keep(_of(morning), str(item["SK"]), {"lines": []})

    def told_up_to(self) -> date | None:
        """Return the last morning on which everybody was told; ``None`` if there was none yet."""
        kept = self._beside.kept(*_UP_TO)
        return date.fromisoformat(kept["up_to"]) if kept else None

    def note_told(self, morning: date) -> None:
        """Note that on this morning everybody was told."""
        self._beside.change(*_UP_TO, {"up_to": str(morning)})


def _of(morning: date) -> str:
    return f"NEWS#{morning}"


def _lines_of(item: dict[str, Any]) -> list[NewsLine]:
    reference = str(item["SK"]).partition("#")[0]
    return [
        NewsLine(
            *(reference, int(one["event"]), str(one["stage"]), str(one["line"])),
            frozenset(one["officers"]),
        )
        for one in item["lines"]
    ]
