"""Operate: answer an operator, who may see no more of a record than this function says.

In ``{"command": "show", "reference": "PCE-7K3M-9QXT"}``; ``adapters.operating.asked`` lists what
can be asked. Out ``{"code": 0, "lines": ["…"], "data": {…}, "error": ""}``: lines to read, the same
for a program, and an exit code: 0 if all is well, 1 if a record is not as it should be, 2 if it
failed; ``error`` then says what to do. Nothing in it is about a child.

Lambda does not say who calls. ``by`` is who the caller claims to be. The log has it next to the id
of the request, for which CloudTrail names the real caller.
"""

from __future__ import annotations

import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.errors import AdapterError
from adapters.operating.asked import read_question
from adapters.wiring import desk
from domain.errors import ProcedureError
from handlers.errors import HandlerError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()

#: How much of its time is kept for the last challenge it started, and for the answer.
_KEPT = timedelta(seconds=30)
#: The longest ``by`` that the log takes, in characters: an ARN is shorter.
_NAME_AT_MOST = 200
_COULD_NOT = 2


class UnansweredError(HandlerError):
    """Something unforeseen went wrong. Its own words are kept back: they may be about a child."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"The question could not be answered: {type(error).__name__}. The log says where."
        )


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one question, after writing it to the log.

    Raise ``UnansweredError`` in place of any error that belongs to no tree.
    """
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    by = str(event.get("by", ""))[:_NAME_AT_MOST]
    question = {name: value for name, value in event.items() if name != "by"}
    try:
        asked = read_question(question)
        told = {"command": asked.command, "reference": asked.reference, "says_to_be": by}
        _log.info("asked", extra={**told, "all": asked.everything, "person": asked.person})
        answer = desk().answer(asked, clock.wall() + time_left - _KEPT)
    except (AdapterError, ProcedureError, BotoCoreError, ClientError) as error:
        _log.warning("not answered", extra={"says_to_be": by, "why": type(error).__name__})
        said = f"{type(error).__name__}: {error}"
        return {"code": _COULD_NOT, "lines": [], "data": {}, "error": said}
    except Exception as error:  # noqa: BLE001 - whatever it is, its words must not get out
        where = traceback.format_tb(error.__traceback__)
        _log.error("failed", extra={"why": type(error).__name__, "where": where})
        raise UnansweredError(error) from None
    return {"code": answer.code, "lines": list(answer.lines), "data": answer.data, "error": ""}
