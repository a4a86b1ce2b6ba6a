"""Rule 10, whether to refer to Cafcass: asked again and again, and answered with a reason.

The IRO considers it at formal entry, at each change of stage, at each missed action of a formal
challenge, when the resolution period is over, and every 20 working days after that. Nothing stops
for it. If they have not answered the last time yet, that question stays, with its date.

Once the last stage has ended unresolved, referring is the IRO's task, which the SRSM and the Senior
IRO Manager see, until the IRO refers or says why not. Declining is the IRO's alone.

Guidance: G7, G51.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from domain.challenge import OWN, Challenge, Slot, ask, settle
from domain.deadlines import Deadline
from domain.errors import NotAllowedError
from domain.events import Event, Fact
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    Mark,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Timer,
    Written,
    on,
)
from domain.people import covers_as_manager
from domain.rules.cafcass import (
    AFTER_KEY,
    OVERSIGHT,
    Referred,
    awaits_cafcass,
    last_stage_ended,
)
from domain.rules.missed_actions import TOLD_UNRESOLVED, ActionMissed
from domain.rules.period import ResolutionPeriodLongOver, ResolutionPeriodOver
from domain.rules.stages import StageBegan
from domain.values import value
from domain.vocabulary import ENDED, OPEN, Audience, Capacity, Purpose, Standing

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "CONSIDERING",
    "DoNotRefer",
    "FindUnresolved",
    "FoundUnresolved",
    "NotReferred",
    "ReferralDue",
    "considered",
]

#: The key of the question whether to refer.
_KEY = "consider-cafcass"

#: The request after whose unresolved end the IRO referred, or said why not; 0: after none.
_SETTLED_AT: Slot[int] = Slot("cafcass-settled-at", 0)

_A = TypeVar("_A", StageBegan, ActionMissed, ResolutionPeriodOver, ResolutionPeriodLongOver)


# Asked -------------------------------------------------------------------------------------------


def _asked(fact: _A, challenge: Challenge, event: Event) -> Challenge:
    """Return it with the IRO asked whether to refer, unless they are, or a referral is under way.

    Facts of earlier releases ask nothing.
    """
    if challenge.question_by(_KEY) or awaits_cafcass(challenge):
        return challenge
    return ask(
        challenge, Purpose.CONSIDER_CAFCASS, fact.consider_by, event, _KEY, whose=Capacity.IRO
    )


def _referred(fact: Referred, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with that question settled.

    A referral that was answered before the last stage ended does not stand for the one that is due
    once it has ended unresolved.
    """
    after = settle(challenge, _KEY)
    return after.keep(_SETTLED_AT, challenge.request.number) if fact.after_last else after


@value
class ReferralDue(Fact):
    """The last stage has ended unresolved: the IRO refers, or says why not, by ``refer_by``."""

    refer_by: Deadline

    news = "referring to Cafcass is due"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with that question in place of the one whether to refer."""
        return ask(
            *(challenge, Purpose.REFER_OR_SAY_WHY, self.refer_by, event, _KEY), whose=Capacity.IRO
        )

    def line(self, seen: Seen) -> str:
        """Return what the IRO has to do now."""
        stage = seen.stage(seen.before().stage)
        return f"{stage} has ended unresolved: the IRO refers to Cafcass, or says why not"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("The IRO refers, or says why not, by", self.refer_by.why, EVERYBODY)


def _is_due(challenge: Challenge) -> bool:
    """Whether the IRO has to refer, or to say why not."""
    question = challenge.question_by(_KEY)
    return question is not None and question.purpose is Purpose.REFER_OR_SAY_WHY


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield at once that a referral is due, once for each time that the last stage ends."""
    done = challenge[_SETTLED_AT] == challenge.request.number
    if done or _is_due(challenge) or awaits_cafcass(challenge):
        return
    if last_stage_ended(challenge, council):
        at = challenge.events[-1].effective
        by = council.within(council.procedure.consider_cafcass_within, now)
        yield Timer(at, "a referral to Cafcass is due", at, (ReferralDue(by),))


def _tidied(challenge: Challenge) -> Challenge:
    """Return it without that question if the stage was answered after all, or actions accepted.

    With more time for the reply the IRO keeps every decision that they had (rule 7).
    """
    if not _is_due(challenge) or not challenge.open:
        return challenge
    own = challenge.decision
    ended = own is not None and own.purpose is Purpose.DECIDE_SILENCE
    after = any(one.purpose is Purpose.AFTER_LAST_STAGE for one in challenge.asked)
    return challenge if ended or after else settle(challenge, _KEY)


# The reply was found wanting ----------------------------------------------------------------------

#: The IRO's own questions at the last stage whose answer can be that it is not resolved.
_JUDGED = (
    *(Purpose.DECIDE, Purpose.ACCEPT_BEYOND),
    *(Purpose.RESOLVED_NOW, Purpose.NOTHING_DONE),
)


def _can_be_found_unresolved(challenge: Challenge, council: Council) -> bool:
    own = challenge.question
    at_last = challenge.stage.formal and challenge.stage is council.ladder.last.stage
    return at_last and own is not None and own.purpose in _JUDGED


