"""Rule 15: whether to skip a stage that the same person would answer."""

from __future__ import annotations

from enum import StrEnum

from domain.rules.skipping import ChooseSkip, next_stage, stage_to_choose
from handlers.pages.acts.page import ActPage, Scene, reason
from handlers.pages.kit import Field, Kind, Option, Reading

__all__ = ["CHOOSE_SKIP"]


class _Skip(StrEnum):
    """The two choices."""

    SKIP = "skip"
    KEEP = "keep"


def _titles(scene: Scene) -> tuple[str, str]:
    """Return the titles of the stage that may be skipped, and of the one after it."""
    ladder = scene.council.ladder
    stage = stage_to_choose(scene.challenge) or next_stage(scene.challenge, ladder)
    after = ladder.next(stage) if stage else None
    return (
        ladder.title(stage) if stage else "the next stage",
        ladder.title(after) if after else "the stage after it",
    )


def _what_follows(scene: Scene) -> tuple[str, ...]:
    stage, after = _titles(scene)
    return (
        f"Whoever is asked now would also be asked at {stage}.",
        f"Without a reply the challenge moves to {stage}, or to {after} if you skip {stage}.",
        f"If you do not choose, {stage} begins. Nothing waits for this.",
    )


def _fields(scene: Scene) -> tuple[Field, ...]:
    stage, after = _titles(scene)
    options = (
        Option(_Skip.SKIP, f"Yes, go to {after}"),
        Option(_Skip.KEEP, f"No, {stage} begins"),
    )
    return (
        Field("skip", Kind.RADIOS, f"Should {stage} be skipped?", options=options),
        reason("Why?", f"Not needed if {stage} begins."),
    )


def _build(read: Reading, _scene: Scene) -> ChooseSkip:
    chosen = {_Skip.SKIP.value: True, _Skip.KEEP.value: False}.get(read.form.get("skip", ""))
    return ChooseSkip(chosen, read.words("reason"))


CHOOSE_SKIP = ActPage(
    ChooseSkip, "skip-stage", "Save choice", _what_follows, _fields, _build, checks=True
)
