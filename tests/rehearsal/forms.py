"""The form that raises a challenge, about a made-up child: as JSON, and as lines of an email."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

from adapters import clock
from domain.moments import local_day
from handlers.api.document import EXAMPLE
from tests.builders import calendar
from tests.rehearsal.deployment import COUNCIL
from tests.service.running import IRA

__all__ = ["form", "form_by_mail", "in_a_year"]


def in_a_year() -> str:
    """Return a working day that is in the future whenever this runs."""
    return str(calendar().on_or_after(local_day(clock.now()) + timedelta(days=365)))


def form() -> dict[str, object]:
    """Return the form in the interface's own document, with officers of the sample directory."""
    (concern,) = EXAMPLE["concerns"]
    return EXAMPLE | {
        "iro": IRA,
        "case_id": "SAMPLE-40404",
        "social_worker": "willow.sample-north@sampleshire.example",
        "concerns": [concern | {"by": in_a_year()}],
        "too_late_after": in_a_year(),
    }


def form_by_mail(case_id: str) -> bytes:
    """Return the same as lines of an email, about the child with this Case ID."""
    mail = EmailMessage()
    mail["From"] = f"Ira Sample-One <{IRA}>"
    mail["To"] = COUNCIL["intake_address"]
    mail["Subject"] = "A challenge"
    mail["Message-ID"] = f"<{case_id}@sampleshire.example>"
    filled = form()
    mail.set_content(
        f"Child ID: {case_id}\nInitials: {filled['initials']}\nName: {filled['name']}\n"
        "Date of birth: 27 March 2015\nTeam: North Team\nSocial worker: Willow Sample-North\n"
        f"Stage: 1\nReason for this stage: {filled['reason']}\n"
        "Concern 1: There is no placement for next month.\nConcern 1 theme: placement\n"
        f"Concern 1 outcome: A placement near the school.\nConcern 1 by: {in_a_year()}\n"
        f"Already tried: {filled['tried']}\nChild's views: {filled['views']}\n"
        f"Rights breached: {filled['rights_breached']}\nEnd\n"
    )
    return mail.as_bytes()
