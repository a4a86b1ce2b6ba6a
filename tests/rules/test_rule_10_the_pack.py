"""Rule 10, the pack: the IRO chooses, checks and makes it, and what was made is kept."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import boto3
import pytest

from adapters import wiring
from data import verify_export
from domain.form import Concern, GoodPractice, Way
from domain.ladder import Stage
from domain.pack import Why
from domain.rules.appointing import AppointIro
from domain.rules.briefing import BRIEFING
from domain.rules.cafcass import Referred, ReferToCafcass
from domain.rules.entry import Raised
from domain.rules.legal import LEGAL_ADVICE
from domain.rules.notes import Noted, WriteNote
from tests.pages.test_advice import advise, ask
from tests.pages.visitor import Visitor
from tests.papers import Paper

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

COURT = "Marigoldnote: the judgment of the court says that contact is weekly."
OF_ADVICE = tuple(kind.__name__ for kind in (*LEGAL_ADVICE.facts, *BRIEFING.facts))
OTHER = "Marigoldsibling: her brother Tom does not want to move."


@pytest.fixture
def reference(service: Service) -> str:
    return service.raise_at(Stage.ONE)


def made(service: Service, reference: str, **typed: str) -> Page:
    """Let the IRO make the pack, with these choices."""
    page = Visitor(service, "iro-1").get(f"/documents/{reference}/cafcass-pack")
    return page.form().fill({"court": "none", **typed}).press()


def the_pack(page: Page) -> Paper:
    """Return the PDF that the page about a made pack leads to."""
    return Paper(page.visitor.get(page.link("Open the pack")).pdf)


def attached(found: Paper) -> dict[str, bytes]:
    """Return the files attached to a PDF."""
    return {name: bytes(one.get_file().read_bytes()) for name, one in found.pdf.attachments.items()}


def test_a_guardian_can_check_the_pack_offline(service: Service, reference: str) -> None:
    page = Visitor(service, "iro-1").get(f"/challenges/{reference}")
    assert "cafcass-pack" in page.link("The pack for Cafcass")
    ready = made(service, reference)
    assert ready.heading == "The pack for Cafcass is ready"
    found = the_pack(ready)
    fingerprint = wiring.exports().fingerprint
    steps = ("On Windows: open the folder", "It cannot show what was recorded later")
    for words in (reference, "How to check the attached record", fingerprint, *steps):
        assert found.has(words), words
    files = attached(found)
    assert files.keys() == {f"{reference}.json", "verify_export.py"}
    code, said = verify_export.check(files[f"{reference}.json"], fingerprint)
    assert code == 0, said
    assert files["verify_export.py"].startswith(b'"""Check the record')
    export = json.loads(files[f"{reference}.json"])["export"]
    assert (export["looks"], export["emails"]) == ([], []), "these are for the council alone"


def test_the_pack_holds_every_report_of_the_child_that_the_iro_may_see(
    service: Service, reference: str
) -> None:
    other = service.raise_at(Stage.QAP, iro="iro-2")
    found = the_pack(made(service, reference))
    assert attached(found).keys() == {f"{reference}.json", f"{other}.json", "verify_export.py"}
    for one in (reference, other):
        assert found.has(f"Report of {one}")
        code, said = verify_export.check(attached(found)[f"{one}.json"])
        assert code == 0, said
        assert "Made by “Ira Sample-One”, “the IRO”" in "\n".join(said)
    looks = wiring.casebook().record.beside.looks(other)
    assert ("iro-1", "document: pack") in {(look["officer"], look["via"]) for look in looks}


def test_good_practice_is_no_report_and_there_is_no_pack_of_it(
    service: Service, reference: str
) -> None:
    good = GoodPractice("Marigoldwelltext", "Marigolddifferencetext")
    praise = service.raise_at(Stage.QAP, way=Way.GOOD_PRACTICE, concerns=(), good_practice=good)
    iro = Visitor(service, "iro-1")
    assert iro.get(f"/documents/{praise}/cafcass-pack").status == 404
    assert praise not in iro.get(f"/documents/{reference}/cafcass-pack").text
    assert praise not in iro.get(f"/challenges/{reference}/refer-to-cafcass").form()["others"]


