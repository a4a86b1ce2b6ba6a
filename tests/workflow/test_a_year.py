"""Challenges that begin at any time of the year, on the real state machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.ladder import FORMAL_STAGES, Stage
from domain.moments import local_day
from domain.rules.silence import DeadlineMissed
from domain.vocabulary import Standing
from tests.patience import LONG_LIMIT
from tests.workflow.service import running

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from domain.challenge import Challenge

#: Every fifteenth day meets each weekday, each holiday season and both changes of the clocks; the
#: hours move through the day. tests/unit/test_rule_5_no_reply.py has every day of a year: here the
#: emulator's table gets slower the more it holds.
STARTS = [
    datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=15 * n, hours=(7 * n) % 24, minutes=n)
    for n in range(25)
]


@pytest.mark.night
@pytest.mark.timeout(LONG_LIMIT)
def test_four_silent_stages_are_exactly_twenty_working_days_whenever_they_begin(
    tmp_path: Path,
) -> None:
    """Rule 5 and its deadlines count from the missed deadline's date, not from the waking."""
    with running(tmp_path, start_at=STARTS[0]) as service:
        began: dict[str, date] = {}
        for start in [*STARTS, STARTS[-1] + timedelta(days=20), STARTS[-1] + timedelta(days=40)]:
            if start > service.now:
                service.jump(start)
            for reference, day in list(began.items()):
                challenge = service.challenge(reference)
                if challenge.standing is Standing.IRO_TO_DECIDE:
                    _check(challenge, day)
                    service.withdraw(reference)  # otherwise it would be chased all year
                    del began[reference]
            if start in STARTS:
                began[service.raise_at(Stage.ONE)] = local_day(service.now)
        assert began == {}, "each has come to its end"


def _check(challenge: Challenge, day: date) -> None:
    calendar = wiring.casebook().council().calendar
    missed = [e for e in challenge.events if isinstance(e.fact, DeadlineMissed)]
    assert len(missed) == len(FORMAL_STAGES), day
    assert local_day(missed[-1].effective) == calendar.add(day, 20), day
    assert challenge.period is not None
    assert challenge.period.day == calendar.add(day, 20), day
