"""Sweep: every few minutes, give a fresh leg to each challenge that should be awake and is not.

In ``{}``, ``{"all": true}`` to renew every open challenge (after a restore), or ``{"reference":
"PCE-7K3M-9QXT"}`` to renew one. Out ``{"swept": n, "failed": n, "left": n}``; there was no time for
those that are left. After ``{}`` the next Sweep does them; after ``all``, ask for ``{"all": true,
"after": "…"}`` with the ``after`` of the answer. At the end it counts the open challenges for
operators, and logs each that is stuck or has no running execution:
``{"message": "stuck", "reference": …}``. Then it fills in some of the summary rows that an earlier
release did not write: ``"summaries": n`` is how many, if any. With ``all``, without ``after``, it
starts again to look for them, also among ended challenges.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from adapters import clock
from adapters.errors import DamagedHeadError
from adapters.figures import figures
from adapters.lookout import look_out
from adapters.metrics import CHALLENGES_NOT_RUNNING, CHALLENGES_SWEPT, emit
from adapters.wiring import casebook, executions, summaries, sweep

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from adapters.record.lists import Pulse

__all__ = ["handler"]

_log = Logger()

#: How much of its time is kept for the last challenge it started, and for counting.
_KEPT = timedelta(seconds=30)


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int | str]:
    """Sweep once, for as long as there is time.

    Raise ``DamagedHeadError`` at the end, if a HEAD lacks something to count.
    """
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    everything, until = bool(event.get("all")), clock.wall() + time_left - _KEPT
    after = event.get("after", "") if everything else ""
    if reference := event.get("reference"):
        swept = sweep().wake(reference)
    else:
        swept = sweep().sweep(everything=everything, after=after, until=until)
    emit(CHALLENGES_SWEPT, swept.swept)
    counts = {"swept": swept.swept, "failed": swept.failed, "left": swept.left}
    _log.info("swept", extra=counts)
    # Count last: what cannot be counted must not keep anything asleep.
    pulses, damaged = _pulses()
    figures(pulses, casebook().council().calendar).emit()
    seen = look_out(pulses, executions())
    emit(CHALLENGES_NOT_RUNNING, seen.not_running)
    for one in seen.noticed:
        _log.warning(str(one.kind), extra=one.told())
    missing = any(not one.has_summary for one in pulses)
    filled = summaries().fill_in(until, missing=missing, new_round=everything and not after)
    if filled.filled or filled.failed:
        counts["summaries"] = filled.filled
        _log.info("filled in", extra={"filled": filled.filled, "failed": filled.failed})
    if damaged:
        raise damaged
    return {**counts, "after": swept.after} if everything and swept.left else {**counts}


def _pulses() -> tuple[list[Pulse], DamagedHeadError | None]:
    """Return what can be counted, and the error for what cannot, to be raised at the end."""
    pulses: list[Pulse] = []
    try:
        for one in casebook().record.lists.pulses():
            pulses.append(one)  # noqa: PERF402 - keep those before an error
    except DamagedHeadError as error:
        return pulses, error
    return pulses, None
