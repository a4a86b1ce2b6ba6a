"""Who will do an action, as a form asks for it: somebody of the directory, or outside (rule 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import Owner
from domain.people import owner_named
from handlers.pages.kit import Field, Kind, Option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from domain.council import Council
    from handlers.pages.kit import Reading

__all__ = ["owner_fields", "read_owner"]


def owner_fields(council: Council, today: date) -> tuple[Field, ...]:
    """Return the fields: a list of people and posts, and three for somebody outside."""
    return (
        Field(
            "owner",
            Kind.SELECT,
            "Who will do it?",
            "Choose a person or a post. Leave it empty if it is somebody outside the council.",
            options=tuple(_options(council, today)),
        ),
        Field(
            "owner-name",
            Kind.LINE,
            "Name of somebody outside",
            "Only for somebody outside the council. No child or parent does an action.",
        ),
        Field("owner-organisation", Kind.LINE, "Their organisation"),
        Field(
            "owner-email",
            Kind.LINE,
            "Their email address",
            "They get a link to report by, and see only the words and date of this action. If they "
            "have no email, leave it empty: the IRO reports for them.",
        ),
    )


def _options(council: Council, today: date) -> Iterator[Option]:
    """Yield the posts that somebody holds, then the people; a post outlives its holder."""
    directory = council.directory
    for post in sorted(directory.posts.values(), key=lambda one: one.title):
        if people := directory.people(post.id, today):
            names = ", ".join(person.name for person in people)
            yield Option(post.id, f"{post.title}: {names}", group="Posts")
    for officer in sorted(directory.officers.values(), key=lambda one: one.name):
        if officer.id not in directory.posts:
            called = owner_named(Owner(officer.id), council, today)
            yield Option(officer.id, called, group="People")


def read_owner(read: Reading) -> Owner:
    """Return the owner that was chosen or typed. The rules say what is wrong with one."""
    party = read.form.get("owner", "").strip()
    outside = [read.words(f"owner-{part}") for part in ("name", "organisation", "email")]
    if party and any(outside):
        read.problems["owner"] = "Choose from the list, or enter somebody outside: not both."
    return Owner(party) if party else Owner("", *outside)
