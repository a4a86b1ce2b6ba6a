"""What an email about a meeting puts into a calendar (RFC 5545, RFC 5546), and nothing of a child.

Of the meeting it holds the reference, the stage, the time and the address of the challenge's page.
Where the meeting is and why were typed by somebody, so they stand on that page alone. One meeting
has one UID for ever: calendars replace what they have, or remove it if it was cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from domain.rules.meetings import meeting_of

if TYPE_CHECKING:
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event
    from domain.notices import Notice

__all__ = ["Invitation", "as_calendar", "invitations_for"]

_REQUEST, _CANCEL = "REQUEST", "CANCEL"


@dataclass(frozen=True)
class Invitation:
    """One entry of a calendar. ``begins`` and ``ends`` are moments (UTC).

    ``uid`` names the meeting, and ``sequence`` counts its changes. ``method`` says whether it is
    held (``REQUEST``) or not, or no longer with this reader (``CANCEL``).
    """

    uid: str
    sequence: int
    begins: datetime
    ends: datetime
    summary: str
    url: str
    method: str


def invitations_for(
    notice: Notice, challenge: Challenge, council: Council, page: str, *, training: bool
) -> tuple[Invitation, ...]:
    """Return what the email of ``notice`` changes in its reader's calendar, one entry a meeting.

    It is more than one if the challenge ended before several meetings. ``page`` is the address of
    the challenge's page.
    """
    of = (notice.officer.id, challenge, council, page)
    found = (_invitation(event, *of, training=training) for event in notice.events)
    return tuple(one for one in found if one)


def _invitation(
    event: Event, officer: str, challenge: Challenge, council: Council, page: str, *, training: bool
) -> Invitation | None:
    meeting = meeting_of(challenge, event.fact)
    if meeting is None or meeting.at is None:
        return None
    off = meeting.cancelled or officer not in meeting.invited
    stage = council.ladder.title(challenge.stage)
    return Invitation(
        f"{challenge.reference}-meeting-{meeting.number}@{urlsplit(page).hostname}",
        meeting.changes,
        meeting.at,
        meeting.at + timedelta(minutes=meeting.minutes),
        f"{'Training: ' if training else ''}Meeting: {challenge.reference}, {stage}",
        page,
        _CANCEL if off else _REQUEST,
    )


def as_calendar(invitation: Invitation, sender: str, to: str, now: datetime) -> str:
    """Return the invitation as text/calendar, from the council's ``sender`` to the address ``to``.

    It asks for no answer: nobody reads what a calendar sends back.
    """
    from icalendar import Calendar, Event, vCalAddress, vText

    calendar, event = Calendar(), Event()
    calendar.add("prodid", "-//Positive challenge//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", invitation.method)
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", invitation.begins)
    event.add("dtend", invitation.ends)
    event.add("summary", invitation.summary)
    event.add("description", f"Where it is, and what it is about: {invitation.url}")
    event.add("url", invitation.url)
    event.add("status", "CANCELLED" if invitation.method == _CANCEL else "CONFIRMED")
    event.add("class", "CONFIDENTIAL")
    organizer = vCalAddress(f"MAILTO:{parseaddr(sender)[1]}")
    if name := parseaddr(sender)[0]:
        organizer.params["CN"] = vText(name)
    event.add("organizer", organizer)
    attendee = vCalAddress(f"MAILTO:{to}")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()
