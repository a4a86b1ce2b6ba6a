"""Rule 16, endings: resolved, closed after Cafcass, not referred, withdrawn and the others.

Each has a reason, and says whether and how the child was told. Withdrawn and raised in error are
the IRO's alone. A duplicate names the challenge that goes on, which takes over its open actions and
its formal entry if that was earlier. At any other end the IRO says of each open action what becomes
of it: dropped, and why, or handed to which review. *Not yet told* is a task of the IRO that
outlives the end; what is recorded about it can be changed at any time.

Guidance: G47, G70, G73, G76, G79, G82.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import ActionState, Challenge, Slot, ask, settle, with_action
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.ladder import Stage, either
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    May,
    Part,
    Problems,
    Rung,
    Seen,
    Tell,
    Written,
    on,
)
from domain.people import covers_as_manager
from domain.rules.cafcass import awaits_cafcass, referrals, still_asked_after_the_end
from domain.rules.lateness import IRO_IS_LATE
from domain.rules.life import LIVES, LifeChanged, has_died
from domain.rules.taking_over import TookOver, carried, formal_at, formal_since
from domain.values import Value, value
from domain.vocabulary import ENDED, OPEN, Audience, Capacity, Letter, Outcome, Purpose, Standing
from domain.writing import can_be_seen, isolated

if TYPE_CHECKING:
    from domain.challenge import Action
    from domain.council import Council

__all__ = [
    "ENDINGS",
    "ActionEnd",
    "ActionFate",
    "ChildTold",
    "ChildWasTold",
    "Close",
    "Closed",
    "NotThisEnd",
    "RecordChildTold",
    "Resolve",
    "check_told",
    "child_told",
    "closed",
    "endings",
    "goes_on_in",
    "is_unresolved_and_not_referred",
    "review_of",
    "same_child",
]


class ChildTold(StrEnum):
    """Whether the child was told how the challenge ended. Of a child who died it is not asked."""

    YES = "yes"
    NOT_YET = "not yet"
    NO = "no"
    NOT_ASKED = "not asked"


# What happens to open actions -------------------------------------------------------------------


class ActionFate(StrEnum):
    """What happens to an open action when its challenge ends."""

    DROPPED = "dropped"
    HANDED = "handed to a review"
    TAKEN_OVER = "taken over"


@value
class ActionEnd(Value):
    """What happens to open action number ``action`` when its challenge ends.

    Dropped, and ``why``; handed to the ``review`` of that day; or taken over by the challenge that
    goes on after a duplicate.
    """

    action: int
    fate: ActionFate
    why: str = ""
    review: date | None = None


_STATES = {
    ActionFate.DROPPED: ActionState.GIVEN_UP,
    ActionFate.HANDED: ActionState.HANDED,
    ActionFate.TAKEN_OVER: ActionState.TAKEN_OVER,
}


def _in_words(end: ActionEnd, goes_on: str) -> str:
    """Return what happened to an action, as its IRO typed it."""
    if end.fate is ActionFate.DROPPED:
        return f"Dropped when the challenge ended: {isolated(end.why)}"
    if end.review:
        return f"Handed to the review of {day_in_words(end.review)}"
    return f"Goes on in {goes_on}"


def _ends(
    challenge: Challenge,
    said: tuple[ActionEnd, ...],
    problems: Problems,
    hand: Hand,
    *,
    duplicate: bool = False,
) -> tuple[ActionEnd, ...]:
    """Return what happens to each open action, by number; note what is not said of them.

    Of a duplicate, the challenge that goes on takes over those of which nothing is said.
    """
    by_number = {one.action: one for one in said}
    taken_over = ActionFate.TAKEN_OVER
    found = []
    for action in challenge.open_actions:
        end = by_number.get(action.number)
        if end is None and duplicate:
            end = ActionEnd(action.number, taken_over)
        name, of = f"action-{action.number}", f"Action {action.number}:"
        if end is None or (end.fate is taken_over and not duplicate):
            problems.refuse_if(name, wrong=True, sentence=f"{of} choose what happens to it.")
            continue
        if end.fate is ActionFate.DROPPED:
            problems.need(f"{name}-why", end.why, f"{of} enter why you are dropping it.")
        elif end.fate is ActionFate.HANDED and end.review is None:
            sentence = f"{of} enter the date of the review."
            problems.refuse_if(f"{name}-review", wrong=True, sentence=sentence)
        elif end.review:
            problems.need_working_day(f"{name}-review", end.review, hand, f"{of} enter")
        found.append(end)
    return tuple(found)


# The end -----------------------------------------------------------------------------------------


_CHILD_TOLD: Slot[ChildTold | None] = Slot("child-told", None)
_GOES_ON_IN: Slot[str] = Slot("goes-on-in", "")

#: The key of the question whether the child was told.
_TELL = "tell-child"


def child_told(challenge: Challenge) -> ChildTold | None:
    """Return whether the child was told how it ended, as was recorded last; ``None`` while open."""
    return challenge[_CHILD_TOLD]


def goes_on_in(challenge: Challenge) -> str:
    """Return the reference of the challenge that goes on after this duplicate; or empty."""
    return challenge[_GOES_ON_IN]


def review_of(action: Action, challenge: Challenge) -> date | None:
    """Return the day of the review to which an action was handed at the end; ``None``: to none."""
    facts = [event.fact for event in challenge.events]
    ends = [end for fact in facts if isinstance(fact, Closed) for end in fact.ends]
    return next((end.review for end in ends if end.action == action.number), None)


def is_unresolved_and_not_referred(fact: Fact) -> bool:
    """Whether it is an end of which the Director is told: unresolved, and not referred."""
    return isinstance(fact, Closed) and fact.outcome is Outcome.UNRESOLVED_NOT_REFERRED


def _it_ended_unresolved_and_not_referred(_challenge: Challenge, event: Event) -> bool:
    return is_unresolved_and_not_referred(event.fact)


@value
class Closed(Fact):
    """The challenge ended. If the child is not told yet, the IRO records it by ``tell_by``.

    ``dropped`` are the numbers of the actions that were dropped, so that nobody takes them as done.
    ``ends`` says what happened to each open action; in records from before 2026-11.9 it says
    nothing. ``goes_on`` is the challenge that goes on after a duplicate. By ``file_by`` the end is
    on the child's file (rule 20). By ``advocate_by`` the child of an unresolved one is offered an
    advocate. On ``impact_at`` the IRO of a resolved one is asked what changed (rule 24).
    """

    outcome: Outcome
    stage: Stage
    reason: str
    child_told: ChildTold
    how_told: str
    tell_by: Deadline | None = None
    dropped: tuple[int, ...] = ()
    ends: tuple[ActionEnd, ...] = ()
    goes_on: str = ""
    file_by: Deadline | None = None
    advocate_by: Deadline | None = None
    impact_at: Deadline | None = None

    key_point = True
    news = "the challenge has ended"
    told = (
        Tell(Audience.OWNER, Letter.ACTION_ENDED, at_once=True),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.ASKED),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
        Tell(Audience.DIRECTOR, when=_it_ended_unresolved_and_not_referred),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The numbers of the actions that were still open, and go on in no other challenge.

        The challenge that takes an action over tells its owner.
        """
        taken_over = ActionFate.TAKEN_OVER
        return tuple(one.action for one in self.ends if one.fate is not taken_over)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it ended, with only the questions that outlive it, and with no action open."""
        left = still_asked_after_the_end(challenge)
        asked = tuple(one for one in left.asked if one.outlives)
        after = replace(challenge, outcome=self.outcome, ended_at=event.effective, asked=asked)
        ends = {one.action: one for one in self.ends}
        for action in challenge.open_actions:
            after = self._ended(after, action, ends.get(action.number))
        after = after.keep(_CHILD_TOLD, self.child_told).keep(_GOES_ON_IN, self.goes_on)
        return ask(after, Purpose.TELL_CHILD, self.tell_by, event, _TELL, outlives=True)

    def _ended(self, challenge: Challenge, action: Action, end: ActionEnd | None) -> Challenge:
        """Return it with an open action ended; ``None``: nothing was said of it."""
        state, became = ActionState.UNSETTLED, ""
        if end:
            state, became = _STATES[end.fate], _in_words(end, self.goes_on)
        return with_action(challenge, action.number, state=state, became=became)

    def line(self, seen: Seen) -> str:
        """Return who ended it, and how."""
        on = f". {self.goes_on} goes on" if self.goes_on else ""
        dropped = _dropped_in_words(self.dropped)
        return f"{seen.who} closed the challenge: {self.outcome}{dropped}{on}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, what happened to each open action, and how the child was told."""
        yield Written("Reason", self.reason, EVERYBODY)
        for end in self.ends:
            yield Written(f"Action {end.action}", _in_words(end, self.goes_on), EVERYBODY)
        not_told = self.child_told is ChildTold.NO
        label = "Why the child was not told" if not_told else "How the child was told"
        yield Written(label, self.how_told, EVERYBODY)
        asked = self.child_told is not ChildTold.NOT_ASKED
        yield Written("Was the child told", self.child_told if asked else "", EVERYBODY)
        if self.tell_by:
            yield Written("Child to be told by", self.tell_by.why, EVERYBODY)
        if self.advocate_by:
            yield Written("Advocate to be offered by", self.advocate_by.why, EVERYBODY)


