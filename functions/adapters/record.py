"""The record in DynamoDB: append on condition, read whole, never change, never delete.

One table. A challenge's items share ``PK=CHALLENGE#<reference>``::

    EVENT#000007   one event: its canonical text and its two hashes    written once
    HEAD           version, leg, wake_at, keys of the indexes          with every event
    TRAY#<post>    whose tray the challenge lies in, and until when    when that changes
    NOTICE#…       one letter: claimed by a lease, sent, marked;
                   and what SES said of it afterwards                  beside the chain
    LOOK#…         one look at the challenge                           beside the chain

``EVENT#…`` and ``HEAD`` sort next to each other, so one query reads both.

How an append cannot lose or double anything::

    A reads version 7 ──────────── A writes event 8 if version = 7 ──► HEAD says 8
       B reads version 7 ──────────────── B writes event 8 if version = 7 ──► refused
                                                          B reads 8, decides anew

A command also raises ``leg`` and sets ``wake_at`` to now, in the same transaction. If the
process dies before it starts the execution, Sweep finds ``wake_at`` in the past and does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import uniform
from time import sleep
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.codec import event_of, link_of, moment_text
from adapters.delivery import Fate, News
from adapters.errors import (
    DamagedHeadError,
    MovedOnError,
    NoSuchChallengeError,
    TooMuchAtOnceError,
    TryAgainError,
)
from adapters.executions import BECAUSE, Began, Repair
from domain.chain import START, Link, canonical, verify
from domain.errors import StuckClockError, UnknownSchemaError
from domain.fold import read
from domain.ladder import Stage
from domain.moments import parse_moment
from domain.tasks import tasks, trays
from domain.vocabulary import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from types_boto3_dynamodb.service_resource import Table

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event

__all__ = [
    "AsKept",
    "Head",
    "Once",
    "Pulse",
    "Record",
    "Row",
    "Version",
    "lists",
    "news_in",
    "sealable",
]

#: The schema of HEAD written by this software; older code refuses a newer one.
HEAD_SCHEMA = 1

_ATTEMPTS = 5

#: DynamoDB's own bound: so many items one transaction can write. Beside the events these are HEAD,
#: the trays that change, and a link that is used, or the ``Once`` of what raises a challenge.
ITEMS_AT_ONCE = 100

#: The shortest and the longest pause after a write's first try, in seconds; later ones grow.
_PAUSES = (0.01, 0.05)

_IDLE_AT_MOST = 20
_IDLE_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Head:
    """HEAD beside the events: the current leg, when it wakes, and the last hash of the chain.

    ``told`` is the event up to which every letter has been sent; ``council`` the change of
    calendar and directory that was last applied; ``idle`` how often it woke since ``idle_since``
    (by the wall) without a new event. ``trays`` are those in which it lies: a new directory can
    make them others. ``began`` is why and where this leg was begun. (None: written before HEAD
    knew.) ``stage`` is as lists show it.
    """

    version: int
    leg: int
    wake_at: datetime | None
    last_hash: str
    told: int = 0
    council: int = 0
    idle: int = 0
    idle_since: datetime | None = None
    trays: tuple[str, ...] | None = None
    began: Began | None = None
    stage: Stage = Stage.QAP


@dataclass(frozen=True)
class Version:
    """A challenge as it was read, with the HEAD that a write is conditional on."""

    challenge: Challenge
    head: Head


@dataclass(frozen=True)
class Once:
    """A form or mail that raises but one challenge, by its ``key``: a double post finds the first.

    ``fingerprint`` tells whether what came again says the same; empty where nobody asks.
    """

    key: str
    reference: str
    fingerprint: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a list: what HEAD or a tray holds, no more. ``due`` is a local date's moment.

    ``asks`` is what the tray's owner is to do; empty in HEAD, and in trays of before 2026-11.7.
    """

    reference: str
    standing: str
    stage: str
    due: str
    raised_at: str
    initials: str
    case_id: str
    iro: str
    beyond_period: bool
    asks: str = ""


@dataclass(frozen=True)
class Pulse:
    """What tells of a challenge whether it is well: where it stands, its leg, and when it wakes.

    ``due`` and ``wake_at`` are moments as they are kept; ``due`` is empty for one that has ended,
    with emails still to send or something left to do. ``found_asleep`` is how often Sweep found it
    so in a row.
    """

    stage: str
    due: str
    wake_at: str
    found_asleep: int
    reference: str
    standing: str
    leg: int


@dataclass(frozen=True)
class AsKept:
    """What is kept of a challenge, as it is: nothing of it is verified.

    Its chain in order, HEAD (``None``: there is none), and its trays by their party; those from
    which it was taken are empty.
    """

    links: list[Link]
    head: dict[str, Any] | None
    trays: dict[str, dict[str, Any]]


