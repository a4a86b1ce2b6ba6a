"""Incoming mail, as with Amazon SES: by SMTP on 127.0.0.1, into S3, and to the intake function.

Any mail program can send here, or ``swaks --server 127.0.0.1:8025``. Only mail for the intake
address is accepted. It counts as having passed SES's checks, unless one of its own headers says
otherwise::

    X-Local-Verdicts: dmarc=FAIL, spam=PASS

A mail is on disk, synced, with the event that SES would make of it, before its sender is told that
it was taken; what the function could not finish is given to it again later, also after a restart.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import socket
import threading
import uuid
from email import policy
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import boto3
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from adapters.mailroom import KEYS
from handlers.intake.ses import CHECKS
from infra.blueprint import INTAKE
from infra.errors import InfraError
from infra.local.disk import Disk
from infra.local.lambda_seam import FunctionError
from infra.mail_event import event_of, received_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from aiosmtpd.smtp import Envelope, Session

__all__ = ["LARGEST", "MailIn", "Received", "SmtpPortTakenError", "ses_event"]

HOST = "127.0.0.1"

#: Bytes; SES accepts no larger email.
LARGEST = 40 * 1024 * 1024

#: Seconds, in case the start hangs: on a busy machine it takes a while.
STARTS_WITHIN = 600.0

_VERDICTS = ("PASS", "FAIL", "GRAY", "PROCESSING_FAILED")

_log = logging.getLogger(__name__)


class SmtpPortTakenError(InfraError):
    """Another program listens on the port for mail."""


def ses_event(
    raw: bytes, *, message_id: str, sender: str, recipients: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Return the event with which SES tells a function of an email it has put into S3."""
    return event_of(as_kept(raw, message_id, sender, recipients, now), message_id, now)


def as_kept(
    raw: bytes, message_id: str, sender: str, recipients: Sequence[str], now: datetime
) -> bytes:
    """Return the email as SES puts it into S3: with its results on top."""
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    verdicts = dict.fromkeys(CHECKS, "PASS") | _said(str(message.get("X-Local-Verdicts", "")))
    results = "; ".join(f"{check}={verdicts[check].lower()}" for check in ("spf", "dkim", "dmarc"))
    to, moment = ", ".join(recipients), format_datetime(now)
    head = (
        f"Return-Path: <{sender}>",  # the form SES uses; <> is the sender of bounces
        f"Received: by inbound-smtp.local with SMTP id {message_id} for {to}; {moment}",
        f"X-SES-Spam-Verdict: {verdicts['spam']}",
        f"X-SES-Virus-Verdict: {verdicts['virus']}",
        f"Authentication-Results: amazonses.com; {results}",
    )
    text = "".join(f"{line}\r\n" for line in head)
    return text.encode("utf-8", "surrogateescape") + raw


def _said(header: str) -> dict[str, str]:
    """Return the verdicts in ``dmarc=FAIL, spam=PASS``; an unknown verdict counts as FAIL."""
    pairs = (one.partition("=") for one in header.split(","))
    said = {name.strip().lower(): value.strip().upper() for name, _, value in pairs}
    return {
        name: value if value in _VERDICTS else "FAIL"
        for name, value in said.items()
        if name in CHECKS
    }


