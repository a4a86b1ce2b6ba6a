"""Rules 3, 5 and 15 on the page: a responder replies by an emailed link, or signed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters import wiring
from adapters.casebook import Casebook
from adapters.council_store import CouncilStore
from adapters.errors import TryAgainError
from adapters.left_out import LEFT_OUT
from domain.challenge import AgreedAction, Owner
from domain.directory import Cover
from domain.ladder import Stage
from domain.moments import day_in_words
from domain.rules.deciding import AskAgain
from domain.rules.escalating import Escalate
from domain.rules.posts import NotMine, Reassign
from domain.rules.replies import Answer, Replied, Reply
from tests.pages.visitor import Visitor, reply_link, reply_links
from tests.workflow.service import CHILD, CONCERN, URL, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

ACTION = {
    "action-1-what": "Find a school place",
    "action-1-owner": "sw-n1",
    "action-1-by-day": "5",
    "action-1-by-month": "jan",
    "action-1-by-year": "2027",
}
FILLED = {
    Answer.RESOLVED: {"answer": "resolved", "words": "Visited on Friday."},
    Answer.ACTIONS: {"answer": "actions agreed", "words": "We met.\nAll agreed."} | ACTION,
    Answer.CHALLENGED: {"answer": "challenged", "words": "The plan says otherwise."},
}


@pytest.fixture
def reference(service: Service) -> str:
    """Return a challenge at stage 1, which the Team Manager is asked about."""
    return service.raise_at(Stage.ONE)


@pytest.fixture
def nobody(service: Service) -> Visitor:
    """Return somebody who is not signed in: all they have is the email."""
    return Visitor(service)


@pytest.fixture
def question(nobody: Visitor, service: Service, reference: str) -> Page:
    """Return the page that the Team Manager's link opens."""
    assert reference
    return nobody.get(reply_link(service, "tm-n"))


@pytest.fixture
def double_locked(tmp_path: Path) -> Iterator[Service]:
    """Return the service of a council whose links ask for a sign-in as well."""
    with running(tmp_path, procedure='reply_links = "link and sign-in"') as service:
        yield service


def answers(service: Service, reference: str) -> list[Replied | NotMine]:
    facts = [event.fact for event in service.challenge(reference).events]
    return [fact for fact in facts if isinstance(fact, Replied | NotMine)]


# The question ------------------------------------------------------------------------------------


def test_the_link_shows_what_is_asked_by_whom_and_until_when(
    question: Page, service: Service, reference: str
) -> None:
    """Everything you need for your reply is on one page."""
    challenge = service.challenge(reference)
    assert question.status == 200
    for text in (
        reference,
        "Stage 1",
        "Ira Sample-One",
        "Tessa Sample-North",
        f"to reply by {day_in_words(challenge.request.deadline.day)}",
        "5 working days left",
        challenge.request.deadline.why,
        "Placement",
        CONCERN.what,
        CONCERN.outcome_wanted,
        day_in_words(CONCERN.by),
        challenge.raised.tried,
        challenge.raised.entry_reason,
        CHILD.case_id,
        CHILD.initials,
        "If there is no reply by then, the challenge moves to Stage 2.",
    ):
        assert text in question.text
    assert question.form().choices["answer"] == (
        "resolved",
        "actions agreed",
        "challenged",
        "not mine",
    )


def test_on_the_last_day_it_says_that_the_reply_is_due_today(
    nobody: Visitor, service: Service, reference: str
) -> None:
    service.jump(service.challenge(reference).request.deadline.at - timedelta(hours=2))

    assert "due today" in nobody.get(reply_link(service, "tm-n")).text


def test_what_was_said_before_at_the_stage_is_shown_when_it_is_asked_again(
    nobody: Visitor, service: Service, reference: str
) -> None:
    """Rule 4: the IRO asks again, and the second email's link shows why."""
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    service.act(reference, "iro-1", AskAgain("Marigoldagaintext", 3))
    page = nobody.get(reply_link(service, "tm-n"))

    assert "So far at this stage" in page.text
    assert "Tessa Sample-North replied: disagree" in page.text
    assert "Marigoldagaintext" in page.text


def test_the_key_of_a_link_is_left_out_of_a_reply_and_the_writer_sees_it(
    question: Page, service: Service, reference: str
) -> None:
    link = reply_link(service, "tm-n")
    filled = {**FILLED[Answer.RESOLVED], "words": f"Done, see {URL}{link} or {link[7:]}."}
    check = question.form().whole(filled).press("Check your reply")
    clean = f"Done, see {URL}/reply/… or {LEFT_OUT}."
    assert clean in check.text
    assert check.form().press("Send your reply").heading == "You have replied"
    (reply,) = answers(service, reference)
    assert isinstance(reply, Replied)
    assert reply.words == clean


def test_the_record_leaves_it_out_by_whatever_way_it_comes(
    service: Service, reference: str
) -> None:
    key = reply_link(service, "tm-n").removeprefix("/reply/")
    school = Owner(name=f"{URL}/reply/{key}", organisation="Sample School")
    done = AgreedAction(f"Look at {key}", "", date(2027, 1, 5), school)
    command = Reply(1, Answer.ACTIONS, f"So:\n{key[:30]}\n{key[30:]}", (done,))
    wiring.casebook().act(reference, command, service.actor("tm-n", "link"), "a-command")
    (reply,) = answers(service, reference)
    assert isinstance(reply, Replied)
    assert reply.words == f"So:\n{LEFT_OUT}"
    assert reply.actions[0].what == f"Look at {LEFT_OUT}"
    assert reply.actions[0].owner == f"{URL}/reply/…, Sample School"
    assert reply.actions[0].who == Owner(name=f"{URL}/reply/…", organisation="Sample School")


