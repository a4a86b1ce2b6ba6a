"""Every error of ours is in the tree of its layer, which ``errors.py`` draws.

The layers are ``domain``, ``adapters``, ``handlers`` and ``infra``. The classes are read from the
source, so that one that nothing imports yet counts as well.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from infra.blueprint import FUNCTIONS_DIR, ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: Each layer's folder, and the root of its tree.
FLOORS = {
    "domain": (FUNCTIONS_DIR / "domain", "ProcedureError"),
    "adapters": (FUNCTIONS_DIR / "adapters", "AdapterError"),
    "handlers": (FUNCTIONS_DIR / "handlers", "HandlerError"),
    "infra": (ROOT / "infra", "InfraError"),
}

_BUILT_IN = {
    name
    for name, one in vars(builtins).items()
    if isinstance(one, type) and issubclass(one, BaseException)
}
#: A line of a drawn tree: four characters for each step down, the name, its meaning.
_DRAWN = re.compile(r" {4}(?P<branch>[│├└─ ]*)(?P<name>_?[A-Z]\w+)(?: |$)")


@dataclass(frozen=True)
class Defined:
    """An error class: its name, and the names of its bases."""

    name: str
    bases: tuple[str, ...]


def _classes(folder: Path) -> list[Defined]:
    return [
        Defined(node.name, tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases))
        for file in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]


def _errors(folder: Path) -> list[Defined]:
    """Return the classes that derive from an exception: Python's, a package's, or ours."""
    classes, known = _classes(folder), set(_BUILT_IN)
    while True:
        found = [
            one
            for one in classes
            if any(base in known or base.endswith(("Error", "Exception")) for base in one.bases)
        ]
        if known >= {one.name for one in found}:
            return found
        known |= {one.name for one in found}


def _drawn(folder: Path) -> dict[str, str]:
    """Return the tree in the docstring of ``errors.py``: error → parent, ``""`` for the root."""
    doc = ast.get_docstring(ast.parse((folder / "errors.py").read_text(encoding="utf-8"))) or ""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in doc.splitlines():
        if found := _DRAWN.match(line):
            depth = len(found["branch"]) // 4
            assert depth <= len(above), f"{line.strip()} hangs from nothing"
            assert found["name"] not in parents, f"{found['name']} is drawn twice"
            parents[found["name"]] = above[depth - 1] if depth else ""
            above[depth:] = [found["name"]]
    return parents


@pytest.mark.parametrize("floor", FLOORS)
def test_the_drawn_tree_is_the_tree_that_the_errors_make(floor: str) -> None:
    """None is missing, none is drawn that does not exist, and each is below its base."""
    folder, root = FLOORS[floor]
    drawn = _drawn(folder)
    made = {
        one.name: next((base for base in one.bases if base in drawn), "") for one in _errors(folder)
    }
    assert made == drawn
    assert [name for name, parent in made.items() if not parent] == [root]


@pytest.mark.parametrize("floor", FLOORS)
def test_an_error_is_called_one(floor: str) -> None:
    assert [one.name for one in _errors(FLOORS[floor][0]) if not one.name.endswith("Error")] == []


def test_no_two_errors_have_the_same_name() -> None:
    """A name in a log leads to one class."""
    names = Counter(one.name for folder, _ in FLOORS.values() for one in _errors(folder))
    assert [name for name, often in names.items() if often > 1] == []
