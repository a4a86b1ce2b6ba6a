"""Rule 19: a plain letter to the child, to change, keep and print."""

from __future__ import annotations

from domain.rules.letters_to_child import WriteToChild, letter_of, plain_letter
from domain.writing import isolated
from handlers.form_fields import IN_CONFIDENCE
from handlers.pages.acts.page import ActPage, Scene
from handlers.pages.kit import Field, Kind

__all__ = ["WRITE_TO_CHILD"]


def _fields(scene: Scene) -> tuple[Field, ...]:
    """Return the field with the last letter in it, or with the plain one for this ending."""
    challenge = scene.challenge
    words = letter_of(challenge) or plain_letter(challenge, scene.officer_named(challenge.iro))
    readers = IN_CONFIDENCE
    return (Field("words", Kind.WORDS, "Your letter", value=words, readers=readers, lines=18),)


def _guidance(scene: Scene) -> tuple[str, ...]:
    """Return what to do with the letter, and what was asked for: its words are for the IRO."""
    asked = "; ".join(
        isolated(one.outcome_wanted.rstrip(".")) for one in scene.challenge.raised.concerns
    )
    return (
        "This is a plain letter about how the challenge ended. Change it to fit this child.",
        *(
            [f"Say what you asked for, in words this child knows. It was: {asked}."]
            if asked
            else []
        ),
        "The record keeps your letter. Print it from the challenge’s page: we do not send it.",
    )


WRITE_TO_CHILD = ActPage(
    WriteToChild,
    "write-to-child",
    "Save letter",
    _guidance,
    _fields,
    lambda read, _: WriteToChild(read.words("words")),
)
