"""Rule 22, at the doors: only auditor and data protection officer see a sealed record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from adapters.audit import differences
from adapters.codec import moment_text
from adapters.summaries import all_filled_in
from domain.challenge import SEALED, AgreedAction, Owner
from domain.errors import BadSubmissionError
from domain.form import Child, GoodPractice, Way
from domain.ladder import Stage
from domain.moments import local_day
from domain.rules.accepting import AcceptActions
from domain.rules.cafcass import Referred, ReferToCafcass
from domain.rules.endings import ChildTold, Close
from domain.rules.entry import Raised
from domain.rules.notes import WriteNote
from domain.rules.reopening import Reopen, reopened_as
from domain.rules.replies import Answer, Reply
from domain.rules.sealing import (
    SEALED_MARK,
    AgreeToSeal,
    AskToSeal,
    CheckLooks,
    RightChild,
    raised_instead,
)
from domain.vocabulary import Outcome, Standing
from handlers.api import filing
from tests.pages.visitor import Visitor, action_link, reply_link
from tests.papers import Paper
from tests.workflow.service import CHILD, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

RIGHT = {
    "case_id": "CASE-44112",
    "initials": "R.C.",
    "name": "Robin Rightchild",
    "date_of_birth-day": "6",
    "date_of_birth-month": "5",
    "date_of_birth-year": "2014",
    "team": "South Team",
    "social_worker": "sw-south-1",
}
FORM = {**RIGHT, "reason": "I chose the wrong twin.", "stage": "1", "stage_reason": "It is urgent."}

#: Everybody of the sample directory but the two who see it.
OTHERS = ("iro-1", "srsm", "senior", "tm-n", "csm", "analyst")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A Monday morning, ten o'clock."""
    with running(tmp_path, remembers=True) as service:
        yield service


def _asks(service: Service, reference: str) -> Page:
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{reference}").link("Say that this is about the wrong child")
    form = iro.get(page).form()
    return form.fill({**FORM, "views": "I want to stay at my school."}).press()


def _seal(service: Service, reference: str) -> Page:
    """Let the IRO ask and the Senior IRO Manager agree, each on their page."""
    asked = _asks(service, reference)
    assert "asked to seal this record" in asked.text
    senior = Visitor(service, "senior")
    page = senior.get(senior.get(f"/challenges/{reference}").link("Agree, and seal the record"))
    assert "Robin Rightchild (R.C.), Case ID CASE-44112" in page.text
    led = page.form().press()
    service.emulator.clock.settle()
    return led


def seal(service: Service, reference: str) -> None:
    """Let both do the same without their pages."""
    ask_to_seal(service, reference)
    service.act(reference, "senior", AgreeToSeal())


def ask_to_seal(service: Service, reference: str) -> None:
    """Let the IRO ask without a page."""
    form = service.challenge(reference).raised
    child = Child("CASE-44112", "R.C.", "Robin Rightchild", date(2014, 5, 6), "South Team")
    words = "It is urgent.", form.concerns, form.tried, form.views
    right = RightChild(child, "sw-south-1", Stage.ONE, *words)
    service.act(reference, "iro-1", AskToSeal("I chose the wrong twin.", right))


