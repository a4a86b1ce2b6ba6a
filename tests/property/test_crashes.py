"""A crash at any call: the record and the emails turn out as if it had not happened.

Each scenario is first played without a failure, and its calls of AWS are counted. Then it is played
again for some of them and each way in which a call can end badly. Its sender, a person or AWS,
sends it again, and everything comes to rest. Then what is on the record, and who got which email,
are compared. No call is listed here: the points to crash at are found. `make ci` crashes the first,
the last and one random call of each scenario, `make night` every call.

Those of the doors (mail, pages, the interface) are in ``tests.property.doors``. To add a scenario,
write a function of the :class:`World` and put ``@scenario`` above it. It prepares what happened
before, without failures, and returns an :class:`Attempt`: what starts the task that meets the
crash, and whether that is sent until it is answered, as a person does, or Lambda for an
asynchronous event. For a handler of ``infra.blueprint``, of mail for example::

    @scenario
    def a_mail_comes_in(world: World) -> Attempt:
        put_into_the_bucket(...)
        return Attempt(lambda: invoking(world.stage, MAIL, {...}), again=True)
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from adapters.codec import plain
from adapters.delivery import Sent
from adapters.record.notices import Claim, Notices
from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage as ProcedureStage
from domain.moments import OFFICE_HOUR, at_local
from domain.rules.accepting import AcceptActions
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.escalating import Escalate
from domain.rules.reopening import AcceptLateActions, Reopen
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import ReviseDeadline
from domain.vocabulary import Outcome
from tests.property import doors  # noqa: F401 - for its scenarios
from tests.property.players import CHILD, Person, challenge_of, sweeping
from tests.property.scenario import SCENARIOS, Attempt, scenario
from tests.property.stage import How, State
from tests.property.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.delivery import Held, Refused
    from adapters.record.places import Place
    from domain.part import Command
    from tests.property.stage import Stage

#: How far apart the times of two runs may be: Sweep, and leases, take some minutes.
TOLERANCE = timedelta(minutes=20)

#: The most often that anybody sends a thing.
_TIMES = 4

#: How the call ends. (The property test knows two more ways, which lead to the same results.)
BADLY = (How.FAILS_BEFORE, How.FAILS_AFTER, How.DIES_BEFORE, How.DIES_AFTER)


def _person_does(world: World, officer: str, reference: str, command: Command) -> Attempt:
    person = Person.who_does(world.stage, "the-act", officer, reference, command)
    return Attempt(person.sends, again=True)


@scenario
def a_challenge_is_raised(world: World) -> Attempt:
    person = Person.who_raises(world.stage, "the-form", ProcedureStage.TWO)
    return Attempt(person.sends, again=True)


@scenario
def the_first_decide_sends_its_letters(world: World) -> Attempt:
    world.sent(Person.who_raises(world.stage, "form", ProcedureStage.ONE))
    (leg,) = world.executions.due()
    return Attempt(lambda: world.executions.decides(leg), again=False)


@scenario
def a_reply_comes_by_link(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    links = world.witness.links.items()
    (link,) = [digest for digest, link in links if link["officer"] == "tm-n"]
    command = Reply(1, Answer.RESOLVED, "A placement was found.")
    person = Person.who_does(world.stage, "the-reply", "tm-n", reference, command, link)
    return Attempt(person.sends, again=True)


@scenario
def the_iro_resolves_it(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    world.did("tm-n", reference, Reply(1, Answer.RESOLVED, "A placement was found."))
    return _person_does(world, "iro-1", reference, Resolve("Seen.", ChildTold.YES, "By me."))


@scenario
def the_iro_moves_it_up(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    world.did("tm-n", reference, Reply(1, Answer.CHALLENGED, "There is no drift."))
    return _person_does(world, "iro-1", reference, Escalate(ProcedureStage.TWO))


@scenario
def the_iro_accepts_the_actions(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    by = challenge_of(reference).request.deadline.day
    actions = (AgreedAction("Look for a placement", "Willow", by, Owner("sw-n1")),)
    world.did("tm-n", reference, Reply(1, Answer.ACTIONS, "We will look.", actions))
    return _person_does(world, "iro-1", reference, AcceptActions("Good."))


@scenario
def the_srsm_brings_the_deadline_forward(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    day = challenge_of(reference).request.deadline.day - timedelta(days=3)
    return _person_does(world, "srsm", reference, ReviseDeadline(day, "It is urgent."))


@scenario
def a_withdrawn_challenge_decides_for_the_last_time(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.THREE)
    command = Close(Outcome.WITHDRAWN, "It is settled.", ChildTold.NO, "They never knew.")
    world.sent(Person.who_does(world.stage, "act", "iro-1", reference, command))
    (leg,) = world.executions.due()
    return Attempt(lambda: world.executions.decides(leg), again=False)


def _withdrawn(world: World) -> str:
    """Raise a challenge and withdraw it, and let all come to rest."""
    reference = world.raised(ProcedureStage.ONE)
    world.did("iro-1", reference, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "Never knew."))
    return reference


@scenario
def the_iro_reopens_it_as_a_new_challenge(world: World) -> Attempt:
    command = Reopen(ProcedureStage.TWO, "It came back.", CHILD, "sw-north-1")
    return _person_does(world, "iro-1", _withdrawn(world), command)


@scenario
def the_first_decide_of_a_reopened_challenge_sends_its_letters(world: World) -> Attempt:
    reference = _withdrawn(world)
    command = Reopen(ProcedureStage.TWO, "It came back.", CHILD, "sw-north-1")
    world.sent(Person.who_does(world.stage, "act", "iro-1", reference, command))
    (leg,) = [leg for leg in world.executions.due() if leg.reference != reference]
    return Attempt(lambda: world.executions.decides(leg), again=False)


@scenario
def a_late_reply_comes_after_the_end(world: World) -> Attempt:
    return _person_does(world, "tm-n", _withdrawn(world), Reply(1, Answer.CHALLENGED, "No drift."))


@scenario
def the_actions_of_a_late_reply_reopen_it(world: World) -> Attempt:
    """Both records change in one write: the ended one, and the new one."""
    reference = _withdrawn(world)
    by = challenge_of(reference).request.deadline.day
    actions = (AgreedAction("Look for a placement", "Willow", by, Owner("sw-n1")),)
    world.did("tm-n", reference, Reply(1, Answer.ACTIONS, "We will look.", actions))
    events = challenge_of(reference).events
    (reply,) = [event.number for event in events if isinstance(event.fact, Replied)]
    command = AcceptLateActions(reply, ProcedureStage.TWO, "It will move.", CHILD, "sw-north-1")
    return _person_does(world, "iro-1", reference, command)


@scenario
def a_leg_reminds_the_owner_of_an_action(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    by = challenge_of(reference).request.deadline.day
    actions = (AgreedAction("Look for a placement", "Willow", by, Owner("sw-n1")),)
    world.did("tm-n", reference, Reply(1, Answer.ACTIONS, "We will look.", actions))
    world.did("iro-1", reference, AcceptActions("Good."))
    eve = at_local(wiring.casebook().council().calendar.add(by, -1), OFFICE_HOUR)
    world.all_well_until(eve)
    (leg,) = world.executions.due()
    assert leg.due == eve
    return Attempt(lambda: world.executions.decides(leg), again=False)


@scenario
def a_duplicate_ends_and_the_other_takes_over(world: World) -> Attempt:
    other, reference = world.raised(ProcedureStage.TWO), world.raised(ProcedureStage.ONE)
    by = challenge_of(reference).request.deadline.day
    actions = (AgreedAction("Look for a placement", "Willow", by),)
    world.did("tm-n", reference, Reply(1, Answer.ACTIONS, "We will look.", actions))
    world.did("iro-1", reference, AcceptActions("Good."))
    command = Close(
        Outcome.DUPLICATE, "Both are about it.", ChildTold.NO, "They know.", goes_on=other
    )
    return _person_does(world, "iro-1", reference, command)


@scenario
def a_duplicate_ends_after_both_overslept_a_deadline(world: World) -> Attempt:
    """What was due goes on each record first, in a write of its own."""
    other, reference = world.raised(ProcedureStage.TWO), world.raised(ProcedureStage.ONE)
    world.stage.pass_time(challenge_of(reference).request.deadline.lapses_at)
    command = Close(
        Outcome.DUPLICATE, "Both are about it.", ChildTold.NO, "They know.", goes_on=other
    )
    return _person_does(world, "iro-1", reference, command)


@scenario
def a_leg_decides_at_a_missed_deadline(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.THREE)
    world.all_well_until(challenge_of(reference).request.deadline.lapses_at)
    (leg,) = world.executions.due()
    return Attempt(lambda: world.executions.decides(leg), again=False)


@scenario
def a_leg_decides_in_the_morning_after(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.THREE)
    world.all_well_until(challenge_of(reference).request.deadline.lapses_at)
    world.all_wake()
    morning = world.executions.next_due()
    assert morning is not None
    world.all_well_until(morning)
    (leg,) = world.executions.due()
    return Attempt(lambda: world.executions.decides(leg), again=False)


@scenario
def sweep_finds_a_challenge_asleep(world: World) -> Attempt:
    world.raised(ProcedureStage.ONE)
    (leg,) = world.executions.legs().values()
    world.executions.killed(leg)
    world.stage.pass_time(leg.due + timedelta(minutes=3))
    return Attempt(lambda: sweeping(world.stage), again=False)


@scenario
def sweep_carries_a_bank_holiday_to_an_open_challenge(world: World) -> Attempt:
    world.raised(ProcedureStage.ONE)
    world.stage.proclaim(world.stage.now + timedelta(days=2))
    return Attempt(lambda: sweeping(world.stage), again=False)


@dataclass(frozen=True)
class Story:
    """The result: each challenge's facts in order, and how often each email was sent."""

    calls: int
    facts: list[tuple[str, str, datetime]]
    letters: Counter[str]


