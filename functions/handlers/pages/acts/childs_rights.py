"""Rule 19: what the child knows, and who helps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.form import Answered, ChildsRights
from domain.rules.childs_rights import RecordChildsRights, childs_rights
from handlers.form_fields import IN_CONFIDENCE, SIGNED_IN
from handlers.pages.acts.page import ActPage, said
from handlers.pages.kit import Field, Kind, Option

if TYPE_CHECKING:
    from handlers.pages.kit import Reading

__all__ = ["RECORD_CHILDS_RIGHTS", "read_rights", "rights_fields"]

_YES, _NO = Option(Answered.YES, "Yes"), Option(Answered.NO, "No")
_DONE_YET = (_YES, Option(Answered.NOT_YET, "Not yet"), _NO)
_ASKED_YET = (_YES, Option(Answered.NOT_YET, "Not asked yet"), _NO)


def rights_fields(known: ChildsRights) -> tuple[Field, ...]:
    """Return the fields, each with the answer that is known."""
    asked = (
        ("knows", "Does the child know of this challenge?", known.knows),
        ("advocate", "Was the child offered an advocate?", known.advocate),
        ("complaints", "Does the child know how to complain?", known.complaints),
    )
    return (
        *(
            Field(name, Kind.RADIOS, label, options=_DONE_YET, value=answer)
            for name, label, answer in asked
        ),
        Field("why", Kind.WORDS, "If no, why not?", value=known.why, readers=SIGNED_IN, lines=2),
        Field(
            "court",
            Kind.RADIOS,
            "Does the child want to go to court?",
            options=_ASKED_YET,
            value=known.court,
            readers=IN_CONFIDENCE,
        ),
        Field(
            "legal_help",
            Kind.LINE,
            "Who helps them get legal advice?",
            "Only if they want to go to court.",
            value=known.legal_help,
            readers=IN_CONFIDENCE,
        ),
    )


def read_rights(read: Reading) -> ChildsRights:
    """Return the answers that were typed into :func:`rights_fields`."""

    def answer(name: str, ask: str) -> Answered:
        return read.choice(name, Answered, Answered.NOT_YET, ask)

    return ChildsRights(
        answer("knows", "Choose whether the child knows of this challenge."),
        answer("advocate", "Choose whether the child was offered an advocate."),
        answer("complaints", "Choose whether the child knows how to complain."),
        answer("court", "Choose whether the child wants to go to court."),
        read.words("legal_help"),
        read.words("why"),
    )


RECORD_CHILDS_RIGHTS = ActPage(
    RecordChildsRights,
    "childs-rights",
    "Record what the child knows and who helps them",
    said(
        "Change what is new, and leave the rest as it is. What is “not yet” stays on your list.",
        "The challenge goes on meanwhile.",
    ),
    lambda scene: rights_fields(childs_rights(scene.challenge)),
    lambda read, _: RecordChildsRights(read_rights(read)),
)
