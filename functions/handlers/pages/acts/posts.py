"""Rule 15: who should reply instead."""

from __future__ import annotations

from domain.rules.posts import Reassign, posts_to_name
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    reason,
    said,
)
from handlers.pages.kit import Field, Kind, Option

__all__ = ["REASSIGN"]


def _posts(scene: Scene) -> tuple[Field, ...]:
    options = tuple(
        Option(post.id, f"{post.title}: {_names(post.id, scene)}")
        for post in posts_to_name(scene.challenge, scene.council, scene.today)
    )
    return (
        Field("post", Kind.SELECT, "Who should reply?", options=options),
        reason("Why them?", by_link=True),
    )


def _names(post: str, scene: Scene) -> str:
    people = scene.council.directory.people(post, scene.today)
    return ", ".join(person.name for person in people)


REASSIGN = ActPage(
    Reassign,
    "reassign",
    "Ask this person",
    said(
        "Whoever holds or covers the post today is asked to reply, with a link of their own.",
        "They have the days that are left, and at least two working days. If nobody had been "
        "asked yet, they have the stage’s full time.",
    ),
    _posts,
    lambda read, _: Reassign(read.form.get("post", ""), read.words("reason")),
)
