"""Rule 16: a challenge takes over what another, which has ended, leaves to be done.

The one that goes on after a duplicate takes over its open actions, and its formal entry if that was
earlier. One that was reopened takes over the actions that the IRO says go on. Every date that an
action had stays visible. What must be right about the child of one that is raised from another
(rules 16 and 22) is :func:`check_child`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from domain.challenge import (
    Action,
    ActionState,
    AgreedAction,
    Challenge,
    Slot,
    action_key,
    ask,
    settle,
)
from domain.deadlines import Deadline, How, Ledger
from domain.events import Event, Fact
from domain.ladder import Role
from domain.moments import day_in_words
from domain.part import EVERYBODY, Hand, Part, Problems, Seen, Tell, Written
from domain.rules.actions import owned_by_iro
from domain.values import Value, value
from domain.vocabulary import Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.form import Child

__all__ = [
    "TAKING_OVER",
    "Carried",
    "TookOver",
    "carried",
    "check_child",
    "formal_at",
    "formal_since",
    "goes_on_for",
    "with_formal_at",
]


@value
class Carried(Value):
    """An action that goes on in another challenge; ``was`` is its number in the one before.

    ``dates`` are all dates that it had, the first one first, and ``missed`` those by which it was
    not done. If it was reported done, ``shown_by`` says what shows it, and the IRO, or the SRSM
    (``srsm_confirms``), has to confirm it by ``confirm_by``.
    """

    was: int
    agreed: AgreedAction
    dates: tuple[Deadline, ...]
    shown_by: str = ""
    confirm_by: Deadline | None = None
    missed: tuple[date, ...] = ()
    srsm_confirms: bool = False


def carried(actions: Iterable[Action], challenge: Challenge, hand: Hand) -> tuple[Carried, ...]:
    """Return ``actions`` of ``challenge`` as they go on in another, each with its present owner.

    A date that has passed is missed in that one as well, so it does not count here.
    """
    by = hand.council.within(hand.council.procedure.confirm_within, hand.now)
    return tuple(
        Carried(
            action.number,
            replace(action.agreed, owner=action.owner, who=action.who),
            tuple(entry.deadline for entry in action.ledger.entries),
            action.shown_by if action.state is ActionState.DONE else "",
            by if action.state is ActionState.DONE else None,
            tuple(day for day in action.missed if day != action.deadline.day),
            _srsm_confirms(action, challenge, hand),
        )
        for action in actions
    )


def _srsm_confirms(action: Action, challenge: Challenge, hand: Hand) -> bool:
    """Whether the SRSM confirms it where it goes on, whose IRO may be its owner (rule 6)."""
    asked = challenge.question_by(action.key)
    there = hand.other.challenge if hand.other else None
    iros = owned_by_iro(action, there or challenge, hand.council)
    return iros or (asked is not None and asked.whose is Capacity.SRSM)


def check_child(child: Child, social_worker: str, hand: Hand, problems: Problems) -> None:
    """Note what is wrong with the child of a challenge that is raised from another.

    ``social_worker`` is the id of a post. Rules 16 and 22.
    """
    directory = hand.council.directory
    problems.need("case_id", child.case_id, "Enter the Case ID.")
    problems.need("initials", child.initials, "Enter the child’s initials.")
    problems.need("name", child.name, "Enter the child’s name.")
    born_later = child.date_of_birth >= hand.today
    problems.refuse_if("date_of_birth", born_later, "Date of birth must be in the past.")
    problems.refuse_if("team", child.team not in directory.teams, "Choose the child’s team.")
    workers = {post.id for post in directory.posts_of(Role.SOCIAL_WORKER, child.team)}
    wrong_team = social_worker not in workers
    sentence = "Choose a social worker of the child’s team."
    problems.refuse_if("social_worker", wrong_team, sentence)


#: When the challenge that it took over from first became formal, if that was earlier.
_FORMAL_AT: Slot[datetime | None] = Slot("formal-at", None)

#: The challenges that it took over from, oldest first.
_FROM: Slot[tuple[str, ...]] = Slot("took-over-from", ())


def goes_on_for(challenge: Challenge) -> tuple[str, ...]:
    """Return the references of the challenges that it took over from."""
    return challenge[_FROM]


def formal_since(challenge: Challenge) -> date | None:
    """Return the day from which its 20 working days count; ``None`` while it is informal."""
    return challenge.period.counted_from if challenge.period else None


def formal_at(challenge: Challenge) -> datetime | None:
    """Return the moment of its formal entry, or of the earlier one that it took over."""
    entries = [request.opened for request in challenge.requests if request.stage.formal]
    taken = challenge[_FORMAL_AT]
    return min([*entries[:1], *([taken] if taken else [])], default=None)


def with_formal_at(challenge: Challenge, entered: datetime | None) -> Challenge:
    """Return it with the moment of a formal entry that was earlier than its own."""
    return challenge.keep(_FORMAL_AT, entered)


def _the_matter_is_not_reopened(challenge: Challenge, event: Event) -> bool:
    """Whether it takes over from a duplicate: of a reopened challenge its first stage tells."""
    fact = event.fact
    return isinstance(fact, TookOver) and fact.reference != challenge.raised.continues


@value
class TookOver(Fact):
    """It takes over from challenge ``reference``: ``actions``, numbered on from its own.

    ``period`` is the end of the resolution period of an earlier formal entry, at ``formal_at``.
    """

    reference: str
    actions: tuple[Carried, ...] = ()
    period: Deadline | None = None
    formal_at: datetime | None = None

    key_point = True
    news = "it takes over from another challenge"
    told = (
        Tell(Audience.OWNER, Letter.YOUR_ACTION),
        Tell(Audience.OWNER, Letter.ACTION_ENDED, at_once=True),
        Tell(Audience.IRO, when=_the_matter_is_not_reopened),
        Tell(Audience.SRSM, when=_the_matter_is_not_reopened),
        Tell(Audience.SENIOR, when=_the_matter_is_not_reopened),
        Tell(Audience.ASKED, when=_the_matter_is_not_reopened),
        Tell(Audience.INFORMED, when=_the_matter_is_not_reopened),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with these actions followed, and with the earlier formal entry."""
        after = _with_open_actions(challenge) if self.actions else challenge
        if self.reference != challenge.raised.continues:
            after = after.keep(_FROM, (*after[_FROM], self.reference))
        for number, one in enumerate(self.actions, start=len(challenge.actions) + 1):
            after = _followed(after, number, one, event)
        if self.period is None:
            return after
        ledger = after.period_ledger
        after = replace(
            after,
            period_ledger=ledger.entered(How.TAKEN_OVER, self.period, event.number)
            if ledger
            else Ledger.opened(self.period, event.number),
        )
        return with_formal_at(after, self.formal_at)

    def line(self, seen: Seen) -> str:
        """Return from which challenge, and what it takes over."""
        count = len(self.actions)
        what = ["1 action" if count == 1 else f"{count} actions"] if count else []
        if self.period:
            what.append("its earlier formal entry")
        taken = f": {' and '.join(what)}" if what else ""
        return f"{seen.challenge.reference} takes over from {self.reference}{taken}"

    def written(self) -> Iterator[Written]:
        """Yield each action with its first date, and the sum of the resolution period."""
        for one in self.actions:
            first = day_in_words(one.dates[0].day)
            text = f"{one.agreed.what} ({one.agreed.owner}, first date {first})"
            yield Written(f"Action {one.was} of {self.reference}", text, EVERYBODY)
        if self.period:
            yield Written("20-working-day limit", self.period.why, EVERYBODY)