# The four answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", list(Answer))
def test_each_answer_is_checked_then_sent_and_goes_to_the_iro(
    question: Page, service: Service, reference: str, answer: Answer
) -> None:
    filled = FILLED[answer]
    check = question.form().whole(filled).press("Check your reply")
    assert check.status == 200
    assert check.heading == "Check your reply before you send it"
    assert "Nothing has been sent yet" in check.text
    assert filled["words"].split("\n")[0] in check.text
    assert answers(service, reference) == []

    done = check.form().press("Send your reply")
    assert done.status == 200
    assert done.heading == "You have replied"
    called = "Willow Sample-North, Social Worker, North Team"
    by, who = date(2027, 1, 5), Owner("sw-n1")
    actions = (AgreedAction("Find a school place", called, by, who),)
    (reply,) = answers(service, reference)
    assert isinstance(reply, Replied)
    assert (reply.answer, reply.words) == (answer, filled["words"])
    assert reply.actions == (actions if answer is Answer.ACTIONS else ())
    assert not reply.late
    assert service.rung(reference) == "IRO to decide"
    actor = service.challenge(reference).request.reply
    assert actor is not None
    assert (actor.actor.officer, actor.actor.via) == ("tm-n", "link")
    assert actor.actor.capacity == "Team Manager, North Team"


def test_not_mine_answers_nothing_and_returns_to_the_iro(
    question: Page, service: Service, reference: str
) -> None:
    """Rule 15."""
    check = question.form().whole({"answer": "not mine", "words": "Ask the South Team."})
    page = check.press("check")
    assert "This does not answer the challenge" in page.text
    done = page.form().press("send")

    assert done.heading == "You said that this is not yours to answer"
    assert "Ask the South Team." not in done.text, "nobody knows who has opened the link"
    (said,) = answers(service, reference)
    assert isinstance(said, NotMine)
    assert not service.challenge(reference).request.answered


def test_afterwards_the_link_shows_what_was_answered(question: Page, nobody: Visitor) -> None:
    question.form().whole(FILLED[Answer.ACTIONS]).press("check").form().press("send")
    page = nobody.get(question.address)

    assert page.status == 200
    assert page.heading == "You have replied"
    assert "Monday 2 November 2026" in page.text
    for text in ("Find a school place", "Tuesday 5 January 2027"):
        assert text in page.text
    assert not page.soup.select("main form")
    assert "We met." not in page.text, "nobody knows who has opened the link"
    address = page.link("Sign in to read what was written")
    page = Visitor(nobody.service, "tm-n").get(address)
    for text in ("We met.", "All agreed.", "Find a school place"):
        assert text in page.text


def test_either_may_reply_at_qap_and_the_other_reads_who_did(
    nobody: Visitor, service: Service
) -> None:
    """Rule 2: Social Worker and Team Manager are both asked."""
    service.raise_at(Stage.QAP)
    page = nobody.get(reply_link(service, "sw-n1"))
    late_comer = nobody.get(reply_link(service, "tm-n"))
    page.form().whole(FILLED[Answer.RESOLVED]).press("check").form().press("send")

    page = nobody.get(late_comer.address)
    assert page.heading == "Willow Sample-North has replied"
    typed = {"answer": "resolved", "words": "Me too, marigold."}
    answered = late_comer.form().whole(typed).press("check")
    assert answered.status == 409
    assert "What you typed was not sent" in answered.text
    assert "Me too, marigold." in answered.text


# On a phone: the question first, one thing on a page ----------------------------------------------


def test_when_it_is_asked_again_the_new_question_stands_first(
    nobody: Visitor, service: Service, reference: str
) -> None:
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    service.act(reference, "iro-1", AskAgain("Marigoldagaintext", 3))
    text = nobody.get(reply_link(service, "tm-n")).text
    order = ["The new question", "Marigoldagaintext", "What was asked before", CONCERN.what]
    places = [text.index(words) for words in [*order, "What is your answer?", "So far at this"]]
    assert places == sorted(places)


def test_the_answers_come_before_what_is_long(question: Page) -> None:
    form = question.soup.select_one("main form")
    assert form is not None
    assert not form.find_previous("details"), "nothing to unfold before the answers"
    after = {" ".join(one.get_text().split()) for one in form.find_all_next("summary")}
    assert {"What was tried before", "Why it is at Stage 1", "How we worked out the deadline"} <= (
        after
    )
    assert "words" not in question.form().names, "asked for on the page after"


def test_long_words_are_shortened_and_can_be_read_whole(service: Service) -> None:
    long = " ".join(["Marigold"] * 200)
    concerns = tuple(replace(CONCERN, what=f"{number} {long}") for number in range(1, 5))
    service.raise_at(Stage.ONE, concerns=concerns)
    page = Visitor(service).get(reply_link(service, "tm-n"))
    shown = [str(one.get_text()) for one in page.soup.select("main .pc-words")]
    assert all(concern.what in shown for concern in concerns)
    assert "Read the other concerns (2)" in page.text
    before = page.text.partition("What is your answer?")[0]
    short = before.replace(long, "")
    assert short.count("…") == 4


def test_the_child_s_views_stand_near_the_concern_only_for_who_is_signed_in(
    question: Page, service: Service, reference: str
) -> None:
    views = service.challenge(reference).raised.views
    signed_in = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply").text
    assert CONCERN.what in signed_in.partition(views)[0]
    assert "What is your answer?" in signed_in.partition(views)[2]
    assert views not in question.body
    service.withdraw(reference)
    ended = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply")
    assert views not in ended.body


def test_the_day_of_the_reply_is_there_for_a_calendar(question: Page, reference: str) -> None:
    entry = question.visitor.get(question.link("Add the date to your calendar"))
    assert entry.headers["content-type"].startswith("text/calendar")
    assert f"SUMMARY:Reply to {reference}\r\n" in entry.body
    assert "DTSTART;VALUE=DATE:20261109\r\n" in entry.body
    assert question.address.partition("?")[0] not in entry.body, "whoever has the link can reply"


