"""The cost of a challenge does not grow with the number of challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.performance.growth import among
from tests.workflow.service import running

if TYPE_CHECKING:
    from pathlib import Path

FEW, MANY = 2, 30


def test_a_challenge_uses_the_same_among_few_and_among_many(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        few, many = among(service, FEW), among(service, MANY)
    one, other = few.one_more, many.one_more
    assert one.transitions == other.transitions
    assert one.calls == other.calls
    assert one.mails == other.mails
    assert one.writes == other.writes
    assert one.index_writes == other.index_writes
    assert one.reads - one.listed == other.reads - other.listed
    # Only what shows lists reads more as they get longer.
    assert many.own_list > few.own_list
    assert many.whole_list > few.whole_list
    assert many.sweep > few.sweep, "it counts those that are open"
    assert many.sweep_after_a_change > few.sweep_after_a_change
