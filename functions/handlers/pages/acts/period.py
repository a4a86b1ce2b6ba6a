"""Rule 9: going on although the stages that are left do not fit into the days that are left."""

from __future__ import annotations

from domain.rules.period import StayOnLadder, stage_that_fits
from handlers.pages.acts.page import ActPage, Scene, asks, reason

__all__ = ["STAY_ON_LADDER"]


def _which_fits(scene: Scene) -> tuple[str, ...]:
    """Return which stage would still fit, and what going on means."""
    council = scene.council
    fits = stage_that_fits(scene.challenge, scene.today, council)
    said = (
        f"There are enough working days left from {council.ladder.title(fits)} on. To move there "
        "instead, choose “Move it to a later stage”."
        if fits
        else "There are not enough working days left, not even for the last stage alone."
    )
    then = (
        "The challenge goes on from stage to stage. Your reason is on the record, and the service "
        "manager and the Senior IRO Manager hear of it."
    )
    return said, then


STAY_ON_LADDER = ActPage(
    StayOnLadder,
    "stay-on-ladder",
    "Go on stage by stage",
    _which_fits,
    asks(reason("Why do you not move to the stage that fits?")),
    lambda read, _: StayOnLadder(read.words("reason")),
)
