"""The scenarios of the crash test, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.property.stage import Task
    from tests.property.world import World

__all__ = ["SCENARIOS", "Attempt", "scenario"]


@dataclass(frozen=True)
class Attempt:
    """What meets the crash: ``begin`` begins it.

    ``again``: it is sent again until answered, each time after ``pause``.
    """

    begin: Callable[[], Task]
    again: bool
    pause: timedelta = timedelta(0)


SCENARIOS: dict[str, Callable[[World], Attempt]] = {}


def scenario(prepare: Callable[[World], Attempt]) -> Callable[[World], Attempt]:
    """Register this scenario, to be crashed everywhere."""
    SCENARIOS[prepare.__name__] = prepare
    return prepare
