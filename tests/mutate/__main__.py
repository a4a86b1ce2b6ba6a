"""Mutation: break the rules in ``functions/domain`` on purpose, and see whether a test notices.

    make mutate                     400 mutants of this week's draw
    make mutate SAMPLE=40           fewer; the beginning of the same draw
    make mutate SEED=2026-W49       another draw, or an earlier one again
    make mutate ONLY=survivors      those again that ``build/mutation.txt`` lists as not killed

Each mutant is one break of one place, drawn evenly over the modules (``tests/mutate/draw.py``)
from all that ``tests/mutate/operators.py`` finds. It is put into a copy of the tree, where the
tests of ``tests/rules`` and ``tests/unit`` that import its module, directly or not, run until one
fails: the nearest first, and then the rest; of each the quickest. Two are tried at a time, for ten
minutes at most.

It prints what happened to them, and each that survived with its difference; the same is in
``build/mutation.txt``, while it runs as well. What was found is kept in ``build/mutation`` until
code or tests change, so that a run that was stopped goes on, and a larger sample of the same seed
tries only what is new. It ends with 1 only when it could not be done.

``ONLY=survivors`` is for whoever improves tests: it tries in the tree as it is now what the last
run left, found by what it changes, and writes ``build/survivors.txt``. Those that had been killed
are not tried again: while tests are only added, they stay killed. For a number to tell others, run
the whole sample once more.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

from infra.blueprint import ROOT
from tests.mutate.again import among, survivors
from tests.mutate.draw import draw
from tests.mutate.known import Known
from tests.mutate.operators import mutants, mutated
from tests.mutate.relevance import distances, importers
from tests.mutate.told import difference, listed, table
from tests.mutate.trial import (
    FAR_BELOW,
    Copy,
    NotGreenError,
    Relevant,
    Verdict,
    copy_tree,
)
from tests.patience import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from tests.mutate.draw import Mutant

SAMPLE = int(os.environ.get("SAMPLE") or "400")
#: Another one each week, so that in time everything is tried.
SEED = os.environ.get("SEED") or f"{datetime.now(UTC):%G-W%V}"
ONLY = os.environ.get("ONLY") or ""

BUILD = ROOT / "build"
DOMAIN = "functions/domain"
#: How the files of these tests begin: not those of `tests/rules` that run the whole service.
NEAR = tuple(f"tests/{name}" for name in ("unit/test_", "rules/test_rule_", "rules/test_deadlines"))

AT_ONCE = 2
#: Bytes that a run may have: one that only grows ends itself, not the machine.
MEMORY = 8 << 30


def say(text: str = "") -> None:
    """Print it at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class CannotBeginError(Exception):
    """There is nothing to try; the message says what to do."""


