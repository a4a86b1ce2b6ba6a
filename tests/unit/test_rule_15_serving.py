"""Rule 15, served: what follows from what is known about the emails that ask for a reply."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.deadlines import How
from domain.directory import Cover
from domain.ladder import Stage
from domain.moments import LOCAL
from domain.procedure import Procedure
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.serving import (
    Bounced,
    Delivery,
    NotServed,
    NotServedCause,
    Served,
    facts_of_delivery,
    matters_if_back,
)
from domain.timeline import headline
from domain.vocabulary import Outcome, Standing
from tests.builders import (
    IRA,
    IVO,
    SARA,
    TAM,
    TOM,
    WYN,
    Case,
    calendar,
    council,
    day,
    directory,
    moment,
    raised,
)

if TYPE_CHECKING:
    from datetime import datetime

    from domain.events import Fact

#: Raised on Monday 2 November 2026 at 10:00; a reply at stage 1 is due by Monday 9.
BEGAN = moment("2026-11-02 10:00")
LATER = moment("2026-11-02 10:05")

WITHDRAW = Close(Outcome.WITHDRAWN, "It was settled on the phone.", ChildTold.NOT_YET)


def sent(officer: str, at: str = "2026-11-02 10:00") -> Delivery:
    return Delivery(officer, BEGAN, sent_at=moment(at))


def unsent(officer: str) -> Delivery:
    return Delivery(officer, BEGAN)


def refused(officer: str) -> Delivery:
    return Delivery(officer, BEGAN, refused=True)


def bounced(officer: str, at: str = "2026-11-02 10:03") -> Delivery:
    return Delivery(officer, BEGAN, sent_at=BEGAN, came_back_at=moment(at))


def left(officer: str, came_back_at: str | None = None) -> Delivery:
    """Return the delivery to somebody who was asked, and has left the post since."""
    came_back = moment(came_back_at) if came_back_at else None
    return Delivery(officer, None, sent_at=BEGAN, came_back_at=came_back)


def found(case: Case, *post: Delivery, now: datetime = LATER) -> list[tuple[Fact, datetime]]:
    return list(facts_of_delivery(case.challenge, post, now, case.council))


def not_served(case: Case, cause: NotServedCause, now: datetime = LATER) -> tuple[Fact, datetime]:
    days = case.council.within
    by = days(5, case.now) if case.challenge.stage.formal else None
    return NotServed(1, cause, days(1, now), by), now


def asked(stage: Stage = Stage.ONE) -> Case:
    """Return a raised challenge with nothing on the record about its emails yet."""
    return raised(stage, served=False)


# Accepted for delivery ---------------------------------------------------------------------------


def test_what_was_accepted_for_delivery_was_served_at_that_moment() -> None:
    case = asked()
    accepted = sent(TAM, "2026-11-02 10:02")
    assert found(case, accepted) == [(Served(1, TAM), moment("2026-11-02 10:02"))]


def test_what_is_on_the_record_already_is_not_found_again() -> None:
    assert found(raised(), sent(TAM)) == []


def test_what_is_neither_accepted_nor_refused_so_far_says_nothing() -> None:
    assert found(asked(), unsent(TAM)) == []
    assert found(asked(Stage.QAP), unsent(TAM), refused(WYN)) == []


def test_each_of_two_is_served() -> None:
    facts = found(asked(Stage.QAP), sent(WYN), sent(TAM, "2026-11-02 10:01"))
    assert facts == [(Served(1, WYN), BEGAN), (Served(1, TAM), moment("2026-11-02 10:01"))]


# Refused -----------------------------------------------------------------------------------------


def test_an_address_that_was_refused_was_not_served() -> None:
    case = asked()
    assert found(case, refused(TAM)) == [not_served(case, NotServedCause.REFUSED)]


def test_somebody_is_to_be_named_by_the_next_working_day() -> None:
    friday = moment("2026-11-06 16:00")
    ((fact, _),) = found(asked(), refused(TAM), now=friday)
    assert isinstance(fact, NotServed)
    assert fact.name_by.day == day("2026-11-09")


def test_where_the_other_was_reached_a_refusal_is_noted_and_holds_up_nothing() -> None:
    facts = found(asked(Stage.QAP), refused(TAM), sent(WYN))
    assert facts == [(Served(1, WYN), BEGAN), (Bounced(1, TAM), LATER)]


def test_a_refusal_that_is_noted_is_not_noted_again() -> None:
    case = raised(Stage.QAP).records(Bounced(1, TAM))
    assert found(case, refused(TAM), sent(WYN)) == []


# Came back ---------------------------------------------------------------------------------------


def test_what_came_back_was_not_served() -> None:
    case = raised()
    came_back = (Bounced(1, TAM), moment("2026-11-02 10:03"))
    assert found(case, bounced(TAM)) == [came_back, not_served(case, NotServedCause.BOUNCED)]


def test_what_came_back_before_it_was_on_the_record_was_never_served() -> None:
    case = asked()
    came_back = (Bounced(1, TAM), moment("2026-11-02 10:03"))
    assert found(case, bounced(TAM)) == [came_back, not_served(case, NotServedCause.BOUNCED)]


def test_what_came_back_from_one_of_two_leaves_the_other_served() -> None:
    case = raised(Stage.QAP)
    came_back = (Bounced(1, TAM), moment("2026-11-02 10:03"))
    assert found(case, sent(WYN), bounced(TAM)) == [came_back]


def test_where_one_came_back_and_one_was_refused_both_ends_are_told_as_one_that_came_back() -> None:
    case = asked(Stage.QAP)
    came_back = (Bounced(1, TAM), moment("2026-11-02 10:03"))
    facts = found(case, refused(WYN), bounced(TAM))
    assert facts == [came_back, not_served(case, NotServedCause.BOUNCED)]


def test_where_one_came_back_and_the_other_is_not_sent_yet_nobody_is_named_yet() -> None:
    came_back = (Bounced(1, TAM), moment("2026-11-02 10:03"))
    assert found(asked(Stage.QAP), unsent(WYN), bounced(TAM)) == [came_back]


def test_those_from_whom_it_came_back_are_told_by_their_ids() -> None:
    """Whatever the order of the posts, the record is the same."""
    facts = found(raised(Stage.QAP), bounced(WYN), bounced(TAM))
    assert [fact for fact, _ in facts[:2]] == [Bounced(1, TAM), Bounced(1, WYN)]


def test_that_it_came_back_is_on_the_record_once() -> None:
    case = raised().records(Bounced(1, TAM))
    case.records(NotServed(1, NotServedCause.BOUNCED, case.council.within(1, case.now)))
    assert found(case, bounced(TAM)) == []


def test_nothing_comes_back_in_the_future() -> None:
    """The email service has a clock of its own, which may run ahead."""
    (came_back, _) = found(raised(), bounced(TAM, "2026-11-02 11:00"))
    assert came_back == (Bounced(1, TAM), LATER)


def test_who_left_the_post_was_asked_and_perhaps_not_reached() -> None:
    case = raised()
    case.council = council(people=directory(tm_north=TOM))
    gone, new = left(TAM, "2026-11-02 10:03"), sent(TOM, "2026-11-02 10:04")
    assert found(case, gone, new) == [
        (Bounced(1, TAM), moment("2026-11-02 10:03")),
        (Served(1, TOM), moment("2026-11-02 10:04")),
    ]


def test_who_left_the_post_before_it_was_served_on_them_does_not_matter() -> None:
    case = asked()
    case.council = council(people=directory(tm_north=TOM))
    assert found(case, left(TAM), unsent(TOM)) == []
    assert found(case, left(TAM, "2026-11-02 10:03"), unsent(TOM)) == []


def test_only_the_present_request_matters_if_it_comes_back() -> None:
    case = raised()
    event = case.request.event
    assert matters_if_back(case.challenge, event, TAM)
    assert not matters_if_back(case.challenge, event - 1, TAM)
    case.does(IRA, Escalate(Stage.TWO, "It cannot wait."))
    assert not matters_if_back(case.challenge, event, TAM)


def test_once_it_came_back_was_answered_or_has_ended_it_matters_no_more() -> None:
    back = raised().records(Bounced(1, TAM))
    answered = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    ended = raised().does(IRA, WITHDRAW)
    for case in (back, answered, ended):
        assert not matters_if_back(case.challenge, case.request.event, TAM)


# Nobody to ask -----------------------------------------------------------------------------------


def test_a_vacant_post_is_not_served() -> None:
    case = raised(of=council(people=directory(tm_north=None)), served=False)
    assert found(case) == [not_served(case, NotServedCause.VACANT)]


def test_where_only_the_iro_answers_for_the_post_it_is_not_served() -> None:
    case = raised(of=council(people=directory(tm_north=IRA)), served=False)
    assert found(case) == [not_served(case, NotServedCause.THEIR_OWN)]


def test_so_it_is_where_only_somebody_who_covers_for_the_iro_does() -> None:
    november = day("2026-11-01"), day("2026-11-30")
    cover = Cover("iro-one", IVO, *november), Cover("tm-north", IVO, *november)
    case = raised(of=council(people=directory(*cover)), served=False)
    assert found(case) == [not_served(case, NotServedCause.THEIR_OWN)]


def test_who_learnt_of_it_by_another_letter_is_not_missed() -> None:
    """No email asks them, but the post is neither vacant nor the IRO's."""
    assert found(asked()) == []


