"""Rule 23, urgency: a date after which it is too late, and a child at risk today."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.form import Urgency
from domain.ladder import Stage
from domain.procedure import Procedure
from domain.rulebook import marks_of
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.rules.lateness import LATE_IRO, Chased
from domain.rules.replies import Answer, Reply
from domain.rules.stages import StageBegan
from domain.rules.urgency import (
    ContactRecorded,
    RecordContact,
    RiskToday,
    StagesEndTooLate,
    too_late,
    too_late_from,
)
from domain.tasks import tasks
from domain.timeline import details, headline, next_step
from domain.vocabulary import Capacity, Letter, Outcome, Purpose, Standing
from handlers.pages.sections import of_too_late
from tests.builders import (
    HEDY,
    IRA,
    NOT_REFERRED,
    SARA,
    SENNA,
    TAM,
    Case,
    council,
    day,
    directory,
    raised,
)
from tests.doors.post import form as lines
from tests.doors.post import mail
from tests.pages.visitor import Visitor
from tests.rules.test_rule_1_entry import TODAY, form
from tests.workflow.service import running

if TYPE_CHECKING:
    from pathlib import Path

    from domain.council import Council

ROUTE = "Call the front door, 01234 567890."

#: Raised at stage 1 on Monday 2 November 2026, the four stages end on Monday 30 November.
MONDAY = "2026-11-02 10:00"


def urgent(limit: str, entry: Stage = Stage.ONE, at: str = MONDAY) -> Case:
    """Return a challenge that is too late after ``limit``, because a placement ends then."""
    return raised(entry, at, urgency=Urgency(day(limit), "The placement ends."))


def marks(case: Case) -> list[str]:
    """Return the keys of the marks, but for the one that says that the IRO is late (rule 0)."""
    return [mark.key for mark in marks_of(case.challenge) if mark.key != LATE_IRO]


# Too late after ----------------------------------------------------------------------------------


def test_the_form_may_carry_a_date_after_which_it_is_too_late() -> None:
    assert form().raised(council(), TODAY).urgency == Urgency()
    said = form(too_late_after="2026-11-21", too_late_why="The placement ends.")
    assert said.raised(council(), TODAY).urgency == Urgency(
        day("2026-11-21"), "The placement ends."
    )


def test_the_form_gives_examples_a_placement_that_ends_a_hearing_an_18th_birthday() -> None:
    after, why = of_too_late(day("2026-11-02"), council())
    assert "27 3 2027" in after.hint
    assert (
        why.hint == "For example: the placement ends, there is a hearing, or the child will be 18."
    )


@pytest.mark.parametrize(
    ("entry", "limit", "ends", "fits", "until"),
    [
        (Stage.ONE, "2026-11-30", None, None, None),
        (Stage.ONE, "2026-11-29", "2026-11-30", Stage.TWO, "2026-11-23"),
        (Stage.ONE, "2026-11-22", "2026-11-30", Stage.THREE, "2026-11-16"),
        (Stage.ONE, "2026-11-09", "2026-11-30", Stage.FOUR, "2026-11-09"),
        (Stage.ONE, "2026-11-08", "2026-11-30", None, None),
        (Stage.FOUR, "2026-11-09", None, None, None),
        (Stage.FOUR, "2026-11-08", "2026-11-09", None, None),
        (Stage.QAP, "2026-11-30", "2026-12-01", Stage.ONE, "2026-11-30"),
    ],
)
def test_before_sending_the_date_is_compared_with_the_last_date_of_each_remaining_stage(
    entry: Stage, limit: str, ends: str | None, fits: Stage | None, until: str | None
) -> None:
    before = too_late_from(entry, day(limit), day("2026-11-02"), council())
    case = urgent(limit, entry)
    for found in (before, too_late(case.challenge, case.now, case.council)):
        if ends is None:
            assert found is None
        else:
            assert found is not None
            assert (found.ends, found.fits) == (day(ends), fits)
            assert found.fits_until == (day(until) if until else None)
    assert bool(case.facts(StagesEndTooLate)) is (ends is not None)


def test_without_a_date_nothing_is_compared() -> None:
    case = raised()
    assert too_late(case.challenge, case.now, case.council) is None
    case.until("2026-12-20 10:00")
    assert case.facts(StagesEndTooLate) == []


def test_the_page_names_the_stage_that_fits() -> None:
    case = urgent("2026-11-22")
    found = too_late(case.challenge, case.now, case.council)
    assert found is not None
    assert found.in_words(case.council) == (
        "There is not enough time for every stage that is left before it is too late: Stage 4 "
        "would end on Monday 30 November 2026. Stage 3 fits: if you go there today, it and the "
        "stages after it would end by Monday 16 November 2026."
    )
    none = urgent("2026-11-05")
    found = too_late(none.challenge, none.now, none.council)
    assert found is not None
    assert found.in_words(none.council).endswith(
        "No stage fits any more: speak to the people who can decide today."
    )


def test_where_the_stages_end_later_than_the_date_the_page_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        urgency = Urgency(day("2026-11-22"), "The placement ends.")
        late = service.raise_at(Stage.ONE, urgency=urgency)
        in_time = service.raise_at(Stage.THREE, urgency=urgency)
        said = "After Sunday 22 November 2026 it is too late. There is not enough time"
        srsm = Visitor(service, "srsm")
        assert said in srsm.get(f"/challenges/{late}").text
        assert "There is not enough time" not in srsm.get(f"/challenges/{in_time}").text


def test_lists_mark_it_and_the_iro_is_told() -> None:
    case = urgent("2026-11-22")
    assert marks(case) == ["too_late"]
    assert case.hears(StagesEndTooLate) == {IRA: "daily"}
    assert marks(urgent("2026-11-30")) == []


def test_the_date_is_compared_again_every_day() -> None:
    """While Ira has not decided, stage 4 would begin later each day."""
    case = urgent("2026-11-17", Stage.THREE)
    case.does(HEDY, Reply(1, Answer.RESOLVED, "Done."), "2026-11-03 10:00")
    case.until("2026-11-11 08:59")
    assert marks(case) == []
    case.until("2026-11-11 09:00")
    assert marks(case) == ["too_late"]
    assert case.the(StagesEndTooLate) == StagesEndTooLate(Stage.FOUR, day("2026-11-18"))


def test_after_going_to_the_stage_that_fits_the_mark_is_gone() -> None:
    case = urgent("2026-11-22")
    case.does(IRA, Escalate(Stage.THREE, "The placement ends."), "2026-11-02 11:00")
    assert marks(case) == []
    case.until("2026-11-16 23:00")
    assert marks(case) == []


def test_after_an_early_reply_the_mark_is_gone_if_the_days_suffice() -> None:
    """Stages 2 to 4 need 15 working days: from the 3rd they end on the 24th."""
    case = urgent("2026-11-26")
    assert marks(case) == ["too_late"]
    case.does(TAM, Reply(1, Answer.CHALLENGED, "No."), "2026-11-03 10:00")
    assert too_late(case.challenge, case.now, case.council) is None
    assert marks(case) == []
    assert marks(case.until("2026-11-06 10:00")) == ["too_late"], "as days pass"


def test_a_late_reply_changes_no_date_so_nobody_is_told_again() -> None:
    case = urgent("2026-11-08").until("2026-11-10 10:00")
    said = len(case.facts(StagesEndTooLate))
    case.does(TAM, Reply(1, Answer.CHALLENGED, "No."))
    assert len(case.facts(StagesEndTooLate)) == said


def test_a_stage_that_is_still_too_late_marks_it_again() -> None:
    case = urgent("2026-11-15")
    case.does(IRA, Escalate(Stage.THREE, "The placement ends."), "2026-11-02 11:00")
    assert marks(case) == ["too_late"]
    assert len(case.facts(StagesEndTooLate)) == 2


def test_the_date_may_be_any_day_and_no_email_or_line_tells_it() -> None:
    """An 18th birthday is nearly a date of birth, and may be a Saturday."""
    case = urgent("2026-11-21")
    event = case.events(StagesEndTooLate)[0]
    words = headline(event, case.challenge, case.council)
    words += " ".join(next_step(case.challenge, case.now, case.council))
    assert "21 November" not in words
    assert words.startswith(
        "Stage 4 would end on Monday 30 November 2026, which is too late. Stage 3 fits"
    )


def test_an_ended_challenge_is_compared_no_more() -> None:
    case = urgent("2026-11-22")
    case.does(IRA, Close(Outcome.WITHDRAWN, "Not needed.", ChildTold.YES, "By phone."))
    assert marks(case) == []
    assert too_late(case.challenge, case.now, case.council) is None


# At risk today -----------------------------------------------------------------------------------


def at_risk(at: str = MONDAY, of: Council | None = None, by: str = IRA) -> Case:
    return raised(at=at, of=of, by=by, urgency=Urgency(at_risk=True))


def test_the_form_asks_whether_the_child_is_at_risk_today() -> None:
    for answer, risk in (("yes", True), ("no", False), ("", False)):
        assert form(at_risk=answer).raised(council(), TODAY).urgency.at_risk is risk


def test_for_a_child_at_risk_today_the_page_shows_the_safeguarding_and_out_of_hours_route(
    tmp_path: Path,
) -> None:
    with running(tmp_path, procedure=f'at_risk_route = "{ROUTE}"') as service:
        srsm = Visitor(service, "srsm")
        risk = service.raise_at(Stage.ONE, urgency=Urgency(at_risk=True))
        assert ROUTE in srsm.get(f"/challenges/{risk}").text
        asked = Visitor(service, "tm-n").get(f"/challenges/{risk}/reply")
        assert f"The IRO says that the child may be at risk today. {ROUTE}" in asked.text
        assert ROUTE not in srsm.get(f"/challenges/{service.raise_at(Stage.TWO)}").text


def test_the_receipt_of_an_email_shows_the_safeguarding_and_out_of_hours_route(
    tmp_path: Path,
) -> None:
    with running(tmp_path, procedure=f'at_risk_route = "{ROUTE}"') as service:
        service.receive(mail(lines(At_risk_today="yes")))
        (receipt,) = [one for one in service.mails("iro-1") if "raised" in one.subject]
        assert ROUTE in " ".join(receipt.text.split())
        assert all(ROUTE not in one.text for one in service.mails("srsm"))


def test_the_srsm_is_told_at_once_of_a_child_at_risk_today() -> None:
    case = at_risk("2026-11-07 22:15")  # a Saturday evening
    assert case.letters(RiskToday) == {SARA: Letter.AT_RISK}
    assert case.letters_go_out(RiskToday) == case.now
    assert at_risk().letters(RiskToday)[SARA] is Letter.AT_RISK


@pytest.mark.parametrize("at", [MONDAY, "2026-11-07 22:15", "2026-12-25 00:30"])
def test_the_iro_is_asked_by_the_end_of_that_day_whom_they_contacted_and_when(at: str) -> None:
    case = at_risk(at)
    (task,) = (
        one for one in tasks(case.challenge, case.council) if one.purpose is Purpose.RECORD_CONTACT
    )
    assert task.whose is Capacity.IRO
    assert not any("may decide instead" in one for one in task.then), "it decides nothing"
    assert task.deadline.day == date.fromisoformat(at[:10])
    case.does(IRA, RecordContact("The emergency duty team.", task.deadline.day, "10:30pm"))
    assert case.the(ContactRecorded).whom == "The emergency duty team."
    assert marks(case) == []
    shown = dict(details(case.the(ContactRecorded), frozenset({Capacity.SRSM})))
    assert shown["When"].endswith(", 10:30pm")


def test_at_risk_today_delays_nothing_and_replaces_nothing() -> None:
    case, usual = at_risk(), raised()
    assert case.standing is Standing.STAGE_1
    assert case.due == usual.due
    tasked = [one for one in tasks(case.challenge, case.council) if one.stops]
    assert [one.purpose for one in tasked] == [Purpose.REPLY]
    case = case.until("2026-11-10 09:00")
    assert case.standing is Standing.STAGE_2


def test_only_the_iro_or_their_cover_records_whom_they_contacted() -> None:
    case = at_risk()
    with pytest.raises(NotAllowedError):
        case.does(TAM, RecordContact("The duty team.", day("2026-11-02"), "4pm"))
    of = council(people=directory(Cover("iro-one", SARA, day("2026-01-01"), day("2026-12-31"))))
    covered = at_risk(of=of, by=SARA)
    assert covered.letters(RiskToday)[IRA] is Letter.DECIDE
    covered.does(SARA, RecordContact("The duty team.", day("2026-11-02"), "4pm"))
    assert covered.facts(ContactRecorded)


def test_whom_and_when_are_both_needed_and_not_in_the_future() -> None:
    case = at_risk()
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, RecordContact(" ", day("2026-11-03"), ""))
    assert set(refused.value.fields) == {"whom", "day", "time"}


@pytest.mark.parametrize("time", ["banana", "4.15", "4:15", "25:00", "13pm", "when I could"])
def test_what_is_no_time_with_one_meaning_is_asked_again(time: str) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        at_risk().does(IRA, RecordContact("The duty team.", day("2026-11-02"), time))
    assert set(refused.value.fields) == {"time"}


@pytest.mark.parametrize(
    "time",
    ["4pm", "4:15 PM", "about 4.15pm", "16:15", "1615", "09:05", "9am", "12pm", "Noon", "midnight"],
)
def test_a_time_can_be_written_as_people_write_it(time: str) -> None:
    case = at_risk()
    case.does(IRA, RecordContact("The duty team.", day("2026-11-02"), time))
    assert case.the(ContactRecorded).time == time


def test_who_was_contacted_is_asked_also_after_the_end() -> None:
    case = at_risk()
    case.does(IRA, Close(Outcome.WITHDRAWN, "Not needed.", ChildTold.YES, "By phone."))
    assert case.standing is Standing.ENDED_TO_DO
    case = case.does(IRA, RecordContact("The duty team.", day("2026-11-02"), "4pm"))
    assert case.files_it().standing is Standing.CLOSED


def test_if_it_is_late_those_above_are_told() -> None:
    """Rule 0: at three working days the SRSM, at five the Senior IRO Manager."""
    case = at_risk().does(IRA, NOT_REFERRED).until("2026-11-09 10:00")
    chased = [fact for fact in case.facts(Chased) if fact.question == "contact"]
    assert [fact.days_over for fact in chased if fact.tell_senior] == [5]
    assert SENNA in case.hears(Chased)


def test_the_safeguarding_and_out_of_hours_route_is_a_setting() -> None:
    assert "999" in Procedure().at_risk_route
    own = council(Procedure(at_risk_route="Call 01234 567890."))
    assert own.under("1").procedure.at_risk_route == "Call 01234 567890."


def test_nobody_is_asked_whom_they_contacted_if_the_child_is_not_at_risk() -> None:
    assert raised().facts(RiskToday) == []
    assert raised().events(StagesEndTooLate) == []
    assert len(raised().events(StageBegan)) == 1
