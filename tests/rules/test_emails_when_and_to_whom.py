"""Emails: what goes at once, what at 09:00, and what is told in the daily email."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.challenge import Owner
from domain.directory import Cover
from domain.events import CLOCK
from domain.ladder import Stage
from domain.moments import at_local, local_day
from domain.notices import LAST_FOR_TODAY, Channel, emailed_whole, next_morning, notices, way_of
from domain.part import Tell
from domain.rules.accepting import AcceptActions
from domain.rules.cafcass import Referred, ReferToCafcass
from domain.rules.deciding import GiveView, ManagerView
from domain.rules.endings import ChildTold, Close, Closed, Resolve
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.rules.holidays import DeadlineMoved
from domain.rules.missed_actions import ActionMissed
from domain.rules.notes import Noted, WriteNote
from domain.rules.owners import ActionReminded, OwnerNeeded
from domain.rules.period import ResolutionPeriodOver
from domain.rules.posts import NotMine, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.serving import NotServed, NotServedCause
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import Reminded, StageBegan
from domain.vocabulary import Audience, Letter, Outcome
from infra.blueprint import DAILY as DAILY_FUNCTION
from infra.blueprint import DECIDE as DECIDE_FUNCTION
from infra.blueprint import DUTIES
from tests.builders import (
    CAS,
    DAILY,
    HEDY,
    IRA,
    SARA,
    SENNA,
    TAM,
    WYN,
    an_action,
    calendar,
    council,
    day,
    directory,
    moment,
    raised,
)
from tests.rules.mornings import Mailbox

if TYPE_CHECKING:
    from tests.builders import Case

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")
PROMISED = Reply(1, Answer.ACTIONS, "We will apply.", (an_action(),))
RESOLVED = Resolve("The visit took place.", ChildTold.YES, "By their social worker.")


# At once -----------------------------------------------------------------------------------------


def test_a_request_or_a_question_goes_at_once_to_the_person_who_must_act() -> None:
    case = raised(at="2026-11-07 22:00", served=False)
    assert case.letters(StageBegan)[TAM] is Letter.PLEASE_REPLY
    assert case.letters_go_out(StageBegan) == moment("2026-11-07 22:00")
    case = raised().does(TAM, DONE, "2026-11-07 22:00")
    assert case.letters(Replied)[IRA] is Letter.DECIDE
    assert case.letters_go_out(Replied) == moment("2026-11-07 22:00")
    case = raised().does(TAM, SayNotMine(1, "Not my team."), "2026-11-03 07:00")
    assert case.letters(NotMine) == {IRA: Letter.DECIDE}
    assert case.letters_go_out(NotMine) == moment("2026-11-03 07:00")


def test_the_responder_s_reminder_and_the_owner_s_reminder_go_at_once() -> None:
    case = raised().until("2026-11-06 09:00")
    assert case.letters(Reminded) == {TAM: Letter.REMINDER}
    assert case.letters_go_out(Reminded) == moment("2026-11-06 09:00")
    case = raised().does(TAM, PROMISED).does(IRA, AcceptActions()).until("2026-11-11 09:00")
    assert case.hears(ActionReminded) == {WYN: Letter.ACTION_REMINDER}
    assert case.letters_go_out(ActionReminded) == moment("2026-11-11 09:00")


def test_not_served_is_told_at_once() -> None:
    case = raised(at="2026-11-07 23:00", of=council(people=directory(tm_north=None)), served=False)
    case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))
    assert case.letters(NotServed) == {SARA: Letter.DECIDE, IRA: Letter.TOLD}
    assert case.letters_go_out(NotServed) == moment("2026-11-07 23:00")


AT_ONCE = {SARA: Letter.TOLD, HEDY: Letter.TOLD}


def test_where_a_person_began_a_stage_the_srsm_and_the_informed_hear_of_it_at_once() -> None:
    case = raised(Stage.TWO, served=False)
    assert AT_ONCE.items() <= case.letters(StageBegan).items()
    assert case.letters_go_out(StageBegan) == case.now


def test_where_a_person_replied_the_srsm_and_the_informed_hear_of_it_at_once() -> None:
    case = raised(Stage.TWO).does(CAS, Reply(1, Answer.CHALLENGED, "No."))
    assert case.letters(Replied) == {IRA: Letter.DECIDE, **AT_ONCE}
    assert case.letters_go_out(Replied) == case.now


def test_where_a_person_ended_a_stage_the_srsm_and_the_informed_hear_of_it_at_once() -> None:
    case = raised(Stage.TWO).does(IRA, RESOLVED)
    assert case.letters(Closed) == AT_ONCE
    assert case.letters_go_out(Closed) == case.now


def test_the_srsm_and_the_informed_hear_at_once_that_cafcass_was_asked() -> None:
    said = ("The plan drifts.", "The Head of Service, since May.")
    asked = ReferToCafcass(*said, day("2026-11-02"), "Secure email", "A named officer")
    case = raised(Stage.TWO).does(IRA, asked)
    assert case.letters(Referred) == AT_ONCE
    assert case.letters_go_out(Referred) == case.now


def test_where_the_iro_is_the_srsm_the_senior_iro_manager_hears_it_at_once() -> None:
    own = raised(of=council(people=directory(srsm=IRA)))
    assert own.letters(StageBegan)[SENNA] is Letter.TOLD


@pytest.mark.parametrize("automatic", [True, False])
def test_what_a_rule_reports_at_once_is_reported_at_once_whoever_did_it(
    automatic: bool,  # noqa: FBT001 - a parameter
) -> None:
    tell = Tell(Audience.SENIOR, at_once=True)
    way = way_of(ManagerView, tell, automatic=automatic, new_request=False)
    assert way is Channel.AT_ONCE
    plain = way_of(ManagerView, Tell(Audience.SENIOR), automatic=automatic, new_request=False)
    assert plain is Channel.DAILY


# What the clock did ------------------------------------------------------------------------------


def test_what_the_clock_did_is_told_in_that_morning_s_daily_email() -> None:
    box = Mailbox()
    box.add(raised()).until("2026-11-10 00:05")
    assert box.news[day("2026-11-10")][SARA] == ["StageBegan"]
    assert box.news[day("2026-11-10")][WYN] == ["StageBegan"]
    assert box.news[day("2026-11-10")][TAM] == ["DeadlineMissed", "StageBegan"]
    assert {one.officer for one in box.own} == {TAM, SARA, CAS}, "those of its entry"


def test_the_new_responder_s_request_after_silence_goes_at_09_00() -> None:
    case = raised().until("2026-11-10 00:05")
    assert case.letters(StageBegan) == {CAS: Letter.PLEASE_REPLY}
    assert case.letters_go_out(StageBegan) == moment("2026-11-10 09:00")


def test_the_iro_s_question_after_the_clock_acted_goes_at_09_00() -> None:
    case = raised(Stage.FOUR).until("2026-11-10 00:05")
    assert case.letters(DeadlineMissed) == {IRA: Letter.DECIDE}
    assert case.letters_go_out(DeadlineMissed) == moment("2026-11-10 09:00")
    case = raised().does(TAM, PROMISED).does(IRA, AcceptActions()).until("2026-11-13 08:00")
    assert case.letters(ActionMissed) == {IRA: Letter.DECIDE}
    assert case.letters_go_out(ActionMissed) == moment("2026-11-13 09:00")


def test_a_deadline_that_a_holiday_moves_is_told_in_the_daily_email() -> None:
    tell = Tell(Audience.ASKED, Letter.PLEASE_REPLY)
    way = way_of(DeadlineMoved, tell, automatic=True, new_request=False)
    assert way is Channel.DAILY


def test_chasers_and_the_iro_s_reminders_are_told_by_the_daily_email() -> None:
    case = raised().until("2026-11-06 09:00")
    assert case.hears(Reminded)[IRA] == DAILY
    late = raised().does(TAM, DONE, "2026-11-04 10:00")
    box = Mailbox()
    box.add(late)
    box.until("2026-11-16")
    of_iro = [on for on, officer in box.daily if officer == IRA]
    assert day("2026-11-10") in of_iro
    assert day("2026-11-11") in of_iro, "the task is in it on each working day"
    assert {one.letter for one in box.own if one.officer == IRA} == {Letter.DECIDE}


def test_the_social_worker_and_the_posts_below_are_told_by_the_daily_email() -> None:
    case = raised(Stage.TWO)
    assert {WYN: DAILY, TAM: DAILY}.items() <= case.hears(StageBegan).items()
    ended = case.does(IRA, RESOLVED).hears(Closed)
    assert {WYN: DAILY, TAM: DAILY}.items() <= ended.items()


def test_the_senior_iro_manager_is_told_by_the_daily_email() -> None:
    case = raised(Stage.TWO)
    assert case.hears(StageBegan)[SENNA] == DAILY
    assert case.does(IRA, RESOLVED).hears(Closed)[SENNA] == DAILY
    assert raised().until("2026-12-01 09:00").hears(ResolutionPeriodOver)[SENNA] == DAILY


def test_the_resolution_period_is_told_in_the_daily_email() -> None:
    case = raised().until("2026-12-01 09:00")
    assert set(case.hears(ResolutionPeriodOver).values()) == {DAILY}


def test_a_silence_is_never_told_by_an_email_of_its_own_to_who_was_silent() -> None:
    case = raised().until("2026-11-10 09:00")
    assert case.hears(DeadlineMissed) == {TAM: DAILY}


# The daily email ---------------------------------------------------------------------------------


def test_the_daily_email_goes_out_at_09_30_on_a_working_day() -> None:
    (daily,) = (duty for duty in DUTIES if duty.function is DAILY_FUNCTION)
    assert (daily.at.hour, daily.at.minute) == (9, 30)
    box = Mailbox()
    box.add(raised())
    box.until("2026-12-08")
    assert all(calendar().is_working_day(on) for on, _ in box.daily)


def test_a_person_gets_at_most_one_daily_email_a_day() -> None:
    box = Mailbox()
    for stage in (Stage.ONE, Stage.TWO, Stage.QAP):
        box.add(raised(stage))
    box.until("2026-11-10")
    assert len(box.daily) == len(set(box.daily))


def test_the_daily_email_goes_to_everyone_with_something_to_do() -> None:
    box = Mailbox()
    box.add(raised())
    box.until("2026-11-04")
    wednesday = day("2026-11-04")
    both = {who for on, who in box.daily if on == wednesday}
    assert both == {TAM, IRA}, "nothing is new: he replies, she considers Cafcass"


def test_the_daily_email_goes_to_everyone_with_something_new_to_be_told() -> None:
    box = Mailbox()
    box.add(raised())
    box.until("2026-11-03")
    tuesday = day("2026-11-03")
    assert {who for on, who in box.daily if on == tuesday} == {TAM, IRA, SENNA, WYN}


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-11-03 00:01", "2026-11-03"),
        ("2026-11-03 09:19:59", "2026-11-03"),
        ("2026-11-03 09:20", "2026-11-04"),
        ("2026-11-06 16:00", "2026-11-09"),  # a Friday
        ("2026-11-07 08:00", "2026-11-09"),  # a Saturday
        ("2026-12-24 10:00", "2026-12-29"),  # Christmas, a weekend, a substitute day
    ],
)
def test_what_is_new_is_told_on_the_next_morning_of_a_working_day(now: str, morning: str) -> None:
    assert next_morning(moment(now), calendar()) == day(morning)


def test_nothing_is_added_to_a_morning_while_it_is_being_told() -> None:
    """Between the last moment and the daily emails lies more time than Decide may run."""
    (daily,) = (duty for duty in DUTIES if duty.function is DAILY_FUNCTION)
    today = day("2026-11-03")
    between = at_local(today, daily.at) - at_local(today, LAST_FOR_TODAY)
    assert between >= 5 * timedelta(seconds=DECIDE_FUNCTION.timeout_seconds)


# One a person, challenge and moment --------------------------------------------------------------


def test_the_events_of_one_command_are_one_moment_and_the_most_urgent_wins() -> None:
    """Ira withdraws; whoever would get two emails about one command gets one."""
    case = raised(Stage.TWO, at="2026-11-02 10:00")
    at_once = [n for n in notices(case.challenge, case.now, case.council) if n.officer.id == SARA]
    assert len(at_once) == 1
    case.does(IRA, Close(Outcome.WITHDRAWN, "An error.", ChildTold.NO, "They never knew."))
    found = [n for n in notices(case.challenge, case.now, case.council) if n.officer.id == SARA]
    assert [type(n.event.fact) for n in found] == [StageBegan, Closed], "two moments, two emails"


def test_an_officer_in_two_audiences_gets_the_more_urgent_email() -> None:
    """Cas, who is informed at stage 1, covers the Team Manager who is asked."""
    cover = Cover("tm-north", CAS, day("2026-11-01"), day("2026-11-30"))
    case = raised(of=council(people=directory(cover)), served=False)
    assert case.hears(StageBegan)[CAS] is Letter.PLEASE_REPLY


def test_a_person_gets_one_email_for_a_challenge_and_a_moment() -> None:
    """The last stage is missed and the period is over in the same night; then a reminder is due."""
    case = raised().until("2026-12-01 09:00")
    at_nine = [
        n
        for n in notices(case.challenge, case.now, case.council)
        if n.not_before == moment("2026-12-01 09:00")
    ]
    assert [(n.officer.id, n.letter) for n in at_nine] == [(IRA, Letter.DECIDE)]


def test_one_email_about_several_things_to_do_names_them_all() -> None:
    """Two posts fall vacant, and an action is missed: each is in the IRO's one email of then."""
    two = tuple(replace(an_action(by="2026-11-06"), who=Owner(who)) for who in ("hos", "ad"))
    case = raised(Stage.TWO).does(CAS, Reply(1, Answer.ACTIONS, "We will.", two))
    case.does(IRA, AcceptActions())
    case.council = council(people=directory(hos=None, ad=None))
    case.until("2026-11-09 09:30")
    asks = [
        [event.fact for event in n.events]
        for n in notices(case.challenge, case.now, case.council)
        if n.officer.id == IRA and n.letter is Letter.DECIDE
    ]
    assert [[(type(fact), *fact.of_actions) for fact in facts] for facts in asks[-2:]] == [
        [(OwnerNeeded, 1), (OwnerNeeded, 2)],
        [(ActionMissed, 1), (ActionMissed, 2)],
    ]


