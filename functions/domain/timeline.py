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
from domain.rulebook import RUNGS
from domain.rules.good_practice import is_praise
from domain.rules.impact import what_follows
from domain.rules.lateness import CHASED_DAILY, LATE_DAILY
from domain.rules.period import cannot_fit
from domain.rules.reopening import reopened_as
from domain.tasks import is_theirs, owner_in_words, tasks
from domain.vocabulary import ENDED, Capacity, Purpose, Standing
from domain.writing import capitalised, isolated

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event, Fact

__all__ = [
    "details",
    "details_of",
    "headline",
    "news",
    "next_step",
    "still_to_do",
    "turn_to",
    "waits_for",
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
            if task.yours:
                return task.yours.format(due=due)
            late = " That day has passed." if task.deadline.at < now else ""
            return f"You still have to {task.in_words}, by the end of {due}.{late}"
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


def where_it_stands(standing: Standing, stage: Stage, council: Council) -> str:
    """Return ``Stage 1: waiting for a reply``, ``Stage 1: ended, something left to do``."""
    title, says = council.ladder.title(stage), RUNGS[standing].says
    if standing in ENDED:
        return f"{title}: {says[0].lower()}{says[1:].replace(': ', ', ')}"
    return f"{title}: {says}"


def next_step(
    challenge: Challenge, now: datetime, council: Council, reader: str = ""
) -> tuple[str, ...]:
    """Return what happens next, as sentences: who has to do what, by when, and what follows.

    ``reader`` is the id of the officer who reads it; their own tasks say "you".
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
    sentences = [*([here] if here else []), *_ball(challenge, now, council, reader)]
    if challenge.period:
        end = day_in_words(challenge.period.day)
        over = "ended" if challenge.beyond_period else "ends"
        sentences.append(f"The 20-working-day limit {over} on {end}.")
        if not challenge.beyond_period and cannot_fit(challenge, now, council):
            sentences.append(
                f"There are not enough working days left to use every remaining stage before {end}."
            )
    return tuple(sentences)


def _ball(challenge: Challenge, now: datetime, council: Council, reader: str) -> list[str]:
    """Return what the challenge waits for and what else has to be done meanwhile, soonest first."""
    waiting = tasks(challenge, council)
    stopping = [task for task in waiting if task.stops][:1]
    beside = [task for task in waiting if not task.stops]
    sentences = []
    for task in sorted([*stopping, *beside], key=lambda task: task.deadline.at):
        yours = bool(reader) and is_theirs(task, reader, challenge, council, local_day(now))
        if task.aside and not yours:
            continue
        who = "you" if yours else owner_in_words(task, challenge, council, local_day(now))
        needs = "need to" if yours else "needs to"
        late = task.deadline.at < now
        says = task.says or f"{{who}} {needs} {task.in_words} by {{due}}."
        if late and task.says_late:
            says = task.says_late
        elif late and not task.says:
            says = f"{{who}} still {needs} {task.in_words}. It was due by {{due}}."
        due = day_in_words(task.deadline.day)
        sentences.append(capitalised(says.format(who=who, due=due)))
        then = [sentence for sentence in task.then if yours or sentence != CHASED_DAILY]
        if late:
            then = [LATE_DAILY if sentence == CHASED_DAILY else sentence for sentence in then]
        sentences += [sentence for sentence in then if sentence not in sentences]
    return sentences
