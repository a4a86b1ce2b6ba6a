"""The stage: the real adapters on moto, a clock the test controls, and tasks that take turns.

A *task* is one invocation of a function: it runs in a thread of its own, and stops before each call
that it makes of AWS, whatever the call is. The code that drives the stage says which task goes on,
and how its call ends (:class:`How`). Only one thread runs at a time, so that the same choices
always lead to the same end.

Every call passes one place, ``botocore.client.BaseClient._make_api_call``. Nothing in here lists
calls; a new call is stopped at, failed, and died in as well.

moto belongs to the process, so there is one stage in it at a time; ``reset`` makes it new again
within a millisecond or two.
"""

from __future__ import annotations

import logging
import random
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.ses.models import ses_backends
from moto.stepfunctions.models import stepfunctions_backends

from adapters import casebook as casebook_module
from adapters import clock, wiring
from adapters.council_store import BY_COMMAND, CouncilStore
from adapters.directory_csv import from_csv
from adapters.settings import read_procedure
from domain.directory_checks import faults
from domain.moments import local_day
from domain.reference import new_reference
from infra.blueprint import ROOT
from infra.local import emulator
from infra.local.journal import Journal, keep_dynamodb_whole
from infra.local.rebinding import rebind
from tests.patience import LIMIT
from tests.workflow.kept import give_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from domain.directory import Directory

__all__ = [
    "Call",
    "How",
    "Killed",
    "NotDoneError",
    "Stage",
    "State",
    "Task",
    "Watcher",
    "standing_stage",
]

TABLE = emulator.TABLE
REGION = emulator.REGION
SAMPLE_DIRECTORY = ROOT / "infra" / "local" / "directory"

#: A Monday, mid-morning. Its fraction of a second shows that moments are rounded the right way.
MONDAY = datetime(2026, 11, 2, 10, 0, 0, 250_000, tzinfo=UTC)

_ENVIRONMENT = {
    "PUBLIC_URL": "https://challenge.example",
    "INTAKE_ADDRESS": "challenges@council.example",
    "COUNCIL_NAME": "Sampleshire Council",
    "OIDC_ISSUER": "https://sign-in.example",
    "OIDC_CLIENT_ID": "test",
    "API_AUDIENCE": "challenges",
    "API_CLIENTS": "forms-platform",
    "CASE_SYSTEM_CLIENTS": "case-system",
    "POWERTOOLS_METRICS_DISABLED": "true",
}


class How(Enum):
    """How one call of AWS ends for the task that makes it."""

    THROUGH = "it goes through"
    THROTTLED = "AWS refuses it for now"
    FAILS_BEFORE = "the connection fails; it took no effect"
    FAILS_AFTER = "it took effect; its answer is lost"
    TWICE = "its answer is lost, and botocore tries it again"
    DIES_BEFORE = "the process dies before it takes effect"
    DIES_AFTER = "the process dies after it took effect"


class NotDoneError(RuntimeError):
    """A person, or a program, got the answer to send it again later."""


class Killed(BaseException):
    """The process ended here. Nothing of it goes on, as if someone had pulled the plug."""


@dataclass(frozen=True)
class Call:
    """One call of AWS: ``dynamodb``, ``Query``, and its parameters."""

    service: str
    operation: str
    request: Mapping[str, Any]

    def __str__(self) -> str:
        """Return ``dynamodb.Query``."""
        return f"{self.service}.{self.operation}"

    @property
    def writes(self) -> bool:
        """Whether it changes anything at AWS."""
        return not self.operation.startswith(("Get", "Query", "List", "Describe"))


class State(Enum):
    """How far a task has come."""

    PAUSED = "paused before a call"
    DONE = "done"
    FAILED = "ended with an error"
    DEAD = "its process died"


