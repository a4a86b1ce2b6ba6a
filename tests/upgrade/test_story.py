"""The story behind the tables: it leaves out nothing that can happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rulebook import FACTS
from domain.vocabulary import Standing
from tests.upgrade.freeze import unfrozen_items
from tests.upgrade.frozen import HOW_TO_FREEZE
from tests.upgrade.story import BEGINS, items, story
from tests.workflow.service import running

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_happens_in_it_and_all_that_it_leaves_has_a_shape_that_is_frozen(
    tmp_path: Path,
) -> None:
    with running(tmp_path, start_at=BEGINS) as service:
        told = story(service)["challenges"]
        kinds = {kind for reference in told.values() for kind in service.kinds(reference)}
        of_today = {name for name, kind in FACTS.items() if not kind.recorded_until}
        missing = sorted(of_today - kinds)
        assert not missing, f"let it happen in tests/upgrade/story.py: {', '.join(missing)}"
        ended = {service.challenge(one).standing for one in told.values()}
        missing = sorted(set(Standing) - ended)
        assert not missing, f"let a story of tests/upgrade/story.py end at: {', '.join(missing)}"
        assert unfrozen_items(items()) == {}, HOW_TO_FREEZE
