"""Officers, posts and cover: a challenge is assigned to posts, and sent to the people on them.

Source: rule 15. A directory is a frozen snapshot, loaded from the council's CSV files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.ladder import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

__all__ = ["MANAGES", "Cover", "Directory", "Officer", "Post", "why_not_iro"]

#: The roles of those who manage a child's case, are their social worker, or control the resources.
MANAGES = frozenset(
    {
        Role.SOCIAL_WORKER,
        Role.TEAM_MANAGER,
        Role.CHILDRENS_SERVICE_MANAGER,
        Role.HEAD_OF_SERVICE,
        Role.ASSISTANT_DIRECTOR,
        Role.DIRECTOR,
    }
)

#: The roles of those who may be IRO in somebody's place.
_MAY_BE_IRO = frozenset({Role.IRO, Role.SRSM})


@dataclass(frozen=True)
class Officer:
    """A person who may sign in. ``id`` never changes and is never given to anybody else.

    ``supervisor`` is the id of the officer who supervises them, empty if the directory does not say
    so: IROs and social workers have one.
    """

    id: str
    name: str
    email: str
    supervisor: str = ""


@dataclass(frozen=True)
class Post:
    """A role for some teams, or for the whole council when ``teams`` is empty.

    ``holder`` is the id of the officer who holds it; ``None`` while it is vacant.
    """

    id: str
    role: Role
    teams: tuple[str, ...]
    holder: str | None

    def serves(self, team: str) -> bool:
        """Whether this post is responsible for ``team``."""
        return not self.teams or team in self.teams

    @property
    def title(self) -> str:
        """``Team Manager, North Team``."""
        role = self.role.in_words
        return f"{role}, {' and '.join(self.teams)}" if self.teams else role


@dataclass(frozen=True)
class Cover:
    """``officer`` covers ``post`` from ``first`` to ``last``, both days included."""

    post: str
    officer: str
    first: date
    last: date


@dataclass(frozen=True)
class Directory:
    """Who works here, who holds which post, and who covers whom."""

    officers: Mapping[str, Officer] = field(default_factory=lambda: MappingProxyType({}))
    posts: Mapping[str, Post] = field(default_factory=lambda: MappingProxyType({}))
    cover: tuple[Cover, ...] = ()

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams that have a Team Manager, by name."""
        managed = (p.teams for p in self.posts.values() if p.role is Role.TEAM_MANAGER)
        return tuple(sorted({team for teams in managed for team in teams}))

    def posts_of(self, role: Role, team: str | None = None) -> tuple[Post, ...]:
        """Return the posts with ``role``, only those for ``team`` if it is given."""
        return tuple(
            post
            for post in self.posts.values()
            if post.role is role and (team is None or post.serves(team))
        )

    @property
    def posts_of_iros(self) -> tuple[Post, ...]:
        """The posts whose holders may be the IRO of a challenge: each IRO's, then the SRSM's."""
        return (*self.posts_of(Role.IRO), *self.posts_of(Role.SRSM))

    def has_left(self, iro: str) -> bool:
        """Whether ``iro`` (an officer's id) is neither an IRO nor the SRSM any more."""
        return all(post.holder != iro for post in self.posts_of_iros)

    @cached_property
    def in_force(self) -> tuple[Cover, ...]:
        """The cover that counts: not that of an IRO by somebody who may not be one (rule 15).

        A directory that was loaded before 2026-11.10 may have such cover.
        """
        iros = {post.id for post in self.posts.values() if post.role is Role.IRO}
        return tuple(
            one
            for one in self.cover
            if one.post not in iros or not why_not_iro(one.officer, self.posts.values())
        )

    def covering(self, post: str, day: date) -> tuple[str, ...]:
        """Return the ids of those who cover ``post`` on ``day``."""
        return tuple(
            one.officer
            for one in self.in_force
            if one.post == post and one.first <= day <= one.last
        )

    def people(self, post: str, day: date) -> tuple[Officer, ...]:
        """Return who acts for ``post`` on ``day``: those who cover it, or else its holder."""
        covering = self.covering(post, day)
        held = self.posts.get(post)
        ids = covering or ([held.holder] if held and held.holder else [])
        return tuple(self.officers[id_] for id_ in ids if id_ in self.officers)

    def posts_held(self, officer: str, day: date) -> tuple[Post, ...]:
        """Return the posts that ``officer`` holds, or covers on ``day``."""
        covered = {
            one.post
            for one in self.in_force
            if one.officer == officer and one.first <= day <= one.last
        }
        return tuple(p for p in self.posts.values() if p.holder == officer or p.id in covered)

    def acting_for_iro(self, iro: str, day: date) -> tuple[Officer, ...]:
        """Return who gets what is for the officer ``iro`` on ``day``: they, and who covers them."""
        posts = [post for post in self.posts_of(Role.IRO) if post.holder == iro]
        covering = [officer for post in posts for officer in self.covering(post.id, day)]
        ids = dict.fromkeys([iro, *covering])
        return tuple(self.officers[id_] for id_ in ids if id_ in self.officers)

    def trays(self, officer: str, day: date) -> tuple[str, ...]:
        """Return the trays of ``officer`` on ``day``: their own, and those of their posts.

        Those who cover an IRO have that IRO's as well.
        """
        held = self.posts_held(officer, day)
        iros = (post.holder or officer for post in held if post.role is Role.IRO)
        return tuple(dict.fromkeys([*iros, officer, *(post.id for post in held)]))

    def contact(self, role: Role, day: date, *, team: str | None = None, besides: str = "") -> str:
        """Return whom to contact on ``day``: who has ``role``, with their address, or its title.

        Never ``besides``, an officer's id: nobody should contact themselves. If that leaves nobody,
        it is the Senior IRO Manager, who oversees them all.
        """
        for asked in (role, Role.SENIOR_IRO_MANAGER):
            for post in self.posts_of(asked, team):
                for one in self.people(post.id, day):
                    if one.id != besides:
                        return f"{one.name}, the {asked.in_words} ({one.email})"
        return f"the {role.in_words}"

    def by_email(self, email: str) -> Officer | None:
        """Return the officer with this address, in any case, or ``None``."""
        wanted = email.strip().casefold()
        return next((o for o in self.officers.values() if o.email.casefold() == wanted), None)

    def title(self, post: str) -> str:
        """Return the post's title, or its id if the directory no longer has it."""
        held = self.posts.get(post)
        return held.title if held else post


def why_not_iro(officer: str, posts: Iterable[Post]) -> str:
    """Return why ``officer`` (an id) may not be IRO in somebody's place; empty if they may.

    ``posts`` are those of the directory. The answer ends a sentence: ``… they are Team Manager``.
    """
    held = [post for post in posts if post.holder == officer]
    managing = [post.title for post in held if post.role in MANAGES]
    if managing:
        return f"they hold the post {' and '.join(managing)}"
    if not any(post.role in _MAY_BE_IRO for post in held):
        return f"they are neither an {Role.IRO} nor the {Role.SRSM}"
    return ""
