"""HEAD, as a value and as an item: what is kept beside the events of a challenge.

It holds the version and the last hash of the chain, the leg and when it wakes, and what lists show.
It is only changed on the condition that it is still as it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.executions import BECAUSE, Began
from adapters.record.shown import is_filled_in, listed
from adapters.record.table import AT_VERSION, challenge_key, require
from domain.chain import START
from domain.errors import UnknownSchemaError
from domain.ladder import Stage
from domain.moments import parse_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council

__all__ = ["NO_HEAD", "Head", "as_read", "began_item", "head_item", "head_of", "head_update"]

#: The schema of HEAD that this software writes; older code refuses a newer one.
HEAD_SCHEMA = 1

#: Each write of HEAD that others could undo changes one of these: a step, a leg, a settling.
_MOVES = ("version", "leg", "told", "council")


@dataclass(frozen=True)
class Head:
    """HEAD beside the events: the current leg, when it wakes, and the last hash of the chain.

    ``emailed_up_to`` is the event up to which every email has been sent, ``news_up_to`` the one up
    to which it is kept what the daily emails have to tell. ``council`` is the number of the last
    change of calendar and directory that was applied. ``idle`` is how often the leg woke since
    ``idle_since`` (in real time) without a new event. ``trays`` names the trays that the
    challenge is in, which a new directory can change. ``began`` is why and where this leg began;
    ``None`` if it was written before HEAD kept that. ``stage`` is as lists show it. ``in_lists``:
    whoever wrote it also wrote the lists of all challenges and of invitations.
    """

    version: int
    leg: int
    wake_at: datetime | None
    last_hash: str
    emailed_up_to: int = 0
    council: int = 0
    idle: int = 0
    idle_since: datetime | None = None
    trays: tuple[str, ...] | None = None
    began: Began | None = None
    stage: Stage = Stage.QAP
    news_up_to: int = 0
    in_lists: bool = False


#: The HEAD of a challenge that is not yet raised.
NO_HEAD = Head(0, 0, None, START)


def head_of(item: dict[str, Any]) -> Head:
    """Return HEAD from its item. Raise ``DamagedHeadError``, ``UnknownSchemaError``."""
    require(item, "schema", "version", "leg", "last_hash", "told", "council", "stage")
    if int(item["schema"]) > HEAD_SCHEMA:
        message = (
            f"HEAD of {item['PK']} was written by newer software than this. Deploy that version; "
            "nothing was changed."
        )
        raise UnknownSchemaError(message)
    wake = item.get("wake_at")
    return Head(
        int(item["version"]),
        int(item["leg"]),
        parse_moment(wake) if wake else None,
        item["last_hash"],
        int(item["told"]),
        int(item["council"]),
        int(item.get("idle", 0)),
        parse_moment(item["idle_since"]) if "idle_since" in item else None,
        tuple(item["trays"]) if "trays" in item else None,
        _began(item),
        Stage(item["stage"]),
        # Releases before 2026-11.9 told everything by emails of their own.
        int(item.get("news", item["told"])),
        is_filled_in(item),
    )


def head_item(challenge: Challenge, head: Head, council: Council) -> dict[str, Any]:
    """Return the item of HEAD, with what lists show about the challenge."""
    item = {
        "PK": challenge_key(challenge.reference),
        "SK": "HEAD",
        "schema": HEAD_SCHEMA,
        "version": head.version,
        "leg": head.leg,
        "last_hash": head.last_hash,
        "told": head.emailed_up_to,
        "news": head.news_up_to,
        "council": head.council,
        **listed(challenge, council),
    }
    if head.trays is not None:
        item["trays"] = list(head.trays)
    if head.began:
        item["began"] = began_item(head.leg, head.began)
    if head.wake_at:
        item |= {"open": "OPEN", "wake_at": moment_text(head.wake_at)}
    return item


def began_item(leg: int, began: Began) -> dict[str, Any]:
    """Return what HEAD keeps about why a leg began, as its execution was told."""
    wakes = {"wakes": utc_text(began.wakes)} if began.wakes else {}
    return {"leg": leg, "because": str(began.because), "stage": str(began.stage), **wakes}


def _began(head: Mapping[str, Any]) -> Began | None:
    """Return why the current leg began; ``None`` if older software began it without saying so."""
    kept = head.get("began", {})
    if kept.get("leg") != head["leg"] or kept["because"] not in BECAUSE:
        return None
    wakes = parse_moment(kept["wakes"]) if "wakes" in kept else None
    return Began(kept["because"], Stage(kept["stage"]), wakes)


def head_update(
    reference: str, head: Head, change: str, names: dict[str, str], values: dict[str, Any]
) -> dict[str, Any]:
    """Return the update that makes ``change``, on the condition that HEAD is still as read."""
    return {
        "Key": {"PK": challenge_key(reference), "SK": "HEAD"},
        "UpdateExpression": change,
        "ConditionExpression": AT_VERSION,
        "ExpressionAttributeNames": {"#version": "version", "#leg": "leg", **names},
        "ExpressionAttributeValues": {":version": head.version, ":leg": head.leg, **values},
    }


def as_read(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition that HEAD is still as it was read, even if attributes are missing."""
    there = [name for name in _MOVES if name in head]
    missing = [name for name in _MOVES if name not in head]
    condition = {
        "ConditionExpression": " AND ".join(
            [
                *(f"#{name} = :{name}" for name in there),
                *(f"attribute_not_exists(#{name})" for name in missing),
            ]
        ),
        "ExpressionAttributeNames": {f"#{name}": name for name in _MOVES},
    }
    values = {f":{name}": head[name] for name in there}
    return {**condition, **({"ExpressionAttributeValues": values} if values else {})}
