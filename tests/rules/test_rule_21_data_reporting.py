"""Rule 21: open forms are monitored, and everybody knows of the Lancashire ruling.

Guidance: G13, G14, G32.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import clock
from adapters.record.lists import Lists
from adapters.wiring import casebook
from domain.form import Concern
from domain.ladder import Stage
from domain.moments import local_day
from domain.rules.deciding import GiveView
from domain.rules.escalating import Escalate
from domain.rules.replies import Answer
from domain.rules.revising import ReviseDeadline
from handlers.pages.filtering import filters, number_of
from handlers.pages.reach import reach_of
from tests.builders import day
from tests.pages.visitor import Visitor
from tests.performance.meter import metered

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

COUNTS = "/challenges?counts=yes"


def counted(page: Page) -> dict[str, dict[str, str]]:
    """Return the counts that a page shows: the table's title → kind → how many."""
    found = {}
    for table in page.soup.select("table.pc-narrow"):
        assert table.caption
        rows = [[cell.get_text(strip=True) for cell in row.select("td")] for row in table("tr")]
        found[table.caption.get_text(strip=True)] = {row[0]: row[1] for row in rows if row}
    return found


def listed(page: Page) -> list[str]:
    """Return the references of the list on a page."""
    return [link.get_text() for link in page.soup.select("a.pc-reference")]


def options(page: Page, key: str) -> list[str]:
    """Return the words of the choices of a filter, without the one that removes it."""
    return [one.get_text() for one in page.soup.select(f"select#{key} option")][1:]


def address(page: Page, text: str) -> str:
    """Return where the link with this text leads."""
    (link,) = (one for one in page.soup.select("a") if one.get_text(strip=True) == text)
    return str(link["href"])


def test_open_forms_are_counted_by_stage_age_dates_theme_and_team(service: Service) -> None:
    informal = service.raise_at(Stage.QAP)
    concern = Concern("health", "Marigoldwhat", "Marigoldwanted", day("2027-01-04"))
    service.raise_at(Stage.TWO, concerns=(concern,))
    service.withdraw(service.raise_at(Stage.ONE))
    srsm = Visitor(service, "srsm")
    page = srsm.get(COUNTS)
    counts = counted(page)
    assert counts["Stage"] == {"QAP": "1", "Stage 2": "1"}
    assert counts["Age"] == {"0 to 5 working days": "2"}
    assert counts["Late"] == {"Not late": "2"}
    assert counts["Theme"]["Health"] == "1"
    assert counts["Team"] == {"North Team": "2"}
    only = srsm.get(address(page, "QAP"))
    assert listed(only) == [informal]
    assert counted(only)["Stage"]["QAP"] == "1"
    service.jump(timedelta(days=31))
    later = counted(srsm.get(COUNTS))
    assert later["20-working-day limit"]["Past it"] == "1"
    assert later["Late"] == {"Late": "2"}
    assert later["Age"] == {"Over 20 working days": "2"}


@pytest.mark.parametrize("officer", ["srsm", "senior", "auditor", "dpo"])
def test_those_who_see_every_challenge_see_every_open_form(service: Service, officer: str) -> None:
    reference = service.raise_at(Stage.ONE)
    assert listed(Visitor(service, officer).get("/challenges")) == [reference]


def test_others_see_the_open_forms_that_they_could_open(service: Service) -> None:
    at_qap, formal = service.raise_at(Stage.QAP), service.raise_at(Stage.ONE)
    for officer in ("iro-1", "sw-n1", "tm-n"):
        assert {*listed(Visitor(service, officer).get("/challenges"))} == {at_qap, formal}, officer
    assert listed(Visitor(service, "csm").get("/challenges")) == [at_qap, formal], "told of both"
    for officer in ("iro-2", "sw-s1", "tm-s"):
        page = Visitor(service, officer).get("/challenges")
        assert listed(page) == []
        assert "No challenge is open." in page.text
    for officer in ("admin", "legal"):
        assert Visitor(service, officer).get("/challenges").status == 403


def test_a_head_of_service_sees_the_counts_of_their_services_and_opens_what_they_take_part_in(
    service: Service,
) -> None:
    closed, reached = service.raise_at(Stage.ONE), service.raise_at(Stage.THREE)
    page = Visitor(service, "hos").get("/challenges")
    assert counted(page)["Stage"] == {"Stage 1": "1", "Stage 3": "1"}
    assert listed(page) == [reached]
    assert closed not in page.text
    assert page.soup.select(".pc-counts li")[0].get_text(" ", strip=True) == "1 open"
    assert "In your services 2 challenges are open. You can open 1 of them" in page.text
    assert options(page, "stage") == ["Stage 3 (1)"], "what is counted beside the list is in it"
    assert page.visitor.get(f"/challenges/{reached}").status == 200


