"""Who gets which email about what, and from when: what holds of the emails of every event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.directory import Cover
from domain.events import UNANSWERED
from domain.ladder import Stage
from domain.notices import Notice, letters_due_after, notice_key, notices, request_of
from domain.procedure import OnNoReply, Procedure
from domain.rules.actions import AcceptActions, ActionGivenUp, ActionsAccepted, GiveUpAction
from domain.rules.deciding import AppointIro, GiveView, IroAppointed, ManagerView
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
THANKS, MISSED, REMINDER = Letter.THANK_YOU, Letter.MISSED, Letter.REMINDER


def sent(case: Case, after: int = 0) -> list[Notice]:
    return list(notices(case.challenge, case.now, case.council, after))


# Who gets which ----------------------------------------------------------------------------------


def test_when_a_stage_begins() -> None:
    assert raised().letters(StageBegan) == {
        TAM: PLEASE,
        IRA: TOLD,
        SARA: TOLD,
        SENNA: TOLD,
        CAS: TOLD,
        WYN: TOLD,
    }
    informal = raised(Stage.QAP).letters(StageBegan)
    assert informal == {WYN: PLEASE, TAM: PLEASE, IRA: TOLD, SARA: TOLD, CAS: TOLD}
    moved = raised(Stage.TWO).does(IRA, Escalate(Stage.THREE, "It is urgent."))
    assert moved.letters(StageBegan) == {
        HEDY: PLEASE,
        IRA: TOLD,
        SARA: TOLD,
        SENNA: TOLD,
        CAS: TOLD,
        ADA: TOLD,
        WYN: TOLD,
        TAM: TOLD,
    }


def test_when_a_reply_comes_in_time_or_after_the_ladder_has_moved_on() -> None:
    case = raised().does(TAM, DONE)
    assert case.letters(Replied) == {TAM: THANKS, IRA: DECIDE, SARA: TOLD}
    late = raised().until("2026-11-11 10:00").does(TAM, DONE)
    assert late.letters(Replied) == {TAM: THANKS, IRA: TOLD, SARA: TOLD}
    two = raised(Stage.QAP).does(TAM, DONE)
    assert two.letters(Replied) == {TAM: THANKS, IRA: DECIDE, SARA: TOLD, WYN: TOLD}


def test_when_no_reply_comes() -> None:
    up = raised().until("2026-11-10 09:00")
    assert up.letters(DeadlineMissed) == {TAM: MISSED}
    assert up.letters(StageBegan) == {
        CAS: PLEASE,
        IRA: TOLD,
        SARA: TOLD,
        SENNA: TOLD,
        HEDY: TOLD,
        WYN: TOLD,
    }, "whoever missed it was told by the other email that the next stage began"
    asked = raised(of=council(Procedure(on_no_reply=OnNoReply.ASK))).until("2026-11-10 09:00")
    assert asked.letters(DeadlineMissed) == {TAM: MISSED, IRA: DECIDE, SARA: TOLD, SENNA: TOLD}
    informal = raised(Stage.QAP).until("2026-11-04 09:00")
    assert informal.letters(DeadlineMissed) == {WYN: MISSED, TAM: MISSED, IRA: DECIDE, SARA: TOLD}


def test_when_a_reply_is_still_to_come() -> None:
    case = raised().until("2026-11-06 09:00")
    assert case.letters(Reminded) == {TAM: REMINDER, IRA: TOLD}
    case.does(TAM, DONE)
    assert case.letters(Reminded) == {IRA: TOLD}, "nobody is reminded of what they have done"


def test_when_it_is_put_to_somebody_else() -> None:
    case = raised().does(TAM, SayNotMine(1, "Not my team."))
    assert case.letters(NotMine) == {TAM: THANKS, IRA: DECIDE, SARA: TOLD}
    case.does(IRA, Reassign("tm-south", "The child has moved team."))
    assert case.letters(Reassigned) == {TOM: PLEASE, TAM: TOLD, IRA: TOLD, SARA: TOLD}


def test_when_the_deadline_is_revised_and_the_iro_objects() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    assert case.letters(DeadlineRevised) == {TAM: PLEASE, IRA: TOLD, SARA: TOLD, CAS: TOLD}
    case.does(IRA, Object("It cannot wait."))
    assert case.letters(Objected) == {SARA: TOLD, SENNA: TOLD}


def test_when_actions_are_agreed_and_dropped() -> None:
    case = raised().does(TAM, PROMISED).does(IRA, AcceptActions())
    told = {TAM: TOLD, IRA: TOLD, SARA: TOLD, CAS: TOLD, WYN: Letter.YOUR_ACTION}
    assert case.letters(ActionsAccepted) == told
    case.does(IRA, GiveUpAction(1, "It is not needed."))
    told = {IRA: DECIDE, TAM: TOLD, SARA: TOLD, WYN: Letter.ACTION_ENDED}
    assert case.letters(ActionGivenUp) == told
    two = Reply(1, Answer.ACTIONS, "We will.", (an_action(), an_action("Write to the school")))
    case = raised().does(TAM, two).does(IRA, AcceptActions()).does(IRA, GiveUpAction(1, "No."))
    told = {TAM: TOLD, SARA: TOLD, WYN: Letter.ACTION_ENDED}
    assert case.letters(ActionGivenUp) == told, "another is still under way"


def test_when_another_iro_has_it_and_when_the_srsm_has_a_view() -> None:
    case = raised().does(TAM, DONE).does(SARA, GiveView(resolved=True, words="It is done."))
    assert case.letters(ManagerView) == {IRA: TOLD}
    case.does(SARA, AppointIro(IVO, "Ira is on leave."))
    assert case.letters(IroAppointed) == {IVO: DECIDE, SARA: TOLD, SENNA: TOLD}
    case.does(IVO, Escalate(Stage.TWO))
    assert case.letters(ManagerView) == {IVO: TOLD, SENNA: TOLD}, "the two differ"


def test_when_it_ends() -> None:
    formal = Close(Outcome.WITHDRAWN, "It was put right.", ChildTold.NO, "They never knew.")
    assert raised().does(IRA, formal).letters(Closed) == dict.fromkeys(
        (IRA, SARA, SENNA, TAM, CAS, WYN), TOLD
    )
    informal = raised(Stage.QAP).does(IRA, formal).letters(Closed)
    assert informal == dict.fromkeys((IRA, SARA, WYN, TAM, CAS), TOLD)


def test_when_the_resolution_period_is_over() -> None:
    case = raised().until("2026-12-01 09:00")
    assert case.letters(ResolutionPeriodOver) == dict.fromkeys((IRA, SARA, SENNA, ADA), TOLD)


def test_the_srsms_own_is_told_to_the_senior_iro_manager_and_once() -> None:
    own = raised(of=council(people=directory(srsm=IRA)))
    assert own.letters(StageBegan) == {TAM: PLEASE, IRA: TOLD, SENNA: TOLD, CAS: TOLD, WYN: TOLD}
    own.does(TAM, DONE)
    assert own.letters(Replied) == {TAM: THANKS, IRA: DECIDE, SENNA: TOLD}


@pytest.mark.parametrize("via", ["page", "api", "link", UNANSWERED])
@pytest.mark.parametrize("officer", [IRA, TAM, CAS])
def test_a_note_is_told_to_the_iro_but_for_the_iros_own_of_too_many(via: str, officer: str) -> None:
    """Two programs that answer each other come to an end."""
    case = raised().does(officer, WriteNote("On leave until Thursday."), via=via)
    own_of_many = (via, officer) == (UNANSWERED, IRA)
    assert case.letters(Noted) == ({} if own_of_many else {IRA: TOLD})


def test_a_note_that_came_by_email_has_its_receipt() -> None:
    case = raised().does(TAM, WriteNote("On leave until Thursday."), via="email")
    assert case.letters(Noted) == {TAM: Letter.NOTED, IRA: TOLD}


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
    assert case.letters_go_out(DeadlineMissed) == moment(out)
    assert letters_due_after(case.challenge, case.now, case.council) == [moment(out)] * 2


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
    assert case.letters_go_out(DeadlineMissed) == moment(out)


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
    assert later == {(TOM, Replied), (IRA, Replied), (SARA, Replied)}
    assert sent(case, after=case.challenge.version) == []


def test_what_was_told_of_one_stage_is_not_looked_at_again_in_the_next() -> None:
    case = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."))
    version = case.challenge.version
    assert {(n.officer.id, n.letter) for n in sent(case, after=version)} == {(CAS, PLEASE)}
    case.does(CAS, WriteNote("On leave until Thursday."))
    later = sent(case, after=version)
    assert {(n.officer.id, type(n.event.fact)) for n in later} == {(CAS, StageBegan), (IRA, Noted)}


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


def test_whoever_covers_the_iro_is_not_told_in_the_iros_place() -> None:
    cover = Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30"))
    case = raised(of=council(people=directory(cover))).does(TAM, DONE)
    assert case.letters(Replied) == {TAM: THANKS, IRA: DECIDE, SARA: TOLD}


def test_who_has_left_the_directory_gets_no_email() -> None:
    case = raised().does(TAM, DONE)
    people = case.council.directory
    left = {id_: one for id_, one in people.officers.items() if id_ not in (IRA, TAM)}
    case.council = replace(case.council, directory=replace(people, officers=left))
    assert case.letters(Replied) == {SARA: TOLD}


def test_a_decision_three_working_days_late_tells_both_and_the_senior_on_the_fifth() -> None:
    case = raised().does(TAM, DONE, "2026-11-04 10:00")
    assert case.until("2026-11-11 23:00").facts(Chased) == []
    assert case.until("2026-11-12 09:00").letters(Chased) == {IRA: DECIDE, SARA: DECIDE}
    assert case.until("2026-11-16 09:00").letters(Chased) == {
        IRA: DECIDE,
        SARA: DECIDE,
        SENNA: TOLD,
    }
