"""What becomes of an email: when it is sent, and after Amazon SES has accepted it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Fate", "Held", "News", "PutOff", "Refused", "Sent"]


# When it is sent ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """SES accepted it as ``message_id``, ``at`` that moment by the service's clock.

    ``earlier``: an earlier call sent it, and this one sent nothing.
    """

    at: datetime
    message_id: str
    earlier: bool = False


@dataclass(frozen=True)
class Refused:
    """SES refused it for good, and says ``why`` by a code: it is never tried again.

    ``earlier``: it did so when an earlier call tried.
    """

    why: str
    earlier: bool = False


@dataclass(frozen=True)
class PutOff:
    """It could not be sent just now: the next try may be made ``until`` then, by the wall.

    ``why`` is AWS's code, or the name of the error. ``mail_is_out``: SES takes nothing just now, so
    the next email would fare no better. Otherwise this email is at fault, and no other is.
    """

    until: datetime
    why: str
    mail_is_out: bool


@dataclass(frozen=True)
class Held:
    """Somebody else is sending it, or died doing so: nobody may try ``until`` then, by the wall."""

    until: datetime


# After SES accepted it ---------------------------------------------------------------------------


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