def _with_open_actions(challenge: Challenge) -> Challenge:
    """Return it without the question whether it is resolved: an action is open again (rule 6)."""
    after = challenge
    for question in challenge.asked:
        if question.purpose in (Purpose.RESOLVED_NOW, Purpose.NOTHING_DONE):
            after = settle(after, question.key)
    return after


def _followed(challenge: Challenge, number: int, one: Carried, event: Event) -> Challenge:
    """Return ``challenge`` with one more action, which keeps the dates that it had."""
    ledger = Ledger.opened(one.dates[0], event.number)
    for later in one.dates[1:]:
        ledger = ledger.entered(How.REVISED, later, event.number)
    done = one.confirm_by is not None
    action = Action(
        *(number, one.agreed, ledger, event.effective, one.agreed.who, one.agreed.owner),
        challenge.stage,
        missed=one.missed,
        state=ActionState.DONE if done else ActionState.OPEN,
        shown_by=one.shown_by,
    )
    after = replace(challenge, actions=(*challenge.actions, action))
    whose = Capacity.SRSM if one.srsm_confirms else Capacity.IRO
    key = action_key(number)
    return ask(after, Purpose.CONFIRM_ACTION, one.confirm_by, event, key, whose=whose)


TAKING_OVER = Part(16, "One challenge takes over from another", facts=(TookOver,))
