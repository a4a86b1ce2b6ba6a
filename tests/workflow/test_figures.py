"""What operators count: the metrics of the one table, with their numbers."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from adapters.figures import figures
from adapters.metrics import METRICS, RINGING, charged, emit, hourly
from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.moments import local_day
from domain.rules.accepting import AcceptActions
from domain.rules.escalating import Escalate
from domain.rules.replies import Answer, Reply
from infra.blueprint import TRANSITIONS_A_DECIDE
from tests.builders import NOT_REFERRED
from tests.doors.post import form, mail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.figures import Figures
    from tests.workflow.service import Service

#: AWS charges for each of them. The last three to be added (30 cents a month each) ring when a
#: challenge was silenced, when its execution was stopped by hand, and when SES refuses every email
#: until somebody acts: nothing else reports these in time.
METRICS_AT_MOST = 29


def counted() -> Figures:
    book = wiring.casebook()
    return figures(list(book.record.lists.pulses()), book.council().calendar)


class Emitted:
    """The metrics written since the last read: by name, and value of the dimension."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def lines(self) -> list[Mapping[str, Any]]:
        lines = self._capsys.readouterr().out.splitlines()
        return [json.loads(line) for line in lines if '"CloudWatchMetrics"' in line]

    def numbers(self) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for line in self.lines():
            (directive,) = line["_aws"]["CloudWatchMetrics"]
            (name,) = (one["Name"] for one in directive["Metrics"])
            (dimensions,) = directive["Dimensions"]
            (value, *_) = [line[one] for one in dimensions if one != "service"] or [""]
            found[name][value] += sum(line[name])
        return {name: dict(values) for name, values in found.items()}


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Emitted:
    return Emitted(capsys)


def test_there_are_no_more_metrics_than_are_worth_their_price() -> None:
    assert charged() <= METRICS_AT_MOST
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert all(bool(metric.dimension) == bool(metric.values) for metric in METRICS)


