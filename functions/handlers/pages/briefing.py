"""The briefing about a challenge (rule 11): all that whoever was briefed sees of it.

The Director sees the same once they were notified. The IRO and those who oversee the challenge can
read it here as well, and on the challenge's page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.errors import NoSuchChallengeError
from domain.moments import day_in_words, moment_in_words
from domain.rules.briefing import READ_BRIEFINGS, Briefed, DirectorNotified, briefings
from domain.rules.corrections import Corrected, corrections_of
from domain.tasks import is_theirs, tasks
from domain.timeline import headline
from domain.vocabulary import Purpose
from handlers.pages import done, web
from handlers.pages.acts import Scene, offers
from handlers.pages.gate import seen

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

__all__ = ["router"]

router = APIGatewayRouter()


@dataclass(frozen=True)
class Briefing:
    """One briefing, as the page shows it: who briefed whom, when, their words and corrections."""

    headline: str
    when: str
    words: str
    corrected: tuple[str, ...]


@router.get("/challenges/<reference>/briefing")
def show_briefing(reference: str) -> Response[str]:
    """Show the briefings of one challenge, and what its reader has to confirm."""
    scene = seen(router, reference, alone="briefing")
    found = briefings(scene.challenge)
    if not found or not scene.capacities & READ_BRIEFINGS:
        raise NoSuchChallengeError(reference)
    challenge, council = scene.challenge, scene.council
    iro, corrected = council.directory.officers.get(challenge.iro), corrections_of(challenge)
    return web.render(
        "briefing.html",
        officer=scene.officer,
        reference=challenge.reference,
        whole=f"/challenges/{challenge.reference}" if scene.sees_all else "",
        briefings=[
            Briefing(
                headline(event, challenge, council),
                moment_in_words(event.effective),
                event.fact.words,
                tuple(
                    one.fact.words
                    for one in corrected.get(event.number, ())
                    if isinstance(one.fact, Corrected)
                ),
            )
            for event in found
            if isinstance(event.fact, Briefed)
        ],
        confirmed=[
            f"{headline(event, challenge, council)}, {moment_in_words(event.effective)}."
            for event in challenge.events
            if isinstance(event.fact, DirectorNotified)
        ],
        due=_due(scene),
        offers=[page for page in offers(scene) if page.alone == "briefing"],
        iro=iro,
        done=done.said(router, scene),
    )


def _due(scene: Scene) -> str:
    """Return by when the reader has to confirm that the Director was notified; empty if not."""
    for task in tasks(scene.challenge, scene.council):
        theirs = is_theirs(task, scene.officer.id, scene.challenge, scene.council, scene.today)
        if theirs and task.purpose is Purpose.CONFIRM_DIRECTOR:
            return day_in_words(task.deadline.day)
    return ""
