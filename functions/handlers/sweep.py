"""Sweep: every few minutes, give a fresh leg to each challenge that should be awake and is not.

In ``{}``, or ``{"all": true}`` to renew every open challenge (after a restore). Out ``{"swept":
n, "failed": n}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from adapters.wiring import sweep

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()
_metrics = Metrics()


@_log.inject_lambda_context(clear_state=True)
@_metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Sweep once."""
    swept = sweep().sweep(everything=bool(event.get("all")))
    _metrics.add_metric("ChallengesSwept", MetricUnit.Count, swept.swept)
    _metrics.add_metric("ChallengesStuck", MetricUnit.Count, swept.failed)
    _log.info("swept", extra={"swept": swept.swept, "failed": swept.failed})
    return {"swept": swept.swept, "failed": swept.failed}
