"""Read, raise and append to a challenge: its chain, with HEAD and its trays beside it.

Each append is one transaction, on the condition that HEAD is still as it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from adapters.codec import event_of, link_of
from adapters.errors import MovedOnError, NoSuchChallengeError, TooMuchAtOnceError
from adapters.record.head import NO_HEAD, Head, head_item, head_of
from adapters.record.shown import as_it_lies, parties, tray_items
from adapters.record.table import AT_VERSION, ITEMS_AT_ONCE, NEW, challenge_key, event_key, put
from domain.announced import announced
from domain.chain import Link, verify
from domain.errors import UnknownSchemaError
from domain.fold import read
from domain.moments import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from adapters.executions import Began
    from adapters.record.table import RecordTable
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event

__all__ = ["KIND", "AsKept", "Chain", "IdempotencyRecord", "Step", "Version"]

#: How the sort keys begin that say of what kind something new is (``domain.announced``). They are
#: published (``infra/cloud/bus.py``).
KIND = "KIND#"


@dataclass(frozen=True)
class Version:
    """A challenge as it was read, with the HEAD that a write is conditional on."""

    challenge: Challenge
    head: Head


@dataclass(frozen=True)
class Step:
    """What one act makes of a challenge: ``before`` becomes ``after``, and ``began`` a new leg.

    ``before`` is ``None`` for a challenge that the act raises.
    """

    before: Version | None
    after: Challenge
    council: Council
    began: Began


@dataclass(frozen=True)
class IdempotencyRecord:
    """A form or email that raises only one challenge, by its ``key``: a repeat finds the first.

    ``fingerprint`` shows whether the repeat says the same; empty where nobody needs to know.
    """

    key: str
    reference: str
    fingerprint: str = ""


@dataclass(frozen=True)
class AsKept:
    """A challenge as it is kept, unverified.

    Its chain in order, HEAD (``None`` if there is none), and its trays by party. A tray that the
    challenge was taken out of is an item without a tray's attributes.
    """

    links: list[Link]
    head: dict[str, Any] | None
    trays: dict[str, dict[str, Any]]


class Chain:
    """The chains of events in the record's table."""

    def __init__(self, at: RecordTable) -> None:
        """Take the table."""
        self._at = at

    # Reading -------------------------------------------------------------------------------

    def load(self, reference: str) -> Version:
        """Return the challenge and its HEAD, strongly consistent, its chain verified.

        Raise ``NoSuchChallengeError``, ``DamagedHeadError``, ``BrokenChainError``,
        ``UnknownSchemaError``.
        """
        items = list(self._at.items(reference, "EVENT#", "HEAD"))
        if not items:
            raise NoSuchChallengeError(reference)
        head = next((head_of(item) for item in items if item["SK"] == "HEAD"), None)
        links = [_kept_link(item) for item in items if item["SK"] != "HEAD"]
        last_hash = verify(links)
        events = [event_of(one.text) for one in links]
        if head is None or head.version != len(events) or head.last_hash != last_hash:
            message = (
                f"HEAD of {reference} does not match its events. Run the command rebuild-head."
            )
            raise UnknownSchemaError(message)
        return Version(read(reference, events), head)

    def links(self, reference: str) -> list[Link]:
        """Return the chain as stored, unverified, in order: for the ``verify`` command."""
        return [_kept_link(item) for item in self._at.items(reference, "EVENT#", "EVENT#~")]

    def as_kept(self, reference: str) -> AsKept:
        """Return what lists and legs read about a challenge, and its events, all unverified."""
        items = list(self._at.items(reference, "EVENT#", "HEAD"))
        trays = self._at.items(reference, "TRAY#", "TRAY#~")
        return AsKept(
            [_kept_link(item) for item in items if item["SK"] != "HEAD"],
            next((item for item in items if item["SK"] == "HEAD"), None),
            {str(item["SK"]).removeprefix("TRAY#"): item for item in trays},
        )

    # Writing -------------------------------------------------------------------------------

    def create(
        self, steps: Sequence[Step], once: IdempotencyRecord, now: datetime
    ) -> IdempotencyRecord:
        """Write the new challenges of a form or email, unless it raised some before: all, or none.

        Return ``once``, or the record of what raised the earlier ones. The reference in it is that
        of the first. Raise ``MovedOnError`` if a reference is taken (draw others), and
        ``TooMuchAtOnceError`` above the limit of a transaction.
        """
        items: list[dict[str, Any]] = []
        for step in steps:
            items += _new(step, now)[0]
        items.append(
            put(
                {
                    "PK": f"ONCE#{once.key}",
                    "SK": "ONCE",
                    "reference": once.reference,
                    "fingerprint": once.fingerprint,
                },
                NEW,
            )
        )
        try:
            self._at.write(once.reference, items)
        except MovedOnError:
            earlier = self.once(once.key)
            if earlier is None:
                raise
            return earlier
        return once

    def once(self, key: str) -> IdempotencyRecord | None:
        """Return what the form or email with this key raised; ``None`` if nothing yet."""
        item = self._at.get(f"ONCE#{key}", "ONCE")
        if item is None:
            return None
        return IdempotencyRecord(key, str(item["reference"]), str(item.get("fingerprint", "")))

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
        """Write HEAD, and the events of ``after`` that ``before`` lacks, in one transaction.

        Return the version as written. ``new_leg`` is given for what people did: another execution
        takes over, for that reason. ``uses_link`` (the digest of a reply link) is marked used in
        the same transaction. What does not fit into one transaction is written in several, each up
        to one of the versions ``whole_at``; after a crash, Decide works out the rest again.

        Raise ``MovedOnError`` if HEAD has changed, and ``TooMuchAtOnceError`` if no version of
        ``whole_at`` is near enough: what was written before is complete, and Sweep goes on from
        there.
        """
        same = _Leg(before.head.leg, before.head.began)
        leg = _Leg(same.number + 1, new_leg) if new_leg else same
        items, head = _step(before, after, council, wake_at, leg)
        if uses_link:
            items.append(_use_link(uses_link, after.version))
        if len(items) <= ITEMS_AT_ONCE:
            self._at.write(after.reference, items)
            return Version(after, head)
        for version in sorted(whole_at, reverse=True):
            if not before.challenge.version < version < after.version:
                continue
            part = read(after.reference, after.events[:version])
            items, head = _step(before, part, council, wake_at, same)
            if len(items) <= ITEMS_AT_ONCE:
                self._at.write(after.reference, items)
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

    def append_together(self, steps: Sequence[Step], wake_at: datetime) -> tuple[Version, ...]:
        """Write the steps of several challenges in one transaction: all of them, or nothing.

        Each has a new leg, which wakes at ``wake_at``. Return the versions as written. Raise
        ``MovedOnError`` if one of them has changed, or if the reference of a new one is taken, and
        ``TooMuchAtOnceError`` above the limit of a transaction.
        """
        items: list[dict[str, Any]] = []
        versions = []
        for step in steps:
            if step.before is None:
                written, head = _new(step, wake_at)
            else:
                leg = _Leg(step.before.head.leg + 1, step.began)
                written, head = _step(step.before, step.after, step.council, wake_at, leg)
            items += written
            versions.append(Version(step.after, head))
        self._at.write(steps[0].after.reference, items)
        return tuple(versions)


