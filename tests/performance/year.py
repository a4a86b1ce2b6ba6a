"""A year of a council, and of England, out of the bill of each challenge.

How many challenges there will be nobody knows yet. Each number that is assumed is a constant, with
its reason; whoever knows better changes it and runs ``make bench`` again.
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

#: Looked-after children of the council in question and of England, and the councils of England.
CHILDREN, ENGLAND, COUNCILS = 600, 83_000, 153

#: Challenges a year for each child, informal ones as well. Nobody has counted yet: each child has
#: two reviews a year or more, and that one of them finds something to challenge is meant to be a
#: lot.
CHALLENGES_A_CHILD = 1.0

#: The share that is settled informally within a day or so; all others are taken as the dearest, a
#: ladder that nobody answers.
SETTLED_AT_QAP = 0.7

#: Days that a challenge of each kind is open.
OPEN_DAYS_QAP, OPEN_DAYS_LADDER = 1, 28

#: New directories a year: one a week. Sweep carries each to every open challenge.
CHANGES = 52

#: People in the directory of such a council; each container that starts cold reads it whole.
PEOPLE = 250


@dataclass(frozen=True)
class Rates:
    """Dollars: of a QAP, of a silent ladder, of a change carried to one challenge; of a month."""

    qap: float
    ladder: float
    change: float
    month: float

    @property
    def challenge(self) -> float:
        """Of one challenge, as they come, with the changes that reach it while it is open."""
        silent = 1 - SETTLED_AT_QAP
        days = SETTLED_AT_QAP * OPEN_DAYS_QAP + silent * OPEN_DAYS_LADDER
        changes = days * CHANGES / 365
        return SETTLED_AT_QAP * self.qap + silent * self.ladder + changes * self.change


@dataclass(frozen=True)
class Year:
    """Dollars of a year with so many ``challenges``: what grows with them, and what is fixed."""

    challenges: int
    used: float
    fixed: float

    @property
    def total(self) -> float:
        """Both."""
        return self.used + self.fixed


def year(rates: Rates, challenges: int, councils: int = 1) -> Year:
    """A year of so many challenges in so many councils, each with an account of its own."""
    return Year(challenges, challenges * rates.challenge, 12 * councils * rates.month)
