"""One day for somebody's calendar: a reply or an action that is due then (RFC 5545).

It names the challenge and what to do, and nothing of the child. It has no link in it: a calendar is
shared, and whoever has the link can reply.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response

from handlers.pages.web import SECURITY

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["AS_CALENDAR", "calendar_entry"]

#: The end of the address that gives the entry.
AS_CALENDAR = "as=calendar"


def calendar_entry(name: str, what: str, day: date, now: datetime) -> Response[str]:
    """Return the entry for a whole ``day``. ``what`` is its title, of our own words only.

    ``name`` is always the same for the same thing to do: a later entry moves the day.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Positive Challenge//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{name}@positive-challenge",
        f"DTSTAMP:{stamp}",
        f"SEQUENCE:{int(now.timestamp()) // 60}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{what}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    headers = {**SECURITY, "Content-Disposition": 'attachment; filename="positive-challenge.ics"'}
    body = "".join(f"{line}\r\n" for line in lines)
    return Response(200, "text/calendar; charset=utf-8", body, headers)
