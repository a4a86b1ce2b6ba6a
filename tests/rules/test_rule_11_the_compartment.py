"""Rule 11: the words of legal advice are in a compartment of their own, and nowhere else.

A lawyer is asked, and advises, with two words that nothing else contains. Then everybody in the
directory opens everything that leads anywhere, and all that the service wrote is searched.
"""

from __future__ import annotations

import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from adapters.operating.asked import COMMANDS
from domain.ladder import Stage
from domain.rules.legal import SayConflict
from handlers.api import ROUTES as PROGRAMS
from handlers.pages import app
from tests.doors.test_interface import case_system
from tests.pages.visitor import Visitor, reply_link
from tests.papers import Paper
from tests.workflow.service import running, write_logs_to
from tests.workflow.test_operate import ask as operate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflow.service import Service

#: One worker plays it, once for all sentences.
pytestmark = pytest.mark.xdist_group("privileged")

#: In the question, and in the advice.
WORDS = re.compile("Turmericquestion|Saffronadvice", re.IGNORECASE)

ROUTES = {(route.method, route.path) for route in [*app._static_routes, *app._dynamic_routes]}
#: They may read the advice, at its own address.
READERS = ("iro-1", "srsm", "legal")
#: The pages that show something of challenges, and name none in their address.
LISTS = ("/", "/ended")


