"""A challenge as its readers see it: current stage, clocks, form and record.

The challenge's page shows this, and so do the documents made from it (``handlers.documents``), so
that paper says what the page says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.acting import standing_in_words
from domain.ladder import Role, either
from domain.moments import day_in_words, local_day
from domain.named import without_sealed
from domain.part import IN_CONFIDENCE, READS_ALL
from domain.people import overseeing_posts, overseers, parties
from domain.rulebook import RUNGS
from domain.rules.accepting import acceptable, is_beyond
from domain.rules.asking_to_accept import can_be_asked
from domain.rules.corrections import corrections_of
from domain.rules.endings import Closed
from domain.rules.good_practice import is_praise
from domain.rules.impact import what_follows
from domain.rules.lateness import days_in_words, late_decision, manager_decides_from
from domain.rules.reopening import days_since_first_formal, reopened_as
from domain.rules.sealing import RecordSealed
from domain.rules.urgency import at_risk_today, too_late
from domain.tasks import is_theirs, tasks
from domain.timeline import headline, next_step, what_then
from domain.values import Value, value
from domain.vocabulary import Capacity, Purpose, Standing
from domain.writing import capitalised, isolated
from handlers.form_in_words import form_in_words
from handlers.pages.lines import TimelineEntry, days_left, line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.deadlines import Ledger
    from domain.directory import Officer
    from domain.part import Task
    from handlers.pages.acts import Scene

__all__ = [
    "Clock",
    "Step",
    "beyond",
    "clocks",
    "ended",
    "follows",
    "heading",
    "in_the_iros_place",
    "iro_named",
    "is_filing",
    "ladder_steps",
    "lines",
    "may_decide_now",
    "may_know",
    "named",
    "of_the_form",
    "period",
    "person_named",
    "since_formal",
    "soonest_first",
    "workers_named",
]


@value
class Clock(Value):
    """One deadline, as the page shows it: what is due, when, and how the date was worked out.

    ``yours``: the reader has to do it. ``action`` is the number of the action that it is the date
    of, 0 if it is none's. ``then`` says what happens if it is not done, and ``who`` has to do it,
    where the title does not say so. ``due`` is said before the day, if it is not the reader's own
    date. If there are more than two things to do, ``several`` is each of them, and ``starts`` says
    whose they are: ``You need to``. ``keys`` are those of the tasks.
    """

    title: str
    day: date
    left: str
    passed: bool
    why: str
    first_day: date | None = None
    yours: bool = False
    action: int = 0
    then: tuple[str, ...] = ()
    who: str = ""
    due: str = ""
    several: tuple[str, ...] = ()
    starts: str = ""
    keys: tuple[str, ...] = ()


@value
class Step(Value):
    """One stage of the ladder. ``mark`` says whether the challenge is, was or never was there."""

    title: str
    who: str
    days: str
    mark: str
    here: bool


def heading(scene: Scene) -> str:
    """Return the heading of the challenge's page: ``Stage 2: you need to decide``."""
    challenge = scene.challenge
    if waits_for_you(scene):
        return f"{scene.council.ladder.title(challenge.stage)}: you need to decide"
    return state(scene)


def waits_for_you(scene: Scene) -> bool:
    """Whether the challenge waits for a decision that the reader has to make."""
    challenge = scene.challenge
    return challenge.standing is Standing.IRO_TO_DECIDE and any(
        task.stops and is_theirs(task, scene.officer.id, challenge, scene.council, scene.today)
        for task in tasks(challenge, scene.council)
    )


def state(scene: Scene) -> str:
    """Return ``Stage 2: on hold``, ``Stage 2: IRO to decide`` or ``Ended: withdrawn``.

    What lists say after the stage is said in the same letters.
    """
    challenge = scene.challenge
    if challenge.sealed:
        return "Sealed"
    if not challenge.open:
        good = challenge.raised.good_practice
        return "Good practice" if good else f"Ended: {challenge.outcome}"
    stage = scene.council.ladder.title(challenge.stage)
    standing = standing_in_words(challenge, scene.council, scene.today)
    listed = RUNGS[challenge.standing].says
    same = standing == stage or standing.casefold() == listed.casefold()
    return f"{stage}: {listed if same else standing}"


def lines(scene: Scene) -> list[TimelineEntry]:
    """Return the lines of the record, newest first.

    What the form said stands above it already, and is not shown twice.
    """
    corrected = corrections_of(scene.challenge)
    shown = [
        line(
            *(event, scene.challenge, scene.council, scene.capacities),
            corrected=corrected.get(event.number, ()),
        )
        for event in reversed(scene.challenge.events)
    ]
    raised = scene.challenge.raised
    good = raised.good_practice
    above = {good.what, good.difference} if good else {raised.views, raised.tried}
    *later, first = shown
    details = tuple(one for one in first.details if one[1] not in above)
    return [*later, replace(first, details=details)]


