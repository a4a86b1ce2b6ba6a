"""A child's details are on the record and nowhere else.

The tests play a whole run by every way in, and then search. The details belong on the record and
in the emails as they came in. Everything else that the service writes is searched: emails, log
lines, metrics, the names, inputs, outputs and histories of executions, and what operators list.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from adapters.mailroom import taken_on
from domain.ladder import Stage
from handlers.intake import Became
from tests.doors.post import LINES, form, mail
from tests.doors.test_answering_by_email import _answer
from tests.doors.test_interface import FORM, let_in
from tests.pages.visitor import Visitor, reply_link
from tests.workflow.service import CHILD, CONCERN, running, write_logs_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.local.outbox import SentMail
    from tests.workflow.service import Service

#: Headers made of random digits, five of which are the child's now and then.
RANDOM = ("message-id", "content-type")

#: The child's details in every way they could be written, and what everybody wrote.
NEVER = (
    *("Quillon", "Zephyrine", CHILD.initials, CHILD.case_id, "Marigold"),
    *("2013-04-05", "5 April 2013", "05/04/2013", "5/4/2013", "April 2013"),
)
#: The number of the Case ID alone: not as a part of a longer number, a hash or a random id.
NUMBER = re.compile(r"(?<![0-9A-Za-z.])98431(?!\.?[0-9A-Za-z])")

#: What Python itself notes of a log record: numbers, of which one could be the child's by chance.
OF_PYTHON = ("created", "msecs", "process", "relativeCreated", "thread")

WEB = {
    "case-id": CHILD.case_id,
    "initials": "Q.Z.",
    "name": CHILD.name,
    "date-of-birth-day": "5",
    "date-of-birth-month": "4",
    "date-of-birth-year": "2013",
    "team": CHILD.team,
    "social-worker": "sw-north-1",
    "stage": "1",
    "reason": "Marigoldreasontext",
    "concern-1-theme": CONCERN.theme,
    "concern-1-what": CONCERN.what,
    "concern-1-outcome": CONCERN.outcome_wanted,
    "concern-1-by-day": "4",
    "concern-1-by-month": "1",
    "concern-1-by-year": "2027",
    "tried": "Marigoldtriedtext",
    "views": "Marigoldviewstext",
}


def _told_of(letter: SentMail) -> str:
    """Return what mail servers and SES's tags show of an email."""
    kept = {name: value for name, value in letter.headers.items() if name.lower() not in RANDOM}
    return f"{kept} {letter.tags}"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Return a service that logs all that it can log."""
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    with running(tmp_path) as service:
        yield service


def _a_whole_run(service: Service) -> None:
    """Play every way in, good and bad, with replies, actions, decisions, silence and faults."""
    ira, platform = Visitor(service, "iro-1"), let_in(service)
    bad = ira.get("/raise").form("/raise").fill({"name": CHILD.name, "tried": "Marigold"})
    bad.press("Continue")
    check = ira.get("/raise").form("/raise").fill(WEB).press("Continue")
    done = check.form("/raise").press("Raise this challenge")
    by_page = done.address.rpartition("/")[2]
    assert platform.send(FORM)[0] == 201
    assert platform.send({**FORM, "stage": "Marigold"}, key="bad")[0] == 422
    assert service.receive(mail(form())) == Became.RAISED
    assert service.receive(mail(form(Stage="-"), message_id="<2@x>")) == Became.DRAFT
    assert service.receive(mail(form(), sender="x@y.example")) == Became.STRANGER
    assert service.receive(mail(form(), message_id="<3@x>"), dmarc="FAIL") == Became.FAILED_CHECKS

    assert service.receive(_answer(service, "Marigoldnote about Quillon")) == Became.NOTE
    page = Visitor(service).get(reply_link(service, "tm-n"))
    words = {"answer": "challenged", "words": "Marigoldreply about Quillon Zephyrine"}
    page.form().fill(words).press("Check your reply").form().press("Send")

    for slug, answers in (
        ("note", {"words": "Marigoldnote"}),
        ("escalate", {"to": "2", "reason": "Marigoldreason"}),
        (
            "close",
            {
                "outcome": "withdrawn",
                "reason": "Marigoldend",
                "child_told": "no",
                "how_told": "They never knew.",
            },
        ),
    ):
        ira.get(f"/challenges/{by_page}/{slug}").form().fill(answers).press()
    silent = service.raise_at(Stage.ONE)
    for _ in range(40):
        service.jump(timedelta(days=1))
    assert service.challenge(silent).stage is Stage.FOUR


def _noted(one: logging.LogRecord) -> str:
    """Return what a log record holds, except Python's own numbers."""
    own = {name: value for name, value in vars(one).items() if name not in OF_PYTHON}
    return f"{one.getMessage()} {own}"


def _a_fault(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make something fail in each function, with the child's name in the message."""

    def fails(*_: object, **__: object) -> Any:  # noqa: ANN401 - never answers
        message = f"{CHILD.name} {CONCERN.what}"
        raise RuntimeError(message)

    with monkeypatch.context() as patch:
        patch.setattr(wiring.casebook(), "raise_challenge", fails)
        ira = Visitor(service, "iro-1")
        check = ira.get("/raise").form("/raise").fill(WEB).press("Continue")
        assert check.form("/raise").press("Raise this challenge").status == 500
        assert let_in(service).send(FORM, key="fault")[0] == 500


def test_nothing_of_the_child_is_seen_where_it_does_not_belong(
    service: Service,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    write_logs_to(sys.stdout, monkeypatch)
    day = service.now.date()
    _a_whole_run(service)
    _a_fault(service, monkeypatch)
    printed = capfd.readouterr()
    own = [one for one in caplog.records if not one.name.startswith(("moto", "botocore", "boto3"))]
    where = {
        "letters": "".join(m.subject + m.text + m.html + _told_of(m) for m in service.mails()),
        "log lines and metrics": printed.out + printed.err,
        "log records": "".join(_noted(one) for one in own),
        "executions": service.everything_operators_see(),
        "mails that operators list": str(wiring.casebook().record.beside.all_kept(taken_on(day))),
    }
    assert "mail taken" in where["log lines and metrics"]
    assert "MailsTaken" in where["log lines and metrics"], "metrics are written there too"
    assert where["executions"].count("ExecutionStarted") > 8
    assert len(service.mails()) > 40
    for place, text in where.items():
        for word in NEVER:
            assert word.casefold() not in text.casefold(), f"{word} in {place}"
        assert not NUMBER.search(text), f"the Case ID's number in {place}"


def test_the_search_would_find_it(service: Service) -> None:
    """What the search looks for is really there: on the record, and in the email as it came."""
    service.receive(mail(form()), message_id="kept")
    (reference,) = service.open_challenges()
    links = wiring.casebook().record.chain.links(reference)
    record = json.dumps([link.text for link in links])
    kept = boto3.client("s3").get_object(Bucket="positive-challenge-mail", Key="mail/kept")
    raw = kept["Body"].read().decode()
    for word in (LINES["Name"], LINES["Concern 1"], CHILD.case_id):
        assert word in record
        assert word in raw
    assert NUMBER.search(record)
    assert NUMBER.search(raw)


@pytest.mark.parametrize("text", ["CASE-98431", "case 98431.", "/children/98431?", '{"id":98431}'])
def test_the_number_of_a_case_id_is_found(text: str) -> None:
    assert NUMBER.search(text)


@pytest.mark.parametrize("text", ["1798431200", "f98431aa-", "0.98431", "98431.27", "a98431"])
def test_chance_is_not_taken_for_a_case_id(text: str) -> None:
    assert not NUMBER.search(text)
