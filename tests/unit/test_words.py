"""Plain English, in code and documents: the old voice does not come back.

Read in docstrings, comments, error messages, logs and documents. Only turns that are unmistakable
are listed, so that a finding is always right: write the plain words it names instead.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from fnmatch import fnmatch
from typing import TYPE_CHECKING, NamedTuple

import pytest

from infra.blueprint import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Files still in the old voice. This list only gets shorter: whoever converts a part takes it off.
NOT_YET: tuple[str, ...] = ()


class Turn(NamedTuple):
    """An archaic turn: a pattern without case, what to write instead, and an example."""

    pattern: str
    plain: str
    example: str


TURNS = (
    Turn(r"anew", "again, or: rebuild, write new", "HEAD is made anew."),
    Turn(r"mend(s|ed|ing)?", "correct, or: fix", "Each field that has to be mended"),
    Turn(r"reckon(s|ed|ing)?", "count, compute or assume", "What a call is reckoned with"),
    Turn(r"how manieth", "which number", "the how manieth place"),
    Turn(r"by whose (will|need|leave)", "who wanted it", "By whose will it was begun"),
    Turn(r"(?<=[,:;]\s)save (that|for|where|when)", "except", "All of it, save that of the child"),
    Turn(
        r"(if anything is unclear, )?turn to (whoever|the (IRO|SRSM))", "contact", "turn to the IRO"
    ),
    Turn(
        r"answers (what|which|whether|how|who)", "Return …", "Take it; answers whether it counts."
    ),
    Turn(r"(?-i:Raises) ``", "Raise ``…``", "Raises ``KeyError``."),
    Turn(r"(what|which) became of", "what happened to", "what became of each email"),
    Turn(r"what came of", "the result of", "what came of it"),
    Turn(r"it is of", "it belongs to, or say it with a verb", "another part it is of"),
    Turn(r"is none of (the|its)", "does not belong to", "It is none of the function's."),
    Turn(r"(is|are|was|were|be|been) told of", "hears about, or: gets", "Who is told of a mail"),
    Turn(r"held against", "compared with, or: checked against", "It is held against the seals."),
    Turn(r"as (it|they) stands?", "as it is now", "the directory, as it stands"),
    Turn(r"stands? (there|here) (once|for)", "is there, is defined once", "It stands here once."),
    Turn(
        r"where (it|a challenge|the challenge) stands", "the current stage", "say where it stands"
    ),
    Turn(r"parted by (commas|spaces)", "separated by", "names, parted by commas"),
    Turn(
        r"given up an action|gives? an action up", "drop an action", "The IRO gives an action up."
    ),
    Turn(r"for good(?=[.,:;)])", "permanently, or: at every try", "A call that failed for good."),
    Turn(r"waits to be done again", "waits to be run again", "A task waits to be done again."),
    Turn(r"is to hand|at hand for", "is available", "The clock is to hand."),
    Turn(
        r"lest|whilst|hereby|herewith|forthwith|henceforth|hitherto|heretofore|aforesaid",
        "say it in today's words",
        "It is kept, lest it be lost.",
    ),
    Turn(
        r"thereof|therein|thereto|whereof|wherein|whereto|whereupon|whence|thence|thither|hither",
        "name the thing itself",
        "The form, and the fields therein",
    ),
)

#: Sentences in plain English that look a little like a turn. Nothing is found in them.
PLAIN = (
    "Save that file. There is no such action, for good practice and for good reasons.",
    "The IRO may amend the recommended form; it is their turn to reply.",
    "Raises: SettingsError if a setting is missing. It raises ``KeyError``.",
    "It is often the answer. What became clear is told to the officers.",
    "What came in; nobody stands here. The emails are told apart by their ids.",
    "`as_it_stands` and ``anew`` are names.",
)

_SPANS = re.compile(r"``[^`]*``|`[^`\n]*`|https?://\S+")
_FENCES = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LOGS = {"debug", "info", "warning", "error", "exception", "print"}
_MESSAGES = {"message", "msg"}


def test_files_are_in_plain_english() -> None:
    found = [finding for name in _files() if not _not_yet(name) for finding in findings(name)]
    assert found == []


def test_a_part_that_is_in_plain_english_is_taken_off_the_list() -> None:
    files = _files()
    done = [
        part for part in NOT_YET if not any(findings(name) for name in files if fnmatch(name, part))
    ]
    assert done == [], "Take these off NOT_YET: nothing in them is in the old voice."


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.example)
def test_each_turn_is_found(turn: Turn) -> None:
    assert [found.plain for _, _, found in turns(turn.example)] == [turn.plain]


def test_plain_english_is_let_be() -> None:
    assert [list(turns(sentence)) for sentence in PLAIN] == [[] for _ in PLAIN]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ('"""Make it\nanew."""', 2),
        ("# Made\n# anew.", 2),
        ("x = 1  # made anew", 1),
        ('def f():\n    """Make anew."""', 2),
        ('raise ValueError("Make it anew.")', 1),
        ('message = (\n    "Make it "\n    "anew."\n)', 2),
        ('_log.warning("made anew")', 1),
        ('print("Made anew.")', 1),
    ],
)
def test_a_turn_is_found_wherever_code_speaks(code: str, line: int) -> None:
    assert list(_lines("module.py", code)) == [line]


def test_data_of_the_code_is_not_its_voice() -> None:
    assert list(_lines("module.py", 'WORDS = ("anew",)\nanew = {"anew": anew}')) == []


def test_a_document_is_read_without_its_commands() -> None:
    assert list(_lines("a.md", "Make\n```\nmake anew\n```\n`anew` it\nanew")) == [6]


def findings(name: str) -> list[str]:
    """Return the old turns in a file, each with its line and the plain words."""
    text = (ROOT / name).read_text("utf-8")
    return [
        f"{name}:{number + passage.count(chr(10), 0, at)}: “{found}”: write {turn.plain}"
        for number, passage in spoken(name, text)
        for at, found, turn in turns(passage)
    ]


def turns(text: str) -> Iterator[tuple[int, str, Turn]]:
    """Yield where an old turn is in the text, its words there, and the turn."""
    # Names in code marks are blanked out, not removed: places in the text stay the same.
    text = _SPANS.sub(lambda span: "``" + re.sub(r"[^\n]", " ", span[0])[2:], text)
    for turn in TURNS:
        pattern = turn.pattern.replace(" ", r"\s+")
        for found in re.finditer(rf"(?i)(?<![\w`])(?:{pattern})(?![\w])", text):
            yield found.start(), " ".join(found[0].split()), turn


def spoken(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield what a file says to people: the number of its first line, and the text."""
    if name.endswith(".py"):
        yield from _comments(text)
        yield from _strings(text)
    else:
        yield 1, _FENCES.sub(lambda block: "\n" * block[0].count("\n"), text)


