"""Rule 3, a stage: its responder is asked and reminded, and the challenge waits for the reply.

When a stage begins, the posts that must reply get one request, due after the working days that the
ladder gives them. The first formal stage starts the resolution period (rule 9). One working day
before the deadline, at 09:00, those who have not replied are reminded.

Guidance: G30, G33, G34, G36, G38, G49, G74, G77, G80.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Request, settle, with_request
from domain.deadlines import Deadline, Ledger, deadline_in
from domain.events import AboutRequest, Event
from domain.ladder import Stage
from domain.moments import OFFICE_HOUR, at_local, day_in_words
from domain.part import EVERYBODY, Part, Rung, Seen, Tell, Timer, Written
from domain.people import posts_in_words
from domain.rules.stepping_in import InIrosPlace
from domain.values import value
from domain.vocabulary import WAITS_AT, Audience, Letter

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "STAGES",
    "Cause",
    "Reminded",
    "StageBegan",
    "begin",
    "consider_by",
    "first_stage",
    "new_request",
]


class Cause(StrEnum):
    """Why a stage began."""

    RAISED = "raised"
    NOT_RESOLVED = "not resolved"
    ESCALATED = "escalated earlier"
    NO_REPLY = "no reply"
    SILENCE = "no reply, decided"
    NOBODY_ASKED = "nobody could be asked"
    NOT_THEIRS = "somebody else had to be asked"
    NOBODY_NAMED = "nobody named in time"
    NOT_SERVED = "nobody reached in time"
    ACTION_MISSED = "action missed"
    ACTIONS_ENDED = "not resolved by actions"
    REOPENED = "reopened"


#: The causes of a first stage: no stage before it was skipped.
_FIRST = (Cause.RAISED, Cause.REOPENED)


def new_request(
    challenge: Challenge,
    number: int,
    event: Event,
    stage: Stage,
    posts: tuple[str, ...],
    deadline: Deadline,
) -> Challenge:
    """Return ``challenge`` with request ``number`` to ``posts``, made by ``event``."""
    made, ledger = event.effective, Ledger.opened(deadline, event.number)
    request = Request(number, event.number, stage, posts, made, ledger, made)
    return replace(challenge, requests=(*challenge.requests, request))


def consider_by(start: date, council: Council) -> Deadline:
    """Return by when the IRO decides whether to refer to Cafcass, counted from ``start``."""
    return deadline_in(council.procedure.consider_cafcass_within, start, council.calendar)


def begin(
    challenge: Challenge, stage: Stage, cause: Cause, reason: str, start: date, council: Council
) -> StageBegan:
    """Return the beginning of ``stage``, its days counted from ``start`` (rules 1, 3, 5 and 8)."""
    ladder, procedure = council.ladder, council.procedure
    between = [s for s in ladder.after(challenge.stage) if stage in ladder.after(s)]
    opens_period = stage.formal and challenge.period is None
    period, file = procedure.resolution_period, procedure.file_within
    return StageBegan(
        stage,
        cause,
        reason,
        len(challenge.requests) + 1,
        council.asked_at(challenge, stage),
        deadline_in(ladder[stage].working_days, start, council.calendar),
        deadline_in(period, start, council.calendar) if opens_period else None,
        tuple(s for s in between if s.formal) if cause not in _FIRST else (),
        actions_go_on=True,
        consider_by=consider_by(start, council) if stage.formal else None,
        file_by=None if cause in _FIRST else deadline_in(file, start, council.calendar),
    )


def first_stage(
    challenge: Challenge, now: datetime, council: Council, cause: Cause = Cause.RAISED
) -> StageBegan:
    """Return the beginning of a challenge's first stage, with its first request (rule 1)."""
    raised = challenge.raised
    start = council.day_of(now)
    return begin(challenge, raised.entry, cause, raised.entry_reason, start, council)


def _it_is_a_formal_stage(_challenge: Challenge, event: Event) -> bool:
    """Whether the Senior IRO Manager must know. QAP is only ever the first stage."""
    return isinstance(event.fact, StageBegan) and event.fact.stage.formal


def _it_was_automatic(_challenge: Challenge, event: Event) -> bool:
    return event.automatic


#: What the IRO hears as well when a stage began because there was no reply (rule 5).
_AUTOMATIC = "This was automatic. You can move the challenge to a later stage at any time."


def _is_in_iros_place(seen: Seen) -> bool:
    """Whether somebody in the IRO's place moved it: the mark has the same command."""
    return any(
        isinstance(one.fact, InIrosPlace) and one.command == seen.event.command
        for one in seen.challenge.events
    )


