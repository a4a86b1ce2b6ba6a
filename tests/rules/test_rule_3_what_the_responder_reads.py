"""Rule 3, what the responder reads: by link and signed in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.deciding import AskAgain
from domain.rules.escalating import Escalate
from domain.rules.replies import Answer, Reply
from tests.pages.visitor import Visitor, reply_link
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflow.service import Service

AGREED = (
    AgreedAction("Marigoldfirstaction", "", date(2026, 11, 10), Owner("sw-n1")),
    AgreedAction("Marigoldsecondaction", "", date(2026, 11, 11), Owner("tm-n")),
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A Monday morning, ten o'clock."""
    with running(tmp_path, remembers=True) as service:
        yield service


@pytest.fixture
def reference(service: Service) -> str:
    """Return a challenge at stage 2: at stage 1 actions were agreed, and not accepted."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldreply", AGREED))
    service.act(reference, "iro-1", Escalate(Stage.TWO))
    return reference


def test_by_link_the_responder_reads_the_question_the_concern_and_the_agreed_actions(
    service: Service, reference: str
) -> None:
    assert reference
    page = Visitor(service).get(reply_link(service, "csm"))
    for shown in ("Marigoldwrongtext", "Marigoldwantedtext", "Q.Z.", "CASE-98431"):
        assert shown in page.text
    for shown in (*(action.what for action in AGREED), "Willow Sample-North", "Tessa Sample"):
        assert shown in page.text
    assert "Agreed in a reply, not accepted yet" in page.text
    for hidden in ("Marigoldreply", "Marigoldviewstext", "Quillon"):
        assert hidden not in page.text


def test_signed_in_the_responder_reads_all_of_the_form(service: Service, reference: str) -> None:
    page = Visitor(service, "csm").get(f"/challenges/{reference}/reply")
    whole = page.visitor.get(page.link(f"Read the whole record of {reference}"))
    for shown in ("Quillon", "Marigoldwrongtext", "Marigoldtriedtext", "Marigoldviewstext"):
        assert shown in whole.text


def test_the_responder_can_read_the_form_with_the_replies_of_the_stages_before(
    service: Service, reference: str
) -> None:
    by_link = Visitor(service).get(reply_link(service, "csm"))
    page = Visitor(service, "csm").get(by_link.link("Sign in to read the replies so far"))
    assert page.heading == "Reply to a challenge"
    for shown in ("Marigoldreply", *(action.what for action in AGREED)):
        assert shown in page.text
    service.act(reference, "csm", Reply(2, Answer.CHALLENGED, "Marigoldsecondreply"))
    service.act(reference, "iro-1", Escalate(Stage.THREE))
    page = Visitor(service, "hos").get(f"/challenges/{reference}/reply")
    for shown in ("Marigoldreply", "Marigoldsecondreply"):
        assert shown in page.text


def test_accepted_actions_are_shown_with_their_state(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldreply", AGREED))
    service.act(reference, "iro-1", AcceptActions())
    service.jump(timedelta(hours=1))
    service.act(reference, "iro-1", Escalate(Stage.TWO, "It cannot wait."))
    page = Visitor(service).get(reply_link(service, "csm"))
    assert AGREED[0].what in page.text
    assert "Under way" in page.text
    assert "not accepted yet" not in page.text


def test_the_link_of_a_question_that_is_asked_again_shows_no_reply(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "Marigoldreply"))
    service.act(reference, "iro-1", AskAgain("Marigoldagaintext", 3))
    page = Visitor(service).get(reply_link(service, "tm-n"))
    assert "Marigoldagaintext" in page.text
    assert "Tessa Sample-North replied" in page.text
    assert "Marigoldreply" not in page.text


def test_after_the_reply_the_link_shows_the_answer_and_no_words(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    link = reply_link(service, "tm-n")
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldreply", AGREED))
    page = Visitor(service).get(link)
    assert "Actions agreed" in page.text
    assert AGREED[0].what in page.text
    assert "Marigoldreply" not in page.text
    signed_in = Visitor(service, "tm-n").get(page.link("Sign in to read what was written"))
    assert "Marigoldreply" in signed_in.text
