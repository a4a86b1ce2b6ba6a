"""What a restored table has comes back, and nothing that was recorded since is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from domain.errors import BrokenChainError
from domain.ladder import Stage
from infra.restore import give_back

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

    from tests.workflow.service import Service


def _restored(own: Table) -> Table:
    """A copy of the table under another name, as AWS makes it."""
    described = boto3.client("dynamodb").describe_table(TableName=own.name)["Table"]
    copy: Any = boto3.resource("dynamodb").create_table(
        TableName=f"{own.name}-restored",
        KeySchema=described["KeySchema"],
        AttributeDefinitions=[
            one for one in described["AttributeDefinitions"] if one["AttributeName"] in ("PK", "SK")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in own.scan()["Items"]:
        copy.put_item(Item=item)
    return copy  # type: ignore[no-any-return]


def test_lost_and_damaged_events_come_back_and_later_ones_stay(service: Service) -> None:
    own = boto3.resource("dynamodb").Table("positive-challenge")
    lost, damaged, sound = (service.raise_at(Stage.ONE) for _ in range(3))
    restored = _restored(own)
    service.reply(sound, "tm-n")
    events = len(service.challenge(sound).events)
    damage = {"PK": f"CHALLENGE#{damaged}", "SK": "EVENT#000001"}
    text = own.get_item(Key=damage)["Item"]
    own.put_item(Item={**text, "text": str(text["text"]).replace("tried", "said")})
    for key in ("EVENT#000002", "HEAD"):
        own.delete_item(Key={"PK": f"CHALLENGE#{lost}", "SK": key})
    with pytest.raises(BrokenChainError):
        service.challenge(damaged)

    record = wiring.casebook().record
    told = list(give_back(restored, own, record, write=False))
    assert sorted(told) == sorted(
        [
            f"CHALLENGE#{lost} EVENT#000002: missing",
            f"CHALLENGE#{lost} HEAD: missing",
            f"CHALLENGE#{damaged} EVENT#000001: not what it was",
        ]
    )
    with pytest.raises(BrokenChainError):
        service.challenge(damaged)

    assert sorted(give_back(restored, own, record, write=True)) == sorted(told)
    assert service.challenge(damaged).events[0].number == 1
    assert len(service.challenge(lost).events) >= 3
    assert len(service.challenge(sound).events) == events
    assert list(give_back(restored, own, record, write=True)) == []
    assert service.emulator.invoke("sweep", {"all": True})["failed"] == 0
