"""Rule 24: what changed for the child."""

from __future__ import annotations

from domain.rules.impact import Impact, RecordImpact
from domain.writing import capitalised
from handlers.form_fields import SIGNED_IN
from handlers.pages.acts.page import ActPage, asks, said
from handlers.pages.kit import Field, Kind, Option

__all__ = ["RECORD_IMPACT"]

RECORD_IMPACT = ActPage(
    RecordImpact,
    "what-changed",
    "Record what changed for the child",
    said(
        "It was recorded as resolved some weeks ago. Say how things are for the child now.",
        "If nothing got better, you can reopen the challenge afterwards.",
    ),
    asks(
        Field(
            "impact",
            Kind.RADIOS,
            "What changed for the child?",
            options=tuple(Option(one, capitalised(one)) for one in Impact),
        ),
        Field("words", Kind.WORDS, "How do you know?", readers=SIGNED_IN),
    ),
    lambda read, _: RecordImpact(
        read.choice("impact", Impact, Impact.BETTER, "Choose what changed for the child."),
        read.words("words"),
    ),
)
