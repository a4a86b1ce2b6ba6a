"""What can happen to an email: when it is sent, and after Amazon SES has accepted it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from domain.values import Value, value

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Fate", "Held", "News", "PutOff", "Refused", "Sent"]


# When it is sent ---------------------------------------------------------------------------------


@value
class Sent(Value):
    """SES accepted it as ``message_id``, at ``at`` by the service's clock.

    ``earlier``: an earlier call sent it, and this one sent nothing.
    """

    at: datetime
    message_id: str
    earlier: bool = False


@value
class Refused(Value):
    """SES refused it permanently, so it is never tried again. ``why`` is a code.

    ``earlier``: an earlier call was refused, and this one tried nothing.
    """

    why: str
    earlier: bool = False


@value
class PutOff(Value):
    """It could not be sent just now. The next try may be made at ``until``, by the wall clock.

    ``why`` is AWS's code, or the name of the error. ``mail_is_out``: SES takes nothing just now, so
    the next email would fail too. Otherwise only this email is at fault.
    """

    until: datetime
    why: str
    mail_is_out: bool


@value
class Held(Value):
    """Another call is sending it, or died doing so: no try before ``until``, by the wall clock."""

    until: datetime


# After SES accepted it ---------------------------------------------------------------------------


class Fate(StrEnum):
    """What happens to an email after SES accepted it. The value is how it is stored."""

    CAME_BACK = "came_back"
    IN_DOUBT = "in_doubt"
    DELAYED = "delayed"
    COMPLAINT = "complaint"

    @property
    def means_not_served(self) -> bool:
        """Whether the email certainly reached nobody (rule 15)."""
        return self is Fate.CAME_BACK


@value
class News(Value):
    """What SES reported at ``at`` about the email it accepted as ``message_id``.

    ``said`` are its words, without an address: ``Bounce Permanent NoEmail``.
    """

    fate: Fate
    said: str
    message_id: str
    at: datetime
