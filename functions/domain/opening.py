"""What follows at once when a challenge is raised: the facts after its form.

Source: rules 1, 2 and 23.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rules.stages import first_stage
from domain.rules.urgency import risk_today

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Fact

__all__ = ["first_facts"]


def first_facts(challenge: Challenge, now: datetime, council: Council) -> Iterator[Fact]:
    """Yield what follows from the form with which ``challenge`` was raised, ``now``."""
    yield first_stage(challenge, now, council)
    if challenge.raised.urgency.at_risk:
        yield risk_today(now)
