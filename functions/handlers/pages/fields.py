"""Fields of a form: how each is asked for, and how what was typed is read.

What cannot be read (no choice made, no date) is a problem of its field, and is replaced by
something harmless, so that the rules can say in the same breath what else has to be mended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from domain.writing import can_be_seen
from handlers import dates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["Field", "Kind", "Option", "Reading", "error_summary"]

_Choice = TypeVar("_Choice", bound=StrEnum)

#: Longer than anybody writes by hand, short enough for one event of the record.
LONGEST = 20_000


class Kind(StrEnum):
    """How a field is asked for. The value is its macro's branch in ``_fields.html``."""

    WORDS = "words"
    NUMBER = "number"
    DAY = "day"
    RADIOS = "radios"
    SELECT = "select"


@dataclass(frozen=True)
class Option:
    """One choice of a field."""

    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Field:
    """One field of a form. ``value`` stands in it before anybody typed.

    ``by_link``: what is written in it is shown by reply links.
    """

    name: str
    kind: Kind
    label: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    value: str = ""
    by_link: bool = False


@dataclass
class Reading:
    """A form as it was typed, read field by field. ``problems``: the field's name → what to do."""

    form: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    def words(self, name: str) -> str:
        """What was written, without the space around it; empty if nothing of it can be seen."""
        text = self.form.get(name, "").strip()
        if len(text) > LONGEST:
            self.problems[name] = (
                f"Shorten this to {LONGEST:,} characters: it has {len(text):,}. Give the rest to "
                "the IRO as a document."
            )
        return text if can_be_seen(text) else ""

    def choice(self, name: str, kind: type[_Choice], otherwise: _Choice, ask: str) -> _Choice:
        """The choice made; ``otherwise`` stands in, and ``ask`` is the problem, if none was."""
        try:
            return kind(self.form.get(name, ""))
        except ValueError:
            self.problems[name] = ask
            return otherwise

    def number(self, name: str, ask: str, *, most: int) -> int:
        """A whole number from 1 to ``most``; 1 stands in, and ``ask`` is the problem, if not."""
        text = self.form.get(name, "").strip()
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most:
            return int(text)
        self.problems[name] = ask
        return 1

    def day(self, name: str, otherwise: date, enter: str = "Enter") -> date:
        """The date in the boxes ``name-day``, ``name-month`` and ``name-year``.

        A month may be written out. ``otherwise`` stands in, with a problem, if it is no date.
        """
        try:
            return dates.of_boxes(*(self.form.get(f"{name}-{box}", "") for box in dates.BOXES))
        except dates.IncompleteDateError as error:
            missing = " and a ".join(error.missing)
            nothing = len(error.missing) == len(dates.BOXES)
            what = "a date" if nothing else f"a date that includes a {missing}"
            self.problems[name] = f"{enter} {what}."
        except dates.NoDateError:
            self.problems[name] = f"{enter} a real date, like 27 3 2027."
        return otherwise


def error_summary(problems: Mapping[str, str], anchors: Mapping[str, str]) -> list[dict[str, str]]:
    """The error summary's lines; ``anchors``: the field's name → the id of its first control."""
    return [
        {"text": text, "href": f"#{anchors.get(name, name)}"} for name, text in problems.items()
    ]


def names_of(fields: tuple[Field, ...]) -> set[str]:
    """The names of all the fields' controls."""
    boxes = {f"{f.name}-{box}" for f in fields if f.kind is Kind.DAY for box in dates.BOXES}
    return boxes | {f.name for f in fields}


def anchors_of(fields: tuple[Field, ...]) -> dict[str, str]:
    """The id of each field's first control: what its line of the error summary leads to."""
    return {f.name: f"{f.name}-day" if f.kind is Kind.DAY else f.name for f in fields}
