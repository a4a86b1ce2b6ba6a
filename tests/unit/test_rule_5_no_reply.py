"""Rule 5: no reply by the deadline."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from domain.errors import AlreadyAnsweredError
from domain.ladder import FORMAL_STAGES, OF_THE_GUIDANCE, Stage
from domain.moments import at_local, end_of_day, local_day
from domain.procedure import OnNoReply, Procedure
from domain.rules.escalating import Escalate
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Cause, StageBegan
from domain.vocabulary import Standing
from tests.builders import CAS, IRA, SENNA, TAM, Case, calendar, council, day, raised

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
ASK = Procedure(on_no_reply=OnNoReply.ASK)


def silent(case: Case, days: int = 45) -> Case:
    """Return it after ``days`` in which nobody does anything."""
    end = case.now + timedelta(days=days)
    return case.until(end.isoformat(" ", "minutes").partition("+")[0])


@pytest.mark.parametrize("entry", [Stage.ONE, Stage.TWO, Stage.THREE])
def test_a_formal_stage_that_is_not_answered_moves_to_the_next(entry: Stage) -> None:
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
        pytest.param(_YEAR, 0, 23, id="every day"),
        pytest.param(_ODD, 0, 0, id="midnight"),
        pytest.param(_ODD, 9, 9, id="morning"),
        pytest.param(_ODD, 23, 23, id="night"),
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
def test_after_stage_four_the_iro_is_asked(entry: Stage) -> None:
    case = silent(raised(entry))
    assert case.challenge.stage is Stage.FOUR
    assert [purpose for purpose, _ in case.asks] == ["DECIDE_SILENCE"]
    assert case.standing is Standing.IRO_TO_DECIDE


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_the_other_setting_asks_the_iro_and_waits(entry: Stage) -> None:
    case = silent(raised(entry, of=council(ASK)))
    assert case.challenge.stage is entry
    assert ("DECIDE_SILENCE", day("2026-11-11")) in case.asks


def test_it_does_not_move_up_where_the_stage_was_not_served() -> None:
    case = raised(served=False).until("2026-12-20 12:00")
    assert case.challenge.stage is Stage.ONE
    assert case.standing is Standing.TO_BE_REASSIGNED


def test_it_does_not_move_up_while_the_iro_has_yet_to_decide_on_a_reply() -> None:
    case = silent(raised().does(TAM, DONE))
    assert case.challenge.stage is Stage.ONE
    assert case.facts(DeadlineMissed) == []


def test_it_does_not_move_up_while_it_is_said_to_be_nobodys() -> None:
    case = silent(raised().does(TAM, SayNotMine(1, "Not my team.")))
    assert case.challenge.stage is Stage.ONE


def test_a_late_reply_is_put_on_the_record_and_undoes_nothing() -> None:
    case = raised().until("2026-11-11 10:00").does(TAM, DONE)
    assert case.the(Replied).late
    assert [fact.stage for fact in case.facts(StageBegan)] == [Stage.ONE, Stage.TWO]
    assert case.challenge.requests[0].late_replies[0].fact == case.the(Replied)
    assert case.asks == (), "stage 2 is still waited for"
    case.until("2026-11-17 00:01")
    assert case.challenge.stage is Stage.THREE


def test_a_late_reply_where_the_iro_is_asked_is_what_the_iro_decides_on() -> None:
    case = raised(of=council(ASK)).until("2026-11-10 10:00").does(TAM, DONE)
    assert case.the(Replied).late
    assert ("DECIDE", day("2026-11-12")) in case.asks
    assert {purpose for purpose, _ in case.asks} == {"DECIDE", "STAGES_DO_NOT_FIT"}


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
