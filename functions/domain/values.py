"""Values: frozen dataclasses that are equal if all their fields are equal.

Each function makes the facts and commands of every rule when it starts. ``dataclass`` would write
and compile the same methods for each of them, so they are defined here once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

__all__ = ["Value", "value"]

T = TypeVar("T", bound="Value")


class Value:
    """The base of every :func:`value`: how two compare, and how one is printed."""

    def __eq__(self, other: object) -> bool:
        """Whether ``other`` has the same class and fields."""
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        """Return the hash of its class and fields."""
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        """Return ``EndHold()``, ``ProposeHold(days=3, reason='The panel.')``."""
        held = ", ".join(f"{name}={one!r}" for name, one in vars(self).items())
        return f"{type(self).__name__}({held})"


@dataclass_transform(frozen_default=True, eq_default=False)
def value(cls: type[T]) -> type[T]:
    """Return ``cls`` as a frozen dataclass that compares and prints as a :class:`Value` does."""
    return dataclass(frozen=True, eq=False, repr=False)(cls)
