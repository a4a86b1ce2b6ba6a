"""Definitions of the state machine: the frozen ones, and made-up earlier ones."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import boto3

from infra.blueprint import FUNCTION_PLACEHOLDERS, STATE_MACHINE_FILE
from tests.upgrade.frozen import load, releases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.workflow.service import Service

__all__ = ["CHOICE", "FROZEN", "TODAY", "deploy", "leads_to", "marked", "unsafe", "without"]

CHOICE = "Where does it stand?"

#: Every definition under which an execution may still wait, by the release that brought it.
FROZEN: dict[str, dict[str, Any]] = {
    release: load(release, STATE_MACHINE_FILE.name) for release in releases(STATE_MACHINE_FILE.name)
}
TODAY: dict[str, Any] = json.loads(STATE_MACHINE_FILE.read_text(encoding="utf-8"))


def deploy(service: Service, definition: Mapping[str, Any]) -> None:
    """Give the state machine this definition, as CloudFormation does: executions keep their own."""
    text = json.dumps(definition)
    for placeholder, function in FUNCTION_PLACEHOLDERS.items():
        arn = service.emulator.function_arn(function.name)
        text = text.replace(f"${{{placeholder}}}", arn)
    boto3.client("stepfunctions").update_state_machine(
        stateMachineArn=service.machine, definition=text
    )


def leads_to(definition: Mapping[str, Any], where: str) -> tuple[str, bool]:
    """Return the state that Decide's answer ``where`` leads to, and whether it is named."""
    choice = definition["States"][CHOICE]
    for branch in choice["Choices"]:
        if branch["StringEquals"] == where:
            return branch["Next"], True
    return choice["Default"], False


def unsafe(definition: Mapping[str, Any], where: str, *, ends: bool) -> str:
    """Return what is wrong with where ``where`` leads; empty if nothing can be lost.

    ``ends`` is for an answer after which nothing follows. An open challenge has to wait until
    ``wake_at`` and be decided again, or fail: operators see that, and Sweep gives it a fresh leg.
    It must not succeed, because then nobody would look.
    """
    name, known = leads_to(definition, where)
    state = definition["States"][name]
    if state["Type"] == "Fail":
        return f"{where} is known and fails" if known else ""
    if ends and known:
        return "" if state["Type"] == "Succeed" else f"{where} does not end at {name}"
    if state["Type"] == "Succeed":
        return f"{where} ends well at {name}, and nobody would wake the challenge"
    waits = state["Type"] == "Wait" and state.get("TimestampPath") == "$.now.wake_at"
    if not waits or state.get("Next") != definition["StartAt"]:
        return f"{where} leads to {name}, which does not wait for wake_at and decide again"
    return ""


def marked(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition with ``, before`` after each state's name, to see who uses it."""

    def renamed(shape: Any, key: str = "") -> Any:  # noqa: ANN401 - any JSON
        if isinstance(shape, dict):
            return {name: renamed(one, name) for name, one in shape.items()}
        if isinstance(shape, list):
            return [renamed(one) for one in shape]
        return f"{shape}, before" if key in ("Next", "Default", "StartAt") else shape

    changed = renamed(definition)
    states = {f"{name}, before": state for name, state in changed["States"].items()}
    return {**changed, "States": states}


def without(definition: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the definition as it was before it had the rung ``where``."""
    earlier = copy.deepcopy(dict(definition))
    state, known = leads_to(earlier, where)
    assert known, where
    del earlier["States"][state]
    choice = earlier["States"][CHOICE]
    choice["Choices"] = [one for one in choice["Choices"] if one["StringEquals"] != where]
    return earlier
