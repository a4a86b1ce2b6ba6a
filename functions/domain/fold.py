"""Build a challenge from its record, event by event: :func:`read` and :func:`apply`.

A fact's kind says what it changes, and the parts of other rules say what they change for it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from domain.challenge import as_raised
from domain.form import Form
from domain.part import kind_of
from domain.rulebook import CHANGES, TIDYING, stands_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.challenge import Challenge
    from domain.events import Event

__all__ = ["apply", "read"]


def read(reference: str, events: Iterable[Event]) -> Challenge:
    """Return the challenge after these events.

    Raise ``TypeError`` if the first is not how it was raised.
    """
    first, *rest = events
    form = first.fact
    if not isinstance(form, Form):
        message = f"The record of {reference} does not begin with how it was raised."
        raise TypeError(message)
    raised = replace(
        as_raised(reference, form, first.effective),
        events=(first,),
        commands=frozenset({first.command}),
    )
    return reduce(apply, rest, raised)


def apply(challenge: Challenge, event: Event) -> Challenge:
    """Return the challenge after ``event``."""
    after = kind_of(event.fact).changes(challenge, event)
    for other in CHANGES[type(event.fact)]:
        after = other.changes(event.fact, after, event)
    for tidied in TIDYING:
        after = tidied(after)
    return replace(
        after,
        standing=stands_at(after),
        events=(*challenge.events, event),
        commands=challenge.commands | {event.command},
    )
