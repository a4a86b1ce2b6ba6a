"""Rule 16: an act that writes on two challenges' records writes on both, or on neither."""

from __future__ import annotations

from uuid import uuid4

import pytest

from adapters import wiring
from adapters.errors import TryAgainError
from adapters.record.table import RecordTable
from domain.errors import BadSubmissionError
from domain.ladder import Stage
from domain.rules.endings import ChildTold, Close
from domain.rules.notes import WriteNote
from domain.rules.reopening import Reopen, reopened_as
from domain.vocabulary import Outcome
from tests.workflow.service import CHILD, Service

NEVER = (ChildTold.NO, "They never knew.")
REOPEN = Reopen(Stage.TWO, "It came back.", CHILD, "sw-north-1")


def _ended(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", Close(Outcome.WITHDRAWN, "Enough.", *NEVER))
    service.place_on_file(reference)
    return reference


def test_a_reopened_challenge_has_a_leg_of_its_own_and_asks_its_responder(
    service: Service,
) -> None:
    reference = _ended(service)
    service.act(reference, "iro-1", REOPEN)
    new = reopened_as(service.challenge(reference))
    assert service.rung(new) == "Stage 2"
    assert service.kinds(new)[:2] == ["Raised", "StageBegan"]
    assert "Served" in service.kinds(new)
    assert wiring.casebook().record.chain.load(new).head.leg == 1


def test_the_same_command_again_raises_no_second_challenge(service: Service) -> None:
    reference, once = _ended(service), str(uuid4())
    for _ in range(2):
        wiring.casebook().act(reference, REOPEN, service.actor("iro-1"), once)
    service.emulator.clock.settle()
    assert service.kinds(reference).count("Reopened") == 1
    assert len(wiring.casebook().record.lists.every_leg()) == 1


def test_if_the_other_record_moves_on_meanwhile_both_are_decided_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, reference = service.raise_at(Stage.TWO), service.raise_at(Stage.ONE)
    end = Close(Outcome.DUPLICATE, "The same.", *NEVER, goes_on=other)
    write = RecordTable.write
    noted: list[str] = []

    def after_a_note(self: RecordTable, of: str, items: list[dict[str, object]]) -> None:
        if not noted:
            noted.append(of)
            note = WriteNote("The panel met.")
            wiring.casebook().act(other, note, service.actor("iro-1"), "a-note")
        write(self, of, items)

    monkeypatch.setattr(RecordTable, "write", after_a_note)
    wiring.casebook().act(reference, end, service.actor("iro-1"), str(uuid4()))
    service.emulator.clock.settle()
    assert service.kinds(other).count("TookOver") == 1
    assert service.kinds(other).index("Noted") < service.kinds(other).index("TookOver")
    assert service.challenge(reference).outcome is Outcome.DUPLICATE


def test_what_is_refused_is_on_neither_record(service: Service) -> None:
    other, reference = service.raise_at(Stage.TWO), service.raise_at(Stage.ONE)
    before = service.challenge(other).version, service.challenge(reference).version
    end = Close(Outcome.DUPLICATE, " ", *NEVER, goes_on=other)
    with pytest.raises(BadSubmissionError):
        wiring.casebook().act(reference, end, service.actor("iro-1"), str(uuid4()))
    after = service.challenge(other).version, service.challenge(reference).version
    assert after == before


def test_if_nothing_can_be_written_nothing_is_on_either_record(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = _ended(service)

    def busy(*_: object) -> None:
        raise TryAgainError

    with monkeypatch.context() as broken:
        broken.setattr(RecordTable, "write", busy)
        with pytest.raises(TryAgainError):
            wiring.casebook().act(reference, REOPEN, service.actor("iro-1"), str(uuid4()))
    assert "Reopened" not in service.kinds(reference)
    assert wiring.casebook().record.lists.every_leg() == []