@value
class StageBegan(AboutRequest):
    """A stage began: ``posts`` got request ``request``, due at ``deadline``.

    ``period`` is the end of the resolution period, set at the first formal stage. ``skipped`` are
    the stages between that were left out. ``actions_go_on`` says that open actions are followed
    beside the ladder; in records from before 2026-11.9 the new stage overtook them. The stage
    before is to be placed on the child's file by ``file_by`` (rule 20), if there was one. By
    ``consider_by`` the IRO decides whether to refer to Cafcass (rule 10).
    """

    stage: Stage
    cause: Cause
    reason: str
    request: int
    posts: tuple[str, ...]
    deadline: Deadline
    period: Deadline | None = None
    skipped: tuple[Stage, ...] = ()
    actions_go_on: bool = False
    file_by: Deadline | None = None
    consider_by: Deadline | None = None

    key_point = True
    news = "{stage} has begun"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY),
        Tell(Audience.IRO, when=_it_was_automatic, adds=_AUTOMATIC),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_it_is_a_formal_stage),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it waiting for the stage's responder, with its question settled."""
        after = new_request(
            settle(challenge), self.request, event, self.stage, self.posts, self.deadline
        )
        return replace(
            after,
            stage=self.stage,
            stage_clock_stopped=False,
            period_ledger=challenge.period_ledger
            or (Ledger.opened(self.period, event.number) if self.period else None),
        )

    def line(self, seen: Seen) -> str:
        """Return which stage began, why, and who has to reply by when."""
        who = f"{seen.who}, in the IRO’s place," if _is_in_iros_place(seen) else "the IRO"
        why = {
            Cause.RAISED: "began",
            Cause.NOT_RESOLVED: f"began: {who} found the matter not resolved",
            Cause.ESCALATED: f"began: {who} moved the challenge up",
            Cause.NO_REPLY: "began: there was no reply by the deadline",
            Cause.SILENCE: f"began: there was no reply, and {who} moved the challenge up",
            Cause.NOBODY_ASKED: f"began: nobody could be asked to reply, and {who} moved the "
            "challenge up",
            Cause.NOT_THEIRS: f"began: the question was not for those who were asked, and {who} "
            "moved the challenge up",
            Cause.NOBODY_NAMED: "began: nobody was named to reply in time",
            Cause.NOT_SERVED: "began: nobody could be reached in time at the stage before",
            Cause.ACTIONS_ENDED: f"began: {who} found the matter not resolved by the agreed "
            "actions",
            Cause.ACTION_MISSED: f"began: an action was not done by its date, and {who} moved the "
            "challenge up",
            Cause.REOPENED: "began: the IRO reopened the challenge",
        }[self.cause]
        due = day_in_words(self.deadline.day)
        asked = posts_in_words(self.posts, seen.council)
        return f"{seen.stage(self.stage)} {why}. A reply is due from {asked} by the end of {due}"

    def written(self) -> Iterator[Written]:
        """Yield why it began, and the sums behind the dates."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)
        if self.period:
            yield Written("20-working-day limit", self.period.why, EVERYBODY)


@value
class Reminded(AboutRequest):
    """The reminder, one working day before the deadline at 09:00."""

    request: int

    news = "one working day is left to reply"
    told = (Tell(Audience.ASKED, Letter.REMINDER), Tell(Audience.IRO, what_next=True))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the request marked, so that nobody is reminded twice."""
        return with_request(challenge, self.request, reminded=True)

    def line(self, seen: Seen) -> str:
        """Return at which stage a reply is due."""
        request = seen.challenge.request_number(self.request) or seen.challenge.request
        return f"One working day is left to reply at {seen.stage(request.stage)}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _timers(challenge: Challenge, _now: datetime, council: Council) -> Iterator[Timer]:
    """Yield the reminder, unless it would be due before those asked knew the deadline."""
    request = challenge.request
    due = challenge.awaiting_reply and challenge.stage.formal
    if due and request.served and not request.reminded:
        eve = council.calendar.add(request.deadline.day - timedelta(days=1), 0)
        reminder = at_local(eve, OFFICE_HOUR)
        if reminder > request.known_since:
            fact = Reminded(request.number)
            yield Timer(reminder, "reminder", reminder, (fact,), pauses=True)


def _waits_at(stage: Stage) -> Rung:
    says = "waiting for a reply"
    return Rung(WAITS_AT[stage], "", says, lambda challenge: challenge.stage is stage)


STAGES = Part(
    3,
    "A stage",
    facts=(StageBegan, Reminded),
    timers=_timers,
    rungs=tuple(_waits_at(stage) for stage in Stage),
)
