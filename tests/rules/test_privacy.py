"""Privacy: a child's details are on the record and nowhere else.

A whole run is played once, by every way in, and then searched. The details belong on the record
and in the emails as they came in. Everything else that the service writes is searched: emails, log
lines, metrics, addresses, the names, inputs, outputs and histories of executions, and what
operators list.
"""

from __future__ import annotations

import json
import logging
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import SMTP
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
import pytest

from adapters import wiring
from adapters.mailroom import taken_on
from domain.challenge import ActionState, AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.actions import SendBackAction
from domain.rules.replies import Answer, Reply
from handlers.intake import Became
from infra.local.outbox import comes_back
from tests.doors.post import LINES, form, mail
from tests.doors.test_answering_by_email import _answer
from tests.doors.test_interface import FORM, let_in
from tests.pages.sections import whole
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import CHILD, CONCERN, URL, running, write_logs_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.outbox import SentMail
    from tests.workflow.service import Service

#: Headers made of random digits, five of which are the child's now and then.
RANDOM = ("message-id", "content-type")

#: One worker plays the run, once for all sentences.
pytestmark = pytest.mark.xdist_group("privacy")

#: The child's details in every way they could be written, and what everybody wrote.
NEVER = (
    *("Quillon", "Zephyrine", CHILD.initials, CHILD.case_id, "Marigold"),
    *("2013-04-05", "5 April 2013", "05/04/2013", "5/4/2013", "April 2013"),
)
#: A file that somebody attached.
ATTACHED = "Sunflowerplan"

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
    "rights-breached": "yes",
}


def _told_of(letter: SentMail) -> str:
    """Return what mail servers and SES's tags show of an email."""
    kept = {name: value for name, value in letter.headers.items() if name.lower() not in RANDOM}
    return f"{kept} {letter.tags}"


@dataclass(frozen=True)
class Seen:
    """What a whole run left outside the record, as text: ``lines`` and ``metrics`` of the log.

    ``addresses`` are those that were opened, and those in emails.
    """

    letters: list[SentMail]
    lines: str
    metrics: str
    executions: str
    operators: str
    addresses: list[str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Play a whole run in a service that logs all that it can log."""
    log, noted = StringIO(), _Noted()
    with (
        pytest.MonkeyPatch.context() as patch,
        running(tmp_path_factory.mktemp("run")) as service,
        redirect_stdout(log),
        redirect_stderr(log),
    ):
        patch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
        patch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
        patch.setattr(logging.getLogger(), "level", logging.INFO)
        write_logs_to(log, patch)
        logging.getLogger().addHandler(noted)
        opened = _opened(patch)
        day = service.now.date()
        _a_whole_run(service)
        _a_fault(service, patch)
        logging.getLogger().removeHandler(noted)
        kept = str(wiring.casebook().record.beside.all_kept(taken_on(day)))
        written = log.getvalue().splitlines()
        links = [link for letter in service.mails() for link in letter.links]
        yield Seen(
            letters=service.mails(),
            lines="\n".join([*(one for one in written if "_aws" not in one), *noted.records]),
            metrics="\n".join(one for one in written if "_aws" in one),
            executions=service.everything_operators_see(),
            operators=kept,
            addresses=[*opened, *links],
        )


class _Noted(logging.Handler):
    """Keeps every log record of our own, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("moto", "botocore", "boto3")):
            self.records.append(_noted(record))


def _opened(patch: pytest.MonkeyPatch) -> list[str]:
    """Return the addresses that are opened from now on."""
    found: list[str] = []
    request = Visitor._request

    def opens(self: Visitor, method: str, address: str, *rest: Any) -> Page:  # noqa: ANN401
        page = request(self, method, address, *rest)
        found.extend([address, page.address, page.headers.get("location", "")])
        return page

    patch.setattr(Visitor, "_request", opens)
    return found


def _a_whole_run(service: Service) -> None:
    """Play every way in, good and bad, with replies, actions, decisions, silence and faults."""
    ira, platform = Visitor(service, "iro-1"), let_in(service)
    bad = whole(ira.get("/raise")).fill({"name": CHILD.name, "tried": "Marigold"})
    bad.press("Continue")
    check = whole(ira.get("/raise")).fill(WEB).press("Continue")
    done = check.form("/raise").press("Raise this challenge")
    by_page = done.address.rpartition("/")[2]
    assert platform.send(FORM)[0] == 201
    assert platform.send({**FORM, "stage": "Marigold"}, key="bad")[0] == 422
    assert service.receive(mail(form())) == Became.RAISED
    assert service.receive(mail(form(Stage="-"), message_id="<2@x>")) == Became.DRAFT
    attached = message_from_bytes(mail("See the file.", message_id="<4@x>"), policy=SMTP)
    attached.add_attachment(b"%PDF", "application", "pdf", filename=f"{ATTACHED}.pdf")
    assert service.receive(attached.as_bytes()) == Became.DRAFT
    assert service.receive(mail(form(), sender="x@y.example")) == Became.STRANGER
    assert service.receive(mail(form(), message_id="<3@x>"), dmarc="FAIL") == Became.FAILED_CHECKS

    assert service.receive(_answer(service, "Marigoldnote about Quillon")) == Became.NOTE
    page = Visitor(service).get(reply_link(service, "tm-n"))
    words = {"answer": "challenged", "words": "Marigoldreply about Quillon Zephyrine"}
    page.form().whole(words).press("Check your reply").form().press("Send your reply")

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
    _an_action_outside(service)
    silent = service.raise_at(Stage.ONE)
    for _ in range(40):
        service.jump(timedelta(days=1))
    assert service.challenge(silent).stage is Stage.FOUR


