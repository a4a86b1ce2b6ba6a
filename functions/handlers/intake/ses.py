"""What SES says about an email that came in: the parts of its event that intake uses.

It is read with Powertools' data classes. Its Parser would refuse an email whose head has no
subject, date or recipient, which would then be lost, and does not know the verdict on DKIM. It also
needs pydantic, a third of a cold start, and most emails of strangers get no further than here.
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

#: What SES checks, by the names of the verdicts in its event (``spamVerdict``, …). Each has to be
#: passed; doubt is not a pass.
CHECKS = ("spam", "virus", "spf", "dkim", "dmarc")


class UnreadableEventError(HandlerError, ValueError):
    """The event is not one of SES's. AWS calls again, and in the end keeps it for operators."""


@dataclass(frozen=True)
class Arrived:
    """An email by SES's id for it, when it was received, and what SES found.

    ``senders`` are the addresses of ``From`` as SES read them, in lower case: its verdicts are
    about these. ``envelope`` is the address that handed the email over, to which it would bounce.
    ``failed`` are the checks that the email did not pass.
    """

    message_id: str
    received: datetime
    senders: tuple[str, ...]
    envelope: str
    failed: tuple[str, ...]


def arrivals(event: dict[str, Any]) -> list[Arrived]:
    """Return the emails of one event, at least one. Raise ``UnreadableEventError``."""
    try:
        mails = [_arrived(record.ses) for record in SESEvent(event).records]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Without the error and its message: the event holds an email's subject.
        message = f"An event of SES is not as expected: {type(error).__name__}."
        raise UnreadableEventError(message) from None
    if not mails or not all(mail.message_id for mail in mails):
        message = "An event of SES names no email."
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
    """Return the addresses of ``From`` as written there: an email may have none."""
    return (mail.get("commonHeaders") or {}).get("from") or ()


def _passed(receipt: SESReceipt, check: str) -> bool:
    """Whether the receipt has a pass for this check: a missing verdict is not one."""
    with suppress(KeyError):
        verdict: SESReceiptStatus = getattr(receipt, f"{check}_verdict")
        return verdict.status == "PASS"
    return False
