"""The letters of one waking, and what they say about whether the present request was served."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.record import news_in
from adapters.sweep import doubling
from domain.deadlines import deadline_in
from domain.moments import local_day, parse_moment
from domain.notices import notices
from domain.people import people_asked
from domain.rules.posts import Bounced, NotServed, NotServedCause, Served
from domain.vocabulary import Letter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.record import Record, Version
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Fact
    from domain.notices import Notice

__all__ = ["Postbag"]

_RETRY_AT_MOST = timedelta(hours=1)


class Postbag:
    """The letters of one waking: which were sent before, which now, and which have to wait."""

    def __init__(self, version: Version, record: Record) -> None:
        """Read what is known of the letters that may still matter."""
        challenge = version.challenge
        since = min(version.head.told + 1, challenge.request.event)
        self._told: int = version.head.told
        self._known = record.known_notices(challenge.reference, since)
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
        self._known[notice.key] = {"sent_at": "never", "refused_at": now.isoformat()}

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

    def services(
        self, challenge: Challenge, now: datetime, council: Council
    ) -> list[tuple[Fact, datetime]]:
        """Rule 15: what the letters say about whether the present request was served."""
        request = challenge.request
        if not challenge.open or request.answered or request.superseded:
            return []
        asked = [
            n
            for n in notices(challenge, now, council, challenge.version)
            if n.letter is Letter.PLEASE_REPLY and n.event.number == request.event
        ]
        came_back = dict(self._came_back(challenge, asked, now))
        found: list[tuple[Fact, datetime]] = [
            (Bounced(request.number, officer), at) for officer, at in came_back.items()
        ]
        served = request.served - came_back.keys()
        for notice in asked:
            sent_at = self._known.get(notice.key, {}).get("sent_at", "never")
            officer = notice.officer.id
            bounced = officer in request.bounced or officer in came_back
            if sent_at != "never" and officer not in served and not bounced:
                moment = parse_moment(sent_at)
                deadline = None if served else _late_service(challenge, notice, moment, council)
                found.append((Served(request.number, officer, deadline), moment))
                served |= {officer}
        found += [
            (Bounced(request.number, notice.officer.id), now)
            for notice in asked
            if served and self._failure(notice) is NotServedCause.REFUSED
            if notice.officer.id not in request.bounced | came_back.keys()
        ]
        if not served and request.returned is None:
            cause = self._cause(asked, challenge, now, council)
            if cause:
                days = council.procedure.name_somebody_within
                by = council.within(days, now)
                found.append((NotServed(request.number, cause, by), now))
        return found

    def _came_back(
        self, challenge: Challenge, asked: Sequence[Notice], now: datetime
    ) -> Iterator[tuple[str, datetime]]:
        """The officers from whom the present request came back, and when; not on the record yet.

        Also one who has left the post since: they were asked, and not reached.
        """
        request = challenge.request
        recipients = request.served | {notice.officer.id for notice in asked}
        for key, item in self._known.items():
            event, _, officer = key.partition("#")
            at = _came_back_at(item)
            known = officer in request.bounced
            if at and int(event) == request.event and officer in recipients and not known:
                yield officer, min(at, now)

    def _cause(
        self, asked: Sequence[Notice], challenge: Challenge, now: datetime, council: Council
    ) -> NotServedCause | None:
        """Why nobody can be asked, if that is so by now."""
        if not challenge.awaiting_reply:
            return None
        if not asked:
            today, posts = local_day(now), challenge.request.posts
            if any(people_asked(challenge, post, council, today) for post in posts):
                return None  # they were asked, and are looked after by other letters
            held = any(council.directory.people(post, today) for post in posts)
            return NotServedCause.THEIR_OWN if held else NotServedCause.VACANT
        failures = {self._failure(notice) for notice in asked}
        if None in failures:
            return None
        bounced = NotServedCause.BOUNCED in failures
        return NotServedCause.BOUNCED if bounced else NotServedCause.REFUSED

    def _failure(self, notice: Notice) -> NotServedCause | None:
        """Why this letter will reach nobody, if that is so."""
        item = self._known.get(notice.key, {})
        if item.get("sent_at") == "never":
            return NotServedCause.REFUSED
        return NotServedCause.BOUNCED if _came_back_at(item) else None


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


def _late_service(challenge: Challenge, notice: Notice, served: datetime, council: Council) -> Any:  # noqa: ANN401 - Deadline or None
    """Rule 15: the clock starts when served, if that is a day later than it should have been."""
    day = local_day(served)
    deadline = challenge.request.deadline
    if day <= local_day(notice.not_before) or deadline.counted_from is None:
        return None
    days = deadline.working_days or council.ladder[challenge.stage].working_days
    anew = deadline_in(days, day, council.calendar)
    # One that a person had set, and a hold then moved, may be later than that.
    return anew if anew.day > deadline.day else None
