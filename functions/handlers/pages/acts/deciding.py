"""Rule 4: asking again, and the SRSM's view."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from domain.moments import day_in_words
from domain.rules.deciding import AskAgain, GiveView, why_not_again
from domain.vocabulary import Capacity
from domain.writing import capitalised
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    asks,
    words,
    you_or,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from domain.part import Command

__all__ = ["ASK_AGAIN", "GIVE_VIEW"]


def _asking_again(scene: Scene) -> tuple[str, ...]:
    most, period = scene.council.procedure.ask_again_at_most, scene.challenge.period
    sentences = (
        "The same people are asked once more, with a new link and a new deadline.",
        (
            "If they do not reply this time, that counts as no reply. You can still accept actions "
            "from the earlier reply."
        ),
        (
            f"You can ask for at most {most} working days. At one stage "
            f"{you_or(Capacity.IRO, scene)} can do this once, and "
            f"{you_or(Capacity.SRSM, scene)} once more."
        ),
    )
    if period is None:
        return sentences
    senior = you_or(Capacity.SENIOR_IRO_MANAGER, scene)
    limit = (
        f"The 20-working-day limit, {day_in_words(period.day)}, still applies. Only {senior} can "
        "ask for a reply after that day."
    )
    return (*sentences, limit)


def _ask_again(read: Reading, _scene: Scene) -> Command:
    days = read.number("days", "Enter a number of working days, like 3.", most=99)
    return AskAgain(read.words("words"), days)


class _View(StrEnum):
    """Rule 4: whether the SRSM thinks that the matter is resolved."""

    RESOLVED = "resolved"
    NOT_RESOLVED = "not resolved"


def _give_view(read: Reading, _scene: Scene) -> Command:
    view = read.choice("view", _View, _View.RESOLVED, "Choose whether the matter is resolved.")
    return GiveView(view is _View.RESOLVED, read.words("words"))


def _who_hears_of_a_difference(scene: Scene) -> tuple[str, ...]:
    if Capacity.SENIOR_IRO_MANAGER in scene.capacities:
        return ()
    return ("If the two differ, the Senior IRO Manager is told.",)


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
    offered=lambda scene: not why_not_again(scene.challenge, scene.capacities, scene.council),
    checks=True,
)

GIVE_VIEW = ActPage(
    GiveView,
    "view",
    "Record your view",
    lambda scene: (
        (
            "Your view is recorded beside the IRO’s decision. The IRO decides. You can record it "
            "before or after a reply."
        ),
        *_who_hears_of_a_difference(scene),
    ),
    asks(
        Field(
            "view",
            Kind.RADIOS,
            "Is the matter resolved?",
            options=tuple(Option(view, capitalised(view)) for view in _View),
        ),
        words("Give your reasons"),
    ),
    _give_view,
    done="Your view was recorded.",
)
