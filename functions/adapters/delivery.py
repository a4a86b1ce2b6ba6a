"""What becomes of a letter after Amazon SES accepted it: the words for it, and whose letter it is.

Each letter carries tags of ours, which SES repeats in whatever it says of it later: where the
letter is kept, by ids alone.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Fate", "News", "daily_of", "letter_of", "tags_of", "tags_of_daily"]


class Fate(StrEnum):
    """What becomes of a letter after SES accepted it. The value names it where it is kept."""

    CAME_BACK = "came_back"
    IN_DOUBT = "in_doubt"
    DELAYED = "delayed"
    COMPLAINT = "complaint"

    @property
    def means_not_served(self) -> bool:
        """Rule 15: whether the letter has reached nobody, for certain."""
        return self is Fate.CAME_BACK


@dataclass(frozen=True)
class News:
    """What SES says, ``at`` that moment, of the letter it accepted as ``message_id``.

    ``said`` are its words for it, without an address: ``Bounce Permanent NoEmail``.
    """

    fate: Fate
    said: str
    message_id: str
    at: datetime


def tags_of(reference: str, key: str) -> dict[str, str]:
    """The tags of a challenge's letter, by the key of its notice. :func:`letter_of` reads them."""
    return {"reference": reference, "notice": _encoded(key)}


def letter_of(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """The challenge and the notice's key that these tags name; ``None`` for another mail's."""
    if not {"reference", "notice"} <= tags.keys():
        return None
    return tags["reference"], _decoded(tags["notice"])


def tags_of_daily(officer: str, day: str) -> dict[str, str]:
    """The tags of an officer's daily letter. :func:`daily_of` reads them."""
    return {"day": day, "officer": _encoded(officer)}


def daily_of(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """The officer and the day that these tags name; ``None`` for another mail's."""
    return (_decoded(tags["officer"]), tags["day"]) if {"day", "officer"} <= tags.keys() else None


def _encoded(text: str) -> str:
    # A tag's value may have letters, digits, _ and - alone; an officer's id may have more.
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
