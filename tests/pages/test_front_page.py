"""The front page of each role, signing in and out, and what you get where there is no page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import pytest

from adapters import wiring
from adapters.council_store import CouncilStore
from domain.directory import Cover
from domain.ladder import Stage
from handlers.pages.web import SECURITY
from infra.local.emulator import TABLE
from infra.local.gateway import Request, answer_of, event_of
from tests.builders import NOT_REFERRED
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import CHILD, URL

if TYPE_CHECKING:
    from tests.workflow.service import Service


def _sections(page: Page) -> dict[str, list[str]]:
    """Return the references listed under each heading."""
    return {
        table.caption.get_text(): [link.get_text() for link in table.select("th a")]
        for table in page.soup.select("table")
        if table.caption is not None
    }


# What each role sees -----------------------------------------------------------------------------


def test_an_iro_sees_what_waits_for_them_what_waits_for_others_and_what_has_ended(
    service: Service,
) -> None:
    waits = service.raise_at(Stage.ONE)
    service.reply(waits, "tm-n")
    others, ended = service.raise_at(Stage.TWO), service.raise_at(Stage.ONE)
    service.withdraw(ended)
    still_to_do = _sections(Visitor(service, "iro-1").get("/"))
    assert ended in still_to_do["Waiting for you"], "to place on the child's file"
    assert "Ended" not in still_to_do, "it is shown once"
    service.place_on_file(ended)
    page = Visitor(service, "iro-1").get("/")
    assert _sections(page)["Waiting for you"] == sorted([others, waits]), (
        "whether to refer to Cafcass"
    )
    service.act(others, "iro-1", NOT_REFERRED)
    page = Visitor(service, "iro-1").get("/")
    assert page.heading == "Your challenges"
    assert _sections(page) == {
        "Waiting for you": [waits],
        "Your challenges, waiting for others": [others],
        "Ended": [ended],
    }
    assert page.link("Raise a challenge") == "/raise"
    assert page.link(waits) == f"/challenges/{waits}"
    assert "Stage 1: waiting for a decision" in page.text
    assert "End of Monday 9 November 2026: 5 working days left" in page.text


def test_the_front_page_says_what_it_is_for(service: Service) -> None:
    pages = {"auditor": "All challenges", "legal": "Challenges you advise on"}
    for officer, title in {**pages, "tm-n": "Your challenges"}.items():
        assert Visitor(service, officer).get("/").heading == title


def test_an_iro_with_nothing_to_do_is_told_so(service: Service) -> None:
    page = Visitor(service, "iro-2").get("/")
    assert "Nothing is waiting for you." in page.text
    assert "None of your open challenges is waiting for somebody else." in page.text
    assert _sections(page) == {}


@pytest.mark.parametrize(
    ("officer", "stage"),
    [
        ("sw-n1", Stage.QAP),
        ("tm-n", Stage.QAP),
        ("tm-n", Stage.ONE),
        ("csm", Stage.TWO),
        ("hos", Stage.THREE),
        ("ad", Stage.FOUR),
    ],
)
def test_rule_3_a_challenge_lies_in_its_responder_s_tray(
    service: Service, officer: str, stage: Stage
) -> None:
    reference = service.raise_at(stage)
    page = Visitor(service, officer).get("/")
    assert _sections(page) == {"Waiting for you": [reference]}
    assert "Ira Sample-One" in page.text
    assert f"{stage.title}: waiting for a reply" in page.text
    assert "Raise a challenge" not in page.text


@pytest.mark.parametrize("officer", ["srsm", "senior"])
def test_who_oversees_sees_every_open_challenge(service: Service, officer: str) -> None:
    first, second = service.raise_at(Stage.ONE), service.raise_at(Stage.QAP)
    ended = service.raise_at(Stage.ONE)
    service.withdraw(ended)
    service.place_on_file(ended)
    page = Visitor(service, officer).get("/")
    # QAP is due first.
    assert _sections(page) == {"All open challenges": [second, first]}
    assert ended not in page.text


@pytest.mark.parametrize("officer", ["analyst", "tm-s", "sw-s1"])
def test_who_has_no_part_in_a_challenge_sees_nothing_of_it(service: Service, officer: str) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, officer).get("/")
    assert page.status == 200
    assert "Nothing is waiting for you." in page.text
    assert reference not in page.text
    assert CHILD.initials not in page.text


def test_rule_15_who_covers_for_an_iro_has_their_challenges(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    book = wiring.casebook()
    cover = Cover("iro-post-1", "iro-2", date(2026, 11, 1), date(2026, 11, 8))
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(book.council().directory, cover=(cover,)))
    page = Visitor(service, "iro-2").get("/")
    assert "(covering)" in page.text
    assert _sections(page) == {"Waiting for you": [reference]}, "whether to refer to Cafcass"
    service.act(reference, "iro-1", NOT_REFERRED)
    page = Visitor(service, "iro-2").get("/")
    assert _sections(page) == {"Challenges of the IRO": [reference]}


def test_who_has_no_post_is_told_whom_to_ask(service: Service) -> None:
    book = wiring.casebook()
    directory = book.council().directory
    posts = {**directory.posts, "ad": replace(directory.posts["ad"], holder=None)}
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(directory, posts=posts))
    page = Visitor(service, "ad").get("/")
    assert "The directory has no post for you, Adair Sample-Director." in page.text


def test_what_is_overdue_or_beyond_its_period_is_said_in_words(service: Service) -> None:
    service.raise_at(Stage.ONE)
    service.jump(timedelta(days=32))
    page = Visitor(service, "iro-1").get("/")
    assert "Past the 20-working-day limit" in page.text
    assert [tag.get_text() for tag in page.soup.select("td strong") if "overdue by" in tag.text]


def test_what_is_due_today_is_said(service: Service) -> None:
    service.raise_at(Stage.QAP)
    service.jump(timedelta(days=1))
    assert "due today" in Visitor(service, "tm-n").get("/").text


# In and out --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/raise", "/raise?draft=1"])
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(service: Service, address: str) -> None:
    page = Visitor(service).get(address, follow=False)
    assert page.status == 303
    escaped = address.replace("?", "%3F").replace("=", "%3D")
    assert page.headers["location"] == f"/sign-in?return_to={escaped}"


def test_a_session_that_is_over_shows_nothing(service: Service) -> None:
    visitor = Visitor(service)
    visitor.sign_in("iro-1", seconds=-1)
    assert visitor.get("/", follow=False).status == 303


def test_signing_out_ends_the_session_in_this_browser(service: Service) -> None:
    visitor = Visitor(service, "iro-1")
    (form,) = [form for form in visitor.get("/").forms if form.action == "/sign-out"]
    page = form.press("Sign out")
    assert page.address == "/signed-out"
    assert page.heading == "You are signed out"
    assert page.link("Sign in") == "/sign-in"
    assert visitor.cookies == {}
    assert visitor.get("/", follow=False).status == 303


def test_a_sign_in_that_was_not_begun_here_is_refused(service: Service) -> None:
    page = Visitor(service).get("/sign-in/callback?code=x&state=y")
    assert page.status == 403
    assert page.heading == "You are not signed in"
    assert page.link("Sign in") == "/sign-in"


def test_a_stranger_is_told_who_can_put_the_directory_right(service: Service) -> None:
    visitor = Visitor(service)
    identity = wiring.identity()
    for cookie in identity.cookies_of(identity.begin_session("who@sampleshire.example")):
        visitor.keep_cookie(cookie)
    reference = service.raise_at(Stage.ONE)
    for address in ("/", "/raise", f"/challenges/{reference}"):
        page = visitor.get(address)
        assert page.status == 403
        assert page.heading == "You are not in the directory"
        assert "who@sampleshire.example" in page.text
        assert "Serena Sample-Safeguard" in page.text
        assert reference not in page.text


def test_who_has_left_the_directory_is_out_at_once(service: Service) -> None:
    visitor = Visitor(service, "iro-2")
    book = wiring.casebook()
    directory = book.council().directory
    officers = {id_: one for id_, one in directory.officers.items() if id_ != "iro-2"}
    posts = {id_: p for id_, p in directory.posts.items() if p.holder != "iro-2"}
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(directory, officers=officers, posts=posts))
    assert visitor.get("/").heading == "You are not in the directory"


# Everywhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/nothing", "/raised", "/assets/nothing.css", "/raise/../x"])
def test_where_there_is_no_page_it_says_what_to_do(service: Service, address: str) -> None:
    page = Visitor(service, "iro-1").get(address)
    assert page.status == 404
    assert page.heading == "Page not found"
    assert page.link("Go to the front page") == "/"


def test_every_answer_has_the_security_headers(service: Service) -> None:
    addresses = ["/", "/raise", "/find", "/signed-out", "/nothing", "/assets/main.css"]
    for visitor in (Visitor(service, "iro-1"), Visitor(service)):
        for address in addresses:
            headers = visitor.get(address, follow=False).headers
            kept = {"Cache-Control"} if address.startswith("/assets/") else set()
            for name in SECURITY.keys() - kept:
                assert headers[name.lower()] == SECURITY[name], address


@pytest.mark.parametrize("name", ["main.css", "icon.svg"])
def test_what_the_pages_link_to_is_there_and_is_kept_by_browsers(
    service: Service, name: str
) -> None:
    visitor = Visitor(service)
    links = [str(tag["href"]) for tag in visitor.get("/signed-out").soup.find_all("link")]
    (link,) = [link for link in links if link.startswith(f"/assets/{name}?v=")]
    assert not link.endswith("=none")
    page = visitor.get(link)
    assert page.status == 200
    assert "immutable" in page.headers["cache-control"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_mail_scanners_are_answered_and_reach_no_page(service: Service, method: str) -> None:
    page = Visitor(service).request(method, "/raise")
    assert page.status == 200
    assert page.body == ""
    assert page.headers["x-content-type-options"] == "nosniff"


def test_a_tray_says_that_a_challenge_went_beyond_its_period(service: Service) -> None:
    """Rule 7: marked, never hidden, even if nothing else in its line changes."""
    reference = service.raise_at(Stage.FOUR)
    service.jump(timedelta(days=35))
    page = Visitor(service, "iro-1").get("/")
    (row,) = [row for row in page.soup.find_all("tr") if reference in row.get_text()]
    assert "Past the 20-working-day limit" in row.get_text()


# What API Gateway hands over ---------------------------------------------------------------------


def test_a_link_that_a_mail_program_escaped_leads_to_its_page(service: Service) -> None:
    service.raise_at(Stage.ONE)
    link = reply_link(service, "tm-n")
    escaped = "/reply/" + "".join(f"%{ord(one):02X}" for one in link.removeprefix("/reply/"))
    assert Visitor(service).get(escaped).status == 200
    assert Visitor(service).get(link.replace("reply", "%72eply")).status == 200


def test_cookies_may_come_in_a_header_each(service: Service) -> None:
    visitor = Visitor(service, "iro-1")
    cookies = ["a=b", *("=".join(cookie) for cookie in visitor.cookies.items())]
    request = Request("GET", "/", headers={"host": "challenge.example", "cookie": cookies})
    answer = answer_of(service.emulator.invoke("pages", event_of(request, service.now)))
    assert answer.status == 200


@pytest.mark.parametrize("origin", [[URL, "https://evil.example"], ["https://evil.example", URL]])
def test_a_form_of_two_origins_is_not_from_our_own_page(
    service: Service, origin: list[str]
) -> None:
    headers = {"origin": origin, "content-type": "application/x-www-form-urlencoded"}
    event = event_of(Request("POST", "/sign-out", headers=headers), service.now)
    assert answer_of(service.emulator.invoke("pages", event)).status == 403


def test_who_signs_in_comes_back_to_the_very_address(service: Service) -> None:
    page = Visitor(service).get("/raise?draft=a%26b+c&request=%C3%A9", follow=False)
    wanted = dict(parse_qsl(urlsplit(page.headers["location"]).query))["return_to"]
    assert parse_qsl(urlsplit(wanted).query) == [("draft", "a&b c"), ("request", "é")]
    assert wanted.startswith("/raise?")


def test_a_file_is_kept_by_browsers_only_at_the_address_that_names_its_content(
    service: Service,
) -> None:
    """A new version's page may get the old version's file, which the browser must not keep."""
    for address in ("/assets/main.css", "/assets/main.css?v=", "/assets/main.css?v=0123456789ab"):
        page = Visitor(service).get(address)
        assert page.status == 200
        assert page.headers["cache-control"] == "no-store"


# Ended challenges --------------------------------------------------------------------------------


def _ended_before(service: Service, count: int, iro: str = "iro-1") -> list[str]:
    """So many challenges of an IRO that have ended, the latest first: what lists read of them."""
    reference = service.raise_at(Stage.ONE)
    service.withdraw(reference)
    service.place_on_file(reference)
    table = boto3.resource("dynamodb").Table(TABLE)
    item = table.get_item(Key={"PK": f"CHALLENGE#{reference}", "SK": "HEAD"})["Item"]
    names = [f"PCE-{iro[-1]}000-{number:04d}" for number in range(count)]
    for number, name in enumerate(names):
        ended = f"2026-0{iro[-1]}-01T00:00:00.{number:06d}Z {name}"
        row = {"PK": f"CHALLENGE#{name}", "reference": name, "of_iro": iro, "ended": ended}
        table.put_item(Item={**item, **row})
    return [reference, *reversed(names)]


def test_the_front_page_shows_the_latest_ended_ones_and_the_rest_is_a_page_further(
    service: Service,
) -> None:
    ended = _ended_before(service, 44)
    iro = Visitor(service, "iro-1")
    front = iro.get("/")
    assert _sections(front)["Ended"] == ended[:20]
    second = iro.get(front.link("Show more ended challenges"))
    assert second.heading == "Ended challenges"
    assert _sections(second) == {"Ended challenges": ended[20:40]}
    third = iro.get(second.link("Show more ended challenges"))
    assert _sections(third) == {"Ended challenges": ended[40:]}
    assert "Show more" not in third.text
    assert third.link("Back to your challenges") == "/"


def test_where_a_page_holds_all_that_has_ended_there_is_no_more(service: Service) -> None:
    ended = _ended_before(service, 19)
    front = Visitor(service, "iro-1").get("/")
    assert _sections(front)["Ended"] == ended
    assert "Show more" not in front.text


def test_rule_15_who_covers_for_an_iro_has_the_ended_ones_of_both_in_order(
    service: Service,
) -> None:
    first, *of_one = _ended_before(service, 15)
    second, *of_two = _ended_before(service, 15, "iro-2")
    book = wiring.casebook()
    cover = Cover("iro-post-1", "iro-2", date(2026, 11, 1), date(2026, 11, 8))
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(book.council().directory, cover=(cover,)))
    visitor = Visitor(service, "iro-2")
    front = visitor.get("/")
    more = visitor.get(front.link("Show more ended challenges"))
    listed = _sections(front)["Ended"] + _sections(more)["Ended challenges"]
    assert set(listed[:2]) == {first, second}, "they ended at the same moment"
    assert listed[2:] == [*of_two, *of_one]
    assert "Ira Sample-One" in more.text, "whose they are"


def test_nobody_sees_the_ended_challenges_of_others(service: Service) -> None:
    _ended_before(service, 44)
    for officer in ("iro-2", "tm-n", "srsm"):
        page = Visitor(service, officer).get("/ended")
        assert page.status == 200
        assert _sections(page) == {}
        assert "There are no ended challenges." in page.text


@pytest.mark.parametrize("place", ["x", "2026-01-01T00:00:00.000000Z", "' OR 1=1", "9" * 3000])
def test_a_place_that_is_none_leads_to_the_beginning(service: Service, place: str) -> None:
    page = Visitor(service, "iro-1").get(f"/ended?{urlencode({'before': place})}", follow=False)
    assert page.status == 303
    assert page.headers["location"] == "/ended"