def _challenge_key(reference: str) -> str:
    return f"CHALLENGE#{reference}"


def _reference(item: Mapping[str, Any]) -> str:
    """Whose item it is: its key says so, whatever else it lacks."""
    return str(item["PK"]).removeprefix("CHALLENGE#")


def _whole(item: Mapping[str, Any], *names: str) -> None:
    """Raise ``DamagedHeadError`` if the item lacks any of ``names``."""
    missing = [name for name in names if name not in item]
    if missing:
        raise DamagedHeadError(_reference(item), str(item["SK"]), missing)


def _event_key(number: int) -> str:
    return f"EVENT#{number:06d}"


class Record:
    """The table, as the procedure sees it."""

    def __init__(
        self, table: Callable[[], Table], pause: Callable[[float], object] = sleep
    ) -> None:
        """Take what makes the table: it is made when first used, not on import.

        ``pause`` waits so many seconds between two tries of a write.
        """
        self._make = table
        self._pause = pause
        self._made: Table | None = None

    @property
    def _table(self) -> Table:
        if self._made is None:
            self._made = self._make()
        return self._made

    # Reading -------------------------------------------------------------------------------

    def load(self, reference: str) -> Version:
        """The challenge and its HEAD, strongly consistent, its chain verified.

        Raises ``NoSuchChallengeError``, ``DamagedHeadError``, ``BrokenChainError``,
        ``UnknownSchemaError``.
        """
        items = list(self._items(reference, "EVENT#", "HEAD"))
        if not items:
            raise NoSuchChallengeError(reference)
        head = next((_head(item) for item in items if item["SK"] == "HEAD"), None)
        links = [_link(item) for item in items if item["SK"] != "HEAD"]
        last_hash = verify(links)
        events = [event_of(one.text) for one in links]
        if head is None or head.version != len(events) or head.last_hash != last_hash:
            message = (
                f"HEAD of {reference} does not match its events. Run the command rebuild-head."
            )
            raise UnknownSchemaError(message)
        return Version(read(reference, events), head)

    def links(self, reference: str) -> list[Link]:
        """The chain as stored, unverified, in order: for the ``verify`` command."""
        return [_link(item) for item in self._items(reference, "EVENT#", "EVENT#~")]

    def as_kept(self, reference: str) -> AsKept:
        """All that a challenge's lists and its leg go by, and the events it has to follow from."""
        items = list(self._items(reference, "EVENT#", "HEAD"))
        trays = self._items(reference, "TRAY#", "TRAY#~")
        return AsKept(
            [_link(item) for item in items if item["SK"] != "HEAD"],
            next((item for item in items if item["SK"] == "HEAD"), None),
            {str(item["SK"]).removeprefix("TRAY#"): item for item in trays},
        )

    def wakeful(self) -> list[str]:
        """The challenges that are to wake once more, as the index says."""
        from boto3.dynamodb.conditions import Key

        return [_reference(item) for item in self._index("by_wake", Key("open").eq("OPEN"))]

    def _items(self, reference: str, first: str, last: str) -> Iterator[dict[str, Any]]:
        from boto3.dynamodb.conditions import Key

        return self._pages(Key("PK").eq(_challenge_key(reference)) & Key("SK").between(first, last))

    def _pages(self, condition: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - boto3's own
        start: dict[str, Any] = {}
        while True:
            answer = self._table.query(
                KeyConditionExpression=condition, ConsistentRead=True, **start
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def asleep_since(self, moment: datetime) -> list[str]:
        """The open challenges that should have woken before ``moment``."""
        from boto3.dynamodb.conditions import Key

        condition = Key("open").eq("OPEN") & Key("wake_at").lt(moment_text(moment))
        return [_reference(item) for item in self._index("by_wake", condition)]

    def behind(self, change: int) -> list[str]:
        """The open challenges to which the council's change ``change`` was not yet applied.

        One whose HEAD does not say so is among them.
        """
        from boto3.dynamodb.conditions import Key

        items = self._index("by_wake", Key("open").eq("OPEN"))
        return [_reference(item) for item in items if int(item.get("council", 0)) < change]

    def applied(self) -> int:
        """The last change of the council that Sweep has carried to every open challenge."""
        return int((self.kept("COUNCIL", "APPLIED") or {}).get("change", 0))

    def of_iro(self, officer: str) -> list[Row]:
        """The challenges of an IRO, newest first."""
        return self._rows("by_iro", "iro", officer, newest_first=True)

    def of_child(self, case_id: str) -> list[Row]:
        """The challenges about a child, by their case ID, newest first."""
        return self._rows("by_child", "child", case_id, newest_first=True)

    def in_tray(self, party: str) -> list[Row]:
        """What lies in the tray of a post or an officer, due soonest first."""
        return self._rows("by_tray", "tray", party, newest_first=False)

    def _rows(self, index: str, name: str, value: str, *, newest_first: bool) -> list[Row]:
        from boto3.dynamodb.conditions import Key

        items = self._index(index, Key(name).eq(value), newest_first=newest_first)
        return [_row(item) for item in items]

    def every_open(self) -> list[Row]:
        """Every open challenge, for those who oversee all, due soonest first."""
        rows = self._rows("by_wake", "open", "OPEN", newest_first=False)
        return sorted((row for row in rows if row.due), key=lambda row: row.due)

    def every_leg(self) -> list[Row]:
        """Every challenge that needs a leg: those open, and what has ended with a task left."""
        rows = self._rows("by_wake", "open", "OPEN", newest_first=False)
        left = str(Standing.ENDED_TO_DO)
        needed = (row for row in rows if row.due or row.standing == left)
        return sorted(needed, key=lambda row: row.due)

    def pulses(self) -> Iterator[Pulse]:
        """Each challenge that is to wake once more, soonest first.

        Raises ``DamagedHeadError`` where a HEAD lacks what this tells, after all the others.
        """
        from boto3.dynamodb.conditions import Key

        damaged = None
        for item in self._index("by_wake", Key("open").eq("OPEN")):
            try:
                yield _pulse(item)
            except DamagedHeadError as error:
                damaged = damaged or error
        if damaged:
            raise damaged

    def _index(
        self,
        name: str,
        condition: Any,  # noqa: ANN401 - boto3's own
        *,
        newest_first: bool = False,
    ) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            answer = self._table.query(
                IndexName=name,
                KeyConditionExpression=condition,
                ScanIndexForward=not newest_first,
                **start,
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _get(self, partition: str, sort: str) -> dict[str, Any] | None:
        answer = self._table.get_item(Key={"PK": partition, "SK": sort}, ConsistentRead=True)
        return answer.get("Item")

    # Writing -------------------------------------------------------------------------------

    def create(
        self, challenge: Challenge, council: Council, once: Once, now: datetime, began: Began
    ) -> Once:
        """Write a new challenge, unless its form or mail raised one before: answers which did.

        ``began`` is what its first leg says of itself.
        Raises ``MovedOnError`` if the reference is taken (draw another).
        """
        first = _Leg(1, began)
        items, _ = _append_items(challenge, (), _NO_HEAD, council, now, first)
        items += _tray_items(challenge, council, {})
        items.append(
            _put(
                {
                    "PK": f"ONCE#{once.key}",
                    "SK": "ONCE",
                    "reference": once.reference,
                    "fingerprint": once.fingerprint,
                },
                _NEW,
            )
        )
        try:
            self._write(challenge.reference, items)
        except MovedOnError:
            earlier = self.once(once.key)
            if earlier is None:
                raise
            return earlier
        return once

    def once(self, key: str) -> Once | None:
        """What the form or mail with this key raised; ``None`` if nothing yet."""
        item = self._get(f"ONCE#{key}", "ONCE")
        if item is None:
            return None
        return Once(key, str(item["reference"]), str(item.get("fingerprint", "")))

    def append(
        self,
        before: Version,
        after: Challenge,
        council: Council,
        wake_at: datetime | None,
        *,
        new_leg: Began | None,
        uses_link: str | None = None,
        whole_at: Sequence[int] = (),
    ) -> Version:
        """Write the events that ``after`` has more than ``before``, and HEAD, in one transaction.

        ``new_leg`` for what people did: another execution takes over, and says so of itself.
        ``uses_link`` (the digest of a reply link) is marked used in the same transaction. Where
        there is more than one transaction can hold, it is written in several, each up to one of
        the versions ``whole_at``; what is left after a crash is decided anew. Raises
        ``MovedOnError``, and ``TooMuchAtOnceError`` where no such version is near enough: what was
        written before stands and is whole, and Sweep goes on from there.
        """
        same = _Leg(before.head.leg, before.head.began)
        leg = _Leg(same.number + 1, new_leg) if new_leg else same
        items, head = _step(before, after, council, wake_at, leg)
        if uses_link:
            items.append(_use_link(uses_link, after.version))
        if len(items) <= ITEMS_AT_ONCE:
            self._write(after.reference, items)
            return Version(after, head)
        for version in sorted(whole_at, reverse=True):
            if not before.challenge.version < version < after.version:
                continue
            part = read(after.reference, after.events[:version])
            items, head = _step(before, part, council, wake_at, same)
            if len(items) <= ITEMS_AT_ONCE:
                self._write(after.reference, items)
                return self.append(
                    Version(part, head),
                    after,
                    council,
                    wake_at,
                    new_leg=new_leg,
                    uses_link=uses_link,
                    whole_at=whole_at,
                )
        raise TooMuchAtOnceError(after.reference)

    def settle(
        self,
        version: Version,
        wake_at: datetime | None,
        told: int,
        council: Council,
        by_the_wall: datetime,
        *,
        idle: bool,
    ) -> None:
        """Note when the leg wakes and what was told, without a new event.

        It is ``by_the_wall`` now. Raises ``MovedOnError``, and ``StuckClockError`` for a leg that
        woke twenty times in ten minutes without a new event: a fault, not a loop.
        """
        head = version.head
        recent = head.idle_since is not None and by_the_wall - head.idle_since < _IDLE_WITHIN
        wakes = (head.idle if recent else 0) + 1 if idle else 0
        if wakes > _IDLE_AT_MOST:
            message = f"{version.challenge.reference} woke {wakes} times for nothing."
            raise StuckClockError(message)
        since = head.idle_since if recent and head.idle_since else by_the_wall
        change = "SET told = :told, council = :council, idle = :idle, idle_since = :since"
        values: dict[str, Any] = {
            ":told": told,
            ":council": council.change,
            ":idle": wakes,
            ":since": moment_text(since),
        }
        moved = []
        if head.council != council.change:  # a new directory can make its trays others
            moved = _tray_items(version.challenge, council, _as_it_lies(version, council))
        if moved:
            change += ", trays = :trays"
            values[":trays"] = list(_trays(version.challenge, council))
        if wake_at:
            change += ", wake_at = :wake, #open = :open REMOVE faults"
            values |= {":wake": moment_text(wake_at), ":open": "OPEN"}
        else:
            change += " REMOVE faults, wake_at, #open"
        reference = version.challenge.reference
        update = _head_update(reference, head, change, {"#open": "open"}, values)
        if moved:
            self._write(reference, [{"Update": update}, *moved])
        else:
            self._change_head(update)

    def head(self, reference: str) -> tuple[Head, int]:
        """HEAD alone, strongly consistent, and how often Sweep has found it asleep in a row.

        Raises ``NoSuchChallengeError``, ``DamagedHeadError``.
        """
        item = self._get(_challenge_key(reference), "HEAD")
        if item is None:
            raise NoSuchChallengeError(reference)
        return _head(item), int(item.get("faults", 0))

    def fresh_leg(
        self, reference: str, head: Head, look_again: datetime, faults: int, because: Repair
    ) -> Head:
        """Give the challenge a new leg (Sweep), and look again then; answers HEAD with that leg.

        Raises ``MovedOnError`` if somebody else moved it on.
        """
        leg, began = head.leg + 1, Began(because, head.stage, head.wake_at)
        change = (
            "SET #leg = :next, began = :began, wake_at = :wake, #open = :open, faults = :faults"
        )
        values = {
            ":next": leg,
            ":began": _began_item(leg, began),
            ":wake": moment_text(look_again),
            ":open": "OPEN",
            ":faults": faults,
        }
        self._change_head(_head_update(reference, head, change, {"#open": "open"}, values))
        return replace(head, leg=leg, began=began)

    def _change_head(self, update: Any) -> None:  # noqa: ANN401 - as update_item takes it
        self._guarded(lambda: self._table.update_item(**update))

    def rebuild_head(self, reference: str, now: datetime, council: Council) -> Version:
        """Make HEAD anew from the events and the council as it is, one leg on.

        For the ``rebuild-head`` command.

        What was written meanwhile is never undone: then all is read again. Raises
        ``BrokenChainError``, and ``TryAgainError`` if it moved on each time.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._rebuilt(reference, now, council)
            except MovedOnError:
                continue
        message = (
            f"Others wrote to {reference} each time that its HEAD was made anew. Nothing was "
            "changed: run the command rebuild-head again."
        )
        raise TryAgainError(message)

    def _rebuilt(self, reference: str, now: datetime, council: Council) -> Version:
        """HEAD as :meth:`rebuild_head` made it; raises ``MovedOnError`` as well."""
        links = self.links(reference)
        last_hash = verify(links)
        challenge = read(reference, [event_of(one.text) for one in links])
        council = council.under(challenge.raised.procedure)
        old = self._get(_challenge_key(reference), "HEAD") or {}
        leg = int(old.get("leg", 0)) + 1
        told = int(old.get("told", 0))
        began = Began(Repair.HEAD_REBUILT, challenge.stage, now)
        head = Head(challenge.version, leg, now, last_hash, told, trays=(), began=began)
        # It is taken out of every tray: Decide lays it where it belongs, whatever these held.
        lies = [one for one in self._items(reference, "TRAY#", "TRAY#~") if "tray" in one]
        emptied = [{"Put": {"Item": {"PK": one["PK"], "SK": one["SK"]}}} for one in lies]
        made = {"Item": _head_item(challenge, head, council), **_as_read(old)}
        self._write(
            reference, [{"Put": made}, _no_event(reference, challenge.version + 1), *emptied]
        )
        return Version(challenge, head)

    def _write(self, reference: str, items: list[dict[str, Any]]) -> None:
        if len(items) > ITEMS_AT_ONCE:
            raise TooMuchAtOnceError(reference)
        client = self._table.meta.client
        named: Any = [
            {kind: {**request, "TableName": self._table.name}} for kind, request in _each(items)
        ]
        self._guarded(lambda: client.transact_write_items(TransactItems=named))

    def _guarded(self, write: Callable[[], object]) -> None:
        """Do ``write``; a transaction conflict is tried again, a failed condition is not.

        Before it is tried again, it pauses by chance: else two that met would meet again.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                write()
            except ClientError as error:
                if _condition_failed(error):
                    message = "The record moved while this was being decided."
                    raise MovedOnError(message) from error
                if not _passing(error):
                    raise
                if attempt == _ATTEMPTS:
                    message = "The record is very busy just now. Nothing was lost: try again."
                    raise TryAgainError(message) from error
                self._pause(attempt * uniform(*_PAUSES))  # noqa: S311 - anybody may guess it
            else:
                return

    # Beside the chain ----------------------------------------------------------------------

    def known_notices(self, reference: str, since: int) -> dict[str, dict[str, Any]]:
        """The letters about event ``since`` and later that were claimed or sent, by their key."""
        items = self._items(reference, f"NOTICE#{since:06d}", "NOTICE#~")
        return {item["SK"].removeprefix("NOTICE#"): item for item in items}

    def claim_notice(self, reference: str, key: str, now: datetime, until: datetime) -> bool:
        """Claim a letter by a lease; ``False`` if it was sent, or another holds the lease.

        Both moments are the wall's: they say how long a function may run, not what is due.
        """
        return self.claim(_challenge_key(reference), f"NOTICE#{key}", now, until)

    def claim(self, partition: str, sort: str, now: datetime, until: datetime) -> bool:
        """Claim what has to be sent once, as a letter is; ``False`` if it was, or is claimed."""
        try:
            self._table.update_item(
                Key={"PK": partition, "SK": sort},
                UpdateExpression="SET lease = :until ADD tries :one",
                ConditionExpression="attribute_not_exists(sent_at) AND "
                "(attribute_not_exists(lease) OR lease <= :now)",
                ExpressionAttributeValues={
                    ":until": moment_text(until),
                    ":now": moment_text(now),
                    ":one": 1,
                },
            )
        except ClientError as error:
            if _condition_failed(error):
                return False
            raise
        return True

    def mark_notice_sent(self, reference: str, key: str, now: datetime, message_id: str) -> None:
        """Mark a letter as accepted for delivery."""
        self._change_notice(reference, key, {"sent_at": moment_text(now), "message_id": message_id})

    def mark_notice_failed(
        self, reference: str, key: str, retry_at: datetime | None, why: str
    ) -> None:
        """A letter could not be sent: it is tried again at ``retry_at``, by the wall, or never."""
        changes = {"failure": why}
        changes |= {"lease": moment_text(retry_at)} if retry_at else {"sent_at": "never"}
        self._change_notice(reference, key, changes)

    def mark_notice_news(self, reference: str, key: str, news: News) -> None:
        """Note what became of a letter after it had been accepted for delivery."""
        self.mark_news(_challenge_key(reference), f"NOTICE#{key}", news)

    def mark_news(self, partition: str, sort: str, news: News) -> None:
        """Note what became of what was sent: once, however often and in whatever order."""
        self._table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="ADD #fate :line",
            ExpressionAttributeNames={"#fate": str(news.fate)},
            ExpressionAttributeValues={":line": {_line_of(news)}},
        )

    def add_line(self, partition: str, sort: str, name: str, line: str) -> set[str]:
        """Add ``line`` to the set ``name`` of a thing beside the chains; answers the whole set."""
        answer = self._table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="ADD #name :lines",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":lines": {line}},
            ReturnValues="UPDATED_NEW",
        )
        lines: Any = answer["Attributes"][name]
        return set(lines)

    def take_lines(self, partition: str, sort: str, name: str, lines: set[str]) -> None:
        """Take ``lines`` out of the set ``name`` of a thing beside the chains; none is no error."""
        self._table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="DELETE #name :lines",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":lines": lines},
        )

    def _change_notice(self, reference: str, key: str, changes: dict[str, str]) -> None:
        self.change(_challenge_key(reference), f"NOTICE#{key}", changes)

    def change(self, partition: str, sort: str, changes: dict[str, str]) -> None:
        """Set these attributes of a thing beside the chains."""
        self._table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in changes),
            ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
        )

    def note_look(self, reference: str, officer: str, via: str, now: datetime) -> None:
        """Every look at a challenge is itself recorded, one by link too."""
        item = {
            "PK": _challenge_key(reference),
            "SK": f"LOOK#{moment_text(now)}#{officer}",
            "officer": officer,
            "via": via,
        }
        self._table.put_item(Item={**item, "hash": sealable(item)})

    def looks(self, reference: str) -> list[dict[str, Any]]:
        """Who looked, when, by what way in: oldest first."""
        return list(self._items(reference, "LOOK#", "LOOK#~"))

    def keep_link(self, digest: str, item: dict[str, Any]) -> None:
        """Keep a reply link by its digest alone."""
        kept = {"PK": f"LINK#{digest}", "SK": "LINK", **item}
        self._table.put_item(Item={**kept, "hash": sealable(kept)})

    def link(self, digest: str) -> dict[str, Any] | None:
        """The reply link with this digest; ``None`` for a forged one."""
        return self._get(f"LINK#{digest}", "LINK")

    def keep(self, partition: str, sort: str, item: dict[str, Any]) -> None:
        """Keep a thing beside the chains: a draft, a calendar's change."""
        self._table.put_item(Item={"PK": partition, "SK": sort, **item})

    def keep_new(self, partition: str, sort: str, item: dict[str, Any]) -> bool:
        """Keep a thing beside the chains, unless it was kept before; whether it was new."""
        try:
            self._table.put_item(
                Item={"PK": partition, "SK": sort, **item}, ConditionExpression=_NEW
            )
        except ClientError as error:
            if _condition_failed(error):
                return False
            raise
        return True

    def kept(self, partition: str, sort: str) -> dict[str, Any] | None:
        """A thing that :meth:`keep` kept."""
        return self._get(partition, sort)

    def all_kept(self, partition: str) -> list[dict[str, Any]]:
        """Everything that was kept in ``partition``, in the order of its sort keys."""
        from boto3.dynamodb.conditions import Key

        return list(self._pages(Key("PK").eq(partition)))

    def last_kept(self, partition: str) -> dict[str, Any] | None:
        """What was kept in ``partition`` under the last of its sort keys; None if nothing was."""
        from boto3.dynamodb.conditions import Key

        answer = self._table.query(
            KeyConditionExpression=Key("PK").eq(partition),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=1,
        )
        return next(iter(answer["Items"]), None)

    def counted(self, partition: str, sort: str, most: int) -> bool:
        """Count one more; ``False`` once ``most`` were counted."""
        try:
            self._table.update_item(
                Key={"PK": partition, "SK": sort},
                UpdateExpression="ADD #count :one",
                ConditionExpression="attribute_not_exists(#count) OR #count < :most",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={":one": 1, ":most": most},
            )
        except ClientError as error:
            if _condition_failed(error):
                return False
            raise
        return True


