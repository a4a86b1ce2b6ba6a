"""Rule 20: what was asked for is on the child's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.moments import day_in_words, local_day
from domain.rules.filing import PlaceOnFile, placed_up_to, to_place
from domain.vocabulary import Purpose
from domain.writing import capitalised
from handlers.pages.acts.page import ActPage, asks

if TYPE_CHECKING:
    from handlers.pages.acts.page import Scene

__all__ = ["PLACE_ON_FILE"]

#: What each of the two places on the file.
_WHAT = {
    Purpose.PLACE_OUTCOME: "how each stage ended",
    Purpose.PLACE_DECISIONS: "decisions and discussions",
}

#: What belongs to it, so that the two tasks can be told apart.
_BELONGS = {
    Purpose.PLACE_OUTCOME: "How each stage ended is the reply, or that none came, and what "
    "followed.",
    Purpose.PLACE_DECISIONS: "Decisions and discussions are who decided what and why, and every "
    "recorded call, email, meeting and note.",
}


def _what_to_place(scene: Scene) -> tuple[str, ...]:
    """Return what to put there before this is recorded, and since when."""
    challenge = scene.challenge
    asked = to_place(challenge)
    theirs = [one for one in asked if one.whose in scene.capacities]
    others = [one for one in asked if one not in theirs]
    what = " and ".join(_WHAT[one.purpose] for one in theirs)
    placed = placed_up_to(challenge, *(one.purpose for one in theirs))
    day = local_day(challenge.events[max(placed, 1) - 1].effective)
    since = f"since {day_in_words(day)}" if placed else "since the challenge was raised"
    return (
        f"First put {what} on the child’s electronic file, in the case system.",
        *(_BELONGS[one.purpose] for one in theirs),
        f"Take what is new on the record {since}. The record is on the challenge’s page.",
        f"The reference to give is {challenge.reference}.",
        *(f"{capitalised(one.whose)} is asked to add {_WHAT[one.purpose]}." for one in others),
    )


PLACE_ON_FILE = ActPage(
    PlaceOnFile,
    "place-on-file",
    "It is on the file",
    _what_to_place,
    asks(),
    lambda _read, _scene: PlaceOnFile(),
)
