"""Rule 15 on pages: a child who moves, and what those before can still read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Stage
from domain.rules.escalating import Escalate
from domain.rules.notes import WriteNote
from domain.rules.replies import Answer
from tests.pages.visitor import Visitor
from tests.papers import Paper

if TYPE_CHECKING:
    from tests.workflow.service import Service

MOVED = {"team": "South Team", "social_worker": "sw-south-1"}


def test_a_move_is_recorded_on_its_page_and_those_before_read_up_to_it(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    at = f"/challenges/{reference}"
    iro = Visitor(service, "iro-1")
    page = iro.get(f"{at}/move").form(f"{at}/move").fill(MOVED).press()
    assert page.errors == {"#question": "Choose who should answer the question that is open now."}
    page = page.form().fill({"question": "goes"}).press()
    assert "The child has moved to South Team" in page.text
    assert service.challenge(reference).request.posts == ("tm-south",)
    assert "Please reply" in service.mails("tm-s")[-1].subject
    service.act(reference, "iro-1", Escalate(Stage.TWO, "It cannot wait."))
    service.act(reference, "iro-1", WriteNote("Words of after the move."))

    before = Visitor(service, "tm-n").get(at)
    assert "This is the record up to that day." in before.text
    assert "The child has moved to South Team" in before.text
    assert "Words of after the move." not in before.text
    assert "Stage 2 began" not in before.text
    assert not before.text.count("Write a note"), "they do nothing in it any more"
    printed = Paper(Visitor(service, "tm-n").get(f"/documents/{reference}/print.pdf").pdf)
    assert printed.has("The child has moved to South Team")
    assert not printed.has("Words of after the move.")
    now = Visitor(service, "tm-s").get(at)
    assert "Words of after the move." in now.text
    assert "This is the record up to that day." not in now.text


def test_those_before_do_nothing_after_the_move_by_selecting_it(service: Service) -> None:
    """They replied before it, and the question that is open now is not theirs."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    at = f"/challenges/{reference}"
    Visitor(service, "iro-1").get(f"{at}/move").form(f"{at}/move").fill(MOVED).press()
    service.act(reference, "iro-1", Escalate(Stage.TWO, "It cannot wait."))

    before = Visitor(service, "tm-n")
    assert "This is the record up to that day." in before.get(at).text
    typed = {f"take-{reference}": "yes", "act": "note", "words": "After the move.", "press": "note"}
    page = before.post("/challenges/selected", typed)
    assert "You cannot add a note to it now." in page.text
    assert not page.soup.select("main form")
    sent = typed | {"press": "send"}
    for was in ("Stage 1", "Stage 2"):
        left = before.post(page.address, sent | {f"was-{reference}": was})
        assert "You cannot add a note to it now." in left.text
        assert "Stage 2" not in left.text
    assert "Noted" not in service.kinds(reference)
    assert reference in Visitor(service, "csm").get("/challenges").text
