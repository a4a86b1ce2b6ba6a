"""The letter of what waits: one a working day to each officer who has something in their trays.

It is claimed by a lease, sent, and marked, as every letter is::

    DAILY#<officer>   <local day>   lease, tries, sent_at

SES has no idempotency: a crash exactly between its answer and our mark sends that one letter twice
at most, never zero times.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from adapters import clock
from adapters.codec import moment_text
from adapters.delivery import tags_of_daily
from adapters.mail import MailRefusedError, MailUnavailableError
from domain.ladder import Role, Stage
from domain.moments import day_in_words, local_day, parse_moment
from domain.vocabulary import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from adapters.council_store import CouncilStore
    from adapters.delivery import News
    from adapters.letters import DailyContext
    from adapters.mail import Mail
    from adapters.record import Record
    from adapters.record.lists import Row
    from domain.council import Council
    from domain.directory import Officer

__all__ = ["LEASE", "DailyLetters", "Sent"]

_log = logging.getLogger(__name__)

#: Longer than one letter can take, all tries of SES included, and shorter than the minute after
#: which AWS calls the function again.
LEASE = timedelta(seconds=55)

#: So many letters in a row that SES did not take: it is out, and the rest waits with them.
_OUT_AFTER = 3

#: "Soon" is so many working days.
_SOON = 2

#: What rows of before 2026-11.7 ask: where the tray is the IRO's, and where a post's.
_ASKED = {
    Standing.IRO_TO_DECIDE: ("decide what follows", "do what was agreed, and report it"),
    Standing.TO_BE_REASSIGNED: ("say whose it is to answer", "name somebody to reply"),
    Standing.ACTIONS_UNDER_WAY: ("see to it", "do what was agreed, and report it"),
}
_REPLY = ("see to it", "reply")


class _Became(Enum):
    """What became of one officer's letter."""

    NOTHING_TO_SEND = auto()
    SENT = auto()
    REFUSED = auto()
    #: SES could not take it just now.
    UNAVAILABLE = auto()
    #: Somebody else holds it, or something is wrong that has nothing to do with SES.
    FAILED = auto()


@dataclass(frozen=True)
class Sent:
    """What became of the letters of one morning. ``failed`` ones are to be tried again."""

    sent: int = 0
    refused: int = 0
    failed: int = 0


@dataclass(frozen=True)
class _Waits:
    """A challenge that waits for an officer; ``due`` is ``None`` where nothing is."""

    row: Row
    asked: str
    due: datetime | None

    @property
    def line(self) -> str:
        """``PCE-7K3M-9QXT, Stage 1: please reply. Due by the end of Tuesday 5 January 2027.``."""
        due = f" Due by the end of {day_in_words(local_day(self.due))}." if self.due else ""
        return f"{self.row.reference}, {Stage(self.row.stage).title}: please {self.asked}.{due}"


