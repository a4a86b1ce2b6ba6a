"""The disk fills up while the service runs: it says so and stops, and no answered request is lost.

A limit on file size acts as the full disk: the system refuses the rest of a line, as a full disk
does.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from tests.patience import LIMIT
from tests.service.running import IRA, TESSA, Client, Running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("service")

#: The disk is full before this many challenges are raised.
MANY = 60


def test_a_full_disk_stops_the_service_and_the_next_start_has_everything_that_was_answered(
    tmp_path: Path,
) -> None:
    service = Running(tmp_path / "data")
    answered = []
    with service:
        answered.append(Client(service, IRA).raise_challenge())
        assert service.stop() == 0
        journal = service.data / "journal.jsonl"
        service.largest_file = journal.stat().st_size + 40_000
        service.start()
        ira = Client(service, IRA)
        with suppress(requests.ConnectionError):
            answered.extend(ira.raise_challenge() for _ in range(MANY))
        assert service.ended() == 1
        assert 1 < len(answered) < MANY
        said = f"The local service has stopped. {journal} could not be written: File too large."
        assert said in service.log
        assert "Everything that was answered is on disk. Free some space" in service.log

        service.largest_file = None
        service.start()
        # An email that was being sent when the service stopped is tried again after its claim ends.
        now = datetime.fromisoformat(service.json("clock")["now"])
        moved = service.clock({"to": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"})
        assert moved.status_code == requests.codes.ok, moved.text
        ira = Client(service, IRA)
        for reference in answered:
            assert ira.get(f"/challenges/{reference}").status_code == requests.codes.ok
            assert service.reply_link(TESSA, reference)
        assert "0 with an event that does not fit" in service.verified()
        again = ira.raise_challenge()
        assert service.reply_link(TESSA, again), "it goes on"
        assert service.stop() == 0
        service.start()
        assert Client(service, IRA).get(f"/challenges/{again}").status_code == requests.codes.ok


def test_a_disk_that_is_full_at_the_start_is_a_clear_error(tmp_path: Path) -> None:
    service = Running(tmp_path / "data")
    service.largest_file = 2_000
    process = service.spawn()
    process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert "The local service has stopped. " in service.log
    assert "Traceback" not in service.log
    service.largest_file = None
    with service:
        assert Client(service, IRA).raise_challenge()


def test_a_damaged_journal_is_a_clear_error_and_a_damaged_last_line_is_set_aside(
    tmp_path: Path,
) -> None:
    service = Running(tmp_path / "data")
    with service:
        reference = Client(service, IRA).raise_challenge()
        service.settle()
        service.kill()
        journal = service.data / "journal.jsonl"
        whole = journal.read_bytes()
        journal.write_bytes(whole + bytes(700))
        service.start()
        aside = service.data / "journal-set-aside-1.jsonl"
        assert f"The line is set aside in {aside}" in service.log
        assert aside.read_bytes() == bytes(700)
        page = Client(service, IRA).get(f"/challenges/{reference}")
        assert page.status_code == requests.codes.ok
        service.kill()
        lines = whole.splitlines(keepends=True)
        journal.write_bytes(b"".join([*lines[:-3], bytes(50) + b"\n", *lines[-2:]]))
        process = service.spawn()
        process.communicate(timeout=LIMIT)
        assert process.returncode == 1
        said = f"The local service cannot start. Line {len(lines) - 2} of {journal} cannot be"
        assert said in service.log
        assert "Traceback" not in service.log
