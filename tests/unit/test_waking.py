"""The promise to wake up: whatever people do and however late it is woken, nothing drifts unseen.

Stories in which people do at random what they may, seeded: a failing one is told again by its seed.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from domain.challenge import AgreedAction
from domain.decide import decide, due, timers
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.fold import read
from domain.ladder import Stage
from domain.moments import LOCAL, local_day
from domain.part import Command
from domain.procedure import OnNoReply, Procedure
from domain.rulebook import COMMANDS
from domain.rules.actions import (
    AcceptActions,
    ConfirmAction,
    GiveUpAction,
    RedateAction,
    ReportAction,
)
from domain.rules.deciding import AppointIro, AskAgain, GiveView
from domain.rules.endings import ChildTold, Close, Closed, RecordChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.notes import WriteNote
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.revising import Object, ReviseDeadline
from domain.timeline import headline, next_step
from domain.vocabulary import Outcome, Standing
from tests.builders import IRA, IVO, Case, council, directory, moment, raised

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from domain.part import Command

#: Ends are left out: a story that has ended has nothing left to get wrong.
ACTS = set(COMMANDS) - {Close, Resolve, RecordChildTold}
REFUSED = (AlreadyAnsweredError, BadSubmissionError, NotAllowedError)


def ways(case: Case, by_chance: Random) -> dict[type[Command], Callable[[], Command]]:
    """The way to do each act, with what fits most of the time."""
    request = case.request.number
    action = by_chance.randint(1, max(1, len(case.challenge.actions)))

    def a_day() -> date:
        return local_day(case.now) + timedelta(days=by_chance.choice([0, 1, 3, 9, 40]))

    def reply() -> Command:
        answer = by_chance.choice([*Answer, Answer.ACTIONS])
        agreed = (AgreedAction("Visit", "Wyn Sample-Five", a_day()),)
        actions = agreed * by_chance.randint(1, 2) if answer is Answer.ACTIONS else ()
        return Reply(request, answer, "So.", actions)

    return {
        Reply: reply,
        SayNotMine: lambda: SayNotMine(request, "Not my team."),
        Escalate: lambda: Escalate(by_chance.choice(list(Stage)), "It is urgent."),
        AcceptActions: AcceptActions,
        AskAgain: lambda: AskAgain("What of the visit?", by_chance.randint(1, 7)),
        Reassign: lambda: Reassign(by_chance.choice(["tm-south", "csm", "hos"]), "Theirs."),
        GiveView: lambda: GiveView(by_chance.random() < 0.5, "As I see it."),
        ReportAction: lambda: ReportAction(action, "The minutes."),
        ConfirmAction: lambda: ConfirmAction(action),
        GiveUpAction: lambda: GiveUpAction(action, "Not needed."),
        RedateAction: lambda: RedateAction(action, a_day(), "Illness."),
        ReviseDeadline: lambda: ReviseDeadline(a_day(), "The panel sits that day."),
        ProposeHold: lambda: ProposeHold(by_chance.randint(1, 5), "The panel."),
        AgreeHold: AgreeHold,
        EndHold: EndHold,
        Object: lambda: Object("The child cannot wait."),
        WriteNote: lambda: WriteNote("It is urgent."),
        AppointIro: lambda: AppointIro(by_chance.choice([IRA, IVO]), "Leave."),
    }


def _sorted(acts: set[type[Command]]) -> list[type[Command]]:
    return sorted(acts, key=lambda act: act.__name__)


def somebody_acts(case: Case, by_chance: Random) -> None:
    """Somebody who may do something tries it; what is refused changes nothing."""
    officers = sorted(case.council.directory.officers)
    chances = [(act, o) for o in officers for act in _sorted(case.acts(o) & ACTS)]
    if not chances:
        return
    act = by_chance.choice(_sorted({act for act, _ in chances}))
    officer = by_chance.choice([o for a, o in chances if a is act])
    version = case.challenge.version
    try:
        case.does(officer, ways(case, by_chance)[act]())
    except REFUSED:
        assert case.challenge.version == version


def time_passes(case: Case, by_chance: Random) -> None:
    """Some minutes or days go by, with wakes processed on time, hours late, or days late."""
    late = timedelta(hours=by_chance.choice([0, 0, 7, 50]))
    span = timedelta(hours=by_chance.choice([0.1, 5, 24, 100]))

    def processed(wake: datetime) -> datetime:
        return wake + late

    end = (case.now + span).astimezone(LOCAL).replace(tzinfo=None)
    case.until(end.isoformat(" ", "seconds"), wakes=processed)


def a_story(by_chance: Random) -> Case:
    """A challenge of some stage, day, hour and setting, in a council that may have gaps."""
    setting = Procedure(
        on_no_reply=by_chance.choice(list(OnNoReply)), cut_off_hour=by_chance.choice([None, 15])
    )
    people = by_chance.choice([directory(), directory(tm_north=None), directory(srsm=IRA)])
    month, date_, hour = (
        by_chance.randint(1, 12),
        by_chance.randint(1, 28),
        by_chance.randint(3, 23),
    )
    at = f"2026-{month:02}-{date_:02} {hour:02}:30"
    return raised(by_chance.choice(list(Stage)), at, council(setting, people))


@pytest.mark.parametrize("seed", range(60))
def test_an_open_challenge_always_wakes_later_than_now_and_deciding_again_adds_nothing(
    seed: int,
) -> None:
    by_chance = Random(seed)
    case = a_story(by_chance)
    for _ in range(30):
        by_chance.choice([somebody_acts, time_passes])(case, by_chance)
        challenge, wake = case.challenge, case.wakes()
        assert wake is None or wake > case.now
        assert wake is not None or not challenge.open
        assert decide(challenge, case.now, case.council, "again").events == ()
        assert read(challenge.reference, challenge.events) == challenge
        assert all(event.effective <= event.recorded for event in challenge.events)
        if challenge.standing is Standing.ACTIONS_UNDER_WAY:
            assert challenge.open_actions, "nothing would be followed"
        for event in challenge.events:
            assert headline(event, challenge, case.council)
        assert next_step(challenge, case.now, case.council)


def test_a_challenge_that_nobody_touches_for_a_year_still_wakes_and_waits_for_the_iro() -> None:
    case = raised(at="2026-01-05 10:00").until("2027-01-05 12:00")
    assert case.standing is Standing.IRO_TO_DECIDE
    assert case.wakes() is not None
    assert case.challenge.beyond_period


# What is due next --------------------------------------------------------------------------------


def test_letters_that_wait_for_the_morning_are_what_is_due_next() -> None:
    """The stage was missed at midnight; its letters go out in office hours."""
    case = raised(Stage.ONE, "2026-11-02 10:00").until("2026-11-10 00:05")
    assert case.challenge.stage is Stage.TWO
    assert due(case.challenge, case.now, case.council) == moment("2026-11-10 09:00")
    assert case.wakes() == moment("2026-11-10 09:00")
    case.until("2026-11-10 09:00")
    eve = min(timer.at for timer in timers(case.challenge, case.now, case.council))
    assert eve > moment("2026-11-10 09:00")
    assert due(case.challenge, case.now, case.council) == eve


def test_a_challenge_that_has_ended_has_only_its_letters_due() -> None:
    case = raised(Stage.ONE, "2026-11-02 10:00").does(
        IRA, Close(Outcome.WITHDRAWN, "An error.", ChildTold.NO, "They never knew.")
    )
    assert due(case.challenge, case.now, case.council) is None
    ended = case.events(Closed)[-1].recorded
    assert due(case.challenge, ended - timedelta(seconds=1), case.council) == ended
