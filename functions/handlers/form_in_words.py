"""What the form said beside the child and the concerns, in words, for whoever may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.moments import day_in_words
from domain.rules.childs_rights import answers_written, childs_rights
from domain.writing import capitalised

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.vocabulary import Capacity

__all__ = ["form_in_words"]


def form_in_words(challenge: Challenge, who: frozenset[Capacity]) -> list[tuple[str, str]]:
    """Return what the form said about rights, dates, the review, the court and the child.

    The result is (label, text) pairs for readers in the capacities ``who`` (rules 1, 19 and 23).
    """
    raised = challenge.raised
    after, review, court = raised.urgency.too_late_after, raised.review, raised.court
    said = {
        # A form about good practice asks nothing of this.
        "Human rights may have been breached": ""
        if raised.good_practice
        else capitalised(raised.rights_breached),
        "Too late after": f"{day_in_words(after)}: {raised.urgency.why}" if after else "",
        "Review": day_in_words(review.day) if review.day else "",
        "Number of the decision": review.decision,
        "Next hearing": day_in_words(court.next_hearing) if court.next_hearing else "",
        "Guardian": court.guardian,
        **{
            one.label: capitalised(one.text)
            for one in answers_written(childs_rights(challenge))
            if one.is_for(who)
        },
    }
    return [(label, text) for label, text in said.items() if text]
