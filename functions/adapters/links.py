"""Links in emails: each has a random 256-bit token, of which only the SHA-256 is kept.

A reply link belongs to one request of one challenge, and to one recipient. It stops working when it
is used, when somebody else is asked instead, and when the challenge ends. After a missed deadline
it still takes a late reply.

A link for an action (rule 6) belongs to one action and its owner. It stops working when the action
is reported done, gets another owner or ends, and when it is too old.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.left_out import is_recognised
from domain.challenge import ActionState
from domain.moments import local_day, parse_moment
from domain.people import does_action
from domain.rules.actions import ActionDone

if TYPE_CHECKING:
    from adapters.record.beside import Beside
    from domain.challenge import Challenge
    from domain.council import Council

__all__ = ["ActionLink", "ActionLinkState", "LinkState", "Links", "ReplyLink", "new_token"]

_BYTES = 32
_LONGEST = 64


class LinkState(StrEnum):
    """What a link can still do. The value is its name in templates."""

    LIVE = "live"
    LATE = "late"
    ANSWERED = "answered"
    SUPERSEDED = "superseded"
    CLOSED = "closed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class ReplyLink:
    """A link as it is kept: its request, and its recipient (an officer's id).

    ``digest`` is the token's SHA-256.
    """

    digest: str
    reference: str
    request: int
    officer: str
    made_at: datetime

    def state(self, challenge: Challenge, now: datetime, lifetime_days: int) -> LinkState:
        """Return what the link can still do at ``now`` (UTC), with the challenge as it is then.

        ``lifetime_days`` is how long a link works, in days.
        """
        request = challenge.request_number(self.request)
        if request is None or request.superseded:
            return LinkState.SUPERSEDED
        if request.answered:
            return LinkState.ANSWERED
        if not challenge.open:
            return LinkState.CLOSED
        if now > self.made_at + timedelta(days=lifetime_days):
            return LinkState.EXPIRED
        present = request.number == challenge.request.number
        in_time = present and not request.deadline.passed_by(now)
        return LinkState.LIVE if in_time else LinkState.LATE


class ActionLinkState(StrEnum):
    """What a link for an action can still do. The value is its name in templates."""

    LIVE = "live"
    REPORTED = "reported"
    NOT_THEIRS = "not theirs"
    ENDED = "ended"
    REPLACED = "replaced"
    EXPIRED = "expired"


@dataclass(frozen=True)
class ActionLink:
    """A link for an action as it is kept: its action, and the owner it was sent to.

    ``officer`` is an officer's id, or the id of an owner outside (``domain.people.outside_id``).
    ``as_of`` is the number of the last event when it was made.
    """

    digest: str
    reference: str
    action: int
    officer: str
    made_at: datetime
    as_of: int

    @property
    def is_outside(self) -> bool:
        """Whether it was sent to somebody outside the council, who cannot sign in."""
        return self.officer.startswith(f"outside-{self.action}-")

    def state(self, challenge: Challenge, now: datetime, council: Council) -> ActionLinkState:
        """Return what the link can still do at ``now`` (UTC), with the challenge as it is then."""
        action = challenge.action_number(self.action)
        if action is None or not does_action(
            self.officer, action, challenge, council, local_day(now)
        ):
            return ActionLinkState.NOT_THEIRS
        if not challenge.open or action.state.ended:
            return ActionLinkState.ENDED
        if action.state is ActionState.DONE:
            return ActionLinkState.REPORTED
        if self._is_from_before_a_report(challenge):
            return ActionLinkState.REPLACED
        lifetime = timedelta(days=council.procedure.link_lifetime_days)
        return ActionLinkState.EXPIRED if now > self.made_at + lifetime else ActionLinkState.LIVE

    def _is_from_before_a_report(self, challenge: Challenge) -> bool:
        """Whether the action was reported done after this link was made, and is open again."""
        return any(
            isinstance(event.fact, ActionDone) and event.fact.action == self.action
            for event in challenge.events[self.as_of :]
        )


class Links:
    """Makes links and finds them again."""

    def __init__(self, beside: Beside, public_url: str) -> None:
        """Take the part of the record where they are kept, and the public address of the pages."""
        self._beside = beside
        self._public_url = public_url

    def make(self, reference: str, request: int, officer: str, now: datetime) -> str:
        """Return the full address of a new link, with which ``officer`` can answer ``request``."""
        return f"{self._public_url}/reply/{self._kept(reference, officer, now, request=request)}"

    def make_for_action(self, challenge: Challenge, action: int, owner: str, now: datetime) -> str:
        """Return the full address of a new link, with which ``owner`` can report ``action`` done.

        ``owner`` is an officer's id, or the id of an owner outside (``domain.people.outside_id``).
        """
        about = {"action": action, "as_of": challenge.version}
        return f"{self._public_url}/action/{self._kept(challenge.reference, owner, now, **about)}"

    def _kept(self, reference: str, officer: str, now: datetime, **about: int) -> str:
        """Keep a new link, and return its token."""
        token = new_token()
        named = {"reference": reference, "officer": officer, "made_at": moment_text(now)}
        self._beside.keep_link(_digest(token), {**named, **about})
        return token

    def find(self, token: str) -> ReplyLink | None:
        """Return the reply link with this token; ``None`` if the token is forged or damaged."""
        digest, item = self._found(token)
        if "request" not in item:
            return None
        made_at = parse_moment(item["made_at"])
        return ReplyLink(digest, item["reference"], int(item["request"]), item["officer"], made_at)

    def find_for_action(self, token: str) -> ActionLink | None:
        """Return the link for an action with this token; ``None`` if it is forged or damaged."""
        digest, item = self._found(token)
        if "action" not in item:
            return None
        made_at = parse_moment(item["made_at"])
        return ActionLink(
            *(digest, item["reference"], int(item["action"]), item["officer"], made_at),
            as_of=int(item["as_of"]),
        )

    def _found(self, token: str) -> tuple[str, dict[str, Any]]:
        """Return the token's digest, and what is kept of its link: empty if there is none."""
        if not 0 < len(token) <= _LONGEST:
            return "", {}
        digest = _digest(token)
        return digest, self._beside.link(digest) or {}


def new_token() -> str:
    """Return the token of a new link.

    It is drawn again until it is one that is left out of what people write, however they quote it.
    Nine in ten are, so this makes it no easier to guess.
    """
    while not is_recognised(token := secrets.token_urlsafe(_BYTES)):
        pass
    return token


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
