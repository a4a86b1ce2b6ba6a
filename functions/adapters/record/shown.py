"""What lists and trays show about a challenge: derived from its events and the directory.

Nothing here reads or writes. HEAD holds the challenge's summary row (``domain.summary``). Each
tray that the challenge is in holds what lists show, with what its owner has to do and by when. A
list of all challenges with one mark is kept as a tray of its own, which is nobody's. So are the
lists of all open and of all ended challenges, and what each person has been invited to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.record.table import challenge_key
from domain.people import is_owner_alone
from domain.permissions import posts_that_see
from domain.rulebook import marks_of
from domain.rules.life import has_died
from domain.rules.meetings import meetings_ahead
from domain.rules.period import BEYOND_PERIOD
from domain.rules.sealing import SEALED_MARK
from domain.summary import summary
from domain.tasks import trays
from domain.vocabulary import Capacity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.part import Task
    from domain.summary import AtStage, Summary

__all__ = [
    "AT_MOST_BESIDE",
    "BEFORE_SUMMARIES",
    "ENDED_LIST",
    "INVITED",
    "MAY_LACK",
    "OPEN_LIST",
    "SUMMARY",
    "as_it_lies",
    "invited_list",
    "is_filled_in",
    "list_of",
    "listed",
    "lists",
    "parties",
    "since_summary_2",
    "tray_items",
]

#: The version of the row and its lists, which HEAD holds as ``summary``. A HEAD without it was
#: written by a release before 2026-11.8. Version 2 adds the lists of open and ended challenges and
#: of meetings; version 3 has the date of what the challenge waits for, not of its first task. Sweep
#: fills in those that have an older one.
SUMMARY = 3

#: The version of a sealed record's row, which has not changed: it is in no list, so Sweep could not
#: find it.
SUMMARY_OF_SEALED = 1

#: Attributes of the row that not every challenge has: filling it in removes those it lacks.
MAY_LACK = ("child", "died", "ended", "formal_at", "iro", "marks", "of_iro", "outcome")

#: What HEAD held of the row in releases before; ``iro`` also after the challenge has ended.
BEFORE_SUMMARIES = (
    *("reference", "standing", "stage", "next_due", "raised_at", "initials", "child", "iro"),
    "beyond_period",
)

#: What a tray shows of the row. It leaves out the keys of HEAD's own indexes, because a tray's item
#: must not appear in those.
_IN_TRAYS = (
    *("reference", "standing", "stage", "next_due", "raised_at", "initials", "beyond_period"),
    "marks",
)

#: How many tasks a tray's item names beside its first: with these it stays below a kilobyte.
AT_MOST_BESIDE = 6

#: The list of all open challenges by their next date, and that of all ended ones by their end. What
#: is sealed is in neither.
OPEN_LIST, ENDED_LIST = "#open", "#ended"

#: How the lists begin of what somebody has been invited to.
INVITED = "#meets:"

#: What a list of all challenges shows beside what trays do: no keys of HEAD's own indexes either.
_IN_LISTS = ("team", "themes", "formal_at", "outcome")

#: The most ids that a row names of those whom its reader deals with in one task.
_WHOM_AT_MOST = 2

#: Whoever has nothing to do with a challenge but an action of their own sees nothing of the child.
_NO_CHILD = {"initials": "", "case_id": ""}


def lists(
    challenge: Challenge, council: Council, today: date
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return what HEAD shows about a challenge in lists, and what each tray shows today."""
    return listed(challenge, council), _tray_rows(challenge, council, today)


def listed(challenge: Challenge, council: Council) -> dict[str, Any]:
    """Return a challenge's summary row, as HEAD holds it, without anybody's words.

    An open challenge is in the index of its IRO's open challenges (``iro``), one that has ended in
    the index of the ended ones (``of_iro`` and ``ended``, its moment and reference). ``marks`` does
    not repeat ``beyond_period``: HEAD has to stay below a kilobyte.
    """
    row = summary(challenge, council)
    if challenge.sealed:
        return _sealed(row)
    item: dict[str, Any] = {
        "summary": SUMMARY,
        "reference": row.reference,
        "standing": str(row.standing),
        "stage": str(row.stage),
        "next_due": moment_text(row.next_due) if row.next_due else "",
        "raised_at": moment_text(row.raised_at),
        "initials": row.initials,
        "child": row.case_id,
        "beyond_period": row.beyond_period,
        "team": row.team,
        "themes": list(row.themes),
        "entry": str(row.entry),
        "stages": [_stage_line(one) for one in row.stages],
    }
    if row.formal_at:
        item["formal_at"] = moment_text(row.formal_at)
    if marks := [key for key in row.marks if key != BEYOND_PERIOD]:
        item["marks"] = marks
    if has_died(challenge):
        item["died"] = True
    if row.outcome is None or row.ended_at is None:
        return item | {"iro": row.iro}
    ended = f"{moment_text(row.ended_at)} {row.reference}"
    return item | {"outcome": str(row.outcome), "of_iro": row.iro, "ended": ended}


