"""Rules 2 and 6: a new date for what was missed, proposed, set, confirmed or declined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import ActionState, called
from domain.moments import day_in_words
from domain.rules.timescales import (
    ConfirmDate,
    DeclineDate,
    ProposeDate,
    RecordDiscussion,
    SetNewDate,
    discussion_missing,
    due,
    in_words,
    missed,
    missed_at_qap,
    proposed,
    proposes,
    says_why_informal,
    to_propose,
    unconfirmed,
)
from domain.writing import capitalised, isolated
from handlers.pages.acts.page import ActPage, Scene, discussed, reason, said
from handlers.pages.kit import Field, Kind, Option, working_day

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Action, Question
    from domain.working_days import WorkingDays
    from handlers.pages.kit import Reading

__all__ = [
    "CONFIRM_DATE",
    "DECLINE_DATE",
    "PROPOSE_DATE",
    "RECORD_DISCUSSION",
    "SET_NEW_DATE",
    "to_propose_by",
]


def _days(scene: Scene) -> tuple[date, WorkingDays]:
    """Return what an example of a working day is found by: today, and the calendar."""
    return scene.today, scene.council.calendar


def _named(scene: Scene, key: str) -> str:
    """Return ``Action 2: …`` or ``The outcome of concern 1: …``, in people's own words."""
    people = in_words(scene.challenge, key)
    return capitalised(called(key)) + (f": {isolated(people)}" if people else "")


# Set ---------------------------------------------------------------------------------------------


def _missed(scene: Scene) -> Field:
    options = tuple(_option_missed(question, scene) for question in missed(scene.challenge))
    only = options[0].value if len(options) == 1 else ""
    return Field("what", Kind.RADIOS, "What needs a new date?", options=options, value=only)


def _option_missed(question: Question, scene: Scene) -> Option:
    key = question.key
    was = f"It was due by {day_in_words(due(scene.challenge, key))}."
    one = proposed(scene.challenge, key)
    if one:
        was += f" {isolated(one.who)} proposed {day_in_words(one.by)}: {isolated(one.reason)}"
    return Option(key, _named(scene, key), was)


def _setting(scene: Scene) -> tuple[str, ...]:
    challenge = scene.challenge
    if not challenge.stage.formal:
        return (
            (
                "The Safeguarding & Review Service Manager confirms the new date or declines it. "
                "Until then the old date counts."
            ),
            "If a new date is not enough, move the challenge to a formal stage instead.",
            *(
                []
                if says_why_informal(challenge)
                else [f"Dates missed at QAP so far: {missed_at_qap(challenge)}."]
            ),
        )
    end = challenge.period
    beyond = f" after {day_in_words(end.day)}" if end else ""
    return (
        "The action goes on until the new date. The 20-working-day limit does not move.",
        f"A date{beyond} counts once the Safeguarding & Review Service Manager has confirmed it.",
    )


def _to_set(scene: Scene) -> tuple[Field, ...]:
    challenge = scene.challenge
    fields = [
        _missed(scene),
        working_day(*("by", "What is the new date?"), *_days(scene)),
        reason("Why is there a new date?"),
    ]
    if any(discussion_missing(challenge, question) for question in missed(challenge)):
        fields.append(discussed("discussed", scene))
    if says_why_informal(challenge):
        hint = f"{missed_at_qap(challenge)} dates have been missed at QAP."
        label = "Why is the challenge still informal?"
        fields.append(Field("still_informal", Kind.WORDS, label, hint))
    return tuple(fields)


SET_NEW_DATE = ActPage(
    SetNewDate,
    "set-new-date",
    "Set the new date",
    _setting,
    _to_set,
    lambda read, scene: SetNewDate(
        read.key("what", "Choose what needs a new date."),
        read.day("by", scene.today),
        read.words("reason"),
        read.words("discussed"),
        read.words("still_informal"),
    ),
    checks=True,
)


# Confirmed or declined ---------------------------------------------------------------------------


def _to_confirm(scene: Scene) -> Field:
    options = tuple(
        Option(
            one.key,
            f"{_named(scene, one.key)}. New date: {day_in_words(one.by)}",
            f"It was due by {day_in_words(due(scene.challenge, one.key))}. {one.who} set the new "
            f"date: {isolated(one.reason)}",
        )
        for one in unconfirmed(scene.challenge)
    )
    only = options[0].value if len(options) == 1 else ""
    return Field("what", Kind.RADIOS, "Which new date?", options=options, value=only)


def _confirming(read: Reading) -> str:
    return read.key("what", "Choose a new date.")


CONFIRM_DATE = ActPage(
    ConfirmDate,
    "confirm-date",
    "Confirm this date",
    said(
        "The new date counts from now on. The dates before it stay visible.",
        "If it should be another date, decline it and say why.",
    ),
    lambda scene: (_to_confirm(scene),),
    lambda read, _: ConfirmDate(_confirming(read)),
    offered=lambda scene: bool(unconfirmed(scene.challenge)),
    checks=True,
)

DECLINE_DATE = ActPage(
    DeclineDate,
    "decline-date",
    "Decline this date",
    said("The IRO has to decide again: another date, or a later stage."),
    lambda scene: (_to_confirm(scene), reason("Why do you decline it?")),
    lambda read, _: DeclineDate(_confirming(read), read.words("reason")),
    offered=lambda scene: bool(unconfirmed(scene.challenge)),
    checks=True,
)


# Proposed, and discussed -------------------------------------------------------------------------


def _is_theirs(action: Action, scene: Scene) -> bool:
    if action not in to_propose(scene.challenge):
        return False
    return proposes(action, scene.challenge, scene.hand)


def _actions(scene: Scene) -> Field:
    options = tuple(
        Option(
            str(action.number),
            f"{action.number}. {isolated(action.agreed.what)}",
            f"{isolated(action.owner)}, by {day_in_words(action.deadline.day)}: {action.state}",
        )
        for action in scene.challenge.actions
        if _is_theirs(action, scene)
    )
    only = options[0].value if len(options) == 1 else ""
    return Field("action", Kind.RADIOS, "Which action?", options=options, value=only)


def to_propose_by(today: date, calendar: WorkingDays) -> tuple[Field, Field]:
    """Return the fields with which an owner proposes a date: which, and why."""
    day = working_day("by", "By when can it be done?", today, calendar)
    return day, reason("Why does it need another date?")


PROPOSE_DATE = ActPage(
    ProposeDate,
    "propose-date",
    "Propose this date",
    said("The IRO decides. Until they set a new date, the present one counts."),
    lambda scene: (_actions(scene), *to_propose_by(*_days(scene))),
    lambda read, scene: ProposeDate(
        read.number("action", "Choose an action.", most=999),
        read.day("by", scene.today),
        read.words("reason"),
    ),
    states=(ActionState.OPEN, ActionState.MISSED),
    theirs=_is_theirs,
)


def _discussing(scene: Scene) -> tuple[str, ...]:
    other = "the Safeguarding & Review Service Manager" if scene.is_iro else "the IRO"
    sets, moves = ("you set", "move") if scene.is_iro else ("the IRO sets", "moves")
    return (
        (
            f"After a missed date at QAP you talk to {other}. Then {sets} a new date, or {moves} "
            "the challenge to a formal stage."
        ),
    )


RECORD_DISCUSSION = ActPage(
    RecordDiscussion,
    "record-discussion",
    "Record the discussion",
    _discussing,
    lambda scene: (discussed("words", scene),),
    lambda read, _: RecordDiscussion(read.words("words")),
)
