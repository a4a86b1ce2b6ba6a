"""Dead letters: what a function failed at, or a topic did not get. They can be seen and retried.

Retrying twice does no harm: each function does its work once, and an alarm may ring twice. An
operator sees the target of a dead letter, when it failed and with what kind of error. Its content
may be about a child, and so may an error's own words, so these stay hidden.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from domain.moments import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_lambda.client import LambdaClient
    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

__all__ = ["DeadLetter", "dead_letters", "redrive"]

#: Seconds for which a dead letter that is being retried is hidden from others.
_HELD = 60
#: Seconds for which one that was only listed is hidden.
_LOOKED_AT = 5
#: The name shown if there was no target.
_NOBODY = "nobody known"


@dataclass(frozen=True)
class DeadLetter:
    """What an operator sees of one.

    ``target`` is the name of its function or topic, ``error`` the name of the error's class,
    ``why`` AWS's own word.
    """

    id: str
    target: str
    sent: str
    why: str
    error: str

    @property
    def is_for_somebody(self) -> bool:
        """Whether it has a target, a function or a topic, so that it can be retried."""
        return self.target != _NOBODY

    def line(self) -> str:
        """Return it in one line."""
        of = ", ".join(part for part in (self.why, self.error) if part)
        return f"{self.id}: for {self.target}, {self.sent}{f' ({of})' if of else ''}"


def dead_letters(sqs: SQSClient, queue: str) -> list[DeadLetter]:
    """Return every dead letter of the queue at this address, once.

    For five seconds nobody else receives them. Raise botocore's errors.
    """
    seen: dict[str, DeadLetter] = {}
    for message in _messages(sqs, queue, _LOOKED_AT):
        if message["MessageId"] in seen:
            break  # the first one is back, so all have been seen
        seen[message["MessageId"]] = _read(message)
    return list(seen.values())


def redrive(
    sqs: SQSClient, lambda_: LambdaClient, tell: Callable[[str, str], object], queue: str
) -> Iterator[DeadLetter]:
    """Give each dead letter of the queue at this address to its target again, and yield it.

    The target is a function, or the topic of the alarms: ``tell`` publishes to a topic by its ARN.
    A dead letter leaves the queue once AWS has taken it; if the function fails again, it comes
    back. One without a target stays. Raise botocore's errors.
    """
    for message in _messages(sqs, queue, _HELD):
        target, event = _call_of(message)
        if _is_topic(target):
            tell(target, json.dumps(event))
        elif target:
            lambda_.invoke(FunctionName=target, InvocationType="Event", Payload=json.dumps(event))
        if target:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        yield _read(message)


def _messages(sqs: SQSClient, queue: str, held: int) -> Iterator[MessageTypeDef]:
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=held,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def _read(message: MessageTypeDef) -> DeadLetter:
    body = json.loads(message["Body"])
    target, _ = _call_of(message)
    context, attributes = body.get("requestContext", {}), message.get("MessageAttributes", {})
    failed = body.get("responsePayload") or {}
    sent = message.get("Attributes", {}).get("SentTimestamp")
    return DeadLetter(
        id=message["MessageId"],
        target=target.rpartition(":")[2] or _NOBODY,
        sent=utc_text(datetime.fromtimestamp(int(sent) / 1000, UTC)) if sent else "",
        why=str(context.get("condition") or _said(attributes, "ERROR_CODE")),
        error=str(failed.get("errorType", "")) if isinstance(failed, dict) else "",
    )


def _call_of(message: MessageTypeDef) -> tuple[str, Any]:
    """Return the target's ARN and what to give to it; the ARN is empty if there is none.

    Lambda writes both into a message about a failed function. What EventBridge could not deliver is
    the event itself, with the target in the attributes.
    """
    body = json.loads(message["Body"])
    if "requestContext" in body:
        arn: str = body["requestContext"]["functionArn"]
        return arn.removesuffix(":$LATEST"), body["requestPayload"]
    target = _said(message.get("MessageAttributes", {}), "TARGET_ARN")
    return (target if ":function:" in target or _is_topic(target) else ""), body


def _is_topic(arn: str) -> bool:
    return arn.startswith("arn:aws:sns:")


def _said(attributes: Any, name: str) -> str:  # noqa: ANN401 - boto3's own
    return str(attributes.get(name, {}).get("StringValue", ""))
