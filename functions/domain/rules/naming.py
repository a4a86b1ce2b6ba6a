"""Rule 15, naming: who says who should reply instead, and until when the challenge waits for it.

After *not mine* the IRO names somebody within two working days, and otherwise the SRSM within two
more. Meanwhile the challenge does not move up by itself, for at most four working days. Then it
goes on as after silence (rule 5), but never before the deadline to reply.

If the request reached nobody, the SRSM names somebody by the next working day, and otherwise the
Senior IRO Manager within one more. If nobody has been reached five working days after the stage
began, the challenge moves to the next stage at which somebody can be asked. The last stage goes to
the Director, and if nobody is reached there within two working days, it has ended unresolved. At
QAP it waits: nothing becomes formal by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import (
    Challenge,
    Question,
    ask,
    settle,
    start_clock,
    stop_clock,
    superseded,
    with_request,
)
from domain.deadlines import Deadline, How, deadline_in
from domain.events import AboutRequest, Event, Fact
from domain.ladder import Role, Stage
from domain.moments import day_in_words, local_day
from domain.part import EVERYBODY, Part, Rung, Seen, Tell, Timer, Written, on
from domain.people import people_asked, posts_in_words
from domain.rules.deciding import AskedAgain
from domain.rules.holds import UNTIL_KEY
from domain.rules.moving import ChildMoved
from domain.rules.posts import BESIDE_KEY, WAITS_KEY, Reassigned
from domain.rules.replies import Replied
from domain.rules.serving import SERVE_KEY, asked_on, counted_from
from domain.rules.silence import DeadlineMissed, climbs_to
from domain.rules.stages import Cause, StageBegan, begin, new_request
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.council import Council

__all__ = [
    "NAMING",
    "LastStageNotServed",
    "NamingPassedOn",
    "WentToDirector",
    "who_names_next",
]

# Whose task it is --------------------------------------------------------------------------------

#: Whose it is next to name somebody, once whoever has to is late.
_NEXT = {
    (Purpose.REASSIGN, Capacity.IRO): Capacity.SRSM,
    (Purpose.NAME_SOMEBODY, Capacity.SRSM): Capacity.SENIOR_IRO_MANAGER,
}


def who_names_next(question: Question) -> Capacity | None:
    """Return who has to name somebody once the date of ``question`` has passed, if anybody."""
    return _NEXT.get((question.purpose, question.whose))


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


def _passes_on(question: Question, now: datetime, council: Council) -> Iterator[Timer]:
    whose = who_names_next(question)
    if whose is None:
        return
    procedure, ends = council.procedure, question.deadline
    reassigns = question.purpose is Purpose.REASSIGN
    days = procedure.reassign_within if reassigns else procedure.name_somebody_within
    start = counted_from(ends.day, now, council)
    fact = NamingPassedOn(question.key, whose, deadline_in(days, start, council.calendar))
    effective = ends.at if start == ends.day else now
    yield Timer(ends.lapses_at, f"{whose} has to {question.purpose.in_words}", effective, (fact,))


# After *not mine* --------------------------------------------------------------------------------


def _waits_until(challenge: Challenge, council: Council) -> Deadline | None:
    """Return the deadline by which somebody has to be named after *not mine*, or it goes on.

    ``None`` if it does not wait for that. In records from before 2026-11.10 it is the date of the
    SRSM's task, once it is theirs.
    """
    question = challenge.question
    if question is None or question.purpose is not Purpose.REASSIGN:
        return None
    clock = challenge.clock(WAITS_KEY)
    if clock is None and question.whose is Capacity.IRO:
        return None
    until = clock.deadline if clock else question.deadline
    return council.later_of(until, challenge.request.deadline)


def _nobody_named(challenge: Challenge, council: Council) -> Iterator[Timer]:
    until = _waits_until(challenge, council)
    if until is None:
        return
    up, day = climbs_to(challenge, council), until.day
    facts: tuple[Fact, ...] = (_the_iro_is_asked(challenge, day, council),)
    if up:
        reason = f"Nobody was named to reply by {day_in_words(day)}."
        began = begin(challenge, up, Cause.NOBODY_NAMED, reason, day, council)
        facts = (DeadlineMissed(challenge.request.number, unnamed=True), began)
    yield Timer(until.lapses_at, "nobody was named to reply", until.at, facts)


def _the_iro_is_asked(challenge: Challenge, day: date, council: Council) -> DeadlineMissed:
    """Return that nobody was named by the end of ``day``, and that the IRO decides."""
    by = deadline_in(council.procedure.decide_at_least, day, council.calendar)
    return DeadlineMissed(challenge.request.number, by, unnamed=True)


# Nobody reached ----------------------------------------------------------------------------------


@value
class WentToDirector(AboutRequest):
    """Nobody could be reached at the last stage: the Director's ``posts`` were asked.

    If nobody is reached there by ``serve_by``, the stage has ended unresolved.
    """

    request: int
    posts: tuple[str, ...]
    deadline: Deadline
    serve_by: Deadline

    news = "it was put to the Director"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY),
        Tell(Audience.EVERYONE_ASKED),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with a request to the Director in place of the current one."""
        old = challenge.request
        made = (self.request, event, old.stage, self.posts, self.deadline)
        after = new_request(superseded(settle(challenge)), *made)
        ledger = old.ledger.entered(How.REASSIGNED, self.deadline, event.number)
        after = with_request(after, self.request, again=old.again, ledger=ledger)
        called = "the date by which the Director has to be reached"
        return start_clock(after, SERVE_KEY, called, self.serve_by, event)

    def line(self, seen: Seen) -> str:
        """Return who was asked, to reply by when."""
        due = day_in_words(self.deadline.day)
        asked = posts_in_words(self.posts, seen.council)
        return (
            "Nobody could be reached in time at the last stage: the question was put to "
            f"{asked}, to reply by the end of {due}"
        )

    def written(self) -> Iterator[Written]:
        """Yield the sums behind the dates."""
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)
        yield Written("Director to be reached by", self.serve_by.why, EVERYBODY)


