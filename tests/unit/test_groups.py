"""Tests that share what takes long to make are given to one worker together."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("groups")


@pytest.mark.parametrize("number", range(2))
def test_a_group_goes_to_one_worker(request: pytest.FixtureRequest, number: int) -> None:
    config = request.config
    grouped = hasattr(config, "workerinput") and config.option.loadgroup
    ending = f"[{number}]@groups" if grouped else f"[{number}]"
    assert request.node.nodeid.endswith(ending)
