"""Dead letters: what a function was asked to do and failed at, looked at and given to it again.

That does no harm when it is done twice: each function does its work once. Of a letter an operator
sees which function it was for, when it failed and with what kind of error. What is in it may tell
of a child, and so may an error's own words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from domain.moments import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_lambda.client import LambdaClient
    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

__all__ = ["DeadLetter", "dead_letters", "redrive"]

#: Seconds for which a dead letter that is just being given again is nobody else's.
_HELD = 60
#: Seconds for which one that was only looked at is.
_LOOKED_AT = 5
#: What stands in the place of a function where a call was none of a function.
_NO_FUNCTION = "no function"


@dataclass(frozen=True)
class DeadLetter:
    """What an operator sees of one. ``error`` is the name of its kind, ``why`` AWS's own word."""

    id: str
    function: str
    sent: str
    why: str
    error: str

    @property
    def is_a_call(self) -> bool:
        """Whether it was for a function, which can be called again."""
        return self.function != _NO_FUNCTION

    def line(self) -> str:
        """It in one line."""
        of = ", ".join(part for part in (self.why, self.error) if part)
        return f"{self.id}: for {self.function}, {self.sent}{f' ({of})' if of else ''}"


def dead_letters(sqs: SQSClient, queue: str) -> list[DeadLetter]:
    """Every dead letter of the queue at this address, once.

    For five seconds nobody else receives them. Raises botocore's errors.
    """
    seen: dict[str, DeadLetter] = {}
    for message in _messages(sqs, queue, _LOOKED_AT):
        if message["MessageId"] in seen:
            break  # the first are back: all have been seen
        seen[message["MessageId"]] = _read(message)
    return list(seen.values())


def redrive(sqs: SQSClient, lambda_: LambdaClient, queue: str) -> Iterator[DeadLetter]:
    """Give each dead letter of the queue at this address to its function again.

    It leaves the queue once Lambda has taken it; if the function fails again, it comes back. What
    was for no function stays. Yields each; raises botocore's errors.
    """
    for message in _messages(sqs, queue, _HELD):
        function, event = _call_of(message)
        if function:
            lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))
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
    function, _ = _call_of(message)
    context, attributes = body.get("requestContext", {}), message.get("MessageAttributes", {})
    failed = body.get("responsePayload") or {}
    sent = message.get("Attributes", {}).get("SentTimestamp")
    return DeadLetter(
        id=message["MessageId"],
        function=function.rpartition(":")[2] or _NO_FUNCTION,
        sent=utc_text(datetime.fromtimestamp(int(sent) / 1000, UTC)) if sent else "",
        why=str(context.get("condition") or _said(attributes, "ERROR_CODE")),
        error=str(failed.get("errorType", "")) if isinstance(failed, dict) else "",
    )


def _call_of(message: MessageTypeDef) -> tuple[str, Any]:
    """Which function is to be called with what; no function where none was called.

    Lambda writes both into what it leaves when a function has failed; what EventBridge could not
    give to a function at all is the event, with the function beside it.
    """
    body = json.loads(message["Body"])
    if "requestContext" in body:
        arn: str = body["requestContext"]["functionArn"]
        return arn.removesuffix(":$LATEST"), body["requestPayload"]
    target = _said(message.get("MessageAttributes", {}), "TARGET_ARN")
    return (target if ":function:" in target else ""), body


def _said(attributes: Any, name: str) -> str:  # noqa: ANN401 - boto3's own
    return str(attributes.get(name, {}).get("StringValue", ""))