def test_the_iro_is_warned_of_a_challenge_that_may_be_about_another_child(
    service: Service, reference: str
) -> None:
    """One mistyped Case ID is enough to bring it into the pack."""
    form = service.challenge(reference).events[0].fact
    assert isinstance(form, Raised)
    address = f"/documents/{reference}/cafcass-pack"
    warning = "say on its page that it is about the wrong child"
    same = replace(form, child=replace(form.child, name=form.child.name.upper()))
    wiring.casebook().raise_challenge(same, service.actor("iro-1"), "a" * 32)
    assert warning not in Visitor(service, "iro-1").get(address).text
    other = replace(form, child=replace(form.child, name="Robin Rightchild"))
    wiring.casebook().raise_challenge(other, service.actor("iro-1"), "b" * 32)
    page = Visitor(service, "iro-1").get(address).text
    assert warning in page
    assert "Robin Rightchild" in page


def test_what_the_iro_leaves_out_stands_in_the_pack_without_its_words(
    service: Service, reference: str
) -> None:
    for words in (COURT, OTHER):
        service.act(reference, "iro-1", WriteNote(words))
    ready = made(service, reference)
    found = the_pack(ready)
    assert not found.has("Marigoldnote"), "chosen already, as its words speak of a court"
    assert not found.has("Marigoldsibling"), "chosen already, as its words name a brother"
    (record,) = (one for name, one in attached(found).items() if name.endswith(".json"))
    assert b"Marigoldnote" not in record
    assert b"Marigoldsibling" not in record
    code, said = verify_export.check(record)
    assert code == 3
    assert re.search(r"\b2 of \d+ events were left out on purpose", "\n".join(said))
    last = service.challenge(reference).version
    allowed = made(service, reference, court="allowed", **{f"{reference}-{last - 1}": "in"})
    assert the_pack(allowed).has("Marigoldnote"), "the court's rules allow it, the IRO confirms"


def test_the_form_is_left_out_only_if_the_iro_says_so(service: Service) -> None:
    what = "Marigoldwrongtext: the court's judgment is not carried out."
    concern = Concern("placement", what, "Marigoldwantedtext", date(2026, 12, 4))
    reference = service.raise_at(Stage.ONE, concerns=(concern,))
    page = Visitor(service, "iro-1").get(f"/documents/{reference}/cafcass-pack")
    assert "Check this one: we think that you may need to leave it out." in page.text
    assert re.search(r"Read all of it.* What is wrong: Marigoldwrongtext", page.text), page.text
    assert page.form()[f"{reference}-1"] == "in"
    found = the_pack(made(service, reference, **{f"{reference}-1": Why.COURT}))
    for words in ("Marigoldwrongtext", "Marigoldwantedtext", "Marigoldviewstext", "Marigoldtried"):
        assert not found.has(words), words
        assert words.encode() not in b"".join(attached(found).values())


def test_each_event_is_shown_whole_and_what_is_for_few_is_chosen_to_stay_out(
    service: Service, reference: str
) -> None:
    long = "The placement is far away. " * 40 + "Marigoldend."
    service.act(reference, "iro-1", WriteNote(long))
    sent = ("Marigoldfailure", "Hedy", service.now.date(), "Secure email", "Cafcass Intake")
    service.act(reference, "iro-1", ReferToCafcass(*sent))
    page = Visitor(service, "iro-1").get(f"/documents/{reference}/cafcass-pack")
    assert "Marigoldend." in page.text
    events = service.challenge(reference).events
    chosen = {type(one.fact): page.form().fields.get(f"{reference}-{one.number}") for one in events}
    assert (chosen[Referred], chosen[Noted]) == (Why.FOR_FEW, "in")
    assert page.form()[f"{reference}-1"] == "in"


def test_no_word_about_legal_advice_is_in_the_pack(service: Service, reference: str) -> None:
    ask(service, reference)
    advise(service, reference)
    found = the_pack(made(service, reference))
    (record,) = (one for name, one in attached(found).items() if name.endswith(".json"))
    for words in ("Marigoldcouncil", "Marigoldsection", "legal advice was", "conflict of interest"):
        assert not found.has(words)
        assert words.encode() not in record
    events = service.challenge(reference).events
    of_advice = [event.number for event in events if type(event.fact).__name__ in OF_ADVICE]
    assert len(of_advice) > 2, "asked, no conflict, advised, a briefing is due"
    kept = json.loads(record)["export"]["events"]
    assert all("left_out" in kept[number - 1] for number in of_advice), "with words or without"
    said = "\n".join(verify_export.check(record)[1])
    assert "legal advice, which is privileged" in said


def test_nothing_goes_in_that_the_iro_has_not_answered_for(
    service: Service, reference: str
) -> None:
    page = Visitor(service, "iro-1").get(f"/documents/{reference}/cafcass-pack")
    form = page.form()
    empty = page.visitor.post(form.action, {"shown_to": form.fields.get("shown_to", "")})
    assert empty.status == 422
    assert "Choose whether event 1 goes into the pack." in empty.text
    assert "Choose whether anything from a court document is left in the pack." in empty.text


