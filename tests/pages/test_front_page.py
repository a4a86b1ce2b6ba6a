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
from domain.challenge import AgreedAction, Owner
from domain.directory import Cover
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.replies import Answer, Reply
from handlers.pages.web import SECURITY
from infra.local.emulator import TABLE
from infra.local.gateway import Request, answer_of, event_of
from tests.builders import NOT_REFERRED
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import CHILD, URL

if TYPE_CHECKING:
    from tests.workflow.service import Service


def _sections(page: Page) -> dict[str, list[str]]:
    """Return the references listed under each heading, one for each line."""
    return {
        table.caption.get_text(): [one.get_text() for one in table.select("th .pc-reference")]
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
    assert ended in still_to_do["Mine to put on the child’s file"]
    assert "Ended" not in still_to_do, "it is shown once"
    service.place_on_file(ended)
    page = Visitor(service, "iro-1").get("/")
    assert set(_sections(page)["Mine to do"]) == {others, waits}, "whether to refer to Cafcass"
    service.act(others, "iro-1", NOT_REFERRED)
    service.act(waits, "iro-1", NOT_REFERRED)
    page = Visitor(service, "iro-1").get("/")
    assert page.heading == "Your work"
    assert _sections(page) == {
        "Mine to do": [waits],
        "Your challenges, waiting for others": [others],
        "Ended": [ended],
    }
    assert "You have 1 thing to do." in page.text
    assert page.link("Raise a challenge") == "/raise"
    link = page.link(f"Decide on the reply in {waits}")
    assert link == f"/challenges/{waits}", "the page begins with its own question"
    assert page.link(others) == f"/challenges/{others}"
    assert "Stage 1: waiting for a decision" in page.text
    assert "Monday 9 November 2026: 5 working days left" in page.text


def test_people_are_named_with_their_roles(service: Service) -> None:
    waits, others = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    service.reply(waits, "tm-n")
    for reference in (waits, others):
        service.act(reference, "iro-1", NOT_REFERRED)
    with_whom = {
        table.caption.get_text(): [one.get_text() for one in table.select("td .pc-list__one")]
        for table in Visitor(service, "iro-1").get("/").soup.select("table")
        if table.caption
    }
    assert with_whom == {
        "Mine to do": ["Tessa Sample-North, Team Manager, North Team"],
        "Your challenges, waiting for others": [
            "Celia Sample-Service, Children’s Service Manager, North Team and South Team"
        ],
    }
    assert "Ira Sample-One, IRO" in Visitor(service, "csm").get("/").text


def test_each_task_is_a_line_of_its_own_the_most_urgent_first(service: Service) -> None:
    """Someone else's task and date are never shown as mine (rule 0)."""
    reference = service.raise_at(Stage.ONE)
    apply, visit = (
        AgreedAction(what, "", date(2026, 11, day), Owner("tm-n"))
        for what, day in (("Apply to the panel.", 18), ("Visit.", 16))
    )
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (apply, visit)))
    service.act(reference, "iro-1", AcceptActions())
    table = Visitor(service, "tm-n").get("/").soup.select("table")[0]
    lines = [
        (row.select("th a")[0].get_text(" ", strip=True), row.select("td")[-1].get_text(" "))
        for row in table.select("tbody tr")
    ]
    assert [(what.partition(" in PCE")[0], " ".join(by.split())) for what, by in lines] == [
        ("Do action 2 and report it", "Monday 16 November 2026: 10 working days left"),
        ("Do action 1 and report it", "Wednesday 18 November 2026: 12 working days left"),
    ]


def test_more_than_ten_lines_are_a_page_of_their_own(service: Service) -> None:
    for _ in range(11):
        service.raise_at(Stage.TWO)
    iro = Visitor(service, "iro-1")
    page = iro.get("/")
    many = len(_sections(iro.get("/your-work/to-do"))["Mine to do"])
    assert many > 10
    assert len(_sections(page)["Mine to do"]) == 10
    assert f"10 of {many} shown." in page.text
    assert page.link("See the whole list : Mine to do") == "/your-work/to-do"
    assert iro.get("/your-work/nothing", follow=False).headers["location"] == "/"


