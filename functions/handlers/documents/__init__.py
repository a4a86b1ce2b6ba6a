"""The documents: PDFs of what the pages show, and the signed record. A function of its own.

Each is made from the same reading of the record as the page, for the same reader, and each making
is recorded as a look. Legal advice is in none: this function's role cannot read it. Of a sealed
record no document is made. Only the packs for Cafcass are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from handlers import request
from handlers.documents import challenge, meetings, packing, record, supervision
from handlers.pages import problems, web

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["app", "handler"]

_log = Logger()

app = APIGatewayRestResolver()
app.use([web.looks_answered, web.marked, request.exactly, web.origin_checked, request.once])
for _module in (challenge, meetings, packing, record, supervision):
    app.include_router(_module.router)
problems.answer_with_pages(app)


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(request.opened(event), context)
