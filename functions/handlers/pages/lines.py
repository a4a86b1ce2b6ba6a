"""Events as lines of a page: what happened, who in what capacity, when, and what they wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.events import CLOCK
from domain.moments import moment_in_words
from domain.timeline import details_of, headline
from domain.values import Value, value

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event
    from domain.vocabulary import Capacity

__all__ = ["TimelineEntry", "days_left", "line"]

#: An event that was recorded later than this after it took effect says when it was recorded.
_AT_ONCE = timedelta(minutes=5)

_WAYS_IN = {"link": " (by emailed link)"}


@value
class TimelineEntry(Value):
    """One event, in words. ``details`` are (label, text) pairs.

    ``corrected`` are its corrections (rule 16): each the number of its event, and its line.
    """

    number: int
    headline: str
    who: str
    when: str
    details: tuple[tuple[str, str], ...]
    corrected: tuple[tuple[int, str], ...] = ()


def line(
    event: Event,
    challenge: Challenge,
    council: Council,
    who: frozenset[Capacity],
    corrected: tuple[Event, ...] = (),
) -> TimelineEntry:
    """Return ``event`` of ``challenge`` in words, for ``who`` to read, with what corrected it."""
    actor = event.actor
    author = f"{actor.name}, {actor.capacity}{_WAYS_IN.get(actor.via, '')}"
    if actor.typed_by:
        author += f"; written for them by {actor.typed_by}"
    when = moment_in_words(event.effective)
    if event.recorded - event.effective > _AT_ONCE:
        when += f", recorded {moment_in_words(event.recorded)}"
    return TimelineEntry(
        event.number,
        headline(event, challenge, council),
        "Automatic" if actor == CLOCK else author,
        when,
        details_of(event, challenge, who),
        tuple(
            (one.number, f"{one.actor.name} corrected this on {moment_in_words(one.effective)}")
            for one in corrected
        ),
    )


def days_left(day: date, today: date, council: Council) -> str:
    """Return ``2 working days left``, ``due today`` or ``overdue by 1 working day``."""
    if day == today:
        return "due today"
    days = council.calendar.between(today, day)
    unit = "working day" if abs(days) == 1 else "working days"
    if day < today:
        return f"overdue by {-days} {unit}" if days else "overdue"
    return f"{days} {unit} left" if days else "due before the next working day"
