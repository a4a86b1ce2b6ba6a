"""Rule 16: endings, and what may follow them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from adapters.links import LinkState, ReplyLink
from domain.challenge import Action, ActionState, AgreedAction, Owner
from domain.directory import Officer, Post
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.form import Child
from domain.ladder import Role, Stage
from domain.notices import notices
from domain.people import capacities, outside_id
from domain.permissions import may_see
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ActionGivenUp, ConfirmAction, GiveUpAction, ReportAction
from domain.rules.appointing import IroAppointed
from domain.rules.briefing import BRIEFING
from domain.rules.cafcass import CafcassAnswer, RecordCafcassAnswer, ReferToCafcass
from domain.rules.corrections import Correct, Corrected
from domain.rules.discussions import RecordConversation
from domain.rules.endings import (
    ActionEnd,
    ActionFate,
    ChildTold,
    ChildWasTold,
    Close,
    Closed,
    RecordChildTold,
    Resolve,
    child_told,
    goes_on_in,
)
from domain.rules.escalating import Escalate
from domain.rules.legal import LEGAL_ADVICE
from domain.rules.letters_to_child import WriteToChild
from domain.rules.life import RecordLifeChange
from domain.rules.missed_actions import ActionMissed
from domain.rules.notes import Noted, WriteNote
from domain.rules.period import ResolutionPeriodEnding, ResolutionPeriodOver
from domain.rules.reopening import (
    AcceptLateActions,
    GoesOn,
    Reopen,
    Reopened,
    days_since_first_formal,
    ended_actions,
    first_formal_entry,
    reopened_as,
)
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.sealing import AskToSeal
from domain.rules.stages import Cause, StageBegan
from domain.rules.taking_over import TookOver, goes_on_for
from domain.summary import summary
from domain.tasks import tasks, trays
from domain.timeline import headline, next_step
from domain.vocabulary import Capacity, Letter, Outcome, Purpose, Standing
from tests.builders import (
    ADA,
    CAS,
    DAILY,
    HEDY,
    IRA,
    IVO,
    NORTH,
    SARA,
    SENNA,
    SOUTH,
    TAM,
    WYN,
    Case,
    an_action,
    council,
    day,
    directory,
    moment,
    raised,
)

_NO = (ChildTold.NO, "They never knew.")
_CHILD = Child("SAMPLE-0001", "S.S.", "Sample Sampleson", date(2015, 5, 5), NORTH)
_OTHER = "PCE-2B3C-4D5E"

#: Legal advice can be asked for after the end as well (rule 11).
OF_LEGAL_ADVICE = {*LEGAL_ADVICE.acts, *BRIEFING.acts}


def _with_actions(stage: Stage = Stage.ONE, count: int = 2) -> Case:
    """Return it with actions accepted on Tuesday 3 November, due on Thursday 12 November."""
    actions = tuple(an_action(f"Do thing {n}") for n in range(1, count + 1))
    case = raised(stage)
    case.does(TAM if stage is not Stage.FOUR else "ada", _agreed(actions), "2026-11-03 10:00")
    return case.does(IRA, AcceptActions("Good."))


def _agreed(actions: tuple[AgreedAction, ...]) -> Reply:
    return Reply(1, Answer.ACTIONS, "We will.", actions)


def _dropped(number: int) -> ActionEnd:
    return ActionEnd(number, ActionFate.DROPPED, "Not needed any more.")


def _ended(stage: Stage = Stage.ONE, outcome: Outcome = Outcome.WITHDRAWN) -> Case:
    return raised(stage).does(IRA, Close(outcome, "It was put right.", *_NO))


def _reopen(
    stage: Stage = Stage.TWO,
    *,
    reason: str = "It was not put right.",
    child: Child = _CHILD,
    social_worker: str = "sw-north",
    actions: tuple[GoesOn, ...] = (),
) -> Reopen:
    return Reopen(stage, reason, child, social_worker, actions)


def _new(case: Case) -> Case:
    assert case.went_on is not None
    return case.went_on


def _action(case: Case, number: int) -> Action:
    action = case.challenge.action_number(number)
    assert action is not None
    return action


# How it ends -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [Close(Outcome.WITHDRAWN, " ", *_NO), Resolve("", *_NO)],
    ids=["withdrawn", "resolved"],
)
def test_every_end_has_a_reason(command: Close | Resolve) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(IRA, command)
    assert set(refused.value.fields) == {"reason"}


def test_a_challenge_is_resolved_informally_at_a_formal_stage_or_by_actions_done() -> None:
    informally = raised(Stage.QAP).does(IRA, Resolve("Done.", *_NO))
    assert informally.challenge.outcome is Outcome.RESOLVED_INFORMALLY
    formally = raised(Stage.THREE).does(IRA, Resolve("Done.", *_NO))
    assert formally.challenge.outcome is Outcome.RESOLVED_AT_STAGE
    assert formally.the(Closed).stage is Stage.THREE


@pytest.mark.parametrize("stage", Stage)
def test_it_can_be_withdrawn_or_raised_in_error_at_any_stage(stage: Stage) -> None:
    for outcome in (Outcome.WITHDRAWN, Outcome.RAISED_IN_ERROR):
        case = _ended(stage, outcome)
        assert (case.challenge.outcome, case.files_it().standing) == (outcome, Standing.CLOSED)


@pytest.mark.parametrize("officer", [SARA, SENNA])
def test_only_the_iro_withdraws_a_challenge_or_says_that_it_was_raised_in_error(
    officer: str,
) -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done.")).until("2026-12-01 10:00")
    for outcome in (Outcome.WITHDRAWN, Outcome.RAISED_IN_ERROR):
        with pytest.raises(NotAllowedError):
            case.does(officer, Close(outcome, "Enough.", *_NO))
    assert Close in case.acts(IRA)


@pytest.mark.parametrize("stage", [Stage.QAP, Stage.ONE])
def test_the_srsm_and_the_senior_iro_manager_are_told_about_every_end(stage: Stage) -> None:
    for case in (_ended(stage), raised(stage).does(IRA, Resolve("Done.", *_NO))):
        assert {SARA, SENNA} <= set(case.hears(Closed))


# A duplicate -------------------------------------------------------------------------------------


def _duplicate(goes_on: str = _OTHER, ends: tuple[ActionEnd, ...] = ()) -> Close:
    return Close(Outcome.DUPLICATE, "Both are about the panel.", *_NO, ends, goes_on)


def _second(
    stage: Stage = Stage.ONE, at: str = "2026-11-02 10:00", case_id: str = "SAMPLE-0001"
) -> Case:
    return raised(stage, at, reference=_OTHER, case_id=case_id)


def test_a_duplicate_names_an_open_challenge_about_the_same_child_which_goes_on() -> None:
    second = _second()
    case = raised().does(IRA, _duplicate("pce 2b3c 4d5e"), other=second)
    assert (case.challenge.outcome, case.the(Closed).goes_on) == (Outcome.DUPLICATE, _OTHER)
    assert goes_on_in(case.challenge) == _OTHER
    assert goes_on_for(second.challenge) == (case.challenge.reference,)
    assert second.the(TookOver).reference == case.challenge.reference
    assert {SARA, SENNA, TAM, CAS} <= set(second.hears(TookOver))
    assert f"{_OTHER} goes on." in next_step(case.challenge, case.now, case.council)


@pytest.mark.parametrize(
    ("goes_on", "says"),
    [
        ("", "Enter the reference of the challenge that goes on"),
        ("PCE-9999-9999", "There is no challenge about this child with this reference"),
        ("the other one", "There is no challenge about this child with this reference"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_at_its_field(goes_on: str, says: str) -> None:
    case = raised()
    with pytest.raises(BadSubmissionError, match=says) as refused:
        case.does(IRA, _duplicate(goes_on), other=_second())
    assert set(refused.value.fields) == {"goes_on"}
    assert case.challenge.open


def test_one_about_another_child_is_refused_as_if_there_were_none() -> None:
    other = _second(case_id="SAMPLE-0002")
    with pytest.raises(BadSubmissionError, match="no challenge about this child"):
        raised().does(IRA, _duplicate(), other=other)
    assert other.facts(TookOver) == []


def test_one_that_has_ended_and_the_challenge_itself_do_not_go_on() -> None:
    ended = _second().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO))
    with pytest.raises(BadSubmissionError, match=f"{_OTHER} has ended"):
        raised().does(IRA, _duplicate(), other=ended)
    case = raised()
    with pytest.raises(BadSubmissionError, match="the challenge that you are ending"):
        case.does(IRA, _duplicate(case.challenge.reference), other=case)


def test_the_challenge_that_goes_on_takes_over_the_open_actions_of_a_duplicate() -> None:
    second, case = _second(), _with_actions()
    case.does(WYN, ReportAction(1, "The letter."))
    case.does(IRA, _duplicate(), other=second)
    assert {action.state for action in case.challenge.actions} == {ActionState.TAKEN_OVER}
    assert _action(case, 1).became == f"Goes on in {_OTHER}"
    done, under_way = second.challenge.actions
    assert (done.state, done.shown_by) == (ActionState.DONE, "The letter.")
    assert (under_way.state, under_way.agreed.what) == (ActionState.OPEN, "Do thing 2")
    assert under_way.deadline.day == day("2026-11-12")
    assert ("CONFIRM_ACTION", day("2026-11-05")) in second.asks
    assert any(
        isinstance(e.fact, ActionMissed) for e in second.until("2026-11-13 10:00").challenge.events
    )


def test_what_the_iro_says_of_an_action_of_a_duplicate_counts() -> None:
    second, case = _second(), _with_actions()
    case.does(IRA, _duplicate(ends=(_dropped(1),)), other=second)
    assert _action(case, 1).state is ActionState.GIVEN_UP
    assert [action.agreed.what for action in second.challenge.actions] == ["Do thing 2"]


def test_it_takes_over_the_formal_entry_of_a_duplicate_if_that_was_earlier() -> None:
    case = raised(Stage.ONE, "2026-11-02 10:00")
    second = _second(Stage.TWO, "2026-11-09 10:00")
    case.until("2026-11-09 11:00").does(IRA, _duplicate(), other=second)
    assert second.challenge.period is not None
    assert second.challenge.period.day == day("2026-11-30")
    assert second.challenge.period_ledger.first.day == day("2026-12-07")  # type: ignore[union-attr]
    assert summary(second.challenge, second.council).formal_at == moment("2026-11-02 10:00")
    assert len(second.until("2026-12-01 10:00").facts(ResolutionPeriodOver)) == 1


def test_a_later_formal_entry_of_a_duplicate_changes_nothing() -> None:
    second = _second(Stage.ONE, "2026-11-02 10:00")
    case = raised(Stage.TWO, "2026-11-09 10:00").does(IRA, _duplicate(), other=second)
    assert not case.challenge.open
    assert second.challenge.period is not None
    assert second.challenge.period.day == day("2026-11-30")
    assert second.the(TookOver).period is None


def test_an_informal_challenge_that_goes_on_has_the_20_days_of_a_formal_duplicate() -> None:
    second = _second(Stage.QAP, "2026-11-03 10:00")
    raised(Stage.ONE).until("2026-11-03 11:00").does(IRA, _duplicate(), other=second)
    assert second.challenge.period is not None
    assert second.challenge.period.day == day("2026-11-30")


# After Cafcass, and not referred -----------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.ONE, Stage.FOUR])
def test_closed_after_cafcass_cannot_be_chosen_while_there_is_no_referral_on_the_record(
    stage: Stage,
) -> None:
    case = raised(stage).until("2026-11-10 12:00")
    with pytest.raises(BadSubmissionError, match="no referral to Cafcass") as refused:
        case.does(IRA, Close(Outcome.CLOSED_AFTER_CAFCASS, "They answered.", *_NO))
    assert set(refused.value.fields) == {"outcome"}


def _referred() -> Case:
    said = ("The plan drifts.", "The Head of Service, since May.")
    case = raised(Stage.FOUR).until("2026-11-10 12:00")
    return case.does(IRA, ReferToCafcass(*said, day("2026-11-10"), "Secure email", "An officer"))


def test_closed_after_cafcass_needs_cafcass_s_answer() -> None:
    case, close = _referred(), Close(Outcome.CLOSED_AFTER_CAFCASS, "It can wait.", *_NO)
    with pytest.raises(BadSubmissionError, match="has not answered yet"):
        case.does(IRA, close)
    refused = RecordCafcassAnswer(CafcassAnswer.REFUSED, day("2026-11-10"), "It can wait.")
    assert case.does(IRA, refused).does(IRA, close).challenge.outcome is close.outcome


def test_unresolved_and_not_referred_cannot_be_chosen_once_it_was_referred() -> None:
    with pytest.raises(BadSubmissionError, match="It was referred"):
        _referred().does(IRA, Close(Outcome.UNRESOLVED_NOT_REFERRED, "Nothing helps.", *_NO))


def test_at_unresolved_and_not_referred_the_senior_iro_manager_and_the_director_are_told() -> None:
    people = directory()
    dora = Officer("dora", "Dora Sample-Thirteen", "dora@council.example")
    posts = {**people.posts, "dcs": Post("dcs", Role.DIRECTOR, (), dora.id)}
    people = replace(people, officers={**people.officers, dora.id: dora}, posts=posts)
    for outcome, told in (
        (Outcome.UNRESOLVED_NOT_REFERRED, {SENNA, dora.id}),
        (Outcome.WITHDRAWN, {SENNA}),
    ):
        case = raised(Stage.FOUR, of=council(people=people)).until("2026-11-10 12:00")
        heard = case.does(IRA, Close(outcome, "Nothing helps.", *_NO)).hears(Closed)
        assert {one for one in heard if one in (SENNA, dora.id)} == told


def test_unresolved_and_not_referred_needs_a_stage_4_that_has_ended() -> None:
    not_referred = Close(Outcome.UNRESOLVED_NOT_REFERRED, "The AD agreed late.", *_NO)
    for stage in (Stage.QAP, Stage.ONE, Stage.FOUR):
        with pytest.raises(BadSubmissionError):
            raised(stage).does(IRA, not_referred)
    silent = raised(Stage.FOUR).until("2026-11-10 12:00").does(IRA, not_referred)
    assert silent.challenge.outcome is Outcome.UNRESOLVED_NOT_REFERRED


def test_a_question_about_who_is_asked_does_not_end_stage_4() -> None:
    case = raised(Stage.FOUR, served=False).until("2026-11-10 12:00")
    assert [purpose for purpose, _ in case.asks] == ["NAME_SOMEBODY"]
    with pytest.raises(BadSubmissionError, match="has not ended yet"):
        case.does(IRA, Close(Outcome.UNRESOLVED_NOT_REFERRED, "Nobody there.", *_NO))


# Open actions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "end",
    [Close(Outcome.WITHDRAWN, "Enough.", *_NO), Resolve("It is done.", *_NO)],
    ids=["withdrawn", "resolved"],
)
def test_whoever_ends_a_challenge_says_what_happens_to_each_open_action(
    end: Close | Resolve,
) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        _with_actions().does(IRA, end)
    assert set(refused.value.fields) == {"action-1", "action-2"}


def test_an_open_action_is_dropped_with_a_reason_or_handed_to_a_review_on_a_date() -> None:
    handed = ActionEnd(2, ActionFate.HANDED, review=day("2026-12-04"))
    case = _with_actions().does(
        IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=(_dropped(1), handed))
    )
    first, second = _action(case, 1), _action(case, 2)
    assert (first.state, second.state) == (ActionState.GIVEN_UP, ActionState.HANDED)
    assert "Not needed any more." in first.became
    assert second.became == "Handed to the review of Friday 4 December 2026"
    written = {one.label: one.text for one in case.the(Closed).written()}
    assert written["Action 2"] == second.became


@pytest.mark.parametrize(
    ("end", "field"),
    [
        (ActionEnd(1, ActionFate.DROPPED, " "), "action-1-why"),
        (ActionEnd(1, ActionFate.HANDED), "action-1-review"),
        (ActionEnd(1, ActionFate.HANDED, review=day("2026-11-02")), "action-1-review"),
        (ActionEnd(1, ActionFate.HANDED, review=day("2026-12-05")), "action-1-review"),
        (ActionEnd(1, ActionFate.TAKEN_OVER), "action-1"),
    ],
    ids=["no reason", "no date", "in the past", "on a Saturday", "by no challenge"],
)
def test_what_is_missing_is_said_at_its_field(end: ActionEnd, field: str) -> None:
    with pytest.raises(BadSubmissionError, match="Action 1:") as refused:
        _with_actions(count=1).does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=(end,)))
    assert set(refused.value.fields) == {field}


def test_no_action_is_under_way_on_a_challenge_that_has_ended() -> None:
    """An old record says nothing of its open actions: it shows that nobody settled them."""
    old = Closed(Outcome.WITHDRAWN, Stage.ONE, "Enough.", *_NO)
    case = _with_actions().records(old)
    assert {action.state for action in case.challenge.actions} == {ActionState.UNSETTLED}
    assert case.challenge.open_actions == ()
    assert str(ActionState.UNSETTLED) == "not settled when the challenge ended"


# The child ---------------------------------------------------------------------------------------


def _not_told() -> Case:
    return raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET))


def test_the_owner_of_an_action_that_was_open_at_the_end_is_told_once_what_happened_to_it() -> None:
    outside = Owner("", "Jo Sample", "Sample School", "jo@school.example")
    owners = (Owner(WYN), outside, Owner("hos"), Owner("ad"), Owner("hos"))
    actions = tuple(replace(an_action(), who=who) for who in owners)
    case = raised(Stage.ONE).does(TAM, _agreed(actions)).does(IRA, AcceptActions())
    case.does(ADA, ReportAction(4, "The letter.")).does(IRA, ConfirmAction(4))
    handed = ActionEnd(3, ActionFate.HANDED, review=day("2026-12-01"))
    ends = (_dropped(1), _dropped(2), handed, _dropped(5))
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=ends))
    jo = outside_id(_action(case, 2))
    sent = [n for n in notices(case.challenge, case.now, case.council) if n.letter.is_owners]
    ended = [n.officer.id for n in sent if isinstance(n.event.fact, Closed)]
    assert sorted(ended) == sorted((WYN, jo, HEDY)), "and not Ada, whose action was confirmed"
    assert {n.letter for n in sent if n.officer.id in ended} >= {Letter.ACTION_ENDED}


def test_whoever_had_the_action_of_a_lost_owner_is_told_what_happened_to_it() -> None:
    of = council(people=directory(hos=None))
    action = replace(an_action(), who=Owner("hos"))
    case = raised(Stage.ONE).does(TAM, _agreed((action,))).does(IRA, AcceptActions())
    case.council = of
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=(_dropped(1),)))
    assert case.letters(Closed)[TAM] is Letter.ACTION_ENDED
    case = raised(Stage.ONE).does(TAM, _agreed((action,))).does(IRA, AcceptActions())
    case.council = of
    case.does(IRA, GiveUpAction(1, "It is not needed."))
    assert case.hears(ActionGivenUp)[TAM] == DAILY


def test_the_owner_of_an_action_that_goes_on_in_another_challenge_gets_a_link_from_there() -> None:
    second, case = _second(), _with_actions()
    case.does(IRA, _duplicate(), other=second)
    assert WYN not in case.letters(Closed), "one email is enough"
    assert second.letters(TookOver)[WYN] is Letter.YOUR_ACTION
    second, case = _second(), _with_actions(count=1)
    case.does(WYN, ReportAction(1, "The letter.")).does(IRA, _duplicate(), other=second)
    assert second.letters(TookOver)[WYN] is Letter.ACTION_ENDED, "they have done it"
    case = _with_actions(count=1)
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=(_dropped(1),)))
    case.does(IRA, _reopen(actions=(GoesOn(1, goes_on=True),)))
    assert _new(case).letters(TookOver)[WYN] is Letter.YOUR_ACTION


def test_the_iro_is_asked_whether_and_how_the_child_was_told() -> None:
    for told, says in (
        (ChildTold.YES, "Enter how the child was told."),
        (ChildTold.NO, "Enter why the child was not told."),
    ):
        with pytest.raises(BadSubmissionError, match=says):
            raised().does(IRA, Resolve("It is done.", told))
        assert raised().does(IRA, Resolve("It is done.", told, "By me.")).the(Closed).how_told


def test_not_yet_told_is_a_task_with_a_date_that_outlives_the_end() -> None:
    case = _not_told().files_it()
    assert not case.challenge.open
    assert case.standing is Standing.ENDED_TO_DO
    (task,) = tasks(case.challenge, case.council)
    assert (task.purpose, task.whose) == (Purpose.TELL_CHILD, Capacity.IRO)
    assert (task.deadline.day, task.stops) == (day("2026-11-04"), False)
    assert list(trays(case.challenge, case.council, case.today)) == [IRA]
    ended, asked, *_ = next_step(case.challenge, case.now, case.council)
    assert ended == "The challenge has ended: resolved at a formal stage."
    assert "needs to record whether the child was told, by Wednesday 4 November" in asked


def test_whether_the_child_was_told_can_be_changed_at_any_time_after_the_end() -> None:
    case = _ended().files_it()
    assert child_told(case.challenge) is ChildTold.NO
    case.does(IRA, RecordChildTold(ChildTold.NOT_YET), "2026-12-01 10:00")
    assert case.asks == (("TELL_CHILD", day("2026-12-03")),)
    case.does(IRA, RecordChildTold(ChildTold.YES, "By Wyn."), "2026-12-02 10:00")
    assert tasks(case.challenge, case.council) == ()
    case.does(IRA, RecordChildTold(ChildTold.NO, "It was another child."), "2027-03-01 10:00")
    assert child_told(case.challenge) is ChildTold.NO
    assert len(case.facts(ChildWasTold)) == 3
    assert RecordChildTold not in raised().acts(IRA)


# Notes and corrections ---------------------------------------------------------------------------


@pytest.mark.parametrize("officer", [IRA, SARA, SENNA, CAS, WYN])
def test_notes_are_still_taken_after_the_end(officer: str) -> None:
    case = _ended().does(officer, WriteNote("The panel met."), "2026-12-01 10:00")
    assert case.the(Noted).words == "The panel met."
    assert not case.challenge.open
    assert (IRA in case.hears(Noted)) is (officer != IRA)


def test_what_is_taken_after_the_end_are_events_of_the_same_chain() -> None:
    case = _not_told()
    version = case.challenge.version
    case.does(IRA, WriteNote("The panel met.")).does(SARA, Correct(1, "Born on 6 May."))
    case.does(IRA, RecordChildTold(ChildTold.YES, "By me.")).does(IRA, _reopen())
    after = case.challenge.events[version:]
    assert [event.number for event in after] == list(range(version + 1, version + 5))
    assert [type(event.fact) for event in after] == [Noted, Corrected, ChildWasTold, Reopened]
    assert case.challenge.outcome is Outcome.RESOLVED_AT_STAGE


def test_who_may_not_see_it_any_more_writes_no_note() -> None:
    case = _ended()
    who = capacities(case.challenge, TAM, case.council, day("2026-11-02"))
    assert not may_see(who - {Capacity.INFORMED}, case.challenge, case.council)


def test_a_correction_stands_beside_what_it_corrects_before_and_after_the_end() -> None:
    case = raised().does(IRA, Correct(1, "Born on 6 May."))
    before = case.challenge.raised
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO))
    case.does(SARA, Correct(1, "Her name is Sam."), "2026-12-01 10:00")
    assert [fact.event for fact in case.facts(Corrected)] == [1, 1]
    assert case.challenge.raised == before
    said = headline(case.events(Corrected)[-1], case.challenge, case.council)
    assert said == (
        "Sara Sample-Three corrected what Ira Sample-One recorded on Monday 2 November 2026"
    )


def test_only_the_iro_the_srsm_and_whoever_wrote_something_can_correct_it() -> None:
    case = raised().does(CAS, WriteNote("The panel is on Monday."))
    number = case.events(Noted)[0].number
    for officer in (IRA, SARA, CAS):
        case.does(officer, Correct(number, "It is on Tuesday."))
    for officer in (TAM, WYN, SENNA):
        with pytest.raises(NotAllowedError, match="whoever wrote it"):
            case.does(officer, Correct(number, "It is on Wednesday."))
    assert len(case.facts(Corrected)) == 3


def test_what_the_clock_did_and_what_is_not_there_cannot_be_corrected() -> None:
    case = raised().until("2026-11-10 09:00")
    (missed,) = [e.number for e in case.challenge.events if "Missed" in type(e.fact).__name__]
    with pytest.raises(NotAllowedError):
        case.does(IRA, Correct(missed, "They did reply."))
    with pytest.raises(BadSubmissionError, match="Choose what to correct"):
        case.does(IRA, Correct(999, "What?"))


# Reopening ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
def test_the_iro_can_reopen_a_challenge_at_a_stage_they_choose(stage: Stage) -> None:
    case = _ended().does(IRA, _reopen(stage), "2026-12-01 10:00")
    new = _new(case)
    assert (new.challenge.stage, new.challenge.open) == (stage, True)
    began = new.the(StageBegan)
    assert (began.stage, began.cause, began.reason) == (
        stage,
        Cause.REOPENED,
        "It was not put right.",
    )
    for officer in (SARA, SENNA, TAM, CAS):
        with pytest.raises(NotAllowedError):
            _ended().does(officer, _reopen())


def test_a_reopened_challenge_is_a_new_one_with_a_reference_record_and_clocks_of_its_own() -> None:
    case = _ended().does(IRA, _reopen(), "2026-12-01 10:00")
    new = _new(case)
    assert new.challenge.reference != case.challenge.reference
    assert new.challenge.version > 1
    assert [type(e.fact) for e in new.challenge.events[:2]] == [
        type(new.challenge.raised),
        StageBegan,
    ]
    assert new.due == day("2026-12-08")
    assert new.hears(StageBegan)[CAS] is Letter.PLEASE_REPLY
    assert case.challenge.outcome is Outcome.WITHDRAWN
    assert case.challenge.raised.concerns == new.challenge.raised.concerns


def test_each_of_the_two_names_the_other() -> None:
    case = _ended().does(IRA, _reopen(), "2026-12-01 10:00")
    new = _new(case)
    assert reopened_as(case.challenge) == new.challenge.reference
    assert new.challenge.raised.continues == case.challenge.reference
    assert case.the(Reopened).reference in headline(
        case.events(Reopened)[0], case.challenge, case.council
    )
    assert case.challenge.reference in headline(new.challenge.events[0], new.challenge, new.council)
    assert f"It was reopened, and goes on as {new.challenge.reference}." in next_step(
        case.challenge, case.now, case.council
    )


def test_everybody_who_was_told_about_the_end_is_told_that_it_was_reopened() -> None:
    case = _ended(Stage.TWO).does(IRA, _reopen(Stage.ONE), "2026-12-01 10:00")
    assert set(case.hears(Reopened)) == set(case.hears(Closed))
    assert {SARA, HEDY} <= set(case.hears(Reopened))


def test_a_challenge_is_reopened_only_once() -> None:
    case = _ended().does(IRA, _reopen(), "2026-12-01 10:00")
    assert Reopen not in case.acts(IRA)
    new = _new(case).does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO))
    new.does(IRA, _reopen(Stage.FOUR), "2026-12-02 10:00")
    assert _new(new).challenge.raised.continues == new.challenge.reference
    assert Reopen not in raised().acts(IRA)


def test_the_iro_says_of_each_action_that_ended_whether_it_goes_on_with_its_first_date() -> None:
    case = _with_actions(count=3)
    handed = ActionEnd(3, ActionFate.HANDED, review=day("2026-11-20"))
    case.does(
        IRA,
        Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=(_dropped(1), _dropped(2), handed)),
        "2026-11-04 10:00",
    )
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, _reopen(), "2026-11-05 10:00")
    assert set(refused.value.fields) == {"action-1", "action-2", "action-3"}
    case.does(
        IRA,
        _reopen(
            actions=(GoesOn(1, goes_on=True), GoesOn(2, goes_on=False), GoesOn(3, goes_on=True))
        ),
    )
    new = _new(case)
    first, third = new.challenge.actions
    assert [action.number for action in (first, third)] == [1, 2]
    assert (first.agreed.what, third.agreed.what) == ("Do thing 1", "Do thing 3")
    assert first.ledger.first.day == day("2026-11-12")
    assert {action.state for action in new.challenge.actions} == {ActionState.OPEN}
    assert new.challenge.awaiting_reply, "actions that go on do not stop the ladder"


def test_an_action_that_was_confirmed_done_does_not_go_on() -> None:
    case = _with_actions(count=2).does(WYN, ReportAction(1, "The letter."))
    case.does(IRA, ConfirmAction(1))
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=(_dropped(2),)))
    assert [one.number for one in ended_actions(case.challenge)] == [2], "the IRO is asked of this"
    both = (GoesOn(1, goes_on=True), GoesOn(2, goes_on=True))
    new = _new(case.does(IRA, _reopen(actions=both), "2026-12-01 10:00"))
    (only,) = new.challenge.actions
    assert only.agreed.what == "Do thing 2"


def test_an_action_whose_date_has_passed_is_missed_at_once() -> None:
    case = _with_actions(count=1)
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO, ends=(_dropped(1),)))
    case.does(IRA, _reopen(actions=(GoesOn(1, goes_on=True),)), "2026-12-01 10:00")
    new = _new(case)
    assert _action(new, 1).state is ActionState.MISSED
    assert _action(new, 1).ledger.first.day == day("2026-11-12")


def test_the_20_working_days_start_again_when_a_challenge_is_reopened() -> None:
    case = _ended().does(IRA, _reopen(), "2026-12-01 10:00")
    new = _new(case)
    assert new.challenge.period is not None
    assert new.challenge.period.day == day("2026-12-31")
    assert new.challenge.period.counted_from == day("2026-12-01")


def test_the_working_days_since_the_first_formal_entry_are_shown_beside_them() -> None:
    case = _ended().does(IRA, _reopen(), "2026-12-01 10:00")
    new = _new(case).until("2026-12-03 10:00")
    assert days_since_first_formal(new.challenge, day("2026-12-03"), new.council) == 23
    assert days_since_first_formal(case.challenge, day("2026-12-03"), case.council) is None


def test_the_links_of_the_challenge_that_ended_stay_closed() -> None:
    case = raised()
    link = ReplyLink("digest", case.challenge.reference, 1, TAM, case.now)
    assert link.state(case.challenge, case.now, 365) is LinkState.LIVE
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO)).does(IRA, _reopen(Stage.ONE))
    assert _new(case).challenge.open
    assert link.state(case.challenge, case.now, 365) is LinkState.CLOSED


def test_the_day_of_the_first_formal_entry_is_kept_through_every_reopening() -> None:
    case = _ended().does(IRA, _reopen(), "2026-12-01 10:00")
    new = _new(case)
    assert new.challenge.raised.formal_before == day("2026-11-02")
    new.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO))
    new.does(IRA, _reopen(Stage.QAP), "2026-12-07 10:00")
    assert first_formal_entry(_new(new).challenge) == day("2026-11-02")
    assert _ended(Stage.QAP).challenge.raised.formal_before is None


def test_the_child_s_details_are_carried_over_and_can_be_corrected() -> None:
    moved = Child("SAMPLE-0001", "S.P.", "Sample Peterson", date(2015, 5, 6), SOUTH)
    case = _ended().does(
        IRA, _reopen(Stage.ONE, child=moved, social_worker="sw-south"), "2026-12-01 10:00"
    )
    new = _new(case)
    assert new.challenge.raised.child == moved
    assert new.request.posts == ("tm-south",)
    assert case.challenge.raised.child == _CHILD


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"social_worker": "sw-south"}, "social_worker"),
        ({"child": Child("C", "S.S.", "Sam", date(2015, 5, 5), "No team")}, "team"),
        ({"child": Child("", "S.S.", "Sam", date(2015, 5, 5), NORTH)}, "case_id"),
        ({"child": Child("C", " ", "Sam", date(2015, 5, 5), NORTH)}, "initials"),
        ({"child": Child("C", "S.S.", "", date(2015, 5, 5), NORTH)}, "name"),
        ({"child": Child("C", "S.S.", "Sam", date(2030, 5, 5), NORTH)}, "date_of_birth"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(wrong: dict[str, Any], field: str) -> None:
    case = _ended()
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, _reopen(**wrong))
    assert field in refused.value.fields
    assert case.facts(Reopened) == []
    assert case.went_on is None


def test_it_is_reopened_for_the_iro_whose_challenge_it_is() -> None:
    case = raised().records(IroAppointed(IVO, "Leave."))
    case.does(IVO, Close(Outcome.WITHDRAWN, "Enough.", *_NO)).does(IVO, _reopen())
    assert _new(case).challenge.iro == IVO


# A late reply's actions --------------------------------------------------------------------------


def _with_late_reply() -> Case:
    """Return it moved to stage 2 after silence, answered late with an action, and withdrawn."""
    case = raised().until("2026-11-10 09:00")
    case.does(TAM, _agreed((an_action("Do it at last", "2026-11-20"),)))
    return case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO))


def test_accepting_a_late_reply_s_actions_after_the_end_reopens_it_in_the_same_step() -> None:
    case = _with_late_reply()
    reply = case.events(Replied)[0].number
    case.does(
        IRA,
        AcceptLateActions(reply, Stage.ONE, "They agreed.", _CHILD, "sw-north"),
        "2026-11-16 10:00",
    )
    new = _new(case)
    assert reopened_as(case.challenge) == new.challenge.reference
    assert new.standing is Standing.ACTIONS_UNDER_WAY
    (action,) = new.challenge.actions
    assert (action.agreed.what, action.deadline.day) == ("Do it at last", day("2026-11-20"))
    assert new.challenge.period is not None
    assert TAM not in {
        who for who, letter in new.hears(StageBegan).items() if letter is Letter.PLEASE_REPLY
    }
    assert not {AcceptLateActions, Reopen} & case.acts(IRA)


def test_only_a_late_reply_with_actions_can_be_accepted() -> None:
    assert AcceptLateActions not in _ended().acts(IRA)
    case = _with_late_reply()
    with pytest.raises(BadSubmissionError, match="Choose whose actions"):
        case.does(IRA, AcceptLateActions(1, Stage.ONE, "So.", _CHILD, "sw-north"))


def test_the_actions_of_a_late_reply_that_were_accepted_before_the_end_are_not_accepted_again() -> (
    None
):
    """They ended with the challenge; the IRO says of them, as of the others, if they go on."""
    case = raised().until("2026-11-10 09:00").does(TAM, _agreed((an_action(by="2026-11-20"),)))
    case.does(IRA, AcceptActions("Good.", 1)).does(IRA, Resolve("Done.", *_NO, (_dropped(1),)))
    assert AcceptLateActions not in case.acts(IRA)
    new = _new(case.does(IRA, _reopen(actions=(GoesOn(1, goes_on=True),))))
    assert len(new.challenge.actions) == 1


def test_the_child_owns_nothing_in_a_late_reply_that_is_accepted_after_the_end() -> None:
    """By a link alone nobody is told the child's name, so accepting it refuses the owner."""
    child = AgreedAction("Do it", "", day("2026-11-20"), Owner("", _CHILD.name, "Sample School"))
    case = raised().until("2026-11-10 09:00").does(TAM, _agreed((child,)), via="link")
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *_NO))
    reply = case.events(Replied)[0].number
    case.does(IRA, AcceptLateActions(reply, Stage.ONE, "They agreed.", _CHILD, "sw-north"))
    new = _new(case)
    assert _action(new, 1).who is None
    assert "NAME_OWNER" in {name for name, _ in new.asks}


