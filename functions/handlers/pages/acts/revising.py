"""Rule 7: revising the deadline, and objecting to it."""

from __future__ import annotations

from domain.moments import day_in_words
from domain.rules.revising import Object, ReviseDeadline, may_be_revised
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    asks,
    reason,
    said,
    words,
)
from handlers.pages.kit import working_day

__all__ = ["OBJECT", "REVISE_DEADLINE"]


def _revising(scene: Scene) -> tuple[str, ...]:
    request = scene.challenge.request
    first = day_in_words(request.ledger.first.day)
    return (
        (
            f"The reply is due by the end of {day_in_words(request.deadline.day)}. "
            f"{request.deadline.why}"
        ),
        f"The first deadline, {first}, stays visible. The 20-working-day limit does not move.",
        (
            "A second revision of the same deadline is for the Senior IRO Manager. The IRO may "
            "object on the record."
        ),
    )


REVISE_DEADLINE = ActPage(
    ReviseDeadline,
    "revise-deadline",
    "Revise the deadline",
    _revising,
    lambda scene: (
        working_day(
            *("day", "By the end of which day is the reply due?"),
            *(scene.today, scene.council.calendar),
        ),
        reason("Why is the deadline revised?", by_link=True),
    ),
    lambda read, scene: ReviseDeadline(read.day("day", scene.today), read.words("reason")),
    offered=lambda scene: may_be_revised(scene.challenge),
)

OBJECT = ActPage(
    Object,
    "object",
    "Record your objection",
    said(
        "Your objection is put on the record, and the Safeguarding & Review Service Manager "
        "and the Senior IRO Manager are told. The revised deadline stands.",
    ),
    asks(words("Why do you object to the revised deadline?")),
    lambda read, _: Object(read.words("words")),
)
