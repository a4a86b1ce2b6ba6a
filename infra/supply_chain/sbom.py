"""The software bill of materials, CycloneDX 1.6 in JSON: ``python -m infra.supply_chain.sbom``.

It writes two files in ``build/sbom``: ``deployed.cdx.json``, what runs in Lambda besides our own
code, and ``tools.cdx.json``, what it was built and tested with. Each package has its version, its
licence, its locked hashes, and the packages that need it. Made twice of one commit on one
platform, they are the same to the byte: they have no time and no number of their own.
"""

from __future__ import annotations

import sys
import tomllib
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra.blueprint import ROOT
from infra.supply_chain.licences import NotInstalledError, licence_of
from infra.supply_chain.packages import Ecosystem, locked

if TYPE_CHECKING:
    from infra.supply_chain.packages import Package

__all__ = ["FOLDER", "bill", "main"]

FOLDER = ROOT / "build" / "sbom"

_ALGORITHMS = {"sha256": HashAlgorithm.SHA_256, "sha512": HashAlgorithm.SHA_512}


def bill(*, deployed: bool) -> str:
    """Return the bill of what is deployed, or of the tools, as JSON. Raise ``LicenceError``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    root = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
    )
    bom = Bom()
    bom.metadata.component = root
    # The library gives each bill a random number and a time, although CycloneDX asks for neither.
    bom.serial_number = None  # type: ignore[assignment]
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.metadata.properties.add(Property(name="cdx:reproducible", value="true"))
    packages = [one for one in locked() if one.deployed is deployed]
    components = [(package, _component(package)) for package in packages]
    for _, component in components:
        bom.components.add(component)
    asked_for = [component for package, component in components if package.direct]
    bom.register_dependency(root, asked_for)
    for package, component in components:
        needs = [other for one, other in components if package.name in one.needed_by]
        bom.register_dependency(component, needs)
    text: str = JsonV1Dot6(bom).output_as_string(indent=1)
    return f"{text}\n"


def _component(package: Package) -> Component:
    url = _url(package)
    try:
        licences = [LicenseFactory().make_from_string(licence_of(package))]
    except NotInstalledError:
        licences = []  # a tool for other platforms
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        licenses=licences,
        hashes=[HashType(alg=_ALGORITHMS[name], content=digest) for name, digest in package.hashes],
    )


def _url(package: Package) -> PackageURL:
    """Return the package URL. It separates the scope of a Node name: ``@aws/sdk``."""
    scope, _, name = package.name.rpartition("/")
    if package.ecosystem is Ecosystem.NODE:
        return PackageURL(package.ecosystem, scope or None, name, package.version)
    return PackageURL(package.ecosystem, None, package.name, package.version)


def main() -> int:
    """Write both bills."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, deployed in (("deployed", True), ("tools", False)):
        file = FOLDER / f"{name}.cdx.json"
        file.write_text(bill(deployed=deployed), encoding="utf-8")
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
