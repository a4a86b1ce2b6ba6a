"""Values: frozen dataclasses that are equal if all they hold is equal.

Every rule has its facts and commands, and each function makes them all when it starts. What
``dataclass`` would write for each of them anew, and compile, stands here once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

__all__ = ["Value", "value"]

T = TypeVar("T", bound="Value")


class Value:
    """The base of what is made by :func:`value`: how two compare, and how one is printed."""

    def __eq__(self, other: object) -> bool:
        """Whether it is of the same class and holds the same."""
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        """The hash of all that it holds."""
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        """``EndHold()``, ``ProposeHold(days=3, reason='The panel.')``."""
        held = ", ".join(f"{name}={one!r}" for name, one in vars(self).items())
        return f"{type(self).__name__}({held})"


@dataclass_transform(frozen_default=True, eq_default=False)
def value(cls: type[T]) -> type[T]:
    """Make ``cls`` a frozen dataclass that compares and prints as a :class:`Value` does."""
    return dataclass(frozen=True, eq=False, repr=False)(cls)
