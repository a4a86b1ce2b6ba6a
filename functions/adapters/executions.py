"""Legs: each is one execution of the state machine, named ``<reference>_<leg>``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_stepfunctions.client import SFNClient

__all__ = ["Executions"]


class Executions:
    """Starts and stops legs. Whether either happens never decides what is true: the record does."""

    def __init__(self, client: Callable[[], SFNClient], machine: Callable[[], str]) -> None:
        """Take what makes the client, and the state machine's ARN; both when first used."""
        self._make = client
        self._machine = machine

    def start(self, reference: str, leg: int) -> bool:
        """Start this leg; whether it runs now, by this call or one before.

        ``False``: an execution of this name has ended, and Step Functions gives no name twice
        within 90 days. (It answers a second start with success while the first still runs, and
        with ``ExecutionAlreadyExists`` after; other input than ours cannot stand in its way.)
        Raises botocore's ``ClientError`` when Step Functions refuses: Sweep starts it later.
        """
        try:
            self._make().start_execution(
                stateMachineArn=self._machine(),
                name=f"{reference}_{leg}",
                input=json.dumps({"reference": reference, "leg": leg}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            return False
        return True

    def stop(self, reference: str, leg: int, cause: str) -> None:
        """Stop a leg that another took over from. If it has ended, or never was, no harm."""
        arn = self._machine().replace(":stateMachine:", ":execution:")
        try:
            self._make().stop_execution(
                executionArn=f"{arn}:{reference}_{leg}", error="Superseded", cause=cause
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
