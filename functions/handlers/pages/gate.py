"""The one way to a challenge for people who are signed in.

People who may not see a challenge do not learn that it exists. Every page about a challenge calls
:func:`seen`, which checks that the person may see it, and records the look before anything is
shown, so that no page can forget either. (Reply links have their own way in,
``handlers.pages.replying``.)
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from adapters import clock
from adapters.errors import NoSuchChallengeError, OnlyAPartError, SealedError
from adapters.wiring import casebook
from domain.looks import Via
from domain.moments import local_day
from domain.named import as_of
from domain.people import capacities, iros_for_whom, reads_until
from domain.permissions import may_see, may_see_to_reply, sees_only
from domain.reference import tidied
from domain.rules.history import has_opened
from domain.rules.sealing import had_it_sealed, raised_instead
from domain.vocabulary import Capacity
from handlers.pages import web
from handlers.pages.acts import Scene

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from handlers.request import App

__all__ = ["as_read", "found", "seen", "siblings"]

#: Who learns of a sealed record, from others that name it too (rule 22).
_SEE_SEALED = frozenset({Capacity.AUDITOR, Capacity.DATA_PROTECTION_OFFICER})


def seen(
    app: App,
    reference: str,
    now: datetime | None = None,
    *,
    shows: bool = True,
    to_reply: bool = False,
    keep: bool = True,
    alone: str = "",
) -> Scene:
    """Return the challenge with this reference, and the person who is looking at it.

    The look is recorded at ``now`` (UTC; default: this moment), unless the answer shows nothing of
    the challenge (``shows=False``) and leads to a page that does. Whoever may read the record only
    up to a move of the child gets the challenge as it was then. On the page ``to_reply``,
    responders may come in after the end too, to send a late reply (rule 5). A page that stands
    ``alone`` opens for those who may see nothing else of the challenge (rule 11). Without ``keep``,
    a form that was sent by somebody who is signed out is not kept.
    Raise ``NoSuchChallengeError`` both if there is no such challenge and if the person may not see
    it, after the same calls to AWS; and whatever ``web.officer`` raises.
    """
    now = now or clock.now()
    officer, council = web.officer_and_council(app, keep=keep)
    challenge, who = found(reference, officer, council, now, to_reply=to_reply, alone=alone)
    sees_all = to_reply or may_see(who, challenge, council)
    until = reads_until(challenge, officer.id, council, local_day(now))
    # Only after the check: an error about a missing procedure would show that the challenge exists.
    council = council.under(challenge.raised.procedure)
    if not who & _SEE_SEALED:
        challenge = casebook().for_others(challenge)
    if shows:
        casebook().record.beside.note_look(challenge.reference, officer.id, Via.PAGE, now)
    if until and not to_reply:
        # They see the challenge as it was when the child moved, and do nothing in it any more.
        challenge = as_of(challenge, until)
        who = frozenset({Capacity.INFORMED_BEFORE})
    return Scene(challenge, council, officer, who, now, until=until, sees_all=sees_all)


def as_read(
    reference: str, officer: Officer, council: Council, now: datetime
) -> tuple[Challenge, frozenset[Capacity]]:
    """Return what :func:`found` returns, as the officer reads it and may act in it.

    Whoever may read the record only up to a move of the child gets the challenge as it was then,
    and does nothing in it. This records no look, and raises what :func:`found` raises.
    """
    challenge, who = found(reference, officer, council, now)
    until = reads_until(challenge, officer.id, council, local_day(now))
    if until is None:
        return challenge, who
    return as_of(challenge, until), frozenset({Capacity.INFORMED_BEFORE})


def siblings(
    challenge: Challenge, officer: Officer, council: Council, now: datetime
) -> list[Challenge]:
    """Return the challenges of the child's brothers and sisters that the person may see (rule 17).

    They are those that the same form raised. It records no look: show their references at most, and
    the initials.
    """
    shown = []
    for reference in challenge.raised.siblings:
        with suppress(NoSuchChallengeError):
            shown.append(found(reference, officer, council, now)[0])
    return shown


def found(
    reference: str,
    officer: Officer,
    council: Council,
    now: datetime,
    *,
    to_reply: bool = False,
    alone: str = "",
) -> tuple[Challenge, frozenset[Capacity]]:
    """Return the challenge, and the officer's capacities in it. This records no look.

    So nothing of the challenge may be shown yet: use :func:`seen` for that.
    Raise ``NoSuchChallengeError`` both if there is no such challenge and if the officer may not
    see it; it is an ``OnlyAPartError`` if they have one page of it, and it is not ``alone``, and a
    ``SealedError`` if it is sealed, and they asked for that or agreed.
    """
    today = local_day(now)
    try:
        challenge = casebook().record.chain.load(tidied(reference) or reference).challenge
    except NoSuchChallengeError:
        _is_iro_of(
            reference, officer, council, today
        )  # the same calls, whether there is one or not
        raise
    who = capacities(challenge, officer.id, council, today)
    case_id = challenge.raised.child.case_id
    if not may_see(who, challenge, council) and _is_iro_of(case_id, officer, council, today):
        who |= {Capacity.IRO_OF_CHILD}
    replies = to_reply and may_see_to_reply(officer.id, who, challenge, council, today)
    if not replies and not may_see(who, challenge, council):
        only = sees_only(who, challenge, council)
        if not only:
            if challenge.sealed and officer.id in had_it_sealed(challenge):
                instead = casebook().record.chain.load(raised_instead(challenge)).challenge
                raise SealedError(challenge.reference, "" if instead.sealed else instead.reference)
            raise NoSuchChallengeError(reference)
        if only != alone:
            raise OnlyAPartError(challenge.reference, only)
    return challenge, who


def _is_iro_of(case_id: str, officer: Officer, council: Council, today: date) -> bool:
    """Whether the officer is the IRO of a challenge about the child with this Case ID (rule 25).

    So is who covers for that IRO, once they have opened the child's other challenges.
    """
    iros = iros_for_whom(officer.id, council, today)
    if not iros:
        return False
    record = casebook().record
    rows = [row for row in record.lists.of_child(case_id) if row.iro in iros]
    return any(row.iro == officer.id for row in rows) or any(
        has_opened(record.chain.load(row.reference).challenge, officer.id) for row in rows
    )
