"""The kit for every form of the pages: raising, replying, and all acts.

A form is a list of parts: fields, rows (a group of fields that can be repeated), fields that are
folded away until they are needed, and the headings between them. It says how to ask for each, reads
what was typed, and lists what to correct in the order of the page. ``_form.html`` shows it, and
``handlers.pages.unsent`` keeps it between pages.

An answer that cannot be read (no choice, no real date) is a problem of its field. A harmless value
takes its place, so that the rules can check the rest and all problems are shown at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from domain.values import Value, value
from domain.writing import can_be_seen
from handlers import dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from domain.working_days import WorkingDays

__all__ = [
    "ADD",
    "REMOVE",
    "Field",
    "Form",
    "Kind",
    "Option",
    "Part",
    "Reading",
    "Rows",
    "Section",
    "working_day",
]

_Choice = TypeVar("_Choice", bound=StrEnum)

#: The most characters in one answer: more than anybody writes, and they fit into one event.
LONGEST = 20_000

#: The buttons of rows send these in the field ``press``: ``add``, or ``remove-2`` for row 2.
ADD, REMOVE = "add", "remove"

#: The id of the form's element, where problems that belong to no field lead.
FORM = "form"


class Kind(StrEnum):
    """How a field is asked for. ``_form.html`` chooses the macro by the value."""

    WORDS = "words"
    LINE = "line"
    NUMBER = "number"
    DAY = "day"
    RADIOS = "radios"
    SELECT = "select"


@value
class Option(Value):
    """One choice of a field. A select lists options with the same ``group`` under its name."""

    value: str
    text: str
    hint: str = ""
    group: str = ""


@value
class Field(Value):
    """One field of a form. ``value`` is what it shows before anybody types (ISO 8601 for a date).

    ``readers`` says who will read what is written in it; ``by_link``: reply links show it.
    ``warns``: the page says so if the child's name stands in it (``Form.warnings``). ``limit`` is
    the most characters it takes, which its hint says; 0 if nobody has to know. ``choices`` are
    offered while somebody types in a line, who may type something else.
    ``lines`` is the height of a box for words, and ``width`` the width of a line in characters, one
    of GOV.UK's (5, 20); 0 is the full width. Fields that follow each other under the same
    ``folded`` title are folded away until somebody opens them by it. ``about`` is what a
    select decides on: all of it, as (label, text) pairs.
    """

    name: str
    kind: Kind
    label: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    value: str = ""
    by_link: bool = False
    warns: bool = False
    limit: int = 0
    choices: tuple[str, ...] = ()
    readers: str = ""
    lines: int = 5
    width: int = 0
    folded: str = ""
    about: tuple[tuple[str, str], ...] = ()

    @property
    def help(self) -> str:
        """Return the text below the label: how to fill the field in, its limit, who reads it."""
        limit = f"Up to {self.limit:,} characters." if self.limit else ""
        return " ".join(said for said in (self.hint, limit, self.readers) if said)

    @property
    def controls(self) -> tuple[str, ...]:
        """Return the names of its controls: three boxes for a date, otherwise one."""
        boxes = tuple(f"{self.name}-{box}" for box in dates.BOXES)
        return boxes if self.kind is Kind.DAY else (self.name,)

    @property
    def anchor(self) -> str:
        """Return the id of its first control, where its line of the error summary leads."""
        return self.controls[0]


def working_day(name: str, label: str, today: date, calendar: WorkingDays) -> Field:
    """Return the field for a day that becomes a deadline: people can set only a working day."""
    like = dates.example(today, calendar)
    hint = f"A working day, for example {like.day} {like.month} {like.year}."
    return Field(name, Kind.DAY, label, hint)


@value
class Section(Value):
    """A heading between fields, and the sentences below it."""

    title: str
    sentences: tuple[str, ...] = ()

    kind = "section"


@value
class Rows(Value):
    """Fields that can be filled in several times: ``action-1-what``, ``action-2-what``, and so on.

    ``called`` is the word for a row, shown with its number. ``least`` rows are shown at first, and
    people can add rows up to ``most``. Rows that were left blank do not count.
    """

    name: str
    called: str
    fields: tuple[Field, ...]
    least: int
    most: int

    kind = "rows"

    def row(self, number: int) -> tuple[Field, ...]:
        """Return the fields of one row; ``number`` begins at 1."""
        named = f"{self.name}-{number}"
        return tuple(replace(one, name=f"{named}-{one.name}") for one in self.fields)

    def shown(self, typed: Mapping[str, str]) -> range:
        """Return the numbers of the rows that the page shows."""
        return range(1, max(self.least, *self._numbers(typed), 0) + 1)

    def filled(self, typed: Mapping[str, str]) -> list[int]:
        """Return the numbers of the rows that something was typed into."""
        return [number for number in self._numbers(typed) if self._row(typed, number)]

    def tidied(
        self, typed: Mapping[str, str], *, without: int = 0, more: int = 0
    ) -> dict[str, str]:
        """Return what was typed into the rows, numbered again from 1, with blank rows at the end.

        ``without`` is the number of a row to leave out, ``more`` how many blank rows to add.
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
        """Return what was typed into a row; empty if it was left blank."""
        row = {part: typed.get(f"{self.name}-{number}-{part}", "") for part in self._controls}
        return row if any(text.strip() for text in row.values()) else {}

    def _numbers(self, typed: Mapping[str, str]) -> list[int]:
        named = re.compile(rf"{self.name}-([1-9][0-9]{{0,2}})-(?:{'|'.join(self._controls)})")
        found = (named.fullmatch(name) for name in typed)
        return sorted({int(match[1]) for match in found if match})


