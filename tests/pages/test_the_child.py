"""Rule 19 on pages, by email and by JSON: what the child knows, and who helps them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from adapters import wiring
from domain.form import Answered, ChildsRights
from domain.ladder import Stage
from domain.rules.childs_rights import childs_rights
from domain.rules.endings import ChildTold, Resolve
from domain.rules.life import LifeChange, RecordLifeChange, has_died
from tests.doors.post import form, mail
from tests.doors.test_interface import FORM, let_in
from tests.pages.sections import whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, look_over

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from tests.workflow.service import Service

YES, NOT_YET, NO = Answered.YES, Answered.NOT_YET, Answered.NO

#: The IRO is asked this at every formal entry (rule 10).
CAFCASS = "CONSIDER_CAFCASS"


def _loaded(reference: str) -> Challenge:
    return wiring.casebook().record.chain.load(reference).challenge


def _open_tasks(challenge: Challenge) -> set[str]:
    return {question.purpose.name for question in challenge.questions}


def test_what_is_left_blank_becomes_tasks_and_the_iro_does_them_on_one_page(
    service: Service,
) -> None:
    iro = Visitor(service, "iro-1")
    blank = ("advocate-offered", "wants-court")
    typed = {name: text for name, text in ANSWERS.items() if name not in blank}
    no = {"knows-complaints": "no", "rights-why": "Marigoldtooyoung"}
    check = whole(iro.get("/raise")).fill({**typed, **no}).press("Continue")
    for asked in ("An advocate was offered", "The child wants to go to court"):
        assert f"{asked} Not answered. We record “not yet”, and it becomes a task" in check.text
    assert "Marigoldtooyoung" in check.text
    for title in ("Brothers and sisters", "Review and court"):
        assert f"{title} Nothing entered. You can leave it so. Change {title}" in check.text
    done = check.form().press("Raise this challenge")
    assert "You need to do these by Wednesday 4 November 2026:" in done.text
    listed = [one.get_text(strip=True) for one in done.soup.select("main li")]
    assert "offer the child an advocate" in listed
    assert done.text.count("offer the child an advocate") == 1
    reference = done.address.rpartition("/")[2]
    assert _open_tasks(_loaded(reference)) == {"OFFER_ADVOCATE", "FIND_ADVICE", CAFCASS}

    page = iro.get(f"/challenges/{reference}")
    assert (
        "You need to offer the child an advocate; record whether the child wants to go to court, "
        "and who helps them; and decide whether to refer to Cafcass"
    ) in page.text
    form = iro.get(page.link("Record what the child knows and who helps them")).form()
    assert (form["advocate"], form["complaints"], form["why"]) == (
        *("not yet", "no"),
        "Marigoldtooyoung",
    )
    form.fill({"advocate": "yes", "court": "yes", "legal_help": "Marigoldadvocate"}).press(
        "Record what the child knows and who helps them"
    )
    rights = ChildsRights(YES, YES, NO, YES, "Marigoldadvocate", "Marigoldtooyoung")
    assert childs_rights(_loaded(reference)) == rights
    assert _open_tasks(_loaded(reference)) == {CAFCASS}
    assert "Marigoldadvocate" in iro.get(f"/challenges/{reference}").text
    asked = Visitor(service, "tm-n").get(f"/challenges/{reference}").text
    assert "Marigoldtooyoung" in asked
    assert "Marigoldadvocate" not in asked
    assert "wants to go to court" not in asked


def test_programs_and_emails_say_it_in_their_own_words(service: Service) -> None:
    answers = {"child_knows": "yes", "advocate_offered": "", "knows_complaints": "not yet"}
    sent = {**FORM, **answers, "wants_court": "yes", "legal_help": "Marigoldadvocate"}
    status, _, answer = let_in(service).send(sent)
    assert status == 201
    rights = ChildsRights(YES, NOT_YET, NOT_YET, YES, "Marigoldadvocate")
    assert childs_rights(_loaded(answer["reference"])) == rights

    lines = {"Child_knows": "Yes", "Advocate_offered": "", "Wants_to_go_to_court": "no"}
    before = set(service.open_challenges())
    service.receive(mail(form(**lines)))
    (reference,) = set(service.open_challenges()) - before
    assert childs_rights(_loaded(reference)) == ChildsRights(YES, NOT_YET, NOT_YET, NO)


def test_a_form_without_the_questions_says_that_they_were_not_asked(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    assert childs_rights(_loaded(reference)) == ChildsRights()
    form = Visitor(service, "iro-1").get(f"/challenges/{reference}/childs-rights").form()
    assert form["knows"] == ""


# What changes in the child's life ----------------------------------------------------------------


def test_a_death_is_confirmed_on_a_page_and_then_nothing_is_asked_about_telling_the_child(
    service: Service,
) -> None:
    iro, reference = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
    page = iro.get(iro.get(f"/challenges/{reference}").link("Record a change in the child’s life"))
    typed = {"change": "died", "day-day": "1", "day-month": "11", "day-year": "2026"}
    check = page.form().fill(typed).press(through=False)
    assert "The child died on Sunday 1 November 2026" in check.text
    assert not has_died(_loaded(reference))
    done = check.form().press("Record that the child died")
    assert has_died(_loaded(reference))
    assert "You need to say how to go on after a change in the child’s life" in done.text

    close = iro.get(f"/challenges/{reference}/close")
    assert "Was the child told" not in close.text
    assert "If the child is not told yet" not in close.text
    close.form().fill({"outcome": "withdrawn", "reason": "The child has died."}).press()
    assert not service.challenge(reference).open
    ended = iro.get(f"/challenges/{reference}")
    assert "Record whether the child was told" not in ended.text
    back = iro.get(ended.link("Record a change in the child’s life")).form()
    back.fill({**typed, "change": LifeChange.MISTAKE}).press()
    assert "Record whether the child was told" in iro.get(f"/challenges/{reference}").text


def test_the_iro_says_how_the_challenge_goes_on(service: Service) -> None:
    iro, reference = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
    adopted = RecordLifeChange(LifeChange.ADOPTED, date(2026, 11, 1))
    service.act(reference, "srsm", adopted)
    page = iro.get(iro.get(f"/challenges/{reference}").link("Say how the challenge goes on"))
    page.form().fill({"words": "Marigoldgoeson"}).press()
    assert _open_tasks(_loaded(reference)) == {CAFCASS}
    assert "Marigoldgoeson" in iro.get(f"/challenges/{reference}").text


# The letter --------------------------------------------------------------------------------------


def test_the_letter_is_for_who_speaks_for_the_child(service: Service) -> None:
    iro, reference = Visitor(service, "iro-1"), service.raise_at(Stage.ONE)
    assert iro.get(f"/challenges/{reference}/letter").status == 404
    service.act(reference, "iro-1", Resolve("It was done.", ChildTold.YES, "By letter."))
    page = iro.get(iro.get(f"/challenges/{reference}").link("Write to the child"))
    form = page.form()
    assert form["words"].startswith("Dear ")
    form.fill({"words": "Dear Marigold,\n\nIt is done."}).press("Save letter")
    address = iro.get(f"/challenges/{reference}").link("Print the letter to the child")
    printed = iro.get(address)
    assert "Dear Marigold, It is done." in printed.text
    look_over(printed)
    manager = Visitor(service, "csm")
    assert manager.get(address).status == 404
    assert "Marigold," not in manager.get(f"/challenges/{reference}").text
