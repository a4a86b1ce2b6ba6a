"""A training environment on the real state machine: a whole ladder in ten minutes of real time."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from adapters import clock, wiring
from adapters.errors import SettingsError, TryAgainError
from adapters.executions import Executions
from adapters.mail import Mail, MailUnavailableError
from adapters.outgoing import WOKEN_AGAIN
from adapters.record.beside import Beside
from adapters.record.lists import Lists
from adapters.record.notices import Claim
from adapters.record.places import NoticePlace
from adapters.training_runs import ANNOUNCED, TRUSTED, TrainingRuns
from domain.errors import NotAllowedError
from domain.events import CLOCK
from domain.ladder import FORMAL_STAGES, Stage
from domain.moments import local_day, parse_moment
from domain.rules.entry import Raised
from domain.rules.lateness import Chased
from domain.rules.serving import Served
from infra.operate import main as operate
from tests.doors.post import TESSA, form, mail
from tests.performance.meter import metered
from tests.workflow.service import MONDAY, Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from domain.training import TrainingRun

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
WORKING_DAY = 30 * SECOND
TEN_O_CLOCK_OF_A_DAY = WORKING_DAY * 10 / 24


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Service]:
    """Start on a Monday morning at ten o'clock, in a training environment."""
    with running(tmp_path, working_day="30") as service:
        yield service


def train(service: Service, lasts: timedelta = 15 * MINUTE) -> TrainingRun:
    """Begin a training run as the IRO. Return it once it has begun and everything has settled."""
    run = wiring.training_runs().begin(lasts, WORKING_DAY, clock.wall(), "iro-1")
    service.emulator.clock.settle()
    service.jump(run.since)
    return run


def waits_until(service: Service, reference: str) -> datetime:
    """Return the moment, by the wall clock, that its running execution waits for."""
    (execution,) = [e for e in service.executions(reference) if e["status"] == "RUNNING"]
    entered = [e for e in service.history(execution) if e["type"] == "WaitStateEntered"]
    return parse_moment(
        json.loads(entered[-1]["stateEnteredEventDetails"]["input"])["now"]["wake_at"]
    )


def told_by_the_clock(service: Service, reference: str) -> list[tuple[str, datetime]]:
    """Return each automatic fact and when it took effect, except how fast emails arrived.

    A chase takes effect at its wake, which is later where a working day takes half a minute.
    """
    return [
        (type(event.fact).__name__, event.effective)
        for event in service.challenge(reference).events
        if event.actor == CLOCK and not isinstance(event.fact, Served | Chased)
    ]


# A whole ladder ----------------------------------------------------------------------------------


