"""Calendar feeds: a secret address for each officer, with their deadlines and meetings.

``PK=CALENDAR#<officer> SK=CALENDAR``. The item holds the SHA-256 of the secret and never the secret
itself: nobody who reads the table can read a feed. A new address, or none, replaces the old one in
the same write, so an old address stops at once. The address names the officer's item, so that a
feed is found with one read.

What a feed says names a challenge and its stage, and what to do: nothing of the child, and no words
that anybody typed. A late task says so on its own day, where nobody looks any more, so an entry on
the present day counts the late ones and names them.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from adapters.codec import moment_text
from adapters.links import new_token
from domain.ladder import Stage
from domain.moments import date_in_words, local_day, parse_moment
from domain.vocabulary import Purpose
from domain.writing import capitalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adapters.record.beside import Beside
    from adapters.record.lists import Row, ToDo

__all__ = [
    "ENTRIES_AT_MOST",
    "Calendars",
    "Entry",
    "Feed",
    "as_feed",
    "deadlines",
    "late_today",
    "meetings",
]

_SORT = "CALENDAR"
_LONGEST = 400

#: A feed holds no more entries than this, the earliest first.
ENTRIES_AT_MOST = 500

#: How many late tasks the entry of the present day names.
_NAMED_AT_MOST = 25

#: How often a calendar should ask again, and how often at most it is noted that one did.
_AGAIN, _NOTED_EVERY = timedelta(hours=4), timedelta(hours=1)


@dataclass(frozen=True)
class Feed:
    """The address that an officer has: when it was made, and when a calendar last read it."""

    officer: str
    made_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One entry of a feed: a deadline on a day, or a meeting at a moment (UTC).

    ``uid`` names it for ever: when its date moves, calendars move what they have. ``names`` are
    the things that it counts, if it counts others.
    """

    uid: str
    on: date | datetime
    minutes: int
    summary: str
    address: str
    names: tuple[str, ...] = ()


class Calendars:
    """Makes the addresses of feeds, and finds whose an address is."""

    def __init__(self, beside: Beside, public_url: str) -> None:
        """Take the part of the record where they are kept, and the public address of the pages."""
        self._beside = beside
        self._public_url = public_url

    def of(self, officer: str) -> Feed | None:
        """Return the address of ``officer`` (an id); ``None`` if they have none."""
        item = self._beside.kept(_partition(officer), _SORT) or {}
        return _feed(officer, item) if item.get("digest") else None

    def make(self, officer: str, now: datetime) -> str:
        """Make a new secret for ``officer`` and return it: the one before stops at once."""
        token = new_token()
        item = {"digest": _digest(token), "made_at": moment_text(now)}
        self._beside.keep(_partition(officer), _SORT, item)
        return token

    def stop(self, officer: str) -> None:
        """Stop the address of ``officer``."""
        self._beside.keep(_partition(officer), _SORT, {"digest": ""})

    def address(self, officer: str, token: str) -> str:
        """Return the whole address of a feed."""
        return f"{self._public_url}/calendar/{token}.{_named(officer)}.ics"

    def is_current(self, officer: str, token: str) -> bool:
        """Whether ``token`` is the secret of the address that ``officer`` has now."""
        item = self._beside.kept(_partition(officer), _SORT) or {}
        return _opens(item, token)

    def read(self, name: str, now: datetime) -> str:
        """Return whose feed the last part of an address opens: an officer's id; empty if nobody's.

        Note that it was read, at most once an hour.
        """
        officer, token = _parts(name)
        if not officer:
            return ""
        item = self._beside.kept(_partition(officer), _SORT) or {}
        if not _opens(item, token):
            return ""
        used = _feed(officer, item).used_at
        if used is None or now - used >= _NOTED_EVERY:
            noted = {**item, "used_at": moment_text(now)}
            was = {"digest": item["digest"]}
            self._beside.replace(_partition(officer), _SORT, _plain(noted), was)
        return officer


def deadlines(rows: Iterable[Row], public_url: str, now: datetime) -> list[Entry]:
    """Return the deadlines of what these tray rows ask, without what may be left undone.

    Those that are late say so.
    """
    return [
        Entry(
            _uid(f"{row.reference}-{_slug(one.asks)}-{_slug(one.about)}", public_url),
            local_day(parse_moment(one.due)),
            0,
            f"{'Late: ' if _is_late(one, now) else ''}{_said(row, one)}",
            f"{public_url}/challenges/{row.reference}",
        )
        for row, one in _dated(rows)
    ]


