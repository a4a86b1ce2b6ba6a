"""What follows from an automatic reply: which requests it is evidence about (rule 15).

It is about the challenge that its subject names, or else the one whose email it says it replies to,
or else about every request that is put to its sender.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.errors import NoSuchChallengeError
from adapters.record.places import NoticePlace
from adapters.wiring import casebook
from domain.moments import local_day
from domain.notices import notice_key
from domain.reference import tidied
from domain.rules.absence import Absence, Sign, is_asked
from handlers.intake.away import is_automatic_reply, read_away
from handlers.intake.became import Became, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from handlers.intake.mail import Head, Mail

__all__ = ["of_absence"]

_REFERENCE = re.compile(r"\bPCE[-\s]?[0-9A-Z]{4}[-\s]?[0-9A-Z]{4}\b", re.IGNORECASE)


def of_absence(
    mail: Mail, head: Head, officer: Officer, council: Council, received: datetime
) -> Outcome | None:
    """Note what an automatic reply of ``officer`` shows; ``None`` if it is no automatic reply.

    The same email again notes nothing new. Raise ``TryAgainError``.
    """
    if not is_automatic_reply(mail, head.marks, officer.name):
        return None
    found = _requests(mail, head, officer, received)
    if not found:
        return Outcome(Became.AUTOMATIC, {"officer": officer.id})
    today = local_day(received)
    away = read_away(mail, officer, council.directory, today, council.calendar)
    absence = Absence(
        *(officer.id, received, Sign.AUTOMATIC_REPLY), away.first, away.back_on, away.colleague
    )
    for challenge in found:
        key = notice_key(challenge.request.event, officer.id)
        casebook().hear_of_absence(NoticePlace(challenge.reference, key), absence)
    references = ", ".join(challenge.reference for challenge in found)
    return Outcome(Became.AWAY, {"officer": officer.id, "reference": references})


def _requests(mail: Mail, head: Head, officer: Officer, received: datetime) -> list[Challenge]:
    """Return the challenges in which a reply is due from ``officer``, and that it is about."""
    named = {found for text in _REFERENCE.findall(mail.subject) if (found := tidied(text))}
    asked = _asked(sorted(named), officer, received)
    if asked:
        return asked
    every = _asked(_in_trays(officer, received), officer, received)
    replied_to = [one for one in every if _sent_to(officer, one, head.answers)]
    return replied_to or every


def _asked(references: Iterable[str], officer: Officer, received: datetime) -> list[Challenge]:
    """Return those of the challenges in which a reply is due from ``officer``."""
    found = []
    for reference in references:
        try:
            challenge = casebook().record.chain.load(reference).challenge
        except NoSuchChallengeError:
            continue
        council = casebook().council_for(challenge)
        if is_asked(challenge, officer.id, council, local_day(received)):
            found.append(challenge)
    return found


def _in_trays(officer: Officer, received: datetime) -> list[str]:
    """Return the references of the challenges in the officer's trays."""
    trays = casebook().council().directory.trays(officer.id, local_day(received))
    rows = [row for tray in trays for row in casebook().record.lists.in_tray(tray)]
    return list(dict.fromkeys(row.reference for row in rows))


def _sent_to(officer: Officer, challenge: Challenge, ids: tuple[str, ...]) -> bool:
    """Whether an email of the challenge to ``officer`` has one of these Message-IDs."""
    named = {id_.partition("@")[0] for id_ in ids}
    known = casebook().record.notices.known(challenge.reference, 0)
    return any(
        key.partition("#")[2] == officer.id and item.get("message_id") in named
        for key, item in known.items()
    )
