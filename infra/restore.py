"""What a restored table still has and the service's own lacks or holds otherwise, given back.

AWS restores a table under another name. Its items go into the service's own table one by one: what
was recorded since the backup stays, and what was lost or changed comes back. Each item that is
given back is named, and nothing is written unless that is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters import clock

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
    """Give back what ``restored`` has; a line for each item that is (or, without ``write``, would).

    An event is given back where it is missing or another stands in its place: events never change.
    All else lives on, and is given back only where it is missing. HEAD is made anew from the
    events of each challenge that got something back, and the ``council`` as it is.
    Raises botocore's ``ClientError``.
    """
    touched: dict[str, None] = {}
    for item in _items(restored):
        key = {"PK": item["PK"], "SK": item["SK"]}
        there = own.get_item(Key=key, ConsistentRead=True).get("Item")
        is_event = str(item["SK"]).startswith("EVENT#")
        if there is not None and (there == item or not is_event):
            continue
        yield f"{item['PK']} {item['SK']}: {'missing' if there is None else 'not what it was'}"
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