def main() -> int:
    """The exit code: 0 if every mutant that was drawn has its verdict."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    with contextlib.suppress(ValueError, OSError):  # a system may allow less, or not know it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    try:
        with TemporaryDirectory(prefix="mutate-") as folder:
            roots = [Path(folder) / f"copy-{number}" for number in range(AT_ONCE)]
            for root in roots:
                copy_tree(ROOT, root)
            report = _report(roots)
    except KeyboardInterrupt:
        say("Stopped; nothing of the checkout was changed. The same command goes on from here.")
        return 130
    except (CannotBeginError, NotGreenError) as error:
        say(str(error))
        return 1
    say(report)
    return 0


def _as_interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _report(roots: list[Path]) -> str:
    """Draw, try what has no verdict yet, and return what is to be told.

    It is written after each verdict: a run that is stopped leaves what it has found so far.
    """
    code = {
        path.relative_to(roots[0]).as_posix(): path.read_text("utf-8")
        for path in sorted((roots[0] / DOMAIN).rglob("*.py"))
    }
    every = [mutant for module, text in code.items() for mutant in mutants(text, module)]
    which = f"ONLY={ONLY}" if ONLY else f"SAMPLE={SAMPLE}"
    say(f"Mutation of {DOMAIN}: {len(every):,} mutants. {which} SEED={SEED}")
    broken = _Broken(code)
    drawn = _left(every, broken.shown) if ONLY else draw(every, SAMPLE, SEED, broken.usable)
    differences = {one: broken.shown(one) or "" for one in drawn}
    found: dict[Mutant, Verdict] = {}
    unmutated = 0.0

    def told() -> str:
        so_far = "" if len(found) == len(drawn) else f", {len(found)} of {len(drawn)} so far"
        lines = (
            f"Mutation of {DOMAIN}, {which} SEED={SEED}{so_far}",
            "",
            *table(every, found, hangs=unmutated * FAR_BELOW < LIMIT),
            *listed([one for one in drawn if one in found], found, differences),
        )
        text = "\n".join(lines)
        file = BUILD / ("survivors.txt" if ONLY else "mutation.txt")
        file.write_text(f"{text}\n", encoding="utf-8")
        return text

    with contextlib.closing(Known.of(BUILD / "mutation", _digest(roots[0]))) as known:
        for mutant in drawn:
            verdict = known.of_mutant(mutant)
            if verdict is not None:
                found[mutant] = verdict
        if found:
            say(f"{len(found)} of {len(drawn)} are known from an earlier run of the same code.")
        waiting = {one: broken.texts[one] for one in drawn if one not in found}
        if waiting:
            copies = [Copy(root, SEED) for root in roots]
            tests, unmutated = _tests(copies[0], code)
            say(f"Unmutated, the tests take {unmutated:.0f} s; a mutant may take {LIMIT} s.")
            with contextlib.closing(_judged(copies, waiting, tests)) as judged:
                for mutant, verdict in judged:
                    found[mutant] = verdict
                    known.keep(mutant, verdict, differences[mutant])
                    say(
                        f"{len(found):5}/{len(drawn)} {verdict.outcome.value:9}"
                        f"{verdict.seconds:6.0f} s  {mutant.module}:{mutant.line} {mutant.operator}"
                    )
                    told()
    return told()


class _Broken:
    """The code of each mutant that was looked at, if it is usable."""

    def __init__(self, code: Mapping[str, str]) -> None:
        """``code``: of each module, as it is."""
        self._code = code
        self.texts: dict[Mutant, str] = {}

    def usable(self, mutant: Mutant) -> bool:
        """Whether it is code that means something else."""
        if mutant in self.texts:
            return True
        text = mutated(self._code[mutant.module], mutant)
        if text is not None:
            self.texts[mutant] = text
        return text is not None

    def shown(self, mutant: Mutant) -> str | None:
        """Return what it changes; ``None`` if it is not usable."""
        if not self.usable(mutant):
            return None
        return difference(self._code[mutant.module], self.texts[mutant], mutant.module)


def _left(every: list[Mutant], shown: Callable[[Mutant], str | None]) -> list[Mutant]:
    """Return what the last run did not kill. Raise ``CannotBeginError`` if that is not known."""
    if ONLY != "survivors":
        message = f"ONLY={ONLY} is unknown. Run `make mutate ONLY=survivors`."
        raise CannotBeginError(message)
    try:
        report = (BUILD / "mutation.txt").read_text("utf-8")
    except FileNotFoundError:
        message = "There is no build/mutation.txt to read them from. Run `make mutate` first."
        raise CannotBeginError(message) from None
    again = among(survivors(report), every, shown)
    gone = [one for one, mutants_ in again.items() if not mutants_]
    say(f"{len(again)} were not killed. The code of {len(gone)} of them has changed since:")
    for one in gone:
        say(f"    {one.module} {one.operator} {' '.join(one.changed)}")
    return [mutant for mutants_ in again.values() for mutant in mutants_]


def _tests(copy: Copy, code: Iterable[str]) -> tuple[dict[str, Relevant], float]:
    """Return the tests of each module, and the seconds that all take together unmutated.

    Raise ``NotGreenError``.
    """
    who = importers(copy.root, ("functions", "infra", "tests"))
    reached = {module: distances(module, who) for module in code}
    files = sorted({file for one in reached.values() for file in one if _is_test(file)})
    began = time.monotonic()
    seconds = copy.unmutated(files)
    took = time.monotonic() - began
    return {module: Relevant.of(one, seconds) for module, one in reached.items()}, took


def _is_test(file: str) -> bool:
    return file.startswith(NEAR)


def _digest(root: Path) -> str:
    """What the verdicts hold for: all that was copied, and the seed of the tests' own chance."""
    digest = sha256(SEED.encode())
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        digest.update(f"\n{path.relative_to(root)}\n".encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _judged(
    copies: list[Copy], broken: Mapping[Mutant, str], tests: Mapping[str, Relevant]
) -> Generator[tuple[Mutant, Verdict]]:
    """Try them, one in each copy at a time; yield each as it is known."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def one(mutant: Mutant) -> Verdict:
        copy = free.get()
        try:
            return copy.judge(mutant, broken[mutant], tests[mutant.module])
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        try:
            futures = {pool.submit(one, mutant): mutant for mutant in broken}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for copy in copies:
                copy.stop()
            raise


if __name__ == "__main__":
    sys.exit(main())
