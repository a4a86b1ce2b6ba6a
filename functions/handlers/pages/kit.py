"""The one kit that every form of the pages is made of: raising, replying, and all acts.

A form is a list of parts: fields, rows (the same fields, as often as somebody needs them) and the
headings between them. It says how each is asked for, reads what was typed, and puts what there is
to correct in the order of the page. ``_form.html`` shows it; where it is kept between two pages is
``handlers.pages.unsent``.

What cannot be read (no choice made, no date) is a problem of its field, and is replaced by
something harmless, so that the rules can say in the same breath what else has to be corrected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from domain.writing import can_be_seen
from handlers import dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

__all__ = ["ADD", "REMOVE", "Field", "Form", "Kind", "Option", "Part", "Reading", "Rows", "Section"]

_Choice = TypeVar("_Choice", bound=StrEnum)

#: Longer than anybody writes by hand, short enough for one event of the record.
LONGEST = 20_000

#: What the buttons of rows say in the field ``press``: ``add``, ``remove-2``.
ADD, REMOVE = "add", "remove"

#: The id of the form itself: where a problem of no field leads.
FORM = "form"


class Kind(StrEnum):
    """How a field is asked for. The value is its macro's branch in ``_form.html``."""

    WORDS = "words"
    LINE = "line"
    NUMBER = "number"
    DAY = "day"
    RADIOS = "radios"
    SELECT = "select"


@dataclass(frozen=True)
class Option:
    """One choice of a field; in a list, those of a ``group`` stand together under its name."""

    value: str
    text: str
    hint: str = ""
    group: str = ""


@dataclass(frozen=True)
class Field:
    """One field of a form. ``value`` stands in it before anybody typed.

    ``readers`` says who will read what is written in it; ``by_link``: reply links show it.
    ``lines`` are those of a box for words, ``width`` the characters of a line (GOV.UK's: 5, 20).
    """

    name: str
    kind: Kind
    label: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    value: str = ""
    by_link: bool = False
    readers: str = ""
    lines: int = 5
    width: int = 0

    @property
    def help(self) -> str:
        """What stands below the label: how to fill it in, and who reads it."""
        return f"{self.hint} {self.readers}".strip()

    @property
    def controls(self) -> tuple[str, ...]:
        """The names of its controls: a date has three boxes."""
        boxes = tuple(f"{self.name}-{box}" for box in dates.BOXES)
        return boxes if self.kind is Kind.DAY else (self.name,)

    @property
    def anchor(self) -> str:
        """The id of its first control: where its line of the error summary leads."""
        return self.controls[0]


@dataclass(frozen=True)
class Section:
    """A heading between the fields, and the sentences below it."""

    title: str
    sentences: tuple[str, ...] = ()

    kind = "section"


@dataclass(frozen=True)
class Rows:
    """Fields that are asked for several times: ``action-1-what``, ``action-2-what``, and so on.

    ``called`` is what each row is called, with its number. ``least`` stand there from the first,
    and no more than ``most`` can be added. Rows that were left blank do not count.
    """

    name: str
    called: str
    fields: tuple[Field, ...]
    least: int
    most: int

    kind = "rows"

    def row(self, number: int) -> tuple[Field, ...]:
        """The fields of one row, from 1."""
        named = f"{self.name}-{number}"
        return tuple(replace(one, name=f"{named}-{one.name}") for one in self.fields)

    def shown(self, typed: Mapping[str, str]) -> range:
        """The numbers of the rows that stand on the page."""
        return range(1, max(self.least, *self._numbers(typed), 0) + 1)

    def filled(self, typed: Mapping[str, str]) -> list[int]:
        """The numbers of the rows that something was typed into."""
        return [number for number in self._numbers(typed) if self._row(typed, number)]

    def tidied(
        self, typed: Mapping[str, str], *, without: int = 0, more: int = 0
    ) -> dict[str, str]:
        """What was typed into the rows, numbered from 1: those that are filled in come first.

        ``without`` is the number of a row to leave out; ``more`` is how many blank ones to add.
        """
        filled = [number for number in self.filled(typed) if number != without]
        numbers = self._numbers(typed)
        count = max(len(numbers), self.least) - (without in numbers) + more
        count = max(min(max(count, self.least), self.most), len(filled))
        rows = [self._row(typed, number) for number in filled]
        rows += [dict.fromkeys(self._controls, "")] * (count - len(filled))
        return {
            f"{self.name}-{number}-{part}": row.get(part, "")
            for number, row in enumerate(rows, start=1)
            for part in self._controls
        }

    @property
    def _controls(self) -> tuple[str, ...]:
        return tuple(name for one in self.fields for name in one.controls)

    def _row(self, typed: Mapping[str, str], number: int) -> dict[str, str]:
        """What was typed into a row; nothing if it was left blank."""
        row = {part: typed.get(f"{self.name}-{number}-{part}", "") for part in self._controls}
        return row if any(text.strip() for text in row.values()) else {}

    def _numbers(self, typed: Mapping[str, str]) -> list[int]:
        named = re.compile(rf"{self.name}-([1-9][0-9]{{0,2}})-(?:{'|'.join(self._controls)})")
        found = (named.fullmatch(name) for name in typed)
        return sorted({int(match[1]) for match in found if match})


