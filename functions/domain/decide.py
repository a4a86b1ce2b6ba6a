"""What follows from the record and the time: ``decide(challenge, now, council)``.

Never believe that waking means due: every wake asks which timers are due, takes them in order,
each at the moment at which it took effect, and says when to wake next. Asking twice, late, or
for nothing changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.challenge import PERIOD, REQUEST, ActionState, Challenge, Purpose, apply
from domain.deadlines import deadline_in, recounted
from domain.errors import StuckClockError
from domain.events import (
    CLOCK,
    ActionMissed,
    Cause,
    Chased,
    DeadlineMissed,
    DeadlineMoved,
    Event,
    Fact,
    NotServed,
    NotServedCause,
    Reminded,
    ResolutionPeriodEnding,
    ResolutionPeriodOver,
)
from domain.ladder import LADDER, later_stages
from domain.moments import OFFICE_HOUR, at_local, day_in_words, local_day
from domain.notices import letters_due_after
from domain.procedure import OnNoReply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.council import Council
    from domain.working_days import WorkingDays

__all__ = ["Decision", "Timer", "cannot_fit", "decide", "due", "timers"]

#: An execution may last a year; a leg ends well before.
WAKE_AT_MOST = timedelta(days=300)

#: More facts than this in one decision can only be a rule that never comes to rest: five stages,
#: their questions and the period make fewer, and an action is missed, chased and moved once. How
#: many can be written at once is another bound (``adapters.record``).
_FACTS_AT_MOST = 200
_OF_AN_ACTION = 3


@dataclass(frozen=True)
class Timer:
    """What the clock will do at ``at``, effective ``effective``, if nobody acts before."""

    at: datetime
    purpose: str
    effective: datetime
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Decision:
    """What follows: the challenge with ``events`` new at its end, and when to wake next.

    ``wake_at`` is ``None`` for a closed challenge with no letter left to send. ``whole_at`` are
    the versions at which the record is whole: what one timer brings about is on it, or not at all.
    """

    challenge: Challenge
    events: tuple[Event, ...]
    wake_at: datetime | None
    whole_at: tuple[int, ...] = ()


def decide(challenge: Challenge, now: datetime, council: Council, command: str) -> Decision:
    """Put on the record what follows from it and ``now``, as ``command``.

    Raises ``StuckClockError`` when the clock would not come to rest, and
    ``CalendarHorizonError`` when a deadline would lie beyond the known years.
    """
    before, whole_at = challenge.version, []
    most = _FACTS_AT_MOST + _OF_AN_ACTION * len(challenge.actions)

    def record(fact: Fact, effective: datetime) -> None:
        nonlocal challenge
        event = Event(challenge.version + 1, fact, CLOCK, effective, now, command)
        challenge = apply(challenge, event)

    for moved in _moved_deadlines(challenge, now, council):
        record(moved, now)
        whole_at.append(challenge.version)
    while passed := [timer for timer in timers(challenge, now, council) if timer.at <= now]:
        first = min(passed, key=lambda timer: timer.at)
        for fact in first.facts:
            record(fact, first.effective)
        whole_at.append(challenge.version)
        if challenge.version - before > most:
            message = f"{challenge.reference} does not come to rest at {now}: {first.purpose}."
            raise StuckClockError(message)
    wakes = wake_at(challenge, now, council)
    return Decision(challenge, challenge.events[before:], wakes, tuple(whole_at))


def wake_at(challenge: Challenge, now: datetime, council: Council) -> datetime | None:
    """When to decide again: always later than ``now``; ``None`` when nothing is left to do.

    Raises ``StuckClockError`` if a timer is due that was not taken, or if none is left for a
    challenge that is open.
    """
    moments = [timer.at for timer in timers(challenge, now, council)]
    letters = letters_due_after(challenge, now, council)
    if challenge.open and not moments:
        message = f"{challenge.reference} is open, and nothing would ever wake it."
        raise StuckClockError(message)
    if not moments and not letters:
        return None
    first = min(*moments, *letters, now + WAKE_AT_MOST)
    if first <= now:
        message = f"{challenge.reference} would wake at {first}, which is not after {now}."
        raise StuckClockError(message)
    return first


def due(challenge: Challenge, now: datetime, council: Council) -> datetime | None:
    """When the clock has something to do next: it may be past, where nothing woke it.

    ``None`` when nothing is left to do, or where an open challenge has nothing that would wake it.
    """
    moments = [timer.at for timer in timers(challenge, now, council)]
    return min([*moments, *letters_due_after(challenge, now, council)], default=None)


def timers(challenge: Challenge, now: datetime, council: Council) -> list[Timer]:
    """Everything the clock has yet to do for this challenge as it stands, in no order."""
    if not challenge.open:
        return []
    return [
        *_of_the_request(challenge, council),
        *_of_the_questions(challenge, now, council),
        *_of_the_actions(challenge, council),
        *_of_the_period(challenge),
    ]


def _of_the_request(challenge: Challenge, council: Council) -> Iterator[Timer]:
    """Rules 3 and 5: the reminder, and what follows when nobody has replied.

    A reminder that would fall before those asked knew of the deadline is dropped.
    """
    if not challenge.awaiting_reply:
        return
    request = challenge.request
    deadline = request.deadline
    if challenge.stage.formal and request.served and not request.reminded:
        eve = council.calendar.add(deadline.day - timedelta(days=1), 0)
        reminder = at_local(eve, OFFICE_HOUR)
        if reminder > request.known_since:
            yield Timer(reminder, "reminder", reminder, (Reminded(request.number),))
    lapse = _lapse(challenge, council)
    yield Timer(deadline.lapses_at, f"{challenge.stage.title}: reply due", deadline.at, lapse)


def _lapse(challenge: Challenge, council: Council) -> tuple[Fact, ...]:
    """Rule 5: what the silence at a deadline leads to.

    It never moves up by itself where the stage was not served.
    """
    request, procedure = challenge.request, council.procedure
    number, day = request.number, request.deadline.day
    if not request.served:
        by = deadline_in(procedure.name_somebody_within, day, council.calendar)
        return (NotServed(number, NotServedCause.NOT_SENT, by),)
    next_stage = LADDER[challenge.stage].next
    climbs = procedure.on_no_reply is OnNoReply.ESCALATE and challenge.stage.formal
    if climbs and next_stage:
        reason = f"No reply by {day_in_words(day)}."
        began = council.begin(challenge, next_stage, Cause.NO_REPLY, reason, day)
        return (DeadlineMissed(number), began)
    by = deadline_in(procedure.decide_at_least, day, council.calendar)
    return (DeadlineMissed(number, by),)


def _of_the_questions(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Rule 4: past its deadline, a question is chased each working day at 09:00.

    Chases that were slept through are not made up for: the next one says how late it is.
    """
    calendar, procedure = council.calendar, council.procedure
    for question in challenge.questions:
        day = question.deadline.day
        over = max(question.chased + 1, calendar.between(day, local_day(now)))
        if at_local(calendar.add(day, over), OFFICE_HOUR) > now:
            over = max(question.chased + 1, over - 1)
        at = at_local(calendar.add(day, over), OFFICE_HOUR)
        senior = (
            procedure.name_somebody_within
            if question.purpose is Purpose.NAME_SOMEBODY
            else procedure.senior_told_after
        )
        tell = question.chased < senior <= over
        fact = Chased(question.key, over, str(question.purpose), tell_senior=tell)
        yield Timer(at, f"chase: {question.purpose}", at, (fact,))


