"""The one row of a challenge that lists and figures read, derived from its events.

Figures (rule 21) count open challenges by stage, age, lateness, resolution period, theme and team,
and ended ones by how and when they ended and what happened at each stage. The row holds no more
about the child than lists show, and no words that anyone wrote.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from domain.rulebook import marks_of
from domain.rules.taking_over import formal_at
from domain.tasks import tasks
from domain.values import Value, value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.ladder import Stage
    from domain.vocabulary import Outcome, Standing

__all__ = ["AtStage", "Summary", "summary"]


@value
class AtStage(Value):
    """A stage that a challenge was at, from ``began`` until ``ended`` (``None``: it still is).

    ``answered`` is when its first reply came, late or not. ``silent`` says that a deadline of the
    stage passed without one: a stage that is both was answered late.
    """

    stage: Stage
    began: datetime
    ended: datetime | None
    answered: datetime | None
    silent: bool


@value
class Summary(Value):
    """The row of a challenge. ``next_due`` is when what it waits for is due; none once it ended.

    ``formal_at`` is its first formal entry, or that of a duplicate which it took over. Of
    ``outcome`` and ``ended_at`` it has both or neither. ``marks`` are the keys of its marks.
    """

    reference: str
    iro: str
    case_id: str
    initials: str
    team: str
    themes: tuple[str, ...]
    raised_at: datetime
    entry: Stage
    formal_at: datetime | None
    stage: Stage
    standing: Standing
    stages: tuple[AtStage, ...]
    next_due: datetime | None
    beyond_period: bool
    marks: tuple[str, ...]
    outcome: Outcome | None
    ended_at: datetime | None


def summary(challenge: Challenge, council: Council) -> Summary:
    """Return the row of ``challenge``, under the procedure of ``council``."""
    raised = challenge.raised
    stages = tuple(_stages(challenge))
    return Summary(
        reference=challenge.reference,
        iro=challenge.iro,
        case_id=raised.child.case_id,
        initials=raised.child.initials,
        team=challenge.area.team,
        themes=tuple(dict.fromkeys(concern.theme for concern in raised.concerns)),
        raised_at=challenge.raised_at,
        entry=raised.entry,
        formal_at=formal_at(challenge),
        stage=challenge.stage,
        standing=challenge.standing,
        stages=stages,
        next_due=_waits_until(challenge, council),
        beyond_period=challenge.beyond_period,
        marks=tuple(mark.key for mark in marks_of(challenge)),
        outcome=challenge.outcome,
        ended_at=challenge.ended_at,
    )


def _waits_until(challenge: Challenge, council: Council) -> datetime | None:
    """Return when what its standing names is due: the reply or the decision that it waits for.

    Lists show the two beside each other. What else somebody has to do there by another date is in
    the tray of whoever has to. If it waits for nothing, it is the first task; ``None`` once
    it ended.
    """
    found = tasks(challenge, council) if challenge.open else ()
    first = next((task for task in found if task.stops), None) or next(iter(found), None)
    return first.deadline.at if first else None


def _stages(challenge: Challenge) -> Iterator[AtStage]:
    """Yield each stage in turn: several requests may have been made at it."""
    grouped = [tuple(group) for _, group in groupby(challenge.requests, lambda one: one.stage)]
    for requests, following in pairwise([*grouped, ()]):
        replies = [
            event
            for request in requests
            for event in (request.reply, *request.late_replies)
            if event is not None
        ]
        yield AtStage(
            requests[0].stage,
            requests[0].opened,
            following[0].opened if following else challenge.ended_at,
            min((event.effective for event in replies), default=None),
            any(request.missed for request in requests),
        )
