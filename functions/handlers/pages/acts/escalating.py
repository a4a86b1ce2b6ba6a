"""Rule 8: moving to a later stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Stage
from domain.rules.escalating import Escalate, needs_a_reason, stages_to_move_to
from domain.rules.timescales import missed
from handlers.pages.acts.page import (
    ActPage,
    Confirm,
    Scene,
    discussed,
    reason,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from domain.part import Command

__all__ = ["ESCALATE"]

#: At QAP, after a missed date.
_NOT_NEEDED = "Leave it blank if you have recorded this already, or if it cannot wait."


def _stages(scene: Scene) -> tuple[Stage, ...]:
    return stages_to_move_to(scene.challenge, scene.capacities, scene.council.ladder)


def _guidance(scene: Scene) -> tuple[str, ...]:
    who = "you follow" if scene.is_iro else "the IRO follows"
    return (
        "The stage begins at once. Whoever has to reply gets an email that asks them to.",
        f"Agreed actions that are still open go on: {who} them beside the new stage.",
    )


def _later_stages(scene: Scene) -> tuple[Field, ...]:
    challenge, council = scene.challenge, scene.council

    def option(stage: Stage) -> Option:
        titles = [council.directory.title(p) for p in council.asked_at(challenge, stage)]
        days = council.ladder[stage].working_days
        who = " or ".join(titles) or "Nobody holds the post: someone has to be asked to reply"
        return Option(stage, council.ladder.title(stage), f"{who}, {days} working days to reply")

    options = tuple(option(stage) for stage in _stages(scene))
    only = options[0].value if len(options) == 1 else ""
    return (
        Field("to", Kind.RADIOS, "Which stage does it move to?", options=options, value=only),
        *(
            [discussed("discussed", scene, _NOT_NEEDED)]
            if not challenge.stage.formal and missed(challenge)
            else []
        ),
        reason(
            "Why does it move to this stage now?",
            _when_not_needed(scene),
            by_link=True,
        ),
    )


def _when_not_needed(scene: Scene) -> str:
    """Return for which stages the reason can stay empty; nothing if every one needs it."""
    challenge, ladder = scene.challenge, scene.council.ladder
    stages = _stages(scene)
    free = [stage for stage in stages if not needs_a_reason(challenge, stage, ladder)]
    if len(free) == len(stages):
        return "Optional." if stages else ""
    titles = " or ".join(ladder.title(stage) for stage in free)
    return f"You can leave this empty for {titles}." if free else ""


def _escalate(read: Reading, scene: Scene) -> Command:
    later = _stages(scene)
    to = read.choice("to", Stage, later[0] if later else scene.challenge.stage, "Choose a stage.")
    return Escalate(to, read.words("reason"), read.words("discussed"))


def _to(command: Command, scene: Scene) -> Confirm | None:
    """Return the button that names the stage."""
    if not isinstance(command, Escalate):
        return None
    return Confirm("", (), f"Move to {scene.council.ladder.title(command.to)}")


ESCALATE = ActPage(
    Escalate,
    "escalate",
    "Move to this stage",
    _guidance,
    _later_stages,
    _escalate,
    offered=lambda scene: bool(scene.council.ladder.after(scene.challenge.stage)),
    confirms=_to,
    done="Challenge moved to {stage}.",
    checks=True,
)