@dataclass
class Played:
    """A challenge with legal advice, and what everything wrote while it was asked for and given."""

    service: Service
    reference: str
    log: StringIO
    #: The table's items as they were then: what a later test looks for is kept too, as a search.
    items: list[dict[str, Any]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Ask a lawyer, let them advise, and let the IRO read it, all on the pages."""
    log = StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        running(tmp_path_factory.mktemp("run")) as service,
        redirect_stdout(log),
        redirect_stderr(log),
    ):
        patch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
        write_logs_to(log, patch)
        reference = service.raise_at(Stage.ONE)
        iro, lawyer = Visitor(service, "iro-1"), Visitor(service, "legal")
        form = iro.get(f"/advice/{reference}/ask").form()
        # Once with something to correct, and once without.
        form.fill({"question": "Turmericquestion �"}).press().form().fill(
            {"question": "Turmericquestion?"}
        ).press()
        service.act(reference, "legal", SayConflict(conflict=False))
        form = lawyer.get(f"/advice/{reference}/give").form()
        form.fill({"advice": "Saffronadvice."}).press()
        # A look is known by its moment, and this clock stands still.
        service.jump(timedelta(seconds=1))
        assert len(WORDS.findall(iro.get(f"/advice/{reference}").text)) == 2
        service.jump(timedelta(seconds=1))
        items = [*boto3.resource("dynamodb").Table("positive-challenge").scan()["Items"]]
        yield Played(service, reference, log, items)


def _addresses(reference: str) -> Iterator[str]:
    """Yield the address of every page that needs no more than the challenge's reference."""
    yield from LISTS
    for method, path in sorted(ROUTES):
        if method == "GET" and "<reference>" in path and "<slug>" not in path:
            yield path.replace("<reference>", reference)


def _acts(who: Visitor, reference: str) -> set[str]:
    """Return the addresses of all that they can do on the challenge's page."""
    links = who.get(f"/challenges/{reference}").soup.select("main a[href]")
    addresses = {str(link["href"]) for link in links}
    return {one for one in addresses if one.startswith(f"/challenges/{reference}/")}


def _one_of_each_role() -> list[str]:
    """Return the ids of officers, one for each role in the directory."""
    directory = wiring.casebook().council().directory
    found = {post.role: post.holder for post in directory.posts.values() if post.holder}
    return [*dict.fromkeys(["iro-1", "tm-n", *found.values()])]


@pytest.mark.ci  # it opens many pages
def test_no_role_at_any_page_but_its_own_sees_a_word_of_the_advice(played: Played) -> None:
    """Nor do those who may read it, who find it at its own address alone."""
    reference, opened = played.reference, 0
    officers = _one_of_each_role()
    assert len(officers) > 15
    for officer in officers:
        who = Visitor(played.service, officer)
        for address in _addresses(reference):
            page = who.get(address)
            opened += page.status == 200
            assert page.status < 500, f"{officer} at {address}"
            assert not WORDS.search(page.body), f"{officer} at {address}"
        for address in _acts(who, reference) if officer in READERS else ():
            assert not WORDS.search(who.get(address).body), f"{officer} at {address}"
        for form in who.get("/").forms:
            if form.action == "/find":
                found = form.fill({"reference": "Turmericquestion"}).press()
                assert "Saffron" not in found.body
    assert opened > 40


def test_no_document_or_export_has_a_word_of_the_advice(played: Played) -> None:
    reference, opened = played.reference, 0
    for officer in (*READERS, "senior", "auditor", "dpo", "tm-n"):
        for name in ("report.pdf", "stage-1.pdf", "print.pdf", "record.json"):
            page = Visitor(played.service, officer).get(f"/documents/{reference}/{name}")
            assert page.status < 500, f"{officer}: {name}"
            opened += page.status == 200
            text = Paper(page.pdf).text if page.pdf else page.body
            assert text
            assert not WORDS.search(text), f"{officer}: {name}"
    assert opened > 20


def test_no_link_in_an_email_shows_a_word_of_the_advice(played: Played) -> None:
    page = Visitor(played.service).get(reply_link(played.service, "tm-n"))
    assert page.status == 200
    assert not WORDS.search(page.body)


def test_no_email_log_execution_or_metric_has_a_word_of_the_advice(played: Played) -> None:
    service = played.service
    service.emulator.invoke("daily", {})
    letters = json.dumps([vars(letter) for letter in service.mails()], default=str)
    assert "legal advice" in letters
    for text in (letters, played.log.getvalue(), service.everything_operators_see()):
        assert text
        assert not WORDS.search(text)


def test_the_words_are_kept_in_the_compartment_alone_and_encrypted(played: Played) -> None:
    items = played.items
    assert not WORDS.search(json.dumps(items, default=str))
    holders = {str(item["PK"]) for item in items if "ciphertext" in item}
    assert holders == {f"PRIVILEGED#{played.reference}"}
    assert not [item for item in items if str(item["PK"]).startswith(("DRAFT#", "FORM#"))]
    for bucket in boto3.client("s3").list_buckets()["Buckets"]:
        found = boto3.client("s3").list_objects_v2(Bucket=bucket["Name"]).get("Contents", [])
        for one in found:
            body = boto3.client("s3").get_object(Bucket=bucket["Name"], Key=one["Key"])["Body"]
            assert not WORDS.search(body.read().decode("utf-8", "replace"))


def test_operators_and_programs_get_no_word_of_the_advice(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, reference = played.service, played.reference
    queue = boto3.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
    monkeypatch.setenv("DEAD_LETTERS", queue)
    questions: list[tuple[str, dict[str, Any]]] = [
        *((name, {"reference": reference}) for name in ("show", "timeline", "verify", "wake")),
        ("list", {}),
        ("fingerprint", {}),
        ("mails", {"date": str(service.now.date())}),
        ("dead-letters", {}),
        ("redrive", {}),
        ("sweep", {"all": True}),
    ]
    assert {name for name, _ in questions} == set(COMMANDS)
    said = json.dumps([operate(service, name, **how) for name, how in questions])
    assert reference in said
    assert not WORDS.search(said)
    (address,) = (path for path, taken in PROGRAMS.items() if "{" in path and "GET" in taken)
    status, _, record = case_system(service).ask("GET", address.replace("{reference}", reference))
    assert (status, record["reference"]) == (200, reference)
    assert "asked for independent legal advice" in json.dumps(record)
    assert not WORDS.search(json.dumps(record))


def test_each_look_at_the_advice_is_recorded(played: Played) -> None:
    looks = wiring.casebook().record.beside.looks(played.reference)
    seen = [str(look["officer"]) for look in looks if look["via"] == "advice"]
    assert "iro-1" in seen


def test_a_record_without_the_words_can_still_be_verified(played: Played) -> None:
    """Its chain covers a digest of the ciphertext: whoever has only the chain can check it."""
    links = wiring.casebook().record.chain.links(played.reference)
    assert not WORDS.search("".join(link.text for link in links))
    assert sum('"sealed":{' in link.text for link in links) == 2
    assert wiring.casebook().record.chain.load(played.reference).challenge.version == len(links)
