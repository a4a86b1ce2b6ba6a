"""Rule 19: a plain letter to the child, to change, keep and print."""

from __future__ import annotations

from domain.rules.letters_to_child import WriteToChild, letter_of, plain_letter
from handlers.form_fields import IN_CONFIDENCE
from handlers.pages.acts.page import ActPage, Scene, said
from handlers.pages.kit import Field, Kind

__all__ = ["WRITE_TO_CHILD"]


def _fields(scene: Scene) -> tuple[Field, ...]:
    """Return the field with the last letter in it, or with the plain one for this ending."""
    challenge = scene.challenge
    words = letter_of(challenge) or plain_letter(challenge, scene.officer_named(challenge.iro))
    readers = IN_CONFIDENCE
    return (Field("words", Kind.WORDS, "Your letter", value=words, readers=readers, lines=18),)


WRITE_TO_CHILD = ActPage(
    WriteToChild,
    "write-to-child",
    "Keep this letter",
    said(
        "This is a plain letter about how the challenge ended. Change it to fit this child.",
        "The record keeps your words. Then you can print the letter: nothing is sent by itself.",
    ),
    _fields,
    lambda read, _: WriteToChild(read.words("words")),
)
