"""A PDF as tests read it: its words, its structure, its properties, and what a checker finds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Element", "Paper", "findings"]

#: How many hexadecimal digits a glyph has in a string, and in the table of its characters.
_GLYPH = re.compile(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")


@dataclass(frozen=True)
class Element:
    """An element of a PDF's structure: its role (``H1``), its title, and those it belongs to."""

    role: str
    title: str
    within: tuple[str, ...]
    alt: str


class Paper:
    """A PDF."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.pdf = pikepdf.open(BytesIO(data))

    @property
    def pages(self) -> int:
        """Return how many pages it has."""
        return len(self.pdf.pages)

    @property
    def language(self) -> str:
        """Return the language it says it is in."""
        return str(self.pdf.Root.get("/Lang", ""))

    @property
    def properties(self) -> dict[str, str]:
        """Return title, author and dates, as viewers show them."""
        return {str(name): str(value) for name, value in self.pdf.docinfo.items()}

    @property
    def attached(self) -> dict[str, bytes]:
        """Return the files within it: name → content."""
        return {name: one.get_file().read_bytes() for name, one in self.pdf.attachments.items()}

    @cached_property
    def text(self) -> str:
        """Return every word of it, heads and feet included, without any white space.

        Where lines break is the typesetter's choice, so no test may depend on it.
        """
        return "".join("".join(self._of_page(page)) for page in self.pdf.pages)

    def has(self, words: str) -> bool:
        """Whether it has these words, however they are broken into lines."""
        return "".join(words.split()) in "".join(self.text.split())

    def page_has(self, number: int, words: str) -> bool:
        """Whether the page with this number, from 0, has these words."""
        text = "".join(self._of_page(self.pdf.pages[number]))
        return "".join(words.split()) in "".join(text.split())

    def _of_page(self, page: pikepdf.Page) -> Iterator[str]:
        fonts = {
            str(name): dict(_characters(font)) for name, font in page.resources["/Font"].items()
        }
        known: dict[str, str] = {}
        for step in pikepdf.parse_content_stream(page):
            assert isinstance(step, pikepdf.ContentStreamInstruction), "an image within the text"
            operands = step.operands
            match str(step.operator):
                case "Tf":
                    known = fonts[str(operands[0])]
                case "Tj" | "TJ":
                    parts: Any = operands[0] if str(step.operator) == "TJ" else [operands[0]]
                    for part in parts:
                        if isinstance(part, pikepdf.String):
                            text = bytes(part).hex().upper()
                            yield from (
                                known.get(text[n : n + 4], "") for n in range(0, len(text), 4)
                            )
                case _:
                    pass

    @cached_property
    def structure(self) -> list[Element]:
        """Return the elements of its structure, in the order in which they are read."""
        return list(_elements(self.pdf.Root.StructTreeRoot.K, ()))

    @property
    def headings(self) -> list[tuple[str, str]]:
        """Return its headings: role and words."""
        return [(one.role, one.title) for one in self.structure if re.fullmatch(r"H\d", one.role)]


def _characters(font: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - an object of a PDF
    """Yield each glyph of a font with its characters, as the font's own table says."""
    table = font.ToUnicode.read_bytes().decode("ascii")
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for glyph, text in _GLYPH.findall(block):
            yield glyph.upper(), bytes.fromhex(text).decode("utf-16-be")
    assert "beginbfrange" not in table, "read ranges as well"


def _elements(node: Any, within: tuple[str, ...]) -> Iterator[Element]:  # noqa: ANN401 - the same
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _elements(one, within)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        role = str(node.S).removeprefix("/")
        yield Element(role, str(node.get("/T", "")), within, str(node.get("/Alt", "")))
        if "/K" in node:
            yield from _elements(node.K, (*within, role))


def findings(paper: Paper, folder: Path) -> list[str]:
    """Return what the checker of PDF/UA finds wrong, and each rule that it could not check."""
    from pdfua import validate  # noqa: PLC0415 - it takes a moment to load

    file = folder / "paper.pdf"
    file.write_bytes(paper.data)
    return [
        f"{one.rule_id} {one.severity.name}: {one.message}" for one in validate(str(file)).findings
    ]
