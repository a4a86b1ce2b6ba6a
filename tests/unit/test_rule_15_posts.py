"""Rule 15: posts, cover, *not mine*, and who could not be asked."""

from __future__ import annotations

import pytest

from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.people import capacities
from domain.rules.lateness import Chased
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import DeadlineRevised, ReviseDeadline
from domain.rules.serving import Bounced, NotServed, NotServedCause
from domain.rules.stages import Reminded, StageBegan
from domain.timeline import headline
from domain.vocabulary import Capacity, Letter, Standing
from tests.builders import (
    DAILY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    TOM,
    WYN,
    Case,
    council,
    day,
    directory,
    raised,
)

SOUTH_TEAM = Reassign("tm-south", "The child has moved team.")


def not_mine(at: str = "2026-11-04 10:00") -> Case:
    return raised().does(TAM, SayNotMine(1, "The child has moved team."), at)


def test_not_mine_says_why() -> None:
    with pytest.raises(BadSubmissionError, match="why this is not yours"):
        raised().does(TAM, SayNotMine(1, ""))


def test_the_new_responder_is_asked_and_the_old_one_no_longer_is() -> None:
    case = not_mine().does(IRA, SOUTH_TEAM)
    with pytest.raises(NotAllowedError, match="Somebody else has been asked"):
        case.does(TOM, Reply(1, Answer.RESOLVED, "Done."))
    with pytest.raises(NotAllowedError):
        case.does(TAM, Reply(2, Answer.RESOLVED, "Done."))
    case.does(TOM, Reply(2, Answer.RESOLVED, "Done."))
    assert case.standing is Standing.IRO_TO_DECIDE


@pytest.mark.parametrize("post", ["analyst", "iro-two", "nothing"])
def test_it_goes_only_to_a_post_of_the_ladder(post: str) -> None:
    with pytest.raises(BadSubmissionError, match="Choose the post that should reply"):
        not_mine().does(IRA, Reassign(post, "Try."))


def test_it_does_not_go_to_a_vacant_post() -> None:
    case = not_mine()
    case.council = council(people=directory(tm_south=None))
    with pytest.raises(BadSubmissionError, match="Nobody holds or covers that post"):
        case.does(IRA, SOUTH_TEAM)


def never_served() -> Case:
    case = raised(of=council(people=directory(tm_north=None)), served=False)
    by = case.council.within(1, case.now)
    return case.records(NotServed(1, NotServedCause.VACANT, by))


def test_a_vacant_post_is_not_served_and_the_srsm_is_told_at_once() -> None:
    case = never_served()
    assert case.asks == (("NAME_SOMEBODY", day("2026-11-03")),)
    assert case.letters(NotServed)[SARA] is Letter.DECIDE
    assert case.letters_go_out(NotServed) == case.now


def test_who_is_named_then_has_the_stages_full_time() -> None:
    case = never_served().does(SARA, SOUTH_TEAM, "2026-11-03 15:00")
    assert case.due == day("2026-11-10")


def test_a_request_that_came_back_was_served_on_nobody() -> None:
    case = raised().records(Bounced(1, TAM))
    assert case.request.served == frozenset()
    case.until("2026-11-09 23:00")
    assert case.facts(Reminded) == [], "nobody knows of the deadline"
    case.until("2026-11-11 12:00")
    assert case.challenge.stage is Stage.ONE, "it does not move up as after silence"
    assert case.the(NotServed).cause is NotServedCause.NOT_SENT


def test_where_two_are_asked_one_address_that_fails_holds_up_nothing() -> None:
    case = raised(Stage.QAP).records(Bounced(1, TAM))
    assert case.request.served == {WYN}
    assert case.standing is Standing.QAP
    assert case.hears(Bounced) == {IRA: DAILY, SARA: DAILY}
    answered = case.does(WYN, Reply(1, Answer.RESOLVED, "Done."))
    assert answered.standing is Standing.IRO_TO_DECIDE


def test_that_a_request_came_back_from_everybody_is_told_once_with_who_is_to_act() -> None:
    case = raised().records(Bounced(1, TAM))
    case.records(NotServed(1, NotServedCause.BOUNCED, case.council.within(1, case.now)))
    assert case.hears(Bounced) == {}
    assert case.letters(NotServed) == {SARA: Letter.DECIDE, IRA: Letter.TOLD}


def test_whoever_it_came_back_from_may_still_answer() -> None:
    """They may have read it elsewhere: a reply is never refused."""
    case = raised().records(Bounced(1, TAM)).does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    assert len(case.facts(Replied)) == 1


def test_nobody_answers_a_challenge_that_they_raised() -> None:
    people = directory(tm_north=IRA)
    case = raised(of=council(people=people))
    with pytest.raises(NotAllowedError):
        case.does(IRA, Reply(1, Answer.RESOLVED, "All is well."))


def test_nobody_answers_as_cover_for_its_iro() -> None:
    november = day("2026-11-01"), day("2026-11-30")
    cover = Cover("iro-one", IVO, *november), Cover("tm-north", IVO, *november)
    case = raised(of=council(people=directory(*cover)))
    today = day("2026-11-02")
    assert capacities(case.challenge, IVO, case.council, today) == {Capacity.IRO, Capacity.COVER}
    with pytest.raises(NotAllowedError):
        case.does(IVO, Reply(1, Answer.RESOLVED, "All is well."))