def _comments(code: str) -> Iterator[tuple[int, str]]:
    """Yield each comment; those on lines that follow one another as one."""
    first, lines = 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type != tokenize.COMMENT:
            continue
        row = token.start[0]
        if lines and row != first + len(lines):
            yield first, "\n".join(lines)
            lines = []
        if not lines:
            first = row
        lines.append(token.string.lstrip("#:"))
    if lines:
        yield first, "\n".join(lines)


def _strings(code: str) -> Iterator[tuple[int, str]]:
    """Yield docstrings, and the literals of what is raised, logged or printed."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        for said in _said(node):
            for part in ast.walk(said):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def _said(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Raise) and node.exc:
        yield node.exc
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        if node.targets[0].id in _MESSAGES:
            yield node.value
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in _LOGS or (isinstance(node.func, ast.Name) and node.func.id in _LOGS):
            yield from node.args


def _lines(name: str, text: str) -> Iterator[int]:
    for number, passage in spoken(name, text):
        for at, _, _ in turns(passage):
            yield number + passage.count("\n", 0, at)


def _files() -> list[str]:
    """Return the files that speak to people, as git has them."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    kinds = (".py", ".md", ".toml", ".html", ".json", "Makefile", ".ci/run")
    data = ("package.json", "package-lock.json", "tests/upgrade/fixtures/*")
    # One says what to write instead of these turns, the other quotes the council's guidance.
    quotes = ("docs/writing.md", "docs/guidance.md")
    return [
        name
        for name in sorted(set(listing.stdout.split("\0")))
        if name.endswith(kinds)
        and (ROOT / name).is_file()
        and not any(fnmatch(name, part) for part in data + quotes)
    ]


def _not_yet(name: str) -> bool:
    return any(fnmatch(name, part) for part in NOT_YET)
