"""What is known about a challenge's emails while its leg is awake, and what is still to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.delivery import Held, PutOff, Refused, Sent
from adapters.record.notices import NEVER, absences_in, news_in
from domain.moments import local_day, parse_moment
from domain.notices import emailed_whole, notice_key, notices
from domain.people import people_who_do
from domain.rules.serving import Delivery
from domain.vocabulary import Letter

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.outgoing import Outcome
    from adapters.record.chain import Version
    from adapters.record.notices import Notices
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.notices import Notice
    from domain.rules.absence import Absence

__all__ = ["ChallengeEmails"]


class ChallengeEmails:
    """The emails of one challenge: which were sent, which are due now, and which have to wait.

    ``retry_at`` is when the first waiting email can be tried, by the wall clock, as always with
    emails. ``mail_is_out`` says that SES is out, so trying another would tell nothing new.
    """

    def __init__(self, version: Version, kept: Notices) -> None:
        """Read what is known of the emails that may still matter."""
        challenge = version.challenge
        owned = (action.owned_since for action in challenge.open_actions)
        since = min(version.head.emailed_up_to + 1, challenge.request.event, *owned)
        self._emailed_up_to: int = version.head.emailed_up_to
        self._known = kept.known(challenge.reference, since)
        self.retry_at: datetime | None = None
        self.mail_is_out = False

    def done(self, notice: Notice) -> bool:
        """Whether this email, or another that does instead of it, needs no further work."""
        return any("sent_at" in self._known.get(key, {}) for key in (notice.key, *notice.instead))

    def note(self, notice: Notice, outcome: Outcome) -> None:
        """Note the outcome of the try just made."""
        match outcome:
            case Sent(at):
                self._known[notice.key] = {"sent_at": moment_text(at)}
            case Refused():
                self._known[notice.key] = {"sent_at": NEVER}
            case PutOff(until, mail_is_out=mail_is_out):
                self.mail_is_out = mail_is_out
                self._wait(until)
            case Held(until):
                self._wait(until)

    def _wait(self, until: datetime) -> None:
        self.retry_at = min(self.retry_at or until, until)

    def emailed_up_to(self, challenge: Challenge, now: datetime, council: Council) -> int:
        """Return the event up to which every email has been sent, or never will be."""
        pending = {
            notice.since
            for notice in notices(challenge, now, council, self._emailed_up_to)
            if not self.done(notice)
        }
        return emailed_whole(challenge, council, min(pending) - 1) if pending else challenge.version

    def deliveries(self, challenge: Challenge, now: datetime, council: Council) -> list[Delivery]:
        """Return what is known about the emails that ask for the present reply (rule 15).

        Of each officer who is asked today, and of those who were asked and have left the post.
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

    def to_owners(
        self, challenge: Challenge, now: datetime, council: Council
    ) -> dict[tuple[int, str], Delivery]:
        """Return what is known of the latest email to each person who does an action (rule 6).

        By the action's number and their id, of the emails since the action became theirs.
        """
        today = local_day(now)
        found = {}
        for action in challenge.open_actions:
            for person in people_who_do(action, challenge, council, today):
                keys = [notice_key(n, person.id) for n in self._events_since(action.owned_since)]
                sent = [key for key in keys if "sent_at" in self._known.get(key, {})]
                if sent:
                    found[action.number, person.id] = self._delivery(person.id, sent[-1], None)
        return found

    def absences(self, challenge: Challenge) -> list[Absence]:
        """Return what showed that somebody is away since the current request was made (rule 15)."""
        found: list[Absence] = []
        for key, item in self._known.items():
            event, _, officer = key.partition("#")
            if int(event) >= challenge.request.event:
                found += absences_in(item, officer)
        return found

    def _events_since(self, number: int) -> list[int]:
        """Return the events from ``number`` on about which an email is known, in order."""
        events = {int(key.partition("#")[0]) for key in self._known}
        return sorted(event for event in events if event >= number)

    def _delivery(self, officer: str, key: str, due: datetime | None) -> Delivery:
        item = self._known.get(key, {})
        sent_at = item.get("sent_at")
        refused = sent_at == NEVER
        moment = None if refused or sent_at is None else parse_moment(sent_at)
        return Delivery(officer, due, moment, refused=refused, came_back_at=_came_back_at(item))


def _came_back_at(item: dict[str, Any]) -> datetime | None:
    """Return when this email came back, or ``None``.

    Only the latest sending counts: after a crash an email is sent again.
    """
    sending = item.get("message_id")
    moments = (
        news.at
        for news in news_in(item)
        if news.fate.means_not_served and news.message_id == sending
    )
    return next(moments, None)
