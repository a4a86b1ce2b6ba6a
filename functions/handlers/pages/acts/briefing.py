"""Rule 11: the briefing, and that the Director was notified."""

from __future__ import annotations

from domain.lawyers import briefed_posts
from domain.rules.briefing import Brief, ConfirmDirector
from handlers.pages.acts.page import ActPage, Scene, asks, said
from handlers.pages.kit import Field, Kind

__all__ = ["BRIEF", "CONFIRM_DIRECTOR"]

_READERS = (
    "The IRO, the Safeguarding & Review Service Manager, the Senior IRO Manager, auditors, the "
    "data protection officer and whoever is briefed read it, and the Director once they are "
    "notified. All of them sign in."
)


def _briefing(scene: Scene) -> tuple[str, ...]:
    """Return who is briefed, and what follows."""
    directory = scene.council.directory
    posts = briefed_posts(scene.challenge, scene.council, scene.today)
    names = [one.name for post in posts for one in directory.people(post, scene.today)]
    whom = " and ".join(dict.fromkeys(names)) or "Nobody holds the post now. Whoever takes it"
    return (
        (
            f"{whom} gets an email with a link to your words, and confirms that the Director was "
            "notified. They see the briefing, and nothing else of the challenge: say which child "
            "it is about."
        ),
        "Leave out what the IRO asked the lawyer and what the lawyer advised: it is privileged.",
    )


BRIEF = ActPage(
    Brief,
    "brief",
    "Send the briefing",
    _briefing,
    asks(
        Field(
            "words",
            Kind.WORDS,
            "What are the circumstances of the child’s case?",
            "For example: what is not happening for the child, since when, and the current stage.",
            readers=_READERS,
            lines=10,
        )
    ),
    lambda read, _: Brief(read.words("words")),
)

CONFIRM_DIRECTOR = ActPage(
    ConfirmDirector,
    "director-notified",
    "Confirm this",
    said(
        "Confirm this once the Director of Children’s Services knows of this challenge.",
        "The Director can then read the briefing.",
    ),
    asks(),
    lambda _read, _scene: ConfirmDirector(),
    alone="briefing",
)
