"""Privacy: a form says who will read each field, and marks what identifies the child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from domain.rules.deciding import AskAgain, AskedAgain
from domain.rules.replies import Answer, Replied, Reply
from tests.pages.sections import section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflow.service import Service

BY_LINK = "Anyone who opens the reply link can read this, without signing in."
SIGNED_IN = (
    "Only people who work on this challenge, auditors and the data protection officer can read it, "
    "after signing in."
)

#: What identifies the child of `ANSWERS`: field → text, and the words in it that do so.
TELLING = {
    "initials": ("Alex S.", ["Alex"]),
    "reason": ("Alex’s home breaks down.", ["Alex"]),
    "concern-1-what": ("Born on 5 May 2015, at 12 Elm Road.", ["5 May 2015", "12 Elm Road"]),
    "concern-1-outcome": ("A place at Hillside Primary School.", ["Hillside Primary School"]),
    "tried": ("Asked his brother Tom.", ["Tom"]),
}
WORDS = {name: words for name, (words, _) in TELLING.items()}


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


def _check(iro: Visitor, words: dict[str, str]) -> Page:
    return whole(iro.get("/raise")).fill({**ANSWERS, **words}).press("Continue")


def _marks(page: Page) -> list[str]:
    for hidden in (soup := page.soup).select("mark .govuk-visually-hidden"):
        hidden.decompose()
    return [mark.get_text() for mark in soup.select("mark")]


def _hint(page: Page, name: str) -> str:
    (hint,) = page.soup.select(f"#{name}-hint")
    return " ".join(hint.get_text().split())


# Raising -----------------------------------------------------------------------------------------


def test_where_links_ask_for_a_sign_in_the_fields_say_so(tmp_path: Path) -> None:
    with running(tmp_path, procedure='reply_links = "link and sign-in"') as service:
        page = section(Visitor(service, "iro-1").get("/raise"), "before")
        assert "by their link, after signing in" in _hint(page, "tried")
        assert BY_LINK not in page.text


def test_words_that_tell_nothing_are_raised_without_a_question(iro: Visitor) -> None:
    check = _check(iro, {"views": "Alex wants to stay."})
    assert _marks(check) == [], "what only people read who are signed in is not marked"
    assert "may tell" not in check.text
    assert check.form("/raise").press("raise").heading == "The challenge is raised"


# Acts --------------------------------------------------------------------------------------------


def test_an_act_whose_words_a_link_shows_marks_them_and_asks(
    iro: Visitor, service: Service
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "Marigold."))
    address = f"/challenges/{reference}/ask-again"
    page = iro.get(address)
    assert BY_LINK in _hint(page, "words")
    typed = {"words": "Where does Quillon live?", "days": "2"}
    page = page.form(address).fill(typed).press()
    assert _marks(page) == ["Quillon"]
    assert page.form(address)["words"] == typed["words"]
    assert not _asked_again(service, reference)
    change = iro.get(page.link("Change your answers")).form(address)
    page = change.fill({"words": "Where is Zephyrine?"}).press()
    assert _marks(page) == ["Zephyrine"], "other words are looked at anew"
    page.form(address).press("Ask again")
    assert _asked_again(service, reference) == ["Where is Zephyrine?"]


def _asked_again(service: Service, reference: str) -> list[str]:
    facts = [event.fact for event in service.challenge(reference).events]
    return [fact.words for fact in facts if isinstance(fact, AskedAgain)]


@pytest.mark.parametrize("slug", ["escalate", "ask-again", "revise-deadline", "note", "close"])
def test_every_act_says_who_reads_its_words(iro: Visitor, service: Service, slug: str) -> None:
    reference = service.raise_at(Stage.ONE)
    if slug == "revise-deadline":
        iro = Visitor(service, "srsm")
    elif slug != "note":
        service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "Marigold."))
    page = iro.get(f"/challenges/{reference}/{slug}")
    by_link = slug in ("escalate", "ask-again", "revise-deadline")
    for area in page.soup.select("textarea"):
        assert (BY_LINK if by_link else SIGNED_IN) in _hint(page, str(area["id"]))


def test_what_a_link_shows_of_acts_is_what_they_say(service: Service) -> None:
    """If you are asked again, your link shows why, and the earlier reply needs a sign-in."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "Marigoldreply"))
    service.act(reference, "iro-1", AskAgain("Marigoldagain", 2))
    page = Visitor(service).get(reply_link(service, "tm-n"))
    assert "Marigoldreply" not in page.text
    assert "Marigoldagain" in page.text
    page = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply")
    assert "Marigoldreply" in page.text


# Replying ----------------------------------------------------------------------------------------

SAID = {
    "answer": "actions agreed",
    "words": "Quillon and his brother Tom moved to AB1 2AB.",
    "action-1-what": "Speak with Oak Academy",
    "action-1-owner": "sw-n1",
    "action-1-by-day": "5",
    "action-1-by-month": "1",
    "action-1-by-year": "2027",
}


def test_a_reply_by_link_marks_what_it_can_without_telling_the_name(service: Service) -> None:
    """Otherwise somebody with a link could find out by trying which name is marked."""
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service).get(reply_link(service, "tm-n"))
    details = page.form().fill({"answer": "resolved"}).press("Continue")
    assert SIGNED_IN in _hint(details, "words")
    action = page.form().fill({"answer": "actions agreed"}).press("Continue")
    later = f"The links of those who are asked later show these actions too. {BY_LINK}"
    assert later in action.text
    check = page.form().whole(SAID).press("check")
    assert _marks(check) == ["Oak Academy", "Tom", "AB1 2AB"]
    check.form().press("Send it as it is")
    (said,) = _replies(service, reference)
    assert said.words == SAID["words"]


def test_a_reply_that_is_signed_in_marks_the_child_s_name_as_well(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply")
    check = page.form(f"/challenges/{reference}/reply").whole(SAID).press("check")
    assert _marks(check) == ["Oak Academy", "Quillon", "Tom", "AB1 2AB"]
    back = check.form(f"/challenges/{reference}/reply").press("Change your reply")
    assert back.form(f"/challenges/{reference}/reply")["words"] == SAID["words"]


def test_only_the_page_to_check_sends_a_reply(service: Service) -> None:
    """Anybody who sends it from one of our pages has seen the marks, whichever way they came."""
    reference = service.raise_at(Stage.ONE)
    question = Visitor(service).get(reply_link(service, "tm-n"))
    check = question.form().whole(SAID).press("check")
    wrong = question.form().whole({**SAID, "words": ""}).press("check")
    for page in (
        question,
        wrong,
        check.form().press("Change your reply"),
        question.form().press("next"),
        wrong.form().press("add"),
    ):
        assert "send" not in {button.value for button in page.form().buttons}
    assert "send" in {button.value for button in check.form().buttons}
    question.form().whole(SAID).press()
    assert _replies(service, reference) == [], "nor does Enter"


def _replies(service: Service, reference: str) -> list[Replied]:
    facts = [event.fact for event in service.challenge(reference).events]
    return [fact for fact in facts if isinstance(fact, Replied)]