def _sealed(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    seal(service, reference)
    return reference


def _lines_of(page: Page, reference: str) -> int:
    """Return how many lines of lists are about a challenge."""
    return sum(one.get_text() == reference for one in page.soup.select(".pc-reference"))


def _everything(service: Service, officer: str, reference: str) -> str:
    """Return all that an officer reads where a challenge could be."""
    who = Visitor(service, officer)
    pages = [who.get("/"), who.get("/ended"), who.get(f"/challenges/{reference}")]
    pages += [who.get(f"/challenges/{reference}/{slug}") for slug in ("reply", "note", "action")]
    pages.append(who.post("/find", {"reference": reference}))
    assert all(page.status != 500 for page in pages)
    return " ".join(page.text for page in pages if page.status == 200)


def test_the_right_child_s_challenge_opens_when_it_is_sealed(service: Service) -> None:
    page = _seal(service, service.raise_at(Stage.ONE))
    assert "Robin Rightchild" in page.text
    assert "I want to stay at my school." in page.text
    assert CHILD.name not in page.text


def test_who_asked_to_seal_it_and_who_agreed_are_told_at_its_address(service: Service) -> None:
    reference = _sealed(service)
    instead = raised_instead(service.challenge(reference))
    said = f"{reference} is sealed, because it was about the wrong child. {instead} was raised"
    for officer in ("iro-1", "senior"):
        page = Visitor(service, officer).get(f"/challenges/{reference}")
        assert page.status == 404
        assert said in page.text
    for officer in ("srsm", "tm-n"):
        page = Visitor(service, officer).get(f"/challenges/{reference}")
        assert page.status == 404
        assert "sealed" not in page.text
        assert instead not in page.text


def test_good_practice_about_the_wrong_child_is_sealed_and_recorded_again(
    service: Service,
) -> None:
    good = GoodPractice("She came every week.", "They trust somebody again.")
    reference = service.raise_at(Stage.QAP, way=Way.GOOD_PRACTICE, concerns=(), good_practice=good)
    iro = Visitor(service, "iro-1")
    page = iro.get(iro.get(f"/challenges/{reference}").link(AskToSeal.called))
    assert "What is wrong" not in page.text
    form = page.form()
    assert form["well"] == good.what
    child = {name: text for name, text in FORM.items() if not name.startswith("stage")}
    asked = form.fill({**child, "difference": "They are at ease."}).press()
    assert "asked to seal this record" in asked.text
    senior = Visitor(service, "senior")
    page = senior.get(senior.get(f"/challenges/{reference}").link("Agree, and seal the record"))
    assert "Robin Rightchild (R.C.), Case ID CASE-44112, of South Team." in page.text
    page = page.form().press()
    assert page.heading == "Good practice"
    assert "Robin Rightchild" in page.text
    assert "They are at ease." in page.text
    assert Visitor(service, "iro-1").get(f"/challenges/{reference}").status == 404
    assert Visitor(service, "dpo").get(f"/challenges/{reference}").heading == "Sealed"


def _reopened(service: Service) -> tuple[str, str]:
    """Return a challenge that ended, and the one in which it goes on."""
    old = service.raise_at(Stage.ONE)
    service.act(old, "iro-1", Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "No need."))
    form = service.challenge(old).raised
    reopen = Reopen(Stage.ONE, "It goes on.", form.child, form.social_worker)
    service.act(old, "iro-1", reopen)
    return old, reopened_as(service.challenge(old))


def test_another_record_does_not_name_a_sealed_one_to_those_who_do_not_see_it(
    service: Service,
) -> None:
    old, new = _reopened(service)
    other = service.raise_at(Stage.ONE)
    end = Close(Outcome.DUPLICATE, "Raised twice.", ChildTold.NO, "No need.", goes_on=new)
    service.act(other, "iro-1", end)
    for reference in (old, other):
        assert reference in Visitor(service, "iro-1").get(f"/challenges/{new}").text
        seal(service, reference)
    for officer in ("iro-1", "senior"):
        page = Visitor(service, officer).get(f"/challenges/{new}")
        assert old not in page.body, officer
        assert other not in page.body, officer
    page = Visitor(service, "iro-1").get(f"/challenges/{new}")
    assert "Continues another record" in page.text
    assert "takes over from another record" in page.text
    page = Visitor(service, "auditor").get(f"/challenges/{new}")
    assert page.link(old), "an auditor sees both"
    assert old not in str(filing.record_of(new, "case-system"))
    refer = ReferToCafcass("It failed.", "Told.", service.now.date(), "By email", "Duty desk")
    service.act(new, "iro-1", refer)
    (referred,) = (e.fact for e in service.challenge(new).events if isinstance(e.fact, Referred))
    assert referred.reports == (new,), "nor is it among the reports that were sent"


def test_an_email_does_not_name_a_sealed_record_either(service: Service) -> None:
    old, new = _reopened(service)
    seal(service, new)
    known = len(service.mails("senior"))
    ask_to_seal(service, old)
    service.jump(timedelta(minutes=10))
    (told,) = service.mails("senior")[known:]
    assert old in told.text
    assert "It was reopened, and goes on as another record." in " ".join(told.text.split())
    assert new not in f"{told.subject} {told.text}"


def test_no_document_names_a_sealed_record_to_those_who_do_not_see_it(service: Service) -> None:
    """Nor a pack that ends before the last event, nor the list of what was reopened."""
    first, old = _reopened(service)
    service.act(old, "iro-1", Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "No need."))
    form = service.challenge(old).raised
    service.act(old, "iro-1", Reopen(Stage.ONE, "On.", form.child, form.social_worker))
    new = reopened_as(service.challenge(old))
    seal(service, old)
    iro, srsm = Visitor(service, "iro-1"), Visitor(service, "srsm")
    choose = iro.get(f"/documents/{new}/cafcass-pack")
    service.act(new, "iro-1", WriteNote("Later."))
    made = choose.form().fill({"court": "none"}).press()
    papers = [iro.get(made.link("Open the pack")), iro.get(f"/documents/{new}/report.pdf")]
    papers.append(srsm.get("/documents/supervision.pdf?post=iro-post-1"))
    for paper in map(Paper, (one.pdf for one in papers)):
        assert paper.has(new)
        assert not paper.has(old)
    assert Paper(papers[-1].pdf).has(first)
    assert Paper(papers[-1].pdf).has("goes on as another record")