def test_what_somebody_replied_to_stays_on_their_page(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    page = Visitor(service, "tm-n").get("/")
    assert _sections(page) == {"You replied": [reference]}
    assert "You have nothing to do." in page.text


@pytest.mark.parametrize(
    ("officer", "title"),
    [("sw-n1", "Your children"), ("tm-n", "In your team"), ("hos", "In your service")],
)
def test_who_is_kept_informed_finds_it_by_their_role(
    service: Service, officer: str, title: str
) -> None:
    reference = service.raise_at(Stage.TWO)
    page = Visitor(service, officer).get("/")
    assert _sections(page) == {title: [reference]}
    service.withdraw(reference)
    page = Visitor(service, officer).get("/")
    assert _sections(page) == {"Ended": [reference]}
    assert "Withdrawn" in page.text
    assert Visitor(service, officer).get(f"/challenges/{reference}").status == 200


def test_nobody_is_shown_what_they_could_not_open(service: Service) -> None:
    """At the end a responder who is not informed sees it no more."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    service.withdraw(reference)
    assert _sections(Visitor(service, "tm-n").get("/")) == {}
    assert Visitor(service, "tm-n").get(f"/challenges/{reference}").status == 404


def test_the_analyst_and_the_directory_administrator_find_their_pages(service: Service) -> None:
    assert Visitor(service, "analyst").get("/").link("See the figures") == "/challenges"
    assert Visitor(service, "admin").get("/").link("Change the directory") == "/directory"


def test_an_iro_with_nothing_to_do_is_told_so(service: Service) -> None:
    page = Visitor(service, "iro-2").get("/")
    assert "You have nothing to do." in page.text
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
    assert _sections(page) == {"Mine to do": [reference]}
    assert "Ira Sample-One, IRO" in page.text
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
    assert _sections(page) == {"All open challenges": [second, first], "Ended": [ended]}
    assert page.link("2 open") == "/challenges"


@pytest.mark.parametrize("officer", ["analyst", "tm-s", "sw-s1"])
def test_who_has_no_part_in_a_challenge_sees_nothing_of_it(service: Service, officer: str) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, officer).get("/")
    assert page.status == 200
    assert "You have nothing to do." in page.text
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
    assert _sections(page) == {"Mine to do": [reference]}, "whether to refer to Cafcass"
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
    assert [tag.get_text() for tag in page.soup.select("td strong") if tag.text.endswith(" late")]


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
    row, *_ = [row for row in page.soup.find_all("tr") if reference in row.get_text()]
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
    assert _sections(front)["Ended"] == ended[:10]
    assert "10 of more than 10 shown." in front.text, "nobody has counted the rest"
    first = iro.get(front.link("See the whole list : Ended"))
    assert first.heading == "Ended challenges"
    assert _sections(first) == {"Ended challenges": ended[:20]}
    second = iro.get(first.link("Show more ended challenges"))
    assert _sections(second) == {"Ended challenges": ended[20:40]}
    third = iro.get(second.link("Show more ended challenges"))
    assert _sections(third) == {"Ended challenges": ended[40:]}
    assert "Show more" not in third.text
    assert third.link("Back to your work") == "/"


def test_where_a_page_holds_all_that_has_ended_there_is_no_more(service: Service) -> None:
    ended = _ended_before(service, 9)
    front = Visitor(service, "iro-1").get("/")
    assert _sections(front)["Ended"] == ended
    assert "whole list" not in front.text


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
    first_page = visitor.get("/ended")
    more = visitor.get(first_page.link("Show more ended challenges"))
    listed = _sections(first_page)["Ended challenges"] + _sections(more)["Ended challenges"]
    assert set(listed[:2]) == {first, second}, "they ended at the same moment"
    assert listed[2:] == [*of_two, *of_one]
    assert "Ira Sample-One" in more.text, "whose they are"


def test_nobody_sees_the_ended_challenges_of_others(service: Service) -> None:
    reference, *_others = _ended_before(service, 44)
    for officer in ("iro-2", "tm-n"):
        page = Visitor(service, officer).get("/ended")
        assert page.status == 200
        assert _sections(page) == {}
    assert "There are no ended challenges." in Visitor(service, "iro-2").get("/ended").text
    assert reference in Visitor(service, "srsm").get("/ended").text, "who may open every challenge"


@pytest.mark.parametrize("place", ["x", "2026-01-01T00:00:00.000000Z", "' OR 1=1", "9" * 3000])
def test_a_place_that_is_none_leads_to_the_beginning(service: Service, place: str) -> None:
    page = Visitor(service, "iro-1").get(f"/ended?{urlencode({'before': place})}", follow=False)
    assert page.status == 303
    assert page.headers["location"] == "/ended"


def test_what_is_left_after_an_end_comes_after_what_is_open(service: Service) -> None:
    ended = service.raise_at(Stage.QAP)
    service.withdraw(ended)
    service.jump(timedelta(days=40))
    waits = service.raise_at(Stage.QAP)
    service.reply(waits, "tm-n")

    page = Visitor(service, "iro-1").get("/")

    sections = _sections(page)
    assert [*sections][:2] == ["Mine to do", "Mine to put on the child’s file"]
    assert {*sections["Mine to do"]} == {waits}
    assert sections["Mine to put on the child’s file"] == [ended]
    assert "working days late" in page.soup.select("tbody tr")[-1].get_text()
    many = len(sections["Mine to do"])
    assert page.link(f"{many} in open challenges") == "#to-do"
    assert page.link("1 to put on the child’s file, all late") == "#filing"
    assert page.soup.find(id="filing")


def test_what_is_put_on_file_stands_after_what_presses_and_shows_few_of_many(
    service: Service,
) -> None:
    ended = [service.raise_at(Stage.QAP) for _ in range(4)]
    for reference in ended:
        service.withdraw(reference)
    late = service.raise_at(Stage.ONE)
    service.reply(late, "tm-n")
    service.jump(timedelta(days=14))

    page = Visitor(service, "srsm").get("/")

    sections, filing = _sections(page), "Mine to put on the child’s file"
    assert [*sections][:2] == ["Late: you can step in", filing]
    assert sections["Late: you can step in"] == [late]
    assert len(sections[filing]) == 3
    assert "You have 4 things to do. All of them are late." in page.text
    assert "nothing to do" not in page.text
    whole = page.visitor.get(page.link(f"See the whole list : {filing}"))
    assert {*_sections(whole)[filing]} == {*ended}


def test_a_link_to_all_open_challenges_says_so(service: Service) -> None:
    for _ in range(11):
        service.raise_at(Stage.QAP)
    page = Visitor(service, "srsm").get("/")
    assert page.link("See all open challenges : All open challenges") == "/challenges"


def test_a_list_says_with_whom_agreed_actions_are(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    action = AgreedAction("Apply to the panel.", "", date(2026, 11, 18), Owner("tm-n"))
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (action,)))
    service.act(reference, "iro-1", AcceptActions())
    page = Visitor(service, "senior").get("/")
    row, *_ = [row for row in page.soup.find_all("tr") if reference in row.get_text()]
    assert "Tessa Sample-North, Team Manager, North Team" in row.get_text()


def test_the_senior_iro_manager_reads_what_no_list_of_theirs_has(service: Service) -> None:
    page = Visitor(service, "senior").get("/")
    assert "You have nothing to do." in page.text
    assert (
        "What the Safeguarding & Review Service Manager is late with is not listed here. We tell "
        "you when something is 5 working days late."
    ) in page.text
    assert "is not listed here" not in Visitor(service, "srsm").get("/").text


def test_a_count_of_what_is_late_says_what_late_means(service: Service) -> None:
    service.raise_at(Stage.ONE)
    means = "Late: the reply, decision or agreed action that is next is past its date."
    assert means not in Visitor(service, "srsm").get("/").text, "nothing is"
    service.jump(timedelta(days=32))
    other = "Or the IRO is late with something else, by 3 working days or more."
    assert f"{means} {other}" in Visitor(service, "srsm").get("/").text
    assert f"{means} {other}" in Visitor(service, "analyst").get("/challenges").text
    at = (
        Visitor(service, "hos")
        .get("/")
        .link("See how many challenges are open and late in your services")
    )
    page = Visitor(service, "hos").get(at)
    assert f"{means} What else an IRO is late with is not counted here." in page.text
