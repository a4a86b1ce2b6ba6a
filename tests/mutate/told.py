"""The report of a run: a table of what happened to the mutants, and those not killed."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING

from tests.mutate.trial import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.mutate.draw import Mutant
    from tests.mutate.trial import Verdict

__all__ = ["difference", "listed", "table"]


def table(every: list[Mutant], found: Mapping[Mutant, Verdict], *, hangs: bool) -> Iterator[str]:
    """How many there are, were drawn, and became what, in each module and in all."""
    there = Counter(mutant.module for mutant in every)
    became = Counter((mutant.module, verdict.outcome) for mutant, verdict in found.items())
    yield f"{'':36}{'there are':>10}{'sampled':>10}" + "".join(f"{o.value:>10}" for o in Outcome)
    for module in sorted(there):
        counts = [became[module, outcome] for outcome in Outcome]
        yield _row(module, there[module], counts)
    counts = [sum(became[module, outcome] for module in there) for outcome in Outcome]
    yield _row("in all", len(every), counts)
    killed, timed_out, survived, _ = counts
    yield ""
    noticed = killed + timed_out * hangs
    judged = killed + timed_out + survived
    share = f"{100 * noticed / judged:.1f} %" if judged else "None"
    what = "killed or timed out" if hangs else "killed (too slow a machine to count what timed out)"
    yield f"{share} of {judged} were noticed: {what}. What is unclear is not counted."


def _row(name: str, there: int, counts: list[int]) -> str:
    return f"{name:36}{there:10,}{sum(counts):10}" + "".join(f"{count:10}" for count in counts)


def difference(whole: str, broken: str, module: str) -> str:
    """Return what was changed, indented."""
    lines = difflib.unified_diff(
        whole.splitlines(), broken.splitlines(), module, module, lineterm="", n=1
    )
    return "\n".join(f"    {line}" for line in lines)


def listed(
    drawn: list[Mutant], found: Mapping[Mutant, Verdict], differences: Mapping[Mutant, str]
) -> Iterator[str]:
    """Each mutant that was not simply killed, with its difference."""
    for outcome in (Outcome.SURVIVED, Outcome.TIMED_OUT, Outcome.UNCLEAR):
        for mutant in sorted(one for one in drawn if found[one].outcome is outcome):
            yield ""
            yield f"{outcome.value}: {mutant.module}:{mutant.line} {mutant.operator}"
            yield differences[mutant]
            if outcome is Outcome.UNCLEAR:
                yield found[mutant].output
