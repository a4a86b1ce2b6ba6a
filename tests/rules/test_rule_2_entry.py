"""Rule 2, QAP: how a challenge starts there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.challenge import Owner
from domain.errors import NotAllowedError
from domain.form import Before, Urgency, Way
from domain.ladder import Stage
from domain.people import may_answer
from domain.rules.accepting import ActionsAccepted
from domain.rules.actions import ConfirmAction, ReportAction
from domain.rules.endings import ChildTold, Closed, RecordChildTold
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.rules.missed_actions import ActionMissed
from domain.rules.qap import RecordedAtQap
from domain.rules.replies import Answer, Reply
from domain.rules.serving import Served
from domain.rules.stages import StageBegan
from domain.rules.urgency import RiskToday
from domain.timeline import details, headline
from domain.vocabulary import Capacity, Letter, Outcome, Standing
from tests.builders import CAS, IRA, SARA, TAM, WYN, Case, council, day, raised
from tests.rules.test_rule_1_entry import TODAY, form, problems

if TYPE_CHECKING:
    from handlers.forms import RaiseForm

#: What the form says about a matter that was resolved before the review.
RESOLVED: dict[str, object] = {
    "stage": "QAP",
    "way": "resolved",
    "resolution": "The visit took place, the notes say so.",
    "file_checked": "yes",
    "documents_read": "yes",
    "child_consulted": "no",
    "why_not": "The child was on holiday.",
    "child_told": "yes",
    "how_told": "By phone.",
}


def resolved(**answers: str) -> RaiseForm:
    return form(**{**RESOLVED, **answers})


def case_resolved(told: ChildTold = ChildTold.YES, *, at_risk: bool = False) -> Case:
    before = Before("The visit took place.", True, True, False, "On holiday.", told, "By phone.")  # noqa: FBT003 - as on the form
    urgency = Urgency(at_risk=at_risk)
    return raised(Stage.QAP, way=Way.RESOLVED, before=before, urgency=urgency)


# Resolved before the review ----------------------------------------------------------------------


def test_a_concern_that_was_resolved_before_the_review_is_recorded_and_ended_in_one_step() -> None:
    case = case_resolved()
    kinds = [type(event.fact) for event in case.challenge.events]
    assert kinds == [Raised, RecordedAtQap, Closed]
    assert {event.command for event in case.challenge.events} == {"raise"}
    assert case.standing is Standing.ENDED_TO_DO, "only the child's file is left (rule 20)"
    assert case.asks == ()
    assert case.challenge.outcome is Outcome.RESOLVED_INFORMALLY
    assert case.challenge.stage is Stage.QAP
    wakes = case.wakes()
    assert wakes is None or wakes > case.now
    assert case.the(Closed).reason == "The visit took place."


@pytest.mark.parametrize("how", ["By phone with the social worker.", "By email: “it is done”."])
def test_it_may_have_been_resolved_by_phone_or_by_email(how: str) -> None:
    said = resolved(resolution=how).raised(council(), TODAY)
    assert said.before is not None
    assert said.before.resolution == how


def test_nobody_is_asked_to_reply_to_a_concern_that_was_resolved_before_the_review() -> None:
    case = case_resolved()
    assert case.events(StageBegan) == []
    assert case.events(Served) == []
    assert {*case.letters(Closed).values()} == {Letter.TOLD}
    assert {WYN, TAM, SARA, CAS} <= set(case.hears(Closed))
    for officer in (WYN, TAM, CAS):
        today = day("2026-11-02")
        assert not may_answer(case.request, case.challenge, officer, case.council, today)
    assert case.files_it().standing is Standing.ENDED_TO_ASK
    version = case.challenge.version
    case.until("2026-11-20 10:00")
    assert case.challenge.version == version, "and nothing is late"


def test_the_child_told_question_is_the_usual_one() -> None:
    case = case_resolved(ChildTold.NOT_YET)
    assert case.files_it().standing is Standing.ENDED_TO_DO
    case = case.does(IRA, RecordChildTold(ChildTold.YES, "At the visit."))
    assert case.standing is Standing.ENDED_TO_ASK
    assert list(problems(**{**RESOLVED, "child_told": ""})) == ["child_told"]
    assert list(problems(**{**RESOLVED, "how_told": ""})) == ["how_told"]
    assert problems(**{**RESOLVED, "child_told": "not yet", "how_told": ""}) == {}


@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize("field", ["file_checked", "documents_read", "child_consulted"])
def test_each_of_the_three_is_asked_and_on_the_record(field: str, answer: str) -> None:
    assert list(problems(**{**RESOLVED, field: ""})) == [field]
    before = resolved(**{field: answer}).raised(council(), TODAY).before
    assert before is not None
    assert getattr(before, field) is (answer == "yes")


def test_the_form_asks_whether_the_child_s_file_was_checked() -> None:
    assert list(problems(**{**RESOLVED, "file_checked": ""})) == ["file_checked"]
    assert shown()["The child's file was checked"] == "Yes"


def test_the_form_asks_whether_the_documents_were_read() -> None:
    assert list(problems(**{**RESOLVED, "documents_read": ""})) == ["documents_read"]
    assert shown()["The relevant documents were read"] == "Yes"


def test_the_form_asks_whether_the_child_was_consulted() -> None:
    assert list(problems(**{**RESOLVED, "child_consulted": ""})) == ["child_consulted"]
    assert shown()["The child was consulted"] == "No"


def test_where_one_of_these_was_not_done_the_form_asks_why_not() -> None:
    assert problems(**{**RESOLVED, "why_not": ""}) == {
        "why_not": "Enter why one of these was not done"
    }
    assert problems(**{**RESOLVED, "child_consulted": "yes", "why_not": ""}) == {}
    assert shown()["Why not"] == "On holiday."


def shown() -> dict[str, str]:
    """Return what the record shows of a matter that was resolved before the review."""
    return dict(details(case_resolved().the(Raised), frozenset({Capacity.SRSM})))


def test_what_was_resolved_needs_how_and_only_qap_starts_like_this() -> None:
    assert list(problems(**{**RESOLVED, "resolution": " "})) == ["resolution"]
    assert list(problems(**{**RESOLVED, "stage": "1"})) == ["way"]
    assert list(problems(**{**RESOLVED, "way": "concern"})) == [
        *("resolution", "file_checked", "documents_read", "child_consulted"),
        *("why_not", "child_told", "how_told"),
    ]


def test_its_line_says_that_nobody_is_asked() -> None:
    case = case_resolved()
    line = headline(case.events(RecordedAtQap)[0], case.challenge, case.council)
    assert line == "Recorded at QAP: resolved before the review. Nobody is asked to reply"


def test_nobody_replies_to_what_asks_for_no_reply() -> None:
    case = case_resolved(at_risk=True)
    assert len(case.events(RiskToday)) == 1
    with pytest.raises(NotAllowedError):
        case.does(IRA, Reply(1, Answer.RESOLVED, "So it is."))


# A concern that is not resolved ------------------------------------------------------------------


def test_social_worker_and_team_manager_are_asked_about_a_concern_that_is_not_resolved() -> None:
    case = raised(Stage.QAP, served=False)
    asked = {who for who, how in case.letters(StageBegan).items() if how is Letter.PLEASE_REPLY}
    assert asked == {WYN, TAM}


def test_a_reply_at_qap_is_due_within_one_working_day() -> None:
    assert raised(Stage.QAP).due == day("2026-11-03")
    assert raised(Stage.QAP, "2026-11-06 16:00").due == day("2026-11-09")


# Actions from the review -------------------------------------------------------------------------

#: What the form says about actions that the review agreed.
ACTIONS: dict[str, object] = {
    "stage": "QAP",
    "way": "actions",
    "actions": [
        {"what": "Apply to the panel.", "owner": WYN, "by": "2026-11-12"},
        {
            "what": "See a flat.",
            "owner_name": "Olive Sample",
            "owner_organisation": "Sample Housing",
            "owner_email": "olive@housing.example",
            "by": "2026-11-13",
        },
    ],
    "confirmed": "At the review, with both.",
}


def case_of_actions() -> Case:
    said = form(**ACTIONS).raised(council(), TODAY)
    return raised(Stage.QAP, way=Way.ACTIONS, from_review=said.from_review)


def test_the_form_may_carry_actions_with_timescales_from_the_review() -> None:
    said = form(**ACTIONS).raised(council(), TODAY).from_review
    assert said is not None
    assert [(one.what, one.by) for one in said.actions] == [
        ("Apply to the panel.", day("2026-11-12")),
        ("See a flat.", day("2026-11-13")),
    ]
    assert list(problems(**{**ACTIONS, "actions": []})) == ["actions"]
    assert list(problems(**{**ACTIONS, "stage": "1"})) == ["way"]
    assert list(problems(**{**ACTIONS, "way": "concern"})) == ["actions", "confirmed"]
    sunday = [{"what": "So.", "owner": WYN, "by": "2026-11-15"}]
    assert list(problems(**{**ACTIONS, "actions": sunday})) == ["actions.0.by"]


def test_each_action_from_the_review_has_an_owner() -> None:
    said = form(**ACTIONS).raised(council(), TODAY).from_review
    assert said is not None
    assert [one.who for one in said.actions] == [
        Owner(WYN),
        Owner("", "Olive Sample", "Sample Housing", "olive@housing.example"),
    ]
    assert said.actions[0].owner == "Wyn Sample-Five, Social Worker, North Sample Team"
    for owner in ({}, {"owner_name": "Olive"}, {"owner": "nobody"}):
        wrong = [{"what": "So.", "by": "2026-11-12", **owner}]
        assert next(iter(problems(**{**ACTIONS, "actions": wrong}))).startswith("actions.0.owner")
    child = {"owner_name": "Sample Sampleson", "owner_organisation": "Home"}
    wrong = [{"what": "So.", "by": "2026-11-12", **child}]
    assert "no child or parent" in problems(**{**ACTIONS, "actions": wrong})["actions.0.owner_name"]


def test_actions_from_the_review_are_confirmed_with_social_worker_and_team_manager() -> None:
    said = "Enter how you confirmed the actions with the Social Worker and the Team Manager"
    assert problems(**{**ACTIONS, "confirmed": ""}) == {"confirmed": said}
    case = case_of_actions()
    assert {WYN, TAM} <= set(case.hears(ActionsAccepted))
    assert case.the(ActionsAccepted).words == "At the review, with both."


def test_actions_from_the_review_are_followed_as_in_rule_6() -> None:
    case = case_of_actions()
    kinds = [type(event.fact) for event in case.challenge.events]
    assert kinds == [Raised, RecordedAtQap, ActionsAccepted]
    assert case.standing is Standing.ACTIONS_UNDER_WAY
    assert case.events(Served) == []
    for officer in (WYN, TAM, CAS):
        assert not may_answer(case.request, case.challenge, officer, case.council, TODAY)
    case.does(WYN, ReportAction(1, "The letter."), "2026-11-03 10:00")
    case.does(IRA, ConfirmAction(1, "Seen."))
    case = case.until("2026-11-16 10:00")
    assert [fact.action for fact in case.facts(ActionMissed)] == [2]
    assert case.standing is Standing.IRO_TO_DECIDE
    assert case.challenge.stage is Stage.QAP, "it never goes formal by itself"
    case = case.does(IRA, Escalate(Stage.ONE, "It was missed."))
    assert case.standing is Standing.STAGE_1
    assert len(case.challenge.open_actions) == 1, "the missed action goes on beside the ladder"
