"""What the emails to the owners of actions say (rule 6).

Each lists every action that its reader still has to do in the challenge, with a link for each, so
that one email at a moment is enough. One about actions that are no longer needed says what happened
to each. It names nobody's words: an owner outside the council sees the words and the date of
their action behind their link, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.challenge import ActionState
from domain.moments import day_in_words, local_day
from domain.notices import about_actions
from domain.people import actions_of, does_outside
from domain.procedure import ReplyLinks
from domain.rules.taking_over import TookOver
from domain.timeline import iro_in_words, turn_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.challenge import Action, Challenge
    from domain.council import Council
    from domain.notices import Notice

__all__ = ["EndedAction", "OwnAction", "OwnerContext", "owner_context"]

#: What happened to an action that is followed no more in this challenge.
_HAPPENED = {
    ActionState.GIVEN_UP: "the child’s IRO has dropped it",
    ActionState.HANDED: "please still do it, and the child’s review will ask about it",
}
_REPORTED = "you reported it done, and that has to be confirmed now"


@dataclass(frozen=True)
class OwnAction:
    """One action of the reader: when it is ``due`` in words, and their ``link`` to report it."""

    due: str
    link: str


@dataclass(frozen=True)
class EndedAction:
    """One action that is followed here no more: ``due`` when, and what ``happened`` to it.

    One that was handed to a review ``goes_on``: its owner still has to do it.
    """

    due: str
    happened: str
    goes_on: bool


@dataclass(frozen=True)
class OwnerContext:
    """What a template for the owner of an action may use.

    ``event`` is the kind of event that the email is about, ``due`` the date of the reader's first
    action that it is about, and ``late`` says that this has passed. ``actions`` are all that they
    still have to do, the first due first. ``ended`` are those that it is about and that they need
    not do any more. ``before`` is the challenge that they were part of, if another has taken them
    over. ``iro`` is the challenge's IRO, by name and role.
    """

    reference: str
    council: str
    event: str
    due: str
    late: bool
    actions: tuple[OwnAction, ...]
    ended: tuple[EndedAction, ...]
    before: str
    asks_sign_in: bool
    turn_to: str
    iro: str

    @property
    def if_answered(self) -> str:
        """Return what happens to a reply to this email, for its foot."""
        instead = "use the link above" if self.actions else "contact the person named above"
        return f"Please do not answer this email: {instead}. Writing back reports no action."


def owner_context(
    notice: Notice,
    challenge: Challenge,
    council: Council,
    now: datetime,
    *,
    link_to: Callable[[int, str], str],
    council_name: str,
) -> OwnerContext:
    """Return what the email of ``notice`` says, with the challenge as it is ``now``.

    ``link_to`` makes a link, for an action's number and the id of who does it.
    """
    reader = notice.officer
    mine = actions_of(reader, challenge, council, local_day(now))
    about = [one for event in notice.events for one in about_actions(challenge, event)]
    ended = [one for one, _ in mine if one in about and not one.state.running]
    to_do = [one for one, _ in mine if one in about and one.state.running]
    due = min(one.deadline.day for one in to_do or ended)
    fact = notice.event.fact
    outside = does_outside(reader.id, challenge)
    signs_in = council.procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN
    return OwnerContext(
        reference=challenge.reference,
        council=council_name,
        event=type(fact).__name__,
        due=day_in_words(due),
        late=due < local_day(now),
        actions=tuple(
            OwnAction(day_in_words(action.deadline.day), link_to(action.number, id_))
            for action, id_ in mine
            if challenge.open and action.state.running
        ),
        ended=tuple(_ended(one) for one in ended),
        before=fact.reference if isinstance(fact, TookOver) else "",
        asks_sign_in=signs_in and not outside,
        turn_to=turn_to(challenge, reader.id, council, now),
        iro=iro_in_words(challenge, council),
    )


def _ended(action: Action) -> EndedAction:
    """Return what happened to an action that is followed no more in this challenge.

    The day of the child's review is for those who may see the challenge, and not for emails.
    """
    happened = _HAPPENED.get(action.state, _REPORTED)
    goes_on = action.state is ActionState.HANDED
    return EndedAction(day_in_words(action.deadline.day), happened, goes_on)
