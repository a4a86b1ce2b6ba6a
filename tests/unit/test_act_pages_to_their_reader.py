"""Pages of acts speak to whoever reads them: *you* to the IRO, *the IRO* to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from domain.moments import local_day
from domain.people import capacities
from domain.rules.accepting import AcceptActions
from domain.rules.replies import Answer, Reply
from handlers.documents.report import what_is_due
from handlers.pages.acts import Scene
from handlers.pages.acts.corrections import CORRECT
from handlers.pages.acts.deciding import ASK_AGAIN
from handlers.pages.acts.discussions import RECORD_CONVERSATION
from handlers.pages.acts.endings import RESOLVE
from handlers.pages.acts.escalating import ESCALATE
from handlers.pages.acts.holds import PROPOSE_HOLD
from handlers.pages.acts.meetings import RECORD_MEETING
from handlers.pages.acts.notes import WRITE_NOTE
from handlers.pages.acts.reopening import REOPEN
from handlers.pages.acts.timescales import RECORD_DISCUSSION
from handlers.pages.whole import in_the_iros_place, may_decide_now
from tests.builders import IRA, SARA, SENNA, TAM, Case, an_action, raised

if TYPE_CHECKING:
    from handlers.pages.acts import ActPage

DONE = Reply(1, Answer.RESOLVED, "A visit was made.")
SRSM = "the Safeguarding & Review Service Manager"


def scene(case: Case, officer: str) -> Scene:
    today = local_day(case.now)
    can = capacities(case.challenge, officer, case.council, today)
    person = case.council.directory.officers[officer]
    return Scene(case.challenge, case.council, person, can, case.now)


def says(page: ActPage, case: Case, officer: str) -> str:
    return " ".join(page.sentences(scene(case, officer)))


@pytest.mark.parametrize(
    ("page", "to_iro", "to_srsm"),
    [
        (RESOLVE, "you can reopen it", "the IRO can reopen it"),
        (ESCALATE, "you follow them", "the IRO follows them"),
        (PROPOSE_HOLD, f"until {SRSM} agrees", "until the IRO agrees"),
        (RECORD_DISCUSSION, f"you talk to {SRSM}. Then you set", "you talk to the IRO. Then the"),
        (ASK_AGAIN, "you can do this once, and the S", "the IRO can do this once, and you once"),
        (RECORD_MEETING, f"the chair or by {SRSM}.", "the chair or by you."),
        (CORRECT, "The Safeguarding & Review Service Manager is told", "The IRO is told"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.slug,
)
def test_the_iro_is_you_and_to_others_the_iro(page: ActPage, to_iro: str, to_srsm: str) -> None:
    case = raised()
    assert to_iro in says(page, case, IRA)
    assert to_srsm in says(page, case, SARA)
    assert to_iro not in says(page, case, SARA)


def test_who_was_asked_reads_that_a_note_is_not_their_reply() -> None:
    case = raised()
    for page in (WRITE_NOTE, RECORD_CONVERSATION):
        assert "count as a reply: you still have to reply." in says(page, case, TAM)
        assert "count as a reply: whoever is asked to reply still has to." in says(page, case, IRA)


def test_who_records_a_meeting_reads_who_reports_for_an_owner_without_email() -> None:
    case = raised(Stage.TWO)
    for officer, who in ((IRA, "you report for them."), (SARA, "the IRO reports for them.")):
        hints = [one.hint for one in RECORD_MEETING.fields(scene(case, officer))]
        assert any(hint.endswith(who) for hint in hints)


def test_deciding_in_the_iros_place_is_said_before_it_is_done() -> None:
    case = raised().does(TAM, DONE, "2026-11-04 10:00").until("2026-11-12 10:00")
    late = "You do this in the place of Ira Sample-One, 3 working days after the date to decide on"
    for page in (RESOLVE, ESCALATE, ASK_AGAIN):
        assert says(page, case, SARA).startswith(late)
        assert "Ira Sample-One and the Senior IRO Manager are told at once." in says(
            page, case, SARA
        )
        assert "in the place of" not in says(page, case, IRA)
    assert "and the Senior IRO Manager are told" not in says(RESOLVE, case, SENNA)
    assert "in the place of" not in says(PROPOSE_HOLD, case, SARA)


@pytest.mark.parametrize(
    ("stage", "replied", "officer", "hint"),
    [
        (Stage.QAP, True, IRA, ""),
        (Stage.ONE, False, IRA, ""),
        (Stage.ONE, True, IRA, "You can leave this empty for Stage 2."),
        (Stage.ONE, True, SARA, "Optional."),
    ],
)
def test_the_page_says_for_which_stage_it_needs_no_reason(
    stage: Stage, officer: str, hint: str, *, replied: bool
) -> None:
    case = raised(stage)
    if replied:
        case.does(TAM, DONE)
    (asked,) = (one for one in ESCALATE.fields(scene(case, officer)) if one.name == "reason")
    assert asked.hint == hint


def test_who_oversees_reads_from_when_they_can_decide_in_the_iros_place() -> None:
    case = raised().does(TAM, DONE, "2026-11-04 10:00")
    from_then = "You can decide in Ira Sample-One’s place from Thursday 12 November 2026, if they"
    assert in_the_iros_place(scene(case, SARA)).startswith(from_then)
    assert in_the_iros_place(scene(case, IRA)) == ""
    case.until("2026-11-12 10:00")
    assert may_decide_now(scene(case, SARA))
    assert in_the_iros_place(scene(case, SARA)) == "", "a task of theirs says so"
    case.until("2026-11-16 10:00")
    assert may_decide_now(scene(case, SENNA))
    assert in_the_iros_place(scene(case, SENNA)) == (
        "Ira Sample-One was due to decide on the reply by Monday 9 November 2026, and is 5 working "
        "days late. You may decide in their place too."
    )


def test_who_oversees_reads_why_they_cannot_decide_about_a_missed_action() -> None:
    promised = Reply(1, Answer.ACTIONS, "We will.", (an_action("Visit Alex", "2026-11-10"),))
    case = raised().does(TAM, promised).does(IRA, AcceptActions()).until("2026-11-19 10:00")
    assert in_the_iros_place(scene(case, SARA)) == (
        "Ira Sample-One was due by now to decide whether to refer to Cafcass, decide how to go on "
        "before the 20-working-day limit and decide about missed action 1. That stays theirs: you "
        "can decide in their place only about a reply, or when none came. To ask about it, write a "
        "note: the IRO is told."
    )
    assert in_the_iros_place(scene(case, TAM)) == ""


def test_a_line_that_is_cut_ends_after_a_whole_word() -> None:
    (options,) = (f.options for f in CORRECT.fields(scene(raised(), IRA)) if f.name == "event")
    (began,) = (one.text for one in options if "Stage 1 began" in one.text)
    line, end = began[:-1], began[-1]
    assert end == "…"
    assert line.rpartition(" ")[2] in {"November", "9", "Monday", "of", "end"}


def test_only_the_first_of_the_childs_details_says_where_they_come_from() -> None:
    hints = [f.hint for f in REOPEN.fields(scene(raised(Stage.ONE), IRA)) if "old record" in f.hint]
    assert len(hints) == 1


def test_on_paper_a_date_in_the_iros_place_is_said_to_be_the_iros() -> None:
    case = raised().does(TAM, DONE, "2026-11-04 10:00").until("2026-11-12 10:00")
    said = "You may decide in the IRO’s place. Ira Sample-One was due to decide by this date"
    rows = {what: (day, sum_) for what, _, day, sum_ in what_is_due(scene(case, SARA))}
    day, sum_ = rows[said]
    assert day == "Monday 9 November 2026"
    assert "3 working days from Monday 9 November 2026 is Thursday 12 November 2026." in sum_
