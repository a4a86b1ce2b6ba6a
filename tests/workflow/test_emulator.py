"""The emulator is as good as AWS in what the service relies on, and better where it must be.

The functions here are toys, but the state machine is the real one.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from boto3.dynamodb.conditions import (
    BuiltConditionExpression,
    ConditionBase,
    ConditionExpressionBuilder,
    Key,
)
from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

import infra.local
from adapters import clock as functions_clock
from adapters import wiring
from data import verify_export
from infra.blueprint import INDEXES, ROOT
from infra.errors import InfraError
from infra.local import lambda_seam
from infra.local.disk import DataError, Disk
from infra.local.emulator import (
    TABLE,
    ClockBackwardsError,
    Emulator,
    FunctionError,
    PortTakenError,
)
from infra.local.gateway import Request, answer_of, event_of
from infra.local.interpreter import InterpreterThread
from infra.local.lambda_seam import LambdaContext
from infra.local.service_clock import ServiceClock
from infra.local.signing_key import SigningKey
from tests.patience import LIMIT
from tests.workflow.kept import give_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_stepfunctions.client import SFNClient

    Handler = Callable[[dict[str, Any], Any], Any]

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Decide:
    """A toy: each challenge goes through the moments it is given, and is then closed."""

    def __init__(self, wakes: Mapping[str, list[datetime]]) -> None:
        self.calls: list[tuple[str, datetime]] = []
        self._wakes = wakes

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        now = functions_clock.now()
        self.calls.append((event["reference"], now))
        later = [at for at in self._wakes.get(event["reference"], []) if at > now]
        if later:
            return {"where": "STAGE_1", "wake_at": moment(later[0])}
        return {"where": "CLOSED", "wake_at": None}


@pytest.fixture(autouse=True)
def _alone() -> None:
    """These tests start emulators of their own."""
    give_way()


def local(
    decide: Handler | None = None,
    data_dir: Path | None = None,
    *,
    aws_port: int | None = None,
    virtual: bool = True,
    start_at: datetime | None = MONDAY,
) -> Emulator:
    return Emulator(
        data_dir=data_dir,
        aws_port=aws_port,
        handlers={"decide": decide or Decide({})},
        environment={"PUBLIC_URL": "http://127.0.0.1:8000"},
        start_at=start_at,
        virtual=virtual,
    )


def begin(emulator: Emulator, reference: str, leg: int = 1) -> str:
    answer = step_functions().start_execution(
        stateMachineArn=emulator.state_machine_arn,
        name=f"{reference}_{leg}",
        input=json.dumps({"reference": reference, "leg": leg}),
    )
    return answer["executionArn"]


@functools.cache
def step_functions() -> SFNClient:
    return boto3.client("stepfunctions")


@functools.cache
def dynamodb() -> DynamoDBClient:
    return boto3.client("dynamodb")


def status(execution: str) -> str:
    return step_functions().describe_execution(executionArn=execution)["status"]


def history(execution: str) -> list[dict[str, Any]]:
    client = step_functions()
    return [dict(event) for event in client.get_execution_history(executionArn=execution)["events"]]


def put(key: str, **attributes: str) -> None:
    item = {"PK": key, "SK": "HEAD"} | attributes
    dynamodb().put_item(TableName=TABLE, Item={name: {"S": value} for name, value in item.items()})


def items() -> dict[str, dict[str, Any]]:
    return {item["PK"]["S"]: item for item in dynamodb().scan(TableName=TABLE)["Items"]}


def they_end(threads: set[threading.Thread]) -> None:
    """Check that threads with nothing left to do end soon."""
    for thread in threads:
        threading.Thread.join(thread, LIMIT)
    assert [thread for thread in threads if thread.is_alive()] == []


def letter(to: str = "tm@council.example", subject: str = "Réply due") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Positive Challenge <positive-challenge@council.example>"
    message["To"] = f"Team Manager <{to}>"
    message["Reply-To"] = "PCE-1@reply.council.example"
    message["Subject"] = subject
    message.set_content("Please reply: https://pc.council.example/r/abc.\nThank you.")
    message.add_alternative(
        '<p><a href="https://pc.council.example/r/abc?a=1&amp;b=2">Reply</a></p>', subtype="html"
    )
    return message


def send(message: EmailMessage, to: str = "tm@council.example") -> None:
    boto3.client("sesv2").send_email(
        FromEmailAddress="positive-challenge@council.example",
        Destination={"ToAddresses": [to]},
        Content={"Raw": {"Data": message.as_bytes()}},
    )


# --- the clock --------------------------------------------------------------------------------


def test_what_no_state_of_ours_calls_is_not_loaded() -> None:
    """With AWS Batch, moto would load its EC2: a third of each start."""
    name = infra.local.BATCH.__name__
    assert sys.modules[name] is infra.local.BATCH
    with pytest.raises(NotImplementedError, match=r"no tasks of AWS Batch"):
        infra.local.BATCH.StateTaskServiceBatch()


def test_twenty_working_days_of_ladder_pass_in_a_jump_and_each_wait_ends_at_its_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wakes = [MONDAY + n * DAY for n in range(1, 29)]
    decide = Decide({"PCE-1": wakes})
    step, steps = ServiceClock._step_towards, 0

    def counted(clock: ServiceClock, target: datetime) -> bool:
        nonlocal steps
        steps += 1
        return step(clock, target)

    monkeypatch.setattr(ServiceClock, "_step_towards", counted)
    with local(decide) as emulator:
        execution = begin(emulator, "PCE-1")
        emulator.clock.move_to(MONDAY + 40 * DAY)
        assert [at for _, at in decide.calls] == [MONDAY, *wakes]
        assert status(execution) == "SUCCEEDED"
        assert emulator.clock.now() == MONDAY + 40 * DAY
        assert emulator.clock.next_timer() is None
    assert steps == len(wakes) + 1, "from one wait straight to the next, and then to the end"


def test_a_jump_fires_the_waits_of_all_executions_in_the_order_of_their_moments() -> None:
    wakes = {
        "PCE-1": [MONDAY + 3 * HOUR, MONDAY + 9 * HOUR],
        "PCE-2": [MONDAY + 1 * HOUR, MONDAY + 5 * HOUR],
        "PCE-3": [MONDAY + 2 * HOUR, MONDAY + 99 * HOUR],
    }
    decide = Decide(wakes)
    with local(decide) as emulator:
        for reference in wakes:
            begin(emulator, reference)
        emulator.clock.settle()
        decide.calls.clear()
        assert emulator.clock.next_timer() == MONDAY + HOUR
        emulator.clock.move_to(MONDAY + 10 * HOUR)
        assert [(reference, at - MONDAY) for reference, at in decide.calls] == [
            ("PCE-2", 1 * HOUR),
            ("PCE-3", 2 * HOUR),
            ("PCE-1", 3 * HOUR),
            ("PCE-2", 5 * HOUR),
            ("PCE-1", 9 * HOUR),
        ]
        assert emulator.clock.next_timer() == MONDAY + 99 * HOUR


def test_a_wait_never_ends_before_its_moment_even_by_less_than_a_second() -> None:
    start = MONDAY + timedelta(milliseconds=700)
    decide = Decide({"PCE-1": [MONDAY + timedelta(seconds=1), MONDAY + timedelta(seconds=10)]})
    with local(decide, start_at=start) as emulator:
        begin(emulator, "PCE-1")
        emulator.clock.move_to(MONDAY + MINUTE)
        offsets = [(at - MONDAY).total_seconds() for _, at in decide.calls]
    assert offsets == [0.7, 1, 10]


def test_a_virtual_clock_stands_still_except_when_moved() -> None:
    with local() as emulator:
        time.sleep(0.01)  # so that a clock that runs would be seen; longer does no harm
        assert emulator.clock.now() == MONDAY == functions_clock.now()


def test_the_clock_does_not_go_back() -> None:
    with local() as emulator:
        with pytest.raises(
            ClockBackwardsError, match=r"2026-03-02 09:00:00 UTC and cannot go back"
        ):
            emulator.clock.move_to(MONDAY - MINUTE)
        emulator.clock.move_to(MONDAY)
        assert emulator.clock.now() == MONDAY


def test_the_pauses_of_a_retry_are_on_the_services_clock() -> None:
    calls: list[datetime] = []

    def decide(_event: object, _context: object) -> dict[str, Any]:
        calls.append(functions_clock.now())
        if len(calls) < 4:
            message = "not yet"
            raise RuntimeError(message)
        return {"where": "STAGE_2", "wake_at": moment(MONDAY + DAY)}

    with local(decide) as emulator:
        execution = begin(emulator, "PCE-1")
        emulator.clock.settle()
        assert len(calls) == 1
        assert emulator.clock.next_timer() is None  # a pause is not a deadline
        emulator.clock.move_to(MONDAY + 10 * MINUTE)
        assert len(calls) == 4
        assert emulator.clock.next_timer() == MONDAY + DAY
        assert status(execution) == "RUNNING"


def test_a_decide_that_keeps_failing_ends_in_fault_with_its_error() -> None:
    def decide(_event: object, _context: object) -> dict[str, Any]:
        message = "the record cannot be read"
        raise LookupError(message)

    with local(decide) as emulator:
        execution = begin(emulator, "PCE-1")
        emulator.clock.move_to(MONDAY + DAY)
        described = step_functions().describe_execution(executionArn=execution)
        assert (described["status"], described["error"]) == ("FAILED", "LookupError")


def test_an_execution_whose_thread_is_slow_to_end_has_still_succeeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thread_ends = ServiceClock.thread_ends

    def slowly(clock: ServiceClock) -> None:
        time.sleep(0.05)  # makes the race likely; without it the test would only see less
        thread_ends(clock)

    monkeypatch.setattr(ServiceClock, "thread_ends", slowly)
    with local() as emulator:
        execution = begin(emulator, "PCE-1")
        emulator.clock.settle()
        described = step_functions().describe_execution(executionArn=execution)
        assert described["status"] == "SUCCEEDED"


def test_in_real_time_a_wait_ends_when_its_time_has_come() -> None:
    calls: list[datetime] = []
    waits_until: list[datetime] = []
    came = threading.Event()

    def decide(_event: object, _context: object) -> dict[str, Any]:
        calls.append(functions_clock.now())
        if waits_until:
            came.set()
            return {"where": "CLOSED", "wake_at": None}
        # Counted from this very call: however late it comes, there is something to wait for.
        waits_until.append(calls[0].replace(microsecond=0) + timedelta(seconds=2))
        return {"where": "STAGE_1", "wake_at": moment(waits_until[0])}

    with local(decide, virtual=False, start_at=None) as emulator:
        execution = begin(emulator, "PCE-1")
        assert came.wait(LIMIT), "nobody moved the clock: it came by itself"
        emulator.clock.settle()
        assert status(execution) == "SUCCEEDED"
    assert calls[0] < waits_until[0] <= calls[1]
    assert len(calls) == 2


def test_real_time_goes_on_after_a_jump_and_after_a_restart(tmp_path: Path) -> None:
    decide = Decide({"PCE-1": [datetime.now(UTC).replace(microsecond=0) + 3 * DAY]})

    def shows(clock: ServiceClock) -> None:
        """Check that the clock has moved since the jump by as much as real time has."""
        earliest = target + (datetime.now(UTC) - after)
        shown = clock.now()
        assert earliest <= shown <= target + (datetime.now(UTC) - before)

    with local(decide, tmp_path, virtual=False, start_at=None) as emulator:
        begin(emulator, "PCE-1")
        before = datetime.now(UTC)
        target = before + 10 * DAY
        emulator.clock.move_to(target)
        after = datetime.now(UTC)
        assert len(decide.calls) == 2
        shows(emulator.clock)
        time.sleep(0.01)  # so that a stopped clock would be seen; longer does no harm
        shows(emulator.clock)
        assert target < emulator.clock.now()
    with local(None, tmp_path, virtual=False, start_at=None) as again:
        shows(again.clock)


# --- executions -------------------------------------------------------------------------------


def test_stopping_an_execution_ends_its_wait_and_says_why() -> None:
    decide = Decide({"PCE-1": [MONDAY + DAY]})
    with local(decide) as emulator:
        others = set(threading.enumerate())
        execution = begin(emulator, "PCE-1")
        emulator.clock.settle()
        assert set(threading.enumerate()) > others
        step_functions().stop_execution(
            executionArn=execution, error="Superseded", cause="EVENT#000002: replied"
        )
        emulator.clock.settle()
        described = step_functions().describe_execution(executionArn=execution)
        assert described["status"] == "ABORTED"
        assert (described["error"], described["cause"]) == ("Superseded", "EVENT#000002: replied")
        assert described["stopDate"] == MONDAY
        last = history(execution)[-1]
        assert last["type"] == "ExecutionAborted"
        assert last["executionAbortedEventDetails"] == {
            "error": "Superseded",
            "cause": "EVENT#000002: replied",
        }
        assert emulator.clock.next_timer() is None
        emulator.clock.move_to(MONDAY + 2 * DAY)
        assert len(decide.calls) == 1
        they_end(set(threading.enumerate()) - others)


def test_a_stop_straight_after_the_start_is_not_lost() -> None:
    with local(Decide({"PCE-1": [MONDAY + DAY]})) as emulator:
        for leg in range(10):
            execution = begin(emulator, "PCE-1", leg)
            step_functions().stop_execution(executionArn=execution, cause="at once")
            assert status(execution) == "ABORTED"
            emulator.clock.settle()
            assert history(execution)[-1]["type"] == "ExecutionAborted"
        assert emulator.clock.next_timer() is None


def test_an_execution_stopped_while_its_function_runs_is_aborted_not_failed() -> None:
    entered, leave = threading.Event(), threading.Event()

    def decide(_event: object, _context: object) -> dict[str, Any]:
        entered.set()
        assert leave.wait(LIMIT)
        return {"where": "STAGE_1", "wake_at": moment(MONDAY + DAY)}

    with local(decide) as emulator:
        execution = begin(emulator, "PCE-1")
        assert entered.wait(LIMIT)
        step_functions().stop_execution(executionArn=execution, cause="replied")
        leave.set()
        emulator.clock.settle()
        assert status(execution) == "ABORTED"
        assert history(execution)[-1]["type"] == "ExecutionAborted"
        assert emulator.clock.next_timer() is None


def test_a_name_is_given_once() -> None:
    with local(Decide({"PCE-1": [MONDAY + DAY]})) as emulator:
        with ThreadPoolExecutor(8) as pool:
            begun = list(pool.map(lambda _: begin(emulator, "PCE-1"), range(8)))
        assert len(set(begun)) == 1  # running, same name, same input: the same execution
        emulator.clock.move_to(MONDAY + 2 * DAY)
        with pytest.raises(step_functions().exceptions.ExecutionAlreadyExists):
            begin(emulator, "PCE-1")
        listed = step_functions().list_executions(stateMachineArn=emulator.state_machine_arn)
        assert [execution["name"] for execution in listed["executions"]] == ["PCE-1_1"]


def test_the_history_shows_the_rung_and_the_moment_it_waits_for() -> None:
    with local(Decide({"PCE-1": [MONDAY + DAY]})) as emulator:
        execution = begin(emulator, "PCE-1")
        emulator.clock.settle()
        last = history(execution)[-1]
        assert last["type"] == "WaitStateEntered"
        assert last["stateEnteredEventDetails"]["name"] == "Stage 1"
        assert json.loads(last["stateEnteredEventDetails"]["input"]) == {
            "reference": "PCE-1",
            "leg": 1,
            "now": {"where": "STAGE_1", "wake_at": "2026-03-03T09:00:00Z"},
        }
        assert last["timestamp"] == MONDAY


def test_a_stop_ends_two_hundred_waiting_executions_and_waits_for_each_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    references = [f"PCE-{number}" for number in range(200)]
    join, joined = InterpreterThread.join, Counter[threading.Thread]()

    def counted(thread: InterpreterThread, timeout: float | None = None) -> None:
        joined[thread] += 1
        join(thread, timeout)

    others = set(threading.enumerate())
    emulator = local(Decide({reference: [MONDAY + DAY] for reference in references}))
    emulator.start()
    for reference in references:
        begin(emulator, reference)
    emulator.clock.settle()
    threads = set(threading.enumerate()) - others
    assert len(threads) >= len(references)
    with monkeypatch.context() as counting:
        counting.setattr(InterpreterThread, "join", counted)
        emulator.stop()
    assert set(joined.values()) <= {1}
    assert "a function hangs" not in caplog.text
    they_end(threads)


# --- functions --------------------------------------------------------------------------------


def test_what_goes_in_and_out_of_a_function_is_json() -> None:
    def pages(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401
        assert context.function_name == "pages"
        assert context.timeout_seconds == 25
        assert context.get_remaining_time_in_millis() <= 25_000
        return {"pair": (1, 2), "event": event}

    emulator = Emulator(
        data_dir=None, aws_port=None, handlers={"pages": pages}, environment={}, virtual=True
    )
    with emulator:
        assert emulator.invoke("pages", {1: "one"}) == {"pair": [1, 2], "event": {"1": "one"}}
        answer = boto3.client("lambda").invoke(FunctionName="pages", Payload=b'{"a": 1}')
        assert json.load(answer["Payload"]) == {"pair": [1, 2], "event": {"a": 1}}


def _takes_its_time(name: str, inside: list[str]) -> Handler:
    """A Powertools function that reads its request after a pause."""
    app, log = APIGatewayRestResolver(), Logger("of a test")

    @app.post(".+")
    def answer() -> dict[str, Any]:
        inside.append(name)
        time.sleep(0.002)
        together = len(inside)
        inside.remove(name)
        return {
            "path": app.current_event.path,
            "typed": app.current_event.json_body,
            "logged": log.get_current_keys()["function_name"],
            "together": together,
        }

    @log.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401
        return app.resolve(event, context)

    return handler


def test_functions_that_are_asked_at_once_read_each_their_own_request() -> None:
    """On AWS they share nothing; in one process Powertools keeps what they read in one place."""
    inside: list[str] = []
    handlers = {name: _takes_its_time(name, inside) for name in ("pages", "api")}
    emulator = Emulator(
        data_dir=None, aws_port=None, handlers=handlers, environment={}, virtual=True
    )

    def ask(number: int) -> None:
        name, typed = ("pages", "api")[number % 2], {"number": number}
        path = f"/{name}/{number}"
        request = Request("POST", path, body=json.dumps(typed).encode())
        answer = answer_of(emulator.invoke(name, event_of(request, MONDAY)))
        assert answer.status == 200
        expected = {"path": path, "typed": typed, "logged": name, "together": 1}
        assert json.loads(answer.body) == expected

    with emulator, ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(40)))


def test_a_functions_time_runs_out_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr(lambda_seam, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    context = LambdaContext("pages", 512, "arn", 25, began=100.0)
    assert context.get_remaining_time_in_millis() == 25_000
    seconds[0] = 103.0
    assert context.get_remaining_time_in_millis() == 22_000


def test_a_functions_time_begins_when_its_container_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entered, leave = threading.Event(), threading.Event()
    happened: list[str] = []

    class Noted(LambdaContext):
        def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as the real one
            super().__init__(*given, **named)
            happened.append("its time began")

    def sweep(event: dict[str, Any], _context: object) -> None:
        if event["first"]:
            entered.set()
            assert leave.wait(LIMIT)
        happened.append("it left")

    monkeypatch.setattr(lambda_seam, "LambdaContext", Noted)
    emulator = Emulator(
        data_dir=None, aws_port=None, handlers={"sweep": sweep}, environment={}, virtual=True
    )
    with emulator, ThreadPoolExecutor(2) as pool:
        first = pool.submit(emulator.invoke, "sweep", {"first": True})
        assert entered.wait(LIMIT)
        second = pool.submit(emulator.invoke, "sweep", {"first": False})
        time.sleep(0.01)  # makes it likely that the second waits; without it less would be seen
        leave.set()
        first.result()
        second.result()
    assert happened == ["its time began", "it left"] * 2


@pytest.mark.parametrize("fault", ["raises", "answers what is no JSON"])
def test_a_function_that_fails_answers_as_lambda_does(fault: str) -> None:
    def sweep(_event: object, _context: object) -> object:
        if fault == "raises":
            message = "no table"
            raise LookupError(message)
        return {1, 2}

    emulator = Emulator(
        data_dir=None, aws_port=None, handlers={"sweep": sweep}, environment={}, virtual=True
    )
    kind = "LookupError" if fault == "raises" else "TypeError"
    with emulator:
        answer = boto3.client("lambda").invoke(FunctionName="sweep", Payload=b"{}")
        assert answer["FunctionError"] == "Handled"
        payload = json.load(answer["Payload"])
        assert payload["errorType"] == kind
        assert set(payload) == {"errorMessage", "errorType", "requestId", "stackTrace"}
        with pytest.raises(FunctionError, match=f"The function sweep raised {kind}"):
            emulator.invoke("sweep", {})


def test_the_functions_environment_is_set_while_the_emulator_runs_and_put_back() -> None:
    before = dict(os.environ)
    with local() as emulator:
        assert os.environ["STATE_MACHINE_ARN"] == emulator.state_machine_arn
        assert os.environ["PUBLIC_URL"] == "http://127.0.0.1:8000"
        assert os.environ["TABLE_NAME"] == TABLE
        assert time.tzname[0] == "UTC"
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ID"])
        assert set(json.loads(secret["SecretString"])) == {"session_key", "oidc_client_secret"}
    assert dict(os.environ) == before
    earlier = datetime.now(UTC)
    assert earlier <= functions_clock.now() <= datetime.now(UTC)


# --- the table --------------------------------------------------------------------------------


def test_the_table_has_the_indexes_of_the_stack() -> None:
    with local():
        table = dynamodb().describe_table(TableName=TABLE)["Table"]
        indexes = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
        assert indexes == {index.name for index in INDEXES}


def test_conditional_updates_of_twenty_threads_are_not_lost() -> None:
    def raise_by_one(_: int) -> None:
        client = dynamodb()
        while True:
            item = client.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"]
            version = int(item["version"]["N"])
            try:
                client.update_item(
                    TableName=TABLE,
                    Key=key,
                    UpdateExpression="SET version = :new",
                    ConditionExpression="version = :old",
                    ExpressionAttributeValues={
                        ":old": {"N": str(version)},
                        ":new": {"N": str(version + 1)},
                    },
                )
            except client.exceptions.ConditionalCheckFailedException:
                continue
            return

    key: Any = {"PK": {"S": "CHALLENGE#1"}, "SK": {"S": "HEAD"}}
    with local():
        dynamodb().put_item(TableName=TABLE, Item=key | {"version": {"N": "0"}})
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(raise_by_one, range(60)))
        assert dynamodb().get_item(TableName=TABLE, Key=key)["Item"]["version"]["N"] == "60"


def append(number: int, reference: str = "1") -> None:
    """Append an event and move HEAD, as the record does."""
    challenge = f"CHALLENGE#{reference}"
    dynamodb().transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": TABLE,
                    "Item": {"PK": {"S": challenge}, "SK": {"S": f"EVENT#{number:06}"}},
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            },
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": {"PK": {"S": challenge}, "SK": {"S": "HEAD"}},
                    "UpdateExpression": "SET version = :new",
                    "ConditionExpression": "attribute_not_exists(PK) OR version = :old",
                    "ExpressionAttributeValues": {
                        ":new": {"N": str(number)},
                        ":old": {"N": str(number - 1)},
                    },
                }
            },
        ]
    )


def test_of_two_transactions_that_append_the_same_event_one_is_whole_and_one_is_nothing() -> None:
    def try_to_append(_: int) -> bool:
        try:
            append(1)
        except dynamodb().exceptions.TransactionCanceledException:
            return False
        return True

    with local():
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(try_to_append, range(8))) == 1
        append(2)
        rows = dynamodb().scan(TableName=TABLE)["Items"]
        assert sorted(row["SK"]["S"] for row in rows) == ["EVENT#000001", "EVENT#000002", "HEAD"]
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            append(4)  # the event is new, the version is not
        assert dynamodb().scan(TableName=TABLE)["Items"] == rows


def test_a_transaction_that_fails_late_takes_back_what_it_changed() -> None:
    with local():
        put("ONCE#1", a="before")
        put("ONCE#2", a="before")
        before = items()
        change: Any = {
            "TableName": TABLE,
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "after"}},
        }
        key: Any = {"PK": {"S": "ONCE#1"}, "SK": {"S": "HEAD"}}
        impossible: Any = {
            "TableName": TABLE,
            "Key": {"PK": {"S": "ONCE#2"}, "SK": {"S": "HEAD"}},
            "ConditionExpression": "a = :b",
            "ExpressionAttributeValues": {":b": {"S": "never"}},
        }
        new: Any = {"PK": {"S": "ONCE#3"}, "SK": {"S": "HEAD"}}
        with pytest.raises(ClientError):
            dynamodb().transact_write_items(
                TransactItems=[
                    {"Update": change | {"Key": key}},
                    {"Put": {"TableName": TABLE, "Item": new}},
                    {"Delete": impossible},
                ]
            )
        assert items() == before


def test_what_a_request_costs_does_not_grow_with_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted in what moto compares and copies."""
    compare, copied = DynamoType.__eq__, Item.__deepcopy__
    counted: list[str] = []

    def counting(name: str, does: Any) -> Any:  # noqa: ANN401 - any method
        def counts(*given: Any) -> Any:  # noqa: ANN401
            counted.append(name)
            return does(*given)

        return counts

    monkeypatch.setattr(DynamoType, "__eq__", counting("compared", compare))
    monkeypatch.setattr(Item, "__deepcopy__", counting("copied", copied))
    costs: list[int] = []
    with local():
        for size in (100, 3000):
            for number in range(0, size, 25):
                puts: Any = [
                    {"PutRequest": {"Item": {"PK": {"S": f"C#{n}"}, "SK": {"S": "HEAD"}}}}
                    for n in range(number, number + 25)
                ]
                dynamodb().batch_write_item(RequestItems={TABLE: puts})
            counted.clear()
            append(len(costs) + 1)
            asked: Any = {":pk": {"S": "C#7"}}
            found = dynamodb().query(
                TableName=TABLE,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues=asked,
            )
            assert found["Count"] == 1
            costs.append(len(counted))
    small, large = costs
    assert small > 0
    assert large < small + 100, "some keys may share a hash; three thousand do not"


