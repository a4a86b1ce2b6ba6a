"""The clients of AWS: none of them may wait as long as its function may run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from adapters import wiring
from infra.blueprint import FUNCTIONS, FUNCTIONS_DIR, OPERATE, SWEEP

if TYPE_CHECKING:
    from collections.abc import Iterator

WIRING = FUNCTIONS_DIR / "adapters" / "wiring.py"

#: The names in boto3 that make a client, or something that makes clients.
MAKES = {"client", "resource", "session", "Session"}


@pytest.fixture(autouse=True)
def of_this_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    monkeypatch.setenv("TABLE_NAME", "none")
    wiring.forget()
    yield
    wiring.forget()


def _makes(tree: ast.AST) -> list[str]:
    """Return the code in a module that makes clients with boto3."""
    return [
        f"boto3.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in MAKES
        and isinstance(node.value, ast.Name)
        and node.value.id == "boto3"
    ]


def _asked_for(tree: ast.AST) -> set[str]:
    """Return the services in calls such as ``_client("s3")``."""
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_client"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_clients_are_made_in_one_place() -> None:
    made = {
        file.relative_to(FUNCTIONS_DIR).as_posix(): found
        for file in FUNCTIONS_DIR.rglob("*.py")
        if (found := _makes(ast.parse(file.read_text("utf-8"))))
    }
    assert made == {"adapters/wiring.py": ["boto3.client", "boto3.resource"]}


def test_no_client_waits_for_as_long_as_a_function_has() -> None:
    services = _asked_for(ast.parse(WIRING.read_text("utf-8")))
    assert {"s3", "secretsmanager", "sesv2", "stepfunctions", "sqs", "sns", "lambda"} <= services
    clients = [wiring._client(service) for service in services]
    clients.append(wiring._table().meta.client)
    shortest = min(function.timeout_seconds for function in FUNCTIONS)
    for client in clients:
        how = client.meta.config
        name = client.meta.service_model.service_name
        assert (how.connect_timeout, how.read_timeout) == (2, 8), name
        # botocore has one setting for all tries and one for those after the first.
        assert how.retries["total_max_attempts"] == 4, name
        assert how.connect_timeout + how.read_timeout < shortest, name


def test_the_one_client_that_waits_is_for_a_sweep_and_sweeps_once() -> None:
    how: Any = wiring.waiting_client().meta.config
    assert how.connect_timeout == 2
    assert SWEEP.timeout_seconds < how.read_timeout < OPERATE.timeout_seconds
    assert how.retries["total_max_attempts"] == 1
