"""What was agreed to be done for the child, and who does it (rule 6).

A form and a challenge both hold agreed actions, so they are in neither's module.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["AgreedAction", "Owner"]


@dataclass(frozen=True)
class Owner:
    """Who does an action (rule 6): an officer or post of the directory, or somebody outside.

    ``party`` is the id of the officer or post. It is empty for somebody outside, who has a
    ``name``, an ``organisation``, and an ``email`` if they can be reached by one.
    """

    party: str = ""
    name: str = ""
    organisation: str = ""
    email: str = ""


@dataclass(frozen=True)
class AgreedAction:
    """Something somebody agreed to do for the child, by the end of ``by`` (a local date).

    ``owner`` is its owner in words, for people to read. ``who`` says who that is; ``None`` in
    records from before 2026-11.9, whose owners are only the words that somebody typed.
    """

    what: str
    owner: str
    by: date
    who: Owner | None = None