def test_each_field_says_who_reads_it(question: Page) -> None:
    action = question.form().fill({"answer": "actions agreed"}).press("Continue")
    words = question.form().fill({"answer": "challenged"}).press("Continue")
    for page in (question, action, words):
        for field in page.soup.select("main [aria-describedby]"):
            hint = page.soup.select_one(f"#{str(field['aria-describedby']).split()[0]}")
            assert hint is not None
            if "-by" not in str(hint["id"]) and "-item" not in str(hint["id"]):
                assert "read" in hint.get_text() or "see" in hint.get_text(), hint
    asked = action.soup.select("main textarea, main input[type=text]:not([inputmode])")
    assert len(asked) == 5
    assert all(field.has_attr("aria-describedby") for field in asked)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("resolved", "What was done?"),
        ("challenged", "Why do you disagree?"),
        ("not mine", "Why is this not yours to answer?"),
    ],
)
def test_the_page_after_asks_what_the_answer_needs(question: Page, answer: str, label: str) -> None:
    page = question.form().fill({"answer": answer}).press("Continue")
    assert [one.get_text(strip=True) for one in page.soup.select("main form label")] == [label]
    check = page.form().fill({"words": "Because."}).press("Continue")
    assert check.heading.startswith("Check your ")
    again = check.link("Change answer")
    assert question.visitor.get(again).form()["answer"] == answer


def test_an_action_is_added_changed_and_removed_by_itself(question: Page) -> None:
    page = question.form().fill({"answer": "actions agreed"}).press("Continue")
    assert page.heading == "Action 1"
    page = page.form().fill(ACTION).press("Save this action")
    assert page.heading == "Your reply: actions agreed"
    second = {name.replace("1", "2", 1): text for name, text in ACTION.items()}
    page = page.form().press("Add another action").form().fill(second).press("Save this action")
    assert page.text.count("Find a school place") == 2
    page = page.form().press("Change action 1")
    page = page.form().fill({"action-1-what": "Ring the school"}).press("Save this action")
    assert "Ring the school" in page.text
    page = page.form().press("Remove action 2")
    assert "Find a school place" not in page.text
    assert page.form()["action-1-what"] == "Ring the school"
    page = page.form().press("Remove action 1")
    assert page.heading == "Action 1", "at least one is needed"
    assert page.form()["action-1-what"] == ""


def test_an_action_with_an_error_opens_with_its_error(question: Page) -> None:
    """They gave a weekend, were called away, and found it listed as if it were right."""
    page = question.form().fill({"answer": "actions agreed"}).press("Continue")
    wrong = ACTION | {"action-1-by-day": "5", "action-1-by-month": "12"}
    page = page.form().fill(wrong).press("Save this action")
    said = page.errors
    assert "enter a working day" in said["#action-1-by-day"]
    begun = question.visitor.get(urlsplit(question.address).path)
    again = question.visitor.get(begun.link("Go on where you were"))
    assert again.errors == said
    opened = question.visitor.get(again.address.replace("step=details", "step=action-1"))
    assert (opened.heading, opened.errors) == ("Action 1", said)