def test_an_email_of_a_moment_that_was_sent_does_for_one_that_is_as_urgent() -> None:
    """Wherever sending stops, going on sends nobody a second email about the same moment."""
    case = raised(Stage.QAP).until("2026-11-04 09:00")
    everything = {n.key: n for n in notices(case.challenge, case.now, case.council)}
    for sent in everything.values():
        assert sent.key in sent.instead
        assert sent.since <= sent.event.number
        stop = emailed_whole(case.challenge, case.council, sent.event.number - 1)
        again = {n.key for n in notices(case.challenge, case.now, case.council, stop)}
        assert sent.key in again


def test_events_of_one_moment_are_never_parted() -> None:
    case = raised()
    first, second = (event.number for event in case.challenge.events[:2])
    assert emailed_whole(case.challenge, case.council, first) == first - 1
    assert emailed_whole(case.challenge, case.council, second) == second


# One's own acts ----------------------------------------------------------------------------------


def test_nobody_hears_of_their_own_act() -> None:
    case = raised().does(TAM, DONE).does(SARA, GiveView(resolved=False, words="As I see it."))
    case.does(IRA, Escalate(Stage.TWO, "It is urgent.")).does(TAM, WriteNote("Call me."))
    for event in case.challenge.events:
        if event.actor.via != CLOCK.via:
            heard = Heard.of(case, event.number)
            assert event.actor.officer not in heard.all, type(event.fact).__name__