def test_what_was_read_is_let_go() -> None:
    with local():
        append(1)
        gc.collect()
        before = sum(isinstance(one, Item | Table) for one in gc.get_objects())
        for number in range(2, 22):
            append(number)
            dynamodb().scan(TableName=TABLE)
        gc.collect()
        after = sum(isinstance(one, Item | Table) for one in gc.get_objects())
    assert after - before <= 20 + 1, "the events that it holds, and no copy of any"


# --- on disk ----------------------------------------------------------------------------------


def test_the_table_survives_a_restart_as_it_was(tmp_path: Path) -> None:
    with local(None, tmp_path):
        for number in range(1, 4):
            append(number)
        put("LINK#1", digest="é")
        dynamodb().put_item(
            TableName=TABLE,
            Item={"PK": {"S": "BYTES"}, "SK": {"S": "1"}, "b": {"B": b"\x00\xff"}},
        )
        with pytest.raises(ClientError):
            append(3)
        dynamodb().delete_item(TableName=TABLE, Key={"PK": {"S": "LINK#1"}, "SK": {"S": "HEAD"}})
        rows = dynamodb().scan(TableName=TABLE)["Items"]
    for _ in range(2):
        with local(None, tmp_path):
            assert dynamodb().scan(TableName=TABLE)["Items"] == rows
    with local(None, tmp_path):
        append(4)
    with local(None, tmp_path):
        assert len(dynamodb().scan(TableName=TABLE)["Items"]) == len(rows) + 1


