"""Rule 16, endings: resolved, closed after Cafcass, not referred, withdrawn and the others.

Each has a reason, and says whether and how the child was told. Withdrawn and raised in error mean
that the challenge was not needed; a duplicate names the one that goes on. Nothing is resolved while
an agreed action is open. *Not yet told* is a task of the IRO that outlives the end: until it is
done the challenge waits at a rung of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import ActionState, Challenge, ask, settle
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.ladder import Stage
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    May,
    Part,
    Problems,
    Rung,
    Seen,
    Tell,
    Written,
)
from domain.rules.lateness import IRO_IS_LATE
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Outcome, Purpose, Standing
from domain.writing import can_be_seen

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "ENDINGS",
    "ChildTold",
    "ChildWasTold",
    "Close",
    "Closed",
    "NotThisEnd",
    "RecordChildTold",
    "Resolve",
    "check_told",
    "closed",
    "endings",
]


class ChildTold(StrEnum):
    """Whether the child was told how the challenge ended."""

    YES = "yes"
    NOT_YET = "not yet"
    NO = "no"


def _it_was_formal_or_the_srsm_sees_it_otherwise(challenge: Challenge, event: Event) -> bool:
    """Whether the Senior IRO Manager must know: it was formal, or two views differ (rule 4)."""
    fact = event.fact
    if not isinstance(fact, Closed):
        return False
    asked = [r for r in challenge.requests if r.manager_view is not None]
    views = [r.manager_view for r in asked if r.opened < event.effective]
    differ = bool(views) and views[-1] is not fact.outcome.resolved
    return challenge.request.stage.formal or differ


@value
class Closed(Fact):
    """The challenge ended. If the child is not told yet, the IRO records it by ``tell_by``.

    ``dropped`` are the numbers of the actions that were dropped, so that nobody takes them as done.
    """

    outcome: Outcome
    stage: Stage
    reason: str
    child_told: ChildTold
    how_told: str
    tell_by: Deadline | None = None
    dropped: tuple[int, ...] = ()

    key_point = True
    news = "the challenge has ended"
    told = (
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_it_was_formal_or_the_srsm_sees_it_otherwise),
        Tell(Audience.ASKED),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it ended, with only the questions that outlive it."""
        asked = tuple(one for one in challenge.asked if one.outlives)
        after = replace(challenge, outcome=self.outcome, ended_at=event.effective, asked=asked)
        return ask(after, Purpose.TELL_CHILD, self.tell_by, event, _TELL, outlives=True)

    def line(self, seen: Seen) -> str:
        """Return who ended it, and how."""
        return f"{seen.who} closed the challenge: {self.outcome}{_dropped_in_words(self.dropped)}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and how the child was told."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("How the child was told", self.how_told, EVERYBODY)
        yield Written("Was the child told", self.child_told, EVERYBODY)
        if self.tell_by:
            yield Written("Child to be told by", self.tell_by.why, EVERYBODY)


def _dropped_in_words(numbers: tuple[int, ...]) -> str:
    """Return ``. Actions 1 and 3 were dropped``; empty if none was."""
    if not numbers:
        return ""
    *most, last = map(str, numbers)
    if not most:
        return f". Action {last} was dropped"
    return f". Actions {', '.join(most)} and {last} were dropped"


#: The key of the question whether the child was told.
_TELL = "tell-child"


def closed(
    challenge: Challenge,
    outcome: Outcome,
    reason: str,
    told: tuple[ChildTold, str],
    hand: Hand,
) -> Closed:
    """Return how the challenge ends now; ``told`` is whether the child was told, and how."""
    within = hand.council.procedure.tell_child_within
    by = hand.council.within(within, hand.now) if told[0] is ChildTold.NOT_YET else None
    dropped = tuple(a.number for a in challenge.actions if a.state is ActionState.GIVEN_UP)
    return Closed(outcome, challenge.stage, reason, *told, by, dropped)


def check_told(told: ChildTold, how: str, problems: Problems) -> None:
    """Note in ``problems`` if it does not say how the child was told, or why not."""
    sentence = {
        ChildTold.YES: "Enter how the child was told.",
        ChildTold.NO: "Enter why the child was not told.",
        ChildTold.NOT_YET: "",
    }[told]
    problems.refuse_if("how_told", bool(sentence) and not can_be_seen(how), sentence)


