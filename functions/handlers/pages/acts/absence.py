"""Rule 15: saying that nobody needs to cover for somebody who seems to be away."""

from __future__ import annotations

from urllib.parse import urlencode

from domain.covering import may_set_cover
from domain.rules.absence import SayNoCoverNeeded, absences, cover_to_set
from handlers.pages.acts.page import ActPage, Scene, reason, said
from handlers.pages.kit import Field, Kind, Option

__all__ = ["SAY_NO_COVER_NEEDED", "covers_to_set"]


def covers_to_set(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return for whom the reader can set cover: their name, and the form's address, filled in."""
    directory, found = scene.council.directory, []
    for officer, away in absences(scene.challenge).items():
        form = cover_to_set(away, scene.challenge, scene.council, scene.today)
        post = directory.posts.get(form.get("post", ""))
        if post and may_set_cover(scene.officer.id, post, scene.council, scene.today):
            found.append((scene.officer_named(officer), f"/cover?{urlencode(form)}"))
    return tuple(found)


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
