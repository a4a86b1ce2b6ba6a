"""Copy what the service's own table has lost or changed back from a restored table.

AWS restores a table under another name. Its items are copied into the service's own table one by
one: what was recorded since the backup stays, and what was lost or changed comes back. Each copied
item is listed, and nothing is written unless you ask for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters import clock
from adapters.record.beside import DELETE_AFTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_dynamodb.service_resource import Table

    from adapters.record import Record
    from domain.council import Council

__all__ = ["give_back"]

_CHALLENGE = "CHALLENGE#"


def give_back(
    restored: Table, own: Table, record: Record, council: Council, *, write: bool
) -> Iterator[str]:
    """Copy items back from ``restored``; yield a line for each (without ``write``, only list them).

    An event is copied back if it is missing or differs, because events never change. Anything else
    does change over time, and is copied back only if it is missing. A draft or form that has ended
    is not copied: DynamoDB has deleted it, or will. HEAD is rebuilt from the events
    of each challenge that got something back, and is copied as it is for ``council``. Raise
    botocore's ``ClientError``.
    """
    touched: dict[str, None] = {}
    for item in _items(restored):
        key = {"PK": item["PK"], "SK": item["SK"]}
        there = own.get_item(Key=key, ConsistentRead=True).get("Item")
        is_event = str(item["SK"]).startswith("EVENT#")
        if there is not None and (there == item or not is_event):
            continue
        if DELETE_AFTER in item and item[DELETE_AFTER] <= clock.wall().timestamp():
            continue
        yield f"{item['PK']} {item['SK']}: {'missing' if there is None else 'differs'}"
        if str(item["PK"]).startswith(_CHALLENGE):
            touched[str(item["PK"]).removeprefix(_CHALLENGE)] = None
        if write:
            own.put_item(Item=item)
    if write:
        for reference in touched:
            record.legs.rebuild_head(reference, clock.now(), council)


def _items(table: Table) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        answer = table.scan(**start)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
