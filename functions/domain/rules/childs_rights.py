"""Rule 19, the child's rights: what the child knows, and who helps them.

The form asks whether the child knows of the challenge, was offered an advocate, knows how to
complain, and, if they want to go to court, who helps them get legal advice. What is not done yet is
a task of the IRO for each. None of them stops the ladder. The IRO can change the answers at any
time while the challenge is open; what is left to do for the child outlives its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.form import Answered, ChildsRights
from domain.part import (
    EVERYBODY,
    IN_CONFIDENCE,
    Asked,
    Command,
    Hand,
    May,
    Part,
    Problems,
    Seen,
    Written,
    on,
)
from domain.rules.endings import Closed
from domain.rules.life import LIVES, LifeChanged, has_died
from domain.values import value
from domain.vocabulary import OPEN, Capacity, Outcome, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "CHILDS_RIGHTS",
    "ChildNotYet",
    "ChildsRightsRecorded",
    "RecordChildsRights",
    "Right",
    "answers_written",
    "check_rights",
    "childs_rights",
    "not_yet",
    "still_open",
    "without_questions",
]


class Right(StrEnum):
    """What the child should have: each is a question of the form, and a task if not yet done."""

    KNOWS = "knows of the challenge"
    ADVOCATE = "was offered an advocate"
    COMPLAINTS = "knows how to complain"
    COURT = "has help if they want to go to court"

    @property
    def key(self) -> str:
        """The key of the question about it."""
        return f"child-{self.name.lower()}"


_PURPOSES = {
    Right.KNOWS: Purpose.TELL_OF_CHALLENGE,
    Right.ADVOCATE: Purpose.OFFER_ADVOCATE,
    Right.COMPLAINTS: Purpose.EXPLAIN_COMPLAINTS,
    Right.COURT: Purpose.FIND_ADVICE,
}

_RIGHTS: Slot[ChildsRights | None] = Slot("childs-rights", None)


def childs_rights(challenge: Challenge) -> ChildsRights:
    """Return the answers as they were recorded last: on the form, or since."""
    return challenge[_RIGHTS] or challenge.raised.childs_rights


def not_yet(rights: ChildsRights) -> tuple[Right, ...]:
    """Return what is not done yet. A child who wants to go to court needs somebody who helps."""
    answers = {
        Right.KNOWS: rights.knows,
        Right.ADVOCATE: rights.advocate,
        Right.COMPLAINTS: rights.complaints,
        Right.COURT: rights.court,
    }
    unaided = rights.court is Answered.YES and not rights.legal_help
    return tuple(
        right
        for right, answer in answers.items()
        if answer is Answered.NOT_YET or (right is Right.COURT and unaided)
    )


def without_questions(challenge: Challenge, *but: Right) -> Challenge:
    """Return ``challenge`` without the questions of this rule, apart from those about ``but``."""
    for right in Right:
        if right not in but:
            challenge = settle(challenge, right.key)
    return challenge


def _asked(
    challenge: Challenge, rights: tuple[Right, ...], by: Deadline | None, event: Event
) -> Challenge:
    """Return it with the IRO asked about each of ``rights`` by then, where they are not yet."""
    for right in rights:
        if challenge.question_by(right.key) is None:
            outlives = right is not Right.KNOWS
            challenge = ask(challenge, _PURPOSES[right], by, event, right.key, outlives=outlives)
    return challenge


def answers_written(rights: ChildsRights) -> Iterator[Written]:
    """Yield the answers that were asked for, each for those who may read it."""
    court = "not asked yet" if rights.court is Answered.NOT_YET else rights.court
    asked = (
        ("The child knows of the challenge", rights.knows, EVERYBODY),
        ("An advocate was offered", rights.advocate, EVERYBODY),
        ("The child knows how to complain", rights.complaints, EVERYBODY),
    )
    for label, answer, to in asked:
        yield Written(label, "" if answer is Answered.NOT_ASKED else str(answer), to)
    # It is about these three: after the next one it would read as a reason why there is no court.
    yield Written("Why not", rights.why, EVERYBODY)
    wants = "" if rights.court is Answered.NOT_ASKED else str(court)
    yield Written("The child wants to go to court", wants, IN_CONFIDENCE)
    yield Written("Who helps them get legal advice", rights.legal_help, IN_CONFIDENCE)


# What is not done yet ----------------------------------------------------------------------------


@value
class ChildNotYet(Fact):
    """What ``rights`` name is not done yet for the child: the IRO does each by then."""

    rights: tuple[Right, ...]
    by: Deadline

    news = "something has to be explained to the child"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked about each; nothing waits for it."""
        return _asked(challenge, self.rights, self.by, event)

    def line(self, _seen: Seen) -> str:
        """Return that something is left to do for the child."""
        return "The IRO has something to explain or offer to the child"

    def written(self) -> Iterator[Written]:
        """Yield what is left to do, and by when."""
        for right in self.rights:
            yield Written(f"The child {right}", Answered.NOT_YET, _readers(right))
        yield Written("To be done by", self.by.why, EVERYBODY)


