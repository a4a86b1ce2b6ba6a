"""What an earlier run did not kill, found again in the code as it is now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.mutate.trial import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.mutate.draw import Mutant

__all__ = ["Survivor", "among", "survivors"]

_LISTED = "|".join(o.value for o in (Outcome.SURVIVED, Outcome.TIMED_OUT, Outcome.UNCLEAR))
_HEADING = re.compile(rf"(?:{_LISTED}): (?P<module>\S+):\d+ (?P<operator>\S+)")
#: What a difference shows beside the lines that are changed.
_AROUND = ("---", "+++", "@@", " ")


@dataclass(frozen=True)
class Survivor:
    """One that a report lists: its file, what was done there, and the lines that it changed."""

    module: str
    operator: str
    changed: tuple[str, ...]


def survivors(report: str) -> list[Survivor]:
    """Return each mutant that the report of an earlier run lists: those that were not killed."""
    found: list[Survivor] = []
    heading: re.Match[str] | None = None
    lines: list[str] = []
    for line in [*report.splitlines(), ""]:
        if heading and line.startswith("    "):
            lines.append(line)
            continue
        if heading and lines:
            found.append(Survivor(heading["module"], heading["operator"], _changed(lines)))
        heading, lines = _HEADING.fullmatch(line), []
    return found


def among(
    wanted: Iterable[Survivor], every: Iterable[Mutant], difference: Callable[[Mutant], str | None]
) -> dict[Survivor, list[Mutant]]:
    """Return the mutants of today's code that break it as each of ``wanted`` did.

    ``difference`` is what a mutant changes, ``None`` where it is not usable. None are found where
    the code has changed, and several where the same line stands in a file more than once.
    """
    found: dict[Survivor, list[Mutant]] = {one: [] for one in wanted}
    sought = {(one.module, one.operator) for one in found}
    for mutant in every:
        if (mutant.module, mutant.operator) not in sought:
            continue
        shown = difference(mutant)
        if shown is None:
            continue
        one = Survivor(mutant.module, mutant.operator, _changed(shown.splitlines()))
        if one in found:
            found[one].append(mutant)
    return found


def _changed(difference: Iterable[str]) -> tuple[str, ...]:
    """The lines of an indented difference that were taken out or put in; not those left empty."""
    lines = (line[4:].rstrip() for line in difference)
    return tuple(line for line in lines if line[1:] and not line.startswith(_AROUND))