#: One part of a form.
Part = Field | Rows | Section


@value
class Form(Value):
    """A form as a page shows it: its parts, the address it is sent to, and what was typed.

    ``problems``: name → what to correct. The name is that of a field, of a box of a date, or of
    rows; any other name is a problem of the whole form. ``warnings``: a field's name → what to look
    at again, which stops nobody. ``hidden`` are its hidden fields.
    """

    parts: tuple[Part, ...]
    address: str
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)

    id = FORM

    def groups(self, parts: Iterable[Part]) -> list[tuple[str, tuple[Part, ...]]]:
        """Return ``parts`` as they follow each other under a title that folds them, or under none.

        They are the parts of the form, or the fields of one of its rows.
        """

        def title(part: Part) -> str:
            return part.folded if isinstance(part, Field) else ""

        return [(folded, tuple(some)) for folded, some in groupby(parts, title)]

    @property
    def all_rows(self) -> tuple[Rows, ...]:
        """Return all its rows: one kind of them, for most forms, or several."""
        return tuple(part for part in self.parts if isinstance(part, Rows))

    @property
    def rows(self) -> Rows | None:
        """Return its first rows; ``None`` if it has none."""
        return next(iter(self.all_rows), None)

    def button(self, rows: Rows, what: str) -> str:
        """Return the button of these rows for ``what``: ``add`` or ``remove``.

        Those of the first rows do not name them, as in forms that earlier releases showed.
        """
        return what if rows == self.rows else f"{what}-{rows.name}"

    @property
    def alone(self) -> tuple[Field, ...]:
        """Return its fields that are in no row, in the order of the page."""
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return all its fields in the order of the page, with those of each row shown."""
        return tuple(one for one in self._places() if isinstance(one, Field))

    @property
    def lists(self) -> dict[tuple[str, ...], str]:
        """Return the choices of its lines, each list once: the choices → the id of their list."""
        found = dict.fromkeys(one.choices for one in self.fields if one.choices)
        return {choices: f"choices-{number}" for number, choices in enumerate(found, start=1)}

    @property
    def errors(self) -> list[dict[str, str]]:
        """Return the lines of the error summary: ``text`` and ``href``, in the order of the page.

        Those that belong to no field come first.
        """
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

    def is_filled(self, parts: tuple[Part, ...]) -> bool:
        """Whether anything was typed into one of these fields, or has to be corrected in one."""
        fields = (one for one in parts if isinstance(one, Field))
        names = {name for one in fields for name in (one.name, *one.controls)}
        return any(self.typed.get(name, "").strip() or name in self.problems for name in names)

    def value(self, one: Field) -> str:
        """Return what a field shows: for a line with options, the text of the one with that value.

        So a form that was kept while its field was a select shows what was chosen.
        """
        typed = self.typed.get(one.name, one.value)
        named = one.options if one.kind is Kind.LINE else ()
        return next((option.text for option in named if option.value == typed), typed)

    def boxes(self, one: Field) -> dict[str, str]:
        """Return what the boxes of a date show: ``day``, ``month``, ``year`` → text."""
        before = dates.in_boxes(one.value)
        return {box: self.typed.get(f"{one.name}-{box}", before[box]) for box in dates.BOXES}

    def problem(self, name: str) -> str:
        """Return what to correct in a field, or in rows; empty if nothing."""
        boxes = (f"{name}-{box}" for box in dates.BOXES)
        return next((self.problems[one] for one in (name, *boxes) if one in self.problems), "")

    def answers(self) -> dict[str, str]:
        """Return what was typed into its fields, with its rows tidied, and nothing else."""
        tidied = self._alone()
        for rows in self.all_rows:
            tidied |= rows.tidied(self.typed)
        return tidied

    def filled(self, rows: Rows | None = None) -> list[int]:
        """Return the numbers of ``rows`` among its :meth:`answers` that were filled in.

        By default of its first rows.
        """
        rows = rows or self.rows
        return rows.filled(self.answers()) if rows else []

    def pressed(self, button: str) -> tuple[dict[str, str], str] | None:
        """Return the answers after a button of its rows was pressed, and the id to scroll to.

        ``None`` for any other button. It checks nothing.
        """
        what, _, rest = button.partition("-")
        named = next((one for one in self.all_rows if rest.startswith(one.name)), None)
        number = rest.removeprefix(named.name).removeprefix("-") if named else rest
        rows = named or self.rows
        if rows is None or what not in (ADD, REMOVE):
            return None
        without = int(number) if number.isascii() and number.isdigit() else 0
        tidied = rows.tidied(
            self.typed, without=without if what == REMOVE else 0, more=int(what == ADD)
        )
        row = len(rows.shown(tidied)) if what == ADD else 1
        answers = self._alone()
        for one in self.all_rows:
            answers |= tidied if one == rows else one.tidied(self.typed)
        return answers, rows.row(row)[0].anchor

    def _alone(self) -> dict[str, str]:
        names = (name for one in self.alone for name in one.controls)
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
    """Reads a form field by field. ``problems``: the field's name → what to correct."""

    form: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    def words(self, name: str) -> str:
        """Return what was written, without the spaces around it; empty if it is invisible."""
        text = self.form.get(name, "").strip()
        if len(text) > LONGEST:
            self.problems[name] = (
                f"Shorten this to {LONGEST:,} characters: it has {len(text):,}. Give the rest to "
                "the IRO as a document."
            )
        return text if can_be_seen(text) else ""

    def choice(self, name: str, kind: type[_Choice], otherwise: _Choice, ask: str) -> _Choice:
        """Return the choice; if none was made, ``otherwise``, with ``ask`` as the problem."""
        try:
            return kind(self.form.get(name, ""))
        except ValueError:
            self.problems[name] = ask
            return otherwise

    def key(self, name: str, ask: str) -> str:
        """Return the key of what was chosen; if nothing was, empty, with ``ask`` as the problem."""
        chosen = self.form.get(name, "").strip()
        if not chosen:
            self.problems[name] = ask
        return chosen

    def number(self, name: str, ask: str, *, most: int) -> int:
        """Return a whole number from 1 to ``most``; if it is none, 1, with ``ask`` as problem."""
        text = self.form.get(name, "").strip()
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most:
            return int(text)
        self.problems[name] = ask
        return 1

    def day(self, name: str, otherwise: date, enter: str = "Enter") -> date:
        """Return the date in the boxes ``name-day``, ``name-month`` and ``name-year``.

        A month may be written out. If it is not a date, return ``otherwise`` and note a problem,
        which begins with ``enter``.
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

    def day_if_any(self, name: str, otherwise: date) -> date | None:
        """Return the date in the boxes, as :meth:`day` does; ``None`` if all were left blank."""
        filled = any(self.form.get(f"{name}-{box}", "").strip() for box in dates.BOXES)
        return self.day(name, otherwise) if filled else None
