"""What is in the repository works on anyone's machine: it names no place outside itself."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests import conftest

ROOT = Path(__file__).parents[2]

# Put together from halves, or this file would find itself.
FORBIDDEN = tuple(
    first + second
    for first, second in (
        ("../", "shared"),
        ("/wo", "rk/"),
        ("pypi", ".org"),
        ("python", "hosted"),
        ("registry", ".npmjs"),
    )
)
#: npm's lock names where a package asks for donations; nothing is fetched from there.
FUNDING = re.compile(r'^\s*"url": ')


def text_files() -> list[Path]:
    """Return every text file that git has, or would have with the next commit."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    files = (ROOT / name for name in listing.stdout.split("\0") if name)
    return sorted({file for file in files if file.is_file() and b"\0" not in file.read_bytes()})


def findings(file: Path) -> list[str]:
    """Return the lines of a file that name a place they must not name."""
    excused = FUNDING if file.name == "package-lock.json" else None
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if any(name in line for name in FORBIDDEN) and not (excused and excused.match(line))
    ]


def test_no_file_names_a_package_registry_or_a_place_outside_the_repository() -> None:
    files = text_files()
    assert ROOT / "pyproject.toml" in files
    assert [finding for file in files for finding in findings(file)] == []


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_search_finds_what_it_is_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"see https://{name}simple\n")
    assert findings(ROOT / "README.md")


def pins(lock: str) -> list[str]:
    """Return a line for each locked package: its name, version, and hashes."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def versions(lock: str) -> dict[str, str]:
    """Return the locked version of each package."""
    return dict(pin.split()[0].split("==") for pin in pins(lock))


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.lock",
        "requirements-documents.lock",
        "requirements-dev.lock",
        "requirements-rehearse.lock",
        "requirements-mutate.lock",
        "requirements-bench.lock",
        "requirements-bootstrap.lock",
    ],
)
def test_every_locked_python_package_has_its_hash(lock: str) -> None:
    assert pins(lock)
    bare = [pin for pin in pins(lock) if "==" not in pin or "--hash=sha256:" not in pin]
    assert bare == []


def test_whatever_is_deployed_was_tested_in_the_same_version() -> None:
    tested = versions("requirements-dev.lock").items()
    assert versions("requirements.lock").items() <= versions("requirements-documents.lock").items()
    assert versions("requirements-documents.lock").items() <= tested


def test_what_breaks_the_rules_is_in_its_own_lock_and_changes_no_version_of_the_others() -> None:
    held, others = versions("requirements-mutate.lock"), versions("requirements-dev.lock")
    assert "cosmic-ray" in held
    assert "cosmic-ray" not in others
    assert {name: held[name] for name in held.keys() & others.keys()}.items() <= others.items()


def test_the_locks_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    deployed = {
        re.split(r"[\[<>=~!; ]", wanted)[0] for wanted in project["project"]["dependencies"]
    }
    groups = project["dependency-groups"]
    wanted_of_tools = [one for one in groups["dev"] if isinstance(one, str)]
    tools = {re.split(r"[\[<>=~!; ]", wanted)[0] for wanted in wanted_of_tools}
    tools |= {one.partition("==")[0] for one in groups["documents"]}
    missing = deployed - set(versions("requirements.lock"))
    missing |= (deployed | tools) - set(versions("requirements-dev.lock"))
    breaks = {re.split(r"[<>=]", one)[0] for one in project["dependency-groups"]["mutate"]}
    missing |= breaks - set(versions("requirements-mutate.lock"))
    for apart in ("rehearse", "bench"):
        pinned = {"==".join(pin) for pin in versions(f"requirements-{apart}.lock").items()}
        missing |= set(project["dependency-groups"][apart]) - pinned
    assert missing == set(), "run `make lock`"


def test_the_licence_is_the_same_wherever_it_is_named() -> None:
    text = (ROOT / "LICENSE").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tools = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"][""]
    assert text.startswith(f"{project['license']} License\n")
    assert project["license-files"] == ["LICENSE"]
    assert tools["license"] == locked["license"] == project["license"]


def test_every_text_file_is_as_editors_are_told_to_keep_it() -> None:
    """``.editorconfig``: one end of line, no spaces before it, and one after the last line."""
    told = (ROOT / ".editorconfig").read_text().splitlines()
    assert {
        "end_of_line = lf",
        "insert_final_newline = true",
        "trim_trailing_whitespace = true",
    } < {*told}
    wrong = [
        str(file.relative_to(ROOT))
        for file in text_files()
        if (text := file.read_bytes())
        and (b"\r" in text or not text.endswith(b"\n") or re.search(rb"[ \t]$", text, re.MULTILINE))
    ]
    assert wrong == []


def test_make_test_runs_the_folders_that_the_tests_think_it_runs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (named,) = re.findall(r"^FIRST := (.*)$", makefile, re.MULTILINE)
    assert named.split() == [f"tests/{folder}" for folder in conftest.FIRST]
    assert "-m 'not ci and not night' $(FIRST)" in makefile
