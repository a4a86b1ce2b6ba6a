"""What is given twice in a form or an address is refused: nobody can tell which one is meant.

Our own pages never send this, because none of their fields is a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from tests.pages.sections import section
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, reply_link

if TYPE_CHECKING:
    from tests.pages.visitor import Form, Page
    from tests.workflow.service import Service

TWICE = "This form gives more than one answer to a question"


def pressed(form: Form, *more: tuple[str, str]) -> Page:
    """Return the form as it is sent, with ``more`` fields beside its own."""
    return form.page.visitor.post(form.action or form.page.address, [*form.fields.items(), *more])


def test_a_form_that_answers_a_question_twice_is_refused_with_all_its_answers(
    service: Service,
) -> None:
    form = section(Visitor(service, "iro-1").get("/raise"), "concern").form()
    own = {name: text for name, text in ANSWERS.items() if name in form.names}
    form = form.fill({**own, "concern-1-outcome": "A.B."})
    twice = ("concern-1-what", "Marigold has no bed."), ("concern-1-outcome", "C.D.")
    page = pressed(form, *twice, ("press", "save"))
    assert (page.status, page.heading) == (400, TWICE)
    named = "which answer you mean: “Concern 1: What is wrong?”, “Concern 1: What outcome do you"
    assert named in page.text
    for words in ("There is no plan.", "Marigold has no bed.", "A.B. C.D."):
        assert words in page.text, "nothing that was typed is lost"
    assert service.open_challenges() == []


@pytest.mark.parametrize("same", [True, False])
def test_a_reply_by_link_that_answers_twice_is_refused(service: Service, *, same: bool) -> None:
    reference = service.raise_at(Stage.ONE)
    form = Visitor(service).get(reply_link(service, "tm-n")).form()
    form = form.whole({"answer": "resolved", "words": "Marigold was visited."})
    page = pressed(form, ("press", "send"), ("answer", "resolved" if same else "challenged"))
    assert (page.status, page.heading) == (400, TWICE)
    assert "Marigold was visited." in page.text
    assert service.challenge(reference).awaiting_reply


def test_a_field_without_a_label_is_refused_as_well(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/challenges/{reference}/note").form().fill({"words": "Marigold sleeps."})
    page = pressed(form, ("command_id", "another"))
    assert page.status == 400
    assert "We cannot tell which answer you mean." in page.text


@pytest.mark.parametrize("name", ["draft", "request", "whatever"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_says_something_twice_is_refused(
    service: Service, method: str, name: str
) -> None:
    reference = service.raise_at(Stage.ONE)
    address = f"/challenges/{reference}/reply?{name}=1&{name}=2"
    visitor = Visitor(service, "tm-n")
    page = visitor.post(address, {"words": "Marigold."}) if method == "POST" else None
    page = page or visitor.get(address)
    assert (page.status, page.heading) == (400, "This address cannot be read")
    assert "follow the link again" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "/sign-in?return_to=/a&return_to=/b",
        "/sign-in/callback?state=a&state=b&code=c",
        "/challenges/PCE-7K3M-9QXT?draft=1&draft=2",
        "/reply/a-token?draft=1&draft=2",
        "/assets/main.css?v=1&v=2",
    ],
)
def test_so_it_is_at_every_address(service: Service, address: str) -> None:
    assert Visitor(service).get(address, follow=False).status == 400
