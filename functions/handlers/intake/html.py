"""The words of an HTML page as lines: one pass, whose work and lines only grow with the page.

No layout is drawn. Cells next to each other are put in one line as long as each of them is one
line; others follow below each other. So a form in a table reads as its labels and what is next to
them, and no table, however large or nested, gives more lines than it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

__all__ = ["DEEPEST", "lines_of"]

#: How many levels of elements are read. libxml2 cuts a page at 256 and does not say where.
DEEPEST = 250

#: Elements that nobody sees on a page.
_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
#: Elements that have lines of their own, and those with an empty line before and after.
_BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "legend",
        "li",
        "main",
        "nav",
        "option",
        "section",
        "summary",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "td",
        "th",
    )
)
_PARAGRAPHS = frozenset(
    ("blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul")
)

_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_AS_TYPED = re.compile(r"white-space\s*:\s*(?:break-spaces|pre)", re.IGNORECASE)
#: Outlook's paragraphs are single lines.
_CLOSE = re.compile(r"margin\s*:\s*0", re.IGNORECASE)


def lines_of(page: str) -> tuple[str, bool]:
    """Return the words of ``page`` as lines, and whether they are complete.

    A page that is nested too deeply is not read to its end. Raise ``lxml.etree.LxmlError`` if it is
    not a page at all.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    source = page.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace")
    root = etree.fromstring(source, parser)
    if root is None:
        return "", True
    reading = _Reading()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            reading.start(element)
        else:
            reading.end(element)
    return reading.text(), reading.deepest < DEEPEST


@dataclass
class _Row:
    """A row of a table: its cells so far, and the line in which its first words are."""

    cells: int = 0
    line: int | None = None


@dataclass
class _List:
    """A list that is being read: its number so far, or that it has none."""

    number: int | None


@dataclass
class _Reading:
    """The lines so far, and what has to come before the next words."""

    lines: list[str] = field(default_factory=list)
    deepest: int = 0
    _depth: int = 0
    _line: list[str] = field(default_factory=list)
    #: Line ends before the next words: 1 for a new line, 2 for an empty one before it.
    _ends: int = 0
    #: What comes before the next words: a list item's mark, or the space between two cells.
    _mark: str = ""
    #: Whether nothing was written in this cell yet: its first block then starts no new line.
    _in_new_cell: bool = False
    _hidden_at: int = 0
    _as_typed: list[bool] = field(default_factory=lambda: [False])
    _rows: list[_Row] = field(default_factory=list)
    _lists: list[_List] = field(default_factory=list)

    # Elements ------------------------------------------------------------------------------------

    def start(self, element: _Element) -> None:
        """Begin an element, with its first words."""
        self._depth += 1
        self.deepest = max(self.deepest, self._depth)
        tag, style = str(element.tag), element.get("style") or ""
        if self._hidden_at:
            return
        if tag in _UNSEEN or element.get("hidden") is not None or _HIDDEN.search(style):
            self._hidden_at = self._depth
            return
        as_typed = tag == "pre" or bool(_AS_TYPED.search(style)) or self._as_typed[-1]
        self._as_typed.append(as_typed)
        self._begin(tag, element)
        self._write(element.text)

    def end(self, element: _Element) -> None:
        """End an element; words may follow it."""
        hidden = self._hidden_at
        if hidden == self._depth:
            self._hidden_at = 0
        self._depth -= 1
        if hidden:
            if not self._hidden_at:
                self._write(element.tail)
            return
        self._as_typed.pop()
        tag = str(element.tag)
        if tag == "tr" and self._rows:
            self._rows.pop()
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        self._break(tag, element)
        if tag in ("td", "th"):
            self._ends = min(self._ends, 1)  # no empty lines between rows
        self._write(element.tail)

    def _begin(self, tag: str, element: _Element) -> None:
        if tag == "br":
            self._end_line()
        elif tag == "tr":
            self._rows.append(_Row())
        elif tag in ("ul", "ol"):
            self._lists.append(_List(0 if tag == "ol" else None))
        if tag in ("td", "th"):
            self._cell()
            return
        self._break(tag, element)
        if tag == "li":
            self._mark = self._item()

    def _cell(self) -> None:
        row = self._rows[-1] if self._rows else _Row()
        row.cells += 1
        if row.cells > 1 and row.line is not None and row.line == len(self.lines):
            self._ends, self._mark = 0, "  "
        elif row.cells == 1:
            self._new_line(1)
        elif row.line is not None:
            self._ends = max(self._ends, 1)
        self._in_new_cell = True

    def _item(self) -> str:
        of = self._lists[-1] if self._lists else _List(None)
        if of.number is None:
            return "* "
        of.number += 1
        return f"{of.number}. "

    def _break(self, tag: str, element: _Element) -> None:
        if tag in _PARAGRAPHS:
            close = _CLOSE.search(element.get("style") or "") or "Mso" in (
                element.get("class") or ""
            )
            self._new_line(1 if close else 2)
        elif tag in _BLOCKS:
            self._new_line(1)

    # Lines ---------------------------------------------------------------------------------------

    def _new_line(self, ends: int) -> None:
        if not self._in_new_cell:
            self._ends = max(self._ends, ends)

    def _write(self, text: str | None) -> None:
        if not text:
            return
        if self._as_typed[-1]:
            for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
                if number:
                    self._end_line()
                self._add(line)
            return
        self._add(_SPACE.sub(" ", text))

    def _add(self, words: str) -> None:
        begins = not self._line or self._ends or self._mark
        if begins and not words.strip(" "):
            return
        if not self._as_typed[-1] and (begins or self._line[-1].endswith(" ")):
            words = words.lstrip(" ")
        if self._ends:
            self._settle()
        if self._mark:
            # The space between two cells needs something on its left.
            self._line += [self._mark] if self._line or self._mark.strip() else []
            self._mark = ""
        self._in_new_cell = False
        self._line.append(words)
        for row in self._unwritten():
            row.line = len(self.lines)

    def _unwritten(self) -> Iterator[_Row]:
        for row in reversed(self._rows):
            if row.line is not None:
                return
            yield row

    def _settle(self) -> None:
        """Write the line ends that were due."""
        if self._line:
            self._flush()
        if self._ends > 1 and self.lines and self.lines[-1]:
            self.lines.append("")
        self._ends = 0

    def _end_line(self) -> None:
        if self._ends:
            self._settle()
        self._flush()

    def _flush(self) -> None:
        self.lines.append("".join(self._line).rstrip(" "))
        self._line.clear()

    def text(self) -> str:
        """Return all lines."""
        if self._line:
            self._flush()
        return "\n".join(self.lines).strip("\n")
