"""Rebuild the event SES sends the intake function about an email from the copy kept in S3.

SES writes its results into the email's headers, above everything the sender wrote::

    Received: from … by inbound-smtp.… with SMTP id <message id> for <recipient>; <moment>
    X-SES-Spam-Verdict: PASS
    X-SES-Virus-Verdict: PASS
    Authentication-Results: amazonses.com; spf=pass …; dkim=pass …; dmarc=pass …

Only the first header of each name is trusted. A check counts as failed if it is missing, or if any
of several results is not a pass.
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
    """SES's headers are missing from the email. The message says which."""


def event_of(raw: bytes, message_id: str, received: datetime) -> dict[str, Any]:
    """Return the event for the email ``raw``, which arrived at ``received``."""
    head = _head(raw)
    # SES writes milliseconds. Rounded down, so that no email arrives in the future.
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
    """Return when SES received the email, to the second, in UTC. Raise ``NotFromSesError``."""
    _, _, moment = str(_head(raw).get("Received", "")).rpartition(";")
    try:
        return parsedate_to_datetime(moment.strip())
    except ValueError as error:
        message = (
            "The email's headers do not say when SES received it: the first Received line is "
            "missing."
        )
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
