"""Rule 7, timescales revised: any deadline, by whom, to when, and what the IRO can still do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from domain.deadlines import How, deadline_by_hand
from domain.errors import BadSubmissionError, NotAllowedError
from domain.events import Actor, Event
from domain.fold import apply
from domain.ladder import Stage
from domain.procedure import OnNoReply, Procedure
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ReportAction
from domain.rules.cafcass import ReferToCafcass
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, HoldLapsed, ProposeHold
from domain.rules.missed_actions import ActionMissed, ActionRedated
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import (
    DeadlineRevised,
    DecideObjection,
    Object,
    Objected,
    ObjectionDecided,
    ReviseDeadline,
    objectable,
    objections,
    revisable,
)
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Reminded, StageBegan
from domain.rules.timescales import SetNewDate
from domain.tasks import tasks, trays
from domain.timeline import headline, next_step
from domain.vocabulary import Letter, Outcome, Purpose, Standing
from tests.builders import (
    ADA,
    DAILY,
    IRA,
    NOT_REFERRED,
    SARA,
    SENNA,
    TAM,
    WYN,
    Case,
    an_action,
    council,
    day,
    raised,
)
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.part import Command
    from tests.workflow.service import Service

PANEL = "The panel sits that day."
ACTION = "do-action-1"


def revised(to: str = "2026-11-12") -> Case:
    """Return a challenge at stage 1, due on Monday 9 November, whose deadline Sara revised."""
    return raised().does(SARA, ReviseDeadline(day(to), PANEL))


def silent(stage: Stage = Stage.FOUR) -> Case:
    """Return a challenge in which no reply came, so that the IRO has to decide."""
    procedure = Procedure(on_no_reply=OnNoReply.ASK)
    case = raised(stage, of=council(procedure)).until("2026-11-10 10:00")
    assert case.asks[0] == ("DECIDE_SILENCE", day("2026-11-11"))
    return case


def more_time(stage: Stage = Stage.FOUR) -> Case:
    """Return it with the deadline revised to Tuesday 17 November."""
    return silent(stage).does(SARA, ReviseDeadline(day("2026-11-17"), PANEL))


def promised(by: str = "2026-11-12") -> Case:
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by=by),))
    return raised().does(TAM, reply).does(IRA, AcceptActions())


def refused(case: Case, officer: str, command: Command) -> dict[str, str]:
    """Return what is to correct in the command: field → sentence."""
    with pytest.raises(BadSubmissionError) as error:
        case.does(officer, command)
    return dict(error.value.fields)


def cannot(case: Case, officer: str, command: Command) -> None:
    """Check that the officer may not do it, or not to this deadline."""
    with pytest.raises((BadSubmissionError, NotAllowedError)):
        case.does(officer, command)


# Any deadline ------------------------------------------------------------------------------------


def test_the_srsm_revises_the_deadline_of_a_reply() -> None:
    case = revised()
    assert case.due == day("2026-11-12")
    assert case.the(DeadlineRevised).what == "request"
    heard = case.hears(DeadlineRevised)
    assert (heard[TAM], heard[IRA]) == (Letter.PLEASE_REPLY, DAILY)
    for officer in (IRA, TAM):
        with pytest.raises(NotAllowedError):
            raised().does(officer, ReviseDeadline(day("2026-11-12"), PANEL))
    assert case.until("2026-11-12 23:59").challenge.stage is Stage.ONE
    assert case.until("2026-11-13 00:01").challenge.stage is Stage.TWO


def test_the_srsm_revises_the_date_of_an_action() -> None:
    case = promised().does(SARA, ReviseDeadline(day("2026-11-19"), PANEL, ACTION))
    (action,) = case.challenge.actions
    assert (action.deadline.day, action.ledger.first.day) == (day("2026-11-19"), day("2026-11-12"))
    assert case.hears(DeadlineRevised)[WYN] is Letter.YOUR_ACTION
    assert case.hears(DeadlineRevised)[IRA] == DAILY
    assert TAM not in case.letters(DeadlineRevised), "no reply is due"
    (event,) = case.events(DeadlineRevised)
    said = headline(event, case.challenge, case.council)
    assert said.startswith("Sara Sample-Three revised the date of action 1: it was")
    assert case.until("2026-11-19 23:59").events(ActionMissed) == []
    assert case.until("2026-11-20 00:02").events(ActionMissed)


def test_the_srsm_revises_the_date_of_a_task() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    case.does(SARA, ReviseDeadline(day("2026-11-16"), "Ira is ill.", "question"))
    assert case.asks == (("DECIDE", day("2026-11-16")),)
    (event,) = case.events(DeadlineRevised)
    said = headline(event, case.challenge, case.council)
    assert "revised the date by which the IRO has to decide on the reply" in said
    assert case.hears(DeadlineRevised)[IRA] == DAILY
    assert case.letters(DeadlineRevised) == {}, "those asked have replied"
    case.until("2026-11-18 10:00")
    decision = case.challenge.decision
    assert decision
    assert decision.chased == 0
    late = case.until("2026-11-19 10:00").challenge.decision
    assert late
    assert late.chased == 3


def test_a_late_task_with_a_new_date_is_no_longer_late() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    case.does(IRA, NOT_REFERRED).until("2026-11-12 10:00")
    assert case.challenge.chased() == 3
    assert Resolve in case.acts(SARA), "in the IRO's place"
    case.does(SARA, ReviseDeadline(day("2026-11-16"), "Ira is back then.", "question"))
    assert case.challenge.chased() == 0
    assert Resolve not in case.acts(SARA)


def test_the_day_by_which_a_hold_has_to_be_agreed_is_a_date_like_others() -> None:
    case = raised().does(IRA, ProposeHold(3, PANEL))
    assert "hold-answer" in {one.key for one in revisable(case.challenge)}
    with pytest.raises(BadSubmissionError, match="your own task"):
        case.does(SARA, ReviseDeadline(day("2026-11-06"), "So.", "hold-answer"))
    case.does(SENNA, ReviseDeadline(day("2026-11-06"), "Sara is away.", "hold-answer"))
    assert case.until("2026-11-06 10:00").events(HoldLapsed) == []
    assert case.until("2026-11-07 10:00").events(HoldLapsed)


def test_after_the_end_no_date_is_revised() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    case.does(IRA, Close(Outcome.WITHDRAWN, "Not needed.", ChildTold.NOT_YET, ""))
    assert case.asks == (("TELL_CHILD", day("2026-11-04")),), "and the objection is settled"
    assert revisable(case.challenge) == ()
    assert ReviseDeadline not in case.acts(SARA) | case.acts(SENNA)


def test_what_no_longer_runs_cannot_be_revised() -> None:
    answered = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    done = promised().does(WYN, ReportAction(1, "The letter."))
    for case, what in ((answered, "request"), (done, ACTION), (raised(), "question")):
        with pytest.raises(NotAllowedError, match="no longer runs"):
            case.does(SARA, ReviseDeadline(day("2026-11-12"), PANEL, what))


# How it may be revised ---------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["request", ACTION, "question"])
def test_a_revision_needs_a_reason(what: str) -> None:
    case = promised() if what == ACTION else raised()
    if what == "question":
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    said = refused(case, SARA, ReviseDeadline(day("2026-11-13"), " ", what))
    assert said == {"reason": "Enter why you are revising the deadline."}


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("2026-11-02", "later than today"),
        ("2026-10-30", "today or in the future"),
        ("2026-11-07", "a working day"),
        ("2026-11-09", "the deadline already"),
        ("2199-01-01", "Enter a date before"),
    ],
)
def test_a_deadline_is_revised_to_a_working_day_later_than_today(to: str, said: str) -> None:
    fields = refused(raised(), SARA, ReviseDeadline(day(to), PANEL))
    assert said in fields["day"]
    assert revised("2026-11-03").due == day("2026-11-03")


def test_the_srsm_does_not_move_a_reply_beyond_the_20_working_day_limit() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-30"), PANEL))
    assert case.due == day("2026-11-30")
    fields = refused(raised(), SARA, ReviseDeadline(day("2026-12-01"), PANEL))
    assert "after the 20-working-day limit, Monday 30 November 2026" in fields["day"]
    later = promised().does(SARA, ReviseDeadline(day("2026-12-01"), PANEL, ACTION))
    assert later.challenge.actions[0].deadline.day == day("2026-12-01"), "an action may end later"
    informal = raised(Stage.QAP).does(SARA, ReviseDeadline(day("2026-12-01"), PANEL))
    assert informal.due == day("2026-12-01"), "no limit runs yet"


def test_the_senior_iro_manager_may_move_a_reply_beyond_the_20_working_day_limit() -> None:
    case = raised().does(SENNA, ReviseDeadline(day("2026-12-01"), PANEL))
    assert case.due == day("2026-12-01")
    fields = refused(raised(), SENNA, ReviseDeadline(day("2026-11-30"), PANEL))
    assert "is for the Safeguarding & Review Service Manager" in fields["day"]


def test_a_revision_does_not_move_the_20_working_day_limit() -> None:
    case = raised().does(SENNA, ReviseDeadline(day("2026-12-01"), PANEL))
    assert case.challenge.period == raised().challenge.period
    assert case.challenge.period_ledger
    assert len(case.challenge.period_ledger.entries) == 1
    assert "period" not in {one.key for one in revisable(case.challenge)}


def test_the_date_of_the_srsm_s_own_task_is_the_senior_iro_manager_s_to_revise() -> None:
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-06"),))
    case = raised().does(TAM, reply).does(IRA, AcceptActions()).until("2026-11-09 10:00")
    case.does(IRA, SetNewDate("action-1", day("2026-12-07"), "It is beyond the limit."))
    assert case.asks[0] == ("CONFIRM_DATE", day("2026-11-11"))
    revise = ReviseDeadline(day("2026-11-13"), "Sara is ill.", "action-1")
    cannot(case, SARA, revise)
    case.does(SENNA, revise)
    assert case.asks[0] == ("CONFIRM_DATE", day("2026-11-13"))


def test_a_second_revision_of_the_same_deadline_is_the_senior_iro_manager_s() -> None:
    case = revised()
    again = ReviseDeadline(day("2026-11-13"), "Again.")
    assert "has been revised before" in refused(case, SARA, again)["what"]
    assert case.does(SENNA, again).due == day("2026-11-13")
    case = promised().does(SARA, ReviseDeadline(day("2026-11-19"), PANEL, ACTION))
    again = ReviseDeadline(day("2026-11-20"), "Again.", ACTION)
    cannot(case, SARA, again)
    case.does(SENNA, again)
    case.does(SENNA, ReviseDeadline(day("2026-11-23"), "Once more.", ACTION))
    assert case.challenge.actions[0].deadline.day == day("2026-11-23")


def test_the_next_stages_deadline_is_another_one() -> None:
    case = revised().until("2026-11-13 10:00")
    assert case.does(SARA, ReviseDeadline(day("2026-11-23"), PANEL)).due == day("2026-11-23")


def test_whoever_is_asked_instead_has_a_deadline_that_was_revised_before() -> None:
    case = revised().does(TAM, SayNotMine(1, "It has moved."))
    case.does(IRA, Reassign("tm-south", "The child has moved team."))
    again = ReviseDeadline(day("2026-11-13"), "Again.")
    assert "has been revised before" in refused(case, SARA, again)["what"]


def test_a_deadline_to_reply_has_no_third_revision() -> None:
    case = revised().does(SENNA, ReviseDeadline(day("2026-11-13"), "Again."))
    third = ReviseDeadline(day("2026-11-16"), "Once more.")
    cannot(case, SENNA, third)
    cannot(case, SARA, third)
    assert "request" in {one.key for one in revisable(case.challenge)}


def test_the_date_of_a_question_about_cafcass_is_never_revised() -> None:
    said = ("The plan drifts.", "The Head of Service, since May.")
    refer = ReferToCafcass(*said, day("2026-11-02"), "Secure email", "A named officer")
    due, asked = raised(Stage.FOUR).until("2026-11-10 10:00"), raised().does(IRA, refer)
    for case in (raised(), due, asked):
        keys = [one.key for one in case.challenge.questions if "cafcass" in one.key]
        assert keys
        for who in (SARA, SENNA):
            for key in keys:
                with pytest.raises(NotAllowedError, match="cannot be revised"):
                    case.does(who, ReviseDeadline(day("2026-12-01"), "The panel sits.", key))


def test_a_shorter_deadline_is_confirmed_on_a_page_that_says_so(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    address = f"/challenges/{reference}/revise-deadline"
    srsm = Visitor(service, "srsm")
    typed = {"day-day": "5", "day-month": "11", "day-year": "2026", "reason": "It is urgent."}
    page = srsm.get(address).form(address).fill(typed).press(through=False)
    assert service.challenge(reference).request.deadline.day == date(2026, 11, 9)
    for said in (
        "This makes the deadline to reply earlier",
        "Was: Monday 9 November 2026 (5 working days left)",
        "Will be: Thursday 5 November 2026 (3 working days left)",
        "Tessa Sample-North, Team Manager, North Team",
        "Ira Sample-One, Independent Reviewing Officer",
    ):
        assert said in page.text, said
    change = srsm.get(page.link("Change your answers")).form(address).fill({"day-day": "4"})
    again = change.press(through=False)
    assert "Will be: Wednesday 4 November 2026" in again.text, "another day is confirmed anew"
    assert service.challenge(reference).request.deadline.day == date(2026, 11, 9)
    again.form(address).press("Make it earlier")
    assert service.challenge(reference).request.deadline.day == date(2026, 11, 4)


# What the IRO can still do -----------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.ONE, Stage.FOUR])
def test_after_a_revision_the_iro_still_has_every_decision_they_had_before(stage: Stage) -> None:
    before = silent(stage).acts(IRA)
    after = more_time(stage)
    assert before - after.acts(IRA) == set()
    assert {Resolve, Escalate, AskAgain, Close} <= after.acts(IRA)
    again = more_time(stage).does(IRA, AskAgain("What of the visit?", 3))
    assert again.due == day("2026-11-13")
    assert again.challenge.question is None
    told = (ChildTold.NO, "They never knew.")
    assert more_time(stage).does(IRA, Resolve("It was done.", *told)).challenge.outcome
    last = Close(Outcome.UNRESOLVED_NOT_REFERRED, "Nothing helps.", *told)
    if stage is Stage.FOUR:
        assert more_time(stage).does(IRA, last).challenge.outcome is last.outcome
    else:
        assert more_time(stage).does(IRA, Escalate(Stage.TWO)).challenge.stage is Stage.TWO


def test_at_qap_too_the_iro_keeps_the_decision_after_a_revision() -> None:
    silent_at_qap = raised(Stage.QAP).until("2026-11-04 10:00")
    before = silent_at_qap.acts(IRA)
    case = silent_at_qap.does(SARA, ReviseDeadline(day("2026-11-10"), PANEL))
    assert before - case.acts(IRA) == set()
    case.does(IRA, SetNewDate("question", day("2026-11-06"), "It is sooner.", "On the phone."))
    assert "CONFIRM_DATE" in [purpose for purpose, _ in case.asks]


def test_after_a_revision_those_who_were_silent_are_asked_again() -> None:
    case = more_time()
    assert case.standing is Standing.STAGE_4
    assert case.letters(DeadlineRevised)[ADA] is Letter.PLEASE_REPLY
    assert trays(case.challenge, case.council, case.now.date())["ad"][0].purpose is Purpose.REPLY
    said = " ".join(next_step(case.challenge, case.now, case.council))
    assert "Ada Sample-Eleven, Assistant Director, needs to reply" in said
    assert "Those who were asked have until the new date to reply." in said
    assert "The IRO can still decide before then." in said
    assert ("DECIDE_SILENCE", day("2026-11-17")) in case.asks, "until the stage's deadline"
    (task,) = [t for t in tasks(case.challenge, case.council) if t.key == "question"]
    assert not task.stops
    assert case.until("2026-11-16 10:00").events(Reminded)[-1].effective.date() == day("2026-11-16")
    case.does(ADA, Reply(1, Answer.RESOLVED, "Done."))
    assert not case.the(Replied).late
    assert "DECIDE" in [purpose for purpose, _ in case.asks]


def test_when_the_revised_deadline_passes_in_silence_the_iro_has_to_decide_again() -> None:
    case = more_time().until("2026-11-18 10:00")
    assert len(case.events(DeadlineMissed)) == 2
    assert case.standing is Standing.IRO_TO_DECIDE
    assert ("DECIDE_SILENCE", day("2026-11-19")) in case.asks
    assert case.letters(DeadlineMissed)[IRA] is Letter.DECIDE


def test_the_page_says_what_follows_if_a_missed_deadline_is_revised(service: Service) -> None:
    reference = service.raise_at(Stage.QAP)
    service.jump(datetime(2026, 11, 4, 10, tzinfo=UTC))
    page = Visitor(service, "srsm").get(f"/challenges/{reference}/revise-deadline")
    assert "No reply came by the deadline, and Ira Sample-One has to decide" in page.text
    assert "can reply until the new date, and hears of it at once" in page.text
    assert "Ira Sample-One can still decide before then" in page.text


# Objections --------------------------------------------------------------------------------------


def test_if_the_iro_objects_the_earlier_date_holds() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    assert case.due == day("2026-11-09")
    assert case.request.objections == ("The child cannot wait.",)
    heard = case.hears(Objected)
    assert (heard[TAM], heard[SENNA]) == (Letter.PLEASE_REPLY, Letter.DECIDE)
    assert heard[SARA] == DAILY
    assert case.until("2026-11-10 00:01").challenge.stage is Stage.TWO
    shorter = revised("2026-11-05").does(IRA, Object("It is too short."))
    assert shorter.due == day("2026-11-05")
    assert TAM not in shorter.letters(Objected), "nothing moved for them"
    assert shorter.until("2026-11-06 00:01").challenge.stage is Stage.TWO


def test_the_iro_may_object_to_any_revision_and_once_to_each() -> None:
    case = promised().does(SARA, ReviseDeadline(day("2026-11-19"), PANEL, ACTION))
    case.does(IRA, Object("The child cannot wait.", ACTION))
    assert case.challenge.actions[0].deadline.day == day("2026-11-12")
    assert case.letters(Objected)[WYN] is Letter.YOUR_ACTION
    with pytest.raises(NotAllowedError):
        case.does(IRA, Object("It really cannot.", ACTION))
    with pytest.raises(NotAllowedError):
        raised().does(IRA, Object("Nothing was revised."))
    for officer in (SARA, SENNA, TAM):
        with pytest.raises(NotAllowedError):
            revised().does(officer, Object("I object."))
    assert refused(revised(), IRA, Object("")) == {"words": "Enter why you object."}


def test_an_earlier_date_that_has_passed_cannot_hold() -> None:
    case = revised().until("2026-11-10 10:00")
    said = refused(case, IRA, Object("It is too late."))["what"]
    assert said.startswith("The earlier date, Monday 9 November 2026, has passed")
    assert case.due == day("2026-11-12")


def test_after_silence_an_objection_leaves_the_decision_where_it_was() -> None:
    case = more_time().does(IRA, Object("It has waited enough."))
    assert (case.due, case.standing) == (day("2026-11-09"), Standing.IRO_TO_DECIDE)
    assert len(case.events(DeadlineMissed)) == 1
    case.does(SENNA, DecideObjection("request", upheld=False, reason="The panel is ill."))
    assert (case.due, case.standing) == (day("2026-11-17"), Standing.STAGE_4)
    assert case.until("2026-11-18 10:00").standing is Standing.IRO_TO_DECIDE
    upheld = more_time().does(IRA, Object("It has waited enough."))
    upheld.does(SENNA, DecideObjection("request", upheld=True, reason="So it has."))
    assert (upheld.due, upheld.standing) == (day("2026-11-09"), Standing.IRO_TO_DECIDE)


def test_the_senior_iro_manager_decides_about_an_objection_within_one_working_day() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    (task,) = [
        t for t in tasks(case.challenge, case.council) if t.purpose is Purpose.DECIDE_OBJECTION
    ]
    assert (task.deadline.day, task.stops) == (day("2026-11-03"), False)
    assert task.in_words == "decide about the objection to the new date of the reply"
    assert trays(case.challenge, case.council, case.now.date())["senior"][0] == task
    for officer in (IRA, SARA, TAM):
        with pytest.raises(NotAllowedError):
            case.does(officer, DecideObjection("request", upheld=True, reason="So."))
    fields = refused(case, SENNA, DecideObjection("request", upheld=True, reason=""))
    assert fields == {"reason": "Enter the reasons for your decision."}
    again = ReviseDeadline(day("2026-11-13"), "Again.")
    assert "has to decide about that first" in refused(case, SENNA, again)["what"]


def test_where_an_objection_is_upheld_the_date_before_the_revision_counts() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    case.does(SENNA, DecideObjection("request", upheld=True, reason="It cannot."))
    assert case.due == day("2026-11-09")
    assert case.letters(ObjectionDecided) == {IRA: Letter.TOLD}
    assert objections(case.challenge) == ()
    shorter = revised("2026-11-05").does(IRA, Object("It is too short."))
    shorter.does(SENNA, DecideObjection("request", upheld=True, reason="It is."))
    assert shorter.due == day("2026-11-09")
    assert shorter.letters(ObjectionDecided)[TAM] is Letter.PLEASE_REPLY


def test_where_the_revision_stands_the_revised_date_counts() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    case.does(SENNA, DecideObjection("request", upheld=False, reason="The panel sits then."))
    assert case.due == day("2026-11-12")
    assert case.letters(ObjectionDecided)[TAM] is Letter.PLEASE_REPLY
    assert objectable(case.challenge) == (), "it is decided"
    assert "DECIDE_OBJECTION" not in [purpose for purpose, _ in case.asks]
    (event,) = case.events(ObjectionDecided)
    assert headline(event, case.challenge, case.council) == (
        "Senna Sample-Four decided that the revision stands: the deadline to reply is the end of "
        "Thursday 12 November 2026"
    )
    again = revised("2026-11-05").does(IRA, Object("It is too short."))
    again.does(SENNA, DecideObjection("request", upheld=False, reason="It is urgent."))
    assert (again.due, objectable(again.challenge)) == (day("2026-11-05"), ())


def test_a_hold_agreed_meanwhile_is_not_taken_back_by_the_decision() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    case.does(IRA, ProposeHold(2, PANEL)).does(SARA, AgreeHold())
    assert case.due == day("2026-11-11")
    case.does(SENNA, DecideObjection("request", upheld=True, reason="It cannot."))
    assert case.due == day("2026-11-11")


def test_an_objection_to_a_date_that_no_longer_runs_is_settled() -> None:
    objected = [revised().does(IRA, Object("The child cannot wait.")) for _ in range(4)]
    answered, moved, passed, other = objected
    answered.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    moved.does(IRA, Escalate(Stage.THREE, "It cannot wait."))
    passed.until("2026-11-10 10:00")
    other.does(TAM, SayNotMine(1, "Not my team."))
    other.does(IRA, Reassign("tm-south", "It is theirs."))
    for case in objected:
        assert objections(case.challenge) == ()
        assert "DECIDE_OBJECTION" not in [purpose for purpose, _ in case.asks]
    done = promised().does(SARA, ReviseDeadline(day("2026-11-19"), PANEL, ACTION))
    done.does(IRA, Object("No.", ACTION)).does(WYN, ReportAction(1, "The letter."))
    assert objections(done.challenge) == ()


# Every date --------------------------------------------------------------------------------------


def test_every_date_keeps_its_ledger() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    case.does(SENNA, DecideObjection("request", upheld=False, reason="The panel."))
    case.does(IRA, ProposeHold(2, PANEL)).does(SARA, AgreeHold())
    calendar = case.council.calendar.extended({day("2026-11-13"): "Proclaimed"})
    case.council = replace(case.council, calendar=calendar)
    case._settle()
    ledger = [(entry.how, entry.deadline.day) for entry in case.request.ledger.entries]
    assert ledger == [
        (How.FIRST, day("2026-11-09")),
        (How.REVISED, day("2026-11-12")),
        (How.OBJECTED, day("2026-11-09")),
        (How.UPHELD, day("2026-11-12")),
        (How.HELD, day("2026-11-16")),
        (How.HOLIDAY, day("2026-11-17")),
    ]


def test_every_date_explains_itself_from_its_ledger() -> None:
    case = revised().does(IRA, Object("The child cannot wait."))
    case.does(SENNA, DecideObjection("request", upheld=False, reason="The panel."))
    said = case.request.ledger.why
    assert said.startswith("First set: Monday 9 November 2026. 5 working days from Monday 2 Nov")
    assert "Revised: Thursday 12 November 2026. Set to Thursday 12" in said
    assert "because the IRO objected: Monday 9 November 2026." in said
    assert said.endswith("Senna Sample-Four decided that the revision stands.")
    action = promised().does(SARA, ReviseDeadline(day("2026-11-19"), PANEL, ACTION))
    assert "Revised: Thursday 19 November 2026." in action.challenge.actions[0].ledger.why
    task = more_time().challenge.decision
    assert task
    assert "Moved with the deadline to reply: Tuesday 17 November 2026." in task.ledger.why


def test_a_page_shows_the_first_date_beside_the_revised_one(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "srsm", ReviseDeadline(date(2026, 11, 12), PANEL))
    page = Visitor(service, "iro-1").get(f"/challenges/{reference}")
    assert "Reply at Stage 1 due Thursday 12 November 2026" in page.text
    assert "The first deadline was Monday 9 November 2026." in page.text


# What is already on the record -------------------------------------------------------------------


def _as_then(case: Case, fact: DeadlineRevised | Objected | ActionRedated) -> Challenge:
    """Return the challenge with a fact as a release up to 2026-11.9 recorded it."""
    number = case.challenge.version + 1
    actor = Actor(SARA, "Sara Sample-Three", "", "page")
    event = Event(number, fact, actor, case.now, case.now, f"then-{number}")
    return apply(case.challenge, event)


def test_a_revision_of_an_older_release_settled_the_question_about_the_silence() -> None:
    case = silent()
    deadline = deadline_by_hand(day("2026-11-17"), "Sara Sample-Three")
    then = _as_then(case, DeadlineRevised(1, deadline, PANEL))
    assert (then.question_by("question"), then.standing) == (None, Standing.STAGE_4)


def test_an_objection_of_an_older_release_is_a_note_and_the_revision_stands() -> None:
    case = revised()
    case.challenge = _as_then(case, Objected(1, "The child cannot wait."))
    assert case.due == day("2026-11-12")
    assert "DECIDE_OBJECTION" not in [purpose for purpose, _ in case.asks]
    assert case.request.objections == ("The child cannot wait.",)
    case.does(IRA, Object("It really cannot."))
    assert case.due == day("2026-11-09"), "the IRO may object now with what follows"


def test_a_new_date_of_an_older_release_is_a_revision_of_the_action() -> None:
    case = promised()
    case.challenge = _as_then(case, ActionRedated(1, day("2026-11-19"), PANEL))
    (action,) = case.challenge.actions
    assert action.deadline.day == day("2026-11-19")
    cannot(case, SARA, ReviseDeadline(day("2026-11-20"), "Again.", ACTION))


def test_a_reply_between_the_first_and_the_revised_deadline_is_in_time() -> None:
    case = revised().does(TAM, Reply(1, Answer.RESOLVED, "Done."), "2026-11-11 10:00")
    assert not case.the(Replied).late
    assert case.facts(StageBegan)[-1].stage is Stage.ONE
