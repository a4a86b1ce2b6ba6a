"""What was frozen stays as it was, and nothing new is released unfrozen."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

import pytest

from domain.rulebook import FACTS
from domain.rules.lateness import Chased
from domain.rules.serving import Served
from tests.upgrade import freeze, frozen, samples
from tests.upgrade.freeze import unfrozen, unfrozen_items
from tests.upgrade.frozen import (
    FIXTURES,
    HOW_TO_FREEZE,
    MANIFEST,
    differences,
    digest,
    releases,
    says,
)

if TYPE_CHECKING:
    from pathlib import Path

    from domain.events import Fact


def test_no_frozen_file_was_changed_added_by_hand_or_taken_away() -> None:
    kept = json.loads(MANIFEST.read_text())
    found = {
        str(path.relative_to(FIXTURES)): digest(path)
        for path in FIXTURES.rglob("*")
        if path.is_file() and path != MANIFEST
    }
    assert found == kept, "put it back as it was: what a release kept or sent cannot be changed"


def test_everything_that_is_stored_or_sent_has_a_shape_that_is_frozen() -> None:
    assert list(unfrozen()) == [], HOW_TO_FREEZE


@pytest.mark.parametrize("kind", FACTS.values(), ids=FACTS)
def test_every_kind_of_fact_has_a_sample_with_nothing_left_out(kind: type[Fact]) -> None:
    sample = samples.FACT_SAMPLES.get(kind)
    assert sample is not None, f"add a {kind.__name__} to tests/upgrade/samples.py. {HOW_TO_FREEZE}"
    left_out = [
        field.name
        for field in fields(kind)
        if field.default is not MISSING and getattr(sample, field.name) == field.default
    ]
    assert left_out == [], f"give it another value in tests/upgrade/samples.py. {HOW_TO_FREEZE}"


# The comparison itself ---------------------------------------------------------------------------


def test_what_says_the_same_has_no_differences() -> None:
    sample = samples.FACT_SAMPLES[Served]
    assert differences(says(sample), sample) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"request": 3}, "it.request was 3, and is read as 2"),
        ({"officer": {"choice": "hos"}}, "it.officer was"),
        ({"by_hand": True}, "it.by_hand is not read any more"),
        ({"deadline": {"day": {"day": "2026-11-10"}}}, "it.deadline.day was"),
        ({"deadline": None}, "it.deadline was None"),
    ],
)
def test_what_says_something_else_is_named(change: dict[str, Any], finding: str) -> None:
    sample = samples.FACT_SAMPLES[Served]
    found = differences(says(sample) | change, sample)
    assert any(one.startswith(finding) for one in found), found


def test_a_field_that_was_added_since_has_to_have_its_default() -> None:
    then = {"question": "question", "days_over": 1, "about": "decide on the reply"}
    assert differences(then, Chased("question", 1, "decide on the reply")) == []
    (found,) = differences(then, Chased("question", 1, "decide on the reply", tell_senior=True))
    assert found.startswith("it.tell_senior was added since")


# Freezing ----------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository in which nothing was frozen yet, and the story has nothing new."""
    for module in (frozen, freeze):
        monkeypatch.setattr(module, "FIXTURES", tmp_path)
    monkeypatch.setattr(freeze, "MANIFEST", tmp_path / "manifest.json")
    monkeypatch.setattr(freeze, "_of_the_story", dict)
    return tmp_path


def test_freezing_writes_what_is_new_and_its_digest(empty: Path) -> None:
    assert freeze.main(["2026-12.1"]) == 0
    assert {file.name for file in (empty / "2026-12.1").iterdir()} == {
        *("events.json", "words.json", "escalation.asl.json", "procedure.json"),
        *("form.json", "intake.json"),
    }
    kept = json.loads((empty / "manifest.json").read_text())
    assert kept["2026-12.1/words.json"] == digest(empty / "2026-12.1" / "words.json")


def test_what_was_frozen_is_not_frozen_again(empty: Path) -> None:
    freeze.main(["2026-12.1"])
    assert freeze.main(["2026-12.2"]) == 0
    assert not (empty / "2026-12.2").exists()


def test_freezing_over_a_release_is_refused(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    freeze.main(["2026-12.1"])
    (empty / "2026-12.1" / "words.json").write_text("{}")
    assert freeze.main(["2026-12.1"]) == 2
    assert "frozen already" in capsys.readouterr().err
    assert (empty / "2026-12.1" / "words.json").read_text() == "{}"


@pytest.mark.parametrize("arguments", [[], ["december"], ["2026-12"], ["2026-12.1", "2026-12.2"]])
@pytest.mark.usefixtures("empty")
def test_a_release_has_a_name(arguments: list[str]) -> None:
    assert freeze.main(arguments) == 2


def test_a_new_kind_a_new_field_and_a_new_word_are_each_new(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze.main(["2026-12.1"])
    events = json.loads((empty / "2026-12.1" / "events.json").read_text())
    served = next(one for one in events if one["kind"] == "Served")
    body = json.loads(served["text"])
    del body["fact"]["deadline"]
    without = [one for one in events if one["kind"] not in ("Served", "Noted")]
    (empty / "2026-12.1" / "events.json").write_text(
        json.dumps([*without, {**served, "text": json.dumps(body)}])
    )
    new = {one["kind"] for one in json.loads(unfrozen()["events.json"])}
    assert new == {"Served", "Noted"}
    monkeypatch.setattr(freeze, "choices", lambda: {"Answer": {"resolved", "perhaps"}})
    assert json.loads(unfrozen()["words.json"]) == {"Answer": ["perhaps"]}


def test_releases_are_in_order(empty: Path) -> None:
    for release in ("2026-11.10", "2026-9.1", "2027-01.1", "2026-11.2"):
        (empty / release).mkdir()
        (empty / release / "form.json").write_text("{}")
    assert releases("form.json") == ["2026-9.1", "2026-11.2", "2026-11.10", "2027-01.1"]


def test_an_attribute_or_its_type_that_no_table_has_is_new() -> None:
    once = {"PK": {"S": "ONCE#1"}, "SK": {"S": "ONCE"}, "reference": {"S": "PCE-7K3M-9QXT"}}
    assert unfrozen_items([once]) == {}
    sealed = {"PK": {"S": "CHALLENGE#1"}, "SK": {"S": "SEAL#1"}, "by": {"S": "auditor"}}
    found = unfrozen_items([{**once, "by": {"S": "page"}, "reference": {"N": "7"}}, sealed])
    assert found == {"ONCE": {"by S", "reference N"}, "CHALLENGE SEAL": {"PK S", "SK S", "by S"}}
