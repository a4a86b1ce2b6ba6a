"""Rule 25, the child's history: every challenge about the same child, whoever raised it.

Whoever sees one of them as its IRO, as the SRSM or as the Senior IRO Manager sees them all, and so
do auditors and the data protection officer. Who covers for its IRO opens them first, with a reason
that is recorded. A theme that comes back within a year is flagged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge
from domain.events import Event, Fact
from domain.part import EVERYBODY, READS_ALL, Command, Hand, May, Part, Problems, Seen, Written
from domain.values import Value, value
from domain.vocabulary import ENDED, OPEN, Capacity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

__all__ = [
    "HISTORY",
    "HistoryOpened",
    "OpenHistory",
    "Past",
    "came_back",
    "has_opened",
    "sees_history",
]


@value
class Past(Value):
    """A challenge about the child: its themes, and from when until when it was open.

    ``ended`` is ``None`` while it is open.
    """

    reference: str
    themes: tuple[str, ...]
    raised: date
    ended: date | None


def came_back(challenges: Iterable[Past]) -> dict[str, tuple[str, ...]]:
    """Return which themes came back within a year: reference → themes, in the form's order.

    A theme came back if an earlier challenge with it was still open, or had ended less than a year
    before. Challenges without such a theme are left out.
    """
    in_order = sorted(challenges, key=lambda one: (one.raised, one.reference))
    found = {}
    for place, one in enumerate(in_order):
        before = [
            theme for past in in_order[:place] if _is_near(past, one) for theme in past.themes
        ]
        themes = tuple(theme for theme in one.themes if theme in before)
        if themes:
            found[one.reference] = themes
    return found


def _is_near(past: Past, one: Past) -> bool:
    """Whether ``one`` was raised within a year after ``past`` was over."""
    if past.ended is None or past.ended >= one.raised:
        return True
    this, that = one.raised, past.ended
    return (this.year - 1, this.month, this.day) <= (that.year, that.month, that.day)


def sees_history(who: frozenset[Capacity], challenge: Challenge, officer: str) -> bool:
    """Whether ``officer``, in these capacities in ``challenge``, sees all of the child's."""
    everybody_s = {Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER, Capacity.IRO_OF_CHILD}
    if who & (everybody_s | READS_ALL):
        return True
    if Capacity.COVER in who:
        return has_opened(challenge, officer)
    return Capacity.IRO in who


def has_opened(challenge: Challenge, officer: str) -> bool:
    """Whether ``officer`` opened the child's history from this challenge, as its IRO's cover."""
    return any(
        isinstance(event.fact, HistoryOpened) and event.actor.officer == officer
        for event in challenge.events
    )


@value
class HistoryOpened(Fact):
    """Who covers for the IRO opened the other challenges about the child."""

    reason: str

    news = "the child’s other challenges were opened by whoever covers for the IRO"
    told = ()

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it as it is."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who opened them."""
        return f"{seen.who}, who covers for the IRO, opened the child’s other challenges"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


@value
class OpenHistory(Command):
    """Open the child's other challenges, to see them while you cover for the IRO."""

    reason: str

    called = "Open the child’s other challenges"
    who = (May(Capacity.COVER, (*OPEN, *ENDED)),)
    settles = ()

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[HistoryOpened]:
        """Yield that they are open to you."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter why you need to see them.")
        problems.check()
        yield HistoryOpened(self.reason)


HISTORY = Part(25, "The child’s history", facts=(HistoryOpened,), acts=(OpenHistory,))
