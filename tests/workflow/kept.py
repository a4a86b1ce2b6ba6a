"""One emulator a process, made as new for each test.

Starting an emulator takes longer than most tests do. So the first test that needs one starts it,
and each later test gets it empty: no record, email, object or execution, and the clock where that
test wants it. ``Held`` is what it held at a moment; it can be put back.

moto belongs to the process: a test that starts its own emulator or mock calls ``give_way`` first.
"""

from __future__ import annotations

import copy
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.ses.models import ses_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from adapters import clock as functions_clock
from adapters import wiring
from infra.local import interpreter
from infra.local.emulator import REGION, TABLE, Emulator
from tests.patience import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from infra.local.outbox import SentMail

__all__ = ["Held", "as_new", "give_way", "held", "hold"]


@dataclass(frozen=True)
class Held:
    """What the emulator held when all had settled.

    ``items`` by partition and sort key; ``running``: name and input of each execution.
    """

    moment: datetime
    items: Mapping[Any, Mapping[Any, Any]]
    mails: tuple[SentMail, ...] = ()
    running: tuple[tuple[str, str], ...] = ()


@dataclass
class _Kept:
    emulator: Emulator | None = None
    secret: Any = None
    #: How often the table was written to, once that is counted.
    counting: bool = False
    writes: int = 0
    #: What tests did first, and what was returned.
    memory: dict[tuple[str, ...], tuple[str, Held]] = field(default_factory=dict)
    #: What a new one holds, by the moment at which it starts.
    new: dict[datetime, Held] = field(default_factory=dict)


_kept = _Kept()


@contextmanager
def as_new(
    environment: Mapping[str, str], start_at: datetime, fill: Callable[[], None]
) -> Iterator[Emulator]:
    """Yield the process's emulator with what ``fill`` puts in, then restore the environment.

    ``fill`` is called once for each ``start_at``, so always pass the same one.
    """
    before = dict(os.environ)
    emulator = _kept.emulator or _start(environment, start_at)
    try:
        os.environ.update({**emulator._environment(), **environment})
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            os.environ.pop(name, None)
        time.tzset()
        functions_clock.use(emulator.clock.now)
        if start_at not in _kept.new:
            hold(emulator, Held(start_at, {}))
            fill()
            _kept.new[start_at] = held(emulator)
        hold(emulator, _kept.new[start_at])
        _forget()
        yield emulator
    finally:
        _forget()
        functions_clock.use(None)
        os.environ.clear()
        os.environ.update(before)
        time.tzset()


class Memory:
    """The results of the first steps of tests, in order, by the words for those steps.

    As long as a test does what another did before it, the emulator gets the result, and nothing is
    done: a challenge raised and replied to, for example. From the first step that differs, because
    of a page or because time passed, everything is done.
    """

    def __init__(self, emulator: Emulator, settings: tuple[str, ...]) -> None:
        """Start from an emulator as new, with a council's ``settings``."""
        self._emulator = emulator
        self._path: tuple[str, ...] | None = (*settings, emulator.clock.now().isoformat())
        self._left = self._now()

    def once(self, what: str, do: Callable[[], str]) -> str:
        """Return what ``do`` returns or once returned; ``what`` names everything it depends on."""
        if self._path is None or self._left != self._now():
            self._path = None
            return do()
        self._path = (*self._path, what)
        if self._path in _kept.memory:
            answer, what_came = _kept.memory[self._path]
            hold(self._emulator, what_came)
        else:
            answer = do()
            _kept.memory[self._path] = answer, held(self._emulator)
        self._left = self._now()
        return answer

    def _now(self) -> tuple[int, datetime]:
        return _kept.writes, self._emulator.clock.now()


def give_way() -> None:
    """Stop the emulator that is kept, if there is one: the process is free for another."""
    emulator, _kept.emulator = _kept.emulator, None
    if emulator:
        emulator.stop()
        wiring.forget()


def _start(environment: Mapping[str, str], start_at: datetime) -> Emulator:
    if not _kept.counting:
        _count_writes()
    emulator = Emulator(
        data_dir=None, aws_port=None, environment=environment, start_at=start_at, virtual=True
    )
    emulator.start()
    _kept.emulator = emulator
    _kept.secret = copy.deepcopy(_secrets())
    return emulator


def _count_writes() -> None:
    call = DynamoHandler.call_action

    def counted(self: Any) -> Any:  # noqa: ANN401 (moto's request and answer)
        _kept.writes += self._get_action() not in ("GetItem", "Query", "Scan", "BatchGetItem")
        return call(self)

    setattr(DynamoHandler, "call_action", counted)  # noqa: B010 (moto's own method)
    _kept.counting = True


def held(emulator: Emulator) -> Held:
    """Return what it holds now, all settled. Objects in buckets are left out: there are none."""
    executions = [e for e in _executions() if e.status == "RUNNING"]
    return Held(
        emulator.clock.now(),
        copy.deepcopy(dict(_table().items)),
        tuple(reversed(emulator.outbox.mails())),
        tuple((execution.name, execution.execution_input) for execution in executions),
    )


def hold(emulator: Emulator, what: Held) -> None:
    """Make it hold exactly this. Executions that were running decide once more, and wait."""
    _end_executions(emulator)
    clock = emulator.clock
    clock._stands_at, clock._due = what.moment, []
    _fill_table(what)
    for bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.values():
        bucket.keys = type(bucket.keys)()
    emulator.outbox._mails[:] = what.mails
    mail = ses_backends[DEFAULT_ACCOUNT_ID][REGION]
    mail.sent_messages.clear()
    mail.sent_message_count = 0
    secrets = _secrets()
    secrets.clear()
    secrets.update(copy.deepcopy(_kept.secret))
    client = boto3.client("stepfunctions")
    for name, input_ in what.running:
        client.start_execution(stateMachineArn=emulator.state_machine_arn, name=name, input=input_)
    clock.settle()
    if what.running:
        _fill_table(what)  # HEAD counts an unneeded wake


def _fill_table(what: Held) -> None:
    table = _table()
    table.items.clear()
    table.items.update(copy.deepcopy(what.items))


def _forget() -> None:
    """Do what ``wiring.forget`` does, except for clients and table, which know this emulator."""
    for built in vars(wiring).values():
        if built not in (wiring._client, wiring._table) and hasattr(built, "cache_clear"):
            built.cache_clear()


def _end_executions(emulator: Emulator) -> None:
    left = interpreter.stop_all(emulator.clock, emulator._living, LIMIT)
    assert not left, "an execution of the test before does not end"
    emulator.clock.settle()
    emulator.clock.closed = False  # all are up, and may lie down again
    _executions().clear()


def _table() -> Any:  # noqa: ANN401 - moto is untyped here
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]


def _executions() -> Any:  # noqa: ANN401 - moto is untyped here
    (machine,) = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID][REGION].state_machines
    return machine.executions


def _secrets() -> Any:  # noqa: ANN401 - moto is untyped here
    return secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets
