"""What follows from the record and the time: ``decide(challenge, now, council)``.

Never believe that waking means due: every wake asks which timers are due, takes them in order,
each at the moment at which it took effect, and says when to wake next. Asking twice, late, or
for nothing changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.errors import StuckClockError
from domain.events import CLOCK, Event, Fact
from domain.fold import apply
from domain.notices import letters_due_after
from domain.rulebook import PARTS, RUNGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.part import Timer

__all__ = ["Decision", "decide", "due", "timers", "wake_at"]

#: An execution may last a year; a leg ends well before.
WAKE_AT_MOST = timedelta(days=300)

#: More facts than this in one decision can only be a rule that never comes to rest: five stages,
#: their questions and the period make fewer, and an action is missed, chased and moved once. How
#: many can be written at once is another bound (``adapters.record.table``).
_FACTS_AT_MOST = 200
_OF_AN_ACTION = 3


@dataclass(frozen=True)
class Decision:
    """What follows: the challenge with ``events`` new at its end, and when to wake next.

    ``wake_at`` is ``None`` for a challenge that has ended, with no email left to send and nothing
    left to do. ``whole_at`` are the versions at which the record is whole: what one timer brings
    about is on it, or not at all.
    """

    challenge: Challenge
    events: tuple[Event, ...]
    wake_at: datetime | None
    whole_at: tuple[int, ...] = ()


def decide(challenge: Challenge, now: datetime, council: Council, command: str) -> Decision:
    """Put on the record what follows from it and ``now``, as ``command``.

    Raises ``StuckClockError`` when the clock would not come to rest, and
    ``CalendarHorizonError`` when a deadline would lie beyond the known years.
    """
    before, whole_at = challenge.version, []
    most = _FACTS_AT_MOST + _OF_AN_ACTION * len(challenge.actions)

    def record(fact: Fact, effective: datetime) -> None:
        nonlocal challenge
        event = Event(challenge.version + 1, fact, CLOCK, effective, now, command)
        challenge = apply(challenge, event)

    for fact in _first(challenge, now, council):
        record(fact, now)
        whole_at.append(challenge.version)
    while passed := [timer for timer in timers(challenge, now, council) if timer.at <= now]:
        first = min(passed, key=lambda timer: timer.at)
        for fact in first.facts:
            record(fact, first.effective)
        whole_at.append(challenge.version)
        if challenge.version - before > most:
            message = f"{challenge.reference} does not come to rest at {now}: {first.purpose}."
            raise StuckClockError(message)
    wakes = wake_at(challenge, now, council)
    return Decision(challenge, challenge.events[before:], wakes, tuple(whole_at))


def wake_at(challenge: Challenge, now: datetime, council: Council) -> datetime | None:
    """When to decide again: always later than ``now``; ``None`` when nothing is left to do.

    Raises ``StuckClockError`` if a timer is due that was not taken, or if none is left for a
    challenge that is open.
    """
    moments = [timer.at for timer in timers(challenge, now, council)]
    letters = letters_due_after(challenge, now, council)
    if challenge.open and not moments:
        message = f"{challenge.reference} is open, and nothing would ever wake it."
        raise StuckClockError(message)
    if not moments and not letters:
        return None
    first = min(*moments, *letters, now + WAKE_AT_MOST)
    if first <= now:
        message = f"{challenge.reference} would wake at {first}, which is not after {now}."
        raise StuckClockError(message)
    return first


def due(challenge: Challenge, now: datetime, council: Council) -> datetime | None:
    """When the clock has something to do next: it may be past, where nothing woke it.

    ``None`` when nothing is left to do, or where an open challenge has nothing that would wake it.
    """
    moments = [timer.at for timer in timers(challenge, now, council)]
    return min([*moments, *letters_due_after(challenge, now, council)], default=None)


def timers(challenge: Challenge, now: datetime, council: Council) -> list[Timer]:
    """Return everything the clock has yet to do for this challenge as it stands, in no order."""
    quiet = RUNGS[challenge.standing].quiet
    found = (timer for part in PARTS for timer in part.timers(challenge, now, council))
    return [
        timer
        for timer in found
        if (challenge.open or timer.outlives) and not (quiet and timer.pauses)
    ]


def _first(challenge: Challenge, now: datetime, council: Council) -> Iterator[Fact]:
    """What comes before any timer's facts: each at its turn, of the challenge as it was."""
    for part in PARTS:
        yield from part.first(challenge, now, council)