def _sealed(row: Summary) -> dict[str, Any]:
    """Return the row of a sealed record: it is in no index of a child, IRO or end (rule 22).

    The figures find nothing in it to count; that it was sealed they count by its mark.
    """
    return {
        "summary": SUMMARY_OF_SEALED,
        "reference": row.reference,
        "standing": str(row.standing),
        "stage": str(row.stage),
        "next_due": "",
        "raised_at": moment_text(row.raised_at),
        "initials": "",
        "beyond_period": False,
        "team": "",
        "themes": [],
        "entry": str(row.entry),
        "stages": [],
        "marks": list(row.marks),
    }


def _stage_line(one: AtStage) -> str:
    """Return ``1 2026-11-02T10:00:00Z - silent``: the stage, when it began and was answered.

    Its end is not kept: a stage ends when the next one begins or the challenge ends.
    """
    began, answered = (
        f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "-" for at in (one.began, one.answered)
    )
    return f"{one.stage} {began} {answered}{' silent' if one.silent else ''}"


def parties(challenge: Challenge, council: Council, today: date) -> tuple[str, ...]:
    """Return the posts, officers and lists in whose trays the challenge belongs today, sorted.

    HEAD names these. It does not name the lists of all and of invitations (``since_summary_2``), so
    that it stays below a kilobyte: they follow from the events alone.
    """
    return tuple(sorted({*trays(challenge, council, today), *_marked(challenge)}))


def is_filled_in(head: Mapping[str, Any]) -> bool:
    """Whether HEAD holds the summary row as this release writes it."""
    sealed = SEALED_MARK in head.get("marks", ())
    return bool(head.get("summary") == (SUMMARY_OF_SEALED if sealed else SUMMARY))


def invited_list(officer: str) -> str:
    """Return the tray that holds the meetings to which this officer is invited."""
    return f"{INVITED}{officer}"


def since_summary_2(party: str) -> bool:
    """Whether a tray is a list that version 1 of the row did not have."""
    return party in (OPEN_LIST, ENDED_LIST) or party.startswith(INVITED)


def list_of(mark: str) -> str:
    """Return the tray that holds every challenge with the mark of this key: ``#sub``."""
    return f"#{mark}"


def _marked(challenge: Challenge) -> dict[str, dict[str, str]]:
    """Return the lists of its marks that have one, with what orders and fills their rows."""
    return {
        list_of(mark.key): {"due": moment_text(at), "asks": mark.key}
        for mark in marks_of(challenge)
        if (at := mark.listed_at(challenge))
    }


def _listed_in(challenge: Challenge, council: Council) -> dict[str, dict[str, Any]]:
    """Return the list of open or ended challenges that it is in, with what orders its row.

    ``posts`` are those whose holders may see it as responder or informed, ``answered`` the officers
    who replied, and ``asked`` the posts asked to reply at its stage.
    """
    row = summary(challenge, council)
    if challenge.sealed:
        return {}
    if challenge.open and row.next_due:
        place = {"due": moment_text(row.next_due), "asks": "open"}
    elif row.outcome and row.ended_at:
        place = {"due": moment_text(row.ended_at), "asks": "ended"}
    else:
        return {}
    answered = dict.fromkeys(
        event.actor.officer
        for request in challenge.requests
        for event in (request.reply, *request.late_replies)
        if event is not None
    )
    return {
        OPEN_LIST if challenge.open else ENDED_LIST: {
            **place,
            "posts": list(posts_that_see(challenge, council)),
            "answered": [one for one in answered if one in council.directory.officers],
            "asked": list(challenge.request.posts) if challenge.open and challenge.requests else [],
        }
    }


def _invited(challenge: Challenge) -> dict[str, dict[str, Any]]:
    """Return the lists of invitations that it is in, with their meetings, the first one first.

    ``about`` is the meeting's number and its minutes. The rows say nothing of the child.
    """
    if challenge.sealed or not challenge.open:
        return {}  # those that had begun are over, and nobody has to be told again
    of_each: dict[str, list[tuple[str, str]]] = {}
    for meeting in meetings_ahead(challenge):
        for officer in meeting.invited:
            at = moment_text(meeting.at) if meeting.at else ""
            of_each.setdefault(officer, []).append((at, f"{meeting.number} {meeting.minutes}"))
    found = {}
    for officer, each in of_each.items():
        (due, about), *others = sorted(each)
        also = {"also": [f"{at}|meeting|{what}" for at, what in others]} if others else {}
        place = {"due": due, "asks": "meeting", "about": about, **also, **_NO_CHILD}
        found[invited_list(officer)] = place
    return found


