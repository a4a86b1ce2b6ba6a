"""Checks of the form that raises a challenge: every mistake is a sentence at its field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.ladder import FORMAL_STAGES, Stage
from handlers.form_fields import (
    CONCERNS,
    ID,
    INITIALS,
    NAME,
    WORDS,
    Surroundings,
    WrongAnswersError,
)
from handlers.forms import RaiseForm
from tests.builders import IRA, NORTH, SOUTH, council

TODAY = date(2026, 11, 2)

CONCERN = {"theme": "health", "what": "No dentist.", "outcome": "A dentist.", "by": "2026-12-01"}
ANSWERS: dict[str, Any] = {
    "case_id": "SAMPLE-1",
    "initials": "S.S.",
    "name": "Sample Sampleson",
    "date_of_birth": "2015-05-05",
    "team": NORTH,
    "social_worker": "sw-north",
    "stage": "1",
    "reason": "It cannot wait.",
    "concerns": [CONCERN],
    "tried": "Spoke with the social worker.",
    "views": "Wants a dentist.",
}


def _form(**answers: object) -> RaiseForm:
    return RaiseForm.checked({**ANSWERS, **answers}, Surroundings(TODAY, council(), IRA))


def _problems(**answers: object) -> dict[str, str]:
    with pytest.raises(WrongAnswersError) as caught:
        _form(**answers)
    return caught.value.problems


def _concern(**answers: object) -> dict[str, str]:
    return _problems(concerns=[{**CONCERN, **answers}])


def test_rule_1_what_was_said_goes_on_the_record_as_it_was_said() -> None:
    raised = _form().raised(council(), TODAY)
    assert raised.iro == IRA
    assert raised.child.date_of_birth == date(2015, 5, 5)
    assert raised.child.team == NORTH
    assert raised.entry is Stage.ONE
    assert raised.entry_reason == "It cannot wait."
    assert raised.concerns[0].by == date(2026, 12, 1)
    assert raised.procedure == council().procedure.version


def test_an_empty_form_says_everything_that_is_missing() -> None:
    with pytest.raises(WrongAnswersError) as caught:
        RaiseForm.checked({"concerns": [{}]}, Surroundings(TODAY, council()))
    assert caught.value.problems == {
        "case_id": "Enter the child’s Case ID",
        "initials": "Enter the child’s initials",
        "name": "Enter the child’s name",
        "date_of_birth": "Enter the child’s date of birth",
        "team": "Select the child’s team",
        "social_worker": "Select the child’s social worker",
        "stage": "Select the stage at which the challenge starts",
        "concerns.0.theme": "Select what this concern is about",
        "concerns.0.what": "Enter what is wrong",
        "concerns.0.outcome": "Enter the outcome you want",
        "concerns.0.by": "Enter by when you want the outcome",
        "tried": "Enter what you have already tried with the people concerned",
        "views": "Enter the child’s views, or why they are not known",
    }


@pytest.mark.parametrize("stage", FORMAL_STAGES)
def test_rule_1_a_formal_entry_gives_its_reason(stage: Stage) -> None:
    expected = {"reason": f"Enter why the challenge starts at {stage.title}"}
    assert _problems(stage=str(stage), reason="  ") == expected


def test_rule_1_qap_needs_no_reason() -> None:
    assert _form(stage="QAP", reason="").reason == ""


@pytest.mark.parametrize("name", ["case_id", "initials", "name", "tried", "views"])
def test_space_alone_is_no_answer(name: str) -> None:
    assert list(_problems(**{name: " \n\t "})) == [name]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("case_id", ID),
        ("initials", INITIALS),
        ("name", NAME),
        ("reason", WORDS),
        ("tried", WORDS),
        ("views", WORDS),
    ],
)
def test_an_answer_may_be_so_long_and_no_longer(name: str, most: int) -> None:
    assert getattr(_form(**{name: "x" * most}), name) == "x" * most
    (sentence,) = _problems(**{name: "x" * (most + 1)}).values()
    assert sentence.endswith(f"must be {most:,} characters or fewer. You have {most + 1:,}")


def test_the_words_of_a_concern_may_be_so_long_and_no_longer() -> None:
    assert list(_concern(what="x" * (WORDS + 1))) == ["concerns.0.what"]
    assert list(_concern(outcome="x" * (WORDS + 1))) == ["concerns.0.outcome"]


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\x7fb", "a\x85b", "a\ud800b"])
def test_what_cannot_be_kept_is_to_be_replaced(text: str) -> None:
    (sentence,) = _problems(tried=text).values()
    assert "Replace each \ufffd" in sentence


def test_line_ends_stay_in_words_and_leave_a_name() -> None:
    form = _form(tried="One.\n\nTwo.\tThree.", name=" Sample \n Sampleson ")
    assert form.tried == "One.\n\nTwo.\tThree."
    assert form.name == "Sample Sampleson"


def test_the_same_letters_are_the_same_however_they_were_typed() -> None:
    assert _form(name="Zoe\u0308").name == "Zo\u00eb"


def test_braces_are_no_template() -> None:
    assert _form(tried="{sentence} {0}").tried == "{sentence} {0}"


# Dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("month", ["5", "05", "May", "may", "MAY"])
def test_a_date_has_three_boxes_and_its_month_may_be_written_out(month: str) -> None:
    form = _form(date_of_birth={"day": " 7 ", "month": month, "year": "2015"})
    assert form.date_of_birth == date(2015, 5, 7)


@pytest.mark.parametrize(
    ("boxes", "sentence"),
    [
        (("", "", ""), "Enter the child’s date of birth"),
        (("", "5", ""), "Date of birth must include a day and a year"),
        (("5", "", "2015"), "Date of birth must include a month"),
        (("5", "5", "15"), "Date of birth must have a year of 4 figures, like 2013"),
        (("31", "2", "2015"), "Date of birth must be a real date: February 2015 has 28 days"),
        (("29", "2", "2015"), "Date of birth must be a real date: February 2015 has 28 days"),
        (("-1", "2", "2015"), "Date of birth must be a real date, like 27 3 2013"),
        (("1", "2", "0000"), "Date of birth must be a real date, like 27 3 2013"),
        (("٣", "2", "2015"), "Date of birth must be a real date, like 27 3 2013"),
        (("²", "2", "2015"), "Date of birth must be a real date, like 27 3 2013"),
        (("9" * 5000, "2", "2015"), "Date of birth must be a real date: February 2015 has 28 days"),
    ],
)
def test_what_is_no_date_is_said(boxes: tuple[str, str, str], sentence: str) -> None:
    typed = dict(zip(("day", "month", "year"), boxes, strict=True))
    assert _problems(date_of_birth=typed) == {"date_of_birth": sentence}


def test_a_date_that_came_as_text_has_to_be_real_too() -> None:
    expected = {
        "date_of_birth": "Date of birth must be a real date, like 27 March 2013 or 2013-03-27"
    }
    assert _problems(date_of_birth="2015-13-01") == expected


@pytest.mark.parametrize("day", ["2026-11-01", "2000-11-03"])
def test_a_child_was_born_in_the_last_25_years(day: str) -> None:
    assert _form(date_of_birth=day).date_of_birth == date.fromisoformat(day)


@pytest.mark.parametrize("day", ["2026-11-02", "2027-01-01", "2000-11-02", "1950-01-01"])
def test_nobody_else_is_a_child_in_care(day: str) -> None:
    assert list(_problems(date_of_birth=day)) == ["date_of_birth"]


@pytest.mark.parametrize("day", ["2026-11-02", "2036-10-31"])
def test_an_outcome_is_wanted_from_today_on(day: str) -> None:
    form = _form(concerns=[{**CONCERN, "by": day}])
    assert form.concerns[0].by == date.fromisoformat(day)


@pytest.mark.parametrize("day", ["2026-11-01", "2036-11-03"])
def test_an_outcome_in_the_past_or_far_away_is_a_slip(day: str) -> None:
    assert list(_concern(by=day)) == ["concerns.0.by"]


def test_an_outcome_is_wanted_by_a_working_day() -> None:
    assert _concern(by="2026-12-27") == {
        "concerns.0.by": "The date by which you want the outcome must be a working day. The "
        "nearest are Thursday 24 December 2026 and Tuesday 29 December 2026"
    }


# Choices -----------------------------------------------------------------------------------------


def test_a_choice_that_nobody_offered_is_none() -> None:
    assert list(_problems(team="Nowhere")) == ["team"]
    assert list(_problems(stage="5")) == ["stage"]
    assert list(_problems(social_worker="nobody")) == ["social_worker"]
    assert list(_concern(theme="the weather")) == ["concerns.0.theme"]


def test_the_social_worker_is_one_of_the_child_s_team() -> None:
    assert list(_problems(social_worker="tm-north")) == ["social_worker"]
    assert list(_problems(team=SOUTH)) == ["social_worker"]
    assert _form(team=SOUTH, social_worker="sw-south").social_worker == "sw-south"


def test_there_is_at_least_one_concern_and_not_too_many() -> None:
    assert _problems(concerns=[]) == {"concerns": "Add at least one concern"}
    assert len(_form(concerns=[CONCERN] * CONCERNS).concerns) == CONCERNS
    assert list(_problems(concerns=[CONCERN] * (CONCERNS + 1))) == ["concerns"]


def test_the_concerns_together_are_no_longer_than_the_record_can_hold() -> None:
    longest = {**CONCERN, "what": "\U0001f467" * WORDS, "outcome": "\U0001f467" * WORDS}
    assert len(_form(concerns=[longest] * 4).concerns) == 4
    (sentence,) = _problems(concerns=[longest] * CONCERNS).values()
    assert sentence.startswith("The concerns together are longer than one form can hold.")


def test_a_mistake_does_not_carry_what_was_typed() -> None:
    with pytest.raises(WrongAnswersError) as caught:
        _form(name="", tried="Marigold" * WORDS)
    error = caught.value
    assert error.__cause__
    assert "Marigold" not in f"{error!r} {error} {error.__cause__}"
