"""What became of a mail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Became", "Outcome"]


class Became(StrEnum):
    """What became of a mail. The value is what operators see in logs, metrics and lists."""

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
    TOO_MANY = "not answered: too many answers today"
    REFUSED = "not answered: the sender's address was refused"


@dataclass(frozen=True)
class Outcome:
    """What became of a mail, with ids and references alone."""

    became: Became
    details: dict[str, str]