def test_a_date_after_the_limit_is_warned_of_before_it_is_sent(
    question: Page, service: Service, reference: str
) -> None:
    """The 20-working-day limit: only the SRSM can accept such a date."""
    period = service.challenge(reference).period
    assert period is not None
    warning = f"after the 20-working-day limit, {day_in_words(period.day)}"
    for day, warned in ((period.day, 0), (date(2026, 12, 1), 1)):
        by = {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
        typed = ACTION | {f"action-1-by-{box}": text for box, text in by.items()}
        page = question.form().fill({"answer": "actions agreed"}).press("Continue")
        page = page.form().fill(typed).press("Save this action")
        assert page.text.count(warning) == warned
        check = page.form().fill({"words": "Yes."}).press("Continue")
        assert check.text.count(warning) == warned
        assert ("Only the Safeguarding & Review Service Manager" in check.text) == bool(warned)


def test_a_forged_step_shows_a_page_of_the_form(question: Page, nobody: Visitor) -> None:
    filled = question.form().whole(FILLED[Answer.ACTIONS])
    filled.press("check")
    for step in ("action-9", "saved-99", "action-0", "saved-2", "details", "nothing", "child-1"):
        page = nobody.get(f"{filled.action}&step={step}")
        assert page.status == 200
        assert page.form()["action-1-what"] == "Find a school place"


@pytest.mark.parametrize("pressed", ["next", "save-1", "check"])
def test_signing_in_again_leads_back_to_the_same_step_with_what_was_typed(
    service: Service, reference: str, pressed: str
) -> None:
    visitor = Visitor(service, "tm-n")
    page = visitor.get(f"/challenges/{reference}/reply")
    form, headings = page.form().fill({"answer": "actions agreed"}), ["Reply to a challenge"]
    if pressed != "next":
        form = form.press("next").form().fill({**ACTION, "action-1-by-day": ""})
        headings = ["Action 1"]
    if pressed == "check":
        form = form.fill(ACTION).press("save-1").form().fill({"words": "Marigold."})
        headings = ["Your reply: actions agreed"]
    visitor.sign_in("tm-n", seconds=-1)
    ended = form.press(pressed)
    assert ended.heading == "You have been signed out"
    visitor.sign_in("tm-n")
    back = visitor.get(_return_to(ended))
    assert [back.heading] == headings
    kept = {name: text for name, text in form.fields.items() if name[:6] in ("answer", "action")}
    kept.pop("action-1-owner", "")
    assert {name: back.form()[name] for name in kept} == kept


def test_labels_are_still_known_after_several_pages(service: Service, reference: str) -> None:
    """So that a page which gives what was typed back to be copied says what it is."""
    visitor = Visitor(service, "tm-n")
    form = visitor.get(f"/challenges/{reference}/reply").form().fill({"answer": "actions agreed"})
    page = form.press("next").form().fill(ACTION).press("save-1")
    check = page.form().fill({"words": "We met on Friday."}).press("check")
    page = visitor.post(check.form().action, [*check.form().fields.items(), ("words", "Twice.")])
    assert page.status == 400
    labels = [one.get_text() for one in page.soup.select("main dt")]
    assert labels[:2] == ["What is your answer?", "How will the actions put right what is wrong?"]
    assert "Action 1: What will be done?" in labels


# What is missing, and what was typed -----------------------------------------------------------


def test_an_empty_form_says_what_to_enter_and_where(question: Page) -> None:
    page = question.form().whole({}).press("check")

    assert page.status == 200
    assert page.soup.title is not None
    assert page.soup.title.get_text().startswith("Error: ")
    assert page.errors == {"#answer": "Choose your answer."}
    (summary,) = page.soup.select(".govuk-error-summary")
    assert summary.has_attr("autofocus"), "it is read out first"
    assert summary["tabindex"] == "-1"


def test_each_answer_needs_words(question: Page) -> None:
    for answer, sentence in {
        "resolved": "Enter what was done, so that the IRO can see that it is resolved.",
        "challenged": "Enter your reasons for disagreeing.",
        "not mine": "Enter why this is not yours, and whose it is if you know.",
    }.items():
        page = question.form().whole({"answer": answer, "words": " \n "}).press("check")

        assert page.errors == {"#words": sentence}
        assert page.form()["answer"] == answer


def test_actions_agreed_need_an_action(question: Page) -> None:
    page = question.form().whole({"answer": "actions agreed", "words": "Yes."}).press("check")

    assert page.errors == {"#action-1-what": "Enter at least one action."}
    assert page.form()["words"] == "Yes."


def test_an_action_needs_all_its_parts_and_a_date_to_come(question: Page) -> None:
    rows = {
        "action-1-what": "Ring the school",
        "action-2-owner": "Tessa Sample-North, Team Manager, North Team",
        "action-2-by-day": "1",
        "action-2-by-month": "10",
        "action-2-by-year": "2026",
    }
    typed = {"answer": "actions agreed", "words": "Yes."} | rows
    page = question.form().whole(typed).press("check")

    assert page.errors == {
        "#action-1-owner": "Action 1: choose who will do it, or enter somebody outside the "
        "council.",
        "#action-1-by-day": "Action 1: enter a date.",
        "#action-2-what": "Action 2: enter what will be done.",
        "#action-2-by-day": "Action 2: enter a date that is today or in the future.",
    }
    assert {name: page.form()[name] for name in typed} == typed


def test_an_action_is_due_on_a_working_day(question: Page) -> None:
    day = {"action-1-by-day": "9", "action-1-by-month": "1", "action-1-by-year": "2027"}
    page = question.form().whole(FILLED[Answer.ACTIONS] | day).press("check")

    assert page.errors == {
        "#action-1-by-day": "Action 1: enter a working day: Saturday 9 January 2027 is not one. "
        "The nearest are Friday 8 January 2027 and Monday 11 January 2027."
    }
    assert {name: page.form()[name] for name in day} == day


def test_who_does_an_action_is_chosen_by_name_or_somebody_outside(
    question: Page, service: Service, reference: str
) -> None:
    """Rule 6: posts of the child's team come first, and each post with who holds it."""
    page = question.form().fill({"answer": "actions agreed"}).press("Continue")
    (field,) = page.soup.select("#action-1-owner")
    listed = [str(one["value"]) for one in page.soup.select(f"#{field['list']} option")]
    assert listed[0].endswith("North Team and South Team (Celia Sample-Service)")
    assert "Social Worker, North Team (Wilf Sample-North)" in listed[:5]
    assert "Head of Service (Hollis Sample-Head)" in listed
    assert [one for one in listed if "Toby" in one] == [
        "Team Manager, South Team (Toby Sample-South)"
    ], "once, and still found by name"
    assert not {one for one in listed if "Ira " in one or "analyst" in one or "dministrator" in one}
    outside = {
        "action-1-owner": "",
        "action-1-owner-name": "Pat Sample",
        "action-1-owner-organisation": "Sample Clinic",
        "action-1-owner-email": "pat@clinic.example",
    }
    check = question.form().whole(FILLED[Answer.ACTIONS] | outside).press("check")
    assert "Pat Sample, Sample Clinic, pat@clinic.example" in check.text
    check.form().press("send")
    (reply,) = answers(service, reference)
    assert isinstance(reply, Replied)
    assert reply.actions[0].owner == "Pat Sample, Sample Clinic"
    assert reply.actions[0].who == Owner("", "Pat Sample", "Sample Clinic", "pat@clinic.example")


def test_somebody_outside_is_folded_away_until_something_is_typed_there(question: Page) -> None:
    first = question.form().fill({"answer": "actions agreed"}).press("Continue")
    assert not first.soup.select("details[open]")
    typed = FILLED[Answer.ACTIONS] | {"action-1-owner": "", "action-1-owner-email": "pat"}
    page = question.form().whole(typed).press("check")
    assert page.errors == {
        "#action-1-owner-name": "Action 1: enter the name of whoever outside the council will do "
        "it.",
        "#action-1-owner-organisation": "Action 1: enter the organisation that they work for.",
        "#action-1-owner-email": "Action 1: enter an email address like name@example.com, or leave "
        "it empty.",
    }
    assert len(page.soup.select("details[open]")) == 1


def test_no_child_or_parent_is_the_owner_and_the_field_says_so(
    service: Service, question: Page, reference: str
) -> None:
    said = "A child or a parent can never own an action."
    first = question.form().fill({"answer": "actions agreed"}).press("Continue")
    assert said in first.soup.select_one("#action-1-owner-hint").get_text()  # type: ignore[union-attr]  # it is there
    outside = {
        "action-1-owner": "",
        "action-1-owner-name": "Her mother",
        "action-1-owner-organisation": "None",
    }
    page = question.form().whole(FILLED[Answer.ACTIONS] | outside).press("check")
    refusal = "no child or parent owns an action."
    assert page.errors["#action-1-owner-name"].endswith(refusal)
    tessa = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply")
    named = outside | {
        "action-1-owner-name": CHILD.name.upper(),
        "action-1-owner-organisation": "Sample School",
    }
    form = tessa.form(f"/challenges/{reference}/reply").whole(FILLED[Answer.ACTIONS] | named)
    assert form.press("check").errors["#action-1-owner-name"].endswith(refusal)
    by_link = question.form().whole(FILLED[Answer.ACTIONS] | named).press("check")
    assert not by_link.errors, "nobody finds the child's name out by trying"


@pytest.mark.parametrize(
    ("typed", "owner"),
    [
        ("sw-n1", "sw-n1"),  # as a form of an earlier release has it
        ("Toby Sample-South, Team Manager, South Team", "tm-s"),
        ("  toby   sample-SOUTH ", "tm-s"),
        ("toby", "tm-s"),
        ("Toby.Sample-South@sampleshire.example", "tm-s"),
        ("Team Manager, North Team (Tessa Sample-North)", "tm-north"),
        ("Team Manager, North Team (Who Held it Before)", "tm-north"),
        ("head serv", "hos"),
        ("Head of Service", "hos"),
    ],
)
def test_an_owner_is_found_by_name_or_post(
    question: Page, service: Service, reference: str, typed: str, owner: str
) -> None:
    filled = FILLED[Answer.ACTIONS] | {"action-1-owner": typed}
    question.form().whole(filled).press("check").form().press("send")
    (reply,) = answers(service, reference)
    assert isinstance(reply, Replied)
    assert reply.actions[0].who == Owner(owner)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Marigold", "Action 1: We cannot find “Marigold” in the council."),
        ("Social Worker, North Team", "Social Worker, North Team (Willow Sample-North); Social"),
        ("sample", "and 12 more. Enter one of them in full."),
    ],
)
def test_an_owner_who_fits_nobody_or_several_is_asked_about(
    question: Page, typed: str, said: str
) -> None:
    page = question.form().fill({"answer": "actions agreed"}).press("Continue")
    filled = ACTION | {"action-1-owner": typed}
    page = page.form().fill(filled).press("Save this action")
    assert list(page.errors) == ["#action-1-owner"]
    assert said in page.errors["#action-1-owner"]
    assert {name: page.form()[name] for name in filled} == filled


