"""Rule 6, missed actions: at a missed date the IRO is asked, for a new date or to escalate.

The IRO sets a new date in ``domain.rules.timescales``. At the last stage, an action that gets no
new date ends the stage unresolved. The SRSM can move the date of an action that is still under way
(``domain.rules.revising``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from domain.challenge import (
    Action,
    ActionState,
    Challenge,
    action_key,
    ask,
    settle,
    with_action,
)
from domain.deadlines import Deadline, How, deadline_by_hand, deadline_in
from domain.errors import NotAllowedError
from domain.events import Event, Fact
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Timer,
    Written,
)
from domain.rules.actions import action_in
from domain.rules.stages import StageBegan, consider_by
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "MISSED_ACTIONS",
    "TOLD_UNRESOLVED",
    "ActionMissed",
    "ActionRedated",
    "LastStageUnresolved",
    "NoNewDate",
    "missed_at_the_last",
]


# Missed ------------------------------------------------------------------------------------------


def _it_is_the_second_missed_date_or_at_qap(challenge: Challenge, event: Event) -> bool:
    """Whether the Senior IRO Manager has to know: they hear of each missed timescale at QAP."""
    fact = event.fact
    if not isinstance(fact, ActionMissed):
        return False
    before = challenge.events[: event.number]
    times = sum(isinstance(e.fact, ActionMissed) and e.fact.action == fact.action for e in before)
    stages = [e.fact.stage for e in before if isinstance(e.fact, StageBegan)]
    return times > 1 or not (stages or [challenge.raised.entry])[-1].formal


@value
class ActionMissed(Fact):
    """The action was not reported done by its date.

    By ``consider_by`` the IRO of a formal challenge decides whether to refer to Cafcass (rule 10).
    """

    action: int
    decide_by: Deadline
    consider_by: Deadline | None = None

    news = "an action was not reported done by its date"
    told = (
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.OWNER, Letter.YOUR_ACTION),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_it_is_the_second_missed_date_or_at_qap),
        Tell(Audience.ASKED),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to decide about the missed action."""
        action = challenge.action_number(self.action)
        missed = (*action.missed, action.deadline.day) if action else ()
        after = with_action(challenge, self.action, state=ActionState.MISSED, missed=missed)
        return ask(after, Purpose.MISSED_ACTION, self.decide_by, event, action_key(self.action))

    def line(self, _seen: Seen) -> str:
        """Return which action was missed."""
        return f"Action {self.action} was not reported done by its date"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the IRO's deadline."""
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


@value
class ActionRedated(Fact):
    """The action has a new date, which the SRSM agreed.

    Only releases up to 2026-11.9 record it. Since then it is ``DeadlineRevised`` (rule 7).
    """

    action: int
    by: date
    reason: str

    recorded_until = "2026-11.9"
    news = "an action has a new date"
    told = (
        Tell(Audience.OWNER, Letter.YOUR_ACTION),
        Tell(Audience.IRO),
        Tell(Audience.ASKED),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the action under way again, until the new date."""
        action = challenge.action_number(self.action)
        if action is None:
            return challenge
        deadline = deadline_by_hand(self.by, event.actor.name)
        return with_action(
            settle(challenge, action_key(self.action)),
            self.action,
            state=ActionState.OPEN,
            ledger=action.ledger.entered(How.REVISED, deadline, event.number),
        )

    def line(self, _seen: Seen) -> str:
        """Return which action, and its new date."""
        return f"Action {self.action} has a new date: {day_in_words(self.by)}"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


# No new date at the last stage -------------------------------------------------------------------

#: Who is told that the last stage ended unresolved after a reply (rules 6 and 10).
TOLD_UNRESOLVED = (
    Tell(Audience.IRO, Letter.DECIDE),
    Tell(Audience.SRSM),
    Tell(Audience.SENIOR),
    Tell(Audience.ASKED),
    Tell(Audience.INFORMED),
    Tell(Audience.BELOW),
)


@value
class LastStageUnresolved(Fact):
    """An action of the last stage was missed and gets no new date: the stage ended unresolved.

    By ``decide_by`` the IRO decides how to go on. By ``file_by`` it is on the child's file.
    """

    action: int
    reason: str
    decide_by: Deadline
    file_by: Deadline | None = None

    key_point = True
    news = "{stage} has ended unresolved"
    told = TOLD_UNRESOLVED

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked how to go on; the action is still followed."""
        key = action_key(self.action)
        return ask(challenge, Purpose.AFTER_LAST_STAGE, self.decide_by, event, key)

    def line(self, seen: Seen) -> str:
        """Return which stage ended, and by which action."""
        stage = seen.stage(seen.before().stage)
        return f"{stage} ended unresolved: action {self.action} was missed and gets no new date"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


def missed_at_the_last(action: Action, challenge: Challenge, council: Council) -> bool:
    """Whether ``action`` was accepted at the last stage, and the IRO is asked about its date."""
    asked, last = challenge.question_by(action.key), council.ladder.last.stage
    missed = asked is not None and asked.purpose is Purpose.MISSED_ACTION
    return missed and challenge.stage is action.stage is last and challenge.stage_clock_stopped


_MISSED_AT_THE_LAST = If(
    "an action of the last stage was missed (rule 6)",
    lambda challenge, council: any(
        missed_at_the_last(action, challenge, council) for action in challenge.open_actions
    ),
)


@value
class NoNewDate(Command):
    """Say that a missed action of the last stage gets no new date, so the stage is unresolved."""

    action: int
    reason: str

    called = "Give a missed action no new date"
    who = (May(Capacity.IRO, OPEN, _MISSED_AT_THE_LAST),)
    settles = (Purpose.MISSED_ACTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[LastStageUnresolved]:
        """Yield the end of the stage; what follows it is the IRO's decision."""
        action = action_in(challenge, self.action, ActionState.MISSED)
        if not missed_at_the_last(action, challenge, hand.council):
            message = f"Action {self.action} is not one of the last stage. Choose another way on."
            raise NotAllowedError(message)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why it gets no new date.")
        problems.check()
        council, procedure = hand.council, hand.council.procedure
        by = council.within(procedure.decide_at_least, hand.now)
        file_by = council.within(procedure.file_within, hand.now)
        yield LastStageUnresolved(self.action, self.reason, by, file_by)


# The clock ---------------------------------------------------------------------------------------


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    """Yield when each action is missed: at its date, or when it became open if that was later."""
    for action in challenge.actions:
        if action.state is ActionState.OPEN:
            due, opened = action.deadline, action.opened
            start = max(due.day, council.day_of(opened))
            by = deadline_in(council.procedure.decide_at_least, start, council.calendar)
            consider = consider_by(start, council) if challenge.stage.formal else None
            missed = ActionMissed(action.number, by, consider)
            at, effective = max(due.lapses_at, opened), max(due.at, opened)
            yield Timer(at, f"action {action.number} due", effective, (missed,))


MISSED_ACTIONS = Part(
    6,
    "Missed actions",
    facts=(ActionMissed, ActionRedated, LastStageUnresolved),
    acts=(NoNewDate,),
    timers=_timers,
)
