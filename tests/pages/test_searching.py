"""The search: what it finds, for whom, and that nothing that was typed is in an address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.council import Council
from domain.errors import UnknownProcedureError
from domain.form import Child
from domain.ladder import Stage
from tests.pages.visitor import Visitor
from tests.performance.meter import metered
from tests.workflow.service import CHILD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

#: A child of the South Team, whose social worker is another.
OTHER = Child("CASE-55555", "A.B.", "Quillon Another", CHILD.date_of_birth, "South Team")


def _search(visitor: Visitor, typed: str, *, follow: bool = True) -> Page:
    return visitor.get("/find").form("/find").fill({"reference": typed}).press(follow=follow)


def found(page: Page) -> set[str]:
    """Return the references that a search has found."""
    return {link.get_text() for link in page.soup.select("table a.pc-reference")}


# What is found -----------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [str, str.lower, lambda r: f" {r[4:].replace('-', ' ')} "])
def test_a_challenge_is_found_however_its_reference_is_written(
    service: Service, write: Callable[[str], str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = _search(Visitor(service, "iro-1"), write(reference))
    assert page.address == f"/challenges/{reference}"
    assert page.status == 200


def test_a_challenge_is_found_by_a_part_of_its_reference_by_case_id_initials_and_people(
    service: Service,
) -> None:
    mine = service.raise_at(Stage.ONE)
    other = service.raise_at(Stage.TWO, child=OTHER, social_worker="sw-south-1")
    srsm = Visitor(service, "srsm")
    for typed, references in {
        mine[4:8]: {mine},
        f"PCE-{mine[4:8].lower()}": {mine},
        mine[-3:]: {mine},
        "CASE-98431": {mine},
        "98431": {mine},
        "case": {mine, other},
        "Q.Z.": {mine},
        "qz": {mine},
        "A B": {other},
        "Ira Sample": {mine, other},
        "sample-one": {mine, other},
        "Iris": set(),
        "Ir": set(),
        "Tess": {mine},
        "Tessa": {mine},
        "no such person": set(),
        "Quillon Zephyrine": set(),
        "Marigoldwrongtext": set(),
    }.items():
        page = _search(srsm, typed)
        assert page.status == 200
        assert found(page) == references, typed
        assert page.form("/find")["reference"] == typed, "it stands there to be changed"


def test_what_is_called_so_comes_before_the_work_of_people_called_so(service: Service) -> None:
    """“Sa” is a child's initials, and no whole name; “Ira” is a name, and may be initials."""
    theirs = service.raise_at(Stage.ONE)
    child = replace(OTHER, initials="I.R.A.")
    its = service.raise_at(Stage.TWO, child=child, social_worker="sw-south-1")
    page = _search(Visitor(service, "srsm"), "ira")
    links = [link.get_text() for link in page.soup.select("table a.pc-reference")]
    assert links == [its, theirs]
    assert "Those with this reference, Case ID or initials come first" in page.text


def test_ended_challenges_are_found_too_and_come_last(service: Service) -> None:
    ended, open_ = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    service.withdraw(ended)
    for officer in ("srsm", "iro-1", "sw-n1"):
        page = _search(Visitor(service, officer), "98431")
        assert "1 open, the next step first" in page.text
        assert "1 ended, the last first" in page.text
        (row,) = [one.get_text(" ") for one in page.soup.select("tr") if ended in one.text]
        assert "Withdrawn" in row, officer
        assert "Monday 2 November 2026" in row, officer
        links = [link.get_text() for link in page.soup.select("table a.pc-reference")]
        assert links == [open_, ended], officer


def test_a_search_finds_only_what_its_reader_could_open(service: Service) -> None:
    service.raise_at(Stage.ONE)
    for officer in ("iro-2", "tm-s", "sw-s1", "hos", "ad", "admin", "legal"):
        for typed in ("98431", "Q.Z.", "Ira", "Tessa", "PCE"):
            page = _search(Visitor(service, officer), typed)
            assert found(page) == set(), (officer, typed)
            assert "No challenge fits" in page.text
    analyst = Visitor(service, "analyst")
    answer = analyst.post("/find", {"reference": "98431"})
    for page in (analyst.get("/find"), answer):
        assert "You see figures, and open no challenge" in page.text
        assert not page.soup.select("main form, table")


def test_whoever_is_the_child_s_iro_finds_all_of_the_child_s_by_case_id(service: Service) -> None:
    """Rule 25."""
    first = service.raise_at(Stage.ONE)
    second = service.raise_at(Stage.ONE, iro="iro-2")
    assert found(_search(Visitor(service, "iro-2"), "CASE-98431")) == {first, second}


def test_what_is_found_can_be_opened(service: Service) -> None:
    service.raise_at(Stage.ONE)
    service.withdraw(service.raise_at(Stage.TWO))
    for officer in ("srsm", "iro-1", "tm-n", "csm", "sw-n1", "auditor"):
        visitor = Visitor(service, officer)
        references = found(_search(visitor, "98431"))
        assert references
        for reference in references:
            assert visitor.get(f"/challenges/{reference}").status == 200, (officer, reference)


