"""Rule 14: the Assistant Director informs the Director."""

from __future__ import annotations

from domain.ladder import Role
from domain.people import DIRECTOR_INFORMED
from domain.rules.director import InformDirector
from handlers.pages.acts.page import ActPage, Scene, asks

__all__ = ["INFORM_DIRECTOR"]


def _guidance(scene: Scene) -> tuple[str, ...]:
    """Return who gets the email, or that nobody does."""
    title = "the Director of Children’s Services"
    people = [one.name for one in scene.council.people(scene.challenge, Role.DIRECTOR, scene.today)]
    before = ("You have informed them before.",) if scene.challenge[DIRECTOR_INFORMED] else ()
    if not people:
        return (
            *before,
            (
                f"The directory has nobody as {title}, so nobody gets an email. Tell them yourself "
                "first. This records that you did."
            ),
        )
    return (
        *before,
        (
            f"{' and '.join(people)}, {title}, gets an email with the reference and the stage "
            "now, and can read the challenge from then on."
        ),
        "No deadline changes.",
    )


INFORM_DIRECTOR = ActPage(
    InformDirector,
    "inform-director",
    "Inform the Director",
    _guidance,
    asks(),
    lambda _read, _scene: InformDirector(),
)
