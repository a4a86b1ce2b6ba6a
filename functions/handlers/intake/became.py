"""What happened to an email that came in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Became", "Outcome"]


class Became(StrEnum):
    """What happened to an email. The value is what operators see in logs, metrics and lists."""

    NOTHING_YET = "taken, and not finished"
    RAISED = "raised"
    DRAFT = "kept as a draft"
    NOTE = "kept as a note"
    NOTE_ALONE = "kept as a note: no receipt, too many answers today"
    NOT_AN_IRO = "answered: only an IRO can raise a challenge"
    NO_CHALLENGE = "answered: no challenge is meant"
    FAILED_CHECKS = "not answered: failed the checks"
    STRANGER = "not answered: sender unknown"
    AUTOMATIC = "not answered: sent by a program"
    AWAY = "kept as evidence: its sender seems to be away"
    TOO_MANY = "not answered: too many answers today"
    REFUSED = "not answered: the sender's address was refused"


@dataclass(frozen=True)
class Outcome:
    """What happened to an email, with only ids and references."""

    became: Became
    details: dict[str, str]
