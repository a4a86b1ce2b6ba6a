"""The challenge in words: each event's line, what was written, and what happens next.

A *headline* and a *next step* name no child and quote nobody, as emails use them. The *details*
are what people wrote, for the challenge's page only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.fold import read
from domain.ladder import Role, Stage
from domain.moments import day_in_words, local_day
from domain.named import without_sealed
from domain.part import Seen, kind_of
from domain.people import overseers, oversees_as
from domain.rulebook import RUNGS
from domain.rules.good_practice import is_praise
from domain.rules.impact import what_follows
from domain.rules.lateness import days_in_words
from domain.rules.period import cannot_fit
from domain.rules.reopening import reopened_as
from domain.tasks import is_theirs, owner_in_words, tasks
from domain.vocabulary import ENDED, Capacity, Purpose, Standing
from domain.writing import by_day, capitalised, isolated

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event, Fact
    from domain.part import Task

__all__ = [
    "details",
    "details_of",
    "headline",
    "iro_in_words",
    "news",
    "next_step",
    "reply_awaited",
    "still_to_do",
    "turn_to",
    "waits_for",
    "what_then",
    "where_it_stands",
]


def headline(event: Event, challenge: Challenge, council: Council) -> str:
    """Return a sentence about ``event`` without a full stop, a child's details or quotes.

    It names no sealed record to those who do not learn of it (``domain.named``).
    """

    def before() -> Challenge:
        return read(challenge.reference, challenge.events[: event.number - 1])

    said = kind_of(event.fact).line(Seen(event, challenge, council, before))
    return without_sealed(said, challenge)


def news(fact: Fact, stage: Stage, council: Council) -> str:
    """Return what an email's subject calls ``fact``: ``Stage 2 has begun``."""
    return kind_of(fact).news.format(stage=council.ladder.title(stage))


def details(fact: Fact, who: frozenset[Capacity]) -> tuple[tuple[str, str], ...]:
    """Return what people wrote in ``fact`` and the sums behind its deadlines, for ``who`` to read.

    The result is (label, text) pairs, without the words that are not for ``who``.
    """
    return tuple(
        (one.label, one.text) for one in kind_of(fact).written() if one.text and one.is_for(who)
    )


def details_of(
    event: Event, challenge: Challenge, who: frozenset[Capacity]
) -> tuple[tuple[str, str], ...]:
    """Return the :func:`details` of ``event``; they name no sealed record, as its headline."""
    return tuple(
        (without_sealed(label, challenge), without_sealed(text, challenge))
        for label, text in details(event.fact, who)
    )


def waits_for(challenge: Challenge, council: Council, today: date) -> str:
    """Return the person or post that the challenge waits for: ``the Team Manager, North Team``.

    While agreed actions are under way it names their owners as somebody typed them, so it is only
    for pages.
    """
    waiting = [task for task in tasks(challenge, council) if task.stops]
    if not waiting:
        return "nobody: it has ended"
    if waiting[0].purpose is Purpose.DO_ACTION:
        owners = [isolated(a.owner) for a in challenge.open_actions]
        return " and ".join(dict.fromkeys(owners))
    return owner_in_words(waiting[0], challenge, council, today)


def still_to_do(challenge: Challenge, officer: str, council: Council, now: datetime) -> str:
    """Return what ``officer`` still has to do in this challenge, as sentences; empty if nothing."""
    today = local_day(now)
    for task in tasks(challenge, council):
        if is_theirs(task, officer, challenge, council, today):
            due = day_in_words(task.deadline.day)
            if task.deadline.at < now and task.purpose not in _NEVER_LATE:
                return f"You still need to {task.in_words}. It was due by {due}."
            if task.yours:
                return task.yours.format(due=due)
            return f"You still need to {by_day(task.in_words, due)}."
    return ""


def turn_to(challenge: Challenge, officer: str, council: Council, now: datetime) -> str:
    """Return whom ``officer`` can contact about this: its IRO, or the SRSM for the IRO.

    Once the IRO has left, it is the SRSM for everybody. Of a sealed record it is the Senior IRO
    Manager, who sealed it: nobody else of them sees it.
    """
    directory = council.directory
    if challenge.sealed:
        return directory.contact(Role.SENIOR_IRO_MANAGER, local_day(now), besides=officer)
    iro = directory.officers.get(challenge.iro)
    if iro and iro.id != officer and not directory.has_left(iro.id):
        return f"{iro.name}, the IRO ({iro.email})"
    day, team = local_day(now), challenge.area.team
    return directory.contact(Role.SRSM, day, team=team, besides=officer)


