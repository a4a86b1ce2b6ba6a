"""Whatever definition an execution still waits under, it can handle today's answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from adapters.casebook import SUPERSEDED
from domain.vocabulary import Standing
from infra.blueprint import FUNCTION_PLACEHOLDERS
from tests.upgrade.definitions import CHOICE, FROZEN, TODAY, leads_to, unsafe, without
from tests.upgrade.frozen import load, releases

ANSWERS = (*Standing, SUPERSEDED)
ENDS = (Standing.CLOSED, SUPERSEDED)

#: Today's is already one of them: executions will wait under it when later releases come.
ALL = {**FROZEN, "today": TODAY}

every = pytest.mark.parametrize("definition", ALL.values(), ids=ALL)


@every
@pytest.mark.parametrize("where", ANSWERS)
def test_everything_that_decide_answers_today_leads_somewhere_safe(
    definition: dict[str, Any], where: str
) -> None:
    assert unsafe(definition, where, ends=where in ENDS) == ""


@every
def test_an_answer_that_it_does_not_know_leads_somewhere_safe(definition: dict[str, Any]) -> None:
    """A later release may give such an answer."""
    assert leads_to(definition, "TOMORROW") == (definition["States"][CHOICE]["Default"], False)
    assert unsafe(definition, "TOMORROW", ends=False) == ""
    assert unsafe(definition, "TOMORROW", ends=True) == ""


@every
def test_every_function_that_it_calls_is_still_there(definition: dict[str, Any]) -> None:
    named = set(re.findall(r"\$\{(\w+)\}", json.dumps(definition)))
    assert named <= FUNCTION_PLACEHOLDERS.keys()


@every
def test_it_gives_and_takes_what_decide_takes_and_gives(definition: dict[str, Any]) -> None:
    calls = [
        call for release in releases("table.json") for call in load(release, "table.json")["decide"]
    ]
    for state in definition["States"].values():
        if state["Type"] == "Task":
            given = {name.removesuffix(".$") for name in state["Parameters"]["Payload"]}
            taken = {path.removeprefix("$.Payload.") for path in state["ResultSelector"].values()}
            assert calls
            assert all(call["in"].keys() == given for call in calls)
            assert all(call["out"].keys() >= taken for call in calls)


# The rule itself ---------------------------------------------------------------------------------


def test_a_default_that_ends_well_is_not_safe() -> None:
    definition = without(TODAY, "STAGE_2")
    definition["States"][CHOICE]["Default"] = "Closed"
    assert "nobody would wake" in unsafe(definition, "STAGE_2", ends=False)


def test_a_default_that_waits_for_wake_at_is_safe() -> None:
    definition = without(TODAY, "STAGE_2")
    definition["States"][CHOICE]["Default"] = "Stage 1"
    assert unsafe(definition, "STAGE_2", ends=False) == ""


@pytest.mark.parametrize(
    ("rung", "finding"),
    [
        ({"Type": "Wait", "TimestampPath": "$.now.wake_at", "Next": "Closed"}, "decide again"),
        ({"Type": "Wait", "Seconds": 60, "Next": "Decide"}, "does not wait"),
        ({"Type": "Fail"}, "is known and fails"),
        ({"Type": "Succeed"}, "nobody would wake"),
    ],
)
def test_a_rung_that_does_not_wait_and_decide_again_is_not_safe(
    rung: dict[str, Any], finding: str
) -> None:
    definition = {**TODAY, "States": {**TODAY["States"], "Stage 2": rung}}
    assert finding in unsafe(definition, "STAGE_2", ends=False)


def test_what_has_ended_must_not_wait() -> None:
    waiting = {**TODAY["States"], "Closed": TODAY["States"]["Stage 1"]}
    assert "does not end" in unsafe({**TODAY, "States": waiting}, "CLOSED", ends=True)
