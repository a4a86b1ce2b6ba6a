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
        f"If it moves to {council.ladder.title(fits)} now, there are enough working days left. To "
        "do that, go back and choose “Move it to a later stage”."
        if fits
        else "There are not enough working days left, even for the last stage alone."
    )
    then = (
        "If you go on stage by stage, your reason is put on the record. The Safeguarding & Review "
        "Service Manager and the Senior IRO Manager are told."
    )
    refer = "You can also refer to Cafcass: that settles this task too."
    return said, refer, then


STAY_ON_LADDER = ActPage(
    StayOnLadder,
    "stay-on-ladder",
    "Go on stage by stage",
    _which_fits,
    asks(reason("Why are you going on stage by stage?")),
    lambda read, _: StayOnLadder(read.words("reason")),
    done="Your decision to go on stage by stage was recorded.",
)