def iro_in_words(challenge: Challenge, council: Council) -> str:
    """Return the challenge's IRO by name: ``Ira Sample-One, the child’s IRO``."""
    iro = council.directory.officers.get(challenge.iro)
    return f"{iro.name}, the child’s IRO" if iro else "The child’s IRO"


def where_it_stands(standing: Standing, stage: Stage, council: Council) -> str:
    """Return ``Stage 1: waiting for a reply``, ``Stage 1: ended, something left to do``."""
    title, says = council.ladder.title(stage), RUNGS[standing].says
    if standing in ENDED:
        return f"{title}: {says[0].lower()}{says[1:].replace(': ', ', ')}"
    return f"{title}: {says}"


def next_step(
    challenge: Challenge,
    now: datetime,
    council: Council,
    reader: str = "",
    *,
    besides: Collection[str] = (),
) -> tuple[str, ...]:
    """Return what happens next, as sentences: who has to do what, by when, and what follows.

    ``reader`` is the id of the officer who reads it; their own tasks say "you". Tasks whose keys
    are in ``besides`` are left out: the page lists them.
    """
    here = without_sealed(RUNGS[challenge.standing].tells(challenge, council), challenge)
    if is_praise(challenge):
        left = _ball(challenge, now, council, reader) or ["Nobody has to do anything."]
        return (" ".join(("This records good practice.", *left[:1])), *left[1:])
    if not challenge.open:
        ended = f"The challenge has ended: {challenge.outcome}."
        again = without_sealed(reopened_as(challenge), challenge)
        on = [f"It was reopened, and goes on as {again}."] if again else [here] if here else []
        acting = council.directory.acting_for_iro(challenge.iro, local_day(now))
        yours = any(person.id == reader for person in acting)
        follows = what_follows(challenge, yours=yours)
        left = [*_ball(challenge, now, council, reader), *([follows] if follows else [])]
        return (ended, *on, *(left or ["Nothing more is needed."]))
    ball = _ball(challenge, now, council, reader, besides)
    sentences = [*([here] if here else []), *ball]
    if challenge.period:
        end = day_in_words(challenge.period.day)
        over = "ended" if challenge.beyond_period else "ends"
        sentences.append(f"The 20-working-day limit {over} on {end}.")
        if not challenge.beyond_period and cannot_fit(challenge, now, council):
            sentences.append(
                f"There are not enough working days left to use every remaining stage before {end}."
            )
    return tuple(sentences)


def reply_awaited(
    challenge: Challenge, now: datetime, council: Council, reader: str = ""
) -> tuple[str, ...]:
    """Return who needs to reply by when, and what happens otherwise; nothing if no reply is due.

    ``reader`` is the id of the officer who reads it.
    """
    said = _said_of(challenge, council, local_day(now), reader)
    return tuple(
        sentence
        for task in tasks(challenge, council)
        if task.purpose is Purpose.REPLY
        for sentence in (
            _others(task, challenge, council, now),
            *(one.format(**said) for one in task.then),
        )
    )


def what_then(
    task: Task, challenge: Challenge, now: datetime, council: Council, reader: str
) -> tuple[str, ...]:
    """Return what happens if a task is not done, for ``reader``; nothing that is late already."""
    says = _said_of(challenge, council, local_day(now), reader)
    late = task.deadline.at < now
    then = [one.format(**says) for one in task.then if not (late and _BY_THEN in one)]
    yours = bool(reader) and is_theirs(task, reader, challenge, council, local_day(now))
    return (*then, *_if_late(task, challenge, council, local_day(now), reader, yours=yours))


def _said_of(challenge: Challenge, council: Council, today: date, reader: str) -> dict[str, str]:
    """Return how ``Task.then`` speaks to ``reader`` of the IRO and of those who oversee."""
    acting = council.directory.acting_for_iro(challenge.iro, today)
    yours = any(person.id == reader for person in acting)
    found = {"decides": "you decide", "has": "you have"} if yours else {**_OF_IRO}
    for name, whose in _HAVE.items():
        who, you = _overseer(whose, challenge, council, today, reader)
        found[name] = f"{who} have" if you else f"{who} has"
    return found


