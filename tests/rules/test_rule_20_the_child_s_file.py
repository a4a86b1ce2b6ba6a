"""Rule 20: everything is on the child's electronic file.

Guidance: G4, G47.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import NotAllowedError
from domain.fold import read
from domain.ladder import FORMAL_STAGES, Stage
from domain.people import capacities
from domain.rules.accepting import AcceptActions
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.escalating import Escalate
from domain.rules.filing import PlacedOnFile, PlaceOnFile, placed_up_to
from domain.rules.missed_actions import NoNewDate
from domain.rules.naming import LastStageNotServed
from domain.rules.replies import Answer, Reply
from domain.rules.stages import StageBegan
from domain.tasks import tasks, trays
from domain.timeline import headline, next_step
from domain.vocabulary import Capacity, Outcome, Purpose, Standing
from handlers.pages.acts import Scene
from handlers.pages.acts.filing import PLACE_ON_FILE
from tests.builders import (
    ADA,
    HEDY,
    IRA,
    NOT_REFERRED,
    SARA,
    SENNA,
    TAM,
    Case,
    an_action,
    council,
    day,
    directory,
    raised,
)


def scene(case: Case, officer: str) -> Scene:
    """Return what a page of an act knows when ``officer`` opens it."""
    who = capacities(case.challenge, officer, case.council, case.today)
    person = case.council.directory.officers[officer]
    return Scene(case.challenge, case.council, person, who, case.now)


BOTH = ("PLACE_OUTCOME", "PLACE_DECISIONS")
TOLD = (ChildTold.YES, "By phone.")
DONE = Reply(1, Answer.RESOLVED, "The visit took place.")


def asked(case: Case) -> tuple[str, ...]:
    return tuple(purpose for purpose, _ in case.files)


def escalated(entry: Stage = Stage.ONE, to: Stage = Stage.TWO) -> Case:
    return raised(entry).does(IRA, Escalate(to, "It is urgent."), "2026-11-03 10:00")


def resolved() -> Case:
    return raised().does(TAM, DONE).does(IRA, Resolve("It is done.", *TOLD))


@pytest.mark.parametrize(("entry", "to"), [(Stage.QAP, Stage.ONE), (Stage.TWO, Stage.FOUR)])
def test_at_the_end_of_each_stage_the_iro_is_asked_to_place_the_outcome_on_the_child_s_file(
    entry: Stage, to: Stage
) -> None:
    assert raised(entry).files == ()
    case = escalated(entry, to)
    case.does(IRA, NOT_REFERRED)
    (task,) = (one for one in tasks(case.challenge, case.council) if one.whose is Capacity.IRO)
    assert task.in_words == "put how each stage ended on the child’s file"
    assert trays(case.challenge, case.council, case.today)[IRA][0].key == task.key


def test_at_the_end_of_each_stage_the_srsm_is_asked_to_place_decisions_and_discussions_there() -> (
    None
):
    case = raised()
    for number in (2, 3, 4):
        case.until(f"{case.council.calendar.add(case.due, 1)} 09:00").files_it()
        assert len(case.facts(StageBegan)) == number
        assert case.facts(PlacedOnFile)[-1].what == (Purpose.PLACE_DECISIONS,)
        assert case.events(PlacedOnFile)[-1].actor.officer == SARA
    assert len(case.facts(PlacedOnFile)) == 2 * 3
    again = raised().does(TAM, DONE).does(IRA, AskAgain("What of the visit?", 3))
    assert again.files == (), "the stage goes on"


@pytest.mark.parametrize("stage", [Stage.QAP, *FORMAL_STAGES])
def test_at_the_end_of_the_challenge_both_are_asked_too(stage: Stage) -> None:
    case = raised(stage).does(IRA, Close(Outcome.WITHDRAWN, "Not needed.", *TOLD))
    assert asked(case) == BOTH
    assert case.standing is Standing.ENDED_TO_DO
    assert case.files_it().standing is Standing.CLOSED


def unresolved_by_an_action() -> Case:
    reply = Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-04"),))
    case = raised(Stage.FOUR).does(ADA, reply).does(IRA, AcceptActions())
    return case.does(IRA, NoNewDate(1, "Nobody can say when."), "2026-11-05 10:00")


def unresolved_because_nobody_is_there() -> Case:
    case = raised(Stage.FOUR, of=council(people=directory(ad=None)))
    case.until("2026-11-20 10:00")
    assert case.facts(LastStageNotServed)
    return case


@pytest.mark.parametrize(
    "ended",
    [
        lambda: raised(Stage.FOUR).until("2026-11-10 09:00"),
        unresolved_by_an_action,
        unresolved_because_nobody_is_there,
    ],
)
def test_stage_4_has_ended_when_no_reply_came_or_when_it_is_unresolved(ended: object) -> None:
    assert callable(ended)
    case = ended()
    assert case.challenge.open
    assert asked(case) == BOTH


def test_the_child_s_file_is_due_within_two_working_days() -> None:
    due = day("2026-11-05")
    assert escalated().files == tuple((name, due) for name in BOTH)
    silent = raised().until("2026-11-10 09:00")
    assert {by for _, by in silent.files} == {day("2026-11-11")}, "from the deadline that passed"
    assert {by for _, by in resolved().files} == {day("2026-11-04")}


def test_the_child_s_file_stops_nothing() -> None:
    case = raised().until("2026-12-02 12:00")
    assert asked(case) == BOTH
    assert [fact.stage for fact in case.facts(StageBegan)] == list(FORMAL_STAGES)
    assert not any(
        one.stops for one in tasks(case.challenge, case.council) if one.key.startswith("file-")
    )
    before = escalated()
    assert before.standing is Standing.STAGE_2
    assert "file" not in " ".join(next_step(before.challenge, before.now, before.council, HEDY))
    yours = " ".join(next_step(before.challenge, before.now, before.council, IRA))
    assert (
        "You need to put how each stage ended on the child’s file, by Thursday 5 November" in yours
    )


def test_what_is_not_on_the_file_yet_stays_a_task_after_the_end() -> None:
    case = escalated().does(IRA, Close(Outcome.WITHDRAWN, "Not needed.", *TOLD))
    assert case.files == tuple((name, day("2026-11-05")) for name in BOTH)
    case.until("2026-11-16 10:00")
    assert asked(case) == BOTH
    assert case.challenge.chased() == 5, "rule 0: the Senior IRO Manager is told"


def test_one_act_settles_everything_up_to_then() -> None:
    case = raised().until("2026-11-26 10:00")
    assert case.challenge.stage is Stage.FOUR
    assert asked(case) == BOTH
    case.does(IRA, PlaceOnFile()).does(SARA, PlaceOnFile())
    assert case.files == ()
    outcome, decisions = case.facts(PlacedOnFile)
    assert placed_up_to(case.challenge) == outcome.up_to == decisions.up_to - 1


def test_what_is_late_keeps_its_first_date_when_the_next_stage_ends() -> None:
    case = escalated().does(IRA, Escalate(Stage.THREE, "It is urgent."), "2026-11-09 10:00")
    assert {by for _, by in case.files} == {day("2026-11-05")}


def test_what_the_iro_placed_does_not_settle_what_the_srsm_has_to_place() -> None:
    case = escalated().does(IRA, PlaceOnFile())
    assert asked(case) == ("PLACE_DECISIONS",)
    assert placed_up_to(case.challenge) == 0
    for officer in (IRA, TAM, SENNA):
        with pytest.raises(NotAllowedError):
            case.does(officer, PlaceOnFile())
    assert case.does(SARA, PlaceOnFile()).files == ()


def test_each_is_told_since_when_there_is_something_new_to_place() -> None:
    case = escalated().does(IRA, PlaceOnFile())
    up_to = case.the(PlacedOnFile).up_to
    assert placed_up_to(case.challenge, Purpose.PLACE_OUTCOME) == up_to > 0
    assert placed_up_to(case.challenge, Purpose.PLACE_DECISIONS) == 0
    case.does(IRA, Escalate(Stage.THREE, "It is urgent."), "2026-11-05 10:00")
    told = {who: " ".join(PLACE_ON_FILE.guidance(scene(case, who))) for who in (IRA, SARA)}
    assert "new on the record since Tuesday 3 November 2026" in told[IRA]
    assert "new on the record since the challenge was raised" in told[SARA]
    assert "the reply, or that none came" in told[IRA]
    assert "the reply, or that none came" not in told[SARA]
    assert "every recorded call, email, meeting and note" in told[SARA]
    assert "The IRO is asked to add how each stage ended." in told[SARA]
    assert "Manager is asked to add decisions and discussions." in told[IRA]


def test_the_record_says_who_placed_what_on_the_file() -> None:
    case = escalated().files_it()
    said = [headline(event, case.challenge, case.council) for event in case.events(PlacedOnFile)]
    assert said == [
        "Ira Sample-One put how each stage ended on the child’s file",
        "Sara Sample-Three put decisions and discussions on the child’s file",
    ]
    assert case.hears(PlacedOnFile) == {}


def test_a_stage_that_ended_before_this_was_asked_is_placed_with_the_next() -> None:
    """What an earlier release recorded asks for nothing, open or ended."""
    case = escalated()
    began = case.events(StageBegan)[-1]
    assert isinstance(began.fact, StageBegan)
    old = replace(began, fact=replace(began.fact, file_by=None))
    events = [old if event is began else event for event in case.challenge.events]
    case.challenge = read(case.challenge.reference, events)
    assert case.until("2026-11-05 10:00").files == ()
    case.does(IRA, Escalate(Stage.FOUR, "It is urgent.")).files_it()
    assert placed_up_to(case.challenge) > old.number
