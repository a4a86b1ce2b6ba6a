"""What is already on the record means what it meant: cases that later rules changed, mid-wait.

The code of 2026-11.8 left them. Today's code reads each as it was, and goes on under today's rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.challenge import ActionState
from tests.upgrade.restored import Upgraded, upgraded
from tests.upgrade.story import stands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.challenge import Challenge

#: The table takes seconds to set up, so it is done once, in one process.
pytestmark = pytest.mark.xdist_group("what it meant")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """Return the cases, for tests that change nothing."""
    with upgraded("2026-11.8.1", tmp_path_factory.mktemp("cases"), of="cases") as cases:
        yield cases


def challenge(table: Upgraded, name: str) -> Challenge:
    return table.service.challenge(table.reference(name))


def test_every_case_is_read_as_it_was_left(table: Upgraded) -> None:
    for name, stood in table.frozen["challenges"].items():
        now = stands(table.service, stood["reference"])
        read = {**stood, "actions": _as_read(stood)}
        assert {key: now[key] for key in stood} == read, name


def _as_read(stood: dict[str, Any]) -> list[list[str]]:
    """Return the actions as they are read today: after the end none is under way (rule 16)."""
    if not stood["outcome"]:
        return list(stood["actions"])
    return [
        [str(state if state.ended else ActionState.UNSETTLED), by]
        for state, by in ((ActionState(said), by) for said, by in stood["actions"])
    ]


def test_an_action_that_was_open_when_its_challenge_ended_says_so(table: Upgraded) -> None:
    withdrawn = challenge(table, "withdrawn with open actions")
    assert {action.state for action in withdrawn.actions} == {ActionState.UNSETTLED}
    assert {action.became for action in withdrawn.actions} == {""}


def test_an_action_that_an_escalation_overtook_stays_so(table: Upgraded) -> None:
    overtaken = challenge(table, "overtaken")
    assert {action.state for action in overtaken.actions} == {ActionState.OVERTAKEN}
    assert overtaken.open_actions == ()


def test_a_free_text_owner_stays_text(table: Upgraded) -> None:
    under_way = challenge(table, "under way")
    assert [action.owner for action in under_way.actions] == ["Tessa", "Wilma from school"]
    assert {action.who for action in under_way.actions} == {None}
