"""Everything that can go wrong in the procedure.

::

    ProcedureError
    ├── BadSubmissionError        something entered cannot be accepted: names the fields
    ├── NotAllowedError           this person may not do this, or not now
    │   └── AlreadyAnsweredError  the question has already been answered
    ├── CalendarHorizonError      a date beyond the years whose bank holidays are known
    ├── BrokenChainError          an event in the record does not fit the one before it
    ├── UnknownSchemaError        the record was written by newer software
    ├── UnknownProcedureError     the settings lack the version a challenge was raised under
    └── StuckClockError           the clock would never stop: a fault in this software

Each message tells the person who reads it what is wrong and what to do next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "AlreadyAnsweredError",
    "BadSubmissionError",
    "BrokenChainError",
    "CalendarHorizonError",
    "NotAllowedError",
    "ProcedureError",
    "StuckClockError",
    "UnknownProcedureError",
    "UnknownSchemaError",
]


class ProcedureError(Exception):
    """The root of the tree: anything that the procedure refuses."""


class BadSubmissionError(ProcedureError):
    """Something entered cannot be accepted. ``fields`` maps a field's name to what to enter."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Take ``fields``: a field's name → the sentence that says what to enter."""
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class NotAllowedError(ProcedureError):
    """This person may not do this, or not while the challenge is where it is."""


class AlreadyAnsweredError(NotAllowedError):
    """The question has already been answered, or the challenge has ended."""


class CalendarHorizonError(ProcedureError):
    """A date is beyond the years whose bank holidays are known, and is never guessed."""


class BrokenChainError(ProcedureError):
    """An event does not fit the one before it. ``number`` names the first such event."""

    def __init__(self, number: int, what: str) -> None:
        """Take the number of the first event that does not fit, and what is wrong with it."""
        super().__init__(f"Event {number} does not fit: {what}")
        self.number = number


class UnknownSchemaError(ProcedureError):
    """The record was written by newer software than this, which has to be deployed."""


class UnknownProcedureError(ProcedureError):
    """The settings lack the version of the procedure that a challenge was raised under."""

    def __init__(self, version: str, known: Iterable[str]) -> None:
        """Take the version that is missing, and those that are known."""
        super().__init__(
            f"The settings have no version {version} of the procedure (they hold: "
            f"{', '.join(known)}). Put it back into procedure.toml as [earlier.{version}], and "
            "deploy. Nothing was changed."
        )


class StuckClockError(ProcedureError):
    """The clock would never stop, or never wake: a fault in the rules, not in the data."""
