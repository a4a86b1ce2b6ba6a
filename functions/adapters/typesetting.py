"""Documents as PDFs: what a document is made of, and the typesetter that makes it.

A :class:`Document` is data: a title, and sections of pieces. The one template of all documents
(``functions/documents``) decides how each piece looks, so every document has the same style, and
nothing that anybody wrote is ever read as markup.

The PDFs are PDF/A-3a, for an archive, and PDF/UA-1, for whoever cannot see them. The same document
always gives the same bytes: its date is that of the last event, and no clock is read.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.errors import AdapterError
from domain.values import Value, value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from typst import Compiler, PDFStandard

__all__ = [
    "FONTS",
    "Attached",
    "Bullets",
    "Document",
    "Entries",
    "Entry",
    "Facts",
    "Noted",
    "Piece",
    "Said",
    "Section",
    "Table",
    "Typesetter",
    "TypesettingError",
]

_FOLDER = Path(__file__).parents[1] / "documents"

#: The fonts of all documents, the first that has a character: the second has far more of them.
FONTS = ("Source Sans 3", "DejaVu Sans")

#: The standards that every PDF keeps.
STANDARDS: tuple[PDFStandard, ...] = ("a-3a", "ua-1")

#: At the head of every page.
MARKING = "OFFICIAL-SENSITIVE"


class TypesettingError(AdapterError):
    """A document could not be made. The message quotes nothing of it."""


# What a document is made of ----------------------------------------------------------------------


@value
class Said(Value):
    """A paragraph."""

    text: str


@value
class Noted(Value):
    """Something to notice, apart from the rest."""

    text: str


@value
class Bullets(Value):
    """A list without an order."""

    items: tuple[str, ...]


@value
class Facts(Value):
    """Rows (label, text)."""

    rows: tuple[tuple[str, str], ...]


@value
class Table(Value):
    """A table: the names of its columns, its rows, and how wide each column is beside the others.

    The first cell of a row says what the row is about.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@value
class Entry(Value):
    """One event of the record: its number, its line, who did it when, and (label, text) pairs.

    ``more`` are sentences about it, such as that it was corrected.
    """

    number: int
    headline: str
    when: str
    words: tuple[tuple[str, str], ...] = ()
    more: tuple[str, ...] = ()


@value
class Entries(Value):
    """Events of the record, in their order."""

    items: tuple[Entry, ...]


Piece = Said | Noted | Bullets | Facts | Table | Entries

_KINDS = {
    Said: "said",
    Noted: "noted",
    Bullets: "bullets",
    Facts: "facts",
    Table: "table",
    Entries: "entries",
}


@value
class Section(Value):
    """A heading with what is below it. A section of ``level`` 2 belongs to the one before it.

    ``apart``: it begins a new page.
    """

    heading: str
    pieces: tuple[Piece, ...]
    level: int = 1
    apart: bool = False


@value
class Attached(Value):
    """A text file within the PDF: its name, its text, its media type, and what it is."""

    name: str
    text: str
    mime: str
    says: str


@value
class Document(Value):
    """A document: its title, what it is ``about``, who made it, and its date (UTC).

    The date is that of the last event it shows. ``foot`` are the lines below each page.
    """

    title: str
    about: str
    author: str
    date: datetime
    foot: tuple[str, ...]
    sections: tuple[Section, ...]
    attached: tuple[Attached, ...] = field(default=())


# Characters --------------------------------------------------------------------------------------


class _Characters:
    """Which characters the fonts have (``documents/covered.txt``, made by ``infra.fonts``)."""

    def __init__(self, ranges: Iterable[str]) -> None:
        self._there = frozenset(
            code
            for one in ranges
            for first, _, last in [one.partition("-")]
            for code in range(int(first, 16), int(last or first, 16) + 1)
        )

    def printable(self, text: str) -> str:
        """Return the text with each character that no font has as its name, in square brackets.

        A PDF for an archive must not hold a character without its shape, so it would not be made.
        """
        if all(ord(one) in self._there for one in text):
            return text
        return "".join(one if ord(one) in self._there else _in_words(one) for one in text)


def _in_words(character: str) -> str:
    name = unicodedata.name(character, "")
    code = f"U+{ord(character):04X}"
    return f"[{code}]" if not name or name.endswith(code[2:]) else f"[{name.lower()}]"


# Making it ---------------------------------------------------------------------------------------


class Typesetter:
    """Makes PDFs. It loads its library and the fonts when it is made, which takes a moment."""

    def __init__(self) -> None:
        """Take templates and fonts from ``functions/documents``, and nothing from the machine."""
        import typst

        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(_FOLDER / "fonts")],
        )
        self._compiler: Compiler = typst.Compiler(
            str(_FOLDER / "document.typ"),
            root=str(_FOLDER),
            font_paths=fonts,
            ignore_system_fonts=True,
        )

    @cached_property
    def _characters(self) -> _Characters:
        return _Characters((_FOLDER / "covered.txt").read_text("ascii").split())

    def pdf(self, document: Document) -> bytes:
        """Return the document as a PDF. Raise ``TypesettingError`` if it cannot be made."""
        import typst

        try:
            made = self._compiler.compile(
                format="pdf",
                sys_inputs={"document": json.dumps(self._data(document))},
                pdf_standards=list(STANDARDS),
                timestamp=int(document.date.timestamp()),
            )
        except typst.TypstError as error:
            # Its own message may quote the record.
            raise TypesettingError(
                "The document could not be made. Tell your IT service desk."
            ) from error
        if not isinstance(made, bytes):
            raise TypesettingError("The typesetter made no PDF. Tell your IT service desk.")
        return made

    def _data(self, document: Document) -> dict[str, Any]:
        day = document.date
        return {
            "fonts": FONTS,
            "marking": MARKING,
            "title": self._printable(document.title),
            "about": self._printable(document.about),
            "author": self._printable(document.author),
            "foot": self._printable(document.foot),
            "date": {
                name: getattr(day, name)
                for name in ("year", "month", "day", "hour", "minute", "second")
            },
            "sections": [
                {
                    "heading": self._printable(section.heading),
                    "level": section.level,
                    "apart": section.apart,
                    "pieces": [self._piece(piece) for piece in section.pieces],
                }
                for section in document.sections
            ],
            # Their text stays as it is: it is not set in type.
            "attached": [vars(one) for one in document.attached],
        }

    def _piece(self, piece: Piece) -> dict[str, Any]:
        return {"kind": _KINDS[type(piece)], **self._printable(vars(piece))}

    def _printable(self, value: Any) -> Any:  # noqa: ANN401 - whatever a piece holds
        match value:
            case str():
                return self._characters.printable(value)
            case dict():
                return {name: self._printable(one) for name, one in value.items()}
            case tuple():
                return [self._printable(one) for one in value]
            case Entry():
                return self._printable(vars(value))
            case _:
                return value
