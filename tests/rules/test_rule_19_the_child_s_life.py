"""Rule 19, the child's life: how to go on after a change, and what a death ends."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import BadSubmissionError
from domain.form import Answered, Child, ChildsRights
from domain.ladder import Stage
from domain.moments import local_day
from domain.notices import notices, told_in_the_morning
from domain.rules.cafcass import CafcassAnswer, RecordCafcassAnswer, ReferToCafcass
from domain.rules.childs_rights import RecordChildsRights
from domain.rules.endings import (
    ChildTold,
    Close,
    Closed,
    RecordChildTold,
    Resolve,
    child_told,
)
from domain.rules.escalating import Escalate
from domain.rules.letters_to_child import (
    ChildWrittenTo,
    WriteToChild,
    letter_of,
    plain_letter,
)
from domain.rules.life import (
    HowToGoOn,
    LifeChange,
    LifeChanged,
    RecordLifeChange,
    SayHowToGoOn,
    also_here,
    has_died,
)
from domain.rules.moving import MoveChild
from domain.rules.reopening import Reopen
from domain.timeline import details, headline, news, next_step
from domain.vocabulary import Capacity, Outcome, Purpose, Standing
from tests.builders import IRA, NORTH, SARA, SOUTH, TAM, Case, day, raised
from tests.pages.visitor import Visitor
from tests.rules.test_rule_22_a_sealed_record import seal
from tests.workflow.service import CHILD

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from tests.workflow.service import Service

MONDAY = day("2026-11-02")
#: Within two working days of Monday 2 November 2026.
BY = day("2026-11-04")
GO_ON = ("HOW_TO_GO_ON", BY)
TOLD = (ChildTold.YES, "By me, at the visit.")


def born(on: str, at: str = "2026-11-02 10:00") -> Case:
    """Return a challenge about a child who was born ``on`` that day."""
    child = Child("SAMPLE-0001", "S.S.", "Sample Sampleson", day(on), NORTH)
    return raised(at=at, child=child)


def changed(change: LifeChange, on: date = MONDAY) -> Case:
    """Return a challenge about a child whose life changed on the day it was raised."""
    return raised().does(IRA, RecordLifeChange(change, on))


def died(case: Case | None = None) -> Case:
    """Return the challenge about a child who has died."""
    return (case or raised()).does(IRA, RecordLifeChange(LifeChange.DIED, MONDAY))


# What asks the IRO -------------------------------------------------------------------------------


def test_ceasing_to_be_looked_after_asks_the_iro_how_to_go_on() -> None:
    case = changed(LifeChange.LEFT_CARE)
    assert case.asks == (GO_ON,)
    assert case.challenge.questions[0].whose is Capacity.IRO


def test_adoption_asks_the_iro_how_to_go_on() -> None:
    assert changed(LifeChange.ADOPTED).asks == (GO_ON,)


def test_a_death_asks_the_iro_how_to_go_on() -> None:
    assert died().asks == (GO_ON,)


def test_turning_18_asks_the_iro_how_to_go_on() -> None:
    case = born("2008-11-05")
    assert case.until("2026-11-05 08:59").asks == ()
    assert case.until("2026-11-05 09:00").asks == (("HOW_TO_GO_ON", day("2026-11-09")),)
    assert case.the(LifeChanged).change is LifeChange.TURNED_18


def test_the_18th_birthday_is_known_from_the_date_of_birth() -> None:
    for on, birthday in (("2008-11-05", "2026-11-05"), ("2008-02-29", "2026-03-01")):
        fact = born(on, "2026-02-02 10:00").until("2026-11-06 10:00").the(LifeChanged)
        assert fact.day == day(birthday)
    assert born("2008-11-02").asks == (), "they were 18 when it was raised"
    assert born("2015-05-05").until("2027-03-01 10:00").facts(LifeChanged) == []


def test_one_who_turned_18_before_the_service_asked_is_asked_about_now() -> None:
    """A challenge from before this rule: the days do not count from the birthday."""
    case = born("2008-11-05").sleep_until("2026-11-19 10:00")
    assert ("HOW_TO_GO_ON", day("2026-11-23")) in case.asks
    assert len(case.facts(LifeChanged)) == 1


def test_a_move_of_the_child_to_another_team_asks_the_iro_at_once_where_the_question_goes() -> None:
    with pytest.raises(BadSubmissionError) as asked:
        raised().does(IRA, MoveChild(SOUTH, "sw-south"))
    assert asked.value.fields == {
        "question": "Choose who should answer the question that is open now."
    }


def test_the_iro_says_how_to_go_on_within_2_working_days() -> None:
    case = changed(LifeChange.ADOPTED)
    with pytest.raises(BadSubmissionError):
        case.does(IRA, SayHowToGoOn(" "))
    case.does(IRA, SayHowToGoOn("Until the order is made."))
    assert case.asks == ()
    at_once = raised().does(IRA, RecordLifeChange(LifeChange.ADOPTED, MONDAY, "It goes on."))
    assert (at_once.asks, at_once.the(HowToGoOn).words) == ((), "It goes on.")
    by_srsm = raised().does(SARA, RecordLifeChange(LifeChange.ADOPTED, MONDAY, "It goes on."))
    assert by_srsm.asks == (GO_ON,), "only the IRO says so"
    assert SayHowToGoOn not in by_srsm.acts(SARA)
    assert RecordLifeChange not in by_srsm.acts(TAM)


def test_a_change_in_the_child_s_life_closes_nothing_by_itself() -> None:
    for case in (*(changed(one) for one in (LifeChange.ADOPTED, LifeChange.LEFT_CARE)), died()):
        assert case.challenge.open
        assert case.until("2026-12-20 10:00").challenge.open
    ended = changed(LifeChange.LEFT_CARE).does(IRA, Resolve("So.", *TOLD)).files_it()
    assert (ended.asks, ended.standing) == ((), Standing.ENDED_TO_ASK)


def test_a_change_in_the_child_s_life_stops_nothing() -> None:
    case = changed(LifeChange.ADOPTED)
    assert case.standing is Standing.STAGE_1
    assert case.until("2026-11-10 10:00").challenge.stage is Stage.TWO
    assert case.does(IRA, Escalate(Stage.FOUR, "It is urgent.")).challenge.stage is Stage.FOUR


def test_a_day_to_come_or_before_the_birth_is_refused() -> None:
    for wrong in ("2026-11-03", "2015-05-04"):
        with pytest.raises(BadSubmissionError) as refused:
            raised().does(IRA, RecordLifeChange(LifeChange.DIED, day(wrong)))
        assert list(refused.value.fields) == ["day"]
    with pytest.raises(BadSubmissionError) as by_hand:
        raised().does(IRA, RecordLifeChange(LifeChange.TURNED_18, MONDAY))
    assert list(by_hand.value.fields) == ["change"]


def test_no_email_says_what_changed_in_the_child_s_life() -> None:
    said = {*LifeChange, "18", "birthday", "died", "adopted"}
    for case in (born("2008-11-05").until("2026-11-05 10:00"), died(), changed(LifeChange.ADOPTED)):
        (event,) = case.events(LifeChanged)
        words = [
            headline(event, case.challenge, case.council),
            news(event.fact, case.challenge.stage, case.council),
            *next_step(case.challenge, case.now, case.council, IRA),
        ]
        assert not [one for one in said if one in " ".join(words)]
        assert "The child" in dict(details(event.fact, frozenset({Capacity.IRO})))
        assert local_day(event.effective) == case.today
        alone = [n for n in notices(case.challenge, case.now, case.council) if n.event == event]
        assert alone == [], "nobody gets an email of its own, at the moment of a birthday"
        told = told_in_the_morning(case.challenge, case.now, case.council, event.number - 1)
        assert {officer for one in told for officer in one.officers} == {SARA}


# After a death -----------------------------------------------------------------------------------


def test_after_a_death_no_question_is_asked_about_telling_the_child() -> None:
    for told in (ChildTold.NOT_ASKED, ChildTold.NOT_YET):
        case = died().does(IRA, Close(Outcome.WITHDRAWN, "The child has died.", told))
        assert (case.asks, case.the(Closed).tell_by) == ((), None)
        assert child_told(case.challenge) is ChildTold.NOT_ASKED
        assert RecordChildTold not in case.acts(IRA)
    later = raised().does(IRA, Resolve("So.", ChildTold.NOT_YET))
    assert [name for name, _ in later.asks] == ["TELL_CHILD"]
    died(later).files_it()
    assert (later.asks, later.standing) == ((), Standing.CLOSED)
    with pytest.raises(BadSubmissionError) as alive:
        raised().does(IRA, Resolve("So.", ChildTold.NOT_ASKED))
    assert alive.value.fields == {"child_told": "Choose whether the child was told."}


def test_after_a_death_nothing_is_asked_about_what_the_child_knows_and_who_helps_them() -> None:
    case = died(raised(childs_rights=ChildsRights(*[Answered.NOT_YET] * 4)))
    assert case.asks == (GO_ON,)
    assert RecordChildsRights not in case.acts(IRA)
    case.does(IRA, Close(Outcome.WITHDRAWN, "The child has died.", ChildTold.NOT_ASKED))
    old = case.challenge.raised
    new = case.does(IRA, Reopen(Stage.TWO, "So.", old.child, old.social_worker)).went_on
    assert new is not None
    assert has_died(new.challenge)
    assert new.asks == ()


def test_a_death_that_was_recorded_by_mistake_can_be_taken_back() -> None:
    case = died().does(IRA, RecordLifeChange(LifeChange.MISTAKE, MONDAY))
    assert not has_died(case.challenge)
    case.does(IRA, Resolve("So.", ChildTold.NOT_YET))
    assert [name for name, _ in case.asks] == ["TELL_CHILD"]
    with pytest.raises(BadSubmissionError):
        case.does(IRA, RecordLifeChange(LifeChange.MISTAKE, MONDAY))


def test_a_death_holds_for_every_challenge_about_the_child_open_or_ended_whoever_raised_it(
    service: Service,
) -> None:
    """What nobody asks any more, nobody asks anywhere; each IRO says how theirs goes on."""
    not_yet = ChildsRights(*[Answered.NOT_YET] * 4)
    of_others = replace(CHILD, case_id="CASE-98432")
    here = service.raise_at(Stage.ONE)
    open_, other = (
        service.raise_at(Stage.ONE, childs_rights=not_yet, **of)
        for of in ({"iro": "iro-2"}, {"child": of_others})
    )
    ended = service.raise_at(Stage.ONE)
    service.act(ended, "iro-1", Resolve("So.", ChildTold.NOT_YET))
    on = local_day(service.now)
    service.act(here, "iro-1", RecordLifeChange(LifeChange.DIED, on, "It goes on."))
    service.jump(timedelta(minutes=10))
    assert [has_died(service.challenge(one)) for one in (here, open_, ended)] == [True] * 3
    assert not has_died(service.challenge(other))
    for one, asks in ((here, 0), (open_, 1), (ended, 0)):
        asked = [question.purpose for question in service.challenge(one).questions]
        assert asked.count(Purpose.HOW_TO_GO_ON) == asks
        assert not {Purpose.TELL_CHILD, Purpose.OFFER_ADVOCATE, Purpose.TELL_OF_CHALLENGE} & {
            *asked
        }
    for one in (open_, ended):
        (fact,) = (e.fact for e in service.challenge(one).events if isinstance(e.fact, LifeChanged))
        assert (fact.day, fact.recorded_in) == (on, here)
        assert dict(details(fact, frozenset({Capacity.IRO})))["Recorded in"] == here
        assert "Recorded in" not in dict(details(fact, frozenset({Capacity.RESPONDER})))
    # What a mistake takes back is taken back everywhere, and nothing goes round in circles.
    service.act(open_, "iro-2", RecordLifeChange(LifeChange.MISTAKE, on))
    service.jump(timedelta(days=1))
    assert not [one for one in (here, open_, ended) if has_died(service.challenge(one))]
    assert (
        service.kinds(here).count("LifeChanged") == service.kinds(ended).count("LifeChanged") == 2
    )


def test_a_challenge_that_is_raised_after_a_death_knows_of_it(service: Service) -> None:
    here = service.raise_at(Stage.ONE)
    on = local_day(service.now)
    service.act(here, "iro-1", RecordLifeChange(LifeChange.DIED, on))
    new = service.raise_at(Stage.QAP, childs_rights=ChildsRights(*[Answered.NOT_YET] * 4))
    challenge = service.challenge(new)
    assert has_died(challenge)
    assert [one.purpose for one in challenge.questions] == [Purpose.HOW_TO_GO_ON]


def test_a_death_that_only_a_sealed_record_knew_of_is_taken_back_and_the_iro_says_how_to_go_on(
    service: Service,
) -> None:
    here, open_ = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE, iro="iro-2")
    ended = service.raise_at(Stage.ONE)
    service.act(ended, "iro-1", Resolve("So.", ChildTold.NOT_YET))
    on = local_day(service.now)
    service.act(here, "iro-1", RecordLifeChange(LifeChange.DIED, on))
    service.jump(timedelta(minutes=10))
    service.act(open_, "iro-2", SayHowToGoOn("It goes on."))
    assert has_died(service.challenge(open_))
    assert has_died(service.challenge(ended))
    seal(service, here)
    service.jump(timedelta(minutes=10))
    assert has_died(service.challenge(here)), "what it says is not changed"
    for one, asks in ((open_, 1), (ended, 0)):
        found = service.challenge(one)
        assert not has_died(found)
        asked = [one for one in found.questions if one.purpose is Purpose.HOW_TO_GO_ON]
        assert len(asked) == asks
        assert all(one.deadline.day == date(2026, 11, 4) for one in asked), "two working days"
        page = Visitor(service, "senior").get(f"/challenges/{one}")
        assert "has not died: that was recorded by mistake" in page.text
        assert here not in page.body


def test_of_what_is_said_of_a_death_the_last_word_counts() -> None:
    one, two = died(), raised(at="2026-11-03 10:00")
    fact, since = also_here(two.challenge, [one.challenge], two.now, two.council) or (None, None)
    assert fact is not None
    assert (fact.change, fact.recorded_in) == (LifeChange.DIED, one.challenge.reference)
    assert since == two.challenge.raised_at, "it was raised after the death was recorded"
    assert also_here(one.challenge, [one.challenge], one.now, one.council) is None
    later = raised(at="2026-11-04 10:00").does(IRA, RecordLifeChange(LifeChange.DIED, MONDAY))
    later.does(IRA, RecordLifeChange(LifeChange.MISTAKE, MONDAY), "2026-11-05 10:00")
    taken_back = also_here(one.challenge, [later.challenge], later.now, one.council)
    assert taken_back is not None
    assert (taken_back[0].change, taken_back[0].go_on_by) == (LifeChange.MISTAKE, None)
    assert also_here(later.challenge, [one.challenge], later.now, one.council) is None


# An advocate at the end --------------------------------------------------------------------------


def test_where_it_ends_unresolved_and_is_not_referred_the_child_is_offered_an_advocate() -> None:
    yes = Answered.YES
    done = ChildsRights(yes, yes, yes, Answered.NO)
    close = Close(Outcome.UNRESOLVED_NOT_REFERRED, "Cafcass cannot help here.", *TOLD)
    case = raised(Stage.FOUR, childs_rights=done).until("2026-11-10 09:00").does(IRA, close)
    assert case.asks == (("OFFER_ADVOCATE", day("2026-11-12")),)
    assert not case.does(IRA, RecordChildsRights(done)).asks
    after = died(raised(Stage.FOUR)).until("2026-11-10 09:00")
    after.does(IRA, replace(close, child_told=ChildTold.NOT_ASKED))
    assert after.asks == ()


# The letter to the child -------------------------------------------------------------------------

#: What ends these is no answer to anything that was asked for the child.
NOT_WRITTEN_TO = (Outcome.SEALED, Outcome.GOOD_PRACTICE)
WRITTEN_TO = [one for one in Outcome if one not in NOT_WRITTEN_TO]


def ended_as(outcome: Outcome) -> Challenge:
    """Return a challenge with this outcome."""
    return replace(raised().challenge, outcome=outcome)


def test_for_each_ending_there_is_a_plain_letter_to_the_child() -> None:
    letters = {one: plain_letter(ended_as(one), "Ira Sample-One") for one in WRITTEN_TO}
    assert len({*letters.values()}) == len(WRITTEN_TO) - 1, "the same for two that are resolved"
    for text in letters.values():
        assert text.startswith("Dear Sample,\n")
        assert text.endswith("From Ira Sample-One")
    assert plain_letter(ended_as(Outcome.SEALED), "Ira") == "", "it was about another child"
    assert plain_letter(ended_as(Outcome.GOOD_PRACTICE), "Ira") == "", "nothing was asked (rule 18)"
    assert plain_letter(raised().challenge, "Ira") == ""


@pytest.mark.parametrize("outcome", WRITTEN_TO)
def test_the_letter_can_be_read_by_a_child_of_ten(outcome: Outcome) -> None:
    """By the grade of Flesch and Kincaid: a child of ten is in grade 5."""
    text = plain_letter(ended_as(outcome), "").partition("\n\n")[2].removesuffix("From ")
    sentences = [one for one in re.split(r"[.!?]", text) if one.strip()]
    words = re.findall(r"[A-Za-z]+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", one.lower()))) for one in words)
    grade = 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
    assert grade < 5, grade
    assert max(len(one.split()) for one in sentences) <= 20
    law = ("challenge", "stage", "resol", "procedure", "escalat", "withdraw", "statut", "legal")
    assert not [one for one in law if one in text.lower()]


def test_the_letter_says_what_cafcass_said_and_offers_an_advocate_who_was_not_offered() -> None:
    sent = (MONDAY, "Secure email", "Cafcass Intake")
    case = raised(Stage.ONE, childs_rights=ChildsRights(advocate=Answered.NO, why="Away."))
    case.does(IRA, ReferToCafcass("It drifts.", "Sara knows.", *sent))
    case.does(IRA, RecordCafcassAnswer(CafcassAnswer.REFUSED, MONDAY, "Not met."))
    text = plain_letter(replace(case.challenge, outcome=Outcome.CLOSED_AFTER_CAFCASS), "Ira")
    assert "They said no" in text
    assert "{" not in text
    assert text.count("someone on your side") == 1


def test_the_record_keeps_the_letter_as_it_was_written() -> None:
    case = raised().does(IRA, Resolve("So.", *TOLD))
    for words in ("Dear Sample, it is done.", "Dear Sample, it is really done."):
        case.does(IRA, WriteToChild(words))
        assert letter_of(case.challenge) == words
    first, second = case.facts(ChildWrittenTo)
    assert (first.words, second.words) == ("Dear Sample, it is done.", letter_of(case.challenge))
    for who, reads in ((Capacity.IRO, True), (Capacity.SRSM, True), (Capacity.RESPONDER, False)):
        assert bool(details(first, frozenset({who}))) is reads
    with pytest.raises(BadSubmissionError):
        case.does(IRA, WriteToChild(" "))
    assert WriteToChild not in case.acts(SARA)


def test_after_a_death_no_letter_to_the_child_is_offered() -> None:
    case = raised().does(IRA, Resolve("So.", *TOLD))
    assert WriteToChild in case.acts(IRA)
    died(case)
    assert WriteToChild not in case.acts(IRA)
    assert plain_letter(case.challenge, "Ira") == ""
