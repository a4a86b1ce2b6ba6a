"""The one way by which an email leaves the service: claimed, written, sent, and marked.

Amazon SES cannot be told that an email is the same one, so each has a place in the table, and
whoever sends it holds a lease there::

    claim ──► write, send ──► mark: sent, refused for good, or put off
      │
      └─ sent or refused before, or held by another: nothing is sent

A crash before the mark leaves the lease, and whoever comes after it tries again: so an email can
arrive twice, and cannot be forgotten. Nothing that goes wrong while one is written or sent is
raised: whatever is behind it, a challenge's next step or the next officer's email, must go on.
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

__all__ = ["CALLED_AGAIN", "WOKEN_AGAIN", "Lease", "Outcome", "Outgoing"]

_log = logging.getLogger(__name__)

Outcome = Sent | Refused | PutOff | Held


@dataclass(frozen=True)
class Lease:
    """For how long whoever sends an email holds it, and the ``longest_pause`` between two tries.

    Pauses begin with a minute and double.
    """

    holds: timedelta
    longest_pause: timedelta


#: For who is woken again at the moment that the outcome names, as a challenge's execution is. It
#: holds for longer than Decide may run: whoever holds an email longer than that has died.
WOKEN_AGAIN = Lease(timedelta(minutes=2), timedelta(hours=1))

#: For a function that AWS calls again by itself, a minute after it failed: it holds for less than
#: that, and does not pause, or nothing could be tried then. Longer than Intake may run, and than
#: one email of Daily's may take.
CALLED_AGAIN = Lease(timedelta(seconds=55), timedelta(0))

#: What each email says of itself, if nothing more exact is said of it.
_BY_PROGRAM = {"Auto-Submitted": "auto-generated"}


class Outgoing:
    """Sends each email once."""

    def __init__(self, notices: Notices, mail: Mail) -> None:
        """Take the emails' room of the record, and what hands them to SES."""
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
        """Send the email of this ``place``, unless that was done; return what became of it.

        ``write`` is called once it is certain that the email is ours to send; it may fail. Each
        email says in ``Auto-Submitted`` that no person wrote it, so that no out-of-office reply
        answers it (RFC 3834); ``headers`` may say it more exactly. Raise botocore's errors where
        the table does not answer, and no others.
        """
        began = clock.wall()
        claim = self._notices.claim(place, began, began + lease.holds)
        if not isinstance(claim, Claim):
            return claim
        pause = doubling(claim.tries - 1, lease.longest_pause)
        return self._notices.mark(place, claim, self._try(place, pause, write, to, headers))

    def earlier(self, place: Place) -> Sent | Refused | None:
        """Return what became of the email of this place for good, if anything has."""
        return self._notices.earlier(place)

    def hear(self, place: Place, news: News) -> None:
        """Note what SES says of an email that it had accepted. The same again changes nothing."""
        self._notices.mark_news(place, news)

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
            headers = {**_BY_PROGRAM, **headers}
            message_id = self._mail.send(to.email, written, headers, clock.wall(), place.tags)
        except MailRefusedError as error:
            _log.warning("letter refused", extra={**named, "why": str(error)})
            return Refused(str(error))
        except MailUnavailableError as error:
            # AWS's code tells an outage from a permission that our role lacks.
            _log.warning("letter put off", extra={**named, "why": str(error)})
            return PutOff(clock.wall() + pause, str(error), mail_is_out=True)
        except Exception as error:  # noqa: BLE001 - a faulty email may hold up nothing else
            emit(LETTERS_PUT_OFF)
            _log.exception("letter not sent", extra=named)
            return PutOff(clock.wall() + pause, type(error).__name__, mail_is_out=False)
        return Sent(at, message_id)
