"""Emails as people's programs write them, with the lines of the form or without."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

from tests.workflow.service import INTAKE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IRA", "LINES", "TESSA", "form", "mail"]

IRA = "Ira Sample-One <ira.sample-one@sampleshire.example>"
TESSA = "Tessa Sample-North <tessa.sample-north@sampleshire.example>"

#: The form, filled in. No answer may show anything of the child, or what anybody wrote.
LINES = {
    "Case ID": "CASE-98431",
    "Initials": "Q.Z.",
    "Name": "Quillon Zephyrine",
    "Date of birth": "5 April 2013",
    "Team": "North Team",
    "Social worker": "Willow Sample-North",
    "Stage": "1",
    "Reason for this stage": "Marigoldreasontext",
    "Concern 1": "Marigoldwrongtext",
    "Concern 1 theme": "placement",
    "Concern 1 outcome": "Marigoldwantedtext",
    "Concern 1 by": "4 January 2027",
    "Already tried": "Marigoldtriedtext",
    "Child's views": "Marigoldviewstext",
    "Rights breached": "yes",
}


def form(**changes: str) -> str:
    """Return the lines of the form, some changed (``Case_ID="…"``); "-" leaves a line out."""
    lines = {**LINES, **{name.replace("_", " "): value for name, value in changes.items()}}
    return "".join(f"{name}: {value}\n" for name, value in lines.items() if value != "-")


def mail(
    text: str,
    *,
    sender: str = IRA,
    subject: str = "A challenge",
    html: str = "",
    message_id: str = "<one@sampleshire.example>",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return an email in plain text, or with ``html`` beside it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = INTAKE
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0000"
    if message_id:
        message["Message-ID"] = message_id
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()
