"""Finding who will do an action, officer or post, by what somebody typed (rule 6).

A person may type a name, a post, or the beginning of one. So the pages find whoever it fits; if it
fits several, or nobody, they say so. Programs and emails have to name one in full.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.challenge import Owner
from domain.ladder import Role
from domain.people import owner_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from domain.council import Council

__all__ = ["called", "found", "listed", "offered", "with_holders"]

#: Who advises, inspects, counts or keeps the directory, and so owns no action.
_OWN_NOTHING = frozenset(
    {
        *(Role.LEGAL_TEAM, Role.NEIGHBOUR_LAWYER, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER),
        *(Role.PERFORMANCE_ANALYST, Role.DIRECTORY_ADMINISTRATOR),
    }
)
#: The holders' names at the end of a post in the list. They may have changed since it was typed.
_HOLDERS = re.compile(r"\s*\([^()]*\)$")
#: The most characters that are looked for: nobody is called more, and each costs time.
_LONGEST = 1_000


def listed(council: Council, today: date, team: str = "") -> dict[str, str]:
    """Return who can own an action, in the order of the list: the text of the list → its id.

    These are the posts that somebody holds, those of ``team`` first, then the people. Those of whom
    nobody would ask an action are left out.
    """
    directory = council.directory
    posts = [
        one
        for one in directory.posts.values()
        if one.role not in _OWN_NOTHING and directory.people(one.id, today)
    ]
    people = [
        officer
        for officer in sorted(directory.officers.values(), key=lambda one: one.name)
        if officer.id not in directory.posts and not _owns_nothing(officer.id, council)
    ]
    in_order = sorted(posts, key=lambda one: (team not in one.teams, one.title))
    ids = [*(one.id for one in in_order), *(one.id for one in people)]
    return {called(one, council, today): one for one in ids}


def offered(council: Council, today: date, team: str = "", iro: str = "") -> tuple[str, ...]:
    """Return what is offered while somebody types: each person once, by a post if they hold one.

    ``iro`` is who asks for the actions, and so is left out. Whoever is meant in person is still
    found by name.
    """
    directory, in_all = council.directory, listed(council, today, team)
    held = {one.id: directory.people(one.id, today) for one in directory.posts.values()}
    with_post = {person.id for id_ in in_all.values() for person in held.get(id_, ())}

    def is_offered(id_: str) -> bool:
        if id_ in held:
            return [one.id for one in held[id_]] != [iro]
        return id_ != iro and id_ not in with_post

    return tuple(text for text, id_ in in_all.items() if is_offered(id_))


def with_holders(owner: Owner | None, words: str, council: Council, today: date) -> str:
    """Return an owner in ``words``, as they are recorded; a post with who holds it today."""
    party = owner.party if owner else ""
    named = party in council.directory.posts and words == council.directory.title(party)
    return called(party, council, today) if named else words


def _owns_nothing(officer: str, council: Council) -> bool:
    roles = {post.role for post in council.directory.posts.values() if post.holder == officer}
    return bool(roles) and roles <= _OWN_NOTHING


def called(id_: str, council: Council, today: date) -> str:
    """Return an officer or post as the list has it: ``Team Manager, North Team (Tessa Sample)``."""
    directory = council.directory
    if id_ not in directory.posts:
        return owner_named(Owner(id_), council, today)
    names = ", ".join(person.name for person in directory.people(id_, today))
    return f"{directory.title(id_)} ({names})" if names else directory.title(id_)


def found(named: str, council: Council, today: date, *, in_full: bool = False) -> list[str]:
    """Return the ids of the officers and posts that ``named`` may mean: one, several or none.

    It is an id, a name or an email address of an officer, the title of a post, or a line of the
    list. Unless it has to be ``in_full``, the beginnings of their words will do, of names first.
    """
    directory, wanted = council.directory, _flat(named)
    if named in directory.posts or named in directory.officers:
        return [named]
    if not wanted or len(wanted) > _LONGEST:
        return []
    texts = {id_: text for text, id_ in listed(council, today).items()}
    for fits in (
        (id_ for id_, text in texts.items() if _flat(text) == wanted),
        (
            one.id
            for one in directory.officers.values()
            if wanted in (_flat(one.name), _flat(one.email))
        ),
        _of_title(wanted, council),
        _of_title(_HOLDERS.sub("", wanted), council),
        *(() if in_full else _beginning(wanted, texts, council)),
    ):
        if some := list(fits):
            return some
    return []


def _of_title(wanted: str, council: Council) -> Iterator[str]:
    return (one.id for one in council.directory.posts.values() if _flat(one.title) == wanted)


def _beginning(wanted: str, texts: dict[str, str], council: Council) -> Iterator[Iterator[str]]:
    """Yield the officers, then the posts, then all lines, whose words begin like those typed."""
    officers = council.directory.officers
    posts = council.directory.posts
    yield (id_ for id_ in texts if id_ in officers and _begins(wanted, officers[id_].name))
    yield (id_ for id_ in texts if id_ in posts and _begins(wanted, posts[id_].title))
    yield (id_ for id_, text in texts.items() if _begins(wanted, text))


def _begins(wanted: str, text: str) -> bool:
    words = re.findall(r"\w+", _flat(text))
    typed = re.findall(r"\w+", wanted)
    return bool(typed) and all(any(word.startswith(one) for word in words) for one in typed)


def _flat(text: str) -> str:
    return " ".join(text.replace("’", "'").split()).casefold()
