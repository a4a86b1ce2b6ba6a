"""What lists and trays show of a challenge: derived from its events and the directory.

Nothing here reads or writes. HEAD holds what lists show; each tray in which the challenge lies
holds the same, with what its owner is to do and by when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.record.table import challenge_key
from domain.tasks import tasks, trays

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.council import Council

__all__ = ["as_it_lies", "listed", "lists", "parties", "tray_items"]


def lists(
    challenge: Challenge, council: Council
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What HEAD shows of a challenge in lists, and each tray, by its events and the directory."""
    return listed(challenge, council), places(challenge, council)


def listed(challenge: Challenge, council: Council) -> dict[str, Any]:
    """What a list shows of a challenge: texts stay in events."""
    child = challenge.raised.child
    return {
        "reference": challenge.reference,
        "standing": str(challenge.standing),
        "stage": str(challenge.stage),
        "next_due": _due(challenge, council),
        "raised_at": moment_text(challenge.raised_at),
        "initials": child.initials,
        "child": child.case_id,
        "iro": challenge.iro,
        "beyond_period": challenge.beyond_period,
    }


def _due(challenge: Challenge, council: Council) -> str:
    """The deadline that a list shows: of the first task; empty where it has ended."""
    found = tasks(challenge, council) if challenge.open else ()
    return moment_text(found[0].deadline.at) if found else ""


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
    """What each tray that the challenge lies in shows of it: post or officer id → the item's part.

    Not under the keys of HEAD's own indexes: a tray's item must not show up in those.
    """
    shown = {k: v for k, v in listed(challenge, council).items() if k not in ("child", "iro")}
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
