"""Count what is used of AWS: calls of functions, DynamoDB's units, and all other calls.

DynamoDB's units (``tests.performance.units``) are computed from what went over the wire, and from
the items in the table before and after each write. The meter refuses what it cannot count
correctly, so nothing is used without being counted.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from adapters import clock, metrics
from infra.blueprint import INDEXES, PARTITION_KEY, SORT_KEY
from infra.local.emulator import REGION
from infra.local.lambda_seam import Functions
from infra.local.rebinding import rebind
from tests.performance.units import index_writes, read_units, size, write_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.metrics import Metric
    from tests.performance.units import Item

    Request = Mapping[str, Any]
    Key = tuple[str, str]

__all__ = ["Meter", "UncountedError", "metered"]

#: Requests about the table itself, which are free.
_FREE = {"CreateTable", "DescribeTable", "ListTables", "DescribeTimeToLive"}

#: Requests that answer less than they read, and are charged for the reading.
_NARROWED = {"FilterExpression", "ProjectionExpression", "AttributesToGet", "QueryFilter", "Select"}


class UncountedError(Exception):
    """Something was used that the meter cannot count. Teach it."""


class Meter:
    """What was used since it was switched on.

    ``calls`` of AWS by operation; ``functions`` by name, and the bytes that each ``answered``;
    ``reads`` (with those of lists, which ``listed`` also counts), ``writes`` and ``index_writes``
    in DynamoDB's units. ``recorded``: calls that touch items or objects, each of which the trail
    records. ``metric_hours``: metric, part and hour, of metrics that are written only when
    something happens.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.reads = 0.0
        self.listed = 0.0
        self.writes = 0
        self.index_writes = 0
        self.recorded = 0
        self.metric_hours: set[tuple[str, str, str]] = set()

    def read(self, operation: str, request: Request, answer: Request) -> None:
        """Count one call of DynamoDB that reads."""
        narrowed = _NARROWED & set(request)
        # A scan for some attributes alone still costs the whole items. (What a filtered query read
        # is given here whole.)
        whole = operation == "Scan" and not {"FilterExpression"} & narrowed
        if narrowed and not whole:
            message = f"{operation} with {', '.join(sorted(narrowed))}"
            raise UncountedError(message)
        consistent = bool(request.get("ConsistentRead"))
        items = answer.get("Items", [answer.get("Item")])
        if whole:
            names = (PARTITION_KEY, SORT_KEY)
            items = [_lying(request["TableName"], {k: one[k] for k in names}) for one in items]
        units = read_units(sum(map(size, items)), consistent=consistent)
        self.reads += units
        self.listed += units if "IndexName" in request else 0

    def write(self, before: Item | None, after: Item | None, *, transactional: bool) -> None:
        """Count one item's write, or a check of it."""
        self.writes += write_units(before, after, transactional=transactional)
        self.index_writes += index_writes(before, after, INDEXES)


def _written(operation: str, request: Request) -> list[tuple[str, Item]]:
    """Return the table and the key of each item that a request writes or checks."""
    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            found = [(request["TableName"], request.get("Key") or request["Item"])]
        case "TransactWriteItems":
            parts = [part for entry in request["TransactItems"] for part in entry.values()]
            found = [(part["TableName"], part.get("Key") or part["Item"]) for part in parts]
        case "BatchWriteItem":
            found = [
                (table, part.get("Key") or part["Item"])
                for table, entries in request["RequestItems"].items()
                for entry in entries
                for part in entry.values()
            ]
        case _:
            raise UncountedError(operation)
    return [(table, {k: item[k] for k in (PARTITION_KEY, SORT_KEY)}) for table, item in found]


def _lying(table: str, key: Item) -> Item | None:
    """Return the item in the emulator's table."""
    found = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_item(table, dict(key))
    return dict(found.to_json()["Attributes"]) if found else None


#: Set in a thread while it runs a function.
_here = threading.local()


@contextmanager
def metered(*, by_functions_alone: bool = False) -> Iterator[Meter]:
    """Meter every call that anything in this process makes of AWS, or of a function.

    ``by_functions_alone``: count only the AWS calls of functions, not those of a test itself.
    """
    meter = Meter()
    with ExitStack() as until:
        _meter_aws(meter, until, by_functions_alone=by_functions_alone)
        _meter_functions(meter, until)
        _meter_metrics(meter, until)
        yield meter


def _meter_aws(meter: Meter, until: ExitStack, *, by_functions_alone: bool) -> None:
    client: Any = BaseClient
    send = client._make_request

    def counted(self: Any, model: Any, sent: dict[str, Any], context: Any) -> Any:  # noqa: ANN401
        if by_functions_alone and not getattr(_here, "running", False):
            return send(self, model, sent, context)
        meter.calls[model.name] += 1
        meter.recorded += _is_recorded(model)
        if model.service_model.service_name != "dynamodb" or model.name in _FREE:
            return send(self, model, sent, context)
        request = json.loads(sent["body"])
        if model.name in ("GetItem", "Query", "Scan"):
            http, answer = send(self, model, sent, context)
            if model.name == "Query" and "FilterExpression" in request:
                whole = _unfiltered(request)
                _, everything = send(self, model, {**sent, "body": json.dumps(whole)}, context)
                meter.read(model.name, whole, everything)
            else:
                meter.read(model.name, request, answer)
            return http, answer
        keys = _written(model.name, request)
        before = [_lying(*key) for key in keys]
        answered = send(self, model, sent, context)
        for key, item in zip(keys, before, strict=True):
            meter.write(item, _lying(*key), transactional=model.name == "TransactWriteItems")
        return answered

    rebind(until, BaseClient, "_make_request", counted)


def _unfiltered(request: Request) -> dict[str, Any]:
    """Return a query without its filter, which reads just as much."""
    condition = request["KeyConditionExpression"]
    left = {name: value for name, value in request.items() if name != "FilterExpression"}
    for names in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        left[names] = {
            name: value
            for name, value in request[names].items()
            if re.search(rf"{re.escape(name)}\b", condition)
        }
    return left


def _is_recorded(model: Any) -> bool:  # noqa: ANN401 - botocore's own
    """Whether the trail records such a call: those on the table's items, and on objects."""
    service = model.service_model.service_name
    return (service == "dynamodb" and model.name not in _FREE) or (
        service == "s3" and "Object" in model.name
    )


def _meter_metrics(meter: Meter, until: ExitStack) -> None:
    write = metrics._write_down

    def counted(metric: Metric, value: float, of: str) -> None:
        if not metric.always:
            meter.metric_hours.add((metric.name, of, f"{clock.wall():%Y-%m-%d %H}"))
        write(metric, value, of)

    rebind(until, metrics, "_write_down", counted)


def _meter_functions(meter: Meter, until: ExitStack) -> None:
    call = Functions.call

    def counted(self: Functions, name: str, event: str) -> tuple[str, bool]:
        meter.functions[name] += 1
        outer, _here.running = getattr(_here, "running", False), True
        try:
            answer, failed = call(self, name, event)
        finally:
            _here.running = outer
        meter.answered[name] += len(answer.encode())
        return answer, failed

    rebind(until, Functions, "call", counted)
