"""Who will do an action, as a form asks for it: somebody of the directory, or outside (rule 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import AgreedAction, Owner
from domain.ladder import Role
from domain.people import owner_named
from handlers.pages.kit import Field, Kind, Option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from domain.council import Council
    from handlers.pages.kit import Reading

__all__ = ["OWNER_PARTS", "owner_fields", "read_action", "read_owner", "with_names"]

#: The names of the fields.
OWNER_PARTS = ("owner", "owner-name", "owner-organisation", "owner-email")

#: Who advises or inspects, and so owns no action.
_OWN_NOTHING = frozenset(
    {Role.LEGAL_TEAM, Role.NEIGHBOUR_LAWYER, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER}
)

_OUTSIDE = "Somebody outside the council will do it"


def owner_fields(council: Council, today: date, team: str = "") -> tuple[Field, ...]:
    """Return the fields: a list of people and posts, and three for somebody outside.

    Posts of the child's ``team`` come first.
    """
    return (
        Field(
            "owner",
            Kind.SELECT,
            "Who will do it?",
            "Most people are listed twice, by their post and by name. Choose the post: whoever "
            "holds it then has to do the action. Choose a person only if nobody else can do it. A "
            "child or a parent can never own an action.",
            options=tuple(_options(council, today, team)),
        ),
        Field(
            "owner-name",
            Kind.LINE,
            "Their full name",
            "Leave the list above empty. A child or a parent can never own an action.",
            folded=_OUTSIDE,
        ),
        Field("owner-organisation", Kind.LINE, "Their organisation", folded=_OUTSIDE),
        Field(
            "owner-email",
            Kind.LINE,
            "Their email address",
            "They get a link to report by, and see only the words and date of this action. If they "
            "have no email, leave it empty: the IRO reports for them.",
            folded=_OUTSIDE,
        ),
    )


def _options(council: Council, today: date, team: str) -> Iterator[Option]:
    """Yield the posts that somebody holds, then the people; a post outlives its holder.

    Lawyers, auditors and the data protection officer are left out: they advise or inspect.
    """
    directory = council.directory

    def elsewhere(teams: tuple[str, ...]) -> bool:
        return team not in teams

    posts = [one for one in directory.posts.values() if one.role not in _OWN_NOTHING]
    for post in sorted(posts, key=lambda one: (elsewhere(one.teams), one.title)):
        if people := directory.people(post.id, today):
            names = ", ".join(person.name for person in people)
            group = "Other posts" if team and elsewhere(post.teams) else "Posts"
            group = f"Posts of {team}" if team and not elsewhere(post.teams) else group
            yield Option(post.id, f"{post.title}: {names}", group=group)
    for officer in sorted(directory.officers.values(), key=lambda one: one.name):
        roles = {post.role for post in directory.posts.values() if post.holder == officer.id}
        if officer.id not in directory.posts and not (roles and roles <= _OWN_NOTHING):
            called = owner_named(Owner(officer.id), council, today)
            yield Option(officer.id, called, group="People")


def with_names(typed: Mapping[str, str], row: str, council: Council) -> dict[str, str]:
    """Return a form with the owner of ``row`` as a name, if somebody typed one instead of choosing.

    Forms that were kept before owners were chosen have only a name.
    """
    owner = typed.get(f"{row}owner", "").strip()
    chosen = owner in council.directory.officers or owner in council.directory.posts
    if not owner or chosen or typed.get(f"{row}owner-name", "").strip():
        return {**typed}
    return {**typed, f"{row}owner": "", f"{row}owner-name": owner}


def read_owner(read: Reading, row: str = "") -> Owner:
    """Return the owner that was chosen or typed, in the row ``row``, if they are asked for in one.

    The rules say what is wrong with one.
    """
    party = read.form.get(f"{row}owner", "").strip()
    name, organisation, email = (
        read.words(f"{row}{part}") for part in OWNER_PARTS if part != "owner"
    )
    return Owner(party, name, organisation, email)


def read_action(read: Reading, number: int, council: Council, today: date) -> AgreedAction:
    """Return the agreed action of this number, as it was read from its row, ``action-2``."""
    row = f"action-{number}-"
    what, who = read.words(f"{row}what"), read_owner(read, row)
    by = read.day(f"{row}by", today, f"Action {number}: enter")
    return AgreedAction(what, owner_named(who, council, today), by, who)