def test_it_is_not_put_to_its_own_iro() -> None:
    case = not_mine()
    case.council = council(people=directory(tm_south=IRA))
    with pytest.raises(
        BadSubmissionError, match="Nobody can reply to a challenge that they raised"
    ):
        case.does(IRA, SOUTH_TEAM)


def test_cover_applies_by_date() -> None:
    cover = Cover("tm-north", TOM, day("2026-11-03"), day("2026-11-04"))
    of = council(people=directory(cover))
    reply = Reply(1, Answer.RESOLVED, "Done.")
    with pytest.raises(NotAllowedError):
        raised(of=of).does(TOM, reply)
    case = raised(of=of).does(TOM, reply, "2026-11-04 10:00")
    assert case.standing is Standing.IRO_TO_DECIDE
    with pytest.raises(NotAllowedError):
        raised(of=of).does(TOM, reply, "2026-11-05 10:00")


def test_a_letter_goes_to_whoever_covers_on_the_day_it_is_sent() -> None:
    cover = Cover("tm-north", TOM, day("2026-11-02"), day("2026-11-02"))
    case = raised(of=council(people=directory(cover)))
    assert TOM in case.letters(StageBegan)


def test_who_left_the_post_sees_and_answers_nothing_more() -> None:
    case = raised()
    case.council = council(people=directory(tm_north=TOM))
    assert case.acts(TAM) == set()
    with pytest.raises(NotAllowedError):
        case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))


def test_somebody_who_covers_for_the_iro_acts_as_the_iro() -> None:
    cover = Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30"))
    case = not_mine()
    case.council = council(people=directory(cover))
    case.does(IVO, SOUTH_TEAM)
    assert case.request.posts == ("tm-south",)


def srsms_own() -> Case:
    return raised(of=council(people=directory(srsm=IRA)))


def test_the_srsms_own_challenge_is_overseen_by_the_senior_iro_manager() -> None:
    case = srsms_own()
    own = capacities(case.challenge, IRA, case.council, day("2026-11-02"))
    assert own == {Capacity.IRO}
    with pytest.raises(NotAllowedError):
        case.does(IRA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    case.does(SENNA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    assert case.due == day("2026-11-12")
    assert SENNA not in case.hears(DeadlineRevised), "it was their own act"


def test_the_senior_iro_manager_is_told_at_once_that_the_srsms_own_was_not_served() -> None:
    case = raised(of=council(people=directory(srsm=IRA, tm_north=None)), served=False)
    case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))
    assert case.letters(NotServed) == {SENNA: Letter.DECIDE, IRA: Letter.TOLD}
    case.does(SENNA, SOUTH_TEAM)
    assert case.request.posts == ("tm-south",)


def test_the_senior_iro_manager_is_not_the_srsm_of_anybody_elses_challenge() -> None:
    case = raised()
    assert capacities(case.challenge, SENNA, case.council, day("2026-11-02")) == {
        Capacity.SENIOR_IRO_MANAGER
    }


# Nobody answers their own ------------------------------------------------------------------------


def test_an_iro_who_covers_the_responders_post_is_not_asked_to_answer_herself() -> None:
    """Otherwise the challenge would move up because of a reply that she may not give."""
    cover = Cover("tm-north", IRA, day("2026-11-01"), day("2026-11-30"))
    case = raised(of=council(people=directory(cover)), served=False)
    assert IRA not in case.hears(StageBegan)
    assert Letter.PLEASE_REPLY not in case.letters(StageBegan).values()


def test_whoever_shares_the_post_with_the_iro_is_asked_alone() -> None:
    days = day("2026-11-01"), day("2026-11-30")
    both = directory(Cover("tm-north", IRA, *days), Cover("tm-north", TOM, *days))
    letters = raised(of=council(people=both)).letters(StageBegan)
    assert {who for who, letter in letters.items() if letter is Letter.PLEASE_REPLY} == {TOM}


# A late answer -----------------------------------------------------------------------------------


def test_who_answered_in_the_night_is_told_that_it_had_moved_up_all_the_same() -> None:
    case = raised().until("2026-11-10 01:00")
    assert case.challenge.stage is Stage.TWO
    case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    assert case.hears(StageBegan)[TAM] == DAILY
    assert TAM not in case.hears(Replied), "nobody hears of their own act"


# The emails about it later ------------------------------------------------------------------------


def test_what_was_late_is_told_of_that_question_and_not_of_the_next() -> None:
    """The Senior IRO Manager was late in naming somebody, not the IRO."""
    case = never_served().until("2026-11-05 10:00").does(SARA, SOUTH_TEAM)
    case.does(TOM, Reply(2, Answer.CHALLENGED, "It is not so."))
    assert case.standing is Standing.IRO_TO_DECIDE
    said = headline(case.events(Chased)[-1], case.challenge, case.council)
    late, _, to_do = said.partition(": ")
    assert late == "1 working day late"
    assert to_do.startswith("the Senior IRO Manager has yet to say who")
