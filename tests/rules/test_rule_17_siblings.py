"""Rule 17, siblings: one form for several children, each with a challenge of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from adapters import wiring
from adapters.drafts import PAGE
from adapters.record.table import RecordTable
from domain.form import Child, Urgency
from domain.identifying import Detail, found_in, names_others
from domain.ladder import Stage
from domain.rules.endings import ChildTold, Close
from domain.rules.entry import Raised
from domain.rules.reopening import Reopen
from domain.siblings import MOST_CHILDREN
from domain.vocabulary import Outcome
from handlers.forms import SentForm
from handlers.intake.labelled import paths
from handlers.pages import family
from handlers.pages.kit import Field, Form, Kind, Rows
from handlers.pages.sections import SIBLINGS
from tests.builders import IRA, raised
from tests.pages.sections import answers_of, at_once, errors_of, section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.test_recording_at_qap import RESOLVED
from tests.pages.visitor import Visitor, reply_links
from tests.workflow.service import CHILD

if TYPE_CHECKING:
    from domain.form import Form as Said
    from tests.pages.sections import Whole
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

#: A sister of the child of ``ANSWERS``.
SISTER = {
    "case-id": "CASE-2",
    "initials": "B.B.",
    "name": "Bella Sampleson",
    "date-of-birth-day": "6",
    "date-of-birth-month": "June",
    "date-of-birth-year": "2017",
    "team": "North Team",
    "social-worker": "sw-north-1",
}
RAISE = "Raise these challenges"


@pytest.fixture
def iro(service: Service) -> Visitor:
    return Visitor(service, "iro-1")


def references() -> list[str]:
    return sorted(row.reference for row in wiring.casebook().record.lists.of_iro("iro-1"))


def with_a_sister(iro: Visitor, **answers: str) -> Whole:
    """Return the form about a child, with his sister on it."""
    named = {name.replace("_", "-"): text for name, text in answers.items()}
    sister = {f"sibling-1-{name}": text for name, text in SISTER.items()}
    return at_once(iro.get("/raise")).fill({**ANSWERS, **named, **sister})


def to(page: Page, link: str) -> Page:
    return page.visitor.get(page.link(link))


def approved(form: Whole, **of_the_sister: str) -> Page:
    """Approve the brother's text; then write the sister's, and approve it."""
    page = to(form.press("Continue"), "Check the text for A.B.")
    page = page.form().press("Approve this text")
    assert page.heading == "The text for child 2 of 2"
    own = {"views": "Wants a plan too.", **of_the_sister}
    said = {f"child-2-{name.replace('_', '-')}": text for name, text in own.items()}
    page = page.form().fill(said).press("Continue")
    assert page.heading == "Approve the text for child 2 of 2"
    return page.form().press("Approve this text")


def by_child(service: Service) -> dict[str, Said]:
    """Return what was raised: the child's name → the form of their challenge."""
    forms = (service.challenge(reference).raised for reference in references())
    return {form.child.name: form for form in forms}


def children(several: int) -> list[Raised]:
    """Return the forms of several children."""
    form = raised(Stage.QAP, urgency=Urgency(at_risk=True)).the(Raised)
    form = replace(form, iro="iro-1", social_worker="sw-north-1")
    return [replace(form, child=replace(CHILD, case_id=f"C-{n}")) for n in range(several)]


# One form ----------------------------------------------------------------------------------------


def test_one_form_may_name_several_children(iro: Visitor) -> None:
    sister = {f"sibling-1-{name}": text for name, text in SISTER.items()}
    page = whole(iro.get("/raise")).fill(ANSWERS).press("Add a brother or sister")
    page = section(page.form().fill(sister).press("list"), "check")
    assert page.heading == "Approve the text for each child"
    assert "A.B. (CASE-1) To approve" in page.text
    assert "B.B. (CASE-2) Not complete" in page.text
    first = to(page, "Check the text for A.B.")
    twice = iro.get(to(first, "Change Case ID").address).form().page
    again = whole(twice).fill({"sibling-1-case-id": "case-1"}).press("Continue")
    said = errors_of(again)["#sibling-1-case-id"]
    assert "Another child on this form has this Case ID" in said
    none = section(again, SIBLINGS).form().press("Remove brother or sister 1")
    alone = section(none, "check")
    assert alone.heading == "Check the challenge before you raise it"


