"""The licences of the locked packages: what each package states, and which we accept.

``python -m infra.supply_chain.licences`` writes them into ``docs/licences.md``.
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

from license_expression import ExpressionError, get_spdx_licensing

from infra.blueprint import ROOT
from infra.errors import InfraError
from infra.supply_chain.packages import Ecosystem, locked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from license_expression import LicenseExpression

    from infra.supply_chain.packages import Package

__all__ = [
    "ACCEPTED",
    "FILE",
    "FONTS",
    "OF_FONTS",
    "OF_TOOLS",
    "READ",
    "LicenceError",
    "NotInstalledError",
    "accepted",
    "licence_of",
    "main",
    "page",
]

FILE = ROOT / "docs" / "licences.md"

_KEEP = "asks to keep its notice, which each package includes"
_KEEP_BESIDE = "asks to keep its notice, which is beside it"

#: The licences under which something may be deployed, and why.
ACCEPTED: Mapping[str, str] = {
    "Apache-2.0": f"permissive; {_KEEP}; grants patents",
    "BSD-2-Clause": f"permissive; {_KEEP}",
    "BSD-3-Clause": f"permissive; {_KEEP}",
    "MIT": f"permissive; {_KEEP}",
    "MIT-0": "permissive; asks for nothing",
    "MPL-2.0": "asks to publish changes to its own files: we change none",
    "PSF-2.0": f"permissive; {_KEEP}",
}

#: The licences under which a font may be deployed as well. Its own is beside it.
OF_FONTS: Mapping[str, str] = {
    "Bitstream-Vera": f"permissive; {_KEEP_BESIDE}; a changed one needs another name: ours are not",
    "OFL-1.1": f"permissive; {_KEEP_BESIDE}; a changed one needs another name: ours are not",
}

#: The fonts of the documents: how the names of their files begin → name and licence.
FONTS: Mapping[str, tuple[str, str]] = {
    "SourceSans3": ("Source Sans 3", "OFL-1.1"),
    "DejaVuSans": ("DejaVu Sans Condensed", "Bitstream-Vera"),
}

#: The licences accepted for tools as well. Tools are never deployed.
OF_TOOLS: Mapping[str, str] = {
    "0BSD": "permissive; asks for nothing",
    "CC-PDDC": "given to the public domain",
    "CC0-1.0": "given to the public domain",
    "CNRI-Python": f"permissive; {_KEEP}",
    "GPL-3.0-or-later": "asks something of those who pass it on: we use it and do not pass it on",
    "ISC": f"permissive; {_KEEP}",
    "LGPL-2.1-or-later": "asks something of those who pass it on: we use it and do not pass it on",
    "MIT-CMU": f"permissive; {_KEEP}",
    "Zlib": "permissive; asks nobody to claim they wrote it",
}

#: The licence as read from its text, where a package's metadata are missing or unclear.
READ: Mapping[str, str] = {
    "antlr4-python3-runtime": "BSD-3-Clause",
    "axe-playwright-python": "MIT AND MPL-2.0",  # the second is that of axe, which it includes
    "colorama": "BSD-3-Clause",
    "docutils": "CC-PDDC AND BSD-2-Clause AND BSD-3-Clause AND PSF-2.0 AND GPL-3.0-or-later",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "mpmath": "BSD-3-Clause",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "sympy": "BSD-3-Clause AND MIT",  # the second is for the part from latex2sympy
    "uv": "MIT OR Apache-2.0",
}

#: The classifiers that stand for exactly one licence.
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

_SPDX = get_spdx_licensing()


class LicenceError(InfraError):
    """The licence of a package is unknown. The message says what to do."""


class NotInstalledError(LicenceError):
    """The package is for other platforms, so its licence cannot be read on this one."""


def licence_of(package: Package) -> str:
    """Return the package's licence as an SPDX expression.

    Raise ``NotInstalledError``, and ``LicenceError`` if its metadata do not say.
    """
    if package.name in READ:
        return READ[package.name]
    said = [package.declared] if package.ecosystem is Ecosystem.NODE else _metadata(package.name)
    for text in said:
        expression = _expression(text)
        if expression is not None:
            return str(expression)
    message = (
        f"The metadata of {package.name} do not state its licence "
        f"({' / '.join(said) or 'nothing'}). Read the licence text in the package and add it "
        "to READ in infra/supply_chain/licences.py."
    )
    raise LicenceError(message)


def _metadata(name: str) -> list[str]:
    """Return what the installed package states: expression, licence, and its one classifier."""
    try:
        held = metadata.metadata(name)
    except metadata.PackageNotFoundError as error:
        message = f"{name} is locked but not installed on this platform."
        raise NotInstalledError(message) from error
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in held.get_all("Classifier") or ()
        if text.startswith("License :: ")
    ]
    one = _CLASSIFIERS.get(classifiers[0], "") if len(classifiers) == 1 else ""
    return [*(held.get_all("License-Expression") or ()), *(held.get_all("License") or ()), one]


def _expression(text: str) -> LicenseExpression | None:
    """Return ``text`` as an SPDX expression, or ``None`` if it is not one."""
    if not text:
        return None
    try:
        return _SPDX.parse(text, validate=True, strict=True)
    except ExpressionError:
        return None


def accepted(licence: str, *, deployed: bool) -> bool:
    """Whether a package under ``licence`` (an SPDX expression) may be deployed, or be a tool."""
    names = {*ACCEPTED} if deployed else {*ACCEPTED, *OF_TOOLS}
    expression = _expression(licence)
    if expression is None:
        return False
    truth = {one: _SPDX.TRUE if str(one) in names else _SPDX.FALSE for one in expression.symbols}
    return bool(expression.subs(truth, simplify=True) == _SPDX.TRUE)


# The page ----------------------------------------------------------------------------------------

_HEAD = """\
# Licences

