"""What is wrong with a directory: every row at once, in words that say how to correct it.

Rule 15 says who may be IRO for a child: another IRO or the SRSM, never somebody who manages the
child's case, their social worker or the resources (Children Act 1989 s 25A(4), reg 46). Cover that
breaks it is refused here; appointing another IRO goes by the same function.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.directory import MANAGES, why_not_iro
from domain.ladder import Role
from domain.moments import day_in_words
from domain.writing import can_be_seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from domain.directory import Cover, Officer, Post

__all__ = [
    "MANAGES",
    "POSTS_AT_ONCE",
    "Fault",
    "Kind",
    "faults",
    "why_not_cover",
    "why_not_iro",
]

#: The most posts of one role that can be asked about a child at once. A stage can end and the next
#: begin in one transaction of 100 items (``adapters.record.table``), which changes both trays.
POSTS_AT_ONCE = 40

#: The roles whose posts a ladder may ask all at once. A challenge names one social worker.
_ASKED_AT_ONCE = (
    Role.TEAM_MANAGER,
    Role.CHILDRENS_SERVICE_MANAGER,
    Role.HEAD_OF_SERVICE,
    Role.ASSISTANT_DIRECTOR,
)

#: Ids stand in keys, addresses and links. ``outside-2-7`` is somebody who is not in the directory.
_ID = re.compile(r"(?!outside-)[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+\.[^\s@<>,;:\"()]+")


class Kind(StrEnum):
    """What a row is about. The value is the name of its file."""

    OFFICERS = "officers.csv"
    POSTS = "posts.csv"
    COVER = "cover.csv"


@dataclass(frozen=True)
class Fault:
    """What is wrong with ``row`` (from 0) of ``kind``, or with all its rows if it is ``None``."""

    kind: Kind
    row: int | None
    sentence: str


def faults(
    officers: Sequence[Officer], posts: Sequence[Post], cover: Sequence[Cover], today: date
) -> tuple[Fault, ...]:
    """Return everything that is wrong with these rows. Cover that is over breaks no rule any more.

    A directory without faults can be loaded.
    """
    return (
        *_of_officers(officers),
        *_of_posts(officers, posts),
        *_of_cover(officers, posts, cover, today),
    )


def why_not_cover(name: str, officer: str, post: Post, posts: Iterable[Post]) -> str:
    """Return, as a sentence, why ``officer`` (an id) may not cover ``post``; empty if they may.

    ``name`` is theirs, and ``posts`` are those of the directory.
    """
    if post.holder == officer:
        return f"{name} holds the post {post.title} and cannot cover it."
    if post.role is Role.IRO and (why := why_not_iro(officer, posts)):
        return (
            f"{name} may not cover for an {Role.IRO}: {why}. Only another IRO or the SRSM may, who "
            "manages neither the child’s case nor the resources."
        )
    return ""


# Officers ----------------------------------------------------------------------------------------


def _of_officers(officers: Sequence[Officer]) -> Iterator[Fault]:
    ids = {officer.id for officer in officers}
    same_id = _again([officer.id for officer in officers])
    same_email = _again([officer.email.strip().casefold() for officer in officers])
    if not officers:
        yield Fault(Kind.OFFICERS, None, "There are no officers. Enter at least one.")
    for row, officer in enumerate(officers):
        yield from _of_id(Kind.OFFICERS, row, officer.id)
        if row in same_id:
            yield Fault(Kind.OFFICERS, row, f"Another officer has the id {officer.id} too.")
        if not can_be_seen(officer.name):
            yield Fault(Kind.OFFICERS, row, "Enter the officer’s name.")
        if not _ADDRESS.fullmatch(officer.email):
            yield Fault(Kind.OFFICERS, row, "Enter an email address like name@example.com.")
        elif row in same_email:
            yield Fault(Kind.OFFICERS, row, f"Another officer has the address {officer.email} too.")
        if officer.supervisor and officer.supervisor not in ids:
            yield Fault(Kind.OFFICERS, row, _unknown("supervisor", officer.supervisor))
        if officer.supervisor and officer.supervisor == officer.id:
            yield Fault(Kind.OFFICERS, row, "Nobody supervises themselves.")


def _of_id(kind: Kind, row: int, id_: str) -> Iterator[Fault]:
    if not _ID.fullmatch(id_):
        sentence = (
            "Enter an id of letters, digits, dots and hyphens, at most 64, that does not begin "
            "with “outside-”."
        )
        yield Fault(kind, row, sentence)


def _again(values: Sequence[str]) -> frozenset[int]:
    """Return the places at which a value stands that stood before."""
    seen: Counter[str] = Counter()
    found = set()
    for place, one in enumerate(values):
        if one and seen[one]:
            found.add(place)
        seen[one] += 1
    return frozenset(found)


def _unknown(column: str, officer: str) -> str:
    return f"No officer has the id {officer}, which stands in the column “{column}”."


def _no_post(post: str) -> str:
    return f"No post has the id {post}, which stands in the column “post”."


# Posts -------------------------------------------------------------------------------------------


def _of_posts(officers: Sequence[Officer], posts: Sequence[Post]) -> Iterator[Fault]:
    ids = {officer.id for officer in officers}
    same_id = _again([post.id for post in posts])
    for row, post in enumerate(posts):
        yield from _of_id(Kind.POSTS, row, post.id)
        if row in same_id:
            yield Fault(Kind.POSTS, row, f"Another post has the id {post.id} too.")
        if post.holder and post.holder not in ids:
            yield Fault(Kind.POSTS, row, _unknown("holder", post.holder))
    for role, team in _crowded(posts):
        sentence = (
            f"More than {POSTS_AT_ONCE} posts have the role {role.in_words} for "
            f"{team or 'the whole council'}, and all of them would be asked at once. Enter fewer."
        )
        yield Fault(Kind.POSTS, None, sentence)


def _crowded(posts: Sequence[Post]) -> Iterator[tuple[Role, str]]:
    """Yield each role, with the team, that has more posts than can be asked at once."""
    teams = sorted({team for post in posts for team in post.teams} | {""})
    for role in _ASKED_AT_ONCE:
        for team in teams:
            if sum(post.role is role and post.serves(team) for post in posts) > POSTS_AT_ONCE:
                yield role, team


# Cover -------------------------------------------------------------------------------------------


def _of_cover(
    officers: Sequence[Officer], posts: Sequence[Post], cover: Sequence[Cover], today: date
) -> Iterator[Fault]:
    names = {officer.id: officer.name for officer in officers}
    by_id = {post.id: post for post in posts}
    for row, one in enumerate(cover):
        if max(one.first, one.last) < today:
            continue  # the post may have ended since, and the officer may have left
        post = by_id.get(one.post)
        if post is None:
            yield Fault(Kind.COVER, row, _no_post(one.post))
        if one.officer not in names:
            yield Fault(Kind.COVER, row, _unknown("officer", one.officer))
        if one.last < one.first:
            last, first = day_in_words(one.last), day_in_words(one.first)
            yield Fault(Kind.COVER, row, f"The last day, {last}, is before the first, {first}.")
        if post is None or one.officer not in names:
            continue
        if why := why_not_cover(names[one.officer], one.officer, post, posts):
            yield Fault(Kind.COVER, row, why)