def test_each_child_on_the_form_gets_a_challenge_of_their_own(
    service: Service, iro: Visitor
) -> None:
    ready = approved(with_a_sister(iro), concern_1_what="She has no plan for school.")
    assert ready.heading == "Raise a challenge for each child"
    assert references() == []
    done = ready.form().press(RAISE)
    assert done.heading == "The challenges are raised"
    assert all(reference in done.text for reference in references())
    found = by_child(service)
    brother, sister = found["Alex Sampleson"], found["Bella Sampleson"]
    assert brother.concerns[0].what == ANSWERS["concern-1-what"]
    assert sister.concerns[0].what == "She has no plan for school."
    assert (brother.views, sister.views) == (ANSWERS["views"], "Wants a plan too.")
    assert sister.child.date_of_birth == date(2017, 6, 6)
    assert sister.tried == brother.tried
    assert {service.challenge(one).open for one in references()} == {True}


def test_the_iro_approves_the_text_for_each_child_before_anything_is_raised(iro: Visitor) -> None:
    page = to(with_a_sister(iro).press("Continue"), "Check the text for A.B.")
    page.form().press("Approve this text")
    overview = to(page, "See all the children")
    assert "A.B. (CASE-1) Approved" in overview.text
    assert RAISE not in overview.text
    forced = iro.post(overview.address, [*overview.form().fields.items(), ("press", "raise")])
    assert forced.heading == "Approve the text for each child"
    assert references() == []


def test_a_text_that_was_changed_has_to_be_approved_again(iro: Visitor) -> None:
    form = whole(approved(with_a_sister(iro)))
    changed = form.fill({"tried": "Spoke with the school."}).press("Continue")
    assert "A.B. (CASE-1) To approve" in changed.text
    assert "B.B. (CASE-2) To approve" in changed.text, "it follows the first child's"
    sister = to(changed, "Check the text for B.B.")
    assert "Spoke with the school." in sister.text
    assert references() == []


def test_what_is_changed_for_one_child_stays_when_the_first_text_changes(iro: Visitor) -> None:
    ready = approved(with_a_sister(iro), tried="Spoke with her school.", reason="It cannot wait.")
    form = whole(ready)
    changed = form.fill({"tried": "Spoke with his school.", "reason": "He falls behind."})
    sister = to(changed.press("Continue"), "Check the text for B.B.")
    assert "Spoke with her school." in sister.text
    assert "Spoke with his school." not in sister.text
    assert "He falls behind." in sister.text, "what she had in common goes on following"


def test_the_views_of_each_child_are_asked(iro: Visitor) -> None:
    page = to(with_a_sister(iro).press("Continue"), "Write the text for B.B.")
    assert page.form()["child-2-views"] == ""
    assert page.form()["child-2-tried"] == ANSWERS["tried"]
    wrong = page.form().press("Continue")
    assert wrong.errors == {"#child-2-views": "Enter the child’s views, or why they are not known"}


def test_so_is_what_was_done_with_each_child_before_the_review(
    service: Service, iro: Visitor
) -> None:
    sister = {f"sibling-1-{name}": text for name, text in SISTER.items()}
    form = at_once(iro.get("/raise/resolved")).fill({**RESOLVED, **sister})
    page = to(form.press("Continue"), "Check the text for A.B.").form().press("Approve this text")
    assert page.form()["child-2-resolution"] == RESOLVED["resolution"]
    assert page.form()["child-2-child-consulted"] == ""
    own = {"views": "Glad.", "file-checked": "yes", "documents-read": "yes"}
    own |= {"child-consulted": "yes", "child-told": "not yet"}
    said = {f"child-2-{name}": text for name, text in own.items()}
    page = page.form().fill(said).press("Continue").form().press("Approve this text")
    done = page.form().press("Record these as resolved")
    assert done.heading == "The matters are recorded as resolved"
    links = {str(link["href"]) for link in done.soup.select("main .pc-reference[href]")}
    forms = [service.challenge(link.rpartition("/")[2]).raised for link in links]
    consulted = {one.child.name: one.before.child_consulted for one in forms if one.before}
    assert consulted == {"Alex Sampleson": False, "Bella Sampleson": True}


