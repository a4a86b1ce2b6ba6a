"""A record far longer than any real one can still be read, decided, shown, sealed and verified."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from domain.rules.escalating import Escalate
from domain.rules.notes import WriteNote
from infra.blueprint import SEAL
from infra.operate import main
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

pytestmark = pytest.mark.night

#: A busy challenge has about eighty events. Its reads and pages grow with them, and nothing breaks.
NOTES = 500
#: Characters of each note: the record is two megabytes, several pages of every query.
LENGTH = 4_000


def test_a_record_of_hundreds_of_long_notes_goes_on(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    for number in range(NOTES):
        service.act(reference, "iro-1", WriteNote(f"Note {number}. {'x' * LENGTH}"))
    challenge = service.act(reference, "iro-1", Escalate(Stage.TWO, "It does not move."))
    assert challenge.version > NOTES
    service.jump_past(challenge.request.deadline.at)
    assert service.challenge(reference).stage is Stage.THREE
    assert service.rung(reference) == "Stage 3"

    page = Visitor(service, "iro-1").get(f"/challenges/{reference}")
    assert page.status == 200
    assert f"Note {NOTES - 1}." in page.text

    service.jump(timedelta(days=1))
    service.emulator.invoke(SEAL.name, {})
    capsys.readouterr()
    assert main(["verify", reference]) == 0, capsys.readouterr().out
