"""Intake: takes each email sent to the intake address, and does what it asks.

In: the event of Amazon SES (a receipt rule that has put the email into S3), one email a record.
Out: ``{"mails": [{"message_id": "…", "became": "raised"}]}``; ``became`` is a :class:`Became`.

An email is believed if it passed every check of SES and its sender is in the directory. Then it is
locked in S3 as it came, as evidence; any other is deleted after a year. Operators see what happened
to each. An automatic reply is believed if it passed DMARC and the checks for spam and viruses: the
programs that send them leave the envelope empty, of which SPF has nothing to say. AWS calls again
after a failure, and sometimes delivers twice: everything here does its work once for an email,
however often it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from adapters import clock
from adapters.errors import TryAgainError
from adapters.metrics import MAILS_TAKEN, emit
from adapters.wiring import casebook, mailroom
from handlers.intake.became import Became, Outcome
from handlers.intake.ses import Arrived, arrivals

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from domain.directory import Directory
    from handlers.intake.mail import Head

__all__ = ["Became", "handler"]

_log = Logger()

#: The checks without which nothing is believed, not even an automatic reply.
_NEEDED_OF_ALL = {"spam", "virus", "dmarc"}

#: Emails that are no evidence of anything an officer did.
_NO_EVIDENCE = frozenset({Became.FAILED_CHECKS, Became.STRANGER, Became.AUTOMATIC})


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take the emails of one event.

    Raise ``TryAgainError`` if one was taken but could not be locked: AWS calls again.
    """
    results, not_kept = [], []
    for one in arrivals(event):
        _log.append_keys(message_id=one.message_id)
        # Note it first: operators then see it even if what follows keeps failing.
        mailroom().note(one.message_id, one.received, Became.NOTHING_YET)
        outcome = _take(one)
        mailroom().note(one.message_id, one.received, outcome.became, **outcome.details)
        _log.info("mail taken", extra={"became": str(outcome.became), **outcome.details})
        emit(MAILS_TAKEN, of=outcome.became.partition(":")[0])
        try:
            evidence = outcome.became not in _NO_EVIDENCE
            mailroom().keep(one.message_id, one.received, as_evidence=evidence)
        except TryAgainError as error:
            not_kept.append(error)
            _log.exception("mail taken, but not locked")
            details = {**outcome.details, "locked": "not locked yet"}
            mailroom().note(one.message_id, one.received, outcome.became, **details)
        results.append({"message_id": one.message_id, "became": str(outcome.became)})
    if not_kept:
        raise not_kept[0]
    return {"mails": results}


def _take(arrived: Arrived) -> Outcome:
    """Take one email. Of a stranger's only the head is read, as anybody can send anything."""
    failed = Outcome(Became.FAILED_CHECKS, {"failed": ", ".join(arrived.failed)})
    if not _NEEDED_OF_ALL.isdisjoint(arrived.failed):
        return failed
    from handlers.intake.mail import read, read_head

    raw = mailroom().fetch(arrived.message_id)
    head = read_head(raw)
    if arrived.failed and not head.automatic:
        return failed
    believed = head.sender and (head.sender,) == arrived.senders
    council = casebook().council() if believed else None
    officer = council.directory.by_email(head.sender) if council else None
    if officer is None or council is None:
        of_nobody = Outcome(Became.AUTOMATIC if head.automatic else Became.STRANGER, {})
        return failed if arrived.failed else of_nobody
    from handlers.intake.absent import of_absence

    by_the_wall = min(arrived.received, clock.wall())  # clocks of two computers never quite agree
    received, mail = clock.shown(by_the_wall), read(raw)
    hands = _other_hands(head, arrived, council.directory)
    # Whoever sends in somebody's name is no evidence that they are away.
    if not hands and (away := of_absence(mail, head, officer, council, received)):
        return away
    if head.automatic:
        return failed if arrived.failed else Outcome(Became.AUTOMATIC, {})
    from handlers.intake.officers import OfficersMail

    outcome = OfficersMail(mail, officer, council, received, hands).take()
    return Outcome(outcome.became, {"officer": officer.id, **outcome.details})


def _other_hands(head: Head, arrived: Arrived, directory: Directory) -> tuple[str, ...]:
    """Return the addresses of those who sent it in the sender's name, or sent it on.

    A program's address on the envelope means nothing, but another officer's does.
    """
    envelope = directory.by_email(arrived.envelope)
    posted = (arrived.envelope,) if envelope and arrived.envelope != head.sender else ()
    return tuple(dict.fromkeys((*head.by_whom, *posted)))
