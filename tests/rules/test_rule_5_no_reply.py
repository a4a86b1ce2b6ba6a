"""Rule 5, no reply by the deadline: a test for each sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import AlreadyAnsweredError
from domain.ladder import FORMAL_STAGES, OF_THE_GUIDANCE, Stage
from domain.moments import at_local, end_of_day, local_day
from domain.notices import told_in_the_morning
from domain.procedure import OnNoReply, Procedure
from domain.rules.absence import CoverFound, SeemedAway
from domain.rules.cafcass import CafcassToBeAsked
from domain.rules.considering import ReferralDue
from domain.rules.director import DirectorToBeInformed
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, HoldEnded, HoldLapsed, ProposeHold
from domain.rules.holidays import DeadlineMoved
from domain.rules.impact import ImpactAsked
from domain.rules.lateness import Chased
from domain.rules.leaving import IroIsBack, IroLeft
from domain.rules.meetings import ChairToBeConsidered, MeetingOver
from domain.rules.missed_actions import ActionMissed
from domain.rules.naming import LastStageNotServed, NamingPassedOn, WentToDirector
from domain.rules.owners import ActionReminded, OwnerNeeded
from domain.rules.period import (
    ResolutionPeriodEnding,
    ResolutionPeriodLongOver,
    ResolutionPeriodOver,
    StagesDoNotFit,
)
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.serving import Bounced, NotServed, Served
from domain.rules.silence import DeadlineMissed
from domain.rules.skipping import SamePersonNext
from domain.rules.stages import Cause, Reminded, StageBegan
from domain.rules.timescales import OutcomeMissed
from domain.rules.urgency import StagesEndTooLate
from domain.timeline import headline
from domain.vocabulary import Outcome, Standing
from tests.builders import CAS, HEDY, IRA, SARA, SENNA, TAM, Case, calendar, council, day, raised
from tests.walk import walk

if TYPE_CHECKING:
    from domain.events import Event

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
ASK = Procedure(on_no_reply=OnNoReply.ASK)


def silent(case: Case, days: int = 45) -> Case:
    """Return it after ``days`` in which nobody does anything."""
    end = case.now + timedelta(days=days)
    return case.until(end.isoformat(" ", "minutes").partition("+")[0])


@pytest.mark.parametrize("entry", [Stage.ONE, Stage.TWO, Stage.THREE])
def test_without_a_reply_stages_1_to_3_move_up_at_the_end_of_the_deadline_day(entry: Stage) -> None:
    case = raised(entry).until("2026-11-10 00:01")
    began = case.facts(StageBegan)[-1]
    assert began.stage is OF_THE_GUIDANCE.after(entry)[0]
    assert began.cause is Cause.NO_REPLY
    assert began.reason == "No reply by Monday 9 November 2026."


def test_it_moves_at_the_end_of_the_deadline_day_and_not_before() -> None:
    case = raised().until("2026-11-09 23:59:59")
    assert case.challenge.stage is Stage.ONE
    case.until("2026-11-10 00:01")
    assert case.events(StageBegan)[-1].effective == end_of_day(day("2026-11-09"))


@pytest.mark.parametrize("asleep", [timedelta(0), timedelta(hours=11), timedelta(days=3)])
def test_the_next_stage_counts_from_the_missed_deadline_whenever_it_is_processed(
    asleep: timedelta,
) -> None:
    case = raised()
    case.until("2026-11-16 12:00", wakes=lambda wake: wake + asleep)
    assert case.challenge.stage is Stage.TWO
    assert case.due == day("2026-11-16")


def test_what_slept_through_every_deadline_is_put_on_the_record_at_its_own_moment() -> None:
    case = raised().sleep_until("2026-11-10 12:00")
    missed = case.events(DeadlineMissed)[-1]
    assert missed.effective == end_of_day(day("2026-11-09"))
    assert missed.recorded == case.now


_A_DAY = timedelta(days=1)
_YEAR = [date(2026, 1, 1) + n * _A_DAY for n in range(365)]


def _is_odd(day: date) -> bool:
    """Whether it is a month's last day, a bank holiday, or a day on which the clocks change."""
    changes = at_local(day + _A_DAY, time.min) - at_local(day, time.min) != _A_DAY
    holiday = day.weekday() < 5 and not calendar().is_working_day(day)
    return changes or holiday or (day + _A_DAY).day == 1


