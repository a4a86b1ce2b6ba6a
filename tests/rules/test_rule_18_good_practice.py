"""Rule 18: the form can record recognition instead of a concern."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.form import GoodPractice, Way
from domain.ladder import Stage
from domain.part import kind_of
from domain.people import capacities
from domain.permissions import may_see
from domain.rulebook import marks_of
from domain.rules.corrections import Correct
from domain.rules.good_practice import GoodPracticeRecorded
from domain.rules.notes import WriteNote
from domain.rules.sealing import AskToSeal
from domain.tasks import tasks
from domain.timeline import next_step
from domain.vocabulary import Outcome, Standing
from tests.builders import CAS, DAILY, HEDY, IRA, SARA, TAM, WYN, Case, raised
from tests.pages.sections import errors_of, missing_of, section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

GOOD = GoodPractice("She came every week.", "They trust somebody again.")


def praised() -> Case:
    return raised(
        Stage.QAP, way=Way.GOOD_PRACTICE, concerns=(), tried="", views="", good_practice=GOOD
    )


def test_the_form_can_record_recognition_instead_of_a_concern(service: Service) -> None:
    """By the page: what was done well, and the difference that it made."""
    iro, worker = Visitor(service, "iro-1"), Visitor(service, "sw-n1")
    page = iro.get(iro.get("/raise").link("Record good practice"))
    assert "reply link" not in page.text, "there is none"
    assert "this challenge" not in page.soup.select("main")[0].get_text(), "it is none"
    empty = whole(page).press("Continue")
    assert missing_of(empty)["#well"] == "Enter what was done well"
    assert "reply link" not in section(page, "child").text
    assert "this challenge" not in section(page, "praise").soup.select("main")[0].get_text()
    whose = ("case-id", "initials", "name", "team", "social-worker")
    child = {name: text for name, text in ANSWERS.items() if name.startswith((*whose, "date-of"))}
    wrong = whole(page).fill({**child, "well": GOOD.what}).press("Continue")
    assert errors_of(wrong) == {"#difference": "Enter what difference it made to the child"}
    assert whole(wrong)["well"] == GOOD.what, "nothing typed is lost"
    check = whole(wrong).fill({"difference": GOOD.difference}).press("Continue")
    assert "Nobody is asked for anything" in check.text
    assert GOOD.difference in check.text
    done = check.form().press("Record good practice")
    assert "Nobody has to do anything." in done.text
    reference = done.address.rpartition("/")[2]
    assert service.challenge(reference).raised.good_practice == GOOD
    assert service.executions(reference)[-1]["status"] == "SUCCEEDED"
    for who in (iro, worker):
        shown = who.get(f"/challenges/{reference}")
        assert (shown.status, shown.heading) == (200, "Good practice")
        assert shown.text.count(GOOD.what) == 1, "not in the record again"
        assert "Outcome wanted" not in shown.text
        assert "What is wrong" not in shown.text
        assert "breached" not in shown.text
        assert "Why nobody is asked" not in shown.text
    looks = iro.get(iro.get(f"/challenges/{reference}").link("Who looked at this record"))
    assert looks.heading == "Who looked at this record"
    srsm = Visitor(service, "srsm")
    people = srsm.get("/supervision").soup.select("main a")
    (theirs,) = [str(a["href"]) for a in people if "Ira Sample-One" in a.get_text()]
    assert reference not in srsm.get(theirs).text, "it is no dispute to discuss"
    assert "Good practice" in iro.get("/").text
    assert _counted(Visitor(service, "srsm").get("/challenges?counts=yes").text) == "1"
    assert any("recorded good practice" in one for one in service.news("sw-n1"))
    assert service.mails("tm-n") == [], "it asks nothing, so it is in the daily email"


def test_the_social_worker_and_the_team_manager_hear_about_it() -> None:
    case = praised()
    assert case.hears(GoodPracticeRecorded) == {WYN: DAILY, TAM: DAILY}
    line = kind_of(case.the(GoodPracticeRecorded)).news
    assert "good practice" in line
    for text in (GOOD.what, GOOD.difference):
        assert text not in line


def test_whoever_hears_about_good_practice_reads_it() -> None:
    case = praised()
    for officer in (IRA, SARA, WYN, TAM, CAS):
        who = capacities(case.challenge, officer, case.council, date(2026, 11, 2))
        assert may_see(who, case.challenge, case.council), officer
    who = capacities(case.challenge, HEDY, case.council, date(2026, 11, 2))
    assert not may_see(who, case.challenge, case.council)


def test_good_practice_has_no_deadline() -> None:
    case = praised()
    assert case.standing is Standing.CLOSED
    assert case.challenge.outcome is Outcome.GOOD_PRACTICE
    assert tasks(case.challenge, case.council) == ()
    version = case.challenge.version
    assert case.until("2027-03-01 10:00").challenge.version == version
    told = next_step(case.challenge, case.now, case.council, IRA)
    assert told == ("This records good practice. Nobody has to do anything.",)


def test_the_ladder_does_not_begin_for_good_practice() -> None:
    case = praised()
    assert {type(event.fact).__name__ for event in case.challenge.events} == {
        *("Raised", "RecordedAtQap", "GoodPracticeRecorded"),
    }
    assert case.challenge.period is None
    for officer in (IRA, SARA, WYN, TAM):
        assert case.acts(officer) <= {WriteNote, Correct, AskToSeal}, officer


def test_good_practice_is_counted(service: Service) -> None:
    assert [mark.called for mark in marks_of(praised().challenge)] == ["Good practice"]
    for _ in range(2):
        service.raise_at(Stage.QAP, way=Way.GOOD_PRACTICE, concerns=(), good_practice=GOOD)
    srsm, hos = Visitor(service, "srsm"), Visitor(service, "hos")
    assert _counted(srsm.get("/challenges?counts=yes").text) == "2"
    assert "In the last 12 months" not in hos.get("/challenges?counts=yes").text
    service.jump(timedelta(days=370))
    assert _counted(srsm.get("/challenges?counts=yes").text) == "0"


def _counted(text: str) -> str:
    return text.split("Good practice recorded", 1)[1].split(maxsplit=1)[0][:1]
