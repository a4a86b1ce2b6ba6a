"""DynamoDB's units, checked with sums done by hand from the examples of AWS's documentation."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.blueprint import Index
from infra.local.emulator import TABLE
from tests.performance.meter import Meter, UncountedError, metered
from tests.performance.units import index_writes, read_units, size, write_units
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.performance.units import Item

KB = 1024

BY_WAKE = Index("by_wake", "open", "wake_at")
BY_CHILD = Index("by_child", "child", "raised_at")
BOTH = (BY_WAKE, BY_CHILD)


def _item(bytes_: int, **keys: str) -> Item:
    """Return an item of ``bytes_`` bytes, with these attributes among them."""
    item = {name: {"S": value} for name, value in {"PK": "P", "SK": "S", **keys}.items()}
    return {**item, "x": {"S": "x" * (bytes_ - size(item) - 1)}}


# Sizes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ({"S": "abc"}, 3),
        ({"S": "é"}, 2),
        ({"S": ""}, 0),
        ({"N": "7"}, 2),  # one digit, half a pair: 1, and 1
        ({"N": "27"}, 2),
        ({"N": "123"}, 3),
        ({"N": "-27"}, 3),
        ({"N": "2700"}, 2),  # zeros at the end are trimmed
        ({"N": "0.0027"}, 2),  # and at the beginning
        ({"N": "0"}, 1),
        ({"B": "AAEC"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["27", "7"]}, 4),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"S": "c"}]}, 3 + (1 + 2) + (1 + 1)),
        ({"M": {"name": {"S": "ab"}}}, 3 + (1 + 4 + 2)),
    ],
)
def test_a_value_takes_as_many_bytes_as_the_documentation_says(
    value: dict[str, Any], bytes_: int
) -> None:
    assert size({"a": value}) == 1 + bytes_


def test_an_item_is_its_names_and_values() -> None:
    assert size({"PK": {"S": "CHALLENGE"}, "version": {"N": "7"}}) == (2 + 9) + (7 + 2)
    assert size(None) == 0


# Reads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bytes_", "consistent", "eventual", "transactional"),
    [
        (0, 1, 0.5, 2),  # looking for what is not there costs too
        (3_500, 1, 0.5, 2),
        (4 * KB, 1, 0.5, 2),
        (4 * KB + 1, 2, 1, 4),
        (10 * KB, 3, 1.5, 6),
        (int(40.8 * KB), 11, 5.5, 22),  # ten items of a query
        (1_500 * 64, 24, 12, 48),  # 1,500 items of a query
    ],
)
def test_a_read_costs_a_unit_for_every_4_kb(
    bytes_: int, consistent: float, eventual: float, transactional: float
) -> None:
    assert read_units(bytes_, consistent=True) == consistent
    assert read_units(bytes_, consistent=False) == eventual
    assert read_units(bytes_, consistent=True, transactional=True) == transactional


# Writes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, _item(1 * KB), 1),
        (None, _item(1 * KB + 1), 2),
        (None, _item(3 * KB), 3),
        (_item(3 * KB), _item(500), 3),  # the larger of the two
        (_item(500), _item(3 * KB), 3),
        (_item(3 * KB), None, 3),  # a deletion
        (None, None, 1),  # a check that an item is not there
    ],
)
def test_a_write_costs_a_unit_for_every_kb_and_twice_that_in_a_transaction(
    before: Item | None, after: Item | None, units: int
) -> None:
    assert write_units(before, after) == units
    assert write_units(before, after, transactional=True) == 2 * units


OPEN = {"open": "OPEN", "wake_at": "1"}
CHILD = {"child": "C", "raised_at": "1"}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, _item(500), 0),  # it is in no index
        (None, _item(500, **OPEN), 1),
        (None, _item(1_500, **OPEN), 2),
        (None, _item(500, **OPEN, **CHILD), 2),  # one in each
        (_item(500, **OPEN), None, 1),
        (_item(500, **OPEN), _item(500), 1),  # it leaves the index
        (_item(500), _item(500, **OPEN), 1),  # it enters it
        (_item(500, **OPEN), _item(500, **{**OPEN, "wake_at": "2"}), 2),  # out, and in again
        (_item(1_500, **OPEN), _item(500, **{**OPEN, "wake_at": "2"}), 2 + 1),
        (_item(500, **OPEN), _item(501, **OPEN), 1),  # rewritten where it is
        (_item(1_500, **OPEN), _item(500, **OPEN), 2),
        (_item(500, **OPEN), _item(500, **OPEN), 0),  # nothing changed
        (
            _item(500, **OPEN, **CHILD),
            _item(500, **{**OPEN, "wake_at": "2"}, **CHILD),
            2 + 1,  # moved in one, rewritten in the other
        ),
    ],
)
def test_each_index_is_written_for_itself(
    before: Item | None, after: Item | None, units: int
) -> None:
    assert index_writes(before, after, BOTH) == units


# The meter ---------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Any]:
    """Return the emulator's table, with the shape of the real one."""
    with running(tmp_path):
        yield boto3.resource("dynamodb").Table(TABLE)


