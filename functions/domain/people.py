"""What capacities people have in a challenge, and which posts and people have a capacity today.

Source: the ladder's columns; rules 1, 2 and 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Role
from domain.vocabulary import Capacity

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Challenge, Request
    from domain.council import Council
    from domain.directory import Officer
    from domain.part import Task

__all__ = ["capacities", "may_answer", "may_raise", "parties", "people_asked", "posts_in_words"]


def capacities(
    challenge: Challenge, officer: str, council: Council, today: date
) -> frozenset[Capacity]:
    """Return the capacities of ``officer`` in ``challenge`` today, by the posts they hold or cover.

    Its IRO never replies to it, and has no other capacity in it but that of an action's owner. If
    its IRO is the SRSM, the Senior IRO Manager oversees it, in the SRSM's capacity as well (rule
    15). So they do once a task is so late that they have been told (rule 0).
    """
    held = council.directory.posts_held(officer, today)
    owns = _owners(challenge) & {*council.directory.trays(officer, today)}
    found = {Capacity.OWNER} if owns else set()
    if officer == challenge.iro:
        return frozenset({Capacity.IRO, *found})
    for post in held:
        if post.role is Role.SRSM:
            found.add(Capacity.SRSM)
        elif post.role is Role.SENIOR_IRO_MANAGER:
            found.add(Capacity.SENIOR_IRO_MANAGER)
            if council.is_srsms_own(challenge) or _is_very_late(challenge, council):
                found.add(Capacity.SRSM)
        elif post.role is Role.IRO and post.holder == challenge.iro:
            found.add(Capacity.IRO)
    ids = {post.id for post in held}
    if _is_their_own(challenge, officer, council, today):
        return frozenset(found)
    if ids & _asked(challenge, council):
        found.add(Capacity.RESPONDER)
    if ids & _informed(challenge, council):
        found.add(Capacity.INFORMED)
    return frozenset(found)


def _is_very_late(challenge: Challenge, council: Council) -> bool:
    """Whether the Senior IRO Manager may do what the SRSM may: five working days late (rule 0)."""
    return challenge.chased() >= council.procedure.senior_told_after


def _is_their_own(challenge: Challenge, officer: str, council: Council, today: date) -> bool:
    """Whether they are its IRO, cover for the IRO or raised it, and so cannot reply (rule 15)."""
    held = council.directory.posts_held(officer, today)
    covers = any(post.role is Role.IRO and post.holder == challenge.iro for post in held)
    return covers or officer in (challenge.iro, challenge.raised.iro)


def people_asked(
    challenge: Challenge, post: str, council: Council, today: date
) -> tuple[Officer, ...]:
    """Return who is asked when ``post`` is: who acts for it today and may reply (rule 15)."""
    return tuple(
        person
        for person in council.directory.people(post, today)
        if not _is_their_own(challenge, person.id, council, today)
    )


def may_raise(officer: str, council: Council, today: date) -> bool:
    """Whether ``officer`` is an IRO, or covers for one today (rule 1)."""
    held = council.directory.posts_held(officer, today)
    return any(post.role is Role.IRO for post in held)


def _asked(challenge: Challenge, council: Council) -> set[str]:
    """Return the posts that were asked and can still reply, or may reply without being asked."""
    asked = {p for r in challenge.requests if not r.superseded for p in r.posts}
    allowed = council.ladder[challenge.stage].may_reply
    return asked | {p for role in allowed for p in council.posts(challenge, role)}


def may_answer(
    request: Request, challenge: Challenge, officer: str, council: Council, today: date
) -> bool:
    """Whether ``request`` is for a post that ``officer`` holds or covers today.

    A role that the ladder lets reply without being asked counts as well (rule 2).
    """
    unasked = council.ladder[request.stage].may_reply
    posts = {*request.posts, *(p for role in unasked for p in council.posts(challenge, role))}
    held = {post.id for post in council.directory.posts_held(officer, today)}
    return not request.superseded and bool(held & posts)


def _owners(challenge: Challenge) -> set[str]:
    """Return the officers and posts that own an open action."""
    return {action.who.party for action in challenge.open_actions if action.who}


def _informed(challenge: Challenge, council: Council) -> set[str]:
    roles = {Role.SOCIAL_WORKER}
    for request in challenge.requests:
        roles |= {*council.ladder[request.stage].informed, *council.ladder.below(request.stage)}
    return {p for role in roles for p in council.posts(challenge, role)}


def parties(task: Task, challenge: Challenge, council: Council) -> tuple[str, ...]:
    """Return the ids of the officers and posts whose ``task`` it is.

    If the SRSM is the IRO, it is the Senior IRO Manager's post. If there is no such post, it is the
    IRO, so that nothing is lost. The owner of an action who is somebody outside has no id.
    """
    whose = task.whose
    if whose is Capacity.RESPONDER:
        asked = challenge.request_number(task.request)
        return asked.posts if asked else ()
    if whose is Capacity.OWNER:
        action = challenge.action_number(task.action)
        return (action.who.party,) if action and action.who and action.who.party else ()
    if whose is Capacity.IRO:
        return (challenge.iro,)
    senior = whose is Capacity.SENIOR_IRO_MANAGER or council.is_srsms_own(challenge)
    posts = council.posts(challenge, Role.SENIOR_IRO_MANAGER if senior else Role.SRSM)
    return posts[:1] or (challenge.iro,)


def posts_in_words(posts: tuple[str, ...], council: Council) -> str:
    """Return ``the Team Manager, North Team``: all who are asked, and any may reply."""
    titles = [f"the {council.directory.title(post)}" for post in posts]
    return " or ".join(titles) or "a post that the directory does not have"
