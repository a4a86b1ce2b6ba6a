"""The demonstration: its forty stories can be played, and every list has something in it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.wiring import casebook, forget
from domain.moments import parse_moment
from domain.vocabulary import ENDED, Outcome, Standing
from infra.local.__main__ import emulator_in, ports_asked_for
from infra.local.demo.__main__ import make
from infra.local.demo.stories import CHILDREN, STORIES
from infra.local.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.ci]


def test_a_year_of_forty_made_up_challenges_is_played_by_the_rules(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make(folder)

    assert not (tmp_path / "demo.making").exists()
    now = datetime.now(UTC)
    with emulator_in(folder, Disk(), ports_asked_for(), stands_at=now):
        forget()
        lists = casebook().record.lists
        open_now = lists.every_open()
        ended = [row for iro in ("iro-1", "iro-2") for row in lists.ended_of(iro, 100)]
    forget()
    assert len(open_now) + len(ended) >= len(STORIES) == len(CHILDREN) == 40
    standings = Counter(Standing(row.standing) for row in open_now)
    assert {*standings} >= {
        *(Standing.IRO_TO_DECIDE, Standing.ACTIONS_UNDER_WAY, Standing.ON_HOLD),
        *(Standing.TO_BE_REASSIGNED, Standing.STAGE_1, Standing.STAGE_4),
    }
    assert {row.outcome for row in ended} >= {
        *(Outcome.RESOLVED_INFORMALLY, Outcome.RESOLVED_AT_STAGE, Outcome.RESOLVED_BY_ACTIONS),
        *(Outcome.CLOSED_AFTER_CAFCASS, Outcome.WITHDRAWN, Outcome.RAISED_IN_ERROR),
    }
    assert any(row.beyond_period for row in open_now)
    assert all(Standing(row.standing) in ENDED for row in ended)
    first = min(parse_moment(row.raised_at) for row in ended)
    assert timedelta(days=300) < now - first < timedelta(days=400)
