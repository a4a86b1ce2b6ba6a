"""Lambda without Docker: a function's handler is called in this process.

moto's one place to hook in is ``LambdaFunction._invoke_lambda``: every call of Lambda, from the
interpreter of state machines, boto3 or the AWS CLI, passes through it. Input and output are JSON,
as in Lambda, so that a handler cannot pass on what JSON cannot carry.
"""

from __future__ import annotations

import importlib
import json
import logging
import threading
import time
import traceback
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.transform import TransformationInjector
from moto.awslambda.models import LambdaFunction

from infra.errors import InfraError
from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import ExitStack

    from infra.blueprint import Function

__all__ = ["FunctionError", "Functions", "LambdaContext", "run_in_process"]

_log = logging.getLogger(__name__)


class FunctionError(InfraError):
    """A function raised. ``kind`` is the name of its error, ``trace`` its stack."""

    def __init__(self, function: str, kind: str, message: str, trace: list[str]) -> None:
        super().__init__(f"The function {function} raised {kind}: {message}")
        self.kind = kind
        self.trace = trace


@dataclass(frozen=True)
class LambdaContext:
    """What Lambda tells a handler about the call."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    timeout_seconds: int
    function_version: str = "$LATEST"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.monotonic)

    @property
    def log_group_name(self) -> str:
        """Return the function's log group."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """Return the one stream: there is one container."""
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left, in real time. The limit is not enforced."""
        return int(1000 * (self.timeout_seconds - (time.monotonic() - self.began)))


class Functions:
    """The service's functions, called one at a time.

    On AWS each call has a process to itself. Here they share one, with what is kept in it:
    Powertools holds the current request in attributes of one class, for pages and interface alike,
    and what it logs about the current call in one logger for all. None of that may change in the
    middle of a call, so no two calls overlap. The exception is a function that calls another: it
    waits for it, and has already logged what it has to.

    A handler that was not given is imported at the first call, as in a cold start.
    """

    def __init__(
        self,
        shapes: Iterable[Function],
        handlers: Mapping[str, Callable[[dict[str, Any], Any], Any]],
        arn_of: Callable[[str], str],
    ) -> None:
        """``handlers`` by the function's name; ``arn_of`` returns a function's ARN by its name."""
        self._shapes = {shape.name: shape for shape in shapes}
        self._handlers = dict(handlers)
        self._arn_of = arn_of
        self._one_at_a_time = threading.RLock()

    def invoke(self, name: str, event: object) -> Any:  # noqa: ANN401 (any JSON)
        """Call a function. Return its answer as parsed JSON. Raise ``FunctionError``."""
        answer, failed = self.call(name, json.dumps(event))
        result = json.loads(answer)
        if failed:
            raise FunctionError(
                name, result["errorType"], result["errorMessage"], result["stackTrace"]
            )
        return result

    def call(self, name: str, event: str) -> tuple[str, bool]:
        """Call a function with JSON. Return its answer as JSON, and whether it is an error."""
        shape = self._shapes[name]
        request_id = str(uuid.uuid4())
        try:
            with self._one_at_a_time:
                # Its time begins now: waiting for the container does not count.
                context = LambdaContext(
                    name,
                    shape.memory_mb,
                    self._arn_of(name),
                    shape.timeout_seconds,
                    aws_request_id=request_id,
                )
                answer = self._handler(shape)(json.loads(event), context)
            return json.dumps(answer, allow_nan=False), False
        except Exception as error:  # noqa: BLE001 (as Lambda does, whatever it is)
            # Never log the event: it may hold what someone typed, a cookie, or a link's token.
            _log.exception("The function %s raised", name)
            fault = {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": request_id,
                "stackTrace": traceback.format_tb(error.__traceback__),
            }
            return json.dumps(fault), True

    def _handler(self, shape: Function) -> Callable[[dict[str, Any], Any], Any]:
        if shape.name not in self._handlers:
            module, _, function = shape.handler.rpartition(".")
            self._handlers[shape.name] = getattr(importlib.import_module(module), function)
        return self._handlers[shape.name]


def run_in_process(functions: Functions, until: ExitStack) -> None:
    """Make moto call ``functions`` instead of starting containers."""

    def invoke(self: LambdaFunction, event: object = None) -> tuple[str, bool, str]:
        # moto has decoded the payload, if there was one.
        payload = event if isinstance(event, str) else json.dumps(event)
        answer, failed = functions.call(self.function_name, payload)
        return answer, failed, ""

    rebind(until, LambdaFunction, "_invoke_lambda", invoke)
    _build_one_condition_at_a_time(until)


def _build_one_condition_at_a_time(until: ExitStack) -> None:
    """Lock boto3's condition builder: Table shares one between threads, and so mixes them up.

    On AWS each function has its own process with one thread; here they share a Table.
    """
    one_at_a_time = threading.Lock()
    inject = TransformationInjector.inject_condition_expressions

    def inject_alone(self: TransformationInjector, params: Any, model: Any, **named: Any) -> None:  # noqa: ANN401 (boto3's)
        with one_at_a_time:
            inject(self, params, model, **named)

    rebind(until, TransformationInjector, "inject_condition_expressions", inject_alone)
