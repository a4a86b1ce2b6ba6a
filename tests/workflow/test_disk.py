"""A full disk, and what a power cut leaves of the last line: no write that was answered is lost."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters.mailroom import KEYS as MAILS
from adapters.seals import KEYS as SEALS
from infra.local.disk import DataError, Disk, DiskError
from infra.local.duties import keep_seals
from infra.local.emulator import HEADS_BUCKET, MAIL_BUCKET, TABLE, Emulator
from infra.local.journal import Journal, JournalError
from infra.local.mail_in import Received
from tests.workflow.kept import give_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DAY = timedelta(days=1)
MAIL_FROM = "positive-challenge@council.example"
LETTER = f"From: {MAIL_FROM}\r\nTo: tm@council.example\r\nSubject: Reply due\r\n\r\nPlease.\r\n"


# A disk that is full ----------------------------------------------------------------------------


#: The calls that a full or broken disk may refuse.
REFUSED = ("open", "write", "fsync", "replace", "mkdir")


class SmallDisk:
    """A disk that takes ``room`` acts below ``folder``, and half of the next write.

    With ``room_for_bytes`` it takes that many bytes instead. Freed space is not used again.
    """

    def __init__(
        self, folder: Path, room: int = sys.maxsize, room_for_bytes: int = sys.maxsize
    ) -> None:
        self.acts: list[str] = []
        self.full = False
        self._folder = folder
        self._room = room
        self._paths: dict[int, str] = {}
        self._bytes = room_for_bytes

    def put_in(self, patch: pytest.MonkeyPatch) -> None:
        """Make the process use it."""
        opens = os.open

        def remembering(path: str | Path, *more: Any, **named: Any) -> int:  # noqa: ANN401
            descriptor = opens(path, *more, **named)
            self._paths[descriptor] = str(path)
            return descriptor

        patch.setattr(os, "open", remembering)
        for name in REFUSED:
            patch.setattr(os, name, self._refusing(name, getattr(os, name)))

    def _refusing(self, name: str, does: Callable[..., Any]) -> Callable[..., Any]:
        def act(what: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - any of the five
            is_read = name == "open" and not more[0] & (os.O_WRONLY | os.O_RDWR)
            if is_read or not self._is_below(what):
                return does(what, *more, **named)
            self.acts.append(name)
            taken = self._bytes
            if name == "write":
                taken = len(more[0]) // 2 if len(self.acts) > self._room else taken
                taken = min(taken, len(more[0]))
                self._bytes -= taken
            if self.full or len(self.acts) > self._room or (name == "write" and not taken):
                if name == "write" and taken and not self.full:
                    self.full = True
                    return does(what, more[0][:taken])
                self.full = True
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if name == "write":
                return does(what, more[0][:taken])
            return does(what, *more, **named)

        return act

    def _is_below(self, what: int | str | Path) -> bool:
        path = self._paths.get(what, "") if isinstance(what, int) else str(what)
        return path.startswith(str(self._folder))


@pytest.fixture(autouse=True)
def _alone() -> None:
    """These tests start emulators of their own."""
    give_way()


def test_of_lines_on_a_disk_of_any_size_those_that_were_acknowledged_are_there(
    tmp_path: Path,
) -> None:
    """Full at every byte, so in the middle of a line as well."""

    def lines(room: int) -> tuple[Path, list[str]]:
        folder = tmp_path / str(room)
        folder.mkdir()
        small = SmallDisk(folder, room_for_bytes=room)
        journal = Journal(folder / "journal.jsonl", Disk())
        acknowledged = []
        with pytest.MonkeyPatch.context() as patch:
            small.put_in(patch)
            journal.open(table=TABLE, region="eu-west-2")
            for key in ("é", "B", "C"):
                with suppress(DiskError):
                    journal.keep("PutItem", {"Item": {"PK": {"S": key}}})
                    acknowledged.append(key)
        journal.close()
        return folder / "journal.jsonl", acknowledged

    whole, _ = lines(sys.maxsize)
    size = whole.stat().st_size
    for room in range(size + 1):
        file, acknowledged = lines(room)
        kept = [json.loads(line) for line in file.read_bytes().splitlines()]
        assert [one["request"]["Item"]["PK"]["S"] for one in kept] == acknowledged
        content = file.read_bytes()
        assert content == whole.read_bytes()[: len(content)]
    assert len(acknowledged) == 3


def test_a_file_that_is_written_anew_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    old, new = b"the old one", b"the new, which is longer"
    for room in range(len(new) + 1):
        file = tmp_path / f"{room}" / "clock.json"
        Disk().folder(file.parent)
        Disk().replace(file, old)
        with pytest.MonkeyPatch.context() as patch:
            SmallDisk(tmp_path, room_for_bytes=room).put_in(patch)
            if room < len(new):
                with pytest.raises(DiskError, match=r"clock\.json could not be written: No space"):
                    Disk().replace(file, new)
            else:
                Disk().replace(file, new)
        assert file.read_bytes() == (old if room < len(new) else new)
        assert list(file.parent.iterdir()) == [file], "what was begun takes no room"


# Everything that is kept ------------------------------------------------------------------------


@dataclass
class Local:
    """The local service's stores in ``data``, with toy functions."""

    data: Path
    #: What was acknowledged: the keys of items, and so on.
    items: list[str] = field(default_factory=list)
    letters: int = 0
    mails: list[str] = field(default_factory=list)
    nights: list[str] = field(default_factory=list)
    moment: datetime | None = None

    @contextmanager
    def running(self, disk: Disk) -> Iterator[tuple[Emulator, Received]]:
        emulator = Emulator(
            data_dir=self.data,
            aws_port=None,
            handlers={"intake": _takes_note},
            environment={},
            disk=disk,
        )
        with emulator, ExitStack() as until_stop:
            keep_seals(self.data / "heads", bucket=HEADS_BUCKET, disk=disk, until=until_stop)
            received = Received(
                self.data / "mail",
                bucket=MAIL_BUCKET,
                invoke=emulator.invoke,
                now=emulator.clock.now,
                disk=disk,
            )
            received.give_again()
            yield emulator, received

    def do(self, step: int, emulator: Emulator, received: Received) -> None:
        """Store one thing of each kind, and note it once it was acknowledged."""
        match step:
            case 0 | 5:
                _put(f"ITEM#{step}")
                self.items.append(f"ITEM#{step}")
            case 1:
                _send()
                self.letters += 1
            case 2:
                self.mails.append(received.take(b"Subject: a\r\n\r\nb", "a@b.example", []))
            case 3:
                target = emulator.clock.now() + DAY
                emulator.clock.move_to(target)
                self.moment = target
            case _:
                night = f"{SEALS}2026-11-0{len(self.nights) + 1}.json"
                boto3.client("s3").put_object(Bucket=HEADS_BUCKET, Key=night, Body=b"{}")
                self.nights.append(night)

    def check(self, emulator: Emulator) -> None:
        """Check that everything that was acknowledged is there."""
        s3 = boto3.client("s3")
        assert _items() >= {*self.items, *(f"MAIL#{mail}" for mail in self.mails)}
        assert len(emulator.outbox.mails()) >= self.letters
        for bucket, keys in (
            (MAIL_BUCKET, [f"{MAILS}{mail}" for mail in self.mails]),
            (HEADS_BUCKET, self.nights),
        ):
            for key in keys:
                assert s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        if self.moment:
            assert emulator.clock.now() >= self.moment