def test_each_child_has_actions_of_their_own_from_the_review(
    service: Service, iro: Visitor
) -> None:
    answers = {name: text for name, text in ANSWERS.items() if name not in ("stage", "reason")}
    agreed = {"what": "Find a school", "owner": "tm-n", "by-day": "5", "by-month": "1"}
    agreed |= {"by-year": "2027"}
    answers |= {f"action-1-{name}": text for name, text in agreed.items()}
    answers |= {f"sibling-1-{name}": text for name, text in SISTER.items()}
    form = at_once(iro.get("/raise/actions")).fill({**answers, "confirmed": "By phone, with both."})
    page = to(form.press("Continue"), "Check the text for A.B.").form().press("Approve this text")
    more = page.form().fill({"child-2-views": "Glad."}).press("Add another action").form()
    assert more["child-2-action-1-what"] == "Find a school"
    second = {f"child-2-action-2-{name}": text for name, text in agreed.items()}
    page = more.fill({**second, "child-2-action-2-what": "Buy a uniform"}).press("Continue")
    page = page.form().press("Approve this text").form().press("Record these actions")
    found = {name: form.from_review for name, form in by_child(service).items()}
    said = {name: [a.what for a in one.actions] for name, one in found.items() if one}
    both = ["Find a school", "Buy a uniform"]
    assert said == {"Alex Sampleson": both[:1], "Bella Sampleson": both}


def test_a_child_s_text_is_not_lost_when_the_session_ends(iro: Visitor) -> None:
    page = to(with_a_sister(iro).press("Continue"), "Write the text for B.B.")
    form = page.form().fill({"child-2-views": "Wants to go back to school."})
    iro.cookies.clear()
    form.press("Continue", follow=False)
    iro.sign_in("iro-1")
    kept = next(one for one in wiring.drafts().of("iro-1") if one.origin == PAGE)
    again = iro.get(kept.address)
    assert answers_of(again)["case-id"] == "CASE-1"
    sister = to(section(again, "check"), "Check the text for B.B.")
    assert "Wants to go back to school." in sister.text


# Other children's names --------------------------------------------------------------------------


def test_in_each_text_the_names_of_the_other_children_are_marked(iro: Visitor) -> None:
    form = with_a_sister(iro, views="Wants to live with Bella.", tried="Spoke with Alex.")
    page = to(form.press("Continue"), "Check the text for A.B.")
    assert "This text may tell who another child is." in page.text
    assert {mark.get_text() for mark in page.soup.select("mark")} >= {"(marked: Bella)"}
    refused = iro.post(page.address, [*page.form().fields.items(), ("press", "approve-0")])
    assert refused.heading == "Approve the text for child 1 of 2"
    left = page.form().press("Approve this text as it is")
    assert left.heading == "The text for child 2 of 2"


def test_so_are_their_initials() -> None:
    born = date(2015, 5, 5)
    sister = Child("CASE-1", "B.F.", "Bea Sampleson", born, "North Team")
    brother = replace(sister, case_id="CASE-2", initials="A.F.", name="Al Othername")
    form = replace(raised().challenge.raised, child=sister)

    def marked(text: str, child: Child = sister) -> list[str]:
        found = names_others(replace(form, child=child, tried=text), [brother]).get("tried", ())
        assert {one.details for one in found} <= {(Detail.INITIALS,)}
        return [text[one.start : one.end] for one in found]

    for written in ("A.F.", "A.F", "a.f.", "AF", "A F", "A. F."):
        assert marked(f"In all, {written} has waited a year, and B.F. too.") == [written]
    assert not marked("After half a year A.F.G. and SAF left, as if AFTER.")
    assert not marked("A.F. has waited.", replace(sister, initials="AF")), "those of both"


def test_a_text_that_was_left_as_it_was_copied_is_named(iro: Visitor) -> None:
    copied = "this is still the text about A.B., word for word."
    form = with_a_sister(iro, tried="Asked about a place for A.B. twice.")
    page = to(form.press("Continue"), "Check the text for A.B.")
    assert copied not in page.text, "it is A.B.'s own"
    page = page.form().press("Approve this text")
    page = page.form().fill({"child-2-views": "Wants a plan too."}).press("Continue")
    assert copied in page.text
    assert "(marked: A.B.)" in {mark.get_text() for mark in page.soup.select("mark")}
    page = iro.get(page.link("Change the marked words"))
    own = page.form().fill({"child-2-tried": "Asked about a place for B.B. twice."})
    page = own.press("Continue")
    assert page.heading == "Approve the text for child 2 of 2"
    assert copied not in page.text


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("Bella cries.", [Detail.SIBLING]),
        ("The Samplesons moved. Sampleson called.", []),
        ("His sister was born 6 June 2017.", [Detail.BORN]),
        ("See CASE-2 too.", [Detail.CASE]),
        ("His sister moved on 6 June 2016.", []),
    ],
)
def test_so_are_their_dates_of_birth_and_their_case_ids(text: str, details: list[Detail]) -> None:
    born = date(2015, 5, 5)
    brother = Child("CASE-1", "A.S.", "Alex Sampleson", born, "North Team")
    sister = Child("CASE-2", "B.S.", "Bella Sampleson", date(2017, 6, 6), "North Team")
    form = replace(raised().challenge.raised, child=brother, views=text, tried="Phoned.")
    found = names_others(form, [sister])
    assert [one.details for one in found.get("views", ())] == [(detail,) for detail in details]
    assert names_others(form, []) == {}
    open_words = found_in(replace(form, tried=text), [sister]).get("tried", ())
    assert {*details} <= {detail for one in open_words for detail in one.details}


