"""An execution keeps the definition it was started with, but calls today's functions.

Here the state machine is updated while challenges wait, as a deployment does.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from domain.challenge import AgreedAction, Owner
from domain.ladder import FORMAL_STAGES, Stage
from domain.moments import local_day
from domain.rules.accepting import AcceptActions
from domain.rules.endings import ChildTold, RecordChildTold, Resolve
from domain.rules.holds import AgreeHold, ProposeHold
from domain.rules.impact import Impact, RecordImpact
from domain.rules.replies import Answer, Reply
from domain.rules.silence import DeadlineMissed
from domain.vocabulary import ENDED, Standing
from infra import operate
from tests.pages.visitor import Visitor
from tests.upgrade.definitions import FROZEN, TODAY, deploy, leads_to, marked, without
from tests.upgrade.story_of_cafcass import referred
from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from domain.challenge import Challenge

frozen = pytest.mark.parametrize("definition", FROZEN.values(), ids=FROZEN)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        yield service


def _entered(service: Service, execution: dict[str, Any]) -> set[str]:
    """Return the states that an execution has entered."""
    return {
        str(event["stateEnteredEventDetails"]["name"])
        for event in service.history(execution)
        if event["type"].endswith("StateEntered")
    }


@frozen
def test_a_challenge_that_was_begun_under_it_comes_to_its_end_with_todays_functions(
    service: Service, definition: dict[str, Any]
) -> None:
    """Four stages pass in silence in one leg that began before; then the IRO decides."""
    before = marked(definition)
    deploy(service, before)
    reference = service.raise_at(Stage.ONE)
    assert service.rung(reference) == "Stage 1, before"
    service.jump(timedelta(days=2))
    deploy(service, TODAY)
    for stage in FORMAL_STAGES:
        challenge = service.challenge(reference)
        assert challenge.stage is stage
        assert service.rung(reference) == f"{stage.title}, before"
        service.jump_past(challenge.request.deadline.at)
    assert service.rung(reference) == "IRO to decide, before"
    calendar = wiring.casebook().council().calendar
    missed = [e for e in service.challenge(reference).events if isinstance(e.fact, DeadlineMissed)]
    assert local_day(missed[-1].effective) == calendar.add(date(2026, 11, 2), 20)
    decision = Resolve("The placement goes on.", ChildTold.YES, "By me, at the visit.")
    service.act(reference, "iro-1", decision)
    assert service.place_on_file(reference).standing is Standing.ENDED_TO_ASK
    assert says_what_changed(service, reference).standing is Standing.CLOSED
    first, *later = service.executions(reference)
    assert (first["status"], later[-1]["status"]) == ("ABORTED", "SUCCEEDED")
    assert _entered(service, first) <= before["States"].keys()
    assert all(_entered(service, one) <= TODAY["States"].keys() for one in later)


@frozen
def test_a_leg_that_was_superseded_meanwhile_ends_under_it(
    service: Service, definition: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stop was lost in the deployment; it wakes, and learns that another has taken over."""
    deploy(service, marked(definition))
    reference = service.raise_at(Stage.ONE)
    deploy(service, TODAY)
    executions = wiring.casebook()._executions
    monkeypatch.setattr(executions, "stop", lambda *_: None)
    service.reply(reference, "tm-n")
    service.jump(timedelta(days=6))
    first, second = service.executions(reference)
    assert (first["status"], second["status"]) == ("SUCCEEDED", "RUNNING")
    assert "Superseded, before" in _entered(service, first)


# Before there was a rung -------------------------------------------------------------------------


def _silent(until: Stage) -> Callable[[Service], str]:
    def reach(service: Service) -> str:
        reference = service.raise_at(Stage.ONE)
        while service.challenge(reference).stage is not until:
            service.jump_past(service.challenge(reference).request.deadline.at)
        return reference

    return reach


