"""Privacy: what the service says about itself to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

#: The parts that the government's model accessibility statement asks for.
PARTS = (
    "How accessible this service is",
    "If you need it another way, or find a problem",
    "If you are not happy with our answer",
    "Technical information",
    "Compliance status",
    "Content that is not accessible",
    "How we tested it",
    "What we do next",
)


def test_an_accessibility_statement_opens_without_a_sign_in(service: Service) -> None:
    page = Visitor(service).get("/accessibility", follow=False)
    assert page.status == 200
    headings = [one.get_text() for one in page.soup.select("h2, h3")]
    assert headings == [*PARTS]
    for said in (
        "(No. 2) Accessibility Regulations 2018",
        "level AA",
        "Equality Advisory",
        "prepared",
    ):
        assert said in page.text


def test_a_privacy_notice_opens_without_a_sign_in(service: Service) -> None:
    page = Visitor(service).get("/privacy", follow=False)
    assert page.status == 200
    for said in (
        "75 years",
        "15 years",
        "90 days",
        "14 days",
        "controller",
        "Information Commissioner",
    ):
        assert said in page.text