def test_somebody_is_asked_to_name_a_responder_once() -> None:
    case = raised(of=council(people=directory(tm_north=None)), served=False)
    case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))
    assert found(case) == []


def test_whoever_takes_up_the_vacant_post_is_served_after_all() -> None:
    case = raised(of=council(people=directory(tm_north=None)), served=False)
    case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))
    case.council = council()
    assert found(case, sent(TAM)) == [(Served(1, TAM), BEGAN)]


def test_while_the_iro_decides_on_a_silence_nobody_is_to_be_named() -> None:
    case = raised(Stage.QAP).until("2026-11-04 09:30")
    assert case.standing is Standing.IRO_TO_DECIDE
    facts = found(case, bounced(TAM), bounced(WYN), now=case.now)
    assert [fact for fact, _ in facts] == [Bounced(1, TAM), Bounced(1, WYN)]


def test_while_the_iro_is_asked_whose_it_is_nobody_else_is_asked_that() -> None:
    case = raised().does(TAM, SayNotMine(1, "The child has moved team."))
    came_back = (Bounced(1, TAM), moment("2026-11-02 10:03"))
    assert found(case, bounced(TAM)) == [came_back]


def test_nothing_follows_once_it_was_answered() -> None:
    """Those who replied were reached."""
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    assert found(case, bounced(TAM)) == []


