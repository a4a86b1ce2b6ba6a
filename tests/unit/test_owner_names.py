"""Finding an owner by what was typed (rule 6): on a page by a beginning, elsewhere in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.owner_names import called, found, listed
from tests.builders import council, day

if TYPE_CHECKING:
    from domain.council import Council

TODAY = day("2026-11-02")


@pytest.fixture(scope="module")
def ours() -> Council:
    """Return the sample council."""
    return council()


def test_each_line_of_the_list_means_the_one_it_names(ours: Council) -> None:
    lines = listed(ours, TODAY)
    assert len(lines) > 5
    for text, id_ in lines.items():
        assert found(text, ours, TODAY, in_full=True) == [id_]
        assert found(text.upper().replace(" ", "  "), ours, TODAY, in_full=True) == [id_]
        assert called(id_, ours, TODAY) == text


def test_the_beginning_of_a_name_is_enough_only_where_it_is_checked(ours: Council) -> None:
    name = ours.directory.officers["ira"].name
    assert found(name, ours, TODAY, in_full=True) == found(name[:-1].lower(), ours, TODAY)
    assert len(found(name, ours, TODAY)) == 1
    assert found(name[:-1], ours, TODAY, in_full=True) == []
    assert len(found("sample", ours, TODAY)) > 1


@pytest.mark.parametrize("typed", ["", " ", "…", "nobody of that name", "()"])
def test_what_names_nobody_finds_nobody(ours: Council, typed: str) -> None:
    assert found(typed, ours, TODAY) == []


def test_what_is_far_too_long_for_a_name_is_not_looked_for(ours: Council) -> None:
    """Each word is compared with each line of the list, and whoever has a link can send many."""
    assert found("s " * 400, ours, TODAY)
    assert found("s " * 600, ours, TODAY) == []
