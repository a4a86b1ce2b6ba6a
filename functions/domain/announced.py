"""What other systems hear of a challenge, beside that something is new (rule 20).

A few words say of what kind it is. They stand in this one list, and tell nothing of the child, of
anybody's words, or of what only some people may know: that a child died, moved or was adopted, that
a record was sealed, legal advice, Cafcass, and how a challenge ended all have no word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from domain.rules.endings import Closed
from domain.rules.entry import Raised
from domain.rules.filing import EndsStage, PlacedOnFile
from domain.rules.replies import Replied

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.challenge import Challenge
    from domain.events import Event, Fact

__all__ = ["WORDS", "announced"]

_WORDS: dict[type[Fact], str] = {
    Raised: "raised",
    Replied: "reply",
    **dict.fromkeys(get_args(EndsStage), "stage ended"),
    Closed: "ended",
    PlacedOnFile: "placed on the file",
}

#: Every word that there is. They are published: their meaning never changes.
WORDS = tuple(dict.fromkeys(_WORDS.values()))


def announced(after: Challenge, events: Sequence[Event]) -> dict[str, int]:
    """Return the words for ``events``, the last ones of ``after``: word → number of its last event.

    A sealed record has none.
    """
    if after.sealed:
        return {}
    return {word: event.number for event in events if (word := _word(event.fact))}


def _word(fact: Fact) -> str:
    if isinstance(fact, EndsStage) and not fact.file_by:
        return ""  # the first stage begins, or no stage ends
    return _WORDS.get(type(fact), "")