def _played(stage: Stage, prepare: Callable[[World], Attempt], at: int, how: How) -> Story:
    """Play it with the call number ``at`` ending in the way ``how``."""
    world = World(stage)
    attempt = prepare(world)
    task = attempt.begin()
    calls = 0
    while not task.over:
        stage.go_on(task, how if calls == at else How.THROUGH)
        calls += 1
    for _ in range(_TIMES):
        if not attempt.again or task.state is State.DONE:
            break
        stage.pass_time(stage.now + attempt.pause)
        task = attempt.begin()
        stage.finish(task)
    assert task.state is State.DONE or not attempt.again, task
    world.drains()
    return Story(calls, _facts(stage), _letters(world))


def _facts(stage: Stage) -> list[tuple[str, str, datetime]]:
    found = []
    references = stage.references()
    for number, reference in enumerate(references):
        for event in challenge_of(reference).events:
            text = json.dumps(plain(event.fact), sort_keys=True)
            for named, one in enumerate(references):
                text = text.replace(one, f"challenge {named}")
            who = f"{number}. {event.actor.officer} {type(event.fact).__name__}"
            found.append((who, text, event.effective))
    return found


def _letters(world: World) -> Counter[str]:
    return Counter({sort: len(found) for (_, sort), found in world.witness.sent.items()})