def test_a_form_that_was_kept_with_the_id_of_an_owner_shows_their_name(question: Page) -> None:
    page = question.form().whole(FILLED[Answer.ACTIONS] | {"words": ""}).press("check")
    assert "Willow Sample-North, Social Worker, North Team, by" in page.text
    changed = page.form().press("Change action 1")
    assert changed.form()["action-1-owner"] == "Willow Sample-North, Social Worker, North Team"


def test_actions_with_another_answer_are_asked_about_not_dropped(question: Page) -> None:
    for answer in ("resolved", "challenged", "not mine"):
        page = question.form().whole({"answer": answer, "words": "Yes."} | ACTION).press("check")

        assert list(page.errors) == ["#actions"]
        assert page.form()["action-1-what"] == "Find a school place"
        assert not page.form().press("remove-1").form()["action-1-what"]


@pytest.mark.parametrize("text", ["a\x00b", "x" * 20_001])
def test_what_cannot_be_kept_is_pointed_at_and_stays(question: Page, text: str) -> None:
    for name in ("words", "action-1-what", "action-1-owner-name", "action-1-by-year"):
        typed = FILLED[Answer.ACTIONS] | {name: text}
        page = question.form().whole(typed).press("check")

        assert page.status == 200
        anchors = [href.replace("by-day", "by-year") for href in page.errors]
        assert f"#{name}" in anchors
        assert page.form()[name] == text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def test_another_action_is_one_more_page_and_keeps_what_was_typed(question: Page) -> None:
    """This holds however many there are; nothing but the page's own action is checked."""
    tessa = "Tessa Sample-North, Team Manager, North Team"
    typed = {"answer": "actions agreed", "words": "Not yet\n\nfinished", "action-2-owner": tessa}
    form = question.form().whole(typed).press("Check your reply").form()
    more = form.press("Add another action")

    assert (more.status, more.heading) == (200, "Action 2")
    assert not more.errors
    assert more.form()["words"] == typed["words"]
    assert more.form()["action-1-owner"] == tessa
    assert "action-3-what" not in more.form().names
    assert more.form()["command_id"] == question.form()["command_id"]
    page = more.form().fill({"action-2-what": "Ring the school"}).press("Save this action")
    assert list(page.errors) == ["#action-2-owner", "#action-2-by-day"]
    assert page.form()["action-2-what"] == "Ring the school"


@pytest.mark.parametrize(
    ("button", "heading", "actions"),
    [
        ("check", "Check your reply before you send it", 2),
        ("add", "Action 3", 2),
        ("remove-1", "Your reply: actions agreed", 1),
    ],
)
def test_a_form_that_a_browser_still_has_from_the_release_before_is_taken(
    nobody: Visitor, service: Service, reference: str, button: str, heading: str, actions: int
) -> None:
    """It had every field, two rows or more of actions, and owners by their ids."""
    assert reference
    blank = {name.replace("1", "3", 1): "" for name in ACTION}
    second = {name.replace("1", "2", 1): text for name, text in ACTION.items()}
    before = {
        **FILLED[Answer.ACTIONS],
        **second,
        **blank,
        "draft": "",
        "kept": "",
        "command_id": "",
    }
    page = nobody.post(reply_link(service, "tm-n"), {**before, "press": button})
    assert page.heading == heading
    assert not page.errors
    rows = {name for name in page.form().names if name.endswith("-what") and page.form()[name]}
    assert len(rows) == actions
    assert page.form()["words"] == FILLED[Answer.ACTIONS]["words"]


def test_there_are_twenty_actions_at_most(question: Page) -> None:
    filled = {"answer": "actions agreed", "words": "Yes."}
    filled |= {
        name.replace("1", str(n)): text for name, text in ACTION.items() for n in range(1, 21)
    }
    page = question.form().whole(filled).press("check").form().press("change")
    page = page.form().press("next")
    assert page.text.count("Change action") == 20
    assert "add" not in [button.value for button in page.form().buttons]
    more = question.form().whole(filled | {"action-21-what": "One more"}).press("check")
    assert more.errors["#actions"] == "Enter at most 20 actions."


def test_enter_checks_and_never_sends(question: Page, service: Service, reference: str) -> None:
    page = question.form().fill({"answer": "resolved"}).press()
    page = page.form().fill({"words": "Visited on Friday."}).press()

    assert page.heading == "Check your reply before you send it"
    assert answers(service, reference) == []