def since_formal(scene: Scene) -> str:
    """Return how long ago the first formal entry was, for a challenge that was reopened."""
    challenge = scene.challenge
    day = challenge.raised.formal_before
    days = days_since_first_formal(challenge, scene.today, scene.council)
    if day is None or days is None or not challenge.open:
        return ""
    return (
        f"Before it was reopened, it first became formal on {day_in_words(day)}, "
        f"{days_in_words(days)} ago"
    )


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


def is_filing(task: Task) -> bool:
    """Whether a task is to file something (rule 20), which stops nothing: other tasks go before."""
    return task.purpose in (Purpose.PLACE_OUTCOME, Purpose.PLACE_DECISIONS)


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


#: The most things to do that a heading names; more are a list.
_IN_A_SENTENCE = 2

#: The most late decisions of the IRO that a sentence names; it counts more.
_NAMED_AT_MOST = 3

#: What the people who are asked to reply do not learn of: that the child wants to go to court (rule
#: 19), and that a form was about the wrong child (rule 22).
_KEPT_FROM_RESPONDERS = (Purpose.FIND_ADVICE, Purpose.CHECK_TEXTS)


def may_know(task: Task, scene: Scene) -> bool:
    """Whether the reader may learn that somebody has this task."""
    knows = scene.capacities & (IN_CONFIDENCE | READS_ALL)
    return bool(knows) or task.purpose not in _KEPT_FROM_RESPONDERS


def clocks(scene: Scene) -> list[Clock]:
    """Return what is due, soonest first: decisions, the reply, agreed actions. Filing is last.

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
    groups = sorted(by_date.values(), key=lambda some: all(map(is_filing, some)))
    return [_clock_of(together, scene) for together in groups]


def _clock_of(together: list[Task], scene: Scene) -> Clock:
    """Return the clock of tasks that one person has by one date."""
    task, challenge = together[0], scene.challenge
    yours = is_theirs(task, scene.officer.id, challenge, scene.council, scene.today)
    reader = challenge, scene.now, scene.council, scene.officer.id
    then = tuple(dict.fromkeys(one for each in together for one in what_then(each, *reader)))
    titled = _titled(together, scene, yours=yours)
    found = replace(titled, yours=yours, action=task.action, then=then)
    if task.purpose is Purpose.STEP_IN:
        were = "You were" if scene.is_iro else f"{scene.officer_named(challenge.iro)} was"
        why = _why_in_their_place(task, scene)
        return replace(found, due=f"{were} due to decide by", passed=False, why=why)
    return found


def _why_in_their_place(task: Task, scene: Scene) -> str:
    """Return the sum of the IRO's own date, and that of the first day to decide in their place."""
    late = scene.council.procedure.manager_may_decide_after
    sum_ = scene.council.calendar.explain(task.deadline.day, late)
    return f"The IRO’s own date: {task.ledger.why} The first day to decide in their place: {sum_}"


def _titled(together: list[Task], scene: Scene, *, yours: bool) -> Clock:
    """Return the clock with its title: what is due, from whom."""
    task = together[0]
    if task.purpose is Purpose.REPLY:
        title = scene.council.ladder.title(scene.challenge.stage)
        if yours:
            return _clock("You need to reply", task.ledger, scene)
        clock = _clock(f"Reply at {title} due", task.ledger, scene)
        return replace(clock, who=named(task, scene))
    if task.purpose is Purpose.DO_ACTION:
        said = f"You need to do action {task.action}" if yours else f"Action {task.action} is due"
        return _clock(said, task.ledger, scene)
    if task.purpose is Purpose.STEP_IN:
        who = "You" if yours else capitalised(named(task, scene))
        comma = "," if "," in who else ""
        place = "your place" if scene.is_iro else "the IRO’s place"
        return _clock(f"{who}{comma} may decide in {place}", task.ledger, scene)
    every = [one.in_words for one in together]
    what = _in_a_row(every)
    who = named(task, scene)
    starts = "You need to" if yours else f"{capitalised(who)}{',' if ',' in who else ''} needs to"
    clock = _clock(f"{starts} {what}", task.ledger, scene)
    if len(every) > _IN_A_SENTENCE:
        keys = tuple(one.key for one in together)
        return replace(clock, starts=starts, several=tuple(every), keys=keys)
    return clock


def _in_a_row(things: Sequence[str]) -> str:
    """Return ``this, that and the other``; with semicolons where one of them has a comma."""
    *most, last = things
    if most and any("," in one for one in things):  # a comma between them would be lost
        return f"{'; '.join(most)}; and {last}"
    return f"{', '.join(most)} and {last}" if most else last


