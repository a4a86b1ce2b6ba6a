"""What lists say about a challenge by its rules: a rule made up for the test, and the record's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from domain.ladder import Stage
from domain.part import Mark, Part
from domain.rulebook import MARKS
from domain.rules.replies import Answer
from domain.vocabulary import Standing
from infra.blueprint import AUDIT, SEAL
from infra.local.emulator import TABLE
from infra.operate import main
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

BEYOND = "Past the 20-working-day limit"

#: A rule that marks what waits for its IRO, and does nothing else.
TO_DECIDE = Part(
    99,
    "Marked for the IRO",
    marks=(
        Mark(
            "to_decide",
            "Decide soon",
            lambda challenge: challenge.standing is Standing.IRO_TO_DECIDE,
        ),
    ),
)


@pytest.fixture
def _a_rule_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the made-up rule be in the rulebook."""
    for mark in TO_DECIDE.marks:
        monkeypatch.setitem(MARKS, mark.key, mark)


def tags(service: Service, officer: str, reference: str) -> list[tuple[str, bool]]:
    """Return the tags in the challenge's line of the front page, and whether each is red."""
    page = Visitor(service, officer).get("/")
    row, *_ = [row for row in page.soup.find_all("tr") if reference in row.get_text()]
    return [
        (tag.get_text(strip=True), "govuk-tag--red" in tag["class"])
        for tag in row.select(".govuk-tag")
    ]


def operators_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the first line of the operators' list."""
    capsys.readouterr()
    assert main(["list"]) == 0
    return capsys.readouterr().out.splitlines()[0]


def items(reference: str) -> list[dict[str, Any]]:
    """Return HEAD and the trays' items of the challenge, as they are in the table."""
    found = boto3.resource("dynamodb").Table(TABLE).scan()["Items"]
    return [
        item
        for item in found
        if item["PK"] == f"CHALLENGE#{reference}" and ("tray" in item or item["SK"] == "HEAD")
    ]


def marked(reference: str, marks: list[str] | None) -> None:
    """Write these marks into HEAD and trays, past the service; ``None`` takes them out."""
    for item in items(reference):
        rest = {name: value for name, value in item.items() if name != "marks"}
        kept = {} if marks is None else {"marks": marks}
        boto3.resource("dynamodb").Table(TABLE).put_item(Item=rest | kept)


def wrong(service: Service) -> list[str]:
    """Return what the night's audit finds wrong."""
    service.emulator.invoke(SEAL.name, {})
    found: list[str] = service.emulator.invoke(AUDIT.name, {})["wrong"]
    return found


@pytest.mark.usefixtures("_a_rule_more")
def test_what_a_rule_marks_is_shown_in_every_list_as_long_as_it_holds(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    assert tags(service, "iro-1", reference) == tags(service, "tm-n", reference) == []
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    for officer in ("iro-1", "srsm"):  # in a tray, and in the list of all
        assert tags(service, officer, reference) == [("Decide soon", False)]
    assert operators_line(capsys).endswith("; iro-1; Decide soon")
    assert [item["marks"] for item in items(reference)] == [["to_decide"]] * 3, "HEAD, tray, list"
    service.jump(timedelta(days=32))
    assert tags(service, "srsm", reference) == [(BEYOND, True), ("Decide soon", False)]
    assert operators_line(capsys).endswith(f"; iro-1; The IRO is late; {BEYOND}; Decide soon")
    assert wrong(service) == []
    service.withdraw(reference)
    service.place_on_file(reference)  # until then it also waits for the IRO
    assert tags(service, "iro-1", reference) == [(BEYOND, True)], "the other holds no longer"


def test_a_row_from_before_marks_says_that_it_is_beyond_its_period_and_is_not_wrong(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.FOUR)
    service.jump(timedelta(days=32))
    for item in items(reference):
        assert item["beyond_period"], "said here, and not repeated by the marks"
        assert item["marks"] == ["late", "refer"], "rule 10: the IRO is to say, and has not"
    marked(reference, None)
    assert tags(service, "iro-1", reference) == [(BEYOND, True)]
    assert tags(service, "senior", reference) == [(BEYOND, True)]
    assert operators_line(capsys).endswith(f"; {BEYOND}")
    assert wrong(service) == []


def test_a_row_of_a_release_that_named_it_among_the_marks_is_shown_so_and_is_not_wrong(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.FOUR)
    marked(reference, ["beyond_period"])
    assert wrong(service) == [reference], "it is not past its limit yet"
    service.jump(timedelta(days=32))
    marked(reference, ["beyond_period", "refer"])
    assert tags(service, "senior", reference)[0] == (BEYOND, True)
    assert wrong(service) == []


def test_a_mark_of_a_newer_release_shows_nothing_and_breaks_nothing(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    marked(reference, ["of_a_newer_release"])
    for officer in ("iro-1", "tm-n", "srsm"):
        assert tags(service, officer, reference) == []
    assert operators_line(capsys).endswith("; iro-1")
    assert wrong(service) == []
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    assert not any("marks" in item for item in items(reference)), "each write puts it right"


def test_a_mark_that_the_events_do_not_say_is_wrong_also_beside_an_unknown_one(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    marked(reference, ["of_a_newer_release", "beyond_period"])
    assert wrong(service) == [reference]


@pytest.mark.usefixtures("_a_rule_more")
def test_a_row_from_before_a_mark_lacks_it_until_the_challenge_goes_on_and_is_not_wrong(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    service.jump(timedelta(days=32))
    marked(reference, ["beyond_period"])
    assert tags(service, "iro-1", reference) == [(BEYOND, True)]
    assert wrong(service) == []