def _dropped_in_words(numbers: tuple[int, ...]) -> str:
    """Return ``. Actions 1 and 3 were dropped``; empty if none was."""
    if not numbers:
        return ""
    *most, last = map(str, numbers)
    if not most:
        return f". Action {last} was dropped"
    return f". Actions {', '.join(most)} and {last} were dropped"


def closed(
    challenge: Challenge,
    outcome: Outcome,
    reason: str,
    told: tuple[ChildTold, str],
    hand: Hand,
    ends: tuple[ActionEnd, ...] = (),
    goes_on: str = "",
) -> Closed:
    """Return how the challenge ends now; ``told`` is whether the child was told, and how.

    After a death that is not asked, and no advocate is offered (rule 19).
    """
    lives = not has_died(challenge)
    told = told if lives else (ChildTold.NOT_ASKED, told[1])
    by = _tell_by(told[0], hand)
    unresolved = lives and outcome is Outcome.UNRESOLVED_NOT_REFERRED
    within = hand.council.procedure.childs_rights_within
    advocate_by = hand.council.within(within, hand.now) if unresolved else None
    now = {one.action for one in ends if one.fate is ActionFate.DROPPED}
    dropped = tuple(
        action.number
        for action in challenge.actions
        if action.state is ActionState.GIVEN_UP or action.number in now
    )
    file_by = hand.council.within(hand.council.procedure.file_within, hand.now)
    ended = (outcome, challenge.stage, reason)
    after = hand.council.procedure.impact_after
    asks_later = lives and outcome.resolved and after > 0
    impact_at = hand.council.within(after, hand.now) if asks_later else None
    return Closed(*ended, *told, by, dropped, ends, goes_on, file_by, advocate_by, impact_at)


