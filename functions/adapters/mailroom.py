"""The mailroom: emails as they came in, what happened to each, and the answers to them.

The email itself is in S3, where SES put it; nothing here changes or removes it. Evidence is locked
here (SES refuses a bucket that locks every object). Anything else is marked, so that S3 deletes it
after a year. The table keeps, about it::

    INTAKE#<local day>   <moment>#<message id>   what happened to an email: for operators
    MAIL#<key>           ANSWER                  the only answer to it
    ANSWERED#<officer>   <local day>             how many answers this officer got that day

Emails go by the wall clock, in a training environment too, and so do days and moments here. Only
an answer's ``sent_at`` is by the service's clock, like that of every email that we send.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.codec import moment_text
from adapters.delivery import Held, PutOff, Refused, Sent
from adapters.errors import TryAgainError
from adapters.mail import MailUnavailableError
from adapters.outgoing import CALLED_AGAIN
from adapters.record.places import AnswerPlace
from domain.moments import end_of_day, local_day
from domain.retention import keep_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import TaggingTypeDef

    from adapters.letters import MailAnswer, MailAnswerContext
    from adapters.mail import Written
    from adapters.outgoing import Outcome, Outgoing
    from adapters.record import Record
    from domain.directory import Officer

__all__ = [
    "ANSWERS_A_DAY",
    "KEYS",
    "LET_GO",
    "LOCK_MODE",
    "Answered",
    "Mailroom",
    "taken_on",
]

#: The beginning of each object's key; SES adds its message id.
KEYS = "mail/"

#: An email that should never have been sent may have to be removed after all. No role of the
#: service can do that, only somebody who is given a separate right for it.
LOCK_MODE: Literal["GOVERNANCE"] = "GOVERNANCE"

#: The tag of an object that S3 deletes in time.
LET_GO = ("kept", "no")

#: The most answers to one officer in one day. It stops two programs that answer each other.
ANSWERS_A_DAY = 20


class Answered(StrEnum):
    """What happened to the answer to an email."""

    SENT = "sent"
    REFUSED = "refused for good"
    TOO_MANY = "one too many today"


def taken_on(day: date) -> str:
    """Return the partition of a local day's notes on emails: ``Record.all_kept`` lists it."""
    return f"INTAKE#{day}"


class Mailroom:
    """Finds emails as they came in, notes what happened to them, and answers each once."""

    def __init__(
        self,
        client: Callable[[], S3Client],
        bucket: Callable[[], str],
        record: Record,
        outgoing: Outgoing,
        *,
        training: bool,
    ) -> None:
        """Take functions that make the client and name the bucket, called at first use, and more.

        In ``training`` its answers say so.
        """
        self._client = client
        self._bucket = bucket
        self._record = record
        self._outgoing = outgoing
        self._training = training

    def fetch(self, message_id: str) -> bytes:
        """Return the email as it came in. Raise botocore's ``ClientError`` if it is not there."""
        answer = self._client().get_object(Bucket=self._bucket(), Key=f"{KEYS}{message_id}")
        return answer["Body"].read()

    def keep(self, message_id: str, received: datetime, *, as_evidence: bool) -> None:
        """Lock an email as evidence, or mark it for S3 to delete. Doing it twice does no harm.

        Raise ``TryAgainError``.
        """
        try:
            if as_evidence:
                self._lock(f"{KEYS}{message_id}", received)
            else:
                self._let_go(f"{KEYS}{message_id}")
        except (ClientError, BotoCoreError) as error:
            message = f"The mail {message_id} was taken, but could not be locked or marked."
            raise TryAgainError(message) from error

    def _lock(self, key: str, received: datetime) -> None:
        """Lock the object until 75 years after its receipt.

        The child was born by then, so no date of birth in the email has to be believed.
        """
        client, bucket = self._client(), self._bucket()
        until = end_of_day(keep_until(local_day(received)))
        found = client.head_object(Bucket=bucket, Key=key)
        if found.get("ObjectLockRetainUntilDate", received) >= until:
            return
        client.put_object_retention(
            Bucket=bucket,
            Key=key,
            VersionId=found["VersionId"],
            Retention={"Mode": LOCK_MODE, "RetainUntilDate": until},
        )

    def _let_go(self, key: str) -> None:
        name, value = LET_GO
        tags: TaggingTypeDef = {"TagSet": [{"Key": name, "Value": value}]}
        self._client().put_object_tagging(Bucket=self._bucket(), Key=key, Tagging=tags)

    def note(self, message_id: str, received: datetime, became: str, **details: str) -> None:
        """Note what happened to an email, in place of earlier notes on it.

        Only ids and references, never words of the email.
        """
        day, sort = local_day(received), f"{moment_text(received)}#{message_id}"
        item = {"message_id": message_id, "became": became, **details}
        self._record.beside.keep(taken_on(day), sort, item)

    def may_answer(self, officer: str) -> bool:
        """Whether the officer has had fewer answers today than the limit."""
        kept = self._record.beside.kept(f"ANSWERED#{officer}", str(local_day(clock.wall()))) or {}
        return int(kept.get("count", 0)) < ANSWERS_A_DAY

    def count_answer(self, officer: str) -> None:
        """Count one more answer of today, once it is certain: a failed try does not count."""
        day = str(local_day(clock.wall()))
        self._record.beside.counted(f"ANSWERED#{officer}", day, ANSWERS_A_DAY)

    def answer(
        self,
        officer: Officer,
        letter: MailAnswer,
        context: MailAnswerContext,
        *,
        key: str,
        answers: str,
    ) -> Answered:
        """Answer the officer's email with this ``key``, once, unless they had enough for today.

        ``answers`` is the email's Message-ID. An answer that SES refuses permanently is not tried
        again. Raise ``TryAgainError`` while another call answers it, or if it cannot be written,
        and ``MailUnavailableError``: then call it again.
        """
        from adapters.letters import write

        def written() -> Written:
            return write(letter, context, training=self._training)

        place = AnswerPlace(key)
        headers = {"Auto-Submitted": "auto-replied"}
        if answers:
            headers |= {"In-Reply-To": answers, "References": answers}
        if self.may_answer(officer.id):
            outcome = self._outgoing.once(place, CALLED_AGAIN, written, officer, headers)
        elif (earlier := self._outgoing.earlier(place)) is not None:
            outcome = earlier
        else:
            return Answered.TOO_MANY
        return self._answered(officer, outcome)

    def _answered(self, officer: Officer, outcome: Outcome) -> Answered:
        match outcome:
            case Sent(earlier=earlier):
                if not earlier:
                    self.count_answer(officer.id)
                return Answered.SENT
            case Refused():
                # The email was still taken, and to fail now would keep it from being locked.
                return Answered.REFUSED
            case PutOff(why=why, mail_is_out=True):
                raise MailUnavailableError(why)
            case PutOff(why=why):
                message = f"The answer to this mail could not be written ({why}). Try again later."
                raise TryAgainError(message)
            case Held():
                message = "Another call is answering this email. It is looked at again later."
                raise TryAgainError(message)
