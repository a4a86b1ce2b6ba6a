"""The letters of one waking: what is known of each, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.record.notices import news_in
from adapters.sweep import doubling
from domain.moments import parse_moment
from domain.notices import notice_key, notices
from domain.rules.serving import Delivery
from domain.vocabulary import Letter

if TYPE_CHECKING:
    from adapters.record import Record
    from adapters.record.chain import Version
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.notices import Notice

__all__ = ["Postbag"]

_RETRY_AT_MOST = timedelta(hours=1)

#: What stands as ``sent_at`` of a letter that was refused for good.
_NEVER = "never"


class Postbag:
    """The letters of one waking: which were sent before, which now, and which have to wait."""

    def __init__(self, version: Version, record: Record) -> None:
        """Read what is known of the letters that may still matter."""
        challenge = version.challenge
        since = min(version.head.emailed_up_to + 1, challenge.request.event)
        self._told: int = version.head.emailed_up_to
        self._known = record.notices.known_notices(challenge.reference, since)
        self.retry_at: datetime | None = None
        self.mail_is_out = False

    def done(self, notice: Notice) -> bool:
        """Whether this letter needs no more care."""
        return "sent_at" in self._known.get(notice.key, {})

    def sent(self, notice: Notice, now: datetime) -> None:
        """It was accepted for delivery."""
        self._known[notice.key] = {"sent_at": now.isoformat()}

    def refused(self, notice: Notice, now: datetime) -> None:
        """It will never be accepted."""
        self._known[notice.key] = {"sent_at": _NEVER, "refused_at": now.isoformat()}

    def held(self, retry_at: datetime) -> None:
        """A letter has to wait until ``retry_at``, by the wall: mail goes by no other clock."""
        self.retry_at = min(self.retry_at or retry_at, retry_at)

    def pause(self, notice: Notice) -> timedelta:
        """How long to wait before the next try: longer each time."""
        tries = int(self._known.get(notice.key, {}).get("tries", 0))
        return doubling(tries, _RETRY_AT_MOST)

    def told(self, challenge: Challenge, now: datetime, council: Council) -> int:
        """The event up to which every letter has been sent, or never will be."""
        pending = {
            notice.event.number
            for notice in notices(challenge, now, council, self._told)
            if not self.done(notice)
        }
        return min(pending) - 1 if pending else challenge.version

    def deliveries(self, challenge: Challenge, now: datetime, council: Council) -> list[Delivery]:
        """What is known of the letters that ask for the present reply (rule 15).

        Of each officer who is asked today, and of whoever was asked and has left the post since.
        """
        request = challenge.request
        asked = {
            notice.officer.id: notice.not_before
            for notice in notices(challenge, now, council, challenge.version)
            if notice.letter is Letter.PLEASE_REPLY and notice.event.number == request.event
        }
        return [
            self._delivery(officer, notice_key(request.event, officer), asked.get(officer))
            for officer in dict.fromkeys((*asked, *sorted(request.served)))
        ]

    def _delivery(self, officer: str, key: str, due: datetime | None) -> Delivery:
        item = self._known.get(key, {})
        sent_at = item.get("sent_at")
        refused = sent_at == _NEVER
        moment = None if refused or sent_at is None else parse_moment(sent_at)
        return Delivery(officer, due, moment, refused=refused, came_back_at=_came_back_at(item))


def _came_back_at(item: dict[str, Any]) -> datetime | None:
    """When this letter came back, if it did.

    What came back has to be the sending that counts: after a crash a letter is sent again.
    """
    sending = item.get("message_id")
    moments = (
        news.at
        for news in news_in(item)
        if news.fate.means_not_served and news.message_id == sending
    )
    return next(moments, None)
