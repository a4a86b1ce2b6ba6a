"""What people do beside the ladder by rules 10 to 14: Cafcass, lawyers, meetings, the Director.

Each act is who does it, and which command, given the challenge as it is. What cannot be done then
is refused, and nothing may come of it.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from adapters import clock
from domain.moments import local_day
from domain.privileged import Sealed
from domain.rules.briefing import Brief, ConfirmDirector
from domain.rules.cafcass import (
    AskCafcass,
    CafcassAnswer,
    RecordCafcassAnswer,
    RecordJudicialReview,
    ReferToCafcass,
)
from domain.rules.considering import DoNotRefer, FindUnresolved
from domain.rules.director import InformDirector
from domain.rules.discussions import Means, RecordConversation
from domain.rules.legal import (
    AskForAdvice,
    GiveAdvice,
    NameLawyer,
    OpenAdvice,
    SayConflict,
    SayManagerConflict,
    SayNoAdviceNeeded,
)
from domain.rules.meetings import (
    ArrangeMeeting,
    CancelMeeting,
    ChangeMeeting,
    ConsiderChair,
    RecordMeeting,
    SendActions,
    meetings,
    to_send,
)
from domain.rules.notes import WriteNote
from domain.rules.supervision import DiscussInSupervision

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.challenge import AgreedAction, Challenge
    from domain.part import Command

    Act = Callable[[Challenge], tuple[str, Command]]
    Who = Callable[[Challenge], str]

__all__ = ["beside_the_ladder"]

_FAILURE, _ATTENTION = "The plan drifts.", "The Head of Service, since May."
_ALL = ("csm", "hos", "tm-n")


def _sealed(challenge: Challenge) -> Sealed:
    """Return words as the compartment would keep them, if it kept them: no test opens them."""
    number = challenge.version + 1
    return Sealed(number, sha256(str(number).encode()).hexdigest())


def _refers(_challenge: Challenge) -> Command:
    sent = ("By secure email", "Cafcass Intake, intake@cafcass.example")
    return ReferToCafcass(_FAILURE, _ATTENTION, local_day(clock.now()), *sent)


def _answered(answer: CafcassAnswer) -> Command:
    return RecordCafcassAnswer(answer, local_day(clock.now()), "By letter.")


def _at(challenge: Challenge) -> datetime:
    """Return when a meeting is (UTC): in an hour, or in three days."""
    return clock.now() + (timedelta(hours=1) if challenge.version % 2 else timedelta(days=3))


def _meeting(challenge: Challenge) -> int:
    """Return the last of the challenge's meetings; the first if there is none."""
    return len(meetings(challenge)) or 1


def _arranges(challenge: Challenge) -> Command:
    return ArrangeMeeting(_at(challenge), 60, "Room 1", "srsm", _ALL)


def _changes(challenge: Challenge) -> Command:
    at, number = _at(challenge), _meeting(challenge)
    return ChangeMeeting(number, at, 90, "Room 2", "hos", _ALL, "In a test.")


def _records(challenge: Challenge, actions: tuple[AgreedAction, ...]) -> Command:
    chair = "hos" if challenge.version % 2 else "senior"
    said = (local_day(clock.now()), chair, "All.", "So it is.")
    return RecordMeeting(_meeting(challenge), *said, actions)


def _sends(challenge: Challenge, chair: str = "") -> Command:
    """Return that the actions of the first meeting left are sent, of those that ``chair`` led."""
    found = [one.number for one in to_send(challenge) if not chair or one.chair == chair]
    return SendActions(found[0] if found else 1)


def beside_the_ladder(
    iro: Who, srsm: Who, senior: Who, actions: Callable[[], tuple[AgreedAction, ...]]
) -> dict[str, Act]:
    """Return these acts by name; ``actions`` are what a meeting agrees."""
    today, means = clock.now, Means.PHONE
    return {
        "refers to Cafcass": lambda c: (iro(c), _refers(c)),
        "does not refer to Cafcass": lambda c: (iro(c), DoNotRefer("None.", "It goes on.")),
        "finds the last stage unresolved": lambda c: (iro(c), FindUnresolved("It waits.")),
        "asks Cafcass": lambda c: (iro(c), AskCafcass("They look into it.")),
        "records that Cafcass refused": lambda c: (iro(c), _answered(CafcassAnswer.REFUSED)),
        "records that Cafcass took it": lambda c: (iro(c), _answered(CafcassAnswer.TAKEN)),
        "records a judicial review": lambda c: (
            iro(c),
            RecordJudicialReview(local_day(today()), "A hearing."),
        ),
        "asks for legal advice": lambda c: (iro(c), AskForAdvice(_sealed(c))),
        "does not need legal advice": lambda c: (iro(c), SayNoAdviceNeeded()),
        "says that there is no conflict": lambda _: ("legal", SayConflict(conflict=False)),
        "says that there is a conflict": lambda _: ("legal", SayConflict(conflict=True)),
        "names a neighbouring lawyer": lambda _: ("legal", NameLawyer("neighbour")),
        "advises": lambda c: ("legal", GiveAdvice(_sealed(c))),
        "advises from next door": lambda c: ("neighbour", GiveAdvice(_sealed(c))),
        "says that the SRSM has a conflict": lambda c: (iro(c), SayManagerConflict("srsm")),
        "opens the advice": lambda c: (iro(c), OpenAdvice("iro-2")),
        "briefs": lambda c: (srsm(c), Brief("The placement ends.")),
        "briefs, as the Senior IRO Manager": lambda c: (senior(c), Brief("It ends.")),
        "confirms that the Director knows": lambda _: ("safer", ConfirmDirector()),
        "arranges a meeting": lambda c: (iro(c), _arranges(c)),
        "changes the meeting": lambda c: (srsm(c), _changes(c)),
        "says who chairs": lambda c: (
            srsm(c),
            ConsiderChair(_meeting(c), senior=bool(c.version % 2), reason="In a test."),
        ),
        "cancels the meeting": lambda c: (iro(c), CancelMeeting(_meeting(c), "In a test.")),
        "records the meeting": lambda c: (srsm(c), _records(c, actions())),
        "sends the agreed actions": lambda c: (srsm(c), _sends(c)),
        "sends the agreed actions as chair": lambda c: ("hos", _sends(c, "hos")),
        "discusses it in supervision": lambda c: (srsm(c), DiscussInSupervision(c.iro)),
        "records a discussion": lambda c: (
            iro(c),
            RecordConversation("The manager.", means, local_day(today()), "It moves."),
        ),
        "writes a note": lambda _: ("tm-n", WriteNote("In a test.")),
        "informs the Director": lambda _: ("ad", InformDirector()),
    }
