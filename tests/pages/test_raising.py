"""Raising a challenge on the pages: the form, the page to check it on, and what can go wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from adapters import wiring
from adapters.casebook import Casebook
from adapters.council_store import CouncilStore
from adapters.errors import TryAgainError
from adapters.left_out import LEFT_OUT
from domain.directory import Cover
from domain.ladder import Stage
from handlers.form_fields import CONCERNS, FORM_BYTES, INITIALS, WORDS
from handlers.pages.web import LARGEST_BODY
from tests.pages.sections import Whole, answers_of, at_once, errors_of, section, whole
from tests.pages.visitor import Page, Visitor
from tests.workflow.service import CHILD, URL, Service, running

if TYPE_CHECKING:
    from pathlib import Path

#: What the council's settings file says later on.
LATER = 'version = "2"\non_no_reply = "ask"\n\n[earlier.1]\n'

ANSWERS = {
    "case-id": "CASE-1",
    "initials": "A.B.",
    "name": "Alex Sampleson",
    "date-of-birth-day": "5",
    "date-of-birth-month": "May",
    "date-of-birth-year": "2015",
    "team": "North Team",
    "social-worker": "sw-north-1",
    "stage": "1",
    "reason": "It cannot wait.",
    "concern-1-theme": "education (PEP)",
    "concern-1-what": "There is no plan.\n\nThere was none last term.",
    "concern-1-outcome": "A plan that the school keeps.",
    "concern-1-by-day": "4",
    "concern-1-by-month": "1",
    "concern-1-by-year": "2027",
    "tried": "Spoke with the social worker twice.",
    "views": "Wants to stay at the school.",
    "rights-breached": "yes",
    "child-knows": "yes",
    "advocate-offered": "yes",
    "knows-complaints": "yes",
    "wants-court": "no",
}

#: What is missing → where the error summary leads, and what it says.
MISSING = {
    "case-id": ("#case-id", "Enter the child’s Case ID"),
    "initials": ("#initials", "Enter the child’s initials"),
    "name": ("#name", "Enter the child’s name"),
    "date-of-birth-day": ("#date-of-birth-day", "Date of birth must include a day"),
    "team": ("#team", "Select the child’s team"),
    "social-worker": ("#social-worker", "Select the child’s social worker"),
    "reason": ("#reason", "Enter why the challenge starts at Stage 1"),
    "concern-1-theme": ("#concern-1-theme", "Select what this concern is about"),
    "concern-1-what": ("#concern-1-what", "Enter what is wrong"),
    "concern-1-outcome": ("#concern-1-outcome", "Enter the outcome you want"),
    "concern-1-by-year": (
        "#concern-1-by-day",
        "The date by which you want the outcome must include a year",
    ),
    "tried": ("#tried", "Enter what you have already tried with the people concerned"),
    "views": ("#views", "Enter the child’s views, or why they are not known"),
}

EMPTY_FORM = [
    "#case-id",
    "#initials",
    "#name",
    "#date-of-birth-day",
    "#team",
    "#social-worker",
    "#concern-1-theme",
    "#concern-1-what",
    "#concern-1-outcome",
    "#concern-1-by-day",
    "#tried",
    "#views",
    "#rights-breached",
    "#stage",
]


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


def _filled(iro: Visitor, **answers: str) -> Whole:
    """Return the form, filled in; ``concern_1_what="…"`` replaces that answer."""
    named = {name.replace("_", "-"): text for name, text in answers.items()}
    return at_once(iro.get("/raise")).fill({**ANSWERS, **named})


def _references() -> list[str]:
    return [row.reference for row in wiring.casebook().record.lists.of_iro("iro-1")]


def _assert_kept(page: Page, answers: dict[str, str]) -> None:
    """Check that everything that was typed is in the form of ``page``."""
    found = answers_of(page)
    assert {name: found.get(name, "") for name in answers} == answers


# The way through ---------------------------------------------------------------------------------


def test_rule_1_an_iro_raises_a_challenge_and_learns_what_happens_next(
    service: Service, iro: Visitor
) -> None:
    check = whole(iro.get("/raise")).fill(ANSWERS).press("Continue")
    assert check.status == 200
    assert check.heading == "Check the challenge before you raise it"
    shown = {**ANSWERS, "date-of-birth-month": "5 May 2015", "social-worker": "Willow Sample-North"}
    shown |= {"stage": "Stage 1", "concern-1-theme": "Education (PEP)"}
    shown |= {"concern-1-by-day": "Monday 4 January 2027", "rights-breached": "Yes"}
    rights = {"child-knows": "The child knows of this challenge Yes"}
    rights |= {"advocate-offered": "An advocate was offered Yes"}
    rights |= {"knows-complaints": "The child knows how to complain Yes"}
    shown |= rights | {"wants-court": "The child wants to go to court No"}
    for text in shown.values():
        assert " ".join(text.split()) in check.text
    assert "Tessa Sample-North, Team Manager, North Team, is asked at once" in check.text
    assert _references() == []

    done = check.form().press("Raise this challenge")
    (reference,) = _references()
    assert done.address == f"/raised/{reference}"
    assert reference in done.text
    sum_ = "5 working days from Monday 2 November 2026 is Monday 9 November 2026."
    assert f"How we worked out the date to reply: {sum_}" in done.text
    assert "Whoever is asked to reply gets an email now" in done.text
    assert done.link(f"Open {reference}") == f"/challenges/{reference}"

    raised = service.challenge(reference).raised
    assert raised.iro == "iro-1"
    assert raised.social_worker == "sw-north-1"
    assert raised.entry is Stage.ONE
    assert raised.entry_reason == ANSWERS["reason"]
    assert raised.child.case_id == "CASE-1"
    assert raised.child.date_of_birth == date(2015, 5, 5)
    assert raised.concerns[0].what == ANSWERS["concern-1-what"]
    assert raised.concerns[0].by == date(2027, 1, 4)
    assert raised.tried == ANSWERS["tried"]
    assert raised.views == ANSWERS["views"]
    assert service.mails("tm-n")


@pytest.mark.parametrize("stage", list(Stage))
def test_rule_1_a_challenge_starts_at_qap_or_at_any_formal_stage(
    service: Service, iro: Visitor, stage: Stage
) -> None:
    _filled(iro, stage=stage).press("Continue").form().press("raise")
    (reference,) = _references()
    assert service.challenge(reference).stage is stage


def test_qap_needs_no_reason(iro: Visitor) -> None:
    check = _filled(iro, stage="QAP", reason="").press("Continue")
    assert check.status == 200
    assert "Why at this stage" not in check.text


def test_enter_in_a_field_saves_its_section_and_goes_on(iro: Visitor) -> None:
    page = section(iro.get("/raise"), "before").form().fill({"tried": "Spoke with her."}).press()
    assert errors_of(page).keys() == {"#views", "#rights-breached"}
    assert page.form()["tried"] == "Spoke with her."
    assert _references() == []


def test_from_the_check_page_one_can_go_back_and_change_everything(iro: Visitor) -> None:
    check = _filled(iro).press("Continue")
    links = {str(a["href"]) for a in check.soup.select(".govuk-summary-list__actions a")}
    pages = {link: iro.get(link) for link in links}
    assert {urlsplit(link).fragment for link in links} <= {i for p in pages.values() for i in p.ids}
    asked = {name for page in pages.values() for name in page.form().names}
    assert {*ANSWERS} <= asked, "every answer can be changed"
    _assert_kept(check, ANSWERS)


def test_each_social_worker_stands_under_their_team(iro: Visitor) -> None:
    page = section(_filled(iro, team="South Team").press("Continue"), "social-worker")
    groups = page.soup.select("#social-worker optgroup")
    found = [(str(g["label"]), [str(o["value"]) for o in g.find_all("option")]) for g in groups]
    assert found == [  # the child's team comes first
        ("South Team", ["sw-south-1", "sw-south-2"]),
        ("North Team", ["sw-north-1", "sw-north-2"]),
    ]


def test_themes_are_shown_as_they_are_written(iro: Visitor) -> None:
    options = section(iro.get("/raise"), "concern").soup.select("#concern-1-theme option")
    assert "Education (PEP)" in [option.get_text() for option in options]


# Mistakes ----------------------------------------------------------------------------------------


def test_an_empty_form_says_everything_that_is_missing_in_the_order_of_the_page(
    iro: Visitor,
) -> None:
    page = whole(iro.get("/raise")).press("Continue")
    assert page.status == 200
    missing = {str(line["href"]): line.get_text() for line in page.soup.select("#missing a")}
    assert [f"#{urlsplit(href).fragment}" for href in missing] == EMPTY_FORM
    assert page.errors == {}, "nobody has made a mistake yet"
    assert "Error: " not in str(page.soup.title)
    for href, sentence in missing.items():
        of_field = iro.get(href)
        assert of_field.errors[f"#{urlsplit(href).fragment}"] == sentence


def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(iro: Visitor) -> None:
    form = at_once(iro.get("/raise"))
    for name, (href, sentence) in MISSING.items():
        answers = {**ANSWERS, name: ""}
        page = form.fill(answers).press("Continue")
        assert page.status == 200, name
        assert errors_of(page) == {href: sentence}
        (leads_to,) = page.errors
        at_field = iro.get(leads_to)
        assert at_field.text.count(sentence) == 2, "it stands in the summary and at the field"
        own = {name: text for name, text in answers.items() if name in at_field.form().names}
        assert own == {name: at_field.form()[name] for name in own}


CONTROL = re.compile("[\x00-\x08]")

WRONG: list[tuple[dict[str, str], str, str]] = [
    (
        {"date-of-birth-day": "31", "date-of-birth-month": "2"},
        "#date-of-birth-day",
        "real date",
    ),
    ({"date-of-birth-year": "15"}, "#date-of-birth-day", "year of 4 figures"),
    ({"date-of-birth-year": "2027"}, "#date-of-birth-day", "must be in the past"),
    ({"date-of-birth-year": "1970"}, "#date-of-birth-day", "older than 25"),
    ({"concern-1-by-year": "2025"}, "#concern-1-by-day", "today or later"),
    ({"concern-1-by-year": "2072"}, "#concern-1-by-day", "more than 10 years away"),
    ({"concern-1-by-month": "soon"}, "#concern-1-by-day", "real date"),
    (
        {"concern-1-by-day": "3"},
        "#concern-1-by-day",
        "The nearest are Thursday 31 December 2026 and Monday 4 January 2027",
    ),
    ({"social-worker": "sw-south-1"}, "#social-worker", "Select a social worker of North Team"),
    ({"initials": "A" * (INITIALS + 1)}, "#initials", "You have 21"),
    ({"tried": "A" * (WORDS + 1)}, "#tried", "You have 5,001"),
    ({"concern-1-what": "one\x07two"}, "#concern-1-what", "cannot be kept"),
    ({"name": "Zo\x00e"}, "#name", "cannot be kept"),
]


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(iro: Visitor) -> None:
    form = at_once(iro.get("/raise"))
    for wrong, href, sentence in WRONG:
        page = form.fill({**ANSWERS, **wrong}).press("Continue")
        assert page.status == 200, wrong
        assert [*errors_of(page)] == [href]
        assert sentence in errors_of(page)[href]
        (leads_to,) = page.errors
        shown = iro.get(leads_to).form()
        for name, text in wrong.items():
            assert shown[name] == CONTROL.sub("\ufffd", text)


def test_a_choice_that_the_form_does_not_offer_is_none(iro: Visitor) -> None:
    page = iro.post("/raise", {**ANSWERS, "stage": "5", "team": "Nowhere", "press": "raise"})
    assert page.status == 200
    assert {*errors_of(page)} == {"#stage", "#team"}
    assert _references() == []


def test_a_mistake_on_the_check_page_leads_back_to_the_form(iro: Visitor) -> None:
    page = iro.post("/raise", {**ANSWERS, "name": "", "press": "raise"})
    assert page.status == 200
    assert [*errors_of(page)] == ["#name"]
    assert _references() == []


def test_a_form_that_is_too_large_is_refused_and_shows_what_was_written(iro: Visitor) -> None:
    """This holds whatever the browser does on Back: it was told to store no page."""
    longest = "\N{CJK UNIFIED IDEOGRAPH-4E00}" * (FORM_BYTES // 3)
    page = iro.post("/raise", {**ANSWERS, "tried": longest})
    assert page.status == 413
    shown = [tag.get_text() for tag in page.soup.select(".pc-words")]
    assert {longest, ANSWERS["concern-1-what"], ANSWERS["views"]} <= set(shown)
    assert "Copy what you want to keep" in page.text
    assert _references() == []


def test_a_form_that_is_too_large_even_to_be_shown_promises_nothing(iro: Visitor) -> None:
    page = iro.post("/raise", {**ANSWERS, "tried": "A " * LARGEST_BODY})
    assert page.status == 413
    assert "your browser may still have it" in page.text
    assert "What you typed" not in page.text


def test_a_form_with_every_answer_at_its_limit_in_any_script_is_taken(
    service: Service, iro: Visitor
) -> None:
    longest = "\N{MUSICAL SYMBOL G CLEF}" * WORDS
    concern = {name: text for name, text in ANSWERS.items() if name.startswith("concern-1-")}
    many = {
        name.replace("-1-", f"-{number}-"): text
        for number in range(1, CONCERNS + 1)
        for name, text in {**concern, "concern-1-what": longest[:2_400]}.items()
    }
    answers = {**ANSWERS, **many, "reason": longest, "tried": longest, "views": longest}
    assert iro.post("/raise", {**answers, "press": "raise"}).status == 200
    (reference,) = _references()
    assert len(service.challenge(reference).raised.concerns) == CONCERNS


def test_what_is_no_form_is_refused(iro: Visitor) -> None:
    page = iro.post("/raise", ANSWERS, headers={"content-type": "application/json"})
    assert page.status == 400
    assert page.heading == "This form could not be read"


def test_markup_is_shown_as_it_was_typed(iro: Visitor) -> None:
    markup = '<script>alert(1)</script> & "quoted" {{ 7 * 7 }} </textarea>'
    form = _filled(iro, name=markup, tried=markup, concern_1_what=markup)
    check = form.press("Continue")
    # The words are also in the name, so they are marked. The text for screen readers is not theirs.
    assert check.body.count("<mark") > 0
    seen = re.sub(r'<span class="govuk-visually-hidden">(?:\(marked: |\))</span>', "", check.body)
    assert replace(check, body=seen).text.count(markup) == 3
    back = answers_of(check)
    assert back["name"] == back["tried"] == back["concern-1-what"] == markup
    check.form().press("raise-as-it-is")
    (reference,) = _references()
    assert markup in iro.get(f"/challenges/{reference}").text


# Concerns ----------------------------------------------------------------------------------------


def test_a_concern_is_added_and_what_was_typed_stays(iro: Visitor) -> None:
    page = whole(iro.get("/raise")).fill(ANSWERS).press("Add another concern")
    assert page.status == 200
    second = {
        "concern-2-theme": "health",
        "concern-2-what": "No dentist.",
        "concern-2-outcome": "A dentist.",
        "concern-2-by-day": "1",
        "concern-2-by-month": "2",
        "concern-2-by-year": "2027",
    }
    page = page.form().fill(second).press("Save and continue")
    check = section(page, "check")
    _assert_kept(check, {**ANSWERS, **second})
    check.form().press("raise")
    (reference,) = _references()
    concerns = wiring.casebook().record.chain.load(reference).challenge.raised.concerns
    assert [concern.theme for concern in concerns] == ["education (PEP)", "health"]


def test_a_concern_is_removed_and_the_others_close_the_gap(iro: Visitor) -> None:
    page = section(_filled(iro).press("Continue"), "concern")
    two = page.form().press("add").form().fill({"concern-2-what": "The second."})
    one = two.press("Remove concern 1")
    assert one.status == 200
    assert one.form()["concern-1-what"] == "The second."
    assert "concern-2-what" not in one.form().names
    _assert_kept(one, {"tried": ANSWERS["tried"]})


def test_the_only_concern_cannot_be_removed(iro: Visitor) -> None:
    form = section(iro.get("/raise"), "concern").form()
    assert not [button for button in form.buttons if button.value.startswith("remove")]
    forged = iro.post("/raise", {**ANSWERS, "press": "remove-1"})
    assert "concern-1-what" in forged.form().names


def test_a_form_holds_so_many_concerns_and_no_more(iro: Visitor) -> None:
    parts = ("theme", "what", "outcome", "by-day", "by-month", "by-year")
    many = {
        f"concern-{n}-{part}": ANSWERS[f"concern-1-{part}"]
        for n in range(1, CONCERNS + 1)
        for part in parts
    }
    full = section(iro.post("/raise", {**ANSWERS, **many, "press": "check"}), "concern")
    assert "add" not in [button.value for button in full.form().buttons]
    more = {f"concern-{CONCERNS + 1}-{part}": ANSWERS[f"concern-1-{part}"] for part in parts}
    over = iro.post("/raise", {**ANSWERS, **many, **more, "press": "check"})
    assert over.status == 200
    assert [*errors_of(over)] == ["#concern-1-theme"]
    assert "Put at most 20 concerns on one form" in over.text


# Twice -------------------------------------------------------------------------------------------


def test_the_same_form_sent_again_after_the_procedure_changed_is_the_same_form(
    tmp_path: Path,
) -> None:
    with running(tmp_path, procedure='version = "1"\n') as service:
        check = _filled(Visitor(service, "iro-1")).press("Continue")
        first = check.form().press("raise")
        (tmp_path / "procedure.toml").write_text(LATER)
        wiring.forget()  # as new containers do
        second = check.form().press("raise")
        assert (second.heading, second.address) == (first.heading, first.address)
        assert len(_references()) == 1


def test_what_happens_next_is_told_by_the_procedure_of_the_challenge(tmp_path: Path) -> None:
    with running(tmp_path, procedure='version = "1"\n') as service:
        iro = Visitor(service, "iro-1")
        raised = _filled(iro).press("Continue").form().press("raise")
        follows = "If there is no reply by then, the challenge moves to Stage 2"
        assert follows in raised.text
        (tmp_path / "procedure.toml").write_text(LATER)
        wiring.forget()
        assert follows in iro.get(raised.address).text


def test_the_key_of_a_link_is_left_out_and_the_form_sent_twice_is_one_all_the_same(
    iro: Visitor,
) -> None:
    key = "Zk3-xQ9_aB7tLm2Vn5Rw8Yc1Hd4Jf6Kg0Pq3Ss-Tu_E"
    check = _filled(iro, tried=f"He wrote {key}.").press("Continue")
    assert key not in check.body
    assert f"He wrote {LEFT_OUT}." in check.text
    done = [check.form("/raise").press("Raise this challenge") for _ in range(2)]
    assert done[0].address == done[1].address
    (reference,) = _references()
    assert wiring.casebook().record.chain.load(reference).challenge.raised.tried == (
        f"He wrote {LEFT_OUT}."
    )


def test_the_same_form_sent_twice_raises_one_challenge(iro: Visitor) -> None:
    check = _filled(iro).press("Continue")
    first = check.form().press("raise")
    second = check.form().press("raise")
    assert first.address == second.address
    assert len(_references()) == 1


def test_what_was_changed_after_going_back_is_asked_about_and_not_lost(
    service: Service, iro: Visitor
) -> None:
    check = _filled(iro).press("Continue")
    check.form().press("raise")
    (first,) = _references()
    changed = check.form().fill({"tried": "Something else."}).press("raise")
    assert changed.heading == "Check the challenge before you raise it"
    assert f"This form has already raised {first} , with other answers" in changed.text
    assert "Something else." in changed.text
    assert _references() == [first]
    changed.form().press("Raise this one as well")
    assert len(_references()) == 2
    assert service.challenge(first).raised.tried == ANSWERS["tried"]


def test_an_open_challenge_about_the_same_child_is_named(service: Service, iro: Visitor) -> None:
    _filled(iro).press("Continue").form().press("raise")
    (first,) = _references()
    warned = "You already have an open challenge about this child"
    page = _filled(iro, case_id=" CASE-1 ").press("Continue")
    assert warned in page.text
    assert page.link(first) == f"/challenges/{first}"
    assert warned not in _filled(iro, case_id="CASE-2").press("Continue").text
    service.withdraw(first)
    page = _filled(iro).press("Continue")
    assert warned not in page.text
    assert f"Your earlier challenges about this child, which have ended: {first} ." in page.text


def test_a_case_id_with_another_child_s_name_or_date_of_birth_is_warned_about(
    service: Service, iro: Visitor
) -> None:
    _filled(iro).press("Continue").form().press("raise")
    (first,) = _references()
    warned = "Another record has this Case ID, and another name or date of birth"
    same = _filled(iro, name=ANSWERS["name"].upper()).press("Continue").text
    assert warned not in same
    for other in ({"name": "Zed Zebra"}, {"date_of_birth_year": "2010"}):
        page = _filled(iro, **other).press("Continue")
        warning = next(one for one in page.soup.select("main strong") if warned in one.text)
        assert warning.select_one(f'a[href="/challenges/{first}"]')
        assert f"it is {ANSWERS['name']}," in warning.text
    page = _filled(Visitor(service, "iro-2"), name="Zed Zebra").press("Continue")
    assert warned in page.text
    assert first not in page.text
    assert ANSWERS["name"] not in page.text, "who may not see it learns nobody's name"
    assert "Check the Case ID" not in _filled(Visitor(service, "iro-2")).press("Continue").text


def test_several_records_with_another_name_are_one_warning(service: Service, iro: Visitor) -> None:
    for once in ("a" * 32, "b" * 32):
        service.raise_at(Stage.ONE, once=once)
    page = _filled(iro, case_id=CHILD.case_id).press("Continue")
    (warning,) = (one for one in page.soup.select("main strong") if CHILD.name in one.text)
    assert {a.text for a in warning.select("a")} == {*_references()}


def test_nobody_else_s_form_can_come_upon_a_challenge(service: Service, iro: Visitor) -> None:
    check = _filled(iro).press("Continue")
    check.form().press("raise")
    sent = [*check.form().fields.items(), ("press", "raise")]
    unmarked = [(name, text) for name, text in sent if name != "shown-to"]
    (first,) = _references()
    for fields, status in ((sent, 409), (unmarked, 200)):
        other = Visitor(service, "iro-2").post("/raise", fields)
        assert other.status == status
        assert first not in other.text


# Who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("officer", ["srsm", "tm-n", "sw-n1", "ad", "analyst"])
def test_rule_1_who_is_no_iro_is_refused_and_told_what_to_do(
    service: Service, officer: str
) -> None:
    visitor = Visitor(service, officer)
    for page in (visitor.get("/raise"), visitor.post("/raise", {**ANSWERS, "press": "raise"})):
        assert page.status == 403
        assert "Only an Independent Reviewing Officer" in page.text
        assert "tell the child’s IRO" in page.text
    assert ANSWERS["tried"] in page.text, "what was written may belong somewhere else"


def test_rule_15_who_covers_for_an_iro_today_may_raise(service: Service) -> None:
    book = wiring.casebook()
    directory = book.council().directory
    cover = Cover("iro-post-2", "srsm", date(2026, 11, 1), date(2026, 11, 8))
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(directory, cover=(cover,)))
    assert Visitor(service, "srsm").get("/raise").status == 200


def test_only_who_raised_it_sees_that_it_was_raised(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, "srsm").get(f"/raised/{reference}")
    assert page.status == 403
    assert CHILD.initials not in page.text


def test_a_reference_that_leads_nowhere_was_not_raised(iro: Visitor) -> None:
    assert iro.get("/raised/PCE-2222-2222").status == 404


# The session ends, and faults --------------------------------------------------------------------


def test_a_session_that_ends_while_typing_gives_everything_back_after_sign_in(
    service: Service, iro: Visitor
) -> None:
    check = _filled(iro).press("Continue")
    form = section(check, "before").form().fill({"views": "Marigold wants to stay."})
    iro.sign_in("iro-1", seconds=-1)
    ended = form.press("Save and continue")
    assert ended.status == 401
    assert "We kept what you typed" in ended.text
    address = unquote(ended.link("Sign in and continue").removeprefix("/sign-in?return_to="))
    assert address.startswith("/raise?draft=")

    iro.sign_in("iro-1")
    rows = [row.get_text(" ") for row in iro.get("/drafts").soup.select("tbody tr")]
    assert [row.strip().partition(")")[0] for row in rows] == ["A.B. (Case ID CASE-1"] * 2
    again = iro.get(address)
    assert again.heading == "What was tried, and the child’s views"
    assert again.form()["views"] == "Marigold wants to stay."
    saved = again.form().press("Save and continue")
    _assert_kept(saved, {**ANSWERS, "views": "Marigold wants to stay."})
    assert len(wiring.drafts().of("iro-1")) == 1, "the section is saved in its form"
    section(saved, "check").form().press("raise")
    assert len(_references()) == 1
    assert wiring.drafts().of("iro-1") == []
    sent = iro.get(check.address)
    assert sent.heading == "You have sent this form"
    assert ANSWERS["tried"] not in sent.body, "its words stand on the record now"
    other = Visitor(service, "iro-2").get(check.address)
    assert answers_of(other).get("tried") == ""


def test_the_first_section_is_not_lost_when_the_session_ends(iro: Visitor) -> None:
    form = section(iro.get("/raise"), "child").form().fill({"case-id": "CASE-1"})
    iro.sign_in("iro-1", seconds=-1)
    ended = form.press("Save and continue")
    iro.sign_in("iro-1")
    again = iro.get(unquote(ended.link("Sign in and continue").partition("=")[2]))
    _assert_kept(again, {"case-id": "CASE-1"})


def test_a_whole_form_of_an_earlier_release_is_kept_when_the_session_ends(iro: Visitor) -> None:
    shown_to = section(iro.get("/raise"), "child").form()["shown-to"]
    iro.sign_in("iro-1", seconds=-1)
    ended = iro.post("/raise", {**ANSWERS, "shown-to": shown_to, "press": "check"})
    iro.sign_in("iro-1")
    again = iro.get(unquote(ended.link("Sign in and continue").partition("=")[2]))
    assert again.heading == "Raise a challenge"
    _assert_kept(again, ANSWERS)
    (draft,) = wiring.drafts().of("iro-1")
    section(again, "check").form().press("raise")
    assert len(_references()) == 1
    assert iro.get(draft.address).heading == "You have sent this form"


def test_a_draft_is_nobody_else_s(service: Service, iro: Visitor) -> None:
    form = section(_filled(iro).press("Continue"), "before").form()
    iro.sign_in("iro-1", seconds=-1)
    way_back = form.press("Save and continue").link("Sign in and continue")
    draft = way_back.rpartition("%3D")[2]
    others = Visitor(service, "iro-2").get(f"/raise?draft={draft}")
    assert answers_of(others).get("tried") == ""
    assert "or is not yours" in others.text


def test_without_knowing_whose_form_it_is_what_was_typed_stays_on_the_page(iro: Visitor) -> None:
    """The form comes from the release before, or was open for weeks."""
    iro.cookies.clear()
    page = iro.post("/raise", {**ANSWERS, "press": "check"})
    assert page.status == 401
    assert page.link("Sign in (opens in a new tab)") == "/sign-in"
    assert ANSWERS["tried"] in page.text
    iro.sign_in("iro-1")
    again = page.form("/raise").press("Send it again")
    assert again.heading == "Check the challenge before you raise it"
    _assert_kept(again, ANSWERS)


def test_a_form_from_another_site_is_refused(iro: Visitor) -> None:
    foreign: list[dict[str, str | None]] = [
        {"origin": "https://evil.example"},
        {"origin": URL + ".evil.example"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": None},
        {"origin": None, "sec-fetch-site": None, "referer": "https://evil.example/raise"},
    ]
    for headers in foreign:
        page = iro.post("/raise", {**ANSWERS, "press": "raise"}, headers=headers)
        assert page.status == 403, headers
        assert page.heading == "This was not sent from our own page"
        assert ANSWERS["tried"] not in page.text
    assert _references() == []


def test_a_form_from_our_own_page_is_taken_from_any_browser(iro: Visitor) -> None:
    own: list[dict[str, str | None]] = [
        {"origin": URL},
        {"origin": None, "sec-fetch-site": "same-origin"},
        {"origin": None, "sec-fetch-site": None, "referer": f"{URL}/raise"},
    ]
    for headers in own:
        page = iro.post("/raise", {**ANSWERS, "press": "check"}, headers=headers)
        assert page.status == 200, headers


def test_a_fault_shows_what_was_typed_and_a_button_to_send_it_again(
    iro: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError(ANSWERS["tried"])

    check = _filled(iro).press("Continue")
    with monkeypatch.context() as broken:
        broken.setattr(Casebook, "raise_together", fails)
        page = check.form().press("raise")
    assert page.status == 500
    assert page.heading == "Sorry, this did not work"
    assert ANSWERS["tried"] in page.text
    (logged,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert logged["message"] == "page failed"
    assert logged["error"] == "RuntimeError"
    assert ANSWERS["tried"] not in str(logged), "an error's message may quote what was typed"

    done = page.form("/raise").press("Send it again")
    assert urlsplit(done.address).path == f"/raised/{_references()[0]}"


def test_when_aws_cannot_answer_it_can_be_sent_again(
    iro: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> str:
        message = "The challenge could not be raised just now. Nothing was lost: try again."
        raise TryAgainError(message)

    check = _filled(iro).press("Continue")
    monkeypatch.setattr(Casebook, "raise_together", busy)
    page = check.form().press("raise")
    assert page.status == 503
    assert "Nothing was lost: try again." in page.text
    assert page.form("/raise")["tried"] == ANSWERS["tried"]
