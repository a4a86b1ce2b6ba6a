"""Audit: each night, compare HEAD and the trays of every challenge with its events.

In ``{}``. Out ``{"looked_at": n, "wrong": ["PCE-7K3M-9QXT"], "faults": n}``: the challenges whose
HEAD or trays differ from their events, and how many of the nights it keeps do not fit. It reports,
and changes no record. It fails if it had no time for all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from adapters import clock
from adapters.errors import TryAgainError
from adapters.metrics import NOT_AS_RECORDED, emit
from adapters.wiring import audit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()

#: How much of its time is kept for the last challenge it started, and for what it stores.
_KEPT = timedelta(seconds=30)


@_log.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit once, for as long as there is time. Raise ``TryAgainError`` if that was too short.

    What ended is remembered, so the next night has fewer to look at.
    """
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    found = audit().audit(clock.wall() + time_left - _KEPT)
    for reference, sentences in found.wrong.items():
        _log.error("not as recorded", extra={"reference": reference, "what": list(sentences)})
    for fault in found.faults:
        _log.error("what had ended does not fit", extra={"what": fault})
    if wrong := len(found.wrong) + len(found.faults):
        emit(NOT_AS_RECORDED, wrong)
    counts = {"looked_at": found.looked_at, "ended": found.ended, "left": found.left}
    _log.info("audited", extra=counts)
    if found.left:
        message = f"{found.left} challenges are left: {found.looked_at} took all the time."
        raise TryAgainError(message)
    return {
        "looked_at": found.looked_at,
        "wrong": sorted(found.wrong),
        "faults": len(found.faults),
    }
