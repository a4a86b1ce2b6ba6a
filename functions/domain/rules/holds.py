"""Rule 7, holds: IRO and SRSM together hold a challenge, once, for at most five working days.

One proposes, with a reason, and the other agrees within two working days. Otherwise the proposal
lapses, as it does if the stage ends first. Until they agree nothing stops. On hold no reminder goes
out and the challenge does not move up by itself. The reply's deadline moves by the working days
held, the resolution period does not. A hold ends by itself, or either of the two ends it early:
then the unused days are taken back. If the days were counted again meanwhile (rule 15), those held
since then are added when it ends. A reply, accepted actions or a new stage end it. Replies, notes,
revisions, reassignment, cover and withdrawal work as usual on hold.

If the reply's new deadline would be after the resolution period, the Senior IRO Manager has to
agree, unless they proposed the hold themselves, in the SRSM's place. They also agree if the SRSM
covers the IRO, and so is both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, start_clock, stop_clock, with_deadline
from domain.deadlines import Deadline, How, moved_by, recounted
from domain.errors import NotAllowedError
from domain.events import AboutRequest, Event, Fact
from domain.ladder import Role
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
from domain.people import capacities
from domain.rules.accepting import ActionsAccepted
from domain.rules.deciding import AskedAgain
from domain.rules.lateness import days_in_words
from domain.rules.moving import ChildMoved
from domain.rules.posts import Reassigned
from domain.rules.replies import Replied
from domain.rules.stages import StageBegan
from domain.values import Value, value
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


@value
class Hold(Value):
    """The last hold: proposed by ``proposer`` to ``other`` in event ``proposed``.

    ``over`` when it has ended or lapsed. ``due_recounted`` if the reply's deadline was counted
    again since it began, so that it does not include any day of the hold yet. When it has to be
    agreed, and when it ends, are clocks of the challenge.
    """

    proposer: str
    other: Capacity
    days: int
    proposed: int
    begun: bool = False
    over: bool = False
    due_recounted: bool = False


_HOLD: Slot[Hold | None] = Slot("hold", None)

#: The keys of a hold's two clocks.
ANSWER_KEY = "hold-answer"
UNTIL_KEY = "hold"


def proposal(challenge: Challenge) -> Hold | None:
    """Return the proposed hold that somebody has to agree to, if there is one."""
    hold = challenge[_HOLD]
    open_ = hold is not None and not hold.begun and not hold.over
    return hold if open_ and challenge.awaiting_reply else None


def _running(challenge: Challenge) -> Hold | None:
    """Return the hold that the challenge is on, if any."""
    hold = challenge[_HOLD]
    return hold if hold and hold.begun and not hold.over and challenge.open else None


def held_after(challenge: Challenge, day: date, council: Council) -> int:
    """Return how many working days of the current hold come after ``day``."""
    clock = challenge.clock(UNTIL_KEY)
    if _running(challenge) is None or clock is None:
        return 0
    # An email can be delivered before a newly proclaimed holiday has moved the clock.
    until = recounted(clock.deadline, council.calendar)
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


@value
class HoldProposed(AboutRequest):
    """The IRO or the SRSM proposed to hold the challenge for ``days`` working days.

    ``other`` is the capacity of those who have to agree by ``answer_by``.
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
        """Return it with the proposal, and the date by which it has to be agreed."""
        who = event.actor.officer
        after = challenge.keep(_HOLD, Hold(who, self.other, self.days, event.number))
        called = "the date by which the hold has to be agreed"
        return start_clock(after, ANSWER_KEY, called, self.answer_by, event)

    def line(self, seen: Seen) -> str:
        """Return who proposed how many days."""
        return f"{seen.who} proposed to hold the challenge for {days_in_words(self.days)}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the date to agree."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("To be agreed by", self.answer_by.why, EVERYBODY)


def _never_held(challenge: Challenge, _council: Council) -> bool:
    hold = challenge[_HOLD]
    return not proposal(challenge) and not (hold and hold.begun)


_FREE = If("the challenge has not been held, and no hold is proposed (rule 7)", _never_held)


@value
class ProposeHold(Command):
    """Propose to hold the challenge for ``days`` working days."""

    days: int
    reason: str

    called = "Propose a hold"
    who = (May(Capacity.IRO, AWAITING, _FREE), May(Capacity.SRSM, AWAITING, _FREE))
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[HoldProposed]:
        """Yield the proposal to the other of the two, or to the Senior IRO Manager."""
        _check_in_time(challenge, hand)
        problems, council = Problems(), hand.council
        most = council.procedure.hold_at_most
        problems.need("reason", self.reason, "Enter why the challenge should be held.")
        problems.refuse_if("days", not 1 <= self.days <= most, f"Enter a number from 1 to {most}.")
        problems.check()
        number = challenge.request.number
        answer_by = council.within(council.procedure.agree_hold_within, hand.now)
        yield HoldProposed(number, self.days, self.reason, self._other(challenge, hand), answer_by)

    def _other(self, challenge: Challenge, hand: Hand) -> Capacity:
        """Return who has to agree."""
        beyond = _goes_beyond(self.days, challenge, hand.council)
        if beyond and Capacity.SENIOR_IRO_MANAGER not in hand.capacities:
            return Capacity.SENIOR_IRO_MANAGER
        return Capacity.IRO if Capacity.SRSM in hand.capacities else Capacity.SRSM


