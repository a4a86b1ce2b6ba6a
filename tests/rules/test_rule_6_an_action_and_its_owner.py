"""Rule 6: an action has an owner; who is outside the council sees that action."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.challenge import AgreedAction, Owner
from domain.errors import BadSubmissionError
from domain.ladder import Stage
from domain.rules.actions import AcceptActions, ActionDone
from domain.rules.replies import Answer, Reply
from tests.builders import TAM, an_action, day, raised
from tests.pages.visitor import Visitor
from tests.workflow.service import URL

if TYPE_CHECKING:
    from tests.workflow.service import Service


def test_an_action_has_an_owner() -> None:
    without = replace(an_action(), owner="", who=None)
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", (an_action(), without)))
    assert [name for name in refused.value.fields if name.startswith("action-2-owner")]


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
