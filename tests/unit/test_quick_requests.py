"""The emulator's short way to the table gives the same answers as moto on the long way."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local import quick_requests
from infra.local.quick_requests import keep_requests_quick
from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

TABLE = "sample"


def _item(sort: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - an item has any attribute
    return {"pk": {"S": "CHILD"}, "sk": {"S": sort}, **more}


def _key(sort: str) -> dict[str, Any]:
    return {"TableName": TABLE, "Key": _item(sort)}


_WHOLE = _item(
    "1",
    text={"S": "Ärger, “quoted”"},
    number={"N": "12.50"},
    yes={"BOOL": True},
    none={"NULL": True},
    words={"SS": ["a", "b"]},
    listed={"L": [{"M": {"deep": {"S": "x"}}}, {"N": "1"}]},
)

#: Each operation about items, as it succeeds and as it fails.
_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"TableName": TABLE, "Item": _WHOLE, "ReturnConsumedCapacity": "TOTAL"}),
    ("put_item", {"TableName": TABLE, "Item": _item("2", bytes={"B": b"\x00\xff"})}),
    (
        "put_item",
        {"TableName": TABLE, "Item": _WHOLE, "ConditionExpression": "attribute_not_exists(pk)"},
    ),
    ("put_item", {"TableName": TABLE, "Item": {"pk": {"S": "without a sort key"}}}),
    ("put_item", {"TableName": "elsewhere", "Item": _WHOLE}),
    ("get_item", {**_key("1"), "ConsistentRead": True}),
    (
        "get_item",
        {**_key("1"), "ProjectionExpression": "#t", "ExpressionAttributeNames": {"#t": "text"}},
    ),
    ("get_item", _key("2")),
    ("get_item", _key("nothing here")),
    (
        "update_item",
        {
            **_key("1"),
            "UpdateExpression": "SET number = number + :one REMOVE yes",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValues": "ALL_NEW",
        },
    ),
    (
        "update_item",
        {
            **_key("1"),
            "UpdateExpression": "SET number = :one",
            "ConditionExpression": "number = :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    ),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": TABLE, "Item": _item("3")}},
                {"Delete": {"TableName": TABLE, "Key": _item("2")}},
            ]
        },
    ),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": TABLE, "Item": _item("4")}},
                {
                    "ConditionCheck": {
                        **_key("3"),
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                },
            ]
        },
    ),
    ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [_item("1"), _item("3")]}}}),
    (
        "query",
        {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :pk",
            "FilterExpression": "attribute_exists(listed)",
            "ExpressionAttributeValues": {":pk": {"S": "CHILD"}},
            "Limit": 1,
        },
    ),
    ("scan", {"TableName": TABLE, "Select": "COUNT"}),
    ("delete_item", {**_key("1"), "ReturnValues": "ALL_OLD"}),
]


def _answers(*, quick: bool) -> tuple[list[Any], list[str]]:
    """Return the answer to each call, and which of them took the short way."""
    went: list[str] = []
    with mock_aws(), ExitStack() as until:
        if quick:
            keep_requests_quick(until)
            short: Any = quick_requests._Quick

            def noted(url: str, target: str, *more: Any) -> Any:  # noqa: ANN401
                went.append(target.rpartition(".")[2])
                return short(url, target, *more)

            rebind(until, quick_requests, "_Quick", noted)
        client = boto3.client("dynamodb", region_name="eu-west-2")
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        answers = [_answer(client, *call) for call in _CALLS]
        client.delete_table(TableName=TABLE)  # another test may have begun the mocking
        return answers, went


def _answer(client: DynamoDBClient, name: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401
    try:
        answer = getattr(client, name)(**parameters)
    except ClientError as error:
        answer = error.response
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return status, answer


def test_the_short_way_to_the_table_answers_what_the_long_way_answers() -> None:
    (quick, went), (whole, _) = _answers(quick=True), _answers(quick=False)
    for call, *answers in zip(_CALLS, quick, whole, strict=True):
        assert answers[0] == answers[1], call
    assert {status for status, _ in quick} == {200, 400}
    with_bytes = 1
    assert len(went) == len(_CALLS) - with_bytes
