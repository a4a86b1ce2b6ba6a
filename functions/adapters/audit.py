"""Audit: compares HEAD, the trays and legal advice of each challenge with its events, each night.

Sweep and every list rely on HEAD, which is not part of the chain. Somebody who can write to the
table could remove ``open`` and ``wake_at`` from it: the challenge would stop, and no list would
show it. The events and the directory determine what HEAD must say. This compares the two and
changes nothing. (Sweep alone repairs; an operator who has looked can rebuild HEAD with
``rebuild-head``.)

It does not rely on HEAD for which challenges there are. It looks at each that was ever sealed
(``adapters.seals``) and each that the index lists as open. It skips those it once found to have
ended if their last event is still the same. It keeps a list of these as seals are kept, one object
a night under ``ended/``, where nobody can change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from adapters import clock, privileged
from adapters.codec import event_of
from adapters.record.shown import (
    BEFORE_SUMMARIES,
    MAY_LACK,
    is_filled_in,
    lists,
    since_summary_2,
)
from adapters.summaries import all_filled_in
from domain.chain import verify
from domain.decide import due
from domain.errors import ProcedureError
from domain.fold import read
from domain.moments import local_day, moment_in_words, parse_moment
from domain.rulebook import marks_named
from domain.rules.legal import pieces
from domain.rules.period import BEYOND_PERIOD
from domain.seals import night_of_ended

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from adapters.council_store import CouncilStore
    from adapters.record import Record
    from adapters.record.beside import Beside
    from adapters.record.chain import AsKept
    from adapters.seals import SealBucket
    from domain.challenge import Challenge
    from domain.council import Council

__all__ = ["Audit", "Audited", "differences"]

#: How long past its moment a challenge may still sleep: Sweep has run several times by then.
_MAY_SLEEP = timedelta(minutes=30)

#: A challenge that wakes this soon has a fresh leg, and Decide may not have run yet.
_UNDER_WAY = timedelta(minutes=5)


@dataclass(frozen=True)
class Audited:
    """What one night found. ``wrong``: reference → sentences, without a child's details.

    ``looked_at`` counts the challenges, ``ended`` those newly found to have ended, and ``left``
    those that there was no time for. ``faults`` are faults in what earlier nights kept.
    """

    looked_at: int
    wrong: Mapping[str, tuple[str, ...]]
    ended: int
    left: int
    faults: tuple[str, ...]


class Audit:
    """Audits the challenges of one council."""

    def __init__(
        self, record: Record, council: CouncilStore, seals: SealBucket, ended: SealBucket
    ) -> None:
        """Take the record, the council, and the buckets of nightly seals and ended challenges."""
        self._record = record
        self._council = council
        self._seals = seals
        self._ended = ended

    def audit(self, until: datetime) -> Audited:
        """Look at every challenge except those known to have ended; start none after ``until``.

        ``until`` is in real time. A challenge that cannot be compared counts as wrong, and does not
        stop the rest.
        """
        seals, before = self._seals.read(), self._ended.read()
        sealed = ((reference, seals.last(reference)) for reference in seals.heads)
        places = dict.fromkeys(self._record.lists.wakeful()) | {
            reference: None
            for reference, last in sealed
            if last and not before.holds(reference, last.number, last.hash)
        }
        beside = self._record.beside
        council, applied = self._council.current(), beside.applied()
        filled_in = all_filled_in(self._record)
        wrong: dict[str, tuple[str, ...]] = {}
        ended: dict[str, tuple[int, str]] = {}
        looked_at = 0
        for reference in places:
            if clock.wall() >= until:
                break
            looked_at += 1
            kept = self._record.chain.as_kept(reference)
            compared = partial(_compared, reference, filled_in=filled_in, beside=beside)
            if found := tuple(compared(kept, council, applied)):
                # Another write or a change of the council may have caused the difference: a real
                # fault is still there when all is read again, HEAD last.
                carried, kept = beside.applied(), self._record.chain.as_kept(reference)
                found = tuple(compared(kept, self._council.current(), carried))
            if found:
                wrong[reference] = found
            elif kept.head and "wake_at" not in kept.head:
                ended[reference] = kept.links[-1].number, kept.links[-1].hash
        today = local_day(clock.wall())
        night = night_of_ended(today, before, ended)
        is_new = night.sealed and (before.last_day is None or before.last_day < today)
        noted = night.sealed if is_new and self._ended.write(night) else 0
        return Audited(looked_at, wrong, noted, len(places) - looked_at, before.faults)


def _compared(
    reference: str,
    kept: AsKept,
    council: Council,
    applied: int,
    *,
    filled_in: bool,
    beside: Beside,
) -> Iterator[str]:
    now = clock.now()
    try:
        yield from differences(
            *(reference, kept, council, applied, now), filled_in=filled_in, beside=beside
        )
    except ProcedureError as error:
        yield str(error)
    except Exception as error:  # noqa: BLE001 - no error may stop the rest
        yield f"It could not be compared: {type(error).__name__}."


def differences(
    reference: str,
    kept: AsKept,
    council: Council,
    applied: int,
    now: datetime,
    *,
    filled_in: bool,
    beside: Beside,
) -> Iterator[str]:
    """Yield a sentence for each difference of HEAD and trays from the events and the directory.

    Also for each piece of legal advice that is missing ``beside`` the chain, or was changed there.
    ``applied`` is the last change of the council that Sweep has carried to all challenges; until
    then, a challenge may be in the trays it belonged in before. ``filled_in``: Sweep has given
    every challenge its summary row; until then, one may hold only what lists of older releases
    showed. Raise ``BrokenChainError`` if the chain itself is broken, ``UnknownSchemaError``, and
    ``UnknownProcedureError``.
    """
    if not kept.links:
        yield "It has no events, and it had some when it was sealed."
        return
    last_hash = verify(kept.links)
    challenge = read(reference, [event_of(link.text) for link in kept.links])
    named = [piece.sealed for piece in pieces(challenge)]
    yield from privileged.differences(beside, reference, named)
    head = kept.head
    if head is None:
        yield "There is no HEAD."
        return
    if head["version"] != challenge.version or head["last_hash"] != last_hash:
        yield "HEAD does not name its last event."
    council = council.under(challenge.raised.procedure)
    listed, places = lists(challenge, council, local_day(now))
    yield from _of_summary(head, listed, challenge.iro, filled_in=filled_in)
    yield from _of_sleep(head, challenge, council, now)
    wakes = head.get("wake_at")
    under_way = wakes is not None and parse_moment(wakes) <= now + _UNDER_WAY
    if challenge.open and head["council"] != council.change:
        if head["council"] < council.change and (applied < council.change or under_way):
            return
        yield "HEAD does not go by the present council."
    lies = kept.trays
    if not is_filled_in(head):  # whatever an earlier release left in newer lists
        places = {party: row for party, row in places.items() if not since_summary_2(party)}
        lies = {party: item for party, item in lies.items() if not since_summary_2(party)}
        places = {party: _without(row, _BEFORE_SUMMARY_3) for party, row in places.items()}
    belongs = [party for party in sorted(places) if not since_summary_2(party)]
    other = "trays" in head and list(head["trays"]) != belongs
    if under_way and other:
        return  # cover began or ended today: it wakes for that now
    if other:
        yield "HEAD names other trays than it belongs in."
    if head["council"] != council.change:  # it has ended: no new directory reaches it
        places = {party: _without(row, "posts") for party, row in places.items()}
    yield from _of_trays(lies, places)


def _of_summary(
    head: dict[str, Any], listed: dict[str, Any], iro: str, *, filled_in: bool
) -> Iterator[str]:
    """Compare HEAD's summary row, or an older release's row, with what the events say."""
    if "summary" in head:
        if filled_in and not is_filled_in(head):
            yield "HEAD holds the summary row of an earlier release."
        row = dict.fromkeys(MAY_LACK) | listed | {"summary": head["summary"]}
    else:
        if filled_in:
            yield "HEAD has no summary row."
        known = (*BEFORE_SUMMARIES, "marks")
        row = {name: value for name, value in listed.items() if name in known}
        row["iro"] = iro
    if not is_filled_in(head):
        row = _without(row, _BEFORE_SUMMARY_3)
    if other := _otherwise(head, row):
        yield f"HEAD holds another {', '.join(other)} than its events say."


def _of_sleep(
    head: dict[str, Any], challenge: Challenge, council: Council, now: datetime
) -> Iterator[str]:
    """Compare when HEAD wakes it with when it is due, and check that Sweep can find it."""
    moment, wake_at = due(challenge, now, council), head.get("wake_at")
    if moment is None:
        if challenge.open:
            yield "It is open, and nothing in its events would ever wake it."
        return
    is_due = f"it is due on {moment_in_words(moment)}"
    if wake_at is None or head.get("open") != "OPEN":
        yield f"HEAD is in no list of what is to wake, and {is_due}."
        return
    wakes = parse_moment(wake_at)
    if wakes > max(moment, now + _MAY_SLEEP):
        yield f"HEAD wakes it on {moment_in_words(wakes)}, and {is_due}."
    elif moment < now - _MAY_SLEEP:
        yield f"It has not woken, and {is_due}."


def _without(row: dict[str, Any], left_out: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != left_out}


#: What versions 1 and 2 of the row took from another task. Sweep fills it in.
_BEFORE_SUMMARY_3 = "next_due"


def _of_trays(trays: dict[str, dict[str, Any]], places: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Check that it is in each tray where it belongs, and in no other."""
    for party in sorted({*trays, *places}):
        place, item = places.get(party), trays.get(party, {})
        if place is None:
            if "tray" in item:
                yield f"It lies in the tray of {party}, and does not belong there."
        elif "tray" not in item:
            yield f"It is missing in the tray of {party}."
        elif other := _otherwise(item, dict.fromkeys(_BESIDE) | place):
            yield f"The tray of {party} holds another {', '.join(other)} than its events say."


#: What only a tray with several tasks has, and one of an IRO.
_BESIDE = ("also", "more", "whom")
_NOT_IN_OLDER_TRAYS = ("asks", "about", *_BESIDE)


def _otherwise(kept: dict[str, Any], said: dict[str, Any]) -> list[str]:
    """Return the attributes of HEAD or a tray's item that are not as the events say.

    Rows of older releases lack what those did not know: ``asks`` in trays from before 2026-11.7,
    ``about`` in those from before 2026-11.10, ``also`` and ``more`` in those from before
    2026-11.12, ``whom`` in those of that release, and each mark that is newer than the row. A mark
    that only a newer release knows is no fault. Rows from before 2026-11.12 name the mark of a
    challenge past its limit, which is an attribute as well.
    """
    other = [
        name
        for name, value in said.items()
        if kept.get(name) != value
        and name != "marks"
        and (name not in _NOT_IN_OLDER_TRAYS or name in kept)
    ]
    marks = {mark.key for mark in marks_named(kept.get("marks", ()))}
    holds = {*(said.get("marks") or ()), *((BEYOND_PERIOD,) if said["beyond_period"] else ())}
    return other if marks <= holds else [*other, "marks"]
