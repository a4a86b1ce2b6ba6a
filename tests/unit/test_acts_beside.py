"""Each of the property test's acts beside the ladder can be done at some time.

They are those of rules 10 to 14, and those about the child (rules 17, 19, 20, 22 and 25).

There an act that cannot be done is left out: one that never can would test nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.directory_csv import from_csv
from domain.agreed import AgreedAction
from domain.challenge import Owner
from domain.directory import Cover
from domain.events import Actor, Event
from domain.fold import apply, read
from domain.ladder import Stage
from domain.part import Hand
from domain.people import overseers
from domain.rules.endings import ChildTold, Close
from domain.rules.filing import PlaceOnFile
from domain.rules.qap import first_facts
from domain.rules.replies import Answer, Reply
from domain.rules.sealing import TextsToCheck
from domain.vocabulary import Capacity, Outcome
from tests.builders import Case, council, day, moment
from tests.property import about_the_child, beside
from tests.property.players import form
from tests.property.stage import SAMPLE_DIRECTORY

if TYPE_CHECKING:
    import pytest

    from domain.challenge import Challenge

#: What belongs to no rung, the briefing, lawyers of the council and then another, and Cafcass.
_AT_ANY_STAGE = (
    *("does not refer to Cafcass", "writes a note", "records a discussion"),
    *("discusses it in supervision", "informs the Director", "does not need legal advice"),
    *("briefs", "confirms that the Director knows", "asks for legal advice"),
    *("says that there is no conflict", "advises", "says that the SRSM has a conflict"),
    *("briefs, as the Senior IRO Manager", "says that there is a conflict"),
    *("names a neighbouring lawyer", "advises from next door", "opens the advice"),
    *("refers to Cafcass", "asks Cafcass", "records that Cafcass refused"),
    *("refers to Cafcass", "records that Cafcass took it", "records a judicial review"),
)
#: Meetings: one that is changed and cancelled, and two that are recorded.
_MEETINGS = (
    *("arranges a meeting", "says who chairs", "changes the meeting", "cancels the meeting"),
    *("arranges a meeting", "records the meeting", "sends the agreed actions"),
    *("arranges a meeting", "records the meeting", "sends the agreed actions as chair"),
)
_LAST = "finds the last stage unresolved"


def _at_stage_4() -> Case:
    """Return a challenge of Ira's at stage 4, in the sample council."""
    of, now = council(people=from_csv(SAMPLE_DIRECTORY)), moment("2026-11-02 10:00")
    actor = Actor("iro-1", "Ira Sample-One", "the IRO", "page")
    hand = Hand(actor, frozenset({Capacity.IRO}), now, of)
    challenge = read("PCE-7K3M-9QXT", [Event(1, form(Stage.FOUR), actor, now, now, "raise")])
    for number, fact in enumerate(first_facts(challenge, hand), start=2):
        challenge = apply(challenge, Event(number, fact, actor, now, now, "raise"))
    return Case(challenge, now, of).until("2026-11-02 10:01")


def test_each_act_beside_the_ladder_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    case = _at_stage_4()
    monkeypatch.setattr("tests.property.beside.clock.now", lambda: case.now)

    def acts_as(whose: Capacity, challenge: Challenge) -> str:
        return overseers(whose, challenge, case.council, case.today)[0].id

    action = AgreedAction("Look for a placement", "Willow", day("2026-11-06"), Owner("sw-n1"))
    acts = beside.beside_the_ladder(
        lambda challenge: challenge.iro,
        lambda challenge: acts_as(Capacity.SRSM, challenge),
        lambda challenge: acts_as(Capacity.SENIOR_IRO_MANAGER, challenge),
        lambda: (action,),
    )
    for name in (*_AT_ANY_STAGE, *_MEETINGS):
        if name == "records the meeting" and case.challenge.version % 2 == 0:
            case.does(*acts["writes a note"](case.challenge))  # so that the manager chaired it
        case.does(*acts[name](case.challenge))
    replied = _at_stage_4().does("ad", Reply(1, Answer.CHALLENGED, "There is no money."))
    replied.does(*acts[_LAST](replied.challenge))
    assert {*acts} == {*_AT_ANY_STAGE, *_MEETINGS, _LAST}


#: In one challenge, until it ends; then after its end; then until it is sealed.
_WHILE_OPEN = (
    *("records what the child knows", "records that the child left care", "says how it goes on"),
    *("records that the child was adopted, and how it goes on", "opens the child's history"),
    *("records as the SRSM that the child died", "takes back that the child died"),
    *("asks to seal it", "does not seal it"),
)
_AFTER_THE_END = (
    *("places the outcome on the file", "places decisions on the file", "writes to the child"),
)
_UNTIL_IT_IS_SEALED = ("asks to seal it", "seals it", "checks who looked")
_IN_THE_RIGHT_CHILDS = "checks the other texts"
_BY_THE_CASE_SYSTEM = "places it all on the file as the case system"


def test_each_act_about_the_child_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    case = _at_stage_4()
    people = replace(case.council.directory, cover=(Cover("iro-post-1", "iro-2", _DAY, _DAY),))
    case.council = council(people=people)
    monkeypatch.setattr("tests.property.about_the_child.clock.now", lambda: case.now)
    acts = about_the_child.about_the_child(
        lambda challenge: challenge.iro, lambda _: "srsm", lambda _: "senior", lambda _: "dpo"
    )
    for name in _WHILE_OPEN:
        officer, command = acts[name](case.challenge)
        case.does("iro-2" if name == "opens the child's history" else officer, command)
    case.does("iro-1", Close(Outcome.WITHDRAWN, "In a test.", ChildTold.NO, "No need."))
    _, places = acts[_BY_THE_CASE_SYSTEM](case.challenge)
    assert isinstance(places, PlaceOnFile)
    case.case_system_places(places.up_to)
    for name in (*_AFTER_THE_END, *_UNTIL_IT_IS_SEALED):
        case.does(*acts[name](case.challenge))
    assert case.challenge.sealed
    new = case.went_on
    assert new
    new.records(TextsToCheck(("PCE-2B3C-4D5E",), new.council.within(1, new.now)))
    new.does(*acts[_IN_THE_RIGHT_CHILDS](new.challenge))
    done = {*_WHILE_OPEN, *_AFTER_THE_END, *_UNTIL_IT_IS_SEALED}
    assert {*acts} == {*done, _IN_THE_RIGHT_CHILDS, _BY_THE_CASE_SYSTEM}


_DAY = day("2026-11-02")
