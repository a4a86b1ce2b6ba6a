"""A record far longer than any real one can still be read, decided, shown, sealed and verified."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.events import Actor, Event
from domain.fold import apply
from domain.ladder import Stage
from domain.rules.escalating import Escalate
from domain.rules.notes import Noted
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
#: How many are written at once: fewer than a transaction of DynamoDB can hold.
AT_ONCE = 50


def _write_notes(service: Service, reference: str) -> None:
    """Append the notes, many at once: as acts, each would begin a leg that reads all the others."""
    book, actor = wiring.casebook(), Actor("iro-1", "Ira Sample-One", "the IRO", "page")
    version = book.record.chain.load(reference)
    council = book.council_for(version.challenge)
    for first in range(0, NOTES, AT_ONCE):
        after = version.challenge
        for number in range(first, first + AT_ONCE):
            note = Noted(f"Note {number}. {'x' * LENGTH}")
            event = Event(
                after.version + 1, note, actor, service.now, service.now, f"note-{number}"
            )
            after = apply(after, event)
        wake_at = version.head.wake_at
        version = book.record.chain.append(version, after, council, wake_at, new_leg=None)


def test_a_record_of_hundreds_of_long_notes_goes_on(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    _write_notes(service, reference)
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
