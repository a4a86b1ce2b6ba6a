"""Rule 8: the IRO may move the challenge up at any time, to any later stage, with a reason."""

from __future__ import annotations

import pytest

from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import OF_THE_GUIDANCE, Stage
from domain.rules.escalating import Escalate
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.stages import Cause, StageBegan
from domain.vocabulary import Letter
from tests.builders import CAS, DAILY, IRA, SARA, SENNA, TAM, WYN, day, raised

PAIRS = [(entry, to) for entry in Stage for to in OF_THE_GUIDANCE.after(entry)]


@pytest.mark.parametrize(("entry", "to"), PAIRS)
def test_to_any_later_stage_at_any_moment(entry: Stage, to: Stage) -> None:
    case = raised(entry, "2026-11-02 10:00").does(IRA, Escalate(to, "It is urgent."))
    began = case.facts(StageBegan)[-1]
    assert (began.stage, began.cause, began.reason) == (to, Cause.ESCALATED, "It is urgent.")
    assert case.due == day("2026-11-09")
    between = OF_THE_GUIDANCE.after(entry)[: OF_THE_GUIDANCE.after(entry).index(to)]
    assert began.skipped == between


def test_it_needs_its_reason() -> None:
    with pytest.raises(BadSubmissionError, match="Enter why you are moving it to this stage now"):
        raised().does(IRA, Escalate(Stage.TWO))


@pytest.mark.parametrize("officer", [SARA, SENNA, TAM, CAS, WYN])
def test_it_is_the_iros_alone(officer: str) -> None:
    with pytest.raises(NotAllowedError):
        raised().does(officer, Escalate(Stage.TWO, "I say so."))


def test_also_while_somebody_else_is_being_looked_for() -> None:
    case = raised().does(TAM, SayNotMine(1, "Not my team."))
    case.does(IRA, Escalate(Stage.TWO, "No time is left."))
    assert case.challenge.stage is Stage.TWO
    assert case.asks == ()


def test_the_twenty_days_go_on_from_formal_entry() -> None:
    case = raised().until("2026-11-05 10:00").does(IRA, Escalate(Stage.FOUR, "It is urgent."))
    assert case.challenge.period is not None
    assert case.challenge.period.day == day("2026-11-30")


def test_whoever_was_asked_before_is_told_and_may_still_answer_late() -> None:
    case = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."))
    heard = case.hears(StageBegan)
    assert heard[CAS] is Letter.PLEASE_REPLY
    assert heard[TAM] == DAILY
    case.does(TAM, Reply(1, Answer.RESOLVED, "Done after all."))
    assert case.challenge.requests[0].late_replies
    assert case.challenge.stage is Stage.TWO
