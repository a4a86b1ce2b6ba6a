"""What capacities people have in a challenge, and which posts and people have a capacity today.

Source: the ladder's columns; rules 1, 2 and 15.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.challenge import Slot
from domain.directory import Directory, Officer, Post
from domain.events import INTERFACE
from domain.ladder import OVERSEERS, Role
from domain.lawyers import LEGAL, legal_capacities, legal_parties
from domain.values import Value, value
from domain.vocabulary import Capacity, Purpose
from domain.writing import can_be_seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.challenge import Action, Area, Challenge, Owner, Request
    from domain.council import Council
    from domain.events import Actor
    from domain.part import Task

__all__ = [
    "AREAS_BEFORE",
    "DIRECTOR_INFORMED",
    "IROS_BEFORE",
    "SENIOR_STEPS_IN",
    "AreaBefore",
    "IroBefore",
    "actions_of",
    "asked_turns",
    "by_their_post",
    "capacities",
    "capacities_of",
    "covers_as_manager",
    "doers",
    "does_action",
    "does_outside",
    "informed_before",
    "iros_for_whom",
    "is_of_the_family",
    "is_owner_alone",
    "is_party",
    "may_answer",
    "may_raise",
    "outside_id",
    "outside_named",
    "overseeing_posts",
    "overseers",
    "oversees_as",
    "oversight_turns",
    "owner_named",
    "owner_problems",
    "parties",
    "people_asked",
    "people_who_do",
    "posts_in_words",
    "reads_until",
    "supporters",
]


@value
class IroBefore(Value):
    """An officer who was the IRO of a challenge until event number ``until`` appointed another."""

    officer: str
    until: int


@value
class AreaBefore(Value):
    """Where the child was until event number ``until`` recorded a move (rule 15)."""

    area: Area
    until: int


#: Whether a task was so late that the Senior IRO Manager may do what the SRSM may from then on.
SENIOR_STEPS_IN = Slot("senior_steps_in", empty=False)

#: The IROs that a challenge had before its present one, in order.
IROS_BEFORE: Slot[tuple[IroBefore, ...]] = Slot("iros_before", ())

#: The areas in which the child was before the present one, in order.
AREAS_BEFORE: Slot[tuple[AreaBefore, ...]] = Slot("areas_before", ())


#: Whether the Director was informed of the challenge, and reads it (rule 14).
DIRECTOR_INFORMED = Slot("director_informed", empty=False)


def capacities(
    challenge: Challenge, officer: str, council: Council, today: date
) -> frozenset[Capacity]:
    """Return the capacities of ``officer`` in ``challenge`` today, by the posts they hold or cover.

    Its IRO never replies to it, and has no other capacity in it but that of an action's owner.
    Nobody oversees their own: see :func:`overseers`. Once a task is so late that the Senior IRO
    Manager has been told, they have the SRSM's capacity as well (rule 0). Who was its IRO before
    reads on while an IRO of this council (rule 15). Auditor and Data protection officer are that in
    every challenge, whatever else they are to it; in one that is sealed, nobody else is anything.
    """
    held = council.directory.posts_held(officer, today)
    inspects = {_INSPECTS[post.role] for post in held if post.role in _INSPECTS}
    if challenge.sealed:
        return frozenset(inspects)
    return _involved(challenge, officer, held, council, today) | inspects


def capacities_of(
    challenge: Challenge, actor: Actor, council: Council, today: date
) -> frozenset[Capacity]:
    """Return the capacities of ``actor`` in ``challenge`` today.

    The case system has one of its own, and none in a sealed record.
    """
    if actor.via == INTERFACE:
        return frozenset() if challenge.sealed else frozenset({Capacity.CASE_SYSTEM})
    return capacities(challenge, actor.officer, council, today)


#: Who reads every challenge, and does nothing in it.
_INSPECTS = {
    Role.AUDITOR: Capacity.AUDITOR,
    Role.DATA_PROTECTION_OFFICER: Capacity.DATA_PROTECTION_OFFICER,
}


def _involved(
    challenge: Challenge, officer: str, held: tuple[Post, ...], council: Council, today: date
) -> frozenset[Capacity]:
    """Return the capacities of ``officer``, who has the posts ``held``, but those of inspectors."""
    owns = any(
        does_action(officer, action, challenge, council, today) for action in challenge.open_actions
    )
    found = {Capacity.OWNER} if owns else set()
    if officer == challenge.iro:
        return frozenset({Capacity.IRO, *found})
    found |= _oversees(officer, held, challenge, council, today)
    found |= legal_capacities(challenge, officer, held, council, today)
    for post in held:
        if post.role is Role.IRO and post.holder == challenge.iro:
            found |= {Capacity.IRO, Capacity.COVER}
        elif post.role is Role.IRO and officer in _iros_before(challenge):
            found.add(Capacity.IRO_BEFORE)
    ids = {post.id for post in held}
    if _is_their_own(challenge, officer, council, today):
        return frozenset(found)
    found |= {who for who, posts in by_their_post(challenge, council).items() if ids & posts}
    at_the_top = ids & {*council.posts(challenge, Role.ASSISTANT_DIRECTOR)}
    if at_the_top and found & {Capacity.RESPONDER, Capacity.INFORMED}:
        found.add(Capacity.ASSISTANT_DIRECTOR)
    return frozenset(found)


def by_their_post(challenge: Challenge, council: Council) -> dict[Capacity, set[str]]:
    """Return the posts that give whoever holds them a capacity in an unsealed challenge."""
    before = {*informed_before(challenge, council)}
    asked = _asked(challenge, council)
    return {
        Capacity.RESPONDER: asked,
        Capacity.INFORMED: _informed(challenge, council) | (_was_asked(challenge) - before - asked),
        Capacity.INFORMED_BEFORE: before,
    }


def _was_asked(challenge: Challenge) -> set[str]:
    """Return the posts of an open challenge for which others are asked instead: they read on."""
    asked = (request for request in challenge.requests if request.superseded)
    return {post for request in asked for post in request.posts} if challenge.open else set()


#: Who oversees a challenge, in order: the next above acts where nobody at a post may or can.
_LINE = (Role.SRSM, Role.SENIOR_IRO_MANAGER, Role.DIRECTOR)

_OVERSEES_AS = {
    Role.SRSM: Capacity.SRSM,
    Role.SENIOR_IRO_MANAGER: Capacity.SENIOR_IRO_MANAGER,
}


def _oversees(
    officer: str, held: tuple[Post, ...], challenge: Challenge, council: Council, today: date
) -> set[Capacity]:
    """Return the capacities in which ``officer``, who has the posts ``held``, oversees it today.

    A manager to whom the challenge is their own oversees it no more. They go on reading.
    """
    roles = {post.role for post in held} & {*_LINE}
    if not roles:
        return set()
    if is_party(officer, challenge, council, today):
        reads_on = roles & {*_OVERSEES_AS} and not _acts_as_iro(officer, challenge, council, today)
        return {Capacity.INFORMED} if reads_on else set()
    ids = {post.id for post in held}
    found = {
        capacity
        for role, capacity in _OVERSEES_AS.items()
        if role in roles or ids & {*overseeing_posts(capacity, challenge, council, today)}
    }
    if Capacity.SENIOR_IRO_MANAGER in found and _is_or_was_very_late(challenge, council):
        found.add(Capacity.SRSM)
    return found


def is_party(officer: str, challenge: Challenge, council: Council, today: date) -> bool:
    """Whether ``officer`` is too much part of the challenge to oversee it today (rule 15).

    They are or cover its IRO, were asked to reply, own an action that has not ended, or were
    briefed (rule 11).
    """
    if _acts_as_iro(officer, challenge, council, today) or officer in challenge[LEGAL].briefed:
        return True
    asked = [request for request in challenge.requests if not request.no_reply]
    if any(officer in request.served | request.bounced for request in asked):
        return True
    if any(_answered_by(officer, request) for request in asked):
        return True
    theirs = {officer, *(post.id for post in council.directory.posts_held(officer, today))}
    if any(theirs & {*request.posts} for request in asked if not request.superseded):
        return True
    return any(theirs & {*doers(action, challenge, council)} for action in challenge.open_actions)


def _acts_as_iro(officer: str, challenge: Challenge, council: Council, today: date) -> bool:
    """Whether ``officer`` is or covers its IRO."""
    acting = council.directory.acting_for_iro(challenge.iro, today)
    return officer == challenge.iro or any(person.id == officer for person in acting)


def covers_as_manager(officer: str, challenge: Challenge, council: Council, today: date) -> bool:
    """Whether ``officer`` is the SRSM, and acts for the IRO only as their cover (rule 15)."""
    held = council.directory.posts_held(officer, today)
    return officer != challenge.iro and any(post.role is Role.SRSM for post in held)


def _answered_by(officer: str, request: Request) -> bool:
    events = (request.reply, *request.late_replies)
    return any(event is not None and event.actor.officer == officer for event in events)


def overseers(
    whose: Capacity, challenge: Challenge, council: Council, today: date
) -> tuple[Officer, ...]:
    """Return who acts as the SRSM or the Senior IRO Manager (``whose``) today (rule 15).

    That is whoever holds or covers the post, unless they are a party (:func:`is_party`). If that
    leaves nobody, it is the next above, at the top the Director.
    """
    posts = overseeing_posts(whose, challenge, council, today)
    found = {
        person.id: person
        for post in posts
        for person in council.directory.people(post, today)
        if not is_party(person.id, challenge, council, today)
    }
    return tuple(found.values())


def supporters(challenge: Challenge, council: Council, today: date) -> tuple[Officer, ...]:
    """Return who supports the IRO with legal advice today (rule 11).

    That is whoever acts as the SRSM, but for those with a conflict of interest. If that leaves
    nobody, the Senior IRO Manager supports instead.
    """
    conflicted = challenge[LEGAL].conflicted
    for whose in _OVERSEES_AS.values():
        able = overseers(whose, challenge, council, today)
        if found := tuple(one for one in able if one.id not in conflicted):
            return found
    return ()


def overseeing_posts(
    whose: Capacity, challenge: Challenge, council: Council, today: date
) -> tuple[str, ...]:
    """Return the posts of :func:`overseers`; none if nobody can act."""
    role = oversees_as(whose, challenge, council, today)
    return _with_somebody(role, challenge, council, today) if role else ()


def oversees_as(
    whose: Capacity, challenge: Challenge, council: Council, today: date
) -> Role | None:
    """Return the role of :func:`overseers`; ``None`` if nobody can act, or for other capacities."""
    roles = [role for role, capacity in _OVERSEES_AS.items() if capacity is whose]
    line = _LINE[_LINE.index(roles[0]) :] if roles else ()
    able = (role for role in line if _with_somebody(role, challenge, council, today))
    return next(able, None)


def _with_somebody(
    role: Role, challenge: Challenge, council: Council, today: date
) -> tuple[str, ...]:
    """Return the posts of this role for which somebody acts today who is no party."""
    return tuple(
        post
        for post in council.posts(challenge, role)
        if any(
            not is_party(person.id, challenge, council, today)
            for person in council.directory.people(post, today)
        )
    )


def oversight_turns(challenge: Challenge, council: Council, today: date) -> tuple[date, ...]:
    """Return the days after ``today`` on which cover begins or has ended that changes who oversees.

    That is cover of or by the managers in line, and by its IRO, who may be one only as cover.
    """
    directory = council.directory
    line = [post for role in _LINE for post in directory.posts_of(role)]
    posts = {post.id for post in line}
    people = {post.holder for post in line} | {
        one.officer for one in directory.in_force if one.post in posts
    }
    days = {
        day
        for one in directory.in_force
        if one.post in posts or one.officer in people or one.officer == challenge.iro
        for day in (one.first, *([one.last + timedelta(days=1)] if one.last < date.max else []))
    }
    return tuple(sorted(day for day in days if day > today))


def asked_turns(challenge: Challenge, council: Council, today: date) -> tuple[date, ...]:
    """Return the working days from ``today`` on from which cover changes who is asked to reply.

    It begins, or has ended, for a post from which a reply is due. On such a morning whoever acts
    for the post is asked, or it turns out that nobody does.
    """
    if challenge.request.answered or not challenge.open:
        return ()
    days = (
        day
        for one in council.directory.in_force
        if one.post in challenge.request.to_reply
        for day in (one.first, *([one.last + timedelta(days=1)] if one.last < date.max else []))
        if day >= today
    )
    return tuple(sorted({council.calendar.on_or_after(day) for day in days}))


def _is_or_was_very_late(challenge: Challenge, council: Council) -> bool:
    """Whether the Senior IRO Manager may do what the SRSM may (rule 0).

    So they may from when a task is five working days late, also once it is settled.
    """
    late = challenge.chased() >= council.procedure.senior_told_after
    return late or challenge[SENIOR_STEPS_IN]


def _is_their_own(challenge: Challenge, officer: str, council: Council, today: date) -> bool:
    """Whether they are or were its IRO, or cover for the IRO, and so cannot reply (rule 15)."""
    held = council.directory.posts_held(officer, today)
    covers = any(post.role is Role.IRO and post.holder == challenge.iro for post in held)
    raised = (challenge.raised.iro, challenge.raised_by)
    return covers or officer in {challenge.iro, *raised, *_iros_before(challenge)}


def _iros_before(challenge: Challenge) -> frozenset[str]:
    """Return the officers who were its IRO before the present one."""
    return frozenset(one.officer for one in challenge[IROS_BEFORE])


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
    return bool(iros_for_whom(officer, council, today))


def iros_for_whom(officer: str, council: Council, today: date) -> tuple[str, ...]:
    """Return the IROs for whom ``officer`` may raise a challenge today, by their ids (rule 1).

    That is the officer, if they are an IRO, and each IRO they cover for. Who covers a post that
    nobody holds raises their own.
    """
    held = council.directory.posts_held(officer, today)
    iros = [post.holder or officer for post in held if post.role is Role.IRO]
    return tuple(dict.fromkeys(sorted(iros, key=lambda iro: iro != officer)))


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
    return not request.no_reply and not request.superseded and bool(held & posts)


def _informed(challenge: Challenge, council: Council) -> set[str]:
    roles = _roles_informed(challenge.requests, council)
    if challenge[DIRECTOR_INFORMED]:
        roles.add(Role.DIRECTOR)
    return {post for role in roles for post in council.posts(challenge, role)}


def _roles_informed(requests: Iterable[Request], council: Council) -> set[Role]:
    roles = {Role.SOCIAL_WORKER}
    for request in requests:
        roles |= {*council.ladder[request.stage].informed, *council.ladder.below(request.stage)}
    return roles


def informed_before(challenge: Challenge, council: Council) -> dict[str, int]:
    """Return the posts informed until the child moved away from them, each with that event.

    Posts that are responsible for the present area too are not among them.
    """
    found: dict[str, int] = {}
    for before in challenge[AREAS_BEFORE]:
        requests = [one for one in challenge.requests if one.event < before.until]
        asked = {role for one in requests for role in council.ladder[one.stage].responders}
        for role in {*_roles_informed(requests, council), *asked}:
            now = council.posts(challenge, role)
            then = council.posts(challenge, role, before.area)
            found |= {post: before.until for post in then if post not in now}
    return found


def reads_until(challenge: Challenge, officer: str, council: Council, today: date) -> int | None:
    """Return the number of the last event that ``officer`` may read; ``None`` if all (rule 15).

    Who was asked or informed where the child was before reads the record up to the move, unless
    the present question is theirs to answer, or they have another part in the challenge.
    """
    who = capacities(challenge, officer, council, today)
    if Capacity.INFORMED_BEFORE not in who:
        return None
    briefing = {Capacity.BRIEFED, Capacity.TOLD}
    if who - {Capacity.INFORMED_BEFORE, Capacity.RESPONDER, Capacity.OWNER} - briefing:
        return None
    held = {post.id for post in council.directory.posts_held(officer, today)}
    before = informed_before(challenge, council)
    until = max(before[post] for post in held if post in before)
    asked_since = [
        request
        for request in challenge.requests
        if held & {*request.posts}
        if request.event > until or (request == challenge.request and not request.answered)
    ]
    return None if asked_since and challenge.open else until


# Who does an action ------------------------------------------------------------------------------


def doers(action: Action, challenge: Challenge, council: Council) -> tuple[str, ...]:
    """Return the ids of the officer or posts who have to do ``action``; none if it is outside.

    While its owner cannot be reached, until the IRO has named another, and if an old record has
    only words, it is the Team Manager's of the child's team (rule 6). So it is theirs if it ended
    like that.
    """
    if action.who is None or action.lacks_owner:
        return council.posts(challenge, Role.TEAM_MANAGER)
    return (action.who.party,) if action.who.party else ()


def outside_id(action: Action) -> str:
    """Return the id of the owner outside of ``action``: ``outside-2-7``.

    It has the numbers of the action and of the event that named its owner. No officer has such an
    id. It names them in the record, in logs and in links, which hold no names.
    """
    return f"outside-{action.number}-{action.owned_since}"


def outside_named(officer: str) -> tuple[int, int] | None:
    """Return the numbers in an :func:`outside_id`: of the action, and of the event.

    ``None`` if it is no such id.
    """
    found = _OUTSIDE.fullmatch(officer)
    return (int(found[1]), int(found[2])) if found else None


def does_outside(officer: str, challenge: Challenge) -> bool:
    """Whether ``officer`` is the id of somebody outside who owns, or owned, an action of it."""
    return any(officer.startswith(f"outside-{action.number}-") for action in challenge.actions)


def people_who_do(
    action: Action, challenge: Challenge, council: Council, today: date
) -> tuple[Officer, ...]:
    """Return the people who have to do ``action`` and can get an email about it today."""
    directory, who = council.directory, action.who
    parties = doers(action, challenge, council)
    if who and not parties:
        return (Officer(outside_id(action), who.name, who.email),) if who.email else ()
    found = [
        person
        for party in parties
        for person in (
            directory.people(party, today)
            if party in directory.posts or party not in directory.officers
            else [directory.officers[party]]
        )
    ]
    return tuple({person.id: person for person in found}.values())


def does_action(
    officer: str, action: Action, challenge: Challenge, council: Council, today: date
) -> bool:
    """Whether ``officer``, by an id of the directory or an :func:`outside_id`, has to do it."""
    parties = doers(action, challenge, council)
    if not parties:
        return officer == outside_id(action)
    if officer not in council.directory.officers:
        return False
    return not {*council.directory.trays(officer, today)}.isdisjoint(parties)


def actions_of(
    person: Officer, challenge: Challenge, council: Council, today: date
) -> tuple[tuple[Action, str], ...]:
    """Return all actions of ``person``, ended ones too, the first due first, each with their id.

    Somebody outside has an id for each action, and is known by their email address.
    """

    def found() -> Iterator[tuple[Action, str]]:
        for action in challenge.actions:
            for one in people_who_do(action, challenge, council, today):
                outside = one.id == outside_id(action)
                same = outside and one.email.casefold() == person.email.casefold()
                if one.id == person.id or same:
                    yield action, one.id

    return tuple(sorted(found(), key=lambda pair: (pair[0].deadline.day, pair[0].number)))


def owner_named(owner: Owner, council: Council, today: date) -> str:
    """Return an owner in words: ``Wyn Sample-Five, Social Worker, North Team``.

    If an officer and a post have the same id, it is the post's.
    """
    directory = council.directory
    if not owner.party:
        return ", ".join(part for part in (owner.name, owner.organisation) if part)
    officer = directory.officers.get(owner.party)
    if officer and owner.party not in directory.posts:
        titles = " and ".join(post.title for post in directory.posts_held(owner.party, today))
        return ", ".join(part for part in (officer.name, titles) if part)
    return directory.title(owner.party)


#: Words that mean a parent, and stand in no name of somebody at work.
_PARENTS = frozenset(
    {
        *("dad", "daddy", "father", "mam", "mother", "mum", "mummy", "parents"),
        *("stepdad", "stepfather", "stepmother", "stepmum", "stepparent"),
    }
)
#: Words of which a name may have one, such as Child, but never consists of them alone.
_FAMILY = _PARENTS | frozenset(
    {
        *("a", "and", "birth", "both", "boy", "brother", "child", "children", "family", "girl"),
        *("her", "his", "none", "of", "parent", "person", "s", "self", "sister", "step", "the"),
        *("their", "young"),
    }
)
_OUTSIDE = re.compile(r"outside-(\d{1,6})-(\d{1,6})", re.ASCII)
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+\.[^\s@<>,;:\"()]+")


def owner_problems(
    owner: Owner | None, council: Council, today: date, child: str = ""
) -> dict[str, str]:
    """Return what to correct in the owner of an action: field → sentence, empty if nothing.

    Somebody has to be there to do it, and no child or parent is an owner (rule 6). The fields are
    ``owner``, where somebody is chosen, and ``owner-name``, ``owner-organisation`` and
    ``owner-email`` of somebody outside. ``child`` is the child's name; leave it out for a writer
    who must not find it out by trying.
    """
    directory = council.directory
    if owner is None or not (owner.party or owner.name or owner.organisation or owner.email):
        return {"owner": "Choose who will do it, or enter somebody outside the council."}
    if not owner.party:
        return _problems_outside(owner, directory, child)
    if owner.name or owner.organisation or owner.email:
        return {"owner": "Choose from the list, or enter somebody outside: not both."}
    if owner.party not in directory.officers and owner.party not in directory.posts:
        return {"owner": "Choose who will do it: an officer or post of the list."}
    if owner.party in directory.posts and not directory.people(owner.party, today):
        post = directory.title(owner.party)
        return {"owner": f"Choose somebody else: nobody holds the post {post} now."}
    return {}


def _problems_outside(owner: Owner, directory: Directory, child: str) -> dict[str, str]:
    found = {}
    if not can_be_seen(owner.name):
        found["owner-name"] = "Enter the name of whoever outside the council will do it."
    elif is_of_the_family(owner, child):
        found["owner-name"] = (
            "Choose somebody who works with the family: no child or parent owns an action."
        )
    if not can_be_seen(owner.organisation):
        found["owner-organisation"] = "Enter the organisation that they work for."
    if owner.email and not _ADDRESS.fullmatch(owner.email):
        found["owner-email"] = "Enter an email address like name@example.com, or leave it empty."
    elif officer := directory.by_email(owner.email):
        found["owner-email"] = f"Choose {officer.name} from the list: they work for the council."
    return found


def is_of_the_family(owner: Owner, child: str) -> bool:
    """Whether somebody outside seems to be the child, called ``child``, or a parent."""
    name, organisation, theirs = map(_words, (owner.name, owner.organisation, child))
    names_child = bool(name and theirs) and (name <= theirs or theirs <= name)
    alone = any(bool(some) and some <= _FAMILY for some in (name, organisation))
    return names_child or alone or bool(name & _PARENTS)


def _words(text: str) -> frozenset[str]:
    """Return the words of a text as they compare: without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return frozenset(_LETTERS.findall(letters))


