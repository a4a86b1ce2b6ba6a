"""Access to the record's table: how items are keyed, read in pages, and written safely.

A write whose condition fails is refused. One that DynamoDB is too busy for is tried again. Only the
modules of this package use it.
"""

from __future__ import annotations

from random import uniform
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.errors import DamagedHeadError, MovedOnError, TooMuchAtOnceError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from types_boto3_dynamodb.service_resource import Table

__all__ = [
    "AT_VERSION",
    "ITEMS_AT_ONCE",
    "NEW",
    "RecordTable",
    "challenge_key",
    "condition_failed",
    "event_key",
    "put",
    "reference_of",
    "require",
]

#: The most items that DynamoDB writes in one transaction. Beside the events these are HEAD, their
#: kinds, the trays that change, and a link that is used or the ``IdempotencyRecord`` of a new
#: challenge.
ITEMS_AT_ONCE = 100

#: How often a write is tried while DynamoDB is too busy.
_ATTEMPTS = 5

#: The shortest and the longest pause after the first try, in seconds; later pauses are longer.
_PAUSES = (0.01, 0.05)

#: The condition that there is no such item yet.
NEW = "attribute_not_exists(PK)"

#: The condition that HEAD still has the version and the leg that were read.
AT_VERSION = "#version = :version AND #leg = :leg"


