"""Rule 3, replies, in time or late.

*Resolved*, *actions agreed* (each with owner and date) or *disagree* (with reasons). The first
reply to the current request counts, and the IRO decides on it by the stage's deadline, with at
least two working days (rule 4). A late reply is always accepted, after the end too; it does not
undo an escalation (rule 5).

Guidance: G59, G62, G64, G65, G66, G72, G75, G78, G81.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from domain.challenge import AgreedAction, Challenge, ask, with_request
from domain.deadlines import Deadline
from domain.errors import AlreadyAnsweredError
from domain.events import AboutRequest, Event
from domain.moments import day_in_words, local_day
from domain.part import EVERYBODY, Command, Hand, May, Part, Problems, Seen, Tell, Written
from domain.people import owner_named, owner_problems
from domain.procedure import ReplyLinks
from domain.rules.posts import question_put_to
from domain.values import value
from domain.vocabulary import ENDED, OPEN, Audience, Capacity, Letter, Purpose
from domain.writing import isolated

__all__ = ["REPLIES", "Answer", "Replied", "Reply", "check_action", "undertaking"]


class Answer(StrEnum):
    """The kinds of reply. *Not mine* is not one (rule 15)."""

    RESOLVED = "resolved"
    ACTIONS = "actions agreed"
    CHALLENGED = "challenged"

    @property
    def in_words(self) -> str:
        """Return it as people read it; the stored value of the third is an older word."""
        return "disagree" if self is Answer.CHALLENGED else str(self)


def undertaking(action: AgreedAction) -> str:
    """Return what was agreed, by whom and by when, as people typed it."""
    by = day_in_words(action.by)
    return f"{isolated(action.what)} ({isolated(action.owner)}, by {by})"


def _the_iro_decides_on_it(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, Replied) and event.fact.decide_by is not None


def _the_ladder_has_moved_on(challenge: Challenge, event: Event) -> bool:
    return not _the_iro_decides_on_it(challenge, event)


def _somebody_else_is_asked_now(challenge: Challenge, event: Event) -> bool:
    """Whether a late reply came to an earlier question while the challenge is open."""
    fact = event.fact
    earlier = isinstance(fact, Replied) and fact.request < challenge.request.number
    return earlier and challenge.open


@value
class Replied(AboutRequest):
    """A responder replied. ``late`` if it came after its deadline (rule 5).

    The IRO has to decide by ``decide_by``; ``None`` if a later stage is under way, or after the
    end.
    """

    request: int
    answer: Answer
    words: str
    actions: tuple[AgreedAction, ...] = ()
    late: bool = False
    decide_by: Deadline | None = None

    key_point = True
    news = "a reply has come"
    told = (
        Tell(Audience.WHO_DID_IT, Letter.THANK_YOU),
        Tell(Audience.IRO, Letter.DECIDE, _the_iro_decides_on_it),
        Tell(Audience.IRO, when=_the_ladder_has_moved_on),
        Tell(Audience.SRSM),
        Tell(Audience.INFORMED),
        Tell(Audience.ASKED),
        Tell(Audience.ASKED_NOW, when=_somebody_else_is_asked_now),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to decide, unless a reply or a later stage came first."""
        request = challenge.request_number(self.request)
        if request is None:
            return challenge
        if request.reply is not None or self.decide_by is None:
            late = (*request.late_replies, event)
            agreed = request.agreed or self.actions
            return with_request(challenge, self.request, late_replies=late, agreed=agreed)
        after = with_request(challenge, self.request, reply=event, agreed=self.actions)
        return ask(after, Purpose.DECIDE, self.decide_by, event)

    def line(self, seen: Seen) -> str:
        """Return who replied, and what; if late, whether the deadline or the challenge had gone."""
        return f"{seen.who} replied{self._how_late(seen)}: {self.answer.in_words}"

    def _how_late(self, seen: Seen) -> str:
        if not self.late:
            return ""
        before = seen.before()
        request = before.request_number(self.request)
        if request is None or request.deadline.passed_by(seen.event.effective):
            return " after the deadline"
        return f" after the challenge had {'moved on' if before.open else 'ended'}"

    def written(self) -> Iterator[Written]:
        """Yield their words, each action, and the sum behind the IRO's deadline."""
        yield Written("In their words", self.words, EVERYBODY)
        for number, action in enumerate(self.actions, start=1):
            yield Written(f"Action {number}", undertaking(action), EVERYBODY)
        if self.decide_by:
            yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


