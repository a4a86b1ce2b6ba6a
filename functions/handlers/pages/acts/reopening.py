"""Rule 16: reopening a challenge that has ended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from domain.ladder import Stage, either
from domain.moments import day_in_words
from domain.rules.lateness import days_in_words
from domain.rules.reopening import (
    AcceptLateActions,
    GoesOn,
    Reopen,
    ended_actions,
    late_actions,
    reopened_as,
)
from domain.writing import capitalised, isolated
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    read_child,
    reason,
    team_options,
    worker_options,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from typing import Any

    from domain.challenge import Action

__all__ = ["ACCEPT_LATE_ACTIONS", "REOPEN"]


class _Answer(StrEnum):
    """Whether an action goes on."""

    YES = "yes"
    NO = "no"


def _guidance(_scene: Scene) -> tuple[str, ...]:
    return (
        "It goes on as a new challenge with its own reference and record. Each names the other.",
        (
            "The 20 working days start again. The page shows the working days since the first "
            "formal entry beside them."
        ),
        (
            "Links in the emails of the old challenge stay closed. Whoever should reply now gets "
            "a new one. They see the concerns as they are on the old record."
        ),
        "If the date of an action that goes on has passed, you are asked for a new one at once.",
    )


def _fields(scene: Scene) -> tuple[Field, ...]:
    """Return the fields of both pages: stage, reason, actions, and the child's details."""
    ladder = scene.council.ladder
    stages = tuple(
        Option(
            one.stage,
            one.title if one.stage.formal else f"{one.title} (informal)",
            f"{either(one.responders)} to reply within {days_in_words(one.working_days)}",
        )
        for one in ladder.in_order
    )
    return (
        Field("stage", Kind.RADIOS, "At which stage does it go on?", options=stages),
        reason("Why are you reopening it at this stage?", by_link=True),
        *_of_actions(scene),
        *_of_child(scene),
    )


def _of_actions(scene: Scene) -> tuple[Field, ...]:
    """Return a question about each action that ended."""
    options = (Option(_Answer.YES, "Yes"), Option(_Answer.NO, "No"))
    return tuple(
        Field(
            f"action-{action.number}",
            Kind.RADIOS,
            f"Does action {action.number} go on: {isolated(action.agreed.what)}?",
            f"{isolated(action.owner)}. First date: {day_in_words(action.ledger.first.day)}. "
            + _how_it_ended(action),
            options=options,
        )
        for action in ended_actions(scene.challenge)
    )


def _how_it_ended(action: Action) -> str:
    """Return ``Confirmed done: the school’s letter.``, or what happened to it at the end."""
    if action.became:
        return isolated(action.became)
    shown = f": {isolated(action.shown_by)}" if action.shown_by else "."
    return f"{capitalised(action.state)}{shown}"


def _of_child(scene: Scene) -> tuple[Field, ...]:
    """Return the child's details as they were, to be corrected."""
    child, area = scene.challenge.raised.child, scene.challenge.area
    as_before = (
        "This and what follows are as on the old record. Correct what has changed or was wrong."
    )
    return (
        Field("case_id", Kind.LINE, "Case ID", as_before, value=child.case_id, width=20),
        Field("initials", Kind.LINE, "Initials", value=child.initials, width=5),
        Field("name", Kind.LINE, "Name", value=child.name),
        Field(
            "date_of_birth",
            Kind.DAY,
            "Date of birth",
            value=child.date_of_birth.isoformat(),
        ),
        Field(
            "team",
            Kind.SELECT,
            "Team",
            options=team_options(scene),
            value=area.team,
        ),
        Field(
            "social_worker",
            Kind.SELECT,
            "Social worker",
            options=worker_options(scene),
            value=area.social_worker,
        ),
    )


def _read(read: Reading, scene: Scene) -> dict[str, Any]:
    """Return the arguments that both commands share."""
    actions = []
    for action in ended_actions(scene.challenge):
        name = f"action-{action.number}"
        if read.form.get(name, "").strip():
            ask = f"Action {action.number}: choose whether it goes on."
            answer = read.choice(name, _Answer, _Answer.NO, ask)
            actions.append(GoesOn(action.number, answer is _Answer.YES))
    ask = "Choose the stage at which it goes on."
    return {
        "stage": read.choice("stage", Stage, Stage.QAP, ask),
        "reason": read.words("reason"),
        "child": read_child(read, scene, scene.challenge.raised.child),
        "social_worker": read.form.get("social_worker", ""),
        "actions": tuple(actions),
    }


def _late_replies(scene: Scene) -> Field:
    """Return the choice of a late reply, with the actions that it agreed."""
    options = tuple(
        Option(
            str(one.event),
            f"{one.who}, at {scene.council.ladder.title(one.stage)}",
            "; ".join(
                f"{isolated(a.what)} ({isolated(a.owner)}, by {day_in_words(a.by)})"
                for a in one.actions
            ),
        )
        for one in late_actions(scene.challenge)
    )
    only = options[0].value if len(options) == 1 else ""
    return Field("reply", Kind.RADIOS, "Whose actions do you accept?", options=options, value=only)


def _accept(read: Reading, scene: Scene) -> AcceptLateActions:
    most = scene.challenge.version
    reply = read.number("reply", "Choose whose actions you accept.", most=most)
    return AcceptLateActions(reply, **_read(read, scene))


REOPEN = ActPage(
    Reopen,
    "reopen",
    "Reopen the challenge",
    _guidance,
    _fields,
    lambda read, scene: Reopen(**_read(read, scene)),
    leads_to=reopened_as,
    done="The challenge was reopened. It goes on here.",
    checks=True,
)

ACCEPT_LATE_ACTIONS = ActPage(
    AcceptLateActions,
    "accept-late-actions",
    "Accept the actions and reopen",
    lambda scene: (
        "The challenge is reopened in the same step, and these actions are followed in it.",
        *_guidance(scene),
    ),
    lambda scene: (_late_replies(scene), *_fields(scene)),
    _accept,
    leads_to=reopened_as,
    done="The late actions were accepted, and the challenge was reopened. It goes on here.",
    checks=True,
)