#: Such days, and those around them, where a mistake about an hour of the day would show.
_ODD = [day for day in _YEAR if any(_is_odd(day + n * _A_DAY) for n in (-1, 0, 1))]


@pytest.mark.parametrize(
    ("starts", "hour", "late_by"),
    [
        # The hour at which summer time is already tomorrow, and a wake on the day after.
        pytest.param(_YEAR, 0, 23, id="every day", marks=pytest.mark.ci),
        pytest.param(_ODD, 0, 0, id="midnight"),
        pytest.param(_ODD, 9, 9, id="morning", marks=pytest.mark.ci),
        pytest.param(_ODD, 23, 23, id="night", marks=pytest.mark.ci),
    ],
)
def test_four_silent_stages_are_exactly_twenty_working_days_over_a_year(
    starts: list[date], hour: int, late_by: int
) -> None:
    """Deadlines: whenever in the day each was processed, and whatever day it began on."""
    days, late = calendar(), timedelta(hours=late_by, minutes=7)
    for start in starts:
        case = raised(at=at_local(start, time(hour)))
        end = days.add(start, 20)
        case.until(f"{end + timedelta(days=3)} 12:00", wakes=lambda wake: wake + late)
        last = case.events(DeadlineMissed)[3]
        assert local_day(last.effective) == end, start
        assert case.challenge.period is not None
        assert case.challenge.period.day == end, start


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_after_silence_at_stage_4_the_iro_decides_what_happens_next(entry: Stage) -> None:
    case = silent(raised(entry))
    assert case.challenge.stage is Stage.FOUR
    assert case.asks[0][0] == "DECIDE_SILENCE"
    assert case.standing is Standing.IRO_TO_DECIDE


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_a_council_may_set_that_silence_asks_the_iro_and_waits(entry: Stage) -> None:
    case = silent(raised(entry, of=council(ASK)))
    assert case.challenge.stage is entry
    assert ("DECIDE_SILENCE", day("2026-11-11")) in case.asks


def test_silence_never_moves_up_a_stage_that_was_not_served() -> None:
    case = raised(served=False).until("2026-11-11 12:00")
    assert case.challenge.stage is Stage.ONE
    assert case.standing is Standing.TO_BE_REASSIGNED
    case.until("2026-12-20 12:00")
    automatic = {fact.cause for fact in case.facts(StageBegan)[1:]}
    assert automatic == {Cause.NOT_SERVED}, "rule 15 has its own way for it"


def test_a_challenge_whose_reply_waits_for_the_iro_never_moves_up_by_itself() -> None:
    case = silent(raised().does(TAM, DONE))
    assert case.challenge.stage is Stage.ONE
    assert case.facts(DeadlineMissed) == []


def test_a_challenge_on_hold_never_moves_up_by_itself() -> None:
    case = raised().does(IRA, ProposeHold(5, "The panel sits next week."))
    case.does(SARA, AgreeHold()).until("2026-11-09 12:00")
    assert case.standing is Standing.ON_HOLD
    case.until("2026-11-10 12:00")
    assert case.challenge.stage is Stage.ONE
    assert case.facts(DeadlineMissed) == []


def test_after_silence_at_qap_there_is_a_new_timescale_or_the_challenge_goes_formal() -> None:
    case = silent(raised(Stage.QAP))
    assert case.challenge.stage is Stage.QAP
    assert "DECIDE_SILENCE" in [purpose for purpose, _ in case.asks]


def what_the_iro_hears(case: Case) -> str:
    """Return what the IRO's daily email adds to the line about the stage that began."""
    number = case.events(StageBegan)[-1].number
    news = told_in_the_morning(case.challenge, case.now, case.council, number - 1)
    (added,) = {one.adds for one in news if one.event.number == number and IRA in one.officers}
    return added


def test_the_iro_is_told_that_the_move_was_automatic() -> None:
    case = raised().until("2026-11-10 00:05")
    assert "This was automatic." in what_the_iro_hears(case)
    by_hand = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."))
    assert IRA not in by_hand.hears(StageBegan), "nobody hears of their own act"


def test_after_an_automatic_move_the_iro_may_go_to_a_later_stage_at_once() -> None:
    case = raised().until("2026-11-10 10:00")
    assert "You can move the challenge to a later stage" in what_the_iro_hears(case)
    case.does(IRA, Escalate(Stage.FOUR, "It cannot wait."))
    assert case.challenge.stage is Stage.FOUR


