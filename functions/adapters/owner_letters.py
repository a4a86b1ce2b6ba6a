"""What the emails to the owners of actions say (rule 6).

Each lists every action that its reader still has to do in the challenge, with a link for each, so
that one email at a moment is enough. It names nobody's words: an owner outside the council sees
the words and the date of their action behind their link, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.challenge import ActionState
from domain.moments import day_in_words, local_day
from domain.people import actions_about, does_outside, people_who_do, to_do_by
from domain.procedure import ReplyLinks
from domain.timeline import turn_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.challenge import Action, Challenge
    from domain.council import Council
    from domain.notices import Notice

__all__ = ["OwnAction", "OwnerContext", "owner_context"]


@dataclass(frozen=True)
class OwnAction:
    """One action of the reader: when it is ``due`` in words, and their ``link`` to report it."""

    due: str
    link: str


@dataclass(frozen=True)
class OwnerContext:
    """What a template for the owner of an action may use.

    ``event`` is the kind of event that the email is about, ``due`` the date of the first action
    of the reader's that it is about, and ``late`` says that this has passed. ``actions`` are all
    that the reader still has to do, the first due first. ``handed`` and ``dropped`` are the dates
    of those that were handed to a review, or dropped, when the challenge ended.
    """

    reference: str
    council: str
    event: str
    due: str
    late: bool
    actions: tuple[OwnAction, ...]
    handed: tuple[str, ...]
    dropped: tuple[str, ...]
    asks_sign_in: bool
    turn_to: str

    @property
    def if_answered(self) -> str:
        """Return what happens to a reply to this email, for its foot."""
        instead = "use the link above" if self.actions else "contact the person named above"
        return f"Please do not answer this email: {instead}. An answer does not report an action."


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
    mine = to_do_by(reader, challenge, council, local_day(now))
    about = _theirs(notice, challenge, council, now)
    first = min(action.deadline.day for action in about)
    outside = does_outside(reader.id, challenge)
    signs_in = council.procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN
    return OwnerContext(
        reference=challenge.reference,
        council=council_name,
        event=type(notice.event.fact).__name__,
        due=day_in_words(first),
        late=first < local_day(now),
        actions=tuple(
            OwnAction(day_in_words(action.deadline.day), link_to(action.number, id_))
            for action, id_ in mine
        ),
        handed=_dates(about, ActionState.HANDED),
        dropped=_dates(about, ActionState.GIVEN_UP),
        asks_sign_in=signs_in and not outside,
        turn_to=turn_to(challenge, reader.id, council, now),
    )


def _theirs(
    notice: Notice, challenge: Challenge, council: Council, now: datetime
) -> tuple[Action, ...]:
    """Return the actions that the email is about: the reader's own, or all if none is any more."""
    email, today = notice.officer.email.casefold(), local_day(now)
    about = actions_about(notice.event, challenge)
    own = tuple(
        action
        for action in about
        if any(
            one.email.casefold() == email
            for one in people_who_do(action, challenge, council, today)
        )
    )
    return own or about


def _dates(actions: tuple[Action, ...], state: ActionState) -> tuple[str, ...]:
    """Return the dates of those in this state, in words, the first one first, each once."""
    days = sorted({action.deadline.day for action in actions if action.state is state})
    return tuple(map(day_in_words, days))
