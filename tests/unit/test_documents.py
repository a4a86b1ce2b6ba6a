"""What README and docs name of the code is there: a module that moves takes its mentions along."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from infra.shape import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FILES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {file.name: file.read_text() for file in FILES}

#: `Beside.keep` in `functions/adapters/record/beside.py`.
IN_A_FILE = re.compile(r"`([A-Za-z_.]+)` in\s+`((?:functions|infra|tests)/[\w/]+\.py)`")
PATH = re.compile(r"`((?:functions|infra|tests|statemachine|environments)/[\w./-]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_that_a_document_names_is_there(name: str) -> None:
    assert [path for path in PATH.findall(TEXTS[name]) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_document_names_in_a_file_stands_there(name: str) -> None:
    found = IN_A_FILE.findall(TEXTS[name])
    assert [
        (said, path)
        for said, path in found
        if said.rpartition(".")[2] not in (ROOT / path).read_text()
    ] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_link_of_a_document_leads_somewhere(file: Path) -> None:
    for path, heading in LINK.findall(TEXTS[file.name]):
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), path
        if heading:
            assert heading in anchors(target.read_text()), f"{path}#{heading}"


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them, and those set by hand."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def test_the_patterns_find_what_they_are_for() -> None:
    decisions = TEXTS["decisions.md"]
    assert len(PATH.findall(decisions)) > 40
    assert len(IN_A_FILE.findall(decisions)) > 2
    assert ("../README.md", "to-add-a-rule") in LINK.findall(decisions)
