"""Who looked at a challenge: who, when and in which way, the newest look first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.errors import NoSuchChallengeError
from adapters.wiring import casebook
from domain.looks import looker
from domain.moments import local_day, moment_in_words
from domain.permissions import may_see_looks
from domain.writing import capitalised
from handlers.pages import web
from handlers.pages.gate import seen
from handlers.request import query

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from domain.looks import Look, Looker
    from handlers.pages.acts import Scene

__all__ = ["router"]

router = APIGatewayRouter()

#: How many looks a page lists.
_AT_MOST = 50

#: Where a page begins: the moment of a look, and the id of who looked.
_PLACE = re.compile(r"[0-9T:.Z-]{27}#[^#]{1,100}")


@dataclass(frozen=True)
class _Line:
    """One look, in words."""

    when: str
    who: Looker
    how: str


@router.get("/challenges/<reference>/who-looked")
def show_looks(reference: str) -> Response[str]:
    """Show one page of the looks. This look is recorded too.

    Raise ``NoSuchChallengeError`` if the person may not see who looked.
    """
    scene = seen(router, reference)
    challenge = scene.challenge
    if not may_see_looks(scene.capacities, challenge, scene.council):
        raise NoSuchChallengeError(reference)
    address = f"/challenges/{quote(challenge.reference)}"
    first = query(router).get("from", "")
    if first and not _PLACE.fullmatch(first):
        return web.see_other(f"{address}/who-looked")
    beside = casebook().record.beside
    looks, older = beside.newest_looks(challenge.reference, _AT_MOST, first)
    return web.render(
        "who_looked.html",
        officer=scene.officer,
        challenge=challenge,
        lines=[_line(look, scene) for look in looks],
        older=f"{address}/who-looked?{urlencode({'from': older})}" if older else "",
        newest=f"{address}/who-looked" if first else "",
        address=address,
    )


def _line(look: Look, scene: Scene) -> _Line:
    who = looker(look.officer, scene.challenge, scene.council, local_day(look.at))
    return _Line(moment_in_words(look.at), who, capitalised(look.in_words))
