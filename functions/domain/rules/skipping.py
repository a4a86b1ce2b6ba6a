"""Rule 15, one person on two rungs: whether to skip the stage that the same person would answer.

If everybody who would be asked at the next stage is asked already at the present one, the IRO
chooses, before the next begins, whether to skip it. This stops nothing: if they do not choose, the
next stage begins, because silence must not stop the child. The last stage is never skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle, with_question
from domain.deadlines import Deadline, How
from domain.events import Event, Fact
from domain.ladder import Ladder, Stage
from domain.part import EVERYBODY, Asked, Command, Hand, Part, Problems, Seen, Tell, Written, on
from domain.people import people_asked
from domain.procedure import OnNoReply
from domain.rules.moving import ChildMoved
from domain.rules.posts import Reassigned
from domain.rules.replies import Replied
from domain.rules.stages import StageBegan
from domain.values import Value, value
from domain.vocabulary import Audience, Letter, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from domain.council import Council

__all__ = [
    "SKIPPING",
    "ChooseSkip",
    "SamePersonNext",
    "SkipChosen",
    "next_stage",
    "stage_to_choose",
    "stage_without_a_reply",
]

#: The key of the question whether to skip a stage.
_KEY = "skip-stage"


@value
class _Choice(Value):
    """Whether to skip ``stage``: asked about request ``request``; ``skip`` is the choice so far."""

    stage: Stage
    request: int
    skip: bool | None = None


_CHOICE: Slot[_Choice | None] = Slot("skip-choice", None)


def next_stage(challenge: Challenge, ladder: Ladder) -> Stage | None:
    """Return the stage after the present one; the one after that if the IRO chose to skip it."""
    following, choice = ladder.next(challenge.stage), challenge[_CHOICE]
    if following and choice and choice.skip and choice.stage is following:
        return ladder.next(following) or following
    return following


def stage_to_choose(challenge: Challenge) -> Stage | None:
    """Return the stage about which the IRO is asked whether to skip it; ``None`` if they are not.

    It may be asked of a challenge that waits for something else meanwhile.
    """
    choice = challenge[_CHOICE]
    return choice.stage if choice and challenge.question_by(_KEY) else None


@value
class SamePersonNext(Fact):
    """``officers`` (ids) would answer ``stage`` too. The IRO chooses by ``decide_by``."""

    stage: Stage
    officers: tuple[str, ...]
    decide_by: Deadline

    news = "the same person would answer the next stage"
    told = (Tell(Audience.IRO, Letter.DECIDE), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked; nothing stops for that."""
        after = challenge.keep(_CHOICE, _Choice(self.stage, challenge.request.number))
        return ask(after, Purpose.SKIP_STAGE, self.decide_by, event, _KEY)

    def line(self, seen: Seen) -> str:
        """Return who would answer which stage too."""
        who = " and ".join(seen.officer(one) for one in self.officers)
        return f"{who} would answer {seen.stage(self.stage)} too. The IRO can skip it"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the IRO's date."""
        yield Written("IRO to choose by", self.decide_by.why, EVERYBODY)


