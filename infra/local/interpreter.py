"""Make moto's interpreter of state machines use the service's clock.

Inside ``moto.stepfunctions`` only, ``threading``, ``time`` and ``datetime`` are bound to stand-ins
that keep to a ``ServiceClock``. Some of its behaviour is corrected as well:

- A Wait lasts until exactly its moment. (moto counts whole seconds, and wakes up to one too early.)
- A stop that comes just before a Wait, or before the first state, is not lost.
- A stopped execution says why: moto drops the error and the cause, and reports an execution that
  was stopped while a function ran as failed.
- Two starts at the same time with one name give one execution.
- ``$.now.where`` is a path. (To moto's JSONPath ``where`` is an operator; to AWS's it is a name.)
- A definition is read once, not for each execution, and one boto3 client is made, not one for each
  call of a function: that halves the time, and making clients in several threads at once can fail.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from jsonpath_ng.ext.parser import parse
from jsonpath_ng.lexer import JsonPathLexer
from moto.core.responses import ActionResult
from moto.stepfunctions import models as moto_models
from moto.stepfunctions.parser import utils as moto_utils
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

from infra.local.rebinding import rebind
from infra.local.service_clock import Sleeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack

    from infra.local.service_clock import ServiceClock

__all__ = ["run_on_clock", "stop_all"]

#: Seconds a stop waits for an execution that is just starting, in case it never does: on a busy
#: machine the stop would otherwise be lost.
BEGIN_LIMIT = 600.0

_log = logging.getLogger(__name__)


class InterpreterThread(threading.Thread):
    """A thread of an execution. The clock knows whether it can run."""

    def __init__(self, clock: ServiceClock, living: set[InterpreterThread], **kwargs: Any) -> None:  # noqa: ANN401 (threading.Thread's own)
        """``living`` contains the thread while it is alive."""
        super().__init__(**kwargs)
        self._clock = clock
        self._living = living
        self._over = InterpreterEvent(clock)

    def start(self) -> None:
        self._clock.thread_begins()
        self._living.add(self)
        super().start()

    def run(self) -> None:
        try:
            if not self._clock.closed:
                super().run()
        except Exception:
            # The emulator is stopping, and has removed what the thread used.
            if not self._clock.closed:
                raise
        finally:
            self._living.discard(self)
            self._over.set()
            self._clock.thread_ends()

    def join(self, timeout: float | None = None) -> None:
        if isinstance(threading.current_thread(), InterpreterThread):
            self._over.wait(timeout)
        else:
            super().join(timeout)

    def is_alive(self) -> bool:
        """Whether the thread is alive. The instant in which Python ends it does not count.

        moto treats an execution as timed out if its thread is alive after it was joined.
        """
        return super().is_alive() and not self._over.is_set()


class InterpreterEvent:
    """``threading.Event`` by the service's clock."""

    def __init__(self, clock: ServiceClock, *, of_waits: bool = False) -> None:
        """``of_waits``: threads that wait for it are in a Wait state."""
        self._clock = clock
        self._of_waits = of_waits
        self._flag = False
        self._sleepers: set[Sleeper] = set()

    def is_set(self) -> bool:
        return self._flag

    def set(self) -> None:
        with self._clock.changed:
            self._flag = True
            for sleeper in self._sleepers:
                self._clock.wake(sleeper, by_hand=True)
            self._sleepers.clear()

    def clear(self) -> None:
        with self._clock.changed:
            self._flag = False

    def wait(self, timeout: float | None = None) -> bool:
        due = None
        if timeout is not None:
            due = self._clock.now() + dt.timedelta(seconds=timeout)
        return self.wait_until(due)

    def wait_until(
        self, due: dt.datetime | None, unless: Callable[[], bool] = lambda: False
    ) -> bool:
        """Wait for ``set`` until ``due``, unless ``unless()``. Return whether it was set."""
        with self._clock.changed:
            if self._flag:
                return True
            if unless() or (due is not None and due <= self._clock.now()):
                return False
            of_interpreter = isinstance(threading.current_thread(), InterpreterThread)
            sleeper = Sleeper(due, of_interpreter=of_interpreter, is_wait=self._of_waits)
            self._sleepers.add(sleeper)
            self._clock.lie_down(sleeper)
        sleeper.gate.wait()
        with self._clock.changed:
            self._sleepers.discard(sleeper)
        return sleeper.by_hand