_NEW = "attribute_not_exists(PK)"
_AT_VERSION = "#version = :version AND #leg = :leg"


def sealable(item: Mapping[str, Any]) -> str:
    """The ``hash`` of a look or a link: what each night may know of it, and seals.

    It covers all that never changes of it. A link's begins with its moment and its challenge, which
    its key does not tell.
    """
    fields = {name: str(item[name]) for name in _NEVER_CHANGES if name in item}
    digest = sha256(canonical(fields).encode()).hexdigest()
    if item["SK"] != "LINK":
        return digest
    return f"{item.get('made_at', '')} {item.get('reference', '')} {digest}"


#: What a look or a link holds for good; that a link was used is noted later.
_NEVER_CHANGES = ("PK", "SK", "officer", "via", "reference", "request", "made_at")


def link_of_all(events: Iterable[Event], previous_hash: str) -> list[Link]:
    """``events`` as links of the chain after ``previous_hash``."""
    links = []
    for event in events:
        links.append(link_of(event, previous_hash))
        previous_hash = links[-1].hash
    return links


def _put(
    item: dict[str, Any], condition: str, values: dict[str, Any] | None = None
) -> dict[str, Any]:
    request: dict[str, Any] = {"Item": item, "ConditionExpression": condition}
    if values:
        request["ExpressionAttributeValues"] = values
        request["ExpressionAttributeNames"] = {"#version": "version", "#leg": "leg"}
    return {"Put": request}


