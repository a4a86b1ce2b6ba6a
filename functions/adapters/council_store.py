"""The council in the table: its directory, and the bank holidays entered by hand.

``PK=COUNCIL SK=CURRENT`` numbers the changes, points at the versions of directory and cover, and
holds the bank holidays. ``PK=DIRECTORY#<version>`` holds officers and posts, one item each;
``PK=COUNCIL SK=COVER#<version>`` all cover, in one item: it changes often, and copies nothing else.
(Directories from before 2026-11.10 hold their cover among their own items.)
``PK=COUNCIL SK=CHANGE#<number>`` says who made which change, when, and what it changed, in words.

A new version is written first, then the pointer is moved to it, on the condition that nobody has
moved it since. A container keeps what it read until the pointer changes, so a request costs one
small read.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from adapters import clock
from adapters.codec import moment_text
from adapters.errors import CouncilMovedOnError
from adapters.settings import shipped_calendar
from domain.council import Council
from domain.directory import Cover, Directory, Officer, Post
from domain.ladder import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from types_boto3_dynamodb.service_resource import Table

    from domain.procedure import Procedure

__all__ = ["BY_COMMAND", "Changed", "CouncilStore", "WhatChanged"]

#: Who made a change that came by an operator's command.
BY_COMMAND = "operator"

#: The most sentences that are kept about one change, so that they fit into its item.
_SAID_AT_MOST = 100

#: The most items in one of DynamoDB's transactions.
_AT_ONCE = 100


class WhatChanged(StrEnum):
    """What somebody changed. The value is stored."""

    DIRECTORY = "directory"
    COVER = "cover"
    HOLIDAY = "bank holiday"
    RECOUNTED = "recounted"


@dataclass(frozen=True)
class Changed:
    """Who (an officer's id, or ``BY_COMMAND``) made change ``number``, and when (UTC, as text).

    ``said`` is what changed, in sentences; empty if a release or command did not write it down.
    """

    number: int
    what: str
    who: str
    when: str
    said: tuple[str, ...] = ()


class CouncilStore:
    """Reads the council as it is now, and loads changes to it."""

    def __init__(self, table: Callable[[], Table], procedure: Callable[[], Procedure]) -> None:
        """Take functions that make the table and the procedure, called at first use."""
        self._table = table
        self._procedure = procedure
        self._read: Council | None = None

    def current(self) -> Council:
        """Return the council as it is now, without leavers: one small read, more after a change."""
        pointer = self._pointer()
        if self._read is None or self._read.change != pointer["change"]:
            procedure = self._procedure()
            days = {date.fromisoformat(day): name for day, name in pointer["days"].items()}
            calendar = shipped_calendar(procedure).extended(days)
            directory = self._load(pointer["directory"])
            if pointer["cover"]:
                directory = replace(directory, cover=self._cover(pointer["cover"]))
            self._read = Council(calendar, procedure, directory, pointer["change"])
        return self._read

    def _pointer(self) -> dict[str, Any]:
        key = {"PK": "COUNCIL", "SK": "CURRENT"}
        item: dict[str, Any] = self._table().get_item(Key=key, ConsistentRead=True).get("Item", {})
        return {
            "change": int(item.get("change", 0)),
            "directory": str(item.get("directory", "none")),
            "cover": str(item.get("cover", "")),
            "days": item.get("days", {}),
        }

    def _cover(self, version: str) -> tuple[Cover, ...]:
        key = {"PK": "COUNCIL", "SK": f"COVER#{version}"}
        item: dict[str, Any] = self._table().get_item(Key=key, ConsistentRead=True)["Item"]
        return tuple(_cover(one) for one in item["cover"])

    def _load(self, version: str) -> Directory:
        rows = [
            (str(item["SK"]).partition("#")[0], item) for item in self._all(f"DIRECTORY#{version}")
        ]
        return Directory(
            officers={i["id"]: _officer(i) for kind, i in rows if kind == "OFFICER"},
            posts={i["id"]: _post(i) for kind, i in rows if kind == "POST"},
            cover=tuple(_cover(i) for kind, i in rows if kind == "COVER"),
        )

    def _all(self, partition: str, after: str = "") -> Iterator[dict[str, Any]]:
        from boto3.dynamodb.conditions import Key

        condition: Any = Key("PK").eq(partition)
        if after:
            condition &= Key("SK").between(after, f"{after.partition('#')[0]}#~")
        start: dict[str, Any] = {}
        while True:
            answer: dict[str, Any] = self._table().query(  # type: ignore[assignment]  # as boto3 answers
                KeyConditionExpression=condition, ConsistentRead=True, **start
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def changed(self, after: int = 0) -> tuple[Changed, ...]:
        """Return every change of which the table says who made it, the first one first.

        Only those that came after change number ``after``.
        """
        items = self._all("COUNCIL", f"CHANGE#{after + 1:08d}")
        return tuple(
            Changed(
                int(item["number"]),
                item["what"],
                item["who"],
                item["when"],
                tuple(item.get("said", ())),
            )
            for item in items
        )

    def load_directory(
        self,
        directory: Directory,
        *,
        who: str = BY_COMMAND,
        after: int | None = None,
        said: Sequence[str] = (),
    ) -> int:
        """Write ``directory`` as the next version, point at it and return the change's number.

        ``after`` is the number of the change that ``who`` has seen, by default the present one.
        ``said`` is what changes, in sentences that name no child; at most 100 of them are kept.
        Raise ``CouncilMovedOnError``, with nothing changed, if another change came in between.
        """
        pointer = self._seen(after)
        # A random part keeps two who load at once out of each other's version.
        version = _version(pointer)
        self._write({"PK": f"DIRECTORY#{version}", **item} for item in _items(directory))
        self._write([_cover_item(version, directory.cover)])
        return self._flip(
            pointer, WhatChanged.DIRECTORY, who, said, directory=version, cover=version
        )

    def set_cover(
        self, cover: tuple[Cover, ...], *, who: str, after: int, said: Sequence[str] = ()
    ) -> int:
        """Write ``cover`` in place of all cover and return the change's number.

        Take and raise as :meth:`load_directory` does.
        """
        pointer = self._seen(after)
        version = _version(pointer)
        self._write([_cover_item(version, cover)])
        return self._flip(pointer, WhatChanged.COVER, who, said, cover=version)

    def proclaim(self, day: date, name: str) -> int:
        """Enter a newly proclaimed bank holiday and return the change's number.

        Raise as :meth:`load_directory` does.
        """
        pointer = self._pointer()
        days = {**pointer["days"], day.isoformat(): name}
        return self._flip(pointer, WhatChanged.HOLIDAY, BY_COMMAND, days=days)

    def recount(self) -> int:
        """Let Sweep count every open deadline again, with the present calendar.

        Return the change's number. Raise as :meth:`load_directory` does.
        """
        return self._flip(self._pointer(), WhatChanged.RECOUNTED, BY_COMMAND)

    def _seen(self, change: int | None) -> dict[str, Any]:
        pointer = self._pointer()
        if change is not None and change != pointer["change"]:
            raise CouncilMovedOnError
        return pointer

    def _write(self, items: Iterable[dict[str, Any]]) -> None:
        """Write new items. No function has the right to write them in batches, which can delete."""
        table = self._table()
        requests: list[Any] = [{"Put": {"TableName": table.name, "Item": item}} for item in items]
        for start in range(0, len(requests), _AT_ONCE):
            table.meta.client.transact_write_items(TransactItems=requests[start : start + _AT_ONCE])

    def _flip(
        self,
        before: dict[str, Any],
        what: WhatChanged,
        who: str,
        said: Sequence[str] = (),
        **changes: Any,  # noqa: ANN401 - DynamoDB values
    ) -> int:
        from botocore.exceptions import ClientError

        change = int(before["change"]) + 1
        table = self._table()
        current: dict[str, Any] = {
            "PK": "COUNCIL",
            "SK": "CURRENT",
            **before,
            **changes,
            "change": change,
        }
        noted: dict[str, Any] = {
            "PK": "COUNCIL",
            "SK": f"CHANGE#{change:08d}",
            "number": change,
            "what": what,
            "who": who,
            "when": moment_text(clock.wall()),
            "said": _shortened(said),
        }
        try:
            table.meta.client.transact_write_items(
                TransactItems=[
                    {
                        "Put": {
                            "TableName": table.name,
                            "Item": current,
                            "ConditionExpression": (
                                "attribute_not_exists(PK) OR #change = :before"
                            ),
                            "ExpressionAttributeNames": {"#change": "change"},
                            "ExpressionAttributeValues": {":before": before["change"]},
                        }
                    },
                    {"Put": {"TableName": table.name, "Item": noted}},
                ]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "TransactionCanceledException":
                raise CouncilMovedOnError from error
            raise
        return change


def _shortened(said: Sequence[str]) -> list[str]:
    rest = len(said) - _SAID_AT_MOST
    return [*said[:_SAID_AT_MOST], *([f"{rest} more"] if rest > 0 else [])]


def _version(pointer: dict[str, Any]) -> str:
    return f"{pointer['change'] + 1}-{secrets.token_hex(4)}"


def _officer(item: dict[str, Any]) -> Officer:
    return Officer(item["id"], item["name"], item["email"], item.get("supervisor", ""))


def _post(item: dict[str, Any]) -> Post:
    return Post(item["id"], Role(item["role"]), tuple(item["teams"]), item["holder"] or None)


def _cover(item: dict[str, Any]) -> Cover:
    first, last = date.fromisoformat(item["first"]), date.fromisoformat(item["last"])
    return Cover(item["post"], item["officer"], first, last)


def _items(directory: Directory) -> Iterator[dict[str, Any]]:
    for officer in directory.officers.values():
        named = {"id": officer.id, "name": officer.name, "email": officer.email}
        yield {"SK": f"OFFICER#{officer.id}", **named, "supervisor": officer.supervisor}
    for post in directory.posts.values():
        held = {"role": str(post.role), "teams": list(post.teams), "holder": post.holder or ""}
        yield {"SK": f"POST#{post.id}", "id": post.id, **held}


def _cover_item(version: str, cover: Iterable[Cover]) -> dict[str, Any]:
    rows = [
        {
            "post": one.post,
            "officer": one.officer,
            "first": one.first.isoformat(),
            "last": one.last.isoformat(),
        }
        for one in cover
    ]
    return {"PK": "COUNCIL", "SK": f"COVER#{version}", "cover": rows}