@value
class SkipChosen(Fact):
    """The IRO chose whether ``stage`` is skipped if there is no reply."""

    stage: Stage
    skip: bool
    reason: str = ""

    news = "it is chosen whether a stage is skipped"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the choice, and the question settled."""
        choice = _Choice(self.stage, challenge.request.number, self.skip)
        return settle(challenge, _KEY).keep(_CHOICE, choice)

    def line(self, seen: Seen) -> str:
        """Return who chose what."""
        skips = "to skip" if self.skip else "not to skip"
        return f"{seen.who} chose {skips} {seen.stage(self.stage)}"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


@value
class ChooseSkip(Command):
    """Choose whether the next stage is skipped, because the same person would answer it."""

    skip: bool | None
    reason: str = ""

    called = "Choose whether to skip a stage"
    who = (Asked(),)
    settles = (Purpose.SKIP_STAGE,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[SkipChosen]:
        """Yield the choice."""
        stage, problems = stage_to_choose(challenge), Problems()
        if stage is None:
            return
        title = hand.council.ladder.title(stage)
        problems.refuse_if("skip", self.skip is None, f"Choose whether to skip {title}.")
        if self.skip:
            problems.need("reason", self.reason, f"Enter why {title} should be skipped.")
        problems.check()
        yield SkipChosen(stage, bool(self.skip), self.reason)


# When it is asked --------------------------------------------------------------------------------


def _asks(challenge: Challenge, now: datetime, council: Council) -> Iterator[SamePersonNext]:
    """Yield that the same person is next, once for each request, while its reply is not overdue."""
    choice, request = challenge[_CHOICE], challenge.request
    chosen = choice is not None and (choice.skip is not None or choice.request == request.number)
    if chosen or not challenge.awaiting_reply or request.deadline.passed_by(now):
        return
    stage = _that_may_be_skipped(challenge, council)
    officers = _who_would_answer_both(challenge, stage, council) if stage else ()
    if stage and officers:
        yield SamePersonNext(stage, officers, request.deadline)


def _that_may_be_skipped(challenge: Challenge, council: Council) -> Stage | None:
    """Return the next stage, if the challenge would move to it by itself and it is not the last."""
    ladder, stage = council.ladder, challenge.stage
    by_itself = council.procedure.on_no_reply is OnNoReply.ESCALATE and ladder[stage].climbs
    following = ladder.next(stage) if stage.formal and by_itself else None
    return following if following and ladder.next(following) else None


def _who_would_answer_both(challenge: Challenge, stage: Stage, council: Council) -> tuple[str, ...]:
    """Return who would answer ``stage`` (ids), if nobody but those who are asked now would.

    Those asked now are the ones on the day of the deadline. The stage would begin on the next
    working day: cover that has ended by then does not count.
    """
    due = challenge.request.deadline.day
    asked = _people(challenge, challenge.request.to_reply, due, council)
    begins = council.calendar.add(due, 1)
    later = _people(challenge, council.asked_at(challenge, stage), begins, council)
    return tuple(sorted(later)) if later <= asked else ()


def _people(
    challenge: Challenge, posts: Iterable[str], day: date, council: Council
) -> frozenset[str]:
    found = (one.id for post in posts for one in people_asked(challenge, post, council, day))
    return frozenset(found)


def stage_without_a_reply(challenge: Challenge, council: Council) -> Stage | None:
    """Return the stage to which the challenge moves if no reply comes.

    A stage is left out only if, as the directory now is, the same person would answer it.
    """
    following, chosen = council.ladder.next(challenge.stage), next_stage(challenge, council.ladder)
    left_out = following is not None and chosen is not following
    if left_out and following and not _who_would_answer_both(challenge, following, council):
        return following
    return chosen


def _until_the_reply_is_due(challenge: Challenge) -> Challenge:
    """Return it with the choice due when the reply is, if that has moved since.

    A date of the choice itself that somebody set later stays.
    """
    question, moved = challenge.question_by(_KEY), challenge.request.ledger.entries[-1]
    if question is None or moved.event <= question.ledger.entries[-1].event:
        return challenge
    ledger = question.ledger.entered(How.WITH_REPLY, moved.deadline, moved.event)
    return with_question(challenge, _KEY, ledger=ledger)


# When it is over ---------------------------------------------------------------------------------


def _forgotten(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question and the choice: other people are asked now."""
    return settle(challenge, _KEY).keep(_CHOICE, None)


def _replied(fact: Replied, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the question, if the IRO now decides on the reply anyway."""
    return settle(challenge, _KEY) if fact.decide_by else challenge


def _moved(fact: ChildMoved, challenge: Challenge, event: Event) -> Challenge:
    return _forgotten(fact, challenge, event)


SKIPPING = Part(
    15,
    "One person on two rungs",
    facts=(SamePersonNext, SkipChosen),
    acts=(ChooseSkip,),
    changes=(
        *(on(kind, _forgotten) for kind in (StageBegan, Reassigned)),
        *(on(ChildMoved, _moved), on(Replied, _replied)),
    ),
    first=_asks,
    tidies=_until_the_reply_is_due,
)
