"""Rule 0: who has to do what, by when, and how it is said to them and to everybody."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.record.shown import AT_MOST_BESIDE, lists
from domain.challenge import AgreedAction, Owner, asked_in_words
from domain.directory import Cover
from domain.ladder import Stage
from domain.moments import local_day
from domain.procedure import OnNoReply, Procedure
from domain.rulebook import settled_by
from domain.rules.absence import SayNoCoverNeeded
from domain.rules.accepting import AcceptActions
from domain.rules.actions import (
    ConfirmAction,
    GiveUpAction,
    ReportAction,
    SayNotResolved,
    SendBackAction,
)
from domain.rules.appointing import AppointIro
from domain.rules.asking_to_accept import AskToAccept, DeclineToAccept
from domain.rules.briefing import Brief, ConfirmDirector
from domain.rules.cafcass import AskCafcass, RecordCafcassAnswer, ReferToCafcass
from domain.rules.childs_rights import RecordChildsRights
from domain.rules.considering import DoNotRefer, FindUnresolved
from domain.rules.deciding import AskAgain
from domain.rules.director import InformDirector
from domain.rules.endings import ChildTold, Close, RecordChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.filing import PlaceOnFile
from domain.rules.holds import AgreeHold, ProposeHold
from domain.rules.impact import RecordImpact
from domain.rules.legal import GiveAdvice, NameLawyer, SayConflict
from domain.rules.life import SayHowToGoOn
from domain.rules.meetings import (
    CancelMeeting,
    ChangeMeeting,
    ConsiderChair,
    RecordMeeting,
    SendActions,
)
from domain.rules.missed_actions import NoNewDate
from domain.rules.moving import MoveChild
from domain.rules.owners import NameOwner
from domain.rules.period import StayOnLadder
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.reopening import AcceptLateActions, Reopen
from domain.rules.replies import Answer, Reply
from domain.rules.revising import DecideObjection
from domain.rules.sealing import AgreeToSeal, CheckLooks, CheckTexts, DeclineToSeal
from domain.rules.serving import NotServed, NotServedCause
from domain.rules.skipping import ChooseSkip
from domain.rules.timescales import ConfirmDate, DeclineDate, SetNewDate
from domain.rules.urgency import RecordContact
from domain.tasks import is_theirs, owner_in_words, tasks, trays
from domain.timeline import next_step, still_to_do, waits_for
from domain.vocabulary import Outcome, Purpose
from tests.builders import (
    ADA,
    ANNIE,
    CAS,
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
    raised,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.part import Command

#: What settles each task, in the order in which a page offers it.
SETTLED_BY: dict[Purpose, list[type[Command]]] = {
    Purpose.REPLY: [Reply],
    Purpose.DECIDE: [
        *(AskAgain, AcceptActions, AskToAccept, Escalate, FindUnresolved, Resolve, Close)
    ],
    Purpose.ACCEPT_BEYOND: [AcceptActions, DeclineToAccept],
    Purpose.DECIDE_SILENCE: [AskAgain, SetNewDate, Escalate, Resolve, Close],
    Purpose.REASSIGN: [Reassign, MoveChild],
    Purpose.NAME_SOMEBODY: [Reassign, MoveChild],
    Purpose.AGREE_HOLD: [AgreeHold],
    Purpose.DO_ACTION: [ReportAction],
    Purpose.CONFIRM_ACTION: [ConfirmAction, SendBackAction, GiveUpAction],
    Purpose.MISSED_ACTION: [GiveUpAction, NoNewDate, SetNewDate, Escalate],
    Purpose.OUTCOME_MISSED: [SetNewDate, Escalate, Resolve, Close],
    Purpose.DECIDE_OBJECTION: [DecideObjection],
    Purpose.CONFIRM_DATE: [ConfirmDate, DeclineDate],
    Purpose.TELL_CHILD: [RecordChildTold],
    Purpose.WHAT_CHANGED: [RecordImpact],
    Purpose.NAME_OWNER: [NameOwner],
    Purpose.REPORT_FOR_OWNER: [ReportAction],
    Purpose.NOTHING_DONE: [Escalate, FindUnresolved, Resolve, Close],
    Purpose.RESOLVED_NOW: [SayNotResolved, Escalate, FindUnresolved, Resolve, Close],
    Purpose.AFTER_LAST_STAGE: [GiveUpAction, ReferToCafcass, Close],
    Purpose.STEP_IN: [AskAgain, AcceptActions, Escalate, Resolve],
    Purpose.RECORD_CONTACT: [RecordContact],
    Purpose.INFORM_DIRECTOR: [InformDirector],
    Purpose.CONSIDER_CHAIR: [ConsiderChair],
    Purpose.SAY_CONFLICT: [SayConflict, NameLawyer],
    Purpose.NAME_LAWYER: [NameLawyer],
    Purpose.GIVE_ADVICE: [NameLawyer, GiveAdvice],
    Purpose.BRIEF: [Brief],
    Purpose.CONFIRM_DIRECTOR: [ConfirmDirector],
    Purpose.HOW_TO_GO_ON: [Resolve, Close, SayHowToGoOn],
    Purpose.SEND_ACTIONS: [SendActions],
    Purpose.RECORD_MEETING: [ChangeMeeting, CancelMeeting, RecordMeeting],
    Purpose.TELL_OF_CHALLENGE: [RecordChildsRights],
    Purpose.OFFER_ADVOCATE: [RecordChildsRights],
    Purpose.EXPLAIN_COMPLAINTS: [RecordChildsRights],
    Purpose.FIND_ADVICE: [RecordChildsRights],
    Purpose.SKIP_STAGE: [ChooseSkip],
    Purpose.APPOINT_IRO: [AppointIro],
    Purpose.NAME_COVER: [SayNoCoverNeeded],
    Purpose.SEAL: [AgreeToSeal, DeclineToSeal],
    Purpose.CHECK_TEXTS: [CheckTexts],
    Purpose.CHECK_LOOKS: [CheckLooks],
    Purpose.PLACE_OUTCOME: [PlaceOnFile],
    Purpose.PLACE_DECISIONS: [PlaceOnFile],
    Purpose.STAGES_DO_NOT_FIT: [Escalate, StayOnLadder, ReferToCafcass],
    Purpose.CONSIDER_CAFCASS: [ReferToCafcass, DoNotRefer],
    Purpose.REFER_OR_SAY_WHY: [ReferToCafcass, DoNotRefer, Close],
    Purpose.ASK_CAFCASS: [AskCafcass, RecordCafcassAnswer],
    Purpose.AFTER_CAFCASS: [
        *(ReferToCafcass, DoNotRefer, Resolve, Close, Reopen, AcceptLateActions)
    ],
}

_A_KILOBYTE = 1024
_FIRST = day("2026-11-11")
DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
CHASED = "If you are late, we’ll remind you every working day."
TAM_NAMED = "Tam Sample-Seven, Team Manager, North Sample Team"
WYN_NAMED = "Wyn Sample-Five, Social Worker, North Sample Team"
CAS_NAMED = "Cas Sample-Nine, Children’s Service Manager"
SRSM_NAMED = "Sara Sample-Three, Safeguarding & Review Service Manager"


@pytest.mark.parametrize("purpose", Purpose)
def test_what_settles_a_task(purpose: Purpose) -> None:
    assert list(settled_by(purpose)) == SETTLED_BY[purpose]


def promised(*owners: str) -> Case:
    """Actions of these owners, agreed and accepted; each is due a working day after the last."""
    calendar = council().calendar
    made = tuple(
        AgreedAction("Apply to the panel", owner, calendar.add(_FIRST, place), Owner(owner.lower()))
        for place, owner in enumerate(owners)
    )
    case = raised(Stage.QAP).does(TAM, Reply(1, Answer.ACTIONS, "We will apply.", made))
    return case.does(IRA, AcceptActions())


def never_served() -> Case:
    case = raised(of=council(people=directory(tm_north=None)), served=False)
    return case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))


def purposes(case: Case) -> list[Purpose]:
    return [task.purpose for task in tasks(case.challenge, case.council)]


def owners(case: Case, purpose: Purpose) -> set[str]:
    """Whose task of this purpose it is today."""
    (task,) = (t for t in tasks(case.challenge, case.council) if t.purpose is purpose)
    args = case.challenge, case.council, local_day(case.now)
    return {one for one in case.council.directory.officers if is_theirs(task, one, *args)}


def named(case: Case) -> dict[Purpose, str]:
    """How the owner of each task is named to everybody, but for whether to refer (rule 10)."""
    args = case.challenge, case.council
    return {
        task.purpose: owner_in_words(task, *args, case.today)
        for task in tasks(*args)
        if task.purpose is not Purpose.CONSIDER_CAFCASS
    }


def says(case: Case, reader: str = "") -> str:
    return " ".join(next_step(case.challenge, case.now, case.council, reader))


# Which tasks there are ---------------------------------------------------------------------------


def test_decisions_come_first_then_replies_then_what_may_be_agreed_and_each_by_its_date() -> None:
    case = raised().does(SARA, ProposeHold(2, "The panel sits on Thursday."))
    assert purposes(case) == [Purpose.REPLY, Purpose.AGREE_HOLD, Purpose.CONSIDER_CAFCASS]
    reply, agree, _ = tasks(case.challenge, case.council)
    assert reply.deadline.day > agree.deadline.day, "though that is due before"
    case = promised("Wyn", "Wyn").does(WYN, ReportAction(2, "A letter."), "2026-11-11 10:00")
    case.council = replace(case.council, procedure=Procedure(confirm_within=5))
    first, second = tasks(case.challenge, case.council)
    assert (first.purpose, second.purpose) == (Purpose.CONFIRM_ACTION, Purpose.DO_ACTION)
    assert [t.deadline.day for t in tasks(promised("Wyn", "Wyn").challenge, case.council)] == [
        *(day("2026-11-11"), day("2026-11-12"))
    ]


def test_a_decision_comes_before_an_action_that_is_due_sooner() -> None:
    case = promised("Wyn", "Wyn").does(WYN, ReportAction(2, "A letter."), "2026-11-11 10:00")
    confirm, do = tasks(case.challenge, case.council)
    assert (confirm.purpose, do.purpose) == (Purpose.CONFIRM_ACTION, Purpose.DO_ACTION)
    assert confirm.deadline.day > do.deadline.day
    assert trays(case.challenge, case.council, case.today)[IRA][0] == confirm


@pytest.mark.parametrize("many", [2, 5, AT_MOST_BESIDE + 4])
def test_a_tray_names_the_earliest_of_its_tasks_and_stays_small(many: int) -> None:
    case = promised(*["Wyn"] * many)
    tasks_of_wyn = trays(case.challenge, case.council, case.today)[WYN]
    _, items = lists(case.challenge, case.council, case.today)
    item = items[WYN]
    named = [text.rsplit("|", 1)[1] for text in item["also"]]
    assert [item["about"], *named] == [one.key for one in tasks_of_wyn[: AT_MOST_BESIDE + 1]]
    assert item.get("more", 0) == max(0, len(tasks_of_wyn) - 1 - AT_MOST_BESIDE)
    assert len(json.dumps(item)) < _A_KILOBYTE


def test_after_the_end_only_what_outlives_it_is_left() -> None:
    case = raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET))
    assert purposes(case) == [Purpose.TELL_CHILD, Purpose.PLACE_OUTCOME, Purpose.PLACE_DECISIONS]
    gone = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They knew not."))
    assert purposes(gone.files_it()) == []


# Whose they are ----------------------------------------------------------------------------------


def test_a_reply_is_of_whoever_answers_for_the_post_today() -> None:
    assert owners(raised(), Purpose.REPLY) == {TAM}
    assert owners(raised(Stage.QAP), Purpose.REPLY) == {TAM, WYN}
    cover = Cover("tm-north", TOM, day("2026-11-03"), day("2026-11-04"))
    covered = raised(of=council(people=directory(cover)))
    assert owners(covered, Purpose.REPLY) == {TAM}
    assert owners(covered.until("2026-11-04 10:00"), Purpose.REPLY) == {TOM}
    assert owners(raised(of=council(people=directory(tm_north=IRA))), Purpose.REPLY) == set()


def test_a_decision_is_of_the_iro_and_of_whoever_covers_for_the_iro() -> None:
    cover = Cover("iro-one", IVO, day("2026-11-03"), day("2026-11-04"))
    case = raised(of=council(people=directory(cover))).does(TAM, DONE)
    assert owners(case, Purpose.DECIDE) == {IRA}
    assert owners(case.until("2026-11-03 10:00"), Purpose.DECIDE) == {IRA, IVO}


def test_to_name_somebody_is_the_srsms() -> None:
    assert owners(never_served(), Purpose.NAME_SOMEBODY) == {SARA}


def test_everybody_is_told_who_has_to_do_what() -> None:
    iro, srsm = "Ira Sample-One, the IRO", SRSM_NAMED
    assert named(raised()) == {Purpose.REPLY: TAM_NAMED}
    assert named(raised(Stage.QAP)) == {Purpose.REPLY: f"{WYN_NAMED} or {TAM_NAMED}"}
    assert named(raised(Stage.TWO)) == {Purpose.REPLY: CAS_NAMED}
    assert named(raised().does(TAM, DONE)) == {Purpose.DECIDE: iro}
    assert named(never_served()) == {Purpose.NAME_SOMEBODY: srsm}
    by_iro = raised().does(IRA, ProposeHold(2, "The panel."))
    assert named(by_iro)[Purpose.AGREE_HOLD] == srsm
    by_srsm = raised().does(SARA, ProposeHold(2, "The panel."))
    assert named(by_srsm)[Purpose.AGREE_HOLD] == iro
    short = council(Procedure(resolution_period=5))
    beyond = raised(of=short).does(IRA, ProposeHold(2, "The panel."))
    assert named(beyond)[Purpose.AGREE_HOLD] == "Senna Sample-Four, Senior IRO Manager"


def test_nobody_at_a_post_is_named_by_it_and_who_covers_it_as_covering() -> None:
    """A post is named alone only while nobody holds it."""
    vacant = raised()
    vacant.council = replace(vacant.council, directory=directory(tm_north=None))
    assert named(vacant)[Purpose.REPLY] == "the Team Manager, North Sample Team"
    cover = Cover("tm-north", TOM, day("2026-11-02"), day("2026-11-04"))
    covered = raised(of=council(people=directory(cover)))
    assert named(covered)[Purpose.REPLY] == (
        "Tom Sample-Eight, for the Team Manager, North Sample Team"
    )


def test_an_iro_whom_the_directory_no_longer_has_is_called_the_iro() -> None:
    case = raised().does(TAM, DONE)
    people = case.council.directory
    left = {id_: one for id_, one in people.officers.items() if id_ != IRA}
    case.council = replace(case.council, directory=replace(people, officers=left))
    assert named(case) == {Purpose.DECIDE: "the IRO"}


# How it is said ----------------------------------------------------------------------------------


def test_it_waits_for_whoever_has_to_do_the_first_thing() -> None:
    def waits(case: Case) -> str:
        return waits_for(case.challenge, case.council, case.today).translate(
            dict.fromkeys((0x2068, 0x2069))
        )

    assert waits(raised()) == TAM_NAMED
    assert waits(raised().does(TAM, DONE)) == "Ira Sample-One, the IRO"
    assert waits(promised("Wyn", "Cas", "Wyn")) == (
        "Wyn Sample-Five, Social Worker, North Sample Team and Cas Sample-Nine, Children’s Service "
        "Manager, North Sample Team and South Sample Team"
    )
    reported = promised("Wyn", "Cas").does(CAS, ReportAction(2, "A letter."))
    assert waits(reported) == "Ira Sample-One, the IRO", "although an action is still to be done"
    ended = raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET))
    assert waits(ended) == "nobody: it has ended"


def test_a_day_that_has_passed_is_said_to_have_passed_and_only_then() -> None:
    decide = "needs to decide on the reply by Monday 9 November 2026."
    late = "still needs to decide on the reply. It was due by Monday 9 November 2026."
    case = raised().does(TAM, DONE, "2026-11-04 10:00")
    assert f"Ira Sample-One, the IRO, {decide}" in says(case)
    assert f"Ira Sample-One, the IRO, {decide}" in says(case.until("2026-11-09 23:59"))
    assert f"Ira Sample-One, the IRO, {late}" in says(case.until("2026-11-10 00:00"))
    still = "You still need to decide on the reply"

    def yours(at: str, officer: str = IRA) -> str:
        case = raised().does(TAM, DONE, "2026-11-04 10:00").until(at)
        return still_to_do(case.challenge, officer, case.council, case.now)

    assert yours("2026-11-09 23:59") == f"{still} by Monday 9 November 2026."
    assert yours("2026-11-10 00:00") == f"{still}. It was due by Monday 9 November 2026."
    assert yours("2026-11-10 00:00", ANNIE) == yours("2026-11-10 00:00", SARA) == ""


def test_whoever_reads_their_own_task_is_told_you() -> None:
    case = raised().does(TAM, DONE, "2026-11-04 10:00")

    def read_by(officer: str) -> str:
        return " ".join(next_step(case.challenge, case.now, case.council, officer))

    assert "You need to decide on the reply by Monday 9 November 2026." in read_by(IRA)
    assert "Ira Sample-One, the IRO, needs to decide on the reply" in read_by(SARA)
    case.until("2026-11-10 00:00")
    late = "You still need to decide on the reply. It was due by Monday 9 November 2026."
    assert late in read_by(IRA)


def test_a_task_about_an_action_says_which() -> None:
    case = promised("Wyn", "Cas").does(WYN, ReportAction(1, "A letter."))
    assert "needs to confirm that action 1 was done, by" in says(case)


def test_words_of_old_stored_tasks_are_not_what_people_read() -> None:
    old = ("whose", "silence", "given up", "name somebody", "by now")
    assert not [one for one in Purpose for word in old if word in one.in_words]


def test_whoever_has_to_reply_is_told_how() -> None:
    case = raised()
    assert still_to_do(case.challenge, TAM, case.council, case.now) == (
        "You still need to reply at Stage 1 by Monday 9 November 2026. Use the link in the email "
        "that asked you."
    )
    assert still_to_do(case.challenge, CAS, case.council, case.now) == ""


def test_what_follows_if_it_is_not_done_is_said_beforehand() -> None:
    assert "If there is no reply by then, the challenge moves to Stage 2." in says(raised())
    asks = raised(of=council(Procedure(on_no_reply=OnNoReply.ASK)))
    for case in (asks, raised(Stage.QAP), raised(Stage.FOUR)):
        assert "If there is no reply by then, the IRO decides what happens next." in says(case)


@pytest.mark.parametrize(
    ("asked", "days", "then", "who", "you"),
    [
        (
            lambda: raised().does(TAM, DONE),
            *(3, "{} may decide instead.", SRSM_NAMED, SARA),
        ),
        (
            lambda: raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET)),
            *(5, "{} told.", "Senna Sample-Four, Senior IRO Manager", SENNA),
        ),
    ],
    ids=["to decide", "to tell the child"],
)
def test_what_follows_a_decision_that_is_late_is_said_to_those_whom_it_concerns(
    asked: Callable[[], Case], days: int, then: str, who: str, you: str
) -> None:
    told = then.replace("{} told", "{} is told")
    late = f"If it is {days} working days late, "
    assert late + told.format(f"{who},") in says(asked(), IRA)
    assert CHASED in says(asked(), IRA)
    assert late + then.replace("{} told", "{} are told").format("you") in says(asked(), you)
    assert late not in says(asked(), TAM)
    assert CHASED not in says(asked(), TAM), "the daily email is the IRO’s"


def test_nobody_is_told_what_happens_on_a_day_that_has_passed() -> None:
    """On hold nobody is told that a decision is late, but it is."""
    case = raised().does(TAM, DONE)
    late = r"If it is (\d+) working days late"
    for days in range(1, 20):
        case.until(str(case.council.calendar.add(day("2026-11-09"), days)) + " 00:30")
        for reader in (IRA, SARA, SENNA):
            steps = next_step(case.challenge, case.now, case.council, reader)
            decide = " ".join(one for one in steps if "decide on the reply" in one)
            assert all(int(said) > days for said in re.findall(late, decide)), (days, reader)


def test_who_has_to_name_somebody_next_is_said_beforehand() -> None:
    then = "If nobody is named by then, {}, has to say who should reply."
    srsm, senior = SRSM_NAMED, "Senna Sample-Four, Senior IRO Manager"
    returned = raised().does(TAM, SayNotMine(1, "Not my team."))
    assert then.format(srsm) in says(returned)
    assert then.format(senior) in says(never_served())
    assert CHASED in says(returned.until("2026-11-05 10:00"), SARA)


def test_what_is_due_sooner_is_said_first() -> None:
    case = raised().does(SARA, ProposeHold(2, "The panel sits on Thursday."))
    assert says(case).startswith(
        "Ira Sample-One, the IRO, needs to agree to the proposed hold by Wednesday 4 November "
        "2026. If nobody agrees by then, the proposal ends. Until then nothing stops. "
        f"{TAM_NAMED}, needs to reply by Monday 9 November 2026. If there is no reply by then, the "
        "challenge moves to Stage 2."
    )
    due = f"Agreed actions are under way. Action 1 is due from {WYN_NAMED}, by Wednesday 11 "
    assert due in says(promised("Wyn", "Cas"))
    assert says(promised("Wyn", "Cas")).count("Agreed actions are under way") == 1


def test_what_is_late_is_not_said_as_if_it_were_still_to_come() -> None:
    decide = raised().does(TAM, DONE).until("2026-11-25 10:00")
    said = says(decide, IRA)
    assert "It was due by" in said
    assert "We’ll remind you every working day until it is done." in said
    assert "After that" not in said
    assert "If it is 5 working days late" not in said
    owned = promised("Wyn")
    until = owned.until("2026-11-30 10:00")
    do = [one for one in tasks(until.challenge, until.council) if one.purpose is Purpose.DO_ACTION]
    assert do, "it is missed, and its owner still has to do it"
    assert "is due from" not in says(until)


@pytest.mark.parametrize("purpose", [Purpose.MISSED_ACTION, Purpose.OUTCOME_MISSED])
def test_what_to_decide_about_is_not_said_to_be_missed_by_the_date_of_the_decision(
    purpose: Purpose,
) -> None:
    """After these words comes the day by which to decide."""
    said = asked_in_words(purpose, "action-1")
    assert said.endswith("action 1"), said


def test_after_the_end_it_is_said_that_nothing_more_is_needed_or_what_is_left() -> None:
    ended = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They knew not."))
    assert says(ended) == "The challenge has ended: withdrawn. Nothing more is needed."
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", (an_action(),)))
    case.does(IRA, AcceptActions()).does(WYN, ReportAction(1, "A letter."))
    case.does(IRA, ConfirmAction(1)).does(IRA, Resolve("It was done.", ChildTold.NOT_YET))
    assert says(case).startswith(
        "The challenge has ended: resolved by actions done. Ira Sample-One, the IRO, needs to "
        "record whether the child was told, by Wednesday 4 November 2026."
    )


def test_another_iro_has_what_the_first_had_to_do() -> None:
    case = raised().does(TAM, DONE).does(SENNA, AppointIro(IVO, "Ira is on leave."))
    assert owners(case, Purpose.DECIDE) == {IVO}
    assert named(case) == {Purpose.DECIDE: "Ivo Sample-Two, the IRO"}
    assert {ADA, SENNA}.isdisjoint(owners(case, Purpose.DECIDE))
