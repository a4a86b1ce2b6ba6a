"""Rule 15, naming: who says who should reply instead, and until when the challenge waits for it.

After *not mine* the IRO names somebody within two working days, and otherwise the SRSM within two
more. If the request reached nobody, the SRSM does by the next working day, and otherwise the Senior
IRO Manager within one more. While it waits for somebody to be named after *not mine*, the challenge
does not move up by itself, for at most four working days. Then it goes on as after silence (rule
5), but never before the deadline to reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import (
    Challenge,
    Question,
    ask,
    settle,
    stop_clock,
)
from domain.deadlines import Deadline, deadline_in
from domain.events import Event, Fact
from domain.moments import day_in_words, local_day
from domain.part import EVERYBODY, Part, Seen, Tell, Timer, Written, on
from domain.rules.deciding import AskedAgain
from domain.rules.posts import BESIDE_KEY, WAITS_KEY, Reassigned
from domain.rules.replies import Replied
from domain.rules.silence import DeadlineMissed, climbs_to
from domain.rules.stages import Cause, StageBegan, begin
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.council import Council

__all__ = ["NAMING", "NamingPassedOn"]

#: Whose it is next to name somebody, once whoever has to is late.
_NEXT = {
    (Purpose.REASSIGN, Capacity.IRO): Capacity.SRSM,
    (Purpose.NAME_SOMEBODY, Capacity.SRSM): Capacity.SENIOR_IRO_MANAGER,
}


def _the_srsm_has_to_name_somebody(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, NamingPassedOn) and event.fact.whose is Capacity.SRSM


def _the_senior_iro_manager_has_to(_challenge: Challenge, event: Event) -> bool:
    fact = event.fact
    return isinstance(fact, NamingPassedOn) and fact.whose is Capacity.SENIOR_IRO_MANAGER


@value
class NamingPassedOn(Fact):
    """Nobody was named in time: from now on ``whose`` has to, by ``name_by``.

    ``question`` is the key of the question who replies.
    """

    question: str
    whose: Capacity
    name_by: Deadline

    news = "nobody was named in time"
    told = (
        Tell(Audience.SRSM, Letter.DECIDE, _the_srsm_has_to_name_somebody),
        Tell(Audience.SENIOR, Letter.DECIDE, _the_senior_iro_manager_has_to),
        Tell(Audience.SRSM),
        Tell(Audience.IRO),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the same question asked of them."""
        question = challenge.question_by(self.question)
        if question is None:
            return challenge
        asked = (question.purpose, self.name_by, event, self.question)
        return ask(challenge, *asked, whose=self.whose)

    def line(self, _seen: Seen) -> str:
        """Return who has to name somebody now."""
        due = day_in_words(self.name_by.day)
        return f"Nobody was named to reply in time: {self.whose} has to, by the end of {due}"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the new date."""
        yield Written("Somebody to be named by", self.name_by.why, EVERYBODY)


def counted_from(day: date, now: datetime, council: Council) -> date:
    """Return from when days count that follow a deadline of ``day`` which has lapsed by ``now``.

    That is the day itself. If the software slept through it, it is today: nobody can act in the
    past.
    """
    today = local_day(now)
    return day if today <= council.calendar.add(day, 1) else today


def since(deadline: Deadline, challenge: Challenge) -> datetime:
    """Return the moment at which a lapse of ``deadline`` takes effect.

    That is the deadline, but never before what is on the record already: in records from before
    2026-11.10 nothing followed for weeks.
    """
    return max(deadline.at, challenge.events[-1].effective)


def _passes_on(
    question: Question, challenge: Challenge, now: datetime, council: Council
) -> Iterator[Timer]:
    whose = _NEXT.get((question.purpose, question.whose))
    if whose is None:
        return
    procedure, ends = council.procedure, question.deadline
    reassigns = question.purpose is Purpose.REASSIGN
    days = procedure.reassign_within if reassigns else procedure.name_somebody_within
    by = deadline_in(days, counted_from(ends.day, now, council), council.calendar)
    fact = NamingPassedOn(question.key, whose, by)
    title = f"{whose} has to {question.purpose}"
    yield Timer(ends.lapses_at, title, since(ends, challenge), (fact,))


def _waits_until(challenge: Challenge, council: Council) -> Deadline | None:
    """Return the deadline by which somebody has to be named after *not mine*, or it goes on.

    ``None`` if it does not wait for that, or if the record is from before 2026-11.10 and the SRSM
    has not been asked yet.
    """
    question = challenge.question
    if question is None or question.purpose is not Purpose.REASSIGN:
        return None
    clock = challenge.clock(WAITS_KEY)
    if clock is None and question.whose is Capacity.IRO:
        return None
    until = clock.deadline if clock else question.deadline
    return council.later_of(until, challenge.request.deadline)


def as_after_silence(
    challenge: Challenge, day: date, council: Council, reason: str
) -> tuple[Fact, ...]:
    """Return the facts that follow if nobody was named by the end of ``day`` (rule 5)."""
    number, up = challenge.request.number, climbs_to(challenge, council)
    if up is None:
        by = deadline_in(council.procedure.decide_at_least, day, council.calendar)
        return (DeadlineMissed(number, by, unnamed=True),)
    began = begin(challenge, up, Cause.NOBODY_NAMED, reason, day, council)
    return (DeadlineMissed(number, unnamed=True), began)


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    for question in challenge.questions:
        yield from _passes_on(question, challenge, now, council)
    until = _waits_until(challenge, council)
    if until:
        reason = f"Nobody was named to reply by {day_in_words(until.day)}."
        facts = as_after_silence(challenge, until.day, council, reason)
        yield Timer(until.lapses_at, "nobody was named to reply", since(until, challenge), facts)


# When nobody has to be named any more ------------------------------------------------------------


def _settled(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question that was asked beside others, and without waiting for it."""
    return stop_clock(settle(challenge, BESIDE_KEY), WAITS_KEY)


def _replied(fact: Replied, challenge: Challenge, event: Event) -> Challenge:
    present = fact.request == challenge.request.number and fact.decide_by is not None
    return _settled(fact, challenge, event) if present else challenge


NAMING = Part(
    15,
    "Naming",
    facts=(NamingPassedOn,),
    changes=(
        *(on(kind, _settled) for kind in (StageBegan, AskedAgain, DeadlineMissed)),
        *(on(Reassigned, _settled), on(Replied, _replied)),
    ),
    timers=_timers,
)
