"""The child's history: every challenge about the same child, whoever raised it (rule 25)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.wiring import casebook
from domain.errors import NotAllowedError
from domain.moments import day_in_words, local_day, parse_moment
from domain.rules.history import Past, came_back, sees_history
from domain.vocabulary import Capacity, Outcome
from domain.writing import capitalised
from handlers.pages import web
from handlers.pages.gate import seen
from handlers.pages.listing import line_of

if TYPE_CHECKING:
    from datetime import date

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from handlers.pages.acts import Scene

__all__ = ["router"]

router = APIGatewayRouter()

#: Endings that say that there was no matter of this challenge's own.
_NO_MATTER = (Outcome.RAISED_IN_ERROR, Outcome.DUPLICATE)


@dataclass(frozen=True)
class Entry:
    """A challenge of the child, in words. ``back`` are its themes that came back within a year."""

    reference: str
    address: str
    raised: str
    stands: str
    iro: str
    themes: str
    back: str
    here: bool


@router.get("/challenges/<reference>/history")
def show_history(reference: str) -> Response[str]:
    """Show every challenge about the child, newest first. The look is recorded.

    Who covers for the IRO is led to the page on which they open them, with a reason.
    """
    scene = seen(router, reference)
    challenge = scene.challenge
    if not sees_history(scene.capacities, challenge, scene.officer.id):
        if Capacity.COVER in scene.capacities:
            return web.see_other(f"/challenges/{quote(challenge.reference)}/open-history")
        message = (
            "The child’s other challenges are for their IRO, the Safeguarding & Review Service "
            "Manager and the Senior IRO Manager."
        )
        raise NotAllowedError(message)
    rows = casebook().record.lists.of_child(challenge.raised.child.case_id)
    entries = _entries(rows, scene)
    return web.render(
        "history.html",
        officer=scene.officer,
        challenge=challenge,
        entries=entries,
        any_back=any(one.back for one in entries),
        address=f"/challenges/{quote(challenge.reference)}",
    )


def _entries(rows: list[Row], scene: Scene) -> list[Entry]:
    back = came_back(_past(row) for row in rows if row.outcome not in _NO_MATTER)
    return [_entry(row, back.get(row.reference, ()), scene) for row in rows]


def _entry(row: Row, back: tuple[str, ...], scene: Scene) -> Entry:
    shown = line_of(row, scene.now, scene.council)
    return Entry(
        row.reference,
        shown.address,
        day_in_words(_raised(row)),
        f"Ended: {row.outcome}" if row.outcome else shown.standing,
        shown.iro,
        "; ".join(map(capitalised, row.themes)),
        "; ".join(map(capitalised, back)),
        row.reference == scene.challenge.reference,
    )


def _past(row: Row) -> Past:
    moment = row.ended.partition(" ")[0]
    ended = local_day(parse_moment(moment)) if moment else None
    return Past(row.reference, row.themes, _raised(row), ended)


def _raised(row: Row) -> date:
    return local_day(parse_moment(row.raised_at))
