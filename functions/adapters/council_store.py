"""The council in the table: its directory, and the bank holidays entered by hand.

A directory is loaded from CSV as a new version, then a pointer is moved to it conditionally.

``PK=COUNCIL SK=CURRENT`` numbers the changes, points at the directory's version and holds the bank
holidays; ``PK=DIRECTORY#<version>`` holds officers, posts and cover, one item each. A container
keeps what it read until the pointer changes, so a request costs one small read.

The CSV files, with their columns::

    officers.csv  id,name,email,supervisor supervisor: an officer's id; the column may be missing
    posts.csv     id,role,teams,holder     teams separated by ";", none: the whole council
    cover.csv     post,officer,first,last  days as 2026-12-24, both included
"""

from __future__ import annotations

import csv
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.settings import shipped_calendar
from domain.council import Council
from domain.directory import Cover, Directory, Officer, Post
from domain.errors import BadSubmissionError
from domain.ladder import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from types_boto3_dynamodb.service_resource import Table

    from domain.procedure import Procedure

__all__ = ["CouncilStore", "from_csv", "to_csv"]

_COLUMNS = {
    "officers.csv": ("id", "name", "email", "supervisor"),
    "posts.csv": ("id", "role", "teams", "holder"),
    "cover.csv": ("post", "officer", "first", "last"),
}

#: The most posts of one role that can be asked about a child at once. A stage can end and the next
#: begin in one transaction of 100 items (``adapters.record.table``), which changes both trays.
POSTS_AT_ONCE = 40

_FILE_OF = {"OFFICER": "officers.csv", "POST": "posts.csv", "COVER": "cover.csv"}


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
            self._read = Council(calendar, procedure, directory, pointer["change"])
        return self._read

    def _pointer(self) -> dict[str, Any]:
        key = {"PK": "COUNCIL", "SK": "CURRENT"}
        item: dict[str, Any] = self._table().get_item(Key=key, ConsistentRead=True).get("Item", {})
        return {
            "change": int(item.get("change", 0)),
            "directory": str(item.get("directory", "none")),
            "days": item.get("days", {}),
        }

    def _load(self, version: str) -> Directory:
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
        """Write ``directory`` as the next version, point at it and return the change's number.

        Raise botocore's ``ConditionalCheckFailedException`` if another change came in between.
        """
        pointer = self._pointer()
        # A random part keeps two operators who load at once out of each other's version.
        version = f"{pointer['change'] + 1}-{secrets.token_hex(4)}"
        with self._table().batch_writer() as batch:
            for item in _items(directory):
                batch.put_item(Item={"PK": f"DIRECTORY#{version}", **item})
        return self._flip(pointer, directory=version)

    def proclaim(self, day: date, name: str) -> int:
        """Enter a newly proclaimed bank holiday and return the change's number.

        Raise as :meth:`load_directory` does.
        """
        pointer = self._pointer()
        return self._flip(pointer, days={**pointer["days"], day.isoformat(): name})

    def recount(self) -> int:
        """Let Sweep count every open deadline again, with the present calendar.

        Return the change's number. Raise as :meth:`load_directory` does.
        """
        return self._flip(self._pointer())

    def _flip(self, before: dict[str, Any], **changes: Any) -> int:  # noqa: ANN401 - DynamoDB values
        change = int(before["change"]) + 1
        self._table().put_item(
            Item={"PK": "COUNCIL", "SK": "CURRENT", **before, **changes, "change": change},
            ConditionExpression="attribute_not_exists(PK) OR #change = :before",
            ExpressionAttributeNames={"#change": "change"},
            ExpressionAttributeValues={":before": before["change"]},
        )
        return change


def _officer(item: dict[str, Any]) -> Officer:
    return Officer(item["id"], item["name"], item["email"], item.get("supervisor") or "")


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
    for number, cover in enumerate(directory.cover):
        days = {"first": cover.first.isoformat(), "last": cover.last.isoformat()}
        yield {"SK": f"COVER#{number}", "post": cover.post, "officer": cover.officer, **days}


def from_csv(folder: Path) -> Directory:
    """Read ``officers.csv``, ``posts.csv`` and ``cover.csv`` (may be absent) of ``folder``.

    Raise ``BadSubmissionError``, which names file, line and what to correct.
    """
    problems: dict[str, str] = {}
    officers = _made(folder / "officers.csv", _officer, problems)
    posts = _made(folder / "posts.csv", _post_row, problems)
    covers = _made(folder / "cover.csv", _cover, problems)
    known = {officer.id for _, officer in officers}
    for where, post in posts:
        if post.holder and post.holder not in known:
            problems[where] = f"{where}: no officer has the id {post.holder}."
    for role, team in _crowded([post for _, post in posts]):
        problems[f"posts.csv {role} {team}"] = (
            f"posts.csv: more than {POSTS_AT_ONCE} posts have the role {role} for "
            f"{team or 'the whole council'}, and all of them would be asked at once. Enter fewer."
        )
    if not officers:
        problems["officers.csv"] = f"{folder} has no officers.csv with officers in it."
    if problems:
        raise BadSubmissionError(problems)
    return Directory(
        {officer.id: officer for _, officer in officers},
        {post.id: post for _, post in posts},
        tuple(cover for _, cover in covers),
    )


#: The roles whose posts a ladder may ask all at once. A challenge names one social worker.
_MAY_BE_ASKED = (
    Role.TEAM_MANAGER,
    Role.CHILDRENS_SERVICE_MANAGER,
    Role.HEAD_OF_SERVICE,
    Role.ASSISTANT_DIRECTOR,
)


def _crowded(posts: list[Post]) -> Iterator[tuple[Role, str]]:
    """Yield each role, with the team, that has more posts than can be asked at once."""
    teams = sorted({team for post in posts for team in post.teams} | {""})
    for role in _MAY_BE_ASKED:
        for team in teams:
            serving = [post for post in posts if post.role is role and post.serves(team)]
            if len(serving) > POSTS_AT_ONCE:
                yield role, team


def to_csv(directory: Directory, folder: Path) -> None:
    """Write ``directory`` into ``folder`` in the form that :func:`from_csv` reads."""
    rows: dict[str, list[dict[str, str]]] = {name: [] for name in _COLUMNS}
    for item in _items(directory):
        kind = item["SK"].partition("#")[0]
        if kind == "POST":
            item["teams"] = ";".join(item["teams"])
        rows[_FILE_OF[kind]].append(item)
    for name, columns in _COLUMNS.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            lines = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
            lines.writeheader()
            lines.writerows(rows[name])


_T = TypeVar("_T")


def _made(
    file: Path, make: Callable[[dict[str, Any]], _T], problems: dict[str, str]
) -> list[tuple[str, _T]]:
    """Return where each line of ``file`` is and the value in it; note problems in ``problems``."""
    if not file.exists():
        return []
    made = []
    with file.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            where = f"{file.name} line {number}"
            try:
                made.append((where, make(row)))
            except KeyError as missing:
                problems[where] = f"{where}: the column {missing} is missing."
            except ValueError as error:
                problems[where] = f"{where}: {error}."
    return made


def _post_row(row: dict[str, Any]) -> Post:
    if row["role"] not in set(Role):
        message = f"no such role: {row['role']}. The roles are: {', '.join(Role)}"
        raise ValueError(message)
    teams = [team.strip() for team in row["teams"].split(";") if team.strip()]
    return _post({**row, "teams": teams})