def named(task: Task, scene: Scene, challenge: Challenge | None = None) -> str:
    """Return who has a task, by name and post: ``Tessa Sample-North, Team Manager, North Team``.

    ``challenge`` is by default the one that is looked at.
    """
    challenge, council, today = challenge or scene.challenge, scene.council, scene.today
    directory, names = council.directory, []
    for party in parties(task, challenge, council, today):
        officer = directory.officers.get(party)
        people = (officer,) if officer else directory.people(party, today)
        names += [person_named(person, council, today) for person in people] or [
            f"whoever is {directory.title(party)}"
            if party in directory.posts
            else challenge.name_on_record(party) or party
        ]
    action = challenge.action_number(task.action) if task.action else None
    if not names and action:
        return isolated(action.owner)
    return " or ".join(dict.fromkeys(names)) or str(task.whose)


def person_named(person: Officer, council: Council, day: date) -> str:
    """Return somebody's name with their first post; of somebody outside the name alone."""
    post = next(iter(council.directory.posts_held(person.id, day)), None)
    return f"{person.name}, {post.title}" if post else person.name


def follows(scene: Scene) -> list[str]:
    """Return what else happens, in sentences: what the deadlines themselves do not say."""
    challenge, council, me = scene.challenge, scene.council, scene.officer.id
    if is_praise(challenge):
        return list(next_step(challenge, scene.now, council, me))
    here = without_sealed(RUNGS[challenge.standing].tells(challenge, council), challenge)
    if challenge.open:
        return [here] if here else []
    again = without_sealed(reopened_as(challenge), challenge)
    later = what_follows(challenge, yours=scene.is_iro)
    goes_on = f"It was reopened, and goes on as {again}." if again else here
    return [one for one in (goes_on, later) if one]


def beyond(scene: Scene) -> str:
    """Return who can accept the actions after the 20-working-day limit, if the reply has any."""
    challenge, council = scene.challenge, scene.council
    found = [one for one in acceptable(challenge) if is_beyond(challenge, one)]
    if not found or not challenge.period or not challenge.open:
        return ""
    limit = f"after the 20-working-day limit, {day_in_words(challenge.period.day)}"
    said = f"The reply has an action {limit}."
    if Capacity.SRSM in scene.capacities:
        return f"{said} Only you can accept it."
    posts = overseeing_posts(Capacity.SRSM, challenge, council, scene.today)
    people = [one for post in posts[:1] for one in council.directory.people(post, scene.today)]
    names = " or ".join(person_named(one, council, scene.today) for one in people)
    comma = "," if "," in names else ""
    ask = " You can ask them to." if scene.is_iro and can_be_asked(challenge) else ""
    return f"{said} Only {names or f'the {Role.SRSM}'}{comma} can accept it.{ask}"


def may_decide_now(scene: Scene) -> bool:
    """Whether the reader oversees the challenge, and may decide in its IRO's place (rule 4)."""
    oversees = Capacity.SRSM in scene.capacities
    return oversees and late_decision(scene.challenge, scene.council) is not None


def in_the_iros_place(scene: Scene) -> str:
    """Return from when the reader can decide in the IRO's place, or why they cannot (rule 4).

    It is for those who oversee the challenge, and empty where a task of theirs says so already.
    """
    challenge, council, today = scene.challenge, scene.council, scene.today
    if Capacity.SRSM not in scene.capacities or not challenge.open:
        return ""
    iro = scene.officer_named(challenge.iro)
    if question := late_decision(challenge, council):
        able = overseers(Capacity.SRSM, challenge, council, today)
        if any(one.id == scene.officer.id for one in able):
            return ""
        late = days_in_words(council.calendar.between(question.deadline.day, today))
        return (
            f"{iro} was due to {question.in_words} by {day_in_words(question.deadline.day)}, and "
            f"is {late} late. You may decide in their place too."
        )
    if day := manager_decides_from(challenge, council):
        return (
            f"You can decide in {iro}’s place from {day_in_words(day)}, if they have not decided "
            "by then."
        )
    theirs = (
        one.in_words
        for one in challenge.questions
        if one.whose is Capacity.IRO and one.deadline.at < scene.now
    )
    if decides := [one for one in theirs if one.startswith("decide")]:
        late = f"was due by now to {_in_a_row(decides)}"
        if len(decides) > _NAMED_AT_MOST:
            late = f"is late with {len(decides)} decisions"
        return (
            f"{iro} {late}. That stays theirs: you can decide in their "
            "place only about a reply, or when none came. To ask about it, write a note: the IRO "
            "is told."
        )
    return ""


def ended(scene: Scene) -> str:
    """Return how and when it ended: ``Ira Sample-One closed the challenge …. It ended on …``."""
    challenge = scene.challenge
    last = [event for event in challenge.events if isinstance(event.fact, Closed | RecordSealed)]
    if challenge.open or not last:
        return ""
    event = last[-1]
    first, day = local_day(challenge.events[0].effective), local_day(event.effective)
    days = scene.council.calendar.between(first, day)
    after = f", {days_in_words(days)} after it was raised" if days else ""
    how = headline(event, challenge, scene.council)
    return f"{how}. It ended on {day_in_words(day)}{after}."


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
