"""Rule 6, owners: who does an agreed action, and how they are asked, reminded and replaced.

An owner is an officer or post of the directory, or somebody outside the council. They get an email
with a link to report by, and a reminder one working day before the date; the action is in their
tray. The IRO reports for somebody outside who has no email.

An owner who has left, whose post is vacant, whose email was refused or came back, or of whom an old
record has only words, is replaced: the IRO names another within two working days. Until then the
action is the Team Manager's of the child's team. Its date stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import (
    Action,
    ActionState,
    Challenge,
    Owner,
    Slot,
    ask,
    owner_key,
    settle,
    with_action,
)
from domain.deadlines import Deadline
from domain.errors import AlreadyAnsweredError, NotAllowedError
from domain.events import Event, Fact
from domain.moments import OFFICE_HOUR, at_local, local_day
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Timer,
    Written,
    on,
)
from domain.people import owner_named, owner_problems, people_who_do
from domain.rules.actions import ActionConfirmed, ActionDone, ActionGivenUp
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from domain.council import Council
    from domain.rules.serving import Delivery

__all__ = [
    "OWNERS",
    "ActionReminded",
    "NameOwner",
    "OwnerCause",
    "OwnerNamed",
    "OwnerNeeded",
    "facts_of_owners_emails",
    "matters_to_owners",
]

#: The actions of which the owners were reminded, each with the date that it had then.
_REMINDED: Slot[frozenset[tuple[int, date]]] = Slot("actions reminded", frozenset())


class OwnerCause(StrEnum):
    """Why an action needs somebody else to do it. The value is stored."""

    LEFT = "its owner has left"
    VACANT = "nobody holds the post that was to do it"
    REFUSED = "the email address of its owner was refused"
    BOUNCED = "the email to its owner came back"
    ONLY_WORDS = "the record has its owner only in words"


def _running(challenge: Challenge) -> tuple[Action, ...]:
    """Return the actions that somebody still has to do."""
    return tuple(action for action in challenge.open_actions if action.state.running)


def _is_asked_for(action: Action, challenge: Challenge) -> bool:
    """Whether the IRO has been asked to name somebody else for it."""
    return challenge.question_by(owner_key(action.number)) is not None


# Reminded ----------------------------------------------------------------------------------------


@value
class ActionReminded(Fact):
    """The reminder about these ``actions``, one working day before their date at 09:00."""

    actions: tuple[int, ...]

    news = "one working day is left for an action"
    told = (Tell(Audience.OWNER, Letter.ACTION_REMINDER),)

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The numbers of the actions."""
        return self.actions

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the actions marked, so that nobody is reminded twice of the same date."""
        found = (challenge.action_number(number) for number in self.actions)
        days = {(action.number, action.deadline.day) for action in found if action}
        return challenge.keep(_REMINDED, challenge[_REMINDED] | days)

    def line(self, _seen: Seen) -> str:
        """Return which actions are due."""
        many = len(self.actions) > 1
        named = " and ".join(str(number) for number in self.actions)
        return f"One working day is left for {'actions' if many else 'action'} {named}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield the reminder for each date, unless it would be due before the owners knew the date.

    One that a hold kept back until the date itself is left out: no working day is left then.
    """
    by_day: dict[date, list[int]] = {}
    for action in _running(challenge):
        day = action.deadline.day
        nobody_yet = action.who is None and not _is_asked_for(action, challenge)
        if action.state is not ActionState.OPEN or action.has_no_email or nobody_yet:
            continue
        if local_day(now) >= day:
            continue
        if (action.number, day) not in challenge[_REMINDED]:
            at = _eve(day, council)
            if at > _known_since(action, challenge):
                by_day.setdefault(day, []).append(action.number)
    for day, numbers in by_day.items():
        at = _eve(day, council)
        yield Timer(at, "reminder of an action", at, (ActionReminded(tuple(numbers)),), pauses=True)


def _eve(day: date, council: Council) -> datetime:
    """Return 09:00 on the working day before ``day``."""
    return at_local(council.calendar.add(day - timedelta(days=1), 0), OFFICE_HOUR)


def _known_since(action: Action, challenge: Challenge) -> datetime:
    """Return since when its owner has known its date."""
    number = max(action.ledger.entries[-1].event, action.owned_since)
    return challenge.events[number - 1].effective


# Somebody else is needed -------------------------------------------------------------------------


@value
class OwnerNeeded(Fact):
    """The action has nobody to do it. The IRO names another by ``name_by``, and is asked once.

    Until then the Team Manager of the child's team has to do it.
    """

    action: int
    cause: OwnerCause
    name_by: Deadline

    news = "an action needs somebody to do it"
    told = (
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.OWNER, Letter.YOUR_ACTION, at_once=True),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to name somebody."""
        key = owner_key(self.action)
        after = with_action(challenge, self.action, lacks_owner=True)
        return ask(after, Purpose.NAME_OWNER, self.name_by, event, key)

    def line(self, _seen: Seen) -> str:
        """Return which action, and why."""
        return f"Action {self.action} needs somebody to do it: {self.cause}"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the deadline."""
        yield Written("Somebody to be named by", self.name_by.why, EVERYBODY)


def _needed(action: Action, cause: OwnerCause, now: datetime, council: Council) -> OwnerNeeded:
    within = council.procedure.reassign_within
    return OwnerNeeded(action.number, cause, council.within(within, now))


