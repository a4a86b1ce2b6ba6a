"""Rule 16: corrections, beside the error."""

from __future__ import annotations

from domain.moments import day_in_words, local_day
from domain.rules.corrections import Correct, can_be_corrected
from domain.timeline import headline
from handlers.pages.acts.page import ActPage, Scene, said, words
from handlers.pages.kit import Field, Kind, Option, Reading

__all__ = ["CORRECT"]

#: The most characters of an event's line that the choice shows.
_SHOWN = 90


def _events(scene: Scene) -> tuple[Option, ...]:
    """Return the events that the officer may correct, newest first."""
    return tuple(
        Option(
            str(event.number),
            f"{day_in_words(local_day(event.effective))}: "
            f"{headline(event, scene.challenge, scene.council)[:_SHOWN]}",
        )
        for event in reversed(scene.challenge.events)
        if can_be_corrected(event, scene.capacities, scene.officer.id)
    )


def _correct(read: Reading, scene: Scene) -> Correct:
    most = scene.challenge.version
    return Correct(read.number("event", "Choose what to correct.", most=most), read.words("words"))


CORRECT = ActPage(
    Correct,
    "correct",
    "Add this correction",
    said(
        "Nothing on the record is changed: your correction is shown beside what it corrects.",
        "The IRO and the Safeguarding & Review Service Manager are told that there is one.",
    ),
    lambda scene: (
        Field("event", Kind.SELECT, "What do you want to correct?", options=_events(scene)),
        words("What is right?", "Say what is wrong, and what it should say."),
    ),
    _correct,
    offered=lambda scene: bool(_events(scene)),
)
