"""Decide: the one step that an execution takes each time it wakes.

In ``{"reference": "PCE-7K3M-9QXT", "leg": 3}``; out ``{"where": "STAGE_1", "wake_at":
"2026-12-24T09:00:00Z"}``. ``where`` is a name in the state machine's Choice; ``wake_at`` is by the
wall clock, which the machine waits by (HEAD keeps the service's time). This contract only grows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from adapters import clock
from adapters.wiring import casebook
from domain.moments import utc_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, str]:
    """Wake one leg of one challenge."""
    _log.append_keys(reference=event["reference"], leg=event["leg"])
    state = casebook().wake(event["reference"], int(event["leg"]))
    _log.info("decided", extra={"where": state.name})
    return {"where": str(state.name), "wake_at": utc_text(clock.on_the_wall(state.wake_at))}
