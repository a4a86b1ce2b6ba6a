"""The table on disk: a journal of every write that succeeded.

moto keeps its tables in memory. Here each request that changes the table is written to the end of
a file before it is answered, one line of JSON each, and repeated in that order at the next start::

    {"crc32":"6f1d2a90","operation":"PutItem","request":{…}}

A line is synced before the request is answered and before the next one is written: a power cut can
damage only the last line, which was never answered. The checksum, of everything after it, shows the
damage. A damaged last line is set aside; damage further up cannot come from a power cut, so it is
an error. (Lines without a checksum are from older versions.)

moto also checks a condition and writes in two steps, and so loses updates between threads. The same
lock that keeps journal and table in one order makes each request one step.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import re
import threading
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.request import normalize_request
from moto.dynamodb.responses import DynamoHandler

from infra.local.disk import DataError, Disk
from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

__all__ = ["Journal", "JournalError", "keep_dynamodb_whole"]

#: The requests that change items. (PartiQL can too, but the service does not use it, and its
#: changes are not kept.)
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
_OK = 200

_log = logging.getLogger(__name__)


class JournalError(DataError):
    """The journal cannot be replayed. The message names the file, the line, and what to do."""


@dataclass(frozen=True)
class _Entry:
    """A line of the journal. ``proven``: its checksum shows that it is undamaged."""

    operation: str
    request: dict[str, Any]
    proven: bool


class Journal:
    """The file of writes; without a ``file`` nothing is kept."""

    def __init__(self, file: Path | None, disk: Disk | None = None) -> None:
        self._file = file
        self._disk = disk or Disk()
        self._descriptor: int | None = None

    def open(self, *, table: str, region: str) -> int:
        """Repeat what the file holds, set a damaged end aside, and continue at its end.

        Return the number of writes repeated. Raise ``JournalError``.
        """
        if self._file is None:
            return 0
        self._descriptor = self._disk.open_at_its_end(self._file)
        content = self._file.read_bytes()
        *lines, cut_short = content.split(b"\n")
        whole = 0
        for number, line in enumerate(lines, start=1):
            entry = _entry(line)
            fault = _repeat(entry, region) if entry else "it is damaged"
            if not fault:
                whole += len(line) + 1
                continue
            # A line is begun only once the one before it is on disk.
            is_last = not any(_BEGINS.match(later) for later in (*lines[number:], cut_short))
            if not is_last or (entry and entry.proven):
                raise JournalError(_cannot_be_repeated(self._file, number, table, fault))
            break
        else:
            number, fault = len(lines) + 1, "it was cut short"
        if whole < len(content):
            aside = _beside(self._file)
            self._disk.replace(aside, content[whole:])
            self._disk.cut(self._file, self._descriptor, whole)
            _log.warning(_SET_ASIDE, number, self._file, fault, aside)
        return number - 1

    def keep(self, operation: str, request: Mapping[str, Any]) -> None:
        """Write a request down; when this returns, it is on disk.

        Raise ``DiskError``, and ``JournalError`` once the file is closed: a write that is not on
        disk must not be answered.
        """
        if self._file is None:
            return
        if self._descriptor is None:
            message = f"{self._file} is closed: the service is stopping. Try again when it runs."
            raise JournalError(message)
        entry = {"operation": operation, "request": request}
        body = json.dumps(entry, separators=(",", ":")).encode()[1:]
        line = b'{"crc32":"%08x",%b\n' % (zlib.crc32(body), body)
        self._disk.append(self._file, self._descriptor, line)

    def check(self) -> None:
        """Raise ``DiskError`` if the table is ahead of the file."""
        self._disk.check()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_SET_ASIDE = (
    "Line %d of %s, the last, cannot be repeated: %s. A power cut, a kill or a full disk "
    "interrupted a write before it was answered. The line is set aside in %s, and the service "
    "continues without it."
)


def _beside(file: Path) -> Path:
    """Return a name beside ``file`` that is not used yet."""
    names = (f"{file.stem}-set-aside-{n}{file.suffix}" for n in itertools.count(1))
    return next(one for one in map(file.with_name, names) if not one.exists())


#: How a line begins, with a checksum and without.
_BEGINS = re.compile(rb'\{"(?:crc32|operation)":"')
_CHECKSUM = re.compile(rb'\{"crc32":"([0-9a-f]{8})",')


def _entry(line: bytes) -> _Entry | None:
    """Return what a line says; None if it is damaged."""
    proven = False
    if found := _CHECKSUM.match(line):
        body = line[found.end() :]
        if int(found[1], 16) != zlib.crc32(body):
            return None
        line, proven = b"{" + body, True
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.keys() != {"operation", "request"}:
        return None
    if said["operation"] not in _WRITES or not isinstance(said["request"], dict):
        return None
    return _Entry(said["operation"], said["request"], proven)


def _repeat(entry: _Entry, region: str) -> str:
    """Repeat a write. Return what went wrong, if anything, without any of the content."""
    try:
        status, answer = _request(entry.operation, entry.request, region)
        if status == _OK:
            return ""
        return f"the table answers {json.loads(answer)['__type'].rpartition('#')[2]}"
    except Exception as error:  # noqa: BLE001 (what moto does with a damaged request is open)
        return f"the table raises {type(error).__name__}"


def _cannot_be_repeated(file: Path, number: int, table: str, fault: str) -> str:
    return (
        f"Line {number} of {file} cannot be repeated on the table {table}: {fault}. It was "
        "answered, so the service does not start without it, and nothing was changed. Put "
        "back an undamaged copy of the data directory. If an older version of the service "
        "wrote it, start that version. To begin with an empty one, move the data directory "
        "away, or choose another with DATA_DIR."
    )


def keep_dynamodb_whole(journal: Journal, *, table: str, region: str, until: ExitStack) -> None:
    """Make each DynamoDB request one step, and keep each write to ``table`` in the journal."""
    one_at_a_time = threading.RLock()
    call_action = DynamoHandler.call_action

    def call(self: Any) -> Any:  # noqa: ANN401 (moto's request and answer)
        with one_at_a_time:
            journal.check()
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
    """Ask moto's DynamoDB as a client would over HTTP. Return its status and answer."""
    url = f"https://dynamodb.{region}.amazonaws.com/"
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    body = json.dumps(request).encode()
    prepared = AWSPreparedRequest("POST", url, HTTPHeaders.from_dict(headers), body, False)  # noqa: FBT003 (botocore's own signature)
    status, _, answer = DynamoHandler.dispatch(normalize_request(prepared), url, headers)
    return int(status), answer if isinstance(answer, str) else answer.decode()
