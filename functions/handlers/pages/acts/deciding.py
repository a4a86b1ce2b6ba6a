"""Rule 4: asking again, the SRSM's view, and appointing another IRO."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from domain.rules.deciding import AppointIro, AskAgain, GiveView, iros_to_appoint, why_not_again
from domain.writing import capitalised
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    asks,
    reason,
    said,
    words,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from domain.part import Command

__all__ = ["APPOINT_IRO", "ASK_AGAIN", "GIVE_VIEW"]


def _asking_again(scene: Scene) -> tuple[str, ...]:
    most = scene.council.procedure.ask_again_at_most
    return (
        "The same people are asked once more, with a new link and a new deadline.",
        (
            f"The IRO can do this once at a stage, for at most {most} working days. Beyond that, "
            "the Safeguarding & Review Service Manager can."
        ),
        "The resolution period goes on.",
    )


def _ask_again(read: Reading, _scene: Scene) -> Command:
    days = read.number("days", "Enter a number of working days, like 3.", most=99)
    return AskAgain(read.words("words"), days)


class _View(StrEnum):
    """Rule 4: whether the SRSM thinks that the matter is resolved."""

    RESOLVED = "resolved"
    NOT_RESOLVED = "not resolved"


def _give_view(read: Reading, _scene: Scene) -> Command:
    view = read.choice("view", _View, _View.RESOLVED, "Choose how you see the matter.")
    return GiveView(view is _View.RESOLVED, read.words("words"))


def _iros(scene: Scene) -> tuple[Field, ...]:
    found = iros_to_appoint(scene.challenge, scene.council, scene.today)
    options = tuple(Option(id_, name) for id_, name in found.items())
    return (
        Field("iro", Kind.SELECT, "Who is the IRO from now on?", options=options),
        reason("Why is another IRO appointed?"),
    )


ASK_AGAIN = ActPage(
    AskAgain,
    "ask-again",
    "Ask again",
    _asking_again,
    asks(
        words("What do you still need to know or see?", by_link=True),
        Field("days", Kind.NUMBER, "How many working days do they have to reply?"),
    ),
    _ask_again,
    offered=lambda scene: not why_not_again(scene.challenge, scene.capacities),
)

GIVE_VIEW = ActPage(
    GiveView,
    "view",
    "Record your view",
    said(
        "Your view stands beside the IRO's decision: the IRO finalises.",
        "Where the two differ, the Senior IRO Manager is told.",
    ),
    asks(
        Field(
            "view",
            Kind.RADIOS,
            "How do you see the matter?",
            options=tuple(Option(view, capitalised(view)) for view in _View),
        ),
        words("Why do you see it so?"),
    ),
    _give_view,
)

APPOINT_IRO = ActPage(
    AppointIro,
    "appoint-iro",
    "Appoint this IRO",
    said("They have the challenge from now on, and are told at once."),
    _iros,
    lambda read, _: AppointIro(read.form.get("iro", ""), read.words("reason")),
    offered=lambda scene: bool(_iros(scene)[0].options),
)
