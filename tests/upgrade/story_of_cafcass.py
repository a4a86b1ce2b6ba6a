"""The part of the story that is about Cafcass: referred, asked again, answered, or not referred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Stage
from domain.rules.cafcass import (
    AskCafcass,
    CafcassAnswer,
    CourtDocuments,
    RecordCafcassAnswer,
    RecordJudicialReview,
    ReferToCafcass,
)
from domain.rules.considering import DoNotRefer, FindUnresolved
from domain.rules.replies import Answer

if TYPE_CHECKING:
    from tests.workflow.service import Service

__all__ = ["answered", "referred"]


def referred(service: Service, *, early: bool = False) -> str:
    """Refer a challenge after its last stage, or ``early``, beside it; return its reference."""
    reference = service.raise_at(Stage.FOUR)
    if early:
        _refer(service, reference)
    service.reply(reference, "ad", Answer.CHALLENGED)
    service.act(reference, "iro-1", FindUnresolved("Nothing that was said is a placement."))
    if not early:
        _refer(service, reference)
    return reference


def _refer(service: Service, reference: str) -> None:
    why = ("No placement since May.", "The Head of Service, since June.", service.now.date())
    sent = ("Secure email", "The intake team of Cafcass, Sample Town", "", "The order of May")
    service.act(reference, "iro-1", ReferToCafcass(*why, *sent, CourtDocuments.ALLOWED))


def answered(service: Service, reference: str, not_referred: str) -> None:
    """Let Cafcass be asked again and answer about one, and let another not be referred."""
    act, today = service.act, service.now.date()
    act(reference, "iro-1", AskCafcass("They are still reading it."))
    answer = RecordCafcassAnswer(CafcassAnswer.TAKEN, today, "They take it to the court.")
    act(reference, "iro-1", answer)
    act(reference, "iro-1", RecordJudicialReview(today, "Permission was given."))
    act(not_referred, "iro-1", DoNotRefer("None so far.", "It was raised today.", "Nobody yet."))
