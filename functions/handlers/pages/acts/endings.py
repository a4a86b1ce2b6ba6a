"""Rule 16: endings, and whether the child was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rules.endings import ChildTold, Close, RecordChildTold, Resolve, endings
from domain.vocabulary import Outcome
from domain.writing import capitalised
from handlers.pages.acts.actions import how_actions_ended
from handlers.pages.acts.page import (
    NOTHING_MORE,
    TOLD,
    ActPage,
    Scene,
    asks,
    read_told,
    reason,
    said,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from domain.part import Command

__all__ = ["CLOSE", "RECORD_CHILD_TOLD", "RESOLVE"]


_ENDINGS = {
    Outcome.WITHDRAWN: "The challenge is not needed any more.",
    Outcome.RAISED_IN_ERROR: "It should not have been raised.",
    Outcome.DUPLICATE: "Another challenge is about the same. Give its reference.",
    Outcome.CLOSED_AFTER_CAFCASS: "Cafcass has answered, and nothing is left to be done here.",
    Outcome.UNRESOLVED_NOT_REFERRED: "Stage 4 ended without resolution, and you decided not to "
    "refer it to Cafcass. Give your reasons.",
}


def _endings(scene: Scene) -> tuple[Field, ...]:
    """Return the fields, with the endings without resolution that are possible now (rule 16)."""
    options = tuple(
        Option(outcome, capitalised(outcome), _ENDINGS[outcome])
        for outcome, refusal in endings(scene.challenge, scene.council).items()
        if not refusal
    )
    return (
        Field("outcome", Kind.RADIOS, "How does it end?", options=options),
        reason("Why are you ending it?"),
        *TOLD,
    )


def _close(read: Reading, _scene: Scene) -> Command:
    outcome = read.choice("outcome", Outcome, Outcome.WITHDRAWN, "Choose how it ends.")
    return Close(outcome, read.words("reason"), **read_told(read))


RESOLVE = ActPage(
    Resolve,
    "resolve",
    "Record as resolved",
    lambda scene: (*how_actions_ended(scene), "The challenge ends as resolved.", NOTHING_MORE),
    asks(reason("How was it resolved, and what shows it?"), *TOLD),
    lambda read, _: Resolve(read.words("reason"), **read_told(read)),
    offered=lambda scene: not scene.challenge.open_actions,
)

CLOSE = ActPage(
    Close,
    "close",
    "End the challenge",
    said("The challenge ends without resolution.", NOTHING_MORE),
    _endings,
    _close,
)

RECORD_CHILD_TOLD = ActPage(
    RecordChildTold,
    "child-told",
    "Record this",
    said("The challenge has ended. This is the last thing left to do in it."),
    asks(
        Field(
            "child_told",
            Kind.RADIOS,
            "Was the child told how this ended?",
            options=(
                Option(ChildTold.YES, "Yes"),
                Option(ChildTold.NO, "No, and they will not be"),
            ),
        ),
        Field("how_told", Kind.WORDS, "How were they told, or why not?"),
    ),
    lambda read, _: RecordChildTold(*read_told(read).values()),
)
