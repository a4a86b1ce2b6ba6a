"""Rule 15: who should reply instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import Returned
from domain.ladder import Role, either
from domain.moments import day_in_words
from domain.rules.posts import (
    BESIDE_KEY,
    NotMine,
    Reassign,
    days_for_whoever_is_named,
    posts_to_name,
)
from handlers.pages.acts.page import ActPage, Scene, reason
from handlers.pages.kit import Field, Kind, Option

if TYPE_CHECKING:
    from domain.challenge import Challenge

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


def _what_follows(scene: Scene) -> tuple[str, ...]:
    """Return whom they can ask, and which days whoever is asked has to reply."""
    challenge, council = scene.challenge, scene.council
    roles = either(council.ladder[challenge.stage].responders)
    due = day_in_words(days_for_whoever_is_named(challenge, scene.now, council).day)
    return (
        "Whoever holds or covers the post today is asked to reply, with a link of their own.",
        f"They have to reply by {due}. {_why_then(challenge)}",
        f"You can ask a {roles}, or somebody above them up to the {Role.DIRECTOR.in_words}.",
    )


def _why_then(challenge: Challenge) -> str:
    """Return why whoever is named has these days, as a sentence."""
    if challenge.question_by(BESIDE_KEY):
        return "That is when the others who were asked have to reply too."
    if challenge.request.returned is Returned.NOT_SERVED:
        return "Nobody could be asked before, so they have the stage’s full time."
    return (
        "Those are the days that are left. The first time that somebody else is asked at a stage, "
        "they have at least two working days; after that the deadline does not move again."
    )


REASSIGN = ActPage(
    Reassign,
    "reassign",
    "Ask this person",
    _what_follows,
    _posts,
    lambda read, _: Reassign(read.form.get("post", ""), read.words("reason")),
    checks=True,
    about=(NotMine,),
)
