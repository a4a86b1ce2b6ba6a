"""Rule 19, the child: what the form asks about what they know, and what is left to do for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.errors import BadSubmissionError
from domain.form import Answered, ChildsRights
from domain.ladder import Stage
from domain.rules.childs_rights import (
    ChildNotYet,
    ChildsRightsRecorded,
    RecordChildsRights,
    answers_written,
    childs_rights,
)
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.entry import Raised
from domain.rules.lateness import Chased
from domain.rules.reopening import Reopen
from domain.timeline import details, next_step
from domain.vocabulary import Capacity, Outcome, Standing
from handlers.intake import Became
from tests.builders import IRA, SARA, TAM, Case, council, day, raised
from tests.doors.post import form as lines
from tests.doors.post import mail
from tests.pages.visitor import Visitor
from tests.rules.test_rule_1_entry import TODAY, form, problems
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflow.service import Service

YES, NOT_YET, NO = Answered.YES, Answered.NOT_YET, Answered.NO
DONE = ChildsRights(YES, YES, YES, NO)
NOTHING_YET = ChildsRights(*[NOT_YET] * 4)


def known(rights: ChildsRights = NOTHING_YET) -> Case:
    """Return a challenge whose form said ``rights`` about the child."""
    return raised(childs_rights=rights)


def asked(case: Case) -> Iterator[str]:
    """Yield what is asked of the IRO for the child."""
    return (name for name, _ in case.asks)


# The form ----------------------------------------------------------------------------------------


def test_the_form_asks_for_the_child_s_views() -> None:
    assert list(problems(views="")) == ["views"]
    assert form(views="Wants to stay.").raised(council(), TODAY).views == "Wants to stay."


def said(**answers: str) -> ChildsRights:
    """Return what a form with these answers says about the child."""
    return form(**answers).raised(council(), TODAY).childs_rights


def test_the_form_asks_whether_the_child_knows_of_the_challenge() -> None:
    assert [said(child_knows=one).knows for one in ("yes", "Not yet")] == [YES, NOT_YET]
    assert said() == ChildsRights(), "a form from before the question says that it was not asked"


def test_the_form_asks_whether_the_child_was_offered_an_advocate() -> None:
    assert [said(advocate_offered=one).advocate for one in ("yes", "not yet")] == [YES, NOT_YET]
    assert problems(advocate_offered="soon") == {"advocate_offered": "Answer yes, not yet or no"}


def test_the_form_asks_whether_the_child_knows_how_to_complain() -> None:
    assert [said(knows_complaints=one).complaints for one in ("yes", "not yet")] == [YES, NOT_YET]


def test_the_form_asks_whether_the_child_wants_to_go_to_court_and_who_helps_them_get_legal_advice(
) -> None:  # fmt: skip
    wants = said(wants_court="yes", legal_help="Her advocate.")
    assert (wants.court, wants.legal_help) == (YES, "Her advocate.")
    assert list(problems(wants_court="no", legal_help="Her advocate.")) == ["legal_help"]


def test_where_the_answer_is_no_the_form_asks_why() -> None:
    for name in ("child_knows", "advocate_offered", "knows_complaints"):
        assert list(problems(**{name: "no"})) == ["rights_why"]
        assert said(**{name: "no"}, rights_why="Too young.").why == "Too young."
    assert problems(wants_court="no") == {}


def test_why_something_was_not_done_does_not_read_as_the_reason_about_court() -> None:
    rights = said(advocate_offered="no", wants_court="yes", rights_why="He was in respite.")
    labels = [one.label for one in answers_written(rights) if one.text]
    assert labels.index("Why not") < labels.index("The child wants to go to court")


def test_what_is_left_blank_about_the_child_is_not_yet() -> None:
    blank = ("child_knows", "advocate_offered", "knows_complaints", "wants_court")
    assert said(**dict.fromkeys(blank, " ")) == NOTHING_YET


def test_an_email_that_says_nothing_about_what_the_child_knows_says_not_yet(
    service: Service,
) -> None:
    assert service.receive(mail(lines())) == Became.RAISED
    (reference,) = service.open_challenges()
    assert (
        service.challenge(reference).raised.childs_rights
        == NOTHING_YET
        == said(child_knows="", advocate_offered="", knows_complaints="", wants_court="")
    )


# What is left to do ------------------------------------------------------------------------------


def test_each_answer_that_is_not_yet_is_a_task_of_the_iro() -> None:
    case = known()
    due = day("2026-11-04")
    assert set(case.asks) == {
        ("TELL_OF_CHALLENGE", due),
        ("OFFER_ADVOCATE", due),
        ("EXPLAIN_COMPLAINTS", due),
        ("FIND_ADVICE", due),
    }
    assert {question.whose for question in case.challenge.questions} == {Capacity.IRO}
    case.does(IRA, RecordChildsRights(replace(NOTHING_YET, knows=YES, court=NO)))
    assert set(asked(case)) == {"OFFER_ADVOCATE", "EXPLAIN_COMPLAINTS"}
    case.does(IRA, RecordChildsRights(DONE))
    assert case.asks == ()
    assert known(DONE).asks == raised().asks == ()


def test_a_child_who_wants_to_go_to_court_and_has_no_help_is_a_task_of_the_iro() -> None:
    case = known(replace(DONE, court=YES))
    assert list(asked(case)) == ["FIND_ADVICE"]
    case.does(IRA, RecordChildsRights(replace(DONE, court=YES, legal_help="Her advocate.")))
    assert case.asks == ()


def test_no_question_about_the_child_delays_a_challenge() -> None:
    def goes(case: Case) -> list[tuple[str, str]]:
        case.until("2026-12-07 10:00")
        about_the_child = {event.number for event in case.challenge.events if _of_child(event.fact)}
        return [
            (type(event.fact).__name__, event.effective.isoformat())
            for event in case.challenge.events
            if event.number not in about_the_child
        ]

    assert goes(known()) == goes(known(DONE))


def _of_child(fact: object) -> bool:
    """Whether it is a question about the child, or says that an answer is late."""
    return isinstance(fact, ChildNotYet | Chased)


def test_the_iro_can_change_the_answers_about_the_child_while_the_challenge_is_open() -> None:
    case = known(DONE)
    changed = replace(DONE, knows=NO, why="Too young.", court=YES)
    with pytest.raises(BadSubmissionError) as same:
        case.does(IRA, RecordChildsRights(DONE))
    assert same.value.fields == {"knows": "Change at least one answer."}
    with pytest.raises(BadSubmissionError) as no_reason:
        case.does(IRA, RecordChildsRights(replace(changed, why="", court=NO, legal_help="Jo")))
    assert list(no_reason.value.fields) == ["why", "legal_help"]
    case.does(IRA, RecordChildsRights(changed), at="2026-11-05 10:00")
    assert childs_rights(case.challenge) == changed
    assert case.asks == (("FIND_ADVICE", day("2026-11-09")),)
    assert RecordChildsRights not in case.acts(TAM) | case.acts(SARA)


def test_what_is_left_to_do_for_the_child_outlives_the_end() -> None:
    case = known().does(IRA, Resolve("It is done.", ChildTold.YES, "By me."))
    assert set(asked(case)) == {"OFFER_ADVOCATE", "EXPLAIN_COMPLAINTS", "FIND_ADVICE"}
    assert case.standing is Standing.ENDED_TO_DO
    done = case.does(IRA, RecordChildsRights(DONE)).files_it()
    assert done.standing is Standing.ENDED_TO_ASK
    assert RecordChildsRights not in done.acts(IRA)


def test_nothing_is_left_to_do_for_the_child_after_an_error_or_a_duplicate() -> None:
    case = known().does(IRA, Close(Outcome.RAISED_IN_ERROR, "So it is.", ChildTold.NO, "So."))
    assert case.asks == ()
    other = raised(reference="PCE-4T6W-8YZ2")
    again = known()
    close = Close(Outcome.DUPLICATE, "So.", ChildTold.NO, "So.", goes_on="PCE-4T6W-8YZ2")
    assert again.does(IRA, close, other=other).asks == ()


def test_what_is_left_to_do_for_the_child_goes_on_in_a_reopened_challenge() -> None:
    case = known().does(IRA, Resolve("It is done.", ChildTold.YES, "By me."))
    old = case.challenge.raised
    again = Reopen(Stage.TWO, "It came back.", old.child, old.social_worker)
    new = case.does(IRA, again, at="2026-11-10 10:00").went_on
    assert new is not None
    assert case.asks == ()
    assert {due for _, due in new.asks} == {day("2026-11-12")}
    assert len(new.asks) == 4


def test_what_is_left_to_do_for_the_child_is_no_news_for_those_who_are_asked_to_reply() -> None:
    case = known(replace(DONE, court=YES, advocate=NOT_YET))
    at = case.challenge, case.now, case.council
    assert "record whether the child wants to go to court, and who helps them, by" in " ".join(
        next_step(*at, IRA)
    )
    told = " ".join(next_step(*at, TAM))
    assert "You need to reply by" in told
    assert "the child" not in told


def test_a_child_who_was_not_asked_about_the_court_has_not_said_not_yet() -> None:
    written = {one.label: one.text for one in answers_written(NOTHING_YET)}
    assert written["The child wants to go to court"] == "not asked yet"
    assert written["An advocate was offered"] == "not yet"


def test_those_who_are_asked_to_reply_do_not_read_whether_the_child_wants_to_go_to_court() -> None:
    rights = replace(DONE, court=YES, legal_help="Marigoldhelper", advocate=NOT_YET)
    case = known(rights).does(IRA, RecordChildsRights(replace(rights, legal_help="Marigoldother")))
    for kind in (Raised, ChildsRightsRecorded):
        fact = case.the(kind)
        for who, reads in (
            (Capacity.IRO, True),
            (Capacity.SRSM, True),
            (Capacity.RESPONDER, False),
        ):
            shown = dict(details(fact, frozenset({who})))
            assert ("Who helps them get legal advice" in shown) is reads
            assert ("The child wants to go to court" in shown) is reads
            assert shown["An advocate was offered"] == "not yet"


def test_the_iro_changes_the_letter_and_prints_it(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        iro, reference = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
        service.act(reference, "iro-1", Resolve("It was done.", ChildTold.YES, "By letter."))
        form = iro.get(f"/challenges/{reference}/write-to-child").form()
        assert form["words"].startswith("Dear ")
        form.fill({"words": "Dear Marigold,\n\nIt is done."}).press("Save letter")
        printed = iro.get(f"/challenges/{reference}/letter")
        assert "Dear Marigold, It is done." in printed.text
        assert printed.soup.select("header, footer, form, button") == []
        assert printed.soup.select("body.pc-plain"), "no number of a page stands below a letter"
