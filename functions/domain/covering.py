"""Rule 15: cover for leave. Who may set it for which posts, and what can be set.

Cover begins and ends by its dates. No event says so: the trays, emails and rights of each day are
those of whoever acts for the post on it (``domain.directory``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.directory_checks import why_not_cover
from domain.ladder import OVERSEERS, Role
from domain.moments import day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from domain.council import Council
    from domain.directory import Cover, Directory, Post
    from domain.ladder import Ladder
    from domain.working_days import WorkingDays

__all__ = [
    "AT_MOST",
    "Because",
    "CoverNews",
    "cover_news",
    "cover_problems",
    "may_set_cover",
    "may_set_some_cover",
    "posts_to_cover",
    "with_cover",
    "without_cover",
]

#: How far ahead cover can be set: a later year is a slip of the pen.
AT_MOST = timedelta(days=731)

#: How long cover that is over is kept in the directory. The record of changes keeps who set it.
_KEPT = timedelta(days=366)

_DAY = timedelta(days=1)


class Because(StrEnum):
    """Why somebody may set cover for a post. The value is the heading above such posts."""

    OWN = "Your own posts"
    MANAGES = "Posts of the people you manage"
    OVERSEES = "Posts of IROs, and of those who answer challenges"
    ADMINISTERS = "All other posts"


# Who may -----------------------------------------------------------------------------------------


def may_set_cover(officer: str, post: Post, council: Council, today: date) -> Because | None:
    """Return why ``officer`` (an id) may set, change and end cover for ``post``; else ``None``.

    | who | for which posts |
    | --- | --- |
    | the person | those that they hold |
    | their manager | those of whoever they supervise, or next below on the ladder for that team |
    | SRSM, Senior IRO Manager | those of IROs, and of the roles that a challenge can ask |
    | Directory administrator | all |

    Whoever covers a post today does what its holder does for others, but sets no cover for it.
    """
    directory = council.directory
    if post.holder == officer:
        return Because.OWN
    holder = directory.officers.get(post.holder or "")
    if holder and holder.supervisor == officer:
        return Because.MANAGES
    held = directory.posts_held(officer, today)
    if {one.id for one in held} & set(_next_above(post, held, council, today)):
        return Because.MANAGES
    roles = {one.role for one in held}
    if roles & OVERSEERS and post.role in {Role.IRO, *_line_of_children(council.ladder)}:
        return Because.OVERSEES
    return Because.ADMINISTERS if Role.DIRECTORY_ADMINISTRATOR in roles else None


def may_set_some_cover(officer: str, council: Council, today: date) -> bool:
    """Whether there is any post for which ``officer`` may set cover."""
    posts = council.directory.posts.values()
    holds_one = any(post.holder == officer for post in posts)
    return holds_one or any(may_set_cover(officer, post, council, today) for post in posts)


def posts_to_cover(
    officer: str, council: Council, today: date
) -> tuple[tuple[Because, tuple[Post, ...]], ...]:
    """Return the posts for which ``officer`` may set cover, with why, in the order of Because."""
    found: dict[Because, list[Post]] = {because: [] for because in Because}
    for post in council.directory.posts.values():
        because = may_set_cover(officer, post, council, today)
        if because:
            found[because].append(post)
    return tuple((because, tuple(posts)) for because, posts in found.items() if posts)


def _line_of_children(ladder: Ladder) -> tuple[Role, ...]:
    """Return who manages a child's case, from the social worker up to the Director."""
    up = (role for one in ladder.in_order for role in one.responders)
    return tuple(dict.fromkeys((Role.SOCIAL_WORKER, *up, Role.DIRECTOR)))


def _next_above(
    post: Post, held: tuple[Post, ...], council: Council, today: date
) -> tuple[str, ...]:
    """Return the nearest posts above ``post``, for one of its teams, in which somebody acts.

    ``held`` are the posts of whoever asks: if none of them is above it, the answer is not worked
    out, and is empty.
    """
    of_iros = (Role.IRO, Role.SRSM, Role.SENIOR_IRO_MANAGER, Role.DIRECTOR)
    line = of_iros if post.role in of_iros[:-1] else _line_of_children(council.ladder)
    above = line[line.index(post.role) + 1 :] if post.role in line else ()
    if not any(one.role in above for one in held):
        return ()
    for role in above:
        found = tuple(
            one.id
            for one in council.directory.posts_of(role)
            if _share_a_team(post, one) and council.directory.people(one.id, today)
        )
        if found:
            return found
    return ()


def _share_a_team(post: Post, above: Post) -> bool:
    return not post.teams or any(above.serves(team) for team in post.teams)


# What can be set ---------------------------------------------------------------------------------


