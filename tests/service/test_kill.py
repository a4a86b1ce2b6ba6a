"""``kill -9`` at random moments of a busy minute loses nothing that had been answered."""

from __future__ import annotations

import os
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import requests

from tests.service.running import IRA, TESSA, Client, Running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.xdist_group("service"),
    pytest.mark.timeout(300),
]

KILLS = 4
CLIENTS = 3


@dataclass
class Answered:
    """What people were told had been done."""

    raised: list[str] = field(default_factory=list)
    replied: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    #: One for each of them.
    acts: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def note(self, done: list[str], reference: str) -> None:
        """Somebody was told so just now."""
        done.append(reference)
        self.acts.release()


def _busy(service: Running, answered: Answered, stopping: threading.Event, seed: int) -> None:
    """Raise, reply, decide, as fast as it goes, until the service is gone."""
    chance = random.Random(seed)
    try:
        ira, nobody = Client(service, IRA), Client(service)
        while not stopping.is_set():
            reference = ira.raise_challenge()
            answered.note(answered.raised, reference)
            if chance.random() < 0.3:
                continue
            try:
                link = service.reply_link(TESSA, reference)
            except StopIteration:
                continue  # mail had not gone out yet
            page = nobody.reply(link)
            assert page.status_code == requests.codes.ok, page.text
            answered.note(answered.replied, reference)
            if chance.random() < 0.5:
                done = ira.act(reference, "escalate", to="2", reason="Not resolved.")
                assert "?done=escalate" in done.url, done.text
                answered.note(answered.decided, reference)
            if chance.random() < 0.2:
                service.clock({"next": True})
    except requests.RequestException:
        return  # it was killed


def test_everything_that_was_answered_is_there_after_kill_9(tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED", "20261102"))
    print(f"KILL_SEED={seed}")  # noqa: T201 - shown when it fails
    chance = random.Random(seed)
    answered = Answered()
    with Running(tmp_path / "data") as service:
        for kill in range(KILLS):
            stopping = threading.Event()
            clients = [
                threading.Thread(
                    target=_busy, args=(service, answered, stopping, seed + 10 * kill + n)
                )
                for n in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            for _ in range(chance.randint(2, 9)):
                assert answered.acts.acquire(timeout=60)
            while kill == KILLS - 1 and not (answered.replied and answered.decided):
                assert answered.acts.acquire(timeout=60)
            time.sleep(chance.uniform(0, 1))  # in the middle of whatever comes next
            service.kill()
            stopping.set()
            for client in clients:
                client.join(60)
            service.start()
        assert len(answered.raised) > KILLS, "it was busy"
        assert answered.replied
        assert answered.decided

        ira = Client(service, IRA)
        pages = {ref: ira.get(f"/challenges/{ref}") for ref in answered.raised}
        assert all(page.status_code == requests.codes.ok for page in pages.values())
        lost = [ref for ref in answered.replied if "Sample-North replied" not in pages[ref].text]
        assert lost == []
        lost = [ref for ref in answered.decided if "Stage 2 began" not in pages[ref].text]
        assert lost == []

        pending = {deadline["reference"] for deadline in service.json("clock")["deadlines"]}
        assert set(answered.raised) <= pending, "an open challenge always waits for a moment"
        waiting = [ref for ref in answered.raised if ref not in answered.replied]
        for reference in waiting[:3]:
            if "Sample-North replied" in pages[reference].text:
                continue  # it was recorded, and the answer cut off
            link = service.reply_link(TESSA, reference)
            assert Client(service).get(link).status_code == requests.codes.ok
        found = service.verified()
        assert "0 with an event that does not fit" in found
