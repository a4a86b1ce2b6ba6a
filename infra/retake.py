"""Read an email that failed for good from S3, and give it to the intake again.

Doing this twice is harmless: an email with a saved draft stays one form with its draft, wherever it
is raised. It reads emails, and so what they say about a child, which is why the function
``operate`` cannot do it. That one can resend dead letters (``adapters.operating.dead_letters``).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3

from adapters.mailroom import KEYS, taken_on
from adapters.settings import environment
from domain.moments import local_day, parse_moment
from infra.errors import InfraError
from infra.mail_event import event_of, received_at

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.record import Record

__all__ = ["FailedAgainError", "retake"]


class FailedAgainError(InfraError):
    """The function failed again. The message names its error; its log has the rest."""


def retake(record: Record, message_id: str) -> str:
    """Process the email with this id again, from S3. Return what happened to it.

    Raise ``FailedAgainError``, ``NotFromSesError``, or botocore's ``ClientError`` if there is no
    such email.
    """
    kept = boto3.client("s3").get_object(
        Bucket=environment("MAIL_BUCKET"), Key=f"{KEYS}{message_id}"
    )
    raw = kept["Body"].read()
    event = event_of(raw, message_id, _noted(record, message_id, received_at(raw)))
    answer = boto3.client("lambda").invoke(
        FunctionName=environment("INTAKE_FUNCTION"), Payload=json.dumps(event)
    )
    said = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        message = f"The intake failed again, with {said['errorType']}. Its log says why."
        raise FailedAgainError(message)
    (mail,) = said["mails"]
    return str(mail["became"])


def _noted(record: Record, message_id: str, received: datetime) -> datetime:
    """Return when the email was noted, if it was, so that it is noted there again.

    SES writes only the second of its arrival into the email.
    """
    for moment in (received, received + timedelta(seconds=1)):
        for one in record.beside.all_kept(taken_on(local_day(moment))):
            if one["message_id"] == message_id:
                return parse_moment(str(one["SK"]).partition("#")[0])
    return received