def _of_the_actions(challenge: Challenge, council: Council) -> Iterator[Timer]:
    """Rule 6: at a missed date the IRO is asked.

    A date that was past when the action was accepted is missed, and asked about, from then on.
    """
    for action in challenge.actions:
        if action.state is ActionState.OPEN:
            due, accepted = action.deadline, action.accepted
            start = max(due.day, council.day_of(accepted))
            by = deadline_in(council.procedure.decide_at_least, start, council.calendar)
            missed = ActionMissed(action.number, by)
            at, effective = max(due.lapses_at, accepted), max(due.at, accepted)
            yield Timer(at, f"action {action.number} due", effective, (missed,))


def _of_the_period(challenge: Challenge) -> Iterator[Timer]:
    """Rule 9: at 09:00 on the period's last working day, and when it is over."""
    period = challenge.period
    if period is None or challenge.beyond_period:
        return
    if not challenge.period_ending:
        at = at_local(period.day, OFFICE_HOUR)
        yield Timer(at, "resolution period ends today", at, (ResolutionPeriodEnding(),))
    over = (ResolutionPeriodOver(),)
    yield Timer(period.lapses_at, "resolution period over", period.at, over)


def _moved_deadlines(
    challenge: Challenge, now: datetime, council: Council
) -> Iterator[DeadlineMoved]:
    """The open deadlines that a newly proclaimed bank holiday moves, each with why."""
    if not challenge.open:
        return
    open_deadlines = [(q.key, q.deadline) for q in challenge.questions]
    if challenge.period:
        open_deadlines.append((PERIOD, challenge.period))
    if challenge.awaiting_reply:
        open_deadlines.append((REQUEST, challenge.request.deadline))
    for what, deadline in open_deadlines:
        moved = recounted(deadline, council.calendar)
        if deadline.at > now and moved.day != deadline.day:
            yield DeadlineMoved(what, moved, f"The bank holidays changed. {moved.why}")


def cannot_fit(challenge: Challenge, now: datetime, calendar: WorkingDays) -> bool:
    """Rule 9: whether the stages that are left cannot fit into the days that are left."""
    if not challenge.open or challenge.period is None:
        return False
    today = local_day(now)
    start = max(today, challenge.request.deadline.day) if challenge.awaiting_reply else today
    needed = sum(LADDER[stage].working_days for stage in later_stages(challenge.stage))
    return calendar.between(start, challenge.period.day) < needed
