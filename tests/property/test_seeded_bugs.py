"""This tests the property test: with a bug put in on purpose, it has to fail.

Each bug is one that somebody could easily write. It is put into the real code during a test, and
hypothesis has to find within a limited number of examples that a truth is broken.
"""

from __future__ import annotations

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
from domain.decide import decide, timers
from domain.events import CLOCK, Event
from domain.fold import apply
from tests.patience import LONG_LIMIT
from tests.property.test_nothing_is_lost import Trouble, play
from tests.property.witness import BrokenTruthError, Truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.record.chain import Version
    from adapters.record.places import Place
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.decide import Decision
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
