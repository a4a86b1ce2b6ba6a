"""Compare the sentences of the procedure with the tests that prove them.

``python -m infra.sentences`` (``make sentences``) reads the bullets of ``docs/procedure.md``, from
rule 0 to Privacy. Each is one sentence, and each has a test of the same name in ``tests/rules``:
``test_a_new_owner_does_not_move_the_date`` proves "A new owner does not move the date.".
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from infra.blueprint import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["FILE", "FOLDER", "Sentence", "faults", "main", "sentences", "tests", "twins"]

FILE = ROOT / "docs" / "procedure.md"
FOLDER = ROOT / "tests" / "rules"

#: The longest name that fits on a line of a test file: ``def test_`` + name + ``(``.
LONGEST = 90

_SECTIONS = ("Deadlines", "Emails", "Who may do what", "Privacy")
_HEADING = re.compile(r"#{2,3} (.+)")
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Sentence:
    """A sentence of the procedure, under the heading ``section``."""

    section: str
    text: str

    @property
    def name(self) -> str:
        """Return the name of its test: ``test_``, then its words in small letters."""
        words = re.sub(r"[^a-z0-9]+", "_", _LINK.sub(r"\1", self.text).lower())
        return f"test_{words.strip('_')}"


def sentences(page: str) -> list[Sentence]:
    """Return the bullets of the rules and sections, in the order of the page (Markdown)."""
    found: list[Sentence] = []
    section = ""
    for block in re.split(r"\n(?=#{2,3} |- )|\n\n", page):
        if heading := _HEADING.match(block):
            name = heading[1]
            section = name if name in _SECTIONS or re.match(r"Rule \d+: ", name) else ""
        elif section and block.startswith("- "):
            found.append(Sentence(section, " ".join(block[2:].split())))
    return found


def tests(folder: Path) -> dict[str, Path]:
    """Return the test functions in the files of ``folder``: name → file."""
    return dict(_tests(folder))


def twins(folder: Path) -> list[str]:
    """Return the names that more than one test in the files of ``folder`` has."""
    names = Counter(name for name, _ in _tests(folder))
    return [name for name, count in names.items() if count > 1]


def _tests(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name, file


def faults(page: str) -> list[str]:
    """Return what is wrong with the sentences themselves, each fault with what to do."""
    found: list[str] = []
    names: dict[str, Sentence] = {}
    for one in sentences(page):
        if not one.text.endswith(".") or ". " in one.text:
            found.append(f"make it one sentence, with a full stop at its end: {one.text}")
        if len(one.name) > len("test_") + LONGEST:
            found.append(f"make it shorter, at most {LONGEST} characters: {one.text}")
        if one.name in names:
            found.append(f"it stands under {names[one.name].section} too, say it once: {one.text}")
        names[one.name] = one
    return found


def without_test(page: str, names: set[str]) -> list[Sentence]:
    """Return the sentences of which none of the test ``names`` is the name."""
    return [one for one in sentences(page) if one.name not in names]


def without_sentence(page: str, found: dict[str, Path]) -> list[str]:
    """Return the tests whose name is no sentence of the page, as ``file::test``."""
    names = {one.name for one in sentences(page)}
    return [f"{file.name}::{name}" for name, file in found.items() if name not in names]


def _by_section(missing: list[Sentence]) -> Iterator[str]:
    for section, group in groupby(missing, lambda one: one.section):
        yield f"\n{section}"
        yield from (f"  {one.text}\n    def {one.name}" for one in group)


def main() -> int:
    """Print sentences without a test, and tests without a sentence. Return the exit code."""
    page = FILE.read_text()
    found = tests(FOLDER)
    missing = without_test(page, set(found))
    strays = without_sentence(page, found)
    wrong = [*faults(page), *(f"two tests have the name {name}" for name in twins(FOLDER))]
    total = len(sentences(page))
    print(f"{total - len(missing)} of {total} sentences have a test in tests/rules.")
    if missing:
        print("\nNo test has the name of these sentences:", *_by_section(missing), sep="\n")
    if strays:
        print("\nThese tests have the name of no sentence:", *strays, sep="\n  ")
    if wrong:
        print("\nThese have to change:", *wrong, sep="\n  ")
    return 1 if missing or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
