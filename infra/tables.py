"""Write the tables in ``docs/rules.md``: permissions, emails, and each rule's module and tests.

``python -m infra.tables`` (``make tables``) writes them from the parts of the rules. Only the
introduction and the words below are written by hand.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from dataclasses import fields
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from domain.export import MAY_EXPORT
from domain.form import Form
from domain.ladder import Role
from domain.notices import Channel, way_of
from domain.pack import MAY_MAKE_PACK
from domain.part import EVERYBODY, Asked, Kind, May, Part, Tell
from domain.permissions import MAY_SEE, MAY_SEE_LOOKS
from domain.rulebook import COMMANDS, PARTS, RUNGS
from domain.rules.qap import first_facts
from domain.vocabulary import AWAITING, OPEN, WAITS_AT, Capacity, Letter, Standing
from infra.blueprint import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import CodeType, FunctionType

    from domain.events import Fact
    from domain.part import If
    from domain.vocabulary import Purpose

__all__ = ["CHANNELS", "FILE", "made_by", "main", "moment", "page", "tests_of"]

FILE = ROOT / "docs" / "rules.md"
TESTS = ROOT / "tests"

_INTRODUCTION = """\
# The rules in tables

Written by `make tables` from the rules themselves (`functions/domain/rules`); a test keeps them up
to date. To change a table, change the rule. [procedure.md](procedure.md) explains the rules in
sentences. How to add one: [CONTRIBUTING](../CONTRIBUTING.md#to-add-a-rule). SRSM is the
Safeguarding & Review Service Manager.
"""

_MAY = """\
## Who may do what

A page offers what one of these rows allows the person looking at it, and every command is checked
against the same rows. The form has to be right as well; its errors are shown at the field.

- A challenge is raised by an IRO, or by someone who covers for one that day.
- The IRO, anyone who covers for the IRO, and whoever raised it are never asked to reply to it.
- Where the IRO is the SRSM, the Senior IRO Manager acts for the SRSM. They also do so when a
  decision is five working days late (rule 0).
- Someone who may not see a challenge gets the same answer as if it did not exist.
"""

_TOLD = """\
## Who is told what

An officer gets one email a challenge and moment: the most urgent of the rows that fit them. Nobody
hears of their own act, but for a receipt of what came by email, and what their calendar needs. Who
holds a post is looked up when it is told. An email that asks for something is not sent once that is
settled. *At 09:00* is on a working day. *In the daily email* is a line in the email of 09:30 on the
next working day; for what happened by itself, of the same morning.
"""

_RULE = """\
## Rule, module, tests

Modules are in `functions/`. The tests listed are those that carry the rule's number or, if there
are none, those that import its module. Number 0 stands for the procedure as a whole.
"""

_WHO = {
    **{who: str(who) for who in Capacity},
    Capacity.RESPONDER: "the person asked to reply",
    Capacity.INFORMED: "people kept informed",
}

_LETTERS = {
    Letter.PLEASE_REPLY: "asks for a reply, with a link",
    Letter.REMINDER: "reminds, with the link",
    Letter.DECIDE: "asks to decide",
    Letter.THANK_YOU: "thanks",
    Letter.AT_RISK: "says that a child may be at risk",
    Letter.MEETING: "asks to attend a meeting, for the calendar",
    Letter.TOLD: "for information",
    Letter.RAISED: "receipt for the form",
    Letter.NOTED: "receipt for the note",
    Letter.YOUR_ACTION: "asks to do the action, with a link",
    Letter.ACTION_REMINDER: "reminds of the action, with a link",
    Letter.ACTION_ENDED: "says that the action is no longer needed",
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
    yield from _rows_of("See who looked at the challenge", MAY_SEE_LOOKS, ())
    yield from _rows_of("Export the whole record, or open a pack made of it", MAY_EXPORT, ())
    yield from _rows_of("Make the pack for Cafcass", MAY_MAKE_PACK, ())
    for command in COMMANDS:
        yield from _rows_of(command.called, command.who, command.settles)


def _rows_of(
    called: str, who: tuple[May | Asked, ...], settles: tuple[Purpose, ...]
) -> Iterator[tuple[str, ...]]:
    """Return a row for people who may do this in the same place on the same condition."""
    same: dict[tuple[tuple[Standing, ...], If], list[Capacity]] = {}
    for row in who:
        if isinstance(row, May):
            same.setdefault((row.at, row.also), []).append(row.who)
    for (at, also), people in same.items():
        yield f"**{called}**", _people(people), _where(at), also.words
    if any(isinstance(row, Asked) for row in who):
        asked = " or ".join(dict.fromkeys(f"“{purpose.in_words}”" for purpose in settles))
        yield f"**{called}**", f"the person with the task {asked}", "while the task is open", ""


def _people(people: list[Capacity]) -> str:
    if set(people) == EVERYBODY:
        return "everyone involved in the challenge"
    return ", ".join(_WHO[who] for who in people)


def _where(at: tuple[Standing, ...]) -> str:
    """Return the place in words, as one phrase where there is one."""
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
            for (letter, condition, when), same in groupby(told, partial(_which, kind)):
                audiences = "; ".join(tell.audience for tell in same)
                which = f"{_LETTERS[letter]} (`{letter}`)"
                yield name, audiences, which, condition, when
            if not told:
                yield name, "nobody", "", "", ""


def _news(kind: type[Kind]) -> str:
    news = cast("str", kind.news).replace("{stage}", "a stage")
    return news[0].upper() + news[1:]


def _which(kind: type[Kind], tell: Tell) -> tuple[Letter, str, str]:
    """Return the email, its condition in words (from the name of ``when``), and when it is sent."""
    words = tell.condition.split() or (["it", "came", "by", "email"] if tell.letter.receipt else [])
    condition = " ".join(_PEOPLE.get(word, word) for word in words)
    return tell.letter, condition, moment(kind, tell)


#: When those of a channel hear of it.
CHANNELS = {
    Channel.AT_ONCE: "at once",
    Channel.OFFICE_HOUR: "at 09:00",
    Channel.DAILY: "in the daily email",
}


def moment(kind: type[Kind], tell: Tell) -> str:
    """Return when those of ``tell`` hear of it, which can depend on who did it."""
    fact = cast("type[Fact]", kind)
    acts = (makes for act in COMMANDS for makes in (act.follows, act.there))
    people = (first_facts, *acts, *(part.beside for part in PARTS))
    by_people = issubclass(kind, Form) or any(kind in made_by(does) for does in people)
    clocks = [does for part in PARTS for does in (part.timers, part.first)]
    by_the_clock = any(kind in made_by(does) for does in clocks) or not by_people
    asks = "posts" in {one.name for one in fields(cast("Any", kind))}
    person = CHANNELS[way_of(fact, tell, automatic=False, new_request=asks)]
    clock = CHANNELS[way_of(fact, tell, automatic=True, new_request=asks)]
    if by_people and by_the_clock and person != clock:
        return f"{person}; {clock} if the clock did it"
    return person if by_people else clock


def made_by(does: object) -> set[type]:
    """Return the kinds of fact named in ``does``, a function of a rule, or in what it calls there.

    A kind that the code only asks about counts as well: no rule both makes facts and asks.
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
    """Return what the names in its code refer to, in its module or its class."""
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


def _row_of(part: Part) -> tuple[int, str, str, str, str, str, str]:
    return (
        part.rule,
        part.title,
        f"`{_file_of(part).relative_to(ROOT / 'functions')}`",
        ", ".join(f"`{kind.__name__}`" for kind in part.facts),
        ", ".join(f"`{act.__name__}`" for act in part.acts),
        ", ".join(f"“{mark.called}”" for mark in part.marks),
        _links(tests_of(part)),
    )


def _without_module() -> Iterator[tuple[int, str, str, str, str, str, str]]:
    """Return the numbered rules that have tests but live in modules of other rules."""
    numbers = {part.rule for part in PARTS}
    without = [file for file in _numbered() if _number(file) not in numbers]
    for number, group in groupby(sorted(without, key=_number), _number):
        first, *others = group
        said = (ast.get_docstring(ast.parse(first.read_text())) or "").partition(": ")[2]
        title = said.partition("\n")[0]
        title = title[:1].upper() + title[1:].rstrip(".")
        yield number, title, "no module of its own", "", "", "", _links([first, *others])


def _number(file: Path) -> int:
    """Return the number of the rule in the name of a test file."""
    return int(file.stem.split("_")[2])


def _numbered() -> list[Path]:
    folders = (TESTS / "rules", TESTS / "unit")
    return [file for folder in folders for file in sorted(folder.glob("test_rule_*.py"))]


def _file_of(part: Part) -> Path:
    module = (*part.facts, *part.acts)[0].__module__
    return ROOT.joinpath("functions", *module.split(".")).with_suffix(".py")


def tests_of(part: Part) -> list[Path]:
    """Return test files that carry the rule's number and name its kinds, or all with the number."""
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
    head = ("rule", "title", "module", "facts", "commands", "marks in lists", "tests")
    rules = _table(head, _rules())
    sections = [_INTRODUCTION, _MAY, may, _TOLD, told, _RULE, rules]
    return "\n".join(sections)


def main() -> int:
    """Write the page into ``FILE``. Return the exit code."""
    FILE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