def as_it_lies(
    challenge: Challenge,
    lies: tuple[str, ...] | None,
    council: Council,
    today: date,
    *,
    in_lists: bool,
) -> dict[str, dict[str, Any]]:
    """Return what the trays hold that the challenge was put in, even if it belongs elsewhere now.

    ``lies`` names these trays; ``None`` if HEAD names none. ``in_lists``: whoever wrote HEAD
    also wrote the lists that it never names.
    """
    found = _tray_rows(challenge, council, today)
    unnamed = [party for party in found if since_summary_2(party)]
    named = [party for party in found if party not in unnamed] if lies is None else lies
    return {party: found.get(party, {}) for party in (*named, *(unnamed if in_lists else ()))}


def _tray_rows(challenge: Challenge, council: Council, today: date) -> dict[str, dict[str, Any]]:
    """Return what each tray shows about a challenge: post's, officer's or list's id → attributes.

    ``due`` is a key of the index ``by_tray``, so it is never empty.
    """
    row = listed(challenge, council)
    shown = {name: row[name] for name in _IN_TRAYS if name in row}
    in_lists = {name: row[name] for name in _IN_LISTS if name in row}
    child = challenge.raised.child
    named = {"case_id": child.case_id, "initials": child.initials, "of_iro": challenge.iro}
    tasks = {
        party: {
            "due": moment_text(task.deadline.at),
            "asks": str(task.purpose),
            "about": task.key,
            **_beside(others),
            **_whom(task, others, challenge),
            **(_NO_CHILD if is_owner_alone(task, party, challenge, council) else {}),
        }
        for party, (task, *others) in trays(challenge, council, today).items()
    }
    everybody = {
        party: {**in_lists, **place} for party, place in _listed_in(challenge, council).items()
    }
    places = {**tasks, **_marked(challenge), **everybody, **_invited(challenge)}
    return {party: {"tray": party, **shown, **named, **place} for party, place in places.items()}


def _whom(first: Task, others: list[Task], challenge: Challenge) -> dict[str, Any]:
    """Return whom the IRO deals with in each of these tasks, as ids of officers and posts.

    That is the owner of an action, or who replied or was asked at the stage. Others deal with the
    IRO, and their trays name nobody. Nor is somebody outside the council named.
    """
    in_order = sorted(others, key=lambda task: task.deadline.at)[:AT_MOST_BESIDE]
    whom = [_dealt_with(task, challenge) for task in (first, *in_order)]
    return {"whom": whom} if any(whom) else {}


def _dealt_with(task: Task, challenge: Challenge) -> list[str]:
    if task.whose is not Capacity.IRO:
        return []
    kind, _, number = task.key.rpartition("-")
    if kind.endswith("action") and number.isdigit():
        action = challenge.action_number(int(number))
        return [action.who.party] if action and action.who and action.who.party else []
    if not challenge.open or not challenge.requests:
        return []
    request = challenge.request
    answer = request.answer
    return [answer.actor.officer] if answer else list(request.posts[:_WHOM_AT_MOST])


def _beside(others: list[Task]) -> dict[str, Any]:
    """Return a tray's other tasks, the earliest first, and how many ``more`` there are.

    A task is ``moment|purpose|key``. A tray with one task has neither.
    """
    earliest = sorted(others, key=lambda task: task.deadline.at)
    named = earliest[:AT_MOST_BESIDE]
    found: dict[str, Any] = {}
    if named:
        found["also"] = [
            f"{moment_text(task.deadline.at)}|{task.purpose}|{task.key}" for task in named
        ]
    if more := len(earliest) - len(named):
        found["more"] = more
    return found


def tray_items(
    challenge: Challenge, council: Council, today: date, before: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the writes of tray items that change. An item without index keys is in no tray."""
    after = _tray_rows(challenge, council, today)
    changed = (p for p in sorted({*before, *after}) if before.get(p) != after.get(p))
    reference = challenge.reference
    return [
        {
            "Put": {
                "Item": {
                    "PK": challenge_key(reference),
                    "SK": f"TRAY#{party}",
                    **after.get(party, {}),
                }
            }
        }
        for party in changed
    ]
