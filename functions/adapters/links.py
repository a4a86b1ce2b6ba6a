"""Reply links: a random 256-bit token, of which only the SHA-256 is kept.

A link is bound to a challenge, one request of it, and one recipient. It dies by use,
reassignment and closure; after a deadline was missed it still takes a late reply.
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
    """A link as it is kept: for whom, about which request. ``digest`` is the token's SHA-256."""

    digest: str
    reference: str
    request: int
    officer: str
    made_at: datetime

    def state(self, challenge: Challenge, now: datetime, lifetime_days: int) -> LinkState:
        """What it can still do, as ``challenge`` stands."""
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
        """Take where they are kept, and the address under which the pages are served."""
        self._beside = beside
        self._public_url = public_url

    def make(self, reference: str, request: int, officer: str, now: datetime) -> str:
        """A new link for ``officer`` to answer ``request``: its whole address."""
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
        """The link with this token; ``None`` for a forged or a damaged one."""
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
