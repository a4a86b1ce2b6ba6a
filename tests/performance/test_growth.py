"""The cost of a challenge does not grow with the number of challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.performance.growth import among, with_ended, with_open
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


def test_an_iro_s_front_page_reads_the_latest_ended_ones_and_no_more(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        one, page, few, many = (with_ended(service, count) for count in (1, 21, 42, 300))
    assert one.calls == few.calls == many.calls
    assert page.front_page == few.front_page == many.front_page, "whatever there is beside a page"
    assert few.next_page == many.next_page
    assert many.front_page - one.front_page <= 21 * 1024 / 4096 / 2, "21 rows of a kilobyte"


@pytest.mark.ci  # it writes ten thousand rows
def test_a_page_of_the_open_list_is_one_query_at_a_thousand_and_at_ten_thousand(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as service:
        thousand, ten = with_open(service, (1_000, 10_000))
    assert thousand.calls == ten.calls == ({"Query": 1}, {"Query": 1})
    assert thousand.reads == ten.reads
    assert (thousand.rows, ten.rows) == ((25, 1_000, False), (25, 2_000, True))
    assert ten.some.total() <= 3, "a megabyte a query"
