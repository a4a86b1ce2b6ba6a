"""Rule 25: every challenge about the same child, whoever raised it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from adapters.wiring import council_store
from domain.directory import Cover
from domain.errors import BadSubmissionError
from domain.form import Child
from domain.ladder import Stage
from domain.people import capacities
from domain.permissions import acts, may_see
from domain.rules.history import HistoryOpened, OpenHistory, Past, came_back, sees_history
from domain.timeline import headline
from domain.vocabulary import Capacity
from tests.builders import (
    AUDLEY,
    CAS,
    DANA,
    IRA,
    IVO,
    SARA,
    SENNA,
    Case,
    council,
    day,
    directory,
    raised,
)
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service


def covered() -> Case:
    """Ira's challenge, while Ivo covers for her."""
    cover = Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30"))
    return raised(of=council(people=directory(cover)))


def sees(case: Case, officer: str) -> bool:
    who = capacities(case.challenge, officer, case.council, case.today)
    return sees_history(who, case.challenge, officer)


def test_an_iro_sees_every_challenge_of_a_child_whose_iro_they_are(service: Service) -> None:
    theirs = service.raise_at(Stage.ONE, iro="iro-2")
    colleague = Visitor(service, "iro-1")
    assert colleague.get(f"/challenges/{theirs}").status == 404
    another = Child("CASE-OTHER-1", "O.O.", "Other Other", date(2012, 1, 2), "North Team")
    service.raise_at(Stage.ONE, child=another)
    assert colleague.get(f"/challenges/{theirs}").status == 404, "theirs is another child"
    own = service.raise_at(Stage.TWO)
    page = colleague.get(f"/challenges/{own}/history")
    rows = [row.get_text(" ", strip=True).split()[0] for row in page.soup.select("tbody tr")]
    assert sorted(rows) == sorted([own, theirs])
    assert "Came back: " in page.text
    read = colleague.get(f"/challenges/{theirs}")
    assert read.status == 200
    assert "Marigoldwrongtext" in read.text
    assert not read.soup.select('a[href$="/note"], a[href$="/escalate"]')
    assert colleague.get(f"/challenges/{theirs}/history").status == 200
    manager = Visitor(service, "csm")
    assert manager.get(f"/challenges/{own}").status == 200, "she is asked at stage 2"
    assert manager.get(f"/challenges/{own}/history").status == 403


def test_the_child_s_history_is_there_whoever_raised_the_challenges() -> None:
    by_a_cover = raised(by=IVO)
    assert sees(by_a_cover, IRA)
    assert not sees(by_a_cover, CAS)
    assert not sees(by_a_cover, IVO), "who only typed it"


@pytest.mark.parametrize("officer", [SARA, SENNA])
def test_the_srsm_and_the_senior_iro_manager_see_the_child_s_history(officer: str) -> None:
    assert sees(raised(), officer)


@pytest.mark.parametrize("officer", [AUDLEY, DANA])
def test_auditor_and_data_protection_officer_see_the_child_s_history(officer: str) -> None:
    assert sees(raised(), officer)


def test_the_iro_of_another_challenge_of_the_child_reads_and_does_nothing() -> None:
    case = raised()
    who = frozenset({Capacity.IRO_OF_CHILD})
    assert may_see(who, case.challenge, case.council)
    assert acts(who, case.challenge, case.council) == ()


def test_who_covers_for_the_iro_opens_the_child_s_history_with_a_reason() -> None:
    case = covered()
    assert not sees(case, IVO)
    assert sees(case, IRA)
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IVO, OpenHistory(" "))
    assert refused.value.fields == {"reason": "Enter why you need to see them."}
    assert OpenHistory not in case.acts(IRA)
    assert sees(case.does(IVO, OpenHistory("I chair the next review.")), IVO)


def test_that_a_cover_opened_the_child_s_history_is_recorded() -> None:
    case = covered().does(IVO, OpenHistory("I chair the next review."))
    (event,) = case.events(HistoryOpened)
    said = "Ivo Sample-Two, who covers for the IRO, opened the child’s other challenges"
    assert headline(event, case.challenge, case.council) == said
    assert [one.text for one in case.the(HistoryOpened).written()] == ["I chair the next review."]


def test_a_cover_sees_the_others_once_they_are_open_and_while_they_cover(service: Service) -> None:
    """And who has opened nothing is led to the page that asks why."""
    cover = Cover("iro-post-1", "iro-2", date(2026, 11, 2), date(2026, 11, 6))
    mine = service.raise_at(Stage.ONE)
    other = service.raise_at(Stage.TWO, iro="srsm")
    store = council_store()
    people = store.current().directory
    store.load_directory(replace(people, cover=(cover,)))
    visitor = Visitor(service, "iro-2")
    assert visitor.get(f"/challenges/{other}").status == 404
    asks = visitor.get(f"/challenges/{mine}/history")
    assert asks.heading == "Open the child’s other challenges"
    asks.form().fill({"reason": "I chair the next review."}).press("Open them")
    assert visitor.get(f"/challenges/{mine}/history").heading == "Challenges about this child"
    assert visitor.get(f"/challenges/{other}").status == 200
    store.load_directory(replace(people, cover=()))
    assert visitor.get(f"/challenges/{other}").status == 404


def past(reference: str, raised: str, ended: str | None, *themes: str) -> Past:
    return Past(reference, themes, day(raised), day(ended) if ended else None)


def test_a_theme_that_comes_back_within_a_year_is_flagged() -> None:
    first = past("A", "2025-01-06", "2025-02-03", "health", "placement")
    assert came_back([first]) == {}
    again = past("B", "2026-02-03", None, "placement", "resources")
    assert came_back([again, first]) == {"B": ("placement",)}
    a_day_later = past("B", "2026-02-04", None, "placement")
    assert came_back([first, a_day_later]) == {}
    beside = past("C", "2025-01-07", None, "health")
    assert came_back([first, beside]) == {"C": ("health",)}, "the first is still open"
    assert came_back([past("D", "2020-01-06", None, "health"), first]) == {"A": ("health",)}