#: What each write of HEAD that others could undo leaves different: a step, a leg, a settling.
_MOVES = ("version", "leg", "told", "council")


def _as_read(head: Mapping[str, Any]) -> dict[str, Any]:
    """The condition that HEAD is still as it was read, whatever is missing in it."""
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


def _no_event(reference: str, number: int) -> dict[str, Any]:
    """The condition that the challenge has no event of this number yet."""
    return {
        "ConditionCheck": {
            "Key": {"PK": _challenge_key(reference), "SK": _event_key(number)},
            "ConditionExpression": _NEW,
        }
    }


def _use_link(digest: str, event: int) -> dict[str, Any]:
    return {
        "Update": {
            "Key": {"PK": f"LINK#{digest}", "SK": "LINK"},
            "UpdateExpression": "SET used_by = :event",
            "ConditionExpression": "attribute_exists(PK) AND attribute_not_exists(used_by)",
            "ExpressionAttributeValues": {":event": event},
        }
    }


def _each(items: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in items:
        yield from item.items()


def _link_item(reference: str, one: Link) -> dict[str, Any]:
    return {
        "PK": _challenge_key(reference),
        "SK": _event_key(one.number),
        "number": one.number,
        "text": one.text,
        "previous_hash": one.previous_hash,
        "hash": one.hash,
    }


def _link(item: dict[str, Any]) -> Link:
    """An event as it is kept; what somebody took out of it is empty, and fits no chain."""
    number = item.get("number")
    return Link(
        int(number) if isinstance(number, Decimal) else 0,
        *(str(item.get(name, "")) for name in ("text", "previous_hash", "hash")),
    )


def _line_of(news: News) -> str:
    return f"{news.message_id} {moment_text(news.at)} {news.said}"


def news_in(item: dict[str, Any]) -> list[News]:
    """What is known of a letter since it was accepted, by the moments at which it was said."""
    lines = ((fate, *line.split(" ", 2)) for fate in Fate for line in item.get(fate, ()))
    news = [News(fate, said, id_, parse_moment(at)) for fate, id_, at, said in lines]
    return sorted(news, key=lambda one: one.at)


def _head(item: dict[str, Any]) -> Head:
    _whole(item, "schema", "version", "leg", "last_hash", "told", "council", "stage")
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
    )


