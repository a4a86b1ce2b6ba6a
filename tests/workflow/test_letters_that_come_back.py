"""Rule 15: a request that came back after SES had accepted it was served on nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from adapters import wiring
from adapters.delivery import Fate, Sent
from adapters.executions import Executions
from adapters.record.notices import Claim, news_in
from adapters.record.places import NoticePlace
from domain.ladder import Stage
from domain.rules.posts import Reassign
from domain.rules.serving import NotServed, NotServedCause
from infra.local.emulator import FunctionError
from infra.local.outbox import comes_back
from tests.doors.post import mail

if TYPE_CHECKING:
    from infra.local.outbox import SentMail
    from tests.workflow.service import Service

#: See the fixture ``service``.
REMEMBERS = True

OUT_OF_OFFICE = {"kind": "Transient", "subtype": "General"}


def request_to(service: Service, officer: str, stage: Stage = Stage.ONE) -> tuple[str, SentMail]:
    """Return a challenge at ``stage``, and the email that asks ``officer`` to reply."""
    reference = service.raise_at(stage)
    (asked,) = (one for one in service.mails(officer) if "Please reply" in one.subject)
    return reference, asked


def not_served(service: Service, reference: str) -> list[NotServed]:
    facts = (event.fact for event in service.challenge(reference).events)
    return [fact for fact in facts if isinstance(fact, NotServed)]


def test_somebody_else_is_to_be_named_at_once(service: Service) -> None:
    reference, asked = request_to(service, "tm-n")
    assert service.comes_back(asked) == f"{reference} 000002#tm-n"
    assert service.rung(reference) == "To be reassigned"
    assert service.kinds(reference)[-2:] == ["Bounced", "NotServed"]
    (fact,) = not_served(service, reference)
    assert fact.cause is NotServedCause.BOUNCED
    assert reference in service.mails("srsm")[-1].subject, "the SRSM is told at once"
    service.jump(timedelta(days=1))
    assert service.challenge(reference).stage is Stage.ONE
    service.jump(timedelta(days=30))
    assert service.challenge(reference).stage is Stage.FOUR, "it never waits for ever"


def test_the_leg_before_is_stopped_and_says_why(service: Service) -> None:
    reference, asked = request_to(service, "tm-n")
    service.comes_back(asked)
    first, second = service.executions(reference)
    arn = first["executionArn"]
    stopped = boto3.client("stepfunctions").describe_execution(executionArn=arn)
    assert (stopped["status"], stopped["cause"]) == ("ABORTED", "The email came back.")
    assert second["status"] == "RUNNING"


def test_the_same_news_twice_is_on_the_record_once(service: Service) -> None:
    """EventBridge delivers at least once."""
    reference, asked = request_to(service, "tm-n")
    service.comes_back(asked)
    events, legs = service.kinds(reference), len(service.executions(reference))
    service.comes_back(asked)
    assert service.kinds(reference) == events
    assert len(service.executions(reference)) == legs


def test_whoever_is_named_then_is_asked_and_has_the_whole_time(service: Service) -> None:
    """Also the same post again, once its address was corrected in the directory."""
    reference, asked = request_to(service, "tm-n")
    service.comes_back(asked)
    service.jump(timedelta(days=1))
    (post,) = service.challenge(reference).request.posts
    service.act(reference, "srsm", Reassign(post, "The address was mistyped, and is mended."))
    assert service.rung(reference) == "Stage 1"
    assert "Please reply" in service.mails("tm-n")[-1].subject
    assert service.challenge(reference).request.served == {"tm-n"}
    assert service.comes_back(asked) == f"{reference} 000002#tm-n", "old news"
    assert service.rung(reference) == "Stage 1"


def test_where_two_are_asked_the_other_one_is_enough(service: Service) -> None:
    reference, asked = request_to(service, "tm-n", Stage.QAP)
    service.comes_back(asked)
    assert service.kinds(reference)[-1] == "Bounced"
    assert service.rung(reference) == "QAP"
    (other,) = (one for one in service.mails("sw-n1") if "Please reply" in one.subject)
    service.comes_back(other)
    assert service.rung(reference) == "To be reassigned"


def test_news_of_another_letter_is_noted_and_changes_nothing(service: Service) -> None:
    reference, _ = request_to(service, "tm-n")
    events = service.kinds(reference)
    (told,) = service.mails("csm")
    service.comes_back(told)
    assert service.kinds(reference) == events
    (news,) = news_in(wiring.casebook().record.notices.known(reference, 0)["000002#csm"])
    assert news.said == "Bounce Permanent NoEmail"


def test_after_an_answer_it_changes_nothing(service: Service) -> None:
    reference, asked = request_to(service, "tm-n")
    service.reply(reference, "tm-n")
    service.comes_back(asked)
    assert not_served(service, reference) == []
    assert service.rung(reference) == "IRO to decide"


def test_an_out_of_office_answer_is_no_reason_to_name_somebody_else(service: Service) -> None:
    reference, asked = request_to(service, "tm-n")
    service.comes_back(asked, **OUT_OF_OFFICE)
    assert service.rung(reference) == "Stage 1"
    (news,) = news_in(wiring.casebook().record.notices.known(reference, 0)["000002#tm-n"])
    assert news.fate is Fate.IN_DOUBT


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("Permanent", "General"),
        ("Permanent", "OnAccountSuppressionList"),
        ("Transient", "MailboxFull"),
    ],
)
def test_what_was_not_delivered_was_not_served(service: Service, kind: str, subtype: str) -> None:
    reference, asked = request_to(service, "tm-n")
    service.comes_back(asked, kind=kind, subtype=subtype)
    assert service.rung(reference) == "To be reassigned"


@pytest.mark.parametrize(
    ("news", "fate", "rung"),
    [
        ("Reject", "came_back", "To be reassigned"),
        ("Complaint", "complaint", "Stage 1"),
        ("DeliveryDelay", "delayed", "Stage 1"),
        ("Something new", "in_doubt", "Stage 1"),
    ],
)
def test_each_kind_of_news_means_what_it_says(
    service: Service, news: str, fate: str, rung: str
) -> None:
    reference, asked = request_to(service, "tm-n")
    event = comes_back(asked, service.now)
    del event["detail"]["bounce"]
    event["detail"]["eventType"] = news
    assert service.emulator.invoke("delivery", event)["fate"] == fate
    service.emulator.clock.settle()
    assert service.rung(reference) == rung


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("event", "id"),
        ("event", "time"),
        ("event", "detail"),
        ("detail", "eventType"),
        ("detail", "mail"),
        ("mail", "messageId"),
    ],
)
def test_what_is_no_event_of_ses_is_refused_and_names_nobody(
    service: Service, part: str, wrong: str
) -> None:
    """AWS calls again, and in the end keeps it for operators."""
    _, asked = request_to(service, "tm-n")
    event = comes_back(asked, service.now)
    parts = {"event": event, "detail": event["detail"], "mail": event["detail"]["mail"]}
    # As if the recipient's address were in the place of something else.
    parts[part][wrong] = list(asked.to)
    with pytest.raises(FunctionError) as refused:
        service.emulator.invoke("delivery", event)
    told = f"{refused.value} {refused.value.trace}"
    assert wrong in told
    assert asked.to[0] not in told


def test_what_came_back_before_an_earlier_sending_counts_for_that_one_alone(
    service: Service,
) -> None:
    """A crash before the mark sends an email twice: what counts is the one that was marked."""
    reference, asked = request_to(service, "tm-n")
    place, later = NoticePlace(reference, "000002#tm-n"), Sent(service.now, "a-later-sending")
    wiring.casebook().record.notices.mark(place, Claim(service.now, 2), later)
    service.comes_back(asked)
    assert not_served(service, reference) == []


def test_a_start_that_is_lost_is_made_up_for_by_sweep(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, asked = request_to(service, "tm-n")

    def fails(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="states")

    with monkeypatch.context() as outage:
        outage.setattr(Executions, "start", fails)
        service.comes_back(asked)
    assert not_served(service, reference) == []
    service.jump(timedelta(minutes=2))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert service.rung(reference) == "To be reassigned"


def test_an_answer_to_a_mail_that_came_back_is_noted_beside_it(service: Service) -> None:
    service.receive(mail("Good morning."))
    (answer,) = service.mails("iro-1")
    key = answer.tags["answers"]
    assert service.comes_back(answer) == f"the answer to the mail {key}"
    kept = wiring.casebook().record.beside.kept(f"MAIL#{key}", "ANSWER") or {}
    assert [news.fate for news in news_in(kept)] == [Fate.CAME_BACK]


def test_news_of_a_mail_that_is_not_the_services_is_counted_and_no_more(service: Service) -> None:
    _, asked = request_to(service, "tm-n")
    event = comes_back(asked, service.now)
    event["detail"]["mail"]["tags"] = {"ses:configuration-set": ["letters"]}
    assert service.emulator.invoke("delivery", event)["letter"] == "none of the service's"
