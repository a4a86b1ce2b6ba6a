"""Who will do an action, as a form asks for it: by name or post, or somebody outside (rule 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import AgreedAction, Owner
from domain.people import owner_named
from domain.writing import isolated
from handlers import owner_names
from handlers.form_fields import SIGNED_IN
from handlers.pages.kit import Field, Kind, Option

if TYPE_CHECKING:
    from datetime import date

    from domain.council import Council
    from handlers.pages.kit import Reading

__all__ = ["OWNER_PARTS", "owner_fields", "read_action", "read_owner"]

#: The names of the fields.
OWNER_PARTS = ("owner", "owner-name", "owner-organisation", "owner-email")

#: The most people and posts that an error names, where several fit.
_NAMED = 3

_OUTSIDE = "Somebody outside the council will do it"


def owner_fields(
    council: Council,
    today: date,
    team: str = "",
    readers: str = SIGNED_IN,
    *,
    iro: str = "",
    by_iro: bool = False,
) -> tuple[Field, ...]:
    """Return the fields: one to type a name or post into, and three for somebody outside.

    Posts of the child's ``team`` are offered first, and ``iro``, who asks for the actions, is not
    offered. ``readers`` says who will read the owner's name; ``by_iro``: the IRO fills them in.
    """
    reports = "you report" if by_iro else "the IRO reports"
    listed = owner_names.listed(council, today, team)
    return (
        Field(
            "owner",
            Kind.LINE,
            "Who will do it?",
            "Start to type a name or a post, and choose from the list. If you choose a post, "
            "whoever holds it then has to do the action. A child or a parent can never own an "
            "action.",
            # Forms that were shown before names were typed have the id of whoever was chosen.
            options=tuple(Option(id_, text) for text, id_ in listed.items()),
            choices=owner_names.offered(council, today, team, iro),
            readers=readers,
        ),
        Field(
            "owner-name",
            Kind.LINE,
            "Their full name",
            "Leave “Who will do it?” empty. A child or a parent can never own an action.",
            readers=readers,
            folded=_OUTSIDE,
        ),
        Field(
            "owner-organisation",
            Kind.LINE,
            "Their organisation",
            readers=readers,
            folded=_OUTSIDE,
        ),
        Field(
            "owner-email",
            Kind.LINE,
            "Their email address",
            "They get a link to report by, and see only the words and date of this action. If they "
            f"have no email, leave it empty: {reports} for them.",
            readers=SIGNED_IN,
            folded=_OUTSIDE,
        ),
    )


def read_owner(
    read: Reading, council: Council, today: date, row: str = "", said: str = ""
) -> Owner:
    """Return the owner that was typed, in the row ``row``, if they are asked for in one.

    What fits several people or posts, or none, is a problem of its field, whose sentence begins
    with ``said``. The rules say what else is wrong with one.
    """
    named = read.words(f"{row}owner")
    name, organisation, email = (
        read.words(f"{row}{part}") for part in OWNER_PARTS if part != "owner"
    )
    found = owner_names.found(named, council, today)
    if named and len(found) != 1:
        read.problems.setdefault(f"{row}owner", f"{said}{_which(named, found, council, today)}")
    return Owner(found[0] if len(found) == 1 else "", name, organisation, email)


def _which(named: str, found: list[str], council: Council, today: date) -> str:
    """Return what to correct in what was typed: it fits several, or nobody."""
    typed = isolated(named)
    if not found:
        return (
            f"We cannot find “{typed}” in the council. Check the spelling, or fill in the fields "
            "for somebody outside the council."
        )
    names = [owner_names.called(one, council, today) for one in found]
    more = f"; and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"“{typed}” could be: {'; '.join(names[:_NAMED])}{more}. Enter one of them in full."


def read_action(read: Reading, number: int, council: Council, today: date) -> AgreedAction:
    """Return the agreed action of this number, as it was read from its row, ``action-2``."""
    row = f"action-{number}-"
    what = read.words(f"{row}what")
    who = read_owner(read, council, today, row, f"Action {number}: ")
    by = read.day(f"{row}by", today, f"Action {number}: enter")
    return AgreedAction(what, owner_named(who, council, today), by, who)
