"""The exported record of a challenge, and the program that checks it (``domain.export``)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.wiring import casebook, exports
from domain.errors import NotAllowedError
from domain.export import Maker, exporting, may_export, not_for
from domain.looks import Via
from handlers.pages import web
from handlers.pages.gate import seen

if TYPE_CHECKING:
    from handlers.pages.acts import Scene

__all__ = ["CHECKER", "checker", "maker", "router"]

#: The program, as it is called wherever it goes.
CHECKER = "verify_export.py"

#: The most characters of a file within the answer of a Lambda, which has 6 MB and is JSON itself.
_LONGEST = 5_900_000

router = APIGatewayRouter()


@cache
def checker() -> str:
    """Return the program that checks an export."""
    return (Path(__file__).parents[2] / "data" / CHECKER).read_text(encoding="utf-8")


def maker(scene: Scene) -> Maker:
    """Return who makes an export, in the capacity by which they may."""
    return Maker(scene.officer.id, scene.officer.name, exporting(scene.capacities))


@router.get("/documents/<reference>/record.json")
def record(reference: str) -> Response[str]:
    """Return the signed record, for those who may read every word of it. The look is recorded.

    Raise ``NotAllowedError`` for all others who may see the challenge.
    """
    scene = seen(router, reference, shows=False, keep=False)
    challenge = scene.challenge
    if not may_export(scene.capacities):
        message = (
            f"The record of {challenge.reference} can be exported by those who may read every word "
            "of it: the IRO, the managers who oversee it, an auditor and the data protection "
            "officer. The challenge’s page has the documents that you can open."
        )
        raise NotAllowedError(message)
    beside = casebook().record.beside
    beside.note_look(challenge.reference, scene.officer.id, Via.EXPORT, scene.now)
    left_out = not_for(scene.capacities, challenge)
    file = exports().make(challenge, maker(scene), scene.now, left_out)
    text = file.decode()
    if len(json.dumps(text)) > _LONGEST:
        message = (
            "This record is too large for one download. Ask your IT service desk: they can ask the "
            "developers for a copy of it."
        )
        raise NotAllowedError(message)
    return _file(text, "application/json", f"{challenge.reference}.json")


@router.get(f"/documents/{CHECKER}")
def program() -> Response[str]:
    """Return the program that checks an export, to anybody who is signed in."""
    web.officer_and_council(router, keep=False)
    return _file(checker(), "text/x-python; charset=utf-8", CHECKER)


def _file(content: str, kind: str, name: str) -> Response[str]:
    """Return a file to keep. Its name says nothing of the child."""
    headers = {**web.SECURITY, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(200, kind, content, headers)