def _readers(right: Right) -> frozenset[Capacity]:
    # Those who are asked to reply may be whom the child wants to take to court.
    return IN_CONFIDENCE if right is Right.COURT else EVERYBODY


def check_rights(rights: ChildsRights, problems: Problems) -> None:
    """Note what is wrong with the answers, at the fields of :class:`ChildsRights`."""
    if Answered.NO in (rights.knows, rights.advocate, rights.complaints):
        problems.need("why", rights.why, "Enter why one of the first three answers is no.")
    no_court = bool(rights.legal_help) and rights.court is not Answered.YES
    sentence = "Leave this blank, or choose that the child wants to go to court."
    problems.refuse_if("legal_help", no_court, sentence)


def still_open(rights: ChildsRights, now: datetime, council: Council) -> Iterator[ChildNotYet]:
    """Yield what is not done yet for the child, if anything, when a challenge is raised."""
    left = not_yet(rights)
    if left:
        yield ChildNotYet(left, council.within(council.procedure.childs_rights_within, now))


# What the IRO records ----------------------------------------------------------------------------


@value
class ChildsRightsRecorded(Fact):
    """The answers are now ``rights``. What is newly not done yet, the IRO does ``by`` then."""

    rights: ChildsRights
    by: Deadline | None = None

    news = "it is recorded what the child knows and who helps them"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with these answers; only what is not done yet is still asked."""
        left = not_yet(self.rights)
        after = without_questions(challenge, *left).keep(_RIGHTS, self.rights)
        return _asked(after, left, self.by, event)

    def line(self, seen: Seen) -> str:
        """Return who recorded it."""
        return f"{seen.who} recorded what the child knows and who helps them"

    def written(self) -> Iterator[Written]:
        """Yield each answer, and by when the rest has to be done."""
        yield from answers_written(self.rights)
        if self.by:
            yield Written("To be done by", self.by.why, EVERYBODY)


@value
class RecordChildsRights(Command):
    """Record what the child knows, and who helps them. What is recorded can be changed."""

    rights: ChildsRights

    called = "Record what the child knows and who helps them"
    who = (May(Capacity.IRO, OPEN, LIVES), Asked())
    settles = tuple(_PURPOSES.values())

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ChildsRightsRecorded]:
        """Yield the answers, with a date for what is newly not done yet."""
        problems, rights = Problems(), self.rights
        unchanged = rights == childs_rights(challenge)
        problems.refuse_if("knows", unchanged, "Change at least one answer.")
        check_rights(rights, problems)
        problems.check()
        new = [right for right in not_yet(rights) if challenge.question_by(right.key) is None]
        within = hand.council.procedure.childs_rights_within
        yield ChildsRightsRecorded(rights, hand.council.within(within, hand.now) if new else None)


def _ended(fact: Closed, challenge: Challenge, event: Event) -> Challenge:
    """Return it without these questions if it should never have been, or goes on elsewhere.

    If it ended unresolved, the child is offered an advocate, whatever was offered before (rule 10).
    """
    if fact.outcome in (Outcome.RAISED_IN_ERROR, Outcome.DUPLICATE):
        return without_questions(challenge)
    if fact.advocate_by is None:
        return challenge
    rights = replace(childs_rights(challenge), advocate=Answered.NOT_YET)
    after = settle(challenge.keep(_RIGHTS, rights), Right.ADVOCATE.key)
    return _asked(after, (Right.ADVOCATE,), fact.advocate_by, event)


def _died(_fact: LifeChanged, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without these questions if the child has died."""
    return without_questions(challenge) if has_died(challenge) else challenge


CHILDS_RIGHTS = Part(
    19,
    "The child’s rights",
    facts=(ChildNotYet, ChildsRightsRecorded),
    acts=(RecordChildsRights,),
    changes=(on(Closed, _ended), on(LifeChanged, _died)),
)