class _StandIn:
    """A Python module with some of its names replaced."""

    def __init__(self, module: object, **replaced: object) -> None:
        self._module = module
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the module has)
        return getattr(self._module, name)


def run_on_clock(clock: ServiceClock, until: ExitStack) -> set[InterpreterThread]:
    """Make the interpreter use ``clock`` until the stack is closed.

    Return the set of its living threads.
    """
    living: set[InterpreterThread] = set()
    _rebind_time(clock, living, until)
    _wait_until_the_very_moment(clock, until)
    _stop_for_good(clock, until)
    _start_one_at_a_time(until)
    _read_a_definition_once(until)
    _make_one_client(until)
    rebind(until, JsonPathLexer, "reserved_words", {})
    # The same few paths are read in every state of every execution.
    rebind(until, json_path, "parse", functools.cache(parse))
    # moto logs a whole syntax tree for an error that Retry and Catch then handle. The execution's
    # history describes it better.
    log = logging.getLogger("moto.stepfunctions")
    until.callback(log.setLevel, log.level)
    log.setLevel(logging.CRITICAL)
    until.callback(moto_utils.TMP_THREADS.clear)
    return living


#: Seconds.
_A_MOMENT = 0.01


def stop_all(clock: ServiceClock, living: set[InterpreterThread], limit: float) -> int:
    """End every execution, asleep or not. Return the threads left after ``limit`` seconds."""
    for execution in _executions():
        worker = execution.exec_worker
        if execution.exec_status == ExecutionStatus.RUNNING and worker and worker.env:
            execution.stop(clock.now(), error="Stopped", cause="The local service was stopped.")
    clock.close()
    give_up = time.monotonic() + limit
    while living and time.monotonic() < give_up:
        for thread in list(living):
            try:
                thread.join(max(0.0, give_up - time.monotonic()))
            except RuntimeError:
                # An execution that is just starting is listed a moment before it can be waited for.
                time.sleep(_A_MOMENT)
    return len(living)


def _executions() -> Iterator[Any]:
    for regions in list(stepfunctions_parser_backends.values()):
        for backend in list(regions.values()):
            for machine in backend.state_machines:
                yield from list(machine.executions)


# --- time -------------------------------------------------------------------------------------


def _rebind_time(clock: ServiceClock, living: set[InterpreterThread], until: ExitStack) -> None:
    def now(tz: dt.tzinfo | None = None) -> dt.datetime:
        # Without a zone moto means local time; the emulator runs with TZ=UTC.
        moment = clock.now()
        return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

    def sleep(seconds: float) -> None:
        InterpreterEvent(clock).wait(seconds)

    thread = functools.partial(InterpreterThread, clock, living)
    event = functools.partial(InterpreterEvent, clock)
    stand_ins: dict[int, object] = {
        id(dt): _StandIn(dt, datetime=_StandIn(dt.datetime, now=now)),
        id(time): _StandIn(time, sleep=sleep, time=lambda: clock.now().timestamp()),
        id(threading): _StandIn(threading, Thread=thread, Event=event),
        id(threading.Thread): thread,
        id(threading.Event): event,
    }
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.parser."):
            for attribute, value in list(vars(module).items()):
                if id(value) in stand_ins:
                    rebind(until, module, attribute, stand_ins[id(value)])
    waits = functools.partial(InterpreterEvent, clock, of_waits=True)
    rebind(
        until,
        sys.modules[Environment.__module__],
        "threading",
        _StandIn(threading, Thread=thread, Event=waits),
    )
    rebind(until, moto_models, "utcnow", now)


