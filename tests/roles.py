"""What each function writes, held against what its role on AWS lets it write (``infra.blueprint``).

The emulator asks nobody whether they may. So every write that a function makes in any test is
looked at here, by the key of the partition that it goes to, as IAM looks at it
(``dynamodb:LeadingKeys``).
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

#: What a part of a transaction is called, and the action that it needs.
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
    """Whether a function may do ``action`` in a partition, by the key of that.

    ``trains``: in an environment for training.
    """
    function = _BY_NAME[name]
    allowed = {"UpdateItem"} if function in ONLY_UPDATE else _APPEND
    more = WRITES_WHERE_PEOPLE_TRAIN.get(function, ()) if trains else ()
    where = (*WRITES.get(function, ()), *more)
    return action in allowed and any(fnmatchcase(partition, pattern) for pattern in where)


@contextmanager
def as_nobody() -> Iterator[None]:
    """In the midst of a function's call: what others do meanwhile is not that function's."""
    before, _here.function = getattr(_here, "function", ""), ""
    try:
        yield
    finally:
        _here.function = before


@contextmanager
def writes_are_watched(*, trains: bool) -> Iterator[None]:
    """Look at every write of a function; at the end, fail for those that its role would refuse."""
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
    """The writes of one call of AWS: the action, and the key of the partition that it goes to."""
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
