"""Rule 16: endings, what happens to open actions, and whether the child was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import ActionState
from domain.moments import day_in_words, moment_in_words
from domain.rules.endings import (
    ActionEnd,
    ActionFate,
    ChildTold,
    Close,
    RecordChildTold,
    Resolve,
    child_told,
    endings,
)
from domain.rules.meetings import called_off
from domain.vocabulary import Outcome
from domain.writing import capitalised, isolated
from handlers.pages.acts.actions import how_actions_ended
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    nothing_more,
    read_told,
    reason,
    said,
    told,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.part import Command

__all__ = ["CLOSE", "RECORD_CHILD_TOLD", "RESOLVE"]


# What happens to open actions -------------------------------------------------------------------

_OF_A_DUPLICATE = " For a duplicate, leave this blank: the challenge that goes on takes it over."
#: An action that was done must not stand on the record as dropped.
_OF_THOSE_DONE = (
    " If it was done, it should be confirmed before the challenge ends. Here it can only be "
    "dropped or handed to a review."
)


def _of_actions(scene: Scene, more: str = "") -> tuple[Field, ...]:
    """Return the fields about each open action."""
    return tuple(
        field
        for action in scene.challenge.open_actions
        for name, number in [(f"action-{action.number}", action.number)]
        for done in [_OF_THOSE_DONE if action.state is ActionState.DONE else ""]
        for field in (
            Field(
                name,
                Kind.RADIOS,
                f"What happens to action {number}: {isolated(action.agreed.what)}?",
                f"{isolated(action.owner)}, by {day_in_words(action.deadline.day)}: "
                f"{action.state}.{done}{more}",
                options=(
                    Option(ActionFate.DROPPED, "Drop it"),
                    Option(ActionFate.HANDED, "Hand it to a review"),
                ),
            ),
            Field(
                f"{name}-why",
                Kind.WORDS,
                f"Why is action {number} dropped?",
                "Only if you drop it.",
                lines=2,
            ),
            Field(
                f"{name}-review",
                Kind.DAY,
                f"Which review is action {number} handed to?",
                "The date of the review. Only if you hand it to one.",
            ),
        )
    )


def _read_ends(read: Reading, scene: Scene) -> tuple[ActionEnd, ...]:
    """Return what was said of each open action. The rules refuse an end that leaves one out."""
    found = []
    for action in scene.challenge.open_actions:
        name, of = f"action-{action.number}", f"Action {action.number}: enter"
        if not read.form.get(name, "").strip():
            continue
        ask = f"Action {action.number}: choose what happens to it."
        fate = read.choice(name, ActionFate, ActionFate.DROPPED, ask)
        why = read.words(f"{name}-why")
        handed = fate is ActionFate.HANDED
        review = read.day(f"{name}-review", scene.today, of) if handed else None
        found.append(ActionEnd(action.number, fate, "" if handed else why, review))
    return tuple(found)


# The ends ----------------------------------------------------------------------------------------

_ENDINGS = {
    Outcome.WITHDRAWN: "The challenge is not needed any more.",
    Outcome.RAISED_IN_ERROR: "It should not have been raised.",
    Outcome.DUPLICATE: "Another challenge is about the same, and goes on. Give its reference.",
    Outcome.CLOSED_AFTER_CAFCASS: "Cafcass has answered, and nothing is left to be done here.",
    Outcome.UNRESOLVED_NOT_REFERRED: "Stage 4 ended without resolution, and you decided not to "
    "refer it to Cafcass. Give your reasons.",
}


def _closing(scene: Scene) -> tuple[Field, ...]:
    """Return the fields, with the endings without resolution that are possible now (rule 16)."""
    found = endings(scene.challenge, scene.officer.id, scene.council, scene.today)
    options = tuple(
        Option(outcome, capitalised(outcome), _ENDINGS[outcome])
        for outcome, refusal in found.items()
        if not refusal
    )
    not_now = " ".join(
        f"“{capitalised(outcome)}” cannot be chosen: {_uncapitalised(refusal)}"
        for outcome, refusal in found.items()
        if refusal
    )
    return (
        Field("outcome", Kind.RADIOS, "How does it end?", not_now, options=options),
        Field(
            "goes_on",
            Kind.LINE,
            "Which challenge goes on?",
            "Only for a duplicate. Its reference number, like PCE-7K3M-9QXT.",
            width=20,
        ),
        reason("Why are you ending it?"),
        *_of_actions(scene, _OF_A_DUPLICATE),
        *told(scene),
    )


def _uncapitalised(sentence: str) -> str:
    """Return ``there is no referral …`` for the rest of a sentence; a stage keeps its capital."""
    first, _, rest = sentence.partition(" ")
    return f"{first.lower()} {rest}" if first in ("There", "You", "It") else sentence


def _close(read: Reading, scene: Scene) -> Command:
    outcome = read.choice("outcome", Outcome, Outcome.WITHDRAWN, "Choose how it ends.")
    return Close(
        outcome,
        read.words("reason"),
        **read_told(read, scene),
        ends=_read_ends(read, scene),
        goes_on=read.words("goes_on"),
    )


def _with_actions(sentence: str) -> Callable[[Scene], tuple[str, ...]]:
    """Return the guidance of an end; with open actions, it says what has to be said of them."""

    def guidance(scene: Scene) -> tuple[str, ...]:
        off = [moment_in_words(one.at) for one in called_off(scene.challenge, scene.now) if one.at]
        meetings = [
            f"The meeting on {when} is cancelled, and all who attend are told." for when in off
        ]
        sentences = (sentence, *meetings, nothing_more(scene))
        count = len(scene.challenge.open_actions)
        if not count:
            return sentences
        are = "1 action is" if count == 1 else f"{count} actions are"
        more = f"{are} still open. Say what happens to each: nothing is followed up after the end."
        return (*sentences, more)

    return guidance


RESOLVE = ActPage(
    Resolve,
    "resolve",
    "Record as resolved",
    lambda scene: (
        *how_actions_ended(scene),
        *_with_actions("The challenge ends as resolved.")(scene),
    ),
    lambda scene: (
        reason("How was it resolved, and what shows it?"),
        *_of_actions(scene),
        *told(scene),
    ),
    lambda read, scene: Resolve(
        read.words("reason"), **read_told(read, scene), ends=_read_ends(read, scene)
    ),
    done="Challenge recorded as resolved.",
    checks=True,
)

CLOSE = ActPage(
    Close,
    "close",
    "End the challenge",
    _with_actions("The challenge ends without resolution."),
    _closing,
    _close,
    checks=True,
)


def _changes_what_was_told(scene: Scene) -> str:
    recorded = child_told(scene.challenge) in (ChildTold.YES, ChildTold.NO)
    return "Change what you recorded about telling the child" if recorded else ""


def _telling(scene: Scene) -> tuple[Field, ...]:
    """Return the fields. *Not yet* is no change for a child who is not told yet."""
    options = [Option(ChildTold.YES, "Yes")]
    if child_told(scene.challenge) is not ChildTold.NOT_YET:
        options.append(Option(ChildTold.NOT_YET, "Not yet", "You are asked again, with a date."))
    options.append(Option(ChildTold.NO, "No, and they will not be"))
    return (
        Field(
            "child_told",
            Kind.RADIOS,
            "Was the child told how this ended?",
            options=tuple(options),
        ),
        Field("how_told", Kind.WORDS, "How were they told, or why not?"),
    )


RECORD_CHILD_TOLD = ActPage(
    RecordChildTold,
    "child-told",
    "Record whether the child was told",
    said("The challenge has ended. You can change this at any time: the record keeps both."),
    _telling,
    lambda read, scene: RecordChildTold(*read_told(read, scene).values()),
    again=_changes_what_was_told,
)
