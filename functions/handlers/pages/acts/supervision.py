"""Rule 13: that a challenge was discussed in supervision."""

from __future__ import annotations

from domain.rules.supervision import DiscussInSupervision, supervised_in
from handlers.pages.acts.page import ActPage, Scene, said
from handlers.pages.kit import Field, Kind, Option

__all__ = ["DISCUSS_IN_SUPERVISION"]


def _theirs(scene: Scene) -> tuple[str, ...]:
    return supervised_in(scene.challenge, scene.officer.id, scene.council, scene.today)


def _fields(scene: Scene) -> tuple[Field, ...]:
    options = tuple(Option(one, scene.officer_named(one)) for one in _theirs(scene))
    only = options[0].value if len(options) == 1 else ""
    return (
        Field("officer", Kind.RADIOS, "Who did you discuss it with?", options=options, value=only),
    )


DISCUSS_IN_SUPERVISION = ActPage(
    DiscussInSupervision,
    "supervision",
    "Record that you discussed it",
    said(
        "The record says that you discussed it in supervision, with whom and when. "
        "It does not say what was said. To record a decision, record a discussion instead."
    ),
    _fields,
    lambda read, _scene: DiscussInSupervision(
        read.key("officer", "Choose who you discussed it with.")
    ),
    offered=lambda scene: bool(_theirs(scene)),
)