# Taken over ---------------------------------------------------------------------------------------


def test_where_the_iro_of_the_challenge_that_goes_on_owns_it_the_srsm_confirms() -> None:
    """Rule 6: nobody confirms an action of their own, and a task is whose it says."""
    second = raised(reference=_OTHER).records(IroAppointed(IVO, "Leave."))
    ivos = AgreedAction("Do it", "", day("2026-11-12"), Owner(IVO))
    case = raised().does(TAM, _agreed((ivos,))).does(IRA, AcceptActions("Good."))
    case.does(IVO, ReportAction(1, "The letter.")).does(IRA, _duplicate(), other=second)
    (question,) = second.questions
    assert question.whose is Capacity.SRSM


def test_a_limit_that_had_passed_when_it_was_taken_over_is_not_said_to_end() -> None:
    case, second = raised().until("2026-12-08 10:00"), _second(Stage.QAP, "2026-12-08 09:00")
    case.does(IRA, _duplicate(), other=second)
    assert second.facts(ResolutionPeriodOver)
    assert second.facts(ResolutionPeriodEnding) == []


def test_who_takes_over_an_open_action_is_not_asked_whether_the_matter_is_resolved() -> None:
    """It was asked because no action was open any more (rule 6)."""
    second = _second().does(TAM, _agreed((an_action(),))).does(IRA, AcceptActions("Good."))
    second.does(IRA, GiveUpAction(1, "Not needed."))
    assert [name for name, _ in second.asks] == ["RESOLVED_NOW"]
    _with_actions(count=1).does(IRA, _duplicate(), other=second)
    assert second.asks == ()
    assert second.standing is Standing.ACTIONS_UNDER_WAY


# Nothing else ------------------------------------------------------------------------------------


def test_the_ladder_is_silent_after_the_end() -> None:
    case = _ended().files_it()
    version = case.challenge.version
    for command in (Escalate(Stage.TWO, "It is urgent."), Close(Outcome.WITHDRAWN, "So.", *_NO)):
        with pytest.raises(AlreadyAnsweredError, match="has ended: withdrawn"):
            case.does(IRA, command)
    case.until("2027-03-01 12:00")
    assert case.challenge.version == version
    assert case.acts(IRA) - OF_LEGAL_ADVICE == {
        *(WriteNote, RecordConversation, Correct, RecordChildTold, RecordLifeChange, WriteToChild),
        *(Reopen, AskToSeal, ReferToCafcass),
    }