def test_change_and_the_link_opened_again_lead_back_to_everything_typed(
    service: Service, nobody: Visitor, question: Page
) -> None:
    """Somebody was called away, opened the email again, and found an empty form."""
    typed = FILLED[Answer.ACTIONS]
    form = question.form().whole(typed).press("check").form().press("Change your reply").form()
    assert form["answer"] in form.choices["answer"]

    assert {name: form[name] for name in typed} == typed
    assert form["command_id"] == question.form()["command_id"]
    begun = "You began this before, and have not sent it"
    link = urlsplit(question.address).path
    assert f"; Path={link}; HttpOnly;" in wiring.identity().note_begun(f"{link}?about=date", "1")
    again = nobody.get(link)
    assert begun in again.text
    assert again.form()["answer"] == Answer.ACTIONS
    assert again.visitor.get(again.link("Go on where you were")).heading == (
        "Your reply: actions agreed"
    )
    other = Visitor(service).get(link)
    assert begun not in other.text, "the link alone gives nothing back"
    assert not other.form()["answer"]
    emptied = again.form().press("Remove it and start again")
    assert begun not in emptied.text
    assert not nobody.get(link).form()["answer"]
    nobody.cookies = dict.fromkeys(nobody.cookies, "nonsense")
    assert nobody.get(link).heading == "Reply to a challenge"


def test_markup_is_shown_as_it_was_typed(question: Page) -> None:
    typed = {"answer": "resolved", "words": "</textarea><b>\"'&amp; bold"}
    check = question.form().whole(typed).press("check")
    done = check.form().press("send")
    signed_in = Visitor(question.visitor.service, "tm-n")

    for page in (check, signed_in.get(done.link("Sign in to read what was written"))):
        assert typed["words"] in page.soup.get_text()
        assert not page.soup.select("main dd b")


# Sent twice, and changed in between ------------------------------------------------------------


def test_the_same_form_sent_twice_acts_once(
    question: Page, service: Service, reference: str
) -> None:
    check = question.form().whole(FILLED[Answer.RESOLVED]).press("check")
    first, second = (check.form().press("send", follow=False) for _ in range(2))

    assert (first.status, second.status) == (303, 303)
    assert len(answers(service, reference)) == 1


def test_the_same_not_mine_sent_twice_acts_once(
    question: Page, service: Service, reference: str
) -> None:
    check = question.form().whole({"answer": "not mine", "words": "South’s."}).press("check")
    for _ in range(2):
        assert check.form().press("send").status == 200

    assert len(answers(service, reference)) == 1


def test_who_goes_back_and_changes_what_was_sent_is_told_that_it_was_not(
    question: Page, service: Service, reference: str
) -> None:
    form = question.form()
    form.whole(FILLED[Answer.ACTIONS]).press("check").form().press("send")
    changed = form.whole(FILLED[Answer.ACTIONS] | {"action-1-owner-name": "Marigold"})
    page = changed.press("check")

    assert page.status == 409
    assert "What you typed was not sent" in page.text
    assert "Marigold" in page.text
    assert len(answers(service, reference)) == 1


# Links that lead nowhere any more --------------------------------------------------------------


def test_a_forged_link_shows_nothing(nobody: Visitor, reference: str) -> None:
    for token in ("x", "a" * 43, "a" * 200, "é", "%2e%2e", "a b"):
        address = f"/reply/{token}"
        for page in (nobody.get(address), nobody.post(address, {"words": "x y"})):
            assert page.status == 404
            assert page.heading == "This link does not work"
            assert reference not in page.text


def test_a_link_that_lost_its_end_says_so(
    nobody: Visitor, service: Service, reference: str
) -> None:
    assert reference
    page = nobody.get(reply_link(service, "tm-n")[:-1])

    assert page.status == 404
    assert "check that you copied all of it" in page.text


def test_a_reassigned_question_is_somebody_elses(
    question: Page, nobody: Visitor, service: Service, reference: str
) -> None:
    """Rule 15: the old link stops working, and the new one works."""
    service.not_mine(reference, "tm-n")
    service.act(reference, "iro-1", Reassign("tm-south", "Their child."))

    page = nobody.get(question.address)
    assert page.status == 410
    assert page.heading == "Somebody else is asked instead"
    assert "ira.sample-one@sampleshire.example" in page.text
    late = question.form().whole({"answer": "resolved", "words": "Marigold words"}).press("check")
    assert late.status == 410
    assert "Marigold words" in late.text
    assert nobody.get(reply_link(service, "tm-s")).status == 200


def test_a_question_asked_again_points_to_the_newer_letter(
    question: Page, nobody: Visitor, service: Service, reference: str
) -> None:
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    service.act(reference, "iro-1", AskAgain("In more detail, please.", 3))

    page = nobody.get(question.address)
    assert page.status == 410
    assert page.heading == "The question was asked again"
    assert len(set(reply_links(service, "tm-n"))) == 2


def test_who_said_not_mine_is_shown_that_and_no_form(
    question: Page, nobody: Visitor, service: Service, reference: str
) -> None:
    service.not_mine(reference, "tm-n")
    page = nobody.get(question.address)

    assert page.heading == "You said that this is not yours to answer"
    assert not page.soup.select("main form")


def test_a_closed_challenge_says_how_it_ended(
    question: Page, nobody: Visitor, service: Service, reference: str
) -> None:
    service.withdraw(reference)
    page = nobody.get(question.address)

    assert page.status == 410
    assert page.heading == "The challenge has ended"
    assert "withdrawn" in page.text
    typed = FILLED[Answer.ACTIONS] | {"words": "Marigold words"}
    late = question.form().whole(typed).press("check")
    assert late.status == 410
    assert "Marigold words" in late.text
    assert "Find a school place" in late.text


def test_an_expired_link_says_how_to_reply_all_the_same(tmp_path: Path) -> None:
    with running(tmp_path, procedure="link_lifetime_days = 3") as service:
        reference = service.raise_at(Stage.ONE)
        link = reply_link(service, "tm-n")
        nobody = Visitor(service)
        form = nobody.get(link).form()
        service.jump(timedelta(days=3, minutes=1))

        page = nobody.get(link)
        assert page.status == 410
        assert page.heading == "This link is too old"
        late = form.whole({"answer": "resolved", "words": "Marigold words"}).press("check")
        assert "Marigold words" in late.text
        signed_in = Visitor(service, "tm-n").get(page.link("sign in to reply"))
        assert signed_in.status == 200
        done = signed_in.form().whole(FILLED[Answer.RESOLVED]).press("check").form().press("send")
        assert done.heading == "You have replied"
        assert len(answers(service, reference)) == 1