@dataclass(frozen=True)
class _Leg:
    """A leg, and why it began."""

    number: int
    began: Began | None


def _new(step: Step, wake_at: datetime) -> tuple[list[dict[str, Any]], Head]:
    """Return the items of a challenge that is raised, with its trays; and its HEAD."""
    leg = _Leg(1, step.began)
    items, head = _append_items(step.after, (), NO_HEAD, step.council, wake_at, leg)
    return items + tray_items(step.after, step.council, _today(step.after), {}), head


def _append_items(
    after: Challenge,
    before: Sequence[Event],
    head: Head,
    council: Council,
    wake_at: datetime | None,
    leg: _Leg,
) -> tuple[list[dict[str, Any]], Head]:
    """Return the items of HEAD and of the events that ``before`` lacks; and the new HEAD."""
    events = after.events[len(before) :]
    links = _links_of(events, head.last_hash)
    trays = parties(after, council, _today(after))
    last = links[-1].hash
    new = Head(
        *(after.version, leg.number, wake_at, last, head.emailed_up_to, council.change),
        trays=trays,
        began=leg.began,
        stage=after.stage,
        news_up_to=head.news_up_to,
        in_lists=True,
    )
    condition = AT_VERSION if head.version else NEW
    values = {":version": head.version, ":leg": head.leg} if head.version else None
    items = [put(head_item(after, new, council), condition, values)]
    items += [put(_link_item(after.reference, one), NEW) for one in links]
    items += [_kind_item(after.reference, *one) for one in announced(after, events).items()]
    return items, new


def _step(
    before: Version, after: Challenge, council: Council, wake_at: datetime | None, leg: _Leg
) -> tuple[list[dict[str, Any]], Head]:
    """Return the items to write when ``before`` becomes ``after``; and the new HEAD."""
    items, head = _append_items(after, before.challenge.events, before.head, council, wake_at, leg)
    today = _today(after)
    was = before.head
    lies = as_it_lies(before.challenge, was.trays, council, today, in_lists=was.in_lists)
    return items + tray_items(after, council, today, lies), head


def _today(after: Challenge) -> date:
    """Return the day on which its last event is written."""
    return local_day(after.events[-1].recorded)


def _links_of(events: Iterable[Event], previous_hash: str) -> list[Link]:
    """Return ``events`` as links of the chain after ``previous_hash``."""
    links = []
    for event in events:
        links.append(link_of(event, previous_hash))
        previous_hash = links[-1].hash
    return links


def _link_item(reference: str, one: Link) -> dict[str, Any]:
    return {
        "PK": challenge_key(reference),
        "SK": event_key(one.number),
        "number": one.number,
        "text": one.text,
        "previous_hash": one.previous_hash,
        "hash": one.hash,
    }


def _kind_item(reference: str, word: str, number: int) -> dict[str, Any]:
    """Return the request that says of what kind event ``number`` is: the stream shows its key.

    It replaces the one of the last event of this kind. HEAD's condition guards it.
    """
    item = {"PK": challenge_key(reference), "SK": f"{KIND}{word}", "number": number}
    return {"Put": {"Item": item}}


def _kept_link(item: dict[str, Any]) -> Link:
    """Return an event as it is kept. A missing attribute becomes empty, and fits no chain."""
    number = item.get("number")
    return Link(
        int(number) if isinstance(number, Decimal) else 0,
        *(str(item.get(name, "")) for name in ("text", "previous_hash", "hash")),
    )


def _use_link(digest: str, event: int) -> dict[str, Any]:
    return {
        "Update": {
            "Key": {"PK": f"LINK#{digest}", "SK": "LINK"},
            "UpdateExpression": "SET used_by = :event",
            "ConditionExpression": "attribute_exists(PK) AND attribute_not_exists(used_by)",
            "ExpressionAttributeValues": {":event": event},
        }
    }
