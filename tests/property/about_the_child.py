"""What people do about the child by rules 17, 19, 20, 22 and 25.

Each act is who does it, and which command, given the challenge as it is, as in
``tests.property.beside``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from adapters import clock
from domain.form import Answered, Child
from domain.ladder import Stage
from domain.moments import local_day
from domain.rules.childs_rights import RecordChildsRights, childs_rights
from domain.rules.filing import PlaceOnFile
from domain.rules.history import OpenHistory
from domain.rules.letters_to_child import WriteToChild
from domain.rules.life import LifeChange, RecordLifeChange, SayHowToGoOn
from domain.rules.sealing import (
    AgreeToSeal,
    AskToSeal,
    CheckLooks,
    CheckTexts,
    DeclineToSeal,
    RightChild,
)
from tests.property.players import CASE_SYSTEM

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.part import Command
    from tests.property.beside import Act, Who

__all__ = ["about_the_child"]

_RIGHT = Child("CASE-44112", "R.C.", "Robin Sample", date(2014, 5, 6), "South Team")


def _asks_to_seal(challenge: Challenge) -> Command:
    form = challenge.raised
    stage = challenge.stage if challenge.stage.formal else Stage.ONE
    words = "It is urgent.", form.concerns, "Asked.", "Stay."
    rights = replace(form.childs_rights, knows=Answered.YES)
    right = RightChild(_RIGHT, "sw-south-1", stage, *words, rights, form.urgency)
    return AskToSeal("The wrong twin.", right)


def _records_rights(challenge: Challenge) -> Command:
    """Answer the first question that is left, or take back two answers."""
    known = childs_rights(challenge)
    if known.knows is not Answered.YES:
        return RecordChildsRights(replace(known, knows=Answered.YES))
    again = Answered.NOT_YET
    return RecordChildsRights(replace(known, knows=again, advocate=again))


def _life(change: LifeChange, go_on: str = "") -> Command:
    return RecordLifeChange(change, local_day(clock.now()), go_on)


def _by_the_case_system(challenge: Challenge) -> tuple[str, Command]:
    """Place what there was a moment ago: the case system need not know of the last events yet."""
    return CASE_SYSTEM, PlaceOnFile(challenge.version - challenge.version % 3 or 1)


def about_the_child(iro: Who, srsm: Who, senior: Who, dpo: Who) -> dict[str, Act]:
    """Return these acts by name."""
    return {
        "asks to seal it": lambda c: (iro(c), _asks_to_seal(c)),
        "seals it": lambda c: (senior(c), AgreeToSeal()),
        "does not seal it": lambda c: (senior(c), DeclineToSeal("It is this child.")),
        "checks who looked": lambda c: (dpo(c), CheckLooks("The team was told.")),
        "checks the other texts": lambda c: (iro(c), CheckTexts("All is right.")),
        "records what the child knows": lambda c: (iro(c), _records_rights(c)),
        "records that the child left care": lambda c: (iro(c), _life(LifeChange.LEFT_CARE)),
        "records that the child was adopted, and how it goes on": lambda c: (
            iro(c),
            _life(LifeChange.ADOPTED, "As before."),
        ),
        "records as the SRSM that the child died": lambda c: (srsm(c), _life(LifeChange.DIED)),
        "takes back that the child died": lambda c: (iro(c), _life(LifeChange.MISTAKE)),
        "says how it goes on": lambda c: (iro(c), SayHowToGoOn("As before.")),
        "writes to the child": lambda c: (iro(c), WriteToChild("It is over.")),
        "places the outcome on the file": lambda c: (iro(c), PlaceOnFile()),
        "places decisions on the file": lambda c: (srsm(c), PlaceOnFile()),
        "opens the child's history": lambda c: (iro(c), OpenHistory("To know what was tried.")),
        "places it all on the file as the case system": _by_the_case_system,
    }
