"""The one way an email leaves the service: claimed, written, sent, and marked.

Amazon SES cannot tell that an email is the same as another, so each email has a place in the table,
and the call that sends it holds a lease there::

    claim ──► write, send ──► mark: sent, refused, or put off
      │
      └─ already sent or refused, or held by another call: nothing is sent

A crash before the mark leaves the lease, and the next call tries again: an email can arrive twice,
but it cannot be forgotten. Errors while writing or sending one are never raised, because what comes
after it, a challenge's next step or the next officer's email, has to go on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from adapters import clock
from adapters.delivery import Held, PutOff, Refused, Sent
from adapters.mail import MailRefusedError, MailUnavailableError
from adapters.metrics import LETTERS_PUT_OFF, emit
from adapters.record.notices import Claim
from adapters.sweep import doubling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.delivery import News
    from adapters.mail import Mail, Written
    from adapters.record.notices import Notices
    from adapters.record.places import Place
    from domain.directory import Officer
    from domain.rules.absence import Absence

__all__ = ["CALLED_AGAIN", "LETS_PROGRAMS_REPLY", "WOKEN_AGAIN", "Lease", "Outcome", "Outgoing"]

_log = logging.getLogger(__name__)

Outcome = Sent | Refused | PutOff | Held


@dataclass(frozen=True)
class Lease:
    """How long a call holds the email it sends, and the ``longest_pause`` between two tries.

    Pauses start with a minute and double.
    """

    holds: timedelta
    longest_pause: timedelta


#: For a challenge's execution, which wakes again at the time that the outcome names. It holds for
#: longer than Decide may run: a call that holds an email longer has died.
WOKEN_AGAIN = Lease(timedelta(minutes=2), timedelta(hours=1))

#: For a function that AWS calls again a minute after it failed. It holds for less than that and
#: does not pause, or the second call could try nothing. It holds for longer than Intake may run,
#: and than one email of Daily's may take.
CALLED_AGAIN = Lease(timedelta(seconds=55), timedelta(0))

#: What each email says about itself, unless its caller says it more exactly.
_BY_PROGRAM = {"Auto-Submitted": "auto-generated"}

#: For an email that asks a person: a program's reply says that they are away (rule 15). Programs
#: that follow RFC 3834 reply to nothing that says ``auto-generated``.
LETS_PROGRAMS_REPLY = {"Auto-Submitted": ""}


class Outgoing:
    """Sends each email once."""

    def __init__(self, notices: Notices, mail: Mail) -> None:
        """Take where the emails are kept, and what hands them to SES."""
        self._notices = notices
        self._mail = mail

    def once(
        self,
        place: Place,
        lease: Lease,
        write: Callable[[], Written],
        to: Officer,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Outcome:
        """Send the email of this ``place``, unless that was done. Return what happened to it.

        ``write`` is called once this call is sure to send the email; it may fail. Each email says
        in ``Auto-Submitted`` that no person wrote it, so that no out-of-office reply answers it
        (RFC 3834); ``headers`` may say it more exactly, or ``""`` to leave it out. Raise botocore's
        errors if the table does not answer, and no others.
        """
        began = clock.wall()
        claim = self._notices.claim(place, began, began + lease.holds)
        if not isinstance(claim, Claim):
            return claim
        pause = doubling(claim.tries - 1, lease.longest_pause)
        return self._notices.mark(place, claim, self._try(place, pause, write, to, headers))

    def earlier(self, place: Place) -> Sent | Refused | None:
        """Return the final outcome of this place's email, if it has one."""
        return self._notices.earlier(place)

    def hear(self, place: Place, news: News) -> None:
        """Note what SES says about an email it accepted. The same news again changes nothing."""
        self._notices.mark_news(place, news)

    def hear_away(self, place: Place, absence: Absence) -> None:
        """Note that the reader of an email seems to be away. The same again changes nothing."""
        self._notices.mark_away(place, absence)

    def _try(
        self,
        place: Place,
        pause: timedelta,
        write: Callable[[], Written],
        to: Officer,
        headers: Mapping[str, str],
    ) -> Sent | Refused | PutOff:
        named = {**place.named, "officer": to.id}
        at = clock.now()
        try:
            written = write()
            said = {**_BY_PROGRAM, **headers}
            headers = {name: value for name, value in said.items() if value}
            message_id = self._mail.send(to.email, written, headers, clock.wall(), place.tags)
        except MailRefusedError as error:
            _log.warning("letter refused", extra={**named, "why": str(error)})
            return Refused(str(error))
        except MailUnavailableError as error:
            # AWS's code tells an outage from a permission that our role lacks.
            _log.warning("letter put off", extra={**named, "why": str(error)})
            return PutOff(clock.wall() + pause, str(error), mail_is_out=True)
        except Exception as error:  # noqa: BLE001 - a faulty email must not hold up anything else
            emit(LETTERS_PUT_OFF)
            _log.exception("letter not sent", extra=named)
            return PutOff(clock.wall() + pause, type(error).__name__, mail_is_out=False)
        return Sent(at, message_id)
