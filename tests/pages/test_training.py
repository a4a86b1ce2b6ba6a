"""A training environment has a banner and a page of its own; a live one has neither."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import EndpointConnectionError

from adapters import clock, wiring
from adapters.executions import Began, Executions
from adapters.training_runs import ANNOUNCED, PRESSED_TWICE, TrainingRuns
from domain.ladder import Stage
from domain.moments import moment_in_words
from tests.pages.visitor import Page, Visitor, reply_link
from tests.workflow.service import MONDAY, Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
REAL_CHILD = "Training – nothing here is about a real child."


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Service]:
    """Return a training environment on a Monday morning, ten o'clock."""
    with running(tmp_path, working_day="30") as service:
        yield service


def banner(page: Page) -> str:
    (found,) = page.soup.select(".pc-training")
    return " ".join(found.get_text(" ").split())


def begun(service: Service, officer: str = "iro-1", **answers: str) -> Page:
    """Let ``officer`` begin a training run. Return the page after it has begun."""
    visitor = Visitor(service, officer)
    visitor.get("/practice").form().fill(answers).press("Begin the training run")
    service.jump(ANNOUNCED)
    return visitor.get("/practice")


# The banner --------------------------------------------------------------------------------------


def test_every_page_says_that_it_is_training_what_time_it_is_and_how_fast(
    training: Service,
) -> None:
    training.raise_at(Stage.ONE)
    iro, nobody = Visitor(training, "iro-1"), Visitor(training)
    pages = [iro.get("/"), iro.get("/raise"), iro.get("/no-such-page"), nobody.get("/signed-out")]
    pages.append(nobody.get(reply_link(training, "tm-n")))
    for page in pages:
        assert banner(page).startswith(f"{REAL_CHILD} It is Monday 2 November 2026 at 10:00am. ")
        assert "The clock runs at its usual speed." in banner(page)
    begun(training)
    training.jump(MINUTE)
    shown = banner(iro.get("/"))
    assert f"It is {moment_in_words(clock.now())}." in shown
    assert "Wednesday 4 November 2026 at 10:00am" in shown, "two working days later"
    assert "A working day lasts 30 seconds until 10:15am by your own clock." in shown


def test_the_banner_leads_those_who_are_signed_in_to_the_training_run(training: Service) -> None:
    assert Visitor(training, "tm-n").get("/").link("Training run") == "/practice"
    assert "/practice" not in Visitor(training).get("/signed-out").body


