"""Everything that can go wrong in the procedure, and what the person can do next.

::

    ProcedureError
    ├── BadSubmissionError        something typed cannot be accepted: names the fields
    ├── NotAllowedError           this person may not do this, or not now
    │   └── AlreadyAnsweredError  the question has had its answer
    ├── CalendarHorizonError      a date beyond the years whose bank holidays are known
    ├── BrokenChainError          an event of the record does not fit the one before it
    ├── UnknownSchemaError        the record was written by newer software
    ├── UnknownProcedureError     the settings lack the version a challenge was raised under
    └── StuckClockError           the clock would never come to rest: a fault of this software

The message of each is a sentence for the person who meets it, and says what to do.
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
    """The root of the tree: whatever the procedure refuses."""


class BadSubmissionError(ProcedureError):
    """Something typed cannot be accepted. ``fields`` maps each field's name to what to do."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Take ``fields``: the field's name → a sentence that says what to enter."""
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class NotAllowedError(ProcedureError):
    """This person may not do this, or the challenge does not stand where it can be done."""


class AlreadyAnsweredError(NotAllowedError):
    """The question that this answers has had its answer."""


class CalendarHorizonError(ProcedureError):
    """A date lies beyond the years whose bank holidays are known: never a guess."""


class BrokenChainError(ProcedureError):
    """An event does not fit the one before it. ``number`` names the first such event."""

    def __init__(self, number: int, what: str) -> None:
        """Take the first event that does not fit, and in what way it does not."""
        super().__init__(f"Event {number} does not fit: {what}")
        self.number = number


class UnknownSchemaError(ProcedureError):
    """The record was written by newer software than this: deploy that, do not guess."""


class UnknownProcedureError(ProcedureError):
    """The settings lack the version of the procedure that a challenge was raised under."""

    def __init__(self, version: str, known: Iterable[str]) -> None:
        """Take the version that is asked for, and those that are known."""
        super().__init__(
            f"The settings hold no version {version} of the procedure (they hold: "
            f"{', '.join(known)}). Put it back into procedure.toml, as [earlier.{version}], and "
            "deploy; nothing was changed."
        )


class StuckClockError(ProcedureError):
    """The clock would wake at once, again and again: a fault in the rules, not in the data."""
