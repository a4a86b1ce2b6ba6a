"""The timeline: what is said of each kind of event, and what of it whoever may read can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from domain.part import EVERYBODY
from domain.procedure import OnNoReply, Procedure
from domain.rulebook import FACTS
from domain.rules.accepting import AcceptActions
from domain.rules.actions import (
    ActionConfirmed,
    ActionDone,
    ActionGivenUp,
    ConfirmAction,
    GiveUpAction,
    ReportAction,
)
from domain.rules.appointing import AppointIro, IroAppointed
from domain.rules.asking_to_accept import (
    AcceptanceAsked,
    AcceptanceDeclined,
    AskToAccept,
    DeclineToAccept,
)
from domain.rules.deciding import AskAgain, AskedAgain, GiveView, ManagerView
from domain.rules.endings import (
    ChildTold,
    ChildWasTold,
    Close,
    Closed,
    RecordChildTold,
    Resolve,
)
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.rules.holds import (
    AgreeHold,
    EndHold,
    HoldBegan,
    HoldEnded,
    HoldLapsed,
    HoldProposed,
    ProposeHold,
)
from domain.rules.missed_actions import ActionMissed
from domain.rules.notes import Noted, WriteNote
from domain.rules.period import ResolutionPeriodEnding, ResolutionPeriodOver
from domain.rules.posts import NotMine, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import (
    DeadlineRevised,
    DecideObjection,
    Object,
    Objected,
    ObjectionDecided,
    ReviseDeadline,
)
from domain.rules.serving import Bounced, Served
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Reminded, StageBegan
from domain.rules.timescales import (
    ConfirmDate,
    DateProposed,
    DeclineDate,
    NewDateConfirmed,
    NewDateDeclined,
    NewDateSet,
    ProposeDate,
    SetNewDate,
)
from domain.timeline import details, headline, news
from domain.vocabulary import Outcome
from tests.builders import IRA, IVO, SARA, SENNA, TAM, WYN, Case, an_action, council, day, raised

if TYPE_CHECKING:
    from domain.events import Fact

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
BECAUSE = "The panel sits on Thursday."
NO = (ChildTold.NO, "They never knew.")


def said(case: Case, kind: type[Fact]) -> str:
    """What the timeline says of the last event of this kind."""
    return headline(case.events(kind)[-1], case.challenge, case.council)


def read(case: Case, kind: type[Fact]) -> dict[str, str]:
    """What whoever sees the page can read of it: by its label."""
    return dict(details(case.events(kind)[-1].fact, EVERYBODY))


def promised(count: int = 2) -> Case:
    agreed = tuple(an_action(f"Action {number}") for number in range(count))
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", agreed))
    return case.does(IRA, AcceptActions("Thank you."))


def held() -> Case:
    return raised().does(IRA, ProposeHold(3, BECAUSE)).does(SARA, AgreeHold())


# How a stage began and ended ---------------------------------------------------------------------


def test_how_it_was_raised() -> None:
    assert said(raised(Stage.TWO), Raised) == "Ira Sample-One raised the challenge at Stage 2"
    assert read(raised(Stage.TWO), Raised) == {
        "Why at this stage": "It cannot wait, and can be decided here.",
        "What was tried": "Spoke with the social worker on the phone.",
        "The child’s views": "Wants to know where home will be.",
    }
    assert "Why at this stage" not in read(raised(Stage.QAP), Raised), "what is empty is not shown"


def test_why_each_stage_began() -> None:
    due = "A reply is due from the Children’s Service Manager, North Sample Team and South Sample"
    assert said(raised(), StageBegan).startswith("Stage 1 began. A reply is due from the Team")
    urgent = raised().does(IRA, Escalate(Stage.TWO, "It is urgent."))
    assert said(urgent, StageBegan) == (
        f"Stage 2 began: the IRO moved the challenge up. {due} Team by the end of Monday "
        "9 November 2026"
    )
    decided = raised().does(TAM, DONE).does(IRA, Escalate(Stage.TWO))
    found = "Stage 2 began: the IRO found the matter not resolved. "
    assert said(decided, StageBegan).startswith(f"{found}{due}")
    silent = raised().until("2026-11-10 09:00")
    missed = "Stage 2 began: there was no reply by the deadline. "
    assert said(silent, StageBegan).startswith(f"{missed}{due}")
    assert news(silent.events(StageBegan)[-1].fact, Stage.TWO, silent.council) == (
        "Stage 2 has begun"
    )


def test_the_first_formal_stage_shows_the_sum_of_the_resolution_period_and_the_next_does_not() -> (
    None
):
    case = raised()
    assert read(case, StageBegan).keys() == {
        *("Reason", "How the deadline was counted", "20-working-day limit")
    }
    assert read(case, StageBegan)["20-working-day limit"].startswith("20 working days from Monday")
    case.does(IRA, Escalate(Stage.TWO, "It is urgent."))
    assert read(case, StageBegan).keys() == {"Reason", "How the deadline was counted"}


def test_that_a_reply_was_still_to_come_and_that_none_came() -> None:
    case = raised(Stage.TWO).until("2026-11-06 10:00")
    assert said(case, Reminded) == "One working day is left to reply at Stage 2"
    case.does(IRA, Escalate(Stage.FOUR, "It is urgent."))
    assert said(case, Reminded) == "One working day is left to reply at Stage 2", "as it was then"
    silent = raised().until("2026-11-10 09:00")
    assert said(silent, DeadlineMissed) == "No reply came by the deadline"
    assert read(silent, DeadlineMissed) == {}
    asks = raised(of=council(Procedure(on_no_reply=OnNoReply.ASK))).until("2026-11-10 09:00")
    assert read(asks, DeadlineMissed).keys() == {"The IRO decides by"}


def test_that_the_resolution_period_ends() -> None:
    case = raised().until("2026-12-01 09:00")
    assert said(case, ResolutionPeriodEnding) == (
        "Monday 30 November 2026 is the last day of the 20-working-day limit, and the challenge is "
        "still open"
    )
    assert said(case, ResolutionPeriodOver) == (
        "The 20-working-day limit has passed, and the challenge is still open"
    )


# On its way --------------------------------------------------------------------------------------


def test_to_whom_a_request_was_sent_and_from_whom_it_came_back() -> None:
    case = raised(Stage.QAP)
    assert said(case, Served) in {
        f"The request was accepted for delivery to {name}"
        for name in ("Wyn Sample-Five", "Tam Sample-Seven")
    }
    assert read(case, Served) == {}
    case.records(Bounced(1, TAM))
    assert said(case, Bounced) == (
        "The request did not reach Tam Sample-Seven: the email was refused, or came back"
    )
    late = raised(served=False).until("2026-11-04 10:00")
    late.records(Served(1, "gone", late.council.within(5, late.now)))
    assert said(late, Served) == (
        "The request was accepted for delivery to gone. The days count from then: a reply is due "
        "by the end of Wednesday 11 November 2026"
    )
    assert read(late, Served).keys() == {"How the deadline was counted"}


def test_that_it_is_somebody_elses_to_answer() -> None:
    case = raised().does(TAM, SayNotMine(1, "Not my team."))
    assert said(case, NotMine) == "Tam Sample-Seven says that this is not theirs to answer"
    sums = {"To be reassigned by", "Waits for a name until"}
    assert read(case, NotMine).keys() == {"In their words", *sums}
    late = raised().does(IRA, Escalate(Stage.TWO, "Now.")).does(TAM, SayNotMine(1, "Not mine."))
    assert read(late, NotMine) == {"In their words": "Not mine."}


# After a reply -----------------------------------------------------------------------------------


def test_that_the_same_stage_is_asked_again() -> None:
    case = raised().does(TAM, DONE).does(IRA, AskAgain("When?", 3))
    assert said(case, AskedAgain) == (
        "The question was asked again at the same stage. A reply is due by the end of Thursday "
        "5 November 2026"
    )
    assert read(case, AskedAgain).keys() == {"In their words", "How the deadline was counted"}


@pytest.mark.parametrize(("resolved", "view"), [(True, "resolved"), (False, "not resolved")])
def test_how_the_service_manager_sees_it(*, resolved: bool, view: str) -> None:
    case = raised().does(TAM, DONE).does(SARA, GiveView(resolved=resolved, words="As I see it."))
    assert said(case, ManagerView) == f"Sara Sample-Three sees the matter as {view}"


def test_who_is_its_iro_from_now_on() -> None:
    case = raised().does(SENNA, AppointIro(IVO, "Ira is on leave."))
    assert said(case, IroAppointed) == "Ivo Sample-Two is the IRO of this challenge from now on"
    assert read(case, IroAppointed) == {
        "Reason": "Ira is on leave.",
        "This was possible because": "the Senior IRO Manager decided it",
    }


def test_what_was_undertaken_is_shown_action_by_action() -> None:
    agreed = (an_action("Apply", "2026-11-12"), an_action("Write", "2026-11-13"))
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", agreed))
    shown = read(case, Replied)
    assert list(shown) == ["In their words", "Action 1", "Action 2", "The IRO decides by"]
    assert "Apply" in shown["Action 1"]
    assert "by Friday 13 November 2026" in shown["Action 2"]


def test_how_far_each_action_has_come() -> None:
    case = promised().does(WYN, ReportAction(1, "A letter."))
    assert said(case, ActionDone) == "Wyn Sample-Five reported action 1 done"
    assert read(case, ActionDone).keys() == {"What shows it", "To be confirmed by"}
    case.does(IRA, ConfirmAction(1, "Seen."))
    assert said(case, ActionConfirmed) == "Ira Sample-One confirmed that action 1 was done"
    case.does(SARA, ReviseDeadline(day("2026-11-11"), BECAUSE, "do-action-2"))
    assert said(case, DeadlineRevised).startswith("Sara Sample-Three revised the date of action 2")
    case.until("2026-11-13 09:00")
    assert said(case, ActionMissed) == "Action 2 was not reported done by its date"
    case.does(IRA, GiveUpAction(2, "It is not needed."))
    assert said(case, ActionGivenUp) == "Ira Sample-One dropped action 2"
    assert read(case, ActionGivenUp).keys() == {"Reason", "IRO to say if it is resolved by"}
    one_left = promised().does(IRA, GiveUpAction(2, "It is not needed."))
    assert read(one_left, ActionGivenUp) == {"Reason": "It is not needed."}


def test_how_a_new_date_was_proposed_set_declined_and_confirmed() -> None:
    case = promised().until("2026-11-13 09:00")
    case.does(WYN, ProposeDate(1, day("2026-12-10"), BECAUSE))
    assert said(case, DateProposed) == (
        "Wyn Sample-Five proposed Thursday 10 December 2026 for action 1"
    )
    case.does(IRA, SetNewDate("action-1", day("2026-12-10"), BECAUSE))
    assert said(case, NewDateSet) == (
        "Ira Sample-One set a new date for action 1: Thursday 10 December 2026. The Safeguarding & "
        "Review Service Manager has to confirm it"
    )
    assert read(case, NewDateSet).keys() == {"Reason", "To be confirmed by"}
    case.does(SARA, DeclineDate("action-1", BECAUSE))
    assert said(case, NewDateDeclined) == (
        "Sara Sample-Three declined the new date for action 1: Thursday 10 December 2026"
    )
    assert read(case, NewDateDeclined).keys() == {"Reason", "The IRO decides by"}
    case.does(IRA, SetNewDate("action-1", day("2026-12-09"), BECAUSE))
    case.does(SARA, ConfirmDate("action-1"))
    assert said(case, NewDateConfirmed) == (
        "Sara Sample-Three confirmed the new date for action 1: Wednesday 9 December 2026"
    )
    assert read(case, NewDateConfirmed) == {}
    case.does(IRA, SetNewDate("action-2", day("2026-11-20"), BECAUSE))
    assert said(case, NewDateSet) == (
        "Ira Sample-One set a new date for action 2: Friday 20 November 2026"
    )


def test_who_was_asked_to_accept_actions_after_the_limit_and_declined() -> None:
    agreed = (an_action(by="2026-12-11"),)
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", agreed))
    case.does(IRA, AskToAccept(BECAUSE))
    assert said(case, AcceptanceAsked) == (
        "Ira Sample-One asked the service manager to accept actions after the 20-working-day limit"
    )
    assert read(case, AcceptanceAsked).keys() == {"Reason", "To be accepted or declined by"}
    case.does(SARA, DeclineToAccept(BECAUSE))
    assert said(case, AcceptanceDeclined) == (
        "Sara Sample-Three declined to accept actions after the 20-working-day limit"
    )
    assert read(case, AcceptanceDeclined).keys() == {"Reason", "The IRO decides by"}


# Holds, notes, ends ------------------------------------------------------------------------------


def test_how_a_hold_came_and_went() -> None:
    proposed = raised().does(IRA, ProposeHold(1, BECAUSE))
    assert said(proposed, HoldProposed) == (
        "Ira Sample-One proposed to hold the challenge for 1 working day"
    )
    assert read(proposed, HoldProposed).keys() == {"Reason", "To be agreed by"}
    proposed.until("2026-11-05 09:00")
    assert said(proposed, HoldLapsed) == (
        "The proposed hold has lapsed: nobody agreed to it in time"
    )
    assert read(held(), HoldBegan).keys() == {
        *("How the hold was counted", "How the deadline was counted")
    }
    by_itself = held().until("2026-11-06 09:00")
    assert said(by_itself, HoldEnded) == "The hold has ended"
    assert read(by_itself, HoldEnded) == {}
    early = held().does(SARA, EndHold(), "2026-11-03 10:00")
    assert said(early, HoldEnded) == (
        "The hold ended early; a reply is due by Tuesday 10 November 2026"
    )
    assert read(early, HoldEnded).keys() == {"How the deadline was counted"}


def test_who_objected_and_who_wrote() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-12"), BECAUSE))
    case.does(IRA, Object("It cannot wait.")).does(TAM, WriteNote("On leave until Thursday."))
    assert said(case, Objected) == (
        "Ira Sample-One objected to the revision of the deadline to reply. Until the Senior IRO "
        "Manager decides, the earlier date holds: the end of Monday 9 November 2026"
    )
    case.does(SENNA, DecideObjection("request", upheld=False, reason="It is a few days."))
    assert said(case, ObjectionDecided) == (
        "Senna Sample-Four decided that the revision stands: the deadline to reply is the end of "
        "Thursday 12 November 2026"
    )
    assert read(case, ObjectionDecided).keys() == {"Reason", "How the deadline was counted"}
    assert said(case, Noted) == "Tam Sample-Seven wrote a note"
    assert read(case, Noted) == {"In their words": "On leave until Thursday."}


def test_how_it_ended_and_whether_the_child_was_told() -> None:
    case = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", *NO))
    assert said(case, Closed) == "Ira Sample-One closed the challenge: withdrawn"
    assert read(case, Closed) == {
        "Reason": "Enough.",
        "Why the child was not told": "They never knew.",
        "Was the child told": "no",
    }

    def told(*how: object) -> Case:
        later = raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET))
        assert "Child to be told by" in read(later, Closed)
        return later.does(IRA, RecordChildTold(*how))  # type: ignore[arg-type]

    yes, never = told(ChildTold.YES, "By Wyn, at the visit."), told(*NO)
    assert said(yes, ChildWasTold) == "Ira Sample-One recorded that the child was told"
    assert read(yes, ChildWasTold) == {"How the child was told": "By Wyn, at the visit."}
    assert said(never, ChildWasTold) == "Ira Sample-One recorded that the child will not be told"
    assert read(never, ChildWasTold) == {"Why not": "They never knew."}


# Of every kind -----------------------------------------------------------------------------------


def test_what_is_written_is_for_those_to_whom_the_fact_shows_it_and_for_nobody_else() -> None:
    case = raised().does(TAM, DONE)
    for event in case.challenge.events:
        assert details(event.fact, frozenset()) == ()
        for capacity in EVERYBODY:
            assert details(event.fact, frozenset({capacity})) == details(event.fact, EVERYBODY)


def test_what_an_email_calls_a_fact_is_a_clause_without_a_full_stop() -> None:
    for kind in FACTS.values():
        called: str = kind.news  # type: ignore[attr-defined]
        assert called, kind
        assert called == called.strip(" .~")
