"""Deadlines: a newly proclaimed bank holiday moves the open ones, each with an event that says why.

Source: the procedure, "Deadlines". A day that a person set moves to the next working day if it is
no longer worked. This covers every running deadline, also the dates of actions and a rule's own
(``Challenge.clocks``), so that none moves without an event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import (
    Action,
    ActionState,
    Challenge,
    with_action,
    with_deadline,
    with_question,
)
from domain.deadlines import Deadline, How, Ledger, moved_in_words, recounted
from domain.events import Event, Fact
from domain.part import EVERYBODY, Part, Seen, Tell, Written
from domain.rules.impact import IMPACT_KEY
from domain.rules.timescales import followed_outcomes, outcome_date_key, with_outcome
from domain.values import value
from domain.vocabulary import Audience, Letter

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = ["HOLIDAYS", "PERIOD_KEY", "REQUEST_KEY", "DeadlineMoved", "action_date_key", "with_due"]

#: The keys of two deadlines in ``DeadlineMoved.what``; a question's is its own ``key``.
PERIOD_KEY = "period"
REQUEST_KEY = "request"


def action_date_key(action: Action) -> str:
    """Return the key of the action's own date; ``action-2`` is the question about it."""
    return f"do-{action.key}"


def _it_is_the_deadline_to_reply(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, DeadlineMoved) and event.fact.what == REQUEST_KEY


def _it_is_the_date_of_an_action(_challenge: Challenge, event: Event) -> bool:
    return bool(event.fact.of_actions)


def _somebody_has_to_know(_challenge: Challenge, event: Event) -> bool:
    """Whether somebody waits for that date; nobody does for the one on which a question is asked.

    Until then the challenge has ended for everybody (rule 24).
    """
    return isinstance(event.fact, DeadlineMoved) and event.fact.what != IMPACT_KEY


@value
class DeadlineMoved(Fact):
    """A deadline moved because the calendar changed. ``what`` is its key in the challenge."""

    what: str
    deadline: Deadline
    because: str

    news = "a deadline has moved"
    told = (
        Tell(Audience.OWNER, Letter.YOUR_ACTION, _it_is_the_date_of_an_action),
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _it_is_the_deadline_to_reply),
        Tell(Audience.IRO, when=_somebody_has_to_know),
        Tell(Audience.SRSM, when=_somebody_has_to_know),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The number of the action whose date moved, if it is one's."""
        before, _, number = self.what.rpartition("-")
        return (int(number),) if before == "do-action" else ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the new deadline."""
        return with_due(challenge, self.what, How.HOLIDAY, self.deadline, event)

    def line(self, seen: Seen) -> str:
        """Return which deadline moved, from when to when."""
        called, ledger = _called(seen.before()).get(self.what, ("a deadline", None))
        moved = moved_in_words(ledger.deadline if ledger else None, self.deadline)
        return f"The bank holidays changed, and with them {called}: {moved}"

    def written(self) -> Iterator[Written]:
        """Yield why, and the sum."""
        yield Written("Why", self.because, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


def with_due(
    challenge: Challenge, what: str, how: How, deadline: Deadline, event: Event
) -> Challenge:
    """Return ``challenge`` with what has the key ``what`` due at ``deadline``, set by ``event``."""
    if what == REQUEST_KEY:
        return with_deadline(challenge, challenge.request.number, how, deadline, event)

    def moved(ledger: Ledger) -> Ledger:
        return ledger.entered(how, deadline, event.number)

    if what == PERIOD_KEY:
        period = challenge.period_ledger
        return replace(challenge, period_ledger=moved(period) if period else None)
    asked = challenge.question_by(what)
    if asked:
        return with_question(challenge, what, ledger=moved(asked.ledger))
    for action in challenge.actions:
        if what == action_date_key(action):
            return with_action(challenge, action.number, ledger=moved(action.ledger))
    for concern, ledger in followed_outcomes(challenge):
        if what == outcome_date_key(concern):
            return with_outcome(challenge, concern, moved(ledger))
    clocks = (
        replace(one, ledger=moved(one.ledger)) if one.key == what else one
        for one in challenge.clocks
    )
    return replace(challenge, clocks=tuple(clocks))


def _called(challenge: Challenge) -> dict[str, tuple[str, Ledger]]:
    """Return every running deadline: key → its name in a sentence, and its ledger."""
    found = {one.key: ("the deadline of a decision", one.ledger) for one in challenge.questions}
    if not challenge.open:
        # Of the other clocks of a challenge that has ended, nobody takes notice any more.
        still = (one for one in challenge.clocks if one.key == IMPACT_KEY)
        return found | {one.key: (one.called, one.ledger) for one in still}
    if challenge.period_ledger:
        found[PERIOD_KEY] = ("the 20-working-day limit", challenge.period_ledger)
    if challenge.awaiting_reply:
        found[REQUEST_KEY] = ("the deadline to reply", challenge.request.ledger)
    for action in challenge.actions:
        if action.state is ActionState.OPEN:
            called = f"the date of action {action.number}"
            found[action_date_key(action)] = (called, action.ledger)
    for concern, ledger in followed_outcomes(challenge):
        wanted = f"the date by which the outcome of concern {concern} is wanted"
        found[outcome_date_key(concern)] = (wanted, ledger)
    return found | {one.key: (one.called, one.ledger) for one in challenge.clocks}


def _moved(challenge: Challenge, now: datetime, council: Council) -> Iterator[DeadlineMoved]:
    """Yield the open deadlines that a newly proclaimed bank holiday moves, each with why."""
    for what, (_, ledger) in _called(challenge).items():
        deadline = ledger.deadline
        moved = recounted(deadline, council.calendar)
        if deadline.at > now and moved.day != deadline.day:
            yield DeadlineMoved(what, moved, f"The bank holidays changed. {moved.why}")


HOLIDAYS = Part(0, "Holidays", facts=(DeadlineMoved,), first=_moved)
