"""What every test shares: the table of costs that closes a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


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