HEAD = {"PK": "CHALLENGE#1", "SK": "HEAD", "open": "OPEN", "wake_at": "2027-01-01", "version": 1}
KEY = {"PK": "CHALLENGE#1", "SK": "HEAD"}


def _wake_at(table: Any, moment: str, **condition: Any) -> None:  # noqa: ANN401
    values = {":moment": moment, **condition.pop("values", {})}
    table.update_item(
        Key=KEY,
        UpdateExpression="SET wake_at = :moment",
        ExpressionAttributeValues=values,
        **condition,
    )


def _use(table: Any, use: Callable[[Any], object]) -> Meter:  # noqa: ANN401
    with metered() as meter:
        use(table)
    return meter


def test_the_meter_counts_by_what_lay_in_the_table_before_and_after(table: Any) -> None:  # noqa: ANN401
    meter = _use(table, lambda table: table.put_item(Item={**HEAD, "text": "x" * 3 * KB}))
    assert (meter.writes, meter.index_writes) == (4, 4)
    meter = _use(table, lambda table: _wake_at(table, "2027-01-02"))
    assert (meter.writes, meter.index_writes) == (4, 4 + 4)
    meter = _use(table, lambda table: _wake_at(table, "2027-01-02"))
    assert (meter.writes, meter.index_writes) == (4, 0)
    meter = _use(table, lambda table: table.put_item(Item=HEAD))
    assert (meter.writes, meter.index_writes) == (4, 4 + 1)


def test_a_condition_that_failed_is_paid_for(table: Any) -> None:  # noqa: ANN401
    table.put_item(Item=HEAD)
    failing = {"ConditionExpression": "version = :version", "values": {":version": 9}}
    with metered() as meter, pytest.raises(ClientError):
        _wake_at(table, "2027-01-02", **failing)
    assert (meter.writes, meter.index_writes) == (1, 0)


def test_a_transaction_costs_twice_in_the_table_and_once_in_its_indexes(table: Any) -> None:  # noqa: ANN401
    table.put_item(Item=HEAD)
    put = {"TableName": TABLE, "Item": {**KEY, "SK": "EVENT#000001", "text": "x" * KB}}
    check = {"TableName": TABLE, "Key": KEY, "ConditionExpression": "attribute_exists(PK)"}
    drafts = {"TableName": TABLE, "Item": {**HEAD, "PK": "CHALLENGE#2"}}
    entries = [{"Put": put}, {"ConditionCheck": check}, {"Put": drafts}]
    meter = _use(table, lambda table: table.meta.client.transact_write_items(TransactItems=entries))
    assert (meter.writes, meter.index_writes) == (2 * 2 + 2 + 2, 1)


def test_a_query_counts_all_that_it_read(table: Any) -> None:  # noqa: ANN401
    for number in range(10):
        table.put_item(Item={"PK": "P", "SK": f"{number}", "text": "x" * 600})
    query = {"KeyConditionExpression": "PK = :p", "ExpressionAttributeValues": {":p": "P"}}
    assert _use(table, lambda table: table.query(**query, ConsistentRead=True)).reads == 2
    assert _use(table, lambda table: table.query(**query)).reads == 1
    assert _use(table, lambda table: table.get_item(Key=KEY, ConsistentRead=True)).reads == 1


def test_a_scan_by_names_is_paid_for_by_the_whole_items(table: Any) -> None:  # noqa: ANN401
    table.put_item(Item={**KEY, "text": "x" * 9000})
    whole = sum(map(size, boto3.client("dynamodb").scan(TableName=TABLE)["Items"]))
    assert whole > 9000
    names = {"ProjectionExpression": "PK, SK", "Select": "SPECIFIC_ATTRIBUTES"}
    assert _use(table, lambda table: table.scan(**names)).reads == ceil(whole / (4 * KB)) / 2


def test_what_a_test_looks_up_for_itself_can_be_left_out(table: Any) -> None:  # noqa: ANN401
    with metered(by_functions_alone=True) as meter:
        table.get_item(Key=KEY)
    assert (meter.reads, meter.calls.total()) == (0, 0)


def test_the_meter_refuses_what_it_cannot_count(table: Any) -> None:  # noqa: ANN401
    with metered(), pytest.raises(UncountedError, match="FilterExpression"):
        table.scan(FilterExpression="attribute_exists(SK)")
    with metered(), pytest.raises(UncountedError, match="ProjectionExpression"):
        table.get_item(Key=KEY, ProjectionExpression="SK")