def _first(challenge: Challenge, now: datetime, council: Council) -> Iterator[OwnerNeeded]:
    """Yield each action that has lost its owner, once."""
    for action in _running(challenge) if challenge.open else ():
        cause = _lost(action, council, local_day(now))
        if cause and not _is_asked_for(action, challenge):
            yield _needed(action, cause, now, council)


def _lost(action: Action, council: Council, today: date) -> OwnerCause | None:
    """Return why nobody is there to do it; ``None`` if somebody is, or is outside."""
    if action.who is None:
        return OwnerCause.ONLY_WORDS
    party, directory = action.who.party, council.directory
    if party in directory.posts:
        return None if directory.people(party, today) else OwnerCause.VACANT
    return None if not party or party in directory.officers else OwnerCause.LEFT


def facts_of_owners_emails(
    challenge: Challenge,
    latest: Mapping[tuple[int, str], Delivery],
    now: datetime,
    council: Council,
) -> Iterator[tuple[Fact, datetime]]:
    """Yield the facts that follow from the emails to owners, with their moments.

    ``latest`` is what is known of the latest email to each person who does an action: the action's
    number, and their id. An action needs another owner once nobody who does it can be reached.
    """
    for action in _running(challenge) if challenge.open else ():
        if _is_asked_for(action, challenge):
            continue
        people = people_who_do(action, challenge, council, local_day(now))
        emails = [latest.get((action.number, person.id)) for person in people]
        failed = [one for one in emails if one and (one.refused or one.came_back_at)]
        if not emails or len(failed) < len(emails):
            continue
        refused = all(one.refused for one in failed)
        cause = OwnerCause.REFUSED if refused else OwnerCause.BOUNCED
        at = max((one.came_back_at for one in failed if one.came_back_at), default=now)
        yield _needed(action, cause, now, council), min(at, now)


def matters_to_owners(
    challenge: Challenge, event: int, officer: str, council: Council, today: date
) -> bool:
    """Whether anything may follow if the email about event number ``event`` came back.

    ``officer`` is the id of the person who was to get it.
    """
    return challenge.open and any(
        event >= action.owned_since
        and not _is_asked_for(action, challenge)
        and officer in {one.id for one in people_who_do(action, challenge, council, today)}
        for action in _running(challenge)
    )


# Somebody is named -------------------------------------------------------------------------------


@value
class OwnerNamed(Fact):
    """The IRO named who will do the action: ``who``, and ``owner`` in words. Its date stays."""

    action: int
    who: Owner
    owner: str
    reason: str = ""

    news = "somebody else does an action"
    told = (Tell(Audience.OWNER, Letter.YOUR_ACTION),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the action theirs, and nothing asked about its owner."""
        after = settle(challenge, owner_key(self.action))
        new = {"who": self.who, "owner": self.owner, "named": event.number}
        return with_action(after, self.action, **new, lacks_owner=False)

    def line(self, seen: Seen) -> str:
        """Return which action. Who does it is in the words: somebody may have typed the name."""
        return f"{seen.who} named who will do action {self.action}"

    def written(self) -> Iterator[Written]:
        """Yield the owner, and the reason."""
        yield Written("Who will do it", self.owner, EVERYBODY)
        yield Written("Reason", self.reason, EVERYBODY)


_RUNS = If(
    "an action is under way or missed (rule 6)",
    lambda challenge, _council: bool(_running(challenge)),
)


@value
class NameOwner(Command):
    """Name who will do an action, in place of its owner so far."""

    action: int
    owner: Owner
    reason: str = ""

    called = "Name who will do an action"
    who = (May(Capacity.IRO, OPEN, _RUNS),)
    settles = (Purpose.NAME_OWNER,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[OwnerNamed]:
        """Yield the new owner. The IRO says why, unless they were asked to name somebody."""
        action = challenge.action_number(self.action)
        if action is None:
            message = f"There is no action {self.action} on {challenge.reference}. Choose another."
            raise NotAllowedError(message)
        if not action.state.running:
            message = f"Action {self.action} is {action.state}. It needs nobody to do it now."
            raise AlreadyAnsweredError(message)
        problems = Problems()
        child = challenge.raised.child.name
        wrong = owner_problems(self.owner, hand.council, hand.today, child)
        problems.fields |= wrong
        if not _is_asked_for(action, challenge):
            problems.need("reason", self.reason, "Enter why somebody else will do it.")
            same = self.owner == action.who and not wrong
            problems.refuse_if("owner", same, "Choose somebody else: this is its owner already.")
        problems.check()
        words = owner_named(self.owner, hand.council, hand.today)
        yield OwnerNamed(self.action, self.owner, words, self.reason)


# What the actions change --------------------------------------------------------------------------


def _needs_nobody(fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with nothing asked about the owner of an action that was reported or has ended."""
    after = challenge
    for number in fact.of_actions:
        after = settle(after, owner_key(number))
    return after


OWNERS = Part(
    6,
    "Owners of actions",
    facts=(ActionReminded, OwnerNeeded, OwnerNamed),
    acts=(NameOwner,),
    changes=(
        on(ActionDone, _needs_nobody),
        on(ActionConfirmed, _needs_nobody),
        on(ActionGivenUp, _needs_nobody),
    ),
    timers=_timers,
    first=_first,
)
