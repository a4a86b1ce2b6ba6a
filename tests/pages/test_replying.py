"""Rule 3 and rule 15, by the page: a responder replies by an emailed link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Stage

from tests.pages.visitor import Visitor, reply_link

if TYPE_CHECKING:
    from tests.workflow.service import Service


def test_a_forged_link_shows_nothing(service: Service) -> None:
    service.raise_at(Stage.ONE)
    page = Visitor(service).get(reply_link(service, "tm-n")[:-1])

    assert page.status == 404
    assert page.heading == "This link does not work"
