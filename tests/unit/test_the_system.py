"""The system as a whole: every part that one table names has its part in the others."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from adapters.casebook import SUPERSEDED
from adapters.letters import _SETTLED_BY, DAILY, DailyFacts, Facts, MailAnswer, MailFacts
from domain import challenge, commands, timeline
from domain.challenge import Purpose, Standing
from domain.commands import COMMANDS, Command
from domain.events import FACTS, Fact, Raised
from domain.ladder import LADDER, Stage
from domain.notices import NOTICES, Letter
from domain.permissions import PERMISSIONS, Act, Capacity
from infra.shape import (
    FUNCTION_PLACEHOLDERS,
    FUNCTIONS,
    FUNCTIONS_DIR,
    STATE_MACHINE_FILE,
    Function,
)

TESTS = Path(__file__).parents[1]
LETTERS = TESTS.parent / "functions" / "letters"
DEFINITION: dict[str, Any] = json.loads(STATE_MACHINE_FILE.read_text())
STATES: dict[str, dict[str, Any]] = DEFINITION["States"]

#: The rules of the procedure that this software has so far.
RULES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16)


# Events, commands, letters -----------------------------------------------------------------------


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_every_event_has_what_it_changes_its_notices_and_its_line(fact: type[Fact]) -> None:
    assert fact in NOTICES
    assert timeline._headline.dispatch(fact) is not timeline._headline.dispatch(object)
    begins = fact is Raised
    assert begins or challenge._follow.dispatch(fact) is not challenge._follow.dispatch(object)


@pytest.mark.parametrize("command", Command.__args__)
def test_every_command_is_an_act_and_has_its_rule(command: type[Command]) -> None:
    assert isinstance(COMMANDS[command], Act)
    assert commands._facts.dispatch(command) is not commands._facts.dispatch(object)


def test_every_act_is_somebodys_and_is_done_by_a_command_unless_it_only_looks() -> None:
    assert {permission.act for permission in PERMISSIONS} == set(Act)
    assert set(COMMANDS.values()) == set(Act) - {Act.VIEW}


def test_whoever_may_do_something_may_see_the_challenge_then() -> None:
    seen = {(p.who, standing) for p in PERMISSIONS if p.act is Act.VIEW for standing in p.when}
    done = {(p.who, standing) for p in PERMISSIONS for standing in p.when}
    assert done <= seen
    assert {who for who, _ in seen} == set(Capacity)


def test_every_letter_has_its_template_and_is_sent_by_some_rule() -> None:
    parts = {"footer"}
    others = {*MailAnswer, DAILY}
    assert {file.stem for file in LETTERS.glob("*.txt")} == set(Letter) | others | parts
    assert {rule.letter for rules in NOTICES.values() for rule in rules} == set(Letter)


@pytest.mark.parametrize(
    ("kind", "letters"),
    [(Facts, [*Letter]), (MailFacts, [*MailAnswer]), (DailyFacts, [DAILY])],
)
def test_every_fact_that_a_letter_may_use_is_used_by_one(
    kind: type[Facts | MailFacts | DailyFacts], letters: list[str]
) -> None:
    files = [LETTERS / f"{name}.txt" for name in (*letters, "footer")] + [LETTERS / "frame.html"]
    used = {name for file in files for name in re.findall(r"\bfacts\.(\w+)", file.read_text())}
    assert {field.name for field in fields(kind)} - used == set()


def test_every_question_says_what_settles_it() -> None:
    assert set(_SETTLED_BY) == set(Purpose)


def test_every_stage_has_its_rung() -> None:
    assert list(LADDER) == list(Stage)
    assert sum(LADDER[stage].working_days for stage in Stage if stage.formal) == 20


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


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_tests_that_name_it(rule: int) -> None:
    files = list((TESTS / "unit").glob(f"test_rule_{rule}_*.py"))
    assert len(files) == 1
    text = files[0].read_text()
    assert text.startswith(f'"""Rule {rule}:')
    assert text.count("\ndef test_") > 3


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