def _check_in_time(challenge: Challenge, hand: Hand) -> None:
    """Refuse in the minute in which the deadline has passed, and is not yet recorded as missed."""
    if challenge.request.deadline.passed_by(hand.now):
        message = (
            "No reply came by the deadline, so there is nothing left to hold. Open the challenge’s "
            "page again in a minute to see what happens next."
        )
        raise NotAllowedError(message)


def _goes_beyond(days: int, challenge: Challenge, council: Council) -> bool:
    """Whether ``days`` on hold would move the reply past the resolution period."""
    due = moved_by(days, challenge.request.deadline, council.calendar)
    return challenge.period is not None and due.day > challenge.period.day


# Begun -------------------------------------------------------------------------------------------


@value
class HoldBegan(AboutRequest):
    """On hold until the end of ``until``, as both agreed; the reply is due at ``deadline``."""

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
        """Return it on hold, with the later deadline."""
        hold = challenge[_HOLD]
        after = challenge.keep(_HOLD, hold and replace(hold, begun=True))
        after = stop_clock(after, ANSWER_KEY)
        after = start_clock(after, UNTIL_KEY, "the end of the hold", self.until, event)
        return with_deadline(after, self.request, How.HELD, self.deadline, event)

    def line(self, _seen: Seen) -> str:
        """Return until when it is on hold, and when the reply is due."""
        until, due = day_in_words(self.until.day), day_in_words(self.deadline.day)
        return f"The challenge is on hold until the end of {until}; a reply is due by {due}"

    def written(self) -> Iterator[Written]:
        """Yield the sums."""
        yield Written("How the hold was counted", self.until.why, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


def _has_come_to_go_beyond(challenge: Challenge, council: Council) -> bool:
    proposed = proposal(challenge)
    return proposed is not None and _goes_beyond(proposed.days, challenge, council)


_BEYOND = If(
    "the proposed hold would move the reply past the 20-working-day limit (rule 7)",
    _has_come_to_go_beyond,
)


@value
class AgreeHold(Command):
    """Agree to the hold that somebody else proposed.

    If the reply's deadline has moved since, and the hold would now go beyond the resolution period,
    the Senior IRO Manager agrees instead.
    """

    called = "Agree to the hold"
    who = (Asked(), May(Capacity.SENIOR_IRO_MANAGER, AWAITING, _BEYOND))
    settles = (Purpose.AGREE_HOLD,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[HoldBegan]:
        """Yield the hold, which begins now."""
        _check_in_time(challenge, hand)
        proposed = proposal(challenge)
        if proposed is None or proposed.proposer == hand.actor.officer:
            message = "You proposed this hold, so somebody else has to agree to it."
            raise NotAllowedError(message)
        request, council = challenge.request, hand.council
        senior = Capacity.SENIOR_IRO_MANAGER
        proposer = capacities(challenge, proposed.proposer, council, hand.today)
        if _has_come_to_go_beyond(challenge, council) and senior not in hand.capacities | proposer:
            message = (
                "The hold would now move the reply past the 20-working-day limit. Ask the "
                f"{Role.SENIOR_IRO_MANAGER} to agree to it on this challenge’s page."
            )
            raise NotAllowedError(message)
        until = council.within(proposed.days, hand.now)
        due = moved_by(proposed.days, request.deadline, council.calendar)
        yield HoldBegan(request.number, until, due)


# Ended -------------------------------------------------------------------------------------------


def _the_reply_is_due_then(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, HoldEnded) and event.fact.deadline is not None


@value
class HoldEnded(AboutRequest):
    """The hold ended, by itself or early. The reply is due at ``deadline``, if that moves."""

    request: int
    deadline: Deadline | None = None

    news = "the hold has ended"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _the_reply_is_due_then),
        Tell(Audience.ASKED),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the hold over, and unused days taken back or the held ones added."""
        after, hold = _over(self, challenge, event), challenge[_HOLD]
        if self.deadline is None:
            return after
        how = How.HELD if hold and hold.due_recounted else How.TAKEN_BACK
        return with_deadline(after, self.request, how, self.deadline, event)

    def line(self, seen: Seen) -> str:
        """Return whether it ended early, and the new deadline."""
        ended = "The hold ended early" if seen.event.actor.officer else "The hold has ended"
        due = f"; a reply is due by {day_in_words(self.deadline.day)}" if self.deadline else ""
        return f"{ended}{due}"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the deadline, if it moved."""
        if self.deadline:
            yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


def _over(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    hold = challenge[_HOLD]
    after = stop_clock(stop_clock(challenge, ANSWER_KEY), UNTIL_KEY)
    return after.keep(_HOLD, hold and replace(hold, over=True))


def _answered(fact: Replied, challenge: Challenge, event: Event) -> Challenge:
    """Return it with the hold over, unless the reply was to an earlier request."""
    present = fact.request == challenge.request.number
    return _over(fact, challenge, event) if present else challenge


@value
class EndHold(Command):
    """End the hold early. A day that a person set meanwhile stays."""

    called = "End the hold"
    who = (
        May(Capacity.IRO, (Standing.ON_HOLD,)),
        May(Capacity.SRSM, (Standing.ON_HOLD,)),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[HoldEnded]:
        """Yield the end, with the unused working days taken back."""
        hold, request, council = _running(challenge), challenge.request, hand.council
        until = challenge.clock(UNTIL_KEY)
        if hold is None or until is None:
            return
        ended = min(council.day_of(hand.now), until.deadline.day)
        deadline = _due_once_over(hold, challenge, ended, council)
        if deadline and request.ledger.entries[-1].how is How.REASSIGNED:
            # Rule 15 gives somebody who was asked meanwhile at least these days.
            least = council.procedure.days_left_at_least
            deadline = council.later_of(deadline, council.within(least, request.opened))
        yield HoldEnded(request.number, deadline)


def _is_beside(fact: Reassigned | ChildMoved) -> bool:
    """Whether somebody was asked beside others, whose deadline stays."""
    return isinstance(fact, Reassigned) and bool(fact.others)


def _reassigned(fact: Reassigned | ChildMoved, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with the hold marked, if the days of those asked instead were counted again."""
    hold = challenge[_HOLD]
    if hold is None or not hold.begun or fact.deadline is None or _is_beside(fact):
        return challenge
    if fact.deadline == challenge.requests[-2].deadline:
        return challenge
    return challenge.keep(_HOLD, replace(hold, due_recounted=True))


def _due_once_over(
    hold: Hold, challenge: Challenge, ended: date, council: Council
) -> Deadline | None:
    """Return the reply's new deadline if the hold ends on ``ended``; ``None`` if it stays."""
    calendar, due = council.calendar, challenge.request.deadline
    until = challenge.clock(UNTIL_KEY)
    if until is None or due.counted_from is None:
        return None
    if hold.due_recounted:
        return moved_by(calendar.between(due.counted_from, ended), due, calendar)
    unused = calendar.between(ended, until.deadline.day)
    return moved_by(-unused, due, calendar)


# The clock, and who has to do what ---------------------------------------------------------------


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    hold, until = _running(challenge), challenge.clock(UNTIL_KEY)
    if hold and until:
        ends = until.deadline
        due = _due_once_over(hold, challenge, ends.day, council) if hold.due_recounted else None
        ended = (HoldEnded(challenge.request.number, due),)
        yield Timer(ends.lapses_at, "hold ends", ends.at, ended)
    answer_by = challenge.clock(ANSWER_KEY)
    if proposal(challenge) and answer_by:
        lapses = answer_by.deadline
        lapsed = (HoldLapsed(challenge.request.number),)
        yield Timer(lapses.lapses_at, "proposed hold lapses", lapses.at, lapsed)


@value
class HoldLapsed(AboutRequest):
    """The proposed hold lapsed: nobody agreed to it in time."""

    request: int

    news = "a proposed hold has lapsed"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the hold over."""
        return _over(self, challenge, event)

    def line(self, _seen: Seen) -> str:
        """Return that nobody agreed."""
        return "The proposed hold has lapsed: nobody agreed to it in time"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _tasks(challenge: Challenge, _council: Council) -> Iterator[Task]:
    proposed, answer_by = proposal(challenge), challenge.clock(ANSWER_KEY)
    if proposed and answer_by:
        yield Task(
            *("hold", Purpose.AGREE_HOLD, proposed.other, answer_by, proposed.proposed),
            stops=False,
            place=2,
            then=("If nobody agrees by then, the proposal ends. Until then nothing stops.",),
        )


def _until_when(challenge: Challenge, _council: Council) -> str:
    clock = challenge.clock(UNTIL_KEY)
    until = day_in_words(clock.deadline.day) if clock else ""
    return (
        f"The challenge is on hold until {until}. Until then nobody gets reminders, and it does "
        "not move up by itself."
    )


HOLDS = Part(
    7,
    "Holds",
    facts=(HoldProposed, HoldBegan, HoldEnded, HoldLapsed),
    acts=(ProposeHold, AgreeHold, EndHold),
    changes=(
        *(on(Replied, _answered), on(ActionsAccepted, _over), on(StageBegan, _over)),
        on(AskedAgain, _over),
        on(Reassigned, _reassigned),
        on(ChildMoved, _reassigned),
    ),
    tasks=_tasks,
    timers=_timers,
    rungs=(
        Rung(Standing.ON_HOLD, "On hold", "on hold", _is_on_hold, quiet=True, tells=_until_when),
    ),
)