class DailyLetters:
    """Tells each officer in the morning what waits for them."""

    def __init__(
        self,
        *,
        record: Record,
        council: CouncilStore,
        mail: Mail,
        public_url: str,
        council_name: str,
        training: bool,
    ) -> None:
        """Take the adapters it works with. In ``training`` its letters say so."""
        self._record = record
        self._council = council
        self._mail = mail
        self._public_url = public_url
        self._council_name = council_name
        self._training = training

    def send(self) -> Sent:
        """Send today's letters that were not sent yet; none on a day that is not worked.

        One that cannot be sent does not stop the others; but while SES is out, they wait with it.
        Raises ``CalendarHorizonError``.
        """
        council, today = self._council.current(), local_day(clock.now())
        if not council.calendar.is_working_day(today):
            return Sent()
        became: Counter[_Became] = Counter()
        not_taken_in_a_row = 0
        for officer in council.directory.officers.values():
            outcome = self._tell(officer, council, today)
            became[outcome] += 1
            if outcome is _Became.UNAVAILABLE:
                not_taken_in_a_row += 1
            elif outcome in (_Became.SENT, _Became.REFUSED):
                not_taken_in_a_row = 0  # SES answered; whatever else became of one tells nothing
            if not_taken_in_a_row == _OUT_AFTER:
                break
        failed = became[_Became.FAILED] + became[_Became.UNAVAILABLE]
        return Sent(became[_Became.SENT], became[_Became.REFUSED], failed)

    def hear(self, officer: str, day: str, news: News) -> None:
        """Note what became of an officer's letter of that day after SES accepted it."""
        self._record.notices.mark_news(f"DAILY#{officer}", day, news)

    def _tell(self, officer: Officer, council: Council, today: date) -> _Became:
        """Send one officer's letter; what became of it."""
        partition, day = f"DAILY#{officer.id}", str(today)
        try:
            waiting = self._waiting(officer, council, today)
            if not waiting or "sent_at" in (self._record.beside.kept(partition, day) or {}):
                return _Became.NOTHING_TO_SEND
            from adapters.letters import DAILY, write

            wall = clock.wall()
            if not self._record.notices.claim(partition, day, wall, wall + LEASE):
                return _Became.FAILED  # whoever holds it may have died
            context = self._context(waiting, officer, council, clock.now())
            letter = write(DAILY, context, training=self._training)
            try:
                headers = {"Auto-Submitted": "auto-generated"}
                tags = tags_of_daily(officer.id, day)
                message_id = self._mail.send(officer.email, letter, headers, wall, tags)
            except MailRefusedError as error:
                self._record.beside.change(
                    partition, day, {"sent_at": "never", "failure": str(error)}
                )
                _log.warning("daily letter refused", extra={"officer": officer.id})
                return _Became.REFUSED
            except MailUnavailableError as error:
                changes = {"lease": moment_text(wall), "failure": str(error)}
                self._record.beside.change(partition, day, changes)
                return _Became.UNAVAILABLE
            changes = {"sent_at": moment_text(wall), "message_id": message_id}
            self._record.beside.change(partition, day, changes)
        except Exception:  # noqa: BLE001 - see the comment
            # Whatever it is, the next officer's letter has nothing to do with it.
            _log.exception("daily letter not sent", extra={"officer": officer.id})
            return _Became.FAILED
        return _Became.SENT

    def _waiting(self, officer: Officer, council: Council, today: date) -> list[_Waits]:
        """What lies in the officer's trays: each challenge once, due soonest first."""
        found: dict[str, _Waits] = {}
        for tray in council.directory.trays(officer.id, today):
            for row in self._record.lists.in_tray(tray):
                asked = row.asks or _asked(row, tray)
                one = _Waits(row, asked, parse_moment(row.due) if row.due else None)
                found[row.reference] = min(found.get(row.reference, one), one, key=_urgency)
        return sorted(found.values(), key=_urgency)

    def _context(
        self, waiting: list[_Waits], officer: Officer, council: Council, now: datetime
    ) -> DailyContext:
        today = local_day(now)
        groups: dict[str, list[str]] = {}
        for one in waiting:
            groups.setdefault(_heading(one, now, council), []).append(one.line)
        from adapters.letters import DailyContext

        return DailyContext(
            council=self._council_name,
            headline=_headline(waiting, now),
            groups=tuple((heading, tuple(lines)) for heading, lines in groups.items()),
            link=f"{self._public_url}/",
            turn_to=council.directory.contact(Role.SRSM, today, besides=officer.id),
        )


def _asked(row: Row, tray: str) -> str:
    """What a tray's row asks that does not say so itself: one written before 2026-11.7."""
    of_iro, of_post = _ASKED.get(Standing(row.standing), _REPLY)
    return of_iro if row.iro == tray else of_post


def _urgency(one: _Waits) -> tuple[bool, str, str]:
    return not one.row.due, one.row.due, one.row.reference


def _heading(one: _Waits, now: datetime, council: Council) -> str:
    today = local_day(now)
    if one.due is None:
        return "Without a date"
    if one.due < now:
        return "Overdue"
    day = local_day(one.due)
    if day == today:
        return "Due today"
    soon = council.calendar.between(today, day) <= _SOON
    return "Due within the next two working days" if soon else "Due later"


def _headline(waiting: Iterable[_Waits], now: datetime) -> str:
    """``3 challenges wait for you, 1 of them overdue``."""
    dues = [one.due for one in waiting]
    overdue = sum(due is not None and due < now for due in dues)
    if len(dues) == 1:
        return (
            "1 challenge waits for you, and is overdue" if overdue else "1 challenge waits for you"
        )
    words = f"{len(dues)} challenges wait for you"
    return f"{words}, {overdue} of them overdue" if overdue else words