class Task:
    """One invocation of a function. ``calls`` are those it made; ``hows`` how they ended."""

    def __init__(self, name: str, work: Callable[[], Any], ends_at: datetime) -> None:
        self.name = name
        self.work = work
        self.ends_at = ends_at
        self.state = State.PAUSED
        self.answer: Any = None
        self.error: BaseException | None = None
        self.calls: list[Call] = []
        self.hows: list[How] = []
        self.on_end: Callable[[Task], None] = lambda _task: None
        #: What watchers note about it.
        self.notes: dict[str, Any] = {}
        self._next = How.THROUGH
        self._turn = threading.Semaphore(0)
        self._dead = False

    @property
    def over(self) -> bool:
        """Whether it will do nothing more."""
        return self.state is not State.PAUSED

    @property
    def call(self) -> Call:
        """Return the call before which it is paused."""
        return self.calls[-1]

    def __repr__(self) -> str:
        """Return ``Decide PCE-…_2, paused before a call: dynamodb.Query``."""
        at = f": {self.call}" if self.state is State.PAUSED and self.calls else ""
        return f"{self.name}, {self.state.value}{at}"


class _Thread(threading.Thread):
    """The thread of one task."""

    def __init__(self, task: Task, run: Callable[[], None]) -> None:
        super().__init__(target=run, name=task.name, daemon=True)
        self.task = task


class Watcher:
    """An observer of every call. An ``AssertionError`` it raises ends the test."""

    def about_to(self, task: Task | None, call: Call) -> Any:  # noqa: ANN401 - handed to took_effect
        """See ``call`` just before it is made; what this returns is handed to ``took_effect``."""

    def took_effect(self, task: Task | None, call: Call, before: Any) -> None:  # noqa: ANN401
        """See that ``call`` took effect (its answer may still be lost)."""

    def ended(self, task: Task, how: How) -> None:
        """See how the call of ``task`` ended for it."""

    def over(self, task: Task) -> None:
        """See that ``task`` ended."""


