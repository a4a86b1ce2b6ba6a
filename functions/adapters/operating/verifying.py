"""What chains are checked against: the seals, and what is kept beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.record.beside import NEVER_CHANGES, sealable
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

#: The attributes read of every item, to find all challenges and what is beside the chains: no text
#: of an event, nothing about a child.
READS = (*NEVER_CHANGES, "hash")


class BesideChains:
    """Looks and links: each is checked against its own hash, all of them against the seals."""

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
                self._altered.append((reference, f"A {what} has changed since it was noted."))

    def wrong(self, only: str | None) -> Iterator[tuple[str, str]]:
        """Yield reference and sentence of what has changed. Links only if ``only`` is ``None``."""
        yield from self._altered
        changed = self._beside.changed((LOOKS,) if only else (LOOKS, LINKS))
        for (reference, _), what in changed.items():
            if only in (None, reference):
                yield reference, what


def read_seals(client: Callable[[], S3Client]) -> Seals:
    """Return what was sealed each night."""
    return SealBucket(client, lambda: environment("HEADS_BUCKET")).read()


def held_against(seals: Seals) -> str:
    """Return a sentence that says which seals the record was checked against."""
    if seals.last_day is None:
        return "No night has been sealed yet."
    return (
        f"Checked against the seals of {seals.nights} nights, the last "
        f"{day_in_words(seals.last_day)}."
    )
