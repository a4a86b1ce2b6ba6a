"""Privacy: who reads the words of a form, and what of them identifies the child."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import clock, drafts, wiring
from adapters.unsent import LIFE
from domain.ladder import Stage
from domain.moments import day_in_words, local_day
from domain.rules.entry import Raised
from domain.rules.replies import Answer, Replied, Reply
from handlers.intake import Became
from tests.doors.post import form, mail
from tests.doors.test_interface import FORM, let_in
from tests.pages.sections import answers_of, section, whole
from tests.pages.test_back_and_reload import _sent
from tests.pages.test_raising import ANSWERS
from tests.pages.test_replying import FILLED
from tests.pages.test_telling_words import (
    BY_LINK,
    SAID,
    SIGNED_IN,
    TELLING,
    WORDS,
    _check,
    _hint,
    _marks,
)
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import CHILD, CONCERN, URL, running

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.outbox import SentMail
    from tests.workflow.service import Service

TOLD = "Zephyrine was born on 5 April 2013, and lives at 12 Elm Road."


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


# Bad submissions by email -------------------------------------------------------------------------


def _answer_to_a_bad_email(service: Service) -> SentMail:
    bad = form(Date_of_birth="soon", Team="Nowhere", Concern_1_theme="-")
    assert service.receive(mail(bad)) == Became.DRAFT
    answer: SentMail
    (answer,) = service.mails("iro-1")
    return answer


def test_an_email_that_answers_a_bad_submission_names_the_fields(service: Service) -> None:
    said = " ".join(_answer_to_a_bad_email(service).text.split())
    for field in ("Date of birth", "Team", "Concern 1 theme"):
        assert f"{field}: " in said
    assert "Initials: " not in said, "what is right is not named"
    assert "soon" not in said
    assert "Nowhere" not in said


def test_an_email_that_answers_a_bad_submission_links_to_a_draft(service: Service) -> None:
    link, *_ = _answer_to_a_bad_email(service).links
    assert Visitor(service).get(link.removeprefix(URL), follow=False).status == 303, "sign in first"
    page = Visitor(service, "iro-1").get(link.removeprefix(URL))
    assert whole(page)["name"] == "Quillon Zephyrine"


# What a reply link opens --------------------------------------------------------------------------


def test_without_a_sign_in_a_reply_link_opens_the_question_the_concern_and_the_actions(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service).get(reply_link(service, "tm-n"))
    assert page.status == 200
    assert "to reply by Monday 9 November 2026 (" in page.text
    assert CONCERN.what in page.text
    assert service.challenge(reference).raised.entry_reason in page.text


def test_a_reply_link_shows_the_child_s_case_id_and_initials_only(service: Service) -> None:
    reference, nobody = service.raise_at(Stage.ONE), Visitor(service)
    question = nobody.get(reply_link(service, "tm-n"))
    assert CHILD.case_id in question.text
    assert CHILD.initials in question.text
    filled = question.form().whole(FILLED[Answer.ACTIONS])
    check = filled.press("check")
    pages = [
        question,
        question.form().press("next"),
        question.form().fill({"answer": "actions agreed"}).press("next"),
        question.form().fill({"answer": "resolved"}).press("next"),
        check,
        check.form().press("change"),
        check.form().press("send"),
        filled.press("check"),
    ]
    service.withdraw(reference)
    pages.append(nobody.get(question.address))
    for page in pages:
        assert not [part for part in CHILD.name.split() if part in page.body]
        assert day_in_words(CHILD.date_of_birth) not in page.body
        assert CHILD.date_of_birth.isoformat() not in page.body


def test_earlier_replies_the_child_s_views_and_attachments_need_a_sign_in(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "Sunflowers grow here."))
    iro = Visitor(service, "iro-1").get(f"/challenges/{reference}/escalate")
    iro.form().fill({"to": "2"}).press()
    by_link = Visitor(service).get(reply_link(service, "csm"))
    signed_in = Visitor(service, "csm").get(f"/challenges/{reference}")
    for words in ("Sunflowers grow here.", service.challenge(reference).raised.views):
        assert words in signed_in.text
        assert words not in by_link.text
    for page in (by_link, signed_in):
        assert not page.soup.select("a[download], [type=file]"), "no page takes or gives a file"


def test_a_council_can_set_that_a_reply_link_needs_a_sign_in(tmp_path: Path) -> None:
    with running(tmp_path, procedure='reply_links = "link and sign-in"') as service:
        service.raise_at(Stage.ONE)
        link = reply_link(service, "tm-n")
        page = Visitor(service).get(link, follow=False)
        assert page.status == 303
        assert page.headers["location"] == f"/sign-in?return_to={link}"


# What is typed and not sent ---------------------------------------------------------------------


def test_a_form_that_nobody_sends_is_given_back_for_a_fortnight(service: Service) -> None:
    """By the computers' clock: while somebody practises, the other runs fast."""
    iro, reference = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
    form = iro.get(f"/challenges/{reference}/close").form().fill({"reason": "Marigold."})
    address, page = _sent(form)
    wall = clock.wall

    def seen(later: timedelta) -> Page:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "wall", lambda: wall() + later)
            return iro.get(address)

    assert seen(LIFE - timedelta(minutes=1)).heading == page.heading
    left = seen(LIFE + timedelta(minutes=1)).form()
    assert (page.form()["reason"], left["reason"]) == ("Marigold.", "")