def test_a_text_that_was_to_be_checked_is_not_named_once_it_is_sealed_itself(
    service: Service,
) -> None:
    form = service.challenge(service.raise_at(Stage.ONE)).events[0].fact
    assert isinstance(form, Raised)
    twin = replace(form, child=replace(form.child, case_id="CASE-55555"))
    taken = wiring.casebook().raise_together([form, twin], service.actor("iro-1"), "a" * 32)
    (sibling,) = service.challenge(taken.reference).raised.siblings
    seal(service, taken.reference)
    new = raised_instead(service.challenge(taken.reference))
    assert sibling in Visitor(service, "iro-1").get(f"/challenges/{new}/other-texts").text
    seal(service, sibling)
    iro = Visitor(service, "iro-1")
    for address in (f"/challenges/{new}", f"/challenges/{new}/other-texts"):
        page = iro.get(address)
        assert sibling not in page.body
        assert "another record" in page.text


def test_who_seals_a_challenge_is_led_to_those_that_it_continues_or_that_continue_it(
    service: Service,
) -> None:
    old, new = _reopened(service)
    iro = Visitor(service, "iro-1")
    for one, other in ((old, new), (new, old)):
        page = iro.get(f"/challenges/{one}/wrong-child")
        assert "Ask to seal each of them too" in page.text
        assert page.link(other).endswith(other)
    seal(service, new)
    page = Visitor(service, "dpo").get(f"/challenges/{new}/looks")
    assert page.link(old).endswith(old)
    assert "below" not in iro.get(f"/challenges/{old}/wrong-child").text
    seal(service, old)
    assert "below" not in Visitor(service, "dpo").get(f"/challenges/{new}/looks").text


def test_no_document_is_made_of_a_sealed_record(service: Service) -> None:
    reference = _sealed(service)
    for officer, status in (("iro-1", 404), ("senior", 404), ("auditor", 403), ("dpo", 403)):
        for name in ("report", "stage-1", "print"):
            page = Visitor(service, officer).get(f"/documents/{reference}/{name}.pdf")
            assert page.status == status
            assert not page.pdf
    page = Visitor(service, "auditor").get(f"/challenges/{reference}")
    assert ".pdf" not in page.body


def test_a_sealed_record_is_exported_to_those_who_still_see_it_and_goes_into_no_pack(
    service: Service,
) -> None:
    reference = _sealed(service)
    for officer, status in (("iro-1", 404), ("senior", 404), ("auditor", 200), ("dpo", 200)):
        page = Visitor(service, officer).get(f"/documents/{reference}/record.json")
        assert (page.status, CHILD.name in page.body) == (status, status == 200)
    for officer, status in (("iro-1", 404), ("dpo", 403)):
        page = Visitor(service, officer).get(f"/documents/{reference}/cafcass-pack")
        assert page.status == status
    other = service.raise_at(Stage.ONE)
    choose = Visitor(service, "iro-1").get(f"/documents/{other}/cafcass-pack")
    assert other in choose.text
    assert reference not in choose.text


def test_a_pack_that_holds_a_record_opens_no_more_once_that_is_sealed(service: Service) -> None:
    reference, other = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    form = Visitor(service, "iro-1").get(f"/documents/{other}/cafcass-pack").form()
    pack = form.fill({"court": "none"}).press().link("Open the pack")
    assert Visitor(service, "auditor").get(pack).status == 200
    seal(service, reference)
    for officer in ("iro-1", "senior", "auditor", "dpo"):
        page = Visitor(service, officer).get(pack)
        assert (page.status, page.pdf) == (403, b""), officer
        assert reference not in page.text


