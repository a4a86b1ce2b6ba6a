"""Officers, posts and cover: a challenge is assigned to posts, and sent to the people on them.

Source: rule 15. A directory is a frozen snapshot, loaded from the council's CSV files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.ladder import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["Cover", "Directory", "Officer", "Post"]


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
        return f"{self.role}, {' and '.join(self.teams)}" if self.teams else str(self.role)


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

    def people(self, post: str, day: date) -> tuple[Officer, ...]:
        """Return who acts for ``post`` on ``day``: those who cover it, or else its holder."""
        covering = [c.officer for c in self.cover if c.post == post and c.first <= day <= c.last]
        held = self.posts.get(post)
        ids = covering or ([held.holder] if held and held.holder else [])
        return tuple(self.officers[id_] for id_ in ids if id_ in self.officers)

    def posts_held(self, officer: str, day: date) -> tuple[Post, ...]:
        """Return the posts that ``officer`` holds, or covers on ``day``."""
        covered = {c.post for c in self.cover if c.officer == officer and c.first <= day <= c.last}
        return tuple(p for p in self.posts.values() if p.holder == officer or p.id in covered)

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
                        return f"{one.name}, the {asked} ({one.email})"
        return f"the {role}"

    def by_email(self, email: str) -> Officer | None:
        """Return the officer with this address, in any case, or ``None``."""
        wanted = email.strip().casefold()
        return next((o for o in self.officers.values() if o.email.casefold() == wanted), None)

    def title(self, post: str) -> str:
        """Return the post's title, or its id if the directory no longer has it."""
        held = self.posts.get(post)
        return held.title if held else post