def test_nothing_follows_after_the_end() -> None:
    case = asked().does(IRA, WITHDRAW)
    assert found(case, refused(TAM)) == []


# Served on a later day ---------------------------------------------------------------------------


def late(case: Case, at: str, officer: str = TAM, due: datetime = BEGAN) -> Served:
    """Return what follows if the email to ``officer`` is accepted only at ``at``."""
    case.until(at)
    accepted = Delivery(officer, due, sent_at=case.now)
    ((fact, when),) = found(case, accepted, now=case.now)
    assert isinstance(fact, Served)
    assert when == case.now
    return fact


def test_the_days_count_from_the_day_on_which_it_was_served() -> None:
    fact = late(asked(), "2026-11-04 09:00")
    assert fact.deadline
    assert (fact.deadline.counted_from, fact.deadline.working_days) == (day("2026-11-04"), 5)
    assert fact.deadline.day == day("2026-11-11")


def test_late_on_the_same_day_changes_nothing() -> None:
    assert late(asked(), "2026-11-02 23:59").deadline is None


def test_the_day_on_which_it_should_have_been_sent_is_a_local_one() -> None:
    """Half past midnight in summer is the day before in UTC."""
    case = raised(at="2026-08-03 10:00", served=False)
    due = moment("2026-08-04 00:10")
    assert due.date() != due.astimezone(LOCAL).date()
    assert late(case, "2026-08-04 09:00", due=due).deadline is None


def test_where_one_was_served_in_time_the_other_changes_no_deadline() -> None:
    case = raised(Stage.QAP).records(Bounced(1, TAM))
    case.council = council(people=directory(tm_north=TOM))
    case.now += timedelta(hours=20)
    (served,) = found(case, sent(WYN), Delivery(TOM, BEGAN, sent_at=case.now), now=case.now)
    assert served == (Served(1, TOM), case.now)


