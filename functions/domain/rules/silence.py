"""Rule 5, no reply by the deadline.

At stages 1 to 3 the challenge moves to the next stage at the end of the deadline's day, so that
silence cannot use up the 20 working days. With ``on_no_reply = "ask"``, at QAP and at the last
stage, the IRO is asked. It never moves up by itself if the request was not served (rule 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, ask, with_request
from domain.deadlines import Deadline, deadline_in
from domain.events import AboutRequest, Event, Fact
from domain.ladder import Stage
from domain.moments import day_in_words
from domain.part import EVERYBODY, Part, Seen, Task, Tell, Timer, Written
from domain.procedure import OnNoReply
from domain.rules.serving import NotServed, NotServedCause, counted_from, to_be_served_by
from domain.rules.skipping import stage_without_a_reply
from domain.rules.stages import Cause, begin
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = ["SILENCE", "DeadlineMissed", "climbs_to"]


def climbs_to(challenge: Challenge, council: Council) -> Stage | None:
    """Return the stage to which the challenge moves without a reply; ``None`` if the IRO is asked.

    From QAP nothing becomes formal by itself, whatever the ladder says (rule 2).
    """
    climbs = council.procedure.on_no_reply is OnNoReply.ESCALATE
    stage = challenge.stage
    up = climbs and stage.formal and council.ladder[stage].climbs
    return stage_without_a_reply(challenge, council) if up else None


def _it_was_theirs(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, DeadlineMissed) and not event.fact.unnamed


def _the_iro_is_asked(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, DeadlineMissed) and event.fact.decide_by is not None


#: What those who did not reply hear as well.
_STILL_WELCOME = "You can still reply, with the link in the email that asked you."


@value
class DeadlineMissed(AboutRequest):
    """No reply came by the deadline. ``decide_by`` is set if the IRO is asked.

    ``unnamed``: those who were asked had said that it is not theirs, or could not be reached, and
    nobody was named in time (rule 15). At the last stage, which ends with it, ``file_by`` is by
    when that is placed on the child's file (rule 20).
    """

    request: int
    decide_by: Deadline | None = None
    unnamed: bool = False
    file_by: Deadline | None = None

    news = "no reply came by the deadline"
    told = (
        Tell(Audience.ASKED, when=_it_was_theirs, adds=_STILL_WELCOME),
        Tell(Audience.IRO, Letter.DECIDE, _the_iro_is_asked),
        Tell(Audience.SRSM, when=_the_iro_is_asked),
        Tell(Audience.SENIOR, when=_the_iro_is_asked),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked; otherwise the next fact begins a later stage."""
        after = with_request(challenge, self.request, missed=True)
        return ask(after, Purpose.DECIDE_SILENCE, self.decide_by, event)

    def line(self, _seen: Seen) -> str:
        """Return that no reply came."""
        if self.unnamed:
            return "Nobody was named to reply in time"
        return "No reply came by the deadline"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the IRO's deadline."""
        if self.decide_by:
            yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    if challenge.awaiting_reply:
        due = challenge.request.deadline
        title = f"{council.ladder.title(challenge.stage)}: reply due"
        yield Timer(due.lapses_at, title, due.at, _lapse(challenge, now, council), pauses=True)


def _lapse(challenge: Challenge, now: datetime, council: Council) -> tuple[Fact, ...]:
    """Return the facts that follow if no reply comes by the deadline."""
    request, procedure = challenge.request, council.procedure
    number, day = request.number, request.deadline.day
    if not request.served:
        start = counted_from(day, now, council)
        by = deadline_in(procedure.name_somebody_within, start, council.calendar)
        serve_by = to_be_served_by(challenge, start, council)
        return (NotServed(number, NotServedCause.NOT_SENT, by, serve_by),)
    next_stage = climbs_to(challenge, council)
    if next_stage:
        reason = f"No reply by {day_in_words(day)}."
        began = begin(challenge, next_stage, Cause.NO_REPLY, reason, day, council)
        return (DeadlineMissed(number), began)
    by = deadline_in(procedure.decide_at_least, day, council.calendar)
    ends = challenge.stage is council.ladder.last.stage
    file_by = deadline_in(procedure.file_within, day, council.calendar) if ends else None
    return (DeadlineMissed(number, by, file_by=file_by),)


def _tasks(challenge: Challenge, council: Council) -> Iterator[Task]:
    """Yield the reply that is due, with what happens without it (rule 3)."""
    request, following = challenge.request, climbs_to(challenge, council)
    title = council.ladder.title(challenge.stage)
    then = (
        f"the challenge moves to {council.ladder.title(following)}"
        if following
        else "{decides} what happens next"
    )
    if challenge.awaiting_reply:
        yield Task(
            *("reply", Purpose.REPLY, Capacity.RESPONDER, request.ledger, request.event),
            request=request.number,
            yours=f"You still need to reply at {title} by {{due}}. Use the link in the email that "
            "asked you.",
            then=(f"If there is no reply by then, {then}.",),
            place=1,
        )


SILENCE = Part(5, "No reply by the deadline", facts=(DeadlineMissed,), tasks=_tasks, timers=_timers)
