"""Hand emails to Amazon SES, as raw MIME with plain text and HTML, for ``adapters.outgoing``."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters.errors import AdapterError
from adapters.invitations import as_calendar
from adapters.metrics import (
    LETTERS_BARRED,
    LETTERS_PUT_OFF,
    LETTERS_REFUSED,
    emit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from types_boto3_sesv2.client import SESV2Client

    from adapters.invitations import Invitation

__all__ = ["Mail", "MailRefusedError", "MailUnavailableError", "Written"]

#: SES's answers that no retry can change: the address or the message itself is refused.
_REFUSED = {"MessageRejected", "BadRequestException", "InvalidParameterValue"}

#: SES's answers when too much is asked of it for a while: they pass without help.
_PASSES = {
    "LimitExceededException",
    "RequestTimeout",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}

_TOO_MANY, _SERVERS_ERROR = 429, 500


def _is_about(sender: str, error: ClientError) -> bool:
    """Whether SES refuses the council's own address, whose records have lapsed, not the reader's.

    It says the same about both, and names the addresses it means.
    """
    words = error.response["Error"].get("Message", "").casefold()
    _, _, domain = parseaddr(sender)[1].casefold().rpartition("@")
    return "not verified" in words and domain in words


def _passes(error: ClientError) -> bool:
    """Whether asking SES again is enough.

    Anything else lasts until somebody corrects it: a right that the function lacks, a domain whose
    records have lapsed, an account whose sending was stopped, a configuration set that is gone.
    """
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    its_own = status >= _SERVERS_ERROR or status == _TOO_MANY
    return its_own or error.response["Error"]["Code"] in _PASSES


class MailRefusedError(AdapterError):
    """SES refuses this address or message permanently."""


class MailUnavailableError(AdapterError):
    """SES could not take the email just now."""


@dataclass(frozen=True)
class Written:
    """An email as its recipient reads it, with what it changes in their calendar, if anything."""

    subject: str
    text: str
    html: str
    invitations: tuple[Invitation, ...] = ()


class Mail:
    """Sends emails from the council's address."""

    def __init__(
        self,
        client: Callable[[], SESV2Client],
        sender: Callable[[], str],
        answers_to: Callable[[], str],
        configuration_set: Callable[[], str],
    ) -> None:
        """Take functions that make the client and read the settings, called at first use.

        ``sender`` is the address emails come from, ``answers_to`` where replies go, and
        ``configuration_set`` SES's name for how to send, and where to report what happened.
        """
        self._make = client
        self._sender = sender
        self._answers_to = answers_to
        self._configuration_set = configuration_set

    def send(
        self,
        to: str,
        letter: Written,
        headers: Mapping[str, str],
        now: datetime,
        tags: Mapping[str, str],
    ) -> str:
        """Send it. Return SES's message id, which says that it was accepted for delivery.

        Its date is ``now``, by the wall clock: mail programs sort by it and distrust the future.
        ``headers`` give the reason in ``Auto-Submitted``, so that no out-of-office reply answers it
        (RFC 3834). SES repeats ``tags`` in all later news of the email. Raise ``MailRefusedError``
        or ``MailUnavailableError``.
        """
        message = EmailMessage()
        message["From"] = self._sender()
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=self._sender().rpartition("@")[2].rstrip(">"))
        message["Reply-To"] = self._answers_to()
        for name, value in headers.items():
            message[name] = value
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        for number, one in enumerate(letter.invitations):
            calendar, method = as_calendar(one, self._sender(), to, now), {"method": one.method}
            if number:  # a calendar takes one entry from the text, and others from files
                name = f"meeting-{number + 1}.ics"
                message.add_attachment(calendar, subtype="calendar", params=method, filename=name)
            else:
                message.add_alternative(calendar, subtype="calendar", params=method)
        try:
            answer = self._make().send_email(
                FromEmailAddress=self._sender(),
                Destination={"ToAddresses": [to]},
                Content={"Raw": {"Data": message.as_bytes()}},
                ConfigurationSetName=self._configuration_set(),
                EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _REFUSED and not _is_about(self._sender(), error):
                emit(LETTERS_REFUSED)
                raise MailRefusedError(code) from error
            if not _passes(error):
                emit(LETTERS_BARRED)
            emit(LETTERS_PUT_OFF)
            raise MailUnavailableError(code) from error
        except BotoCoreError as error:
            emit(LETTERS_PUT_OFF)
            raise MailUnavailableError(type(error).__name__) from error
        return answer["MessageId"]
