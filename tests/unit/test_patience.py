"""A slow machine makes tests slow, never red: no test may depend on the machine's speed.

This reads the tests' own code, so that it also covers the test that somebody writes tomorrow.
"""

from __future__ import annotations

import ast
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from infra.blueprint import ROOT
from tests.patience import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = ROOT / "tests"

#: Names of functions that return the machine's own time.
STOPWATCHES = {
    *("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
    *("process_time", "process_time_ns", "thread_time", "thread_time_ns"),
}
#: Names of functions that wait for so many seconds if they get a number.
WAITS = {"acquire", "communicate", "join", "result", "wait", "wait_for"}


def hurries(code: str) -> Iterator[tuple[int, str]]:
    """Yield where the code of a test depends on speed: the line, and what to do instead."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _limits(node)
        if isinstance(node, ast.FunctionDef):
            yield from _measured(node)


def _limits(call: ast.Call) -> Iterator[tuple[int, str]]:
    name = _name(call.func)
    given = [key.value for key in call.keywords if key.arg and "timeout" in key.arg]
    if name in WAITS | {"timeout", "Timer"}:  # the last two: pytest's marker, and threading's
        given += call.args
    if name == "create_connection":
        given += call.args[1:2]
    if any(_number(one) < LIMIT for one in given):
        yield call.lineno, "a limit is there for what hangs: tests.patience.LIMIT"
    if name in ("settings", "register_profile") and "deadline" in {k.arg for k in call.keywords}:
        yield call.lineno, "tests.patience sets hypothesis's deadline for all"


def _measured(scope: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    """Yield asserts that look at a stopwatch, or at something computed from one."""
    tainted: set[str] = set()

    def shows_time(node: ast.AST) -> bool:
        return any(
            (isinstance(one, ast.Call) and _is_stopwatch(one.func))
            or (isinstance(one, ast.Name) and one.id in tainted)
            for one in ast.walk(node)
        )

    inside = [node for node in ast.walk(scope) if isinstance(node, ast.Assign | ast.Assert)]
    for node in sorted(inside, key=lambda node: node.lineno):
        if isinstance(node, ast.Assert):
            compared = [one for one in ast.walk(node.test) if isinstance(one, ast.Compare)]
            if any(shows_time(one) for one in compared):
                yield node.lineno, "count the work, or assert an order: not how long it took"
        elif shows_time(node.value):
            parts = [one for to in node.targets for one in ast.walk(to)]
            tainted |= {one.id for one in parts if isinstance(one, ast.Name)}


def _is_stopwatch(function: ast.expr) -> bool:
    # ``time(9)`` without a module is an hour of the day.
    return _name(function) in STOPWATCHES or ast.unparse(function) in ("time.time", "time.time_ns")


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _number(node: ast.expr) -> float:
    """Return the number that is written there, or ``None``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    return float("inf")


FILES = sorted(TESTS.rglob("*.py"))


def test_no_test_hurries() -> None:
    assert len(FILES) > 100
    found = [
        f"{file.relative_to(ROOT)}:{line}: {instead}"
        for file in FILES
        if file.name != "patience.py"
        for line, instead in sorted(set(hurries(file.read_text("utf-8"))))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "pytestmark = pytest.mark.timeout(300)",
        "@pytest.mark.timeout(599)\ndef test(): ...",
        "requests.get(url, timeout=60)",
        "subprocess.run(command, timeout=120)",
        "event.wait(10)",
        "thread.join(0.5)",
        "semaphore.acquire(timeout=60)",
        "threading.Timer(5, stop)",
        "socket.create_connection(address, 5)",
        "page.wait_for(timeout=30)",
        "PROFILE = settings(max_examples=5, deadline=None)",
        "def test():\n    began = monotonic()\n    assert monotonic() - began < 5",
        "def test():\n    a = perf_counter()\n    took = perf_counter() - a\n    assert took < 5",
        "def test():\n    assert time.process_time() < 5",
        "def test():\n    assert time.time() - began < 5",
    ],
)
def test_the_search_finds_what_it_is_for(code: str) -> None:
    assert list(hurries(code))


@pytest.mark.parametrize(
    "code",
    [
        "pytestmark = pytest.mark.timeout(LONG_LIMIT)",
        "event.wait(LIMIT)",
        "event.wait()",
        "', '.join(words)",
        "found.get(row, 0)",
        "settings(max_examples=5)",
        "def test():\n    assert clock.now() == at_local(day, time(9))",
        "def measure():\n    began = time.monotonic()\n    return time.monotonic() - began",
    ],
)
def test_the_search_finds_nothing_else(code: str) -> None:
    assert list(hurries(code)) == []


def test_a_test_has_as_long_as_everything_in_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert float(project["tool"]["pytest"]["timeout"]) >= LIMIT


def test_hypothesis_has_no_deadline_and_waits_for_what_is_drawn_slowly() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
