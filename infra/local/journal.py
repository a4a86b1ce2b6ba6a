"""The table on disk: a journal of every write that succeeded.

moto keeps its tables in memory. Here each request that changes the table is written to the end of
a file before it is answered, one line of JSON each, and repeated in that order at the next start.
A line is handed to the operating system whole, so that killing the process loses nothing that was
answered. A write that was killed between the table and the journal was never answered.

moto also checks a condition and writes in two steps, and so loses updates between threads. The same
lock that keeps journal and table in one order makes each request one step.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.request import normalize_request
from moto.dynamodb.responses import DynamoHandler

from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

__all__ = ["Journal", "JournalError", "keep_dynamodb_whole"]

#: The requests that change items. (PartiQL can too; the service does not use it, and what is
#: changed by it is not kept.)
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
_OK = 200

_log = logging.getLogger(__name__)


class JournalError(RuntimeError):
    """The journal cannot be repeated. The message names the file, the line, and what to do."""


class Journal:
    """The file of writes; without a ``file`` nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._descriptor: int | None = None

    def open(self, *, table: str, region: str) -> int:
        """Repeat what the file holds, drop a torn last line, and go on at its end.

        Returns the number of writes repeated. Raises ``JournalError``.
        """
        if self._file is None:
            return 0
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        content = self._file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            _log.warning(
                "The last line of %s was cut short, in the middle of a write that was never "
                "answered. It is dropped.",
                self._file,
            )
            os.ftruncate(self._descriptor, whole)
        lines = content[:whole].splitlines()
        for number, line in enumerate(lines, start=1):
            self._repeat(number, line, table=table, region=region)
        return len(lines)

    def keep(self, operation: str, request: Mapping[str, Any]) -> None:
        """Write a request down; when this returns, the operating system has it."""
        if self._descriptor is None:
            return
        entry = {"operation": operation, "request": request}
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        written = os.write(self._descriptor, line)
        if written != len(line):
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            message = f"The disk is full: {self._file} takes no more. Free some space."
            raise OSError(message)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _repeat(self, number: int, line: bytes, *, table: str, region: str) -> None:
        try:
            entry = json.loads(line)
            status, answer = _request(entry["operation"], entry["request"], region)
        except (ValueError, KeyError, TypeError) as fault:
            status, answer = 0, repr(fault)
        if status != _OK:
            message = (
                f"Line {number} of {self._file} cannot be repeated on the table {table}: {answer}. "
                "If the file was written by an older version of the service, move the data "
                "directory away to start with an empty one."
            )
            raise JournalError(message)


def keep_dynamodb_whole(journal: Journal, *, table: str, region: str, until: ExitStack) -> None:
    """Make each request to DynamoDB one step, and keep each write to ``table`` in the journal."""
    one_at_a_time = threading.RLock()
    call_action = DynamoHandler.call_action

    def call(self: Any) -> Any:  # noqa: ANN401 (moto's request and answer)
        with one_at_a_time:
            answer = call_action(self)
            operation = self._get_action()
            if operation in _WRITES and answer[0] == _OK and self.region == region:
                request = json.loads(self.raw_body)
                if table in _tables(operation, request):
                    journal.keep(operation, request)
            return answer

    rebind(until, DynamoHandler, "call_action", call)


def _tables(operation: str, request: Mapping[str, Any]) -> set[str]:
    if operation == "TransactWriteItems":
        return {op["TableName"] for item in request["TransactItems"] for op in item.values()}
    if operation == "BatchWriteItem":
        return set(request["RequestItems"])
    return {request["TableName"]}


def _request(operation: str, request: Mapping[str, Any], region: str) -> tuple[int, str]:
    """Ask moto's DynamoDB, as a client would over the wire; its status and answer."""
    url = f"https://dynamodb.{region}.amazonaws.com/"
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    body = json.dumps(request).encode()
    prepared = AWSPreparedRequest("POST", url, HTTPHeaders.from_dict(headers), body, False)  # noqa: FBT003 (botocore's own signature)
    status, _, answer = DynamoHandler.dispatch(normalize_request(prepared), url, headers)
    return int(status), answer if isinstance(answer, str) else answer.decode()
