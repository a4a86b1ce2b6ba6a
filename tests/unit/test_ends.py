"""What is kept beside the chains and may end: drafts and forms, and never anything of a record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from adapters.record.beside import DELETE_AFTER, Beside
from adapters.record.table import RecordTable

MOMENT = datetime(2026, 11, 2, 10, tzinfo=UTC)


class _Kept:
    """A table that remembers what was put into it."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def put_item(self, *, Item: dict[str, Any], **_: object) -> None:  # noqa: N803 - boto3's
        self.items.append(Item)


@pytest.mark.parametrize("partition", ["DRAFT#iro-1", "FORM#iro-1", "FORM#LINK#digest"])
def test_a_draft_or_a_form_ends(partition: str) -> None:
    kept = _Kept()
    beside = Beside(RecordTable(lambda: cast("Any", kept), lambda _: None))
    beside.keep(partition, "id", {}, MOMENT)
    beside.keep_new(partition, "id", {}, MOMENT)
    beside.replace(partition, "id", {}, {"form": "{}"}, MOMENT)
    assert [item[DELETE_AFTER] for item in kept.items] == [int(MOMENT.timestamp())] * 3


@pytest.mark.parametrize(
    "partition", ["CHALLENGE#PCE-7K3M-9QXT", "LINK#digest", "COUNCIL", "MAIL#2026-11-02"]
)
def test_nothing_of_a_record_ends(partition: str) -> None:
    kept = _Kept()
    beside = Beside(RecordTable(lambda: cast("Any", kept), lambda _: None))
    with pytest.raises(ValueError, match="is kept permanently: only DRAFT# and FORM# may end"):
        beside.keep(partition, "id", {}, MOMENT)
    assert kept.items == []
