"""Rule 13, supervision: lists for those who supervise, and that a challenge was discussed.

Guidance: G50, G60, G63.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.rules.supervision import (
    DiscussedInSupervision,
    DiscussInSupervision,
    last_discussed,
    supervised,
    supervised_in,
)
from domain.timeline import headline
from handlers.pages import supervision
from tests.builders import (
    CAS,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    TOM,
    WIN,
    WYN,
    council,
    day,
    raised,
)
from tests.pages.visitor import Visitor
from tests.papers import Paper

if TYPE_CHECKING:
    from tests.workflow.service import Service

TODAY = day("2026-11-02")


def _of(officer: str) -> set[str | None]:
    return {post.holder for post in supervised(officer, council(), TODAY)}


def test_the_srsm_gets_a_list_of_open_challenges_for_each_iro(service: Service) -> None:
    assert _of(SARA) == _of(SENNA) == {IRA, IVO}
    open_one, ended = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    service.withdraw(ended)
    visitor = Visitor(service, "srsm")
    assert visitor.get("/").link("Supervision") == "/supervision"
    people = visitor.get("/supervision")
    (iro,) = [a for a in people.soup.select("main a") if "Ira Sample-One" in a.get_text()]
    page = visitor.get(str(iro["href"]))
    open_ones, ended_ones = page.soup.select("table")
    assert [a.get_text() for a in open_ones.select("a.pc-reference")] == [open_one]
    assert [a.get_text() for a in ended_ones.select("a.pc-reference")] == [ended]
    assert "Not discussed yet" in open_ones.text
    visitor.get(f"/challenges/{open_one}/supervision").form().press()
    (row, _) = visitor.get(str(iro["href"])).soup.select("tbody tr")
    assert "Monday 2 November 2026" in row.select("td")[-1].text
    assert Visitor(service, "iro-1").get(str(iro["href"])).status == 404


def test_a_dispute_that_ended_is_on_the_iro_s_list_until_it_was_discussed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    visitor = Visitor(service, "srsm")
    visitor.get(f"/challenges/{reference}/supervision").form().press()
    service.withdraw(reference)
    people = visitor.get("/supervision")
    (iro,) = [a for a in people.soup.select("main a") if "Ira Sample-One" in a.get_text()]
    page = visitor.get(str(iro["href"]))
    table = page.soup.select("table")[-1]
    assert "Ended, and not discussed since" in table.text
    assert reference in table.text
    assert "Withdrawn" in table.text
    service.jump(timedelta(minutes=1))
    visitor.get(f"/challenges/{reference}/supervision").form().press()
    assert reference not in visitor.get(str(iro["href"])).text
    later = service.raise_at(Stage.ONE)
    service.withdraw(later)
    assert later in visitor.get(str(iro["href"])).text
    monkeypatch.setattr(supervision, "_ENDED_WITHIN", timedelta(seconds=30))
    service.jump(timedelta(minutes=1))
    assert later not in visitor.get(str(iro["href"])).text, "it ended long ago"


def test_a_manager_gets_a_list_for_each_worker(service: Service) -> None:
    assert _of(TAM) == {WYN}
    assert _of(TOM) == {WIN}
    assert _of(CAS) == {TAM, TOM}
    assert _of(HEDY) == _of(WYN) == set()
    reference = service.raise_at(Stage.ONE)
    visitor = Visitor(service, "tm-n")
    people = visitor.get("/supervision")
    hrefs = {a.get_text(): str(a["href"]) for a in people.soup.select("main a")}
    found = {
        name: [a.get_text() for a in visitor.get(at).soup.select("a.pc-reference")]
        for name, at in hrefs.items()
    }
    assert [reference] in found.values()
    assert sum(reference in references for references in found.values()) == 1


def test_that_a_challenge_was_discussed_in_supervision_is_an_event() -> None:
    case = raised(Stage.ONE).does(SARA, DiscussInSupervision(IRA))
    (event,) = case.events(DiscussedInSupervision)
    said = "Sara Sample-Three discussed it in supervision with Ira Sample-One"
    assert headline(event, case.challenge, case.council) == said
    assert last_discussed(case.challenge, IRA) == case.now
    assert last_discussed(case.challenge, WYN) is None
    assert case.hears(DiscussedInSupervision) == {}


def test_whoever_supervises_somebody_records_that_they_discussed_it() -> None:
    case = raised(Stage.ONE)
    assert supervised_in(case.challenge, SARA, case.council, TODAY) == (IRA,)
    assert supervised_in(case.challenge, TAM, case.council, TODAY) == (WYN,)
    assert supervised_in(case.challenge, CAS, case.council, TODAY) == (TAM,)
    case.does(TAM, DiscussInSupervision(WYN)).does(CAS, DiscussInSupervision(TAM))
    for other in (IRA, TAM, TOM):
        with pytest.raises(BadSubmissionError):
            case.does(CAS if other != TAM else TAM, DiscussInSupervision(other))
    with pytest.raises(NotAllowedError):
        case.does(IRA, DiscussInSupervision(WYN))


def test_a_supervision_list_prints_without_links_to_other_pages(service: Service) -> None:
    service.raise_at(Stage.ONE)
    visitor = Visitor(service, "srsm")
    people = visitor.get("/supervision")
    (iro,) = [a for a in people.soup.select("main a") if "Ira Sample-One" in a.get_text()]
    page = visitor.get(str(iro["href"]))
    hidden = "govuk-!-display-none-print"
    assert page.soup.select("nav[aria-label=Back]"), "the style sheet prints no nav"
    (record,) = page.soup.select("main a[href$='/supervision']")
    assert hidden in record["class"]


def test_a_supervision_list_shows_what_the_person_has_to_do_and_by_when(service: Service) -> None:
    late, soon = service.raise_at(Stage.TWO), service.raise_at(Stage.ONE)
    service.reply(late, "csm")
    visitor = Visitor(service, "csm")
    people = visitor.get("/supervision")
    (tess,) = [a for a in people.soup.select("main a") if "Tessa Sample-North" in a.get_text()]
    page = visitor.get(str(tess["href"]))
    first, second = page.soup.select("table tbody tr")
    assert soon in first.get_text(), "what they have to do comes first"
    assert "Reply by Monday 9 November 2026: 5 working days left" in " ".join(
        first.get_text().split()
    )
    assert late in second.get_text()
    waits = "Nothing now. It waits for others until Monday 9 November 2026"
    assert waits in second.get_text()
    pack = Paper(visitor.get(page.link("Supervision pack (PDF)")).pdf)
    assert pack.text.index(soon) < pack.text.index(late), "in the order of the page"
