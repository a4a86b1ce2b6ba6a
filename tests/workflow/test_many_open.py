"""More challenges are open than one Sweep, or one page, has time for."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest

from adapters import clock, wiring
from adapters.council_store import CouncilStore
from adapters.executions import Began, Executions
from adapters.settings import read_procedure
from domain.ladder import Stage
from infra.blueprint import SWEEP
from infra.local.emulator import TABLE
from infra.local.lambda_seam import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.workflow.service import Service

OPEN = 5


@pytest.fixture
def started(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count how often each of five challenges was started; each start takes a hundred seconds."""
    for _ in range(OPEN):
        service.raise_at(Stage.ONE)
    counted: Counter[str] = Counter()
    start, shown = Executions.start, clock._source

    def slowly(self: Executions, reference: str, leg: int, began: Began | None) -> bool:
        counted[reference] += 1
        return start(self, reference, leg, began)

    def late() -> datetime:
        return shown() + counted.total() * timedelta(seconds=100)

    with monkeypatch.context() as slow:
        slow.setattr(Executions, "start", slowly)
        slow.setattr(clock, "_source", late)
        # By the machine's own clock no time passes, however slow it is.
        slow.setattr(
            LambdaContext, "get_remaining_time_in_millis", lambda one: one.timeout_seconds * 1000
        )
        yield counted


def test_a_sweep_of_all_says_what_is_left_and_the_next_goes_on_from_there(
    service: Service, started: Counter[str]
) -> None:
    first = service.emulator.invoke(SWEEP.name, {"all": True})
    assert first == {"swept": 3, "failed": 0, "left": 2, "after": first["after"]}
    again = {"all": True, "after": first["after"]}
    assert service.emulator.invoke(SWEEP.name, again) == {"swept": 2, "failed": 0, "left": 0}
    assert started == dict.fromkeys(service.open_challenges(), 1), "each once"


def test_a_change_of_calendar_reaches_those_that_one_sweep_had_no_time_for_with_the_next(
    service: Service, started: Counter[str]
) -> None:
    store = CouncilStore(lambda: boto3.resource("dynamodb").Table(TABLE), read_procedure)
    change = store.proclaim(date(2026, 11, 4), "A day of mourning")
    record = wiring.casebook().record
    assert service.emulator.invoke(SWEEP.name, {}) == {"swept": 3, "failed": 0, "left": 2}
    service.emulator.clock.settle()
    assert record.beside.kept("COUNCIL", "APPLIED") is None
    assert len(record.lists.behind(change)) == 2
    assert service.emulator.invoke(SWEEP.name, {}) == {"swept": 2, "failed": 0, "left": 0}
    service.emulator.clock.settle()
    assert started == dict.fromkeys(service.open_challenges(), 1), "each once"
    assert record.beside.kept("COUNCIL", "APPLIED") is not None
