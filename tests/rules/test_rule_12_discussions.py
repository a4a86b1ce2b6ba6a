"""Rule 12, discussions: a phone call or an email that matters goes on the record.

Guidance: G20, G53, G68.
"""

from __future__ import annotations

import pytest

from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.part import kind_of
from domain.people import capacities
from domain.rules.discussions import ConversationRecorded, Means, RecordConversation
from domain.rules.endings import ChildTold, Resolve
from domain.rules.notes import Noted, WriteNote
from domain.vocabulary import Capacity
from tests.builders import CAS, DAILY, IRA, SARA, SENNA, TAM, WIN, Case, day, raised

WORDS = "The panel sits on Thursday."


def called(on: str = "2026-11-02") -> RecordConversation:
    """Return that somebody spoke with the Team Manager on the phone."""
    return RecordConversation("The Team Manager", Means.PHONE, day(on), WORDS)


def reads(case: Case, officer: str) -> list[str]:
    """Return what ``officer`` can read of the last event."""
    who = capacities(case.challenge, officer, case.council, case.today)
    written = kind_of(case.challenge.events[-1].fact).written()
    return [one.text for one in written if one.is_for(who)]


def test_a_phone_call_or_email_that_matters_is_recorded_as_a_discussion() -> None:
    case = raised().does(IRA, called())
    fact = case.the(ConversationRecorded)
    assert (fact.with_whom, fact.means, fact.words) == ("The Team Manager", Means.PHONE, WORDS)
    assert WORDS in reads(case, TAM)
    wrong = RecordConversation(" ", Means.EMAIL, day("2026-11-03"), "")
    with pytest.raises(BadSubmissionError) as error:
        case.does(IRA, wrong)
    assert {*error.value.fields} == {"with_whom", "day", "words"}


def test_the_iro_the_srsm_those_asked_and_those_informed_record_discussions() -> None:
    case = raised(Stage.ONE)
    for officer in (IRA, SARA, SENNA, TAM, CAS):
        case.does(officer, called())
    assert len(case.facts(ConversationRecorded)) == 5
    with pytest.raises(NotAllowedError):
        case.does(WIN, called())


def test_the_srsm_sees_notes_and_discussions_as_well_as_the_iro() -> None:
    case = raised().does(TAM, WriteNote(WORDS))
    assert case.hears(Noted) == {IRA: DAILY, SARA: DAILY}
    assert reads(case, SARA) == reads(case, IRA) == [WORDS]
    case.does(TAM, called())
    assert case.hears(ConversationRecorded) == {IRA: DAILY, SARA: DAILY}
    assert reads(case, SARA) == reads(case, IRA) == ["The Team Manager", WORDS]


def test_the_srsm_records_decisions_and_discussions() -> None:
    case = raised().does(SARA, called())
    assert case.hears(ConversationRecorded) == {IRA: DAILY}
    ended = case.does(IRA, Resolve("It is done.", ChildTold.YES, "At the visit."))
    assert RecordConversation in ended.acts(SARA)
    assert RecordConversation not in ended.acts(TAM)
    ended.does(SARA, called())
    assert not ended.challenge.open


def test_a_discussion_does_not_answer_the_challenge() -> None:
    case = raised()
    before = case.challenge
    case.does(TAM, called())
    assert case.standing is before.standing
    assert case.request == before.request
    assert Capacity.RESPONDER in capacities(case.challenge, TAM, case.council, case.today)
