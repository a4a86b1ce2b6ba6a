"""Rule 12: a phone call, an email or another discussion that matters."""

from __future__ import annotations

from domain.rules.discussions import Means, RecordConversation
from handlers.pages.acts.page import ActPage, Scene, who_still_replies
from handlers.pages.kit import Field, Kind, Option

__all__ = ["RECORD_CONVERSATION"]

_MEANS = {
    Means.PHONE: "By phone",
    Means.EMAIL: "By email",
    Means.VIDEO: "By video call",
    Means.IN_PERSON: "In person",
}


def _guidance(scene: Scene) -> tuple[str, ...]:
    kept = "It is put on the record."
    if not scene.challenge.open:
        return (kept, "The challenge has ended. A discussion does not reopen it.")
    return (
        kept,
        f"A discussion does not count as a reply: {who_still_replies(scene)}.",
        "We only follow up actions that were agreed in a reply or at a recorded meeting.",
    )


def _fields(scene: Scene) -> tuple[Field, ...]:
    today = scene.today
    return (
        Field(
            "with_whom",
            Kind.WORDS,
            "Who did you speak or write with?",
            "Give their role, for example “the Team Manager”.",
            lines=2,
        ),
        Field(
            "means",
            Kind.RADIOS,
            "How?",
            options=tuple(Option(means, text) for means, text in _MEANS.items()),
        ),
        Field(
            "day",
            Kind.DAY,
            "On which day?",
            f"For example, today: {today.day} {today.month} {today.year}.",
        ),
        Field("words", Kind.WORDS, "What was said or decided?"),
    )


RECORD_CONVERSATION = ActPage(
    RecordConversation,
    "discussion",
    "Record the discussion",
    _guidance,
    _fields,
    lambda read, scene: RecordConversation(
        read.words("with_whom"),
        read.choice("means", Means, Means.PHONE, "Choose how you spoke or wrote with them."),
        read.day("day", scene.today, "For the day of the discussion, enter"),
        read.words("words"),
    ),
)
