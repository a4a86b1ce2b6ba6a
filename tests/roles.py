"""Check that each function writes only what its role on AWS allows (``infra.blueprint``).

The emulator checks no rights. So every write that a function makes in any test is checked here, by
the partition key that it goes to, as IAM does it (``dynamodb:LeadingKeys``).
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient

from infra.blueprint import FUNCTIONS, ONLY_UPDATE, WRITES, WRITES_WHERE_PEOPLE_TRAIN
from infra.local.lambda_seam import Functions
from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["as_nobody", "may_write", "writes_are_watched"]

_BY_NAME = {function.name: function for function in FUNCTIONS}

#: The parts of a transaction, and the action that each needs.
_PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_APPEND = {"PutItem", "UpdateItem"}

#: Set in a thread while it runs a function: the function's name.
_here = threading.local()


def may_write(name: str, action: str, partition: str, *, trains: bool = False) -> bool:
    """Whether a function may do ``action`` in the partition with this key.

    ``trains``: in a training environment.
    """
    function = _BY_NAME[name]
    allowed = {"UpdateItem"} if function in ONLY_UPDATE else _APPEND
    more = WRITES_WHERE_PEOPLE_TRAIN.get(function, ()) if trains else ()
    where = (*WRITES.get(function, ()), *more)
    return action in allowed and any(fnmatchcase(partition, pattern) for pattern in where)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Pause the check within a function's call: what others do meanwhile is not that function's."""
    before, _here.function = getattr(_here, "function", ""), ""
    try:
        yield
    finally:
        _here.function = before


@contextmanager
def writes_are_watched(*, trains: bool) -> Iterator[None]:
    """Check every write of a function; at the end, fail for those that its role would refuse."""
    wrong: set[str] = set()
    call, make = Functions.call, BaseClient._make_api_call  # type: ignore[attr-defined]

    def called(self: Functions, name: str, event: str) -> tuple[str, bool]:
        before, _here.function = getattr(_here, "function", ""), name
        try:
            return call(self, name, event)
        finally:
            _here.function = before

    def made(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401
        if name := getattr(_here, "function", ""):
            wrong.update(
                f"{name} may not {action} in {partition}"
                for action, partition in _writes(operation, parameters)
                if not may_write(name, action, partition, trains=trains)
            )
        return make(self, operation, parameters)

    with ExitStack() as until:
        rebind(until, Functions, "call", called)
        rebind(until, BaseClient, "_make_api_call", made)
        yield
    assert not wrong, "; ".join(sorted(wrong))


def _writes(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the writes of one call of AWS: the action, and the partition key it goes to."""
    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            yield operation, _partition(parameters)
        case "TransactWriteItems":
            for one in parameters["TransactItems"]:
                for part, request in one.items():
                    yield _PARTS[part], _partition(request)
        case "BatchWriteItem" | "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction":
            yield operation, "whatever it is"
        case _:
            return


def _partition(request: Mapping[str, Any]) -> str:
    key = (request.get("Key") or request["Item"])["PK"]
    return str(key["S"] if isinstance(key, dict) else key)
