"""Words that nobody can see are not an answer, and do not make two children of one.

This holds for every way in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from domain.rules.notes import Noted
from domain.rules.replies import Answer, Replied, Reply
from handlers.intake import Became
from tests.doors.post import LINES, TESSA, form, mail
from tests.doors.test_interface import FORM, let_in
from tests.pages.sections import at_once, errors_of
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, reply_link
from tests.unit.test_writing import UNSEEN

if TYPE_CHECKING:
    from tests.workflow.service import Service

#: What is in a field that looks empty: one example of every kind.
NOTHING = "".join(UNSEEN.values())


def test_a_page_takes_no_answer_that_nobody_can_see(service: Service) -> None:
    words = ("case-id", "initials", "name", "reason", "concern-1-what", "concern-1-outcome")
    unseen = dict.fromkeys((*words, "tried", "views"), NOTHING)
    page = at_once(Visitor(service, "iro-1").get("/raise")).fill({**ANSWERS, **unseen})
    errors = errors_of(page.press("Continue"))
    assert {*errors} == {f"#{name}" for name in unseen}
    assert service.open_challenges() == []


def test_the_interface_takes_no_answer_that_nobody_can_see(service: Service) -> None:
    unseen = dict.fromkeys(("case_id", "initials", "name", "reason", "tried", "views"), NOTHING)
    concern = {**FORM["concerns"][0], "what": NOTHING, "outcome": NOTHING}
    # As escapes: JSON writes a character beyond the first plane as two of them.
    sent = json.dumps({**FORM, **unseen, "concerns": [concern]}, ensure_ascii=True).encode()
    found = let_in(service).problems(json.loads(sent))
    assert set(found) == {*unseen, "concerns.0.what", "concerns.0.outcome"}


def test_an_email_takes_no_answer_that_nobody_can_see(service: Service) -> None:
    unseen = {label: NOTHING for label in LINES if label in ("Name", "Already tried", "Case ID")}
    assert len(unseen) == 3
    assert service.receive(mail(form(**unseen))) == Became.DRAFT
    assert service.open_challenges() == []


def test_an_email_that_looks_empty_is_kept_as_a_note_that_says_so(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    sent = mail("\u0301", subject=f"Re: {reference}", sender=TESSA)
    assert service.receive(sent) == Became.NOTE
    (note,) = [e.fact for e in service.challenge(reference).events if isinstance(e.fact, Noted)]
    assert "no words of its own" in note.words


def test_a_reply_that_nobody_can_see_is_none(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service).get(reply_link(service, "tm-n"))
    page = page.form().whole({"answer": "resolved", "words": NOTHING}).press("check")
    assert list(page.errors) == ["#words"]
    assert not any(isinstance(e.fact, Replied) for e in service.challenge(reference).events)


def test_an_act_with_words_that_nobody_can_see_is_not_done(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, "iro-1").get(f"/challenges/{reference}/note")
    page = page.form(f"/challenges/{reference}/note").fill({"words": NOTHING}).press()
    assert list(page.errors) == ["#words"]


@pytest.mark.parametrize("words", ["\u0301", "\u200b \u2800", "\U000e0041"])
def test_the_rules_themselves_take_no_such_words(service: Service, words: str) -> None:
    reference = service.raise_at(Stage.ONE)
    with pytest.raises(Exception, match="what was done"):
        service.act(reference, "tm-n", Reply(1, Answer.RESOLVED, words))


@pytest.mark.parametrize("pasted", ["\u200b", "\ufeff", "\u00ad", "\u202e", "\U000e0041", "\ufe0f"])
def test_a_case_id_with_something_unseen_in_it_is_the_same_child(
    service: Service, pasted: str
) -> None:
    iro = Visitor(service, "iro-1")
    at_once(iro.get("/raise")).fill(ANSWERS).press("Continue").form("/raise").press("raise")
    (reference,) = service.open_challenges()
    again = {**ANSWERS, "case-id": f"{pasted}CASE-{pasted}1"}
    page = at_once(iro.get("/raise")).fill(again).press("Continue")
    assert "You already have an open challenge about this child" in page.text
    assert reference in page.text


def test_what_was_pasted_does_not_reach_the_record(service: Service) -> None:
    sent = {**FORM, "name": "Quil\u200blon\u202e Zephyrine", "views": "می\u200cروم \u200bنیست"}
    status, _, answer = let_in(service).send(sent)
    assert status == 201
    raised = service.challenge(answer["reference"]).raised
    assert raised.child.name == "Quillon Zephyrine"
    assert raised.views == "می\u200cروم نیست"