@value
class LastStageNotServed(AboutRequest):
    """Nobody could be reached at the last stage, nor at the Director's post: it ended unresolved.

    By ``decide_by`` the IRO decides how to go on. By ``file_by`` it is on the child's file.
    """

    request: int
    decide_by: Deadline
    file_by: Deadline | None = None

    key_point = True
    news = "{stage} has ended unresolved"
    told = (
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.INFORMED),
        Tell(Audience.BELOW),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked how to go on."""
        after = stop_clock(challenge, SERVE_KEY)
        return ask(after, Purpose.AFTER_LAST_STAGE, self.decide_by, event)

    def line(self, seen: Seen) -> str:
        """Return which stage ended, and why."""
        return f"{seen.stage(seen.before().stage)} ended unresolved: nobody could be reached"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the IRO's deadline."""
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


def _served_by(challenge: Challenge, council: Council) -> Deadline | None:
    """Return by when somebody has to be reached, or it goes on; ``None`` if somebody was.

    Records from before 2026-11.10 have no such date.
    """
    question, clock = challenge.question, challenge.clock(SERVE_KEY)
    named = question is not None and question.purpose is Purpose.NAME_SOMEBODY
    unserved = challenge.awaiting_reply and not challenge.request.served
    if not challenge.stage.formal or not (named or (unserved and clock)):
        return None
    by = (
        clock.deadline
        if clock
        else deadline_in(council.procedure.served_within, asked_on(challenge), council.calendar)
    )
    hold = challenge.clock(UNTIL_KEY)
    return council.later_of(by, hold.deadline) if hold else by


