"""What a challenge knows of legal advice and of the briefing about it (rule 11).

Who reads the advice itself is said in one place: ``domain.rules.legal.reads_advice``. Here is what
the record says, and who has which part in it by the posts they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.challenge import Slot
from domain.ladder import Role
from domain.vocabulary import Capacity

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Post

__all__ = [
    "LEGAL",
    "Legal",
    "briefed_posts",
    "has_conflict",
    "legal_capacities",
    "legal_parties",
    "nobody_holds",
]


@dataclass(frozen=True)
class Legal:
    """What the record says of legal advice; officers are ids of the directory.

    ``considered`` and ``asked`` are the numbers of the first events with which the IRO considered
    and asked for advice, 0 if there is none. ``conflict`` is whether the council's lawyers have a
    conflict of interest, ``None`` until they say. ``acting`` are the lawyers of the council who
    said that there is none, ``neighbour`` is the lawyer of a neighbouring authority. ``conflicted``
    are managers who never see the advice, and ``opened`` those to whom it was opened. ``briefed``
    are those who were briefed, and ``told`` says that the Director was notified.
    """

    considered: int = 0
    asked: int = 0
    conflict: bool | None = None
    acting: tuple[str, ...] = ()
    neighbour: str = ""
    conflicted: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    briefed: frozenset[str] = frozenset()
    told: bool = False


LEGAL: Slot[Legal] = Slot("legal", Legal())


def legal_capacities(
    challenge: Challenge, officer: str, held: tuple[Post, ...], council: Council, today: date
) -> set[Capacity]:
    """Return what ``officer``, who has the posts ``held``, is to legal advice in this challenge.

    A neighbouring authority's lawyer is one person: nobody is it by covering their post.
    """
    legal = challenge[LEGAL]
    if not legal.considered:
        return set()
    roles, ids = {post.role for post in held}, {post.id for post in held}
    found = set()
    if legal.asked and Role.LEGAL_TEAM in roles:
        found.add(Capacity.LAWYER)
    if _is_neighbour(officer, challenge, council):
        found.add(Capacity.NEIGHBOUR_LAWYER)
    if legal.briefed and ids & {*briefed_posts(challenge, council, today)}:
        found.add(Capacity.BRIEFED)
    if legal.told and Role.DIRECTOR in roles:
        found.add(Capacity.TOLD)
    return found


def has_conflict(officer: str, challenge: Challenge, council: Council, today: date) -> bool:
    """Whether ``officer`` is a lawyer of the council, and these have a conflict of interest."""
    held = council.directory.posts_held(officer, today)
    return challenge[LEGAL].conflict is True and any(one.role is Role.LEGAL_TEAM for one in held)


def _is_neighbour(officer: str, challenge: Challenge, council: Council) -> bool:
    """Whether ``officer`` is the neighbouring authority's lawyer, and still has that post."""
    posts = council.directory.posts_of(Role.NEIGHBOUR_LAWYER)
    named = challenge[LEGAL].neighbour
    return bool(named) and officer == named and any(post.holder == officer for post in posts)


def briefed_posts(challenge: Challenge, council: Council, today: date) -> tuple[str, ...]:
    """Return the posts that are briefed: the Assistant Director's for Safer & Partnerships.

    If nobody acts for one today, it is the Director's.
    """
    return _with_people(Role.SAFER_PARTNERSHIPS, challenge, council, today) or _with_people(
        Role.DIRECTOR, challenge, council, today
    )


def nobody_holds(*roles: Role) -> Callable[[Challenge, Council], bool]:
    """Return whether every post of these roles for the child is vacant."""

    def vacant(challenge: Challenge, council: Council) -> bool:
        directory = council.directory
        posts = (post for role in roles for post in council.posts(challenge, role))
        return all(directory.posts[post].holder not in directory.officers for post in posts)

    return vacant


def legal_parties(
    whose: Capacity, challenge: Challenge, council: Council, today: date
) -> tuple[str, ...]:
    """Return whose a task of legal advice is: ids of officers or posts; none if nobody can act.

    What is for the neighbouring authority's lawyer is the legal team's once that lawyer has left:
    they name another.
    """
    legal = challenge[LEGAL]
    if whose is Capacity.BRIEFED:
        return briefed_posts(challenge, council, today)
    if whose is Capacity.NEIGHBOUR_LAWYER and _is_neighbour(legal.neighbour, challenge, council):
        return (legal.neighbour,)
    if whose not in (Capacity.LAWYER, Capacity.NEIGHBOUR_LAWYER):
        return ()
    posts = _with_people(Role.LEGAL_TEAM, challenge, council, today)
    people = {one.id for one in council.people(challenge, Role.LEGAL_TEAM, today)}
    return tuple(one for one in legal.acting if one in people) or posts


def _with_people(
    role: Role, challenge: Challenge, council: Council, today: date
) -> tuple[str, ...]:
    posts = council.posts(challenge, role)
    return tuple(post for post in posts if council.directory.people(post, today))
