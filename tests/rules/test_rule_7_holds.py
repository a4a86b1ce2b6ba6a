"""Rule 7, holds: the IRO and the SRSM hold a challenge together, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deadlines import How
from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.procedure import Procedure
from domain.rules.accepting import AcceptActions
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.rules.holds import (
    AgreeHold,
    EndHold,
    HoldBegan,
    HoldEnded,
    HoldLapsed,
    HoldProposed,
    ProposeHold,
)
from domain.rules.notes import Noted, WriteNote
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.serving import Bounced, NotServed, NotServedCause
from domain.rules.stages import Reminded
from domain.tasks import tasks, trays
from domain.timeline import headline, next_step, where_it_stands
from domain.vocabulary import Letter, Outcome, Purpose, Standing
from tests.builders import (
    DAILY,
    HEDY,
    IRA,
    IVO,
    NORTH,
    SARA,
    SENNA,
    TAM,
    TOM,
    Case,
    an_action,
    council,
    day,
    directory,
    raised,
)

BECAUSE = "The panel meets on Thursday."


def proposed(days: int = 3, at: str = "2026-11-03 10:00", by: str = IRA) -> Case:
    """Return it raised on Monday 2 November, due on Monday 9; on Tuesday a hold is proposed."""
    return raised().does(by, ProposeHold(days, BECAUSE), at)


def held(days: int = 3) -> Case:
    """Return it agreed on the same Tuesday: on hold until Friday 6, due on Thursday 12."""
    return proposed(days).does(SARA, AgreeHold(), "2026-11-03 15:00")


def stands(case: Case) -> Standing:
    return case.standing


# Proposed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "other"), [(IRA, SARA), (SARA, IRA)])
def test_one_of_the_two_proposes_a_hold_and_the_other_agrees(by: str, other: str) -> None:
    case = proposed(by=by)
    assert stands(case) is Standing.STAGE_1, "meanwhile nothing stops"
    assert case.hears(HoldProposed) == {other: Letter.DECIDE}
    assert ProposeHold not in case.acts(IRA) | case.acts(SARA)
    assert AgreeHold in case.acts(other)
    assert AgreeHold not in case.acts(by)
    case.does(other, AgreeHold())
    assert stands(case) is Standing.ON_HOLD


def test_while_a_hold_is_only_proposed_nothing_stops() -> None:
    case = proposed()
    (task,) = [t for t in tasks(case.challenge, case.council) if t.purpose is Purpose.AGREE_HOLD]
    assert (task.stops, task.deadline.day) == (False, day("2026-11-05"))
    assert trays(case.challenge, case.council, case.today)["srsm"][0] == task
    said = " ".join(next_step(case.challenge, case.now, case.council))
    assert "needs to agree to the proposed hold by Thursday 5 November 2026" in said
    assert "needs to reply by" in said


def test_a_hold_lasts_at_most_five_working_days() -> None:
    for days in (0, 6):
        with pytest.raises(BadSubmissionError, match="Enter a number from 1 to 5"):
            proposed(days)
    assert held(5).the(HoldBegan).until.day == day("2026-11-10")


def test_a_hold_needs_a_reason() -> None:
    with pytest.raises(BadSubmissionError, match="why the challenge should be held"):
        raised().does(IRA, ProposeHold(3, " "))


@pytest.mark.parametrize("officer", [TAM, SENNA, HEDY])
def test_nobody_else_proposes_or_ends_one(officer: str) -> None:
    with pytest.raises(NotAllowedError):
        raised().does(officer, ProposeHold(3, BECAUSE))
    with pytest.raises(NotAllowedError):
        held().does(officer, EndHold())


def test_in_the_minute_after_the_deadline_no_hold_is_proposed_or_agreed() -> None:
    """Otherwise the reply would fall due again while the challenge is on hold."""
    case = proposed(at="2026-11-09 10:00")
    with pytest.raises(NotAllowedError, match="nothing left to hold"):
        case.does(SARA, AgreeHold(), "2026-11-10 00:00")
    with pytest.raises(NotAllowedError, match="nothing left to hold"):
        raised().does(IRA, ProposeHold(3, BECAUSE), "2026-11-10 00:00")


def test_nobody_agrees_to_a_hold_that_they_proposed() -> None:
    """The SRSM proposed it, and covers the IRO from the next day on."""
    cover = (Cover("iro-one", SARA, date(2026, 11, 3), date(2026, 11, 30)),)
    case = raised(of=council(people=directory(*cover))).does(SARA, ProposeHold(2, BECAUSE))
    with pytest.raises(NotAllowedError, match="somebody else has to agree"):
        case.does(SARA, AgreeHold(), "2026-11-03 10:00")
    assert case.does(IRA, AgreeHold()).standing is Standing.ON_HOLD


def test_where_the_srsm_covers_the_iro_the_senior_iro_manager_agrees() -> None:
    cover = (Cover("iro-one", SARA, date(2026, 11, 1), date(2026, 11, 30)),)
    case = raised(of=council(people=directory(*cover))).does(SARA, ProposeHold(2, BECAUSE))
    assert AgreeHold not in case.acts(SARA)
    assert case.does(SENNA, AgreeHold()).standing is Standing.ON_HOLD


@pytest.mark.parametrize(("by", "other"), [(IRA, SENNA), (SENNA, IRA)])
@pytest.mark.parametrize("period", [6, 20])
def test_where_the_srsm_is_the_iro_the_senior_iro_manager_is_the_other(
    by: str, other: str, period: int
) -> None:
    """Past the resolution period as well: then they hold it with the Senior IRO Manager."""
    of = council(Procedure(resolution_period=period), directory(srsm=IRA))
    case = raised(Stage.FOUR, of=of).does(by, ProposeHold(3, BECAUSE))
    with pytest.raises(NotAllowedError):
        case.does(by, AgreeHold())
    assert case.does(other, AgreeHold()).standing is Standing.ON_HOLD


def test_a_proposed_hold_lapses_unless_the_other_agrees_within_two_working_days() -> None:
    case = proposed().until("2026-11-06 08:00")
    (lapsed,) = case.events(HoldLapsed)
    assert lapsed.effective.date() == day("2026-11-05")
    assert case.hears(HoldLapsed) == {IRA: DAILY, SARA: DAILY}
    with pytest.raises(NotAllowedError):
        case.does(SARA, AgreeHold())
    assert case.due == day("2026-11-09")
    case.does(SARA, ProposeHold(1, BECAUSE)).does(IRA, AgreeHold())
    assert case.standing is Standing.ON_HOLD


@pytest.mark.parametrize("what", ["reply", "escalation"])
def test_a_proposed_hold_lapses_if_the_stage_ends_first(what: str) -> None:
    case = proposed()
    if what == "reply":
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    else:
        case.does(IRA, Escalate(Stage.TWO, "It cannot wait."))
    with pytest.raises(NotAllowedError):
        case.does(SARA, AgreeHold())
    assert case.until("2026-11-06 08:00").events(HoldLapsed) == []


def test_iro_and_srsm_hold_a_challenge_once() -> None:
    case = held().does(IRA, EndHold(), "2026-11-04 10:00")
    assert ProposeHold not in case.acts(IRA) | case.acts(SARA)
    case.until("2026-11-20 10:00")
    assert case.challenge.stage is not Stage.ONE
    assert ProposeHold not in case.acts(IRA) | case.acts(SARA)


def test_a_hold_past_the_20_working_day_limit_needs_the_senior_iro_manager() -> None:
    case = raised(Stage.FOUR, of=council(Procedure(resolution_period=6)))
    case.does(IRA, ProposeHold(3, BECAUSE), "2026-11-03 10:00")
    assert case.letters(HoldProposed)[SENNA] is Letter.DECIDE
    with pytest.raises(NotAllowedError):
        case.does(SARA, AgreeHold())
    case.does(SENNA, AgreeHold())
    assert case.standing is Standing.ON_HOLD


def test_a_deadline_revised_meanwhile_brings_it_before_the_senior_iro_manager() -> None:
    """As proposed it was within the resolution period, to 30 November; now it would not be."""
    case = proposed(5).does(SARA, ReviseDeadline(day("2026-11-27"), "The panel."))
    with pytest.raises(NotAllowedError, match="Ask the Senior IRO Manager"):
        case.does(SARA, AgreeHold())
    assert AgreeHold in case.acts(SENNA)
    case.does(SENNA, AgreeHold())
    assert (case.standing, case.due) == (Standing.ON_HOLD, day("2026-12-04"))


def test_a_holiday_moves_the_day_by_which_it_is_to_be_agreed() -> None:
    case = proclaim(proposed(), "2026-11-05").until("2026-11-06 10:00")
    (task,) = [t for t in tasks(case.challenge, case.council) if t.purpose is Purpose.AGREE_HOLD]
    assert task.deadline.day == day("2026-11-06")
    assert case.until("2026-11-07 10:00").events(HoldLapsed)


# On hold -----------------------------------------------------------------------------------------


def test_a_hold_does_not_move_the_20_working_day_limit() -> None:
    case = held()
    assert case.challenge.period_ledger
    assert len(case.challenge.period_ledger.entries) == 1
    assert case.challenge.period == raised().challenge.period


def test_on_hold_the_deadline_moves_by_the_working_days_held() -> None:
    case = held()
    assert (case.the(HoldBegan).until.day, case.due) == (day("2026-11-06"), day("2026-11-12"))
    assert [entry.how for entry in case.request.ledger.entries] == [How.FIRST, How.HELD]
    assert "8 working days from Monday 2 November 2026" in case.request.deadline.why


def test_everybody_concerned_is_told_and_the_responder_of_the_new_deadline() -> None:
    heard = held().hears(HoldBegan)
    assert heard[TAM] is Letter.PLEASE_REPLY
    assert {who for who, how in heard.items() if how == DAILY} in ({IRA, "cas"}, {SARA, "cas"})


def test_on_hold_reminders_stop() -> None:
    """A revised date inside the hold passes without effect; it lapses when the hold ends."""
    case = held(5).does(SARA, ReviseDeadline(day("2026-11-06"), "Sooner."), "2026-11-04 10:00")
    case.until("2026-11-09 10:00")
    assert case.events(Reminded) == []
    assert case.standing is Standing.ON_HOLD
    assert case.until("2026-11-11 10:00").events(HoldEnded)
    assert case.challenge.stage is Stage.TWO


def test_operators_and_readers_see_where_it_stands() -> None:
    case = held()
    stands = where_it_stands(case.standing, case.challenge.stage, case.council)
    assert stands == "Stage 1: on hold"
    (began,) = case.events(HoldBegan)
    assert headline(began, case.challenge, case.council) == (
        "The challenge is on hold until the end of Friday 6 November 2026; a reply is due by "
        "Thursday 12 November 2026"
    )


def test_the_page_says_until_when_it_is_on_hold() -> None:
    first, *_ = next_step(held().challenge, held().now, held().council)
    assert first == (
        "The challenge is on hold until Friday 6 November 2026. Until then nobody gets reminders, "
        "and it does not move up by itself."
    )


def test_the_page_says_the_day_to_which_a_holiday_has_moved_its_end() -> None:
    case = proclaim(held(), "2026-11-05")
    first, *_ = next_step(case.challenge, case.now, case.council)
    assert "until Monday 9 November 2026" in first
    assert stands(case.until("2026-11-09 23:00")) is Standing.ON_HOLD
    assert stands(case.until("2026-11-10 09:00")) is Standing.STAGE_1


def test_a_hold_ends_by_itself() -> None:
    case = held().until("2026-11-09 10:00")
    (ended,) = case.events(HoldEnded)
    assert ended.effective.date() == day("2026-11-06")
    assert case.due == day("2026-11-12")
    assert case.hears(HoldEnded)[TAM] == DAILY
    assert case.standing is Standing.STAGE_1
    case.until("2026-11-11 10:00")
    assert len(case.events(Reminded)) == 1, "the reminder is for the deadline in force"
    assert case.until("2026-11-13 10:00").challenge.stage is Stage.TWO


@pytest.mark.parametrize("by", [IRA, SARA])
def test_either_of_the_two_may_end_a_hold_earlier(by: str) -> None:
    case = held().does(by, EndHold(), "2026-11-04 10:00")
    assert case.due == day("2026-11-10"), "one working day was used"
    assert case.letters(HoldEnded)[TAM] is Letter.PLEASE_REPLY
    assert case.request.ledger.entries[-1].how is How.TAKEN_BACK


# What works on hold as without -------------------------------------------------------------------


def test_a_reply_ends_it() -> None:
    case = held().does(TAM, Reply(1, Answer.RESOLVED, "Done."), "2026-11-05 10:00")
    assert not case.the(Replied).late
    assert case.standing is Standing.IRO_TO_DECIDE
    case.until("2026-11-09 10:00")
    assert case.events(HoldEnded) == []


def test_on_hold_notes_are_taken() -> None:
    assert held().does(TAM, WriteNote("On leave until Thursday.")).events(Noted)


def test_on_hold_replies_and_late_replies_are_taken() -> None:
    case = raised().until("2026-11-10 10:00")
    assert case.challenge.stage is Stage.TWO
    case.does(IRA, ProposeHold(2, BECAUSE)).does(SARA, AgreeHold())
    case.does(TAM, Reply(1, Answer.RESOLVED, "It took a while."))
    assert case.the(Replied).late
    assert case.standing is Standing.ON_HOLD


def test_on_hold_cover_works() -> None:
    cover = (
        Cover("iro-one", IVO, date(2026, 11, 1), date(2026, 11, 30)),
        Cover("srsm", SENNA, date(2026, 11, 1), date(2026, 11, 30)),
    )
    case = raised(of=council(people=directory(*cover))).does(IVO, ProposeHold(2, BECAUSE))
    case.does(SENNA, AgreeHold())
    assert case.standing is Standing.ON_HOLD
    assert case.does(IVO, EndHold()).standing is Standing.STAGE_1


def test_on_hold_somebody_else_can_be_asked() -> None:
    case = held().does(TAM, SayNotMine(1, "Not my team."), "2026-11-04 10:00")
    assert stands(case) is Standing.TO_BE_REASSIGNED
    case.does(IRA, Reassign("tm-south", "It is theirs."))
    assert stands(case) is Standing.ON_HOLD
    assert case.due == day("2026-11-12")
    case.does(IRA, EndHold(), "2026-11-05 10:00")
    assert case.due == day("2026-11-11"), "two days were used"


def test_whoever_was_asked_during_a_hold_keeps_two_days_when_it_ends_early() -> None:
    case = held(5).does(TAM, SayNotMine(1, "Not my team."), "2026-11-09 10:00")
    case.does(IRA, Reassign("tm-south", "It is theirs."))
    case.does(IRA, EndHold())
    assert case.due >= day("2026-11-11")
    assert case.request.posts == ("tm-south",)
    assert TOM in {officer.id for officer in case.council.directory.people("tm-south", case.due)}
    assert case.challenge.raised.child.team == NORTH


def put_anew(days: int = 5) -> Case:
    """Return it with the email come back on the day the hold begins, and Cas asked instead."""
    case = held(days).records(Bounced(1, TAM))
    by = case.council.within(1, case.now)
    case.records(NotServed(1, NotServedCause.BOUNCED, by))
    return case.does(SARA, Reassign("csm", "Tam is away."))


def test_whoever_is_asked_on_hold_has_all_their_days_after_it() -> None:
    """Rule 15: their days are counted again, and those on hold do not use any of them."""
    case = put_anew()
    assert (case.standing, case.due) == (Standing.ON_HOLD, day("2026-11-10"))
    case.until("2026-11-11 10:00")
    assert case.the(HoldEnded).deadline
    assert (case.standing, case.due) == (Standing.STAGE_1, day("2026-11-17"))
    assert case.request.ledger.entries[-1].how is How.HELD
    assert case.hears(HoldEnded)["cas"] == DAILY
    (ended,) = case.events(HoldEnded)
    said = "The hold has ended; a reply is due by Tuesday 17 November 2026"
    assert headline(ended, case.challenge, case.council) == said


@pytest.mark.parametrize(
    ("at", "due"), [("2026-11-03 16:00", "2026-11-10"), ("2026-11-05 10:00", "2026-11-12")]
)
def test_no_day_is_taken_back_that_the_hold_did_not_give(at: str, due: str) -> None:
    assert put_anew().does(IRA, EndHold(), at).due == day(due)


def test_days_counted_anew_before_it_begins_are_held_as_any() -> None:
    case = proposed().records(Bounced(1, TAM))
    case.records(NotServed(1, NotServedCause.BOUNCED, case.council.within(1, case.now)))
    case.does(SARA, Reassign("csm", "Tam is away."), "2026-11-04 10:00").does(SARA, AgreeHold())
    assert case.due == day("2026-11-16"), "five working days and three"
    assert case.does(IRA, EndHold()).due == day("2026-11-11")


def test_a_day_that_a_manager_set_during_it_stays_when_it_ends_early() -> None:
    case = held().does(SARA, ReviseDeadline(day("2026-11-16"), "The panel."), "2026-11-04 10:00")
    case.does(IRA, EndHold(), "2026-11-05 10:00")
    assert case.due == day("2026-11-16")
    assert case.the(HoldEnded).deadline is None


def test_a_day_that_a_manager_set_before_moves_with_it() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-11"), "The panel."))
    case.does(IRA, ProposeHold(2, BECAUSE)).does(SARA, AgreeHold())
    assert case.due == day("2026-11-13")
    assert case.does(SARA, EndHold()).due == day("2026-11-11")


def test_on_hold_a_challenge_can_be_withdrawn() -> None:
    case = held().does(
        IRA, Close(Outcome.WITHDRAWN, "Not needed.", ChildTold.NO, "They never knew.")
    )
    assert case.files_it().standing is Standing.CLOSED
    assert case.until("2026-12-01 10:00").events(HoldEnded) == []


def test_on_hold_actions_beside_the_ladder_keep_their_dates() -> None:
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-05"),))
    case = raised().does(TAM, reply, "2026-11-02 11:00").does(IRA, AcceptActions())
    case.does(IRA, Escalate(Stage.TWO, "It is too slow."), "2026-11-03 10:00")
    case.does(IRA, ProposeHold(5, BECAUSE)).does(SARA, AgreeHold())
    assert case.challenge.actions[0].deadline.day == day("2026-11-05")
    case.until("2026-11-06 10:00")
    assert case.standing is Standing.ON_HOLD
    assert "MISSED_ACTION" in [purpose for purpose, _ in case.asks]


def test_asking_again_ends_a_hold_that_began_after_a_revised_silence() -> None:
    """The IRO keeps that decision while the reply is awaited again, also on hold."""
    case = raised(Stage.FOUR).until("2026-11-10 10:00")
    case.does(SARA, ReviseDeadline(day("2026-11-17"), "The panel."))
    case.does(IRA, ProposeHold(3, BECAUSE)).does(SARA, AgreeHold())
    assert stands(case) is Standing.ON_HOLD
    case.does(IRA, AskAgain("What of the visit?", 3))
    assert stands(case) is Standing.STAGE_4
    assert case.until("2026-11-13 12:00").events(HoldEnded) == []
    assert case.due == day("2026-11-13")


def test_moving_up_ends_it() -> None:
    case = held().does(IRA, Escalate(Stage.THREE, "It cannot wait."))
    assert case.standing is Standing.STAGE_3
    assert case.until("2026-11-09 10:00").events(HoldEnded) == []


# Public bugs of other systems' clocks ------------------------------------------------------------


def proclaim(case: Case, *days: str) -> Case:
    """Add a newly proclaimed bank holiday to the calendar, and let Sweep run."""
    calendar = case.council.calendar.extended({day(one): "Proclaimed" for one in days})
    case.council = replace(case.council, calendar=calendar)
    case._settle()
    return case


def test_a_holiday_proclaimed_during_a_hold_is_not_a_day_held() -> None:
    case = proclaim(held().until("2026-11-04 10:00"), "2026-11-05").until("2026-11-06 23:00")
    assert case.standing is Standing.ON_HOLD, "until Monday, which is its third working day"
    assert case.due == day("2026-11-13"), "from its first date: eight working days"
    assert case.until("2026-11-10 08:00").standing is Standing.STAGE_1
    assert case.due == day("2026-11-13")


def test_the_pause_does_not_go_on_ticking() -> None:
    """Once a paused clock went on counting."""
    assert held(5).until("2026-11-10 09:00").challenge.stage is Stage.ONE


def test_the_pause_is_not_forgotten_when_the_deadline_changes() -> None:
    case = held().does(SARA, ReviseDeadline(day("2026-11-18"), "The panel."), "2026-11-04 10:00")
    assert case.standing is Standing.ON_HOLD
    assert case.until("2026-11-09 10:00").events(HoldEnded)


def test_pressing_it_twice_holds_once() -> None:
    case = proposed().does(SARA, AgreeHold())
    with pytest.raises(NotAllowedError):
        case.does(SARA, AgreeHold())
    assert len(case.events(HoldBegan)) == 1


def test_no_email_goes_out_at_midnight() -> None:
    case = held().until("2026-11-09 10:00")
    assert case.events(HoldEnded)
    assert case.letters(HoldEnded) == {}, "the daily email tells it"


def test_the_clock_change_moves_nothing_by_an_hour() -> None:
    """On Sunday 25 October 2026 the clocks go back."""
    case = raised(at="2026-10-21 10:00").does(IRA, ProposeHold(3, BECAUSE), "2026-10-22 10:00")
    case.does(SARA, AgreeHold())
    until = case.the(HoldBegan).until
    assert until.day == day("2026-10-27")
    assert (until.at.hour, until.at.minute) == (23, 59)
    assert case.due == day("2026-11-02")


def test_an_extension_after_expiry_is_refused() -> None:
    case = raised().until("2026-11-10 10:00")
    case.does(IRA, ProposeHold(2, BECAUSE))
    assert case.the(HoldProposed).request == 2, "the stage that is over is not held"


# Laws --------------------------------------------------------------------------------------------


@given(days=st.integers(1, 5))
def test_a_hold_of_no_days_changes_nothing(days: int) -> None:
    """It ended on the day on which it began."""
    case = held(days)
    assert case.does(IRA, EndHold()).due == day("2026-11-09")


@given(days=st.integers(1, 5), used=st.integers(0, 4))
def test_hold_then_release_keeps_the_days_that_were_left(days: int, used: int) -> None:
    case = held(days)
    calendar = case.council.calendar
    left = calendar.between(day("2026-11-03"), day("2026-11-09"))
    release = calendar.add(day("2026-11-03"), min(used, days - 1))
    case.does(SARA, EndHold(), f"{release} 10:00")
    assert calendar.between(release, case.due) == left


@given(order=st.permutations(["2026-11-05", "2026-11-10"]))
def test_two_proclaimed_holidays_commute(order: list[str]) -> None:
    case = held()
    for one in order:
        proclaim(case, one).until(f"2026-11-04 1{order.index(one)}:00")
    assert case.due == day("2026-11-16")
    assert case.the(HoldBegan).until.day == day("2026-11-06")


def test_renaming_people_changes_no_ladder() -> None:
    """When a hold ends or a reply is due does not depend on who holds the posts."""
    other = council(people=directory(iro_one=IVO, srsm=HEDY))
    one, same = held(), raised(of=other)
    same.challenge = replace(same.challenge, iro=IVO)
    same.does(IVO, ProposeHold(3, BECAUSE), "2026-11-03 10:00")
    same.does(HEDY, AgreeHold(), "2026-11-03 15:00")
    assert (same.due, same.the(HoldBegan).until) == (one.due, one.the(HoldBegan).until)
