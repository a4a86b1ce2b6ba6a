"""Which mutants are tried: a sample that is the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Mutant", "draw"]


@dataclass(frozen=True, order=True)
class Mutant:
    """One break of one place."""

    #: Its file, from the top of the repository.
    module: str
    line: int
    column: int
    #: The operator, and the number of the place in the file among those where it applies.
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        """Return a name that no other mutant of the same code has."""
        return f"{self.module}:{self.line}:{self.column}:{self.operator}:{self.occurrence}"


def draw(
    mutants: Iterable[Mutant], count: int, seed: str, usable: Callable[[Mutant], bool]
) -> list[Mutant]:
    """Draw ``count`` mutants that are usable, as evenly over the modules as they allow.

    Within a module the places take turns before a place has its second mutant: an operator that
    can be replaced by eleven others is not eleven times as likely as a number. A smaller sample of
    the same seed is the beginning of a larger one.
    """
    by_chance = Random(seed)
    modules: dict[str, list[Mutant]] = {}
    for mutant in sorted(mutants):
        modules.setdefault(mutant.module, []).append(mutant)
    waiting = {module: _in_turns(held, by_chance) for module, held in modules.items()}
    order = list(waiting)
    by_chance.shuffle(order)
    drawn: list[Mutant] = []
    while order and len(drawn) < count:
        for module in tuple(order)[: count - len(drawn)]:
            another = next((one for one in waiting[module] if usable(one)), None)
            if another is None:
                order.remove(module)
            else:
                drawn.append(another)
    return drawn


def _in_turns(mutants: list[Mutant], by_chance: Random) -> Iterator[Mutant]:
    """Return the mutants in random order, the second of each place after the first of all."""
    places: dict[tuple[int, int], list[Mutant]] = {}
    for mutant in mutants:
        places.setdefault((mutant.line, mutant.column), []).append(mutant)
    held = list(places.values())
    for one in held:
        by_chance.shuffle(one)
    by_chance.shuffle(held)
    longest = max(map(len, held))
    return iter([one[turn] for turn in range(longest) for one in held if turn < len(one)])
