"""Rule 24: some weeks after *resolved* the IRO is asked what changed for the child."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.errors import SettingsError
from adapters.settings import read_procedure
from domain.errors import BadSubmissionError
from domain.ladder import Stage
from domain.procedure import Procedure
from domain.rulebook import marks_of
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.holidays import DeadlineMoved
from domain.rules.impact import Impact, ImpactRecorded, RecordImpact, impact_of
from domain.rules.life import LifeChange, RecordLifeChange
from domain.rules.reopening import Reopen
from domain.timeline import next_step
from domain.vocabulary import Outcome, Standing
from tests.builders import IRA, SARA, SENNA, Case, council, day, raised
from tests.pages.visitor import Visitor
from tests.rules.test_deadlines_are_working_days import proclaim

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflow.service import Service

TOLD = (ChildTold.YES, "By me, at the visit.")
#: Twenty working days after Monday 2 November 2026, and two more.
ON, BY = "2026-11-30", day("2026-12-02")


def resolved(after: int = 20) -> Case:
    """Return a challenge that is resolved and on the child's file; ``after`` is the setting."""
    of = council(Procedure(impact_after=after))
    return raised(of=of).does(IRA, Resolve("It is done.", *TOLD)).files_it()


def test_some_weeks_after_it_was_resolved_the_iro_is_asked_what_changed_for_the_child() -> None:
    case = resolved()
    assert case.standing is Standing.ENDED_TO_ASK, "nobody has anything to do until then"
    tells = next_step(case.challenge, case.now, case.council, IRA)
    assert tells[1:] == (
        "On Monday 30 November 2026 you will be asked what changed for the child.",
    )
    tells = next_step(case.challenge, case.now, case.council, SARA)
    assert "On Monday 30 November 2026 the IRO will be asked what changed for the child." in tells
    assert case.until(f"{ON} 08:59").asks == ()
    assert case.until(f"{ON} 09:00").asks == (("WHAT_CHANGED", BY),)


def test_a_newly_proclaimed_bank_holiday_moves_the_day_on_which_the_iro_is_asked_what_changed() -> (
    None
):
    case = proclaim(resolved(), ON)
    assert case.hears(DeadlineMoved) == {}, "nobody waits for that day"
    on = "On Tuesday 1 December 2026 you will be asked what changed for the child."
    assert on in next_step(case.challenge, case.now, case.council, IRA)
    assert case.standing is Standing.ENDED_TO_ASK
    assert case.until("2026-12-01 08:59").asks == ()
    assert case.until("2026-12-01 09:00").asks == (("WHAT_CHANGED", day("2026-12-03")),)
    assert len(case.facts(DeadlineMoved)) == 1


def test_the_time_until_the_iro_is_asked_what_changed_is_a_setting(tmp_path: Path) -> None:
    assert resolved(5).until("2026-11-09 09:00").asks == (("WHAT_CHANGED", day("2026-11-11")),)
    off = resolved(0)
    assert off.standing is Standing.CLOSED
    assert off.until("2027-03-01 10:00").asks == ()
    assert Procedure().impact_after == 20
    file = tmp_path / "procedure.toml"
    for after in (0, 30):
        file.write_text(f"impact_after = {after}\n")
        assert read_procedure(str(file)).impact_after == after
    file.write_text("impact_after = -1\n")
    with pytest.raises(SettingsError, match="has to be 0 or more"):
        read_procedure(str(file))


def answered(impact: Impact) -> Case:
    return resolved().does(IRA, RecordImpact(impact, "I saw the child."), at=f"{ON} 10:00")


def test_what_changed_is_one_answer_which_the_record_keeps() -> None:
    case = answered(Impact.PARTLY)
    assert case.the(ImpactRecorded) == ImpactRecorded(Impact.PARTLY, "I saw the child.")
    assert impact_of(case.challenge) is Impact.PARTLY
    done = case.until("2027-03-01 10:00")
    assert (done.asks, done.standing) == ((), Standing.CLOSED)
    assert RecordImpact not in done.acts(IRA)