class RecordTable:
    """The table, which is made when first used."""

    def __init__(self, table: Callable[[], Table], pause: Callable[[float], object]) -> None:
        """Take functions that make the table, and that wait a number of seconds between tries."""
        self._make = table
        self._pause = pause
        self._made: Table | None = None

    @property
    def table(self) -> Table:
        """Return boto3's table."""
        if self._made is None:
            self._made = self._make()
        return self._made

    # Reading -------------------------------------------------------------------------------

    def get(self, partition: str, sort: str) -> dict[str, Any] | None:
        """Return the item with these keys, strongly consistent; ``None`` if there is none."""
        answer = self.table.get_item(Key={"PK": partition, "SK": sort}, ConsistentRead=True)
        return answer.get("Item")

    def items(self, reference: str, first: str, last: str) -> Iterator[dict[str, Any]]:
        """Yield a challenge's items from sort key ``first`` to ``last``, both included."""
        from boto3.dynamodb.conditions import Key

        return self.pages(Key("PK").eq(challenge_key(reference)) & Key("SK").between(first, last))

    def last_items(
        self, reference: str, first: str, last: str, at_most: int
    ) -> list[dict[str, Any]]:
        """Return a challenge's items from sort key ``last`` back to ``first``, both included.

        Only the first ``at_most`` are read.
        """
        from boto3.dynamodb.conditions import Key

        answer = self.table.query(
            KeyConditionExpression=Key("PK").eq(challenge_key(reference))
            & Key("SK").between(first, last),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=at_most,
        )
        return answer["Items"]

    def pages(self, condition: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - boto3's own
        """Yield all items that match the ``condition`` on the table's keys, strongly consistent."""
        start: dict[str, Any] = {}
        while True:
            answer = self.table.query(
                KeyConditionExpression=condition, ConsistentRead=True, **start
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def index(
        self,
        name: str,
        condition: Any,  # noqa: ANN401 - boto3's own
        *,
        newest_first: bool = False,
        at_most: int | None = None,
        after: Mapping[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield all items that the index ``name`` finds, or only read the first ``at_most``.

        ``after`` is the key of the item after which to begin. The index may lag behind the table.
        """
        start = {"ExclusiveStartKey": dict(after)} if after else {}
        for answer in self._answers(name, condition, at_most, newest_first, start):
            yield from answer["Items"]

    def first_of_index(
        self,
        name: str,
        condition: Any,  # noqa: ANN401 - boto3's own
        at_most: int,
        *,
        only: Any,  # noqa: ANN401 - boto3's own
        newest_first: bool = False,
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return those of the first ``at_most`` items that meet ``only``, and if there are more.

        ``only`` is a condition on other attributes; ``None``: all meet it. DynamoDB also reads
        those that do not, without returning them.
        """
        options = {} if only is None else {"FilterExpression": only}
        found: list[dict[str, Any]] = []
        read = 0
        for answer in self._answers(name, condition, at_most + 1, newest_first, options):
            found += answer["Items"]
            read += answer["ScannedCount"]
        return found[:at_most], read > at_most

    def _answers(
        self,
        name: str,
        condition: Any,  # noqa: ANN401 - boto3's own
        at_most: int | None,
        newest_first: bool,  # noqa: FBT001 - private
        options: dict[str, Any],
    ) -> Iterator[dict[str, Any]]:
        """Yield the answers to a query of an index, until ``at_most`` items were read."""
        left = at_most
        while True:
            limit: dict[str, Any] = {"Limit": left} if left else {}
            answer: Any = self.table.query(
                IndexName=name,
                KeyConditionExpression=condition,
                ScanIndexForward=not newest_first,
                **options,
                **limit,
            )
            yield answer
            # A page ends after a megabyte, even if it may have more items than it found.
            left = left - answer["ScannedCount"] if left else None
            if left == 0 or "LastEvaluatedKey" not in answer:
                return
            options = {**options, "ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def page_of_index(
        self, name: str, names: Iterable[str], after: Mapping[str, str], at_most: int
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Return the attributes ``names`` of ``at_most`` items of an index, across its partitions.

        ``after`` is the key where the previous page ended, empty for the first. The second value
        is the key where this page ended, empty once there are no more.
        """
        called = {f"#{name}": name for name in names}
        start: dict[str, Any] = {"ExclusiveStartKey": after} if after else {}
        answer: Any = self.table.scan(
            IndexName=name,
            Limit=at_most,
            Select="SPECIFIC_ATTRIBUTES",
            ProjectionExpression=", ".join(called),
            ExpressionAttributeNames=called,
            **start,
        )
        return answer["Items"], answer.get("LastEvaluatedKey", {})

    # Writing -------------------------------------------------------------------------------

    def write(self, reference: str, items: list[dict[str, Any]]) -> None:
        """Write all of ``items`` in one transaction, or nothing.

        Raise ``MovedOnError`` if a condition fails, ``TooMuchAtOnceError`` above DynamoDB's limit,
        and ``TryAgainError`` if DynamoDB stays too busy.
        """
        if len(items) > ITEMS_AT_ONCE:
            raise TooMuchAtOnceError(reference)
        client = self.table.meta.client
        named: Any = [
            {kind: {**request, "TableName": self.table.name}} for kind, request in _each(items)
        ]
        self._guarded(lambda: client.transact_write_items(TransactItems=named))

    def update(self, update: Any) -> None:  # noqa: ANN401 - as update_item takes it
        """Change one item. Raise ``MovedOnError`` if its condition fails."""
        self._guarded(lambda: self.table.update_item(**update))

    def change(self, partition: str, sort: str, changes: dict[str, str]) -> None:
        """Set these attributes of one item, without a condition."""
        self.table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in changes),
            ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
        )

    def _guarded(self, write: Callable[[], object]) -> None:
        """Call ``write``; try again after a transaction conflict, but not after a failed condition.

        The pause before each new try is random, so that two writers do not collide again.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                write()
            except ClientError as error:
                if condition_failed(error):
                    message = (
                        "The record changed while this was being decided. Read it and decide again."
                    )
                    raise MovedOnError(message) from error
                if not _passing(error):
                    raise
                if attempt == _ATTEMPTS:
                    message = "The record is very busy just now. Nothing was lost: try again."
                    raise TryAgainError(message) from error
                self._pause(attempt * uniform(*_PAUSES))  # noqa: S311 - it need not be secret
            else:
                return


def challenge_key(reference: str) -> str:
    """Return the partition key of a challenge."""
    return f"CHALLENGE#{reference}"


def event_key(number: int) -> str:
    """Return the sort key of a challenge's event."""
    return f"EVENT#{number:06d}"


def reference_of(item: Mapping[str, Any]) -> str:
    """Return the reference of an item's challenge, from its key: other attributes may be lost."""
    return str(item["PK"]).removeprefix("CHALLENGE#")


def require(item: Mapping[str, Any], *names: str) -> None:
    """Raise ``DamagedHeadError`` if the item lacks any of ``names``."""
    missing = [name for name in names if name not in item]
    if missing:
        raise DamagedHeadError(reference_of(item), str(item["SK"]), missing)


def put(
    item: dict[str, Any], condition: str, values: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the request of a transaction that writes one item on ``condition``."""
    request: dict[str, Any] = {"Item": item, "ConditionExpression": condition}
    if values:
        request["ExpressionAttributeValues"] = values
        request["ExpressionAttributeNames"] = {"#version": "version", "#leg": "leg"}
    return {"Put": request}


def _each(items: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in items:
        yield from item.items()


def condition_failed(error: ClientError) -> bool:
    """Whether a write was refused because its condition does not hold."""
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return True
    reasons = error.response.get("CancellationReasons", [])
    return code == "TransactionCanceledException" and any(
        reason.get("Code") == "ConditionalCheckFailed" for reason in reasons
    )


_PASSING = {
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
}


def _passing(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _PASSING
