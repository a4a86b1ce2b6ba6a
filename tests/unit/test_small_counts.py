"""No small count can be worked out from what the Performance analyst sees: every table is tried."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING

import pytest

from domain.small_counts import cells_shown, first_whole, may_stand_beside, total_shown

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a reader sees: the total and the cells, ``None`` for what is hidden.
Seen = tuple[int | None, tuple[int | None, ...]]

SMALL = range(1, 5)
MOST = 8


def _hidden_that_can_be_told(tables: Iterable[tuple[int, tuple[int, ...]]]) -> list[Seen]:
    """Return what is seen of tables in which some small count has only one value left.

    The reader knows the rule: they can try every table, and keep those that would look the same.
    """
    looks_like: dict[Seen, list[tuple[int, ...]]] = defaultdict(list)
    for total, cells in tables:
        seen = (total_shown(total), cells_shown(cells, total))
        looks_like[seen].append((total, *cells))
    found = []
    for seen, alike in looks_like.items():
        for place in range(len(alike[0])):
            values = {one[place] for one in alike}
            if values & {*SMALL} and len(values) == 1:
                found.append(seen)
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_small_count_of_parts_can_be_worked_out(size: int) -> None:
    every = product(range(MOST + 1), repeat=size)
    assert not _hidden_that_can_be_told((sum(cells), cells) for cells in every)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_small_count_of_overlapping_kinds_can_be_worked_out(size: int) -> None:
    """A challenge with two themes is counted in both, and each has one at least."""
    every = (
        (total, cells)
        for cells in product(range(MOST + 1), repeat=size)
        for total in range(max(cells), sum(cells) + 1)
    )
    assert not _hidden_that_can_be_told(every)


def test_no_small_count_can_be_worked_out_from_two_tables_of_the_same_things() -> None:
    looks_like = defaultdict(set)
    tables = [*product(range(7), repeat=3)]
    for one, other in product(tables, repeat=2):
        total = sum(one)
        if total == sum(other):
            seen = (total_shown(total), cells_shown(one, total), cells_shown(other, total))
            looks_like[seen].add((total, *one, *other))
    _nothing_small_is_told(looks_like.values())


def test_no_small_count_can_be_worked_out_where_a_table_gives_way_to_fewer_groups() -> None:
    looks_like = defaultdict(set)
    for cells in product(range(MOST), repeat=4):
        total = sum(cells)
        fewer = (sum(cells[:2]), sum(cells[2:]))
        seen = (total_shown(total), first_whole((cells, total), (fewer, total)))
        looks_like[seen].add((*cells, *fewer))
    _nothing_small_is_told(looks_like.values())


def test_no_small_count_can_be_worked_out_from_a_total_beside_a_table_of_more_things() -> None:
    """Neither of the part, nor of the whole, nor of what is in the whole alone."""
    looks_like = defaultdict(set)
    kinds = [(some, every - some) for every in range(12) for some in range(every + 1)]
    for (a, more_a), (b, more_b) in product(kinds, repeat=2):
        part, whole = a + b, (a + more_a, b + more_b)
        if may_stand_beside(part, sum(whole)):
            seen = (total_shown(part), sum(whole), cells_shown(whole, sum(whole)))
            looks_like[seen].add((part, a, b, *whole, more_a, more_b, more_a + more_b))
    _nothing_small_is_told(looks_like.values())


def _nothing_small_is_told(looking_alike: Iterable[Iterable[tuple[int, ...]]]) -> None:
    """Check that of tables that look alike to a reader, no place holds one small count in all."""
    for alike in looking_alike:
        for values in map(set, zip(*alike, strict=True)):
            assert len(values) > 1 or not values & {*SMALL}, alike


def test_a_reader_who_hides_small_counts_alone_would_be_found_out() -> None:
    """The check finds what it looks for: here the total gives the one hidden count away."""
    table = (3, 20)
    alone = tuple(None if count in SMALL else count for count in table)
    assert [count for count in alone if count] == [20]
    assert sum(table) - 20 == 3
    assert cells_shown(table, sum(table)) == (None, None)


def test_what_is_large_is_shown() -> None:
    assert cells_shown((5, 20, 0), 25) == (5, 20, 0)
    assert cells_shown((2, 6, 20, 30, 0), 58) == (None, None, 20, 30, None)
    assert cells_shown((2, 6, 6, 30), 44) == (None, None, None, 30)
    assert total_shown(4) is None
    assert (total_shown(0), total_shown(5)) == (0, 5)
