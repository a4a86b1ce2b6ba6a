"""What lists and trays show about a challenge: derived from its events and the directory.

Nothing here reads or writes. HEAD holds the challenge's summary row (``domain.summary``). Each
tray that the challenge is in holds what lists show, with what its owner has to do and by when. A
list of all challenges with one mark is kept as a tray of its own, which is nobody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.record.table import challenge_key
from domain.people import is_owner_alone
from domain.rulebook import marks_of
from domain.rules.life import has_died
from domain.rules.period import BEYOND_PERIOD
from domain.summary import summary
from domain.tasks import trays

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.part import Task
    from domain.summary import AtStage, Summary

__all__ = [
    "AT_MOST_BESIDE",
    "BEFORE_SUMMARIES",
    "MAY_LACK",
    "SUMMARY",
    "as_it_lies",
    "list_of",
    "listed",
    "lists",
    "parties",
    "tray_items",
]

#: The version of the row's shape, which HEAD holds as ``summary``. A HEAD without it was written by
#: a release before 2026-11.8, and Sweep fills it in.
SUMMARY = 1

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
        "summary": SUMMARY,
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
    """Return the posts, officers and lists in whose trays the challenge belongs today, sorted."""
    return tuple(sorted({*trays(challenge, council, today), *_marked(challenge)}))


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


def as_it_lies(
    challenge: Challenge, lies: tuple[str, ...] | None, council: Council, today: date
) -> dict[str, dict[str, Any]]:
    """Return what the trays hold that the challenge was put in, even if it belongs elsewhere now.

    ``lies`` names these trays; ``None`` if HEAD does not name them.
    """
    found = _tray_rows(challenge, council, today)
    return found if lies is None else {party: found.get(party, {}) for party in lies}


def _tray_rows(challenge: Challenge, council: Council, today: date) -> dict[str, dict[str, Any]]:
    """Return what each tray shows about a challenge: post's, officer's or list's id → attributes.

    ``due`` is a key of the index ``by_tray``, so it is never empty.
    """
    row = listed(challenge, council)
    shown = {name: row[name] for name in _IN_TRAYS if name in row}
    child = challenge.raised.child
    named = {"case_id": child.case_id, "initials": child.initials, "of_iro": challenge.iro}
    tasks = {
        party: {
            "due": moment_text(task.deadline.at),
            "asks": str(task.purpose),
            "about": task.key,
            **_beside(others),
            **(_NO_CHILD if is_owner_alone(task, party, challenge, council) else {}),
        }
        for party, (task, *others) in trays(challenge, council, today).items()
    }
    places = {**tasks, **_marked(challenge)}
    return {party: {"tray": party, **shown, **named, **place} for party, place in places.items()}


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