def test_in_the_words_for_the_right_child_what_tells_who_a_child_is_is_marked(
    service: Service,
) -> None:
    iro, reference = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
    form = iro.get(f"/challenges/{reference}/wrong-child").form()
    told = {
        "what-1": "Robin has to move.",
        "views": f"{CHILD.name} told us. I want to stay.",
        "why": f"See {CHILD.case_id}.",
        "tried": f"{CHILD.initials} waited a year.",
    }
    page = form.fill({**FORM, **told}).press()
    marked = [one.text for one in page.soup.select("mark")]
    found = ("Robin", CHILD.initials, CHILD.name, CHILD.case_id)
    assert sorted(marked) == sorted(f"(marked: {one})" for one in found)
    anyone = "Anyone who opens the reply link"
    (warning,) = page.soup.select("main .govuk-warning-text")
    assert anyone in warning.text, "links show the concerns"
    alone = form.fill({**FORM, "views": told["views"]}).press()
    (warning,) = alone.soup.select("main .govuk-warning-text")
    assert anyone not in warning.text, "no link shows the views"
    (row,) = (one for one in alone.soup.select("main dd") if one.select("mark"))
    assert "people who work with the right child can read it" in row.text
    assert "asked to seal this record" not in page.text, "nothing is recorded yet"
    assert page.form()["what-1"] == told["what-1"]
    page = page.form().press("Ask to seal the record")
    assert "asked to seal this record" in page.text


def test_who_agrees_to_seal_it_reads_first_what_goes_on_the_right_child_s_record(
    service: Service,
) -> None:
    iro, reference = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
    form = iro.get(f"/challenges/{reference}/wrong-child").form()
    own = {"what-1": f"{CHILD.initials} waited a year.", "views": "I want to stay.", "tried": "X."}
    form.fill({**FORM, **own}).press().form().press("Ask to seal the record")
    page = Visitor(service, "senior").get(f"/challenges/{reference}/seal")
    labels, texts = (page.soup.select(f"main .govuk-summary-list {one}") for one in ("dt", "dd"))
    read = {
        label.get_text(strip=True): text.get_text()
        for label, text in zip(labels, texts, strict=True)
    }
    assert read["What was tried for the right child"] == "X."
    assert read["The right child’s views"] == "I want to stay."
    assert f"(marked: {CHILD.initials})" in read["Concern 1 for the right child"]
    assert "The right child" not in read, "it stands above"


def test_a_sealed_record_is_in_no_view_list_or_search_of_anybody_else(service: Service) -> None:
    reference = _sealed(service)
    for officer in OTHERS:
        found = _everything(service, officer, reference)
        assert reference not in found, officer
        assert CHILD.name not in found, officer
        assert CHILD.case_id not in found, officer
        assert Visitor(service, officer).get(f"/challenges/{reference}").status == 404
    lists = wiring.casebook().record.lists
    assert reference not in {row.reference for row in lists.of_child(CHILD.case_id)}
    assert reference not in {row.reference for row in lists.of_iro("iro-1")}
    assert reference not in {row.reference for row in lists.ended_of("iro-1", 9)}
    assert reference not in service.open_challenges()
    end = Close(Outcome.DUPLICATE, "Raised twice.", ChildTold.NO, "No need.", goes_on=reference)
    with pytest.raises(BadSubmissionError) as refused:
        service.act(service.raise_at(Stage.ONE), "iro-1", end)
    assert "There is no challenge about this child" in refused.value.fields["goes_on"]
    for officer in ("auditor", "dpo"):
        reader = Visitor(service, officer)
        assert reference in reader.get("/").text
        page = reader.get(f"/challenges/{reference}")
        assert page.heading == "Sealed"
        assert CHILD.name in page.text


def test_the_data_protection_officer_gets_the_list_of_who_looked(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    Visitor(service).get(reply_link(service, "tm-n"))
    Visitor(service, "srsm").get(f"/challenges/{reference}")
    _seal(service, reference)
    (mail,) = service.mails("dpo")
    assert reference in mail.subject
    assert "Robin" not in str(mail)
    assert "Contact Seth Sample-Senior" in " ".join(mail.text.split()), "the IRO no longer sees it"
    assert "Deciding takes" not in mail.text
    officer = Visitor(service, "dpo")
    page = officer.get(f"/challenges/{reference}")
    looks = officer.get(page.link("Who looked at this challenge"))
    assert "By an emailed link to reply" in looks.text
    senior = Visitor(service, "senior").get(f"/challenges/{reference}/who-looked")
    assert senior.status == 404, "nor do those who agreed to seal it"
    page = officer.get(page.link("Record that you checked who looked"))
    assert "Tessa Sample-North: once, Monday 2 November 2026 at" in page.text
    assert "by an emailed link to reply" in page.text
    assert "Serena Sample-Safeguard: once" in page.text
    assert "Ira Sample-One" in page.text
    page = page.form().fill({"words": "Told the team."}).press()
    assert "checked who looked" in page.text
    service.emulator.clock.settle()
    assert service.challenge(reference).standing is Standing.CLOSED
    assert {one["status"] for one in service.executions(reference)} == {"SUCCEEDED", "ABORTED"}


def _agreed(service: Service) -> str:
    """Return a challenge with an action under way, and the link of its owner in an email."""
    reference = service.raise_at(Stage.ONE)
    by = service.now.date() + timedelta(days=8)
    action = AgreedAction("Call the panel", "Wilf Sample-North", by, Owner("sw-n2"))
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (action,)))
    service.act(reference, "iro-1", AcceptActions("Good."))
    return reference


