"""The documents of a challenge: who opens them, what is in them, and that each look is kept."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.agreed import AgreedAction, Owner
from domain.form import Answered, Before, ChildsRights, GoodPractice, Way
from domain.ladder import Stage
from domain.named import ANOTHER, hiding
from domain.rules.meetings import RecordMeeting, meetings
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Capacity
from handlers.documents import app
from handlers.documents.meetings import minutes
from handlers.pages.acts import Scene
from tests.pages.test_advice import ADVICE, QUESTION, advise, ask
from tests.pages.visitor import Visitor
from tests.papers import Paper, findings
from tests.workflow.service import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflow.service import Service

NAMES = ("report", "stage-1", "print")
#: Where each kind of document is, of the challenge with this reference.
ADDRESSES = (
    *("{0}/report.pdf", "{0}/stage-2.pdf", "{0}/meeting-1.pdf", "{0}/print.pdf"),
    "supervision.pdf?post=iro-post-1",
)


@pytest.fixture
def reference(service: Service) -> str:
    return service.raise_at(Stage.ONE)


def paper(service: Service, reference: str, name: str = "report", officer: str = "iro-1") -> Paper:
    """Let somebody open a document."""
    page = Visitor(service, officer).get(f"/documents/{reference}/{name}.pdf")
    assert (page.status, page.headers["content-type"]) == (200, "application/pdf")
    return Paper(page.pdf)


def test_the_report_of_the_whole_says_who_what_and_by_when(
    service: Service, reference: str
) -> None:
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "Marigoldreplytext"))
    report = paper(service, reference)
    for words in (
        "Quillon Zephyrine",
        "CASE-98431",
        "Marigoldwrongtext",
        "Marigoldwantedtext",
        "Marigoldviewstext",
        "Marigoldtriedtext",
        "Marigoldreplytext",
        "Ira Sample-One",
        "Reply at Stage 1: the Team Manager, North Team",
        "Stage 1: Team Manager",
    ):
        assert report.has(words), words


def test_a_document_is_offered_on_the_page_and_is_one_click_away(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{reference}")
    for text in (
        "Report of the whole challenge",
        "Report of Stage 1",
        "Print of this page and the whole record",
    ):
        assert iro.get(page.link(text)).pdf.startswith(b"%PDF-"), text


@pytest.fixture
def papers(service: Service) -> dict[str, Paper]:
    """A document of each kind, made by the SRSM of a challenge in which much has happened."""
    reference = service.raise_at(Stage.TWO)
    service.act(reference, "csm", Reply(1, Answer.CHALLENGED, "Marigoldreplytext"))
    agreed = AgreedAction("Marigoldactiontext", "", date(2026, 11, 20), Owner("csm"))
    held = RecordMeeting(0, MONDAY.date(), "srsm", "Marigoldguests", "Marigolddecision", (agreed,))
    service.act(reference, "srsm", held)
    srsm = Visitor(service, "srsm")
    found = {one: srsm.get(f"/documents/{one.format(reference)}").pdf for one in ADDRESSES}
    return {one: Paper(pdf) for one, pdf in found.items()}


def test_of_good_practice_there_is_a_print_which_says_its_words_once(service: Service) -> None:
    good = GoodPractice("Marigoldwelltext", "Marigolddifferencetext")
    reference = service.raise_at(
        Stage.QAP, way=Way.GOOD_PRACTICE, concerns=(), tried="", views="", good_practice=good
    )
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{reference}")
    for text in ("Report of", "pack for Cafcass"):
        assert text not in page.text
    print_ = Paper(iro.get(page.link("Print of this page and the whole record")).pdf)
    for words in (good.what, good.difference):
        assert print_.text.count(words) == 1
    for words in ("What is wrong", "The child’s views", "What was tried", "Started at"):
        assert not print_.has(words), words
    for name in ("report", "stage-qap"):
        assert iro.get(f"/documents/{reference}/{name}.pdf").status == 404


def test_the_minutes_of_a_meeting_name_no_sealed_record(service: Service) -> None:
    """What somebody wrote there may, and the page does not show that either (rule 22)."""
    reference, sealed = service.raise_at(Stage.TWO), "PCE-4T6W-8YZ2"
    words = f"It is as in {sealed}."
    held = RecordMeeting(0, MONDAY.date(), "srsm", "Marigoldguests", words, ())
    service.act(reference, "srsm", held)
    challenge, of = service.challenge(reference), wiring.casebook().council()
    who = frozenset({Capacity.SRSM})
    srsm = of.directory.officers["srsm"]
    for shown, expected in ((challenge, sealed), (hiding(challenge, {sealed}), ANOTHER)):
        scene = Scene(shown, of, srsm, who, service.now)
        assert f"It is as in {expected}." in repr(minutes(scene, meetings(shown)[0]))


def test_everybody_can_read_a_document_also_without_seeing_it(
    papers: dict[str, Paper], tmp_path: Path
) -> None:
    """What PDF/UA and our own pages promise to somebody with a screen reader."""
    for address, found in papers.items():
        assert found.language == "en-GB"
        assert found.properties["/Title"]
        assert str(found.pdf.Root.ViewerPreferences.DisplayDocTitle) == "True"
        levels = [int(role[1:]) for role, _ in found.headings]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert all(title for _, title in found.headings)
        tables = [one for one in found.structure if one.role == "Table"]
        heads = [one for one in found.structure if one.role == "TH"]
        assert tables
        assert len(heads) >= 4 * len(tables)
        assert all(one.within[-3:] == ("Table", "THead", "TR") for one in heads)
        assert all(one.alt for one in found.structure if one.role in ("Figure", "Formula"))
        assert findings(found, tmp_path) == [], address


def test_every_page_is_marked_numbered_and_says_who_made_it_from_what(
    papers: dict[str, Paper],
) -> None:
    for found in papers.values():
        assert found.properties["/Author"] == "Serena Sample-Safeguard"
        for number in range(found.pages):
            for words in (
                "OFFICIAL-SENSITIVE",
                f"Page {number + 1} of {found.pages}",
                "Made by Serena Sample-Safeguard.",
                wiring.exports().fingerprint,
                "Monday 2 November 2026 at 10:00am.",
            ):
                assert found.page_has(number, words), words


def test_each_kind_of_document_has_what_it_is_for(papers: dict[str, Paper]) -> None:
    whole, stage, minutes, printed, supervision = papers.values()
    for report in (whole, stage, printed):
        assert report.has("Marigoldreplytext")
        assert report.has("Marigoldwrongtext")
    assert whole.has("Reply at Stage 2: the Children’s Service Manager")
    for words in ("Marigoldguests", "Marigolddecision", "Marigoldactiontext", "Under way"):
        assert minutes.has(words), words
    assert whole.has("What the form says is at the start of this document.")
    assert minutes.properties["/Title"] == "Minutes of the meeting of Monday 2 November 2026"
    assert not minutes.has("Marigoldreplytext"), "it is about the meeting alone"
    for words in ("Ira Sample-One", "Not discussed yet", "Marigoldwrongtext", "Marigoldactiontext"):
        assert supervision.has(words), words


def test_a_supervision_pack_is_for_whoever_supervises(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    srsm = Visitor(service, "srsm")
    page = srsm.get("/supervision?post=iro-post-1")
    service.jump(timedelta(seconds=1))
    assert srsm.get(page.link("Supervision pack (PDF)")).pdf
    look = wiring.casebook().record.beside.looks(reference)[-1]
    assert (look["officer"], look["via"]) == ("srsm", "document: supervision")
    assert Visitor(service, "tm-n").get("/documents/supervision.pdf?post=iro-post-1").status == 404
    assert srsm.get("/documents/supervision.pdf").status == 404


def test_a_supervision_pack_has_what_only_its_owner_reads_elsewhere(service: Service) -> None:
    service.raise_at(Stage.ONE)
    service.jump(timedelta(days=7))
    pack = Paper(Visitor(service, "srsm").get("/documents/supervision.pdf?post=iro-post-1").pdf)
    assert pack.has("What they have to do first")
    first = "Decide whether to refer to Cafcass by Wednesday 4 November 2026: 3 working days late"
    assert pack.has(first), "how late it is now, not at the last event"
    assert pack.has("As it was on Monday 9 November 2026")


def test_browsers_show_it_whole_keep_no_copy_and_frame_it_nowhere(
    service: Service, reference: str
) -> None:
    """Under ``default-src`` Chromium's own viewer shows a strip of it: its styles are refused."""
    headers = Visitor(service, "iro-1").get(f"/documents/{reference}/report.pdf").headers
    assert "-src" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == f'inline; filename="{reference}-report.pdf"'


