"""The outbox of the local service: every email given to SES, kept and never sent.

Each email is a file ``outbox/000012.eml`` in the data directory: what was sent, byte for byte,
below a line of ours that holds the rest as JSON. It is on disk, synced, before SES answers.

None of them really goes anywhere, so none bounces. :func:`comes_back` makes the event with which
SES would report a bounce.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sesv2.responses import SESV2Response

from infra.local.disk import DataError
from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import ExitStack
    from email.message import EmailMessage
    from pathlib import Path

    from infra.local.disk import Disk

__all__ = ["Envelope", "Outbox", "SentMail", "comes_back", "keep_mail"]

_LINK = re.compile(r"https?://[^\s<>\"]+")
_HREF = re.compile(r"""href\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)


@dataclass(frozen=True)
class Envelope:
    """What SES got or said about an email, besides the email: see :class:`SentMail`."""

    id: str
    to: tuple[str, ...]
    tags: Mapping[str, str]
    sent_at: datetime


@dataclass(frozen=True)
class SentMail:
    """One email.

    ``number`` counts from 1 and never changes. ``id`` is SES's; ``tags`` are the sender's, for SES
    to repeat. ``to``: the addresses given to SES, without names. ``text`` and ``html``: the two
    bodies, "" if there is none. ``headers``: decoded, the last of each name. ``sent_at``: by the
    emulator's clock. ``links``: the web addresses in it, each once, in the order of the text.
    ``raw``: what SES was given.
    """

    number: int
    id: str
    tags: Mapping[str, str]
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    sent_at: datetime
    links: tuple[str, ...]
    raw: bytes


class Outbox:
    """All emails sent since the data directory was new."""

    def __init__(self, folder: Path | None, disk: Disk) -> None:
        """Read what ``folder`` holds, creating it if needed; without one nothing is kept.

        Raise ``DataError``.
        """
        self._folder = folder
        self._disk = disk
        self._mails: list[SentMail] = []
        self._one_at_a_time = threading.Lock()
        if folder:
            disk.folder(folder)
            for file in sorted(folder.glob("*.eml")):
                self._mails.append(_from_file(file))

    def mails(self) -> list[SentMail]:
        """Return every email, newest first."""
        with self._one_at_a_time:
            return self._mails[::-1]

    def keep(self, envelope: Envelope, raw: bytes) -> SentMail:
        """Keep an email; when this returns, it is on disk."""
        with self._one_at_a_time:
            number = self._mails[-1].number + 1 if self._mails else 1
            mail = _read(number, envelope, raw)
            if self._folder:
                line = {**vars(envelope), "sent_at": envelope.sent_at.isoformat()}
                content = json.dumps(line).encode() + b"\n" + raw
                self._disk.replace(self._folder / f"{number:06}.eml", content)
            self._mails.append(mail)
            return mail


def keep_mail(outbox: Outbox, now: Callable[[], datetime], until: ExitStack) -> None:
    """Put every email that SES accepts into the outbox, before SES answers."""
    send_email = SESV2Response.send_email

    def send(self: Any) -> str:  # noqa: ANN401 (moto's request)
        request = json.loads(self.body)
        if "Raw" not in request["Content"]:
            message = (
                "The local outbox accepts email only as Content.Raw, the way the service sends it."
            )
            raise JsonRESTError("BadRequestException", message)
        answer = send_email(self)
        destination = request.get("Destination", {})
        to = [a for kind in ("To", "Cc", "Bcc") for a in destination.get(f"{kind}Addresses", [])]
        tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags", [])}
        envelope = Envelope(json.loads(answer)["MessageId"], tuple(to), tags, now())
        outbox.keep(envelope, base64.b64decode(request["Content"]["Raw"]["Data"]))
        return answer

    rebind(until, SESV2Response, "send_email", send)


def comes_back(
    mail: Envelope | SentMail, now: datetime, *, kind: str = "Permanent", subtype: str = "NoEmail"
) -> dict[str, Any]:
    """Return the event with which SES reports, through EventBridge, that an email bounced."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Email Bounced",
        "source": "aws.ses",
        "account": DEFAULT_ACCOUNT_ID,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "region": "eu-west-2",
        "resources": [f"arn:aws:ses:eu-west-2:{DEFAULT_ACCOUNT_ID}:configuration-set/letters"],
        "detail": {
            "eventType": "Bounce",
            "bounce": {
                "bounceType": kind,
                "bounceSubType": subtype,
                "bouncedRecipients": [{"emailAddress": address} for address in mail.to],
            },
            "mail": {
                "messageId": mail.id,
                "destination": list(mail.to),
                "tags": {name: [value] for name, value in mail.tags.items()},
            },
        },
    }


def _from_file(file: Path) -> SentMail:
    line, _, raw = file.read_bytes().partition(b"\n")
    try:
        told = json.loads(line)
        sent_at = datetime.fromisoformat(told["sent_at"])
        envelope = Envelope(told["id"], tuple(told["to"]), told["tags"], sent_at)
        return _read(int(file.stem), envelope, raw)
    except (ValueError, KeyError, TypeError) as error:
        message = f"{file} is damaged. Put back an undamaged copy, or move it out of the folder."
        raise DataError(message) from error


def _read(number: int, envelope: Envelope, raw: bytes) -> SentMail:
    message = message_from_bytes(raw, policy=policy.default)
    to = envelope.to
    if not to:
        to = tuple(a.addr_spec for a in message["To"].addresses) if message["To"] else ()
    text, page = _body(message, "plain"), _body(message, "html")
    links = [link.rstrip(".,;:!?)]'") for link in _LINK.findall(text)]
    links += [html.unescape(link) for link in _HREF.findall(page)]
    return SentMail(
        number=number,
        id=envelope.id,
        tags=envelope.tags,
        to=to,
        subject=str(message["Subject"] or "").strip(),
        text=text,
        html=page,
        headers={name: str(value) for name, value in message.items()},
        sent_at=envelope.sent_at,
        links=tuple(dict.fromkeys(links)),
        raw=raw,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
