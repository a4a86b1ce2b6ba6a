"""Rule 8, escalating earlier: a test for each sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import OF_THE_GUIDANCE, Stage
from domain.procedure import OnNoReply, Procedure
from domain.rules.accepting import AcceptActions
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, ProposeHold
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.stages import Cause, StageBegan
from domain.timeline import headline
from domain.vocabulary import Letter, Standing
from tests.builders import (
    CAS,
    DAILY,
    IRA,
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

PAIRS = [(entry, to) for entry in Stage for to in OF_THE_GUIDANCE.after(entry)]


@pytest.mark.parametrize(("entry", "to"), PAIRS)
def test_the_iro_may_move_the_challenge_up_to_any_later_stage(entry: Stage, to: Stage) -> None:
    case = raised(entry, "2026-11-02 10:00").does(IRA, Escalate(to, "It is urgent."))
    began = case.facts(StageBegan)[-1]
    assert (began.stage, began.cause, began.reason) == (to, Cause.ESCALATED, "It is urgent.")
    assert case.due == day("2026-11-09")
    between = OF_THE_GUIDANCE.after(entry)[: OF_THE_GUIDANCE.after(entry).index(to)]
    assert began.skipped == between


def test_moving_up_early_needs_a_reason() -> None:
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


def on_hold() -> Case:
    return raised().does(IRA, ProposeHold(3, "The panel.")).does(SARA, AgreeHold())


def under_way() -> Case:
    return promised().does(IRA, AcceptActions())


def promised() -> Case:
    return raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", (an_action(),)))


@pytest.mark.parametrize("case", [on_hold, promised, under_way])
def test_the_iro_may_move_the_challenge_up_at_any_moment(case: Callable[[], Case]) -> None:
    moved = case().does(IRA, Escalate(Stage.THREE, "It is urgent."))
    assert moved.standing is Standing.STAGE_3


# What the record says ----------------------------------------------------------------------------

NOBODY_TO_ASK = council(people=directory(tm_north=None))
ASK = council(Procedure(on_no_reply=OnNoReply.ASK))


def judged() -> Case:
    return raised().does(TAM, Reply(1, Answer.CHALLENGED, "No."))


def unserved() -> Case:
    case = raised(of=NOBODY_TO_ASK, served=False).until("2026-11-10 10:00")
    assert "NAME_SOMEBODY" in [purpose for purpose, _ in case.asks]
    return case


def not_mine() -> Case:
    return raised().does(TAM, SayNotMine(1, "Not my team."))


def silent() -> Case:
    return raised(of=ASK).until("2026-11-10 10:00")


def missed() -> Case:
    case = under_way().until("2026-11-13 10:00")
    assert "MISSED_ACTION" in [purpose for purpose, _ in case.asks]
    return case


@pytest.mark.parametrize(
    ("case", "cause", "words"),
    [
        (judged, Cause.NOT_RESOLVED, "began: the IRO found the matter not resolved"),
        (raised, Cause.ESCALATED, "began: the IRO moved the challenge up"),
        (silent, Cause.SILENCE, "began: there was no reply, and the IRO moved the challenge up"),
        (
            unserved,
            Cause.NOBODY_ASKED,
            "began: nobody could be asked to reply, and the IRO moved the challenge up",
        ),
        (
            not_mine,
            Cause.NOT_THEIRS,
            "began: the question was not for those who were asked, and the IRO moved the",
        ),
        (
            missed,
            Cause.ACTION_MISSED,
            "began: an action was not done by its date, and the IRO moved the challenge up",
        ),
    ],
)
def test_the_record_says_what_really_happened_when_a_stage_began(
    case: Callable[[], Case], cause: Cause, words: str
) -> None:
    """“Not resolved” only where a reply was judged."""
    moved = case().does(IRA, Escalate(Stage.TWO, "It is urgent."))
    assert moved.facts(StageBegan)[-1].cause is cause
    line = headline(moved.events(StageBegan)[-1], moved.challenge, moved.council)
    assert words in line


def test_causes_that_were_stored_keep_their_words() -> None:
    """Records from before 2026-11.9 said *not resolved* whatever was asked."""
    stored = {
        Cause.RAISED: "Stage 2 began. A reply is due",
        Cause.NOT_RESOLVED: "Stage 2 began: the IRO found the matter not resolved. A reply",
        Cause.ESCALATED: "Stage 2 began: the IRO moved the challenge up. A reply",
        Cause.NO_REPLY: "Stage 2 began: there was no reply by the deadline. A reply",
    }
    for cause, words in stored.items():
        case = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."))
        event = case.events(StageBegan)[-1]
        event = replace(event, fact=StageBegan(**{**vars(event.fact), "cause": cause}))
        assert headline(event, case.challenge, case.council).startswith(words)


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
