"""The pages: the service as people see it, over API Gateway.

The routes are in the modules of this package, and :mod:`handlers.pages.problems` has the pages for
when something goes wrong. This one puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from handlers import request
from handlers.pages import (
    about,
    briefing,
    calendar,
    covering,
    deciding,
    directory,
    doing,
    draft_list,
    history,
    home,
    listing,
    looks,
    problems,
    raising,
    replying,
    replying_together,
    searching,
    selected,
    supervision,
    training,
    transferring,
    views,
    web,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["app", "handler"]

_log = Logger()

app = APIGatewayRestResolver()
app.use([web.looks_answered, web.marked, request.exactly, web.origin_checked, request.once])
for _module in (
    home,
    about,
    raising,
    draft_list,
    replying,
    replying_together,
    doing,
    briefing,
    listing,
    selected,
    searching,
    views,
    history,
    looks,
    deciding,
    covering,
    calendar,
    directory,
    transferring,
    supervision,
    training,
):
    app.include_router(_module.router)
problems.answer_with_pages(app)


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(request.opened(event), context)
