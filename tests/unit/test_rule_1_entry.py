"""Rule 1: the IRO raises a challenge at QAP or at any formal stage."""

from __future__ import annotations

import pytest

from domain.errors import CalendarHorizonError
from domain.ladder import FORMAL_STAGES, OF_THE_GUIDANCE, Role, Stage
from domain.rules.entry import Raised
from domain.rules.serving import Served
from domain.rules.stages import Cause, StageBegan
from domain.vocabulary import Letter, Standing
from tests.builders import (
    ADA,
    CAS,
    DAILY,
    HEDY,
    IRA,
    SARA,
    SENNA,
    TAM,
    WYN,
    council,
    day,
    directory,
    raised,
)

ASKED = {
    Stage.QAP: ("sw-north", "tm-north"),
    Stage.ONE: ("tm-north",),
    Stage.TWO: ("csm",),
    Stage.THREE: ("hos",),
    Stage.FOUR: ("ad",),
}

#: From the procedure's table: who hears about a formal challenge that enters at this stage.
TOLD = {
    Stage.ONE: {IRA, SARA, SENNA, CAS, WYN},
    Stage.TWO: {IRA, SARA, SENNA, HEDY, WYN, TAM},
    Stage.THREE: {IRA, SARA, SENNA, CAS, ADA, WYN, TAM},
    Stage.FOUR: {IRA, SARA, SENNA, HEDY, CAS, WYN, TAM},
}


@pytest.mark.parametrize("entry", Stage)
def test_a_challenge_enters_at_the_stage_the_iro_chose_and_its_responders_are_asked(
    entry: Stage,
) -> None:
    """Rule 1: at QAP or at any formal stage, by urgency and the level that can decide."""
    case = raised(entry)
    began = case.the(StageBegan)
    assert (began.stage, began.cause, began.skipped) == (entry, Cause.RAISED, ())
    assert began.posts == ASKED[entry]
    assert case.standing is Standing(f"STAGE_{entry}" if entry.formal else "QAP")
    assert {served.officer for served in case.facts(Served)} == {
        post.holder for post in case.council.directory.posts.values() if post.id in ASKED[entry]
    }


@pytest.mark.parametrize("entry", Stage)
def test_the_first_request_is_due_in_the_stages_working_days(entry: Stage) -> None:
    """Rule 1, and the ladder: 1 working day at QAP, 5 at each formal stage."""
    assert raised(entry).due == day("2026-11-09" if entry.formal else "2026-11-03")


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_a_formal_entry_opens_the_resolution_period_of_twenty_working_days(entry: Stage) -> None:
    """Rule 1: 20 working days from formal entry, at whatever stage."""
    period = raised(entry).challenge.period
    assert period is not None
    assert period.day == day("2026-11-30")


def test_an_informal_entry_opens_no_resolution_period() -> None:
    """Rule 1: QAP is informal."""
    assert raised(Stage.QAP).challenge.period is None


def test_the_reason_for_the_stage_and_what_was_tried_are_on_the_record() -> None:
    """Rule 1: a formal entry gives its reason; both say what was already tried."""
    case = raised(Stage.THREE)
    form = case.the(Raised)
    assert form.tried
    assert form.entry_reason == case.the(StageBegan).reason != ""


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_everybody_the_ladder_names_is_told_of_a_formal_entry(entry: Stage) -> None:
    """Rule 1: the SRSM always, the informed, the Social Worker and posts below, the senior."""
    heard = raised(entry).hears(StageBegan)
    told = {who for who, how in heard.items() if how in (Letter.TOLD, DAILY)}
    assert told == TOLD[entry] - {IRA}, "and the IRO, who did it, knows"


def test_at_qap_the_service_managers_are_told_and_the_senior_iro_manager_is_not() -> None:
    """Rule 1: the Senior IRO Manager hears of a formal entry, QAP is informal."""
    heard = raised(Stage.QAP, served=False).hears(StageBegan)
    assert heard == {
        WYN: Letter.PLEASE_REPLY,
        TAM: Letter.PLEASE_REPLY,
        SARA: Letter.TOLD,
        CAS: Letter.TOLD,
    }


@pytest.mark.parametrize("at", ["2026-11-07 11:00", "2026-11-08 23:30"])
def test_a_challenge_raised_at_a_weekend_is_asked_at_once_and_counted_from_monday(at: str) -> None:
    """Rule 1, and "Deadlines": emails about what people did go at once; Monday is day 1."""
    case = raised(Stage.ONE, at)
    assert case.letters_go_out(StageBegan) == case.now
    assert case.due == day("2026-11-13")


def test_a_challenge_cannot_be_raised_past_the_known_bank_holidays() -> None:
    """Rule 1, and "Deadlines": an error that says so, never a guess."""
    with pytest.raises(CalendarHorizonError, match="2041"):
        raised(Stage.ONE, "2040-12-20 10:00")


def test_cover_applies_by_date_to_the_requests_of_a_new_challenge() -> None:
    """Rules 1 and 15: assigned to posts, resolved to people when something is sent."""
    case = raised(of=council(people=directory(tm_north=SENNA)))
    assert case.the(Served).officer == SENNA
    assert case.request.posts == ("tm-north",)


def test_the_ladder_is_the_procedures() -> None:
    """Rule 1: the responders, days and informed of each stage, from the procedure's table."""
    csm, hos, ad = (
        Role.CHILDRENS_SERVICE_MANAGER,
        Role.HEAD_OF_SERVICE,
        Role.ASSISTANT_DIRECTOR,
    )
    rows = [
        (r.stage, r.responders, r.working_days, set(r.informed)) for r in OF_THE_GUIDANCE.in_order
    ]
    assert rows == [
        (Stage.QAP, (Role.SOCIAL_WORKER, Role.TEAM_MANAGER), 1, {csm}),
        (Stage.ONE, (Role.TEAM_MANAGER,), 5, {csm}),
        (Stage.TWO, (csm,), 5, {hos}),
        (Stage.THREE, (hos,), 5, {csm, ad}),
        (Stage.FOUR, (ad,), 5, {hos, csm}),
    ]
