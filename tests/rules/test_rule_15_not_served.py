"""Rule 15, not served: the request reached nobody, and what follows to its end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.directory import Cover, Post
from domain.ladder import Role, Stage
from domain.moments import end_of_day, local_day
from domain.procedure import OnNoReply, Procedure
from domain.rules.endings import ChildTold, Close
from domain.rules.holds import AgreeHold, ProposeHold
from domain.rules.naming import LastStageNotServed, NamingPassedOn, WentToDirector
from domain.rules.posts import Reassign
from domain.rules.replies import Answer, Reply
from domain.rules.serving import (
    SERVE_KEY,
    Bounced,
    Delivery,
    NotServed,
    NotServedCause,
    Served,
    facts_of_delivery,
)
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Cause, StageBegan
from domain.tasks import is_theirs, tasks
from domain.timeline import next_step
from domain.vocabulary import Capacity, Letter, Outcome, Purpose, Standing
from tests.builders import (
    CAS,
    HEDY,
    IRA,
    SARA,
    SENNA,
    TAM,
    TOM,
    Case,
    council,
    day,
    directory,
    moment,
    raised,
)

if TYPE_CHECKING:
    from domain.council import Council

SOUTH = Reassign("tm-south", "The child has moved team.")


def no_emails(case: Case) -> Case:
    """Record what is found about the emails: that nobody can be asked."""
    for fact, _ in list(facts_of_delivery(case.challenge, [], case.now, case.council)):
        case.records(fact)
    return case


def vacant(stage: Stage = Stage.ONE, of: Council | None = None, **holders: str | None) -> Case:
    """Asked on Monday 2 November: nobody holds the post."""
    posts = {Stage.ONE: "tm_north", Stage.THREE: "hos", Stage.FOUR: "ad"}
    people = directory(**{posts[stage]: None, **holders})
    return no_emails(raised(stage, of=of or council(people=people)))


def whose(case: Case, purpose: Purpose) -> set[str]:
    """Return who has a task of this purpose today."""
    found = [one for one in tasks(case.challenge, case.council) if one.purpose is purpose]
    at = (case.challenge, case.council, local_day(case.now))
    return {o for o in case.council.directory.officers for one in found if is_theirs(one, o, *at)}


def what_follows(case: Case) -> str:
    return " ".join(next_step(case.challenge, case.now, case.council))


def test_a_bounce_or_a_vacant_post_means_not_served() -> None:
    assert vacant().the(NotServed).cause is NotServedCause.VACANT
    case = raised()
    back = Delivery(TAM, case.now, sent_at=case.now, came_back_at=case.now)
    facts = [f for f, _ in facts_of_delivery(case.challenge, [back], case.now, case.council)]
    assert [type(fact) for fact in facts] == [Bounced, NotServed]
    for fact in facts:
        case.records(fact)
    assert case.the(NotServed).cause is NotServedCause.BOUNCED
    assert case.standing is Standing.TO_BE_REASSIGNED


def test_a_post_that_falls_vacant_after_it_was_asked_means_not_served() -> None:
    case = raised()
    assert case.request.served == {TAM}
    case.council = council(people=directory(tm_north=None))
    asked_before = Delivery(TAM, None, sent_at=case.now)
    ((fact, _),) = facts_of_delivery(case.challenge, [asked_before], case.now, case.council)
    assert isinstance(fact, NotServed)
    assert fact.cause is NotServedCause.VACANT
    case.records(fact)
    assert whose(case, Purpose.NAME_SOMEBODY) == {SARA}
    assert not list(facts_of_delivery(case.challenge, [asked_before], case.now, case.council))
    # Whoever was asked holds it again: they have the email.
    case.council = council()
    back = Delivery(TAM, case.now, sent_at=case.now)
    for again, _ in list(facts_of_delivery(case.challenge, [back], case.now, case.council)):
        case.records(again)
    assert case.standing is Standing.STAGE_1
    assert case.facts(Served)[-1].officer == TAM


@pytest.mark.parametrize(
    ("first", "asked"), [("2026-11-04", "2026-11-04"), ("2026-11-07", "2026-11-09")]
)
def test_whoever_covers_a_post_that_was_asked_is_asked_on_the_morning_on_which_cover_begins(
    first: str, asked: str
) -> None:
    """Of a cover that begins on a Saturday, on Monday."""
    case = raised(at="2026-11-03 10:00")
    cover = Cover("tm-north", TOM, day(first), day("2026-11-12"))
    case.council = council(people=directory(cover))
    assert case.request.served == {TAM}
    assert case.wakes() == moment(f"{asked} 09:00")
    case.until(f"{asked} 09:00")
    assert case.request.served == {TAM, TOM}


def test_it_wakes_on_the_working_day_after_cover_ends_while_a_reply_is_due() -> None:
    case = raised()
    cover = Cover("tm-north", TOM, day("2026-11-01"), day("2026-11-03"))
    case.council = council(people=directory(cover, tm_north=None))
    assert case.wakes() == moment("2026-11-04 09:00")
    case.does(TOM, Reply(1, Answer.RESOLVED, "Done."))
    assert case.wakes() != moment("2026-11-04 09:00")


def test_so_it_is_if_the_email_to_whoever_holds_it_since_comes_back() -> None:
    case = raised()
    case.council = council(people=directory(tm_north=CAS))
    emails = [
        Delivery(CAS, case.now, sent_at=case.now, came_back_at=case.now),
        Delivery(TAM, None, sent_at=case.now),
    ]
    facts = [fact for fact, _ in facts_of_delivery(case.challenge, emails, case.now, case.council)]
    assert [type(fact) for fact in facts] == [Bounced, NotServed]


def test_the_srsm_is_told_at_once_and_names_somebody_by_the_next_working_day() -> None:
    case = vacant()
    assert case.letters(NotServed)[SARA] is Letter.DECIDE
    assert case.letters_go_out(NotServed) == case.now
    assert case.asks == (("NAME_SOMEBODY", day("2026-11-03")),)
    assert whose(case, Purpose.NAME_SOMEBODY) == {SARA}


def test_otherwise_it_is_the_senior_iro_manager_s_task_within_1_more() -> None:
    case = vacant().until("2026-11-04 10:00")
    assert case.the(NamingPassedOn).whose is Capacity.SENIOR_IRO_MANAGER
    assert case.asks == (("NAME_SOMEBODY", day("2026-11-04")),)
    assert whose(case, Purpose.NAME_SOMEBODY) == {SENNA}
    assert SENNA in case.hears(NamingPassedOn)
    case.does(SENNA, SOUTH)
    assert case.request.posts == ("tm-south",)


def test_if_served_after_the_stage_s_first_day_the_days_count_from_then() -> None:
    case = vacant().does(SARA, SOUTH, "2026-11-05 15:00")
    assert case.due == day("2026-11-12")
    assert case.challenge.clock(SERVE_KEY) is None
    taken_up = vacant()
    due = taken_up.now
    taken_up.until("2026-11-03 12:00")
    taken_up.council = council()
    sent = Delivery(TAM, due, sent_at=taken_up.now)
    found = facts_of_delivery(taken_up.challenge, [sent], taken_up.now, taken_up.council)
    ((served, _),) = found
    assert isinstance(served, Served)
    assert served.deadline
    assert served.deadline.day == day("2026-11-10")


def test_still_not_served_after_5_working_days_it_moves_to_the_next_stage() -> None:
    case = vacant()
    assert "by Monday 9 November 2026, the challenge moves" in what_follows(case)
    case.until("2026-11-09 23:59:59")
    assert case.challenge.stage is Stage.ONE
    moved = case.until("2026-11-10 00:05")
    began = moved.facts(StageBegan)[-1]
    assert (began.stage, began.cause) == (Stage.TWO, Cause.NOT_SERVED)
    assert moved.events(StageBegan)[-1].effective == end_of_day(day("2026-11-09"))
    assert moved.facts(DeadlineMissed) == [], "nobody was silent"
    assert moved.asks == ()
    assert moved.until("2026-11-10 09:00").request.served == {CAS}


def test_a_stage_that_nobody_can_be_asked_at_is_left_out() -> None:
    case = vacant(csm=None).until("2026-11-10 00:05")
    assert case.challenge.stage is Stage.THREE
    assert case.facts(StageBegan)[-1].skipped == (Stage.TWO,)


def test_where_nobody_can_be_asked_at_any_stage_it_is_the_last() -> None:
    case = vacant(csm=None, hos=None, ad=None).until("2026-11-10 00:05")
    assert case.challenge.stage is Stage.FOUR


def test_who_is_named_but_not_reached_by_then_does_not_keep_it_waiting() -> None:
    case = vacant()
    case.post_works = False
    case.does(SARA, SOUTH, "2026-11-09 15:00").until("2026-11-10 00:05")
    assert case.challenge.stage is Stage.TWO


def test_it_never_moves_up_while_the_srsm_or_the_senior_iro_manager_have_time_to_name() -> None:
    """A request that comes back only on the last day."""
    case = raised().until("2026-11-09 10:00")
    back = Delivery(TAM, case.now, sent_at=case.now, came_back_at=case.now)
    for fact, _ in list(facts_of_delivery(case.challenge, [back], case.now, case.council)):
        case.records(fact)
    case.until("2026-11-11 23:00")
    assert case.challenge.stage is Stage.ONE
    assert case.until("2026-11-12 00:05").challenge.stage is Stage.TWO


def test_what_the_software_slept_through_counts_from_today() -> None:
    """Nobody can be reached in the past."""
    case = vacant().sleep_until("2026-11-20 12:00")
    assert case.challenge.stage is Stage.TWO
    assert case.due == day("2026-11-27")


def test_on_hold_it_does_not_move_up_for_want_of_somebody_either() -> None:
    case = raised(served=False).does(IRA, ProposeHold(5, "The panel."), "2026-11-04 10:00")
    case.does(SARA, AgreeHold())
    case.council = council(people=directory(tm_north=None))
    no_emails(case)
    assert case.challenge.stage is Stage.ONE
    case.until("2026-11-11 12:00")
    assert case.challenge.stage is Stage.ONE, "the hold ends on Wednesday 11"
    assert case.until("2026-11-12 00:05").challenge.stage is Stage.TWO


def test_where_a_council_asks_and_waits_the_iro_is_asked() -> None:
    of = council(Procedure(on_no_reply=OnNoReply.ASK), directory(tm_north=None))
    case = vacant(of=of).until("2026-11-10 00:05")
    assert case.challenge.stage is Stage.ONE
    assert case.asks == (("DECIDE_SILENCE", day("2026-11-11")),)


def test_at_qap_nothing_becomes_formal_by_itself_for_want_of_somebody() -> None:
    of = council(people=directory(tm_north=None, sw_north=None))
    case = no_emails(raised(Stage.QAP, of=of)).until("2026-12-20 10:00")
    assert case.challenge.stage is Stage.QAP
    assert whose(case, Purpose.NAME_SOMEBODY) == {SENNA}


# Stage 4 -----------------------------------------------------------------------------------------


def with_director(**holders: str | None) -> Council:
    people = directory(ad=None, **holders)
    post = Post("dcs", Role.DIRECTOR, (), holders.get("dcs", HEDY))
    return council(people=replace(people, posts={**people.posts, post.id: post}))


def test_still_not_served_after_5_working_days_stage_4_goes_to_the_director() -> None:
    case = vacant(Stage.FOUR, with_director())
    assert "Director of Children’s Services is asked" in what_follows(case)
    case.until("2026-11-10 10:00")
    went = case.the(WentToDirector)
    assert went.posts == ("dcs",)
    assert case.challenge.stage is Stage.FOUR
    assert case.due == day("2026-11-16")
    assert case.request.served == {HEDY}
    assert case.letters(WentToDirector)[HEDY] is Letter.PLEASE_REPLY
    assert {IRA, SARA, SENNA} <= set(case.hears(WentToDirector))
    case.does(HEDY, Reply(2, Answer.RESOLVED, "Done."))
    assert case.standing is Standing.IRO_TO_DECIDE


def unreachable() -> Case:
    return vacant(Stage.FOUR, with_director(dcs=None)).until("2026-11-10 10:00")


def test_if_not_served_there_within_2_stage_4_ends_unresolved() -> None:
    case = no_emails(unreachable())
    assert case.asks == (("NAME_SOMEBODY", day("2026-11-11")),)
    assert "11 November 2026, Stage 4 ends unresolved" in what_follows(case)
    ended = case.until("2026-11-12 10:00")
    assert ended.asks == (("AFTER_LAST_STAGE", day("2026-11-13")),)
    assert ended.letters(LastStageNotServed)[IRA] is Letter.DECIDE
    assert {SARA, SENNA} <= set(ended.hears(LastStageNotServed))
    unresolved = Outcome.UNRESOLVED_NOT_REFERRED
    ended.does(IRA, Close(unresolved, "Nobody answers.", ChildTold.NOT_YET))
    assert ended.challenge.outcome is unresolved


def test_without_a_director_s_post_stage_4_ends_unresolved_at_once() -> None:
    case = vacant(Stage.FOUR).until("2026-11-10 10:00")
    assert case.asks == (("AFTER_LAST_STAGE", day("2026-11-11")),)


def test_a_post_that_was_vacant_before_this_release_is_not_so_for_ever() -> None:
    """The record has no date by which somebody has to be reached."""
    case = raised(Stage.FOUR, of=with_director(), served=False)
    by = case.council.within(1, case.now)
    case.records(NotServed(1, NotServedCause.VACANT, by))
    case.post_works = True
    case.sleep_until("2026-12-10 10:00")
    assert case.the(WentToDirector).serve_by.day == day("2026-12-14")


@pytest.mark.parametrize("stage", [Stage.ONE, Stage.THREE, Stage.FOUR])
def test_a_challenge_never_waits_for_ever_for_a_vacant_post(stage: Stage) -> None:
    case = vacant(stage, with_director()) if stage is Stage.FOUR else vacant(stage)
    case.until("2027-02-01 10:00")
    assert case.challenge.stage is Stage.FOUR
    assert case.standing is Standing.IRO_TO_DECIDE
