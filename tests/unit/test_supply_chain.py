"""Other people's packages: each is locked by its hashes, and its licence allows using it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.blueprint import ROOT
from infra.supply_chain import licences, sbom
from infra.supply_chain.licences import (
    ACCEPTED,
    FONTS,
    OF_FONTS,
    OF_TOOLS,
    READ,
    LicenceError,
    NotInstalledError,
    accepted,
    licence_of,
)
from infra.supply_chain.packages import Ecosystem, Package, locked

if TYPE_CHECKING:
    from pathlib import Path

LOCKED = locked()
DEPLOYED = [package for package in LOCKED if package.deployed]


def names_in(lock: str) -> set[str]:
    """Return the names in a Python lock, read in another way than the code reads it."""
    return set(re.findall(r"^([a-z][^=\s]*)==", (ROOT / lock).read_text(), re.MULTILINE))


def licences_of(packages: list[Package]) -> dict[str, str]:
    """Return the licence of each package that this platform installs."""
    found = {}
    for package in packages:
        try:
            found[package.name] = licence_of(package)
        except NotInstalledError:
            continue
    return found


def package(name: str, declared: str = "", ecosystem: Ecosystem = Ecosystem.NODE) -> Package:
    """Return a package that somebody is about to use."""
    digest = (("sha256", "0" * 64),)
    return Package(ecosystem, name, "1.0", digest, frozenset(), direct=True, declared=declared)


# What is locked ----------------------------------------------------------------------------------


def test_what_is_deployed_is_its_lock_and_the_styles_that_are_compiled_in() -> None:
    locks = names_in("requirements.lock") | names_in("requirements-documents.lock")
    assert {one.name for one in DEPLOYED} == locks | {"govuk-frontend"}
    assert names_in("requirements-documents.lock") - names_in("requirements.lock") == {"typst"}
    styles = (ROOT / "functions" / "pages" / "static" / "main.css").read_text(encoding="utf-8-sig")
    assert styles.startswith("/*! With parts of GOV.UK Frontend"), "its licence asks for its notice"
    assert "Crown Copyright" in styles


def test_every_lock_is_read_whole() -> None:
    node = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    expected = names_in("requirements-dev.lock") | names_in("requirements-bootstrap.lock")
    expected |= {path.rpartition("node_modules/")[2] for path in node if path}
    assert {one.name for one in LOCKED} == expected


def test_everything_has_its_hashes_and_somebody_who_asks_for_it() -> None:
    names = {one.name for one in LOCKED}
    for one in LOCKED:
        assert one.hashes, one.name
        for algorithm, digest in one.hashes:
            assert len(digest) == {"sha256": 64, "sha512": 128}[algorithm]
        assert one.direct or one.needed_by, one.name
        assert one.needed_by <= names, one.name


# Licences ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("deployed", DEPLOYED, ids=[one.name for one in DEPLOYED])
def test_everything_that_is_deployed_has_a_licence_that_is_accepted(deployed: Package) -> None:
    assert accepted(licence_of(deployed), deployed=True), licence_of(deployed)


def test_every_tool_has_a_licence_that_is_accepted_of_tools() -> None:
    tools = [one for one in LOCKED if not one.deployed]
    refused = {
        name: licence
        for name, licence in licences_of(tools).items()
        if not accepted(licence, deployed=False)
    }
    assert refused == {}


def test_the_list_of_licences_is_up_to_date() -> None:
    """What is deployed is the same everywhere; other platforms may need other tools."""
    page = (ROOT / "docs" / "licences.md").read_text()
    listed, made = (text.split("## Tools")[0] for text in (page, licences.page()))
    assert listed == made, "run `make licences`"
    rows = set(re.findall(r"^\| (\S+) \| (?:Python|Node) \| (.+) \|$", page, re.MULTILINE))
    assert rows >= set(licences_of(list(LOCKED)).items()), "run `make licences`"
    assert {name for name, _ in rows} <= {one.name for one in LOCKED}, "run `make licences`"
    for name, why in {**ACCEPTED, **OF_FONTS, **OF_TOOLS}.items():
        assert f"| {name} | {why} |" in page, "run `make licences`"


def test_every_font_is_listed_with_its_licence_beside_it() -> None:
    folder = ROOT / "functions" / "documents" / "fonts"
    there = {file.name for file in folder.iterdir()}
    fonts = {name for name in there if name.endswith(".ttf")}
    assert fonts
    for begins, (name, licence) in FONTS.items():
        assert any(font.startswith(begins) for font in fonts), name
        assert f"{begins}-LICENCE.txt" in there
        assert licence in OF_FONTS
    assert all(font.startswith(tuple(FONTS)) for font in fonts)
    assert there - fonts == {f"{begins}-LICENCE.txt" for begins in FONTS}


def test_no_licence_was_read_for_nothing() -> None:
    """Every licence that was read in full belongs to a locked package."""
    assert READ.keys() <= {one.name for one in LOCKED}


@pytest.mark.parametrize(
    ("licence", "deployed", "tool"),
    [
        ("MIT", True, True),
        ("MIT AND Apache-2.0", True, True),
        ("MIT OR GPL-3.0-or-later", True, True),
        ("MIT AND GPL-3.0-or-later", False, True),
        ("(MIT OR AGPL-3.0-only) AND GPL-3.0-or-later", False, True),
        ("AGPL-3.0-only", False, False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False, False),
        ("SSPL-1.0", False, False),
        ("Anything goes", False, False),
        ("", False, False),
    ],
)
def test_what_is_accepted_is_what_the_tables_say(
    licence: str, *, deployed: bool, tool: bool
) -> None:
    assert accepted(licence, deployed=True) is deployed
    assert accepted(licence, deployed=False) is tool


@pytest.mark.parametrize("declared", ["", "SEE LICENSE IN eula.txt", "UNLICENSED"])
def test_a_package_that_does_not_say_its_licence_is_named_and_what_to_do(declared: str) -> None:
    with pytest.raises(LicenceError, match=r"metadata of left-pad .* READ in infra/supply_chain"):
        licence_of(package("left-pad", declared))


def test_one_that_is_not_installed_here_is_another_case() -> None:
    with pytest.raises(NotInstalledError, match="not installed"):
        licence_of(package("no-such-package-here", ecosystem=Ecosystem.PYTHON))


def test_the_command_names_each_that_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(licences, "FILE", tmp_path / "licences.md")
    assert licences.main() == 0
    assert capsys.readouterr().err == ""
    fewer = {name: why for name, why in ACCEPTED.items() if name != "PSF-2.0"}
    monkeypatch.setattr(licences, "ACCEPTED", fewer)
    assert licences.main() == 1
    assert "typing-extensions: PSF-2.0 is not accepted." in capsys.readouterr().err


# The bills of materials --------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["deployed", "tools"])
def bill(request: pytest.FixtureRequest) -> tuple[bool, str]:
    """Return whether it is the bill of what is deployed, and its text."""
    deployed = request.param == "deployed"
    return deployed, sbom.bill(deployed=deployed)


def test_a_bill_is_valid_cyclonedx(bill: tuple[bool, str]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill[1]) is None


def test_the_validator_finds_what_it_is_for(bill: tuple[bool, str]) -> None:
    wrong = bill[1].replace('"SHA-256"', '"SHA-257"').replace('"SHA-512"', '"SHA-513"')
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(wrong) is not None


def test_a_bill_made_again_is_the_same_to_the_byte(bill: tuple[bool, str]) -> None:
    """In order, so that the bills of two commits differ only where the packages do."""
    assert sbom.bill(deployed=bill[0]) == bill[1]
    content = json.loads(bill[1])
    assert content.keys() & {"serialNumber"} == content["metadata"].keys() & {"timestamp"} == set()
    names = [one["name"] for one in content["components"]]
    assert names == sorted(names)


def test_a_bill_has_every_package_with_its_version_licence_and_hashes(
    bill: tuple[bool, str],
) -> None:
    deployed, text = bill
    components: list[dict[str, Any]] = json.loads(text)["components"]
    expected = {(one.name, one.version) for one in LOCKED if one.deployed is deployed}
    assert {(one["name"], one["version"]) for one in components} == expected
    assert all(one["hashes"] for one in components)
    assert all(one["purl"].startswith(("pkg:pypi/", "pkg:npm/")) for one in components)
    if deployed:
        assert all(one["licenses"] for one in components)


def test_everything_on_a_bill_is_needed_by_something_on_it(bill: tuple[bool, str]) -> None:
    """A package that nothing needs came in by mistake, or should be removed."""
    content = json.loads(bill[1])
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in content["dependencies"]}
    refs = {one["bom-ref"] for one in content["components"]}
    assert set().union(*needs.values()) <= refs
    if bill[0]:
        reached, left = set(), needs["positive-challenge"]
        while left:
            reached |= left
            left = set().union(*(needs[ref] for ref in left)) - reached
        assert reached == refs


def test_the_command_writes_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbom, "FOLDER", tmp_path / "sbom")
    assert sbom.main() == 0
    names = {}
    for file in (tmp_path / "sbom").iterdir():
        names[file.name] = {one["name"] for one in json.loads(file.read_text())["components"]}
    assert names.keys() == {"deployed.cdx.json", "tools.cdx.json"}
    assert "boto3" in names["deployed.cdx.json"] - names["tools.cdx.json"]
    assert "moto" in names["tools.cdx.json"] - names["deployed.cdx.json"]
