"""Rule 15: saying that nobody needs to cover for somebody who seems to be away."""

from __future__ import annotations

from domain.rules.absence import SayNoCoverNeeded, absences
from handlers.pages.acts.page import ActPage, Scene, reason, said
from handlers.pages.kit import Field, Kind, Option

__all__ = ["SAY_NO_COVER_NEEDED"]


def _fields(scene: Scene) -> tuple[Field, ...]:
    away = absences(scene.challenge)
    options = tuple(Option(id_, scene.officer_named(id_)) for id_ in away)
    only = options[0].value if len(options) == 1 else ""
    return (
        Field("officer", Kind.RADIOS, "For whom?", options=options, value=only),
        reason("Why does nobody need to cover for them?"),
    )


SAY_NO_COVER_NEEDED = ActPage(
    SayNoCoverNeeded,
    "no-cover-needed",
    "Say that no cover is needed",
    said(
        "The request stays with them, and its deadline stays. The IRO is told.",
        "If they are away after all, the challenge moves up when the deadline passes.",
    ),
    _fields,
    lambda read, _: SayNoCoverNeeded(read.form.get("officer", ""), read.words("reason")),
)
