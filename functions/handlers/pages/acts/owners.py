"""Rule 6: who will do an action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import ActionState
from domain.moments import day_in_words
from domain.rules.owners import NameOwner
from domain.writing import isolated
from handlers.pages.acts.page import ActPage, Scene, reason, said
from handlers.pages.kit import Field, Kind, Option
from handlers.pages.owner_fields import owner_fields, read_owner

if TYPE_CHECKING:
    from domain.challenge import Action

__all__ = ["NAME_OWNER"]

_RUNNING = (ActionState.OPEN, ActionState.MISSED)


def _option(action: Action) -> Option:
    by = f"{isolated(action.owner)}, by {day_in_words(action.deadline.day)}"
    return Option(str(action.number), f"{action.number}. {isolated(action.agreed.what)}", by)


def _fields(scene: Scene) -> tuple[Field, ...]:
    why = reason("Why will somebody else do it?", "Not needed if we asked you to name somebody.")
    options = tuple(_option(one) for one in scene.challenge.actions if one.state in _RUNNING)
    only = options[0].value if len(options) == 1 else ""
    which = Field("action", Kind.RADIOS, "Which action?", options=options, value=only)
    return (which, *owner_fields(scene.council, scene.today, by_iro=scene.is_iro), why)


NAME_OWNER = ActPage(
    NameOwner,
    "name-owner",
    "Name them",
    said(
        "They get an email with a link to report the action done. The date of the action stays.",
        "The link that was sent to the person before them stops working.",
    ),
    _fields,
    lambda read, scene: NameOwner(
        read.number("action", "Choose an action.", most=999),
        read_owner(read, scene.council, scene.today),
        read.words("reason"),
    ),
    states=_RUNNING,
)