#: What a form is made of.
Part = Field | Rows | Section


@dataclass(frozen=True)
class Form:
    """A form as a page shows it: its parts, where it is sent, and what was typed into it.

    ``problems``: a field's name → what to correct in it; a box of a date, or the name of rows,
    counts as well, and any other name is a problem of the whole form. ``hidden`` goes with it.
    """

    parts: tuple[Part, ...]
    address: str
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)

    id = FORM

    @property
    def rows(self) -> Rows | None:
        """Its rows, if it has any."""
        return next((part for part in self.parts if isinstance(part, Rows)), None)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All its fields, in the order of the page; those of each row that is shown."""
        return tuple(one for one in self._places() if isinstance(one, Field))

    @property
    def errors(self) -> list[dict[str, str]]:
        """The lines of the error summary: those of no field first, then in the page's order."""
        places: dict[str, tuple[int, str]] = {}
        for number, one in enumerate(self._places(), start=1):
            if isinstance(one, Rows):
                places[one.name] = (number, one.row(1)[0].anchor)
            else:
                names = (one.name, *one.controls)
                places |= dict.fromkeys(names, (number, one.anchor))
        nowhere = (0, self.id)
        ordered = sorted(self.problems, key=lambda name: places.get(name, nowhere)[0])
        return [
            {"text": self.problems[name], "href": f"#{places.get(name, nowhere)[1]}"}
            for name in ordered
        ]

    def value(self, one: Field) -> str:
        """What stands in a field."""
        return self.typed.get(one.name, one.value)

    def boxes(self, one: Field) -> dict[str, str]:
        """What stands in the boxes of a date."""
        return {box: self.typed.get(f"{one.name}-{box}", "") for box in dates.BOXES}

    def problem(self, name: str) -> str:
        """What there is to correct in a field, or in rows; empty if nothing."""
        boxes = (f"{name}-{box}" for box in dates.BOXES)
        return next((self.problems[one] for one in (name, *boxes) if one in self.problems), "")

    def answers(self) -> dict[str, str]:
        """What was typed into its fields and nothing else, its rows in order."""
        return {**self._alone(), **(self.rows.tidied(self.typed) if self.rows else {})}

    def pressed(self, button: str) -> tuple[dict[str, str], str] | None:
        """The answers after a button of its rows, and the id to look at; None for another button.

        Nothing is checked by it.
        """
        rows, (what, _, number) = self.rows, button.partition("-")
        if rows is None or what not in (ADD, REMOVE):
            return None
        without = int(number) if number.isascii() and number.isdigit() else 0
        tidied = rows.tidied(
            self.typed, without=without if what == REMOVE else 0, more=int(what == ADD)
        )
        row = len(rows.shown(tidied)) if what == ADD else 1
        return {**self._alone(), **tidied}, rows.row(row)[0].anchor

    def _alone(self) -> dict[str, str]:
        fields = (part for part in self.parts if isinstance(part, Field))
        names = (name for one in fields for name in one.controls)
        return {name: self.typed[name] for name in names if name in self.typed}

    def _places(self) -> Iterator[Field | Rows]:
        for part in self.parts:
            if isinstance(part, Field):
                yield part
            elif isinstance(part, Rows):
                yield part
                for number in part.shown(self.typed):
                    yield from part.row(number)


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
