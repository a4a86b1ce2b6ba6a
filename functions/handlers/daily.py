"""Daily: at 09:30 of each working day, email each officer what waits for them.

In ``{}``. Out ``{"sent": n, "refused": n}``. It fails if an email could not be sent: AWS calls
again, and nobody who had theirs gets a second one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from adapters.errors import TryAgainError
from adapters.wiring import daily_letters

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()


@_log.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Send the emails of one morning. Raise ``TryAgainError``."""
    became = daily_letters().send_all()
    counts = {"sent": became.sent, "refused": became.refused, "failed": became.failed}
    _log.info("daily letters", extra=counts)
    if became.failed:
        message = f"{became.failed} daily emails could not be sent just now."
        raise TryAgainError(message)
    return {"sent": became.sent, "refused": became.refused}
