"""The ladder is a value of the procedure's version: its stages, days, roles and titles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.errors import SettingsError
from adapters.settings import read_procedure
from domain.errors import BadSubmissionError
from domain.ladder import OF_THE_GUIDANCE, Ladder, LadderStage, Role, Stage
from domain.people import posts_in_words
from domain.procedure import Procedure
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import StageBegan
from domain.timeline import next_step, where_it_stands
from domain.vocabulary import Capacity, Outcome, Standing
from tests.builders import ADA, CAS, HEDY, IRA, SARA, TAM, WYN, Case, council, day, raised

if TYPE_CHECKING:
    from pathlib import Path

#: Another council's ladder: three formal stages, other days and other roles.
THREE = Ladder(
    (
        LadderStage(Stage.QAP, (Role.SOCIAL_WORKER,), 2, (), climbs=False),
        LadderStage(Stage.ONE, (Role.CHILDRENS_SERVICE_MANAGER,), 3, (), called="Manager's stage"),
        LadderStage(Stage.TWO, (Role.HEAD_OF_SERVICE,), 4, (Role.TEAM_MANAGER,), climbs=False),
        LadderStage(Stage.THREE, (Role.ASSISTANT_DIRECTOR,), 6, (Role.HEAD_OF_SERVICE,)),
    )
)


def of_three(entry: Stage = Stage.ONE) -> Case:
    return raised(entry, of=council(Procedure(ladder=THREE, resolution_period=13)))


def test_it_climbs_after_the_days_and_to_the_roles_of_its_own_ladder() -> None:
    case = of_three()
    assert case.request.posts == ("csm",)
    assert case.due == day("2026-11-05")
    case.until("2026-11-06 10:00")
    assert case.challenge.stage is Stage.TWO
    assert case.request.posts == ("hos",)
    assert case.due == day("2026-11-11")


def test_where_silence_asks_the_iro_it_does_not_climb() -> None:
    case = of_three().until("2026-11-12 10:00")
    assert case.challenge.stage is Stage.TWO
    assert case.standing is Standing.IRO_TO_DECIDE
    assert [fact.request for fact in case.facts(DeadlineMissed)] == [1, 2]


def test_from_qap_nothing_goes_formal_by_itself_whatever_the_ladder_says() -> None:
    qap, *formal = THREE.in_order
    ladder = Ladder((replace(qap, climbs=True), *formal))
    case = raised(Stage.QAP, of=council(Procedure(ladder=ladder))).until("2026-11-30 10:00")
    assert case.challenge.stage is Stage.QAP
    assert case.standing is Standing.IRO_TO_DECIDE


def test_its_last_stage_is_the_last_and_ends_unresolved() -> None:
    case = of_three().does(IRA, Escalate(Stage.THREE, "It cannot wait."))
    assert case.due == day("2026-11-10")
    with pytest.raises(BadSubmissionError, match="Stage 3 is the last stage"):
        case.does(IRA, Escalate(Stage.FOUR, "On."))
    unresolved = Close(
        Outcome.UNRESOLVED_NOT_REFERRED, "As it is.", ChildTold.NO, "They never knew."
    )
    with pytest.raises(BadSubmissionError, match="the Assistant Director’s reply"):
        case.does(IRA, unresolved)
    case.until("2026-11-11 10:00").does(IRA, unresolved)
    assert case.challenge.outcome is Outcome.UNRESOLVED_NOT_REFERRED


def test_a_stage_that_it_does_not_have_cannot_be_entered() -> None:
    with pytest.raises(BadSubmissionError, match="Choose a stage after Manager's stage"):
        of_three().does(IRA, Escalate(Stage.FOUR, "On."))


def test_titles_are_its_own_wherever_a_stage_is_named() -> None:
    case = of_three()
    stands = where_it_stands(case.standing, case.challenge.stage, case.council)
    assert stands == "Manager's stage: waiting for a reply"
    ended = where_it_stands(Standing.ENDED_TO_DO, case.challenge.stage, case.council)
    assert ended == "Manager's stage: ended, something left to do"
    assert "Stage 1" not in " ".join(next_step(case.challenge, case.now, case.council))


def test_who_is_told_follows_its_roles() -> None:
    case = of_three()
    assert set(case.hears(StageBegan)) == {CAS, SARA, "senna", WYN}
    case.does(IRA, Escalate(Stage.TWO, "Now."))
    assert set(case.hears(StageBegan)) == {HEDY, TAM, SARA, "senna", WYN, CAS}


def test_a_reply_comes_from_whoever_it_asks() -> None:
    case = of_three().does(CAS, Reply(1, Answer.RESOLVED, "Done."))
    assert case.events(Replied)[0].actor.capacity == str(Capacity.RESPONDER)
    assert posts_in_words(case.request.posts, case.council).startswith("the Children’s Service")


def test_the_resolution_period_is_its_own() -> None:
    case = of_three()
    assert case.challenge.period
    assert case.challenge.period.day == day("2026-11-19")
    assert ADA not in case.hears(StageBegan)


# Settings ----------------------------------------------------------------------------------------

FILE = """
[[ladder]]
stage = "QAP"
responders = ["Social Worker"]
working_days = 2
climbs = false
[[ladder]]
stage = "1"
responders = ["Children's Service Manager"]
working_days = 3
called = "Manager's stage"
[[ladder]]
stage = "2"
responders = ["Head of Service"]
working_days = 4
informed = ["Team Manager"]
climbs = false
[[ladder]]
stage = "3"
responders = ["Assistant Director"]
working_days = 6
informed = ["Head of Service"]
"""


def read(tmp_path: Path, text: str) -> Procedure:
    file = tmp_path / "procedure.toml"
    file.write_text(text)
    return read_procedure(str(file))


def test_a_council_writes_its_own_into_its_settings(tmp_path: Path) -> None:
    assert read(tmp_path, FILE).ladder == THREE
    assert read(tmp_path, "").ladder == OF_THE_GUIDANCE


def test_an_earlier_version_keeps_its_ladder(tmp_path: Path) -> None:
    earlier = FILE.replace("[[ladder]]", "[[earlier.1.ladder]]")
    procedure = read(tmp_path, f'version = "2"\n{earlier}')
    assert procedure.ladder == OF_THE_GUIDANCE
    assert procedure.under("1").ladder == THREE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('stage = "3"', 'stage = "5"'), "stage has to be one of QAP, 1, 2, 3, 4"),
        (('stage = "3"', 'stage = "1"'), "name each of its stages once, in their order"),
        (("working_days = 6", "working_days = 0"), "working_days has to be a whole number"),
        (("working_days = 6", "working_days = true"), "working_days has to be a whole number"),
        (('["Assistant Director"]', '["Chief Whip"]'), "responders has to be a list of roles"),
        (('["Assistant Director"]', "[]"), "responders has to name at least one role"),
        (("climbs = false", 'climbs = "no"'), "climbs has to be true or false"),
        (("climbs = false", "climbs = true"), "stage 1: climbs cannot be true"),
        (("climbs = false", "sinks = false"), "it can have stage, responders"),
    ],
)
def test_a_mistake_in_it_says_what_to_write(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, FILE.replace(*change))


@pytest.mark.parametrize("text", ['ladder = "long"', "ladder = []"])
def test_what_is_no_ladder_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="ladder has to be a list of stages"):
        read(tmp_path, text)


def test_a_ladder_of_qap_alone_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs at least one formal stage"):
        read(tmp_path, FILE.partition('[[ladder]]\nstage = "1"')[0])
