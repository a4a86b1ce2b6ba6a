"""What each role's front page asks of AWS: a query for each tray and list, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.ladder import Stage
from domain.moments import local_day
from infra.blueprint import SWEEP
from tests.pages.visitor import Visitor
from tests.performance.meter import metered
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflow.service import Service

#: One worker sets the service up, once.
pytestmark = pytest.mark.xdist_group("front pages")

#: The items: the officer's sessions, and the number of the council's last change.
_ITEMS = 2


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(_folder(tmp_path_factory)) as service:
        reference = service.raise_at(Stage.ONE)
        service.raise_at(Stage.TWO)
        service.reply(reference, "tm-n")
        service.withdraw(service.raise_at(Stage.ONE))
        for _ in range(2):
            service.emulator.invoke(SWEEP.name, {})  # every row is filled in
        for officer in ("iro-1", "srsm"):
            Visitor(service, officer).get("/")  # that it is so is read once
        yield service


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("front")


@pytest.mark.parametrize(
    ("officer", "lists"),
    [
        ("iro-1", 2),  # the open ones, and their own that ended
        ("tm-n", 2),  # the open and the ended ones that they may see
        ("sw-n1", 2),
        ("csm", 2),
        ("hos", 2),
        ("ad", 2),
        ("director", 2),
        ("legal", 0),  # they are part of a challenge by their tasks alone
        ("analyst", 0),
        ("admin", 0),
        ("srsm", 4),  # and two of what got no better
        ("senior", 5),  # and one of what was decided in the IRO's place
        ("auditor", 3),  # and one of sealed records
        ("dpo", 3),
    ],
)
def test_a_front_page_asks_once_for_each_list(service: Service, officer: str, lists: int) -> None:
    """Beside these for the drafts, and for each tray."""
    visitor = Visitor(service, officer)
    trays = wiring.casebook().council().directory.trays(officer, local_day(service.now))
    with metered() as meter:
        assert visitor.get("/").status == 200
    assert meter.calls == {"GetItem": _ITEMS, "Query": 1 + len(trays) + lists}
