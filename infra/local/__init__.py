"""The local runtime: the whole service on one machine, with moto in AWS's place.

moto's interpreter of state machines loads its EC2 for tasks of AWS Batch, which is a third of what
a start loads. Our state machine calls functions only, so Batch is left out before moto is imported.
"""

from __future__ import annotations

import sys
from types import ModuleType

__all__ = ["BATCH"]

_SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
#: In the place of moto's own module.
BATCH = ModuleType(f"{_SERVICES}.state_task_service_batch")


class _NoBatch:
    """In the place of the class that moto imports from there."""

    def __init__(self) -> None:
        message = "The emulator runs no tasks of AWS Batch: infra/local/__init__.py leaves it out."
        raise NotImplementedError(message)


setattr(BATCH, "StateTaskServiceBatch", _NoBatch)  # noqa: B010 - a name that mypy cannot know
sys.modules.setdefault(BATCH.__name__, BATCH)
