"""Rule 6: an owner outside the council sees their action, and no page of the challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ActionDone
from domain.rules.replies import Answer, Reply
from tests.builders import day
from tests.pages.visitor import Visitor
from tests.workflow.service import URL

if TYPE_CHECKING:
    from tests.workflow.service import Service


def test_somebody_outside_who_owns_an_action_sees_their_action(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    jo = Owner("", "Jo Sample", "Sample School", "jo@school.example")
    action = AgreedAction("Keep the place open", "Jo Sample", day("2026-11-12"), jo)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (action,)))
    service.act(reference, "iro-1", AcceptActions())
    (email,) = (mail for mail in service.mails() if jo.email in mail.to)
    page = Visitor(service).get(email.links[0].removeprefix(URL))
    assert "Keep the place open" in page.text
    page.form().fill({"shown_by": "A letter of the school."}).press().form().press()
    assert ActionDone.__name__ in service.kinds(reference)
    assert Visitor(service).get(f"/challenges/{reference}", follow=False).status == 303
