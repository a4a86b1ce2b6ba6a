"""Slips in an emailed form: in a label, in a name, in a date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.intake import Became
from handlers.intake.labelled import is_of_our_words, nearest, read
from tests.doors.post import form, mail
from tests.pages.sections import whole
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Childs views", "Child's views"),
        ("Child’s veiws", "Child's views"),
        ("Child ID", "Case ID"),
        ("Csae ID", "Case ID"),
        ("Inititals", "Initials"),
        ("Date-of-birth", "Date of birth"),
        ("Alredy tried", "Already tried"),
        ("Concren 1 outcome", "Concern 1 outcome"),
        ("Concern 1 outcme", "Concern 1 outcome"),
        ("Reason for ths stage", "Reason for this stage"),
    ],
)
def test_a_label_with_a_slip_is_taken_for_the_one_it_is_nearest_to(
    service: Service, written: str, meant: str
) -> None:
    text = form()
    assert f"\n{meant}:" in f"\n{text}"
    assert service.receive(mail(text.replace(f"{meant}:", f"{written}:"))) == Became.RAISED
    (reference,) = service.open_challenges()
    raised = service.challenge(reference).raised
    assert raised.views == "Marigoldviewstext"
    assert raised.tried == "Marigoldtriedtext"


@pytest.mark.parametrize(
    "word", ["Note", "Mum", "Stays", "About it", "School", "On Monday", "Nana"]
)
def test_an_ordinary_word_is_near_no_label(word: str) -> None:
    assert nearest(word.casefold()) == ""


def test_a_label_with_a_slip_gives_way_to_the_label_itself() -> None:
    found = read("Child ID: 1\nAlready tried: Much.\nAlredy tried: in 2025.\nInitials: A.B.\nEnd\n")
    assert found.answers["tried"] == "Much.\nAlredy tried: in 2025."


def test_the_answer_names_the_lines_whose_label_it_does_not_know(service: Service) -> None:
    text = form(Team="").replace(
        "Already tried:", "Concern topic what: x\nQuilla Zebedee: y\nAlready tried:"
    )
    assert service.receive(mail(text)) == Became.DRAFT
    (sent,) = service.mails("iro-1")
    said = " ".join(sent.text.split())
    lines = text.split("\n")
    known, other = (lines.index(one) + 1 for one in ("Concern topic what: x", "Quilla Zebedee: y"))
    assert "We did not know these labels, so their lines are in no field yet:" in said
    assert f"- Line {known}: “Concern topic what” - Line {other} " in said
    assert "Quilla" not in sent.text + sent.html, "it may be a name"


def test_a_label_is_quoted_only_if_all_its_words_are_the_form_s_own() -> None:
    assert is_of_our_words("Concern 2 topics") is False
    assert is_of_our_words("Concern topic")
    assert not is_of_our_words("Concern Quilla")


def test_a_slip_in_the_team_s_name_is_answered_by_the_team(service: Service) -> None:
    assert service.receive(mail(form(Team="Nort Team"))) == Became.DRAFT
    (sent,) = service.mails("iro-1")
    said = " ".join(sent.text.split())
    assert "Did you mean North Team?" in said
    assert "Nort Team" not in said


def test_a_day_that_a_month_does_not_have_is_blamed_on_the_day(service: Service) -> None:
    text = form(Date_of_birth="32 March 2014")
    assert service.receive(mail(text)) == Became.DRAFT
    (sent,) = service.mails("iro-1")
    said = " ".join(sent.text.split())
    assert "Date of birth must be a real date: March 2014 has 31 days." in said
    (link, *_) = sent.links
    typed = whole(Visitor(service, "iro-1").get(link))
    boxes = [typed[f"date-of-birth-{name}"] for name in ("day", "month", "year")]
    assert boxes == ["32", "March", "2014"]