def test_writes_to_another_table_are_not_kept(tmp_path: Path) -> None:
    with local(None, tmp_path):
        dynamodb().create_table(
            TableName="other",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        )
        dynamodb().put_item(TableName="other", Item={"PK": {"S": "A"}})
    with local(None, tmp_path):
        assert items() == {}


def test_sessions_outlive_a_restart(tmp_path: Path) -> None:
    def key() -> str:
        client = boto3.client("secretsmanager")
        secret = client.get_secret_value(SecretId=os.environ["SECRET_ID"])["SecretString"]
        return str(json.loads(secret)["session_key"])

    with local(None, tmp_path):
        first = key()
    with local(None, tmp_path):
        assert key() == first
    assert (tmp_path / "secret.json").stat().st_mode & 0o077 == 0


def test_legal_advice_can_be_read_after_a_restart(tmp_path: Path) -> None:
    words = {"advice": "No."}
    with local(None, tmp_path):
        sealed = wiring.privileged().keep("PCE-7K3M-9QXT", "a command", words)
    wiring.forget()
    with local(None, tmp_path):
        assert wiring.privileged().read("PCE-7K3M-9QXT", sealed) == words
    wiring.forget()
    assert (tmp_path / "advice.json").stat().st_mode & 0o077 == 0


def test_exports_are_signed_by_the_same_key_after_a_restart(tmp_path: Path) -> None:
    """And as AWS signs: RSA with 3,072 bits, of a message that is hashed there."""

    def signed() -> tuple[bytes, bytes]:
        kms, key = boto3.client("kms"), os.environ["SIGNING_KEY"]
        answer = kms.sign(
            KeyId=key,
            Message=b"Record of PCE-7K3M-9QXT",
            MessageType="RAW",
            SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
        )
        return kms.get_public_key(KeyId=key)["PublicKey"], answer["Signature"]

    file = tmp_path / "signing.pem"
    with local(None, tmp_path):
        assert not file.exists(), "it is made when it is first used"
        public, signature = signed()
    assert verify_export.fits(b"Record of PCE-7K3M-9QXT", signature, public)
    assert len(signature) * 8 == 3072
    with local(None, tmp_path):
        assert signed() == (public, signature)
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(b"-----BEGIN")
    with pytest.raises(DataError, match=rf"{file} is damaged\. .*move it away"):
        SigningKey(tmp_path, Disk()).public_key()