def test_what_came_after_the_page_was_shown_is_not_in_the_pack(
    service: Service, reference: str
) -> None:
    page = Visitor(service, "iro-1").get(f"/documents/{reference}/cafcass-pack")
    service.act(reference, "iro-1", WriteNote("Marigoldlater"))
    found = the_pack(page.form().fill({"court": "none"}).press())
    assert not found.has("Marigoldlater")
    assert found.has(f"In {reference} 1 event came after the IRO had checked this pack.")
    assert found.has("1 event recorded after that"), "or an IRO could leave out the end unseen"
    assert not the_pack(made(service, reference)).has("recorded after that")


def test_a_pack_that_was_made_is_kept_as_it_is(service: Service, reference: str) -> None:
    ready = made(service, reference)
    (digest,) = re.findall(r"\b[0-9a-f]{64}\b", ready.text)
    pdf = the_pack(ready).data
    assert sha256(pdf).hexdigest() == digest
    found = boto3.client("s3").head_object(
        Bucket="positive-challenge-mail", Key=f"packs/{reference}/{digest}.pdf"
    )
    assert found["ObjectLockRetainUntilDate"].year == service.now.year + 75
    service.act(reference, "iro-1", WriteNote("Marigoldlater"))
    again = Visitor(service, "auditor").get(f"/documents/{reference}/cafcass-pack/{digest}.pdf")
    assert again.pdf == pdf, "for whoever oversees it, however the record goes on"
    none = f"/documents/{reference}/cafcass-pack/{'0' * 64}"
    for address in (none, f"{none}.pdf"):
        assert Visitor(service, "iro-1").get(address).status == 404, "nobody is led to record it"


def test_nobody_reads_by_a_pack_what_they_may_not_read_on_the_page(
    service: Service, reference: str
) -> None:
    """The pack of one challenge has every word of the child's other one, which has another IRO."""
    other = service.raise_at(Stage.ONE)
    ready = made(service, reference)
    assert attached(the_pack(ready)).keys() >= {f"{other}.json"}
    service.act(reference, "senior", AppointIro("iro-2", "The IRO has left the team."))
    page = Visitor(service, "iro-2").get(ready.link("Open the pack"))
    assert (page.status, page.pdf) == (403, b"")
    assert other not in page.text
    theirs = Visitor(service, "iro-2").get(f"/documents/{reference}/cafcass-pack").form()
    assert the_pack(theirs.fill({"court": "none"}).press()).has(other), "what everybody may read"


def test_what_lies_in_the_place_of_a_pack_and_is_none_is_not_given_out(
    service: Service, reference: str
) -> None:
    ready = made(service, reference)
    (digest,) = re.findall(r"\b[0-9a-f]{64}\b", ready.text)
    bucket, key = "positive-challenge-mail", f"packs/{reference}/{digest}.pdf"
    beside = boto3.client("s3").head_object(Bucket=bucket, Key=key)["Metadata"]
    pdf, nothing = the_pack(ready).data, dict[str, str]()
    for body, metadata in ((b"%PDF-1.7 forged", beside), (pdf, nothing)):
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body, Metadata=metadata)
        page = ready.visitor.get(ready.link("Open the pack"))
        assert (page.status, page.pdf) == (404, b"")


def test_the_record_says_which_pack_was_sent(service: Service, reference: str) -> None:
    ready = made(service, reference)
    (digest,) = re.findall(r"\b[0-9a-f]{64}\b", ready.text)
    page = ready.visitor.get(ready.link("Record the referral"))
    typed = {"failure": "Marigoldfailure", "attention": "Hedy, since May", "route": "Secure email"}
    typed |= {"address": "Cafcass Intake"}
    assert page.form()["pack"] == digest, "the link fills it in"
    typed |= {"pack": "no digest"}
    wrong = page.form().fill(typed).press()
    assert wrong.errors["#pack"].startswith("Copy the 64 letters and digits")
    checked = wrong.form().fill({"pack": digest}).press(through=False)
    assert "Marigoldfailure" in checked.text
    assert checked.form().press("Refer to Cafcass").status == 200
    events = service.challenge(reference).events
    (sent,) = [event.fact for event in events if isinstance(event.fact, Referred)]
    assert sent.pack == digest


@pytest.mark.parametrize(("officer", "status"), [("srsm", 403), ("tm-n", 403), ("iro-2", 404)])
def test_only_the_iro_makes_the_pack(
    service: Service, reference: str, officer: str, status: int
) -> None:
    page = Visitor(service, officer).get(f"/documents/{reference}/cafcass-pack")
    assert page.status == status
