"""The daily email: what waits for an officer and what is new, each working day if anything is.

What waits is in their trays. What is new was kept for this morning when it happened
(``record.news``); it is told once everybody's email of a morning has been sent, or the next time.
No challenge is read: what an officer should hear about is in a tray of theirs, or was kept.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from adapters import clock
from adapters.delivery import Held, PutOff, Refused, Sent
from adapters.outgoing import CALLED_AGAIN
from adapters.record.lists import together
from adapters.record.places import DailyPlace
from domain.covering import cover_news
from domain.ladder import Role, Stage
from domain.moments import day_in_words, local_day, parse_moment
from domain.rules.lateness import days_in_words
from domain.vocabulary import OWN_PAGES, Standing
from domain.writing import capitalised

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from adapters.council_store import CouncilStore
    from adapters.letters import DailyLine
    from adapters.mail import Written
    from adapters.outgoing import Outcome, Outgoing
    from adapters.record import Record
    from adapters.record.lists import Row, ToDo
    from adapters.record.news import NewsLine
    from domain.council import Council
    from domain.directory import Officer

__all__ = ["DailyLetters", "Morning"]

_log = logging.getLogger(__name__)

#: After this many emails in a row that SES did not take, it counts as out and the rest waits. A
#: single one may be throttling, and must not cost everyone their email: AWS calls only twice more.
_OUT_AFTER = 3

#: How many days back the first morning of all looks for what is to be told.
_FIRST_LOOKS_BACK = timedelta(days=14)
_A_DAY = timedelta(days=1)

#: How many working days count as "soon".
_SOON = 2

#: What rows from before 2026-11.7 ask: in the IRO's tray, and in a post's.
_ASKED = {
    Standing.IRO_TO_DECIDE: ("decide what follows", "do what was agreed, and report it"),
    Standing.TO_BE_REASSIGNED: ("say who should reply", "say who should reply"),
    Standing.ACTIONS_UNDER_WAY: ("see to it", "do what was agreed, and report it"),
}
_REPLY = ("see to it", "reply")


@dataclass(frozen=True)
class Morning:
    """How many emails of a morning were sent, refused, and ``failed`` (to be tried again)."""

    sent: int = 0
    refused: int = 0
    failed: int = 0


@dataclass(frozen=True)
class _Waits:
    """One thing to do in a challenge; ``due`` is ``None`` if they need not do it.

    ``more`` is how many things there are to do beside those that the tray names.
    """

    row: Row
    to_do: ToDo
    due: datetime | None
    more: int = 0

    def line(self, link: str, now: datetime, council: Council) -> DailyLine:
        """Return ``Reply: PCE-7K3M-9QXT, Stage 1. Due Tuesday 5 January 2027.``, with its link."""
        from adapters.letters import DailyLine

        said = []
        if self.due:
            day, today = local_day(self.due), local_day(now)
            late = council.calendar.between(day, today) if self.due < now else 0
            left = f", {days_in_words(late)} late" if late else ""
            said.append(f"Due {day_in_words(day)}{left}.")
        else:
            said.append("You may, if you think it right.")
        if self.more:
            said.append(f"And {self.more} more {'thing' if self.more == 1 else 'things'} to do.")
        stage = Stage(self.row.stage).title
        label = f"{capitalised(self.to_do.in_words)}: {self.row.reference}, {stage}"
        return DailyLine(label, f"{link}challenges/{self._page}", " ".join(said))

    @property
    def _page(self) -> str:
        """Return where it is done, below the challenges: some see one page of a challenge alone."""
        alone = self.row.reference + OWN_PAGES.get(self.to_do.asks, "")
        return self.row.reference if self.row.case_id else alone


class DailyLetters:
    """Tells each officer in the morning what waits for them."""

    def __init__(
        self,
        *,
        record: Record,
        council: CouncilStore,
        outgoing: Outgoing,
        public_url: str,
        council_name: str,
        training: bool,
    ) -> None:
        """Take the adapters it works with. In ``training`` its emails say so."""
        self._record = record
        self._council = council
        self._outgoing = outgoing
        self._public_url = public_url
        self._council_name = council_name
        self._training = training

    def send_all(self) -> Morning:
        """Send today's emails that were not sent yet; none on a day that is not a working day.

        An email that fails does not stop the others, but while SES is out they all wait.
        Raise ``CalendarHorizonError``.
        """
        council, today = self._council.current(), local_day(clock.now())
        if not council.calendar.is_working_day(today):
            return Morning()
        news = self._news(today)
        sent = refused = failed = not_taken_in_a_row = 0
        for officer in council.directory.officers.values():
            try:
                outcome = self._tell(officer, council, today, news.get(officer.id, ()))
            except Exception:  # noqa: BLE001 - one officer's failure must not stop the others
                _log.exception("letter not sent", extra={"officer": officer.id})
                failed += 1
                continue
            match outcome:
                case Sent(earlier=False):
                    sent, not_taken_in_a_row = sent + 1, 0
                case Refused(earlier=False):  # SES is there: it answered
                    refused, not_taken_in_a_row = refused + 1, 0
                case PutOff(mail_is_out=mail_is_out):
                    failed, not_taken_in_a_row = failed + 1, not_taken_in_a_row + mail_is_out
                case Held():  # the process that holds it may have died
                    failed += 1
                case _:  # nothing waits, or an earlier call did everything
                    pass
            if not_taken_in_a_row == _OUT_AFTER:
                break
        if not failed:
            self._record.news.note_told(today)
        return Morning(sent, refused, failed)

    def _news(self, today: date) -> dict[str, list[NewsLine]]:
        """Return what is new for each officer (id): of this morning, and of mornings missed.

        A morning was missed if somebody's email could not be sent. Whoever had theirs is not told
        again. All days count, because one may have been a working day when something was kept for
        it.
        """
        told = self._record.news.told_up_to() or today - _FIRST_LOOKS_BACK
        found: dict[str, list[NewsLine]] = defaultdict(list)
        had: dict[tuple[str, date], bool] = {}
        morning = min(told + _A_DAY, today)
        while morning <= today:
            for line in self._record.news.of(morning):
                for officer in line.officers:
                    known = officer, morning
                    if morning < today and known not in had:
                        place = DailyPlace(officer, str(morning))
                        had[known] = self._outgoing.earlier(place) is not None
                    if not had.get(known):
                        found[officer].append(line)
            morning += _A_DAY
        return found

    def _tell(
        self, officer: Officer, council: Council, today: date, news: Sequence[NewsLine]
    ) -> Outcome | None:
        """Send one officer's email; ``None`` if nothing waits for them and nothing is new."""
        waiting = self._waiting(officer, council, today)
        cover = cover_news(officer.id, council.directory, today, council.calendar)
        if not waiting and not news and not cover.new:
            return None
        write = partial(self._write, waiting, news, cover.lines, officer, council)
        return self._outgoing.once(DailyPlace(officer.id, str(today)), CALLED_AGAIN, write, officer)

    def _waiting(self, officer: Officer, council: Council, today: date) -> list[_Waits]:
        """Return everything that is in the officer's trays, each task once, the first due first."""
        trays = council.directory.trays(officer.id, today)
        rows = [
            row if row.asks else replace(row, asks=_asked(row, tray))  # one from before 2026-11.7
            for tray in trays
            for row in self._record.lists.in_tray(tray)
        ]
        found = [one for row in together(rows) for one in _things(row)]
        return sorted(found, key=_urgency)

    def _write(
        self,
        waiting: list[_Waits],
        news: Sequence[NewsLine],
        cover: tuple[str, ...],
        officer: Officer,
        council: Council,
    ) -> Written:
        from adapters.letters import DAILY, DailyContext, write

        now = clock.now()
        groups: dict[str, list[DailyLine]] = {}
        link = f"{self._public_url}/"
        for one in waiting:
            line = one.line(link, now, council)
            groups.setdefault(_heading(one, now, council), []).append(line)
        context = DailyContext(
            council=self._council_name,
            headline=_headline(waiting, news, now) or "Cover for leave",
            opening=_opening(waiting, news, now),
            groups=tuple((heading, tuple(lines)) for heading, lines in groups.items()),
            news=_by_challenge(news, link),
            link=link,
            turn_to=council.directory.contact(Role.SRSM, local_day(now), besides=officer.id),
            cover=cover,
        )
        return write(DAILY, context, training=self._training)