@pytest.mark.parametrize("via", ["page", "link", "api"])
def test_a_reply_by_link_or_page_is_not_thanked_for_by_email(via: str) -> None:
    case = raised().does(TAM, DONE, via=via)
    assert TAM not in case.hears(Replied)


def test_what_came_by_email_gets_a_receipt() -> None:
    case = raised().does(TAM, DONE, via="email")
    assert case.hears(Replied)[TAM] is Letter.THANK_YOU
    case.does(TAM, WriteNote("On leave until Thursday."), via="email")
    assert case.hears(Noted)[TAM] is Letter.NOTED
    by_email = raised(via="email")
    assert by_email.letters(Raised) == {IRA: Letter.RAISED}


@dataclass(frozen=True)
class Heard:
    """Who hears of one event, by an email of their own or the daily one."""

    all: frozenset[str]

    @staticmethod
    def of(case: Case, number: int) -> Heard:
        """Return who hears of event ``number``."""
        kind = type(case.challenge.events[number - 1].fact)
        shown = [event.number for event in case.events(kind)]
        return Heard(frozenset(case.hears(kind)) if shown[-1] == number else frozenset())


def test_each_email_is_for_somebody_who_holds_a_post_that_day() -> None:
    case = raised()
    held = case.council.directory
    for one in notices(case.challenge, case.now, case.council):
        today = local_day(case.now)
        assert held.posts_held(one.officer.id, today)
