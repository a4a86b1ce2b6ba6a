"""Rule 2, QAP: what starts there without a question to anybody.

What the IRO resolved before the review, by phone or email, is recorded on the informal section and
ended in one step. Actions that the review agreed, each with owner and date, are confirmed with the
Social Worker and the Team Manager, and followed as those of a reply (rule 6). The event
:class:`RecordedAtQap` stands in the place of the stage's request: nobody is asked to reply to it.

Guidance: G16, G17, G18, G19, G20, G21, G22, G23, G67.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge, settle, with_request
from domain.deadlines import Deadline
from domain.events import AboutRequest, Event, Fact
from domain.form import Way
from domain.ladder import Stage
from domain.part import EVERYBODY, Hand, Part, Seen, Written
from domain.rules.accepting import ActionsAccepted
from domain.rules.childs_rights import still_open
from domain.rules.endings import ChildTold, closed
from domain.rules.good_practice import GoodPracticeRecorded
from domain.rules.stages import first_stage, new_request
from domain.rules.urgency import risk_today
from domain.values import value
from domain.vocabulary import Outcome

__all__ = ["QAP", "RecordedAtQap", "first_facts"]

if TYPE_CHECKING:
    from domain.council import Council
    from domain.form import Form


@value
class RecordedAtQap(AboutRequest):
    """At QAP nobody is asked to reply, because it starts in another ``way`` than with a question.

    ``posts`` are those whom the matter concerns. They are told what follows, as request
    ``request``, whose ``deadline`` is the day itself.
    """

    request: int
    way: Way
    posts: tuple[str, ...]
    deadline: Deadline

    news = "it is recorded at QAP"
    # The fact that follows at once says what happened, and has the emails.
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with a request that asks for no reply, and no clock of its stage."""
        made = (self.request, event, Stage.QAP, self.posts, self.deadline)
        after = with_request(new_request(settle(challenge), *made), self.request, no_reply=True)
        return replace(after, stage_clock_stopped=True)

    def line(self, seen: Seen) -> str:
        """Return how it started."""
        return f"Recorded at {seen.stage(Stage.QAP)}: {self.way}. Nobody is asked to reply"

    def written(self) -> Iterator[Written]:
        """Yield why there is no deadline."""
        why = "" if self.way is Way.GOOD_PRACTICE else self.deadline.why
        yield Written("Why nobody is asked", why, EVERYBODY)


def first_facts(challenge: Challenge, hand: Hand) -> Iterator[Fact]:
    """Yield what follows at once from the form with which ``challenge`` was raised.

    Source: rules 1, 2, 18, 19 and 23.
    """
    raised, council = challenge.raised, hand.council
    if raised.way is Way.GOOD_PRACTICE:
        yield _recorded(challenge, hand, council)
        yield GoodPracticeRecorded()
        return
    if raised.way is Way.CONCERN:
        yield first_stage(challenge, hand.now, council)
    else:
        yield _recorded(challenge, hand, council)
    if raised.urgency.at_risk:
        yield risk_today(hand.now)
    yield from still_open(raised.childs_rights, hand.now, council)
    if raised.way is Way.RESOLVED:
        yield from _ended(challenge, raised, hand)
    if raised.way is Way.ACTIONS and raised.from_review:
        yield ActionsAccepted(1, 1, raised.from_review.actions, raised.from_review.confirmed)


def _recorded(challenge: Challenge, hand: Hand, council: Council) -> RecordedAtQap:
    way = challenge.raised.way
    why = f"Nobody is asked to reply: {way}."
    deadline = Deadline(hand.today, why, counted_from=hand.today)
    return RecordedAtQap(1, way, council.asked_at(challenge, Stage.QAP), deadline)


def _ended(challenge: Challenge, raised: Form, hand: Hand) -> Iterator[Fact]:
    before = raised.before
    if before:
        told = (ChildTold(before.child_told), before.how_told)
        yield closed(challenge, Outcome.RESOLVED_INFORMALLY, before.resolution, told, hand)


QAP = Part(2, "QAP", facts=(RecordedAtQap,))
