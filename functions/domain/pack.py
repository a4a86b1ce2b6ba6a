"""Rule 10, the pack for Cafcass: what of a record must stay out of it, and what may have to.

It holds every PCE/DRP report of the child, but no legal advice, no other child's words, and no
court document unless the court's rules allow it. The software keeps back what can never go, marks
what it recognises, and the IRO decides the rest. An event is left out whole: its hash covers all of
its text (``domain.export``).

Guidance: G41.
"""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.export import LeftOut, not_for
from domain.part import EVERYBODY, May, kind_of
from domain.rulebook import PARTS
from domain.rules.corrections import Corrected
from domain.rules.lateness import Chased
from domain.vocabulary import Capacity, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from domain.challenge import Challenge
    from domain.events import Event

__all__ = [
    "MAY_MAKE_PACK",
    "Why",
    "for_few",
    "has_words",
    "kept_back",
    "may_make_pack",
    "suggested",
]


class Why(StrEnum):
    """Why the IRO leaves an event out of the pack, as the copy says."""

    COURT = "It is a court document, or quotes one."
    OTHER_CHILD = "It holds another child’s words, or names another child."
    NOT_ABOUT = "It is about somebody else, and not about the child’s care."
    FOR_FEW = "It was written for a few people only."


#: Who makes a pack, when.
MAY_MAKE_PACK = (May(Capacity.IRO, tuple(Standing)),)


def may_make_pack(who: frozenset[Capacity]) -> bool:
    """Whether somebody in these capacities, who may see the challenge, makes its pack."""
    return any(row.who in who for row in MAY_MAKE_PACK)


_PRIVILEGED = "It is about legal advice, which is privileged."

#: The rules of legal advice, and of the wrong child.
_ADVICE, _WRONG_CHILD = 11, 22

#: What they put on the record.
_OF_ADVICE, _OF_WRONG_CHILD = (
    frozenset[object](kind for part in PARTS if part.rule == rule for kind in part.facts)
    for rule in (_ADVICE, _WRONG_CHILD)
)

#: What is asked about legal advice: that it is late tells of legal advice as well.
_ASKED_OF_ADVICE = frozenset(
    str(purpose)
    for part in PARTS
    if part.rule == _ADVICE
    for act in part.acts
    for purpose in act.settles
)

#: Words that a court document, or a quotation from one, can hardly do without.
_COURT = re.compile(
    r"\b(court|judge|judgment|threshold|(care|supervision|placement) order|position statement)s?\b",
    re.IGNORECASE,
)


def kept_back(challenge: Challenge, who: frozenset[Capacity]) -> tuple[LeftOut, ...]:
    """Return the events that never go into a pack made by somebody in these capacities.

    That is every step about legal advice, even one in which nobody wrote anything, and what
    corrects it. A guardian does not learn who was asked, or who advises whom.
    """
    out = {one.number: one for one in not_for(who, challenge)}
    for event in challenge.events:
        fact = _corrected_by(event, challenge).fact
        late = isinstance(fact, Chased) and fact.about in _ASKED_OF_ADVICE
        if late or type(fact) in _OF_ADVICE:
            out[event.number] = LeftOut(event.number, _PRIVILEGED)
        elif type(fact) in _OF_WRONG_CHILD and has_words(event):
            out[event.number] = LeftOut(event.number, Why.OTHER_CHILD)
    return tuple(out[number] for number in sorted(out))


def _corrected_by(event: Event, challenge: Challenge) -> Event:
    """Return what ``event`` corrects, if it does; else itself. It can quote what it corrects."""
    while isinstance(event.fact, Corrected):
        event = challenge.events[event.fact.event - 1]
    return event


def suggested(challenge: Challenge, names_another: Callable[[str], bool]) -> Mapping[int, Why]:
    """Return which events may have to be left out, by what their words seem to hold.

    ``names_another`` says whether a text seems to tell who another child is.
    """
    found = dict[int, Why]()
    for event in challenge.events:
        text = "\n".join(_texts(event.fact))
        if names_another(text):
            found[event.number] = Why.OTHER_CHILD
        elif _COURT.search(text):
            found[event.number] = Why.COURT
        elif for_few(event):
            found[event.number] = Why.FOR_FEW
    return found


def for_few(event: Event) -> bool:
    """Whether the event holds words that not everybody in the challenge may read."""
    return any(one.text and not one.to >= EVERYBODY for one in kind_of(event.fact).written())


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a fact: its copy in the record holds more than its line shows."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value):
        for name in value.__dataclass_fields__:
            yield from _texts(getattr(value, name))


def has_words(event: Event) -> bool:
    """Whether anything is written in the event."""
    return any(one.text for one in kind_of(event.fact).written())
