"""The function ``operate`` answers operators who may see nothing of a record themselves."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from adapters import clock, wiring
from adapters.operating import desk
from adapters.operating.asked import COMMANDS
from domain.events import Actor
from domain.ladder import Stage
from infra.blueprint import OPERATE
from infra.local.emulator import FunctionError
from infra.operate import main
from tests.workflow.service import CHILD, write_logs_to

if TYPE_CHECKING:
    from tests.workflow.service import Service

BY = "arn:aws:sts::123456789012:assumed-role/PositiveChallenge-test-operator/ola"


def ask(service: Service, command: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what the function answers."""
    question = {"command": command, **fields, "by": BY}
    answer: dict[str, Any] = service.emulator.invoke(OPERATE.name, question)
    return answer


@pytest.mark.parametrize(
    "typed",
    [
        ["show", "{}"],
        ["list"],
        ["list", "--late"],
        ["list", "--stuck"],
        ["list", "--person", "tm-n", "--stage", "1"],
        ["timeline", "{}"],
        ["verify", "{}"],
        ["verify", "--all"],
        ["mails", "2026-11-02"],
    ],
    ids=" ".join,
)
def test_through_the_function_an_operator_is_told_the_same(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: list[str],
) -> None:
    # The function's log lines are not among what an operator reads.
    write_logs_to(StringIO(), monkeypatch)
    reference = service.raise_at(Stage.ONE)
    service.emulator.invoke("seal", {})
    asked = [part.format(reference) for part in typed]
    capsys.readouterr()
    assert main(asked) == 0
    here = capsys.readouterr().out
    assert main(["--through-function", OPERATE.name, *asked]) == 0
    there = capsys.readouterr().out
    assert here == there
    assert here
    assert main(["--through-function", OPERATE.name, "--json", *asked]) == 0
    assert json.loads(capsys.readouterr().out)