def late_today(rows: Iterable[Row], public_url: str, now: datetime) -> list[Entry]:
    """Return the entry of the present day that counts what is late; nothing if nothing is."""
    late = sorted(
        ((row, one) for row, one in _dated(rows) if _is_late(one, now)),
        key=lambda pair: (pair[1].due, pair[0].reference),
    )
    if not late:
        return []
    names = [
        f"{_said(row, one)}, {date_in_words(local_day(parse_moment(one.due)))}"
        for row, one in late[:_NAMED_AT_MOST]
    ]
    if more := len(late) - len(names):
        names.append(f"and {more} more")
    many = "1 task is late" if len(late) == 1 else f"{len(late)} tasks are late"
    return [
        Entry(_uid("late", public_url), local_day(now), 0, many, f"{public_url}/", tuple(names))
    ]


def _dated(rows: Iterable[Row]) -> Iterator[tuple[Row, ToDo]]:
    """Yield each task that has a date, and that may not be left undone, with its row."""
    for row in rows:
        for one in row.to_do:
            if one.due and one.asks and not one.is_power:
                yield row, one


def _is_late(one: ToDo, now: datetime) -> bool:
    return one.due < moment_text(now)


def _said(row: Row, one: ToDo) -> str:
    return f"{_asked(one.asks, one.in_words)}: {row.reference}, {Stage(row.stage).title}"


def meetings(rows: Iterable[Row], public_url: str) -> list[Entry]:
    """Return the meetings of these rows (``Lists.meetings_of``)."""
    found = []
    for row in rows:
        for one in row.to_do:
            number, _, minutes = one.about.partition(" ")
            found.append(
                Entry(
                    _uid(f"{row.reference}-meeting-{_slug(number)}", public_url),
                    parse_moment(one.due),
                    int(minutes or 60),
                    f"Meeting: {row.reference}, {Stage(row.stage).title}",
                    f"{public_url}/challenges/{row.reference}",
                )
            )
    return found


def as_feed(entries: Iterable[Entry], now: datetime, *, training: bool) -> str:
    """Return the entries as a calendar to subscribe to (RFC 5545), the earliest first.

    Before them comes what counts others. At most :data:`ENTRIES_AT_MOST`. Deadlines last all day,
    and leave the day free.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Positive Challenge//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = f"{'Training: ' if training else ''}Positive Challenge"
    # Outlook and Google read the older names, Apple the newer ones (RFC 7986).
    for property_, text in (("name", name), ("x-wr-calname", name)):
        calendar.add(property_, text)
    calendar.add("x-wr-timezone", "Europe/London")
    calendar.add("refresh-interval", _AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    for entry in sorted(entries, key=_order)[:ENTRIES_AT_MOST]:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", now)
        event.add("summary", f"{'Training: ' if training else ''}{entry.summary}")
        event.add("dtstart", entry.on)
        if isinstance(entry.on, datetime):
            event.add("dtend", entry.on + timedelta(minutes=entry.minutes))
        else:
            event.add("dtend", entry.on + timedelta(days=1))
            event.add("transp", "TRANSPARENT")
        event.add("url", entry.address)
        event.add("description", "\n".join((*entry.names, f"Open it: {entry.address}")))
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _order(entry: Entry) -> tuple[bool, date, str]:
    day = local_day(entry.on) if isinstance(entry.on, datetime) else entry.on
    return not entry.names, day, entry.uid


def _asked(asks: str, in_words: str) -> str:
    return "Reply due" if asks == Purpose.REPLY else capitalised(in_words)


def _uid(what: str, public_url: str) -> str:
    return f"{what}@{public_url.partition('://')[2].partition('/')[0]}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _opens(item: dict[str, str], token: str) -> bool:
    return compare_digest(str(item.get("digest") or "-"), _digest(token))


def _parts(name: str) -> tuple[str, str]:
    """Return the officer and the token that the last part of an address names, or nothing."""
    token, _, rest = name.partition(".")
    named = rest.removesuffix(".ics")
    if len(name) > _LONGEST or named == rest or not named or not token:
        return "", ""
    try:
        return urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode(), token
    except ValueError:
        return "", ""


def _named(officer: str) -> str:
    return urlsafe_b64encode(officer.encode()).decode().rstrip("=")


def _plain(item: dict[str, str]) -> dict[str, str]:
    return {name: item[name] for name in ("digest", "made_at", "used_at")}


def _feed(officer: str, item: dict[str, str]) -> Feed:
    used = item.get("used_at")
    return Feed(officer, parse_moment(item["made_at"]), parse_moment(used) if used else None)


def _partition(officer: str) -> str:
    return f"CALENDAR#{officer}"


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
