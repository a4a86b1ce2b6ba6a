"""Rule 7, holds: IRO and SRSM together hold a challenge, once, for at most five working days.

One proposes, with a reason, and the other agrees within two working days, or the proposal lapses;
so it does if the stage ends first. Meanwhile nothing stops. On hold no reminder goes out and the
challenge does not move up by itself; the reply's deadline moves by the working days held, the
resolution period does not. A hold ends by itself, or earlier by either of the two: then the days
not used are taken back. A reply or a new stage ends it. Replies, notes, revisions, reassignment,
cover and withdrawal work on hold as without.

Past the resolution period nobody holds without the Senior IRO Manager: where the reply's new
deadline would lie beyond it, it is the Senior IRO Manager who agrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, with_deadline
from domain.deadlines import Deadline, How, moved_by, recounted
from domain.errors import NotAllowedError
from domain.events import AboutRequest, Event, Fact
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Rung,
    Seen,
    Task,
    Tell,
    Timer,
    Written,
    on,
)
from domain.rules.lateness import days_in_words
from domain.rules.replies import Replied
from domain.rules.stages import StageBegan
from domain.vocabulary import AWAITING, Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.council import Council

__all__ = [
    "HOLDS",
    "AgreeHold",
    "EndHold",
    "HoldBegan",
    "HoldEnded",
    "HoldLapsed",
    "HoldProposed",
    "ProposeHold",
    "held_after",
    "proposal",
]


@dataclass(frozen=True)
class Hold:
    """The last hold: proposed by ``proposer`` to ``other``, who answer by ``answer_by``.

    Begun once it has ``until``; ``over`` when nothing is to come of it any more.
    """

    proposer: str
    other: Capacity
    days: int
    answer_by: Deadline
    proposed: int
    until: Deadline | None = None
    over: bool = False


_HOLD: Slot[Hold | None] = Slot("hold", None)


def proposal(challenge: Challenge) -> Hold | None:
    """Return the hold that somebody has to agree to, if one is proposed."""
    hold = challenge[_HOLD]
    open_ = hold is not None and not hold.until and not hold.over
    return hold if open_ and challenge.awaiting_reply else None


def _running(challenge: Challenge) -> Hold | None:
    """The hold that the challenge is on."""
    hold = challenge[_HOLD]
    return hold if hold and hold.until and not hold.over and challenge.open else None


def held_after(challenge: Challenge, day: date, council: Council) -> int:
    """Return how many working days of the hold that the challenge is on come after ``day``."""
    hold = _running(challenge)
    if hold is None or hold.until is None:
        return 0
    until = recounted(hold.until, council.calendar)
    start = max(day, until.counted_from or day)
    return max(council.calendar.between(start, until.day), 0)


def _is_on_hold(challenge: Challenge) -> bool:
    return _running(challenge) is not None and challenge.awaiting_reply


def _other_is(capacity: Capacity, challenge: Challenge) -> bool:
    hold = proposal(challenge)
    return hold is not None and hold.other is capacity


def _the_iro_has_to_agree(challenge: Challenge, _event: Event) -> bool:
    return _other_is(Capacity.IRO, challenge)


def _the_srsm_has_to_agree(challenge: Challenge, _event: Event) -> bool:
    return _other_is(Capacity.SRSM, challenge)


def _the_senior_has_to_agree(challenge: Challenge, _event: Event) -> bool:
    return _other_is(Capacity.SENIOR_IRO_MANAGER, challenge)


# Proposed ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HoldProposed(AboutRequest):
    """One of the two proposes to hold the challenge for ``days`` working days.

    ``other`` says, by name of the capacity, who has to agree by ``answer_by``.
    """

    request: int
    days: int
    reason: str
    other: Capacity
    answer_by: Deadline

    news = "a hold is proposed"
    told = (
        Tell(Audience.IRO, Letter.DECIDE, _the_iro_has_to_agree),
        Tell(Audience.SRSM, Letter.DECIDE, _the_srsm_has_to_agree),
        Tell(Audience.SENIOR, Letter.DECIDE, _the_senior_has_to_agree),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Somebody has to agree."""
        who = event.actor.officer
        return challenge.keep(_HOLD, Hold(who, self.other, self.days, self.answer_by, event.number))

    def line(self, seen: Seen) -> str:
        """Who proposed how much."""
        return f"{seen.who} proposed to hold the challenge for {days_in_words(self.days)}"

    def written(self) -> Iterator[Written]:
        """Why, and the sum behind the answer's date."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("To be agreed by", self.answer_by.why, EVERYBODY)


def _never_held(challenge: Challenge, _council: Council) -> bool:
    hold = challenge[_HOLD]
    return not proposal(challenge) and not (hold and hold.until)


_FREE = If("the challenge has not been held, and no hold is proposed (rule 7)", _never_held)


@dataclass(frozen=True)
class ProposeHold(Command):
    """To hold the challenge for ``days`` working days."""

    days: int
    reason: str

    called = "Propose a hold"
    who = (May(Capacity.IRO, AWAITING, _FREE), May(Capacity.SRSM, AWAITING, _FREE))
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[HoldProposed]:
        """The other of the two has to agree, or the Senior IRO Manager."""
        problems, council = Problems(), hand.council
        most = council.procedure.hold_at_most
        problems.need("reason", self.reason, "Enter why the challenge should be held.")
        problems.refuse_if("days", not 1 <= self.days <= most, f"Enter from 1 to {most}.")
        problems.check()
        number = challenge.request.number
        answer_by = council.within(council.procedure.agree_hold_within, hand.now)
        yield HoldProposed(number, self.days, self.reason, self._other(challenge, hand), answer_by)

    def _other(self, challenge: Challenge, hand: Hand) -> Capacity:
        """Who has to agree."""
        due = moved_by(self.days, challenge.request.deadline, hand.council.calendar)
        if challenge.period and due.day > challenge.period.day:
            return Capacity.SENIOR_IRO_MANAGER
        return Capacity.SRSM if Capacity.IRO in hand.capacities else Capacity.IRO


# Begun -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HoldBegan(AboutRequest):
    """The other agrees: on hold until the end of ``until``; the reply is due at ``deadline``."""

    request: int
    until: Deadline
    deadline: Deadline

    news = "the challenge is on hold"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.INFORMED),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """The reply is due later."""
        hold = challenge[_HOLD]
        after = challenge.keep(_HOLD, hold and replace(hold, until=self.until))
        return with_deadline(after, self.request, How.HELD, self.deadline, event)

    def line(self, _seen: Seen) -> str:
        """Until when, and when the reply is due."""
        until, due = day_in_words(self.until.day), day_in_words(self.deadline.day)
        return f"The challenge is on hold until the end of {until}; a reply is due by {due}"

    def written(self) -> Iterator[Written]:
        """The sums."""
        yield Written("How the hold was counted", self.until.why, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


@dataclass(frozen=True)
class AgreeHold(Command):
    """To agree to the hold that the other proposes. Nobody agrees to their own."""

    called = "Agree to the hold"
    who = (Asked(),)
    settles = (Purpose.AGREE_HOLD,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[HoldBegan]:
        """The challenge is on hold from now on."""
        proposed = proposal(challenge)
        if proposed is None or proposed.proposer == hand.actor.officer:
            message = "You proposed this hold, so somebody else has to agree to it."
            raise NotAllowedError(message)
        request, council = challenge.request, hand.council
        until = council.within(proposed.days, hand.now)
        due = moved_by(proposed.days, request.deadline, council.calendar)
        yield HoldBegan(request.number, until, due)


# Ended -------------------------------------------------------------------------------------------


def _the_reply_is_due_earlier(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, HoldEnded) and event.fact.deadline is not None


@dataclass(frozen=True)
class HoldEnded(AboutRequest):
    """The hold ended: by itself, or earlier, and then the reply is due at ``deadline``."""

    request: int
    deadline: Deadline | None = None

    news = "the hold has ended"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _the_reply_is_due_earlier),
        Tell(Audience.ASKED),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """It is over; the days not used are taken back."""
        after = _over(self, challenge, event)
        if self.deadline is None:
            return after
        return with_deadline(after, self.request, How.TAKEN_BACK, self.deadline, event)

    def line(self, _seen: Seen) -> str:
        """Whether it ended early, and when the reply is due then."""
        if self.deadline is None:
            return "The hold has ended"
        return f"The hold ended early; a reply is due by {day_in_words(self.deadline.day)}"

    def written(self) -> Iterator[Written]:
        """The sum behind the deadline, if it moved."""
        if self.deadline:
            yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


def _over(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    hold = challenge[_HOLD]
    return challenge.keep(_HOLD, hold and replace(hold, over=True))


def _answered(fact: Replied, challenge: Challenge, event: Event) -> Challenge:
    """A reply to an earlier question leaves the hold as it is."""
    present = fact.request == challenge.request.number
    return _over(fact, challenge, event) if present else challenge


@dataclass(frozen=True)
class EndHold(Command):
    """To end the hold before it ends by itself. A day that a person set meanwhile stays."""

    called = "End the hold"
    who = (
        May(Capacity.IRO, (Standing.ON_HOLD,)),
        May(Capacity.SRSM, (Standing.ON_HOLD,)),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[HoldEnded]:
        """The working days that were not used are taken back."""
        hold, request, council = _running(challenge), challenge.request, hand.council
        if hold is None or hold.until is None:
            return
        until = recounted(hold.until, council.calendar)
        unused = council.calendar.between(council.day_of(hand.now), until.day)
        back = moved_by(-max(unused, 0), request.deadline, council.calendar)
        if request.ledger[-1].how is How.REASSIGNED:
            # Whoever was asked meanwhile has at least the days of rule 15.
            least = council.procedure.days_left_at_least
            back = council.later_of(back, council.within(least, request.opened))
        by_hand = request.deadline.working_days is None
        yield HoldEnded(request.number, None if by_hand else back)


# The clock, and who has to do what ---------------------------------------------------------------


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    hold = _running(challenge)
    if hold and hold.until:
        ends = recounted(hold.until, council.calendar)
        ended = (HoldEnded(challenge.request.number),)
        yield Timer(ends.lapses_at, "hold ends", ends.at, ended)
    proposed = proposal(challenge)
    if proposed:
        lapses = recounted(proposed.answer_by, council.calendar)
        lapsed = (HoldLapsed(challenge.request.number),)
        yield Timer(lapses.lapses_at, "proposed hold lapses", lapses.at, lapsed)


@dataclass(frozen=True)
class HoldLapsed(AboutRequest):
    """Nobody agreed to the hold in time."""

    request: int

    news = "a proposed hold has lapsed"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """It is over before it began."""
        return _over(self, challenge, event)

    def line(self, _seen: Seen) -> str:
        """That nobody agreed."""
        return "The proposed hold has lapsed: nobody agreed to it in time"

    def written(self) -> Iterator[Written]:
        """None: the clock wrote it."""
        yield from ()


def _tasks(challenge: Challenge, _council: Council) -> Iterator[Task]:
    proposed = proposal(challenge)
    if proposed:
        yield Task(
            *("hold", Purpose.AGREE_HOLD, proposed.other, proposed.answer_by, proposed.proposed),
            stops=False,
            place=2,
            then=("If nobody agrees by then, the proposal lapses. Meanwhile nothing stops.",),
        )


HOLDS = Part(
    7,
    "Holds",
    facts=(HoldProposed, HoldBegan, HoldEnded, HoldLapsed),
    acts=(ProposeHold, AgreeHold, EndHold),
    changes=(on(Replied, _answered), on(StageBegan, _over)),
    tasks=_tasks,
    timers=_timers,
    rungs=(Rung(Standing.ON_HOLD, "On hold", "on hold", _is_on_hold, quiet=True),),
)