Written by `make licences` from the locks; a test fails when it is out of date or when a package's
licence is not accepted. Versions and hashes are in the locks. Libraries compiled into a wheel are
not checked.
"""


def page() -> str:
    """Return the page as it should be. Raise ``LicenceError``."""
    deployed: list[str] = []
    tools: list[str] = []
    for package in locked():
        try:
            of = package.ecosystem.name.capitalize()
            row = f"| {package.name} | {of} | {licence_of(package)} |"
        except NotInstalledError:
            continue
        rows = deployed if package.deployed else tools
        if row not in rows:
            rows.append(row)
    head = ["| package | of | licence |", "| --- | --- | --- |"]
    policy = ["| licence | why |", "| --- | --- |"]
    return "\n".join(
        (
            _HEAD,
            "## What is deployed",
            "",
            *head,
            *deployed,
            "",
            "## Fonts",
            "",
            "They are deployed with the function that makes documents, each with its licence, in",
            "`functions/documents/fonts`.",
            "",
            "| font | licence |",
            "| --- | --- |",
            *(f"| {name} | {licence} |" for name, licence in FONTS.values()),
            "",
            "## Tools",
            "",
            "None of these is deployed. Packages for other platforms are left out.",
            "",
            *head,
            *tools,
            "",
            "## What is accepted",
            "",
            "For what is deployed:",
            "",
            *policy,
            *(f"| {name} | {why} |" for name, why in ACCEPTED.items()),
            "",
            "For fonts as well:",
            "",
            *policy,
            *(f"| {name} | {why} |" for name, why in OF_FONTS.items()),
            "",
            "For tools as well:",
            "",
            *policy,
            *(f"| {name} | {why} |" for name, why in OF_TOOLS.items()),
            "",
        )
    )


def main() -> int:
    """Write the page and print each licence that is not accepted. Return 1 if there is one."""
    FILE.write_text(page(), encoding="utf-8")
    refused = 0
    for package in locked():
        try:
            licence = licence_of(package)
        except NotInstalledError:
            continue
        if not accepted(licence, deployed=package.deployed):
            refused += 1
            print(f"{package.name}: {licence} is not accepted.", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