def test_an_assistant_director_sees_the_counts_of_their_services_too(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, "ad").get("/challenges")
    assert counted(page)["Stage"] == {"Stage 1": "1"}
    for word in (reference, "CASE-98431", "Q.Z."):
        assert word not in page.text


def test_each_filter_says_how_many_open_forms_it_would_leave(service: Service) -> None:
    service.raise_at(Stage.QAP)
    two = service.raise_at(Stage.TWO)
    service.jump(timedelta(minutes=10))
    service.raise_at(Stage.TWO)
    srsm = Visitor(service, "srsm")
    page = srsm.get(COUNTS)
    assert options(page, "stage") == ["QAP (1)", "Stage 2 (2)"]
    assert options(page, "team") == ["North Team (3)"]
    chosen = page.form("/challenges").fill({"stage": "2", "sort": "oldest"}).press("Show")
    assert chosen.address == "/challenges?stage=2&sort=oldest"
    assert listed(chosen)[0] == two
    assert "Stage 2. Show all" in chosen.text
    assert options(chosen, "stage") == ["QAP (1)", "Stage 2 (2)"], "what the others would leave"
    assert options(chosen, "age") == ["0 to 5 working days (2)"]
    assert listed(srsm.get("/challenges?stage=3")) == []
    assert "No open challenge fits these filters." in srsm.get("/challenges?stage=3").text


def test_the_senior_iro_manager_finds_late_iros_differing_views_and_dates_moved_twice(
    service: Service,
) -> None:
    late = service.raise_at(Stage.ONE)
    differ, twice = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    for reference in (late, differ):
        service.reply(reference, "tm-n", Answer.CHALLENGED)
    service.act(differ, "srsm", GiveView(resolved=True, words="It was done."))
    service.act(differ, "iro-1", Escalate(Stage.TWO, "It was not."))
    service.act(twice, "srsm", ReviseDeadline(day("2026-11-11"), "They are away."))
    service.act(twice, "senior", ReviseDeadline(day("2026-11-12"), "They are still away."))
    senior = Visitor(service, "senior")
    assert listed(senior.get("/challenges?look=differ")) == [differ]
    assert listed(senior.get("/challenges?look=twice")) == [twice]
    assert listed(senior.get("/challenges?look=late")) == []
    front = {heading.get_text(strip=True) for heading in senior.get("/").soup.select("h2")}
    assert {"IRO and service manager differ", "A date was moved twice"} <= front
    service.jump(timedelta(days=14))
    assert late in listed(senior.get("/challenges?look=late"))
    row = _row_of(late, senior.get("/your-work/late"))
    assert row == _row_of(late, senior.get("/")), "with what is late, also in the whole list"
    assert "Decide whether to refer to Cafcass, and 2 more" in row
    assert "Ira Sample-One, IRO Wednesday 4 November 2026: 8 working days late" in row
    # Its reply is not due yet, so only the IRO is late. Late means one thing to all who may know.
    service.act(differ, "srsm", ReviseDeadline(day("2026-11-20"), "They are away."))
    for officer in ("srsm", "iro-1"):
        page = Visitor(service, officer).get("/challenges?late=yes")
        assert counted(page)["Late"] == {"Late": "3"}, officer
        assert "working days left The IRO is late with something" in _row_of(differ, page)
    assert Visitor(service, "srsm").get("/").link("3 late") == "/challenges?late=yes"
    page = Visitor(service, "csm").get(COUNTS)
    assert counted(page)["Late"]["Not late"] == "2", "who is asked to reply does not learn of it"
    assert "The IRO is late with" not in page.text
    for officer in ("srsm", "tm-n"):
        assert "The IRO is late" not in {
            tag.get_text(strip=True)
            for tag in Visitor(service, officer).get("/challenges").soup.select(".govuk-tag")
        }, "it is no tag: others read these lists too"
    assert not Visitor(service, "tm-n").get("/challenges").soup.select("#look")


def _row_of(reference: str, page: Page) -> str:
    """Return the first line of a page's tables that names the challenge."""
    rows = (one.get_text(" ", strip=True) for one in page.soup.select("tbody tr"))
    return " ".join(next(row for row in rows if reference in row).split())


def test_the_performance_analyst_sees_counts_and_no_challenge(service: Service) -> None:
    references = [service.raise_at(Stage.ONE) for _ in range(6)]
    analyst = Visitor(service, "analyst")
    page = analyst.get("/challenges")
    assert "6 challenges are open." in page.text
    assert counted(page)["Team"] == {"North Team": "6", "South Team": "0"}
    assert not page.soup.select("main select, main a"), "no filter, and no way to a challenge"
    for word in (*references, "CASE-98431", "Q.Z.", "Ira"):
        assert word not in page.text
    assert analyst.get("/challenges?stage=1").text == page.text, "nor by an address"
    assert analyst.get(f"/challenges/{references[0]}").status == 404