def _began_item(leg: int, began: Began) -> dict[str, Any]:
    wakes = {"wakes": moment_text(began.wakes)} if began.wakes else {}
    return {"leg": leg, "because": str(began.because), "stage": str(began.stage), **wakes}


def _began(head: Mapping[str, Any]) -> Began | None:
    """What HEAD says of its leg; older software begins legs and leaves it as it was."""
    kept = head.get("began", {})
    if kept.get("leg") != head["leg"] or kept["because"] not in BECAUSE:
        return None
    wakes = parse_moment(kept["wakes"]) if "wakes" in kept else None
    return Began(kept["because"], Stage(kept["stage"]), wakes)


#: Before a challenge is raised.
_NO_HEAD = Head(0, 0, None, START)


@dataclass(frozen=True)
class _Leg:
    """A leg, and why it was begun."""

    number: int
    began: Began | None


def _append_items(
    after: Challenge,
    before: Sequence[Event],
    head: Head,
    council: Council,
    wake_at: datetime | None,
    leg: _Leg,
) -> tuple[list[dict[str, Any]], Head]:
    """HEAD, and the events that ``after`` has beside those ``before``, to be written; and HEAD."""
    links = link_of_all(after.events[len(before) :], head.last_hash)
    trays = _trays(after, council)
    last = links[-1].hash
    new = Head(
        *(after.version, leg.number, wake_at, last, head.told, council.change),
        trays=trays,
        began=leg.began,
        stage=after.stage,
    )
    condition = _AT_VERSION if head.version else _NEW
    values = {":version": head.version, ":leg": head.leg} if head.version else None
    items = [_put(_head_item(after, new, council), condition, values)]
    items += [_put(_link_item(after.reference, one), _NEW) for one in links]
    return items, new


