"""What lists and trays show of a challenge: derived from its events and the directory.

Nothing here reads or writes. HEAD holds the challenge's summary row (``domain.summary``); each tray
in which the challenge lies holds what lists show of it, with what its owner is to do and by when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.record.table import challenge_key
from domain.summary import summary
from domain.tasks import trays

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.summary import AtStage

__all__ = [
    "BEFORE_SUMMARIES",
    "MAY_LACK",
    "SUMMARY",
    "as_it_lies",
    "listed",
    "lists",
    "parties",
    "tray_items",
]

#: The number of the row's shape, which HEAD holds as ``summary``. One without it is of a release
#: before 2026-12, and Sweep fills it in.
SUMMARY = 1

#: What of the row not every challenge has: who fills it in takes out what it lacks.
MAY_LACK = ("ended", "formal_at", "iro", "of_iro", "outcome")

#: What HEAD held of it in releases before; ``iro`` for one that has ended as well.
BEFORE_SUMMARIES = (
    *("reference", "standing", "stage", "next_due", "raised_at", "initials", "child", "iro"),
    "beyond_period",
)

#: What of the row a tray shows. Not the keys of HEAD's own indexes: a tray's item must not show up
#: in those.
_IN_TRAYS = (
    *("reference", "standing", "stage", "next_due", "raised_at", "initials", "beyond_period"),
)


def lists(
    challenge: Challenge, council: Council
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What HEAD shows of a challenge in lists, and each tray, by its events and the directory."""
    return listed(challenge, council), places(challenge, council)


def listed(challenge: Challenge, council: Council) -> dict[str, Any]:
    """A challenge's summary row, as HEAD holds it: texts stay in events.

    An open one is in the index of its IRO's open challenges (``iro``), one that has ended in that
    of the ended ones (``of_iro`` and ``ended``, its moment and reference).
    """
    row = summary(challenge, council)
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
    if row.outcome is None or row.ended_at is None:
        return item | {"iro": row.iro}
    ended = f"{moment_text(row.ended_at)} {row.reference}"
    return item | {"outcome": str(row.outcome), "of_iro": row.iro, "ended": ended}


def _stage_line(one: AtStage) -> str:
    """``1 2026-11-02T10:00:00Z - silent``: the stage, when it began, and when it was answered.

    When it ended is not kept: that is when the next began, or the challenge ended.
    """
    began, answered = (
        f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "-" for at in (one.began, one.answered)
    )
    return f"{one.stage} {began} {answered}{' silent' if one.silent else ''}"


def parties(challenge: Challenge, council: Council) -> tuple[str, ...]:
    """Those in whose trays it belongs, in order."""
    return tuple(sorted(trays(challenge, council)))


def as_it_lies(
    challenge: Challenge, lies: tuple[str, ...] | None, council: Council
) -> dict[str, dict[str, Any]]:
    """What the trays hold of a challenge: those in which it was laid, whoever has it by now.

    ``lies`` are these trays; ``None`` where HEAD does not say so.
    """
    found = places(challenge, council)
    return found if lies is None else {party: found.get(party, {}) for party in lies}


def places(challenge: Challenge, council: Council) -> dict[str, dict[str, Any]]:
    """What each tray that it lies in shows of a challenge: post or officer id → the item's part."""
    row = listed(challenge, council)
    shown = {name: row[name] for name in _IN_TRAYS}
    named = {"case_id": challenge.raised.child.case_id, "of_iro": challenge.iro}
    return {
        party: {
            "tray": party,
            "due": moment_text(task.deadline.at),
            "asks": str(task.purpose),
            **shown,
            **named,
        }
        for party, task in trays(challenge, council).items()
    }


def tray_items(
    challenge: Challenge, council: Council, before: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The tray items that change. One without the index's keys is in no tray."""
    after = places(challenge, council)
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
