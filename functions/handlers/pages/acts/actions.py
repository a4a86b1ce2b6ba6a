"""Rule 6: agreed actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import ActionState, AgreedAction
from domain.moments import day_in_words
from domain.rules.actions import (
    AcceptActions,
    ConfirmAction,
    GiveUpAction,
    RedateAction,
    ReportAction,
)
from domain.writing import isolated
from handlers.pages.acts.page import (
    TOLD,
    ActPage,
    Scene,
    asks,
    read_told,
    reason,
    said,
    words,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.part import Command

__all__ = ["ACCEPT_ACTIONS", "CONFIRM_ACTION", "GIVE_UP_ACTION", "REDATE_ACTION", "REPORT_ACTION"]


def _agreed(scene: Scene) -> tuple[AgreedAction, ...]:
    return scene.challenge.request.agreed


def _which(page_states: tuple[ActionState, ...]) -> Callable[[Scene], Field]:
    def field(scene: Scene) -> Field:
        actions = [a for a in scene.challenge.actions if a.state in page_states]
        options = tuple(
            Option(
                str(a.number),
                f"{a.number}. {isolated(a.agreed.what)}",
                f"{isolated(a.owner)}, by {day_in_words(a.deadline.day)}: {a.state}"
                + (f". What shows it: {isolated(a.shown_by)}" if a.shown_by else ""),
            )
            for a in actions
        )
        only = options[0].value if len(options) == 1 else ""
        return Field("action", Kind.RADIOS, "Which action?", options=options, value=only)

    return field


def _action(read: Reading) -> int:
    """Return the number of the chosen action. The rules refuse one that cannot be chosen now."""
    return read.number("action", "Choose an action.", most=999)


_RUNNING = (ActionState.OPEN, ActionState.MISSED)


_DONE = (ActionState.DONE,)


_FOLLOWED = (*_RUNNING, *_DONE)


def _accepting(scene: Scene) -> tuple[str, ...]:
    listed = [
        f"{isolated(a.what)} ({isolated(a.owner)}, by {day_in_words(a.by)})" for a in _agreed(scene)
    ]
    return (
        *(f"Action: {line}" for line in listed),
        (
            "A promise is not a resolution. The stage's deadline stops, the resolution period does "
            "not."
        ),
        (
            "Each action is followed until it is reported done and you confirm it, or you drop it. "
            "When you confirm the last one, the challenge is resolved. If you drop the last one, "
            "you decide what happens next."
        ),
    )


def _confirming(scene: Scene) -> tuple[Field, ...]:
    """Return the fields; the last action also asks about the child, as it ends the challenge."""
    seen = words("What did you see?", "Optional.")
    last = len(scene.challenge.open_actions) == 1
    return (_which(_DONE)(scene), seen, *(TOLD if last else ()))


def _confirm(read: Reading, scene: Scene) -> Command:
    told = read_told(read) if len(scene.challenge.open_actions) == 1 else {}
    return ConfirmAction(_action(read), read.words("words"), **told)


ACCEPT_ACTIONS = ActPage(
    AcceptActions,
    "accept-actions",
    "Accept these actions",
    _accepting,
    asks(words("Anything to add?", "Optional.")),
    lambda read, _: AcceptActions(read.words("words")),
)

CONFIRM_ACTION = ActPage(
    ConfirmAction,
    "confirm-action",
    "Confirm that it was done",
    said(
        "You confirm that you have seen it done for the child.",
        "When the last open action is confirmed, the challenge is resolved and closed.",
    ),
    _confirming,
    _confirm,
    states=_DONE,
)

REPORT_ACTION = ActPage(
    ReportAction,
    "report-action",
    "Report it done",
    said("The IRO is asked to confirm it."),
    lambda scene: (
        _which(_RUNNING)(scene),
        Field("shown_by", Kind.WORDS, "What shows that it was done?"),
    ),
    lambda read, _: ReportAction(_action(read), read.words("shown_by")),
    states=_RUNNING,
)

REDATE_ACTION = ActPage(
    RedateAction,
    "redate-action",
    "Set the new date",
    said("The action goes on until the new date. The resolution period does not move."),
    lambda scene: (
        _which(_RUNNING)(scene),
        Field("by", Kind.DAY, "By when will it be done?", "For example, 27 3 2027."),
        reason("Why does the date move?"),
    ),
    lambda read, scene: RedateAction(
        _action(read), read.day("by", scene.today), read.words("reason")
    ),
    states=_RUNNING,
)

GIVE_UP_ACTION = ActPage(
    GiveUpAction,
    "give-up-action",
    "Drop this action",
    said(
        "Nobody needs to do this action any more.",
        "If it was the last one open, you need to decide what happens next.",
    ),
    lambda scene: (_which(_FOLLOWED)(scene), reason("Why are you dropping it?")),
    lambda read, _: GiveUpAction(_action(read), read.words("reason")),
    states=_FOLLOWED,
)
