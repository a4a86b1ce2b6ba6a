"""What people read is easy: emails, errors, and the words of acts and of the record.

Pages are read in ``tests/pages/test_states.py``, in each of their states.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

import pytest

from domain.rulebook import COMMANDS, FACTS
from domain.vocabulary import Capacity, Purpose
from handlers.pages.lines import line
from infra.blueprint import ROOT
from tests.readability import FOR_ALL, grade_of, hardest, of_page, sentences, too_hard, too_long
from tests.unit.test_letters import post
from tests.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: One worker writes all emails (``post``), once.
pytestmark = pytest.mark.xdist_group("letters")

#: Where sentences are made that tell people what to correct, or why something cannot be done.
FOLDERS = ("domain", "handlers/pages", "handlers/forms.py", "handlers/form_fields.py")

#: The random stories whose records are read.
STORIES = range(0, 40, 5)


@cache
def _emails() -> dict[str, list[str]]:
    """Return the sentences of each email: its HTML and its plain text, by what it is about."""
    found: dict[str, list[str]] = {}
    for one in post():
        name = f"{one.kind.__name__} {one.notice.letter}"
        found.setdefault(f"{name}, HTML", []).extend(of_page(one.written.html))
        found.setdefault(f"{name}, text", []).extend(_of_text(one.written.text))
        # One subject is too short to grade.
        found.setdefault("all subjects", []).extend(sentences(one.written.subject))
    return found


def _of_text(text: str) -> list[str]:
    """Return the sentences of a plain text, whose lines are wrapped within paragraphs and items."""
    joined = text.replace("\n\n", "\0").replace("\n- ", "\0").replace("\n", " ").replace("\0", "\n")
    return sentences(joined)


def test_every_email_can_be_read_at_grade_8() -> None:
    assert len(_emails()) > 100
    assert too_hard(_emails().items(), FOR_ALL) == ""


def test_no_sentence_of_an_email_is_too_long() -> None:
    assert (
        too_long((name, parts) for name, parts in _emails().items() if name != "all subjects") == ""
    )


# Errors ------------------------------------------------------------------------------------------


def _said_in(path: Path) -> Iterator[str]:
    """Yield each sentence in a module that is passed to a call or raised: what somebody reads."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            for argument in (*node.args, *(one.value for one in node.keywords)):
                text = _text(argument)
                if text and text[0].isupper() and text.rstrip().endswith(".") and " " in text:
                    yield text


def _text(node: ast.expr) -> str:
    """Return a text with a name in place of what is filled in, or nothing."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                _text(part) if isinstance(part, ast.Constant) else "Sam" for part in parts
            )
        case _:
            return ""


@cache
def _errors() -> dict[str, list[str]]:
    """Return the sentences of each module that tells people something: its path → them."""
    found = {}
    for folder in FOLDERS:
        at = ROOT / "functions" / folder
        for path in [at] if at.is_file() else sorted(at.rglob("*.py")):
            parts = [part for text in _said_in(path) for part in sentences(text)]
            if parts:
                found[str(path.relative_to(ROOT / "functions"))] = parts
    return found


def test_what_a_page_tells_people_to_correct_can_be_read_at_grade_8() -> None:
    """Each module's sentences together: one short sentence with a long word is not hard."""
    assert len(_errors()) > 40
    assert too_hard(_errors().items(), FOR_ALL) == ""
    assert too_long(_errors().items()) == ""


def test_errors_are_found_where_they_are_made() -> None:
    said = {part for parts in _errors().values() for part in parts}
    assert "Enter how it was resolved, and what shows it." in said
    assert any("Sam" in one for one in said), "also those in which something is filled in"


def test_errors_have_curly_quotes_and_apostrophes() -> None:
    straight = [
        f"{name}: {part}"
        for name, parts in _errors().items()
        for part in parts
        if "'" in part or '"' in part
    ]
    assert straight == []


# The record, and the words of acts and tasks ------------------------------------------------------


@cache
def _lines() -> dict[str, list[str]]:
    """Return the lines of the record, by kind of fact, as random stories tell them to the SRSM."""
    found: dict[str, set[str]] = {}
    for seed in STORIES:
        case = [*walk(seed)][-1]
        for event in case.challenge.events:
            shown = line(event, case.challenge, case.council, frozenset({Capacity.SRSM}))
            found.setdefault(type(event.fact).__name__, set()).add(shown.headline)
    return {
        kind: sorted({p for text in texts for p in sentences(text)})
        for kind, texts in found.items()
    }


def test_the_lines_of_the_record_can_be_read_at_grade_8() -> None:
    assert len(_lines()) > 30
    every = [part for parts in _lines().values() for part in parts]
    assert grade_of(every) <= FOR_ALL
    assert too_long(_lines().items()) == ""


def test_acts_news_and_tasks_are_called_by_easy_words() -> None:
    called = [one.called for one in COMMANDS]
    every = [getattr(one, "news", None) for one in FACTS.values()]
    news = [one for one in every if isinstance(one, str)]
    tasks = [one.in_words for one in Purpose]
    for texts in (called, news, tasks):
        parts = [part for text in texts for part in sentences(text)]
        assert grade_of(parts) <= FOR_ALL, hardest(parts)
    assert too_long([("acts", called), ("news", news), ("tasks", tasks)]) == ""