def test_the_environment_can_name_the_function_and_then_no_table_is_needed(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In reality it is another process: here both share an environment, so the table stays set."""
    reference = service.raise_at(Stage.ONE)
    monkeypatch.setenv("OPERATE_FUNCTION", OPERATE.name)
    monkeypatch.setattr("infra.operate.commands._here", None)
    assert main(["show", reference]) == 0
    assert "waiting for a reply" in capsys.readouterr().out
    assert main(["show", "PCE-2222-2222"]) == 2
    assert "NoSuchChallengeError" in capsys.readouterr().err


def test_what_is_said_as_data_is_what_is_said_in_lines(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    shown = ask(service, "show", reference=reference)["data"]
    assert (shown["stage"], shown["leg"], shown["because"]) == ("Stage 1", 1, "Raised")
    assert shown["execution"].endswith(f":{reference}_1")
    (listed,) = ask(service, "list", late=False)["data"]["challenges"]
    assert (listed["reference"], listed["late"]) == (reference, False)
    told = ask(service, "timeline", reference=reference)
    assert len(told["data"]["timeline"]) == len(told["lines"])
    assert ask(service, "verify", reference=reference)["data"]["wrong"] == []
    (running,) = service.executions(reference)
    boto3.client("stepfunctions").stop_execution(executionArn=running["executionArn"])
    (noticed,) = ask(service, "list", stuck=True)["data"]["noticed"]
    assert (noticed["reference"], noticed["kind"]) == (reference, "not running")


def test_whoever_may_not_is_told_who_may(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert service.open_challenges() == []

    def refused(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutItem")

    monkeypatch.setattr("adapters.council_store.CouncilStore.recount", refused)
    assert main(["recount"]) == 2
    assert "docs/operations.md#who-does-what for the role that may" in capsys.readouterr().err


# What is asked -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "advice"),
    [
        ({}, "command is None: write one of show, list, timeline"),
        ({"command": "give-back"}, "command is 'give-back'"),
        ({"command": "show"}, "show needs reference"),
        ({"command": "show", "reference": "PCE-1"}, "reference: 'PCE-1' is no reference"),
        ({"command": "show", "reference": 7}, "reference: 7 is not text in quotation marks"),
        ({"command": "show", "all": True}, "show does not take all: it takes reference"),
        ({"command": "redrive", "queue": "x"}, "redrive does not take queue: it takes no field"),
        ({"command": "list", "late": "yes"}, "late: 'yes' is not true or false"),
        ({"command": "list", "stage": "9"}, "stage: '9' is no stage; write QAP, 1, 2, 3 or 4"),
        ({"command": "list", "late": True, "stuck": True}, "list takes one of late and stuck"),
        ({"command": "mails", "date": "today"}, "date: 'today' is no date; write it as"),
        ({"command": "verify"}, "verify needs reference or all"),
        ({"command": "sweep", "after": "x"}, "after goes on with all: add all to sweep"),
    ],
    ids=str,
)
def test_a_question_that_cannot_be_understood_is_answered_with_what_to_write(
    service: Service, question: dict[str, Any], advice: str
) -> None:
    answer = service.emulator.invoke(OPERATE.name, question)
    assert answer["code"] == 2
    assert advice in answer["error"]
    assert answer["lines"] == []


def test_every_command_that_can_be_asked_is_answered() -> None:
    assert set(COMMANDS) == set(desk._COMMANDS)


# Privacy -----------------------------------------------------------------------------------------


def test_an_error_that_nobody_foresaw_says_nothing_of_what_was_read(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        message = f"could not structure {CHILD.name}"
        raise ValueError(message)

    monkeypatch.setattr("adapters.record.chain.Chain.load", fails)
    with pytest.raises(FunctionError, match="could not be answered: ValueError") as caught:
        ask(service, "show", reference="PCE-2222-2222")
    assert CHILD.name not in f"{caught.value}{caught.value.trace}"
    (line,) = (one for one in caplog.records if one.message == "failed")
    assert CHILD.name not in json.dumps(vars(line), default=str)


# The log -----------------------------------------------------------------------------------------


def test_every_call_is_in_the_log_with_who_says_to_have_made_it(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    reference = service.raise_at(Stage.ONE)
    caplog.set_level(logging.INFO)
    ask(service, "show", reference=reference)
    (line,) = (one for one in caplog.records if one.message == "asked")
    assert (line.command, line.reference, line.says_to_be) == ("show", reference, BY)  # type: ignore[attr-defined]
    caplog.clear()
    ask(service, "open", reference=reference)
    (line,) = (one for one in caplog.records if one.message == "not answered")
    assert line.says_to_be == BY  # type: ignore[attr-defined]


def test_the_command_line_says_who_calls(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    assert service.open_challenges() == []
    caplog.set_level(logging.INFO)
    assert main(["--through-function", OPERATE.name, "list"]) == 0
    (line,) = (one for one in caplog.records if one.message == "asked")
    assert line.says_to_be == boto3.client("sts").get_caller_identity()["Arn"]  # type: ignore[attr-defined]


def test_what_operators_look_at_is_no_look_at_a_child(service: Service) -> None:
    """They see nothing of one: a challenge's looks only list people who do."""
    reference = service.raise_at(Stage.ONE)
    for name in ("show", "timeline", "verify"):
        ask(service, name, reference=reference)
    assert wiring.casebook().record.beside.looks(reference) == []


# What acts ---------------------------------------------------------------------------------------


def test_a_sweep_is_started_at_once(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    (running,) = service.executions(reference)
    boto3.client("stepfunctions").stop_execution(executionArn=running["executionArn"])
    assert ask(service, "sweep")["data"] == {"swept": 0, "failed": 0, "left": 0}
    answer = ask(service, "sweep", all=True)
    assert answer["data"] == {"swept": 1, "failed": 0, "left": 0}
    assert answer["lines"] == ["1 given a fresh leg, 0 that could not be."]
    service.emulator.clock.settle()
    assert service.rung(reference) == "Stage 1"


def test_one_challenge_is_woken_and_no_other(service: Service) -> None:
    one, other = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    answer = ask(service, "wake", reference=one)
    assert (answer["code"], answer["data"]["swept"]) == (0, 1)
    service.emulator.clock.settle()
    assert service.rung(one) == "Stage 1"
    assert [len(service.executions(each)) for each in (one, other)] == [2, 1]
    assert wiring.casebook().record.chain.load(one).head.began.because == "AllWoken"  # type: ignore[union-attr]


def test_what_has_ended_is_woken_only_while_something_is_left_to_do(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.withdraw(reference)
    before = len(service.executions(reference))
    answer = ask(service, "wake", reference=reference)
    assert answer["lines"] == ["1 given a fresh leg, 0 that could not be."], "the file waits"
    service.emulator.clock.settle()
    assert len(service.executions(reference)) == before + 1
    service.place_on_file(reference)
    before = len(service.executions(reference))
    answer = ask(service, "wake", reference=reference)
    assert answer["lines"] == [f"{reference} has ended: there is nothing to wake."]
    swept = service.emulator.invoke("sweep", {"reference": reference})
    assert swept == {"swept": 0, "failed": 0, "left": 0}
    service.emulator.clock.settle()
    assert len(service.executions(reference)) == before


def test_a_sweep_that_failed_says_so(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr("adapters.sweep.Sweep.sweep", fails)
    answer = ask(service, "sweep")
    assert answer["code"] == 2
    assert "Sweep failed, with KeyError. Its log says why." in answer["error"]


def test_a_walk_that_has_no_time_left_says_where_to_go_on(service: Service) -> None:
    first, second, third = sorted(service.raise_at(Stage.ONE) for _ in range(3))
    readings = iter([service.now, *[service.now + timedelta(hours=1)] * 1_000])
    asked = desk_question(all=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "wall", lambda: next(readings))
        answer = wiring.desk().answer(asked, service.now + timedelta(minutes=1))
    assert answer.code == 2
    assert answer.data["walked"] == 1
    assert f"There was no time for 2 more. Go on with verify --all --after {first}." in answer.lines
    rest = ask(service, "verify", all=True, after=first)
    assert (rest["code"], rest["data"]["walked"]) == (0, 2)
    assert {second, third} == set(service.open_challenges()) - {first}


def desk_question(**fields: Any) -> Any:  # noqa: ANN401
    """Return a question of ``verify``."""
    from adapters.operating.asked import read_question  # noqa: PLC0415

    return read_question({"command": "verify", **fields})


def test_nothing_that_is_asked_writes_to_the_record(service: Service) -> None:
    """A command that acts does so through other functions, which have the right."""
    reference = service.raise_at(Stage.ONE)
    before = boto3.resource("dynamodb").Table("positive-challenge").scan()["Items"]
    for name in ("show", "timeline", "verify"):
        ask(service, name, reference=reference)
    for how in ({}, {"late": True}, {"stuck": True}, {"person": "tm-n"}):
        ask(service, "list", **how)
    ask(service, "verify", all=True)
    ask(service, "mails", date="2026-11-02")
    assert boto3.resource("dynamodb").Table("positive-challenge").scan()["Items"] == before


def test_an_officers_act_is_theirs_alone() -> None:
    """No question names an actor: an operator acts for nobody."""
    known = {name for takes in COMMANDS.values() for name in (*takes.may, *takes.needs)}
    assert not known & {field.name for field in fields(Actor)}
