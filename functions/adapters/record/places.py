"""Where each email that goes out is kept, and the tags by which SES names it in its news.

Another kind of email is one more class here: where its item is, its tags, and what a log says of
it. Tags are of letters, digits, ``_`` and ``-`` alone, and hold ids, nothing of a child. Items and
tags of every release are still read: emails of before are under way for days.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.record.table import challenge_key

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AnswerPlace", "DailyPlace", "NoticePlace", "Place", "place_of"]


@dataclass(frozen=True)
class NoticePlace:
    """The place of a challenge's email, by the key of its notice: ``000002#tm-n``."""

    reference: str
    notice: str

    @property
    def partition(self) -> str:
        """``CHALLENGE#PCE-7K3M-9QXT``."""
        return challenge_key(self.reference)

    @property
    def sort(self) -> str:
        """``NOTICE#000002#tm-n``."""
        return f"NOTICE#{self.notice}"

    @property
    def tags(self) -> dict[str, str]:
        """The challenge, and the key in base64: an officer's id may be of any characters."""
        return {"reference": self.reference, "notice": _encoded(self.notice)}

    @property
    def named(self) -> dict[str, str]:
        """What a log says of it."""
        return {"reference": self.reference, "notice": self.notice}

    def __str__(self) -> str:
        """``PCE-7K3M-9QXT 000002#tm-n``."""
        return f"{self.reference} {self.notice}"


@dataclass(frozen=True)
class DailyPlace:
    """The place of the email that tells an officer what waits on a ``day``: ``2026-12-24``."""

    officer: str
    day: str

    @property
    def partition(self) -> str:
        """``DAILY#tm-n``."""
        return f"DAILY#{self.officer}"

    @property
    def sort(self) -> str:
        """The day."""
        return self.day

    @property
    def tags(self) -> dict[str, str]:
        """The day, and the officer's id in base64."""
        return {"day": self.day, "officer": _encoded(self.officer)}

    @property
    def named(self) -> dict[str, str]:
        """What a log says of it, beside the officer."""
        return {"day": self.day}

    def __str__(self) -> str:
        """``the daily letter of tm-n on 2026-12-24``."""
        return f"the daily letter of {self.officer} on {self.day}"


@dataclass(frozen=True)
class AnswerPlace:
    """The place of the one answer to an email that came in, by that email's key."""

    mail: str

    @property
    def partition(self) -> str:
        """``MAIL#5f2a…``."""
        return f"MAIL#{self.mail}"

    @property
    def sort(self) -> str:
        """An email has one answer."""
        return "ANSWER"

    @property
    def tags(self) -> dict[str, str]:
        """The key of the email that it answers."""
        return {"answers": self.mail}

    @property
    def named(self) -> dict[str, str]:
        """What a log says of it."""
        return {"mail": self.mail}

    def __str__(self) -> str:
        """``the answer to the mail 5f2a…``."""
        return f"the answer to the mail {self.mail}"


Place = NoticePlace | DailyPlace | AnswerPlace


def place_of(tags: Mapping[str, str]) -> Place | None:
    """Return the place that these tags name; ``None`` for an email that is not the service's."""
    match tags:
        case {"reference": reference, "notice": notice}:
            return NoticePlace(reference, _decoded(notice))
        case {"answers": mail}:
            return AnswerPlace(mail)
        case {"day": day, "officer": officer}:
            return DailyPlace(_decoded(officer), day)
        case _:
            return None


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
