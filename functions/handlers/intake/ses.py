"""What SES says of a mail that came in: its event, as far as intake goes by it.

Read by hand: every mail passes here, most of those that strangers send no further, and pydantic
would take a third of a cold start. Powertools' model of it insists on a subject and a date, which
a mail may lack, and does not know the verdict on DKIM: a mail that it refuses would be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.moments import parse_moment
from handlers.errors import HandlerError
from handlers.intake.sender import named_by_ses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["CHECKS", "Arrived", "UnreadableEventError", "arrivals"]

#: What SES checks, by the names that its event gives the verdicts (``spamVerdict``, …). Each has to
#: be passed; doubt is no pass.
CHECKS = ("spam", "virus", "spf", "dkim", "dmarc")


class UnreadableEventError(HandlerError, ValueError):
    """The event is none of SES's. AWS calls again, and keeps it for operators in the end."""


@dataclass(frozen=True)
class Arrived:
    """A mail by SES's id for it, when it was received, and what SES found.

    ``senders`` are the addresses of ``From`` as SES read them, in small letters: for these it gave
    its verdicts. ``envelope`` is the address that handed the mail over, to which it would bounce.
    ``failed`` are the checks that the mail did not pass.
    """

    message_id: str
    received: datetime
    senders: tuple[str, ...]
    envelope: str
    failed: tuple[str, ...]


def arrivals(event: Mapping[str, Any]) -> list[Arrived]:
    """The mails of one event, at least one. Raises ``UnreadableEventError``."""
    try:
        mails = [_arrived(record["ses"]) for record in event["Records"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Not the error's message, and not the error: a mail's subject is in the event.
        message = f"An event of SES is not as expected: {type(error).__name__}."
        raise UnreadableEventError(message) from None
    if not mails or not all(mail.message_id for mail in mails):
        message = "An event of SES names no mail."
        raise UnreadableEventError(message)
    return mails


def _arrived(ses: Mapping[str, Any]) -> Arrived:
    mail, receipt = ses["mail"], ses["receipt"]
    named = (mail.get("commonHeaders") or {}).get("from") or ()
    return Arrived(
        str(mail["messageId"] or ""),
        parse_moment(mail["timestamp"]),
        tuple(named_by_ses(one) for one in named),
        str(mail.get("source") or "").strip("<> ").lower(),
        tuple(name for name in CHECKS if _status(receipt, name) != "PASS"),
    )


def _status(receipt: Mapping[str, Any], check: str) -> object:
    return (receipt.get(f"{check}Verdict") or {}).get("status")