@value
class FoundUnresolved(Fact):
    """The IRO found that the last stage did not resolve the matter.

    By ``decide_by`` they decide how to go on. By ``file_by`` it is on the child's file (rule 20).
    """

    reason: str
    decide_by: Deadline
    file_by: Deadline | None = None

    key_point = True
    news = "{stage} has ended unresolved"
    told = TOLD_UNRESOLVED

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked how to go on, and a referral to come."""
        after = challenge.keep(_SETTLED_AT, 0)
        return ask(after, Purpose.AFTER_LAST_STAGE, self.decide_by, event, OWN)

    def line(self, seen: Seen) -> str:
        """Return who found so, at which stage."""
        stage = seen.stage(seen.before().stage)
        return f"{stage} ended unresolved: {seen.who} found that it did not resolve the matter"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


@value
class FindUnresolved(Command):
    """Record that the last stage did not resolve the matter."""

    reason: str

    called = "Record that the last stage did not resolve it"
    who = (
        May(
            Capacity.IRO,
            (Standing.IRO_TO_DECIDE,),
            If("the last stage waits for the IRO’s decision", _can_be_found_unresolved),
        ),
    )
    settles = (Purpose.DECIDE, Purpose.RESOLVED_NOW, Purpose.NOTHING_DONE)

    def follows(self, _challenge: Challenge, hand: Hand) -> Iterator[FoundUnresolved]:
        """Yield the end of the stage; what follows it is the IRO's decision."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter what is still wrong for the child.")
        problems.check()
        by = hand.council.within(hand.council.procedure.decide_at_least, hand.now)
        file_by = hand.council.within(hand.council.procedure.file_within, hand.now)
        yield FoundUnresolved(self.reason, by, file_by)


# Not referred ------------------------------------------------------------------------------------


def _the_last_stage_had_ended(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, NotReferred) and event.fact.after_last


@value
class NotReferred(Fact):
    """The IRO considered a referral to Cafcass, and does not refer now.

    ``failure`` is what significant failure they see, ``attention`` to whom it was drawn to
    attention and since when. ``after_last``: although the last stage has ended unresolved.
    """

    failure: str
    attention: str
    reason: str
    after_last: bool = False

    news = "the IRO does not refer to Cafcass now"
    told = (
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_the_last_stage_had_ended),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with that question settled."""
        after = settle(settle(challenge, _KEY), AFTER_KEY)
        return after.keep(_SETTLED_AT, challenge.request.number) if self.after_last else after

    def line(self, seen: Seen) -> str:
        """Return who considered it."""
        return f"{seen.who} considered a referral to Cafcass, and does not refer now"

    def written(self) -> Iterator[Written]:
        """Yield what they saw, and why they do not refer."""
        yield Written("What significant failure there is", self.failure, OVERSIGHT)
        yield Written("Who was told about it, since when", self.attention, OVERSIGHT)
        yield Written("Why not", self.reason, OVERSIGHT)


_ASKED_OPEN = If(
    "the IRO is asked whether to refer",
    lambda challenge, _: challenge.question_by(_KEY) is not None,
)
_ASKED_AFTER = If(
    "Cafcass refused after the end",
    lambda challenge, _: challenge.question_by(AFTER_KEY) is not None,
)


@value
class DoNotRefer(Command):
    """Say that you considered a referral, and why you do not refer now.

    It can be changed at any time, after the end too, by referring.
    """

    failure: str
    reason: str
    attention: str = ""

    called = "Record why you do not refer to Cafcass"
    who = (
        May(Capacity.IRO, OPEN, _ASKED_OPEN),
        May(Capacity.IRO, ENDED, _ASKED_AFTER),
    )
    settles = (Purpose.CONSIDER_CAFCASS, Purpose.REFER_OR_SAY_WHY, Purpose.AFTER_CAFCASS)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[NotReferred]:
        """Yield what is recorded."""
        if covers_as_manager(hand.actor.officer, challenge, hand.council, hand.today):
            message = (
                "You cover for the IRO as service manager. You can refer to Cafcass, but not "
                "decline it: this waits for the IRO, or for another who is appointed."
            )
            raise NotAllowedError(message)
        problems = Problems()
        sentence = "Enter what significant failure there is. If there is none, say so."
        problems.need("failure", self.failure, sentence)
        problems.need("reason", self.reason, "Enter why you do not refer to Cafcass now.")
        problems.check()
        yield NotReferred(self.failure, self.attention, self.reason, after_last=_is_due(challenge))


def considered(challenge: Challenge) -> tuple[str, str]:
    """Return the failure, and to whom it was drawn to attention, as the IRO wrote it last."""
    for event in reversed(challenge.events):
        if isinstance(event.fact, NotReferred | Referred):
            return event.fact.failure, event.fact.attention
    return "", ""


CONSIDERING = Part(
    10,
    "Whether to refer",
    facts=(ReferralDue, FoundUnresolved, NotReferred),
    acts=(DoNotRefer, FindUnresolved),
    changes=(
        on(StageBegan, _asked),
        on(ActionMissed, _asked),
        on(ResolutionPeriodOver, _asked),
        on(ResolutionPeriodLongOver, _asked),
        on(Referred, _referred),
    ),
    timers=_timers,
    tidies=_tidied,
    marks=(
        Mark(
            "refer",
            "Refer to Cafcass, or say why not",
            lambda challenge: challenge.open and _is_due(challenge),
            warns=True,
        ),
    ),
)
