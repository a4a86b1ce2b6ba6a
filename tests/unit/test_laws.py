"""Laws that hold for every challenge at every moment, whatever people do and whatever time does.

Each is tried at every step of the stories of ``tests/walk.py``, which together reach every kind of
fact, every command and every rung. If there is one that nobody can reach, a test here fails.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from domain.challenge import owner_key
from domain.decide import timers
from domain.fold import apply, read
from domain.ladder import Role
from domain.moments import local_day
from domain.people import capacities, parties, people_asked
from domain.permissions import acts, may_see, posts_that_see
from domain.rulebook import COMMANDS, FACTS, settled_by
from domain.rules.absence import absences
from domain.rules.lateness import Chased
from domain.rules.life import LifeChanged
from domain.rules.meetings import MeetingOver
from domain.rules.missed_actions import ActionMissed
from domain.rules.owners import ActionReminded
from domain.rules.period import (
    ResolutionPeriodEnding,
    ResolutionPeriodLongOver,
    ResolutionPeriodOver,
    StagesDoNotFit,
)
from domain.rules.serving import NotServed
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Reminded, StageBegan
from domain.rules.timescales import OutcomeMissed
from domain.rules.urgency import StagesEndTooLate
from domain.tasks import is_theirs, tasks, trays
from domain.vocabulary import AWAITING, WAITS_AT, Capacity, Purpose, Standing
from tests.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Fact
    from domain.part import Command, Task

#: One worker runs the stories, once for all laws.
# Telling the stories takes more than a minute.
pytestmark = [pytest.mark.ci, pytest.mark.xdist_group("laws")]

SEEDS = range(90)

#: Who sees every challenge that is not sealed.
OVERSEE = {Role.SRSM, Role.SENIOR_IRO_MANAGER}


class Moment(NamedTuple):
    """A challenge after one step of the story of ``seed``."""

    seed: int
    step: int
    challenge: Challenge
    now: datetime
    council: Council

    @property
    def today(self) -> date:
        return local_day(self.now)

    @property
    def name(self) -> str:
        """What is needed to repeat it."""
        return f"seed {self.seed}, step {self.step}: {self.challenge.standing}"

    def clocks_next(self) -> set[type[Fact]]:
        """Return the kinds of fact that follow automatically if nobody acts."""
        coming = timers(self.challenge, self.now, self.council)
        return {type(fact) for timer in coming for fact in timer.facts}

    def owners(self, task: Task) -> list[str]:
        """Return the officers whose task it is today."""
        officers = self.council.directory.officers
        return [o for o in officers if is_theirs(task, o, self.challenge, self.council, self.today)]

    def acts(self, officer: str) -> set[type[Command]]:
        """Return what ``officer`` may do."""
        who = capacities(self.challenge, officer, self.council, self.today)
        return set(acts(who, self.challenge, self.council))


class Told(NamedTuple):
    """The stories: their moments, the last moment of each, and what was done in them."""

    moments: tuple[Moment, ...]
    ends: tuple[Moment, ...]
    done: frozenset[type[Command]]

    def tasks(self) -> Iterator[tuple[Moment, Task]]:
        """Yield every task of every moment."""
        for moment in self.moments:
            for task in tasks(moment.challenge, moment.council):
                yield moment, task


@pytest.fixture(scope="module")
def told() -> Told:
    moments, ends, done = [], [], set()
    for seed in SEEDS:
        for step, case in enumerate(walk(seed)):
            moments.append(Moment(seed, step, case.challenge, case.now, case.council))
        ends.append(moments[-1])
        done |= {type(command) for command in case.done}
    return Told(tuple(moments), tuple(ends), frozenset(done))


# Who finds it in a list --------------------------------------------------------------------------


def test_a_row_names_just_the_posts_whose_holders_may_see_the_challenge(told: Told) -> None:
    """Unless it is their own, or they oversee it: then the post is not why they may see it."""
    by_their_post = frozenset({Capacity.RESPONDER, Capacity.INFORMED})
    for moment in told.moments:
        challenge, council, today = moment.challenge, moment.council, moment.today
        posts = {*posts_that_see(challenge, council)}
        for officer in council.directory.officers:
            held = {post.id for post in council.directory.posts_held(officer, today)}
            who = capacities(challenge, officer, council, today)
            sees = may_see(who, challenge, council)
            if held & posts and not sees:
                own = {challenge.iro, challenge.raised.iro, challenge.raised_by}
                assert officer in own, f"{moment.name}: {officer} finds it and cannot open it"
            if may_see(who & by_their_post, challenge, council) and not held & posts:
                oversees = {post.role for post in council.directory.posts_held(officer, today)}
                assert oversees & OVERSEE, f"{moment.name}: {officer} does not find it"


# What is a task ----------------------------------------------------------------------------------


def test_everybody_whose_task_it_is_may_do_what_settles_it(told: Told) -> None:
    for moment, task in told.tasks():
        for officer in moment.owners(task):
            can = moment.acts(officer) & set(settled_by(task.purpose))
            assert can, f"{moment.name}: {officer} cannot {task.purpose}"


def test_every_task_is_somebodys_unless_nobody_answers_for_the_post(told: Told) -> None:
    """Rule 15: then the request reached nobody, and the SRSM names somebody by its deadline."""
    for moment, task in told.tasks():
        if moment.owners(task):
            continue
        challenge, council, today = moment.challenge, moment.council, moment.today
        if challenge.question_by(owner_key(task.action)):
            continue  # rule 6: the Team Manager's post is vacant, and the IRO names an owner
        assert (task.purpose, task.whose) == (Purpose.REPLY, Capacity.RESPONDER), moment.name
        posts = challenge.request.posts
        assert not any(people_asked(challenge, post, council, today) for post in posts)
        on_hold = challenge.standing is Standing.ON_HOLD
        assert on_hold or NotServed in moment.clocks_next(), moment.name


def test_every_task_lies_in_a_tray_of_each_of_its_owners(told: Told) -> None:
    for moment, task in told.tasks():
        full = set(trays(moment.challenge, moment.council, moment.today))
        assert set(parties(task, moment.challenge, moment.council, moment.today)) <= full
        for officer in moment.owners(task):
            own = moment.council.directory.trays(officer, moment.today)
            assert full & set(own), f"{moment.name}: {task.purpose} is in no tray of {officer}"


def test_no_date_moves_unless_an_event_says_so(told: Told) -> None:
    """A new calendar changes no date by itself: each follows only from the events."""
    for moment, task in told.tasks():
        for entry in task.ledger.entries:
            assert 1 <= entry.event <= moment.challenge.version, moment.name
        off = {local_day(moment.now) + timedelta(days=n): "Proclaimed" for n in range(1, 20)}
        other = replace(moment.council, calendar=moment.council.calendar.extended(off))
        same = {one.key: one.ledger for one in tasks(moment.challenge, other)}
        assert same[task.key] == task.ledger, f"{moment.name}: {task.purpose}"


def test_what_is_open_waits_for_somebody(told: Told) -> None:
    """On hold as well: the reply is still due, but later."""
    for moment in told.moments:
        stopping = [t for t in tasks(moment.challenge, moment.council) if t.stops]
        assert bool(stopping) is moment.challenge.open, moment.name


# The ladder --------------------------------------------------------------------------------------


def test_a_stage_that_began_is_where_the_challenge_stands(told: Told) -> None:
    for moment in told.ends:
        first, *events = moment.challenge.events
        challenge = read(moment.challenge.reference, [first])
        for event in events:
            challenge = apply(challenge, event)
            if isinstance(event.fact, StageBegan):
                assert challenge.standing is WAITS_AT[event.fact.stage], moment.name


def test_a_reply_is_waited_for_where_the_challenge_says_so(told: Told) -> None:
    for moment in told.moments:
        says = moment.challenge.standing in AWAITING
        assert moment.challenge.awaiting_reply is says, moment.name


def test_the_clock_reminds_and_moves_up_only_where_a_stage_waits_for_its_reply(told: Told) -> None:
    """Rule 5: never on hold, and never where something waits for the IRO."""
    for moment in told.moments:
        moves = moment.clocks_next() & {Reminded, DeadlineMissed, StageBegan}
        waits = {*WAITS_AT.values()}
        if Reminded not in moves:
            waits.add(Standing.TO_BE_REASSIGNED)  # rule 15: it does not wait for ever
        assert not moves or moment.challenge.standing in waits, moment.name


def test_while_the_iro_has_to_decide_the_clock_chases_and_marks_what_is_over(told: Told) -> None:
    marks = {ActionMissed, ActionReminded, Chased, ResolutionPeriodEnding, ResolutionPeriodOver}
    marks |= {ResolutionPeriodLongOver, StagesDoNotFit, StagesEndTooLate}
    marks |= {OutcomeMissed, LifeChanged, MeetingOver}
    for moment in told.moments:
        if moment.challenge.standing is Standing.IRO_TO_DECIDE:
            assert moment.clocks_next() <= marks, moment.name


# Nothing is out of reach -------------------------------------------------------------------------


def test_who_covers_is_asked_only_while_a_reply_is_due_to_that_request(told: Told) -> None:
    for moment in told.moments:
        challenge = moment.challenge
        for officer, away in absences(challenge).items() if challenge.open else ():
            here = challenge.awaiting_reply and away.request == challenge.request.number
            assert here, f"{moment.name}: who covers for {officer} is still asked"


def test_every_fact_command_and_standing_occurs(told: Told) -> None:
    happened = {type(event.fact) for one in told.moments for event in one.challenge.events}
    of_today = {kind for kind in FACTS.values() if not kind.recorded_until}
    assert of_today - happened == set()
    assert set(COMMANDS) - told.done == set()
    stood = Counter(moment.challenge.standing for moment in told.moments)
    assert set(stood) == set(Standing)


def test_every_purpose_of_a_task_occurs(told: Told) -> None:
    of_older_records = {Purpose.NOTHING_DONE}
    assert {task.purpose for _, task in told.tasks()} == set(Purpose) - of_older_records
