"""Rule 21: open forms are monitored, and everybody knows of the Lancashire ruling.

Guidance: G13, G14, G32.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import clock
from adapters.wiring import casebook
from domain.form import Concern
from domain.ladder import Stage
from handlers.pages.open_forms import groups
from tests.builders import day
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service


def counted(page: Page) -> dict[str, dict[str, int]]:
    """Return the counts that a page shows: the table's title → kind → how many."""
    found = {}
    for table in page.soup.select("table.pc-narrow"):
        assert table.caption
        rows = [[cell.get_text(strip=True) for cell in row.select("td")] for row in table("tr")]
        found[table.caption.get_text(strip=True)] = {row[0]: int(row[1]) for row in rows if row}
    return found


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
    page = srsm.get("/open-forms")
    counts = counted(page)
    assert counts["Stage"] == {"QAP": 1, "Stage 2": 1}
    assert counts["Age"] == {"0 to 5 working days": 2}
    assert counts["Late"] == {"None": 0}
    assert counts["Theme"]["Health"] == 1
    assert counts["Team"] == {"North Team": 2}
    only = srsm.get(address(page, "QAP"))
    assert [link.get_text() for link in only.soup.select("a.pc-reference")] == [informal]
    assert counted(only)["Stage"]["QAP"] == 1
    service.jump(timedelta(days=31))
    later = counted(srsm.get("/open-forms"))
    assert later["Late"]["Beyond the 20-working-day limit"] == 1
    assert later["Age"] == {"Over 20 working days": 2}


@pytest.mark.parametrize("officer", ["srsm", "senior", "auditor", "dpo"])
def test_those_who_see_every_challenge_see_every_open_form(service: Service, officer: str) -> None:
    reference = service.raise_at(Stage.ONE)
    reader = Visitor(service, officer)
    page = reader.get(address(reader.get("/"), "Open forms"))
    assert [link.get_text() for link in page.soup.select("a.pc-reference")] == [reference]


def test_a_head_of_service_sees_the_counts_of_their_services_and_no_child(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, "hos").get("/open-forms")
    assert counted(page)["Stage"] == {"Stage 1": 1}
    for word in (reference, "CASE-98431", "Q.Z."):
        assert word not in page.text
    assert Visitor(service, "tm-n").get("/open-forms").status == 403
    assert Visitor(service, "iro-1").get("/open-forms").status == 403


def test_the_help_page_tells_of_the_lancashire_ruling_and_the_stages(service: Service) -> None:
    manager = Visitor(service, "tm-n")
    help_ = manager.get(address(manager.get("/"), "Help"))
    assert "[2012] EWHC 1689" in help_.text
    assert "Children's Service Manager" in help_.text.replace("’", "'")


def test_the_address_of_a_list_of_open_forms_has_numbers_and_no_words(service: Service) -> None:
    service.raise_at(Stage.ONE)
    page = Visitor(service, "srsm").get("/open-forms")
    found = [str(link["href"]) for link in page.soup.select("table.pc-narrow a")]
    assert found
    assert all(one.partition("=")[2].isdigit() for one in found)
    ways = groups(casebook().record.lists.every_open(), clock.now(), casebook().council())
    assert {way.key for way in ways} == {"stage", "age", "date", "theme", "team"}
