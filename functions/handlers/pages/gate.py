"""The one way to a challenge for whoever is signed in: who may not see it is not told it is there.

Every page about a challenge comes through :func:`seen`. It asks whether the person may see the
challenge, and records the look before anything is shown: a page that is made elsewhere can forget
neither. (A reply link is a way of its own, ``handlers.pages.replying``.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import clock
from adapters.errors import NoSuchChallengeError
from adapters.wiring import casebook
from domain.moments import local_day
from domain.people import capacities
from domain.permissions import may_see
from domain.reference import tidied
from handlers.pages import web
from handlers.pages.acts import Scene

if TYPE_CHECKING:
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.vocabulary import Capacity
    from handlers.request import App

__all__ = ["found", "seen"]


def seen(app: App, reference: str, now: datetime | None = None, *, shows: bool = True) -> Scene:
    """The challenge with this reference, and whoever looks at it.

    The look is recorded at ``now`` (UTC; default: this moment), unless the answer ``shows`` nothing
    and leads to a page that does.
    Raises ``NoSuchChallengeError`` alike for a challenge that is not there and for one that the
    person may not see, after the same calls of AWS; and what ``web.officer`` raises.
    """
    now = now or clock.now()
    officer, council = web.officer_and_council(app)
    challenge, who = found(reference, officer, council, now)
    # Only now: a version of the procedure that is missing would tell of the challenge too.
    council = council.under(challenge.raised.procedure)
    if shows:
        casebook().record.beside.note_look(challenge.reference, officer.id, "page", now)
    return Scene(challenge, council, officer, who, now)


def found(
    reference: str, officer: Officer, council: Council, now: datetime
) -> tuple[Challenge, frozenset[Capacity]]:
    """The challenge, and what the officer is to it. Nothing of it may be shown yet: see `seen`.

    Raises ``NoSuchChallengeError`` alike where there is none and where it is not theirs to see.
    """
    challenge = casebook().record.chain.load(tidied(reference) or reference).challenge
    who = capacities(challenge, officer.id, council, local_day(now))
    if not may_see(who, challenge, council):
        raise NoSuchChallengeError(reference)
    return challenge, who
