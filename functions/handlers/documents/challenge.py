"""The documents of one challenge, at ``/documents/<reference>/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.wiring import typesetter
from domain.rules.good_practice import is_praise
from handlers.documents.report import of_stage, of_the_whole, printed
from handlers.documents.way_in import answered, opened
from handlers.pages.papers import stages_reached

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

__all__ = ["router"]

router = APIGatewayRouter()


@router.get("/documents/<reference>/report.pdf")
def report(reference: str) -> Response[bytes]:
    """Return the report of the whole challenge. Raise ``NotFoundError`` of good practice."""
    scene = opened(router, reference, "report")
    if is_praise(scene.challenge):
        raise NotFoundError
    pdf = typesetter().pdf(of_the_whole(scene))
    return answered(pdf, f"{scene.challenge.reference}-report")


@router.get("/documents/<reference>/stage-<slug>.pdf")
def stage_report(reference: str, slug: str) -> Response[bytes]:
    """Return the report of one stage. Raise ``NotFoundError`` if it was never at that stage."""
    scene = opened(router, reference, f"stage {slug}")
    stage = next((one for one in stages_reached(scene) if one.value == slug), None)
    if stage is None:
        raise NotFoundError
    pdf = typesetter().pdf(of_stage(scene, stage))
    return answered(pdf, f"{scene.challenge.reference}-stage-{stage.value}")


@router.get("/documents/<reference>/print.pdf")
def print_(reference: str) -> Response[bytes]:
    """Return the challenge's page on paper."""
    scene = opened(router, reference, "print")
    return answered(typesetter().pdf(printed(scene)), scene.challenge.reference)
