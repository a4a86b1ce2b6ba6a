"""Seal: each night, store the last hash of every chain where nobody can change it.

In ``{}``. Out ``{"sealed": n, "rewritten": ["PCE-7K3M-9QXT"], "faults": n}``: how many heads are
new, which challenges differ from their seals (their chains, or the looks and links kept beside
these), and how many nights do not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from adapters import clock
from adapters.metrics import NOT_AS_SEALED, emit
from adapters.wiring import sealing

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()


@_log.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Seal once, by the wall clock: a training run has no nights."""
    night, before = sealing().seal(clock.wall())
    for reference, error in night.rewritten.items():
        found = {"reference": reference, "what": str(error)}
        _log.error("rewritten since it was sealed", extra=found)
    for reference, sentences in night.changed.items():
        found = {"reference": reference, "what": " ".join(sentences)}
        _log.error("looks or links changed since they were sealed", extra=found)
    for fault in before.faults:
        _log.error("a seal does not fit", extra={"what": fault})
    references = sorted({*night.rewritten, *night.changed})
    if wrong := len(references) + len(before.faults):
        emit(NOT_AS_SEALED, wrong)
    _log.info("sealed", extra={"sealed": night.sealed, "nights": before.nights})
    return {
        "sealed": night.sealed,
        "rewritten": references,
        "faults": len(before.faults),
    }
