"""A transaction holds a hundred items. Nothing is lost, however much happens at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv, to_csv
from adapters.errors import TooMuchAtOnceError
from adapters.record.table import ITEMS_AT_ONCE
from adapters.settings import read_procedure
from domain.challenge import ActionState, AgreedAction, Owner
from domain.directory import Directory, Post
from domain.directory_checks import POSTS_AT_ONCE
from domain.errors import BadSubmissionError
from domain.ladder import Role, Stage
from domain.moments import local_day
from domain.rules.accepting import AcceptActions
from domain.rules.missed_actions import ActionMissed
from domain.rules.notes import WriteNote
from domain.rules.replies import Answer, Reply
from tests.workflow.service import SAMPLE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.workflow.service import Service

A_DAY = timedelta(days=1)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Return the number of items in each transaction, in order, with the items as text."""
    return _watched(monkeypatch, lambda _number: None)


def _watched(
    monkeypatch: pytest.MonkeyPatch, before: Callable[[int], None]
) -> list[tuple[int, str]]:
    sizes: list[tuple[int, str]] = []
    client: Any = botocore.client.BaseClient
    original = client._make_api_call

    def counted(self: Any, operation: str, request: Any) -> Any:  # noqa: ANN401 - botocore's own
        if operation == "TransactWriteItems":
            keys = str(request["TransactItems"])
            sizes.append((len(request["TransactItems"]), keys))
            before(len(sizes))
        return original(self, operation, request)

    monkeypatch.setattr(client, "_make_api_call", counted)
    return sizes


def promised(service: Service, count: int) -> str:
    """Make a challenge with ``count`` actions, all due on one day. Return its reference."""
    reference = service.raise_at(Stage.ONE)
    by = local_day(service.now + A_DAY)
    actions = tuple(
        AgreedAction(f"Do {n}", "Willow", by, Owner("sw-n1")) for n in range(1, count + 1)
    )
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", actions))
    service.act(reference, "iro-1", AcceptActions())
    return reference


def missed(service: Service, reference: str) -> list[int]:
    """Return the actions that the record says were missed, in order."""
    facts = (event.fact for event in service.challenge(reference).events)
    return [fact.action for fact in facts if isinstance(fact, ActionMissed)]


def beside(service: Service, written: list[tuple[int, str]]) -> int:
    """Return how many items are written beside the events when actions are missed."""
    promised(service, 3)
    del written[:]
    service.jump(2 * A_DAY)
    return written[0][0] - 3


@pytest.mark.parametrize(("over", "transactions"), [(0, 1), (1, 2)])
def test_what_fills_a_transaction_is_written_at_once_and_more_in_parts(
    service: Service, written: list[tuple[int, str]], over: int, transactions: int
) -> None:
    count = ITEMS_AT_ONCE - beside(service, written) + over
    reference = promised(service, count)
    del written[:]
    service.jump(2 * A_DAY)
    assert missed(service, reference) == list(range(1, count + 1))
    sizes = [size for size, keys in written if reference in keys]
    assert sizes[0] == ITEMS_AT_ONCE
    assert len(sizes) == transactions
    states = {action.state for action in service.challenge(reference).actions}
    assert states == {ActionState.MISSED}


def test_parts_that_a_crash_cut_short_are_made_up_for_by_sweep(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = promised(service, 110)

    def dies(number: int) -> None:
        if number == 2:
            details = {"Error": {"Code": "InternalServerError", "Message": "It is gone."}}
            raise ClientError(details, "TransactWriteItems")  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        _watched(patch, dies)
        head, _ = wiring.casebook().record.legs.head(reference)
        boto3.client("stepfunctions").stop_execution(
            executionArn=service.executions(reference)[-1]["executionArn"]
        )
        service.jump(2 * A_DAY)
        with pytest.raises(ClientError):
            wiring.casebook().wake(reference, head.leg)
    part = len(missed(service, reference))
    assert 0 < part < 110
    service.jump(timedelta(minutes=2))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert missed(service, reference) == list(range(1, 111))
    assert service.rung(reference) == "IRO to decide"


def test_whoever_acts_first_writes_down_all_that_the_clock_did_before(service: Service) -> None:
    reference = promised(service, 110)
    (*_, running) = service.executions(reference)
    boto3.client("stepfunctions").stop_execution(executionArn=running["executionArn"])
    service.jump(2 * A_DAY)
    service.act(reference, "iro-1", WriteNote("I will look into it."))
    assert missed(service, reference) == list(range(1, 111))
    assert service.kinds(reference).count("Noted") == 1
    assert service.kinds(reference)[-1] == "Noted"


def crowded(count: int) -> Directory:
    """Return the sample directory with ``count`` more managers of every team."""
    sample = from_csv(SAMPLE_DIRECTORY)
    many = [Post(f"many-{n}", Role.TEAM_MANAGER, (), "tm-s") for n in range(count)]
    return Directory(
        sample.officers, {**sample.posts, **{post.id: post for post in many}}, sample.cover
    )


def test_a_directory_in_which_too_many_are_asked_at_once_is_refused(tmp_path: Path) -> None:
    most = POSTS_AT_ONCE - 1  # each team already has one
    to_csv(crowded(most), tmp_path)
    assert len(from_csv(tmp_path).posts) > most
    to_csv(crowded(most + 1), tmp_path)
    with pytest.raises(BadSubmissionError, match="More than 40 posts have the role Team Manager"):
        from_csv(tmp_path)


def _load(directory: Directory) -> None:
    table = boto3.resource("dynamodb").Table("positive-challenge")
    CouncilStore(lambda: table, read_procedure).load_directory(directory)


def test_as_many_as_a_directory_can_hold_are_asked_at_every_stage(
    service: Service, written: list[tuple[int, str]]
) -> None:
    sample = crowded(POSTS_AT_ONCE - 1)
    many = {
        f"more-{n}": Post(f"more-{n}", Role.CHILDRENS_SERVICE_MANAGER, (), "csm")
        for n in range(POSTS_AT_ONCE - 1)
    }
    _load(Directory(sample.officers, {**sample.posts, **many}, sample.cover))
    reference = service.raise_at(Stage.ONE)
    service.jump(9 * A_DAY)
    assert service.challenge(reference).stage is Stage.TWO
    assert POSTS_AT_ONCE * 2 < max(size for size, _ in written) <= ITEMS_AT_ONCE


def test_more_than_one_step_can_write_is_a_clear_error(service: Service) -> None:
    _load(crowded(ITEMS_AT_ONCE))
    with pytest.raises(TooMuchAtOnceError, match="Nothing was written"):
        service.raise_at(Stage.ONE)
