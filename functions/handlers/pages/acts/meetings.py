"""Rule 12: formal meetings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.ladder import Role
from domain.lawyers import has_conflict
from domain.moments import at_local, local_day, moment_in_words, time_in_words, to_local
from domain.rules.meetings import (
    CHAIR_AT,
    LONGEST_MEETING,
    ArrangeMeeting,
    CancelMeeting,
    ChangeMeeting,
    ConsiderChair,
    RecordMeeting,
    SendActions,
    agreed_at,
    asked_to_attend,
    chair_to_consider,
    meetings,
    meetings_ahead,
    to_send_by,
)
from domain.vocabulary import Capacity
from domain.writing import capitalised, isolated
from handlers import dates
from handlers.pages.acts.page import ActPage, Scene, reason, said, who_still_replies, you_or
from handlers.pages.kit import Field, Kind, Option, Reading, working_day
from handlers.pages.owner_fields import owner_fields, read_action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.agreed import AgreedAction
    from domain.rules.meetings import Meeting

__all__ = [
    "ARRANGE_MEETING",
    "CANCEL_MEETING",
    "CHANGE_MEETING",
    "CONSIDER_CHAIR",
    "RECORD_MEETING",
    "SEND_ACTIONS",
]

#: How many people can be chosen on the form besides the chair, and how many actions.
_PEOPLE, _ACTIONS = 6, 4

#: ``4pm``, ``4:15 pm``, ``16:15``.
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_NO_TIME = "Enter a time with am or pm, like 4:15pm, or on the 24-hour clock, like 16:15."
_NOON = 12


# What the forms share ----------------------------------------------------------------------------


def _officers(scene: Scene) -> tuple[Option, ...]:
    """Return everybody of the directory to choose from, by name, with their posts."""
    directory, today = scene.council.directory, scene.today
    return tuple(
        Option(
            officer.id,
            ", ".join(
                [officer.name, *(post.title for post in directory.posts_held(officer.id, today))]
            ),
        )
        for officer in sorted(directory.officers.values(), key=lambda one: one.name)
    )


def _which(label: str, found: Iterable[Meeting], scene: Scene) -> Field:
    """Return the field for one of the meetings; if there is only one it is chosen."""
    options = tuple(
        Option(
            str(one.number),
            moment_in_words(one.at) if one.at else f"Meeting {one.number}",
            f"Chaired by {scene.officer_named(one.chair)}",
        )
        for one in found
    )
    only = options[0].value if len(options) == 1 else ""
    return Field("meeting", Kind.RADIOS, label, options=options, value=only)


def _number(read: Reading) -> int:
    return read.number("meeting", "Choose a meeting.", most=999)


def _of_meeting(scene: Scene, meeting: Meeting | None) -> tuple[Field, ...]:
    """Return the fields for when and where a meeting is and who attends, as they are so far."""
    at = to_local(meeting.at) if meeting and meeting.at else None
    srsms = scene.council.people(scene.challenge, Role.SRSM, scene.today)
    chair = meeting.chair if meeting else next((one.id for one in srsms), "")
    asked = asked_to_attend(scene.challenge, scene.council, scene.today)
    invited = meeting.invited if meeting else (*asked, scene.challenge.iro)
    others = [one for one in dict.fromkeys(invited) if one != chair]
    people = tuple(
        one
        for one in _officers(scene)
        if not has_conflict(one.value, scene.challenge, scene.council, scene.today)
    )
    return (
        replace(
            working_day("day", "On which day?", scene.today, scene.council.calendar),
            hint=dates.like(dates.example(scene.today, scene.council.calendar)),
            value=at.date().isoformat() if at else "",
        ),
        Field(
            *("time", Kind.LINE, "At what time?", "For example, 2:30pm."),
            value=time_in_words(meeting.at) if meeting and meeting.at else "",
            width=20,
        ),
        Field(
            *("minutes", Kind.NUMBER, "How long, in minutes?"),
            value=str(meeting.minutes) if meeting else "60",
            width=5,
        ),
        Field(
            *("where", Kind.WORDS, "Where is it, or how do people join?"),
            hint="It is on the challenge’s page only, not in the email.",
            value=meeting.where if meeting else "",
            lines=2,
        ),
        Field("chair", Kind.SELECT, "Who chairs it?", options=people, value=chair),
        *(
            Field(
                f"person-{n}",
                Kind.SELECT,
                f"Who else has to attend? Person {n}",
                options=people,
                value=others[n - 1] if n <= len(others) else "",
            )
            for n in range(1, max(_PEOPLE, len(others)) + 1)
        ),
    )


def _read_meeting(read: Reading, scene: Scene) -> tuple[datetime, int, str, str, tuple[str, ...]]:
    """Return when it is (UTC), its minutes, where, the chair, and the others."""
    day = read.day("day", scene.today, "For the day of the meeting, enter")
    clock = _time(read.form.get("time", ""))
    if clock is None:
        read.problems["time"] = _NO_TIME
    minutes = read.number("minutes", "Enter a number of minutes, like 60.", most=LONGEST_MEETING)
    people = [text for name, text in read.form.items() if name.startswith("person-") and text]
    chair = read.form.get("chair", "").strip()
    at = at_local(day, clock or time(23, 59))
    return at, minutes, read.words("where"), chair, tuple(dict.fromkeys(people))


def _time(text: str) -> time | None:
    """Return a time of day as people write it; ``None`` if it could be two, or is none."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    elif match[2] is None or len(match[1]) == 1:
        return None
    return time(hour, minute) if hour <= 23 and minute <= 59 else None  # noqa: PLR2004 - of a day


