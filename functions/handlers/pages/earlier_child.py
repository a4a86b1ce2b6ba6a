"""To fill in who a child is from a challenge that the officer has, or had, about the same child.

The list is made of the rows of the officer's own challenges: initials and Case ID, no name. Name
and date of birth come from the record of the one that is chosen, if the officer may see it, and
that they looked at it is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import clock
from adapters.errors import NoSuchChallengeError
from adapters.wiring import casebook
from domain.looks import Via
from domain.moments import date_in_words, local_day, parse_moment
from domain.people import iros_for_whom
from domain.reference import tidied
from domain.values import Value, value
from domain.vocabulary import ENDED
from domain.writing import capitalised, isolated
from handlers import dates
from handlers.pages.gate import found
from handlers.pages.kit import Field, Form, Kind, Option

if TYPE_CHECKING:
    from datetime import date

    from domain.council import Council
    from domain.directory import Officer

__all__ = ["CHOSEN", "EarlierChild", "filled_from", "form", "of_officer"]

#: The field with the reference of the challenge that was chosen.
CHOSEN = "reference"

#: How many ended challenges of each IRO are looked through.
_ENDED_AT_MOST = 100

_NONE = "Select a child"


@value
class EarlierChild(Value):
    """A child of the officer's own challenges, and the newest of these: when it was raised, etc.

    ``team`` and ``themes`` are empty if an earlier release wrote the row.
    """

    reference: str
    initials: str
    case_id: str
    open: bool
    raised_on: date
    team: str
    themes: tuple[str, ...]

    @property
    def which(self) -> str:
        """Return which challenge it is, in words: children may have the same initials."""
        about = capitalised(", ".join(self.themes))
        state = "open" if self.open else "ended"
        said = (self.team, about, f"{self.reference}, raised on {date_in_words(self.raised_on)}")
        return f"{'. '.join(one for one in said if one)} ({state})"


def of_officer(officer: Officer, council: Council, today: date) -> tuple[EarlierChild, ...]:
    """Return the children of the officer's challenges, and of those of the IROs they cover.

    Each child is there once, with an open challenge or else the latest ended. They are in the order
    of their initials, because somebody looks for a child.
    """
    lists = casebook().record.lists
    iros = iros_for_whom(officer.id, council, today)
    rows = [row for iro in iros for row in lists.of_iro(iro)]
    rows += [row for iro in iros for row in lists.ended_of(iro, _ENDED_AT_MOST)]
    children: dict[str, EarlierChild] = {}
    for row in sorted(rows, key=lambda row: row.standing in ENDED):
        key = "".join(row.case_id.split()).casefold()
        child = EarlierChild(
            *(row.reference, row.initials, row.case_id, row.standing not in ENDED),
            *(local_day(parse_moment(row.raised_at)), row.team, row.themes),
        )
        if not row.died:
            children.setdefault(key, child)
    in_order = sorted(children.values(), key=lambda one: (one.initials.casefold(), one.case_id))
    return tuple(in_order)


def form(children: tuple[EarlierChild, ...], address: str, *, asks: bool) -> Form:
    """Return the form that asks which child; if it ``asks``, it says that none was chosen."""
    options = tuple(
        Option(
            one.reference,
            f"{isolated(one.initials)} (Case ID {isolated(one.case_id)})",
            one.which,
        )
        for one in children
    )
    hint = (
        "The children of your challenges, in the order of their initials. We fill in who the child "
        "is, the team and the social worker. That you looked is recorded."
    )
    field = Field(CHOSEN, Kind.RADIOS, "Which child?", hint, options=options)
    return Form((field,), address, problems={CHOSEN: f"{_NONE}."} if asks else {})


def filled_from(named: str, officer: Officer, council: Council) -> dict[str, str]:
    """Return what the form says about the child of this challenge: control → text.

    It is empty if the officer may not see the challenge. If they may, their look is recorded.
    """
    reference, now = tidied(named), clock.now()
    if reference is None:
        return {}
    try:
        challenge, _ = found(reference, officer, council, now)
    except NoSuchChallengeError:
        return {}
    casebook().record.beside.note_look(challenge.reference, officer.id, Via.PAGE, now)
    child, area = challenge.raised.child, challenge.area
    boxes = dates.in_boxes(child.date_of_birth.isoformat())
    directory = council.directory
    return {
        "case-id": child.case_id,
        "initials": child.initials,
        "name": child.name,
        **{f"date-of-birth-{box}": text for box, text in boxes.items()},
        "team": area.team if area.team in directory.teams else "",
        "social-worker": area.social_worker if area.social_worker in directory.posts else "",
    }