def test_a_page_that_says_that_the_table_is_out_is_shown_in_training_too(
    training: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(TrainingRuns, "latest", out)
    page = Visitor(training, "iro-1").get("/")
    assert page.heading == "Sorry, this did not work"
    assert banner(page) == f"{REAL_CHILD}"


def test_a_live_environment_has_neither_banner_nor_training_page(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    assert not iro.get("/").soup.select(".pc-training")
    assert iro.get("/practice").status == 404
    assert iro.post("/practice", {"working_day": "30", "minutes": "15"}).status == 404
    assert wiring.casebook().record.beside.all_kept("CLOCK") == []


# The page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("officer", ["iro-1", "srsm"])
def test_an_iro_or_the_srsm_begins_a_training_run_and_a_sleeping_challenge_wakes_by_it(
    training: Service, officer: str
) -> None:
    reference = training.raise_at(Stage.ONE)
    page = begun(training, officer)
    assert "A working day lasts 30 seconds until 10:15am" in page.text
    training.jump(5 * 30 * SECOND)
    assert training.challenge(reference).stage is Stage.ONE
    training.jump(30 * SECOND)
    assert training.challenge(reference).stage is Stage.TWO


def test_whoever_begins_it_says_how_long_a_working_day_lasts_and_for_how_long(
    training: Service,
) -> None:
    page = begun(training, working_day="120", minutes="60")
    assert "A working day lasts 2 minutes until 11:00am by your own clock." in page.text


def test_it_can_be_ended_early_and_begun_anew(training: Service) -> None:
    page = begun(training)
    ended = page.form().press("End the training run now")
    assert ended.address.partition("?")[0] == "/practice"
    training.jump(ANNOUNCED)
    again = ended.visitor.get("/practice")
    assert "The clock runs at its usual speed." in again.text
    assert begun(training, "srsm", minutes="5").text.count("A working day lasts 30 seconds") == 2
    kept = wiring.casebook().record.beside.all_kept("CLOCK")
    assert [item["by"] for item in kept] == ["iro-1", "iro-1", "srsm"], "nothing is forgotten"


@pytest.mark.parametrize("officer", ["tm-n", "senior", "analyst"])
def test_nobody_else_can_and_they_are_told_who_can(training: Service, officer: str) -> None:
    visitor = Visitor(training, officer)
    page = visitor.get("/practice")
    assert "Only an Independent Reviewing Officer or the" in page.text
    assert not page.soup.select("main form")
    refused = visitor.post("/practice", {"working_day": "30", "minutes": "15", "press": "begin"})
    assert refused.status == 403
    assert "Ask one of them." in refused.text
    assert wiring.training_runs().latest(clock.wall(), reread=True) is None


def test_a_training_run_is_begun_from_our_own_page_alone(training: Service) -> None:
    foreign = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    form = Visitor(training, "iro-1").get("/practice").form()
    assert form.press("Begin the training run", headers=foreign).status == 403
    assert wiring.training_runs().latest(clock.wall(), reread=True) is None


def test_while_one_goes_on_no_other_can_be_begun(training: Service) -> None:
    form = Visitor(training, "srsm").get("/practice").form()
    begun(training)
    refused = form.press("Begin the training run")
    assert refused.status == 403
    assert "A training run is going on already. End it first" in refused.text


def test_whoever_presses_twice_has_begun_it_once_and_ended_it_once(training: Service) -> None:
    form = Visitor(training, "iro-1").get("/practice").form()
    first, second = form.press("Begin the training run"), form.press("Begin the training run")
    assert (first.status, second.status) == (200, 200)
    assert {page.address.partition("?")[0] for page in (first, second)} == {"/practice"}
    assert "A working day lasts 30 seconds until" in second.text
    training.jump(MINUTE)
    form = Visitor(training, "iro-1").get("/practice").form()
    for _ in range(2):
        assert form.press("End the training run now").address.partition("?")[0] == "/practice"
    kept = wiring.casebook().record.beside.all_kept("CLOCK")
    assert [item["SK"] for item in kept] == ["PRACTICE#000001", "PRACTICE#000002"]


@pytest.mark.parametrize("later", [timedelta(0), PRESSED_TWICE])
def test_who_wants_another_one_or_wants_it_later_is_told_that_one_goes_on(
    training: Service, later: timedelta
) -> None:
    form = Visitor(training, "iro-1").get("/practice").form()
    assert form.press("Begin the training run").status == 200
    training.jump(later)
    if not later:
        form = form.fill({"minutes": "5"})
    refused = form.press("Begin the training run")
    assert refused.status == 403
    assert "A training run is going on already." in refused.text


def test_a_page_wakes_challenges_for_as_long_as_it_has_time_and_sweep_the_others(
    training: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        training.raise_at(Stage.ONE)
    start, shown, renewed = Executions.start, clock._source, []

    def slowly(self: Executions, reference: str, leg: int, began: Began | None) -> bool:
        renewed.append(reference)
        return start(self, reference, leg, began)

    with monkeypatch.context() as slow:
        slow.setattr(Executions, "start", slowly)
        slow.setattr(clock, "_source", lambda: shown() + len(renewed) * 8 * SECOND)
        begun(training)
    assert len(renewed) == 2, "after sixteen seconds it answered"
    training.jump(6 * 30 * SECOND)
    training.emulator.invoke("sweep", {})
    training.emulator.clock.settle()
    stages = {training.challenge(reference).stage for reference in training.open_challenges()}
    assert stages == {Stage.TWO}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("working_day", "19", "from 20 to 3600 seconds"),
        ("working_day", "3601", "from 20 to 3600 seconds"),
        ("working_day", "soon", "a whole number of seconds, like 30"),
        ("minutes", "61", "from 1 to 60 minutes"),
        ("minutes", "", "a whole number of minutes, like 15"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    training: Service, field: str, value: str, problem: str
) -> None:
    form = Visitor(training, "iro-1").get("/practice").form()
    page = form.fill({field: value}).press("Begin the training run")
    assert page.status == 200
    assert problem in page.errors[f"#{field}"]
    assert page.form()[field] == value
    assert wiring.training_runs().latest(clock.wall(), reread=True) is None


def test_a_clock_that_would_run_beyond_the_known_years_is_not_begun(tmp_path: Path) -> None:
    with running(tmp_path, start_at=MONDAY.replace(year=2039), working_day="20") as service:
        form = Visitor(service, "iro-1").get("/practice").form()
        page = form.fill({"minutes": "60"}).press("Begin the training run")
        assert "the bank holidays are known up to 2040" in page.errors["#minutes"]
        assert form.fill({"minutes": "5"}).press("Begin the training run").status == 200


def test_what_was_typed_after_the_end_of_a_session_is_given_back(training: Service) -> None:
    visitor = Visitor(training, "iro-1")
    form = visitor.get("/practice").form().fill({"working_day": "45"})
    visitor.sign_in("iro-1", seconds=-10)
    assert form.press("Begin the training run").status == 401
    visitor.sign_in("iro-1")
    given_back = visitor.get(visitor.get("/").link("A form"))
    assert given_back.form()["working_day"] == "45"
    given_back.form().press("Begin the training run")
    assert "Your drafts" not in visitor.get("/").text