# Arranged, changed, cancelled --------------------------------------------------------------------

_EMAIL = (
    "We email an invitation to each person who has to attend. It says the reference, the stage and "
    "the time, and nothing about the child."
)


def _is(who: Capacity, scene: Scene) -> str:
    return "You are" if who in scene.capacities else f"{capitalised(who)} is"


def _arranging(scene: Scene) -> tuple[str, ...]:
    then = (
        (
            (
                f"{_is(Capacity.SRSM, scene)} then asked whether "
                f"{you_or(Capacity.SENIOR_IRO_MANAGER, scene)} should chair it."
            ),
        )
        if scene.challenge.stage in CHAIR_AT
        else ()
    )
    return (
        _EMAIL,
        "We filled in the people who are asked to attend at this stage. You can change them.",
        *then,
        f"A meeting changes no deadline: {who_still_replies(scene)}.",
    )


ARRANGE_MEETING = ActPage(
    ArrangeMeeting,
    "arrange-meeting",
    "Send the invitations",
    _arranging,
    lambda scene: _of_meeting(scene, None),
    lambda read, scene: ArrangeMeeting(*_read_meeting(read, scene)),
)


def _first_ahead(scene: Scene) -> Meeting | None:
    return next(iter(meetings_ahead(scene.challenge)), None)


CHANGE_MEETING = ActPage(
    ChangeMeeting,
    "change-meeting",
    "Change the meeting",
    said(_EMAIL, "Anybody who no longer has to attend is told, and their calendar removes it."),
    lambda scene: (
        _which("Which meeting?", meetings_ahead(scene.challenge), scene),
        *_of_meeting(scene, _first_ahead(scene)),
        reason("Why does it change?"),
    ),
    lambda read, scene: ChangeMeeting(
        _number(read), *_read_meeting(read, scene), read.words("reason")
    ),
)

CANCEL_MEETING = ActPage(
    CancelMeeting,
    "cancel-meeting",
    "Cancel the meeting",
    said("Everybody who had to attend is told, and their calendar removes it."),
    lambda scene: (
        _which("Which meeting?", meetings_ahead(scene.challenge), scene),
        reason("Why is it cancelled?"),
    ),
    lambda read, _scene: CancelMeeting(_number(read), read.words("reason")),
)


# Who chairs --------------------------------------------------------------------------------------


class _Chairs(StrEnum):
    """Whether the Senior IRO Manager should chair."""

    YES = "yes"
    NO = "no"


CONSIDER_CHAIR = ActPage(
    ConsiderChair,
    "consider-chair",
    "Say whether the Senior IRO Manager should chair",
    said(
        "At stages 3 and 4 you say whether the Senior IRO Manager should chair the meeting.",
        "If you choose yes, they are invited and everybody else is told.",
    ),
    lambda scene: (
        _which("Which meeting?", chair_to_consider(scene.challenge), scene),
        Field(
            "senior",
            Kind.RADIOS,
            "Should the Senior IRO Manager chair it?",
            options=(Option(_Chairs.YES, "Yes"), Option(_Chairs.NO, "No")),
        ),
        reason("Why?"),
    ),
    lambda read, _scene: ConsiderChair(
        _number(read),
        read.choice("senior", _Chairs, _Chairs.NO, "Choose whether they should chair it.")
        is _Chairs.YES,
        read.words("reason"),
    ),
)


