"""What failed every try is found by operators, and given to its function again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.mail import Mail, MailRefusedError
from adapters.mailroom import Mailroom
from adapters.settings import read_procedure
from domain.ladder import Stage
from handlers.intake import Became
from infra.local.emulator import MAIL_BUCKET, FunctionError
from infra.local.mail_in import Received
from infra.local.outbox import comes_back
from infra.operate import main
from tests.doors.post import form, mail
from tests.pages.sections import whole
from tests.pages.visitor import Visitor
from tests.workflow.service import INTAKE

if TYPE_CHECKING:
    from tests.pages.visitor import Form
    from tests.workflow.service import Service


#: What the child knows and who helps them, in an email.
RIGHTS = ("Child knows", "Advocate offered", "Knows how to complain", "Wants to go to court")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_FUNCTION", "intake")


def failed_mail(
    service: Service, patch: pytest.MonkeyPatch, raw: bytes, *, noted: bool = True
) -> str:
    """Return the message id of an email that came in and failed each time."""

    def fails(*_: object) -> None:
        raise RuntimeError

    def invoke(function: str, event: object) -> None:
        with pytest.raises(FunctionError):
            service.emulator.invoke(function, event)

    with patch.context() as broken:
        broken.setattr(Mailroom, "fetch" if noted else "note", fails)
        received = Received(None, bucket=MAIL_BUCKET, invoke=invoke, now=lambda: service.now)
        return received.take(raw, "ira.sample-one@sampleshire.example", [INTAKE])


@pytest.mark.parametrize("noted", [True, False])
def test_a_mail_that_failed_is_taken_again_as_of_when_it_came(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    noted: bool,  # noqa: FBT001
) -> None:
    came = service.now
    message_id = failed_mail(service, monkeypatch, mail(form()), noted=noted)
    service.jump_past(came)
    assert main(["retake", message_id]) == 0
    assert f"{message_id}: {Became.RAISED}" in capsys.readouterr().out
    service.emulator.clock.settle()
    (reference,) = service.open_challenges()
    assert service.challenge(reference).raised_at.replace(microsecond=0) == came
    assert main(["mails", str(came.date())]) == 0
    listed = capsys.readouterr().out
    assert Became.NOTHING_YET not in listed, "it is noted in its own place"
    assert f"{message_id}: raised ({reference}" in listed


def test_taken_twice_it_raises_one_challenge(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = failed_mail(service, monkeypatch, mail(form()))
    assert [main(["retake", message_id]) for _ in range(2)] == [0, 0]
    assert len(service.open_challenges()) == 1


@pytest.fixture
def draft(service: Service) -> tuple[str, Form]:
    """Return the message id of an email that became a draft because the directory was wrong.

    With it comes the draft's form, completed and checked. The directory is right by now.
    """
    store = CouncilStore(wiring._table, read_procedure)
    right = store.current().directory
    wrong = replace(right.officers["sw-n1"], name="Somebody Else")
    store.load_directory(replace(right, officers={**right.officers, wrong.id: wrong}))
    received = Received(
        None, bucket=MAIL_BUCKET, invoke=service.emulator.invoke, now=lambda: service.now
    )
    rights = {label.replace(" ", "_"): "not yet" for label in RIGHTS}  # as the page has them
    message_id = received.take(mail(form(**rights)), "ira.sample-one@sampleshire.example", [INTAKE])
    service.emulator.clock.settle()
    (kept,) = wiring.drafts().of("iro-1")
    typed = whole(Visitor(service, "iro-1").get(kept.address))
    check = typed.fill({"social-worker": "sw-north-1"}).press("Continue")
    store.load_directory(right)
    return message_id, check.form("/raise")


def test_a_mail_whose_draft_was_raised_on_the_page_is_not_raised_again(
    service: Service, draft: tuple[str, Form], capsys: pytest.CaptureFixture[str]
) -> None:
    message_id, page = draft
    page.press("Raise this challenge")
    (reference,) = service.open_challenges()
    assert main(["retake", message_id]) == 0
    assert f"{message_id}: {Became.RAISED}" in capsys.readouterr().out
    assert service.open_challenges() == [reference]


def test_a_draft_whose_mail_was_raised_when_it_was_taken_again_is_not_raised_again(
    service: Service, draft: tuple[str, Form]
) -> None:
    message_id, page = draft
    assert [main(["retake", message_id]) for _ in range(2)] == [0, 0]
    service.emulator.clock.settle()
    (reference,) = service.open_challenges()
    assert wiring.drafts().of("iro-1") == [], "its words stand on the record now"
    assert page.press("Raise this challenge").address == f"/raised/{reference}"
    assert service.open_challenges() == [reference]


@pytest.mark.parametrize("verdicts", ["dmarc=FAIL", "spam=FAIL"])
def test_what_did_not_pass_the_checks_then_does_not_pass_now(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verdicts: str,
) -> None:
    """Nor if it claims, below what SES wrote at the top, that it passed."""
    lies = {
        "X-Local-Verdicts": verdicts,
        "X-SES-Spam-Verdict": "PASS",
        "Authentication-Results": "amazonses.com; spf=pass; dkim=pass; dmarc=pass",
    }
    with monkeypatch.context() as broken:
        broken.setattr(Mailroom, "note", lambda *_: None)
        received = Received(
            None, bucket=MAIL_BUCKET, invoke=lambda *_: None, now=lambda: service.now
        )
        message_id = received.take(mail(form(), headers=lies), "x@y.example", [INTAKE])
    assert main(["retake", message_id]) == 0
    assert Became.FAILED_CHECKS in capsys.readouterr().out
    assert service.open_challenges() == []


def test_a_mail_without_what_ses_writes_on_top_is_not_taken(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("s3").put_object(Bucket=MAIL_BUCKET, Key="mail/odd", Body=mail(form()))
    assert main(["retake", "odd"]) == 2
    assert "do not say when SES received it" in capsys.readouterr().err
    assert main(["retake", "unknown"]) == 2
    assert "NoSuchKey" in capsys.readouterr().err
    assert service.open_challenges() == []


def test_a_mail_that_fails_once_more_is_said_to(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    message_id = failed_mail(service, monkeypatch, mail(form()))

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Mailroom, "fetch", fails)
    assert main(["retake", message_id]) == 2
    assert "failed again, with RuntimeError" in capsys.readouterr().err


def dead_letter_queue(*messages: tuple[Any, dict[str, str]]) -> str:
    """Make a queue with these bodies and attributes. Return its address."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=f"dead-letters-{uuid4().hex}")["QueueUrl"]
    for body, attributes in messages:
        given: Any = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), MessageAttributes=given)
    return url