def test_a_silent_ladder_takes_ten_minutes_and_has_the_very_deadlines_of_a_live_one(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as live:
        reference = live.raise_at(Stage.ONE)
        live.jump(60 * DAY)
        expected = told_by_the_clock(live, reference)
        deadlines = [request.deadline for request in live.challenge(reference).requests]
    with running(tmp_path, working_day="30") as training:
        reference = training.raise_at(Stage.ONE)
        run = train(training)
        # What is left of Monday, then twenty working days: to the end of the period.
        end = run.since + WORKING_DAY - TEN_O_CLOCK_OF_A_DAY + 20 * WORKING_DAY
        training.jump(end)
        assert training.rung(reference) == "Stage 4", "up to its very last second"
        training.jump(2 * SECOND)
        assert training.rung(reference) == "IRO to decide"
        assert training.now - MONDAY < 10 * MINUTE + 22 * SECOND
        training.jump(run.until - training.now)
        so_far = told_by_the_clock(training, reference)
        assert so_far == expected[: len(so_far)]
        assert [name for name, _ in so_far].count("DeadlineMissed") == len(FORMAL_STAGES)
        assert [request.deadline for request in training.challenge(reference).requests] == deadlines
        names = [execution["name"] for execution in training.executions(reference)]
        assert names == [f"{reference}_1", f"{reference}_2"], "one leg before it, one in it"


def test_nobody_is_told_twice_and_everybody_once_in_a_fast_ladder(training: Service) -> None:
    reference = training.raise_at(Stage.ONE)
    train(training)
    for _ in range(12):
        training.jump(MINUTE)
        training.emulator.invoke("sweep", {})
        training.emulator.clock.settle()
    told = [(str(m.to), m.subject, m.text) for m in training.mails()]
    assert len(told) == len(wiring.casebook().record.notices.known(reference, 1)) == 11
    events = training.challenge(reference).events
    served = [e.fact for e in events if isinstance(e.fact, Served)]
    assert [fact.deadline for fact in served] == [None] * 4, "no letter came a day late"


def test_what_is_due_after_the_training_run_is_waited_for_at_the_usual_speed(
    training: Service,
) -> None:
    reference = training.raise_at(Stage.ONE)
    run = train(training, MINUTE)
    training.jump(run.until)
    assert local_day(clock.now()) == local_day(MONDAY + 2 * DAY), "two working days on"
    head, _ = wiring.casebook().record.legs.head(reference)
    assert head.wake_at is not None
    waits = waits_until(training, reference)
    assert waits - run.until == pytest.approx(head.wake_at - run.ends_at, abs=SECOND)
    assert waits - run.until > DAY
    training.jump(waits)
    assert "Reminded" in training.kinds(reference)


def test_a_training_run_that_is_ended_early_slows_down_those_that_sleep(training: Service) -> None:
    reference = training.raise_at(Stage.ONE)
    train(training)
    training.jump(MINUTE)
    fast = waits_until(training, reference)
    ended = wiring.training_runs().end(clock.wall(), "srsm")
    training.emulator.clock.settle()
    assert waits_until(training, reference) - fast > DAY
    training.jump(10 * MINUTE)
    assert clock.now() == ended.ends_at + (clock.wall() - ended.until)
    assert training.challenge(reference).stage is Stage.ONE


def test_a_second_training_run_goes_on_where_the_first_led_to(training: Service) -> None:
    reference = training.raise_at(Stage.ONE)
    first = train(training, 3 * MINUTE)
    training.jump(first.until)
    assert training.challenge(reference).stage is Stage.TWO
    training.jump(DAY)
    before = clock.now()
    second = train(training, 3 * MINUTE)
    assert second.shows == before + ANNOUNCED
    training.jump(second.until)
    assert training.challenge(reference).stage is Stage.THREE
    kept = wiring.casebook().record.beside.all_kept("CLOCK")
    assert [(item["SK"], item["by"]) for item in kept] == [
        ("PRACTICE#000001", "iro-1"),
        ("PRACTICE#000002", "iro-1"),
    ]


# What goes by the wall clock, however fast the service's clock ------------------------------------


def test_a_letter_is_claimed_by_the_wall(
    training: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise somebody a moment later would send it a second time."""
    train(training)
    with monkeypatch.context() as lost:
        lost.setattr(Executions, "start", lambda *_: True)
        reference = training.raise_at(Stage.ONE)
    record, began = wiring.casebook().record, clock.wall()
    place = NoticePlace(reference, "000002#tm-n")
    claim = record.notices.claim(place, began, began + WOKEN_AGAIN.holds)
    assert isinstance(claim, Claim)
    training.jump(WORKING_DAY)
    training.emulator.invoke("decide", {"reference": reference, "leg": 1})
    assert training.mails("tm-n") == [], "somebody is sending it"
    training.jump(claim.until)
    training.emulator.invoke("decide", {"reference": reference, "leg": 1})
    assert len(training.mails("tm-n")) == 1, "whoever held it has died"


def test_an_outage_of_mail_is_waited_out_by_the_wall(
    training: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[datetime] = []

    def fails(*_: object) -> str:
        tries.append(clock.wall())
        raise MailUnavailableError

    train(training)
    with monkeypatch.context() as outage:
        outage.setattr(Mail, "send", fails)
        reference = training.raise_at(Stage.ONE)
        training.jump(70 * SECOND)
    assert [later - tries[0] for later in tries] == [
        timedelta(0),
        pytest.approx(MINUTE, abs=SECOND),
    ]
    training.jump(3 * MINUTE)
    assert training.challenge(reference).request.served


def test_a_challenge_has_overslept_a_minute_by_the_wall_after_its_moment(
    training: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(training)
    with monkeypatch.context() as lost:
        lost.setattr(Executions, "start", lambda *_: True)
        training.raise_at(Stage.ONE)
    training.jump(59 * SECOND)
    assert training.emulator.invoke("sweep", {})["swept"] == 0
    training.jump(2 * SECOND)
    assert training.emulator.invoke("sweep", {})["swept"] == 1


def test_an_email_counts_from_when_it_came_in_as_the_services_clock_showed_it(
    training: Service,
) -> None:
    first = train(training, 5 * MINUTE)
    training.jump(first.until + DAY)
    training.receive(mail(form()))
    (reference,) = training.open_challenges()
    raised = training.challenge(reference).events[0]
    assert isinstance(raised.fact, Raised)
    assert raised.effective - clock.now() == pytest.approx(timedelta(0), abs=SECOND)
    assert raised.effective > training.now + 10 * DAY


def test_a_letter_is_dated_by_the_wall_and_says_that_it_is_training(training: Service) -> None:
    train(training)
    training.jump(5 * MINUTE)
    training.raise_at(Stage.ONE)
    (letter,) = training.mails("tm-n")
    assert parsedate_to_datetime(letter.headers["Date"]) == training.now
    assert letter.subject.startswith("Training: Please reply by ")
    said = "This is training. Nothing in this email is about a real child."
    assert letter.text.startswith(said)
    assert said in letter.html


def test_an_answer_to_an_email_says_that_it_is_training(training: Service) -> None:
    training.receive(mail(form(), sender=TESSA))
    (answer,) = training.mails("tm-n")
    assert answer.subject.startswith("Training: ")
    assert answer.text.startswith("This is training. ")


# Everybody's clock shows the same ----------------------------------------------------------------


@pytest.mark.usefixtures("training")
def test_no_functions_clock_runs_ahead_of_anothers_or_backwards() -> None:
    """One function reads, then another's page begins a training run, and ends it again."""

    def of_another_function() -> TrainingRuns:
        return TrainingRuns(wiring._record().beside, lambda: runs._calendar, lambda _: None)

    runs, other = wiring.training_runs(), of_another_function()
    shown = []
    for step in range(60):
        at = MONDAY + step * SECOND / 10
        if step == 5:
            runs.begin(MINUTE, WORKING_DAY, at, "iro-1")
        if step == 30:
            runs.end(at, "iro-1")
        for one in (other, runs, of_another_function(), other):
            run = one.latest(at)
            shown.append(run.shown(at) if run else at)
    assert shown == sorted(shown)
    assert shown[-1] - shown[0] > 100 * MINUTE, "it did run fast meanwhile"
    assert TRUSTED < ANNOUNCED


@pytest.mark.usefixtures("training")
def test_two_who_begin_at_once_begin_one_training_run() -> None:
    runs, at = wiring.training_runs(), clock.wall()
    runs.begin(MINUTE, WORKING_DAY, at, "iro-1")
    with pytest.raises(NotAllowedError, match="going on already"):
        runs.begin(MINUTE, WORKING_DAY, at, "srsm")
    with pytest.raises(NotAllowedError, match="over in a moment"):
        runs.end(at + MINUTE, "srsm")


def test_two_who_begin_in_the_very_same_instant_begin_one_training_run(
    training: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw that no run goes on; the first takes the number before the second writes."""
    keep = Beside.keep_new
    mine, at = wiring.training_runs(), clock.wall()
    theirs = TrainingRuns(wiring._record().beside, lambda: mine._calendar, lambda _: None)

    def after_them(self: Beside, *item: Any) -> bool:  # noqa: ANN401 - as the real one
        monkeypatch.setattr(Beside, "keep_new", keep)
        theirs.begin(MINUTE, WORKING_DAY, at, "srsm")
        return keep(self, *item)

    monkeypatch.setattr(Beside, "keep_new", after_them)
    with pytest.raises(TryAgainError, match="Somebody else"):
        mine.begin(15 * MINUTE, WORKING_DAY, at, "iro-1")
    (kept,) = wiring.casebook().record.beside.all_kept("CLOCK")
    assert kept["by"] == "srsm"
    training.jump(2 * MINUTE)
    assert mine.latest(clock.wall()) == theirs.latest(clock.wall())


@pytest.mark.parametrize("pressed", ["begin", "end"])
def test_whoever_presses_twice_in_the_very_same_instant_has_done_it_once(
    training: Service, monkeypatch: pytest.MonkeyPatch, pressed: str
) -> None:
    keep, at = Beside.keep_new, clock.wall()
    mine = wiring.training_runs()
    of_the_first_press = TrainingRuns(
        wiring._record().beside, lambda: mine._calendar, lambda _: None
    )

    def press(runs: TrainingRuns, at: datetime) -> TrainingRun:
        if pressed == "end":
            return runs.end(at, "iro-1")
        return runs.begin(15 * MINUTE, WORKING_DAY, at, "iro-1")

    def after_it(self: Beside, *item: Any) -> bool:  # noqa: ANN401 - as the real one
        monkeypatch.setattr(Beside, "keep_new", keep)
        press(of_the_first_press, at)
        return keep(self, *item)

    if pressed == "end":
        train(training)
        training.jump(MINUTE)
        at = clock.wall()
    before = len(wiring.casebook().record.beside.all_kept("CLOCK"))
    monkeypatch.setattr(Beside, "keep_new", after_it)
    done = press(mine, at + SECOND / 100)
    assert mine.latest(clock.wall(), reread=True) == done
    assert len(wiring.casebook().record.beside.all_kept("CLOCK")) == before + 1


@pytest.mark.usefixtures("training")
def test_a_write_that_was_tried_again_is_known_for_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its answer was lost, botocore tried again, and the number was taken: by the same run."""
    keep = Beside.keep_new

    def twice(self: Beside, *item: Any) -> bool:  # noqa: ANN401 - as the real one
        return keep(self, *item) and keep(self, *item)

    monkeypatch.setattr(Beside, "keep_new", twice)
    begun = wiring.training_runs().begin(MINUTE, WORKING_DAY, clock.wall(), "iro-1")
    assert wiring.training_runs().latest(clock.wall(), reread=True) == begun


def test_a_challenge_that_nobody_woke_for_the_training_run_is_found_by_sweep(
    training: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = training.raise_at(Stage.ONE)
    with monkeypatch.context() as outage:

        def fails(*_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://in-a-test.example")

        outage.setattr(Executions, "start", fails)
        outage.setattr(Lists, "every_open", fails)
        train(training)
    training.jump(5 * MINUTE)
    assert training.challenge(reference).stage is Stage.ONE, "it sleeps by the usual speed"
    training.emulator.invoke("sweep", {})
    training.emulator.clock.settle()
    assert training.challenge(reference).stage is Stage.TWO
    training.jump(MINUTE)
    assert training.challenge(reference).stage is Stage.THREE, "and goes on by the training run's"


# In a live environment ---------------------------------------------------------------------------


def test_a_live_clock_cannot_run_fast_whatever_stands_in_its_table(service: Service) -> None:
    """And it costs nothing: the table is not read."""
    wiring.training_runs().begin(15 * MINUTE, WORKING_DAY, clock.wall(), "iro-1")
    service.jump(5 * MINUTE)
    with metered() as meter:
        assert clock.now() == clock.wall() == service.now
        assert clock.on_the_wall(MONDAY) == MONDAY
    assert not meter.calls
    reference = service.raise_at(Stage.ONE)
    assert waits_until(service, reference) > service.now + DAY
    assert not any("raining" in mail.subject + mail.text for mail in service.mails())


def test_in_training_a_decide_asks_the_table_for_the_time_twice_at_most(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)

    def asked() -> int:
        with metered() as meter:
            service.emulator.invoke("decide", {"reference": reference, "leg": 1})
        return meter.calls.total()

    live = asked()
    monkeypatch.setenv("WORKING_DAY_SECONDS", "30")
    assert 0 < asked() - live <= 2


# The operator's command --------------------------------------------------------------------------


def test_an_operator_begins_and_stops_a_training_run(
    training: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = training.raise_at(Stage.ONE)
    usual = waits_until(training, reference)
    assert operate(["training-run", "--minutes", "10", "--working-day", "20"]) == 0
    training.emulator.clock.settle()
    assert "A working day lasts 20 seconds until Monday 2 November 2026 at 10:10am." in (
        capsys.readouterr().out
    )
    assert waits_until(training, reference) < MONDAY + 2 * MINUTE
    training.jump(MINUTE)
    assert operate(["training-run", "--stop"]) == 0
    training.emulator.clock.settle()
    assert 20 * MINUTE < waits_until(training, reference) - training.now < usual - MONDAY
    assert [item["by"] for item in wiring.casebook().record.beside.all_kept("CLOCK")] == [
        "an operator",
        "an operator",
    ]


@pytest.mark.usefixtures("service")
def test_an_operator_of_a_live_environment_can_begin_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert operate(["training-run", "--minutes", "10"]) == 2
    assert "Only a training environment has training runs" in capsys.readouterr().err
    assert wiring.casebook().record.beside.all_kept("CLOCK") == []


@pytest.mark.parametrize("seconds", ["5", "soon", "99999999", "-30", "30.5"])
@pytest.mark.usefixtures("service")
def test_a_working_day_that_cannot_be_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("WORKING_DAY_SECONDS", seconds)
    with pytest.raises(SettingsError, match="a whole number from 20 to 3600"):
        clock.now()
