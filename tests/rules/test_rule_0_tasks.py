"""Rule 0: whatever a rule asks of anyone is a task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.acting import standing_in_words
from domain.ladder import Stage
from domain.moments import local_day
from domain.people import parties
from domain.rulebook import settled_by
from domain.rules.accepting import AcceptActions
from domain.rules.actions import GiveUpAction, ReportAction
from domain.rules.asking_to_accept import AskToAccept
from domain.rules.endings import ChildTold, Resolve
from domain.rules.holds import ProposeHold
from domain.rules.lateness import Chased
from domain.rules.missed_actions import NoNewDate
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.serving import NotServed, NotServedCause
from domain.rules.timescales import SetNewDate
from domain.tasks import is_theirs, tasks, trays
from domain.timeline import headline, next_step, still_to_do
from domain.vocabulary import Audience, Capacity, Purpose, Standing
from infra.blueprint import DAILY
from tests.builders import (
    ADA,
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
    directory,
    raised,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.part import Task
    from tests.workflow.service import Service

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
BEYOND = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-12-11"),))
WILL = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-12"),))

MORNING = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def promised() -> Case:
    return raised().does(TAM, WILL).does(IRA, AcceptActions())


def unserved() -> Case:
    """Nobody holds the post that is asked."""
    case = raised(of=council(people=directory(tm_north=None)), served=False)
    return case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))


#: How the rules come to ask for something, of whom, and how many working days they give.
ASKED: dict[Purpose, tuple[Callable[[], Case], Capacity, int]] = {
    Purpose.REPLY: (raised, Capacity.RESPONDER, 5),
    Purpose.DECIDE: (
        lambda: raised().until("2026-11-09 10:00").does(TAM, DONE),
        Capacity.IRO,
        2,
    ),
    Purpose.DECIDE_SILENCE: (
        lambda: raised(Stage.FOUR).until("2026-11-10 10:00"),
        Capacity.IRO,
        2,
    ),
    Purpose.REASSIGN: (
        lambda: raised().does(TAM, SayNotMine(1, "Not my team.")),
        Capacity.IRO,
        2,
    ),
    Purpose.NAME_SOMEBODY: (unserved, Capacity.SRSM, 1),
    Purpose.AGREE_HOLD: (
        lambda: raised().does(IRA, ProposeHold(2, "The panel sits on Thursday.")),
        Capacity.SRSM,
        2,
    ),
    Purpose.ACCEPT_BEYOND: (
        lambda: raised().does(TAM, BEYOND).does(IRA, AskToAccept("The panel sits then.")),
        Capacity.SRSM,
        2,
    ),
    Purpose.CONFIRM_ACTION: (
        lambda: promised().does(WYN, ReportAction(1, "The letter of the panel.")),
        Capacity.IRO,
        2,
    ),
    Purpose.MISSED_ACTION: (
        lambda: promised().until("2026-11-13 10:00"),
        Capacity.IRO,
        2,
    ),
    Purpose.RESOLVED_NOW: (
        lambda: promised().does(IRA, GiveUpAction(1, "It is not needed.")),
        Capacity.IRO,
        2,
    ),
    Purpose.AFTER_LAST_STAGE: (
        lambda: (
            raised(Stage.FOUR)
            .does(ADA, WILL)
            .does(IRA, AcceptActions())
            .does(IRA, NoNewDate(1, "Nobody can say when."), "2026-11-13 10:00")
        ),
        Capacity.IRO,
        2,
    ),
    Purpose.TELL_CHILD: (
        lambda: raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET)),
        Capacity.IRO,
        2,
    ),
}


def the(case: Case, purpose: Purpose) -> Task:
    """Return the one task of this purpose."""
    found = tasks(case.challenge, case.council)
    (task,) = (task for task in found if task.purpose is purpose)
    return task


def officers(case: Case, task: Task) -> set[str]:
    """Return whose task it is today: who holds or covers the post, or the officer."""
    every = case.council.directory.officers
    at = (case.challenge, case.council, local_day(case.now))
    return {officer for officer in every if is_theirs(task, officer, *at)}


@pytest.mark.parametrize("purpose", ASKED)
def test_whatever_a_rule_asks_of_anyone_is_a_task(purpose: Purpose) -> None:
    asks, whose, _ = ASKED[purpose]
    assert the(asks(), purpose).whose is whose


@pytest.mark.parametrize("purpose", ASKED)
def test_a_task_has_one_owner_one_date_and_one_thing_to_do(purpose: Purpose) -> None:
    asks, *_ = ASKED[purpose]
    case = asks()
    task = the(case, purpose)
    assert len(parties(task, case.challenge, case.council, case.today)) == 1, "an officer or a post"
    assert len(officers(case, task)) == 1
    assert task.deadline.day > local_day(case.challenge.events[task.since - 1].effective)
    assert task.purpose is purpose


def test_a_task_about_an_action_says_its_number() -> None:
    two = (an_action(), an_action("Tell the school"))
    case = raised().does(IRA, NOT_REFERRED).does(TAM, Reply(1, Answer.ACTIONS, "We will.", two))
    case.does(IRA, AcceptActions())

    def says() -> set[str]:
        return {one.in_words for one in tasks(case.challenge, case.council)}

    assert says() == {f"do action {number} and report it" for number in (1, 2)}
    case.does(WYN, ReportAction(2, "The letter."))
    assert says() == {"do action 1 and report it", "confirm that action 2 was done"}
    assert "You still need to confirm that action 2 was done" in still_to_do(
        case.challenge, IRA, case.council, case.now
    )
    case.until("2026-11-13 10:00")
    assert "decide about missed action 1" in says()
    assert any(
        "confirm that action 2 was done" in line
        for line in next_step(case.challenge, case.now, case.council)
    )
    late = case.events(Chased)[0]
    assert "has yet to confirm that action 2 was done" in headline(
        late, case.challenge, case.council
    )
    case.does(IRA, SetNewDate("action-1", day("2026-12-30"), "The panel sits in January."))
    assert "confirm the new date for action 1" in says()


def test_the_heading_says_who_has_to_decide() -> None:
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", (an_action(),)))
    assert standing_in_words(case.challenge, case.council, case.today) == "IRO to decide"
    case.does(IRA, AcceptActions()).until("2026-11-13 10:00")
    assert standing_in_words(case.challenge, case.council, case.today) == "IRO to decide"
    case.does(IRA, SetNewDate("action-1", day("2026-12-30"), "The panel sits in January."))
    assert case.standing is Standing.IRO_TO_DECIDE
    manager = "Safeguarding & Review Service Manager"
    assert standing_in_words(case.challenge, case.council, case.today) == f"{manager} to decide"
    of = council(people=directory(srsm=IRA))
    assert standing_in_words(case.challenge, of, case.today) == "Senior IRO Manager to decide"


@pytest.mark.parametrize("purpose", ASKED)
def test_a_task_says_what_settles_it(purpose: Purpose) -> None:
    asks, *_ = ASKED[purpose]
    case = asks()
    (owner,) = officers(case, the(case, purpose))
    assert case.acts(owner) & set(settled_by(purpose)), "its owner may do something that settles it"


@pytest.mark.parametrize("purpose", ASKED)
def test_a_task_is_due_in_two_working_days_unless_its_rule_says_otherwise(purpose: Purpose) -> None:
    asks, _, days = ASKED[purpose]
    case = asks()
    task = the(case, purpose)
    since = local_day(case.challenge.events[task.since - 1].effective)
    assert task.deadline.day == case.council.calendar.add(since, days)
    assert days == {Purpose.REPLY: 5, Purpose.NAME_SOMEBODY: 1}.get(purpose, 2)


def test_a_task_is_in_its_owner_s_tray_until_it_is_settled() -> None:
    case = raised().does(TAM, DONE, "2026-11-03 10:00")

    def in_tray(case: Case) -> Task | None:
        return next(iter(trays(case.challenge, case.council, case.today).get(IRA, ())), None)

    for at in ("2026-11-03 10:00", "2026-11-09 23:59", "2026-11-10 10:00", "2027-02-01 10:00"):
        task = in_tray(case.until(at))
        assert task, at
        assert task.purpose is Purpose.DECIDE
    case.does(IRA, Resolve("It is done.", ChildTold.YES, "On the phone.")).files_it()
    assert in_tray(case) is None


def test_a_task_is_in_its_owner_s_daily_email_until_it_is_settled(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)

    def told(after: timedelta) -> bool:
        """Whether the next daily email of the Team Manager says that a reply is due."""
        before = len(service.mails("tm-n"))
        service.jump(MORNING + after)
        service.emulator.invoke(DAILY.name, {})
        daily = [mail.text for mail in service.mails("tm-n")[before:] if "your work" in mail.text]
        return any(reference in text and "reply" in text for text in daily)

    assert told(timedelta(days=0))
    assert told(timedelta(days=1))
    service.reply(reference, "tm-n")
    assert not told(timedelta(days=2))


# Late ---------------------------------------------------------------------------------------------


def told_of_lateness(case: Case, purpose: str = "") -> set[Audience]:
    """Return who hears of the last chase, or of the last about ``purpose``."""
    chases = zip(case.events(Chased), case.facts(Chased), strict=True)
    event = [event for event, fact in chases if fact.about == (purpose or fact.about)][-1]
    return {tell.audience for tell in Chased.told if tell.when(case.challenge, event)}


def test_when_a_task_is_three_working_days_late_the_srsm_is_told() -> None:
    case = raised().does(IRA, NOT_REFERRED)
    case.does(TAM, DONE, "2026-11-04 10:00").until("2026-11-12 08:59")
    assert case.facts(Chased) == [], "due by Monday 9 November"
    case.until("2026-11-12 09:00")
    assert case.the(Chased).days_over == 3
    assert Audience.SRSM in told_of_lateness(case)
    assert Audience.SENIOR not in told_of_lateness(case)


#: Rule 15: once it is late to name somebody, others have to, and then the challenge goes on.
NAMING = (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)


@pytest.mark.parametrize(
    "purpose", [one for one in ASKED if one not in (Purpose.REPLY, Purpose.AGREE_HOLD, *NAMING)]
)
def test_when_a_task_is_five_working_days_late_the_senior_iro_manager_is_told(
    purpose: Purpose,
) -> None:
    asks, *_ = ASKED[purpose]
    case = asks()
    due, until = the(case, purpose).deadline.day, case.council.calendar.add
    case.until(f"{until(due, 5)} 08:59")
    assert not any(f.tell_senior for f in case.facts(Chased) if f.about == purpose)
    case.until(f"{until(due, 5)} 09:00")
    assert [f.days_over for f in case.facts(Chased) if f.about == purpose][-1] == 5
    assert Audience.SENIOR in told_of_lateness(case, purpose)


def test_from_then_on_the_senior_iro_manager_may_do_in_that_challenge_what_the_srsm_may() -> None:
    case = raised(Stage.FOUR).does(IRA, NOT_REFERRED)
    case.does(ADA, DONE, "2026-11-04 10:00").until("2026-11-13 10:00")
    assert case.acts(SENNA) < case.acts(SARA)
    case.until("2026-11-16 10:00")
    assert case.facts(Chased)[-1].days_over == 5
    assert case.acts(SENNA) >= case.acts(SARA)
    other = raised()
    assert case.acts(SENNA) > other.acts(SENNA), "in that challenge, and in no other"


# What it stops ------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ASKED)
def test_a_task_stops_the_ladder_only_where_its_rule_says_so(purpose: Purpose) -> None:
    asks, *_ = ASKED[purpose]
    case = asks()
    stops = the(case, purpose).stops
    assert stops == (purpose not in (Purpose.AGREE_HOLD, Purpose.TELL_CHILD))
    stage = case.challenge.stage
    # What rule 15 waits for it does not wait for long.
    case.until("2026-11-09 12:00" if purpose in NAMING else "2026-12-20 10:00")
    if not stops and case.challenge.open:
        assert case.challenge.stage is not stage, "it went on without an answer"
    elif purpose is not Purpose.REPLY:
        assert case.challenge.stage is stage
