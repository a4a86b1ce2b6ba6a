"""A look at the local clock: what is pending, and whether everything has come to rest."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from domain.ladder import Stage
from infra.blueprint import DECIDE
from infra.local import tools
from infra.local.duties import Duties
from infra.local.tools import ClockHands
from tests.patience import LIMIT

if TYPE_CHECKING:
    from tests.workflow.service import Service


@pytest.fixture
def hands(service: Service) -> ClockHands:
    emulator = service.emulator
    duties = Duties(invoke=emulator.invoke, now=service.now)
    return ClockHands(emulator, duties)


def test_a_look_says_that_not_all_is_settled_and_a_later_one_that_it_is(
    service: Service, hands: ClockHands, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions = service.emulator._functions
    decide = functions._handler(DECIDE)
    entered, leave = threading.Event(), threading.Event()

    def slow(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - any handler
        entered.set()
        assert leave.wait(LIMIT)
        return decide(event, context)

    monkeypatch.setitem(functions._handlers, DECIDE.name, slow)
    monkeypatch.setattr(tools, "_A_LOOK_WAITS", 0.01)
    with ThreadPoolExecutor(1) as pool:
        raising = pool.submit(service.raise_at, Stage.ONE)
        assert entered.wait(LIMIT)
        look = hands.look()
        assert not look.settled
        assert look.now == service.now
        leave.set()
        reference = raising.result()
    monkeypatch.setattr(tools, "_A_LOOK_WAITS", LIMIT)
    look = hands.look()
    assert look.settled
    assert {one.reference for one in look.deadlines} == {reference}
    assert all(one.at > look.now for one in look.deadlines)
