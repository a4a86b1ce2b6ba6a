"""Rule 1, entry: what the form says, and whose challenge it is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from domain.directory import Cover
from domain.form import Court, Review, RightsBreached
from domain.ladder import FORMAL_STAGES, Role, Stage
from domain.people import capacities, iros_for_whom, people_asked
from domain.rules.entry import Raised
from domain.rules.stages import StageBegan
from domain.timeline import details, headline
from domain.vocabulary import Capacity
from handlers.form_fields import Surroundings, WrongAnswersError
from handlers.forms import RaiseForm, SentForm
from tests.builders import IRA, IVO, SARA, TAM, council, day, directory, raised
from tests.pages.visitor import Visitor
from tests.unit.test_forms import ANSWERS
from tests.workflow.service import running

if TYPE_CHECKING:
    from pathlib import Path

    from domain.council import Council

TODAY = date(2026, 11, 2)
ALWAYS = (date(2026, 1, 1), date(2026, 12, 31))

#: Sara, who is the SRSM, covers for Ira; Ivo, an IRO too, covers for Ira.
SARA_COVERS = council(people=directory(Cover("iro-one", SARA, *ALWAYS)))
IVO_COVERS = council(people=directory(Cover("iro-one", IVO, *ALWAYS)))


def problems(officer: str = IRA, of: Council | None = None, /, **answers: object) -> dict[str, str]:
    """Return what is wrong with the form that ``officer`` fills in."""
    try:
        form(officer, of, **answers)
    except WrongAnswersError as error:
        return error.problems
    return {}


def form(officer: str = IRA, of: Council | None = None, /, **answers: object) -> RaiseForm:
    """Return the form that ``officer`` fills in."""
    around = Surroundings(TODAY, of or council(), officer)
    return RaiseForm.checked({**ANSWERS, **answers}, around)


@pytest.mark.parametrize("stage", Stage)
def test_the_iro_raises_a_challenge_at_qap_or_at_any_formal_stage(stage: Stage) -> None:
    assert problems(stage=stage) == {}
    assert raised(form(stage=stage).raised(council(), TODAY).entry).challenge.stage is stage


# What the form says ------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_a_formal_entry_says_how_urgent_the_matter_is_and_why_this_level_can_decide_it(
    stage: Stage,
) -> None:
    assert list(problems(stage=stage, reason="")) == ["reason"]
    assert problems(stage=stage, reason="It cannot wait.") == {}


@pytest.mark.parametrize("stage", Stage)
def test_every_form_says_what_was_already_tried_with_the_people_concerned(stage: Stage) -> None:
    assert list(problems(stage=stage, tried="")) == ["tried"]


@pytest.mark.parametrize("stage", Stage)
def test_every_form_says_whether_the_child_s_human_rights_may_have_been_breached(
    stage: Stage,
) -> None:
    asked = {"rights_breached": "Select whether the child’s human rights may have been breached"}
    assert problems(stage=stage, rights_breached="") == asked
    assert problems(stage=stage, rights_breached="perhaps") == asked
    for answer in ("yes", "no"):
        said = form(stage=stage, rights_breached=answer).raised(council(), TODAY)
        assert said.rights_breached is RightsBreached(answer)


def test_what_was_said_about_rights_is_on_the_record() -> None:
    case = raised(rights_breached=RightsBreached.YES)
    shown = dict(details(case.the(Raised), frozenset({Capacity.RESPONDER})))
    assert shown["Human rights may have been breached"] == "yes"


def test_a_form_from_before_the_question_says_that_it_was_not_asked() -> None:
    """An earlier release's record and an older program's form: no answer is made up for them."""
    assert raised().the(Raised).rights_breached is RightsBreached.NOT_ASKED
    assert form().raised(council(), TODAY).rights_breached is RightsBreached.NOT_ASKED
    shown = dict(details(raised().the(Raised), frozenset({Capacity.IRO})))
    assert shown.get("Human rights may have been breached") is None


def test_the_form_may_name_the_review_it_comes_from_with_its_date_and_decision_number() -> None:
    assert form().raised(council(), TODAY).review == Review()
    said = form(review_date="2026-10-20", decision_number="7").raised(council(), TODAY)
    assert said.review == Review(date(2026, 10, 20), "7")


def test_the_form_may_name_court_proceedings_with_the_next_hearing_and_the_guardian() -> None:
    assert form().raised(council(), TODAY).court == Court()
    said = form(next_hearing="2026-12-01", guardian="Gwen Sample").raised(council(), TODAY)
    assert said.court == Court(date(2026, 12, 1), "Gwen Sample")


def test_the_review_and_the_court_proceedings_are_shown_where_they_are_given(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as service:
        given = service.raise_at(
            Stage.ONE,
            review=Review(date(2026, 10, 20), "7b"),
            court=Court(date(2026, 12, 1), "Gwen Sample"),
        )
        srsm = Visitor(service, "srsm")
        shown = srsm.get(f"/challenges/{given}").text
        for text in ("Tuesday 20 October 2026", "7b", "Tuesday 1 December 2026", "Gwen Sample"):
            assert text in shown
        without = srsm.get(f"/challenges/{service.raise_at(Stage.TWO)}").text
        assert "Guardian" not in without


def test_a_hearing_that_has_passed_is_not_the_next() -> None:
    sentence = "The date of the next hearing must be today or later"
    assert problems(next_hearing="2026-11-01") == {"next_hearing": sentence}


# Cover -------------------------------------------------------------------------------------------


def test_somebody_who_covers_for_an_iro_raises_the_challenge_for_that_iro() -> None:
    assert form(SARA, SARA_COVERS).raised(SARA_COVERS, TODAY).iro == IRA
    case = raised(of=SARA_COVERS, by=SARA)
    assert case.challenge.iro == IRA


def test_who_typed_the_form_is_recorded_beside_the_iro() -> None:
    case = raised(of=SARA_COVERS, by=SARA)
    first = case.challenge.events[0]
    assert (first.actor.officer, first.actor.name) == (SARA, "Sara Sample-Three")
    assert first.actor.capacity == "covering for Ira Sample-One, the IRO"
    line = headline(first, case.challenge, case.council)
    assert line == "Sara Sample-Three raised the challenge for Ira Sample-One at Stage 1"


def test_a_challenge_that_a_cover_raised_is_the_challenge_of_the_iro_they_cover_for() -> None:
    case = raised(of=SARA_COVERS, by=SARA)
    assert case.challenge.iro == IRA
    assert Capacity.IRO in capacities(case.challenge, IRA, SARA_COVERS, TODAY)
    assert case.challenge.raised.iro == IRA


def test_the_iro_hears_of_what_was_raised_for_them() -> None:
    assert raised(of=SARA_COVERS, by=SARA).hears(StageBegan)[IRA] == "daily"


def test_who_covers_for_several_iros_or_is_one_too_is_asked_whose_it_is() -> None:
    several = council(
        people=directory(Cover("iro-one", SARA, *ALWAYS), Cover("iro-two", SARA, *ALWAYS))
    )
    for officer, of in ((SARA, several), (IVO, IVO_COVERS)):
        assert set(problems(officer, of)) == {"for_iro"}
        for iro in (IRA, IVO):
            assert form(officer, of, for_iro=iro).raised(of, TODAY).iro == iro
    asked = "Select whose challenge it is: Ivo Sample-Two or Ira Sample-One"
    assert problems(IVO, IVO_COVERS) == {"for_iro": asked}
    assert form(IVO, IVO_COVERS, for_iro="ira sample-one").raised(IVO_COVERS, TODAY).iro == IRA
    assert form(IVO, IVO_COVERS, for_iro="ira@council.example").raised(IVO_COVERS, TODAY).iro == IRA


def test_nobody_raises_one_for_an_iro_whom_they_do_not_cover() -> None:
    assert set(problems(IRA, for_iro=IVO)) == {"for_iro"}
    assert iros_for_whom(TAM, council(), TODAY) == ()


def test_a_program_names_who_raises_it_and_whose_it_is() -> None:
    def sent(of: Council, **answers: object) -> str:
        around = Surroundings(TODAY, of)
        return SentForm.checked({**ANSWERS, **answers}, around).raised(of, TODAY).iro

    assert sent(council(), iro=IRA) == IRA
    assert sent(SARA_COVERS, iro="sara@council.example") == IRA
    assert sent(IVO_COVERS, iro=IVO, for_iro=IRA) == IRA
    with pytest.raises(WrongAnswersError) as refused:
        sent(IVO_COVERS, iro=IVO)
    assert list(refused.value.problems) == ["for_iro"]


def test_once_cover_ends_they_lose_it() -> None:
    case = raised(of=SARA_COVERS, by=SARA)
    while_covering = capacities(case.challenge, SARA, SARA_COVERS, TODAY)
    assert Capacity.IRO in while_covering
    assert Capacity.IRO not in capacities(case.challenge, SARA, SARA_COVERS, day("2027-01-04"))
    assert Capacity.IRO in capacities(case.challenge, IRA, SARA_COVERS, day("2027-01-04"))


def test_nobody_answers_what_they_raised_also_not_after_their_cover() -> None:
    """Rule 15, which the name on the form alone would not keep."""
    case = raised(of=IVO_COVERS, by=IVO)
    of = council(people=directory(tm_north=IVO))
    assert people_asked(case.challenge, "tm-north", of, day("2027-01-04")) == ()
    post = of.directory.posts["tm-north"]
    assert (post.role, post.holder) == (Role.TEAM_MANAGER, IVO)