def _an_action_outside(service: Service) -> None:
    """Let somebody outside promise an action, and report it by the link in their email."""
    reference = service.raise_at(Stage.ONE)
    owner = Owner("", "Marigoldowner", "Marigoldschool", "owner@school.example")
    action = AgreedAction("Marigoldaction", "Marigoldowner", date(2026, 11, 12), owner)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldpromise", (action,)))
    service.act(reference, "iro-1", AcceptActions("Marigoldaccepted"))
    (letter,) = (mail for mail in service.mails() if owner.email in mail.to)
    page = Visitor(service).get(letter.links[0].removeprefix(URL))
    check = page.form().fill({"shown_by": "Marigoldshown Zephyrine"}).press()
    check.form().press()
    assert service.challenge(reference).actions[0].state is ActionState.DONE
    service.act(reference, "iro-1", SendBackAction(1, "Marigoldback"))


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
        patch.setattr(wiring.casebook(), "raise_together", fails)
        ira = Visitor(service, "iro-1")
        check = whole(ira.get("/raise")).fill(WEB).press("Continue")
        assert check.form("/raise").press("Raise this challenge").status == 500
        assert let_in(service).send(FORM, key="fault")[0] == 500


def _nothing_of_the_child_in(text: str, words: tuple[str, ...] = NEVER) -> None:
    for word in words:
        assert word.casefold() not in text.casefold(), word
    assert not NUMBER.search(text), "the Case ID's number"


# Emails -------------------------------------------------------------------------------------------


def test_an_email_carries_the_reference_the_stage_the_deadline_and_the_link(seen: Seen) -> None:
    asks = [letter for letter in seen.letters if letter.subject.startswith("Please reply")]
    assert len(asks) > 4
    for letter in asks:
        assert re.search(r"by \w+day \d+ \w+ \d{4}: PCE-\w{4}-\w{4}, Stage [1-4]$", letter.subject)
        (link,) = letter.links
        assert link.startswith(f"{URL}/reply/")


def test_an_email_never_carries_a_child_s_name_or_date_of_birth(seen: Seen) -> None:
    assert len(seen.letters) > 30
    for letter in seen.letters:
        _nothing_of_the_child_in(letter.text + letter.html + _told_of(letter))


def test_an_email_never_carries_anything_that_people_wrote(seen: Seen) -> None:
    for letter in seen.letters:
        assert "marigold" not in f"{letter.text}{letter.html}{_told_of(letter)}".casefold()


def test_an_email_never_carries_what_people_attached_nor_its_file_name(seen: Seen) -> None:
    for letter in seen.letters:
        whole = message_from_bytes(letter.raw, policy=SMTP)
        kinds = [part.get_content_type() for part in whole.walk() if not part.is_multipart()]
        assert kinds == ["text/plain", "text/html"]
        assert ATTACHED not in letter.text + letter.html + letter.subject


def test_this_holds_for_the_subject_as_for_the_body(seen: Seen) -> None:
    for letter in seen.letters:
        _nothing_of_the_child_in(letter.subject)


def test_a_delivery_report_carries_no_more_than_the_email_did(seen: Seen) -> None:
    for letter in seen.letters:
        report = json.dumps(comes_back(letter, letter.sent_at))
        _nothing_of_the_child_in(report.replace(letter.id, ""))


# What operators and machines see ------------------------------------------------------------------


def test_an_execution_s_input_output_and_name_carry_the_reference_and_ids_only(seen: Seen) -> None:
    assert seen.executions.count("ExecutionStarted") > 8
    _nothing_of_the_child_in(seen.executions)


def test_a_log_line_carries_the_reference_and_ids_only(seen: Seen) -> None:
    assert "mail taken" in seen.lines
    assert "RuntimeError" in seen.lines, "also where something failed, with words in the error"
    _nothing_of_the_child_in(seen.lines)
    _nothing_of_the_child_in(seen.operators)


def test_a_metric_carries_no_reference_and_nothing_about_a_child(seen: Seen) -> None:
    assert "MailsTaken" in seen.metrics
    _nothing_of_the_child_in(seen.metrics)
    for line in seen.metrics.splitlines():
        metric = json.loads(line)
        named = {
            name for one in metric["_aws"]["CloudWatchMetrics"] for name in one["Dimensions"][0]
        }
        assert not re.search(r"PCE-\w{4}-\w{4}", str([metric[name] for name in named]))


def test_an_address_carries_the_reference_and_ids_only(seen: Seen) -> None:
    assert len(seen.addresses) > 30
    for address in seen.addresses:
        _nothing_of_the_child_in(unquote_plus(address))


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
