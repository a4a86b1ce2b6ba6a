"""This tests the property test: with a bug put in on purpose, it has to fail.

Each bug is one that somebody could easily write. It is put into the real code during a test. Of the
first ones, which need failures and races, hypothesis has to find within a limited number of
examples that a truth is broken. Those of the rules need a certain story: it is played without the
bug, and all is well; and then with it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, seed

from adapters import casebook as casebook_module
from adapters import wiring
from adapters.casebook import Casebook, NextState
from adapters.errors import MovedOnError
from adapters.record import chain as chain_module
from adapters.record import head as head_module
from adapters.record.chain import Chain
from adapters.record.notices import Claim, Notices
from domain.challenge import (
    ActionState,
    AgreedAction,
    Owner,
    action_key,
    settle,
    with_action,
)
from domain.decide import decide, timers
from domain.events import CLOCK, Event
from domain.fold import apply
from domain.ladder import Stage as ProcedureStage
from domain.moments import OFFICE_HOUR, at_local
from domain.part import May
from domain.rules import deciding, serving, stepping_in, urgency
from domain.rules.accepting import AcceptActions
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Close, Closed, Resolve
from domain.rules.escalating import Escalate
from domain.rules.missed_actions import ActionMissed
from domain.rules.posts import Reassign
from domain.rules.replies import Answer, Reply
from domain.rules.stages import StageBegan
from domain.vocabulary import OPEN, Capacity, Outcome
from tests.patience import LONG_LIMIT
from tests.property.players import challenge_of
from tests.property.test_nothing_is_lost import Gets, Trouble, play
from tests.property.witness import BrokenTruthError, Truth
from tests.property.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.record.chain import Version
    from adapters.record.places import Place
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.decide import Decision
    from domain.events import Fact
    from tests.property.stage import Stage

#: Far more than needed: each bug is found within a few examples.
_EXAMPLES = 150


def append_without_condition(patch: pytest.MonkeyPatch) -> None:
    """(a) A write does not notice that what was read has changed."""

    def put(item: dict[str, Any], *_condition: object) -> dict[str, Any]:
        return {"Put": {"Item": item}}

    patch.setattr(chain_module, "put", put)


def trust_the_wake(patch: pytest.MonkeyPatch) -> None:
    """(b) Decide assumes that what it waited for is due, because it woke."""

    def trusting(challenge: Challenge, now: datetime, council: Council, command: str) -> Decision:
        expected = sorted(timers(challenge, now, council), key=lambda timer: timer.at)
        for timer in expected[:1]:
            for fact in timer.facts:
                number = challenge.version + 1
                event = Event(number, fact, CLOCK, timer.effective, now, command)
                challenge = apply(challenge, event)
        return decide(challenge, now, council, command)

    patch.setattr(casebook_module, "decide", trusting)


def leg_not_checked(patch: pytest.MonkeyPatch) -> None:
    """(c) An old leg goes on deciding beside the current leg."""

    def wake(self: Casebook, reference: str, _leg: int) -> NextState:
        while True:
            try:
                return self._wake(self.record.chain.load(reference))
            except MovedOnError:
                continue

    version_alone = "#version = :version AND (#leg = :leg OR #leg <> :leg)"
    patch.setattr(Casebook, "wake", wake)
    for room in (chain_module, head_module):
        patch.setattr(room, "AT_VERSION", version_alone)


def start_before_append(patch: pytest.MonkeyPatch) -> None:
    """(d) The next leg starts for a fact that may never get onto the record."""
    append: Callable[..., Version] = Chain.append

    def late(self: Chain, before: Version, *args: Any, **kwargs: Any) -> Version:  # noqa: ANN401
        if kwargs["new_leg"]:
            leg = before.head.leg + 1
            wiring.casebook()._executions.start(before.challenge.reference, leg, kwargs["new_leg"])
        return append(self, before, *args, **kwargs)

    patch.setattr(Chain, "append", late)


def forget_who_holds_a_letter(patch: pytest.MonkeyPatch) -> None:
    """(e) An email is sent by every caller, without a claim that holds."""

    def claim(self: Notices, place: Place, now: datetime, until: datetime) -> Claim:
        _claim(self, place, now, until)
        return Claim(until, 1)

    _claim = Notices.claim
    patch.setattr(Notices, "claim", claim)


def sleep_without_a_wake(patch: pytest.MonkeyPatch) -> None:
    """(f) Only what the execution waits for is noted, and not that it should be awake now."""
    append: Callable[..., Version] = Chain.append

    def asleep(
        self: Chain,
        before: Version,
        after: Challenge,
        council: Council,
        *_: object,
        **kwargs: Any,  # noqa: ANN401
    ) -> Version:
        return append(self, before, after, council, before.head.wake_at, **kwargs)

    patch.setattr(Chain, "append", asleep)


_BUGS = [
    (append_without_condition, {Truth.KEPT, Truth.CHAINED, Truth.ACCEPTED}),
    (trust_the_wake, {Truth.NOT_BEFORE_DUE}),
    (leg_not_checked, {Truth.CURRENT_LEG}),
    (start_before_append, {Truth.FACT_FIRST}),
    (forget_who_holds_a_letter, {Truth.SENT_ONCE}),
    (sleep_without_a_wake, {Truth.AWAKE_IN_TIME, Truth.AT_REST, Truth.SEEN}),
]


@pytest.mark.night
@pytest.mark.timeout(LONG_LIMIT)
@pytest.mark.parametrize(("bug", "truths"), _BUGS, ids=[bug.__name__ for bug, _ in _BUGS])
def test_a_bug_that_was_put_in_is_found(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    bug: Callable[[pytest.MonkeyPatch], None],
    truths: set[Truth],
) -> None:
    bug(monkeypatch)
    with pytest.raises(BrokenTruthError) as found:
        play(
            seed(1)(type("Seeded", (Trouble,), {})),
            stage,
            at_most=1,
            max_examples=_EXAMPLES,
            phases=[Phase.generate],
            database=None,
        )
    assert found.value.truth in truths


# Bugs in the rules -------------------------------------------------------------------------------


def _after(
    patch: pytest.MonkeyPatch,
    kind: type[StageBegan | ActionMissed | Closed],
    change: Callable[[Challenge, Any], Challenge],
) -> None:
    """Let ``change`` follow what a fact of this kind changes."""
    changes: Callable[..., Challenge] = kind.changes

    def changed(self: Fact, challenge: Challenge, event: Event) -> Challenge:
        return change(changes(self, challenge, event), self)

    patch.setattr(kind, "changes", changed)


def a_new_stage_overtakes_the_actions(patch: pytest.MonkeyPatch) -> None:
    """(g) An action is no longer followed once the challenge moves up."""

    def overtaken(challenge: Challenge, _: StageBegan) -> Challenge:
        for action in challenge.open_actions:
            challenge = with_action(challenge, action.number, state=ActionState.OVERTAKEN)
        return challenge

    _after(patch, StageBegan, overtaken)


def nobody_is_asked_about_a_missed_date(patch: pytest.MonkeyPatch) -> None:
    """(h) An action misses its date, and no one has to decide about it."""
    _after(patch, ActionMissed, lambda after, fact: settle(after, action_key(fact.action)))


def what_outlives_the_end_is_lost(patch: pytest.MonkeyPatch) -> None:
    """(i) The end takes away every question: whether the child was told, who was contacted."""
    _after(patch, Closed, lambda after, _: replace(after, asked=()))


def a_decision_in_the_iros_place_is_not_marked(patch: pytest.MonkeyPatch) -> None:
    """(j) The SRSM decides for a late IRO, and the record does not say so."""
    patch.setattr(stepping_in, "late_decision", lambda *_: None)


def the_srsm_decides_at_once(patch: pytest.MonkeyPatch) -> None:
    """(k) The SRSM need not wait until the IRO is late, nor is her decision marked."""
    patch.setattr(Resolve, "who", (May(Capacity.SRSM, OPEN),))


def a_stage_is_asked_again_without_end(patch: pytest.MonkeyPatch) -> None:
    """(l) The IRO asks the same stage a second time, instead of deciding."""
    patch.setattr(deciding, "why_not_again", lambda *_: None)


def a_stage_is_asked_again_past_the_period(patch: pytest.MonkeyPatch) -> None:
    """(m) The IRO asks again for longer than the resolution period."""
    patch.setattr(deciding, "_beyond_or_within", lambda *_: ("days", False, ""))


def nobody_hears_that_it_may_be_too_late(patch: pytest.MonkeyPatch) -> None:
    """(n) The stages that are left end too late, and it is not said."""
    patch.setattr(urgency, "too_late", lambda *_: None)


def nobody_hears_that_a_post_is_vacant(patch: pytest.MonkeyPatch) -> None:
    """(o) Whoever was asked has left, and the challenge goes on waiting for their reply."""
    patch.setattr(serving, "_why_nobody", lambda *_: None)


def whoever_has_to_name_somebody_may_not(patch: pytest.MonkeyPatch) -> None:
    """(p) The SRSM has the task to name somebody, but the table of permissions leaves it out."""
    patch.setattr(Reassign, "who", (May(Capacity.IRO, OPEN),))


_RESOLVES = Resolve("Seen.", ChildTold.YES, "At the visit.")


def _disagreed(world: World) -> str:
    reference = world.raised(ProcedureStage.ONE)
    world.did("tm-n", reference, Reply(1, Answer.CHALLENGED, "There is no drift."))
    return reference


def _accepted(world: World) -> str:
    reference = world.raised(ProcedureStage.ONE)
    by = challenge_of(reference).request.deadline.day
    actions = (AgreedAction("Look for a placement", "Willow", by, Owner("sw-n1")),)
    world.did("tm-n", reference, Reply(1, Answer.ACTIONS, "We will look.", actions))
    world.did("iro-1", reference, AcceptActions("Good."))
    return reference


def the_iro_moves_up_with_an_action(world: World) -> None:
    world.did("iro-1", _accepted(world), Escalate(ProcedureStage.TWO, "It does not move."))


def an_action_misses_its_date(world: World) -> None:
    (action,) = challenge_of(_accepted(world)).actions
    world.all_well_until(action.deadline.lapses_at + timedelta(minutes=1))


def it_ends_before_the_child_is_told(world: World) -> None:
    reference = world.raised(ProcedureStage.ONE, TOO_LATE)
    world.did("iro-1", reference, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NOT_YET))


def the_srsm_decides_for_a_late_iro(world: World) -> None:
    reference = _disagreed(world)
    decision = challenge_of(reference).decision
    assert decision is not None
    by = decision.deadline.day
    late = wiring.casebook().council().calendar.add(by, 3)
    world.all_well_until(at_local(late, OFFICE_HOUR) + timedelta(minutes=1))
    world.did("srsm", reference, _RESOLVES)


def the_srsm_decides_before_the_iro_is_late(world: World) -> None:
    world.did("srsm", _disagreed(world), _RESOLVES)


def the_iro_asks_the_same_stage_twice(world: World) -> None:
    reference = _disagreed(world)
    world.did("iro-1", reference, AskAgain("What about the panel?", 2))
    world.did("tm-n", reference, Reply(2, Answer.CHALLENGED, "Nothing."))
    world.did("iro-1", reference, AskAgain("And now?", 2))


def the_iro_asks_again_near_the_end_of_the_period(world: World) -> None:
    reference = _disagreed(world)
    period = challenge_of(reference).period
    assert period is not None
    eve = wiring.casebook().council().calendar.add(period.day, -1)
    world.all_well_until(at_local(eve, OFFICE_HOUR) + timedelta(minutes=1))
    world.did("iro-1", reference, AskAgain("What about the panel?", 5))


def it_will_be_too_late(world: World) -> None:
    world.raised(ProcedureStage.ONE, TOO_LATE)


def the_post_that_was_asked_falls_vacant(world: World) -> None:
    world.raised(ProcedureStage.ONE)
    world.stage.loads(Gets("tm-north", None))
    world.rests()


#: A Sunday before the last of four stages would end.
TOO_LATE = date(2026, 11, 15)

_OF_THE_RULES = [
    (a_new_stage_overtakes_the_actions, the_iro_moves_up_with_an_action, Truth.FOLLOWED),
    (nobody_is_asked_about_a_missed_date, an_action_misses_its_date, Truth.ASKED),
    (what_outlives_the_end_is_lost, it_ends_before_the_child_is_told, Truth.OUTLIVES),
    (a_decision_in_the_iros_place_is_not_marked, the_srsm_decides_for_a_late_iro, Truth.MARKED),
    (the_srsm_decides_at_once, the_srsm_decides_before_the_iro_is_late, Truth.MARKED),
    (
        a_stage_is_asked_again_without_end,
        the_iro_asks_the_same_stage_twice,
        Truth.ASKED_AGAIN_TWICE,
    ),
    (
        a_stage_is_asked_again_past_the_period,
        the_iro_asks_again_near_the_end_of_the_period,
        Truth.ASKED_AGAIN_TWICE,
    ),
    (nobody_hears_that_it_may_be_too_late, it_will_be_too_late, Truth.WARNED),
    (
        nobody_hears_that_a_post_is_vacant,
        the_post_that_was_asked_falls_vacant,
        Truth.SOMEBODY,
    ),
    (
        whoever_has_to_name_somebody_may_not,
        the_post_that_was_asked_falls_vacant,
        Truth.SOMEBODY,
    ),
]


def _plays(stage: Stage, story: Callable[[World], None]) -> None:
    world = World(stage)
    story(world)
    world.drains()


@pytest.mark.parametrize(
    ("bug", "story", "truth"), _OF_THE_RULES, ids=[bug.__name__ for bug, _, _ in _OF_THE_RULES]
)
def test_a_bug_in_a_rule_is_found_by_its_story(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    bug: Callable[[pytest.MonkeyPatch], None],
    story: Callable[[World], None],
    truth: Truth,
) -> None:
    _plays(stage, story)
    bug(monkeypatch)
    with pytest.raises(BrokenTruthError) as found:
        _plays(stage, story)
    assert found.value.truth is truth
