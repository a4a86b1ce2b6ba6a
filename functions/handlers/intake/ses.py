"""What SES says of a mail that came in: its event, as far as intake goes by it.

It is read with Powertools' data classes. Its Parser would not do: it refuses a mail whose head has
no subject, no date or no recipient, which would be lost, and does not know the verdict on DKIM. It
also brings pydantic, a third of a cold start, and most mails of strangers get no further than here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes.ses_event import SESEvent

from domain.moments import parse_moment
from handlers.errors import HandlerError
from handlers.intake.sender import named_by_ses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aws_lambda_powertools.utilities.data_classes.ses_event import (
        SESMail,
        SESMessage,
        SESReceipt,
        SESReceiptStatus,
    )

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


def arrivals(event: dict[str, Any]) -> list[Arrived]:
    """The mails of one event, at least one. Raises ``UnreadableEventError``."""
    try:
        mails = [_arrived(record.ses) for record in SESEvent(event).records]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Not the error's message, and not the error: a mail's subject is in the event.
        message = f"An event of SES is not as expected: {type(error).__name__}."
        raise UnreadableEventError(message) from None
    if not mails or not all(mail.message_id for mail in mails):
        message = "An event of SES names no mail."
        raise UnreadableEventError(message)
    return mails


def _arrived(told: SESMessage) -> Arrived:
    mail, receipt = told.mail, told.receipt
    return Arrived(
        str(mail.message_id or ""),
        parse_moment(mail.timestamp),
        tuple(named_by_ses(one) for one in _from(mail)),
        str(mail.get("source") or "").strip("<> ").lower(),
        tuple(check for check in CHECKS if not _passed(receipt, check)),
    )


def _from(mail: SESMail) -> Sequence[str]:
    """The addresses of ``From`` as they stand there: a mail may have none."""
    return (mail.get("commonHeaders") or {}).get("from") or ()


def _passed(receipt: SESReceipt, check: str) -> bool:
    """Whether the receipt says so: a verdict that it does not name was not passed."""
    with suppress(KeyError):
        verdict: SESReceiptStatus = getattr(receipt, f"{check}_verdict")
        return verdict.status == "PASS"
    return False