def test_who_left_the_post_has_no_more_to_see(question: Page, nobody: Visitor) -> None:
    """Rule 15: the date decides who holds a post."""
    _hand_over("tm-north", "tm-s")
    page = nobody.get(question.address)

    assert page.status == 410
    assert page.heading == "This question is no longer yours to answer"
    assert CONCERN.what not in page.text


def _hand_over(post: str, to: str) -> None:
    book = wiring.casebook()
    directory = book.council().directory
    posts = {
        one.id: replace(one, holder=to) if one.id == post else one
        for one in directory.posts.values()
    }
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(directory, posts=posts))


# Late ------------------------------------------------------------------------------------------


def test_a_late_reply_is_put_on_the_record_and_does_not_undo_the_escalation(
    question: Page, nobody: Visitor, service: Service, reference: str
) -> None:
    """Rule 5."""
    service.jump_past(service.challenge(reference).request.deadline.at)
    page = nobody.get(question.address)
    assert page.heading == "Your late reply"
    assert "The challenge has moved to Stage 2." in page.text

    check = page.form().whole(FILLED[Answer.RESOLVED]).press("check")
    assert "recorded as late" in check.text
    done = check.form().press("send")
    assert "as a late reply" in done.text
    (reply,) = answers(service, reference)
    assert isinstance(reply, Replied)
    assert reply.late
    assert service.challenge(reference).stage is Stage.TWO


def test_a_reply_after_silence_at_the_last_stage_is_late_and_says_since_when(
    nobody: Visitor, service: Service
) -> None:
    reference = service.raise_at(Stage.FOUR)
    service.jump_past(service.challenge(reference).request.deadline.at)
    page = nobody.get(reply_link(service, "ad"))

    assert "The time to reply ended on Monday 9 November 2026." in page.text
    done = page.form().whole(FILLED[Answer.CHALLENGED]).press("check").form().press("send")
    assert done.heading == "You have replied"


def test_a_form_opened_in_time_and_sent_late_is_late(
    question: Page, service: Service, reference: str
) -> None:
    check = question.form().whole(FILLED[Answer.RESOLVED]).press("check")
    service.jump_past(service.challenge(reference).request.deadline.at)
    done = check.form().press("send")

    assert "as a late reply" in done.text
    assert len(answers(service, reference)) == 1


def test_after_an_early_escalation_the_first_responder_can_still_reply(
    question: Page, nobody: Visitor, service: Service, reference: str
) -> None:
    """Rule 8: the page does not say that a deadline has passed if it has not."""
    service.act(reference, "iro-1", Escalate(Stage.TWO, "It is urgent."))
    page = nobody.get(question.address)

    assert "The challenge has moved to Stage 2." in page.text
    assert "was over" not in page.text


# Nobody's doing: scanners, other sites, other methods -------------------------------------------


def test_looking_changes_nothing(
    nobody: Visitor, service: Service, question: Page, reference: str
) -> None:
    before = service.challenge(reference)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        page = nobody.request(method, question.address)
        assert page.status == 200
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"

    assert service.challenge(reference) == before


def test_a_scanner_that_sends_every_form_as_it_finds_it_does_no_harm(
    nobody: Visitor, service: Service, question: Page, reference: str
) -> None:
    """Email scanners follow links, and press what they find on the way."""
    before = service.challenge(reference)
    found = [question]
    for _ in range(3):
        found = [
            form.press(button.value or None)
            for page in found
            for form in page.forms
            for button in form.buttons[:2]
        ]
        assert found
    for page in found:
        for form in page.forms:  # some leave out the button, or everything
            nobody.post(form.action, dict(form.fields))
            nobody.post(form.action, {})
            nobody.post(form.action, {"press": "send"})

    assert service.challenge(reference) == before
    assert nobody.get(question.address).heading == "Reply to a challenge"


#: What a browser says about a form that was somewhere else, and about one on our own page.
FOREIGN: tuple[dict[str, str | None], ...] = (
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example", "sec-fetch-site": None},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": "null", "sec-fetch-site": "same-site"},
    {"origin": None, "sec-fetch-site": None, "referer": "https://evil.example/"},
    {"origin": None, "sec-fetch-site": None},
)
OWN: tuple[dict[str, str | None], ...] = (
    {"origin": URL},
    {"origin": None, "sec-fetch-site": None, "referer": f"{URL}/x"},
)


def test_a_form_sent_from_elsewhere_is_refused(
    question: Page, service: Service, reference: str
) -> None:
    check = question.form().whole(FILLED[Answer.RESOLVED]).press("check")
    for headers in FOREIGN:
        page = check.form().press("send", headers=headers)

        assert page.status == 403
        assert FILLED[Answer.RESOLVED]["words"] not in page.text
        assert answers(service, reference) == []


@pytest.mark.parametrize("headers", OWN)
def test_a_form_sent_from_our_own_page_is_taken(
    question: Page, service: Service, reference: str, headers: dict[str, str | None]
) -> None:
    check = question.form().whole(FILLED[Answer.RESOLVED]).press("check")
    check.form().press("send", headers=headers)

    assert len(answers(service, reference)) == 1


# Signed in -------------------------------------------------------------------------------------


def test_who_is_signed_in_replies_without_a_link(service: Service, reference: str) -> None:
    visitor = Visitor(service, "tm-n")
    page = visitor.get(f"/challenges/{reference}/reply")
    assert page.status == 200
    assert "Sign out" in page.text
    assert "by this link" not in page.text
    whole, at = (
        page.form().whole(FILLED[Answer.ACTIONS]),
        f"/challenges/{reference}/reply?request=1",
    )
    visitor.get(at).form().whole(FILLED[Answer.RESOLVED]).press("check")
    elsewhere = Visitor(service, "tm-n").get(at)
    assert elsewhere.form()["answer"] == Answer.RESOLVED, "it is kept for them, not for a browser"
    done = whole.press("check").form().press("send")

    assert done.heading == "You have replied"
    (reply,) = answers(service, reference)
    event = service.challenge(reference).request.reply
    assert event is not None
    assert (event.fact, event.actor.via) == (reply, "page")