def test_the_same_record_gives_the_same_bytes_whenever_it_is_made(
    service: Service, reference: str
) -> None:
    first = paper(service, reference).data
    service.jump(timedelta(hours=3))
    assert paper(service, reference).data == first


def test_each_making_is_a_recorded_look(service: Service, reference: str) -> None:
    service.jump(timedelta(seconds=1))
    paper(service, reference, "print", "srsm")
    look = wiring.casebook().record.beside.looks(reference)[-1]
    assert (look["officer"], look["via"]) == ("srsm", "document: print")


@pytest.mark.parametrize(("officer", "status"), [("tm-n", 200), ("iro-2", 404), ("admin", 404)])
def test_a_document_opens_for_those_who_read_the_challenge_and_for_nobody_else(
    service: Service, reference: str, officer: str, status: int
) -> None:
    for name in NAMES:
        assert Visitor(service, officer).get(f"/documents/{reference}/{name}.pdf").status == status
    seen = [look["officer"] for look in wiring.casebook().record.beside.looks(reference)]
    assert (officer in seen) == (status == 200)
    assert Visitor(service).get(f"/documents/{reference}/report.pdf", follow=False).status == 303


def test_what_was_done_before_a_review_is_in_the_report(service: Service) -> None:
    """The page shows it only in the record (rule 2)."""
    before = Before("Marigoldresolution", *(True, True, False), "Marigoldwhynot", "yes", "By phone")
    reference = service.raise_at(Stage.QAP, way=Way.RESOLVED, before=before)
    found = paper(service, reference)
    for words in ("The child was consulted: No", "Why not: Marigoldwhynot"):
        assert found.has(words), words


