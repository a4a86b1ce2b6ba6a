"""Counts what a challenge costs on AWS: state transitions, Lambda calls, DynamoDB units, mails.

DynamoDB's units are computed from the sizes of what was read and written, as AWS bills them:
4 KB a read (half for an index), 1 KB a write, twice that in a transaction, and one more write for
each index that holds the item (two where its key moves).
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

import botocore.client

from infra.shape import INDEXES

if TYPE_CHECKING:
    from collections.abc import Iterator

_READ_BYTES = 4096
_WRITE_BYTES = 1024


class Meter:
    """What was used since it was switched on."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.reads = 0.0
        self.writes = 0.0

    def note(self, operation: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """One call of AWS."""
        self.calls[operation] += 1
        if operation in ("Query", "GetItem"):
            items = answer.get("Items", [answer.get("Item", {})])
            units = max(1, ceil(sum(map(_size, items)) / _READ_BYTES))
            self.reads += units if request.get("ConsistentRead") else units / 2
        elif operation == "PutItem":
            self.writes += _write(request["Item"])
        elif operation == "UpdateItem":
            self.writes += _write({**request["Key"], **request["ExpressionAttributeValues"]})
            # HEAD alone is in indexes: its wake_at moves in one, the others see it rewritten.
            self.writes += 4 if request["Key"]["SK"] == "HEAD" else 0
        elif operation == "TransactWriteItems":
            for entry in request["TransactItems"]:
                for write in entry.values():
                    item = write.get("Item", write.get("Key", {}))
                    self.writes += 2 * ceil(max(1, _size(item)) / _WRITE_BYTES) + _indexed(item)


def _size(item: dict[str, Any]) -> int:
    return len(json.dumps(item, default=str))


def _indexed(item: dict[str, Any]) -> int:
    return sum(1 for i in INDEXES if i.partition_key in item and i.sort_key in item)


def _write(item: dict[str, Any]) -> int:
    return ceil(max(1, _size(item)) / _WRITE_BYTES) + _indexed(item)


@contextmanager
def metered() -> Iterator[Meter]:
    """Meter every call that anything in this process makes of AWS."""
    meter = Meter()
    client: Any = botocore.client.BaseClient
    original = client._make_api_call

    def noted(self: Any, operation: str, request: dict[str, Any]) -> Any:  # noqa: ANN401
        answer = original(self, operation, request)
        meter.note(operation, request, answer)
        return answer

    client._make_api_call = noted
    try:
        yield meter
    finally:
        client._make_api_call = original
