"""What every test shares: its level, botocore's models, and the tables printed after a run.

Each test has one level, and each level has its command:

    make test    what you run all the time: the folders of ``FIRST``, except tests with a mark
    make ci      tests marked ``ci``, and the other folders
    make night   tests marked ``night``, which take longer than anyone waits
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.loaders import JSONFileLoader

import infra.local  # noqa: F401 - it leaves out a part of moto, so it comes first
import tests.patience  # noqa: F401 - hypothesis's profile, for every test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter

#: The folders of ``make test``.
FIRST = ("rules", "unit", "pages", "doors", "through")

TESTS = Path(__file__).parent

#: The files that play on from the frozen table of each release.
_PLAYED_ON = ("test_going_on.py", "test_tables.py", "test_to_the_end.py", "test_while_it_waits.py")
_LATEST = 2


def folder_of(path: Path) -> str:
    """Return the folder of ``tests`` that contains the test's file."""
    return path.relative_to(TESTS).parts[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests whose folder belongs to ``make ci``.

    What goes on from an old release's table to the end is played for the first release and the last
    ones; for all of them at night, because there is one more with each release.
    """
    for item in items:
        if item.path.name in _PLAYED_ON and _is_between(item):
            item.add_marker(pytest.mark.night)
        if folder_of(item.path) not in FIRST and not item.get_closest_marker("night"):
            item.add_marker(pytest.mark.ci)
        if folder_of(item.path) == "infra":
            # Loading CDK takes longer than to make a template with it: one worker does it.
            item.add_marker(pytest.mark.xdist_group("cloud"))
        _keep_groups_together(item)


def _is_between(item: pytest.Item) -> bool:
    """Whether the test is of a release that is neither the first nor one of the latest."""
    from tests.upgrade.frozen import releases  # noqa: PLC0415 - it loads what few tests need

    known = releases("table.jsonl")
    params = getattr(getattr(item, "callspec", None), "params", {}).values()
    return any(one in known[1:-_LATEST] for one in params)


def _keep_groups_together(item: pytest.Item) -> None:
    """Write the test's ``xdist_group`` into its id, so that one worker gets the whole group.

    pytest-xdist 3.8 does this itself, but in an attribute that pytest no longer reads since 9.2.
    Then each worker makes what the tests of a module share.
    """
    group = item.get_closest_marker("xdist_group")
    if group and getattr(item.config.option, "loadgroup", False):
        item._id = replace(item._id, params=None, names=(f"{_last(item)}@{group.args[0]}",))


def _last(item: pytest.Item) -> str:
    """Return the test's id after its file."""
    return item.nodeid.partition("::")[2]


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """Keep botocore's models: moto drops boto3's session at each start, with all that was read.

    Reading them is half the time of a start, and most tests have a service of their own.
    """
    read = JSONFileLoader.load_file
    loader = JSONFileLoader()
    with pytest.MonkeyPatch.context() as patch:
        once = cache(lambda path: read(loader, path))
        patch.setattr(JSONFileLoader, "load_file", lambda _self, path: once(path))
        yield


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print each folder's seconds, and what the tests counted: costs and emails."""
    _print_seconds(terminalreporter)
    _print_counts(terminalreporter, "cost: ", "what a challenge costs")
    _print_counts(terminalreporter, "emails: ", "emails that challenges send")


def _print_seconds(terminalreporter: TerminalReporter) -> None:
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: Counter[str] = Counter()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            folder = folder_of(TESTS.parent / report.nodeid.partition("::")[0])
            seconds[folder] += report.duration
            tests[folder] += report.when == "call"
    if seconds:
        terminalreporter.section("seconds of each folder, over all workers")
        for folder, took in sorted(seconds.items(), key=lambda one: -one[1]):
            terminalreporter.line(f"{folder:14}{took:8.1f} s {tests[folder]:6} tests")


def _print_counts(terminalreporter: TerminalReporter, prefix: str, title: str) -> None:
    """Print what tests counted under names with this prefix, as one table."""
    costs = {
        name.removeprefix(prefix): counted
        for report in terminalreporter.getreports("passed")
        for name, counted in report.user_properties
        if name.startswith(prefix)
    }
    if not costs:
        return
    terminalreporter.section(title)
    rows = list(dict.fromkeys(row for counted in costs.values() for row in counted))
    names = sorted(costs)
    terminalreporter.line(f"{'':26}" + "".join(f"{name:>32}" for name in names))
    for row in rows:
        values = "".join(f"{costs[name].get(row, 0):>32g}" for name in names)
        terminalreporter.line(f"{row:26}{values}")
