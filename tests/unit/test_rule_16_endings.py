"""Rule 16: endings, each with a reason; and whether and how the child was told."""

from __future__ import annotations

import pytest

from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.ladder import FORMAL_STAGES, Stage
from domain.rules.endings import ChildTold, Close, Closed, Resolve
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Letter, Outcome, Standing
from tests.builders import CAS, IRA, SARA, SENNA, TAM, WYN, Case, raised

ANYWHERE = [Outcome.WITHDRAWN, Outcome.RAISED_IN_ERROR, Outcome.DUPLICATE]


def ended(outcome: Outcome = Outcome.WITHDRAWN, stage: Stage = Stage.ONE) -> Case:
    return raised(stage).does(IRA, Close(outcome, "It was put right.", ChildTold.NOT_YET))


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("outcome", ANYWHERE)
def test_withdrawn_raised_in_error_and_duplicate_at_any_stage(
    outcome: Outcome, stage: Stage
) -> None:
    case = ended(outcome, stage)
    assert case.challenge.outcome is outcome
    assert case.the(Closed).stage is stage
    assert case.standing is Standing.CLOSED
    assert case.wakes() is None or case.until("2026-11-30 12:00").wakes() is None


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_resolved_at_the_formal_stage_where_it_stood(stage: Stage) -> None:
    case = raised(stage).does(IRA, Resolve("It is done.", ChildTold.NOT_YET))
    assert case.challenge.outcome is Outcome.RESOLVED_AT_STAGE
    assert case.the(Closed).stage is stage


def test_unresolved_and_not_referred_only_after_stage_four_has_ended() -> None:
    not_referred = Close(Outcome.UNRESOLVED_NOT_REFERRED, "The AD agreed late.", ChildTold.NOT_YET)
    for stage in (Stage.QAP, Stage.ONE, Stage.FOUR):
        with pytest.raises(BadSubmissionError):
            raised(stage).does(IRA, not_referred)
    case = raised(Stage.FOUR).until("2026-11-10 12:00").does(IRA, not_referred)
    assert case.challenge.outcome is Outcome.UNRESOLVED_NOT_REFERRED


def test_a_resolution_is_not_recorded_as_an_end_without_one() -> None:
    with pytest.raises(BadSubmissionError, match="record the matter as resolved instead"):
        ended(Outcome.RESOLVED_AT_STAGE)


@pytest.mark.parametrize(
    "command",
    [Close(Outcome.WITHDRAWN, " ", ChildTold.NOT_YET), Resolve("", ChildTold.NOT_YET)],
)
def test_each_with_a_reason(command: Close | Resolve) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(IRA, command)
    assert set(refused.value.fields) == {"reason"}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (ChildTold.YES, "Enter how the child was told."),
        (ChildTold.NO, "Enter why the child was not told."),
    ],
)
def test_the_iro_is_asked_whether_and_how_the_child_was_told(
    told: ChildTold, sentence: str
) -> None:
    with pytest.raises(BadSubmissionError, match=sentence):
        raised().does(IRA, Resolve("It is done.", told))
    assert raised().does(IRA, Resolve("It is done.", told, "By me.")).the(Closed).how_told


@pytest.mark.parametrize("officer", [SARA, SENNA, TAM, CAS, WYN])
def test_the_iro_alone_ends_it(officer: str) -> None:
    with pytest.raises(NotAllowedError):
        raised().does(officer, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NOT_YET))


def test_nothing_comes_after_the_end() -> None:
    case = ended()
    version = case.challenge.version
    with pytest.raises(AlreadyAnsweredError, match="has ended: withdrawn"):
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    case.until("2027-03-01 12:00")
    assert case.challenge.version == version
    assert case.acts(IRA) == set()


def test_everybody_with_a_part_in_it_is_told_how_it_ended() -> None:
    letters = ended(stage=Stage.TWO).letters(Closed)
    assert set(letters) == {IRA, SARA, SENNA, CAS, TAM, WYN, "hedy"}
    assert set(letters.values()) == {Letter.TOLD}