def _wait_until_the_very_moment(clock: ServiceClock, until: ExitStack) -> None:
    def wait_for_timestamp(self: Any, env: Any) -> None:  # noqa: ANN401 (moto is untyped here)
        self.string.eval(env=env)
        text: str = env.stack.pop()
        if self._from_timestamp_string(text) is None:
            raise FailureEventException(self._create_failure_event(env, text))
        wait(env, dt.datetime.fromisoformat(text))

    def wait_for_seconds(_self: object, env: Any, seconds: int) -> None:  # noqa: ANN401
        wait(env, clock.now() + dt.timedelta(seconds=seconds))

    def wait(env: Any, moment: dt.datetime) -> None:  # noqa: ANN401
        # Anything that ends the execution first changes its state and then sets the event.
        while env.program_state_event.wait_until(moment, unless=lambda: not env.is_running()):
            pass

    rebind(until, Timestamp, "_eval_body", wait_for_timestamp)
    rebind(until, WaitFunction, "_wait_interval", wait_for_seconds)


# --- starting and stopping --------------------------------------------------------------------


def _stop_for_good(clock: ServiceClock, until: ExitStack) -> None:
    one_at_a_time = threading.Lock()
    set_error = Environment.set_error
    reflect_status = BaseExecutionWorkerCommunication._reflect_execution_status  # noqa: SLF001

    def stop_execution(self: StepFunctionResponse) -> ActionResult:
        arn, error, cause = (self._get_param(name) for name in ("executionArn", "error", "cause"))
        execution: Any = self.stepfunction_backend.describe_execution(arn)
        with one_at_a_time:
            if execution.exec_status == ExecutionStatus.RUNNING:
                _let_it_begin(execution, clock)
                moment = clock.now()
                execution.stop(moment, error=error, cause=cause)
                if isinstance(execution.exec_worker.env.program_state(), ProgramStopped):
                    execution.exec_status = ExecutionStatus.ABORTED
                    execution.stop_date, execution.error, execution.cause = moment, error, cause
        return ActionResult({"stopDate": execution.stop_date})

    def set_error_unless_stopped(self: Any, error: Any) -> None:  # noqa: ANN401
        # A function that ran when the execution was stopped ends later, and then moto cannot find
        # the next state.
        if not isinstance(self.program_state(), ProgramStopped):
            set_error(self, error)

    def reflect_status_unless_stopped(self: Any) -> None:  # noqa: ANN401
        if self.execution.exec_status != ExecutionStatus.ABORTED:
            reflect_status(self)  # type: ignore[no-untyped-call]  # moto's own

    rebind(until, StepFunctionResponse, "stop_execution", stop_execution)
    rebind(until, Environment, "set_error", set_error_unless_stopped)
    rebind(
        until,
        BaseExecutionWorkerCommunication,
        "_reflect_execution_status",
        reflect_status_unless_stopped,
    )


def _let_it_begin(execution: Any, clock: ServiceClock) -> None:  # noqa: ANN401 (moto is untyped)
    """Wait until the first state is entered: an earlier stop is lost, or leaves no event.

    Once the clock is closed, nothing starts any more.
    """
    give_up = time.monotonic() + BEGIN_LIMIT
    while not clock.closed and time.monotonic() < give_up:
        env = execution.exec_worker.env
        if env is not None and len(env.event_manager.get_event_history()) > 1:
            return
        time.sleep(0.001)
    _log.warning("%s does not start; its stop may be lost.", execution.name)


def _start_one_at_a_time(until: ExitStack) -> None:
    one_at_a_time = threading.Lock()
    start_execution = StepFunctionResponse.start_execution

    def start(self: StepFunctionResponse) -> Any:  # noqa: ANN401 (moto's answer)
        with one_at_a_time:
            return start_execution(self)

    rebind(until, StepFunctionResponse, "start_execution", start)


def _read_a_definition_once(until: ExitStack) -> None:
    read = functools.cache(AmazonStateLanguageParser.parse)

    def get_entrypoint(self: Any) -> Any:  # noqa: ANN401 (moto's program)
        # The parsed definition keeps nothing of a run, but is made to be used once, so it is
        # copied.
        program, _ = read(self._evaluation_details.state_machine_details.definition)
        return copy.deepcopy(program)

    rebind(until, ExecutionWorker, "_get_evaluation_entrypoint", get_entrypoint)


def _make_one_client(until: ExitStack) -> None:
    client = boto_client_for(service="lambda", region=os.environ["AWS_DEFAULT_REGION"])
    rebind(until, lambda_eval_utils, "boto_client_for", lambda **_: client)
