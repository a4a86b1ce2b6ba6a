"""Rule 15: an IRO who leaves, and the SRSM who appoints another one."""

from __future__ import annotations

from adapters.letters import form_path
from domain.directory import Cover
from domain.ladder import Stage
from domain.moments import LOCAL
from domain.notices import notices
from domain.people import capacities
from domain.rules.appointing import AppointIro, Because, IroAppointed
from domain.rules.endings import ChildTold, RecordChildTold, Resolve
from domain.rules.leaving import IroIsBack, IroLeft
from domain.rules.replies import Answer, Reply
from domain.tasks import tasks, trays
from domain.vocabulary import Capacity, Letter, Purpose
from tests.builders import (
    DAILY,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    Case,
    council,
    day,
    directory,
    raised,
)

GONE = council(people=directory(iro_one=None))


def left(stage: Stage = Stage.ONE, at: str = "2026-11-03 10:00") -> Case:
    """Return a challenge whose IRO has left since."""
    case = raised(stage)
    case.until(at)
    case.council = GONE
    case._settle()
    return case


def test_an_iro_who_leaves_is_replaced() -> None:
    case = left()
    assert case.the(IroLeft).iro == IRA
    case.does(SARA, AppointIro(IVO, "Ira has left."))
    assert case.challenge.iro == IVO
    assert Purpose.APPOINT_IRO not in [task.purpose for task in tasks(case.challenge, GONE)]


def test_the_srsm_is_asked_to_appoint_another_iro_within_2_working_days() -> None:
    case = left()
    assert ("APPOINT_IRO", day("2026-11-05")) in case.asks
    assert trays(case.challenge, GONE, day("2026-11-03"))["srsm"][0].purpose is Purpose.APPOINT_IRO


def test_one_email_leads_the_srsm_at_once_to_the_list_of_all_their_challenges() -> None:
    case = left()
    assert case.hears(IroLeft) == {SARA: Letter.DECIDE, SENNA: DAILY}
    event = next(one for one in case.challenge.events if isinstance(one.fact, IroLeft))
    found = notices(case.challenge, case.now, case.council, event.number - 1)
    (notice,) = [one for one in found if one.event is event]
    assert notice.asks_once == f"left-{IRA}"
    assert form_path(notice, case.challenge, case.council, case.now) == f"/transfer?iro={IRA}"


def test_an_srsm_who_is_the_iro_has_not_left() -> None:
    case = raised().does(SENNA, AppointIro(SARA, "Ira has too many children."))
    assert not case.facts(IroLeft)
    case.does(SENNA, AppointIro(IVO, "Sara has too much to do."))
    assert [fact.because for fact in case.facts(IroAppointed)] == [Because.SENIOR, Because.SENIOR]


def test_an_srsm_who_is_the_iro_is_away_while_somebody_covers_for_them() -> None:
    case = raised().does(SENNA, AppointIro(SARA, "Ira has too many children."))
    case.council = council(people=directory(Cover("srsm", HEDY, case.today, case.today)))
    case.does(HEDY, AppointIro(IVO, "Sara is on leave."))
    assert case.facts(IroAppointed)[-1].because is Because.AWAY
    assert not case.facts(IroLeft)


def test_that_the_iro_has_left_stops_nothing() -> None:
    case = left()
    assert case.challenge.awaiting_reply
    case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    silent = left(at="2026-11-03 10:00").until("2026-11-10 09:00")
    assert silent.challenge.stage is Stage.TWO


def test_both_iros_are_told_that_another_one_is_appointed() -> None:
    case = left().does(SARA, AppointIro(IVO, "Ira has left."))
    assert case.letters(IroAppointed)[IVO] is Letter.DECIDE
    assert IRA in case.hears(IroAppointed)


def test_the_one_who_had_it_reads_on_while_an_iro_of_this_council() -> None:
    people = directory(iro_one=None)
    case = left().does(SARA, AppointIro(IVO, "Ira has left."))
    today = case.now.astimezone(LOCAL).date()
    assert not capacities(case.challenge, IRA, council(people=people), today)
    back = capacities(case.challenge, IRA, council(), today)
    assert back == {Capacity.IRO_BEFORE}


def test_what_is_left_to_do_after_the_end_is_another_iro_s_too() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    case.does(IRA, Resolve("Seen at the visit.", ChildTold.NOT_YET))
    case.council = GONE
    case._settle()
    assert case.the(IroLeft).iro == IRA
    case.does(SARA, AppointIro(IVO, "Ira has left."))
    assert case.challenge.question_by("appoint-iro") is None
    assert RecordChildTold in case.acts(IVO)


def test_nobody_is_asked_any_more_once_the_iro_is_back() -> None:
    case = left()
    case.council = council()
    case._settle()
    assert case.the(IroIsBack).iro == IRA
    assert not [one for one in case.asks if one[0] == "APPOINT_IRO"]
    case.council = GONE
    case._settle()
    assert len(case.facts(IroLeft)) == 2
