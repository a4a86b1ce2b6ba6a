"""Events as lines of a page: what happened, who in what capacity, when, and what they wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.events import CLOCK
from domain.moments import moment_in_words
from domain.timeline import details, headline

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event

__all__ = ["Line", "line"]

#: What was written down later than this after it took effect says so.
_AT_ONCE = timedelta(minutes=5)

_WAYS_IN = {"link": " (by emailed link)"}


@dataclass(frozen=True)
class Line:
    """One event, in words. ``details`` are (label, text) pairs."""

    number: int
    headline: str
    who: str
    when: str
    details: tuple[tuple[str, str], ...]


def line(event: Event, challenge: Challenge, council: Council) -> Line:
    """``event`` of ``challenge``, in words."""
    actor = event.actor
    who = f"{actor.name}, {actor.capacity}{_WAYS_IN.get(actor.via, '')}"
    when = moment_in_words(event.effective)
    if event.recorded - event.effective > _AT_ONCE:
        when += f", recorded {moment_in_words(event.recorded)}"
    return Line(
        event.number,
        headline(event, challenge, council),
        "By the procedure's deadlines" if actor == CLOCK else who,
        when,
        details(event.fact),
    )
