"""The lines of a front page: each has the date of what it names."""

from __future__ import annotations

from dataclasses import replace

from adapters.record.lists import Row, ToDo
from domain.vocabulary import Purpose
from handlers.pages.front import PRESSING_AT_MOST, _Words, at_first
from tests.builders import IRA, SARA, SENNA, council, moment

#: A challenge in which the SRSM has to file something, and may decide in the IRO's place.
WAITS = Row(
    *("PCE-7K3M-9QXT", "IRO_TO_DECIDE", "2", "2026-06-18T22:59:59.999999Z"),
    *("2026-06-01T09:00:00.000000Z", "A.B.", "CASE-1", IRA),
    marks=(),
    asks=str(Purpose.PLACE_DECISIONS),
    beside=(ToDo("2026-07-02T22:59:59.999999Z", str(Purpose.STEP_IN), "step-in"),),
)


def test_a_decision_that_the_srsm_may_make_has_its_own_date_not_that_of_another_task() -> None:
    everybody = council()
    words = _Words(everybody.directory.officers[SARA], everybody, moment("2026-07-09 10:00"))
    line = words.step_in(WAITS)
    assert (line.due, line.left) == ("Thursday 2 July 2026", "5 working days late")
    assert line.whom == ("Ira Sample-One, IRO",)
    filing = words.task((WAITS, WAITS.to_do[0]))
    assert filing.due == "Thursday 18 June 2026"


def test_what_the_iro_is_late_with_is_named_with_how_many_other_things() -> None:
    everybody = council()
    words = _Words(everybody.directory.officers[SENNA], everybody, moment("2026-07-09 10:00"))
    waits = replace(WAITS, due="2026-07-10T22:59:59.999999Z", asks="open", beside=())
    decide = ToDo("2026-07-06T22:59:59.999999Z", str(Purpose.DECIDE), "decide")
    line = words.iro_late((waits, [decide, decide]))
    assert (line.what, line.left) == ("Decide on the reply, and 1 more", "3 working days late")
    assert words.iro_late((waits, [])).due == "Friday 10 July 2026", "it was done meanwhile"


def test_all_tasks_that_are_late_or_due_today_are_shown_at_first_up_to_a_bound() -> None:
    now = moment("2026-07-02 10:00")
    late, today = ((replace(WAITS, due=one.due), one) for one in WAITS.to_do)
    later = (WAITS, ToDo("2026-07-03T22:59:59.999999Z", str(Purpose.DECIDE), "decide"))
    assert at_first([later] * 30, now) == 10
    assert at_first([*[late] * 11, *[today] * 2, *[later] * 9], now) == 13
    assert at_first([late] * 99, now) == PRESSING_AT_MOST
