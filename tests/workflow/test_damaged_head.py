"""A HEAD that lacks something: the error says whose, what, and which command rebuilds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from adapters import wiring
from adapters.errors import DamagedHeadError
from domain.ladder import Stage
from infra.local.emulator import TABLE, FunctionError
from infra.operate.commands import main
from tests.builders import moment

if TYPE_CHECKING:
    from tests.workflow.service import Service

LATER = moment("2031-01-01 09:00")


def damage(reference: str, name: str, sort: str = "HEAD") -> None:
    """Remove the attribute, past the service."""
    boto3.resource("dynamodb").Table(TABLE).update_item(
        Key={"PK": f"CHALLENGE#{reference}", "SK": sort},
        UpdateExpression="REMOVE #name",
        ExpressionAttributeNames={"#name": name},
    )


@pytest.mark.parametrize(
    "name", ["schema", "version", "leg", "last_hash", "told", "council", "stage"]
)
def test_who_reads_it_is_told_what_to_run_and_that_puts_it_right(
    service: Service, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    reference = service.raise_at(Stage.ONE)
    damage(reference, name)
    for read in (wiring.casebook().record.chain.load, wiring.casebook().record.legs.head):
        with pytest.raises(DamagedHeadError) as caught:
            read(reference)
        assert str(caught.value) == (
            f"HEAD of {reference} lacks {name}. Run the command: rebuild-head {reference}"
        )
    assert main(["show", reference]) == 2
    assert f"rebuild-head {reference}" in capsys.readouterr().err
    assert main(["rebuild-head", reference]) == 0
    assert wiring.casebook().record.chain.load(reference).challenge.stage is Stage.ONE


@pytest.mark.parametrize("name", ["stage", "next_due", "standing", "leg"])
def test_one_that_cannot_be_counted_is_named_after_all_the_others(
    service: Service, name: str
) -> None:
    references = [service.raise_at(Stage.ONE) for _ in range(3)]
    damage(references[1], name)
    pulses, counted = wiring.casebook().record.lists.pulses(), list[str]()
    with pytest.raises(DamagedHeadError, match=f"HEAD of {references[1]} lacks {name}") as caught:
        counted.extend(one.reference for one in iter(lambda: next(pulses), None))
    assert f"rebuild-head {references[1]}" in str(caught.value)
    assert sorted(counted) == sorted({*references} - {references[1]})


def test_sweep_counts_and_names_the_others_and_then_fails(
    service: Service, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    damaged, stopped = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    damage(damaged, "next_due")
    client = boto3.client("stepfunctions")
    for execution in service.executions(stopped):
        client.stop_execution(executionArn=execution["executionArn"])
    capsys.readouterr()
    with pytest.raises(FunctionError, match=f"rebuild-head {damaged}"):
        service.emulator.invoke("sweep", {})
    assert '"ChallengesNotRunning":[1.0]' in capsys.readouterr().out
    assert [vars(one)["reference"] for one in caplog.records if one.message == "not running"] == [
        stopped
    ]


def test_what_is_to_wake_is_known_by_its_key(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    damage(reference, "reference")
    damage(reference, "council")
    record = wiring.casebook().record
    assert record.lists.wakeful() == [reference]
    assert record.lists.asleep_since(LATER) == [reference]
    assert record.lists.behind(1) == [reference]
    assert [one.reference for one in record.lists.every_open()] == [reference]
    assert [one.reference for one in record.lists.pulses()] == [reference]


def test_a_tray_that_lacks_something_says_so_too(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    damage(reference, "standing", "TRAY#tm-north")
    with pytest.raises(DamagedHeadError, match=f"TRAY#tm-north of {reference} lacks standing"):
        wiring.casebook().record.lists.in_tray("tm-north")
