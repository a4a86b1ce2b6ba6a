"""Email that comes in by SMTP, as with ``make run``.

It is on disk before it is accepted, and passed on again after a restart.
"""

from __future__ import annotations

import smtplib
import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters.mailroom import KEYS
from handlers.intake import Became
from infra.local.emulator import MAIL_BUCKET, FunctionError
from infra.local.mail_in import MailIn, Received, SmtpPortTakenError, ses_event
from tests.doors.post import form, mail
from tests.patience import LIMIT
from tests.service.running import free_port
from tests.workflow.service import INTAKE, Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def port(service: Service, tmp_path: Path) -> Iterator[int]:
    """Return the port of an SMTP server that gives its emails to the service."""
    port = free_port()
    server = MailIn(port, _received(service, tmp_path / "mail"), INTAKE)
    server.start()
    yield port
    server.close()


def _received(service: Service, folder: Path, invoke: Any = None) -> Received:  # noqa: ANN401 - a stand-in
    return Received(
        folder,
        bucket=MAIL_BUCKET,
        invoke=invoke or service.emulator.invoke,
        now=lambda: service.now,
    )


def _send(port: int, raw: bytes, to: str = INTAKE, sender: str = "ira@council.example") -> None:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.sendmail(sender, [to], raw)


def test_an_email_sent_by_smtp_raises_the_challenge(service: Service, port: int) -> None:
    _send(port, mail(form()))
    service.emulator.clock.settle()
    (reference,) = service.open_challenges()
    assert reference in service.mails("iro-1")[0].subject


def test_an_email_for_another_address_is_refused_and_says_so(service: Service, port: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="accepts mail for challenges@council"):
        _send(port, mail(form()), to="somebody@council.example")
    assert service.open_challenges() == []


def test_the_address_may_be_written_in_any_case_and_with_a_tag(service: Service, port: int) -> None:
    local, domain = INTAKE.split("@")
    _send(port, mail(form()), to=f"{local.upper()}+a-tag@{domain}")
    assert len(service.open_challenges()) == 1


@pytest.mark.parametrize(
    ("header", "became"),
    [
        ("dmarc=FAIL, spam=PASS", Became.FAILED_CHECKS),
        ("dmarc=pass", Became.RAISED),
        ("virus=PROCESSING_FAILED", Became.FAILED_CHECKS),
        ("dkim=GRAY", Became.FAILED_CHECKS),
        ("spf=perhaps", Became.FAILED_CHECKS),
        ("weather=FAIL", Became.RAISED),
        ("", Became.RAISED),
    ],
)
def test_a_header_says_what_ses_would_have_found(
    service: Service, port: int, header: str, became: str
) -> None:
    headers = {"X-Local-Verdicts": header} if header else {}
    _send(port, mail(form(), headers=headers))
    assert bool(service.open_challenges()) is (became == Became.RAISED)


def test_an_email_from_nobody_is_a_bounce_and_not_answered(service: Service, port: int) -> None:
    _send(port, mail("It bounced."), sender="")
    assert service.mails() == []


def test_an_email_of_25_mb_with_lines_without_end_is_taken(service: Service, port: int) -> None:
    raw = mail(form()) + b"\r\n" + b"x" * 500_000 + b"\r\n" + (b"y" * 998 + b"\r\n") * 25_000
    _send(port, raw)
    # It is longer than a form can be: no half form is raised, and the answer says what to correct.
    assert service.open_challenges() == []
    answered = " ".join(service.mails("iro-1")[0].text.split())
    assert "The email could not be read to its end" in answered
    assert "Rights breached: Select whether the child’s human rights may" in answered


def test_an_email_is_on_disk_with_its_event_before_it_is_given_on(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    seen: list[list[str]] = []

    def look(_name: str, _event: object) -> None:
        seen.append(sorted(file.name.partition(".")[2] for file in folder.iterdir()))

    _received(service, folder, look).take(mail(form()), "x@y.example", [INTAKE])
    assert seen == [["eml", "waiting.json"]]
    assert sorted(file.name.partition(".")[2] for file in folder.iterdir()) == ["eml", "taken.json"]


def test_what_the_function_could_not_finish_is_given_to_it_again_even_after_a_restart(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"

    def fails(_name: str, _event: object) -> None:
        raise FunctionError("intake", "ClientError", "out", [])

    broken = _received(service, folder, fails)
    message_id = broken.take(mail(form()), "x@y.example", [INTAKE])
    broken.give_again()
    assert service.open_challenges() == []
    boto3.client("s3").delete_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}{message_id}")
    after = _received(service, folder)  # S3 is in memory: what is on disk is put there again.
    after.give_again()
    after.give_again()
    assert len(service.open_challenges()) == 1


def test_an_email_that_is_just_being_taken_is_not_given_twice(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    given: list[object] = []
    threads: list[threading.Thread] = []
    comes = threading.Event()

    class Door:
        """The lock at which two deliveries wait; it says when the second has come."""

        def __init__(self, lock: threading.Lock) -> None:
            self._lock = lock

        def __enter__(self) -> None:
            if given:
                comes.set()
            self._lock.acquire()

        def __exit__(self, *_: object) -> None:
            self._lock.release()

    def slow(_name: str, event: object) -> None:
        given.append(event)
        again = threading.Thread(target=received.give_again)
        again.start()
        threads.append(again)
        assert comes.wait(LIMIT), "it waits for the mail that is being given"

    received = _received(service, folder, slow)
    received._one_at_a_time = Door(received._one_at_a_time)  # type: ignore[assignment]  # a lock's two
    received.take(mail(form()), "x@y.example", [INTAKE])
    threads[0].join()
    assert len(given) == 1


def test_a_port_that_is_taken_is_said(service: Service, tmp_path: Path, port: int) -> None:
    second = MailIn(port, _received(service, tmp_path / "other"), INTAKE)
    with pytest.raises(SmtpPortTakenError, match=f"Port {port} on 127.0.0.1 is taken"):
        second.start()


def test_the_event_is_as_ses_writes_it() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    event = ses_event(
        mail("x"),
        message_id="id",
        sender="a@b.example",
        recipients=[INTAKE],
        now=datetime(2026, 11, 2, 10, tzinfo=UTC),
    )
    (record,) = event["Records"]
    assert record["eventSource"] == "aws:ses"
    assert record["ses"]["mail"]["timestamp"] == "2026-11-02T10:00:00.000Z"
    assert record["ses"]["receipt"]["dkimVerdict"] == {"status": "PASS"}
