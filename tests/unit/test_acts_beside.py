"""Each of the property test's acts beside the ladder (rules 10 to 14) can be done at some time.

There an act that cannot be done is left out: one that never can would test nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.directory_csv import from_csv
from domain.agreed import AgreedAction
from domain.challenge import Owner
from domain.events import Actor, Event
from domain.fold import apply, read
from domain.ladder import Stage
from domain.part import Hand
from domain.people import overseers
from domain.rules.qap import first_facts
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Capacity
from tests.builders import Case, council, day, moment
from tests.property import beside
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
