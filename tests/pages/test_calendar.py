"""A person's calendar: a secret address with their deadlines and meetings, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from icalendar import Calendar

from adapters import wiring
from adapters.calendars import ENTRIES_AT_MOST, Entry, as_feed
from domain.ladder import Stage
from domain.moments import date_in_words
from domain.rules.meetings import ArrangeMeeting, CancelMeeting
from domain.rules.replies import Answer
from infra.local.emulator import TABLE
from tests.pages.visitor import Visitor
from tests.performance.meter import metered
from tests.workflow.service import CHILD, URL

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
AT = datetime(2026, 11, 12, 14, 30, tzinfo=UTC)
MEETING = ArrangeMeeting(AT, 45, "Marigoldroomtext", "srsm", ("hos", "iro-1"))


def _made(page: Page) -> str:
    """Return the address that the page shows; empty if it shows none."""
    found = page.soup.select_one("#address")
    return found.get_text() if found else ""


def _subscribed(service: Service, officer: str) -> str:
    return _made(Visitor(service, officer).get("/calendar").form().press("Make an address"))


def _stopped(service: Service) -> Page:
    manager = Visitor(service, "tm-n")
    check = manager.get(manager.get("/calendar").link("Stop the address"))
    assert check.heading == "Stop the address of your calendar?"
    return check.form().press("Stop the address")


def _renewed(service: Service) -> Page:
    manager = Visitor(service, "tm-n")
    check = manager.get(manager.get("/calendar").link("Make a new address"))
    assert check.heading == "Make a new address for your calendar?"
    return check.form().press("Make a new address")


def _events(text: str) -> list[Any]:
    """Return the entries of a feed that keeps the rules of RFC 5545."""
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines), "each line ends with CRLF"
    assert max(len(line.encode()) for line in lines) <= 75, "long lines are folded"
    calendar = Calendar.from_ical(text)
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["VERSION"] == "2.0"
    assert calendar["X-WR-TIMEZONE"] == "Europe/London"
    found = list(calendar.walk("VEVENT"))
    assert len({event["UID"] for event in found}) == len(found)
    assert all(event["DTSTAMP"] for event in found)
    return found


def test_an_address_is_made_shown_once_and_opens_the_feed(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    manager = Visitor(service, "tm-n")
    page = manager.get("/calendar")
    assert "You have no address." in page.text
    page = page.form().press("Make an address")
    address = _made(page)
    assert re.fullmatch(rf"{URL}/calendar/[\w-]{{43}}\.[\w-]+\.ics", address)
    assert page.address == "/calendar", "the secret is in no address of a page"
    assert _made(manager.get("/calendar")) == "", "it is shown once"
    feed = Visitor(service).get(address)
    assert feed.status == 200
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = _events(feed.body)
    assert event["SUMMARY"] == f"Reply due: {reference}, Stage 1"
    assert event["DTSTART"].dt == date(2026, 11, 9), "all day"
    assert event["DTEND"].dt == date(2026, 11, 10)
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["URL"] == f"{URL}/challenges/{reference}"


def test_the_page_says_when_a_calendar_last_read_it(service: Service) -> None:
    address = _subscribed(service, "tm-n")
    manager = Visitor(service, "tm-n")
    assert "Never" in manager.get("/calendar").text
    Visitor(service).get(address)
    assert "Monday 2 November 2026" in manager.get("/calendar").text.partition("Last read")[2]


@pytest.mark.parametrize("how", ["stopped", "replaced", "left", "forged", "another's", "cut"])
def test_what_is_no_current_address_is_not_there(service: Service, how: str) -> None:
    address = _subscribed(service, "tm-n")
    if how == "stopped":
        page = _stopped(service)
        assert "The address was stopped. No calendar can read it any more." in page.text
        assert "You have no address." in page.text
        assert "was stopped" not in page.visitor.get("/calendar?step=stop").text, "once"
    elif how == "replaced":
        _renewed(service)
    elif how == "left":
        store = wiring.council_store()
        people = wiring.casebook().council().directory
        officers = {id_: one for id_, one in people.officers.items() if id_ != "tm-n"}
        posts = {
            id_: replace(one, holder=None) if one.holder == "tm-n" else one
            for id_, one in people.posts.items()
        }
        store.load_directory(replace(people, officers=officers, posts=posts))
    elif how == "forged":
        address = address.replace("/calendar/", "/calendar/x")
    elif how == "another's":
        other = _subscribed(service, "csm")
        address = f"{address.rpartition('/')[0]}/{address.rpartition('/')[2].partition('.')[0]}"
        address += f".{other.partition('.ics')[0].rpartition('.')[2]}.ics"
    else:
        address = address.removesuffix(".ics")
    page = Visitor(service).get(address, follow=False)
    assert page.status == 404
    assert "location" not in page.headers


def test_a_new_address_stops_the_one_before_and_opens_the_same_feed(service: Service) -> None:
    before = _subscribed(service, "tm-n")
    page = _renewed(service)
    assert Visitor(service).get(before).status == 404
    assert Visitor(service).get(_made(page)).status == 200


def test_somebody_else_at_the_same_browser_does_not_see_the_address(service: Service) -> None:
    browser = Visitor(service, "tm-n")
    browser.get("/calendar").form().press("Make an address", follow=False)
    browser.sign_in("csm")
    assert _made(browser.get("/calendar")) == ""


def test_only_the_hash_of_the_secret_is_kept(service: Service) -> None:
    token = _subscribed(service, "tm-n").rpartition("/")[2].partition(".")[0]
    Visitor(service).get(f"/calendar/{token}.dG0tbg.ics")
    items = boto3.resource("dynamodb").Table(TABLE).scan()["Items"]
    assert "CALENDAR#tm-n" in {str(item["PK"]) for item in items}
    assert token not in str(items)


def test_nothing_of_the_child_and_nothing_that_anybody_wrote_is_in_a_feed(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.THREE)
    service.act(reference, "iro-1", MEETING)
    for officer in ("hos", "iro-1"):
        text = Visitor(service).get(_subscribed(service, officer)).body.replace("\r\n ", "")
        assert reference in text
        for hidden in (CHILD.initials, "CASE-98431", "Quillon", "Marigold"):
            assert hidden not in text


def test_a_meeting_is_at_its_own_time_and_goes_when_it_is_cancelled(service: Service) -> None:
    reference = service.raise_at(Stage.THREE)
    service.act(reference, "iro-1", MEETING)
    address = _subscribed(service, "hos")
    (meeting,) = [
        one for one in _events(Visitor(service).get(address).body) if "Meeting" in one["SUMMARY"]
    ]
    assert meeting["SUMMARY"] == f"Meeting: {reference}, Stage 3"
    assert (meeting["DTSTART"].dt, meeting["DTEND"].dt) == (AT, AT + timedelta(minutes=45))
    assert meeting["UID"] == f"{reference}-meeting-1@{URL.partition('//')[2]}", "the invitation’s"
    service.act(reference, "iro-1", CancelMeeting(1, "Marigoldreasontext"))
    assert "Meeting" not in Visitor(service).get(address).body


def test_an_entry_keeps_its_id_when_its_date_moves_and_what_is_late_stands_under_today_too(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    address = _subscribed(service, "tm-n")
    (before,) = _events(Visitor(service).get(address).body)
    wiring.council_store().proclaim(date(2026, 11, 5), "A day of mourning")
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    (after,) = _events(Visitor(service).get(address).body)
    assert after["UID"] == before["UID"]
    assert after["DTSTART"].dt == before["DTSTART"].dt + timedelta(days=1)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    assert _events(Visitor(service).get(address).body) == []
    service.jump(timedelta(days=14))
    today, *rest = _events(Visitor(service).get(_subscribed(service, "iro-1")).body)
    assert today["DTSTART"].dt == date(2026, 11, 16), "nobody looks back at the days before"
    late = [one for one in rest if one["SUMMARY"].startswith("Late: ")]
    assert today["SUMMARY"] == f"{len(late)} tasks are late"
    assert all(one["DTSTART"].dt < today["DTSTART"].dt for one in late)
    *named, way = today["DESCRIPTION"].split("\n")
    assert named == [
        f"{one['SUMMARY'].removeprefix('Late: ')}, {date_in_words(one['DTSTART'].dt)}"
        for one in late
    ]
    assert way == f"Open it: {URL}/"


@pytest.mark.ci  # it writes many rows
def test_a_feed_is_one_read_a_query_for_each_tray_and_one_for_meetings(service: Service) -> None:
    service.raise_at(Stage.ONE)
    address = _subscribed(service, "tm-n")
    Visitor(service).get(address)
    for many in (1, 20):
        for _ in range(many):
            service.raise_at(Stage.ONE)
        with metered() as meter:
            Visitor(service).get(address)
        trays = wiring.casebook().council().directory.trays("tm-n", NOW.date())
        assert meter.calls["Query"] == len(trays) + 1
        assert meter.calls["PutItem"] == 0, "that it was read is noted once an hour"


def test_a_feed_is_bounded_and_escapes_what_it_says() -> None:
    day = date(2026, 11, 2)
    entries = [
        Entry(f"{n}@x.example", day + timedelta(days=n), 0, f"Reply; due, {'ä' * 90}", f"{URL}/{n}")
        for n in range(ENTRIES_AT_MOST + 5)
    ]
    last = Entry("late@x.example", day + timedelta(days=999), 0, "Late", f"{URL}/", ("Reply due",))
    text = as_feed([*entries, last], NOW, training=True)
    today, *found = _events(text)
    assert today["UID"] == "late@x.example", "what counts the late ones is always there"
    assert len(found) == ENTRIES_AT_MOST - 1
    assert "SUMMARY:Training: Reply\\; due\\, " in text.replace("\r\n ", "")
    assert found[0]["DTSTART"].dt == day, "the earliest are kept"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H" in text
    assert "X-PUBLISHED-TTL:PT4H" in text


def test_a_feed_is_no_form_and_nobody_signed_in_sees_the_page(service: Service) -> None:
    assert Visitor(service).get("/calendar", follow=False).status == 303
    address = _subscribed(service, "tm-n")
    assert Visitor(service).post(address, {"press": "stop"}).status in (404, 405)
    assert Visitor(service).get(address).status == 200


def test_a_secret_is_in_no_log(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    address = _subscribed(service, "tm-n")
    token = address.rpartition("/")[2].partition(".")[0]
    Visitor(service).get(address)
    Visitor(service).get(address.replace(token, token[::-1]))
    said = capsys.readouterr()
    assert token not in said.out + said.err
