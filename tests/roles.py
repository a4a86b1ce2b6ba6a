"""Check that each function does only what its role on AWS allows (``infra.blueprint``).

The emulator checks no rights. So every write that a function makes in any test is checked here, by
the partition key that it goes to, as IAM does it (``dynamodb:LeadingKeys``), and every query of an
index, by the index.
Nor may any write let an item of a record end, or a function that only notes looks write anything
else (``dynamodb:Attributes``).
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient

from adapters.record.beside import DELETE_AFTER, LOOK, PASSING
from infra.blueprint import (
    FUNCTIONS,
    ONLY_LOOKS,
    ONLY_UPDATE,
    READS_LISTS,
    WRITES,
    WRITES_WHERE_PEOPLE_TRAIN,
)
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
    allowed = {"PutItem"} if function in ONLY_LOOKS else allowed
    more = WRITES_WHERE_PEOPLE_TRAIN.get(function, ()) if trains else ()
    where = (*WRITES.get(function, ()), *more)
    return action in allowed and any(fnmatchcase(partition, pattern) for pattern in where)


def may_query(name: str, index: str) -> bool:
    """Whether a function may query the index of this name."""
    return any(one.name == index for one in READS_LISTS.get(_BY_NAME[name], ()))


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
    """Check what each function does; at the end, fail for what its role would refuse."""
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
                for action, partition, _ in _writes(operation, parameters)
                if not may_write(name, action, partition, trains=trains)
            )
            index = parameters.get("IndexName", "") if operation == "Query" else ""
            if index and not may_query(name, index):
                wrong.add(f"{name} may not query {index}")
            wrong.update(
                f"{name} may write nothing but looks: {said}"
                for _, _, said in _writes(operation, parameters)
                if _BY_NAME[name] in ONLY_LOOKS and not set(said.split()) <= set(LOOK)
            )
        # Whoever writes: a test may do so itself.
        wrong.update(
            f"nothing in {partition} may end"
            for _, partition, said in _writes(operation, parameters)
            if DELETE_AFTER in said and not partition.startswith(PASSING)
        )
        return make(self, operation, parameters)

    with ExitStack() as until:
        rebind(until, Functions, "call", called)
        rebind(until, BaseClient, "_make_api_call", made)
        yield
    assert not wrong, "; ".join(sorted(wrong))


def _writes(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the writes of one call of AWS: action, partition key, and the attributes it names."""
    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            yield operation, _partition(parameters), _names(parameters)
        case "TransactWriteItems":
            for one in parameters["TransactItems"]:
                for part, request in one.items():
                    yield _PARTS[part], _partition(request), _names(request)
        case "BatchWriteItem" | "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction":
            yield operation, "whatever it is", str(parameters)
        case _:
            return


def _names(request: Mapping[str, Any]) -> str:
    """Return the names of the attributes that a write sets, as text."""
    names = request.get("ExpressionAttributeNames", {}).values()
    return " ".join([*request.get("Item", {}), request.get("UpdateExpression", ""), *names])


def _partition(request: Mapping[str, Any]) -> str:
    key = (request.get("Key") or request["Item"])["PK"]
    return str(key["S"] if isinstance(key, dict) else key)