STEPS = range(6)


def _takes_note(event: dict[str, Any], _context: object) -> None:
    _put(f"MAIL#{event['Records'][0]['ses']['mail']['messageId']}")


def _put(key: str) -> None:
    item = {"PK": {"S": key}, "SK": {"S": "HEAD"}}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)


def _items() -> set[str]:
    scan = boto3.client("dynamodb").get_paginator("scan")
    return {i["PK"]["S"] for page in scan.paginate(TableName=TABLE) for i in page["Items"]}


def _send() -> None:
    boto3.client("sesv2").send_email(
        FromEmailAddress=MAIL_FROM,
        Destination={"ToAddresses": ["tm@council.example"]},
        Content={"Raw": {"Data": LETTER.encode()}},
    )


class _Watch:
    """Sees who writes below a folder, with Python's audit hooks, which cannot be removed."""

    def __init__(self) -> None:
        self.folder = ""
        self.bypassing: list[str] = []
        sys.addaudithook(self._look)

    def _look(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.folder or event not in ("open", "os.rename", "os.mkdir", "os.truncate"):
            return
        if event == "open" and not (given[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        path = str(given[0])
        if not path.startswith(self.folder):
            return
        frame = sys._getframe()
        while frame.f_back and not frame.f_code.co_filename.endswith("infra/local/disk.py"):
            frame = frame.f_back
        if not frame.f_back:
            self.bypassing.append(f"{event} {path}")


@pytest.mark.parametrize(
    "every",
    [pytest.param(4, id="every fourth"), pytest.param(1, id="every one", marks=pytest.mark.night)],
)
def test_wherever_the_disk_is_full_nothing_more_is_answered_and_a_start_finds_what_was(
    tmp_path: Path, every: int
) -> None:
    """Every disk operation that storing one of everything takes, found by doing it once."""
    watch, found = _Watch(), SmallDisk(tmp_path)
    watch.folder = str(tmp_path)
    _run(tmp_path / "whole", found, times=1)
    watch.folder = ""
    assert watch.bypassing == [], "all that is kept goes through Disk"
    assert len(found.acts) > 30
    assert set(found.acts) == set(REFUSED)
    for room, act in [*enumerate(found.acts)][::every]:
        small = SmallDisk(tmp_path, room)
        local = _run(tmp_path / f"{room}-{act}", small, times=2)
        assert small.full
        with local.running(Disk()) as (emulator, received):
            local.check(emulator)
            local.do(0, emulator, received)


def _run(data: Path, small: SmallDisk, times: int) -> Local:
    """Store one of everything, ``times`` over, on a small disk."""
    local = Local(data)
    disk = Disk()
    with pytest.MonkeyPatch.context() as patch:
        small.put_in(patch)
        with suppress(DiskError), local.running(disk) as (emulator, received):
            for step in [*STEPS] * times:
                was_full, answered = small.full, False
                with suppress(Exception):  # whatever carries the error through AWS and back
                    local.do(step, emulator, received)
                    answered = True
                if was_full:
                    assert not answered, "the same request, repeated, is not answered either"
                    with pytest.raises(DiskError):
                        _items()
    return local


def test_whoever_owns_the_disk_is_told_before_anybody_is_answered(tmp_path: Path) -> None:
    told: list[DiskError] = []
    local = Local(tmp_path / "data")
    with pytest.MonkeyPatch.context() as patch:
        small = SmallDisk(tmp_path)
        small.put_in(patch)
        with local.running(Disk(told.append)):
            small.full = True
            with pytest.raises(DiskError):
                _put("A")
    (error,) = told
    assert error.errno == errno.ENOSPC
    assert "journal.jsonl could not be written: No space left on device. Every" in str(error)


# A power cut ------------------------------------------------------------------------------------


def _journal(data: Path, *keys: str) -> tuple[Path, bytes]:
    """Return a journal of these keys, and its last line."""
    with Local(data).running(Disk()):
        for key in keys:
            _put(key)
    file = data / "journal.jsonl"
    return file, file.read_bytes().splitlines(keepends=True)[-1]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "half a line": lambda line: line[: len(line) // 2],
    "no end": lambda line: line[:-1],
    "NUL bytes": lambda line: bytes(len(line)),
    "NUL bytes, a longer file": lambda line: bytes(4096 + len(line)),
    "NUL bytes within": lambda line: line[:30] + bytes(20) + line[50:],
    "NUL bytes at its end": lambda line: line[:30] + bytes(len(line) - 30),
    "a line end within": lambda line: line[:60] + b"\n" + line[61:],
    "invalid UTF-8": lambda line: line.replace(b"ITEM", b"IT\xff\xfe"),
    "a damaged key": lambda line: line.replace(b'"PK"', b'"PJ"'),
    "a damaged name": lambda line: line.replace(b'"request"', b'"requesT"'),
    "a damaged word, which could still be repeated": lambda line: line.replace(b"ITEM", b"ITEN"),
    "a damaged checksum": lambda line: line.replace(b'"crc32":"', b'"crc32":"x'),
    "brackets without end": lambda _: b"[" * 200_000 + b"\n",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_last_line_that_a_power_cut_damaged_is_set_aside_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    file, line = _journal(tmp_path / "data", "A", "B", "ITEM#1")
    before = file.read_bytes()[: -len(line)]
    damaged = DAMAGE[damage](line)
    assert damaged != line
    file.write_bytes(before + damaged)
    with caplog.at_level(logging.WARNING), Local(tmp_path / "data").running(Disk()):
        assert _items() == {"A", "B"}
        _put("C")
    aside = file.with_name("journal-set-aside-1.jsonl")
    assert aside.read_bytes() == damaged
    (said,) = [one.getMessage() for one in caplog.records if "set aside" in one.getMessage()]
    assert said.startswith(f"Line 3 of {file}, the last, cannot be repeated: ")
    assert str(aside) in said
    with Local(tmp_path / "data").running(Disk()):
        assert _items() == {"A", "B", "C"}
    assert len(list(file.parent.glob("journal-set-aside-*"))) == 1


def test_a_second_last_line_that_is_set_aside_leaves_the_first_there(tmp_path: Path) -> None:
    for number in (1, 2):
        file, line = _journal(tmp_path / "data", "A", "B")
        file.write_bytes(file.read_bytes()[: -len(line) // 2])
        with Local(tmp_path / "data").running(Disk()):
            assert _items() == {"A"}
        assert file.with_name(f"journal-set-aside-{number}.jsonl").exists()


@pytest.mark.parametrize("damage", [d for d in DAMAGE if d not in ("half a line", "no end")])
@pytest.mark.parametrize("after", ["whole lines", "a line that is damaged too"])
def test_damage_in_the_middle_is_refused_with_its_line_and_changes_nothing(
    tmp_path: Path, damage: str, after: str
) -> None:
    file, line = _journal(tmp_path / "data", "A", "ITEM#1")
    before = file.read_bytes()[: -len(line)]
    behind = before if after == "whole lines" else before[:-9]
    damaged = DAMAGE[damage](line)
    damaged += b"" if damaged.endswith(b"\n") else b"\n"
    content = before + damaged + behind
    file.write_bytes(content)
    environment = dict(os.environ)
    with (
        pytest.raises(JournalError, match=r"Line 2 of .*journal\.jsonl cannot be .* copy of the"),
        Local(tmp_path / "data").running(Disk()),
    ):
        pass
    assert file.read_bytes() == content
    assert list(file.parent.glob("journal-set-aside-*")) == []
    assert dict(os.environ) == environment


def test_a_last_line_that_is_whole_and_cannot_be_repeated_was_answered_and_is_not_set_aside(
    tmp_path: Path,
) -> None:
    file, _ = _journal(tmp_path / "data", "A")
    disk = Disk()
    journal = Journal(file, disk)
    journal._descriptor = disk.open_at_its_end(file)
    journal.keep("PutItem", {})
    journal.close()
    with (
        pytest.raises(JournalError, match=r"Line 2 of .*: the table (?:raises|answers) "),
        Local(tmp_path / "data").running(Disk()),
    ):
        pass


def test_what_is_written_after_the_journal_was_closed_is_not_answered(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.open(table=TABLE, region="eu-west-2")
    journal.close()
    with pytest.raises(JournalError, match="is closed: the service is stopping"):
        journal.keep("PutItem", {})


def test_a_journal_from_before_there_was_a_checksum_is_repeated(tmp_path: Path) -> None:
    item = {"PK": {"S": "A"}, "SK": {"S": "HEAD"}}
    lines = [
        {"operation": "PutItem", "request": {"TableName": TABLE, "Item": item}},
        {"operation": "PutItem", "request": {"TableName": TABLE, "Item": {"PJ": {"S": "A"}}}},
    ]
    file = tmp_path / "data" / "journal.jsonl"
    file.parent.mkdir()
    file.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines))
    with Local(tmp_path / "data").running(Disk()):
        assert _items() == {"A"}
        _put("B")
    with Local(tmp_path / "data").running(Disk()):
        assert _items() == {"A", "B"}


@pytest.mark.parametrize("name", ["clock.json", "secret.json", "advice.json", "outbox/000001.eml"])
@pytest.mark.parametrize("content", [b"", bytes(40), b'{"offset_seconds": 1'])
def test_another_file_that_is_damaged_is_named_with_what_to_do(
    tmp_path: Path, name: str, content: bytes
) -> None:
    local = Local(tmp_path / "data")
    with local.running(Disk()) as (emulator, received):
        local.do(1, emulator, received)
    file = local.data / name
    file.write_bytes(content)
    with (
        pytest.raises(DataError, match=rf"{file} is damaged\. .*move it.*"),
        local.running(Disk()),
    ):
        pass
    assert file.read_bytes() == content


def test_a_mail_in_whose_event_is_damaged_is_given_with_an_event_made_anew(tmp_path: Path) -> None:
    local = Local(tmp_path / "data")
    with local.running(Disk()) as (emulator, received):
        local.do(2, emulator, received)
    (taken,) = (local.data / "mail").glob("*.taken.json")
    taken.with_name(f"{local.mails[0]}.waiting.json").write_bytes(bytes(300))
    (local.data / "journal.jsonl").unlink()
    with local.running(Disk()) as (emulator, _):
        local.check(emulator)


def test_what_is_kept_is_synced_before_it_is_answered_and_so_is_a_new_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Local(tmp_path / "data")
    unsynced: set[str] = set()
    paths: dict[int, str] = {}
    opens, write, sync, replace = os.open, os.write, os.fsync, os.replace

    def opening(path: str | Path, *more: Any, **named: Any) -> int:  # noqa: ANN401 - os.open's
        descriptor = opens(path, *more, **named)
        paths[descriptor] = str(path)
        return descriptor

    def writing(descriptor: int, content: bytes) -> int:
        if paths.get(descriptor, "").startswith(str(tmp_path)):
            unsynced.add(paths[descriptor])
        return write(descriptor, content)

    def syncing(descriptor: int) -> None:
        sync(descriptor)
        unsynced.discard(paths[descriptor])

    def replacing(file: Path, to: Path) -> None:
        assert str(file) not in unsynced, "its content first, then its name"
        replace(file, to)
        if str(to).startswith(str(tmp_path)):
            unsynced.add(str(to.parent))

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(os, "write", writing)
    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", replacing)
    with local.running(Disk()) as (emulator, received):
        assert unsynced == set()
        for step in STEPS:
            local.do(step, emulator, received)
            assert unsynced == set()


@pytest.mark.usefixtures("tmp_path")
def test_an_emulator_in_memory_syncs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_descriptor: int) -> None:
        pytest.fail("nothing is kept")

    monkeypatch.setattr(os, "fsync", never)
    with Emulator(data_dir=None, aws_port=None, environment={}, start_at=datetime.now(UTC)):
        _put("A")
        _send()
