"""Seals: each night the last hash of every chain is stored where nobody can change it.

A chain proves that no event was changed without changing all that follow it. It cannot prove that
nobody rewrote the whole chain. After its head has been sealed, that shows: the event of that
number must always have the sealed hash. A seal holds what is new since the one before, and the
hash of the one before, so that the nights are a chain as well.

A night as it is stored, in canonical JSON (references and hashes, nothing about a child)::

    {"day": "2026-11-25", "heads": {"PCE-7K3M-9QXT": [7, "9f2c…"]}, "previous": "51ab…",
     "beside": {"PCE-7K3M-9QXT": {"looks": [12, "07be…"]}}, "until": "2026-11-25T02:50:00.000000Z"}

``beside`` is the evidence beside the chains (``domain.beside``). Nights before that was sealed, and
those of ended challenges, have none.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.beside import Counted
from domain.chain import START, canonical
from domain.errors import BrokenChainError
from domain.moments import day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from domain.beside import Beside

__all__ = [
    "Kept",
    "Night",
    "Sealed",
    "Seals",
    "compare",
    "next_night",
    "night_of_ended",
    "read_nights",
]


@dataclass(frozen=True)
class Kept:
    """One night as it was found: its day from its key, and its text as first written.

    ``touched`` says that somebody wrote over it, or tried to delete it.
    """

    day: str
    text: str
    touched: bool = False


@dataclass(frozen=True)
class Sealed:
    """On ``day`` event ``number`` was the last of its chain, and this was its hash."""

    day: date
    number: int
    hash: str


@dataclass(frozen=True)
class Seals:
    """All nights. ``heads``: reference → what was sealed of it, the oldest first.

    ``last_day`` and ``last_hash`` are the last night's. ``faults`` are sentences about nights that
    the next one does not follow, or that somebody tampered with. ``beside``: (reference, kind) →
    the evidence beside the chain that was sealed last.
    """

    heads: Mapping[str, tuple[Sealed, ...]]
    nights: int
    last_day: date | None
    last_hash: str
    faults: tuple[str, ...] = ()
    beside: Mapping[tuple[str, str], Counted] = field(default_factory=dict)

    def last(self, reference: str) -> Sealed | None:
        """Return the last event of it that was sealed, or ``None``."""
        return next(reversed(self.heads.get(reference, ())), None)

    def holds(self, reference: str, number: int, hash_: str) -> bool:
        """Whether this event of it was sealed, with this hash."""
        found = self.heads.get(reference, ())
        return any((one.number, one.hash) == (number, hash_) for one in found)


@dataclass(frozen=True)
class Night:
    """The next night: the ``text`` to store, how many heads are new, and what could not be sealed.

    ``rewritten``: reference → the first event that is not what was sealed before. ``changed``: the
    same for the evidence beside the chains, reference → sentences.
    """

    day: date
    text: str
    sealed: int
    rewritten: Mapping[str, BrokenChainError]
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_nights(kept: Iterable[Kept]) -> Seals:
    """Return the nights as seals, after verifying their chain.

    What does not fit is a fault and not an error: the seals that can be read still count, and the
    next night must be sealed anyway.
    """
    heads: dict[str, list[Sealed]] = defaultdict(list)
    faults: list[str] = []
    beside: dict[tuple[str, str], Counted] = {}
    nights, last_day, last_hash = 0, None, START
    for one in sorted(kept, key=lambda night: night.day):
        nights += 1
        if one.touched:
            faults.append(f"The seal of {one.day} was written again, or deleted, after its night.")
        try:
            body = json.loads(one.text)
            day, previous = date.fromisoformat(body["day"]), body["previous"]
            found = {ref: Sealed(day, int(n), str(h)) for ref, (n, h) in body["heads"].items()}
            noted = {
                (reference, kind): Counted(day, str(body["until"]), int(count), str(digest))
                for reference, kinds in body.get("beside", {}).items()
                for kind, (count, digest) in kinds.items()
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            faults.append(f"The seal of {one.day} cannot be read.")
        else:
            if one.day != day.isoformat():
                faults.append(f"The seal of {one.day} is another night’s.")
            if previous != last_hash:
                before = day_in_words(last_day) if last_day else "the beginning"
                faults.append(
                    f"The seal of {one.day} does not follow that of {before}: a night between them "
                    "is missing, or one of them was changed."
                )
            last_day = day
            for reference, sealed in found.items():
                heads[reference].append(sealed)
            beside |= noted
        last_hash = _hash(one.text)
    sorted_heads = {ref: tuple(sorted(all_, key=_by_number)) for ref, all_ in heads.items()}
    return Seals(sorted_heads, nights, last_day, last_hash, tuple(faults), beside)


def _by_number(sealed: Sealed) -> tuple[int, date]:
    return sealed.number, sealed.day


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def compare(sealed: Iterable[Sealed], hashes: Mapping[int, str]) -> None:
    """Compare a chain with what was sealed of it; ``hashes`` maps its events' numbers to hashes.

    Raise ``BrokenChainError`` for the first sealed event that is missing or has another hash.
    """
    fits = 0
    for one in sealed:
        if hashes.get(one.number) == one.hash:
            fits = one.number
            continue
        on = f"was sealed on {day_in_words(one.day)}"
        if one.number not in hashes:
            raise BrokenChainError(one.number, f"it is missing, and {on}.")
        since = f"it, or one after event {fits}," if fits else "it, or one before it,"
        raise BrokenChainError(one.number, f"{since} is not what {on}.")


def next_night(
    day: date,
    seals: Seals,
    events: Iterable[tuple[str, int, str]],
    beside: Beside | None = None,
    until: str = "",
) -> Night:
    """Return the night that seals what is new in ``events``: (reference, number, hash), unordered.

    ``events`` are all there are. ``beside`` is complete once they have been read, and holds what
    was noted by ``until``. A chain that is not what was sealed of it before is not sealed again:
    the first seal counts.
    """
    wanted = {reference: {one.number for one in all_} for reference, all_ in seals.heads.items()}
    hashes: dict[str, dict[int, str]] = {reference: {} for reference in wanted}
    last: dict[str, tuple[int, str]] = {}
    for reference, number, hash_ in events:
        if number in wanted.get(reference, ()):
            hashes[reference][number] = hash_
        last[reference] = max(last.get(reference, (0, "")), (number, hash_))
    rewritten: dict[str, BrokenChainError] = {}
    for reference, sealed in seals.heads.items():
        try:
            compare(sealed, hashes[reference])
        except BrokenChainError as error:
            rewritten[reference] = error
    new = {
        reference: [number, hash_]
        for reference, (number, hash_) in last.items()
        if reference not in rewritten and number not in wanted.get(reference, ())
    }
    night = _night(day, seals, new, rewritten)
    if beside is None:
        return night
    body = {**json.loads(night.text), "beside": beside.to_seal(), "until": until}
    changed: dict[str, tuple[str, ...]] = {}
    for (reference, _), what in beside.changed().items():
        changed[reference] = (*changed.get(reference, ()), what)
    return replace(night, text=canonical(body), changed=changed)


def night_of_ended(day: date, before: Seals, ended: Mapping[str, tuple[int, str]]) -> Night:
    """Return the next night of ended challenges: those of ``ended`` that are not stored yet.

    ``ended``: reference → number and hash of its last event. These nights are stored like seals.
    """
    new = {
        reference: [number, hash_]
        for reference, (number, hash_) in ended.items()
        if not before.holds(reference, number, hash_)
    }
    return _night(day, before, new, {})


def _night(
    day: date,
    before: Seals,
    heads: Mapping[str, list[object]],
    rewritten: Mapping[str, BrokenChainError],
) -> Night:
    body = {"day": day.isoformat(), "heads": heads, "previous": before.last_hash}
    return Night(day, canonical(body), len(heads), rewritten)
