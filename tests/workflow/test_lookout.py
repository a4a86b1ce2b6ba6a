"""Sweep names each open challenge that nothing would wake, or that no longer wakes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from adapters import wiring
from adapters.executions import Executions, Fate
from adapters.lookout import ASKED_AT_MOST, look_out
from domain.ladder import Stage

if TYPE_CHECKING:
    from tests.workflow.service import Service


class Sweeps:
    """What Sweep writes and asks for at its next run."""

    def __init__(
        self,
        service: Service,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        self._service, self._capsys, self._caplog = service, capsys, caplog
        self.not_running = 0.0
        self.named: list[dict[str, Any]] = []

    def once(self) -> list[dict[str, Any]]:
        """Run Sweep once. Return the challenges that it names."""
        self._service.emulator.clock.settle()
        self._capsys.readouterr()
        self._caplog.clear()
        self._service.emulator.invoke("sweep", {})
        text = self._capsys.readouterr().out
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        (self.not_running,) = [
            sum(line["ChallengesNotRunning"]) for line in lines if "ChallengesNotRunning" in line
        ]
        self.named = [
            vars(line) for line in self._caplog.records if line.message in ("stuck", "not running")
        ]
        return self.named


@pytest.fixture
def sweeps(
    service: Service, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Sweeps:
    return Sweeps(service, capsys, caplog)


def stop_by_hand(service: Service, reference: str) -> None:
    (*_, last) = service.executions(reference)
    boto3.client("stepfunctions").stop_execution(
        executionArn=last["executionArn"], cause="Marigold, tidying up"
    )


def test_a_challenge_whose_execution_somebody_stopped_is_named_at_once(
    service: Service, sweeps: Sweeps
) -> None:
    service.raise_at(Stage.TWO)
    reference = service.raise_at(Stage.ONE)
    assert sweeps.once() == []
    assert sweeps.not_running == 0
    stop_by_hand(service, reference)
    head = wiring.casebook().record.chain.load(reference).head
    (named,) = sweeps.once()
    assert named["levelname"] == "WARNING"
    assert head.wake_at
    assert {name: named[name] for name in ("message", "reference", "rung", "tries")} == {
        "message": "not running",
        "reference": reference,
        "rung": "STAGE_1",
        "tries": 0,
    }
    assert named["wakes"].startswith(head.wake_at.isoformat()[:19])
    assert (named["execution"], named["became"]) == (f"{reference}_1", Fate.STOPPED)
    assert "Marigold" not in json.dumps(named, default=str), "what somebody typed is nobody else's"
    assert sweeps.not_running == 1


def test_twelve_legs_that_were_taken_over_are_nothing_to_look_at(
    service: Service, sweeps: Sweeps
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    stopped = [e for e in service.executions(reference) if e["status"] == "ABORTED"]
    assert stopped
    assert sweeps.once() == []
    service.withdraw(reference)
    assert sweeps.once() == [], "what is closed needs no execution"


def test_one_that_never_began_says_so(
    service: Service, sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://states.example")

    with monkeypatch.context() as outage:
        outage.setattr(Executions, "start", fails)
        reference = service.raise_at(Stage.ONE)
    (named,) = sweeps.once()
    assert (named["reference"], named["became"]) == (reference, Fate.NEVER_BEGAN)


def test_one_that_keeps_failing_is_stuck_and_named_with_its_tries(
    service: Service, sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    reference = service.raise_at(Stage.ONE)
    monkeypatch.setattr("adapters.casebook.decide", fails)
    service.jump_past(service.challenge(reference).request.deadline.at)
    for _ in range(3):
        service.jump(timedelta(minutes=10))
        sweeps.once()
    (named,) = (one for one in sweeps.named if one["message"] == "stuck")
    assert named["reference"] == reference
    assert named["tries"] >= 2


def test_one_that_the_list_missed_but_runs_is_not_named(
    service: Service, sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists of Step Functions may lag behind."""
    service.raise_at(Stage.ONE)
    monkeypatch.setattr(Executions, "running", lambda _self: {})
    assert sweeps.once() == []
    assert sweeps.not_running == 0


def test_a_sweep_asks_step_functions_once_and_for_each_that_is_missing_once_more(
    service: Service, sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        reference = service.raise_at(Stage.ONE)
    asked: list[str] = []
    call = vars(botocore.client.BaseClient)["_make_api_call"]

    def noted(self: Any, operation: str, request: Any) -> Any:  # noqa: ANN401 - botocore's own
        if self.meta.service_model.service_name == "stepfunctions":
            asked.append(operation)
        return call(self, operation, request)

    service.emulator.clock.settle()
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", noted)
    sweeps.once()
    assert asked == ["ListExecutions"]
    stop_by_hand(service, reference)
    del asked[:]
    sweeps.once()
    assert asked == ["ListExecutions", "DescribeExecution"]


def test_where_all_are_missing_only_some_are_asked_for_and_all_are_counted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.raise_at(Stage.ONE)
    (pulse,) = wiring.casebook().record.lists.pulses()
    monkeypatch.setattr(Executions, "running", lambda _self: {})
    monkeypatch.setattr(Executions, "fate", lambda *_: Fate.FAILED)
    seen = look_out([pulse] + [_other(pulse, n) for n in range(ASKED_AT_MOST)], wiring.executions())
    assert seen.not_running == len(seen.noticed) == ASKED_AT_MOST + 1
    assert [one.became for one in seen.noticed].count(Fate.NOT_ASKED) == 1


def _other(pulse: Any, number: int) -> Any:  # noqa: ANN401 - a pulse
    return replace(pulse, reference=f"PCE-{number}")


def test_the_sweep_is_done_before_what_cannot_be_listed_fails(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    stop_by_hand(service, reference)
    service.jump(timedelta(days=20))

    def refused(_self: Executions) -> None:
        details = {"Error": {"Code": "AccessDeniedException", "Message": "No."}}
        raise ClientError(details, "ListExecutions")  # type: ignore[arg-type]

    monkeypatch.setattr(Executions, "running", refused)
    with pytest.raises(Exception, match="ListExecutions"):
        service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert service.challenge(reference).stage is not Stage.ONE
