"""Git's hooks run what CI runs: the same steps, by the same names and commands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import conftest

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / ".pre-commit-config.yaml"
REPOSITORIES: list[dict[str, Any]] = yaml.safe_load(CONFIGURATION.read_text())["repos"]
HOOKS = {hook["name"]: hook for repository in REPOSITORIES for hook in repository["hooks"]}

PREK = Path(sys.executable).with_name("prek")

#: Before a push these tests run within a hook, and git tells hooks where the repository is.
_ENVIRONMENT = {name: said for name, said in os.environ.items() if not name.startswith("GIT_")}

#: The steps of CI that no hook runs, and why.
LEFT_TO_CI = {
    "browser for the tests": "installs a package of the system",
    "make setup": "what the hooks run was installed by it",
    "bills of materials": "nothing in them is committed, and `make test` checks them",
    "make slow": "takes minutes",
    "make rehearse": "takes minutes",
}


def steps() -> dict[str, str]:
    """Return the steps of ``.ci/run``: name → command."""
    text = (ROOT / ".ci" / "run").read_text()
    found = re.findall(r'^\s*(?:if )?step "([^"]+)" (.+?)(?:; then)?$', text, re.MULTILINE)
    return {name: re.sub(r"^tests (\w+)$", made(text), command) for name, command in found}


def made(script: str) -> str:
    """Return what the script's function ``tests`` runs for its argument."""
    (make,) = re.findall(r'^tests\(\) \{ (make .*?) "\$1"', script, re.MULTILINE)
    return rf"{make} \1"


def test_each_quick_step_of_ci_is_a_hook_with_the_same_command() -> None:
    quick = {name: command for name, command in steps().items() if name not in LEFT_TO_CI}
    assert len(quick) > 4
    assert quick == {name: HOOKS[name]["entry"] for name in HOOKS if name != "documents"}
    assert set(steps()) > set(LEFT_TO_CI)


@pytest.mark.parametrize("broken", ["", "make test", "make slow", "types", "make rehearse"])
def test_ci_runs_every_step_and_passes_only_if_all_did(tmp_path: Path, broken: str) -> None:
    """With programs that do nothing, one of which fails; two steps run beside another."""
    programs = {command.split()[0] for command in steps().values()} - {"make", "chromium"}
    for program in ("bin/make", *programs):
        file = tmp_path / program
        file.parent.mkdir(parents=True, exist_ok=True)
        fails = steps().get(broken, "").replace("make", str(tmp_path / "bin/make"))
        file.write_text(f'#!/bin/sh\n[ "$0 $*" != "{fails}" ] && [ "$0" != "{fails}" ]\n')
        file.chmod(0o700)
    script = tmp_path / ".ci" / "run"
    script.parent.mkdir()
    script.write_text((ROOT / ".ci" / "run").read_text().replace("/usr/bin/chromium", "/bin/sh"))
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(script)],  # noqa: S607
        env={**_ENVIRONMENT, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.findall(r"^(passed|FAILED) +(.+?) +\d+ s$", done.stdout, re.MULTILINE)
    assert dict(map(reversed, said)) == {
        name: "FAILED" if name == broken else "passed" for name in steps()
    }
    assert done.returncode == bool(broken)


def test_the_documents_that_a_hook_checks_are_checked_by_make_test() -> None:
    python, *run, first, second, third, fourth = shlex.split(HOOKS["documents"]["entry"])
    assert (python, run[:2]) == (".venv/bin/python", ["-m", "pytest"])
    for file in (first, second, third, fourth):
        assert (ROOT / file).exists()
        assert file.split("/")[:2] in [["tests", folder] for folder in conftest.FIRST]


def test_the_tests_run_before_a_push_and_the_rest_before_a_commit() -> None:
    pushed = [name for name, hook in HOOKS.items() if "pre-push" in hook.get("stages", ())]
    assert pushed == ["make test"]
    assert "\ndefault_stages: [pre-commit]\n" in CONFIGURATION.read_text()


def test_no_hook_is_fetched_or_run_elsewhere_than_in_what_was_set_up() -> None:
    assert [repository["repo"] for repository in REPOSITORIES] == ["local"]
    programs = {hook["entry"].split()[0] for hook in HOOKS.values()}
    assert programs <= {
        *(".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/python"),
        *("node_modules/.bin/asl-validator", "make"),
    }
    for hook in HOOKS.values():
        assert hook["language"] == "system"
        assert hook["pass_filenames"] is False


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    said = ("-c", "user.name=Sample", "-c", "user.email=sample@sampleshire.example")
    return subprocess.run(
        ["git", *said, *arguments],  # noqa: S607
        cwd=folder,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def _ran(folder: Path) -> list[str]:
    noted = folder / "ran.txt"
    return noted.read_text().splitlines() if noted.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository with the hooks, in which the commands they run only take notes."""
    assert _git(tmp_path, "init", "--quiet").returncode == 0
    for hook in HOOKS.values():
        program = tmp_path / hook["entry"].split()[0]
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text('#!/bin/sh\necho "${0##*/} $*" >> ran.txt\ntest ! -e broken\n')
        program.chmod(0o755)
    (tmp_path / ".gitignore").write_text("/.venv\n/node_modules\n/make\n/ran.txt\n/broken\n")
    (tmp_path / CONFIGURATION.name).write_text(CONFIGURATION.read_text())
    subprocess.run(
        [PREK, "install", "--quiet"],
        cwd=tmp_path,
        env=_ENVIRONMENT,
        check=True,
        capture_output=True,
    )
    return tmp_path


def test_a_commit_of_python_is_checked_and_refused_if_a_check_fails(checkout: Path) -> None:
    (checkout / "one.py").write_text("ONE = 1\n")
    _git(checkout, "add", ".")
    assert _git(checkout, "commit", "--message", "One").returncode == 0
    assert [line.split()[:2] for line in _ran(checkout)] == [
        *(["ruff", "format"], ["ruff", "check"], ["mypy"], ["python", "-m"]),
    ]
    (checkout / "broken").touch()
    (checkout / "one.py").write_text("ONE = 2\n")
    assert _git(checkout, "commit", "--all", "--message", "Two").returncode == 1
    assert _git(checkout, "log", "--format=%s").stdout == "One\n"