def test_small_counts_are_hidden_from_the_analyst_with_what_would_give_them_away(
    service: Service,
) -> None:
    for _ in range(6):
        service.raise_at(Stage.ONE)
    analyst = Visitor(service, "analyst")
    service.raise_at(Stage.QAP)
    counts = counted(analyst.get("/challenges"))
    assert {*counts["Stage"].values()} == {"Hidden"}, "7 in all, and 6 would tell of 1"
    assert counts["Team"] == {"North Team": "7", "South Team": "0"}
    for reference in service.open_challenges()[:3]:
        service.withdraw(reference)
    page = analyst.get("/challenges")
    assert "Fewer than five challenges are open" in page.text
    tables = [table for title, table in counted(page).items() if "12 months" not in title]
    assert {many for table in tables for many in table.values()} == {"Hidden"}
    assert "Tables headed" not in page.text, "3 that ended could be told by the totals"
    for reference in service.open_challenges()[:2]:
        service.withdraw(reference)
    page = analyst.get("/challenges")
    assert "Tables headed" not in page.text, "nor 2 that are open"
    for _ in range(2):
        service.raise_at(Stage.ONE)
    page = analyst.get("/challenges")
    assert "Tables headed “12 months” count 9 challenges" in page.text
    counts = counted(page)
    assert counts["Team"] == {"North Team": "9", "South Team": "0"}
    assert {*counts["Stage"].values()} == {"Hidden"}, "8 would tell of 1"
    assert {*counts["Age"].values()} == {"Hidden"}, "fewer than five are open"


def test_the_help_page_tells_of_the_lancashire_ruling_and_the_stages(service: Service) -> None:
    manager = Visitor(service, "tm-n")
    help_ = manager.get(address(manager.get("/"), "Help"))
    assert "[2012] EWHC 1689" in help_.text
    assert "Children's Service Manager" in help_.text.replace("’", "'")


def test_the_address_of_a_list_of_open_forms_has_numbers_and_known_keys_alone(
    service: Service,
) -> None:
    service.raise_at(Stage.ONE)
    srsm = Visitor(service, "srsm")
    page = srsm.get(COUNTS)
    found = [str(link["href"]) for link in page.soup.select("table.pc-narrow a")]
    assert f"/challenges?team={number_of('North Team')}" in found
    council = casebook().council()
    reach = reach_of("analyst", council, local_day(clock.now()))
    ways = filters(casebook().record.lists.open_rows()[0], clock.now(), council, reach)
    known = {choice.key for way in ways for choice in way.choices if not choice.key.isdigit()}
    assert known == {"QAP", "yes", "no"}
    for one in found:
        value = one.rpartition("=")[2]
        assert value.isdigit() or value in known
    typed = {"team": "Quillon", "stage": "Quillon", "sort": "Quillon", "age": "-1", "iro": "9" * 99}
    assert srsm.post("/challenges", typed, follow=False).headers["location"] == COUNTS


@pytest.mark.ci  # it writes many rows
def test_a_page_of_the_list_in_its_first_order_is_one_query(service: Service) -> None:
    srsm = Visitor(service, "srsm")

    def queries() -> int:
        srsm.get("/challenges")
        with metered() as meter:
            srsm.get("/challenges")
        return meter.calls["Query"]

    service.raise_at(Stage.ONE)
    service.emulator.invoke("sweep", {})  # it notes that no row is left to fill in
    few = queries()
    references = {service.raise_at(Stage.ONE) for _ in range(29)}
    assert queries() == few == 1
    first = srsm.get("/challenges")
    second = srsm.get(first.link("Next page"))
    assert (len(listed(first)), len(listed(second))) == (25, 5)
    assert references <= {*listed(first), *listed(second)}
    assert srsm.get(second.link("First page")).address == "/challenges"


def test_beyond_what_is_read_the_list_says_that_some_were_left_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        service.raise_at(Stage.ONE)
    every = Lists.open_rows
    monkeypatch.setattr(Lists, "open_rows", lambda self, at_most=2: every(self, at_most))
    page = Visitor(service, "srsm").get(COUNTS)
    assert "More than 2 challenges are open." in page.text
    assert len(listed(page)) == 2
    assert "More than 2 are open." in Visitor(service, "analyst").get("/challenges").text


def test_old_addresses_of_open_forms_lead_on(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, "srsm").get("/open-forms?stage=1&team=0")
    assert page.address == COUNTS
    assert listed(page) == [reference]