def test_who_is_signed_in_reads_that_not_mine_is_recorded_and_may_still_reply(
    service: Service, reference: str
) -> None:
    """Rule 15: without a word of it the empty form seems to say that nothing was sent."""
    form = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply").form()
    assert "You said that" not in Visitor(service, "tm-n").get(form.action).text
    answer = {"answer": "not mine", "words": "Ask the South Team."}
    done = form.whole(answer).press("check").form().press("send")

    assert "You said that this is not yours to answer. It was recorded on" in done.text
    assert "Reply by the end of" not in done.text
    replied = done.form().whole(FILLED[Answer.RESOLVED]).press("check").form().press("send")
    assert replied.heading == "You have replied"


def test_what_could_not_be_sent_is_sent_again_as_the_reply_to_the_same_request(
    service: Service, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If you were asked again meanwhile, you have not replied to that request."""
    form = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply?request=1").form()
    check = form.whole(FILLED[Answer.RESOLVED]).press("check")

    def busy(*_: object, **__: object) -> None:
        message = "In a test."
        raise TryAgainError(message)

    with monkeypatch.context() as broken:
        broken.setattr(Casebook, "act", busy)
        page = check.form().press("send")
    assert page.status == 503
    (again,) = [one for one in page.forms if "words" in one.names]
    assert again.action.startswith(f"/challenges/{reference}/reply?request=1&form=")


def test_who_goes_back_from_not_mine_and_answers_checks_it_once_more(
    service: Service, reference: str
) -> None:
    """The form's id was used already: a second reply is neither lost nor sent unseen."""
    form = Visitor(service, "tm-n").get(f"/challenges/{reference}/reply").form()
    check = form.whole({"answer": "not mine", "words": "Ask South."}).press("check")
    check.form().press("send")
    changed = check.form().whole(FILLED[Answer.RESOLVED]).press("send")
    assert changed.heading == "Check your reply before you send it"
    assert len(answers(service, reference)) == 1

    assert changed.form().press("send").heading == "You have replied"
    assert [type(fact) for fact in answers(service, reference)] == [NotMine, Replied]


def test_who_is_not_asked_cannot_reply(service: Service, reference: str) -> None:
    for officer in ("iro-1", "srsm", "csm"):
        page = Visitor(service, officer).get(f"/challenges/{reference}/reply")
        assert page.status == 403, officer
        assert page.link("Go to the front page") == "/"
        assert "Contact Serena Sample-Safeguard, Safeguarding & Review Service" in page.text
    for officer in ("tm-s", "analyst"):
        page = Visitor(service, officer).get(f"/challenges/{reference}/reply")
        assert page.status == 404, officer


def test_nobody_replies_for_a_challenge_without_link_or_sign_in(
    nobody: Visitor, reference: str
) -> None:
    page = nobody.get(f"/challenges/{reference}/reply?request=1", follow=False)

    assert page.status == 303
    assert page.headers["location"].startswith("/sign-in?return_to=")


def test_a_cover_replies_by_a_link_of_their_own(service: Service, nobody: Visitor) -> None:
    """Rule 15: cover applies by date."""
    book = wiring.casebook()
    directory = book.council().directory
    cover = Cover("tm-north", "tm-s", date(2026, 11, 1), date(2026, 11, 30))
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(directory, cover=(cover,)))
    reference = service.raise_at(Stage.ONE)
    page = nobody.get(reply_link(service, "tm-s"))
    page.form().whole(FILLED[Answer.RESOLVED]).press("check").form().press("send")

    event = service.challenge(reference).request.reply
    assert event is not None
    assert event.actor.officer == "tm-s"


# Link and sign-in -------------------------------------------------------------------------------


def test_with_both_asked_for_what_nobody_sends_is_not_recorded(double_locked: Service) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    link = reply_link(double_locked, "tm-n")
    form = FILLED[Answer.RESOLVED] | {"press": "send"}
    page = Visitor(double_locked).post(link, form)

    assert page.status == 401
    assert answers(double_locked, reference) == []


def test_with_both_asked_for_somebody_else_is_told_whose_link_it_is_not(
    double_locked: Service,
) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    visitor = Visitor(double_locked, "tm-s")
    link = reply_link(double_locked, "tm-n")
    for page in (visitor.get(link), visitor.post(link, FILLED[Answer.RESOLVED])):
        assert page.status == 404
        assert page.heading == "You cannot open this link"
        assert reference not in page.text
    assert answers(double_locked, reference) == []


def test_with_both_asked_for_the_recipient_replies(double_locked: Service) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    visitor = Visitor(double_locked, "tm-n")
    page = visitor.get(reply_link(double_locked, "tm-n"))
    assert "Sign out" in page.text
    done = page.form().whole(FILLED[Answer.CHALLENGED]).press("check").form().press("send")

    assert done.heading == "You have replied"
    event = double_locked.challenge(reference).request.reply
    assert event is not None
    assert event.actor.via == "link"


@pytest.mark.parametrize("way", ["link", "page"])
def test_what_was_typed_when_the_session_ended_is_there_after_the_next_sign_in(
    double_locked: Service, way: str
) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    visitor = Visitor(double_locked, "tm-n")
    by_page = f"/challenges/{reference}/reply?request=1"
    address = reply_link(double_locked, "tm-n") if way == "link" else by_page
    form = visitor.get(address).form().whole(FILLED[Answer.ACTIONS])
    visitor.sign_in("tm-n", seconds=-1)
    ended = form.press("check")
    assert ended.status == 401
    visitor.sign_in("tm-n")
    page = visitor.get(_return_to(ended))

    typed = FILLED[Answer.ACTIONS]
    assert {name: page.form()[name] for name in typed} == typed
    done = page.form().whole({}).press("check").form().press("send")
    assert done.heading == "You have replied"


def _return_to(page: Page) -> str:
    (link,) = [str(a["href"]) for a in page.soup.select("main a[href^='/sign-in']")]
    return parse_qs(urlsplit(link).query)["return_to"][0]
