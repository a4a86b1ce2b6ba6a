"""Rule 12: notes."""

from __future__ import annotations

from domain.rules.notes import WriteNote
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    who_still_replies,
    words,
)

__all__ = ["WRITE_NOTE"]


_NOTE_BY_IRO = "What should the record say?"


def _noting(scene: Scene) -> tuple[str, ...]:
    told = "" if scene.is_iro else ", and the IRO is told"
    kept = f"It is put on the record{told}."
    if not scene.challenge.open:
        return (kept, "The challenge has ended. A note does not reopen it.")
    return (kept, f"A note does not count as a reply: {who_still_replies(scene)}.")


WRITE_NOTE = ActPage(
    WriteNote,
    "note",
    "Save note",
    _noting,
    lambda scene: (words(_NOTE_BY_IRO if scene.is_iro else "What should the IRO know?"),),
    lambda read, _: WriteNote(read.words("words")),
)