# All or none -------------------------------------------------------------------------------------


def test_all_challenges_of_a_form_are_raised_or_none(
    service: Service, iro: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, writes = approved(with_a_sister(iro)).form(), []
    write = RecordTable.write

    def fails_once(table: RecordTable, reference: str, items: list[dict[str, object]]) -> None:
        writes.append(len(items))
        if len(writes) == 1:
            error = {"Error": {"Code": "InternalServerError", "Message": ""}}
            raise ClientError(error, "TransactWriteItems")  # type: ignore[arg-type]
        write(table, reference, items)

    monkeypatch.setattr(RecordTable, "write", fails_once)
    failed = ready.press(RAISE)
    assert failed.status == 503
    assert references() == []
    failed.form().press()
    assert len(by_child(service)) == 2


def test_sending_the_form_again_raises_nothing_more(iro: Visitor) -> None:
    ready = approved(with_a_sister(iro)).form()
    first, second = ready.press(RAISE), ready.press(RAISE)
    assert len(references()) == 2
    assert first.address == second.address


def test_a_form_may_name_as_many_children_as_one_step_can_raise(service: Service) -> None:
    book, actor = wiring.casebook(), service.actor("iro-1")
    book.raise_together(children(MOST_CHILDREN), actor, "once")
    assert len(references()) == MOST_CHILDREN


@pytest.mark.parametrize(
    ("siblings", "actions", "says"),
    [
        (MOST_CHILDREN - 1, 1, ""),
        (MOST_CHILDREN, 1, "Put at most 8 children on one form"),
        (2, 20, ""),
        (6, 20, "These are too many children and actions"),
    ],
)
def test_it_says_how_many_children_are_too_many(siblings: int, actions: int, says: str) -> None:
    rows = Rows("action", "Action", (Field("what", Kind.WORDS, "What?"),), least=1, most=20)
    child = tuple(Field(name, Kind.LINE, name) for name in ("case-id", "name"))
    typed = {f"sibling-{n}-case-id": f"C-{n}" for n in range(1, siblings + 1)}
    typed |= {f"action-{n}-what": "Find a place." for n in range(1, actions + 1)}
    form = Form((*child, rows, *family.rows(child)), "/raise", typed)
    found = family.problems(replace(form, typed=form.answers()))
    assert found.get("sibling", "").startswith(says)
    assert bool(found) is bool(says)


# Linked ------------------------------------------------------------------------------------------


def test_each_challenge_names_the_others_of_its_form(service: Service) -> None:
    book, actor = wiring.casebook(), service.actor("iro-1")
    book.raise_together(children(3), actor, "once")
    for one in references():
        others = [other for other in references() if other != one]
        assert sorted(service.challenge(one).raised.siblings) == others
    first, second, _ = references()
    page = Visitor(service, "iro-1").get(f"/challenges/{first}")
    assert page.link(second) == f"/challenges/{second}"


def test_a_reopened_challenge_goes_on_naming_them() -> None:
    case = raised(siblings=("PCE-8M4N-2RWX",))
    case.does(IRA, Close(Outcome.WITHDRAWN, "In a test.", ChildTold.YES, "By phone."))
    child = case.challenge.raised.child
    case.does(IRA, Reopen(Stage.TWO, "It goes on.", child, "sw-north"))
    assert case.went_on is not None
    assert case.went_on.challenge.raised.siblings == ("PCE-8M4N-2RWX",)


def test_only_those_who_may_see_a_sibling_s_challenge_are_shown_its_reference(
    service: Service,
) -> None:
    book, actor = wiring.casebook(), service.actor("iro-1")
    north, south = children(2)
    elsewhere = replace(south.child, team="South Team")
    south = replace(south, child=elsewhere, social_worker="sw-south-1")
    first = book.raise_together([north, south], actor, "once").reference
    (second,) = service.challenge(first).raised.siblings
    assert second in Visitor(service, "iro-1").get(f"/challenges/{first}").text
    seen = Visitor(service, "tm-n").get(f"/challenges/{first}")
    assert seen.status == 200
    assert second not in seen.body


def test_a_program_or_an_email_raises_a_challenge_for_one_child() -> None:
    assert not [name for name in SentForm.model_fields if "sibling" in name]
    assert not [path for path in (*paths(), *paths(seldom=True)) if "sibling" in path]


# One page to reply -------------------------------------------------------------------------------


def asked(service: Service) -> tuple[str, str]:
    """Raise the challenges of two children; Tessa is asked about both. Return the references."""
    first = wiring.casebook().raise_together(
        [replace(one, entry=Stage.ONE) for one in children(2)], service.actor("iro-1"), "once"
    )
    (second,) = service.challenge(first.reference).raised.siblings
    service.emulator.clock.settle()
    return first.reference, second


def box(number: int, **answers: str) -> dict[str, str]:
    """Return what is typed into the box of one child."""
    named = {"answer": "resolved", "words": "The visit took place.", **answers}
    return {f"child-{number}-{name.replace('_', '-')}": text for name, text in named.items()}


def test_one_page_shows_a_responder_all_of_them(service: Service) -> None:
    first, second = asked(service)
    tessa = Visitor(service, "tm-n")
    for start in (f"/challenges/{first}", f"/challenges/{first}/reply"):
        page = to(tessa.get(start), "Reply about each child on one page")
        assert first in page.text
        assert second in page.text
        assert "The panel's date was missed twice." in page.text
        assert page.text.count("The IRO says that the child may be at risk today.") == 2
    looks = wiring.casebook().record.beside.looks(second)
    assert any("tm-n" in str(look) for look in looks)


def test_it_has_a_reply_box_for_each_child(service: Service) -> None:
    first, second = asked(service)
    page = Visitor(service, "tm-n").get(f"/challenges/{first}/reply-together")
    form = page.form().fill({**box(1), **box(2, answer="challenged", words="Not so.")})
    check = form.press("Check your replies")
    assert check.heading == "Check your replies before you send them"
    assert not service.challenge(first).request.answered
    done = check.form().press("Send your replies")
    assert "You do not need to reply about this child any more." in done.text
    replies = [service.challenge(one).request.answer for one in (first, second)]
    assert [str(one.fact.answer) for one in replies if one] == ["resolved", "challenged"]  # type: ignore[attr-defined]


def test_it_copies_no_reply_to_another_child(service: Service) -> None:
    first, second = asked(service)
    page = Visitor(service, "tm-n").get(f"/challenges/{first}/reply-together")
    empty = page.form().press("Check your replies")
    assert empty.errors == {"#child-1-answer": "Reply about at least one child."}
    wrong = page.form().fill(box(2, answer="actions agreed")).press("Check your replies")
    assert list(wrong.errors.values()) == ["Child 2: enter at least one action."], "about whom"
    check = page.form().fill(box(2)).press("Check your replies")
    assert check.text.count("The visit took place.") == 1
    page = check.form().press("Send your replies")
    child = service.challenge(second).raised.child
    said = [one.get_text() for one in page.soup.select("main .govuk-inset-text")]
    assert said == [f"Your reply about {child.initials} ({child.case_id}) is recorded."]
    left = page.form()
    assert service.challenge(second).request.answered
    assert not service.challenge(first).request.answered
    assert left["child-1-words"] == ""
    assert "child-2-words" not in left.names


def test_an_action_is_added_for_one_child_at_a_time(service: Service) -> None:
    first, second = asked(service)
    page = Visitor(service, "tm-n").get(f"/challenges/{first}/reply-together")
    form = page.form().fill({**box(1), **box(2, answer="actions agreed", words="Both agree.")})
    action = form.press("Add an action for child 2")
    assert action.heading == "Action 1"
    wrong = action.form().press("Save this action")
    assert list(wrong.errors) == [
        f"#child-2-action-1-{part}" for part in ("what", "owner", "by-day")
    ]
    row = {"what": "Find a place", "owner": "willow", "by-day": "5", "by-month": "1"}
    typed = {f"child-2-action-1-{name}": text for name, text in {**row, "by-year": "2027"}.items()}
    page = wrong.form().fill(typed).press("Save this action")
    assert page.form()["child-1-words"] == "The visit took place."
    assert "Willow Sample-North, Social Worker, North Team, by Tuesday 5 January 2027" in page.text
    again = page.form().press("Change action 1").form().fill({"child-2-action-1-what": "Visit"})
    page = again.press("Save this action")
    check = page.form().press("Check your replies")
    assert "Visit" in check.text
    assert "This is after the 20-working-day limit" in check.text
    check.form().press("Send your replies")
    replies = [service.challenge(one).request.answer for one in (first, second)]
    assert [len(one.fact.actions) for one in replies if one] == [0, 1]  # type: ignore[attr-defined]


def test_an_action_of_another_answer_is_asked_about_and_can_be_removed(service: Service) -> None:
    first, _ = asked(service)
    page = Visitor(service, "tm-n").get(f"/challenges/{first}/reply-together")
    said = {**box(1), "child-1-action-1-what": "Find a place"}
    before = {**page.form().fields, **said, "press": "check"}
    wrong = page.visitor.post(page.form().action, before)
    assert "#child-1-actions" in wrong.errors
    assert wrong.form()["child-1-action-1-what"] == "Find a place"
    page = wrong.form().press("Remove action 1")
    assert (
        page.form().press("Check your replies").heading == "Check your replies before you send them"
    )


def test_the_session_s_end_leads_back_to_the_same_child_s_action(service: Service) -> None:
    first, _ = asked(service)
    tessa = Visitor(service, "tm-n")
    page = tessa.get(f"/challenges/{first}/reply-together")
    action = page.form().fill(box(2, answer="actions agreed")).press("Add an action for child 2")
    tessa.cookies.clear()
    action.form().fill({"child-2-action-1-what": "Visit"}).press(follow=False)
    tessa.sign_in("tm-n")
    (draft,) = wiring.drafts().of("tm-n")
    again = tessa.get(draft.address)
    assert again.heading == "Action 1"
    assert again.form()["child-2-action-1-what"] == "Visit"


def test_if_one_reply_cannot_be_recorded_the_others_are(service: Service) -> None:
    first, second = asked(service)
    page = Visitor(service, "tm-n").get(f"/challenges/{first}/reply-together")
    check = page.form().fill({**box(1, words="Mine."), **box(2)}).press("Check your replies")
    service.reply(first, "tm-n")
    done = check.form().press("Send your replies")
    assert service.challenge(second).request.answered
    assert "What you typed was not sent" in done.text
    assert "Mine." in done.text, "so that it can be copied"


def test_sending_the_replies_again_records_nothing_more(service: Service) -> None:
    first, second = asked(service)
    page = Visitor(service, "tm-n").get(f"/challenges/{first}/reply-together")
    check = page.form().fill({**box(1), **box(2)}).press("Check your replies").form()
    check.press("Send your replies")
    before = [service.challenge(one).version for one in (first, second)]
    again = check.press("Send your replies")
    assert [service.challenge(one).version for one in (first, second)] == before
    assert "What you typed was not sent" not in again.text


def test_only_what_the_responder_was_asked_is_on_it(service: Service) -> None:
    north, south = (replace(one, entry=Stage.ONE) for one in children(2))
    south = replace(south, child=replace(south.child, team="South Team"))
    south = replace(south, social_worker="sw-south-1")
    book, actor = wiring.casebook(), service.actor("iro-1")
    first = book.raise_together([north, south], actor, "once").reference
    (second,) = service.challenge(first).raised.siblings
    service.emulator.clock.settle()
    page = Visitor(service, "tm-n").get(f"/challenges/{first}/reply-together")
    assert second not in page.body
    assert "Reply about each child" not in Visitor(service, "tm-n").get(f"/challenges/{first}").text


def test_it_needs_a_sign_in_and_no_link_tells_of_the_others(service: Service) -> None:
    first, second = asked(service)
    nobody = Visitor(service)
    away = nobody.get(f"/challenges/{first}/reply-together", follow=False)
    assert "/sign-in" in away.headers["location"]
    links = reply_links(service, "tm-n")
    assert len(links) == 2
    for link in links:
        page = nobody.get(link)
        shown = [one for one in (first, second) if one in page.text]
        assert len(shown) == 1
        assert "brother or sister" not in page.text
