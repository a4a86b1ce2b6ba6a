"""Rule 16: corrections, beside the error."""

from __future__ import annotations

from domain.moments import day_in_words, local_day
from domain.rules.corrections import Correct, can_be_corrected
from domain.timeline import headline
from domain.vocabulary import Capacity
from domain.writing import capitalised
from handlers.pages.acts.page import ActPage, Scene, words
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
            f"{_shortened(headline(event, scene.challenge, scene.council))}",
        )
        for event in reversed(scene.challenge.events)
        if can_be_corrected(event, scene.capacities, scene.officer.id)
    )


def _shortened(sentence: str) -> str:
    """Return at most :data:`_SHOWN` characters of it, cut after a whole word with ``…``."""
    if len(sentence) <= _SHOWN:
        return sentence
    return f"{sentence[:_SHOWN].rpartition(' ')[0].rstrip(',;:.')}…"


def _told(scene: Scene) -> tuple[str, ...]:
    srsm = "the Safeguarding & Review Service Manager"
    told = [
        who
        for who, capacity in (("the IRO", Capacity.IRO), (srsm, Capacity.SRSM))
        if capacity not in scene.capacities
    ]
    told_of = capitalised(" and ".join(told))
    are = "are" if len(told) > 1 else "is"
    return (
        "Nothing on the record is changed: your correction is shown beside what it corrects.",
        *([f"{told_of} {are} told that there is one."] if told else []),
    )


def _correct(read: Reading, scene: Scene) -> Correct:
    most = scene.challenge.version
    return Correct(read.number("event", "Choose what to correct.", most=most), read.words("words"))


CORRECT = ActPage(
    Correct,
    "correct",
    "Add this correction",
    _told,
    lambda scene: (
        Field("event", Kind.SELECT, "What do you want to correct?", options=_events(scene)),
        words("What is right?", "Say what is wrong, and what it should say."),
    ),
    _correct,
    offered=lambda scene: bool(_events(scene)),
)
