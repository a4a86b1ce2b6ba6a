"""What a challenge costs, counted. The table is printed at the end of ``make test``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.commands import Resolve
from domain.events import ChildTold
from domain.ladder import Stage
from tests.performance.meter import Meter, metered
from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: The aim for the silent four-stage ladder.
TRANSITIONS_AT_MOST = 50


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        yield service


def _counted(service: Service, meter: Meter, reference: str) -> dict[str, float]:
    transitions = service.transitions(reference)
    decides = sum(
        event["type"] == "LambdaFunctionScheduled" or event["type"] == "TaskScheduled"
        for execution in service.executions(reference)
        for event in service.history(execution)
    )
    return {
        "state transitions": transitions,
        "Lambda calls": decides,
        "DynamoDB reads (units)": meter.reads,
        "DynamoDB writes (units)": meter.writes,
        "mails": len(service.mails()),
    }


def test_qap_resolved_in_a_day(
    service: Service, record_property: Callable[[str, object], None]
) -> None:
    with metered() as meter:
        reference = service.raise_at(Stage.QAP)
        service.jump(timedelta(hours=2))
        service.reply(reference, "tm-n")
        service.jump(timedelta(hours=2))
        service.act(reference, "iro-1", Resolve("Seen.", ChildTold.YES, "By me."))
    counted = _counted(service, meter, reference)
    record_property("cost: QAP resolved in a day", counted)
    assert counted["state transitions"] <= 12
    assert counted["mails"] <= 14


def test_the_silent_ladder(
    service: Service, record_property: Callable[[str, object], None]
) -> None:
    with metered() as meter:
        reference = service.raise_at(Stage.ONE)
        for _ in range(4):
            service.jump_past(service.challenge(reference).request.deadline.at)
    assert service.rung(reference) == "IRO to decide"
    counted = _counted(service, meter, reference)
    record_property("cost: silent four-stage ladder", counted)
    assert counted["state transitions"] <= TRANSITIONS_AT_MOST
    assert meter.calls["TransactWriteItems"] <= 20
    assert meter.calls["Query"] <= 50
