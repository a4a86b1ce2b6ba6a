"""The system as a whole: whatever one table names is in the others as well."""

from __future__ import annotations

import ast
import importlib
import json
import re
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from statistics import median
from typing import Any, cast

import pytest

from adapters.casebook import SUPERSEDED
from adapters.letters import (
    DAILY,
    Context,
    DailyContext,
    LetterContext,
    MailAnswer,
    MailAnswerContext,
)
from adapters.owner_letters import OwnerContext
from domain.events import Fact
from domain.ladder import OF_THE_GUIDANCE, Stage
from domain.part import EVERYBODY, READS_ALL, Command, May, Part, Tell
from domain.permissions import MAY_REPLY, MAY_SEE
from domain.rulebook import COMMANDS, FACTS, MARKS, PARTS, settled_by
from domain.rules.notes import Noted, WriteNote
from domain.vocabulary import Capacity, Letter, Purpose, Standing
from infra import tables
from infra.blueprint import (
    FUNCTION_PLACEHOLDERS,
    FUNCTIONS,
    FUNCTIONS_DIR,
    STATE_MACHINE_FILE,
    Function,
)

TESTS = Path(__file__).parents[1]
DOMAIN = TESTS.parent / "functions" / "domain"
LETTERS = TESTS.parent / "functions" / "letters"
DEFINITION: dict[str, Any] = json.loads(STATE_MACHINE_FILE.read_text())
STATES: dict[str, dict[str, Any]] = DEFINITION["States"]

#: The rules of the procedure that this software has so far.
RULES = sorted({part.rule for part in PARTS})


# Events, commands, letters -----------------------------------------------------------------------


def test_every_fact_is_a_frozen_dataclass_that_says_what_an_email_calls_it() -> None:
    for name, fact in FACTS.items():
        assert is_dataclass(fact), name
        with pytest.raises(FrozenInstanceError):
            object.__new__(fact).news = name
    assert all(kind.news for part in PARTS for kind in part.facts)


def test_two_facts_or_commands_are_equal_if_they_say_the_same() -> None:
    one, same, other = WriteNote("Call me."), WriteNote("Call me."), WriteNote("Write to me.")
    assert (one, hash(one)) == (same, hash(same))
    assert one != other
    assert Noted("Call me.") != one
    assert repr(one) == "WriteNote(words='Call me.')"


@pytest.mark.parametrize("missing", ["news", "told", "changes", "line", "written"])
def test_a_fact_that_leaves_out_what_it_is_cannot_be_imported(missing: str) -> None:
    says = dict.fromkeys(("news", "told", "changes", "line", "written"))
    del says[missing]
    with pytest.raises(TypeError, match=f"Half does not say its {missing}"):
        type("Half", (Fact,), says)


@pytest.mark.parametrize("missing", ["called", "who", "settles", "follows"])
def test_a_command_that_leaves_out_what_it_is_cannot_be_imported(missing: str) -> None:
    says = dict.fromkeys(("called", "who", "settles", "follows"))
    del says[missing]
    with pytest.raises(TypeError, match=f"Half does not say its {missing}"):
        type("Half", (Command,), says)


def test_every_kind_of_the_rules_is_in_one_part_and_every_module_in_the_rulebook() -> None:
    modules = {f"domain.rules.{file.stem}" for file in (DOMAIN / "rules").glob("[a-z]*.py")}
    kinds = {
        value
        for name in modules
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type)
        and issubclass(value, (Fact, Command))
        and value.__module__ == name
    }
    listed = [kind for part in PARTS for kind in (*part.facts, *part.acts)]
    left_out = {f"{kind.__module__}.{kind.__name__}" for kind in kinds - set(listed)}
    assert left_out == set(), "add it to its module's Part, and that to PARTS in the rulebook"
    assert len(listed) == len(set(listed))
    assert set(listed) == kinds
    assert {kind.__module__ for kind in listed} == modules


def test_every_command_is_somebodys() -> None:
    assert all(command.who for command in COMMANDS)
    assert all(command.called for command in COMMANDS)
    called = [command.called for command in COMMANDS]
    assert len(called) == len(set(called))


def test_whoever_may_do_something_may_see_the_challenge_then() -> None:
    """After the end somebody who was asked sees the page on which they reply late, no more."""
    seen = {(row.who, standing) for row in (*MAY_SEE, *MAY_REPLY) for standing in row.at}
    rows = [row for command in COMMANDS for row in command.who if isinstance(row, May)]
    # The owner of an action has a page of their own, which shows the action and nothing else.
    theirs = {(row.who, standing) for row in rows for standing in row.at}
    assert {(who, at) for who, at in theirs if who is not Capacity.OWNER} <= seen
    # Who covers is always the IRO as well; the IRO of the child reads and does nothing (rule 25).
    # The case system is no person: it reads what all of those read, and nothing else (rule 20).
    others = {Capacity.COVER, Capacity.IRO_OF_CHILD, Capacity.CASE_SYSTEM}
    assert {who for who, _ in seen} == EVERYBODY | READS_ALL | others


def test_a_rule_imports_no_reader_and_only_facts_of_rules_before_it() -> None:
    """Readers know all rules; a rule knows only facts of others, without a circle."""
    readers = {
        *("rulebook", "fold", "acting", "decide", "permissions", "notices", "tasks", "timeline"),
    }
    for file in (DOMAIN / "rules").glob("*.py"):
        for name in re.findall(r"^\s*from domain\.(\w+) import", file.read_text(), re.MULTILINE):
            assert name not in readers, f"{file.name} imports {name}"