def _replied(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    return reference


def _stray(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    service.not_mine(reference, "tm-n")
    return reference


def _promised(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    action = AgreedAction("Visit", "Tessa", date(2026, 11, 20), Owner("tm-n"))
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "A visit.", (action,)))
    service.act(reference, "iro-1", AcceptActions())
    return reference


def says_what_changed(service: Service, reference: str) -> Challenge:
    """Let the weeks pass until the IRO is asked what changed (rule 24), and is answered."""
    service.jump(timedelta(days=40))
    return service.act(reference, "iro-1", RecordImpact(Impact.BETTER, "They moved in."))


def _held(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", ProposeHold(3, "The panel meets on Thursday."))
    service.act(reference, "srsm", AgreeHold())
    return reference


def _to_tell(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", Resolve("It is done.", ChildTold.NOT_YET))
    return reference


def _resolved(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", Resolve("It is done.", ChildTold.YES, "By me, at home."))
    service.place_on_file(reference)
    return reference


#: How a challenge comes to each rung.
REACHED: dict[Standing, Callable[[Service], str]] = {
    Standing.QAP: lambda service: service.raise_at(Stage.QAP),
    Standing.STAGE_1: _silent(Stage.ONE),
    Standing.STAGE_2: _silent(Stage.TWO),
    Standing.STAGE_3: _silent(Stage.THREE),
    Standing.STAGE_4: _silent(Stage.FOUR),
    Standing.ON_HOLD: _held,
    Standing.IRO_TO_DECIDE: _replied,
    Standing.TO_BE_REASSIGNED: _stray,
    Standing.ACTIONS_UNDER_WAY: _promised,
    Standing.AT_CAFCASS: referred,
    Standing.ENDED_TO_ASK: _resolved,
    Standing.ENDED_TO_DO: _to_tell,
}


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.CLOSED])
def test_where_it_lacks_a_rung_operators_see_it_and_sweep_goes_on_under_todays(
    service: Service, standing: Standing
) -> None:
    """The functions were deployed first, and answer a rung that the definition lacks."""
    deploy(service, without(TODAY, standing))
    reference = REACHED[standing](service)
    stood = service.challenge(reference)
    assert stood.standing is standing, "the record goes on whatever the execution knows"
    last = service.executions(reference)[-1]
    described = boto3.client("stepfunctions").describe_execution(executionArn=last["executionArn"])
    assert (described["status"], described["error"]) == ("FAILED", "UnknownRung")
    deploy(service, TODAY)
    head, _ = wiring.casebook().record.legs.head(reference)
    assert head.wake_at is not None
    service.jump(head.wake_at + timedelta(minutes=2))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    now = service.challenge(reference)
    assert now.events[: stood.version] == stood.events
    assert service.rung(reference) == leads_to(TODAY, now.standing)[0]
    told = RecordChildTold(ChildTold.YES, "By me, at the visit.")
    if now.standing in ENDED:
        if now.standing is Standing.ENDED_TO_DO:
            service.act(reference, "iro-1", told)
            service.place_on_file(reference)
        assert says_what_changed(service, reference).standing is Standing.CLOSED
        return
    service.withdraw(reference)
    asked = standing is Standing.AT_CAFCASS  # its answer is asked for after the end too
    closed = Standing.ENDED_TO_DO if asked else Standing.CLOSED
    assert service.place_on_file(reference).standing is closed


def test_where_it_lacks_the_end_the_challenge_has_ended_all_the_same(service: Service) -> None:
    deploy(service, without(TODAY, Standing.CLOSED))
    reference = service.raise_at(Stage.ONE)
    service.withdraw(reference)
    service.place_on_file(reference)
    assert service.executions(reference)[-1]["status"] == "FAILED"
    deploy(service, TODAY)
    service.jump(timedelta(days=30))
    assert service.emulator.invoke("sweep", {}) == {"swept": 0, "failed": 0, "left": 0}
    assert service.challenge(reference).standing is Standing.CLOSED


# The procedure -----------------------------------------------------------------------------------

EARLIER = 'version = "1"\n'
LATER = 'version = "2"\non_no_reply = "ask"\n\n[earlier.1]\n'


def test_a_challenge_keeps_to_the_procedure_that_it_was_raised_under(tmp_path: Path) -> None:
    """The council changes what follows silence while a challenge waits for a reply."""
    with running(tmp_path, procedure=EARLIER) as service:
        before = service.raise_at(Stage.ONE)
        service.jump(timedelta(days=1))
        (tmp_path / "procedure.toml").write_text(LATER)
        wiring.forget()  # a new container has read nothing yet
        after = service.raise_at(Stage.ONE, procedure="2")
        service.jump(timedelta(days=12))
        assert service.rung(before) == "Stage 2", (
            "it moves up by itself, as the earlier version says"
        )
        assert service.rung(after) == "IRO to decide"
        assert service.challenge(before).raised.procedure == "1"
        assert service.challenge(after).raised.procedure == "2"
        service.reply(before, "csm")
        assert service.rung(before) == "IRO to decide"


def test_everybody_is_told_what_follows_by_the_procedure_of_the_challenge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, procedure=EARLIER) as service:
        references = [service.raise_at(Stage.ONE)]
        (tmp_path / "procedure.toml").write_text(LATER)
        wiring.forget()
        references.append(service.raise_at(Stage.ONE, procedure="2"))
        for reference, follows in zip(
            references, ("the challenge moves to Stage 2", "the IRO decides"), strict=True
        ):
            told = f"If there is no reply by then, {follows}"
            theirs = told.replace("the IRO decides", "you decide")
            assert theirs in Visitor(service, "iro-1").get(f"/challenges/{reference}").text
            assert told in Visitor(service, "tm-n").get(f"/challenges/{reference}").text
            assert operate.main(["show", reference]) == 0
            assert told in capsys.readouterr().out
            (letter,) = [mail for mail in service.mails("tm-n") if reference in mail.text]
            assert told in " ".join(letter.text.split())


def test_a_challenge_whose_procedure_was_lost_is_a_fault_until_it_is_put_back(
    tmp_path: Path,
) -> None:
    """It does not go on under other rules unseen, and no day is lost."""
    with running(tmp_path, procedure=EARLIER) as service:
        reference = service.raise_at(Stage.ONE)
        due = service.challenge(reference).request.deadline
        (tmp_path / "procedure.toml").write_text('version = "2"\n')
        wiring.forget()
        service.jump_past(due.at)
        assert service.executions(reference)[-1]["status"] == "FAILED", "operators see it"
        assert service.challenge(reference).stage is Stage.ONE
        (tmp_path / "procedure.toml").write_text(LATER)
        wiring.forget()
        service.jump(timedelta(hours=12))
        service.emulator.invoke("sweep", {})
        service.emulator.clock.settle()
        challenge = service.challenge(reference)
        assert service.rung(reference) == "Stage 2"
        assert challenge.request.deadline.counted_from == due.day