def test_a_draft_is_given_back_for_90_days_after_its_owner_last_worked_on_it(
    service: Service,
) -> None:
    """By the computers' clock. DynamoDB deletes it days later, and the emulator never does."""
    assert service.receive(mail(form(Team="-"))) == Became.DRAFT
    iro, wall = Visitor(service, "iro-1"), clock._source
    (draft,) = wiring.drafts().of("iro-1")
    minute = timedelta(minutes=1)

    def days_later(later: timedelta, address: str) -> Page:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "_source", lambda: wall() + later)
            return iro.get(address)

    def is_there(later: timedelta) -> bool:
        listed = "Your drafts" in days_later(later, "/").text
        found = "and is gone" not in days_later(later, draft.address).text
        assert listed == found
        return found

    assert drafts.LIFE.days == 90
    assert f"until {day_in_words(local_day(wall() + drafts.LIFE))}" in iro.get("/").text
    assert is_there(drafts.LIFE - minute)
    assert not is_there(drafts.LIFE + minute)
    later = drafts.LIFE - minute
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_source", lambda: wall() + later)
        whole(iro.get(draft.address)).fill({"initials": "A.B."}).press("Continue")
    assert is_there(later + drafts.LIFE - minute)
    assert not is_there(later + drafts.LIFE + minute)


# What a form says and marks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("case-id", *TELLING), BY_LINK),
        (("name", "date-of-birth", "views"), SIGNED_IN),
    ],
)
def test_each_form_says_beforehand_who_will_read_the_field(
    iro: Visitor, names: tuple[str, ...], sentence: str
) -> None:
    for key in ("child", "concern", "before", "stage"):
        page = section(iro.get("/raise"), key)
        own = [name for name in names if name in page.form().names | {"date-of-birth"}]
        own = [name for name in own if page.soup.select(f"#{name}-hint")]
        assert [name for name in own if sentence not in _hint(page, name)] == []


def test_a_form_marks_the_names_of_the_child_brothers_and_sisters_that_it_recognises(
    iro: Visitor,
) -> None:
    page = _check(iro, {"tried": "Alex asked his brother Tom, and his sister Mia."})
    assert _marks(page) == ["Alex", "Tom", "Mia"]
    assert "Your words may tell who the child is." in page.text


def test_a_form_marks_dates_of_birth_schools_and_addresses_that_it_recognises(
    iro: Visitor,
) -> None:
    page = _check(iro, WORDS)
    assert _marks(page) == [one for _, found in TELLING.values() for one in found]
    assert "We marked what looks like: a date of birth, an address or a postcode." in page.text


def test_the_writer_can_replace_what_is_marked_before_sending(iro: Visitor) -> None:
    check = _check(iro, WORDS)
    marked = check.soup.select(".govuk-summary-list__row:has(mark) a")
    assert len(marked) == len(TELLING)
    for name, link in zip(TELLING, marked, strict=True):
        assert str(link["href"]).endswith(f"#{name}")
        page = iro.get(str(link["href"]))
        assert page.form()[name] == WORDS[name]
        assert page.soup.select(f"#{name}-warning"), "it is said at the field as well"
    found = answers_of(check)
    assert {name: found[name] for name in ANSWERS} == {**ANSWERS, **WORDS}
    assert "raise" not in [button.value for button in check.form("/raise").buttons]


def test_the_software_never_replaces_words_by_itself(iro: Visitor, service: Service) -> None:
    check = _check(iro, WORDS)
    again = iro.post("/raise", {**check.form("/raise").fields, "press": "raise"})
    assert _marks(again), "a page from before, or a button that is not there, chooses nothing"
    assert service.open_challenges() == []
    done = again.form("/raise").press("Raise this challenge as it is")
    assert done.heading == "The challenge is raised"
    (reference,) = service.open_challenges()
    raised = service.challenge(reference).events[0].fact
    assert isinstance(raised, Raised)
    assert raised.tried == WORDS["tried"]
    page = Visitor(service).get(reply_link(service, "tm-n"))
    page.form().whole(SAID).press("check").form().press("Send it as it is")
    facts = [event.fact for event in service.challenge(reference).events]
    assert [fact.words for fact in facts if isinstance(fact, Replied)] == [SAID["words"]]


def test_the_replies_to_emails_and_to_json_name_the_fields_with_marked_words(
    service: Service,
) -> None:
    platform = let_in(service)
    concerns = [FORM["concerns"][0], {**FORM["concerns"][0], "outcome": TOLD}]
    sent = {**FORM, "tried": "Asked his brother Tom.", "views": TOLD, "concerns": concerns}
    status, _, answer = platform.send(sent)
    assert status == 201
    warned = {one["field"]: one for one in answer["warnings"]}
    assert list(warned) == ["concerns.1.outcome", "tried"]
    outcome = warned["concerns.1.outcome"]
    assert outcome["pointer"] == "#/concerns/1/outcome"
    assert "the child’s name, a date of birth, an address or a postcode" in outcome["detail"]
    assert platform.send(sent)[2]["warnings"] == answer["warnings"], "however often it is sent"

    by_email = form(Concern_1_outcome=TOLD, Already_tried="Asked his brother Tom.")
    assert service.receive(mail(by_email)) == Became.RAISED
    assert "Asked his brother Tom." in {
        service.challenge(reference).raised.tried for reference in service.open_challenges()
    }
    *_, letter = (mail for mail in service.mails("iro-1") if "raised" in mail.subject)
    assert "- Concern 1 outcome\n" in letter.text
    assert "- Already tried\n" in letter.text
    assert "- Concern 1\n" not in letter.text
    for part in (json.dumps(answer), letter.subject, letter.text, letter.html):
        for word in ("Zephyrine", "5 April", "Elm", "Tom"):
            assert word not in part