class Received:
    """The emails received: kept in a folder, put into S3, given to the intake function."""

    def __init__(
        self,
        folder: Path | None,
        *,
        bucket: str,
        invoke: Callable[[str, object], Any],
        now: Callable[[], datetime],
        disk: Disk | None = None,
    ) -> None:
        """Put what ``folder`` holds into ``bucket`` again; without one nothing is kept.

        ``invoke`` calls a function by its name with an event.
        """
        self._folder = folder
        self._bucket = bucket
        self._invoke = invoke
        self._now = now
        self._disk = disk or Disk()
        self._s3 = boto3.client("s3")
        self._one_at_a_time = threading.Lock()
        if folder:
            self._disk.folder(folder)
            for file in sorted(folder.glob("*.eml")):
                self._put(file.stem, file.read_bytes())

    def take(self, raw: bytes, sender: str, recipients: Sequence[str]) -> str:
        """Keep the email, and give it to the function. Return its message id."""
        message_id = uuid.uuid4().hex
        now = self._now()
        raw = as_kept(raw, message_id, sender, recipients, now)
        event = event_of(raw, message_id, now)
        if self._folder:
            # The event last: an email without one was never accepted.
            self._disk.replace(self._folder / f"{message_id}.eml", raw)
            waiting = self._folder / f"{message_id}.waiting.json"
            self._disk.replace(waiting, json.dumps(event).encode())
        self._put(message_id, raw)
        self._give(message_id, None if self._folder else event)
        return message_id

    def give_again(self) -> None:
        """Give the function what it could not finish, as AWS does."""
        waiting = sorted(self._folder.glob("*.waiting.json")) if self._folder else []
        for file in waiting:
            self._give(file.name.partition(".")[0])

    def _put(self, message_id: str, raw: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=f"{KEYS}{message_id}", Body=raw)

    def _give(self, message_id: str, event: dict[str, Any] | None = None) -> None:
        """Give the function this event, or the one on disk, unless another thread already has."""
        with self._one_at_a_time:
            if event is None:
                waiting = self._waiting(message_id)
                if waiting is None or not waiting.exists():
                    return
                event = self._event(message_id, waiting)
            try:
                self._invoke(INTAKE.name, event)
            except FunctionError:
                _log.warning("The function gets mail %s again later", message_id)
                return
            waiting = self._waiting(message_id)
            if waiting:
                self._disk.rename(waiting, waiting.with_name(f"{message_id}.taken.json"))

    def _event(self, message_id: str, waiting: Path) -> Any:  # noqa: ANN401 (any JSON)
        """Return the event of an email on disk; if it is damaged, rebuild it from the email."""
        try:
            return json.loads(waiting.read_bytes())
        except ValueError:
            raw = waiting.with_name(f"{message_id}.eml").read_bytes()
            return event_of(raw, message_id, received_at(raw))

    def _waiting(self, message_id: str) -> Path | None:
        """Return the path of an email's event while it is not finished."""
        return self._folder / f"{message_id}.waiting.json" if self._folder else None


class _Smtp(SMTP):
    """Accepts what mail programs really send, such as lines longer than the standard's."""

    line_length_limit = 1_000_000


class _Handler:
    """Answers aiosmtpd: whether a recipient is known, and what happens to the email."""

    def __init__(self, received: Received, address: str) -> None:
        self._received = received
        self._address = address.lower()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        local, _, domain = address.lower().rpartition("@")
        if f"{local.partition('+')[0]}@{domain}" != self._address:
            return f"550 5.1.1 This service accepts mail for {self._address} only"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode()
        sender = (envelope.mail_from or "").strip("<>")
        recipients = list(envelope.rcpt_tos)
        loop = asyncio.get_running_loop()
        try:
            taken = await loop.run_in_executor(None, self._received.take, raw, sender, recipients)
        except OSError:
            _log.exception("An email could not be kept")
            return "451 4.3.0 The email could not be kept. Send it again later"
        return f"250 2.0.0 Accepted as {taken}"


class _Controller(Controller):
    """Serves with our own SMTP class."""

    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.SMTP_kwargs)


class MailIn:
    """The SMTP server. It accepts mail once started."""

    def __init__(self, port: int, received: Received, address: str) -> None:
        """Accept mail for ``address`` on ``port``."""
        self._port = port
        self._handler = _Handler(received, address)
        self._controller: Controller | None = None

    def start(self) -> None:
        """Start accepting mail. Raise ``SmtpPortTakenError``."""
        try:
            # aiosmtpd would find out as well, but only after half a minute.
            socket.create_server((HOST, self._port)).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            message = f"Port {self._port} on {HOST} is taken."
            raise SmtpPortTakenError(message) from error
        self._controller = _Controller(
            self._handler,
            hostname=HOST,
            port=self._port,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            ready_timeout=STARTS_WITHIN,
            ident="Positive Challenge, local",
        )
        self._controller.start()

    def close(self) -> None:
        """Stop accepting mail, and free the port."""
        if self._controller:
            self._controller.stop(no_assert=True)