def _overseer(
    whose: Capacity, challenge: Challenge, council: Council, today: date, reader: str
) -> tuple[str, bool]:
    """Return who acts as the SRSM or the Senior IRO Manager, and whether it is ``reader``."""
    able = overseers(whose, challenge, council, today)
    if any(person.id == reader for person in able):
        return "you", True
    role = oversees_as(whose, challenge, council, today)
    names = " or ".join(person.name for person in able)
    return (f"{names}, {role}," if role else str(whose)), False


def _ball(
    challenge: Challenge,
    now: datetime,
    council: Council,
    reader: str,
    besides: Collection[str] = (),
) -> list[str]:
    """Return what ``reader`` has to do, and then what others have to, each soonest first.

    That is what the challenge waits for, and what has to be done meanwhile.
    """
    waiting, today = tasks(challenge, council), local_day(now)
    stopping = [task for task in waiting if task.stops][:1]
    shown = sorted(
        [*stopping, *(task for task in waiting if not task.stops)],
        key=lambda task: task.deadline.at,
    )
    theirs = [
        task for task in shown if reader and is_theirs(task, reader, challenge, council, today)
    ]
    others = [task for task in shown if task not in theirs and not task.aside]
    found: list[str] = []
    said_here = [task for task in theirs if task.key not in besides]
    for task in (*said_here, *others):
        late = task.deadline.at < now
        yours = task in theirs
        said = _yours(task, late=late) if yours else _others(task, challenge, council, now)
        then = what_then(task, challenge, now, council, reader)
        # What follows several tasks alike is said once.
        found.append(" ".join((said, *(one for one in then if one not in " ".join(found)))))
    asked = [one for one in theirs if challenge.question_by(one.key)]
    if reminded := [one for one in asked if one.purpose is not Purpose.SKIP_STAGE]:
        all_late = all(task.deadline.at < now for task in reminded)
        found.insert(len(said_here), _REMINDED[all_late])
    return list(dict.fromkeys(found))


#: How ``Task.then`` speaks of the IRO to others, and what it says of those who oversee.
_OF_IRO = {"decides": "the IRO decides", "has": "the IRO has"}
_HAVE = {"srsm_has": Capacity.SRSM, "senior_has": Capacity.SENIOR_IRO_MANAGER}

#: What depends on a date that has passed is not said any more.
_BY_THEN = "by then"

#: What its owner may do, and need not.
_NEVER_LATE = (Purpose.STEP_IN,)

#: What whoever has to decide something reads, and nobody else: the daily email is theirs. It says
#: whether everything is late already.
_REMINDED = {
    False: "If you are late, we’ll remind you every working day.",
    True: "We’ll remind you every working day until it is done.",
}


def _yours(task: Task, *, late: bool) -> str:
    """Return what its reader has to do, and by when."""
    due = day_in_words(task.deadline.day)
    if task.purpose in _NEVER_LATE:
        return task.yours
    if late:
        return f"You still need to {task.in_words}. It was due by {due}."
    return f"You need to {by_day(task.in_words, due)}."


def _others(task: Task, challenge: Challenge, council: Council, now: datetime) -> str:
    """Return what somebody else has to do, and by when: by name, with their role."""
    late = task.deadline.at < now
    says = task.says or "{who} needs to " + by_day(task.in_words, "{due}") + "."
    if late and task.says_late:
        says = task.says_late
    elif late and not task.says:
        says = "{who} still needs to " + task.in_words + ". It was due by {due}."
    who = owner_in_words(task, challenge, council, local_day(now))
    who += "," if "," in who else ""
    return capitalised(says.format(who=who, due=day_in_words(task.deadline.day)))


def _if_late(
    task: Task, challenge: Challenge, council: Council, today: date, reader: str, *, yours: bool
) -> list[str]:
    """Return what follows once the task is later than today, for those whom that concerns."""
    question = challenge.question_by(task.key)
    days = max(
        council.calendar.between(task.deadline.day, today) if today > task.deadline.day else 0,
        question.chased if question else 0,
    )
    for one in task.if_late:
        who, them = _overseer(one.who, challenge, council, today, reader)
        if one.days > days and (yours or them):
            told = "are told" if them else "is told"
            does = "may decide instead" if one.may_decide else told
            return [f"If it is {days_in_words(one.days)} late, {who} {does}."]
    return []
