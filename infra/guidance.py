"""Show what bears each sentence of the council's guidance: modules, pages and tests.

``python -m infra.guidance`` (``make guidance``) fills in the table in ``docs/guidance.md``, whose
sentences are numbered. A file says what it bears in its docstring or in a comment::

    Guidance: G7, G40.

A sentence needs a file that does it, of ``functions`` or ``statemachine``, and a test that shows
it, unless the table calls it context. The command fails on a sentence that lacks either, and on a
number that the guidance does not have.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.blueprint import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "CONTEXT",
    "FILE",
    "Sentence",
    "borne",
    "faults",
    "filled_in",
    "main",
    "sentences",
]

FILE = ROOT / "docs" / "guidance.md"

#: What the table says of a sentence that asks for nothing.
CONTEXT = "context"

_ROW = re.compile(r"\| (?P<id>G\d+) \| (?P<text>[^|]+) \| (?P<done>[^|]*) \| (?P<shown>[^|]*) \|")
_MARK = re.compile(r"Guidance:\s+(G\d+(?:,\s+(?:#\s+)?G\d+)*)")
_FOLDERS = ("functions", "statemachine", "tests")
_KINDS = (".py", ".html", ".txt", ".json")


@dataclass(frozen=True)
class Sentence:
    """A sentence of the guidance, by its number ``G7``. If it is ``context`` nothing bears it."""

    id: str
    text: str
    context: bool


def sentences(page: str) -> list[Sentence]:
    """Return the sentences of the table, in its order."""
    return [
        Sentence(row["id"], row["text"].strip(), row["done"].strip() == CONTEXT)
        for row in _ROW.finditer(page)
    ]


def borne(root: Path) -> dict[str, list[Path]]:
    """Return which files under ``root`` bear which sentence: number → paths relative to it."""
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for file in _files(root):
        text = file.read_text("utf-8")
        ids = {one for mark in _MARK.findall(text) for one in re.findall(r"G\d+", mark)}
        for one in ids:
            found[one].append(file.relative_to(root))
    return dict(found)


def _files(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in _KINDS and file.is_file() and "fixtures" not in file.parts:
                yield file


def faults(page: str, found: Mapping[str, Iterable[Path]]) -> list[str]:
    """Return the sentences that nothing does or nothing shows, and the numbers that are none."""
    known = {one.id for one in sentences(page)}
    wrong = []
    for one in sentences(page):
        done, shown = _apart(found.get(one.id, ()))
        if not one.context and not done:
            wrong.append(f"nothing does {one.id}: {one.text}")
        if not one.context and not shown:
            wrong.append(f"no test shows {one.id}: {one.text}")
        if one.context and (done or shown):
            wrong.append(f"{one.id} is context, but {[*done, *shown][0]} bears it")
    strays = sorted(set(found) - known)
    return [*wrong, *(f"{one} in {next(iter(found[one]))} is no sentence" for one in strays)]


def filled_in(page: str, found: Mapping[str, Iterable[Path]]) -> str:
    """Return the page with the files of each sentence in its row."""

    def row(match: re.Match[str]) -> str:
        if match["done"].strip() == CONTEXT:
            return match[0]
        done, shown = _apart(found.get(match["id"], ()))
        return f"| {match['id']} | {match['text']} | {_links(done)} | {_links(shown)} |"

    return _ROW.sub(row, page)


def _apart(files: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Return those that do it, and the tests that show it."""
    files = list(files)
    shown = [file for file in files if file.parts[0] == "tests"]
    return [file for file in files if file not in shown], shown


def _links(files: Iterable[Path]) -> str:
    return "<br>".join(f"[{file.name}](../{file.as_posix()})" for file in files)


def main() -> int:
    """Fill in the table, and print what is wrong. Return the exit code."""
    page, found = FILE.read_text("utf-8"), borne(ROOT)
    FILE.write_text(filled_in(page, found), "utf-8")
    wrong = faults(page, found)
    total = len(sentences(page))
    context = sum(one.context for one in sentences(page))
    print(f"The guidance has {total} sentences, {context} of them context.")
    if wrong:
        print("\nThese have to change:", *wrong, sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
