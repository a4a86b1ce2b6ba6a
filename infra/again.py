"""A mail that failed for good, read from S3 and given to the intake again.

That does no harm when it is done twice: a mail of which a draft was kept is one form with its
draft, wherever it is raised from. Whoever does it may read mails, and so what they say of a child:
it is none of the function ``operate``. Dead letters are (``adapters.operating.again``).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3

from adapters.mailroom import KEYS, taken_on
from adapters.settings import environment
from domain.moments import local_day, parse_moment
from infra.mail_event import event_of, received_at

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.record import Record

__all__ = ["FailedAgainError", "retake"]


class FailedAgainError(RuntimeError):
    """The function failed again. The message names its error; its log has the rest."""


def retake(record: Record, message_id: str) -> str:
    """Take the mail with this id once more, from S3; answers what became of it.

    Raises ``FailedAgainError``, ``NotFromSesError``, and botocore's ``ClientError`` where there is
    no such mail.
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
    """The moment under which the mail was noted, if it was, so that it is noted there again.

    SES writes into the mail only the second in which it came.
    """
    for moment in (received, received + timedelta(seconds=1)):
        for one in record.beside.all_kept(taken_on(local_day(moment))):
            if one["message_id"] == message_id:
                return parse_moment(str(one["SK"]).partition("#")[0])
    return received
