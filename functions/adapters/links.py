"""Reply links: each has a random 256-bit token, of which only the SHA-256 is kept.

A link belongs to one request of one challenge, and to one recipient. It stops working when it is
used, when somebody else is asked instead, and when the challenge ends. After a missed deadline it
still takes a late reply.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from adapters.codec import moment_text
from domain.moments import parse_moment

if TYPE_CHECKING:
    from adapters.record.beside import Beside
    from domain.challenge import Challenge

__all__ = ["LinkState", "Links", "ReplyLink"]

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


class Links:
    """Makes links and finds them again."""

    def __init__(self, beside: Beside, public_url: str) -> None:
        """Take the part of the record where they are kept, and the public address of the pages."""
        self._beside = beside
        self._public_url = public_url

    def make(self, reference: str, request: int, officer: str, now: datetime) -> str:
        """Return the full address of a new link, with which ``officer`` can answer ``request``."""
        token = secrets.token_urlsafe(_BYTES)
        self._beside.keep_link(
            _digest(token),
            {
                "reference": reference,
                "request": request,
                "officer": officer,
                "made_at": moment_text(now),
            },
        )
        return f"{self._public_url}/reply/{token}"

    def find(self, token: str) -> ReplyLink | None:
        """Return the link with this token; ``None`` if the token is forged or damaged."""
        if not 0 < len(token) <= _LONGEST:
            return None
        digest = _digest(token)
        item = self._beside.link(digest)
        if item is None:
            return None
        made_at = parse_moment(item["made_at"])
        return ReplyLink(digest, item["reference"], int(item["request"]), item["officer"], made_at)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
