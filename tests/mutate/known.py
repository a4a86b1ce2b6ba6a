"""What is already known: cosmic-ray's session, a file to which each verdict is saved at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import (
    MutationSpec,
    TestOutcome,
    WorkerOutcome,
    WorkItem,
    WorkResult,
)

from tests.mutate.trial import Outcome, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mutate.draw import Mutant

__all__ = ["Known"]


class Known:
    """The verdicts that hold for the same code, tests and seed."""

    def __init__(self, path: Path) -> None:
        """``path``: where the session is, or will be."""
        self._session = WorkDB(path, WorkDB.Mode.create)
        self._found = {
            job: Verdict(Outcome(result.output)) for job, result in self._session.results
        }

    @classmethod
    def of(cls, folder: Path, digest: str) -> Known:
        """Return what is known under ``digest``; remove what belongs to other code."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{digest}.sqlite"
        for other in folder.glob("*.sqlite"):
            if other != path:
                other.unlink()
        return cls(path)

    def of_mutant(self, mutant: Mutant) -> Verdict | None:
        """Return its verdict, if it has one."""
        return self._found.get(mutant.name)

    def keep(self, mutant: Mutant, verdict: Verdict, difference: str) -> None:
        """Keep the verdict, unless it is unclear: then it is tried again."""
        if verdict.outcome is Outcome.UNCLEAR:
            return
        spec = MutationSpec(
            module_path=mutant.module,
            operator_name=mutant.operator,
            occurrence=mutant.occurrence,
            start_pos=(mutant.line, mutant.column),
            end_pos=(mutant.line, mutant.column + 1),
        )
        survived = verdict.outcome is Outcome.SURVIVED
        result = WorkResult(
            worker_outcome=WorkerOutcome.NORMAL,
            output=verdict.outcome.value,
            test_outcome=TestOutcome.SURVIVED if survived else TestOutcome.KILLED,
            diff=difference,
        )
        self._session.add_work_item(WorkItem.single(mutant.name, spec))
        self._session.set_result(mutant.name, result)

    def close(self) -> None:
        """Close the file."""
        self._session.close()