def test_only_the_first_of_two_that_are_late_sets_the_deadline() -> None:
    case = asked(Stage.QAP)
    case.now += timedelta(hours=9)
    night = moment("2026-11-03 00:30")
    post = (Delivery(WYN, BEGAN, sent_at=night), Delivery(TAM, BEGAN, sent_at=night))
    first, second = (fact for fact, _ in found(case, *post, now=night))
    assert isinstance(first, Served)
    assert first.deadline
    assert first.deadline.day == day("2026-11-04")
    assert second == Served(1, TAM)


def test_a_day_that_a_person_set_stays() -> None:
    case = asked().does(SARA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    assert late(case, "2026-11-10 09:00").deadline is None


def test_who_was_named_and_is_served_late_has_the_days_from_then() -> None:
    case = raised(of=council(people=directory(tm_north=None)), served=False)
    case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))
    case.does(SARA, Reassign("tm-south", "The child has moved team."), "2026-11-03 15:00")
    fact = late(case, "2026-11-05 09:00", TOM, moment("2026-11-03 15:00"))
    assert fact.deadline
    assert fact.deadline.day == day("2026-11-12")


def test_who_was_asked_instead_and_is_served_late_has_the_days_that_they_were_given() -> None:
    case = raised().does(TAM, SayNotMine(1, "It has moved."), "2026-11-09 16:00")
    case.post_works = False
    case.does(IRA, Reassign("tm-south", "The child has moved team."), "2026-11-10 12:00")
    assert case.due == day("2026-11-12"), "two days, since none was left"
    fact = late(case, "2026-11-11 09:00", TOM, moment("2026-11-10 12:00"))
    assert fact.deadline
    assert fact.deadline.day == day("2026-11-13")


def test_on_a_day_that_is_not_worked_it_counts_from_then_all_the_same() -> None:
    case = raised(at="2026-11-06 10:00", served=False)
    fact = late(case, "2026-11-07 09:00", due=moment("2026-11-06 10:00"))
    assert fact.deadline
    assert (fact.deadline.counted_from, fact.deadline.day) == (day("2026-11-07"), case.due)


def test_a_bank_holiday_proclaimed_since_is_not_counted() -> None:
    case = asked()
    case.council = council(Procedure(bank_holidays={day("2026-11-10"): "Jubilee"}))
    case.sleep_until("2026-11-02 10:00")
    fact = late(case, "2026-11-04 09:00")
    assert fact.deadline
    assert fact.deadline.day == day("2026-11-12")


def test_what_is_due_later_already_does_not_become_due_earlier() -> None:
    """With a cut-off hour, what was raised on Friday evening counts from Monday."""
    of = council(Procedure(cut_off_hour=17))
    case = raised(at="2026-11-06 18:00", of=of, served=False)
    assert case.due == day("2026-11-16")
    assert late(case, "2026-11-07 09:00", due=moment("2026-11-06 18:00")).deadline is None


# On hold -----------------------------------------------------------------------------------------


def on_hold(case: Case | None = None, days: int = 3) -> Case:
    """Return it on hold from Tuesday 3 November, with no email sent; with 3 days, to Friday 6."""
    case = case or asked()
    case.does(IRA, ProposeHold(days, "The panel meets on Thursday."), "2026-11-03 10:00")
    return case.does(SARA, AgreeHold(), "2026-11-03 11:00")


def test_on_hold_it_counts_the_stages_days_and_those_of_the_hold_that_are_to_come() -> None:
    case = on_hold()
    assert case.due == day("2026-11-12"), "5 and 3 working days from Monday 2"
    fact = late(case, "2026-11-04 09:00")
    assert fact.deadline
    assert fact.deadline.working_days == 5 + 2, "Thursday and Friday are still held"
    assert fact.deadline.day == day("2026-11-13")


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("2026-11-03 12:00", 5 + 3),
        ("2026-11-05 09:00", 5 + 1),
        ("2026-11-06 09:00", 5),
        ("2026-11-07 09:00", 5),
        ("2026-11-09 09:00", 5),
        ("2026-11-11 09:00", 5),
    ],
)
def test_no_day_of_the_hold_that_is_past_is_counted_again(at: str, days: int) -> None:
    fact = late(on_hold(), at)
    assert fact.deadline
    assert fact.deadline.counted_from == moment(at).astimezone(LOCAL).date()
    assert fact.deadline.working_days == days