_WORDS = {
    Answer.RESOLVED: "Enter what was done, so that the IRO can see that it is resolved.",
    Answer.ACTIONS: "Enter how the actions will put right what is wrong.",
    Answer.CHALLENGED: "Enter your reasons for disagreeing.",
}


@value
class Reply(Command):
    """Reply to request ``request``."""

    request: int
    answer: Answer
    words: str
    actions: tuple[AgreedAction, ...] = ()

    called = "Reply"
    who = (May(Capacity.RESPONDER, (*OPEN, *ENDED)),)
    settles = (Purpose.REPLY,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Replied]:
        """Yield the reply, late or not; the first to the current request counts."""
        request = question_put_to(hand, challenge, self.request)
        _check_signed_in_after_the_end(challenge, hand)
        self._check(challenge, hand)
        if answered := request.answer:
            message = (
                f"{answered.actor.name} has already replied to this question, on "
                f"{day_in_words(local_day(answered.effective))}. You do not need to do anything."
            )
            raise AlreadyAnsweredError(message)
        last = challenge.open and request.number == challenge.request.number
        present = last and not challenge.stage_clock_stopped
        actions = tuple(
            replace(action, owner=owner_named(action.who, hand.council, hand.today))
            for action in self.actions
            if self.answer is Answer.ACTIONS and action.who
        )
        late = request.deadline.passed_by(hand.now) or not present
        decide_by = _decide_by(challenge, hand) if present else None
        yield Replied(request.number, self.answer, self.words, actions, late, decide_by)

    def _check(self, challenge: Challenge, hand: Hand) -> None:
        problems = Problems()
        # By a link alone, nobody may learn the child's name by trying which owner is refused: then
        # accepting the actions refuses it.
        child = "" if hand.actor.via == "link" else challenge.raised.child.name
        problems.need("words", self.words, _WORDS[self.answer])
        if self.answer is Answer.ACTIONS:
            problems.refuse_if("actions", not self.actions, "Enter at least one action.")
        else:
            problems.refuse_if(
                "actions",
                bool(self.actions),
                "You entered actions. Choose “actions agreed”, or remove them.",
            )
        for number, action in enumerate(self.actions, start=1):
            if self.answer is Answer.ACTIONS:
                check_action(number, action, child, hand, problems)
        problems.check()


def check_action(
    number: int, action: AgreedAction, child: str, hand: Hand, problems: Problems
) -> None:
    """Note what is wrong with the agreed action of this number: what is done, who does it, when.

    ``child`` is the child's name, which no sentence shows to a writer who may not know it.
    """
    field, said = f"action-{number}", f"Action {number}: enter"
    problems.need(f"{field}-what", action.what, f"{said} what will be done.")
    wrong = owner_problems(action.who, hand.council, hand.today, child)
    for part, sentence in wrong.items():
        begins = f"Action {number}: {sentence[:1].lower()}{sentence[1:]}"
        problems.refuse_if(f"{field}-{part}", wrong=True, sentence=begins)
    problems.need_working_day(f"{field}-by", action.by, hand, said)


def _check_signed_in_after_the_end(challenge: Challenge, hand: Hand) -> None:
    """Raise ``AlreadyAnsweredError`` if it ended and the reply came by a link alone."""
    by_link_alone = (
        hand.actor.via == "link" and hand.council.procedure.reply_links is ReplyLinks.LINK
    )
    if by_link_alone and not challenge.open:
        message = (
            f"{challenge.reference} has ended: {challenge.outcome}. You can still send a late "
            "reply: sign in first."
        )
        raise AlreadyAnsweredError(message)


def _decide_by(challenge: Challenge, hand: Hand) -> Deadline:
    """Return the stage's deadline, or two working days from now if that is later (rule 4)."""
    least = hand.council.within(hand.council.procedure.decide_at_least, hand.now)
    return hand.council.later_of(challenge.request.deadline, least)


REPLIES = Part(3, "Replies", facts=(Replied,), acts=(Reply,))
