"""Seal: each night, keep the last hash of every chain where nobody can change it.

In ``{}``. Out ``{"sealed": n, "rewritten": ["PCE-7K3M-9QXT"], "faults": n}``: how many heads are
new, which challenges are not what was sealed of them before, and how many nights do not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from adapters import clock
from adapters.wiring import sealing

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()
_metrics = Metrics()


@_log.inject_lambda_context(clear_state=True)
@_metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Seal once."""
    night, before = sealing().seal(clock.now())
    for reference, error in night.rewritten.items():
        found = {"reference": reference, "what": str(error)}
        _log.error("rewritten since it was sealed", extra=found)
    for fault in before.faults:
        _log.error("a seal does not fit", extra={"what": fault})
    _metrics.add_metric("HeadsSealed", MetricUnit.Count, night.sealed)
    _metrics.add_metric("ChallengesRewritten", MetricUnit.Count, len(night.rewritten))
    _metrics.add_metric("SealsBroken", MetricUnit.Count, len(before.faults))
    _log.info("sealed", extra={"sealed": night.sealed, "nights": before.nights})
    return {
        "sealed": night.sealed,
        "rewritten": sorted(night.rewritten),
        "faults": len(before.faults),
    }