WRITER = """
    import sys
    from pathlib import Path
    import boto3
    from infra.local.emulator import TABLE, Emulator

    emulator = Emulator(
        data_dir=Path(sys.argv[1]), aws_port=None, environment={}, virtual=True
    )
    emulator.start()
    client = boto3.client("dynamodb")
    for number in range(100_000):
        key = {"PK": {"S": f"C#{number:06}"}, "SK": {"S": "HEAD"}}
        client.put_item(TableName=TABLE, Item=key)
        print(number, flush=True)
"""


def test_killing_the_process_loses_no_write_that_was_answered(tmp_path: Path) -> None:
    paths = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}"}
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | paths,
        text=True,
    )
    with writer:
        assert writer.stdout
        answered = -1
        for line in writer.stdout:
            answered = int(line)
            if answered == 150:
                writer.send_signal(signal.SIGKILL)
        # Output from before the kill was read above.
    assert answered >= 150
    with local(None, tmp_path):
        kept = set(items())
        assert kept >= {f"C#{number:06}" for number in range(answered + 1)}
        assert len(kept) <= answered + 2


# --- mail -------------------------------------------------------------------------------------


def test_the_outbox_holds_each_mail_newest_first_and_survives_a_restart(tmp_path: Path) -> None:
    with local(None, tmp_path) as emulator:
        send(letter())
        emulator.clock.move_to(MONDAY + HOUR)
        send(letter("iro@council.example", "Second"), "iro@council.example")
        mails = emulator.outbox.mails()
    second, first = mails
    assert (first.number, second.number) == (1, 2)
    assert first.to == ("tm@council.example",)
    assert first.subject == "Réply due"
    assert first.text.startswith("Please reply:")
    assert "<p>" in first.html
    assert first.headers["Reply-To"] == "PCE-1@reply.council.example"
    assert first.links == (
        "https://pc.council.example/r/abc",
        "https://pc.council.example/r/abc?a=1&b=2",
    )
    assert b"Content-Type: multipart/alternative" in first.raw
    assert first.raw.startswith(b"From: ")
    assert (first.sent_at, second.sent_at) == (MONDAY, MONDAY + HOUR)
    with local(None, tmp_path) as again:
        assert again.outbox.mails() == mails
        send(letter())
        assert [mail.number for mail in again.outbox.mails()] == [3, 2, 1]


