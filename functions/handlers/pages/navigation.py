"""Where a person can go from any page: the service's navigation, above each page.

It is worked out from the directory that the request has read anyway, so it costs no call of AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.covering import may_set_some_cover
from domain.ladder import Role
from domain.people import may_raise
from domain.rules.supervision import supervised
from handlers.pages.reach import reach_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from domain.council import Council

__all__ = ["Link", "links"]


@dataclass(frozen=True)
class Link:
    """A page to go to. ``current`` is empty, or the value of ``aria-current``.

    That is ``page`` for the page itself, and ``true`` for a page that belongs to it.
    """

    text: str
    address: str
    current: str = ""


def links(officer: str, council: Council, today: date, at: str) -> tuple[Link, ...]:
    """Return where ``officer`` (an id) can go from the page at the path ``at``."""
    return tuple(
        Link(text, address, _current(address, at))
        for text, address in _places(officer, council, today)
    )


def _places(officer: str, council: Council, today: date) -> Iterator[tuple[str, str]]:
    roles = {post.role for post in council.directory.posts_held(officer, today)}
    yield "Your work", "/"
    reach = reach_of(officer, council, today)
    if reach.has_a_list:
        yield ("Figures" if reach.counts_alone else "Challenges"), "/challenges"
    if may_raise(officer, council, today):
        yield "Raise a challenge", "/raise"
        yield "Drafts", "/drafts"
    if supervised(officer, council, today):
        yield "Supervision", "/supervision"
    if may_set_some_cover(officer, council, today):
        yield "Cover", "/cover"
    yield "Calendar", "/calendar"
    if Role.DIRECTORY_ADMINISTRATOR in roles:
        yield "Directory", "/directory"
    if reach.has_a_list and not reach.counts_alone:
        yield "Find", "/find"


def _current(address: str, at: str) -> str:
    if at == address:
        return "page"
    return "true" if address != "/" and at.startswith(f"{address}/") else ""
