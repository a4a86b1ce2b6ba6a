"""Summary rows that a release before did not write: lists do without, and Sweep fills them in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient

from adapters import clock, summaries, wiring
from adapters.record.shown import BEFORE_SUMMARIES, lists
from domain.ladder import Stage
from domain.moments import local_day
from infra.blueprint import SWEEP
from infra.local.emulator import TABLE
from tests.builders import NOT_REFERRED
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

#: What of HEAD is no list's.
_ITS_OWN = (
    *("PK", "SK", "schema", "version", "leg", "last_hash", "told", "council", "trays", "began"),
    *("open", "wake_at", "idle", "idle_since", "faults", "news"),
)
#: What of that a release before did not know of.
_SINCE = ("news",)


def table() -> Any:  # noqa: ANN401 - boto3's Table
    return boto3.resource("dynamodb").Table(TABLE)


def head(reference: str) -> dict[str, Any]:
    """HEAD as it lies in the table."""
    key = {"PK": f"CHALLENGE#{reference}", "SK": "HEAD"}
    found: dict[str, Any] = table().get_item(Key=key)["Item"]
    return found


def as_before(service: Service, reference: str) -> None:
    """HEAD as a release before wrote it: the whole item, without what it did not know of."""
    now = head(reference)
    known = {*_ITS_OWN, *BEFORE_SUMMARIES} - {*_SINCE}
    kept = {name: value for name, value in now.items() if name in known}
    table().put_item(Item={**kept, "iro": service.challenge(reference).iro})


def row_of(reference: str) -> dict[str, Any]:
    """The summary row that the events of a challenge say."""
    book = wiring.casebook()
    challenge = book.record.chain.load(reference).challenge
    return lists(challenge, book.council_for(challenge), local_day(clock.now()))[0]


def holds_its_row(reference: str) -> bool:
    """Whether HEAD holds just the row that the events say, and nothing else of lists."""
    found = {name: value for name, value in head(reference).items() if name not in _ITS_OWN}
    return found == row_of(reference)


def sweep(service: Service, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - an event of Lambda
    """What one sweep answers."""
    answer: dict[str, Any] = service.emulator.invoke(SWEEP.name, asked)
    service.emulator.clock.settle()
    return answer


@pytest.fixture
def before(service: Service) -> tuple[list[str], list[str]]:
    """Open and ended challenges of a release before: three of each."""
    open_ = [service.raise_at(Stage.ONE) for _ in range(3)]
    ended = [service.raise_at(Stage.ONE) for _ in range(3)]
    for reference in open_:
        service.act(reference, "iro-1", NOT_REFERRED)  # so that it waits for others
    for reference in ended:
        service.withdraw(reference)
        service.place_on_file(reference)
    for reference in (*open_, *ended):
        as_before(service, reference)
    return open_, ended


def test_they_are_filled_in_by_sweep_and_it_is_counted_and_then_no_more_is_looked_for(
    service: Service, before: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_, ended = before
    assert not any(holds_its_row(one) for one in (*open_, *ended))
    assert sweep(service)["summaries"] == 6
    assert all(holds_its_row(one) for one in (*open_, *ended))
    assert "summaries" not in sweep(service), "the round that finds none is the last"
    asked = _operations(monkeypatch)
    assert "summaries" not in sweep(service)
    assert "Scan" not in asked


def test_a_sweep_fills_in_a_page_and_the_next_goes_on_from_there(
    service: Service, before: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "AT_ONCE", 4)
    assert [sweep(service).get("summaries", 0) for _ in range(2)] == [4, 2]
    assert all(holds_its_row(one) for both in before for one in both)
    for _ in range(3):  # a round that finds none: two pages, and an empty one if one is just full
        sweep(service)
    assert summaries.all_filled_in(wiring.casebook().record)


def test_where_time_does_not_suffice_the_next_sweep_looks_at_the_same_page(
    service: Service, before: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = wiring.summaries()._record.legs.fill_in
    until = clock.wall() + timedelta(minutes=5)

    def slowly(*about: Any) -> None:  # noqa: ANN401 - as the record's own
        filled(*about)
        service.jump(timedelta(minutes=3))

    monkeypatch.setattr(wiring.summaries()._record.legs, "fill_in", slowly)
    assert wiring.summaries().fill_in(until, missing=False).filled == 2
    monkeypatch.undo()
    assert sweep(service)["summaries"] == 4
    assert all(holds_its_row(one) for both in before for one in both)
    sweep(service)
    assert summaries.all_filled_in(wiring.casebook().record), "after a round that found none"


def test_one_that_cannot_be_read_is_passed_over_and_the_rest_is_filled_in(
    service: Service, before: tuple[list[str], list[str]]
) -> None:
    open_, (damaged, *ended) = before
    key = {"PK": f"CHALLENGE#{damaged}", "SK": "EVENT#000001"}
    table().update_item(
        Key=key,
        UpdateExpression="SET previous_hash = :h",
        ExpressionAttributeValues={":h": "f" * 64},
    )
    assert sweep(service)["summaries"] == 5
    assert all(holds_its_row(one) for one in (*open_, *ended))
    page = Visitor(service, "iro-1").get("/")
    assert damaged in page.text, "it is listed as it was"


def test_what_a_release_before_writes_after_the_last_round_begins_another(
    service: Service, before: tuple[list[str], list[str]]
) -> None:
    (reopened, *_), (gone, *_) = before
    for _ in range(2):
        sweep(service)
    for reference in (reopened, gone):  # as while a deployment goes on, or after it was taken back
        as_before(service, reference)
    assert sweep(service)["summaries"] == 2
    assert holds_its_row(reopened)
    assert holds_its_row(gone)


def test_an_operator_lets_it_look_again_for_what_a_release_before_ended(
    service: Service, before: tuple[list[str], list[str]]
) -> None:
    """After a rollback, no open challenge may be without its row to say so."""
    _, (gone, *_) = before
    for _ in range(2):
        sweep(service)
    as_before(service, gone)
    assert "summaries" not in sweep(service)
    assert sweep(service, all=True)["summaries"] == 1
    assert holds_its_row(gone)
    assert not summaries.all_filled_in(wiring.casebook().record), "one more round finds none"
    sweep(service)
    assert summaries.all_filled_in(wiring.casebook().record)


def test_sweeping_the_rest_of_everything_goes_on_with_the_round(
    service: Service, before: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(before)
    _into_a_round(service, monkeypatch)
    assert "summaries" not in sweep(service, all=True, after="~"), "that goes on: the second page"


def test_a_round_that_an_operator_begins_does_not_go_on_from_an_earlier_one(
    service: Service, before: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(before)
    first = _into_a_round(service, monkeypatch)
    assert sweep(service, all=True)["summaries"] == 1
    assert holds_its_row(first)


def _into_a_round(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let an operator's round look at its first page; return one of that page that lacks its row.

    The rows were all filled in before, and this one was lost after the round had looked at it.
    """
    for _ in range(2):
        sweep(service)
    monkeypatch.setattr(summaries, "AT_ONCE", 2)
    sweep(service, all=True)
    items = table().scan(IndexName="by_iro", Limit=1)["Items"]
    first = str(items[0]["PK"]).removeprefix("CHALLENGE#")
    as_before(service, first)
    return first


