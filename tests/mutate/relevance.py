"""Which tests can notice what is broken in a module: those that import it, directly or not."""

from __future__ import annotations

import ast
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["distances", "importers"]


def importers(root: Path, folders: Iterable[str]) -> dict[str, set[str]]:
    """Return who imports each file of these folders: paths from ``root``.

    Who imports a whole package, as ``import domain``, can walk through it: so they import each file
    of it.
    """
    files = [path for folder in folders for path in (root / folder).rglob("*.py")]
    known = {_module(path, root): path.relative_to(root).as_posix() for path in files}
    found: dict[str, set[str]] = {path: set() for path in known.values()}
    for module, path in known.items():
        tree = ast.parse((root / path).read_text("utf-8"))
        for package in _whole(tree) & known.keys():
            for within in known:
                if within.startswith(f"{package}."):
                    found[known[within]].add(path)
        for name in _imports(tree):
            # A package is imported with whatever is imported from it.
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                imported = ".".join(parts[:length])
                if imported in known and imported != module:
                    found[known[imported]].add(path)
    return found


def distances(path: str, who: Mapping[str, set[str]]) -> dict[str, int]:
    """Return over how many imports each file gets at ``path``: 1 for those that import it."""
    found = {path: 0}
    queue = deque([path])
    while queue:
        held = queue.popleft()
        for importer in who.get(held, ()):
            if importer not in found:
                found[importer] = found[held] + 1
                queue.append(importer)
    return found


def _module(path: Path, root: Path) -> str:
    """``functions`` is an import root itself, as in pyproject.toml."""
    parts = path.relative_to(root).with_suffix("").parts
    parts = parts[1:] if parts[0] == "functions" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _whole(tree: ast.Module) -> set[str]:
    """What is imported by its name alone, and under it."""
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }


def _imports(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
