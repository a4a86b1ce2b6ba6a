"""What every test shares: botocore's models, read once, and the table of costs that ends a run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from botocore.loaders import JSONFileLoader

import tests.patience  # noqa: F401 - hypothesis's profile, for every test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """moto takes boto3's session away at each start, and with it all that botocore had read.

    That is half the time of a start, and most tests have a service of their own.
    """
    read = JSONFileLoader.load_file
    loader = JSONFileLoader()
    with pytest.MonkeyPatch.context() as patch:
        once = cache(lambda path: read(loader, path))
        patch.setattr(JSONFileLoader, "load_file", lambda _self, path: once(path))
        yield


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print what a challenge costs, as the tests counted it."""
    costs = {
        name.removeprefix("cost: "): counted
        for report in terminalreporter.getreports("passed")
        for name, counted in report.user_properties
        if name.startswith("cost: ")
    }
    if not costs:
        return
    terminalreporter.section("what a challenge costs")
    rows = list(dict.fromkeys(row for counted in costs.values() for row in counted))
    names = sorted(costs)
    terminalreporter.line(f"{'':26}" + "".join(f"{name:>32}" for name in names))
    for row in rows:
        values = "".join(f"{costs[name].get(row, 0):>32g}" for name in names)
        terminalreporter.line(f"{row:26}{values}")
