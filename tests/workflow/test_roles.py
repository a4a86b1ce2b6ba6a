"""What a function writes and queries in the emulator is what its role on AWS allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from boto3.dynamodb.conditions import Key

from infra.blueprint import AUDIT, FUNCTIONS, PAGES, SEAL, WRITES
from tests.roles import may_write
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _write(partition: str) -> None:
    """Write something into the table, as a function does."""
    table = boto3.resource("dynamodb").Table("positive-challenge")
    table.put_item(Item={"PK": partition, "SK": "OF-A-TEST"})


def _query(index: str) -> None:
    """Look for a child that nobody knows in an index, as a function does."""
    table = boto3.resource("dynamodb").Table("positive-challenge")
    table.query(IndexName=index, KeyConditionExpression=Key("child").eq("LCS-0"))


def _run_an_api_that(
    does: Callable[[], None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(folder) as service:
        handlers = service.emulator._functions._handlers
        monkeypatch.setitem(handlers, "api", lambda *_: does())
        service.emulator.invoke("api", {})


@pytest.mark.parametrize("partition", ["COUNCIL", "DIRECTORY#1-00000000", "CLOCK", "DAILY#tm-n"])
def test_a_function_that_writes_elsewhere_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, partition: str
) -> None:
    """Otherwise a write that AWS would refuse would pass in every test."""
    with pytest.raises(AssertionError, match=f"api may not PutItem in {partition}"):
        _run_an_api_that(lambda: _write(partition), tmp_path, monkeypatch)


def test_a_function_that_queries_an_index_not_its_own_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a list that AWS would refuse would be read in every test."""
    with pytest.raises(AssertionError, match="api may not query by_child"):
        _run_an_api_that(lambda: _query("by_child"), tmp_path, monkeypatch)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_only_the_pages_may_load_a_directory_and_no_function_may_delete(function: object) -> None:
    name = getattr(function, "name", "")
    loads = may_write(name, "PutItem", "DIRECTORY#1-00000000", trains=True)
    assert loads == (name == PAGES.name)
    for action in ("DeleteItem", "BatchWriteItem", "ExecuteStatement"):
        assert not may_write(name, action, "CHALLENGE#PCE-7K3M-9QXT", trains=True)


def test_only_where_people_train_does_a_page_change_the_clock() -> None:
    assert may_write(PAGES.name, "PutItem", "CLOCK", trains=True)
    assert not may_write(PAGES.name, "PutItem", "CLOCK")


def test_what_seals_and_what_audits_writes_nothing_into_the_table() -> None:
    assert not {SEAL, AUDIT} & WRITES.keys()