@value
class Resolve(Command):
    """The IRO records the matter as resolved (rules 2 and 4)."""

    reason: str
    child_told: ChildTold
    how_told: str = ""

    called = "Record it as resolved"
    who = (
        May(Capacity.IRO, OPEN),
        May(Capacity.SRSM, (Standing.IRO_TO_DECIDE,), IRO_IS_LATE),
    )
    settles = (
        *(Purpose.DECIDE, Purpose.DECIDE_SILENCE, Purpose.NOTHING_DONE),
        *(Purpose.RESOLVED_NOW, Purpose.OUTCOME_MISSED),
    )

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Closed]:
        """Yield the end, informally or at its stage."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter how it was resolved, and what shows it.")
        check_told(self.child_told, self.how_told, problems)
        problems.refuse_if(
            "reason",
            bool(challenge.open_actions),
            "Some actions are still open. Confirm or drop each one before you record this.",
        )
        problems.check()
        told = (self.child_told, self.how_told)
        yield closed(challenge, _resolved(challenge), self.reason, told, hand)


def _resolved(challenge: Challenge) -> Outcome:
    """Return how it is resolved: by its actions only if the IRO confirmed every one as done."""
    asked = any(one.purpose is Purpose.RESOLVED_NOW for one in challenge.questions)
    states = {action.state for action in challenge.actions} - {ActionState.OVERTAKEN}
    if asked and states == {ActionState.CONFIRMED}:
        return Outcome.RESOLVED_BY_ACTIONS
    formal = challenge.stage.formal
    return Outcome.RESOLVED_AT_STAGE if formal else Outcome.RESOLVED_INFORMALLY


_WITHOUT_RESOLUTION = (
    Outcome.WITHDRAWN,
    Outcome.RAISED_IN_ERROR,
    Outcome.DUPLICATE,
    Outcome.CLOSED_AFTER_CAFCASS,
    Outcome.UNRESOLVED_NOT_REFERRED,
)


class NotThisEnd(StrEnum):
    """Why a challenge cannot end in this way now."""

    A_RESOLUTION = "Choose an end without resolution, or record the matter as resolved instead."
    STILL_INFORMAL = "You can only choose this after a formal stage."
    STAGE_UNDER_WAY = (
        "{stage} has not ended yet. Move the challenge up, or wait for the {responder}’s reply."
    )


def endings(challenge: Challenge, council: Council) -> dict[Outcome, NotThisEnd | None]:
    """Return each end without resolution, and why it is not possible now; ``None`` if it is."""
    last = council.ladder.last
    last_has_ended = challenge.stage is last.stage and (
        challenge.question is not None
        or any(one.purpose is Purpose.AFTER_LAST_STAGE for one in challenge.questions)
    )
    refused: dict[Outcome, NotThisEnd] = {}
    if not challenge.stage.formal:
        refused |= dict.fromkeys(_FORMAL_ONLY, NotThisEnd.STILL_INFORMAL)
    if not last_has_ended:
        refused[Outcome.UNRESOLVED_NOT_REFERRED] = NotThisEnd.STAGE_UNDER_WAY
    return {outcome: refused.get(outcome) for outcome in _WITHOUT_RESOLUTION}


_FORMAL_ONLY = (Outcome.CLOSED_AFTER_CAFCASS, Outcome.UNRESOLVED_NOT_REFERRED)


@value
class Close(Command):
    """End it without resolution. Only the IRO may, however late they are (rule 4)."""

    outcome: Outcome
    reason: str
    child_told: ChildTold
    how_told: str = ""

    called = "End it without resolution"
    who = (May(Capacity.IRO, OPEN),)
    settles = (
        *(Purpose.DECIDE, Purpose.DECIDE_SILENCE, Purpose.NOTHING_DONE),
        *(Purpose.RESOLVED_NOW, Purpose.AFTER_LAST_STAGE, Purpose.OUTCOME_MISSED),
    )

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Closed]:
        """Yield the end, if it is possible now."""
        problems = Problems()
        possible, last = endings(challenge, hand.council), hand.council.ladder.last
        refusal = possible.get(self.outcome, NotThisEnd.A_RESOLUTION)
        if refusal:
            said = refusal.format(stage=last.title, responder=" or ".join(last.responders))
            problems.refuse_if("outcome", wrong=True, sentence=said)
        problems.need("reason", self.reason, "Enter why you are ending it.")
        check_told(self.child_told, self.how_told, problems)
        problems.check()
        told = (self.child_told, self.how_told)
        yield closed(challenge, self.outcome, self.reason, told, hand)


# The child was told ------------------------------------------------------------------------------


@value
class ChildWasTold(Fact):
    """Recorded after the end: whether the child was told, and how or why not."""

    child_told: ChildTold
    how: str

    news = "it is recorded whether the child was told"
    told = (Tell(Audience.SRSM),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with that question settled."""
        return settle(challenge, _TELL)

    def line(self, seen: Seen) -> str:
        """Return who recorded that the child was told, or will not be."""
        was = "was told" if self.child_told is ChildTold.YES else "will not be told"
        return f"{seen.who} recorded that the child {was}"

    def written(self) -> Iterator[Written]:
        """Yield how, or why not."""
        label = "How the child was told" if self.child_told is ChildTold.YES else "Why not"
        yield Written(label, self.how, EVERYBODY)


@value
class RecordChildTold(Command):
    """Record that the child was told, or will not be."""

    told: ChildTold
    how: str

    called = "Record whether the child was told"
    who = (Asked(),)
    settles = (Purpose.TELL_CHILD,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[ChildWasTold]:
        """Yield what is recorded."""
        problems = Problems()
        later = self.told is ChildTold.NOT_YET
        problems.refuse_if("child_told", later, "Choose yes or no. You can do this later.")
        check_told(self.told, self.how, problems)
        problems.check()
        yield ChildWasTold(self.told, self.how)


ENDINGS = Part(
    16,
    "Endings",
    facts=(Closed, ChildWasTold),
    acts=(Resolve, Close, RecordChildTold),
    rungs=(
        Rung(Standing.CLOSED, "Closed", "Ended", lambda challenge: not challenge.open),
        Rung(
            Standing.ENDED_TO_DO,
            "Ended: something left to do",
            "Ended: something left to do",
            lambda challenge: not challenge.open and bool(challenge.asked),
        ),
    ),
)
