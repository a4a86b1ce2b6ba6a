"""What else is kept beside the chains: looks, reply links, drafts, counts, one-off items.

None of it changes the version of a challenge.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.codec import moment_text
from adapters.record.table import NEW, challenge_key, condition_failed
from domain.chain import canonical
from domain.looks import Look, way
from domain.moments import parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from adapters.record.table import RecordTable

__all__ = ["DELETE_AFTER", "LOOK", "NEVER_CHANGES", "PASSING", "Beside", "sealable"]

#: The attribute by which DynamoDB deletes an item some time after this moment, in seconds since
#: 1970: the table's time to live.
DELETE_AFTER = "delete_after"

#: How the partition keys begin of what may end: forms that nobody has sent. No item of a challenge
#: ever has the attribute, and the roles of the functions refuse it (``infra/cloud/record.py``).
PASSING = ("DRAFT#", "FORM#")

#: The attributes of a look. The role of a function that writes nothing but looks names them.
LOOK = ("PK", "SK", "officer", "via", "hash")

#: What never changes in a look or a link; that a link was used is noted later.
NEVER_CHANGES = (
    *("PK", "SK", "officer", "via", "reference", "request", "made_at"),
    *("action", "as_of"),
)


class Beside:
    """What the record's table holds beside the chains."""

    def __init__(self, at: RecordTable) -> None:
        """Take the table."""
        self._at = at

    # Looks and links -----------------------------------------------------------------------

    def note_look(
        self, reference: str, officer: str, via: str, now: datetime, document: str = ""
    ) -> None:
        """Record that an officer looked at a challenge, and in which way (``via``: a ``Via``).

        ``officer`` is an id, and ``document`` which one they opened, as :func:`domain.looks.way`
        takes it. Raise ``ValueError`` if there is no such way or document.
        """
        item = {
            "PK": challenge_key(reference),
            "SK": f"LOOK#{moment_text(now)}#{officer}",
            "officer": officer,
            "via": way(via, document),
        }
        self._at.table.put_item(Item={**item, "hash": sealable(item)})

    def looks(self, reference: str) -> list[dict[str, Any]]:
        """Return the items of who looked, when and in which way: oldest first."""
        return list(self._at.items(reference, "LOOK#", "LOOK#~"))

    def every_look(self, reference: str) -> list[Look]:
        """Return every look, oldest first."""
        return [_look(item) for item in self.looks(reference)]

    def newest_looks(self, reference: str, at_most: int, first: str = "") -> tuple[list[Look], str]:
        """Return ``at_most`` looks, newest first, and where those before them begin.

        ``first`` is where the list begins, as this returned it; by default at the newest. The
        second value is empty if there are no more. It reads no more than one look beyond.
        """
        last = f"LOOK#{first}" if first else "LOOK#~"
        items = self._at.last_items(reference, "LOOK#", last, at_most + 1)
        more = [str(item["SK"]).removeprefix("LOOK#") for item in items[at_most:]]
        return [_look(item) for item in items[:at_most]], "".join(more)

    def keep_link(self, digest: str, item: dict[str, Any]) -> None:
        """Keep a reply link under its digest: the link itself is not stored."""
        kept = {"PK": f"LINK#{digest}", "SK": "LINK", **item}
        self._at.table.put_item(Item={**kept, "hash": sealable(kept)})

    def link(self, digest: str) -> dict[str, Any] | None:
        """Return the reply link with this digest; ``None`` for a forged one."""
        return self._at.get(f"LINK#{digest}", "LINK")

    # Things kept ---------------------------------------------------------------------------

    def keep(
        self, partition: str, sort: str, item: dict[str, Any], until: datetime | None = None
    ) -> None:
        """Keep an item beside the chains, such as a draft or a change of the calendar.

        After ``until`` (the computers' clock) DynamoDB deletes it; only what is PASSING may end.
        """
        self._at.table.put_item(Item=_ending(partition, sort, item, until))

    def keep_new(
        self, partition: str, sort: str, item: dict[str, Any], until: datetime | None = None
    ) -> bool:
        """Keep an item as :meth:`keep` does, unless there is one; return whether it was new."""
        new = _ending(partition, sort, item, until)
        return _held(lambda: self._at.table.put_item(Item=new, ConditionExpression=NEW))

    def prolong(self, partition: str, sort: str, now: datetime, until: datetime) -> bool:
        """Let a PASSING item end at ``until``, if it has not ended ``now``; return whether."""
        return _held(
            lambda: self._at.table.update_item(
                Key={"PK": partition, "SK": sort},
                UpdateExpression=f"SET {DELETE_AFTER} = :until",
                ConditionExpression="attribute_exists(PK) AND "
                f"(attribute_not_exists({DELETE_AFTER}) OR {DELETE_AFTER} > :now)",
                ExpressionAttributeValues={":until": _seconds(until), ":now": _seconds(now)},
            )
        )

    def replace(
        self,
        partition: str,
        sort: str,
        item: dict[str, Any],
        was: Mapping[str, str],
        until: datetime | None = None,
    ) -> bool:
        """Replace a kept item, if these of its attributes still have the values of ``was``.

        Return whether it was replaced. ``until`` is as in :meth:`keep`.
        """
        names = {f"#{n}": name for n, name in enumerate(was)}
        values = {f":{n}": value for n, value in enumerate(was.values())}
        return _held(
            lambda: self._at.table.put_item(
                Item=_ending(partition, sort, item, until),
                ConditionExpression=" AND ".join(f"#{n} = :{n}" for n in range(len(was))),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        )

    def kept(self, partition: str, sort: str) -> dict[str, Any] | None:
        """Return an item that :meth:`keep` kept; ``None`` if there is none."""
        return self._at.get(partition, sort)

    def all_kept(self, partition: str) -> list[dict[str, Any]]:
        """Return everything that was kept in ``partition``, in the order of its sort keys."""
        from boto3.dynamodb.conditions import Key

        return list(self._at.pages(Key("PK").eq(partition)))

    def last_kept(self, partition: str) -> dict[str, Any] | None:
        """Return the item in ``partition`` with the last sort key; ``None`` if it is empty."""
        from boto3.dynamodb.conditions import Key

        answer = self._at.table.query(
            KeyConditionExpression=Key("PK").eq(partition),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=1,
        )
        return next(iter(answer["Items"]), None)

    def applied(self) -> int:
        """Return the number of the last council change that Sweep carried to all challenges."""
        return int((self.kept("COUNCIL", "APPLIED") or {}).get("change", 0))

    def change(self, partition: str, sort: str, changes: dict[str, str]) -> None:
        """Set these attributes of an item beside the chains."""
        self._at.change(partition, sort, changes)

    # Counts and sets -----------------------------------------------------------------------

    def counted(self, partition: str, sort: str, most: int) -> bool:
        """Count one more, and return ``True``; return ``False`` once ``most`` were counted."""
        return _held(
            lambda: self._at.table.update_item(
                Key={"PK": partition, "SK": sort},
                UpdateExpression="ADD #count :one",
                ConditionExpression="attribute_not_exists(#count) OR #count < :most",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={":one": 1, ":most": most},
            )
        )

    def add_line(self, partition: str, sort: str, name: str, line: str) -> set[str]:
        """Add ``line`` to the set ``name`` of an item beside the chains; return the whole set."""
        answer = self._at.table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="ADD #name :lines",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":lines": {line}},
            ReturnValues="UPDATED_NEW",
        )
        lines: Any = answer["Attributes"][name]
        return set(lines)

    def take_lines(self, partition: str, sort: str, name: str, lines: set[str]) -> None:
        """Remove ``lines`` from the set ``name`` of an item; it is no error if one is missing."""
        self._at.table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="DELETE #name :lines",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":lines": lines},
        )


