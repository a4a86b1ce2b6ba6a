"""Who has to do what, by when: computed in one place from the tasks of every rule (rule 0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.people import overseers, oversees_as, parties, people_asked
from domain.rulebook import parts_of
from domain.vocabulary import Capacity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer, Post
    from domain.part import Task

__all__ = ["is_theirs", "owner_in_words", "party_in_words", "tasks", "trays"]


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
    """Return ``Ira Sample-One, the IRO``, ``Tam Sample-Six, Team Manager, North Team``.

    Where nobody acts for a post, it is ``the Team Manager, North Team``. For the owner of an action
    who is outside the council it says only that: emails quote nobody.
    """
    iro = council.directory.officers.get(challenge.iro)
    if task.whose is Capacity.IRO and iro:
        return f"{iro.name}, {task.whose}"
    asked = challenge.request_number(task.request)
    if task.whose is Capacity.RESPONDER and asked:
        return _any_of(_asked_at(post, challenge, council, today) for post in asked.to_reply)
    if task.whose is Capacity.OWNER:
        owners = parties(task, challenge, council, today)
        return " and ".join(party_in_words(one, council, today) for one in owners) or (
            f"the owner of action {task.action}"
        )
    if role := oversees_as(task.whose, challenge, council, today):
        able = overseers(task.whose, challenge, council, today)
        return f"{_any_of(one.name for one in able)}, {role.in_words}"
    others = (one for one in parties(task, challenge, council, today) if one != challenge.iro)
    named = [one for one in others if council.directory.people(one, today)]
    return _any_of(party_in_words(one, council, today) for one in named) or str(task.whose)


def party_in_words(party: str, council: Council, today: date) -> str:
    """Return an officer, or who acts for a post today, by name and role."""
    directory = council.directory
    officer = directory.officers.get(party)
    if officer:
        post = next((one for one in directory.posts.values() if one.holder == party), None)
        return f"{officer.name}, {_called(post)}" if post else officer.name
    return _at(party, directory.people(party, today), council)


def _asked_at(post: str, challenge: Challenge, council: Council, today: date) -> str:
    return _at(post, people_asked(challenge, post, council, today), council)


def _at(id_: str, people: Iterable[Officer], council: Council) -> str:
    """Return the people by name with their post, or the post alone if there is nobody."""
    post = council.directory.posts.get(id_)
    if post is None:
        return "a post that the directory does not have"
    names = [
        f"{one.name}, {'' if one.id == post.holder else 'for the '}{_called(post)}"
        for one in people
    ]
    return _any_of(names) or f"the {_called(post)}"


def _called(post: Post) -> str:
    """Return ``Team Manager, North Team``; of a post for many teams its role, to keep it short."""
    return post.title if len(post.teams) == 1 else post.role.in_words


def _any_of(names: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(names))