def _step(
    before: Version, after: Challenge, council: Council, wake_at: datetime | None, leg: _Leg
) -> tuple[list[dict[str, Any]], Head]:
    """All that is written when ``before`` becomes ``after``: HEAD, events and trays; and HEAD."""
    items, head = _append_items(after, before.challenge.events, before.head, council, wake_at, leg)
    return items + _tray_items(after, council, _as_it_lies(before, council)), head


def _head_update(
    reference: str, head: Head, change: str, names: dict[str, str], values: dict[str, Any]
) -> dict[str, Any]:
    """The ``change`` of a HEAD that is still as it was read."""
    return {
        "Key": {"PK": _challenge_key(reference), "SK": "HEAD"},
        "UpdateExpression": change,
        "ConditionExpression": _AT_VERSION,
        "ExpressionAttributeNames": {"#version": "version", "#leg": "leg", **names},
        "ExpressionAttributeValues": {":version": head.version, ":leg": head.leg, **values},
    }


def _due(challenge: Challenge, council: Council) -> str:
    """The deadline that a list shows: of the first task; empty where it has ended."""
    found = tasks(challenge, council) if challenge.open else ()
    return moment_text(found[0].deadline.at) if found else ""


def _listed(challenge: Challenge, council: Council) -> dict[str, Any]:
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