def test_a_kind_of_fact_is_named_in_few_files() -> None:
    """A fact is defined in its rule; the median of the files that name one is at most 2."""
    texts = [file.read_text() for file in FUNCTIONS_DIR.rglob("*.py") if "static" not in file.parts]
    named = [sum(bool(re.search(rf"\b{name}\b", text)) for text in texts) for name in FACTS]
    assert median(named) <= 2, dict(zip(FACTS, named, strict=True))


def test_every_letter_has_its_template_and_is_sent_by_some_rule() -> None:
    parts = {"footer"}
    others = {*MailAnswer, DAILY}
    assert {file.stem for file in LETTERS.glob("*.txt")} == set(Letter) | others | parts
    told = [cast("tuple[Tell, ...]", kind.told) for part in PARTS for kind in part.facts]
    assert {rule.letter for rules in told for rule in rules} == set(Letter)


@pytest.mark.parametrize(
    ("kind", "letters"),
    [
        (LetterContext, [letter for letter in Letter if not letter.is_owners]),
        (OwnerContext, [letter for letter in Letter if letter.is_owners]),
        (MailAnswerContext, [*MailAnswer]),
        (DailyContext, [DAILY]),
    ],
)
def test_everything_that_a_letter_may_use_is_used_by_one(
    kind: type[Context], letters: list[str]
) -> None:
    files = [LETTERS / f"{name}.txt" for name in (*letters, "footer")] + [LETTERS / "frame.html"]
    used = {name for file in files for name in re.findall(r"\bletter\.(\w+)", file.read_text())}
    assert {field.name for field in fields(kind)} - used == set()


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_of_a_task_has_what_settles_it(purpose: Purpose) -> None:
    assert settled_by(purpose)


def test_every_standing_has_its_one_rung() -> None:
    rungs = [rung.standing for part in PARTS for rung in part.rungs]
    assert sorted(rungs) == sorted(Standing)


def test_every_mark_has_its_own_key_and_says_what_people_read() -> None:
    marks = [mark for part in PARTS for mark in part.marks]
    assert [mark.key for mark in marks] == [*MARKS], "two rules with one key"
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", mark.key) for mark in marks)
    assert all(mark.called for mark in marks)


def test_every_stage_has_its_rung() -> None:
    assert OF_THE_GUIDANCE.stages == tuple(Stage)
    assert sum(OF_THE_GUIDANCE[stage].working_days for stage in Stage if stage.formal) == 20


# The state machine -------------------------------------------------------------------------------


def _branches() -> dict[str, str]:
    choices = STATES["Where does it stand?"]["Choices"]
    assert {choice["Variable"] for choice in choices} == {"$.now.where"}
    branches = {choice["StringEquals"]: choice["Next"] for choice in choices}
    assert len(branches) == len(choices), "two branches for one answer"
    return branches


def test_everything_that_decide_can_answer_has_its_one_branch() -> None:
    assert set(_branches()) == {*Standing, SUPERSEDED}


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.CLOSED])
def test_every_open_standing_is_a_rung_that_waits_and_decides_again(standing: Standing) -> None:
    rung = STATES[_branches()[standing]]
    assert rung["Type"] == "Wait"
    assert rung["TimestampPath"] == "$.now.wake_at"
    assert rung["Next"] == "Decide"


@pytest.mark.parametrize("answer", [Standing.CLOSED, SUPERSEDED])
def test_what_has_ended_succeeds(answer: str) -> None:
    assert STATES[_branches()[answer]]["Type"] == "Succeed"


def test_every_placeholder_has_its_substitution_and_every_substitution_its_placeholder() -> None:
    found = set(re.findall(r"\$\{(\w+)\}", STATE_MACHINE_FILE.read_text()))
    assert found == set(FUNCTION_PLACEHOLDERS)


def test_every_task_is_retried_and_its_last_failure_is_shown_to_operators() -> None:
    tasks = [state for state in STATES.values() if state["Type"] == "Task"]
    assert tasks
    for task in tasks:
        assert task["Retry"][0]["ErrorEquals"] == ["States.ALL"]
        assert task["Retry"][0]["JitterStrategy"] == "FULL"
        (catch,) = task["Catch"]
        assert catch["ErrorEquals"] == ["States.ALL"]
        assert STATES[catch["Next"]]["Type"] == "Fail"


# The rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_every_rule_has_tests(part: Part) -> None:
    wanted = f"write tests/rules/test_rule_{part.rule}_….py, with the rule's sentences as its tests"
    assert tables.tests_of(part), wanted


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_tests_that_name_it(rule: int) -> None:
    folders = (TESTS / "rules", TESTS / "unit")
    files = [file for folder in folders for file in folder.glob(f"test_rule_{rule}_*.py")]
    texts = [file.read_text() for file in files]
    assert all(text.startswith((f'"""Rule {rule}:', f'"""Rule {rule}, ')) for text in texts)
    assert sum(text.count("\ndef test_") for text in texts) > 3


# On one machine all functions share a process ----------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_every_function_begins_with_a_logger_that_says_nothing_of_another_call(
    function: Function,
) -> None:
    module, _, name = function.handler.rpartition(".")
    parts = module.split(".")
    folder = FUNCTIONS_DIR.joinpath(*parts)
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    (handler,) = [
        node
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    decorators = [ast.unparse(decorator) for decorator in handler.decorator_list]
    assert decorators == ["_log.inject_lambda_context(clear_state=True)"]


def test_no_function_writes_to_the_environment() -> None:
    changes = re.compile(
        r"environ\s*(?:\[[^]]*\]\s*(?:=(?!=)|\|=)|\|=|\.(?:update|setdefault|pop|clear)\b)|putenv"
    )
    assert changes.search('os.environ["A"] = "b"')
    files = FUNCTIONS_DIR.rglob("*.py")
    assert [str(file) for file in files if changes.search(file.read_text())] == []