def test_nor_is_it_where_the_clock_has_not_yet_noted_that_the_hold_is_over() -> None:
    monday = moment("2026-11-09 09:00")
    ((fact, _),) = found(on_hold(), sent(TAM, "2026-11-09 09:00"), now=monday)
    assert isinstance(fact, Served)
    assert fact.deadline
    assert fact.deadline.working_days == 5


def test_what_was_accepted_before_the_hold_and_noted_on_it_has_the_days_of_the_hold_once() -> None:
    case = asked().until("2026-11-04 10:00")
    case.does(IRA, ProposeHold(3, "The panel meets on Thursday.")).does(SARA, AgreeHold())
    ((fact, _),) = found(case, sent(TAM, "2026-11-03 09:00"), now=case.now)
    assert isinstance(fact, Served)
    assert fact.deadline
    assert fact.deadline.working_days == 5 + 3


def test_a_hold_that_a_bank_holiday_makes_longer_has_more_days_to_come() -> None:
    case = on_hold()
    case.council = council(Procedure(bank_holidays={day("2026-11-05"): "Jubilee"}))
    fact = late(case, "2026-11-04 09:00")
    assert fact.deadline
    assert fact.deadline.working_days == 5 + 2, "Friday and Monday are still held"


def test_who_was_asked_instead_while_on_hold_has_no_day_of_the_hold_twice() -> None:
    """Their deadline was set with the hold in it, and nothing has held it since."""
    case = on_hold(raised(), 5)
    case.does(TAM, SayNotMine(1, "It has moved."))
    case.post_works = False
    case.does(IRA, Reassign("tm-south", "The child has moved team."), "2026-11-04 10:00")
    fact = late(case, "2026-11-05 09:00", TOM, moment("2026-11-04 10:00"))
    assert fact.deadline
    assert fact.deadline.working_days == 5 + 5


def test_the_days_that_were_not_used_are_taken_back_from_it() -> None:
    """Served on Wednesday; on Thursday the hold ends: one of its days came after serving."""
    case = on_hold()
    case.records(late(case, "2026-11-04 09:00"))
    case.does(IRA, EndHold(), "2026-11-05 10:00")
    assert case.due == calendar().add(day("2026-11-04"), 5 + 1)
    hows = [entry.how for entry in case.request.ledger.entries]
    assert hows == [How.FIRST, How.HELD, How.SERVED_LATE, How.TAKEN_BACK]


def test_served_a_second_time_after_it_came_back_it_has_no_held_days_left_over() -> None:
    case = on_hold()
    case.records(late(case, "2026-11-04 09:00")).records(Bounced(1, TAM))
    case.council = council(people=directory(tm_north=TOM))
    fact = late(case, "2026-11-09 09:00", TOM)
    assert fact.deadline
    assert fact.deadline.working_days == 5


def test_a_day_that_a_person_set_stays_with_the_days_held() -> None:
    case = asked().does(SARA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    case = on_hold(case)
    assert case.due == day("2026-11-17")
    assert late(case, "2026-11-04 09:00").deadline is None


def test_what_was_served_while_the_hold_ran_never_becomes_due_earlier() -> None:
    """Accepted on Tuesday, but noted only after the hold had ended early on Thursday."""
    case = on_hold().does(IRA, EndHold(), "2026-11-05 10:00")
    assert case.due == day("2026-11-11")
    ((fact, _),) = found(case, sent(TAM, "2026-11-03 12:00"), now=case.now)
    assert fact == Served(1, TAM)


def test_those_asked_know_of_the_deadline_from_when_the_first_of_them_was_served() -> None:
    """A reminder before that would be dropped; a second person served changes nothing."""
    case = raised(Stage.QAP, served=False)
    case.now = moment("2026-11-02 11:00")
    case.records(Served(1, WYN))
    assert case.request.known_since == moment("2026-11-02 11:00")
    case.now = moment("2026-11-02 12:00")
    case.records(Served(1, TAM))
    assert case.request.known_since == moment("2026-11-02 11:00")


def test_somebody_whom_the_directory_has_lost_is_named_by_their_id() -> None:
    case = raised(served=False).records(Served(1, "gone-since")).records(Served(1, TAM))
    said = [headline(e, case.challenge, case.council) for e in case.events(Served)]
    assert "to gone-since" in said[0]
    assert "to Tam Sample-Seven" in said[1]
