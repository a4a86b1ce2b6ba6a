"""Where each outgoing email is kept, and the tags by which SES names it in its events.

Each kind of email has a class: where its item is, its tags, and what a log says about it. Tags
consist of letters, digits, ``_`` and ``-``, and hold ids, never a child's details. Items and tags
of every release are still read, because SES can report on an email days after it was sent.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import TYPE_CHECKING

from adapters.record.table import challenge_key
from domain.values import Value, value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AnswerPlace", "DailyPlace", "NoticePlace", "Place", "SharedPlace", "place_of"]


@value
class NoticePlace(Value):
    """The place of an email about a challenge, by its notice's key: ``000002#tm-n``."""

    reference: str
    notice: str

    @property
    def partition(self) -> str:
        """Return ``CHALLENGE#PCE-7K3M-9QXT``."""
        return challenge_key(self.reference)

    @property
    def sort(self) -> str:
        """Return ``NOTICE#000002#tm-n``."""
        return f"NOTICE#{self.notice}"

    @property
    def tags(self) -> dict[str, str]:
        """Return the reference, and the key in base64: an officer's id may hold any character."""
        return {"reference": self.reference, "notice": _encoded(self.notice)}

    @property
    def named(self) -> dict[str, str]:
        """Return what a log says about it."""
        return {"reference": self.reference, "notice": self.notice}

    def __str__(self) -> str:
        """Return ``PCE-7K3M-9QXT 000002#tm-n``."""
        return f"{self.reference} {self.notice}"


@value
class DailyPlace(Value):
    """The place of the daily email that lists an officer's tasks of a ``day``: ``2026-12-24``."""

    officer: str
    day: str

    @property
    def partition(self) -> str:
        """Return ``DAILY#tm-n``."""
        return f"DAILY#{self.officer}"

    @property
    def sort(self) -> str:
        """Return the day."""
        return self.day

    @property
    def tags(self) -> dict[str, str]:
        """Return the day, and the officer's id in base64."""
        return {"day": self.day, "officer": _encoded(self.officer)}

    @property
    def named(self) -> dict[str, str]:
        """Return what a log says about it, beside the officer."""
        return {"day": self.day}

    def __str__(self) -> str:
        """Return ``the daily letter of tm-n on 2026-12-24``."""
        return f"the daily letter of {self.officer} on {self.day}"


@value
class AnswerPlace(Value):
    """The place of the one answer to an incoming email, by that email's key."""

    mail: str

    @property
    def partition(self) -> str:
        """Return ``MAIL#5f2a…``."""
        return f"MAIL#{self.mail}"

    @property
    def sort(self) -> str:
        """Return ``ANSWER``: an email has one answer."""
        return "ANSWER"

    @property
    def tags(self) -> dict[str, str]:
        """Return the key of the email that it answers."""
        return {"answers": self.mail}

    @property
    def named(self) -> dict[str, str]:
        """Return what a log says about it."""
        return {"mail": self.mail}

    def __str__(self) -> str:
        """Return ``the answer to the mail 5f2a…``."""
        return f"the answer to the mail {self.mail}"


@value
class SharedPlace(Value):
    """The place of the one email of a ``day`` that asks an officer what several challenges ask.

    ``what`` says what it is about, by ids: ``left-iro-1``. The first challenge to claim it sends
    it; for the others it has been sent. ``day`` is when it was to go out first: a challenge that
    tries again after midnight finds it.
    """

    officer: str
    day: date
    what: str

    @property
    def partition(self) -> str:
        """Return ``SHARED#srsm``."""
        return f"SHARED#{self.officer}"

    @property
    def sort(self) -> str:
        """Return ``2026-12-24#left-iro-1``."""
        return f"{self.day}#{self.what}"

    @property
    def tags(self) -> dict[str, str]:
        """Return the day, and officer and subject in base64: ids may hold any character."""
        named = {"officer": _encoded(self.officer), "about": _encoded(self.what)}
        return {"day": str(self.day), **named}

    @property
    def named(self) -> dict[str, str]:
        """Return what a log says about it, beside the officer."""
        return {"day": str(self.day), "about": self.what}

    def __str__(self) -> str:
        """Return ``the letter to srsm on 2026-12-24 about left-iro-1``."""
        return f"the letter to {self.officer} on {self.day} about {self.what}"


Place = NoticePlace | DailyPlace | AnswerPlace | SharedPlace


def place_of(tags: Mapping[str, str]) -> Place | None:
    """Return the place that these tags name; ``None`` if the service did not send the email."""
    match tags:
        case {"reference": reference, "notice": notice}:
            return NoticePlace(reference, _decoded(notice))
        case {"answers": mail}:
            return AnswerPlace(mail)
        case {"day": day, "officer": officer, "about": what}:
            return SharedPlace(_decoded(officer), date.fromisoformat(day), _decoded(what))
        case {"day": day, "officer": officer}:
            return DailyPlace(_decoded(officer), day)
        case _:
            return None


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
