"""The council in the table: its directory, and the bank holidays entered by hand.

A directory is loaded from CSV as a new version, and a pointer is flipped conditionally.

``PK=COUNCIL SK=CURRENT`` numbers the changes, points at the directory's version and holds the days;
``PK=DIRECTORY#<version>`` holds officers, posts and cover, one item each. A container keeps what it
read for as long as the pointer says so: a request costs one small read.

The CSV files, with their columns::

    officers.csv  id,name,email
    posts.csv     id,role,teams,holder     teams separated by ";", none: the whole council
    cover.csv     post,officer,first,last  days as 2026-12-24, both included
"""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, Any

from adapters.settings import shipped_calendar
from domain.council import Council
from domain.directory import Cover, Directory, Officer, Post
from domain.errors import BadSubmissionError
from domain.ladder import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from domain.procedure import Procedure
    from types_boto3_dynamodb.service_resource import Table

__all__ = ["CouncilStore", "from_csv"]


class CouncilStore:
    """Reads the council as it stands, and loads changes of it."""

    def __init__(self, table: Callable[[], Table], procedure: Callable[[], Procedure]) -> None:
        """Take what makes the table and the procedure: each is made when first used."""
        self._table = table
        self._procedure = procedure
        self._read: Council | None = None

    def current(self) -> Council:
        """The council as it stands now, leavers out: one small read, more after a change."""
        pointer = self._pointer()
        if self._read is None or self._read.change != pointer["change"]:
            procedure = self._procedure()
            days = {date.fromisoformat(day): name for day, name in pointer["days"].items()}
            calendar = shipped_calendar(procedure).extended(days)
            directory = self._load(pointer["directory"])
            self._read = Council(calendar, procedure, directory, pointer["change"])
        return self._read

    def _pointer(self) -> dict[str, Any]:
        key = {"PK": "COUNCIL", "SK": "CURRENT"}
        item: dict[str, Any] = self._table().get_item(Key=key, ConsistentRead=True).get("Item", {})
        return {
            "change": int(item.get("change", 0)),
            "directory": int(item.get("directory", 0)),
            "days": item.get("days", {}),
        }

    def _load(self, version: int) -> Directory:
        from boto3.dynamodb.conditions import Key

        items: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while True:
            answer = self._table().query(
                KeyConditionExpression=Key("PK").eq(f"DIRECTORY#{version}"),
                ConsistentRead=True,
                **start,
            )
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        rows = [(str(item["SK"]).partition("#")[0], item) for item in items]
        return Directory(
            officers={i["id"]: _officer(i) for kind, i in rows if kind == "OFFICER"},
            posts={i["id"]: _post(i) for kind, i in rows if kind == "POST"},
            cover=tuple(_cover(i) for kind, i in rows if kind == "COVER"),
        )

    def load_directory(self, directory: Directory) -> int:
        """Write ``directory`` as the next version and point at it; answers the change's number.

        Raises botocore's ``ConditionalCheckFailedException`` if another change came between.
        """
        pointer = self._pointer()
        version = pointer["change"] + 1
        with self._table().batch_writer() as batch:
            for item in _items(directory):
                batch.put_item(Item={"PK": f"DIRECTORY#{version}", **item})
        return self._flip(pointer, directory=version)

    def proclaim(self, day: date, name: str) -> int:
        """Enter a newly proclaimed bank holiday; answers the change's number.

        Raises as :meth:`load_directory` does.
        """
        pointer = self._pointer()
        return self._flip(pointer, days={**pointer["days"], day.isoformat(): name})

    def _flip(self, before: dict[str, Any], **changes: object) -> int:
        change = int(before["change"]) + 1
        self._table().put_item(
            Item={"PK": "COUNCIL", "SK": "CURRENT", **before, **changes, "change": change},
            ConditionExpression="attribute_not_exists(PK) OR #change = :before",
            ExpressionAttributeNames={"#change": "change"},
            ExpressionAttributeValues={":before": before["change"]},
        )
        return change


def _officer(item: dict[str, Any]) -> Officer:
    return Officer(item["id"], item["name"], item["email"])


def _post(item: dict[str, Any]) -> Post:
    return Post(item["id"], Role(item["role"]), tuple(item["teams"]), item["holder"] or None)


def _cover(item: dict[str, Any]) -> Cover:
    first, last = date.fromisoformat(item["first"]), date.fromisoformat(item["last"])
    return Cover(item["post"], item["officer"], first, last)


def _items(directory: Directory) -> Iterable[dict[str, Any]]:
    for officer in directory.officers.values():
        named = {"id": officer.id, "name": officer.name, "email": officer.email}
        yield {"SK": f"OFFICER#{officer.id}", **named}
    for post in directory.posts.values():
        held = {"role": str(post.role), "teams": list(post.teams), "holder": post.holder or ""}
        yield {"SK": f"POST#{post.id}", "id": post.id, **held}
    for number, cover in enumerate(directory.cover):
        days = {"first": cover.first.isoformat(), "last": cover.last.isoformat()}
        yield {"SK": f"COVER#{number}", "post": cover.post, "officer": cover.officer, **days}


def from_csv(folder: Path) -> Directory:
    """Read ``officers.csv``, ``posts.csv`` and ``cover.csv`` (may be absent) of ``folder``.

    Raises ``BadSubmissionError`` that names file, line and what to mend.
    """
    problems: dict[str, str] = {}

    def rows(name: str) -> list[tuple[str, dict[str, str]]]:
        file = folder / name
        if not file.exists():
            return []
        with file.open(newline="", encoding="utf-8-sig") as lines:
            return [(f"{name} line {n}", row) for n, row in enumerate(csv.DictReader(lines), 2)]

    officers, posts, covers = {}, {}, []
    for where, row in rows("officers.csv"):
        try:
            officer = _officer(row)
            officers[officer.id] = officer
        except KeyError as missing:
            problems[where] = f"{where}: the column {missing} is missing."
    for where, row in rows("posts.csv"):
        try:
            teams = [team.strip() for team in row["teams"].split(";") if team.strip()]
            post = _post({**row, "teams": teams})
            posts[post.id] = post
        except KeyError as missing:
            problems[where] = f"{where}: the column {missing} is missing."
        except ValueError:
            roles = ", ".join(Role)
            problems[where] = f"{where}: no such role: {row['role']}. The roles are: {roles}."
        else:
            if post.holder and post.holder not in officers:
                problems[where] = f"{where}: no officer has the id {post.holder}."
    for where, row in rows("cover.csv"):
        try:
            covers.append(_cover(row))
        except (KeyError, ValueError) as error:
            problems[where] = f"{where}: {error}. Days are written 2026-12-24."
    if not officers:
        problems["officers.csv"] = f"{folder} has no officers.csv with officers in it."
    if problems:
        raise BadSubmissionError(problems)
    return Directory(officers, posts, tuple(covers))
