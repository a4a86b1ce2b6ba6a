"""Who gets which email about what, and from when: what holds of the emails of every event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.events import UNANSWERED
from domain.ladder import Stage
from domain.notices import Notice, letters_due_after, notice_key, notices, request_of
from domain.procedure import OnNoReply, Procedure
from domain.rules.accepting import AcceptActions, ActionsAccepted
from domain.rules.actions import ActionGivenUp, GiveUpAction
from domain.rules.appointing import AppointIro, IroAppointed
from domain.rules.deciding import GiveView, ManagerView
from domain.rules.endings import ChildTold, Close, Closed
from domain.rules.escalating import Escalate
from domain.rules.lateness import Chased
from domain.rules.notes import Noted, WriteNote
from domain.rules.period import ResolutionPeriodOver
from domain.rules.posts import NotMine, Reassign, Reassigned, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import DeadlineRevised, Object, Objected, ReviseDeadline
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Reminded, StageBegan
from domain.vocabulary import Letter, Outcome
from tests.builders import (
    ADA,
    CAS,
    DAILY,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    TOM,
    WYN,
    Case,
    an_action,
    council,
    day,
    directory,
    moment,
    raised,
)

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
PROMISED = Reply(1, Answer.ACTIONS, "We will apply.", (an_action(),))
PLEASE, TOLD, DECIDE = Letter.PLEASE_REPLY, Letter.TOLD, Letter.DECIDE
THANKS, REMINDER = Letter.THANK_YOU, Letter.REMINDER


def sent(case: Case, after: int = 0) -> list[Notice]:
    return list(notices(case.challenge, case.now, case.council, after))


# Who gets which ----------------------------------------------------------------------------------


def test_when_a_stage_begins() -> None:
    assert raised().hears(StageBegan) == {
        TAM: PLEASE,
        SARA: TOLD,
        CAS: TOLD,
        SENNA: DAILY,
        WYN: DAILY,
    }
    informal = raised(Stage.QAP).hears(StageBegan)
    assert informal == {WYN: PLEASE, TAM: PLEASE, SARA: TOLD, CAS: TOLD}
    moved = raised(Stage.TWO).does(IRA, Escalate(Stage.THREE, "It is urgent."))
    assert moved.hears(StageBegan) == {
        HEDY: PLEASE,
        SARA: TOLD,
        CAS: TOLD,
        ADA: TOLD,
        SENNA: DAILY,
        WYN: DAILY,
        TAM: DAILY,
    }


def test_when_a_reply_comes_in_time_or_after_the_ladder_has_moved_on() -> None:
    case = raised().does(TAM, DONE)
    assert case.hears(Replied) == {IRA: DECIDE, SARA: TOLD, CAS: TOLD}
    case = raised().does(TAM, DONE, via="email")
    assert case.hears(Replied) == {TAM: THANKS, IRA: DECIDE, SARA: TOLD, CAS: TOLD}
    late = raised().until("2026-11-11 10:00").does(TAM, DONE)
    assert late.hears(Replied) == {IRA: DAILY, SARA: TOLD, CAS: TOLD}
    two = raised(Stage.QAP).does(TAM, DONE)
    assert two.hears(Replied) == {IRA: DECIDE, SARA: TOLD, CAS: TOLD, WYN: DAILY}


def test_when_no_reply_comes() -> None:
    up = raised().until("2026-11-10 09:00")
    assert up.hears(DeadlineMissed) == {TAM: DAILY}
    assert up.hears(StageBegan) == {
        CAS: PLEASE,
        **dict.fromkeys((IRA, SARA, SENNA, HEDY, WYN, TAM), DAILY),
    }
    asked = raised(of=council(Procedure(on_no_reply=OnNoReply.ASK))).until("2026-11-10 09:00")
    assert asked.hears(DeadlineMissed) == {TAM: DAILY, IRA: DECIDE, SARA: DAILY, SENNA: DAILY}
    informal = raised(Stage.QAP).until("2026-11-04 09:00")
    told = dict.fromkeys((WYN, TAM, SARA, SENNA), DAILY)
    assert informal.hears(DeadlineMissed) == {**told, IRA: DECIDE}


def test_when_a_reply_is_still_to_come() -> None:
    case = raised().until("2026-11-06 09:00")
    assert case.hears(Reminded) == {TAM: REMINDER, IRA: DAILY}
    case.does(TAM, DONE)
    assert case.letters(Reminded) == {}, "nobody is reminded of what they have done"


def test_when_it_is_put_to_somebody_else() -> None:
    case = raised().does(TAM, SayNotMine(1, "Not my team."))
    assert case.hears(NotMine) == {IRA: DECIDE, SARA: DAILY}
    case.does(IRA, Reassign("tm-south", "The child has moved team."))
    assert case.hears(Reassigned) == {TOM: PLEASE, TAM: DAILY, SARA: DAILY}


def test_when_the_deadline_is_revised_and_the_iro_objects() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    assert case.hears(DeadlineRevised) == {TAM: PLEASE, IRA: DAILY, CAS: DAILY}
    case.does(IRA, Object("It cannot wait."))
    told = {TAM: PLEASE, SENNA: Letter.DECIDE, SARA: DAILY, CAS: DAILY}
    assert case.hears(Objected) == told


def test_when_actions_are_agreed_and_dropped() -> None:
    case = raised().does(TAM, PROMISED).does(IRA, AcceptActions())
    told = {**dict.fromkeys((TAM, SARA, CAS), DAILY), WYN: Letter.YOUR_ACTION}
    assert case.hears(ActionsAccepted) == told
    case.does(IRA, GiveUpAction(1, "It is not needed."))
    assert case.hears(ActionGivenUp) == dict.fromkeys((TAM, SARA, WYN), DAILY)


def test_when_another_iro_has_it_and_when_the_srsm_has_a_view() -> None:
    case = raised().does(TAM, DONE).does(SARA, GiveView(resolved=True, words="It is done."))
    assert case.hears(ManagerView) == {IRA: DAILY}
    case.does(SENNA, AppointIro(IVO, "Ira is on leave."))
    assert case.hears(IroAppointed) == {IVO: DECIDE, IRA: DAILY, SARA: DAILY}
    case.does(IVO, Escalate(Stage.TWO))
    assert case.hears(ManagerView) == {IVO: DAILY, SENNA: DAILY}, "the two differ"


def test_when_it_ends() -> None:
    formal = Close(Outcome.WITHDRAWN, "It was put right.", ChildTold.NO, "They never knew.")
    told = {SARA: TOLD, CAS: TOLD, SENNA: DAILY, TAM: DAILY, WYN: DAILY}
    assert raised().does(IRA, formal).hears(Closed) == told
    informal = raised(Stage.QAP).does(IRA, formal).hears(Closed)
    assert informal == {SARA: TOLD, CAS: TOLD, SENNA: DAILY, TAM: DAILY, WYN: DAILY}


def test_when_the_resolution_period_is_over() -> None:
    case = raised().until("2026-12-01 09:00")
    assert case.hears(ResolutionPeriodOver) == dict.fromkeys((IRA, SARA, SENNA, ADA), DAILY)


def test_the_srsms_own_is_told_to_the_senior_iro_manager_and_once() -> None:
    own = raised(of=council(people=directory(srsm=IRA)))
    assert own.hears(StageBegan) == {TAM: PLEASE, SENNA: TOLD, CAS: TOLD, WYN: DAILY}
    own.does(TAM, DONE)
    assert own.hears(Replied) == {IRA: DECIDE, SENNA: TOLD, CAS: TOLD}


@pytest.mark.parametrize("via", ["page", "api", "link", UNANSWERED])
@pytest.mark.parametrize("officer", [IRA, TAM, CAS])
def test_a_note_is_told_to_iro_and_srsm_but_for_their_own(via: str, officer: str) -> None:
    """Two programs that answer each other come to an end."""
    case = raised().does(officer, WriteNote("On leave until Thursday."), via=via)
    told = {IRA: DAILY, SARA: DAILY}
    assert case.hears(Noted) == {who: how for who, how in told.items() if who != officer}


def test_a_note_that_came_by_email_has_its_receipt() -> None:
    case = raised().does(TAM, WriteNote("On leave until Thursday."), via="email")
    assert case.hears(Noted) == {TAM: Letter.NOTED, IRA: DAILY, SARA: DAILY}


# From when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised_at", "now", "out"),
    [
        ("2026-11-02 10:00", "2026-11-10 00:05", "2026-11-10 09:00"),
        ("2026-10-30 10:00", "2026-11-07 00:05", "2026-11-09 09:00"),  # a Friday's deadline
        ("2026-12-16 10:00", "2026-12-24 00:05", "2026-12-24 09:00"),
        ("2026-12-17 10:00", "2026-12-25 00:05", "2026-12-29 09:00"),  # Christmas
    ],
)
def test_what_the_clock_did_is_told_at_nine_on_a_working_day(
    raised_at: str, now: str, out: str
) -> None:
    case = raised(at=raised_at).until(now)
    assert case.letters_go_out(StageBegan) == moment(out)
    assert letters_due_after(case.challenge, case.now, case.council) == [moment(out)]


@pytest.mark.parametrize(
    ("woken", "out"),
    [
        ("2026-11-11 09:00", "2026-11-11 09:00"),
        ("2026-11-11 15:30", "2026-11-11 15:30"),
        ("2026-11-11 08:59", "2026-11-11 09:00"),
        ("2026-11-14 12:00", "2026-11-16 09:00"),  # a Saturday
    ],
)
def test_what_the_clock_did_late_is_told_at_once_in_office_hours(woken: str, out: str) -> None:
    case = raised().sleep_until(woken)
    assert case.letters_go_out(StageBegan) == moment(out)


def test_what_people_did_is_told_at_once() -> None:
    case = raised().does(TAM, DONE, "2026-11-07 22:00")
    assert case.letters_go_out(Replied) == moment("2026-11-07 22:00")


# Each once ---------------------------------------------------------------------------------------


def test_an_email_is_told_apart_by_its_event_and_its_officer() -> None:
    assert notice_key(7, "tam") == "000007#tam"
    case = raised().does(TAM, DONE)
    keys = [notice.key for notice in sent(case)]
    assert len(keys) == len(set(keys)) > 3
    assert f"{case.events(Replied)[0].number:06}#{IRA}" in keys


def test_once_everybody_was_told_only_somebody_new_on_the_post_is_asked() -> None:
    case = raised()
    version = case.challenge.version
    asked = {(n.officer.id, n.letter) for n in sent(case, after=version)}
    assert asked == {(TAM, PLEASE)}, "who has had it is known by its key"
    case.council = council(people=directory(tm_north=TOM))
    asked = {(n.officer.id, n.letter) for n in sent(case, after=version)}
    assert asked == {(TOM, PLEASE)}
    case.does(TOM, DONE)
    later = {(n.officer.id, type(n.event.fact)) for n in sent(case, after=version)}
    assert later == {(IRA, Replied), (SARA, Replied), (CAS, Replied)}
    assert sent(case, after=case.challenge.version) == []


def test_what_was_told_of_one_stage_is_not_looked_at_again_in_the_next() -> None:
    case = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."))
    version = case.challenge.version
    assert {(n.officer.id, n.letter) for n in sent(case, after=version)} == {(CAS, PLEASE)}
    case.does(CAS, WriteNote("On leave until Thursday."), via="email")
    later = sent(case, after=version)
    assert {(n.officer.id, type(n.event.fact)) for n in later} == {(CAS, StageBegan), (CAS, Noted)}


def test_what_is_asked_is_not_asked_any_more_once_another_was_asked() -> None:
    case = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."))
    first, second = case.events(StageBegan)
    asks = {(n.officer.id, n.event.number) for n in sent(case) if n.letter is PLEASE}
    assert asks == {(CAS, second.number)}
    assert first.number < second.number


def test_each_event_is_about_the_request_that_stood_then() -> None:
    case = raised().until("2026-11-03 10:00").does(CAS, WriteNote("One."))
    case.does(IRA, Escalate(Stage.TWO, "It is urgent.")).does(CAS, WriteNote("Two."))
    case.does(IRA, Escalate(Stage.FOUR, "More so.")).does(CAS, WriteNote("Three."))
    about = [request_of(case.challenge, event) for event in case.challenge.events]
    noted = [request_of(case.challenge, event) for event in case.events(Noted)]
    assert noted == [1, 2, 3]
    assert about[0] == 1, "how it was raised is of the first"
    case.does(TAM, DONE)
    assert request_of(case.challenge, case.events(Replied)[-1]) == 1


def test_who_has_left_the_directory_gets_no_email() -> None:
    case = raised().does(TAM, DONE)
    people = case.council.directory
    left = {id_: one for id_, one in people.officers.items() if id_ not in (IRA, TAM)}
    case.council = replace(case.council, directory=replace(people, officers=left))
    assert case.letters(Replied) == {SARA: TOLD, CAS: TOLD}


def test_a_decision_three_days_late_is_told_to_the_srsm_and_five_to_the_senior_too() -> None:
    case = raised(Stage.FOUR).does(ADA, DONE, "2026-11-04 10:00")
    assert case.until("2026-11-11 23:00").facts(Chased) == []
    assert case.until("2026-11-12 09:00").hears(Chased) == {SARA: DAILY}
    assert case.until("2026-11-16 09:00").hears(Chased) == {SARA: DAILY, SENNA: DAILY}
