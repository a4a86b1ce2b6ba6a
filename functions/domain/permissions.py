"""Who may do what: one table, role × rung × act, read from the parts of the rules.

Pages, API, tests and docs read it. Source: the procedure, "Who may do what", and each rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.part import Asked, May
from domain.rulebook import COMMANDS
from domain.tasks import tasks
from domain.vocabulary import OPEN, Capacity, Standing

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.part import Command

__all__ = ["MAY_SEE", "acts", "may", "may_see"]

_ANY = tuple(Standing)

#: Who may see a challenge's page, when.
MAY_SEE = (
    May(Capacity.IRO, _ANY),
    May(Capacity.SRSM, _ANY),
    May(Capacity.SENIOR_IRO_MANAGER, _ANY),
    May(Capacity.RESPONDER, OPEN),
    May(Capacity.INFORMED, _ANY),
)


def may_see(who: frozenset[Capacity], challenge: Challenge, council: Council) -> bool:
    """Whether somebody in these capacities may see the challenge now."""
    return any(_holds(row, who, challenge, council) for row in MAY_SEE)


def may(
    command: type[Command], who: frozenset[Capacity], challenge: Challenge, council: Council
) -> bool:
    """Whether somebody in these capacities may do this now."""
    rows = (row for row in command.who if isinstance(row, May))
    if any(_holds(row, who, challenge, council) for row in rows):
        return True
    return any(isinstance(row, Asked) for row in command.who) and any(
        task.purpose in command.settles and task.whose in who for task in tasks(challenge, council)
    )


def _holds(row: May, who: frozenset[Capacity], challenge: Challenge, council: Council) -> bool:
    here = row.who in who and challenge.standing in row.at
    return here and row.also.holds(challenge, council)


def acts(
    who: frozenset[Capacity], challenge: Challenge, council: Council
) -> tuple[type[Command], ...]:
    """Return everything somebody in these capacities may do now, in the table's order."""
    return tuple(command for command in COMMANDS if may(command, who, challenge, council))
