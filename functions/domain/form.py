"""The form that raises a challenge: the child, and what is wrong. Source: rule 1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.ladder import Stage

__all__ = ["Child", "Concern", "Form"]


@dataclass(frozen=True)
class Child:
    """The child, as on the form. ``case_id`` is the Case ID: the child's in the case system."""

    case_id: str
    initials: str
    name: str
    date_of_birth: date
    team: str


@dataclass(frozen=True)
class Concern:
    """One thing that is wrong: its theme (rule 21), what, the outcome wanted, and by when."""

    theme: str
    what: str
    outcome_wanted: str
    by: date


@dataclass(frozen=True)
class Form:
    """What the IRO entered to raise it. ``iro`` is an officer, ``social_worker`` a post.

    ``procedure`` is the version of the procedure under which the challenge runs. If it was reopened
    (rule 16), ``continues`` is the reference of the challenge that had ended, and ``formal_before``
    the day of the first formal entry of them all.
    """

    child: Child
    iro: str
    social_worker: str
    entry: Stage
    entry_reason: str
    concerns: tuple[Concern, ...]
    tried: str
    views: str
    procedure: str
    continues: str = ""
    formal_before: date | None = None
