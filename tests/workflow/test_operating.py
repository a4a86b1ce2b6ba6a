"""What an operator looks at: lists, one challenge, and everything that ever happened to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest

from adapters import wiring
from domain.ladder import Stage
from domain.rules.escalating import Escalate
from domain.rules.notes import WriteNote
from infra.operate import main
from tests.workflow.service import CHILD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflow.service import Service


class Operator:
    """Runs a command, and reads what it prints."""

    def __init__(self, service: Service, capsys: pytest.CaptureFixture[str]) -> None:
        self._service, self._capsys = service, capsys

    def asks(self, *command: str, code: int = 0) -> str:
        """Return what the command prints, which must not tell anything of the child."""
        self._service.emulator.clock.settle()
        self._capsys.readouterr()
        assert main(list(command)) == code
        printed = self._capsys.readouterr()
        text = printed.out + printed.err
        for words in (CHILD.name, CHILD.case_id, CHILD.initials, "Marigold"):
            assert words not in text
        return text


@pytest.fixture
def operator(
    service: Service, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    monkeypatch.setenv("MACHINE", service.machine)
    return Operator(service, capsys)


def test_what_is_open_is_listed_due_soonest_first(service: Service, operator: Operator) -> None:
    later = service.raise_at(Stage.ONE)
    sooner = service.raise_at(Stage.QAP)
    service.withdraw(service.raise_at(Stage.TWO))
    lines = operator.asks("list").splitlines()
    assert [line.partition(" ")[0] for line in lines] == [sooner, later, "2"]
    assert "Stage 1: waiting for a reply; due Monday 9 November 2026; iro-1" in lines[1]


def test_what_is_late_says_by_how_much(service: Service, operator: Operator) -> None:
    service.raise_at(Stage.ONE)
    reference = service.raise_at(Stage.FOUR)
    assert operator.asks("list", "--late") == "0 challenges.\n"
    service.jump_past(service.challenge(reference).request.deadline.at)
    question = service.challenge(reference).decision
    assert question is not None
    service.jump_past(question.deadline.at + timedelta(days=3))
    late = operator.asks("list", "--late")
    assert f"{reference}  Stage 4" in late
    assert "3 days late" in late


def test_a_stage_is_listed_by_itself(service: Service, operator: Operator) -> None:
    one, two = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    listed = operator.asks("list", "--stage", "2")
    assert two in listed
    assert one not in listed
    with pytest.raises(SystemExit):
        main(["list", "--stage", "9"])


def test_a_person_has_what_waits_for_them_and_what_they_raised(
    service: Service, operator: Operator
) -> None:
    one, two = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    assert {one, two} <= set(operator.asks("list", "--person", "iro-1").split())
    waits = operator.asks("list", "--person", "tm-n")
    assert one in waits
    assert two not in waits
    assert "There is no officer nobody" in operator.asks("list", "--person", "nobody", code=2)


def test_what_does_not_run_is_listed_with_what_became_of_it(
    service: Service, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    assert operator.asks("list", "--stuck") == "0 to look at.\n"
    (running,) = service.executions(reference)
    boto3.client("stepfunctions").stop_execution(executionArn=running["executionArn"])
    listed = operator.asks("list", "--stuck")
    assert f"{reference}  not running: at STAGE_1" in listed
    assert f"{reference}_1: stopped by somebody" in listed
    monkeypatch.delenv("MACHINE")
    monkeypatch.delenv("STATE_MACHINE_ARN")
    assert "STATE_MACHINE_ARN" in operator.asks("list", "--stuck", code=2)


def test_show_says_why_there_is_the_leg_and_where_the_console_has_it(
    service: Service, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    shown = operator.asks("show", reference)
    arn = f"{service.machine.replace(':stateMachine:', ':execution:')}:{reference}_2"
    assert "This leg was started because of: Replied, at Stage 1." in shown
    assert f"Its execution: {arn}\n" in shown
    region = arn.split(":")[3]
    assert (
        f"https://{region}.console.aws.amazon.com/states/home?region={region}"
        f"#/v2/executions/details/{arn}\n"
    ) in shown
    monkeypatch.delenv("MACHINE")
    monkeypatch.delenv("STATE_MACHINE_ARN")
    assert "Set MACHINE" in operator.asks("show", reference)


def test_the_timeline_has_legs_events_and_letters_in_one_order_with_their_lateness(
    service: Service, operator: Operator
) -> None:
    reference = service.raise_at(Stage.ONE)
    first = operator.asks("timeline", reference).splitlines()
    assert "leg 1: 1. " in first[0]
    assert any("email about event 2, to tm-n: sent" in line for line in first)
    # Nobody was awake at the deadline, but the next stage counts from it.
    (running,) = service.executions(reference)
    boto3.client("stepfunctions").stop_execution(executionArn=running["executionArn"])
    deadline = service.challenge(reference).request.deadline.at
    service.jump(deadline + timedelta(hours=5))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    service.act(reference, "iro-1", Escalate(Stage.THREE, "It cannot wait."))
    lines = operator.asks("timeline", reference).splitlines()
    (missed,) = (line for line in lines if "No reply came by the deadline" in line)
    assert "leg 2: " in missed, "Sweep's"
    assert "(recorded 5 hours late)" in missed
    (escalated,) = (line for line in lines if "moved the challenge up" in line)
    assert "leg 3: " in escalated
    assert wiring.casebook().record.chain.load(reference).head.leg == 3
    numbers = [line.partition(": ")[2].partition(".")[0] for line in lines if "  leg " in line]
    assert numbers == [str(event.number) for event in service.challenge(reference).events]


def test_a_leg_that_the_record_cannot_tell_is_said_as_or_later(
    service: Service, operator: Operator
) -> None:
    """Somebody acted twice, and Sweep in between or after: it may be this leg, or that."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", WriteNote("One."))
    service.emulator.invoke("sweep", {"all": True})
    service.emulator.clock.settle()
    lines = operator.asks("timeline", reference).splitlines()
    (noted,) = (line for line in lines if "wrote" in line or "note" in line)
    assert "leg 2 or later: " in noted
    assert "leg 1: 1. " in lines[0]


def test_the_timeline_ends_with_a_leg_that_no_event_began(
    service: Service, operator: Operator
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.emulator.invoke("sweep", {"all": True})
    service.emulator.clock.settle()
    assert "No event began its leg 2: AllWoken." in operator.asks("timeline", reference)


def test_a_directory_is_shown_before_it_is_loaded_and_a_dry_run_stops_there(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    folder = tmp_path / "directory"
    assert main(["save-directory", str(folder)]) == 0
    posts = folder / "posts.csv"
    posts.write_text(posts.read_text().replace(",North Team,tm-n\n", ",North Team,tm-s\n"))
    before = wiring.casebook().council()
    capsys.readouterr()
    assert main(["load-directory", str(folder), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert f"from Tessa Sample-North to Toby Sample-South: {reference}" in shown
    assert "Nothing was loaded: this was a dry run." in shown
    assert wiring.casebook().council() == before
    assert main(["load-directory", str(folder)]) == 0
    assert capsys.readouterr().out.startswith(shown.partition("Nothing was loaded")[0])
    after = wiring.casebook().council()
    assert after.directory.posts["tm-north"].holder == "tm-s"
    (change,) = wiring.council_store().changed(before.change)
    assert change.who == "operator"
    assert "instead of Tessa Sample-North" in change.said[0]