def _things(row: Row) -> Iterator[_Waits]:
    """Yield each thing to do in the challenge of this row; the last says how many more."""
    *others, last = (
        _Waits(row, one, parse_moment(one.due) if one.due and not one.is_power else None)
        for one in row.to_do
    )
    yield from others
    yield replace(last, more=row.more)


def _asked(row: Row, tray: str) -> str:
    """Return what a row from before 2026-11.7 asks, which does not say so itself."""
    of_iro, of_post = _ASKED.get(Standing(row.standing), _REPLY)
    return of_iro if row.iro == tray else of_post


def _urgency(one: _Waits) -> tuple[bool, datetime, str]:
    return one.due is None, one.due or datetime.max.replace(tzinfo=UTC), one.row.reference


def _heading(one: _Waits, now: datetime, council: Council) -> str:
    today = local_day(now)
    if one.due is None:
        return "For you to do if you think it right"
    if one.due < now:
        return "Overdue"
    day = local_day(one.due)
    if day == today:
        return "Due today"
    soon = council.calendar.between(today, day) <= _SOON
    return "Due soon" if soon else "Due later"


def _by_challenge(news: Sequence[NewsLine], link: str) -> tuple[DailyLine, ...]:
    """Return a line for each challenge: ``PCE-7K3M-9QXT, Stage 2. No reply came. Stage 2 began.``.

    It names the stage of the last thing that happened.
    """
    from adapters.letters import DailyLine

    found: dict[str, list[NewsLine]] = defaultdict(list)
    for one in news:
        found[one.reference].append(one)
    return tuple(
        DailyLine(
            f"{reference}, {lines[-1].stage}",
            f"{link}challenges/{reference}",
            " ".join(dict.fromkeys(one.line for one in lines)),
        )
        for reference, lines in found.items()
    )


