"""Values: frozen dataclasses that are equal if all their fields are equal.

Each function makes the facts and commands of every rule when it starts. ``dataclass`` would write
and compile the same methods for each of them, so they are defined here once.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from typing import Any, ClassVar, TypeVar, dataclass_transform

__all__ = ["Value", "value"]

T = TypeVar("T", bound="Value")


class Value:
    """The base of every :func:`value`: how one is made, compared and printed, and never changed."""

    #: Its fields, in order, each with what makes its default; ``None`` if it has none.
    __made_of__: ClassVar[dict[str, Any]] = {}

    def __init__(self, *in_order: object, **by_name: object) -> None:
        """Take its fields. Raise ``TypeError`` for one too many, too few, or given twice."""
        made_of = self.__made_of__
        given = dict(zip(made_of, in_order, strict=False))
        if len(in_order) > len(made_of) or given.keys() & by_name.keys():
            message = f"{type(self).__name__} was given a field twice, or more than it has."
            raise TypeError(message)
        given.update(by_name)
        held = vars(self)
        for name, default in made_of.items():
            if name in given:
                held[name] = given.pop(name)
            elif default is not None:
                held[name] = default()
            else:
                message = f"{type(self).__name__} needs the field {name}."
                raise TypeError(message)
        if given:
            message = f"{type(self).__name__} has no field {', '.join(given)}."
            raise TypeError(message)

    def __setattr__(self, name: str, _value: object) -> None:
        """Raise ``FrozenInstanceError``."""
        message = f"cannot assign to field {name!r}"
        raise FrozenInstanceError(message)

    def __delattr__(self, name: str) -> None:
        """Raise ``FrozenInstanceError``."""
        message = f"cannot delete field {name!r}"
        raise FrozenInstanceError(message)

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
    """Return ``cls`` as a dataclass that is made, compared and printed as a :class:`Value` is."""
    made = dataclass(init=False, eq=False, repr=False)(cls)
    made.__made_of__ = {one.name: _default(one) for one in fields(made)}  # type: ignore[arg-type]
    return made


def _default(field: Any) -> Any:  # noqa: ANN401 - a field of any type
    """Return what makes the default of a field; ``None`` if it has none."""
    if field.default_factory is not MISSING:
        return field.default_factory
    if field.default is MISSING:
        return None
    default = field.default
    return lambda: default