def test_every_document_asks_for_a_sign_in(service: Service, reference: str) -> None:
    nobody = Visitor(service)
    routes = [*app._static_routes, *app._dynamic_routes]
    gets = [route.path for route in routes if route.method == "GET"]
    assert len(gets) > 4
    for path in gets:
        address = path.replace("<reference>", reference).replace("<", "").replace(">", "")
        page = nobody.get(address, follow=False)
        assert page.status == 303, address
        assert page.headers["location"].startswith("/sign-in?return_to=/documents/"), address


def test_a_document_that_is_too_large_says_what_to_open_instead(
    service: Service, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.documents.way_in.LARGEST", 10_000)
    page = Visitor(service, "iro-1").get(f"/documents/{reference}/report.pdf")
    assert page.status == 403
    assert "Open the report of each stage instead" in page.text


def test_a_stage_that_it_never_reached_has_no_report(service: Service, reference: str) -> None:
    page = Visitor(service, "iro-1").get(f"/documents/{reference}/stage-4.pdf")
    assert page.status == 404


def test_legal_advice_is_in_no_document(service: Service, reference: str) -> None:
    ask(service, reference)
    advise(service, reference)
    for officer in ("iro-1", "srsm", "auditor"):
        for name in NAMES:
            found = paper(service, reference, name, officer)
            assert not found.has("Marigoldcouncil"), QUESTION
            assert not found.has("Marigoldsection"), ADVICE
            assert b"Marigoldsection" not in found.data


def test_each_reader_gets_the_words_that_they_may_read(service: Service) -> None:
    """Who helps the child to go to court is for the IRO and those who oversee (rule 19)."""
    rights = ChildsRights(court=Answered.YES, legal_help="Marigoldhelper")
    reference = service.raise_at(Stage.ONE, childs_rights=rights)
    for name in NAMES:
        assert paper(service, reference, name, "srsm").has("Marigoldhelper")
        assert not paper(service, reference, name, "tm-n").has("Marigoldhelper")
