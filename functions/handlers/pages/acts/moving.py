"""Rule 15: the child moved to another team or social worker."""

from __future__ import annotations

from enum import StrEnum

from domain.challenge import Area
from domain.people import posts_in_words
from domain.rules.moving import MoveChild, goes_to
from handlers.pages.acts.page import ActPage, Scene, said, team_options, worker_options
from handlers.pages.kit import Field, Kind, Option, Reading

__all__ = ["MOVE_CHILD"]


class _Question(StrEnum):
    """Where the present question goes."""

    GOES = "goes"
    STAYS = "stays"


def _may_go(scene: Scene) -> bool:
    """Whether the present question could go to some other team or social worker."""
    directory = scene.council.directory
    areas = [
        Area(team, option.value)
        for option in worker_options(scene)
        for team in directory.teams
        if option.group == team
    ]
    return any(goes_to(scene.challenge, area, scene.council) for area in areas)


def _fields(scene: Scene) -> tuple[Field, ...]:
    area = scene.challenge.area
    asked = posts_in_words(scene.challenge.request.posts, scene.council)
    question = Field(
        "question",
        Kind.RADIOS,
        "Who should answer the question that is open now?",
        options=(
            Option(
                _Question.GOES,
                "The new team",
                "They have the working days that are left, and at least two.",
            ),
            Option(
                _Question.STAYS,
                "Those who were asked",
                f"It stays with {asked}, until the same day.",
            ),
        ),
    )
    return (
        Field("team", Kind.SELECT, "New team", options=team_options(scene), value=area.team),
        Field(
            "social_worker",
            Kind.SELECT,
            "Social worker now",
            options=worker_options(scene),
            value=area.social_worker,
        ),
        *((question,) if _may_go(scene) else ()),
    )


def _build(read: Reading, scene: Scene) -> MoveChild:
    goes = None
    if _may_go(scene) and read.form.get("question", "").strip():
        ask = "Choose who should answer the question that is open now."
        goes = read.choice("question", _Question, _Question.STAYS, ask) is _Question.GOES
    return MoveChild(read.form.get("team", ""), read.form.get("social_worker", ""), goes)


MOVE_CHILD = ActPage(
    MoveChild,
    "move",
    "Record the move",
    said(
        "The new social worker and managers are told, and can read the challenge from now on.",
        "Those before can read the record up to today, and still answer what they were asked.",
        "The next stage begins with the new managers.",
    ),
    _fields,
    _build,
    checks=True,
)
