"""What changes from one directory to the next, in words, before it does.

Who joins, leaves or gets a post, whose cover begins or ends, and whose challenges move to whom: the
people who act for an officer or a post, today. The challenges themselves are in that officer's or
post's tray.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.ladder import Role
from domain.moments import day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from domain.directory import Cover, Directory, Officer, Post

__all__ = ["Changes", "HandedOver", "changes", "cover_in_words"]


@dataclass(frozen=True)
class HandedOver:
    """What is for ``party`` (an officer or post, by its id) is for other people from now on.

    ``called`` names the party, ``before`` and ``after`` are the names of the people, none if nobody
    acts for it. ``iro_left``: it is an officer who is not an IRO any more, so that each of their
    challenges needs another IRO (rule 15).
    """

    party: str
    called: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    iro_left: bool = False


@dataclass(frozen=True)
class Changes:
    """Everything that changes, each in one sentence, and what moves to whom."""

    joins: tuple[str, ...]
    leaves: tuple[str, ...]
    corrected: tuple[str, ...]
    posts: tuple[str, ...]
    cover_begins: tuple[str, ...]
    cover_ends: tuple[str, ...]
    handed_over: tuple[HandedOver, ...]

    @property
    def none(self) -> bool:
        """Whether the two directories say the same."""
        return not any(
            (
                *(self.joins, self.leaves, self.corrected, self.posts),
                *(self.cover_begins, self.cover_ends, self.handed_over),
            )
        )

    @property
    def in_words(self) -> tuple[str, ...]:
        """Return what the record of changes keeps: everything but which challenges move."""
        return (
            *(*self.joins, *self.leaves, *self.corrected, *self.posts, *self.cover_begins),
            *(f"No longer: {one}" for one in self.cover_ends),
        )


def changes(old: Directory, new: Directory, today: date) -> Changes:
    """Return what changes from ``old`` to ``new`` on ``today``, by name."""
    joining = [one for id_, one in new.officers.items() if id_ not in old.officers]
    leaving = [one for id_, one in old.officers.items() if id_ not in new.officers]
    was, now = frozenset(old.cover), frozenset(new.cover)
    return Changes(
        joins=_sorted(f"{one.name} ({one.email}) joins" for one in joining),
        leaves=_sorted(f"{one.name} ({one.email}) leaves" for one in leaving),
        corrected=_sorted(_corrected(old, new)),
        posts=_sorted(_posts(old, new)),
        cover_begins=_sorted(cover_in_words(one, new) for one in now - was),
        cover_ends=_sorted(cover_in_words(one, old) for one in was - now if not one.last < today),
        handed_over=tuple(_handed_over(old, new, today)),
    )


def cover_in_words(cover: Cover, directory: Directory) -> str:
    """Return ``Tessa Sample-North covers Team Manager, South Team from … to …``."""
    first, last = day_in_words(cover.first), day_in_words(cover.last)
    who, post = _name(cover.officer, directory), directory.title(cover.post)
    return f"{who} covers {post} from {first} to {last}"


def _sorted(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(sentences))


def _name(officer: str | None, directory: Directory) -> str:
    known = directory.officers.get(officer or "")
    return known.name if known else (officer or "nobody")


def _corrected(old: Directory, new: Directory) -> Iterator[str]:
    for id_, now in new.officers.items():
        was = old.officers.get(id_)
        if was is None or was == now:
            continue
        yield f"{was.name} ({was.email}) is now {_in_full(now, new)}"


def _in_full(officer: Officer, directory: Directory) -> str:
    supervisor = officer.supervisor and f", supervised by {_name(officer.supervisor, directory)}"
    return f"{officer.name} ({officer.email}){supervisor}"


def _posts(old: Directory, new: Directory) -> Iterator[str]:
    for id_ in {*old.posts, *new.posts}:
        was, now = old.posts.get(id_), new.posts.get(id_)
        if now is None:
            yield f"The post {old.title(id_)} ({id_}) ends"
        elif was is None:
            yield f"The post {now.title} ({id_}) is new, held by {_name(now.holder, new)}"
        else:
            yield from _post(was, now, old, new)


def _post(was: Post, now: Post, old: Directory, new: Directory) -> Iterator[str]:
    if was.title != now.title:
        yield f"The post {was.title} ({was.id}) becomes {now.title}"
    if was.holder != now.holder:
        before, after = _name(was.holder, old), _name(now.holder, new)
        yield f"{now.title} ({now.id}): {after} holds it, instead of {before}"


def _handed_over(old: Directory, new: Directory, today: date) -> Iterator[HandedOver]:
    """Yield each post, and each IRO, whose people are others from now on."""
    for id_ in sorted({*old.posts, *new.posts}):
        before, after = _people(old, id_, today), _people(new, id_, today)
        post = new.posts.get(id_) or old.posts[id_]
        if before != after and post.role is not Role.IRO:
            yield HandedOver(id_, post.title, _names(before, old), _names(after, new))
    for iro in sorted(_iros(old)):
        before, after = _acting_for(iro, old, today), _acting_for(iro, new, today)
        left = iro not in _iros(new)
        if before != after or left:
            names = _names(before, old), _names(after, new)
            yield HandedOver(iro, _name(iro, old), *names, iro_left=left)


def _people(directory: Directory, post: str, day: date) -> frozenset[str]:
    return frozenset(officer.id for officer in directory.people(post, day))


def _iros(directory: Directory) -> frozenset[str]:
    return frozenset(post.holder for post in directory.posts_of(Role.IRO) if post.holder)


def _acting_for(iro: str, directory: Directory, day: date) -> frozenset[str]:
    """Return who does what is an IRO's to do on ``day``: they, and whoever covers for them."""
    held = [post for post in directory.posts_of(Role.IRO) if post.holder == iro]
    covering = {one for post in held for one in _people(directory, post.id, day)}
    return frozenset({*covering, *([iro] if held else [])})


def _names(officers: Iterable[str], directory: Directory) -> tuple[str, ...]:
    return tuple(sorted(_name(officer, directory) for officer in officers))