def _tell_by(told: ChildTold, hand: Hand) -> Deadline | None:
    """Return by when the IRO records that the child was told, if they are not told yet."""
    within = hand.council.procedure.tell_child_within
    return hand.council.within(within, hand.now) if told is ChildTold.NOT_YET else None


def check_told(challenge: Challenge, told: ChildTold, how: str, problems: Problems) -> None:
    """Note in ``problems`` if it does not say how the child was told, or why not.

    Nothing is asked about telling a child who has died.
    """
    if has_died(challenge):
        return
    not_asked = told is ChildTold.NOT_ASKED
    problems.refuse_if("child_told", not_asked, "Choose whether the child was told.")
    sentence = {
        ChildTold.YES: "Enter how the child was told.",
        ChildTold.NO: "Enter why the child was not told.",
    }.get(told, "")
    problems.refuse_if("how_told", bool(sentence) and not can_be_seen(how), sentence)


@value
class Resolve(Command):
    """The IRO records the matter as resolved (rules 2 and 4)."""

    reason: str
    child_told: ChildTold
    how_told: str = ""
    ends: tuple[ActionEnd, ...] = ()

    called = "Record it as resolved"
    who = (
        May(Capacity.IRO, OPEN),
        May(Capacity.SRSM, (Standing.IRO_TO_DECIDE,), IRO_IS_LATE),
    )
    settles = (
        *(Purpose.DECIDE, Purpose.DECIDE_SILENCE, Purpose.NOTHING_DONE),
        *(Purpose.RESOLVED_NOW, Purpose.OUTCOME_MISSED, Purpose.STEP_IN),
        *(Purpose.AFTER_CAFCASS, Purpose.HOW_TO_GO_ON),
    )

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Closed]:
        """Yield the end, informally or at its stage, with what happens to each open action."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter how it was resolved, and what shows it.")
        check_told(challenge, self.child_told, self.how_told, problems)
        ends = _ends(challenge, self.ends, problems, hand)
        problems.check()
        told = (self.child_told, self.how_told)
        yield closed(challenge, _resolved(challenge), self.reason, told, hand, ends)


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
    NO_REFERRAL = "There is no referral to Cafcass on the record."
    NO_ANSWER = "Cafcass has not answered yet. Record its answer first."
    REFERRED = "It was referred to Cafcass."
    NOT_AS_COVER = (
        "You cover for the IRO as service manager. This waits for the IRO, or for another who is "
        "appointed."
    )
    STAGE_UNDER_WAY = (
        "{stage} has not ended yet. Move the challenge up, or wait for the {responder}’s reply."
    )


#: What an SRSM who covers the IRO does not do in the IRO's place (rule 15).
_NOT_AS_COVER = (Outcome.WITHDRAWN, Outcome.UNRESOLVED_NOT_REFERRED)


def endings(
    challenge: Challenge, officer: str, council: Council, today: date
) -> dict[Outcome, str]:
    """Return each end without resolution, and why ``officer`` cannot choose it now, or empty."""
    last = council.ladder.last
    refused: dict[Outcome, str] = {}
    if not referrals(challenge):
        refused[Outcome.CLOSED_AFTER_CAFCASS] = NotThisEnd.NO_REFERRAL
    elif awaits_cafcass(challenge):
        refused[Outcome.CLOSED_AFTER_CAFCASS] = NotThisEnd.NO_ANSWER
    if referrals(challenge):
        refused[Outcome.UNRESOLVED_NOT_REFERRED] = NotThisEnd.REFERRED
    elif not challenge.stage.formal:
        refused[Outcome.UNRESOLVED_NOT_REFERRED] = NotThisEnd.STILL_INFORMAL
    elif challenge.stage is not last.stage or not _has_ended(challenge):
        refused[Outcome.UNRESOLVED_NOT_REFERRED] = NotThisEnd.STAGE_UNDER_WAY.format(
            stage=last.title, responder=either(last.responders)
        )
    if covers_as_manager(officer, challenge, council, today):
        refused |= dict.fromkeys(_NOT_AS_COVER, NotThisEnd.NOT_AS_COVER)
    return {outcome: refused.get(outcome, "") for outcome in _WITHOUT_RESOLUTION}


def _has_ended(challenge: Challenge) -> bool:
    """Whether the present stage has ended: it was answered, or silent, or its action was missed."""
    own = challenge.decision
    return (own is not None and own.purpose not in _STILL_ASKED) or any(
        one.purpose is Purpose.AFTER_LAST_STAGE for one in challenge.questions
    )


#: Questions about who is asked to reply: the stage has not ended, whatever the answer is.
_STILL_ASKED = (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)


def same_child(one: Challenge, other: Challenge) -> bool:
    """Whether two challenges are about the same child, by the Case ID."""
    return one.raised.child.has_case_id_of(other.raised.child)


@value
class Close(Command):
    """End it without resolution. Only the IRO may, however late they are (rule 4).

    ``goes_on`` is the challenge that goes on after a duplicate.
    """

    outcome: Outcome
    reason: str
    child_told: ChildTold
    how_told: str = ""
    ends: tuple[ActionEnd, ...] = ()
    goes_on: str = ""

    called = "End it without resolution"
    who = (May(Capacity.IRO, OPEN),)
    settles = (
        *(Purpose.DECIDE, Purpose.DECIDE_SILENCE, Purpose.NOTHING_DONE),
        *(Purpose.RESOLVED_NOW, Purpose.AFTER_LAST_STAGE, Purpose.OUTCOME_MISSED),
        *(Purpose.REFER_OR_SAY_WHY, Purpose.AFTER_CAFCASS),
        Purpose.HOW_TO_GO_ON,
    )

    def names(self) -> str:
        """Return the challenge that goes on after a duplicate."""
        return self.goes_on if self.outcome is Outcome.DUPLICATE else ""

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Closed]:
        """Yield the end, if it is possible now."""
        problems = Problems()
        possible = endings(challenge, hand.actor.officer, hand.council, hand.today)
        refusal = possible.get(self.outcome, NotThisEnd.A_RESOLUTION)
        problems.refuse_if("outcome", bool(refusal), refusal)
        problems.need("reason", self.reason, "Enter why you are ending it.")
        check_told(challenge, self.child_told, self.how_told, problems)
        duplicate = self.outcome is Outcome.DUPLICATE
        if duplicate:
            self._check_goes_on(challenge, hand, problems)
        ends = _ends(challenge, self.ends, problems, hand, duplicate=duplicate)
        problems.check()
        told = (self.child_told, self.how_told)
        on = hand.other.reference if duplicate and hand.other else ""
        yield closed(challenge, self.outcome, self.reason, told, hand, ends, on)

    def _check_goes_on(self, challenge: Challenge, hand: Hand, problems: Problems) -> None:
        """Note what is wrong with the reference of the challenge that goes on."""
        problems.need("goes_on", self.goes_on, "Enter the reference of the challenge that goes on.")
        other = hand.other.challenge if hand.other else None
        if "goes_on" in problems.fields:
            return
        if other is None or not same_child(challenge, other):
            # Whether there is one about another child is not for everybody to know.
            sentence = (
                "There is no challenge about this child with this reference. Check it: it looks "
                "like PCE-7K3M-9QXT."
            )
            problems.refuse_if("goes_on", wrong=True, sentence=sentence)
        elif other.reference == challenge.reference:
            sentence = "This is the challenge that you are ending. Enter the one that goes on."
            problems.refuse_if("goes_on", wrong=True, sentence=sentence)
        elif not other.open:
            sentence = (
                f"{other.reference} has ended. Enter the reference of one that is still open."
            )
            problems.refuse_if("goes_on", wrong=True, sentence=sentence)

    def there(self, challenge: Challenge, hand: Hand) -> Iterator[TookOver]:
        """Yield what the challenge that goes on takes over."""
        other = hand.other.challenge if hand.other else None
        if other is None:
            return
        said = {one.action for one in self.ends if one.fate is not ActionFate.TAKEN_OVER}
        left = (action for action in challenge.open_actions if action.number not in said)
        since, already = formal_since(challenge), formal_since(other)
        earlier = since is not None and (already is None or since < already)
        yield TookOver(
            challenge.reference,
            carried(left, challenge, hand),
            challenge.period if earlier else None,
            formal_at(challenge) if earlier else None,
        )


# The child was told ------------------------------------------------------------------------------


@value
class ChildWasTold(Fact):
    """Recorded after the end: whether the child was told, and how or why not.

    If they are not told yet, the IRO records it by ``tell_by``.
    """

    child_told: ChildTold
    how: str
    tell_by: Deadline | None = None

    news = "it is recorded whether the child was told"
    told = (Tell(Audience.SRSM),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with that question settled, or asked with a new date."""
        after = settle(challenge, _TELL).keep(_CHILD_TOLD, self.child_told)
        return ask(after, Purpose.TELL_CHILD, self.tell_by, event, _TELL, outlives=True)

    def line(self, seen: Seen) -> str:
        """Return who recorded that the child was told, will be, or will not be."""
        was = {
            ChildTold.YES: "was told",
            ChildTold.NOT_YET: "is not told yet",
            ChildTold.NO: "will not be told",
            ChildTold.NOT_ASKED: "was not asked about",
        }[self.child_told]
        return f"{seen.who} recorded that the child {was}"

    def written(self) -> Iterator[Written]:
        """Yield how, or why not, and the sum behind the date."""
        label = "How the child was told" if self.child_told is ChildTold.YES else "Why not"
        yield Written(label, self.how, EVERYBODY)
        if self.tell_by:
            yield Written("Child to be told by", self.tell_by.why, EVERYBODY)


