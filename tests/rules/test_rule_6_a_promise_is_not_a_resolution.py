"""Rule 6, actions: each test is named by its sentence of docs/procedure.md."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.challenge import ActionState, AgreedAction, Owner
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions, ActionsAccepted
from domain.rules.actions import (
    ActionGivenUp,
    ActionSentBack,
    ConfirmAction,
    GiveUpAction,
    NotResolvedYet,
    ReportAction,
    SayNotResolved,
    SendBackAction,
)
from domain.rules.appointing import AppointIro
from domain.rules.deciding import AskAgain
from domain.rules.endings import ActionEnd, ActionFate, ChildTold, Close, Closed, Resolve
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, HoldEnded, ProposeHold
from domain.rules.missed_actions import ActionMissed, LastStageUnresolved, NoNewDate
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.tasks import tasks, trays
from domain.timeline import headline
from domain.vocabulary import Capacity, Letter, Outcome, Purpose, Standing
from tests.builders import (
    ADA,
    CAS,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    WYN,
    Case,
    an_action,
    day,
    raised,
)

WHOLE = (ADA, CAS, HEDY, IRA, IVO, SARA, SENNA, TAM, WYN)
RESOLVE = Resolve("The panel agreed.", ChildTold.YES, "By me.")
WHO = {Stage.ONE: TAM, Stage.TWO: CAS, Stage.THREE: HEDY, Stage.FOUR: ADA, Stage.QAP: TAM}


def agrees(*actions: AgreedAction, request: int = 1) -> Reply:
    return Reply(request, Answer.ACTIONS, "We will.", actions or (an_action(),))


def accepted(*days: str, stage: Stage = Stage.ONE, owner: Owner | None = None) -> Case:
    """Return it after an action for each of ``days`` was agreed and accepted."""
    actions = [an_action(f"Step {n}", by) for n, by in enumerate(days or ("2026-11-12",))]
    actions = [replace(one, who=owner) for one in actions] if owner else actions
    return raised(stage).does(WHO[stage], agrees(*actions)).does(IRA, AcceptActions())


def states(case: Case) -> list[ActionState]:
    return [action.state for action in case.challenge.actions]


def done(case: Case, number: int = 1) -> Case:
    return case.does(WYN, ReportAction(number, "The panel's minutes."))


def purposes(case: Case) -> list[str]:
    return [purpose for purpose, _ in case.asks]


# Owners ------------------------------------------------------------------------------------------


def test_an_action_has_an_owner() -> None:
    nobody = replace(an_action(), who=None)
    for who in (None, Owner()):
        case = raised()
        with pytest.raises(BadSubmissionError) as error:
            case.does(TAM, agrees(replace(nobody, who=who)))
        assert error.value.fields == {
            "action-1-owner": "Action 1: choose who will do it, or enter somebody outside the "
            "council."
        }
    case = accepted()
    assert case.challenge.actions[0].who == Owner(WYN)
    assert case.challenge.actions[0].owner == "Wyn Sample-Five, Social Worker, North Sample Team"


CHILD = "Sample Sampleson"


@pytest.mark.parametrize(
    "name",
    [CHILD, "SAMPLESON, Sample", "sample", "Sámple  Sampleson", "Mum and Dad", "The birth mother"],
)
def test_no_reply_makes_a_child_or_a_parent_an_owner(name: str) -> None:
    who = Owner(name=name, organisation="Sample School")
    with pytest.raises(BadSubmissionError) as error:
        raised().does(TAM, agrees(replace(an_action(), who=who)))
    assert "no child or parent owns an action" in error.value.fields["action-1-owner-name"]


@pytest.mark.parametrize("name", ["Lee Child", "Pat Parent", "Sam Sample", "Samson Sampleton"])
def test_somebody_at_work_may_have_a_name_like_it(name: str) -> None:
    who = Owner(name=name, organisation="Sample School")
    case = raised().does(TAM, agrees(replace(an_action(), who=who)))
    assert case.request.agreed[0].owner == f"{name}, Sample School"


def test_by_a_link_nobody_finds_out_the_child_s_name_by_trying_and_the_child_owns_nothing() -> None:
    who = Owner(name=CHILD, organisation="Sample School", email="s@home.example")
    case = raised().does(TAM, agrees(replace(an_action(), who=who)), via="link")
    case.does(IRA, AcceptActions())
    assert case.challenge.actions[0].who is None, "so the IRO is asked to name somebody"
    assert "NAME_OWNER" in purposes(case)


# Accepted ----------------------------------------------------------------------------------------


def test_accepting_actions_stops_the_stage_s_clock() -> None:
    case = accepted("2026-11-27").until("2026-11-20 12:00")
    assert (case.challenge.stage, case.standing) == (Stage.ONE, Standing.ACTIONS_UNDER_WAY)


def test_accepting_actions_does_not_stop_the_20_working_days() -> None:
    case = accepted("2026-11-27")
    limit = case.challenge.period
    case.until("2026-12-01 12:00")
    assert case.challenge.period == limit
    assert case.challenge.beyond_period


def test_while_the_challenge_is_open_the_actions_of_a_late_reply_can_be_accepted() -> None:
    case = raised(Stage.ONE).until("2026-11-10 10:00")
    assert case.challenge.stage is Stage.TWO
    case.does(TAM, agrees())
    assert AcceptActions in case.acts(IRA)
    case.does(IRA, AcceptActions("Good.", 1))
    assert case.challenge.stage is Stage.TWO, "a late reply undoes no escalation"
    assert case.standing is Standing.ACTIONS_UNDER_WAY
    assert case.the(ActionsAccepted).request == 1
    told = case.hears(ActionsAccepted)
    assert {TAM, CAS} <= told.keys(), "whoever is asked now is told as well"
    line = headline(case.events(ActionsAccepted)[-1], case.challenge, case.council)
    assert "of the reply at Stage 1" in line


def test_after_asking_again_the_actions_of_the_earlier_reply_can_still_be_accepted() -> None:
    case = raised(Stage.ONE).does(TAM, agrees()).does(IRA, AskAgain("By when?", 3))
    assert case.challenge.awaiting_reply
    case.does(IRA, AcceptActions("", 1))
    assert states(case) == [ActionState.OPEN]
    assert case.standing is Standing.ACTIONS_UNDER_WAY


def test_after_moving_up_the_actions_of_an_earlier_reply_can_still_be_accepted() -> None:
    case = raised(Stage.ONE).does(TAM, agrees()).does(IRA, Escalate(Stage.TWO))
    case.does(CAS, Reply(2, Answer.CHALLENGED, "Nothing more is needed."))
    case.does(IRA, AcceptActions("", 1))
    assert states(case) == [ActionState.OPEN]
    assert case.asks == (), "it was the decision on the reply at stage 2"


def test_nobodys_actions_are_accepted_twice() -> None:
    case = raised(Stage.ONE).does(TAM, agrees()).does(IRA, AcceptActions("", 1))
    assert AcceptActions not in case.acts(IRA)
    case.does(IRA, Escalate(Stage.TWO, "It is too slow.")).does(CAS, agrees(request=2))
    with pytest.raises(AlreadyAnsweredError, match="accepted already"):
        case.does(IRA, AcceptActions("", 1))
    case.does(IRA, AcceptActions("", 2))
    assert [action.number for action in case.challenge.actions] == [1, 2]
    assert AcceptActions not in case.acts(IRA)
    with pytest.raises(NotAllowedError):
        case.does(IRA, AcceptActions("", 2))


def test_a_reply_without_actions_has_nothing_to_accept() -> None:
    case = raised(Stage.ONE).does(TAM, agrees()).does(IRA, Escalate(Stage.TWO))
    case.does(CAS, Reply(2, Answer.CHALLENGED, "Nothing more is needed."))
    for request in (2, 7):
        with pytest.raises(NotAllowedError, match="agreed no actions"):
            case.does(IRA, AcceptActions("", request))


def test_the_srsm_accepts_only_dates_beyond_the_20_working_day_limit() -> None:
    late = an_action(by="2026-12-02")
    case = raised(Stage.ONE).does(TAM, agrees(late)).does(IRA, Escalate(Stage.TWO))
    case.does(CAS, agrees(request=2))
    with pytest.raises(NotAllowedError, match="for the IRO to decide"):
        case.does(SARA, AcceptActions("", 2))
    with pytest.raises(BadSubmissionError, match="after the 20-working-day limit"):
        case.does(IRA, AcceptActions("", 1))
    case.does(SARA, AcceptActions("", 1)).does(IRA, AcceptActions("", 2))
    assert len(case.challenge.open_actions) == 2


def test_accepting_actions_ends_a_hold() -> None:
    case = raised(Stage.ONE).until("2026-11-10 10:00").does(TAM, agrees())
    case.does(IRA, ProposeHold(5, "The panel.")).does(SARA, AgreeHold())
    assert case.standing is Standing.ON_HOLD
    case.does(IRA, AcceptActions("", 1)).until("2026-11-20 12:00")
    assert case.facts(HoldEnded) == [], "the hold is over, and does not end once more"
    assert all(clock.key != "hold" for clock in case.challenge.clocks)


# Followed ----------------------------------------------------------------------------------------


def test_each_action_is_followed_until_its_owner_reports_it_done_and_the_iro_confirms_it() -> None:
    case = accepted("2026-11-12", "2026-11-13")
    for somebody in (TAM, CAS, IRA):
        with pytest.raises(NotAllowedError):
            case.does(somebody, ReportAction(1, "I was told so."))
    done(case)
    assert states(case) == [ActionState.DONE, ActionState.OPEN]
    assert case.asks == (("CONFIRM_ACTION", day("2026-11-04")),)
    for somebody in (WYN, SARA, SENNA):
        assert ConfirmAction not in case.acts(somebody)
    case.does(IRA, ConfirmAction(1))
    assert states(case) == [ActionState.CONFIRMED, ActionState.OPEN]
    assert purposes(case) == []


def test_a_report_says_what_shows_that_the_action_was_done() -> None:
    case = accepted()
    with pytest.raises(BadSubmissionError, match="what shows that it was done"):
        case.does(WYN, ReportAction(1, " "))
    done(case)
    assert case.challenge.actions[0].shown_by == "The panel's minutes."


def test_whoever_holds_or_covers_the_post_that_owns_an_action_reports_it_done() -> None:
    case = accepted(owner=Owner("tm-north"))
    with pytest.raises(NotAllowedError):
        case.does(WYN, ReportAction(1, "Minutes."))
    case.does(TAM, ReportAction(1, "Minutes."))
    assert states(case) == [ActionState.DONE]


def test_an_owner_reports_only_their_own_action_done() -> None:
    actions = (an_action(), replace(an_action(), who=Owner(CAS)))
    case = raised().does(TAM, agrees(*actions)).does(IRA, AcceptActions())
    with pytest.raises(NotAllowedError, match="Only its owner reports action 2 done"):
        case.does(WYN, ReportAction(2, "Minutes."))


def test_an_action_whose_owner_is_only_words_is_reported_by_those_who_promised_it() -> None:
    case = raised().does(TAM, agrees()).leaves_words(1)
    case.does(IRA, AcceptActions()).does(TAM, ReportAction(1, "Minutes."))
    assert states(case) == [ActionState.DONE]


def test_an_action_beside_the_ladder_is_still_in_its_owner_s_tray() -> None:
    case = accepted()
    assert trays(case.challenge, case.council, case.today)[WYN][0].purpose is Purpose.DO_ACTION
    case.does(IRA, Escalate(Stage.TWO, "It is too slow."))
    beside, *_ = trays(case.challenge, case.council, case.today)[WYN]
    assert (beside.purpose, beside.stops) == (Purpose.DO_ACTION, False)


def test_the_iro_may_send_a_report_back_with_a_reason_and_the_action_is_open_again() -> None:
    case = done(accepted())
    with pytest.raises(BadSubmissionError, match="what still has to be done"):
        case.does(IRA, SendBackAction(1, ""))
    case.does(IRA, SendBackAction(1, "The minutes do not name the child."))
    assert states(case) == [ActionState.OPEN]
    assert case.asks == ()
    assert case.standing is Standing.ACTIONS_UNDER_WAY
    done(case).does(IRA, ConfirmAction(1))
    assert states(case) == [ActionState.CONFIRMED]


def test_an_action_sent_back_after_its_date_is_missed_from_then_on() -> None:
    case = done(accepted("2026-11-04"))
    case.does(IRA, SendBackAction(1, "Not seen."), "2026-11-06 10:00")
    assert states(case) == [ActionState.MISSED]
    (missed,) = case.events(ActionMissed)
    assert missed.effective == case.now
    assert case.asks == (("MISSED_ACTION", day("2026-11-10")),)


def test_an_action_that_was_missed_before_it_was_reported_is_not_missed_twice() -> None:
    case = done(accepted("2026-11-04").until("2026-11-05 10:00"))
    case.does(IRA, SendBackAction(1, "Not seen."), "2026-11-06 10:00")
    assert states(case) == [ActionState.MISSED]
    assert len(case.events(ActionMissed)) == 1
    assert case.asks == (("MISSED_ACTION", day("2026-11-10")),)
    assert case.the(ActionSentBack).decide_by is not None


def test_the_iro_may_drop_an_action_with_a_reason() -> None:
    case = accepted("2026-11-12", "2026-11-13")
    with pytest.raises(BadSubmissionError, match="why you are dropping it"):
        case.does(IRA, GiveUpAction(1, ""))
    case.does(IRA, GiveUpAction(1, "The school has changed."))
    assert states(case) == [ActionState.GIVEN_UP, ActionState.OPEN]
    assert str(ActionState.GIVEN_UP) == "dropped"
    with pytest.raises(NotAllowedError):
        case.does(SARA, GiveUpAction(2, "So say I."))


@pytest.mark.parametrize("owner", [IRA, "iro-one"])
def test_where_the_iro_is_the_owner_the_srsm_confirms(owner: str) -> None:
    case = accepted("2026-11-12", owner=Owner(owner)).does(IRA, ReportAction(1, "The letter."))
    (question,) = case.questions
    assert question.whose is Capacity.SRSM
    for own in (ConfirmAction(1), SendBackAction(1, "No.")):
        with pytest.raises(NotAllowedError):
            case.does(IRA, own)
    case.does(SARA, SendBackAction(1, "Which letter?")).does(IRA, ReportAction(1, "This one."))
    case.does(SARA, ConfirmAction(1))
    assert states(case) == [ActionState.CONFIRMED]


def test_nobody_confirms_an_action_of_their_own() -> None:
    """Another IRO may be appointed who owns an action that is reported done."""
    case = accepted("2026-11-12", owner=Owner(IVO)).does(IVO, ReportAction(1, "The letter."))
    case.does(SENNA, AppointIro(IVO, "Ira is away."))
    assert ConfirmAction not in case.acts(IVO)
    task = next(t for t in tasks(case.challenge, case.council) if t.key == "action-1")
    assert task.whose is Capacity.SRSM
    case.does(SARA, ConfirmAction(1))
    assert states(case) == [ActionState.CONFIRMED]


# Beside the ladder -------------------------------------------------------------------------------


def test_escalating_drops_no_action() -> None:
    case = done(accepted("2026-11-05", "2026-11-13"))
    for stage in (Stage.TWO, Stage.THREE, Stage.FOUR):
        case.does(IRA, Escalate(stage, "It is too slow."))
        assert states(case) == [ActionState.DONE, ActionState.OPEN]


def test_only_the_iro_drops_an_action_on_the_way_up() -> None:
    case = accepted("2026-11-05").does(IRA, Escalate(Stage.TWO, "It is too slow."))
    case.until("2026-11-17 10:00")
    assert case.challenge.stage is Stage.FOUR, "stages 2 and 3 were silent"
    assert states(case) == [ActionState.MISSED]
    assert [who for who in WHOLE if GiveUpAction in case.acts(who)] == [IRA]
    case.does(IRA, GiveUpAction(1, "It is not needed."))
    assert states(case) == [ActionState.GIVEN_UP]


def test_each_open_action_goes_on_being_followed_beside_the_ladder() -> None:
    case = accepted("2026-11-05", "2026-11-05", "2026-11-13")
    done(case, 3).does(IRA, Escalate(Stage.TWO, "It is too slow."))
    assert states(case) == [ActionState.OPEN, ActionState.OPEN, ActionState.DONE]
    assert case.standing is Standing.STAGE_2, "nothing beside the ladder stops it"
    assert [t.key for t in tasks(case.challenge, case.council) if t.stops] == ["reply"]
    done(case, 1).does(IRA, ConfirmAction(1)).does(IRA, ConfirmAction(3))
    case.until("2026-11-06 10:00")
    assert states(case)[1] is ActionState.MISSED
    assert purposes(case) == ["MISSED_ACTION"]
    assert case.standing is Standing.STAGE_2
    case.until("2026-11-10 10:00")
    assert case.challenge.stage is Stage.THREE, "stage 2 was silent"
    assert states(case)[1] is ActionState.MISSED
    case.does(IRA, GiveUpAction(2, "It is not needed."))
    assert states(case)[1] is ActionState.GIVEN_UP


@pytest.mark.parametrize("stage", [Stage.QAP, Stage.ONE, Stage.TWO, Stage.THREE])
def test_actions_are_followed_at_every_stage(stage: Stage) -> None:
    case = accepted("2026-11-05", stage=stage)
    case.does(IRA, Escalate(Stage.FOUR, "Only there can it be decided."))
    done(case).does(IRA, SendBackAction(1, "Not seen.")).until("2026-11-06 10:00")
    assert states(case) == [ActionState.MISSED]
    assert case.standing is Standing.STAGE_4
    done(case).does(IRA, ConfirmAction(1))
    assert states(case) == [ActionState.CONFIRMED]


def test_at_a_missed_date_the_iro_may_move_the_challenge_up_instead() -> None:
    case = accepted("2026-11-05").until("2026-11-06 10:00")
    assert case.asks == (("MISSED_ACTION", day("2026-11-09")),)
    case.does(IRA, Escalate(Stage.TWO, "The action was not done."))
    assert case.asks == (("MISSED_ACTION", case.due),)


def test_silence_answers_nothing_that_was_asked_about_a_missed_action() -> None:
    case = accepted("2026-11-06").does(IRA, Escalate(Stage.TWO, "It is too slow."))
    case.until("2026-11-10 10:00")
    assert case.challenge.stage is Stage.THREE, "stage 2 was silent"
    assert case.asks == (("MISSED_ACTION", day("2026-11-10")),)


# When no action is open --------------------------------------------------------------------------


def test_when_no_action_is_open_the_iro_is_asked_whether_the_matter_is_resolved() -> None:
    case = done(accepted())
    case.does(IRA, ConfirmAction(1))
    assert case.asks == (("RESOLVED_NOW", day("2026-11-04")),)
    dropped = accepted().does(IRA, GiveUpAction(1, "It is not needed."))
    assert dropped.asks == (("RESOLVED_NOW", day("2026-11-04")),)
    assert IRA not in dropped.hears(ActionGivenUp), "the page asks, and the daily email"


def test_until_the_iro_says_so_the_challenge_stays_at_its_stage() -> None:
    case = done(accepted())
    case.does(IRA, ConfirmAction(1)).until("2026-11-20 12:00")
    assert case.challenge.open
    assert (case.challenge.stage, case.standing) == (Stage.ONE, Standing.IRO_TO_DECIDE)
    case.does(IRA, RESOLVE)
    assert case.challenge.outcome is Outcome.RESOLVED_BY_ACTIONS


def test_the_iro_who_finds_that_actions_done_were_not_enough_moves_it_up() -> None:
    case = done(accepted())
    case.does(IRA, ConfirmAction(1)).does(IRA, Escalate(Stage.TWO, "The panel said no."))
    assert case.standing is Standing.STAGE_2
    assert case.asks == ()


def test_beside_the_ladder_the_question_whether_it_is_resolved_stops_nothing() -> None:
    case = accepted().does(IRA, Escalate(Stage.TWO, "It is too slow."))
    done(case).does(IRA, ConfirmAction(1))
    assert purposes(case) == ["RESOLVED_NOW"]
    assert case.standing is Standing.STAGE_2
    with pytest.raises(BadSubmissionError, match="what is still wrong"):
        case.does(IRA, SayNotResolved(" "))
    case.does(IRA, SayNotResolved("The panel said no."))
    assert case.asks == ()
    assert case.the(NotResolvedYet).words == "The panel said no."
    assert case.standing is Standing.STAGE_2
    assert SayNotResolved not in case.acts(IRA)


def test_a_matter_resolved_beside_the_ladder_is_resolved_by_actions_done() -> None:
    case = accepted().does(IRA, Escalate(Stage.TWO, "It is too slow."))
    done(case).does(IRA, ConfirmAction(1)).does(IRA, RESOLVE)
    assert case.challenge.outcome is Outcome.RESOLVED_BY_ACTIONS


def test_where_any_action_was_dropped_the_record_says_so() -> None:
    case = done(accepted("2026-11-12", "2026-11-13", "2026-11-13"))
    case.does(IRA, ConfirmAction(1)).does(IRA, GiveUpAction(2, "It is not needed."))
    case.does(IRA, GiveUpAction(3, "Nor is this.")).does(IRA, RESOLVE)
    assert case.challenge.outcome is Outcome.RESOLVED_AT_STAGE, "not every action was done"
    assert case.the(Closed).dropped == (2, 3)
    line = headline(case.challenge.events[-1], case.challenge, case.council)
    assert line.endswith("resolved at a formal stage. Actions 2 and 3 were dropped")
    one = accepted(stage=Stage.QAP).does(IRA, GiveUpAction(1, "No."))
    one.does(IRA, RESOLVE)
    assert one.challenge.outcome is Outcome.RESOLVED_INFORMALLY
    line = headline(one.challenge.events[-1], one.challenge, one.council)
    assert line.endswith("resolved informally. Action 1 was dropped")


# Missed ------------------------------------------------------------------------------------------


def test_at_a_missed_date_the_iro_is_asked() -> None:
    case = accepted("2026-11-06").until("2026-11-06 23:59:59")
    assert case.facts(ActionMissed) == []
    case.until("2026-11-07 00:01")
    assert states(case) == [ActionState.MISSED]
    assert case.asks == (("MISSED_ACTION", day("2026-11-10")),)
    assert case.standing is Standing.IRO_TO_DECIDE
    case.until("2026-11-09 10:00")
    assert case.asks == (("MISSED_ACTION", day("2026-11-10")),)
    assert case.hears(ActionMissed)[IRA] is Letter.DECIDE


def test_a_missed_action_of_stage_4_that_gets_no_new_date_ends_stage_4_unresolved() -> None:
    case = accepted("2026-11-05", stage=Stage.FOUR).until("2026-11-06 10:00")
    dropped = ActionEnd(1, ActionFate.DROPPED, "Nobody will do it.")
    unresolved = Close(
        *(Outcome.UNRESOLVED_NOT_REFERRED, "Nothing helps.", ChildTold.NOT_YET), ends=(dropped,)
    )
    with pytest.raises(BadSubmissionError, match="Stage 4 has not ended yet"):
        case.does(IRA, unresolved)
    with pytest.raises(BadSubmissionError, match="why it gets no new date"):
        case.does(IRA, NoNewDate(1, ""))
    case.does(IRA, NoNewDate(1, "Nobody can say when."))
    assert case.asks == (("AFTER_LAST_STAGE", day("2026-11-10")),)
    assert case.standing is Standing.IRO_TO_DECIDE
    assert {SARA, SENNA} <= case.hears(LastStageUnresolved).keys()
    line = headline(case.events(LastStageUnresolved)[0], case.challenge, case.council)
    assert line == "Stage 4 ended unresolved: action 1 was missed and gets no new date"
    case.does(IRA, unresolved)
    assert case.challenge.outcome is Outcome.UNRESOLVED_NOT_REFERRED


def test_an_action_done_after_all_or_given_a_date_after_all_takes_stage_4_up_again() -> None:
    case = accepted("2026-11-05", stage=Stage.FOUR).until("2026-11-06 10:00")
    case.does(IRA, NoNewDate(1, "Nobody can say when."))
    assert states(case) == [ActionState.MISSED], "it is followed even so"
    done(case)
    assert purposes(case) == ["CONFIRM_ACTION"]


@pytest.mark.parametrize("stage", [Stage.QAP, Stage.ONE, Stage.TWO, Stage.THREE])
def test_before_the_last_stage_a_missed_action_gets_a_new_date_or_is_escalated(
    stage: Stage,
) -> None:
    case = accepted("2026-11-05", stage=stage).until("2026-11-06 10:00")
    assert NoNewDate not in case.acts(IRA)
    assert Escalate in case.acts(IRA)


def test_an_action_of_an_earlier_stage_does_not_end_stage_4() -> None:
    case = accepted("2026-11-05", stage=Stage.THREE).until("2026-11-06 10:00")
    case.does(IRA, Escalate(Stage.FOUR, "Only there can it be decided."))
    case.does(ADA, agrees(request=2)).does(IRA, AcceptActions())
    assert purposes(case) == ["MISSED_ACTION"]
    assert NoNewDate not in case.acts(IRA)
    assert ReviseDeadline in case.acts(SARA)
