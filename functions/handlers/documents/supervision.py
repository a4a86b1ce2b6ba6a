"""The supervision pack as a document: one person's challenges, for one talk (rule 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.typesetting import Document, Facts, Said, Section, Table
from adapters.wiring import casebook, typesetter
from domain.looks import Via
from domain.moments import local_day, moment_in_words
from domain.timeline import next_step
from domain.writing import capitalised
from handlers.documents import report
from handlers.documents.way_in import answered, fingerprint, for_nobody
from handlers.pages import web, whole
from handlers.pages.supervision import (
    ended_lately,
    named,
    open_ones,
    post_supervised,
    to_do_of,
    when_discussed,
)
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.typesetting import Piece
    from domain.council import Council
    from domain.directory import Officer, Post
    from handlers.pages.acts import Scene

__all__ = ["pack", "router"]

router = APIGatewayRouter()


@router.get("/documents/supervision.pdf")
def show_pack() -> Response[bytes]:
    """Return the pack about the ``post`` in the address. Each challenge in it is looked at.

    Raise ``NotFoundError`` for a post that they do not supervise.
    """
    officer, council = web.officer_and_council(router, keep=False)
    now = clock.now()
    post = post_supervised(query(router).get("post", ""), officer, council, local_day(now))
    found = [
        *open_ones(post, officer, now, council),
        *ended_lately(post, officer, now, council),
    ]
    scenes = [scene for _, scene in found]
    for scene in scenes:
        casebook().record.beside.note_look(
            scene.challenge.reference, officer.id, Via.DOCUMENT, now, "supervision"
        )
    return answered(typesetter().pdf(pack(post, officer, council, scenes, now)), "supervision")


def pack(
    post: Post, officer: Officer, council: Council, scenes: Sequence[Scene], now: datetime
) -> Document:
    """Return a page or so on each challenge, and a table of them all first.

    Unlike other documents it shows the moment ``now`` (UTC): in the talk for which it is made,
    people need to know what is late.
    """
    to_nobody = [for_nobody(scene) for scene in scenes]
    rows = tuple(
        (
            report.about(scene),
            whole.heading(scene),
            _first(scene, post),
            when_discussed(scene.challenge, post),
        )
        for scene in to_nobody
    )
    head = ("Challenge", "Current stage", "What they have to do first", "In supervision")
    none = Said("There is no challenge of theirs that you can see.")
    return Document(
        "Supervision pack",
        named(post, council),
        officer.name,
        now,
        (
            f"Made by {officer.name}.",
            f"As it was on {moment_in_words(now)}.",
            fingerprint(),
        ),
        (
            Section("Challenges to discuss", (Table(head, rows, (5, 4, 6, 4)) if rows else none,)),
            *(part for scene in to_nobody for part in _one(scene, post)),
        ),
    )


def _one(scene: Scene, post: Post) -> Iterator[Section]:
    """Yield what there is to discuss about one challenge."""
    challenge = scene.challenge
    pieces: list[Piece] = [
        Facts(
            (
                ("Current stage", whole.heading(scene)),
                ("IRO", whole.iro_named(scene)),
                ("Social worker", whole.workers_named(scene)),
                ("In supervision", when_discussed(challenge, post)),
            )
        )
    ]
    yield Section(report.about(scene), tuple(pieces))
    if theirs := _theirs(scene, post):
        yield Section("What they have to do", (Facts(theirs),), level=2)
    steps = next_step(challenge, scene.now, scene.council)
    yield Section("What happens next", tuple(Said(one) for one in steps), level=2)
    concerns = tuple(
        (capitalised(one.theme), f"{one.what}\n\nOutcome wanted: {one.outcome_wanted}")
        for one in challenge.raised.concerns
    )
    yield Section("What is wrong", (Facts(concerns),), level=2)
    for section in report.the_actions(challenge.open_actions):
        yield Section(section.heading, section.pieces, level=2)


def _first(scene: Scene, post: Post) -> str:
    """Return what the holder of ``post`` has to do first there, by when, and how late it is."""
    to_do = to_do_of(scene, post)
    return f"{to_do[0].asks} by {to_do[0].due}: {to_do[0].left}" if to_do else "Nothing now"


def _theirs(scene: Scene, post: Post) -> tuple[tuple[str, str], ...]:
    """Return everything that the holder of ``post`` has to do there, and by when, soonest first.

    What happens next leaves out what is for its owner alone; here it is for who supervises them.
    """
    return tuple((one.asks, f"By {one.due}: {one.left}") for one in to_do_of(scene, post))