@dataclass
class Stage:
    """AWS, the clock, and the tasks under way."""

    now: datetime = MONDAY
    tasks: list[Task] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)
    calls: int = 0
    _back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _broken: list[AssertionError] = field(default_factory=list)
    _clean: Mapping[Any, Any] = field(default_factory=dict)
    _dice: random.Random = field(default_factory=lambda: random.Random(0))

    # Tasks -----------------------------------------------------------------------------------

    def begin(self, name: str, work: Callable[[], Any], seconds: int) -> Task:
        """Begin a task, up to its first call. It dies after this many seconds, as in Lambda."""
        task = Task(name, work, self.now + timedelta(seconds=seconds))
        task.notes["begun"] = self.now
        self.tasks.append(task)
        _Thread(task, partial(self._run, task)).start()
        self._wait(task)
        return task

    def go_on(self, task: Task, how: How = How.THROUGH) -> None:
        """End the paused call of ``task`` as given, and run the task to its next call."""
        task._next = how
        task._turn.release()
        self._wait(task)

    def finish(self, task: Task) -> None:
        """Run ``task`` to its end, every call going through."""
        while not task.over:
            self.go_on(task)

    def kill(self, task: Task) -> None:
        """Kill the process of ``task`` where it is."""
        if not task.over:
            self.go_on(task, How.DIES_BEFORE)

    def pass_time(self, to: datetime) -> None:
        """Move the clock. A task that runs longer than its function may is killed, as in Lambda."""
        self.now = to
        for task in list(self.tasks):
            if self.now >= task.ends_at:
                self.kill(task)

    def _wait(self, task: Task) -> None:
        if not self._back.acquire(timeout=LIMIT):
            message = f"{task!r} did not come back."
            raise TimeoutError(message)
        if task.over:
            self.tasks.remove(task)
            for watcher in self.watchers:
                self._ask(partial(watcher.over, task))
            task.on_end(task)
        self.check()

    @property
    def broken(self) -> bool:
        """Whether a watcher found something."""
        return bool(self._broken)

    def check(self) -> None:
        """Raise what a watcher found; the task's own code could swallow it if raised there."""
        if self._broken:
            raise self._broken[0]

    def _run(self, task: Task) -> None:
        try:
            task.answer = task.work()
            task.state = State.DONE
        except Killed:
            task.state = State.DEAD
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test has to see it
            task.error, task.state = error, State.FAILED
        if task._dead:
            task.state = State.DEAD
        self._back.release()

    # Calls -----------------------------------------------------------------------------------

    def _called(self, original: Any, client: Any, operation: str, request: Any) -> Any:  # noqa: ANN401
        thread = threading.current_thread()
        task = thread.task if isinstance(thread, _Thread) else None
        call = Call(client.meta.service_model.service_name, operation, request)
        do = partial(self._do, task, call, partial(original, client, operation, request))
        if task is None:
            return do()
        if task._dead:
            raise Killed
        task.calls.append(call)
        self._back.release()
        task._turn.acquire()
        how = task._next
        task.hows.append(how)
        try:
            return self._end(task, call, how, do)
        finally:
            for watcher in self.watchers:
                self._ask(partial(watcher.ended, task, how))

    def _end(self, task: Task, call: Call, how: How, do: Callable[[], Any]) -> Any:  # noqa: ANN401
        if how is How.THROTTLED:
            code = "ThrottlingException"
            raise ClientError({"Error": {"Code": code, "Message": "In a test"}}, call.operation)
        if how is How.FAILS_BEFORE:
            raise EndpointConnectionError(endpoint_url=call.service)
        if how is How.DIES_BEFORE:
            task._dead = True
            raise Killed
        try:
            answer = do()
        except ClientError:
            if how is How.DIES_AFTER:
                task._dead = True
                raise Killed from None
            raise
        if how is How.FAILS_AFTER:
            raise ReadTimeoutError(endpoint_url=call.service, error="in a test")
        if how is How.DIES_AFTER:
            task._dead = True
            raise Killed
        # botocore sends a transaction again under its first token: DynamoDB does it once.
        again = how is How.TWICE and call.operation != "TransactWriteItems"
        return do() if again else answer

    def _do(self, task: Task | None, call: Call, original: Callable[[], Any]) -> Any:  # noqa: ANN401
        self.calls += 1
        before = [self._ask(partial(w.about_to, task, call)) for w in self.watchers]
        answer = original()
        for watcher, seen in zip(self.watchers, before, strict=True):
            self._ask(partial(watcher.took_effect, task, call, seen))
        return answer

    def _ask(self, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it answers
        try:
            return question()
        except AssertionError as broken:
            self._broken.append(broken)

    # What AWS holds --------------------------------------------------------------------------

    def items(self, partition: str) -> dict[str, dict[str, Any]]:
        """Return the table's items under a partition key, by sort key; makes no call of AWS."""
        found = _table().items.get(DynamoType({"S": partition}), {})
        return {sort.value: _plain(item) for sort, item in found.items()}

    def item(self, partition: str, sort: str) -> dict[str, Any] | None:
        """Return one item of the table; makes no call of AWS."""
        found = _table().items.get(DynamoType({"S": partition}), {}).get(DynamoType({"S": sort}))
        return _plain(found) if found else None

    def references(self) -> list[str]:
        """Return every challenge, in the order in which they were raised."""
        keys = [partition.value for partition in _table().items]
        return [key.partition("#")[2] for key in keys if key.startswith("CHALLENGE#")]

    def running(self) -> list[Any]:
        """Return moto's running executions, in the order in which they were started."""
        return [execution for execution in _executions() if execution.status == "RUNNING"]

    def proclaim(self, day: datetime) -> None:
        """Proclaim a bank holiday, with the operator's command."""
        CouncilStore(wiring._table, read_procedure).proclaim(day.date(), "Proclaimed in a test")

    def loads(self, change: Callable[[Directory], Directory]) -> None:
        """Load the directory as ``change`` makes it, if the council's checks let it through."""
        council = wiring.casebook().council()
        before, after = council.directory, change(council.directory)
        rows = (tuple(after.officers.values()), tuple(after.posts.values()), after.cover)
        if after == before or faults(*rows, local_day(self.now)):
            return
        store = CouncilStore(wiring._table, read_procedure)
        if (after.officers, after.posts) == (before.officers, before.posts):
            store.set_cover(after.cover, who=BY_COMMAND, after=council.change)
        else:
            store.load_directory(after)

    # Reset -----------------------------------------------------------------------------------

    def keep(self) -> None:
        """Make the table's present content its content after each ``reset``."""
        items = _table().items
        self._clean = {partition: dict(found) for partition, found in items.items()}

    def reset(self, seed: int = 0) -> None:
        """Start fresh: no task, no challenge, no execution, no email; Monday morning."""
        self.watchers.clear()
        self._broken.clear()
        for task in list(self.tasks):
            self.kill(task)
        table = _table()
        table.items.clear()
        for partition, found in self._clean.items():
            table.items[partition] = dict(found)
        _executions().clear()
        ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages.clear()
        wiring.council_store()._read = None
        self.now = MONDAY
        self.calls = 0
        self._dice = random.Random(seed)

    def reference(self, _choose: object) -> str:
        """Return the next reference: the same ones after each reset, so that runs can repeat."""
        return new_reference(self._dice.choice)


def _table() -> Any:  # noqa: ANN401 - moto is untyped here
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]