def _look(item: Mapping[str, Any]) -> Look:
    at = parse_moment(str(item["SK"]).split("#")[1])
    return Look(at, str(item["officer"]), str(item["via"]))


def _ending(
    partition: str, sort: str, item: dict[str, Any], until: datetime | None
) -> dict[str, Any]:
    """Return the item with its keys, and with its end if it has one."""
    whole = {"PK": partition, "SK": sort, **item}
    if until is None:
        return whole
    if not partition.startswith(PASSING):
        message = f"{partition} {sort} is kept permanently: only {' and '.join(PASSING)} may end."
        raise ValueError(message)
    return {**whole, DELETE_AFTER: _seconds(until)}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _held(write: Callable[[], object]) -> bool:
    """Make a write on a condition; return whether the condition held, so that it was made."""
    try:
        write()
    except ClientError as error:
        if condition_failed(error):
            return False
        raise
    return True


def sealable(item: Mapping[str, Any]) -> str:
    """Return the ``hash`` of a look or a link, which is all that the nightly seal reads of it.

    It covers every attribute that never changes. A link's hash begins with its moment and its
    challenge, because its key does not hold them.
    """
    fields = {name: str(item[name]) for name in NEVER_CHANGES if name in item}
    digest = sha256(canonical(fields).encode()).hexdigest()
    if item["SK"] != "LINK":
        return digest
    return f"{item.get('made_at', '')} {item.get('reference', '')} {digest}"
