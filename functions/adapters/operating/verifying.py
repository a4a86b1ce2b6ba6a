"""What chains are held against: the seals, and what is kept beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.record.beside import sealable
from adapters.seals import SealBucket, note_beside
from adapters.settings import environment
from domain.beside import LINKS, LOOKS, Beside
from domain.moments import day_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from types_boto3_s3.client import S3Client

    from domain.seals import Seals

__all__ = ["READS", "BesideChains", "held_against", "read_seals"]

#: The attributes of all items that are read to find every challenge, and what is beside the chains:
#: no text of an event, nothing of a child.
READS = ("PK", "SK", "hash", "officer", "via", "reference", "request", "made_at")


class BesideChains:
    """Looks and links, each held against its own hash, and all of them against the seals."""

    def __init__(self, seals: Seals) -> None:
        self._beside = Beside(seals.beside, until="")
        self._altered: list[tuple[str, str]] = []

    def read(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Read those of ``items`` that are looks or links."""
        for item in items:
            sort = str(item["SK"])
            if sort != "LINK" and not sort.startswith("LOOK#"):
                continue
            reference = note_beside(self._beside, item) or str(item.get("reference", "unknown"))
            if "hash" in item and item["hash"] != sealable(item):
                what = "link to answer by" if sort == "LINK" else f"look ({sort})"
                self._altered.append((reference, f"A {what} is not what it was when it was noted."))

    def wrong(self, only: str | None) -> Iterator[tuple[str, str]]:
        """What is not as it was: reference and sentence. Links are read where all are."""
        yield from self._altered
        changed = self._beside.changed((LOOKS,) if only else (LOOKS, LINKS))
        for (reference, _), what in changed.items():
            if only in (None, reference):
                yield reference, what


def read_seals(client: Callable[[], S3Client]) -> Seals:
    """What was sealed each night."""
    return SealBucket(client, lambda: environment("HEADS_BUCKET")).read()


def held_against(seals: Seals) -> str:
    """What was held against which seals, in one sentence."""
    if seals.last_day is None:
        return "No night has been sealed yet."
    return (
        f"Held against the seals of {seals.nights} nights, the last {day_in_words(seals.last_day)}."
    )
