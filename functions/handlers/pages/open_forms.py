"""The page of help (rule 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from handlers.pages import web

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

__all__ = ["router"]

router = APIGatewayRouter()


@router.get("/help")
def show_help() -> Response[str]:
    """Show what everybody who is part of a challenge should know: the procedure and a ruling."""
    officer, council = web.officer_and_council(router)
    ladder = council.ladder
    return web.render(
        "help.html",
        officer=officer,
        stages=[ladder[stage] for stage in ladder.stages],
        period=council.procedure.resolution_period,
    )