@pytest.fixture(scope="module")
def well(stage: Stage) -> Callable[[Callable[[World], Attempt]], Story]:
    """Return a scenario's story without a failure: played once."""

    @cache
    def played(prepare: Callable[[World], Attempt]) -> Story:
        story = _played(stage, prepare, -1, How.THROUGH)
        assert story.calls > 0
        assert set(story.letters.values()) <= {1}
        return story

    return played


_EACH = pytest.mark.parametrize("prepare", SCENARIOS.values(), ids=list(SCENARIOS))


@_EACH
def test_a_crash_at_the_first_the_last_or_any_other_call_comes_out_as_if_nothing_had_failed(
    stage: Stage,
    well: Callable[[Callable[[World], Attempt]], Story],
    prepare: Callable[[World], Attempt],
) -> None:
    story = well(prepare)
    drawn = random.randrange(story.calls)  # seeded by pytest-randomly, which says how to repeat it
    for how in BADLY:
        for at in {0, story.calls - 1, drawn}:
            _check(stage, prepare, story, at, how)


@pytest.mark.night
@pytest.mark.parametrize("how", BADLY, ids=[how.name for how in BADLY])
@_EACH
def test_a_crash_at_any_call_comes_out_as_if_nothing_had_failed(
    stage: Stage,
    well: Callable[[Callable[[World], Attempt]], Story],
    prepare: Callable[[World], Attempt],
    how: How,
) -> None:
    story = well(prepare)
    for at in range(story.calls):
        _check(stage, prepare, story, at, how)


def _check(
    stage: Stage, prepare: Callable[[World], Attempt], well: Story, at: int, how: How
) -> None:
    story = _played(stage, prepare, at, how)
    where = f"call {at + 1} of {well.calls}: {how.value}"
    assert [fact[:2] for fact in story.facts] == [fact[:2] for fact in well.facts], where
    for (what, _, moment), (_, _, expected) in zip(story.facts, well.facts, strict=True):
        assert abs(moment - expected) <= TOLERANCE, f"{where}: {what}"
    # A second time only if SES's answer was lost: the witness checks that email by email.
    assert story.letters.keys() == well.letters.keys(), where
    assert story.letters.total() <= well.letters.total() + 1, where


def test_a_letter_that_is_marked_before_it_is_sent_is_missed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test of the test: a crash between the two would lose the email."""
    claim = Notices.claim

    def claim_and_mark(
        self: Notices, place: Place, now: datetime, until: datetime
    ) -> Claim | Sent | Refused | Held:
        mine = claim(self, place, now, until)
        if isinstance(mine, Claim):
            self.mark(place, mine, Sent(now, "early"))
        return mine

    monkeypatch.setattr(Notices, "claim", claim_and_mark)
    scenario = the_first_decide_sends_its_letters
    well = _played(stage, scenario, -1, How.THROUGH)

    def crash_everywhere() -> None:
        for at in range(well.calls):
            _check(stage, scenario, well, at, How.DIES_BEFORE)

    with pytest.raises(AssertionError, match=How.DIES_BEFORE.value):
        crash_everywhere()