def _head_item(challenge: Challenge, head: Head, council: Council) -> dict[str, Any]:
    item = {
        "PK": _challenge_key(challenge.reference),
        "SK": "HEAD",
        "schema": HEAD_SCHEMA,
        "version": head.version,
        "leg": head.leg,
        "last_hash": head.last_hash,
        "told": head.told,
        "council": head.council,
        **_listed(challenge, council),
    }
    if head.trays is not None:
        item["trays"] = list(head.trays)
    if head.began:
        item["began"] = _began_item(head.leg, head.began)
    if head.wake_at:
        item |= {"open": "OPEN", "wake_at": moment_text(head.wake_at)}
    return item


def _trays(challenge: Challenge, council: Council) -> tuple[str, ...]:
    return tuple(sorted(trays(challenge, council)))


def _as_it_lies(version: Version, council: Council) -> dict[str, dict[str, Any]]:
    """What the trays hold of a challenge: those in which it was laid, whoever has it by now."""
    places = _places(version.challenge, council)
    lies = version.head.trays
    return places if lies is None else {party: places.get(party, {}) for party in lies}


def _places(challenge: Challenge, council: Council) -> dict[str, dict[str, Any]]:
    """What each tray that the challenge lies in shows of it: post or officer id → the item's part.

    Not under the keys of HEAD's own indexes: a tray's item must not show up in those.
    """
    listed = {k: v for k, v in _listed(challenge, council).items() if k not in ("child", "iro")}
    named = {"case_id": challenge.raised.child.case_id, "of_iro": challenge.iro}
    return {
        party: {
            "tray": party,
            "due": moment_text(task.deadline.at),
            "asks": str(task.purpose),
            **listed,
            **named,
        }
        for party, task in trays(challenge, council).items()
    }