# Held, and its actions sent ----------------------------------------------------------------------

_NOT_ARRANGED = "0"


def _recording(scene: Scene) -> tuple[Field, ...]:
    today, people = scene.today, _officers(scene)
    known = [one for one in meetings(scene.challenge) if not one.cancelled]
    first = next((one for one in known if one.held is None), None)
    which = _which("Which meeting?", known, scene)
    another = Option(_NOT_ARRANGED, "A meeting that was not arranged here")
    attended = ", ".join(scene.officer_named(one) for one in first.invited) if first else ""
    held = local_day(first.at) if first and first.at else None
    team = scene.challenge.area.team
    return (
        *([replace(which, options=(*which.options, another))] if known else []),
        Field(
            "day",
            Kind.DAY,
            "On which day was it?",
            f"For example, today: {today.day} {today.month} {today.year}.",
            value=held.isoformat() if held and held <= today else "",
        ),
        Field(
            *("chair", Kind.SELECT, "Who chaired it?"),
            options=people,
            value=first.chair if first else "",
        ),
        Field(
            *("attended", Kind.WORDS, "Who was there?", "Names and roles."),
            value=attended,
            lines=3,
        ),
        Field("words", Kind.WORDS, "What was discussed and decided?"),
        *(
            replace(field, name=f"action-{n}-{field.name}", folded=f"Agreed action {n}")
            for n in range(1, _ACTIONS + 1)
            for field in (
                Field("what", Kind.WORDS, "What will be done?", lines=2),
                *owner_fields(scene.council, today, team, by_iro=scene.is_iro),
                working_day("by", "By which day?", today, scene.council.calendar),
            )
        ),
    )


def _read_actions(read: Reading, scene: Scene) -> tuple[AgreedAction, ...]:
    """Return the actions of the rows that were filled in, which are the first ones."""
    found: list[AgreedAction] = []
    for n in range(1, _ACTIONS + 1):
        row = f"action-{n}-"
        if not any(text.strip() for name, text in read.form.items() if name.startswith(row)):
            continue
        if n != len(found) + 1:
            read.problems[f"{row}what"] = f"Fill in action {len(found) + 1} before this one."
        found.append(read_action(read, n, scene.council, scene.today))
    return tuple(found)


def _record(read: Reading, scene: Scene) -> RecordMeeting:
    number = 0
    known = any(not one.cancelled for one in meetings(scene.challenge))
    if known and read.form.get("meeting", "").strip() != _NOT_ARRANGED:
        number = _number(read)
    return RecordMeeting(
        number,
        read.day("day", scene.today, "For the day of the meeting, enter"),
        read.form.get("chair", "").strip(),
        read.words("attended"),
        read.words("words"),
        _read_actions(read, scene),
    )


RECORD_MEETING = ActPage(
    RecordMeeting,
    "record-meeting",
    "Record the meeting",
    lambda scene: (
        (
            "We follow up each agreed action until its owner reports it done. It does not resolve "
            f"the challenge, and {who_still_replies(scene)}."
        ),
        (
            "Within one working day the agreed actions have to be sent to all concerned, by the "
            f"chair or by {you_or(Capacity.SRSM, scene)}."
        ),
        f"If more than {_ACTIONS} actions were agreed, record the same meeting again for the rest.",
    ),
    _recording,
    _record,
)


def _sending(scene: Scene) -> tuple[str, ...]:
    """Return who gets the email, and which actions it is about."""
    found = [
        one
        for meeting in to_send_by(scene.challenge, scene.hand)
        for one in agreed_at(scene.challenge, meeting)
    ]
    return (
        (
            "We now email a link to the agreed actions to each person who was asked to attend or "
            "to reply, or is kept informed. Anyone who has an action to do has a link already."
        ),
        *(
            f"Action {one.number}: {isolated(one.agreed.what.rstrip('.'))}. {isolated(one.owner)}."
            for one in found
        ),
    )


SEND_ACTIONS = ActPage(
    SendActions,
    "send-actions",
    "Send the agreed actions",
    _sending,
    lambda scene: (
        _which("The actions of which meeting?", to_send_by(scene.challenge, scene.hand), scene),
    ),
    lambda read, _scene: SendActions(_number(read)),
    offered=lambda scene: bool(to_send_by(scene.challenge, scene.hand)),
)