# Whose tasks they are ----------------------------------------------------------------------------


#: Those who are part of a challenge by legal advice alone (rule 11).
_LEGAL = (Capacity.LAWYER, Capacity.NEIGHBOUR_LAWYER, Capacity.BRIEFED)


def parties(task: Task, challenge: Challenge, council: Council, today: date) -> tuple[str, ...]:
    """Return the ids of the officers and posts whose ``task`` it is today.

    What is for the SRSM or the Senior IRO Manager is for the post of whoever acts as them (see
    :func:`overseers`). What is for the Assistant Director, for a lawyer or for whoever was briefed
    is the SRSM's while nobody has that post. If nobody can, it is the IRO's, so that nothing is
    lost. The owner of an action who is somebody outside has no id.
    """
    whose = task.whose
    if whose is Capacity.RESPONDER:
        asked = challenge.request_number(task.request)
        return asked.to_reply if asked else ()
    if whose is Capacity.OWNER:
        action = challenge.action_number(task.action)
        return doers(action, challenge, council) if action else ()
    if whose in (Capacity.IRO, Capacity.DATA_PROTECTION_OFFICER):
        inspects = council.directory.posts_of(Role.DATA_PROTECTION_OFFICER)
        return (challenge.iro,) if whose is Capacity.IRO else tuple(post.id for post in inspects)
    if whose in _LEGAL and (legal := legal_parties(whose, challenge, council, today)):
        return legal
    whose = Capacity.SRSM if whose in _LEGAL else whose
    if whose is Capacity.ASSISTANT_DIRECTOR:
        directors = council.posts(challenge, Role.ASSISTANT_DIRECTOR)
        if able := tuple(one for one in directors if council.directory.people(one, today)):
            return able
        whose = Capacity.SRSM
    return overseeing_posts(whose, challenge, council, today)[:1] or (challenge.iro,)


def is_owner_alone(task: Task, party: str, challenge: Challenge, council: Council) -> bool:
    """Whether ``party`` has ``task`` as the owner of an action, and is nothing else here.

    They see their action, and nothing of the child. So it is with whoever was briefed, and with the
    legal team after a conflict of interest (rule 11).
    """
    if task.purpose in (Purpose.NAME_LAWYER, Purpose.CONFIRM_DIRECTOR):
        return True
    posts = {post for role in OVERSEERS for post in council.posts(challenge, role)}
    posts |= _asked(challenge, council) | _informed(challenge, council)
    known = council.directory.posts
    held = {known[post].holder for post in posts if post in known}
    return task.whose is Capacity.OWNER and party not in {*posts, *held, challenge.iro}


def posts_in_words(posts: tuple[str, ...], council: Council) -> str:
    """Return ``the Team Manager, North Team``: all who are asked, and any may reply."""
    titles = [f"the {council.directory.title(post)}" for post in posts]
    return " or ".join(titles) or "a post that the directory does not have"
