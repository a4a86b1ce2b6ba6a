"""Rule 19: what changed in the child's life, and how the challenge goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.moments import day_in_words
from domain.rules.life import LifeChange, RecordLifeChange, SayHowToGoOn, recordable
from handlers import dates
from handlers.form_fields import SIGNED_IN
from handlers.pages.acts.page import ActPage, Confirm, asks, said
from handlers.pages.kit import Field, Kind, Option

if TYPE_CHECKING:
    from domain.part import Command
    from handlers.pages.acts.page import Scene
    from handlers.pages.kit import Reading

__all__ = ["RECORD_LIFE_CHANGE", "SAY_HOW_TO_GO_ON"]


def _guidance(scene: Scene) -> tuple[str, ...]:
    """Return what follows, and what does not."""
    if LifeChange.MISTAKE in recordable(scene.challenge):
        return (
            "The record keeps both. It counts for every challenge about this child.",
            "What was asked about the child before is not asked again: record it on its own page.",
        )
    closes = "Recording this does not end the challenge."
    who = "you have" if scene.is_iro else "the IRO has"
    asked = f"Within two working days, {who} to say how the challenge goes on."
    return (
        *((closes, asked) if scene.challenge.open else ()),
        (
            "A death counts at once for every challenge about this child, ended ones too. Any "
            "other change counts only here: record it in the child’s other challenges as well."
        ),
    )


def _fields(scene: Scene) -> tuple[Field, ...]:
    options = tuple(Option(one, _SAID[one]) for one in recordable(scene.challenge))
    fields = (
        Field("change", Kind.RADIOS, "What changed?", options=options),
        Field("day", Kind.DAY, "On which day?", dates.like(scene.today)),
    )
    if not (scene.challenge.open and scene.is_iro):
        return fields
    hint = "Leave this blank to decide later. If you want to end it, record this first."
    go_on = Field("go_on", Kind.WORDS, "How does the challenge go on?", hint, readers=SIGNED_IN)
    return (*fields, go_on)


#: What each choice is called.
_SAID = {
    LifeChange.LEFT_CARE: "The child is no longer looked after",
    LifeChange.ADOPTED: "The child was adopted",
    LifeChange.DIED: "The child died",
    LifeChange.MISTAKE: "The child has not died: that was recorded by mistake",
}


def _read(read: Reading, scene: Scene) -> RecordLifeChange:
    return RecordLifeChange(
        read.choice("change", LifeChange, recordable(scene.challenge)[-1], "Choose what changed."),
        read.day("day", scene.today),
        read.words("go_on"),
    )


def _confirms(command: Command, _scene: Scene) -> Confirm | None:
    """Return what has to be confirmed: a death, after which nobody is asked about the child."""
    if not isinstance(command, RecordLifeChange) or command.change is not LifeChange.DIED:
        return None
    return Confirm(
        "Check that the child has died",
        (
            ("The child died on", day_in_words(command.day)),
            ("From then on", "Nobody is asked to tell the child, and no letter is offered."),
            ("Where", "In every challenge about this child, whoever raised it."),
        ),
        "Record that the child died",
    )


RECORD_LIFE_CHANGE = ActPage(
    RecordLifeChange,
    "life",
    "Record a change in the child’s life",
    _guidance,
    _fields,
    _read,
    confirms=_confirms,
)

SAY_HOW_TO_GO_ON = ActPage(
    SayHowToGoOn,
    "go-on",
    "Say how the challenge goes on",
    said(
        "The challenge stays open. To end it or move it up instead, use the page for that.",
    ),
    asks(Field("words", Kind.WORDS, "How does the challenge go on?", readers=SIGNED_IN)),
    lambda read, _: SayHowToGoOn(read.words("words")),
)
