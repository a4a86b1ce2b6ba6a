"""Code that the documents name exists: when a module moves, so do the mentions of it."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from infra.blueprint import ROOT
from infra.operate.commands import main

if TYPE_CHECKING:
    from pathlib import Path

FILES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {str(file.relative_to(ROOT)): file.read_text() for file in FILES}

DECISIONS = ROOT / "docs" / "decisions"
INDEX = DECISIONS / "README.md"
PARTS = [file for file in sorted(DECISIONS.glob("*.md")) if file != INDEX]

#: `Beside.keep` in `functions/adapters/record/beside.py`.
IN_A_FILE = re.compile(r"`([A-Za-z_.]+)` in\s+`((?:functions|infra|tests)/[\w/]+\.py)`")
PATH = re.compile(r"`((?:functions|infra|tests|statemachine|environments)/[\w./-]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")

#: The start of a page of decisions: the list of their titles, each a link.
LISTED = re.compile(r"^- \[(.+)\]\(#(.+)\)$", re.MULTILINE)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


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


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    file = ROOT / name
    for path, heading in LINK.findall(TEXTS[name]):
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), path
        if heading:
            assert heading in anchors(target.read_text()), f"{path}#{heading}"


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, and those set by hand."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {anchor(heading) for heading in headings} | set(
        re.findall(r'<a (?:id|name)="([^"]+)"', text)
    )


def test_the_patterns_find_what_they_are_for() -> None:
    decisions = "".join(file.read_text() for file in PARTS)
    assert len(PATH.findall(decisions)) > 40
    assert len(IN_A_FILE.findall(decisions)) > 2
    assert ("../environments.md", "") in LINK.findall(decisions)
    assert ("../operations.md", "table-in-danger") in LINK.findall(decisions)


def test_the_readme_and_contributing_are_a_page_each() -> None:
    """People read them before anything else, and to the end."""
    assert len(TEXTS["README.md"].splitlines()) <= 90
    assert len(TEXTS["CONTRIBUTING.md"].splitlines()) <= 110


def test_the_runbook_lists_every_command_of_operators() -> None:
    section = TEXTS["docs/operations.md"].partition("## Every command")[2].partition("\n## ")[0]
    rows = [line.partition(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    named = re.findall(r"`([\w-]+)", " ".join(rows))
    with pytest.raises(SystemExit), redirect_stdout(StringIO()) as help_:
        main(["--help"])
    (listed,) = re.findall(r"^  \{(\S+)\}$", help_.getvalue(), re.MULTILINE)
    assert sorted(set(named)) == sorted(listed.split(","))


# Decisions ---------------------------------------------------------------------------------------


def out_of_step(text: str) -> str:
    """Return what is wrong with the list of titles at the start of a page of decisions, or ``""``.

    It must have every title, in the order of the page, with a link to the decision.
    """
    before, *_ = HEADING.split(text)
    want = [(title, anchor(title)) for title in HEADING.findall(text)]
    found = LISTED.findall(before)
    if found == want:
        return ""
    right = "\n".join(f"- [{title}](#{link})" for title, link in want)
    return f"the list at the top of the page has to be:\n{right}"


@pytest.mark.parametrize("file", PARTS, ids=lambda file: file.stem)
def test_a_page_of_decisions_begins_with_the_list_of_them(file: Path) -> None:
    text = file.read_text()
    assert len(HEADING.findall(text)) > 1
    assert out_of_step(text) == ""


def test_every_page_of_decisions_is_in_the_index() -> None:
    assert len(PARTS) > 10
    named = re.findall(r"^\| \[(.+?)\]\((.+?)\) \|", INDEX.read_text(), re.MULTILINE)
    titles = {file.name: file.read_text().partition("\n")[0].removeprefix("# ") for file in PARTS}
    assert {link: title for title, link in named} == titles
    assert len(named) == len(titles)


@pytest.mark.parametrize(
    "text",
    [
        "# Time\n\n- [One clock](#one-clock)\n\n## One clock\n\n…\n\n## UTC\n\n…\n",
        "# Time\n\n- [UTC](#utc)\n- [One clock](#one-clock)\n\n## One clock\n\n…\n\n## UTC\n\n…\n",
        "# Time\n\n- [One clock](#utc)\n- [UTC](#utc)\n\n## One clock\n\n…\n\n## UTC\n\n…\n",
        "# Time\n\n- [UTC](#utc)\n- [Gone](#gone)\n\n## UTC\n\n…\n",
    ],
    ids=["one is missing", "another order", "a wrong link", "one too many"],
)
def test_a_list_of_decisions_that_is_out_of_step_is_found(text: str) -> None:
    assert out_of_step(text).startswith("the list at the top of the page has to be:\n- [")