def lists(
    challenge: Challenge, council: Council
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What HEAD shows of a challenge in lists, and each tray, by its events and the directory."""
    return _listed(challenge, council), _places(challenge, council)


def _tray_items(
    challenge: Challenge, council: Council, before: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The tray items that change. One without the index's keys is in no tray."""
    after = _places(challenge, council)
    changed = (p for p in sorted({*before, *after}) if before.get(p) != after.get(p))
    reference = challenge.reference
    return [
        {
            "Put": {
                "Item": {
                    "PK": _challenge_key(reference),
                    "SK": f"TRAY#{party}",
                    **after.get(party, {}),
                }
            }
        }
        for party in changed
    ]


def _pulse(item: dict[str, Any]) -> Pulse:
    _whole(item, "stage", "next_due", "wake_at", "standing", "leg")
    asleep = int(item.get("faults", 0))
    return Pulse(
        *(item["stage"], item["next_due"], item["wake_at"], asleep),
        *(_reference(item), str(item["standing"]), int(item["leg"])),
    )


def _row(item: dict[str, Any]) -> Row:
    due = () if item.get("due") else ("next_due",)
    _whole(item, "standing", "stage", *due, "raised_at", "initials", "beyond_period")
    return Row(
        _reference(item),
        item["standing"],
        item["stage"],
        item.get("due") or item["next_due"],
        item["raised_at"],
        item["initials"],
        item.get("child") or item.get("case_id", ""),
        item.get("iro") or item.get("of_iro", ""),
        bool(item["beyond_period"]),
        item.get("asks", ""),
    )


def _condition_failed(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return True
    reasons = error.response.get("CancellationReasons", [])
    return code == "TransactionCanceledException" and any(
        reason.get("Code") == "ConditionalCheckFailed" for reason in reasons
    )


_PASSING = {
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
}


def _passing(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _PASSING