def cover_problems(
    new: Cover, directory: Directory, today: date, old: Cover | None = None
) -> dict[str, str]:
    """Return what is wrong with this cover: ``officer``, ``first`` or ``last`` → sentence.

    ``old`` is the cover that it changes. Its first day may be past, a new first day not.
    """
    found: dict[str, str] = {}
    post = directory.posts[new.post]
    name = directory.officers[new.officer].name
    if why := why_not_cover(name, new.officer, post, directory.posts.values()):
        found["officer"] = why
    elif twice := _twice(new, directory, old):
        first, last = day_in_words(twice.first), day_in_words(twice.last)
        found["officer"] = f"{name} already covers this post from {first} to {last}. Change that."
    if new.first < today and (old is None or new.first != old.first):
        found["first"] = "The first day must be today or in the future."
    if new.last < today:
        found["last"] = "The last day must be today or in the future."
    elif new.last < new.first:
        found["last"] = f"The last day must not be before the first, {day_in_words(new.first)}."
    elif new.last > today + AT_MOST:
        found["last"] = "The last day must be within two years. Cover can be set again later."
    return found


def _twice(new: Cover, directory: Directory, old: Cover | None) -> Cover | None:
    """Return cover of the same post by the same person on some of the same days."""
    return next(
        (
            one
            for one in directory.cover
            if one != old and (one.post, one.officer) == (new.post, new.officer)
            if one.first <= new.last and new.first <= one.last
        ),
        None,
    )


def with_cover(
    cover: tuple[Cover, ...], new: Cover, today: date, old: Cover | None = None
) -> tuple[Cover, ...]:
    """Return all cover with ``new`` in it, in the place of ``old`` if that is given.

    If another person covers from now on, the days until yesterday stay the first person's. Cover
    that has been over for a year is left out.
    """
    rows = tuple(_with(cover, new, today, old)) if old else (*cover, new)
    return tuple(one for one in rows if one.last >= today - _KEPT)


def _with(cover: tuple[Cover, ...], new: Cover, today: date, old: Cover) -> Iterator[Cover]:
    for one in cover:
        if one != old:
            yield one
        elif old.first < today and new.officer != old.officer:
            yield replace(old, last=today - _DAY)
            yield replace(new, first=today)
        else:
            yield new


def without_cover(cover: tuple[Cover, ...], old: Cover, today: date) -> tuple[Cover, ...]:
    """Return all cover, with ``old`` ended: its last day was yesterday, or it never began."""
    ended = [replace(old, last=today - _DAY)] if old.first < today else []
    return tuple(row for one in cover for row in (ended if one == old else [one]))


# Who is told -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoverNews:
    """What an officer's daily email says about cover, in sentences.

    ``new``: there is something in it that they may not know yet, so an email goes out for it.
    """

    lines: tuple[str, ...]
    new: bool


def cover_news(officer: str, directory: Directory, today: date, calendar: WorkingDays) -> CoverNews:
    """Return what ``officer`` reads on the morning of ``today``, a working day, about cover.

    Who covers and who is covered read it from the working day before it begins, and once it has
    ended. It is new on the eve, on the first day, and on the working day after it: it may have been
    set after that morning's email. What has ended is new on the next working day.
    """
    before, after = calendar.add(today - _DAY, 0), calendar.add(today, 1)
    earlier = calendar.add(before - _DAY, 0)
    lines: list[str] = []
    new = False
    for one in sorted(directory.cover, key=lambda one: (one.first, one.last, one.post)):
        post = directory.posts.get(one.post)
        if post is None or one.officer not in directory.officers:
            continue
        if (
            officer not in (one.officer, post.holder)
            or not earlier <= one.last
            or one.first > after
        ):
            continue
        if one.last < today:
            lines.append(_ended(one, directory, mine=one.officer == officer))
            new = new or one.last >= before
        else:
            lines.append(_goes_on(one, directory, mine=one.officer == officer))
            new = new or one.first >= before
    return CoverNews(tuple(lines), new)


def _goes_on(one: Cover, directory: Directory, *, mine: bool) -> str:
    title, days = directory.title(one.post), f"from {day_in_words(one.first)} to "
    days += day_in_words(one.last)
    if not mine:
        return f"{directory.officers[one.officer].name} covers {title} for you {days}."
    holder = directory.officers.get(directory.posts[one.post].holder or "")
    return f"You cover {title}{f' for {holder.name}' if holder else ''} {days}."


def _ended(one: Cover, directory: Directory, *, mine: bool) -> str:
    title, last = directory.title(one.post), day_in_words(one.last)
    if mine:
        return f"You no longer cover {title}: the last day was {last}."
    who = directory.officers[one.officer].name
    return f"{who} no longer covers {title} for you: the last day was {last}."
