"""A challenge as its readers see it: current stage, clocks, form and record.

The challenge's page shows this, and so do the documents made from it (``handlers.documents``), so
that paper says what the page says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.acting import standing_in_words
from domain.ladder import either
from domain.moments import day_in_words
from domain.part import IN_CONFIDENCE, READS_ALL
from domain.rules.corrections import corrections_of
from domain.rules.lateness import days_in_words
from domain.rules.reopening import days_since_first_formal
from domain.rules.urgency import at_risk_today, too_late
from domain.tasks import is_theirs, tasks
from domain.values import Value, value
from domain.vocabulary import Purpose
from domain.writing import capitalised
from handlers.form_in_words import form_in_words
from handlers.pages.lines import TimelineEntry, days_left, line

if TYPE_CHECKING:
    from datetime import date

    from domain.deadlines import Ledger
    from domain.part import Task
    from handlers.pages.acts import Scene

__all__ = [
    "Clock",
    "Step",
    "clocks",
    "heading",
    "iro_named",
    "ladder_steps",
    "lines",
    "may_know",
    "of_the_form",
    "period",
    "since_formal",
    "soonest_first",
    "workers_named",
]


@value
class Clock(Value):
    """One deadline, as the page shows it: what is due, when, and how the date was worked out."""

    title: str
    day: date
    left: str
    passed: bool
    why: str
    first_day: date | None = None


@value
class Step(Value):
    """One stage of the ladder. ``mark`` says whether the challenge is, was or never was there."""

    title: str
    who: str
    days: str
    mark: str
    here: bool


def heading(scene: Scene) -> str:
    """Return ``Stage 2``, ``Stage 2: IRO to decide`` or ``Ended: withdrawn``."""
    challenge = scene.challenge
    if challenge.sealed:
        return "Sealed"
    if not challenge.open:
        good = challenge.raised.good_practice
        return "Good practice" if good else f"Ended: {challenge.outcome}"
    stage, standing = (
        scene.council.ladder.title(challenge.stage),
        standing_in_words(challenge, scene.council, scene.today),
    )
    return stage if standing == stage else f"{stage}: {standing}"


def lines(scene: Scene) -> list[TimelineEntry]:
    """Return the lines of the record, newest first.

    The words about good practice stand above it already, and are not shown twice.
    """
    corrected = corrections_of(scene.challenge)
    shown = [
        line(
            *(event, scene.challenge, scene.council, scene.capacities),
            corrected=corrected.get(event.number, ()),
        )
        for event in reversed(scene.challenge.events)
    ]
    if good := scene.challenge.raised.good_practice:
        above = {good.what, good.difference}
        *later, first = shown
        details = tuple(one for one in first.details if one[1] not in above)
        shown = [*later, replace(first, details=details)]
    return shown


def since_formal(scene: Scene) -> str:
    """Return how long ago the first formal entry was, for a challenge that was reopened."""
    challenge = scene.challenge
    day = challenge.raised.formal_before
    days = days_since_first_formal(challenge, scene.today, scene.council)
    if day is None or days is None or not challenge.open:
        return ""
    since = f"since the first formal entry, on {day_in_words(day)}, before it was reopened"
    return f"{days_in_words(days)} {since}"


def of_the_form(scene: Scene) -> dict[str, Any]:
    """Return what the form said about risk, dates, the review and the court (rules 1 and 23)."""
    council = scene.council
    late = too_late(scene.challenge, scene.now, council)
    return {
        "route": council.procedure.at_risk_route if at_risk_today(scene.challenge) else "",
        "too_late": late.in_words(council) if late else "",
        "more": form_in_words(scene.challenge, scene.capacities),
    }


def soonest_first(scene: Scene) -> list[Task]:
    """Return everything that anybody has to do, what is due first at the top."""
    return sorted(tasks(scene.challenge, scene.council), key=lambda task: task.deadline.at)


def _clock(title: str, ledger: Ledger, scene: Scene) -> Clock:
    deadline, first = ledger.deadline, ledger.first
    return Clock(
        title,
        deadline.day,
        days_left(deadline.day, scene.today, scene.council),
        deadline.at < scene.now,
        ledger.why,
        first.day if first.day != deadline.day else None,
    )


#: What the people who are asked to reply do not learn of: that the child wants to go to court (rule
#: 19), and that a form was about the wrong child (rule 22).
_KEPT_FROM_RESPONDERS = (Purpose.FIND_ADVICE, Purpose.CHECK_TEXTS)


def may_know(task: Task, scene: Scene) -> bool:
    """Whether the reader may learn that somebody has this task."""
    knows = scene.capacities & (IN_CONFIDENCE | READS_ALL)
    return bool(knows) or task.purpose not in _KEPT_FROM_RESPONDERS


def clocks(scene: Scene) -> list[Clock]:
    """Return what is due, soonest first: decisions, the reply, agreed actions.

    What somebody has to do beside the ladder, by the same date, has one clock. Some of it shows
    only to those who may know of it.
    """
    by_date: dict[tuple[str, date, str], list[Task]] = {}
    for task in soonest_first(scene):
        if not may_know(task, scene):
            continue
        alone = task.stops or task.purpose in (Purpose.REPLY, Purpose.DO_ACTION, Purpose.STEP_IN)
        whose = task.key if alone else task.whose
        by_date.setdefault((whose, task.deadline.day, task.ledger.why), []).append(task)
    return [_clock_of(together, scene) for together in by_date.values()]


def _clock_of(together: list[Task], scene: Scene) -> Clock:
    """Return the clock of tasks that one person has by one date."""
    task, challenge = together[0], scene.challenge
    if task.purpose is Purpose.REPLY:
        title = scene.council.ladder.title(challenge.stage)
        return _clock(f"Reply at {title} due", task.ledger, scene)
    if task.purpose is Purpose.DO_ACTION:
        return _clock(f"Action {task.action} to be done", task.ledger, scene)
    if task.purpose is Purpose.STEP_IN:
        title = f"{capitalised(task.whose)} may decide in the IRO’s place"
        asked = _clock(title, task.ledger, scene)
        return replace(asked, left="the IRO was due to decide by then", passed=False)
    *most, last = [one.in_words for one in together]
    what = f"{', '.join(most)} and {last}" if most else last
    if most and any("," in one for one in (*most, last)):  # a comma between them would be lost
        what = f"{'; '.join(most)}; and {last}"
    title = f"{capitalised(task.whose)} needs to {what}"
    if is_theirs(task, scene.officer.id, challenge, scene.council, scene.today):
        title = f"You need to {what}"
    return _clock(title, task.ledger, scene)


def period(scene: Scene) -> Clock | None:
    """Return the clock of the 20-working-day limit; ``None`` at QAP, and for an ended challenge."""
    challenge = scene.challenge
    if challenge.period_ledger is None or not challenge.open:
        return None
    title = "The 20-working-day limit ends"
    if challenge.beyond_period:
        title = "The 20-working-day limit ended"
    return _clock(title, challenge.period_ledger, scene)


def ladder_steps(scene: Scene) -> list[Step]:
    """Return the stages, each with what happened to it."""
    challenge = scene.challenge
    reached = {request.stage for request in challenge.requests}
    ladder = scene.council.ladder
    stages = ladder.stages
    here = stages.index(challenge.stage)
    steps = []
    for place, stage in enumerate(stages):
        on_ladder = ladder[stage]
        mark = ""
        if place == here:
            mark = "Current stage" if challenge.open else "It ended here"
        elif stage in reached:
            mark = "Passed"
        elif place < here:
            mark = "Skipped" if reached & set(stages[:place]) else "Not used"
        who = either(on_ladder.responders)
        days = days_in_words(on_ladder.working_days)
        steps.append(Step(on_ladder.title, who, days, mark, place == here))
    return steps


def iro_named(scene: Scene) -> str:
    """Return the IRO's name, also of one who has left."""
    iro = scene.council.directory.officers.get(scene.challenge.iro)
    return iro.name if iro else f"{scene.officer_named(scene.challenge.iro)}, who has left"


def workers_named(scene: Scene) -> str:
    """Return the names of the child's social workers now."""
    found = scene.council.directory.people(scene.challenge.area.social_worker, scene.today)
    return " and ".join(person.name for person in found) or "Vacant post"
