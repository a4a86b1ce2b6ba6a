"""Who may do what: one table, role × rung × act, read from the parts of the rules.

Pages, API, tests and docs read it. Source: the procedure, "Who may do what", and each rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.part import Asked, May
from domain.people import by_their_post, may_answer
from domain.rulebook import COMMANDS
from domain.rules.corrections import Correct
from domain.rules.good_practice import RECOGNISES, is_praise
from domain.rules.history import OpenHistory
from domain.rules.legal import NO_CONFLICT
from domain.rules.notes import WriteNote
from domain.rules.sealing import AskToSeal
from domain.tasks import tasks
from domain.vocabulary import ENDED, OPEN, Capacity, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Challenge, Request
    from domain.council import Council
    from domain.part import Command

__all__ = [
    "MAY_REPLY",
    "MAY_SEE",
    "MAY_SEE_LOOKS",
    "OF_PRAISE",
    "acts",
    "may",
    "may_see",
    "may_see_looks",
    "may_see_to_reply",
    "posts_that_see",
    "replied_after_the_end",
    "sees_only",
]

_ANY = tuple(Standing)

#: Who may see a challenge's page, when.
MAY_SEE = (
    May(Capacity.IRO, _ANY),
    May(Capacity.SRSM, _ANY),
    May(Capacity.SENIOR_IRO_MANAGER, _ANY),
    May(Capacity.RESPONDER, OPEN),
    May(Capacity.RESPONDER, ENDED, RECOGNISES),
    May(Capacity.INFORMED, _ANY),
    May(Capacity.INFORMED_BEFORE, _ANY),
    May(Capacity.IRO_BEFORE, _ANY),
    May(Capacity.LAWYER, _ANY, NO_CONFLICT),
    May(Capacity.NEIGHBOUR_LAWYER, _ANY),
    May(Capacity.ASSISTANT_DIRECTOR, OPEN),
    May(Capacity.AUDITOR, _ANY),
    May(Capacity.DATA_PROTECTION_OFFICER, _ANY),
    May(Capacity.COVER, (*OPEN, *ENDED)),
    May(Capacity.IRO_OF_CHILD, (*OPEN, *ENDED)),
    May(Capacity.CASE_SYSTEM, (*OPEN, *ENDED)),
)

#: Who may see who looked at a challenge, when. Of one that is sealed nobody is anything but Auditor
#: or Data protection officer (rule 22).
MAY_SEE_LOOKS = (
    May(Capacity.IRO, (*OPEN, *ENDED)),
    May(Capacity.SRSM, (*OPEN, *ENDED)),
    May(Capacity.SENIOR_IRO_MANAGER, (*OPEN, *ENDED)),
    May(Capacity.AUDITOR, _ANY),
    May(Capacity.DATA_PROTECTION_OFFICER, _ANY),
)

#: All that can be done in a record of good practice: it challenges nobody (rule 18). It too may be
#: about the wrong child (rule 22).
OF_PRAISE = (WriteNote, Correct, OpenHistory, AskToSeal)

#: Who may open the page on which they reply, when: after the end, to send a late reply (rule 5).
MAY_REPLY = (May(Capacity.RESPONDER, _ANY),)


def may_see(who: frozenset[Capacity], challenge: Challenge, council: Council) -> bool:
    """Whether somebody in these capacities may see the challenge now."""
    return any(_holds(row, who, challenge, council) for row in MAY_SEE)


def posts_that_see(challenge: Challenge, council: Council) -> tuple[str, ...]:
    """Return the posts whose holders may see the challenge now as responder or informed, sorted.

    Nobody who is or was its IRO, raised it, or covers for its IRO sees it by such a post.
    """
    if challenge.sealed:
        return ()
    by_post = by_their_post(challenge, council)
    theirs = (Capacity.RESPONDER, Capacity.INFORMED)
    seeing = (by_post[who] for who in theirs if may_see(frozenset({who}), challenge, council))
    return tuple(sorted({post for posts in seeing for post in posts if post}))


def may_see_looks(who: frozenset[Capacity], challenge: Challenge, council: Council) -> bool:
    """Whether somebody in these capacities may see who looked at the challenge."""
    return any(_holds(row, who, challenge, council) for row in MAY_SEE_LOOKS)


def sees_only(who: frozenset[Capacity], challenge: Challenge, council: Council) -> str:
    """Return the page of the challenge for those who may not see the challenge; empty if none.

    ``briefing`` is for whoever was briefed, and for the Director once notified. ``name-lawyer`` is
    for the legal team, which sees no more after a conflict of interest (rule 11).
    """
    if may_see(who, challenge, council):
        return ""
    if who & {Capacity.BRIEFED, Capacity.TOLD}:
        return "briefing"
    return "name-lawyer" if Capacity.LAWYER in who else ""


def may_see_to_reply(
    officer: str, who: frozenset[Capacity], challenge: Challenge, council: Council, today: date
) -> bool:
    """Whether ``officer``, in these capacities, may see the page on which they reply, signed in.

    After the end it is only to send a late reply, and to see that it is recorded (rule 5).
    """
    if may_see(who, challenge, council):
        return True
    return any(_holds(row, who, challenge, council) for row in MAY_REPLY) and any(
        may_answer(request, challenge, officer, council, today)
        and (not request.answered or replied_after_the_end(request, challenge, officer))
        for request in challenge.requests
    )


def replied_after_the_end(request: Request, challenge: Challenge, officer: str) -> bool:
    """Whether ``officer`` gave the first reply to ``request``, after the challenge had ended."""
    answer = request.answer
    if answer is None or challenge.ended_at is None:
        return False
    return answer.actor.officer == officer and answer.effective > challenge.ended_at


def may(
    command: type[Command], who: frozenset[Capacity], challenge: Challenge, council: Council
) -> bool:
    """Whether somebody in these capacities may do this now."""
    if _in_table(command, who, challenge, council):
        return True
    return _is_for_who_is_asked(command) and not _asked(who, challenge, council).isdisjoint(
        command.settles
    )


def _in_table(
    command: type[Command], who: frozenset[Capacity], challenge: Challenge, council: Council
) -> bool:
    if is_praise(challenge) and command not in OF_PRAISE:
        return False
    return any(isinstance(row, May) and _holds(row, who, challenge, council) for row in command.who)


def _is_for_who_is_asked(command: type[Command]) -> bool:
    return any(isinstance(row, Asked) for row in command.who)


def _asked(who: frozenset[Capacity], challenge: Challenge, council: Council) -> frozenset[Purpose]:
    """Return what somebody in these capacities is asked for."""
    return frozenset(task.purpose for task in tasks(challenge, council) if task.whose in who)


def _holds(row: May, who: frozenset[Capacity], challenge: Challenge, council: Council) -> bool:
    here = row.who in who and challenge.standing in row.at
    return here and row.also.holds(challenge, council)


def acts(
    who: frozenset[Capacity], challenge: Challenge, council: Council
) -> tuple[type[Command], ...]:
    """Return everything somebody in these capacities may do now, in the table's order."""
    asked = _asked(who, challenge, council)  # once: it goes through every rule
    return tuple(
        command
        for command in COMMANDS
        if _in_table(command, who, challenge, council)
        or (_is_for_who_is_asked(command) and not asked.isdisjoint(command.settles))
    )