def _nobody_reached(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    by = _served_by(challenge, council)
    if by is None:
        return
    day = counted_from(by.day, now, council)
    effective = by.at if day == by.day else now
    facts = _after_not_served(challenge, day, now, council)
    yield Timer(by.lapses_at, "nobody was reached", effective, facts, pauses=True)


def _after_not_served(
    challenge: Challenge, day: date, now: datetime, council: Council
) -> tuple[Fact, ...]:
    """Return the facts that follow if nobody could be reached by the end of ``day``."""
    if council.ladder.next(challenge.stage) is None:
        return (_after_the_last(challenge, day, council),)
    if climbs_to(challenge, council) is None:
        return (_the_iro_is_asked(challenge, day, council),)
    stage = _next_with_somebody(challenge, local_day(now), council)
    reason = f"Nobody could be reached by {day_in_words(day)}."
    return (begin(challenge, stage, Cause.NOT_SERVED, reason, day, council),)


def _next_with_somebody(challenge: Challenge, today: date, council: Council) -> Stage:
    """Return the next stage at which somebody can be asked today, or else the last."""
    later = council.ladder.after(challenge.stage)
    return next(
        (
            stage
            for stage in later
            for post in council.asked_at(challenge, stage)
            if people_asked(challenge, post, council, today)
        ),
        later[-1],
    )


def _after_the_last(challenge: Challenge, day: date, council: Council) -> Fact:
    """Return that the last stage goes to the Director, or that it has ended unresolved.

    It has ended if it has been there, or if the council has no such post.
    """
    procedure, calendar = council.procedure, council.calendar
    posts = council.posts(challenge, Role.DIRECTOR)
    been = any(isinstance(event.fact, WentToDirector) for event in challenge.events)
    if been or not posts:
        by = deadline_in(procedure.decide_at_least, day, calendar)
        file_by = deadline_in(procedure.file_within, day, calendar)
        return LastStageNotServed(challenge.request.number, by, file_by)
    days = council.ladder[challenge.stage].working_days
    return WentToDirector(
        len(challenge.requests) + 1,
        posts,
        deadline_in(days, day, calendar),
        deadline_in(procedure.director_served_within, day, calendar),
    )


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    for question in challenge.questions:
        yield from _passes_on(question, now, council)
    yield from _nobody_named(challenge, council)
    yield from _nobody_reached(challenge, now, council)


# When nobody has to be named any more ------------------------------------------------------------


def _named(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question that was asked beside others, and without waiting for it."""
    return stop_clock(settle(challenge, BESIDE_KEY), WAITS_KEY)


def _over(fact: Fact, challenge: Challenge, event: Event) -> Challenge:
    """Return it without waiting for somebody to be named, nor to be reached."""
    return stop_clock(_named(fact, challenge, event), SERVE_KEY)


def _moved(fact: ChildMoved, challenge: Challenge, event: Event) -> Challenge:
    return _named(fact, challenge, event) if fact.posts else challenge


def _replied(fact: Replied, challenge: Challenge, event: Event) -> Challenge:
    present = fact.request == challenge.request.number and fact.decide_by is not None
    return _over(fact, challenge, event) if present else challenge


# Where it waits ----------------------------------------------------------------------------------


def _to_be_named(challenge: Challenge) -> bool:
    question = challenge.question
    return question is not None and question.purpose in (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)


def _until_when(challenge: Challenge, council: Council) -> str:
    """Return what happens if nobody is named, or reached, and when."""
    up = climbs_to(challenge, council)
    follows = (
        f"the challenge moves to {council.ladder.title(up)}"
        if up
        else "the IRO decides what happens next"
    )
    if waits := _waits_until(challenge, council):
        return f"If nobody is named by {day_in_words(waits.day)}, {follows}."
    by = _served_by(challenge, council)
    if by is None:
        return ""
    if up:
        follows = "the challenge moves to the next stage at which somebody can be asked"
    elif council.ladder.next(challenge.stage) is None:
        last = council.ladder.title(challenge.stage)
        director = isinstance(_after_the_last(challenge, by.day, council), WentToDirector)
        asked = f"the {Role.DIRECTOR.in_words} is asked"
        follows = asked if director else f"{last} ends unresolved"
    return f"If nobody can be reached by {day_in_words(by.day)}, {follows}."


NAMING = Part(
    15,
    "Naming",
    facts=(NamingPassedOn, WentToDirector, LastStageNotServed),
    changes=(
        *(on(kind, _over) for kind in (StageBegan, AskedAgain, DeadlineMissed)),
        *(on(Reassigned, _named), on(ChildMoved, _moved), on(Replied, _replied)),
    ),
    timers=_timers,
    rungs=(
        Rung(
            Standing.TO_BE_REASSIGNED,
            "To be reassigned",
            "needs someone to reply",
            _to_be_named,
            tells=_until_when,
            whose=lambda _challenge, _council, _today: "Needs someone to reply",
        ),
    ),
)