def test_a_late_reply_does_not_undo_an_escalation() -> None:
    case = raised().until("2026-11-11 10:00").does(TAM, DONE)
    assert case.the(Replied).late
    assert [fact.stage for fact in case.facts(StageBegan)] == [Stage.ONE, Stage.TWO]
    assert case.challenge.requests[0].late_replies[0].fact == case.the(Replied)
    assert case.asks == (), "stage 2 is still waited for"
    case.until("2026-11-17 00:01")
    assert case.challenge.stage is Stage.THREE


@pytest.mark.parametrize(
    ("at", "when"),
    [
        ("2026-11-04 10:00", "the challenge had moved on"),
        ("2026-11-10 10:00", "the deadline"),
    ],
)
def test_the_record_says_after_what_a_late_reply_came(at: str, when: str) -> None:
    """Its deadline was Monday 9 November; the IRO had moved the challenge up before."""
    case = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."), "2026-11-03 10:00")
    case.does(TAM, DONE, at)
    said = headline(case.events(Replied)[-1], case.challenge, case.council)
    assert said == f"Tam Sample-Seven replied after {when}: resolved"


def test_the_record_of_a_late_reply_after_the_end_says_so() -> None:
    case = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "No."))
    case.does(TAM, DONE, "2026-11-04 10:00")
    said = headline(case.events(Replied)[-1], case.challenge, case.council)
    assert said == "Tam Sample-Seven replied after the challenge had ended: resolved"


def test_a_late_reply_is_told_to_the_iro_the_srsm_and_the_present_responder() -> None:
    case = raised().until("2026-11-11 10:00").does(TAM, DONE)
    assert {IRA, SARA, CAS} <= set(case.hears(Replied))


def test_a_late_reply_is_always_accepted() -> None:
    for at in ("2026-11-10 00:05", "2026-11-11 10:00", "2026-12-20 10:00"):
        case = raised().until(at).does(TAM, DONE)
        assert case.the(Replied).late
        assert case.challenge.requests[0].late_replies[0].fact == case.the(Replied)
    moved = raised().does(IRA, Escalate(Stage.THREE, "It is urgent.")).does(TAM, DONE)
    assert moved.the(Replied).late


ENDINGS = [
    Close(Outcome.WITHDRAWN, "Not needed any more.", ChildTold.NO, "They never knew."),
    Close(Outcome.RAISED_IN_ERROR, "The wrong team.", ChildTold.NOT_YET),
]


@pytest.mark.parametrize("end", ENDINGS)
def test_after_the_end_a_late_reply_is_taken_whatever_the_ending(end: Close) -> None:
    case = raised().until("2026-11-11 10:00").does(IRA, end, "2026-11-12 10:00")
    standing = case.standing
    case.does(TAM, DONE, "2026-11-13 10:00").does(CAS, Reply(2, Answer.CHALLENGED, "No."))
    first, second = case.facts(Replied)
    assert first.late
    assert second.late, "though it was not due yet when the challenge ended"
    assert first.decide_by is second.decide_by is None
    assert (case.challenge.outcome, case.standing) == (end.outcome, standing)
    assert {IRA, SARA} <= set(case.hears(Replied))
    with pytest.raises(AlreadyAnsweredError):
        case.does(TAM, DONE)


def test_a_late_reply_where_the_iro_is_asked_is_what_the_iro_decides_on() -> None:
    case = raised(of=council(ASK)).until("2026-11-10 10:00").does(TAM, DONE)
    assert case.the(Replied).late
    assert ("DECIDE", day("2026-11-12")) in case.asks


def test_silence_does_not_outlast_the_20_working_days() -> None:
    case = raised().until("2026-12-02 10:00")
    last = case.events(DeadlineMissed)[3]
    assert case.challenge.period
    assert local_day(last.effective) == case.challenge.period.day == day("2026-11-30")


def test_a_stage_the_iro_moved_to_counts_from_the_day_of_that_act() -> None:
    case = raised().until("2026-11-05 16:00").does(IRA, Escalate(Stage.TWO, "It cannot wait."))
    assert case.due == day("2026-11-12")
    case.does(CAS, Reply(2, Answer.RESOLVED, "Done."), "2026-11-12 23:59:59")
    assert not case.the(Replied).late


