"""The minutes of a meeting as a document (rule 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.typesetting import Facts, Section
from adapters.wiring import typesetter
from domain.moments import day_in_words, moment_in_words
from domain.rules.meetings import Meeting, MeetingHeld, agreed_at, meeting_of, meetings
from domain.timeline import details_of
from handlers.documents import report
from handlers.documents.way_in import answered, as_recorded, opened

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from adapters.typesetting import Document
    from domain.events import Event
    from handlers.pages.acts import Scene

__all__ = ["minutes", "router"]

router = APIGatewayRouter()


@router.get("/documents/<reference>/meeting-<number>.pdf")
def show_minutes(reference: str, number: str) -> Response[bytes]:
    """Return the minutes of a meeting. Raise ``NotFoundError`` if it was not held."""
    scene = opened(router, reference, f"meeting {number}")
    held = (one for one in meetings(scene.challenge) if one.held)
    meeting = next((one for one in held if str(one.number) == number), None)
    if meeting is None:
        raise NotFoundError
    pdf = typesetter().pdf(minutes(scene, meeting))
    return answered(pdf, f"{scene.challenge.reference}-meeting-{meeting.number}")


def minutes(scene: Scene, meeting: Meeting) -> Document:
    """Return the minutes: who was there, what was decided, and the actions with their state."""
    at_last = as_recorded(scene)
    challenge = at_last.challenge
    events = [one for one in challenge.events if meeting_of(challenge, one.fact) == meeting]
    records = [event for event in events if isinstance(event.fact, MeetingHeld)]
    others = [event for event in events if event not in records]
    return report.document(
        f"Minutes of the meeting of {day_in_words(meeting.held)}" if meeting.held else "Minutes",
        scene,
        (
            Section("The meeting", (Facts(_facts(meeting, at_last)),)),
            *(Section(_heading(one), (Facts(_said(one, at_last)),)) for one in records),
            *report.the_actions(agreed_at(challenge, meeting)),
            *(
                [Section("Before and after the meeting", (report.entries(others, at_last),))]
                if others
                else []
            ),
        ),
    )


def _facts(meeting: Meeting, scene: Scene) -> tuple[tuple[str, str], ...]:
    rows = (
        ("Held on", day_in_words(meeting.held) if meeting.held else ""),
        ("Arranged for", moment_in_words(meeting.at) if meeting.at else ""),
        ("Where", meeting.where),
        ("Chair", scene.officer_named(meeting.chair)),
        ("Asked to attend", ", ".join(scene.officer_named(one) for one in meeting.invited)),
    )
    return tuple(row for row in rows if row[1])


def _heading(event: Event) -> str:
    return f"Recorded by {event.actor.name} on {moment_in_words(event.recorded)}"


def _said(event: Event, scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return what was recorded of the meeting, for the reader. The actions are in their table."""
    words = details_of(event, scene.challenge, scene.capacities)
    return tuple((label, text) for label, text in words if not label.startswith("Action"))
