"""HEAD between two events: when its leg wakes and which leg it is; and rebuilding HEAD.

Nothing here adds an event.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.codec import event_of, moment_text
from adapters.errors import MovedOnError, NoSuchChallengeError, TryAgainError
from adapters.executions import Began, Repair
from adapters.record.chain import Version
from adapters.record.head import Head, as_read, began_item, head_item, head_of, head_update
from adapters.record.shown import (
    MAY_LACK,
    OPEN_LIST,
    as_it_lies,
    listed,
    parties,
    since_summary_2,
    tray_items,
)
from adapters.record.table import NEW, challenge_key, event_key
from domain.chain import verify
from domain.errors import StuckClockError
from domain.fold import read
from domain.moments import local_day, utc_text

if TYPE_CHECKING:
    from datetime import date, datetime

    from adapters.record.chain import Chain
    from adapters.record.table import RecordTable
    from domain.council import Council

__all__ = ["Legs"]

#: A leg that wakes more often than this, within this time and without a new event, is a fault.
_IDLE_AT_MOST = 20
_IDLE_WITHIN = timedelta(minutes=10)

#: How often rebuilding HEAD is tried while others write to the same challenge.
_ATTEMPTS = 5


class Legs:
    """The legs of the challenges in the record's table."""

    def __init__(self, at: RecordTable, chain: Chain) -> None:
        """Take the table, and the chains that HEAD has to follow from."""
        self._at = at
        self._chain = chain

    def head(self, reference: str) -> tuple[Head, int]:
        """Return HEAD, strongly consistent, and how often in a row Sweep found it asleep.

        Raise ``NoSuchChallengeError``, ``DamagedHeadError``.
        """
        item = self._at.get(challenge_key(reference), "HEAD")
        if item is None:
            raise NoSuchChallengeError(reference)
        return head_of(item), int(item.get("faults", 0))

    def settle(
        self,
        version: Version,
        wake_at: datetime | None,
        emailed_up_to: int,
        council: Council,
        by_the_wall: datetime,
        *,
        today: date,
        idle: bool,
    ) -> None:
        """Note when the leg wakes and up to which event emails were sent, without a new event.

        What the daily emails have to tell is kept up to the last event. The challenge is put into
        the trays in which it belongs ``today``: a new directory, and cover that begins or ends,
        change them without an event.
        ``by_the_wall`` is the real time. Raise ``MovedOnError`` if HEAD has changed, and
        ``StuckClockError`` for a leg that woke more than twenty times in ten minutes without a new
        event: it is stopped, so that a fault does not become an endless loop.
        """
        head = version.head
        recent = head.idle_since is not None and by_the_wall - head.idle_since < _IDLE_WITHIN
        wakes = (head.idle if recent else 0) + 1 if idle else 0
        if wakes > _IDLE_AT_MOST:
            message = f"{version.challenge.reference} woke {wakes} times for nothing."
            raise StuckClockError(message)
        since = head.idle_since if recent and head.idle_since else by_the_wall
        change = (
            "SET told = :told, news = :news, council = :council, idle = :idle, idle_since = :since"
        )
        values: dict[str, Any] = {
            ":told": emailed_up_to,
            ":news": version.challenge.version,
            ":council": council.change,
            ":idle": wakes,
            ":since": utc_text(since),  # to the second: HEAD has to stay below a kilobyte
        }
        moved, belongs = [], parties(version.challenge, council, today)
        if head.trays is not None and head.trays != belongs:
            lies: dict[str, dict[str, Any]] = {party: {} for party in head.trays}
            moved = tray_items(version.challenge, council, today, lies)
        elif head.council != council.change:
            lies = as_it_lies(version.challenge, head.trays, council, today, in_lists=head.in_lists)
            if OPEN_LIST in lies:  # a new directory changes which posts may see the challenge
                lies[OPEN_LIST] = self._lies_in(version.challenge.reference, OPEN_LIST)
            moved = tray_items(version.challenge, council, today, lies)
        if moved:
            change += ", trays = :trays"
            values[":trays"] = list(belongs)
        if wake_at:
            change += ", wake_at = :wake, #open = :open REMOVE faults"
            values |= {":wake": moment_text(wake_at), ":open": "OPEN"}
        else:
            change += " REMOVE faults, wake_at, #open"
        reference = version.challenge.reference
        update = head_update(reference, head, change, {"#open": "open"}, values)
        if moved:
            self._at.write(reference, [{"Update": update}, *moved])
        else:
            self._at.update(update)

    def fresh_leg(
        self, reference: str, head: Head, look_again: datetime, faults: int, because: Repair
    ) -> Head:
        """Give the challenge a new leg, for Sweep; return HEAD with that leg.

        If the leg does not wake, Sweep looks again at ``look_again``. Raise ``MovedOnError`` if
        HEAD has changed.
        """
        leg, began = head.leg + 1, Began(because, head.stage, head.wake_at)
        change = (
            "SET #leg = :next, began = :began, wake_at = :wake, #open = :open, faults = :faults"
        )
        values = {
            ":next": leg,
            ":began": began_item(leg, began),
            ":wake": moment_text(look_again),
            ":open": "OPEN",
            ":faults": faults,
        }
        self._at.update(head_update(reference, head, change, {"#open": "open"}, values))
        return replace(head, leg=leg, began=began)

    def _lies_in(self, reference: str, party: str) -> dict[str, Any]:
        """Return what a tray holds of a challenge, without the keys."""
        key = challenge_key(reference), f"TRAY#{party}"
        item = self._at.get(*key) or {}
        return {name: value for name, value in item.items() if name not in ("PK", "SK")}

    def fill_in(self, reference: str, council: Council, today: date) -> None:
        """Write the summary row that follows from the events into HEAD, its lists and its trays.

        For challenges that an earlier release wrote. It stays in the trays in which it is; it gets
        into the lists that release did not have. Raise what :meth:`Chain.load` raises, and
        ``MovedOnError`` if HEAD has changed.
        """
        version = self._chain.load(reference)
        challenge = version.challenge
        council = council.under(challenge.raised.procedure)
        row = listed(challenge, council)
        gone = [name for name in MAY_LACK if name not in row]
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in row)
        change += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        names = {f"#{name}": name for name in (*row, *gone)}
        values = {f":{name}": value for name, value in row.items()}
        update = head_update(reference, version.head, change, names, values)
        lies = version.head.trays or ()
        items = tray_items(challenge, council, today, {})
        rows = [one for one in items if one["Put"]["Item"]["tray"] in lies]
        self._at.write(reference, [{"Update": update}, *rows, *_newer_lists(items)])

    def rebuild_head(self, reference: str, now: datetime, council: Council) -> Version:
        """Rebuild HEAD from the events and the present council, with the next leg.

        This is the command ``rebuild-head``. It never undoes what others write meanwhile: then it
        reads everything again. Raise ``BrokenChainError``, and ``TryAgainError`` if others wrote
        during every try.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._rebuilt(reference, now, council)
            except MovedOnError:
                continue
        message = (
            f"Others wrote to {reference} during each try to rebuild its HEAD. Nothing was "
            "changed: run the command rebuild-head again."
        )
        raise TryAgainError(message)

    def _rebuilt(self, reference: str, now: datetime, council: Council) -> Version:
        """Rebuild HEAD once. Raise ``MovedOnError`` if others wrote meanwhile."""
        links = self._chain.links(reference)
        last_hash = verify(links)
        challenge = read(reference, [event_of(one.text) for one in links])
        council = council.under(challenge.raised.procedure)
        old = self._at.get(challenge_key(reference), "HEAD") or {}
        leg = int(old.get("leg", 0)) + 1
        emailed_up_to = int(old.get("told", 0))
        news_up_to = int(old.get("news", emailed_up_to))
        began = Began(Repair.HEAD_REBUILT, challenge.stage, now)
        head = Head(
            *(challenge.version, leg, now, last_hash, emailed_up_to),
            trays=(),
            began=began,
            news_up_to=news_up_to,
            in_lists=True,
        )
        # The old trays may be wrong, so all are emptied: Decide fills those where it belongs. Lists
        # that HEAD does not name are written here.
        lies = [one for one in self._at.items(reference, "TRAY#", "TRAY#~") if "tray" in one]
        lists = _newer_lists(tray_items(challenge, council, local_day(now), {}))
        written = {one["Put"]["Item"]["SK"] for one in lists}
        emptied = [
            {"Put": {"Item": {"PK": one["PK"], "SK": one["SK"]}}}
            for one in lies
            if one["SK"] not in written
        ]
        made = {"Item": head_item(challenge, head, council), **as_read(old)}
        self._at.write(
            reference,
            [{"Put": made}, _no_event(reference, challenge.version + 1), *emptied, *lists],
        )
        return Version(challenge, head)


def _newer_lists(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the writes of those lists that HEAD does not name."""
    return [one for one in items if since_summary_2(one["Put"]["Item"]["tray"])]


def _no_event(reference: str, number: int) -> dict[str, Any]:
    """Return the condition that the challenge has no event of this number yet."""
    return {
        "ConditionCheck": {
            "Key": {"PK": challenge_key(reference), "SK": event_key(number)},
            "ConditionExpression": NEW,
        }
    }
