"""The runbook is true: its commands are run, entry by entry, as an operator would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import LIMIT
from tests.service.running import IRA, ROOT, SAMPLE, Client, Running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.xdist_group("service")]

RUNBOOK = ROOT / "docs" / "operations.md"
_ENTRY = re.compile(r"^## (.+)$", re.MULTILINE)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: What the commands of an entry must print. None of them may fail either.
PRINTS = {
    "Ten questions": (
        "PCE-{reference}  Stage 1: waiting for a reply; due",
        "0 challenges.",
        "0 to look at.",
        "This leg was started because of: Raised, at Stage 1.",
        "leg 1: 1. Ira Sample-One raised the challenge at Stage 1",
        "events fit.",
        "0 emails on",
        "1 challenges walked, 0 with an event that does not fit.",
    ),
    "Where is a challenge, and why": (
        "PCE-{reference}: Stage 1: waiting for a reply",
        "Why these deadlines:",
        "PCE-{reference}_1\tRUNNING",
        '"because": "Raised", "stage": "Stage 1"',
        'Stage 1\t{{"reference":"PCE-{reference}"',
        "events fit.",
    ),
    "First load of the directory": ("Loaded 21 officers",),
    "Add an officer, or let one go": ("Loaded 22 officers",),
    "A proclaimed bank holiday": ("Friday 4 June 2027 is Day of the proclamation, as change",),
    "Change the procedure with challenges open": (
        "The next Sweep counts every open deadline again",
    ),
    "Wake every challenge": (
        "1 given a fresh leg, 0 that could not be.",
        "Its leg 3 wakes",
        "HEAD is rebuilt",
        "events fit.",
    ),
    "Restore the record": (
        "1 challenges walked, 0 with an event that does not fit.",
        "0 items to copy back",
        "0 items copied back.",
    ),
    "Rotate keys": ("-----BEGIN PUBLIC KEY-----",),
}


def entries() -> dict[str, list[str]]:
    """Return the runbook's entries: title → blocks of commands that run on one machine."""
    parts = _ENTRY.split(RUNBOOK.read_text())
    found = zip(parts[1::2], parts[2::2], strict=True)
    return {title: blocks for title, text in found if (blocks := _COMMANDS.findall(text))}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """Yield a new service for each entry, because some change what others rely on."""
    with Running(tmp_path / "data") as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder that looks like the checkout, where commands may leave files."""
    folder = tmp_path / "desk"
    folder.mkdir()
    for name in ("infra", "functions"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "new-secret.txt").write_text("local\n")
    return folder


@pytest.mark.parametrize("title", entries())
def test_the_commands_of_an_entry_do_what_it_says(service: Running, desk: Path, title: str) -> None:
    reference = Client(service, IRA).raise_challenge()
    service.settle()
    machine = service.json("service")["state_machine"]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(desk),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_ENDPOINT_URL": service.aws_url,
        "AWS_PAGER": "",
        "PYTHONPATH": "functions",
        "TABLE_NAME": "positive-challenge",
        "SECRET_ID": "positive-challenge/secrets",
        "HEADS_BUCKET": "positive-challenge-heads",
        "SWEEP": "sweep",
        "OPERATE_FUNCTION": "operate",
        "MACHINE": machine,
        "REFERENCE": reference,
    }
    printed = ""
    for commands in entries()[title]:
        run = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", commands],
            cwd=desk,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert run.returncode == 0, f"{commands}\n{run.stdout}{run.stderr}"
        printed += run.stdout
    for line in PRINTS[title]:
        assert line.format(reference=reference.removeprefix("PCE-")) in printed, printed
    assert [words for words in (SAMPLE["name"], SAMPLE["case-id"]) if words in printed] == []
    # People can still work after the commands.
    Client(service, IRA).raise_challenge()
    service.settle()
    assert service.verified()


def test_every_entry_says_what_its_commands_print() -> None:
    assert set(entries()) == set(PRINTS)
