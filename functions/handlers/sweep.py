"""Sweep: every few minutes, give a fresh leg to each challenge that should be awake and is not.

In ``{}``, or ``{"all": true}`` to renew every open challenge (after a restore). Out ``{"swept":
n, "failed": n}``. Then it counts the open challenges for the operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from adapters.figures import figures
from adapters.metrics import CHALLENGES_SWEPT, emit
from adapters.wiring import casebook, sweep

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Sweep once."""
    swept = sweep().sweep(everything=bool(event.get("all")))
    emit(CHALLENGES_SWEPT, swept.swept)
    _log.info("swept", extra={"swept": swept.swept, "failed": swept.failed})
    # Last: what cannot be counted must not keep anything asleep.
    figures(casebook().record, casebook().council().calendar).emit()
    return {"swept": swept.swept, "failed": swept.failed}
