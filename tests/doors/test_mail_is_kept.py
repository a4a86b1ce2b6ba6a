"""An email that counts is locked as evidence; any other is deleted after a year."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from adapters.mailroom import KEYS
from handlers.intake import Became
from infra.local.emulator import MAIL_BUCKET, FunctionError
from infra.operate import main
from tests.doors.post import TESSA, form, mail

if TYPE_CHECKING:
    from tests.workflow.service import Service

KEY = f"{KEYS}one"

#: A Monday, and the day 75 years later. Local clocks show the end of the day as UTC does.
LOCKED_UNTIL = datetime(2101, 11, 2, 23, 59, 59, tzinfo=UTC)


def found() -> Any:  # noqa: ANN401 - S3's answer
    """Return the email as S3 has it."""
    return boto3.client("s3").head_object(Bucket=MAIL_BUCKET, Key=KEY)


def tags() -> list[Any]:
    """Return its tags."""
    tagging = boto3.client("s3").get_object_tagging(Bucket=MAIL_BUCKET, Key=KEY)
    return [*tagging["TagSet"]]


def receive(service: Service, raw: bytes, **verdicts: str) -> str:
    """Let the email ``one`` come in. Return what happened to it."""
    return service.receive(raw, message_id="one", **verdicts)


# What is evidence --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "became"),
    [
        (mail(form()), Became.RAISED),
        (mail(form(Stage="-")), Became.DRAFT),
        (mail(form(), sender=TESSA), Became.NOT_AN_IRO),
        (mail("Hello.", sender=TESSA), Became.NO_CHALLENGE),
    ],
)
def test_whatever_an_officer_sent_is_locked_for_75_years(
    service: Service, raw: bytes, became: str
) -> None:
    assert receive(service, raw) == became
    assert found()["ObjectLockMode"] == "GOVERNANCE"
    assert found()["ObjectLockRetainUntilDate"] == LOCKED_UNTIL
    assert tags() == []
    with pytest.raises(ClientError, match="Access Denied"):
        boto3.client("s3").delete_object(
            Bucket=MAIL_BUCKET, Key=KEY, VersionId=found()["VersionId"]
        )


@pytest.mark.parametrize(
    ("raw", "verdicts", "became"),
    [
        (mail(form()), {"spam": "FAIL"}, Became.FAILED_CHECKS),
        (mail(form(), sender="somebody@else.example"), {}, Became.STRANGER),
        (mail(form(), headers={"Auto-Submitted": "auto-replied"}), {}, Became.AUTOMATIC),
    ],
)
def test_an_email_that_is_not_believed_is_marked_to_be_deleted_and_not_locked(
    service: Service, raw: bytes, verdicts: dict[str, str], became: str
) -> None:
    assert receive(service, raw, **verdicts) == became
    assert "ObjectLockMode" not in found()
    assert tags() == [{"Key": "kept", "Value": "no"}]


def test_an_email_that_the_function_could_not_take_is_neither_locked_nor_marked_for_deletion(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COUNCIL_NAME")
    with pytest.raises(FunctionError):
        receive(service, mail("Hello.", sender=TESSA))
    assert "ObjectLockMode" not in found()
    assert tags() == []


# When S3 refuses ---------------------------------------------------------------------------------


def refuses(monkeypatch: pytest.MonkeyPatch, *operations: str) -> None:
    """Make S3 refuse these operations until the patch is undone."""
    client: Any = botocore.client.BaseClient
    original = client._make_api_call

    def call(self: Any, operation: str, request: Any) -> Any:  # noqa: ANN401 - botocore's own
        if operation in operations:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "In a test"}}, operation)
        return original(self, operation, request)

    monkeypatch.setattr(client, "_make_api_call", call)


@pytest.mark.parametrize("operation", ["PutObjectRetention", "HeadObject"])
def test_an_email_that_cannot_be_locked_is_taken_all_the_same_and_locked_when_aws_calls_again(
    service: Service, operation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        refuses(patch, operation)
        with pytest.raises(FunctionError, match="TryAgainError"):
            receive(service, mail(form()))
    service.emulator.clock.settle()
    (reference,) = service.open_challenges()
    capsys.readouterr()
    assert main(["mails", "2026-11-02"]) == 0
    assert f"one: raised ({reference}, iro-1, not locked yet)" in capsys.readouterr().out

    assert receive(service, mail(form())) == Became.RAISED
    assert service.open_challenges() == [reference]
    assert found()["ObjectLockRetainUntilDate"] == LOCKED_UNTIL
    assert main(["mails", "2026-11-02"]) == 0
    assert "not locked" not in capsys.readouterr().out


def test_a_strangers_email_that_cannot_be_marked_is_tried_again(service: Service) -> None:
    stranger = mail(form(), sender="somebody@else.example")
    with pytest.MonkeyPatch.context() as patch:
        refuses(patch, "PutObjectTagging")
        with pytest.raises(FunctionError, match="TryAgainError"):
            receive(service, stranger)
    assert receive(service, stranger) == Became.STRANGER
    assert tags() == [{"Key": "kept", "Value": "no"}]


def test_an_email_delivered_twice_is_locked_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_before = receive(service, mail(form()))
    version = found()["VersionId"]
    # The second delivery finds the email of the first: SES puts each into S3 only once.
    refuses(monkeypatch, "PutObjectRetention", "PutObject")
    raw_event = _event_of_the_mail(service)
    assert service.emulator.invoke("intake", raw_event)["mails"][0]["became"] == event_before
    assert found()["VersionId"] == version


def _event_of_the_mail(service: Service) -> dict[str, Any]:
    from infra.local.mail_in import ses_event  # noqa: PLC0415 - only here

    return ses_event(
        mail(form()),
        message_id="one",
        sender="envelope@example.org",
        recipients=["challenges@council.example"],
        now=service.now,
    )
