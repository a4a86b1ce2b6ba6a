"""What all pages share: one name, the navigation, and the pages about the service itself."""

from __future__ import annotations

import pytest

from adapters import wiring
from domain.ladder import Stage
from domain.words import TO_ENTER
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import Service, running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

ABOUT = {
    "/help": "Help",
    "/accessibility": "Accessibility statement for Positive Challenge",
    "/privacy": "Privacy notice",
    "/contact": "Contact",
}


def navigation(page: Page) -> dict[str, str]:
    """Return the navigation's links: text → address."""
    found = page.soup.select(".pc-nav a")
    return {link.get_text(" ", strip=True): str(link["href"]) for link in found}


def here(page: Page) -> dict[str, str]:
    """Return what the navigation marks as current: text → ``aria-current``."""
    found = page.soup.select(".pc-nav a[aria-current]")
    return {link.get_text(" ", strip=True): str(link["aria-current"]) for link in found}


@pytest.mark.parametrize(
    ("officer", "expected"),
    [
        (
            "iro-1",
            {"Your work", "Calendar", "Challenges", "Raise a challenge", "Drafts", "Cover", "Find"},
        ),
        ("tm-n", {"Your work", "Calendar", "Challenges", "Supervision", "Cover", "Find"}),
        ("srsm", {"Your work", "Calendar", "Challenges", "Supervision", "Cover", "Find"}),
        ("hos", {"Your work", "Calendar", "Challenges", "Cover", "Find"}),
        ("auditor", {"Your work", "Calendar", "Challenges", "Cover", "Find"}),
        ("analyst", {"Your work", "Calendar", "Figures", "Cover"}),
        ("admin", {"Your work", "Calendar", "Cover", "Directory"}),
    ],
)
def test_the_navigation_has_the_pages_that_its_reader_can_use_and_no_others(
    service: Service, officer: str, expected: set[str]
) -> None:
    reader = Visitor(service, officer)
    links = navigation(reader.get("/"))
    assert {*links} == expected
    for text, address in links.items():
        page = reader.get(address)
        assert page.status == 200, text
        assert navigation(page) == links
        assert here(page) == {text: "page"}


def test_a_page_below_one_of_the_navigation_is_marked_as_belonging_to_it(service: Service) -> None:
    page = Visitor(service, "iro-1").get("/raise/good-practice")
    assert here(page) == {"Raise a challenge": "true"}
    service.raise_at(Stage.ONE)


def test_nobody_who_is_signed_out_is_shown_where_others_can_go(service: Service) -> None:
    assert navigation(Visitor(service).get("/signed-out")) == {}
    assert navigation(Visitor(service).get("/help")) == {}


@pytest.mark.parametrize(("address", "heading"), ABOUT.items())
def test_help_and_statements_open_without_a_sign_in_and_with_one(
    service: Service, address: str, heading: str
) -> None:
    for reader in (Visitor(service), Visitor(service, "tm-n")):
        page = reader.get(address, follow=False)
        assert page.status == 200
        assert page.heading == heading
        footer = page.soup.select("footer a")
        assert {str(link["href"]) for link in footer} == {*ABOUT}
        assert bool(navigation(page)) == bool(reader.cookies)


@pytest.mark.parametrize("address", ABOUT)
def test_help_and_statements_are_shown_while_aws_does_not_answer(
    service: Service, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Visitor(service, "tm-n")

    def out() -> None:
        raise TimeoutError

    monkeypatch.setattr(wiring.casebook(), "council", out)
    assert Visitor(service).get(address).status == 200
    assert reader.cookies


def test_the_service_has_one_name_on_every_page(service: Service) -> None:
    for page in (Visitor(service, "iro-1").get("/raise"), Visitor(service).get("/contact")):
        assert page.soup.title
        assert page.soup.title.get_text().endswith(" – Positive Challenge")
        (name,) = page.soup.select(".pc-header__link")
        assert name.get_text() == "Positive Challenge"
        assert "Positive Challenge and Escalation" not in page.text


def test_what_the_council_has_still_to_enter_is_said_plainly(service: Service) -> None:
    shown = " ".join(Visitor(service).get(address).text for address in ABOUT)
    for name, what in TO_ENTER.items():
        assert f"Not entered yet. The council still has to say {what}." in shown, name


def test_words_that_a_council_can_change_stand_in_one_place(tmp_path: Path) -> None:
    words = {
        "service_name": "Speak Up",
        "contact": "Review team, review@sampleshire.example, 01234 567890",
        "accessibility_contact": "Access team, access@sampleshire.example",
        "accessibility_checked": "On 3 November 2026, by the digital team.",
        "privacy_controller": "Sampleshire Children’s Trust",
        "data_protection_officer": "Dana Sample-Data, dana@sampleshire.example",
        "lawful_basis": "Because a law of ours says so.",
        "privacy_notice": "https://sampleshire.example/privacy",
        "kept_in": "in Sampleshire",
    }
    toml = "[words]\n" + "".join(f'{name} = "{text}"\n' for name, text in words.items())
    with running(tmp_path, procedure=toml) as service:
        shown = " ".join(Visitor(service).get(address).body for address in ABOUT)
        for name, text in words.items():
            assert text in shown, name
        assert "Not entered yet" not in shown
        assert "Positive Challenge" not in shown
        assert "Positive Challenge" not in Visitor(service, "iro-1").get("/").text


def test_a_printed_page_says_how_to_keep_it_safe_who_printed_it_and_when(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    reader = Visitor(service, "tm-n")
    for address in ("/", f"/challenges/{reference}", "/supervision"):
        page = reader.get(address)
        (line,) = page.soup.select("main .pc-print-only")
        assert " ".join(line.get_text().split()) == (
            "OFFICIAL-SENSITIVE. Printed by Tessa Sample-North. The page is as it was on Monday 2 "
            "November 2026 at 10:00am."
        )
        assert page.soup.select("body.pc-sensitive")
    by_link = Visitor(service).get(reply_link(service, "tm-n"))
    assert "OFFICIAL-SENSITIVE. Printed by somebody who has the link." in by_link.text
    assert "OFFICIAL-SENSITIVE." not in Visitor(service).get("/contact").text