def test_the_senior_iro_manager_hears_of_a_silence_at_which_the_challenge_waits() -> None:
    """At QAP too (rule 2), but not of one that has moved the challenge up by itself."""
    at_qap = raised(Stage.QAP).until("2026-11-04 10:00")
    assert SENNA in at_qap.hears(DeadlineMissed)
    moved_up = raised(Stage.ONE).until("2026-11-10 10:00")
    assert SENNA not in moved_up.hears(DeadlineMissed)
    at_the_top = raised(Stage.FOUR).until("2026-11-10 10:00")
    assert SENNA in at_the_top.hears(DeadlineMissed)


def test_who_replied_late_has_replied_and_is_named_to_whoever_tries_next() -> None:
    case = raised().until("2026-11-10 10:00").does(TAM, DONE)
    assert case.the(Replied).late
    with pytest.raises(AlreadyAnsweredError, match="Tam Sample-Seven has already replied"):
        case.does(TAM, DONE)


# What is automatic -------------------------------------------------------------------------------

#: Everything that happens by itself: moving up after silence, ending holds, moving dates, starting
#: and stopping clocks, what happened to emails, and that somebody is away or covered for.
AUTOMATIC = {
    *(SeemedAway, CoverFound, DirectorToBeInformed, MeetingOver, ChairToBeConsidered),
    *(DeadlineMissed, StageBegan, HoldEnded, HoldLapsed, DeadlineMoved, Chased, Reminded),
    *(ReferralDue, CafcassToBeAsked, ImpactAsked),
    *(ResolutionPeriodEnding, ResolutionPeriodOver, ResolutionPeriodLongOver, StagesDoNotFit),
    ActionMissed,
    *(
        Served,
        Bounced,
        NotServed,
        NamingPassedOn,
        SamePersonNext,
        WentToDirector,
        LastStageNotServed,
        ActionReminded,
        OwnerNeeded,
        SeemedAway,
        IroLeft,
        IroIsBack,
        CoverFound,
        StagesEndTooLate,
        OutcomeMissed,
    ),
}


@pytest.fixture(scope="module")
def automatic() -> list[Event]:
    """Return what happened automatically in stories in which people do random things."""
    ends = [[*walk(seed)][-1] for seed in range(20)]
    return [e for case in ends for e in case.challenge.events if e.actor.via == "clock"]


def test_by_itself_the_software_moves_a_challenge_up_only_after_silence(
    automatic: list[Event],
) -> None:
    causes = {event.fact.cause for event in automatic if isinstance(event.fact, StageBegan)}
    assert causes >= {Cause.NO_REPLY}
    rule_15 = {Cause.NOBODY_NAMED, Cause.NOT_SERVED}
    assert causes - {Cause.NO_REPLY} <= rule_15, "as after silence: nobody could be asked"


def test_by_itself_the_software_ends_holds() -> None:
    case = raised().does(IRA, ProposeHold(2, "The panel.")).does(SARA, AgreeHold())
    case.until("2026-11-05 12:00")
    (ended,) = case.events(HoldEnded)
    assert ended.actor.via == "clock"
    assert case.standing is Standing.STAGE_1


def test_by_itself_the_software_moves_dates_for_holidays() -> None:
    case = raised()
    calendar = case.council.calendar.extended({day("2026-11-04"): "Proclaimed"})
    case.council = replace(case.council, calendar=calendar)
    case.until("2026-11-03 10:00")
    assert case.events(DeadlineMoved)[0].actor.via == "clock"
    assert case.due == day("2026-11-10")


def test_by_itself_the_software_starts_and_stops_clocks_and_sends_emails() -> None:
    case = raised(Stage.THREE).until("2026-11-09 09:00")
    assert [event.actor.via for event in case.events(Reminded)] == ["clock"]
    assert HEDY in case.hears(Reminded)
    case.until("2026-12-02 10:00")
    assert [event.actor.via for event in case.events(ResolutionPeriodOver)] == ["clock"]


def test_by_itself_the_software_does_nothing_else(automatic: list[Event]) -> None:
    assert {type(event.fact) for event in automatic} <= AUTOMATIC


def test_the_software_never_judges_words_a_person_or_an_ending() -> None:
    """Nothing automatic ends a challenge, whatever anybody wrote or did not write."""
    for entry in Stage:
        case = silent(raised(entry), days=200)
        assert case.challenge.open, entry
        assert {type(e.fact) for e in case.challenge.events if e.actor.via == "clock"} <= AUTOMATIC
