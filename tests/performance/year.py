"""A year of a council, and of England, from the bill of each challenge.

Nobody knows yet how many challenges there will be. Each assumed number is a constant, with its
reason; if you know better, change it and run ``make bench`` again.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CHILDREN",
    "COUNCILS",
    "ENGLAND",
    "Rates",
    "Year",
    "year",
]

#: Looked-after children of the council and of England, and the councils of England.
CHILDREN, ENGLAND, COUNCILS = 600, 83_000, 153

#: Challenges a year for each child, including informal ones. Nobody has counted yet: each child has
#: two reviews a year or more, and one challenge from them is meant as a high estimate.
CHALLENGES_A_CHILD = 1.0

#: The share settled informally within a day or so; all others are taken as the dearest, a ladder
#: without replies.
SETTLED_AT_QAP = 0.7

#: Days that a challenge of each kind is open.
OPEN_DAYS_QAP, OPEN_DAYS_LADDER = 1, 28

#: New directories a year: one a week. Sweep carries each to every open challenge.
CHANGES = 52

#: People in the directory of such a council; each container that starts cold reads all of it.
PEOPLE = 250


@dataclass(frozen=True)
class Rates:
    """Dollars: for a QAP, a silent ladder, a change carried to one challenge; for a month."""

    qap: float
    ladder: float
    change: float
    month: float

    @property
    def challenge(self) -> float:
        """Return the average of one challenge, with the changes that reach it while it is open."""
        silent = 1 - SETTLED_AT_QAP
        days = SETTLED_AT_QAP * OPEN_DAYS_QAP + silent * OPEN_DAYS_LADDER
        changes = days * CHANGES / 365
        return SETTLED_AT_QAP * self.qap + silent * self.ladder + changes * self.change


@dataclass(frozen=True)
class Year:
    """Dollars of a year with this many ``challenges``: what grows with them, and what is fixed."""

    challenges: int
    used: float
    fixed: float

    @property
    def total(self) -> float:
        """Return both together."""
        return self.used + self.fixed


def year(rates: Rates, challenges: int, councils: int = 1) -> Year:
    """Return a year of this many challenges in this many councils, each with its own account."""
    return Year(challenges, challenges * rates.challenge, 12 * councils * rates.month)