def test_whoever_acts_meanwhile_writes_the_row_and_sweep_undoes_nothing(
    service: Service, before: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (moved, *_), _ = before
    record = wiring.casebook().record
    load, met = record.chain.load, list[str]()

    def meets(reference: str) -> Any:  # noqa: ANN401 - as the record's own
        version = load(reference)
        if reference == moved and not met:
            met.append(reference)
            service.reply(moved, "tm-n")
        return version

    monkeypatch.setattr(record.chain, "load", meets)
    wiring.summaries().fill_in(clock.wall() + timedelta(minutes=5), missing=False)
    assert met
    assert holds_its_row(moved)


def test_lists_show_them_before_they_are_filled_in_and_after(
    service: Service, before: tuple[list[str], list[str]]
) -> None:
    open_, ended = before
    new = service.raise_at(Stage.ONE)
    service.withdraw(new)
    service.place_on_file(new)

    def listed(address: str) -> dict[str, set[str]]:
        page = Visitor(service, "iro-1").get(address)
        return {
            str(one.caption and one.caption.get_text()): {
                a.get_text() for a in one.select("th .pc-reference")
            }
            for one in page.soup.select("table")
        }

    shown = listed("/")
    assert shown["Your challenges, waiting for others"] == {*open_}
    assert shown["Ended"] == {*ended, new}
    assert listed("/ended") == {"Ended challenges": {*ended, new}}
    sweep(service)
    assert listed("/") == shown
    assert listed("/ended") == {"Ended challenges": {*ended, new}}
    rows = wiring.casebook().record.lists.of_iro("iro-1")
    assert {row.reference for row in rows} == {*open_}, "the ended ones are read no more"


def test_rebuild_head_writes_the_row_as_well(
    service: Service, before: tuple[list[str], list[str]]
) -> None:
    book = wiring.casebook()
    for reference in (before[0][0], before[1][0]):
        book.record.legs.rebuild_head(reference, service.now, book.council())
        assert holds_its_row(reference)


def _operations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations of AWS that are asked for from now on."""
    asked: list[str] = []
    call: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

    def noted(self: Any, operation: str, parameters: Any) -> Any:  # noqa: ANN401 - as botocore's
        asked.append(operation)
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return asked
