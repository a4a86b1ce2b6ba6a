"""The demonstration: its forty stories can be played, and every list has something in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.moments import parse_moment
from domain.vocabulary import ENDED, Outcome, Standing
from infra.blueprint import ROOT
from infra.local.demo.stories import CHILDREN, STORIES
from tests.patience import LONG_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

#: It plays a whole year, which takes minutes.
pytestmark = [pytest.mark.night, pytest.mark.timeout(LONG_LIMIT)]


def test_a_year_of_forty_made_up_challenges_is_played_by_the_rules(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "tests.workflow.demonstration", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "functions"},
        capture_output=True,
        text=True,
        timeout=LONG_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not (tmp_path / "demo.making").exists()
    found = json.loads(done.stdout.splitlines()[-1])
    open_now, ended = found["open"], found["ended"]
    assert len(open_now) + len(ended) >= len(STORIES) == len(CHILDREN) == 40
    assert {row["standing"] for row in open_now} >= {
        *(Standing.IRO_TO_DECIDE, Standing.ACTIONS_UNDER_WAY, Standing.ON_HOLD),
        *(Standing.TO_BE_REASSIGNED, Standing.STAGE_1, Standing.STAGE_3),
    }
    assert {row["outcome"] for row in ended} >= {
        *(Outcome.RESOLVED_INFORMALLY, Outcome.RESOLVED_AT_STAGE, Outcome.RESOLVED_BY_ACTIONS),
        *(Outcome.CLOSED_AFTER_CAFCASS, Outcome.WITHDRAWN, Outcome.RAISED_IN_ERROR),
    }
    assert any(row["beyond"] for row in open_now)
    assert all(row["standing"] in ENDED for row in ended)
    first = min(parse_moment(row["raised_at"]) for row in ended)
    age = datetime.fromisoformat(found["now"]) - first
    assert timedelta(days=300) < age < timedelta(days=400)
