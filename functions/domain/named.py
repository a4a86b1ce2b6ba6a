"""Other challenges that a record names: those that were sealed are named to nobody else (rule 22).

A record is never changed, so it still names one that was sealed later. For whoever may not see that
one, it says "another record" instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.fold import read
from domain.rules.cafcass import Referred
from domain.rules.endings import goes_on_in
from domain.rules.life import LifeChanged
from domain.rules.reopening import reopened_as
from domain.rules.sealing import TextsToCheck
from domain.rules.taking_over import goes_on_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.challenge import Challenge

__all__ = ["ANOTHER", "as_of", "hiding", "named_in", "of_the_same_child", "without_sealed"]

#: What a sealed record is called in others.
ANOTHER = "another record"


def of_the_same_child(challenge: Challenge) -> tuple[str, ...]:
    """Return the references of challenges about the same child with which this one is linked."""
    found = (
        *(challenge.raised.continues, reopened_as(challenge), goes_on_in(challenge)),
        *goes_on_for(challenge),
    )
    return tuple(dict.fromkeys(one for one in found if one))


def named_in(challenge: Challenge) -> tuple[str, ...]:
    """Return the references of the other challenges that its record names where people read it."""
    found = [*of_the_same_child(challenge)]
    for fact in (event.fact for event in challenge.events):
        if isinstance(fact, TextsToCheck):
            found += fact.references
        elif isinstance(fact, LifeChanged):
            found.append(fact.recorded_in)
        elif isinstance(fact, Referred):
            found += fact.reports
    return tuple(dict.fromkeys(one for one in found if one and one != challenge.reference))


def hiding(challenge: Challenge, sealed: Iterable[str]) -> Challenge:
    """Return it for a reader who must not learn of the records with the references ``sealed``."""
    hidden = replace(challenge, unnamed=frozenset(sealed))
    if not hidden.unnamed:
        return challenge
    actions = (replace(one, became=without_sealed(one.became, hidden)) for one in hidden.actions)
    return replace(hidden, actions=tuple(actions))


def as_of(challenge: Challenge, number: int) -> Challenge:
    """Return it for the same reader as it was after event ``number``, without what came later."""
    return hiding(read(challenge.reference, challenge.events[:number]), challenge.unnamed)


def without_sealed(text: str, challenge: Challenge) -> str:
    """Return the text with "another record" for each one that the reader must not learn of."""
    for reference in challenge.unnamed:
        text = text.replace(reference, ANOTHER)
    return text
