"""Count the emails of challenges as the service sends them: their own, and the daily ones.

Everything runs in the domain. Emails of their own are taken whenever a challenge is decided, and at
09:30 of each working day the daily emails of that morning.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from domain.moments import at_local, local_day
from domain.notices import next_morning, notices, told_in_the_morning
from domain.tasks import trays

if TYPE_CHECKING:
    from domain.vocabulary import Letter
    from tests.builders import Case

__all__ = ["Mailbox", "Sent"]

_DAILY = time(9, 30)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sent:
    """An email of its own: when, to whom (an officer's id), which, and about which challenge."""

    at: datetime
    officer: str
    letter: Letter
    challenge: int


@dataclass
class Mailbox:
    """The emails of some challenges since each was added, until the moment last reached."""

    cases: list[Case] = field(default_factory=list)
    own: list[Sent] = field(default_factory=list)
    #: The daily emails: (day, officer's id).
    daily: list[tuple[date, str]] = field(default_factory=list)
    #: What each morning has to tell: day → officer's id → lines.
    news: dict[date, dict[str, list[str]]] = field(default_factory=dict)
    _next: date | None = None
    _keys: set[tuple[int, str]] = field(default_factory=set)
    _noted: Counter[int] = field(default_factory=Counter)

    def add(self, case: Case) -> Case:
        """Add a challenge, with the emails that it has sent by now."""
        number = len(self.cases)
        self.cases.append(case)
        settle = case._settle

        def settled() -> None:
            settle()
            self._collect(number, case)

        case._settle = settled  # type: ignore[method-assign]  # only this case's
        self._collect(number, case)
        return case

    def until(self, day: str) -> Mailbox:
        """Let time pass for all of them until 09:30 on ``day``, one morning after the other."""
        last = date.fromisoformat(day)
        today = self._next or min(local_day(case.now) for case in self.cases)
        while today <= last:
            morning = at_local(today, _DAILY)
            for case in self.cases:
                if case.now < morning:
                    case.until(f"{today} 09:30")
            if self.cases[0].council.calendar.is_working_day(today):
                self._send_daily(today, morning)
            today += _A_DAY
        self._next = today
        return self

    def to(self, officer: str) -> int:
        """Return how many emails an officer got, daily ones too."""
        own = sum(one.officer == officer for one in self.own)
        return own + sum(one == officer for _, one in self.daily)

    def _collect(self, number: int, case: Case) -> None:
        challenge, now = case.challenge, case.now
        for notice in notices(challenge, now, case.council):
            keys = {(number, key) for key in (notice.key, *notice.instead)}
            if notice.not_before <= now and not keys & self._keys:
                self._keys.add((number, notice.key))
                self.own.append(Sent(now, notice.officer.id, notice.letter, number))
        found = list(told_in_the_morning(challenge, now, case.council, self._noted[number]))
        self._noted[number] = challenge.version
        rows = self.news.setdefault(next_morning(now, case.council.calendar), {})
        for one in found:
            for officer in one.officers:
                rows.setdefault(officer, []).append(type(one.event.fact).__name__)

    def _send_daily(self, today: date, morning: datetime) -> None:
        council = self.cases[0].council
        here = [case for case in self.cases if case.now <= morning]
        full = {tray for case in here for tray in trays(case.challenge, council, today)}
        for officer in council.directory.officers:
            waits = not full.isdisjoint(council.directory.trays(officer, today))
            if waits or officer in self.news.get(today, {}):
                self.daily.append((today, officer))