@pytest.fixture
def lean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as in a lean environment, which writes only what alarms watch."""
    monkeypatch.setenv("METRICS_WRITTEN", RINGING)


@pytest.mark.usefixtures("lean")
def test_a_lean_environment_writes_what_rings_and_each_sweep_that_there_was_one(
    service: Service, emitted: Emitted
) -> None:
    service.raise_at(Stage.ONE)
    emitted.numbers()
    service.emulator.invoke("sweep", {})
    found = emitted.numbers()
    assert found.keys() == {"ChallengesSwept", "CalendarDaysLeft"}
    assert len(found) == hourly(lean=True)


@pytest.mark.usefixtures("service", "lean")
def test_a_lean_environment_writes_what_is_not_well(emitted: Emitted) -> None:
    for metric in METRICS:
        emit(metric, 3, metric.values[0] if metric.values else "")
    found = emitted.numbers()
    assert found.keys() == {metric.name for metric in METRICS if metric.rings}
    assert {"ChallengesStuck", "LettersRefused", "NotAsSealed"} <= found.keys()


def test_what_is_written_at_each_sweep_is_known_to_be(service: Service, emitted: Emitted) -> None:
    """The benchmark uses this to compute what a council pays even if nobody uses the service."""
    service.raise_at(Stage.ONE)
    emitted.numbers()
    service.emulator.invoke("sweep", {})
    found = emitted.numbers()
    assert found.keys() == {metric.name for metric in METRICS if metric.always}
    assert sum(map(len, found.values())) == hourly()


def test_open_challenges_are_counted_by_stage(service: Service) -> None:
    for stage in (Stage.QAP, Stage.ONE, Stage.ONE, Stage.FOUR):
        service.raise_at(stage)
    closed = service.raise_at(Stage.TWO)
    service.withdraw(closed)
    assert counted().open_at == {
        Stage.QAP: 1,
        Stage.ONE: 2,
        Stage.TWO: 0,
        Stage.THREE: 0,
        Stage.FOUR: 1,
    }


def test_the_oldest_unmet_deadline_is_the_one_of_whoever_is_latest(service: Service) -> None:
    first = service.raise_at(Stage.FOUR)
    assert counted().oldest_unmet == timedelta()
    service.act(first, "iro-1", NOT_REFERRED)
    service.jump_past(service.challenge(first).request.deadline.at)
    question = service.challenge(first).questions[0]
    assert question.key == "question"
    assert counted().oldest_unmet == timedelta(), "the IRO has just been asked"
    service.jump_past(question.deadline.at + timedelta(hours=30))
    service.raise_at(Stage.ONE)
    assert counted().oldest_unmet == service.now - question.deadline.at


def test_a_promised_action_past_its_date_is_an_unmet_deadline(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    by = local_day(service.now) + timedelta(days=1)
    reply = Reply(
        1, Answer.ACTIONS, "We will.", (AgreedAction("Visit", "Willow", by, Owner("sw-n1")),)
    )
    service.act(reference, "tm-n", reply)
    service.act(reference, "iro-1", AcceptActions())
    service.jump(timedelta(days=30))
    assert counted().oldest_unmet > timedelta(days=7)


@pytest.mark.usefixtures("service")
def test_the_calendars_days_are_counted_to_the_end_of_its_last_year() -> None:
    last = wiring.casebook().council().calendar.last_year
    assert counted().calendar_left == date(last, 12, 31) - date(2026, 11, 2)


def test_a_challenge_that_keeps_failing_is_stuck_until_it_is_mended(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)

    def fails(*_: object) -> None:
        raise RuntimeError

    def sweeps_on() -> None:
        service.jump(timedelta(minutes=5))
        service.emulator.invoke("sweep", {})
        service.emulator.clock.settle()

    deadline = service.challenge(reference).request.deadline.at
    service.jump(deadline)
    with monkeypatch.context() as broken:
        broken.setattr("adapters.casebook.decide", fails)
        service.jump_past(deadline)
        service.jump(timedelta(minutes=5))
        assert counted().stuck == 0, "the machine still tries, and then Sweep"
        sweeps_on()
        sweeps_on()
        assert counted().stuck == 1
    for _ in range(3):
        sweeps_on()
    assert counted().stuck == 0
    assert service.challenge(reference).stage is Stage.TWO


def test_a_challenge_that_sweep_never_reaches_is_stuck(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    (running,) = service.executions(reference)
    service.emulator.clock.settle()
    boto3.client("stepfunctions").stop_execution(executionArn=running["executionArn"])
    wake = wiring.casebook().record.chain.load(reference).head.wake_at
    assert wake
    service.jump(wake + timedelta(minutes=14))
    assert counted().stuck == 0
    service.jump(timedelta(minutes=2))
    assert counted().stuck == 1


def test_each_sweep_writes_the_figures_down(service: Service, emitted: Emitted) -> None:
    service.raise_at(Stage.TWO)
    emitted.numbers()
    service.emulator.invoke("sweep", {})
    numbers = emitted.numbers()
    assert numbers["ChallengesSwept"] == {"": 0}
    assert numbers["ChallengesStuck"] == {"": 0}
    assert numbers["ChallengesNotRunning"] == {"": 0}
    assert numbers["OldestUnmetDeadlineHours"] == {"": 0}
    assert numbers["CalendarDaysLeft"][""] > 400
    assert numbers["ChallengesOpen"] == {
        "QAP": 0,
        "Stage 1": 0,
        "Stage 2": 1,
        "Stage 3": 0,
        "Stage 4": 0,
    }


def test_what_happens_is_counted_once(
    service: Service, emitted: Emitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE, once="the form")
    service.raise_at(Stage.ONE, once="the form")
    service.receive(mail(form()))
    service.receive(mail("Good morning.", message_id="<2@sampleshire.example>"))
    reply = Reply(1, Answer.RESOLVED, "Done.")
    for _ in range(2):
        service.act(reference, "tm-n", reply, command_id="the reply")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("adapters.letters.write", fails)
        service.act(reference, "iro-1", Escalate(Stage.FOUR, "It is urgent."))
    service.comes_back(service.mails("csm")[0])
    numbers = emitted.numbers()
    assert numbers["ChallengesRaised"] == {"page": 1, "email": 1}
    assert numbers["MailsTaken"] == {"raised": 1, "kept as a draft": 1}
    assert numbers["RepliesReceived"] == {"": 1}
    assert numbers["LettersPutOff"] == {"": 4}, "to the responder, the SRSM and the informed"
    assert numbers["LettersReturned"] == {"": 1}


def test_what_cannot_be_counted_is_done_all_the_same_and_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    assert service.receive(mail(form())) == "raised"
    assert service.emulator.invoke("sweep", {"all": True})["failed"] == 0
    service.emulator.clock.settle()
    sent = [(one.to, one.subject) for one in service.mails()]
    assert len(sent) == len(set(sent)) > 5


def test_each_decide_is_three_transitions_by_which_the_dashboard_counts_them(
    service: Service,
) -> None:
    replied, silent = service.raise_at(Stage.ONE), service.raise_at(Stage.THREE)
    service.reply(replied, "tm-n")
    service.withdraw(replied)
    for _ in range(2):
        service.jump_past(service.challenge(silent).request.deadline.at)
    for reference in (replied, silent):
        decides = sum(
            event["type"] == "TaskScheduled"
            for execution in service.executions(reference)
            for event in service.history(execution)
        )
        assert service.transitions(reference) == TRANSITIONS_A_DECIDE * decides