def _headline(waiting: Sequence[_Waits], news: Sequence[NewsLine], now: datetime) -> str:
    """Return the subject: ``3 things to do, 1 overdue, and news of 2 challenges``."""
    to_do, overdue, today = _counted(waiting, now)
    about = len({one.reference for one in news})
    parts = [_many(to_do, "thing", " to do")] if to_do else []
    if overdue:
        parts.append(f"{overdue} overdue")
    if today:
        parts.append(f"{today} due today")
    said = ", ".join(parts)
    if about:
        heard = f"news of {_many(about, 'challenge')}"
        said = f"{said}, and {heard}" if said else capitalised(heard)
    if not said and waiting:
        return "Late decisions that you may take"
    return said


def _opening(waiting: Sequence[_Waits], news: Sequence[NewsLine], now: datetime) -> str:
    """Return the first sentence, which asks."""
    to_do, overdue, today = _counted(waiting, now)
    if overdue:
        return f"Please start with what is overdue: {_many(overdue, 'thing')}."
    if today:
        return f"Please do {_many(today, 'thing')} today."
    if to_do:
        return f"You have {_many(to_do, 'thing')} to do."
    if waiting:
        return "You do not have to do anything. You may take late decisions."
    return "You do not need to do anything: this is for information." if news else _COVER_ALONE


#: The first sentence of an email that is about cover alone.
_COVER_ALONE = "You do not need to do anything: cover for leave begins or ends."


def _counted(waiting: Sequence[_Waits], now: datetime) -> tuple[int, int, int]:
    """Return how many things there are to do, how many are overdue, and how many due today."""
    due = [one.due for one in waiting if one.due]
    more = sum(one.more for one in waiting)
    overdue = sum(moment < now for moment in due)
    today = sum(moment >= now and local_day(moment) == local_day(now) for moment in due)
    return len(due) + more, overdue, today


def _many(count: int, thing: str, rest: str = "") -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}{rest}"
