"""Trying a mutant: in a copy of the tree, with the tests that can notice it.

Nothing is ever broken in the checkout itself, so whatever stops a trial leaves it whole.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import Enum
from importlib.util import cache_from_source
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from zlib import crc32

from tests.patience import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.mutate.draw import Mutant

__all__ = [
    "FAR_BELOW",
    "Copy",
    "NotGreenError",
    "Outcome",
    "Relevant",
    "StoppedError",
    "Verdict",
    "copy_tree",
]

#: A run that is cut off counts as hung only if the unmutated one takes this many times less.
FAR_BELOW = 3

#: What is not copied: what is generated here, or belongs to this machine.
_LEFT_OUT = (
    *(".git", ".venv*", "node_modules", ".local", "build", "cdk.out"),
    *("__pycache__", ".hypothesis", ".*_cache"),
)
#: pytest's exit codes for tests that failed, and for files that could not be imported.
_NOTICED = (1, 2)


class NotGreenError(Exception):
    """The tests fail although nothing is mutated; the message ends with what pytest said."""


class StoppedError(Exception):
    """The trial was stopped before its end: it says nothing about the mutant."""


class Outcome(Enum):
    """What happened to a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    #: pytest neither passed nor failed: it crashed, or the machine ran out of something.
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Verdict:
    """What happened to a mutant, and how: seconds, and how the output of an unclear one ended."""

    outcome: Outcome
    seconds: float = 0.0
    output: str = ""


@dataclass(frozen=True)
class Relevant:
    """The test files that import a module: its nearest, and the rest."""

    nearest: tuple[str, ...]
    rest: tuple[str, ...]

    @classmethod
    def of(cls, distances: Mapping[str, int], seconds: Mapping[str, float]) -> Relevant:
        """Return those among ``seconds``, the files of the unmutated run: the quickest first.

        Those of the rest that take a minute would otherwise run before one that needs no second.
        """
        can = sorted(
            (file for file in seconds if file in distances),
            key=lambda file: (seconds[file], file),
        )
        near = min((distances[file] for file in can), default=0)
        nearest = tuple(file for file in can if distances[file] == near)
        return cls(nearest, tuple(file for file in can if distances[file] != near))


def copy_tree(root: Path, to: Path) -> None:
    """Copy what the tests need of the repository."""
    shutil.copytree(root, to, ignore=shutil.ignore_patterns(*_LEFT_OUT))


class Copy:
    """A copy of the tree in which one mutant at a time is tried."""

    def __init__(self, root: Path, seed: str, limit: float = LIMIT) -> None:
        """``limit``: seconds for all the tests of one mutant."""
        self.root = root
        self._limit = limit
        self._seed = crc32(seed.encode())
        self._lock = Lock()
        self._stopped = Event()
        self._process: subprocess.Popen[bytes] | None = None

    def unmutated(self, files: Sequence[str]) -> dict[str, float]:
        """Return the seconds that each test file takes. Raise ``NotGreenError``."""
        report = self.root / "unmutated.xml"
        code, output = self._run(files, None, f"--junitxml={report}")
        if code != 0:
            message = f"The tests fail although nothing is mutated. Correct them first.\n{output}"
            raise NotGreenError(message)
        seconds = dict.fromkeys(files, 0.0)
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
            file = case.get("classname", "").replace(".", "/")
            # A test in a class has the class's name as well.
            (whole,) = (one for one in files if f"{file}/".startswith(f"{one[:-3]}/"))
            seconds[whole] += float(case.get("time", "0"))
        return seconds

    def judge(self, mutant: Mutant, broken: str, tests: Relevant) -> Verdict:
        """Run the nearest tests, then the rest, until one notices. Raise ``StoppedError``."""
        path = self.root / mutant.module
        whole = path.read_bytes()
        began = time.monotonic()
        try:
            path.write_text(broken, encoding="utf-8")
            _forget_compiled(path)
            for files in filter(None, (tests.nearest, tests.rest)):
                code, output = self._run(files, began + self._limit)
                took = time.monotonic() - began
                if code is None:
                    return Verdict(Outcome.TIMED_OUT, took)
                if code in _NOTICED:
                    return Verdict(Outcome.KILLED, took)
                if code != 0:
                    return Verdict(Outcome.UNCLEAR, took, f"Exit code {code}.\n{output}")
            return Verdict(Outcome.SURVIVED, time.monotonic() - began)
        finally:
            path.write_bytes(whole)
            _forget_compiled(path)

    def stop(self) -> None:
        """End the trial that is running, with all that it started."""
        with self._lock:
            self._stopped.set()
            if self._process is not None:
                _end(self._process)

    def _run(self, files: Sequence[str], until: float | None, *more: str) -> tuple[int | None, str]:
        """Return pytest's exit code and the end of its output; ``None`` when time was up."""
        shutil.rmtree(self.root / ".hypothesis", ignore_errors=True)  # what earlier ones failed on
        said = self.root / "said.txt"
        command = [
            *(sys.executable, "-m", "pytest", "-x", "-q", "-n", "0"),
            *("-p", "no:randomly", "-p", "no:cacheprovider", f"--hypothesis-seed={self._seed}"),
            # The limit is the mutant's, not each test's.
            *("-o", "timeout=0", f"--basetemp={self.root / 'basetemp'}", *more, *files),
        ]
        with said.open("wb") as output:
            with self._lock:
                if self._stopped.is_set():
                    raise StoppedError
                self._process = subprocess.Popen(
                    command,
                    cwd=self.root,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            try:
                left = None if until is None else max(0.0, until - time.monotonic())
                code: int | None = self._process.wait(left)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                with self._lock:
                    _end(self._process)
                    self._process = None
        if self._stopped.is_set():
            raise StoppedError
        return code, "\n".join(said.read_text("utf-8", "replace").splitlines()[-20:])


def _forget_compiled(path: Path) -> None:
    """Python knows a changed file by its second and its size, and a mutant may have both."""
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything it started."""
    with contextlib.suppress(ProcessLookupError):  # nothing of it is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
