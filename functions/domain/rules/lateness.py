"""Rule 0, tasks that are late: their owners are chased, and those above them get an email.

A late task stays in its owner's tray and daily email. When it is three working days late the SRSM
is told, and may decide in the IRO's place (rule 4); at five the Senior IRO Manager is told, and
again every five. If nobody could be asked to reply, the Senior IRO Manager is told after one
(rule 15). Records from before 2026-11.9 have a chase for each working day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Question, asked_in_words, decider, with_question
from domain.events import Event, Fact
from domain.moments import OFFICE_HOUR, at_local
from domain.part import If, IfLate, Mark, Part, Seen, Task, Tell, Timer, Written
from domain.people import SENIOR_STEPS_IN
from domain.values import value
from domain.vocabulary import Audience, Capacity, Purpose

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.council import Council

__all__ = [
    "IRO_IS_LATE",
    "LATENESS",
    "LATE_IRO",
    "ON_A_REPLY",
    "Chased",
    "days_in_words",
    "iro_is_late",
    "late_decision",
    "manager_decides_from",
]


def days_in_words(days: int) -> str:
    """Return ``1 working day``; ``3 working days``."""
    return "1 working day" if days == 1 else f"{days} working days"


#: The key of the mark of challenges whose IRO is late with something. Keys are short, because HEAD
#: has to stay below a kilobyte.
LATE_IRO = "late"

#: Who has to reply instead is asked of one after the other: whose it is last (rule 15).
_NAMING = {
    Purpose.REASSIGN: Capacity.SRSM,
    Purpose.NAME_SOMEBODY: Capacity.SENIOR_IRO_MANAGER,
}

#: What the IRO decides after a reply, or after its absence (rules 4 and 5).
ON_A_REPLY = (Purpose.DECIDE, Purpose.DECIDE_SILENCE)


def late_decision(challenge: Challenge, council: Council) -> Question | None:
    """Return the IRO's decision on a reply or a silence, if the SRSM may make it by now (rule 4).

    No other question of the IRO, such as confirming an action, is ever the SRSM's for its lateness.
    """
    question, late = _on_a_reply(challenge), council.procedure.manager_may_decide_after
    return question if question and question.chased >= late else None


def manager_decides_from(challenge: Challenge, council: Council) -> date | None:
    """Return the day from which the SRSM may make that decision, if the IRO has not by then.

    ``None`` if there is none to make, or if they may make it already.
    """
    question, late = _on_a_reply(challenge), council.procedure.manager_may_decide_after
    if question is None or question.chased >= late:
        return None
    return council.calendar.add(question.deadline.day, late)


def _on_a_reply(challenge: Challenge) -> Question | None:
    question = challenge.decision
    return question if question and question.purpose in ON_A_REPLY else None


def iro_is_late(challenge: Challenge, council: Council) -> bool:
    """Whether the IRO is so late with that decision that the SRSM may make it (rule 4)."""
    return late_decision(challenge, council) is not None


IRO_IS_LATE = If(
    "the IRO is three working days late to decide on a reply or a silence (rule 4)", iro_is_late
)


def _it_is_still_late(challenge: Challenge, event: Event) -> bool:
    """Whether the question is still open, and not another one under its key, which is less late."""
    fact = event.fact
    if not isinstance(fact, Chased):
        return False
    question = challenge.question_by(fact.question)
    return question is not None and question.chased >= fact.days_over


def _it_is_late_enough_for_the_senior(challenge: Challenge, event: Event) -> bool:
    fact = event.fact
    return isinstance(fact, Chased) and fact.tell_senior and _it_is_still_late(challenge, event)


#: What everybody reads of a late task of which not everybody may know: that the child wants to go
#: to court (rule 19), and that a form was about the wrong child (rule 22).
_SAID_TO_ALL = {
    Purpose.FIND_ADVICE: "do something for the child",
    Purpose.CHECK_TEXTS: "check something in other challenges",
}


@value
class Chased(Fact):
    """The question ``question`` (its key) is ``days_over`` working days past its deadline.

    ``about`` is its purpose in words. ``tell_senior`` is true on the day from which the Senior IRO
    Manager has to know.
    """

    question: str
    days_over: int
    about: str
    tell_senior: bool = False

    news = "a decision is late"
    told = (
        Tell(Audience.SRSM, when=_it_is_still_late),
        Tell(Audience.SENIOR, when=_it_is_late_enough_for_the_senior),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the question chased, and the Senior IRO Manager stepping in (rule 0).

        That nobody could be asked tells them sooner (rule 15), which gives them nothing more to do.
        """
        after = with_question(challenge, self.question, chased=self.days_over)
        steps_in = self.tell_senior and self.about != Purpose.NAME_SOMEBODY
        return after.keep(SENIOR_STEPS_IN, value=True) if steps_in else after

    def line(self, seen: Seen) -> str:
        """Return who is how late with what."""
        purpose = Purpose(self.about)
        asks = asked_in_words(purpose, self.question)
        question = seen.before().question_by(self.question)
        whose = question.whose if question else decider(purpose)
        asks = _SAID_TO_ALL.get(purpose, asks)
        return f"{days_in_words(self.days_over)} late: {whose} has yet to {asks}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


