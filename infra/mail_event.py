"""The event by which SES tells the intake function of a mail, made from the mail as it lies in S3.

SES writes what it found into the mail's head, above all that its sender wrote there::

    Received: from … by inbound-smtp.… with SMTP id <message id> for <recipient>; <moment>
    X-SES-Spam-Verdict: PASS
    X-SES-Virus-Verdict: PASS
    Authentication-Results: amazonses.com; spf=pass …; dkim=pass …; dmarc=pass …

Only the first of each name is believed. A check that it does not name counts as failed, as does one
with several results of which one is no pass.
"""

from __future__ import annotations

import re
from email import policy
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from handlers.intake.ses import CHECKS
from infra.errors import InfraError

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message

__all__ = ["NotFromSesError", "event_of", "received_at"]

_RESULT = re.compile(r"\b(spf|dkim|dmarc)=(\w+)")


class NotFromSesError(InfraError, ValueError):
    """The mail has no head as SES writes it. The message says what is missing."""


def event_of(raw: bytes, message_id: str, received: datetime) -> dict[str, Any]:
    """The event of the mail ``raw`` that came in at ``received``."""
    head = _head(raw)
    # As SES writes it, to the millisecond that has begun: no mail comes in from the future.
    stamp = f"{received:%Y-%m-%dT%H:%M:%S}.{received.microsecond // 1000:03}Z"
    verdicts = _verdicts(head)
    mail = {
        "timestamp": stamp,
        "source": str(head.get("Return-Path", "")).strip(" <>"),
        "messageId": message_id,
        "headersTruncated": False,
        "headers": [{"name": name, "value": str(value)} for name, value in head.items()],
        "commonHeaders": {"from": [str(value) for value in head.get_all("From") or ()]},
    }
    receipt = {
        "timestamp": stamp,
        "processingTimeMillis": 1,
        **{f"{check}Verdict": {"status": verdicts[check]} for check in CHECKS},
        "action": {"type": "Lambda", "invocationType": "Event"},
    }
    ses = {"mail": mail, "receipt": receipt}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": ses}]}


def received_at(raw: bytes) -> datetime:
    """When SES took the mail, to the second, in UTC. Raises ``NotFromSesError``."""
    _, _, moment = str(_head(raw).get("Received", "")).rpartition(";")
    try:
        return parsedate_to_datetime(moment.strip())
    except ValueError as error:
        message = "Its head does not say when SES received it: there is no first line Received."
        raise NotFromSesError(message) from error


def _head(raw: bytes) -> Message:
    return BytesHeaderParser(policy=policy.compat32).parsebytes(raw)


def _verdicts(head: Message) -> dict[str, str]:
    found = {check: set[str]() for check in CHECKS}
    for check in ("spam", "virus"):
        if verdict := str(head.get(f"X-SES-{check.title()}-Verdict", "")):
            found[check].add(verdict)
    results = str(head.get("Authentication-Results", ""))
    if results.startswith("amazonses.com;"):
        for check, result in _RESULT.findall(results):
            found[check].add(result.upper())
    return {check: said.pop() if len(said) == 1 else "FAIL" for check, said in found.items()}
