"""The locked packages of other authors: which they are, what needs them, and their hashes.

``requirements.lock`` is deployed, and ``requirements-documents.lock`` with the function that makes
documents; ``requirements-dev.lock`` adds the tools;
``requirements-bootstrap.lock`` is the tool that installs them. ``package-lock.json`` holds the Node
packages, one of which is deployed.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from infra.blueprint import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Ecosystem", "Package", "locked"]

_OURS = "positive-challenge"

#: Compiled into the pages' style sheet, and so deployed with it.
_STYLES = "govuk-frontend"

#: A package in a lock: its pin and, indented below it, its hashes and what needs it.
_PINNED = re.compile(
    r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?: ; .+)? \\\n(?P<below>(?: .*\n)+)", re.MULTILINE
)
_HASH = re.compile(r"--hash=(\w+):([0-9a-f]+)")
_ASKED_BY = re.compile(r"^ +# +(?:via +)?([a-z0-9][a-z0-9.-]*)", re.MULTILINE)


class Ecosystem(StrEnum):
    """Where packages come from. The value is the type in their package URLs."""

    PYTHON = "pypi"
    NODE = "npm"


@dataclass(frozen=True)
class Package:
    """One locked package. ``hashes`` are (algorithm, hex) pairs, one for each file of the package.

    ``needed_by`` are the packages that need it; ``direct`` says whether the project itself does.
    ``declared`` is the licence given in the lock, empty if there is none.
    """

    ecosystem: Ecosystem
    name: str
    version: str
    hashes: tuple[tuple[str, str], ...]
    needed_by: frozenset[str]
    direct: bool
    declared: str = ""
    deployed: bool = False


def locked() -> tuple[Package, ...]:
    """Return every locked package: what is deployed first, each part sorted by name."""
    # The second has all that the first has, and more.
    deployed = [replace(one, deployed=True) for one in _python("requirements-documents.lock")]
    names = {one.name for one in deployed}
    tools = [*_python("requirements-dev.lock"), *_python("requirements-bootstrap.lock")]
    packages = [*deployed, *(one for one in tools if one.name not in names), *_node()]
    return tuple(sorted(packages, key=lambda one: (not one.deployed, one.name, one.version)))


def _python(lock: str) -> Iterator[Package]:
    """Return the packages of a uv lock. One locked twice has another version on some platforms."""
    for pin in _PINNED.finditer((ROOT / lock).read_text(encoding="utf-8")):
        asked_by = {*_ASKED_BY.findall(pin["below"])} - {"via"}
        yield Package(
            Ecosystem.PYTHON,
            pin["name"],
            pin["version"],
            tuple(_HASH.findall(pin["below"])),
            frozenset(asked_by - {_OURS}),
            direct=_OURS in asked_by or not asked_by,
        )


def _node() -> Iterator[Package]:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, held in lock.items():
        if path:
            name = _name(path)
            algorithm, _, digest = held["integrity"].partition("-")
            yield Package(
                Ecosystem.NODE,
                name,
                held["version"],
                ((algorithm, base64.b64decode(digest).hex()),),
                frozenset(_name(other) for other in lock if other and _needs(lock[other], name)),
                direct=name in lock[""]["devDependencies"],
                declared=held["license"],
                deployed=name == _STYLES,
            )


def _name(path: str) -> str:
    """Return ``@b/c`` for ``node_modules/a/node_modules/@b/c``."""
    return path.rpartition("node_modules/")[2]


def _needs(held: Mapping[str, Mapping[str, str]], name: str) -> bool:
    return any(name in held.get(kind, {}) for kind in ("dependencies", "optionalDependencies"))