def test_what_ended_is_not_found_by_a_post_that_has_moved_since(service: Service) -> None:
    """No new directory reaches the row of what has ended."""
    reference = service.raise_at(Stage.TWO)
    service.withdraw(reference)
    manager = Visitor(service, "tm-n")
    assert found(_search(manager, "98431")) == {reference}
    store = wiring.council_store()
    people = store.current().directory
    north = replace(people.posts["tm-north"], teams=("South Team",))
    south = replace(people.posts["tm-south"], teams=("North Team",))
    posts = {**people.posts, "tm-north": north, "tm-south": south}
    store.load_directory(replace(people, posts=posts))
    assert manager.get(f"/challenges/{reference}").status == 404
    assert found(_search(manager, "98431")) == set()
    assert found(_search(Visitor(service, "srsm"), "98431")) == {reference}
    assert found(_search(Visitor(service, "iro-1"), "98431")) == {reference}


def test_a_search_looks_at_no_challenge(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    _search(Visitor(service, "srsm"), "98431")
    assert wiring.casebook().record.beside.looks(reference) == []


def test_a_search_costs_the_same_for_what_is_found_and_for_what_is_not(service: Service) -> None:
    for _ in range(3):
        service.raise_at(Stage.ONE)
    service.emulator.invoke("sweep", {})
    srsm = Visitor(service, "srsm")

    def queries(typed: str) -> int:
        page = _search(srsm, typed, follow=False)
        srsm.get(page.headers["location"])
        with metered() as meter:
            srsm.get(page.headers["location"])
        return meter.calls["Query"]

    assert queries("98431") == queries("nothing of it") == 3


# What was typed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["PCE-2222-2222", "Ben Marks", "Quillon Zephyrine", "<b>x</b>"])
def test_what_was_typed_goes_into_no_address(service: Service, typed: str) -> None:
    """“Ben Marks” has only letters that a reference can have."""
    srsm = Visitor(service, "srsm")
    answer = _search(srsm, typed, follow=False)
    assert answer.status == 303
    address = answer.headers["location"]
    assert address.startswith("/find?form=")
    again = _search(srsm, typed, follow=False).headers["location"]
    assert again != address, "it is no hash of what was typed, which could be guessed"
    page = srsm.get(address)
    assert "No challenge fits" in page.text
    assert page.form("/find")["reference"] == typed
    assert Visitor(service, "senior").get(address).form("/find")["reference"] == "", "theirs alone"


@pytest.mark.parametrize("typed", ["", "  ", "!?"])
def test_a_search_for_nothing_asks_what_to_enter(service: Service, typed: str) -> None:
    page = _search(Visitor(service, "iro-1"), typed)
    assert page.errors == {
        "#reference": "Enter a reference, a Case ID, initials or a person’s name."
    }


def test_nobody_learns_by_a_search_that_there_is_a_challenge(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    there = _search(Visitor(service, "sw-s1"), reference)
    not_there = _search(Visitor(service, "sw-s1"), "PCE-2222-2222")
    assert there.status == not_there.status == 200
    assert there.text.replace(reference, "") == not_there.text.replace("PCE-2222-2222", "")


def test_nor_by_one_for_a_challenge_whose_procedure_is_missing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)

    def missing(_council: Council, version: str) -> Council:
        raise UnknownProcedureError(version, ())

    monkeypatch.setattr(Council, "under", missing)
    assert "No challenge fits" in _search(Visitor(service, "sw-s1"), reference).text


def test_an_address_that_holds_a_search_leads_away_from_it(service: Service) -> None:
    for visitor in (Visitor(service, "iro-1"), Visitor(service)):
        for address in ("/find?reference=Alex+Sample", "/find?form=Alex"):
            page = visitor.get(address, follow=False)
            assert (page.status, page.headers["location"]) == (303, "/find")


def test_a_search_is_taken_from_our_own_pages_alone(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, "iro-1").post(
        "/find",
        {"reference": reference},
        headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        follow=False,
    )
    assert page.status == 403
    assert reference not in page.text


def test_a_search_whose_session_is_over_is_kept_nowhere_but_in_its_page(service: Service) -> None:
    visitor = Visitor(service)
    visitor.sign_in("iro-1", seconds=-1)
    page = visitor.post("/find", {"reference": "Alex Sample"}, follow=False)
    assert page.status == 401
    assert page.form("/find")["reference"] == "Alex Sample"
    assert wiring.drafts().of("iro-1") == []


def test_a_name_with_an_accent_is_found_without_it(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    store = wiring.council_store()
    people = store.current().directory
    zoe = replace(people.officers["iro-1"], name="Zoë O’Sample")
    store.load_directory(replace(people, officers={**people.officers, "iro-1": zoe}))
    for typed in ("zoe", "ZOË", "O'Sample", "zoe o’sample"):
        assert found(_search(Visitor(service, "srsm"), typed)) == {reference}, typed