def test_the_links_of_a_sealed_record_stop_working(service: Service) -> None:
    reference = _agreed(service)
    seal(service, reference)
    for address in (reply_link(service, "tm-n"), action_link(service, "sw-n2")):
        page = Visitor(service).get(address)
        assert (page.status, page.heading) == (410, "This link has stopped working")
        page = Visitor(service).post(address, {"words": "Typed too late.", "press": "send"})
        assert page.status == 410
        assert reference not in page.text
        assert CHILD.initials not in page.text
        assert "Typed too late." in page.text, "nothing typed is lost"


def test_no_other_email_about_a_sealed_record_goes_to_anybody_else(service: Service) -> None:
    reference = _agreed(service)
    assert service.news("srsm"), "something would be told in the morning"
    known = len(service.mails())
    seal(service, reference)
    service.jump(timedelta(days=1))
    service.emulator.invoke("daily", {})
    service.jump(timedelta(days=9))
    told = [mail for mail in service.mails()[known:] if reference in f"{mail.subject} {mail.text}"]
    senior, dpo = (service.mails(one) for one in ("senior", "dpo"))
    assert [mail for mail in told if mail not in dpo] == [
        mail for mail in senior[:1] if mail in told
    ], "but the question whether to seal it"
    assert len(dpo) > 1, "at once, and each morning"
    assert not [line for line in service.news("srsm") if "Tessa" in line]


def test_nothing_that_comes_late_or_is_rebuilt_brings_a_sealed_record_back(
    service: Service,
) -> None:
    """A bounce, a sweep of everything, a HEAD that is rebuilt, and a row that is filled in."""
    reference = service.raise_at(Stage.ONE)
    (asked,) = service.mails("tm-n")
    seal(service, reference)
    before = service.challenge(reference).version
    service.comes_back(asked)
    record, of = wiring.casebook().record, wiring.casebook().council()
    record.legs.rebuild_head(reference, service.now, of)
    wiring.sweep().sweep(everything=True)
    service.emulator.clock.settle()
    record.legs.fill_in(reference, of, local_day(service.now))
    assert service.challenge(reference).version == before
    kept = record.chain.as_kept(reference)
    assert not {"child", "iro", "of_iro", "ended", "outcome"} & {*(kept.head or {})}
    args = reference, kept, of, record.beside.applied(), service.now
    assert list(differences(*args, filled_in=all_filled_in(record), beside=record.beside)) == []


def test_figures_count_the_sealed_records_and_nothing_else_of_them(service: Service) -> None:
    reference = _sealed(service)
    record = wiring.casebook().record
    (row,) = record.lists.with_mark(SEALED_MARK)
    assert row.reference == reference
    sealed = service.challenge(reference)[SEALED]
    assert sealed
    assert row.due == moment_text(sealed), "by the moment at which each was sealed"
    head = record.chain.as_kept(reference).head or {}
    assert (head["team"], head["themes"], head["stages"]) == ("", [], [])
    new = service.challenge(raised_instead(service.challenge(reference)))
    assert sealed == new.raised_at, "both are written in one step"
    for officer in ("srsm", "senior"):
        text = Visitor(service, officer).get("/challenges?counts=yes").text
        assert "1 record was sealed because it was about the wrong child" in text
        assert reference not in text
    assert "sealed" not in Visitor(service, "hos").get("/challenges?counts=yes").text


def test_the_data_protection_officer_finds_a_sealed_record_once(service: Service) -> None:
    reference = _sealed(service)
    officer = Visitor(service, "dpo")
    page = officer.get("/")
    assert _lines_of(page, reference) == 1, "under what waits for them"
    assert page.heading == "Your work"
    service.act(reference, "dpo", CheckLooks("Told the team."))
    page = officer.get("/")
    assert _lines_of(page, reference) == 1, "among the sealed ones"
