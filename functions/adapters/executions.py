"""Legs: each is one execution of the state machine, named ``<reference>_<leg>``.

Its input is ``{"reference": "PCE-7K3M-9QXT", "leg": 3, "because": "Replied", "stage": "Stage 1",
"wakes": "2026-12-24T09:00:00Z"}``. Decide needs the first two. Operators read the others in the
console: why the leg was started, at which stage, and when it wakes at the latest by the service's
clock (``null``: it ends). An email or a reminder may wake it earlier; the waiting state says until
when it waits. Nothing in it is about a child.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from domain.moments import utc_text
from domain.rulebook import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from types_boto3_stepfunctions.client import SFNClient

    from domain.ladder import Stage

__all__ = ["BECAUSE", "Began", "Executions", "Fate", "Repair"]


class Repair(StrEnum):
    """Why a leg was started when no event started it."""

    OVERSLEPT = "Overslept"
    COUNCIL_CHANGED = "CouncilChanged"
    ALL_WOKEN = "AllWoken"
    LETTER_RETURNED = "LetterReturned"
    SIGN_OF_ABSENCE = "SignOfAbsence"
    HEAD_REBUILT = "HeadRebuilt"


class Fate(StrEnum):
    """What happened to an execution, in words for operators."""

    RUNNING = "it runs"
    SUPERSEDED = "stopped by this service"
    STOPPED = "stopped by somebody: its cause is not ours"
    SUCCEEDED = "ended by itself"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    NEVER_BEGAN = "it never began"
    NOT_ASKED = "not asked"


#: The error name of executions that this service stopped itself.
_OURS = "Superseded"
#: The most executions that one page of a list holds.
_PAGE = 1000

#: The only reasons an execution may give: kinds of facts and repairs, never anyone's own words.
BECAUSE = frozenset({*FACTS, *Repair})


@dataclass(frozen=True)
class Began:
    """Why a leg was started, at which stage, and when it wakes at the latest (past: at once).

    HEAD keeps it: to start the leg again, the same input is needed, or Step Functions takes it for
    another execution of that name. Raise ``ValueError`` for any other reason.
    """

    because: str
    stage: Stage
    wakes: datetime | None

    def __post_init__(self) -> None:
        """Accept no other word."""
        if self.because not in BECAUSE:
            message = f"{self.because!r} is no kind of fact and no repair."
            raise ValueError(message)

    def told(self) -> dict[str, str | None]:
        """Return what the execution's input says about it."""
        wakes = utc_text(self.wakes) if self.wakes else None
        return {"because": str(self.because), "stage": self.stage.title, "wakes": wakes}


class Executions:
    """Starts and stops legs. What is true is decided by the record, never by what runs."""

    def __init__(self, client: Callable[[], SFNClient], machine: Callable[[], str]) -> None:
        """Take functions that make the client and the state machine's ARN, called at first use."""
        self._make = client
        self._machine = machine

    def start(self, reference: str, leg: int, began: Began | None) -> bool:
        """Start this leg. Return whether it runs now, by this call or an earlier one.

        ``began`` is what HEAD says about this leg (``None``: written before HEAD said it).
        ``False``: an execution of this name has ended, and Step Functions gives no name twice
        within 90 days. (A second start with the same input succeeds while the first still runs.
        Afterwards, or with another input, it gets ``ExecutionAlreadyExists``.)
        Raise botocore's ``ClientError`` when Step Functions refuses: Sweep starts it later.
        """
        try:
            self._make().start_execution(
                stateMachineArn=self._machine(),
                name=f"{reference}_{leg}",
                input=json.dumps(
                    {"reference": reference, "leg": leg, **(began.told() if began else {})}
                ),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            return False
        return True

    def stop(self, reference: str, leg: int, cause: str) -> None:
        """Stop a leg that another replaced. It does no harm if it has ended or never was."""
        arn = self._machine().replace(":stateMachine:", ":execution:")
        try:
            self._make().stop_execution(
                executionArn=f"{arn}:{reference}_{leg}", error=_OURS, cause=cause
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise

    def running(self) -> dict[str, int]:
        """Return the latest running leg of each challenge, by reference: one call per thousand.

        It may miss what started a moment ago, and include what has ended. Raise botocore's errors.
        """
        pages = (
            self._make()
            .get_paginator("list_executions")
            .paginate(
                stateMachineArn=self._machine(),
                statusFilter="RUNNING",
                PaginationConfig={"PageSize": _PAGE},
            )
        )
        legs: dict[str, int] = {}
        for page in pages:
            for execution in page["executions"]:
                reference, _, leg = execution["name"].rpartition("_")
                if leg.isdecimal():  # any other name was started by hand and is not a leg
                    legs[reference] = max(legs.get(reference, 0), int(leg))
        return legs

    def fate(self, reference: str, leg: int) -> Fate:
        """Return what happened to a leg. Raise botocore's errors."""
        arn = self._machine().replace(":stateMachine:", ":execution:")
        try:
            found = self._make().describe_execution(executionArn=f"{arn}:{reference}_{leg}")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return Fate.NEVER_BEGAN
        if found["status"] == "ABORTED":
            return Fate.SUPERSEDED if found.get("error") == _OURS else Fate.STOPPED
        return Fate[found["status"]]
