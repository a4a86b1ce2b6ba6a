"""Rule 23: who the IRO contacted about a child at risk, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rules.urgency import RecordContact
from handlers.pages.acts.page import ActPage
from handlers.pages.kit import Field, Kind

if TYPE_CHECKING:
    from handlers.pages.acts.page import Scene

__all__ = ["RECORD_CONTACT"]


def _guidance(scene: Scene) -> tuple[str, ...]:
    """Return whom to contact, and that nothing waits for this."""
    return (
        scene.council.procedure.at_risk_route,
        "Record each person you contacted. The challenge goes on meanwhile.",
    )


def _fields(scene: Scene) -> tuple[Field, ...]:
    today = scene.today
    return (
        Field("whom", Kind.WORDS, "Who did you contact?", "If nobody, say why.", lines=3),
        Field(
            "day",
            Kind.DAY,
            "On which day?",
            f"For example, today: {today.day} {today.month} {today.year}.",
        ),
        Field("time", Kind.LINE, "At what time?", "For example, 4:15pm.", width=20),
    )


RECORD_CONTACT = ActPage(
    RecordContact,
    "contact",
    "Record who you contacted about the risk",
    _guidance,
    _fields,
    lambda read, scene: RecordContact(
        read.words("whom"),
        read.day("day", scene.today, "For the day you contacted them, enter"),
        read.words("time"),
    ),
)
