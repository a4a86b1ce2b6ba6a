"""The page that lists who looked at a challenge."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.looks import Look, Via, looker, way
from domain.rules.accepting import AcceptActions
from domain.rules.owners import NameOwner
from domain.rules.replies import Answer, Reply
from tests.pages.visitor import Visitor, action_link, look_over, reply_link
from tests.performance.meter import metered
from tests.workflow.service import MONDAY

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

JO = Owner("", "Jo Sample", "Sample School", "jo@school.example")


def rows(page: Page) -> list[tuple[str, ...]]:
    """Return when, who and how of each look, top to bottom."""
    found = page.soup.select("tbody tr")
    return [tuple(cell.get_text(" ", strip=True) for cell in row.select("th, td")) for row in found]


def test_looks_by_link_and_of_owners_outside_are_there_too(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    Visitor(service).get(reply_link(service, "tm-n"))
    action = AgreedAction("Keep the place open", "Jo Sample", date(2026, 11, 12), JO)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (action,)))
    service.act(reference, "iro-1", AcceptActions())
    service.jump(timedelta(minutes=1))
    Visitor(service).get(action_link(service, JO.email))
    service.jump(timedelta(minutes=1))
    record = Visitor(service, "iro-1").get(f"/challenges/{reference}")
    service.jump(timedelta(minutes=1))
    page = Visitor(service, "iro-1").get(record.link("Who looked at this challenge"))
    look_over(page)
    assert page.heading == "Who looked at this challenge"
    ira = "Ira Sample-One Independent Reviewing Officer"
    assert rows(page) == [
        ("Monday 2 November 2026 at 10:03am", ira, "Signed in"),
        ("Monday 2 November 2026 at 10:02am", ira, "Signed in"),
        (
            *("Monday 2 November 2026 at 10:01am", "Jo Sample Sample School"),
            "By an emailed link about an action",
        ),
        (
            *("Monday 2 November 2026 at 10:00am", "Tessa Sample-North Team Manager, North Team"),
            "By an emailed link to reply",
        ),
    ]


def test_an_owner_outside_keeps_their_name_when_another_owns_the_action(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    action = AgreedAction("Keep the place open", "Jo Sample", date(2026, 11, 12), JO)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (action,)))
    service.act(reference, "iro-1", AcceptActions())
    Visitor(service).get(action_link(service, JO.email))
    other = Owner("", "Kit Sample", "Sample College", "kit@college.example")
    service.act(reference, "iro-1", NameOwner(1, other, "Jo has moved."))
    challenge, council = service.challenge(reference), wiring.casebook().council()
    (look,) = wiring.casebook().record.beside.every_look(reference)
    who = looker(look.officer, challenge, council, service.now.date())
    assert (who.name, who.known_as) == ("Jo Sample", "Sample School")
    for unknown in ("outside-7-1", "outside-1-999999", "gone"):
        assert looker(unknown, challenge, council, service.now.date()).name == unknown


def test_each_page_has_fifty_and_reads_no_more_than_that(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    beside = wiring.casebook().record.beside
    for number in range(119):
        moment = service.now - timedelta(days=1, seconds=number // 2)  # two at each moment
        beside.note_look(reference, ("tm-n", "srsm")[number % 2], Via.PAGE, moment)
    iro = Visitor(service, "iro-1")
    iro.get("/")
    with metered() as meter:
        page = iro.get(f"/challenges/{reference}/who-looked")
    calls, found = Counter(meter.calls), rows(page)
    assert len(found) == 50
    assert found[0][1] == "Ira Sample-One Independent Reviewing Officer", "this look too"
    with metered() as meter:
        older = iro.get(page.link("Show older looks"))
    assert meter.calls == calls, "as many calls for each page"
    look_over(older)
    assert "Show the newest" in older.text
    last = iro.get(older.link("Show older looks"))
    assert len(rows(older)) == 50
    assert "Show older looks" not in last.text
    signed = [row for row in (*found, *rows(older), *rows(last)) if "Ira" not in row[1]]
    assert len(signed) == 119
    assert Counter(who for _, who, _ in signed).most_common()[0][1] == 60, "none twice, none lost"


@pytest.mark.parametrize("place", ["yesterday", "2026-11-02T10:00:00.000000Z", "a#b#c"])
def test_a_damaged_address_leads_to_the_newest(service: Service, place: str) -> None:
    reference = service.raise_at(Stage.ONE)
    address = f"/challenges/{reference}/who-looked"
    page = Visitor(service, "srsm").get(f"{address}?from={place}".replace("#", "%23"), follow=False)
    assert (page.status, page.headers["location"]) == (303, address)


def test_a_way_that_is_not_known_is_refused_when_written_and_shown_when_read(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    beside = wiring.casebook().record.beside
    with pytest.raises(ValueError, match="no way of ours"):
        beside.note_look(reference, "tm-n", "no way of ours", service.now)
    for via in Via:
        service.jump(timedelta(seconds=1))
        beside.note_look(reference, "tm-n", via, service.now)
    looks, older = beside.newest_looks(reference, 20)
    assert [look.via for look in reversed(looks)] == list(Via)
    assert not older
    assert len({look.in_words for look in looks}) == len(Via)


def test_who_looked_says_which_document_was_opened(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    reader = Visitor(service, "iro-1")
    for name in ("report", "stage-1", "print", "stage-Marigold"):
        reader.get(f"/documents/{reference}/{name}.pdf")
        service.jump(timedelta(minutes=1))
    page = reader.get(f"/challenges/{reference}/who-looked")
    assert [row.select("td")[1].get_text() for row in page.soup.select("tbody tr")][1:] == [
        "As a document",
        "Opened the print of the challenge (PDF)",
        "Opened the report of stage 1 (PDF)",
        "Opened the report of the whole challenge (PDF)",
    ]


@pytest.mark.parametrize(
    "document", ["letter", "stage", "stage Quillon", "report 1", "meeting 1234"]
)
def test_no_other_words_are_kept_as_a_document(document: str) -> None:
    with pytest.raises(ValueError, match="no document of this name"):
        way(Via.DOCUMENT, document)


def test_the_minutes_of_a_meeting_have_a_number() -> None:
    assert Look(MONDAY, "iro-1", way(Via.DOCUMENT, "meeting 2")).in_words == (
        "opened the minutes of meeting 2 (PDF)"
    )
