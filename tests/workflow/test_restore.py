"""What a restored table holds comes back, and nothing recorded since then is touched."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from adapters.drafts import LIFE, PAGE, Draft
from domain.errors import BrokenChainError
from domain.ladder import Stage
from domain.rules.notes import WriteNote
from infra.operate import main
from infra.restore import give_back

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import Table

    from tests.workflow.service import Service


def _restored(own: Table) -> Table:
    """Return a copy of the table under another name, as AWS makes it."""
    client, name = boto3.client("dynamodb"), f"{own.name}-restored"
    if name in client.list_tables()["TableNames"]:  # of another test
        client.delete_table(TableName=name)
    described = client.describe_table(TableName=own.name)["Table"]
    copy: Any = boto3.resource("dynamodb").create_table(
        TableName=name,
        KeySchema=described["KeySchema"],
        AttributeDefinitions=[
            one for one in described["AttributeDefinitions"] if one["AttributeName"] in ("PK", "SK")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in own.scan()["Items"]:
        copy.put_item(Item=item)
    return copy  # type: ignore[no-any-return]


def _to_moment(own: Table, items: list[dict[str, Any]]) -> None:
    """Put back the items of an earlier moment: what AWS restores, under the table's own name."""
    for item in own.scan()["Items"]:
        own.delete_item(Key={"PK": item["PK"], "SK": item["SK"]})
    for item in items:
        own.put_item(Item=item)


def _running(service: Service, reference: str) -> list[str]:
    """Return the names of its running executions."""
    found = service.executions(reference)
    return [str(one["name"]) for one in found if one["status"] == "RUNNING"]


def _current(reference: str) -> str:
    """Return the name of the execution that its HEAD names."""
    return f"{reference}_{wiring.casebook().record.legs.head(reference)[0].leg}"


def _after(service: Service, references: list[str], event: dict[str, bool]) -> None:
    """Sweep once, and check that each runs in the leg that HEAD names, and in no other."""
    assert service.emulator.invoke("sweep", event)["failed"] == 0
    service.emulator.clock.settle()
    for reference in references:
        assert _running(service, reference) == [_current(reference)]
        assert service.rung(reference) == "Stage 1"
        wake_at = wiring.casebook().record.legs.head(reference)[0].wake_at
        assert wake_at is not None
        assert wake_at > service.now + timedelta(hours=1), "it is not Sweep that looks again"


def test_a_draft_that_has_ended_does_not_come_back(service: Service) -> None:
    own = boto3.resource("dynamodb").Table("positive-challenge")
    for id_ in ("ended", "alive"):
        kept = Draft(id_, "/raise", {"initials": "Q.Z."}, PAGE, service.now)
        wiring.drafts().keep("iro-1", kept)
    (now,) = {int(str(one["delete_after"])) for one in own.scan()["Items"] if "delete_after" in one}
    restored = _restored(own)
    for id_, until in (("ended", now - int(LIFE.total_seconds())), ("alive", now)):
        key = {"PK": "DRAFT#iro-1", "SK": id_}
        restored.put_item(Item={**restored.get_item(Key=key)["Item"], "delete_after": until})
        own.delete_item(Key=key)
    council, record = wiring.casebook().council(), wiring.casebook().record
    said = list(give_back(restored, own, record, council, write=True))
    assert said == ["DRAFT#iro-1 alive: missing"]
    assert [draft.id for draft in wiring.drafts().of("iro-1")] == ["alive"]


@pytest.mark.parametrize("event", [{}, {"all": True}], ids=str)
def test_after_a_restore_every_open_challenge_runs_within_one_sweep(
    service: Service, event: dict[str, bool]
) -> None:
    own = boto3.resource("dynamodb").Table("positive-challenge")
    quiet, busy = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    items = own.scan()["Items"]
    for number in range(12):  # a leg each, which the restored table does not know
        service.act(busy, "iro-1", WriteNote(f"Note {number}."))
    legs = len(service.executions(busy))
    _to_moment(own, items)
    if not event:  # unless all are renewed, each is found when its own time has come
        for item in items:
            if item["SK"] == "HEAD":
                wake_at = (service.now - timedelta(minutes=5)).isoformat()
                own.put_item(Item={**item, "wake_at": wake_at.replace("+00:00", "Z")})
    _after(service, [quiet, busy], event)
    assert len(service.executions(busy)) == legs + 1, "none is begun in vain"


@pytest.mark.parametrize("keeps_head", [True, False])
def test_after_a_head_was_made_anew_the_challenge_runs_within_one_sweep(
    service: Service, *, keeps_head: bool
) -> None:
    own = boto3.resource("dynamodb").Table("positive-challenge")
    reference = service.raise_at(Stage.ONE)
    for number in range(6):
        service.act(reference, "iro-1", WriteNote(f"Note {number}."))
    if not keeps_head:
        own.delete_item(Key={"PK": f"CHALLENGE#{reference}", "SK": "HEAD"})
    assert main(["rebuild-head", reference]) == 0
    service.jump(timedelta(minutes=2))
    _after(service, [reference], {})


def test_whoever_acts_on_a_restored_record_before_sweep_did_loses_nothing(
    service: Service,
) -> None:
    own = boto3.resource("dynamodb").Table("positive-challenge")
    reference = service.raise_at(Stage.ONE)
    items = own.scan()["Items"]
    for number in range(6):
        service.act(reference, "iro-1", WriteNote(f"Note {number}."))
    _to_moment(own, items)
    service.act(reference, "iro-1", WriteNote("It was lost, and this is new."))
    service.jump(timedelta(minutes=2))
    _after(service, [reference], {})


def test_more_names_that_were_given_than_one_sweep_tries_are_gone_on_with(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = boto3.resource("dynamodb").Table("positive-challenge")
    reference = service.raise_at(Stage.ONE)
    items = own.scan()["Items"]
    for number in range(4):
        service.act(reference, "iro-1", WriteNote(f"Note {number}."))
    _to_moment(own, items)
    monkeypatch.setattr("adapters.sweep._NAMES_AT_ONCE", 3)
    assert service.emulator.invoke("sweep", {"all": True})["failed"] == 1
    _after(service, [reference], {"all": True})


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

    record, council = wiring.casebook().record, wiring.casebook().council()
    told = list(give_back(restored, own, record, council, write=False))
    assert sorted(told) == sorted(
        [
            f"CHALLENGE#{lost} EVENT#000002: missing",
            f"CHALLENGE#{lost} HEAD: missing",
            f"CHALLENGE#{damaged} EVENT#000001: differs",
        ]
    )
    with pytest.raises(BrokenChainError):
        service.challenge(damaged)

    assert sorted(give_back(restored, own, record, council, write=True)) == sorted(told)
    assert service.challenge(damaged).events[0].number == 1
    assert len(service.challenge(lost).events) >= 3
    assert len(service.challenge(sound).events) == events
    assert list(give_back(restored, own, record, council, write=True)) == []
    assert service.emulator.invoke("sweep", {"all": True})["failed"] == 0