@value
class RecordChildTold(Command):
    """Record whether the child was told. What was recorded before can be changed at any time."""

    told: ChildTold
    how: str = ""

    called = "Record whether the child was told"
    who = (May(Capacity.IRO, ENDED, LIVES),)
    settles = (Purpose.TELL_CHILD,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ChildWasTold]:
        """Yield what is recorded."""
        problems = Problems()
        again = self.told is ChildTold.NOT_YET and child_told(challenge) is ChildTold.NOT_YET
        problems.refuse_if("child_told", again, "Choose yes or no. You can do this later.")
        check_told(challenge, self.told, self.how, problems)
        problems.check()
        yield ChildWasTold(self.told, self.how, _tell_by(self.told, hand))


def _goes_on(challenge: Challenge, _council: Council) -> str:
    on = goes_on_in(challenge)
    return f"{on} goes on." if on else ""


def _died(_fact: LifeChanged, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question whether the child was told, if the child has died."""
    return settle(challenge, _TELL) if has_died(challenge) else challenge


ENDINGS = Part(
    16,
    "Endings",
    facts=(Closed, ChildWasTold),
    acts=(Resolve, Close, RecordChildTold),
    changes=(on(LifeChanged, _died),),
    rungs=(
        Rung(
            Standing.CLOSED,
            "Closed",
            "Ended",
            lambda challenge: not challenge.open,
            tells=_goes_on,
        ),
        Rung(
            Standing.ENDED_TO_DO,
            "Ended: something left to do",
            "Ended: something left to do",
            lambda challenge: not challenge.open and bool(challenge.asked),
            tells=_goes_on,
        ),
    ),
)