#: What concerns its owner alone: it is shown after everything else (rule 20).
_ASIDE = (Purpose.PLACE_OUTCOME, Purpose.PLACE_DECISIONS)

#: What only its owner reads in what happens next. What is left to do for the child is no news for
#: those who are asked to reply: it could tell them that the child wants to go to court (rule 19).
#: Nor are the texts of other children, who may be no brothers and sisters of this child (rule 22).
_THEIR_OWN = (
    *(*_ASIDE, Purpose.CONSIDER_CAFCASS, Purpose.TELL_OF_CHALLENGE, Purpose.OFFER_ADVOCATE),
    *(Purpose.EXPLAIN_COMPLAINTS, Purpose.FIND_ADVICE, Purpose.CHECK_TEXTS),
)


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield the next time that each question counts as late, at 09:00 on that working day.

    One that was missed is not made up for: the next says how late it is.
    """
    calendar = council.calendar
    for question in challenge.questions:
        day = question.deadline.day
        over = _late_next(question, 0, council)
        while (
            at_local(calendar.add(day, later := _late_next(question, over, council)), OFFICE_HOUR)
            <= now
        ):
            over = later
        at = at_local(calendar.add(day, over), OFFICE_HOUR)
        purpose = f"{days_in_words(over)} late: {question.purpose}"
        yield Timer(at, purpose, at, (_late(question, over, council),), outlives=question.outlives)


def _late(question: Question, over: int, council: Council) -> Chased:
    """Return that the question is ``over`` working days late."""
    tell = question.chased < _senior_told_after(question, council) <= over
    return Chased(question.key, over, str(question.purpose), tell_senior=tell)


def _senior_told_after(question: Question, council: Council) -> int:
    """Return after how many working days the Senior IRO Manager is told (rules 0 and 15)."""
    procedure = council.procedure
    nobody_asked = question.purpose is Purpose.NAME_SOMEBODY
    return procedure.name_somebody_within if nobody_asked else procedure.senior_told_after


def _late_next(question: Question, over: int, council: Council) -> int:
    """Return how many working days late it is when that counts next, after ``over``.

    Who is to reply is the SRSM's to say as soon as it is late (rule 15).
    """
    procedure, done = council.procedure, max(question.chased, over)
    every = procedure.senior_told_after
    counts = {procedure.manager_may_decide_after, every}
    if question.purpose in (Purpose.REASSIGN, Purpose.NAME_SOMEBODY):
        counts.add(1)
    return min((days for days in counts if days > done), default=(done // every + 1) * every)


#: What somebody does after the reply or the action that is due from them: a tray shows that first.
_PLACES = {Purpose.INFORM_DIRECTOR: 2, **dict.fromkeys((*_ASIDE, Purpose.CONSIDER_CAFCASS), 3)}


def _tasks(challenge: Challenge, council: Council) -> Iterator[Task]:
    """Yield a task for each question."""
    for one in challenge.questions:
        yield Task(
            *(one.key, one.purpose, one.whose, one.ledger, one.since),
            stops=challenge.stopped_by(one),
            outlives=one.outlives,
            place=_PLACES.get(one.purpose, 0),
            aside=one.purpose in _THEIR_OWN,
            then=_MEANWHILE if one.beside else _after_no_decision(one),
            if_late=() if one.beside else _if_late(one, council),
        )


#: What follows while those asked have more time after a silence (rule 7).
_MEANWHILE = (
    "Those who were asked have until the new date to reply. The IRO can still decide before then.",
)


#: How ``Task.then`` speaks of those who have to do something next.
_HAS = {Capacity.SRSM: "{srsm_has}", Capacity.SENIOR_IRO_MANAGER: "{senior_has}"}


def _after_no_decision(question: Question) -> tuple[str, ...]:
    """Return a sentence about what happens if nobody decides by the date (rule 15)."""
    if question.purpose is Purpose.SKIP_STAGE:
        return ("If nobody chooses by then, the next stage begins without a reply.",)
    above = _NAMING.get(question.purpose)
    if above and question.whose is not above:
        return (f"If nobody is named by then, {_HAS[above]} to say who should reply.",)
    return ()


def _if_late(question: Question, council: Council) -> tuple[IfLate, ...]:
    """Return who hears of it, or may decide, once it is late (rules 0 and 4)."""
    procedure, purpose = council.procedure, question.purpose
    if purpose is Purpose.SKIP_STAGE or purpose in _NAMING:
        return ()
    if question.whose in (Capacity.DATA_PROTECTION_OFFICER, Capacity.SENIOR_IRO_MANAGER):
        return ()
    senior = IfLate(procedure.senior_told_after, Capacity.SENIOR_IRO_MANAGER)
    if purpose not in ON_A_REPLY:
        return (senior,)
    return (IfLate(procedure.manager_may_decide_after, Capacity.SRSM, may_decide=True), senior)


def _iro_is_late(challenge: Challenge) -> bool:
    """Whether its IRO was said to be late with something that is still to do."""
    late = (one for one in challenge.questions if one.chased)
    return challenge.open and any(one.whose is Capacity.IRO for one in late)


LATENESS = Part(
    *(0, "Tasks"),
    facts=(Chased,),
    tasks=_tasks,
    timers=_timers,
    marks=(Mark(LATE_IRO, "The IRO is late", _iro_is_late, quiet=True),),
    of_sealed=True,
)
