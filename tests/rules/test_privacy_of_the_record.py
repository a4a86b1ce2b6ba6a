"""Privacy: the record is kept until the child would be 75, and corrected by a further event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.ladder import Stage
from domain.retention import keep_until
from domain.rules.corrections import Correct, Corrected
from tests.builders import day

if TYPE_CHECKING:
    from tests.workflow.service import Service


@pytest.mark.parametrize(
    ("born", "until"),
    [
        ("2013-04-05", "2088-04-05"),
        ("2024-02-28", "2099-02-28"),
        ("2024-02-29", "2099-03-01"),
        ("2024-03-01", "2099-03-01"),
        ("2012-12-31", "2087-12-31"),
        ("2000-01-01", "2075-01-01"),
    ],
)
def test_a_record_is_kept_until_75_years_from_the_child_s_date_of_birth(
    born: str, until: str
) -> None:
    assert keep_until(day(born)) == day(until)


def test_a_correction_is_an_event_beside_the_error(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    chain = wiring.casebook().record.chain
    before = [link.text for link in chain.links(reference)]
    service.act(reference, "iro-1", Correct(1, "The panel was missed three times."))
    after = [link.text for link in chain.links(reference)]
    assert after[: len(before)] == before, "nothing on the record was changed"
    event = service.challenge(reference).events[len(before)]
    assert event.fact == Corrected(1, "The panel was missed three times.")