def test_mail_from_somebody_else_is_refused_and_not_in_the_outbox() -> None:
    with local() as emulator:
        with pytest.raises(ClientError):
            boto3.client("sesv2").send_email(
                FromEmailAddress="somebody@else.example",
                Destination={"ToAddresses": ["tm@council.example"]},
                Content={"Raw": {"Data": letter().as_bytes()}},
            )
        with pytest.raises(ClientError, match=r"only as Content\.Raw"):
            boto3.client("sesv2").send_email(
                FromEmailAddress="positive-challenge@council.example",
                Destination={"ToAddresses": ["tm@council.example"]},
                Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
            )
        assert emulator.outbox.mails() == []


def test_two_emulators_in_one_process_are_a_clear_error() -> None:
    with local(), pytest.raises(InfraError, match=r"Another emulator runs .* Stop it first"):
        local().start()
    with local():
        pass


# --- the port ---------------------------------------------------------------------------------


@pytest.fixture
def with_port() -> Iterator[Emulator]:
    with local(Decide({"PCE-1": [MONDAY + DAY]}), aws_port=0) as emulator:
        yield emulator


def aws(emulator: Emulator, *arguments: str) -> dict[str, Any]:
    """Run the AWS CLI against the port, in its own process."""
    command = [sys.executable, "-m", "awscli", "--endpoint-url", str(emulator.aws_url), *arguments]
    environment = os.environ | {"AWS_DEFAULT_OUTPUT": "json"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_aws_cli_sees_what_the_functions_see(with_port: Emulator) -> None:
    execution = begin(with_port, "PCE-1")
    with_port.clock.settle()
    put("CHALLENGE#1")
    listed = aws(
        with_port,
        "stepfunctions",
        "list-executions",
        f"--state-machine-arn={with_port.state_machine_arn}",
    )
    assert [one["name"] for one in listed["executions"]] == ["PCE-1_1"]
    chosen = f"--execution-arn={execution}"
    described = aws(with_port, "stepfunctions", "describe-execution", chosen)
    assert json.loads(described["input"]) == {"reference": "PCE-1", "leg": 1}
    told = aws(with_port, "stepfunctions", "get-execution-history", chosen)
    assert told["events"][-1]["stateEnteredEventDetails"]["name"] == "Stage 1"
    aws(with_port, "stepfunctions", "stop-execution", chosen, "--cause=by hand")
    described = aws(with_port, "stepfunctions", "describe-execution", chosen)
    assert (described["status"], described["cause"]) == ("ABORTED", "by hand")
    scanned = aws(with_port, "dynamodb", "scan", f"--table-name={TABLE}")
    assert scanned["Count"] == 1


def test_the_port_shows_the_same_table_and_is_closed_by_a_stop(with_port: Emulator) -> None:
    put("A")
    port = int(str(with_port.aws_url).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as connection:
        body = json.dumps({"TableName": TABLE}).encode()
        head = (
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
            "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.Scan\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=local/20260302/eu-west-2/dynamodb/"
            f"aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head_of_it, _, body_of_it = answer.partition(b"\r\n\r\n")
    assert json.loads(body_of_it)["Count"] == 1
    assert head_of_it.count(b"\r\nDate: ") == 1
    assert b"\r\nDate: Mon, 02 Mar 2026 09:00:00 GMT" in head_of_it, "by the clock that was moved"
    with_port.stop()
    assert with_port.aws_url is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT)


def test_a_web_page_cannot_empty_the_tables_through_the_port(with_port: Emulator) -> None:
    port = int(str(with_port.aws_url).rpartition(":")[2])
    put("A")
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as connection:
        connection.sendall(
            b"POST /moto-api/reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Content-Length: 0\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 403")
    assert set(items()) == {"A"}


def test_a_port_that_is_taken_says_so_and_how_to_choose_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"Port {port} .* AWS_PORT"):
            local(aws_port=port).start()


def test_functions_that_run_at_once_do_not_mix_up_their_conditions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = ConditionExpressionBuilder.build_expression
    building: list[int] = []
    most = 0

    def slowly(
        self: ConditionExpressionBuilder, condition: ConditionBase, *, is_key_condition: bool
    ) -> BuiltConditionExpression:
        nonlocal most
        building.append(1)
        most = max(most, len(building))
        time.sleep(0.01)  # makes the race likely; without it the test would only see less
        built = build(self, condition, is_key_condition=is_key_condition)
        building.pop()
        return built

    monkeypatch.setattr(ConditionExpressionBuilder, "build_expression", slowly)
    with local():
        table = boto3.resource("dynamodb").Table(TABLE)

        def ask(number: int) -> int:
            key = Key("PK").eq(f"CHALLENGE#{number}") & Key("SK").between("EVENT#", "HEAD")
            return len(table.query(KeyConditionExpression=key)["Items"])

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(8))) == [0] * 8
    assert most == 1


def test_an_emulator_can_be_started_and_stopped_again_and_again(tmp_path: Path) -> None:
    emulator = local(Decide({"PCE-1": [MONDAY + DAY]}), tmp_path)
    for _ in range(2):
        emulator.start()
        emulator.start()
        begin(emulator, "PCE-1")
        emulator.clock.settle()
        assert emulator.clock.next_timer() == MONDAY + DAY
        emulator.stop()
        emulator.stop()
