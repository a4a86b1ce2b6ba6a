"""What failed for good, given to its function again: mails that came in, and dead letters.

Both do no harm when they are done twice: each function does its work once for a mail, or a letter.
A mail of which a draft was kept is one form with its draft, wherever it is raised from.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3

from adapters.mailroom import KEYS, taken_on
from adapters.settings import environment
from domain.moments import local_day, parse_moment
from infra.mail_event import event_of, received_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from types_boto3_sqs.type_defs import MessageTypeDef

    from adapters.record import Record

__all__ = ["FailedAgainError", "dead_letters", "redrive", "retake"]

#: Seconds for which a dead letter that is just being given again is nobody else's.
_HELD = 60


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
        for one in record.all_kept(taken_on(local_day(moment))):
            if one["message_id"] == message_id:
                return parse_moment(str(one["SK"]).partition("#")[0])
    return received


def redrive(queue: str) -> Iterator[str]:
    """Give each dead letter of the queue with this address again to whom it was for.

    That is a function, or the topic of the alarms. It leaves the queue once AWS has taken it; if
    the function fails again, it comes back. Yields a line for each. Raises botocore's
    ``ClientError``.
    """
    sqs = boto3.client("sqs")
    for message in dead_letters(queue):
        target, event = _call_of(message)
        _give(target, json.dumps(event))
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        yield f"{message['MessageId']}: given to {target} again."


def _give(target: str, event: str) -> None:
    if target.startswith("arn:aws:sns:"):
        boto3.client("sns").publish(TopicArn=target, Message=event)
        return
    boto3.client("lambda").invoke(FunctionName=target, InvocationType="Event", Payload=event)


def dead_letters(queue: str) -> Iterator[MessageTypeDef]:
    """Each message that the queue holds, once."""
    sqs = boto3.client("sqs")
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_HELD,
            MessageAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def _call_of(message: MessageTypeDef) -> tuple[str, Any]:
    """Which function or topic is to be given what.

    Lambda writes both into what it leaves when a function has failed; what EventBridge could not
    give to anybody at all is the event, with whom it was for beside it.
    """
    body = json.loads(message["Body"])
    if "requestContext" in body:
        arn: str = body["requestContext"]["functionArn"]
        return arn.removesuffix(":$LATEST"), body["requestPayload"]
    return message["MessageAttributes"]["TARGET_ARN"]["StringValue"], body