def test_what_shows_it_is_said_too() -> None:
    with pytest.raises(BadSubmissionError) as empty:
        resolved().does(IRA, RecordImpact(Impact.BETTER, " "), at=f"{ON} 10:00")
    assert empty.value.fields == {"words": "Enter how you know."}


def test_lists_and_marks_count_what_changed() -> None:
    keys = {one: marks_of(answered(one).challenge)[-1] for one in Impact}
    assert {mark.key for mark in keys.values()} == {
        *("better", "partly", "same", "worse"),
    }
    for one, mark in keys.items():
        case = answered(one)
        assert mark.listed_at(case.challenge) == case.now


def test_where_nothing_got_better_the_iro_is_offered_to_reopen() -> None:
    for one, offers in ((Impact.BETTER, False), (Impact.NOTHING, True), (Impact.WORSE, True)):
        case = answered(one)
        assert Reopen in case.acts(IRA)
        tells = next_step(case.challenge, case.now, case.council, IRA)
        assert any("You can reopen it." in sentence for sentence in tells) is offers, one


def test_the_iro_is_asked_what_changed_only_where_the_challenge_was_resolved() -> None:
    of = council(Procedure())
    case = raised(of=of).does(IRA, Close(Outcome.WITHDRAWN, "So.", *TOLD)).files_it()
    assert case.standing is Standing.CLOSED
    assert case.until("2027-03-01 10:00").asks == ()


def test_after_a_death_nobody_is_asked_what_changed() -> None:
    died = RecordLifeChange(LifeChange.DIED, day("2026-11-02"))
    before = resolved().does(IRA, died)
    assert before.standing is Standing.CLOSED
    assert before.until("2027-03-01 10:00").asks == ()
    asked = resolved().does(IRA, died, at=f"{ON} 10:00")
    assert asked.asks == ()


def test_the_srsm_hears_what_changed_and_if_nothing_got_better_the_senior_iro_manager_too() -> None:
    assert set(answered(Impact.BETTER).hears(ImpactRecorded)) == {SARA}
    assert set(answered(Impact.NOTHING).hears(ImpactRecorded)) == {SARA, SENNA}


def test_until_then_it_waits_at_a_rung_of_its_own_and_nobody_has_anything_to_do(
    service: Service,
) -> None:
    """On the state machine, by pages: nobody has anything to do until the IRO is asked."""
    iro, senior = Visitor(service, "iro-1"), Visitor(service, "senior")
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", Resolve("It is done.", *TOLD))
    service.place_on_file(reference)
    assert service.rung(reference) == "Ended: one question to come"
    page = iro.get("/").text
    assert "You have nothing to do." in page
    assert "something left to do" not in page, "it has ended for everybody"
    waits = len(service.executions(reference))

    service.jump(timedelta(days=28))
    assert service.rung(reference) == "Ended: something left to do"
    assert len(service.executions(reference)) == waits, "the same execution woke, as it promised"
    service.emulator.invoke("daily", {})
    assert "Record what changed for the child" in " ".join(service.mails("iro-1")[-1].text.split())
    asked = iro.get(iro.get(f"/challenges/{reference}").link("Record what changed for the child"))
    wrong = asked.form().fill({"words": "There is no place yet."}).press()
    assert wrong.errors == {"#impact": "Choose what changed for the child."}
    assert "There is no place yet." in wrong.text, "nothing typed is lost"
    done = wrong.form().fill({"impact": Impact.NOTHING}).press()
    assert "Nothing changed for the child. You can reopen it." in done.text
    offered = done.text.split("Your choices", 1)[1]
    assert offered.split()[:3] == ["Reopen", "the", "challenge"], "before all else"
    form = iro.get(done.link("Reopen the challenge")).form()
    assert "Nothing changed for the child" in senior.get("/").text
    assert "There is no place yet." in senior.get(f"/challenges/{reference}").text
    assert service.executions(reference)[-1]["status"] == "SUCCEEDED"
    again = form.fill({"stage": "2", "reason": "Nothing came of it."}).press()
    assert not again.errors
    assert "You can reopen it" not in iro.get(f"/challenges/{reference}").text
