"""The page of tables: who may do what, who is told what, and which module and tests a rule has.

``python -m infra.tables`` (``make tables``) writes it into ``docs/rules.md`` from the parts of the
rules. Nothing of it is written by hand but the introduction and the words below.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from itertools import groupby
from typing import TYPE_CHECKING, cast

from domain.form import Form
from domain.ladder import Role
from domain.part import Asked, Kind, May, Part, Tell
from domain.permissions import MAY_SEE
from domain.rulebook import COMMANDS, PARTS, RUNGS
from domain.vocabulary import AWAITING, OPEN, WAITS_AT, Capacity, Letter, Standing
from infra.blueprint import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import CodeType, FunctionType

    from domain.part import If

__all__ = ["FILE", "made_by", "main", "moment", "page", "tests_of"]

FILE = ROOT / "docs" / "rules.md"
TESTS = ROOT / "tests"

_INTRODUCTION = """\
# The rules in tables

Written by `make tables` from the rules themselves (`functions/domain/rules`); a test holds them
together. To change a table, change the rule. What the rules say in sentences is in
[procedure.md](procedure.md), how to add one in [CONTRIBUTING](../CONTRIBUTING.md#to-add-a-rule).
SRSM is the Safeguarding & Review Service Manager.
"""

_MAY = """\
## Who may do what

Pages offer what one of these rows allows to whoever looks at them, and every command is checked
against the same rows. What the form says has to be right as well; its errors say so at the field.

- A challenge is raised by an IRO, or by whoever covers for one that day.
- Whoever is its IRO, covers for its IRO or raised it is never asked to reply to it.
- Where its IRO is the SRSM, the Senior IRO Manager stands in for the SRSM; so they do where a
  decision is five working days late (rule 0).
- Whoever may not see a challenge is told that there is none.
"""

_TOLD = """\
## Who is told what

Of one event an officer gets one email: that of the first row which fits them. Posts become people
on the day it is sent. An email that asks for something is not sent once that has been settled. *In
the morning* is 09:00 on a working day, for what the clock did; what people did is told at once.
"""

_RULE = """\
## Rule, module, tests

Modules are in `functions/`. Where a rule has tests that bear its number, these are listed; else all
that import its module. What has the number 0 belongs to the procedure as a whole.
"""

_WHO = {
    **{who: str(who) for who in Capacity},
    Capacity.RESPONDER: "whoever is asked to reply",
    Capacity.INFORMED: "whoever is kept informed",
}

_LETTERS = {
    Letter.PLEASE_REPLY: "asks for a reply, by a link",
    Letter.REMINDER: "reminds, with the link",
    Letter.MISSED: "says that the deadline was missed, with the link",
    Letter.DECIDE: "asks to decide",
    Letter.THANK_YOU: "thanks",
    Letter.TOLD: "for information",
    Letter.RAISED: "receipt for the form",
    Letter.NOTED: "receipt for the note",
}

#: Names in the code, and how people write them.
_PEOPLE = {"iro": "IRO", "iros": "IRO’s", "srsm": "SRSM", "senior": "Senior IRO Manager"}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return text.replace(Role.SRSM, "SRSM")


# Who may do what ---------------------------------------------------------------------------------


def _permissions() -> Iterator[tuple[str, ...]]:
    yield from _rows_of("See the challenge’s page", MAY_SEE, ())
    for command in COMMANDS:
        yield from _rows_of(command.called, command.who, command.settles)


def _rows_of(
    called: str, who: tuple[May | Asked, ...], settles: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """A row for those who may do it in the same place on the same condition."""
    same: dict[tuple[tuple[Standing, ...], If], list[Capacity]] = {}
    for row in who:
        if isinstance(row, May):
            same.setdefault((row.at, row.also), []).append(row.who)
    for (at, also), people in same.items():
        yield f"**{called}**", _people(people), _where(at), also.words
    if any(isinstance(row, Asked) for row in who):
        asked = " or ".join(f"“{purpose}”" for purpose in settles)
        yield f"**{called}**", f"whoever has the task {asked}", "while the task is open", ""


def _people(people: list[Capacity]) -> str:
    if set(people) == set(Capacity):
        return "whoever belongs to the challenge"
    return ", ".join(_WHO[who] for who in people)


def _where(at: tuple[Standing, ...]) -> str:
    """Where, in words: whatever can be said as a whole first."""
    if set(at) == set(Standing):
        return "always, also after its end"
    if set(at) == set(OPEN):
        return "while it is open"
    stages = {standing: stage.title for stage, standing in WAITS_AT.items()}
    whole = set(AWAITING) <= set(at)
    left = [one for one in at if not (whole and one in AWAITING)]
    found = ["while a reply is waited for (also on hold)"] if whole else []
    return " or ".join([*found, *(f"“{RUNGS[one].called or stages[one]}”" for one in left)])


# Who is told what --------------------------------------------------------------------------------


def _told() -> Iterator[tuple[str, ...]]:
    for part in PARTS:
        for kind in part.facts:
            name = f"**{_news(kind)}** (`{kind.__name__}`)"
            told = cast("tuple[Tell, ...]", kind.told)
            for (letter, condition), same in groupby(told, _which):
                audiences = "; ".join(tell.audience for tell in same)
                which = f"{_LETTERS[letter]} (`{letter}`)"
                yield name, audiences, which, condition, moment(kind)
            if not told:
                yield name, "nobody", "", "", ""


def _news(kind: type[Kind]) -> str:
    news = cast("str", kind.news).replace("{stage}", "a stage")
    return news[0].upper() + news[1:]


def _which(tell: Tell) -> tuple[Letter, str]:
    """By which email and if what: ``when`` has a name that reads as words."""
    words = tell.condition.split()
    return tell.letter, " ".join(_PEOPLE.get(word, word) for word in words)


def moment(kind: type) -> str:
    """Return when emails about it go out: at once, in the morning, or either by who did it."""
    if getattr(kind, "at_once", False):
        return "at once"
    by_people = issubclass(kind, Form) or any(kind in made_by(act.follows) for act in COMMANDS)
    clocks = [does for part in PARTS for does in (part.timers, part.first)]
    by_the_clock = any(kind in made_by(does) for does in clocks)
    if by_people and by_the_clock:
        return "at once; in the morning if the clock did it"
    return "at once" if by_people else "in the morning"


def made_by(does: object) -> set[type]:
    """Return the kinds of fact that ``does``, a function of a rule, or what it calls there, names.

    A kind that is only asked about counts as well: no rule does so where it makes facts.
    """
    found: set[type] = set()
    seen: set[object] = set()
    waiting = [does]
    kinds = {kind for part in PARTS for kind in part.facts}
    while waiting:
        one = waiting.pop()
        if one in seen or not inspect.isfunction(one):
            continue
        seen.add(one)
        for value in _named_in(one):
            if value in kinds:
                found.add(cast("type", value))
            elif getattr(value, "__module__", "").startswith("domain.rules."):
                waiting.append(value)
    return found


def _named_in(does: FunctionType) -> Iterator[object]:
    """What the names in its code mean: of its module, or of its class."""
    owner = does.__globals__.get(does.__qualname__.rpartition(".")[0])
    for code in _codes(does.__code__):
        for name in code.co_names:
            value = does.__globals__.get(name, vars(owner).get(name) if owner else None)
            if getattr(value, "__hash__", None):
                yield value


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if inspect.iscode(inner):
            yield from _codes(inner)


# Rule, module, tests -----------------------------------------------------------------------------


def _rules() -> Iterator[tuple[str, ...]]:
    rows = [*(_row_of(part) for part in PARTS), *_without_module()]
    for rule, *cells in sorted(rows, key=lambda row: row[0]):
        yield str(rule), *cells


def _row_of(part: Part) -> tuple[int, str, str, str, str, str]:
    return (
        part.rule,
        part.title,
        f"`{_file_of(part).relative_to(ROOT / 'functions')}`",
        ", ".join(f"`{kind.__name__}`" for kind in part.facts),
        ", ".join(f"`{act.__name__}`" for act in part.acts),
        _links(tests_of(part)),
    )


def _without_module() -> Iterator[tuple[int, str, str, str, str, str]]:
    """What has tests that bear its number, and lies in the modules of other rules."""
    numbers = {part.rule for part in PARTS}
    for file in _numbered():
        number = int(file.stem.split("_")[2])
        if number not in numbers:
            said = (ast.get_docstring(ast.parse(file.read_text())) or "").partition(": ")[2]
            title = said[:1].upper() + said[1:].rstrip(".")
            yield number, title, "no module of its own", "", "", _links([file])


def _numbered() -> list[Path]:
    return sorted((TESTS / "unit").glob("test_rule_*.py"))


def _file_of(part: Part) -> Path:
    module = (*part.facts, *part.acts)[0].__module__
    return ROOT.joinpath("functions", *module.split(".")).with_suffix(".py")


def tests_of(part: Part) -> list[Path]:
    """Return the test files that bear the rule's number and name its kinds, or all that do so."""
    name = re.compile(rf"\bdomain\.rules\.{_file_of(part).stem}\b")
    numbered = [file for file in _numbered() if file.name.startswith(f"test_rule_{part.rule}_")]
    return [file for file in numbered if name.search(file.read_text())] or sorted(
        file for file in TESTS.rglob("test_*.py") if name.search(file.read_text())
    )


def _links(files: Iterable[Path]) -> str:
    return ", ".join(f"[{file.relative_to(TESTS)}](../{file.relative_to(ROOT)})" for file in files)


# The page ----------------------------------------------------------------------------------------


def page() -> str:
    """Return the page in Markdown."""
    may = _table(("act", "who", "where", "if"), _permissions())
    told = _table(("what happened", "who is told", "by which email", "if", "when"), _told())
    head = ("rule", "title", "module", "facts", "commands", "tests")
    rules = _table(head, _rules())
    sections = [_INTRODUCTION, _MAY, may, _TOLD, told, _RULE, rules]
    return "\n".join(sections)


def main() -> int:
    """Write the page into ``FILE``. Return the exit code."""
    FILE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
