"""The promise to wake up: whatever people do and however late the wake, nothing drifts unseen.

In these stories people do at random what they may. A failing one is repeated by its seed.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.decide import decide, due, timers
from domain.fold import read
from domain.ladder import Stage
from domain.rules.endings import ChildTold, Close, Closed
from domain.timeline import headline, next_step
from domain.vocabulary import Outcome, Standing
from tests.builders import IRA, moment, raised
from tests.walk import walk


@pytest.mark.parametrize(
    "seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.ci) for seed in range(12, 60))]
)
def test_an_open_challenge_always_wakes_later_than_now_and_deciding_again_adds_nothing(
    seed: int,
) -> None:
    for case in walk(seed):
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
    """The deadline was missed at midnight; the emails go out in office hours."""
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
    case.files_it()
    assert due(case.challenge, case.now, case.council) is None
    ended = case.events(Closed)[-1].recorded
    assert due(case.challenge, ended - timedelta(seconds=1), case.council) == ended