def test_dead_letters_are_given_to_their_function_again(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Lambda leaves when a function failed, and EventBridge when it could not be called."""
    arn = service.emulator.function_arn("delivery")
    references = [service.raise_at(Stage.ONE) for _ in range(2)]
    first, second = (comes_back(one, service.now) for one in service.mails("tm-n"))
    failed = {"requestContext": {"functionArn": f"{arn}:$LATEST"}, "requestPayload": first}
    queue = dead_letter_queue((failed, {}), (second, {"TARGET_ARN": arn}))
    monkeypatch.setenv("DEAD_LETTERS", queue)
    assert main(["redrive"]) == 0
    service.emulator.clock.settle()
    assert {service.rung(reference) for reference in references} == {"To be reassigned"}
    assert "2 dead letters" in capsys.readouterr().out
    assert main(["redrive"]) == 0
    assert "0 dead letters" in capsys.readouterr().out


def test_an_alarm_that_could_not_ring_rings_now(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """EventBridge tells the topic itself what somebody did to a key or the trail."""
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    heard = sqs.create_queue(QueueName="heard")["QueueUrl"]
    heard_arn = sqs.get_queue_attributes(QueueUrl=heard, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard_arn["Attributes"]["QueueArn"])
    act = {"detail": {"eventName": "ScheduleKeyDeletion"}}
    monkeypatch.setenv("DEAD_LETTERS", dead_letter_queue((act, {"TARGET_ARN": topic})))
    assert main(["redrive"]) == 0
    said = capsys.readouterr().out
    assert ": given to alarms again." in said
    assert "1 dead letters" in said
    (message,) = sqs.receive_message(QueueUrl=heard)["Messages"]
    assert json.loads(json.loads(message["Body"])["Message"]) == act
    assert service.open_challenges() == []


def test_a_dead_letter_is_looked_at_without_a_word_of_what_is_in_it(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It holds an email's head, and an error's own words may quote what somebody typed."""
    failed = {
        "requestContext": {
            "functionArn": f"{service.emulator.function_arn('intake')}:$LATEST",
            "condition": "RetriesExhausted",
        },
        "requestPayload": {"Records": [{"ses": {"mail": {"subject": "Marigold"}}}]},
        "responsePayload": {"errorType": "KeyError", "errorMessage": "Marigold"},
    }
    monkeypatch.setenv("DEAD_LETTERS", dead_letter_queue((failed, {})))
    assert main(["dead-letters"]) == 0
    looked = capsys.readouterr().out
    assert ": for intake, 20" in looked
    assert "(RetriesExhausted, KeyError)" in looked
    assert "1 dead letters." in looked
    assert main(["--json", "dead-letters"]) == 0
    assert "Marigold" not in looked + capsys.readouterr().out


def test_a_dead_letter_that_was_for_nobody_known_stays(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is for neither a function nor a topic: somebody has to look at it."""
    assert service.open_challenges() == []
    other = {"TARGET_ARN": "arn:aws:sqs:eu-west-2:123456789012:other", "ERROR_CODE": "NO_RIGHT"}
    queue = dead_letter_queue(({"detail-type": "An act"}, other))
    monkeypatch.setenv("DEAD_LETTERS", queue)
    assert main(["redrive"]) == 2
    assert "was for nobody known, and stays" in capsys.readouterr().out
    numbers = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    assert numbers["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_show_lists_the_letters_that_did_not_go_well(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    send = Mail.send

    def refuses_one(self: Mail, to: str, *rest: Any) -> str:  # noqa: ANN401
        if to == wiring.casebook().council().directory.officers["csm"].email:
            code = "MessageRejected"
            raise MailRefusedError(code)
        return send(self, to, *rest)

    monkeypatch.setattr(Mail, "send", refuses_one)
    reference = service.raise_at(Stage.ONE)
    service.comes_back(service.mails("tm-n")[0])
    assert main(["show", reference]) == 0
    shown = capsys.readouterr().out
    assert "about event 2, to csm: MessageRejected, refused permanently" in shown
    assert "about event 2, to tm-n: came back, Monday 2 November 2026 at 10:00am" in shown
    assert "(Bounce Permanent NoEmail)" in shown