def _executions() -> list[Any]:
    (machine,) = stepfunctions_backends[DEFAULT_ACCOUNT_ID][REGION].state_machines
    found: list[Any] = machine.executions
    return found


def _plain(item: Any) -> dict[str, Any]:  # noqa: ANN401 - moto is untyped here
    return {name: _value(value) for name, value in item.attrs.items()}


def _value(value: Any) -> Any:  # noqa: ANN401 - moto is untyped here
    return int(value.value) if value.type == "N" else value.value


@contextmanager
def standing_stage() -> Iterator[Stage]:
    """Yield the stage, with the sample directory loaded."""
    give_way()
    with ExitStack() as until, pytest.MonkeyPatch.context() as patch:
        stage = Stage()
        service = emulator.Emulator(data_dir=None, aws_port=None, environment=_ENVIRONMENT)
        for name, value in service._environment().items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "PROCEDURE_FILE"):
            patch.delenv(name, raising=False)
        disabled = logging.root.manager.disable
        logging.disable(logging.CRITICAL)  # thousands of deliberate failures
        until.callback(logging.disable, disabled)
        wiring.forget()
        until.callback(wiring.forget)
        # Others may act in the pause before a retry: the stage decides that.
        patch.setattr(wiring._record().chain._at, "_pause", lambda _: None)
        until.enter_context(mock_aws())
        _make(until)
        clock.use(lambda: stage.now)
        until.callback(clock.use, None)
        rebind(until, casebook_module, "new_reference", stage.reference)
        store = CouncilStore(wiring._table, read_procedure)
        store.load_directory(from_csv(SAMPLE_DIRECTORY))
        stage.keep()
        _hook(stage, until)
        yield stage
        stage.reset()


def _make(until: ExitStack) -> None:
    emulator._make_table(TABLE)
    keep_dynamodb_whole(Journal(None), table=TABLE, region=REGION, until=until)
    boto3.client("stepfunctions").create_state_machine(
        name=emulator.STATE_MACHINE,
        definition="{}",
        roleArn=f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/of-the-machine",
    )
    boto3.client("sesv2").create_email_identity(EmailIdentity="positive-challenge@council.example")


def _hook(stage: Stage, until: ExitStack) -> None:
    client: Any = botocore.client.BaseClient
    original = client._make_api_call

    def called(self: Any, operation: str, request: Any) -> Any:  # noqa: ANN401 - botocore's own
        return stage._called(original, self, operation, request)

    rebind(until, client, "_make_api_call", called)
