"""Who has to do what, by when: computed in one place from the tasks of every rule (rule 0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.people import overseers, oversees_as, parties, people_asked, posts_in_words
from domain.rulebook import parts_of
from domain.vocabulary import Capacity

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.part import Task

__all__ = ["is_theirs", "owner_in_words", "tasks", "trays"]


def tasks(challenge: Challenge, council: Council) -> tuple[Task, ...]:
    """Return everything that anybody has to do in this challenge, decisions first, then by date.

    After its end, only the tasks that outlive it.
    """
    found = [
        task
        for part in parts_of(challenge)
        for task in part.tasks(challenge, council)
        if challenge.open or task.outlives
    ]
    return tuple(sorted(found, key=lambda task: (task.place, task.deadline.at)))


def is_theirs(
    task: Task, officer: str, challenge: Challenge, council: Council, today: date
) -> bool:
    """Whether ``officer`` is one of those whose task it is today."""
    if task.whose is not Capacity.RESPONDER:
        if task.whose in (Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER):
            able = overseers(task.whose, challenge, council, today)
            if able:
                return any(person.id == officer for person in able)
        owners = parties(task, challenge, council, today)
        return not {*owners}.isdisjoint(council.directory.trays(officer, today))
    asked = challenge.request_number(task.request)
    return any(
        person.id == officer
        for post in (asked.to_reply if asked else ())
        for person in people_asked(challenge, post, council, today)
    )


def trays(challenge: Challenge, council: Council, today: date) -> dict[str, tuple[Task, ...]]:
    """Return the trays that the challenge is in today, each with its tasks, in their order.

    A tray is an officer's or a post's, by its id.
    """
    found: dict[str, tuple[Task, ...]] = {}
    for task in tasks(challenge, council):
        for party in dict.fromkeys(parties(task, challenge, council, today)):
            found[party] = (*found.get(party, ()), task)
    return found


def owner_in_words(task: Task, challenge: Challenge, council: Council, today: date) -> str:
    """Return ``Ira Sample-One (the IRO)``, ``the Team Manager, North Team``, for any reader.

    For the owner of an action who is outside the council it says only that: emails quote nobody.
    """
    iro = council.directory.officers.get(challenge.iro)
    if task.whose is Capacity.IRO and iro:
        return f"{iro.name} ({task.whose})"
    asked = challenge.request_number(task.request)
    if task.whose is Capacity.RESPONDER and asked:
        return posts_in_words(asked.to_reply, council)
    if task.whose is Capacity.OWNER:
        return " and ".join(
            _name(party, council) for party in parties(task, challenge, council, today)
        ) or (f"the owner of action {task.action}")
    role = oversees_as(task.whose, challenge, council, today)
    return f"the {role.in_words}" if role else str(task.whose)


def _name(party: str, council: Council) -> str:
    """Return the name of an officer, or ``the Team Manager, North Team``."""
    officer = council.directory.officers.get(party)
    return officer.name if officer else f"the {council.directory.title(party)}"
