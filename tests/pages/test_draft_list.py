"""The page of a person's drafts, and discarding one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.ladder import Stage
from handlers.intake import Became
from tests.doors.post import form, mail
from tests.pages.attacks import kept
from tests.pages.sections import at_once, section
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


def test_every_draft_is_listed_with_the_child_what_it_is_how_far_and_until_when(
    service: Service, iro: Visitor
) -> None:
    assert "You have no drafts." in iro.get("/drafts").text
    at_once(iro.get("/raise")).fill({**ANSWERS, "views": ""}).press("Continue")
    reference = service.raise_at(Stage.ONE)
    closing = iro.get(f"/challenges/{reference}/close").form().fill({"reason": "Marigold."})
    iro.sign_in("iro-1", seconds=-1)
    closing.press()
    iro.sign_in("iro-1")
    assert service.receive(mail(form(Team="-"))) == Became.DRAFT
    page = iro.get("/drafts")
    rows = {" ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")}
    assert len(rows) == 3
    (raising,) = (row for row in rows if row.startswith("A.B. (Case ID CASE-1)"))
    assert "A challenge to raise 6 of 9 sections started " in raising
    (by_email,) = (row for row in rows if "from your email" in row)
    assert by_email.startswith("Q.Z. (Case ID CASE-98431)")
    (of_act,) = (row for row in rows if reference in row)
    assert of_act.startswith(f"Q.Z. (Case ID CASE-98431) End it without resolution: {reference}")
    assert "Marigold" not in page.body, "nothing that was written"
    titles = {cell.get_text(strip=True) for cell in page.soup.select("tbody tr td:nth-of-type(1)")}
    front = iro.get("/").text
    assert len(titles) == 3
    assert not {title for title in titles if title not in front}, "the front page calls them so too"
    links = [str(a["href"]) for a in page.soup.select("tbody a") if "Go on" in a.get_text()]
    assert {iro.get(link).status for link in links} == {200}


def test_a_draft_is_discarded_after_a_page_that_asks(service: Service, iro: Visitor) -> None:
    check = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    asks = iro.get(str(iro.get("/drafts").soup.select("tbody a")[-1]["href"]))
    assert asks.heading == "Discard this draft?"
    assert "A.B. (Case ID CASE-1)" in asks.text
    assert len(wiring.drafts().of("iro-1")) == 1, "asking discards nothing"
    after = asks.form().press("Discard this draft")
    assert "1 draft was discarded." in after.text
    assert "You have no drafts." in after.text
    assert "1 draft was discarded." not in iro.get("/drafts").text, "it is said once"
    assert ANSWERS["tried"] not in json.dumps([*kept(forms=True).values()], default=str)
    again = iro.get(check.address)
    assert "or discarded" in section(again, "").text
    assert iro.get(asks.address).heading == "Drafts"
    assert service.open_challenges() == []


def test_a_draft_is_discarded_by_its_owner_alone(service: Service, iro: Visitor) -> None:
    at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    (draft,) = wiring.drafts().of("iro-1")
    other = Visitor(service, "iro-2")
    assert "A.B." not in other.get("/drafts").text
    address = f"/drafts/{draft.id}/discard"
    assert other.get(address).heading == "Drafts"
    assert "discarded" not in other.post(address, {}).text
    assert len(wiring.drafts().of("iro-1")) == 1
