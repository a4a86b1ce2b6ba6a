"""What follows from the record and the time: ``decide(challenge, now, council)``.

Waking does not mean that something is due: every wake finds the timers that are due, takes them in
order, each at the moment at which it took effect, and says when to wake next. Waking twice, late
or for nothing does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from domain.errors import StuckClockError
from domain.events import CLOCK, Event, Fact
from domain.fold import apply
from domain.moments import OFFICE_HOUR, at_local, local_day
from domain.notices import letters_due_after
from domain.people import asked_turns, oversight_turns
from domain.rulebook import RUNGS, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.part import Timer

__all__ = ["Decision", "decide", "due", "timers", "wake_at"]

_MIDNIGHT = time()

#: An execution may last a year at most, and must end well before that.
WAKE_AT_MOST = timedelta(days=300)

#: More facts than this in one decision can only come from a rule that never stops: five stages,
#: their questions and the period make fewer, and an action is missed, chased and moved once. There
#: is another limit on how many can be written at once (``adapters.record.table``).
_FACTS_AT_MOST = 200
_OF_AN_ACTION = 3


@dataclass(frozen=True)
class Decision:
    """What follows: the challenge with ``events`` new at its end, and when to wake next.

    ``wake_at`` is ``None`` for a challenge that has ended, with no email left to send and nothing
    left to do. ``whole_at`` are the versions at which a write may stop: all the facts of a timer
    are written together.
    """

    challenge: Challenge
    events: tuple[Event, ...]
    wake_at: datetime | None
    whole_at: tuple[int, ...] = ()


def decide(challenge: Challenge, now: datetime, council: Council, command: str) -> Decision:
    """Return what follows from the record and ``now``, recorded as ``command``.

    Raise ``StuckClockError`` if the clock would never stop, and ``CalendarHorizonError`` if a
    deadline would be beyond the known years.
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
        if not first.facts or challenge.version - before > most:
            message = f"The clock of {challenge.reference} never stops at {now}: {first.purpose}."
            raise StuckClockError(message)
    wakes = wake_at(challenge, now, council)
    return Decision(challenge, challenge.events[before:], wakes, tuple(whole_at))


def wake_at(challenge: Challenge, now: datetime, council: Council) -> datetime | None:
    """Return when to decide again: later than ``now``, or ``None`` if nothing is left to do.

    It wakes as well when cover begins or ends: that puts it into other trays, and on that morning
    whoever covers is asked to reply. Raise ``StuckClockError`` if a due timer was not taken, or if
    an open challenge has none.
    """
    moments = [timer.at for timer in timers(challenge, now, council)]
    letters = letters_due_after(challenge, now, council)
    if challenge.open and not moments:
        message = f"{challenge.reference} is open, and nothing would ever wake it."
        raise StuckClockError(message)
    if not moments and not letters:
        return None
    today = local_day(now)
    turns = [at_local(day, _MIDNIGHT) for day in oversight_turns(challenge, council, today)]
    mornings = [at_local(day, OFFICE_HOUR) for day in asked_turns(challenge, council, today)]
    turns += [at for at in mornings if at > now]
    first = min(*moments, *letters, *turns, now + WAKE_AT_MOST)
    if first <= now:
        message = f"{challenge.reference} would wake at {first}, which is not after {now}."
        raise StuckClockError(message)
    return first


def due(challenge: Challenge, now: datetime, council: Council) -> datetime | None:
    """Return when something is due next, which may be in the past if nothing woke the challenge.

    ``None`` if nothing is left to do, or if an open challenge has nothing that would wake it.
    """
    moments = [timer.at for timer in timers(challenge, now, council)]
    return min([*moments, *letters_due_after(challenge, now, council)], default=None)


def timers(challenge: Challenge, now: datetime, council: Council) -> list[Timer]:
    """Return every timer that this challenge has now, in no order."""
    quiet = RUNGS[challenge.standing].quiet
    found = (
        timer for part in parts_of(challenge) for timer in part.timers(challenge, now, council)
    )
    return [
        timer
        for timer in found
        if (challenge.open or timer.outlives) and not (quiet and timer.pauses)
    ]


def _first(challenge: Challenge, now: datetime, council: Council) -> Iterator[Fact]:
    """Yield the facts that come before any timer's, all from the challenge as it was."""
    for part in parts_of(challenge):
        yield from part.first(challenge, now, council)
