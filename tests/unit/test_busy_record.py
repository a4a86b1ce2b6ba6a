"""Two write to one challenge at the same instant: DynamoDB refuses one of them at first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from adapters.errors import MovedOnError, TryAgainError
from adapters.executions import Repair
from adapters.record import Record
from adapters.record.head import Head
from tests.builders import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFLICT = "TransactionConflictException"


def pauses_of(answers: Iterable[str]) -> tuple[list[float], Any]:
    """Return the pauses of a write that first gets these ``answers`` (errors), and its result."""
    coming, pauses = iter(answers), list[float]()

    def update_item(**_: object) -> None:
        code = next(coming, None)
        if code:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "UpdateItem")

    table: Any = SimpleNamespace(update_item=update_item)
    record = Record(lambda: table, pauses.append)
    try:
        end: Any = record.legs.fresh_leg(
            *("PCE-1", Head(1, 1, None, ""), moment("2026-11-02 10:00"), 0, Repair.OVERSLEPT)
        )
    except (TryAgainError, MovedOnError) as error:
        end = error
    return pauses, end


def test_a_write_that_met_another_is_tried_again_after_a_pause_that_grows() -> None:
    pauses, head = pauses_of([CONFLICT, CONFLICT])
    assert head.leg == 2
    first, second = pauses
    assert 0.01 <= first <= 0.05
    assert 0.02 <= second <= 0.1


def test_two_that_met_do_not_pause_for_as_long_as_each_other() -> None:
    assert len({pauses_of([CONFLICT])[0][0] for _ in range(20)}) > 1


def test_whoever_meets_another_each_time_is_told_so_at_once_after_the_last_try() -> None:
    pauses, error = pauses_of([CONFLICT] * 9)
    assert isinstance(error, TryAgainError)
    assert len(pauses) == 4, "five tries"


@pytest.mark.parametrize(
    ("code", "end"), [("ConditionalCheckFailedException", MovedOnError), (None, Head)]
)
def test_what_is_decided_is_not_waited_for(code: str | None, end: type) -> None:
    pauses, ended = pauses_of([code] if code else [])
    assert isinstance(ended, end)
    assert pauses == []
