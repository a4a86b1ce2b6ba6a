"""How long the pages take, as time of the processor, without what the emulator takes for AWS.

A page is opened many times among many challenges. What is measured is the time that its thread
spends in our code and in the libraries below it: not how long the machine was busy with something
else, and not moto's time to play DynamoDB. On AWS the calls' own time comes on top.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.core.botocore_stubber import BotocoreStubber

from domain.ladder import Stage
from handlers import pages
from infra.blueprint import SWEEP
from infra.local.rebinding import rebind
from tests.pages.visitor import Visitor, reply_link
from tests.performance.growth import crowd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflow.service import Service

__all__ = ["MOST_MILLISECONDS", "Opened", "opened"]

#: What nineteen of twenty openings of a page may take at most, in milliseconds.
MOST_MILLISECONDS = 50

#: How many other challenges are open, all of one IRO and in one manager's tray: as many as the
#: children whose IRO somebody is (50 to 70), each of them with a challenge.
OTHERS = 60


@dataclass(frozen=True)
class Opened:
    """A page, and the milliseconds within which half and nineteen of twenty openings were done."""

    called: str
    half: float
    most: float


class _Stopwatch:
    """Adds up the time of the processor in the pages, and in the emulator below them."""

    def __init__(self) -> None:
        self.own = 0.0
        self.emulator = 0.0


@contextmanager
def _timed() -> Iterator[_Stopwatch]:
    watch = _Stopwatch()
    answer, play = pages.app.resolve, BotocoreStubber.__call__

    def resolve(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - Powertools'
        began, below = time.thread_time(), watch.emulator
        try:
            return answer(*arguments, **named)
        finally:
            watch.own += time.thread_time() - began - (watch.emulator - below)

    def played(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - moto's
        began = time.thread_time()
        try:
            return play(*arguments, **named)
        finally:
            watch.emulator += time.thread_time() - began

    with ExitStack() as until:
        rebind(until, pages.app, "resolve", resolve)
        rebind(until, BotocoreStubber, "__call__", played)
        yield watch


def opened(service: Service, rounds: int) -> list[Opened]:
    """Open each of the pages ``rounds`` times, once everything is loaded; return what they took."""
    crowd(service, OTHERS)
    service.emulator.invoke(SWEEP.name, {})  # it notes that no row of an older release is left
    reference = service.raise_at(Stage.ONE)
    iro, srsm, manager = (Visitor(service, id_) for id_ in ("iro-1", "srsm", "tm-n"))
    link, nobody = reply_link(service, "tm-n"), Visitor(service)
    asked = {
        "front page of an IRO": (iro, "/"),
        "front page of the SRSM": (srsm, "/"),
        "front page of a manager": (manager, "/"),
        "all open challenges": (srsm, "/challenges"),
        "the same, by stage": (srsm, "/challenges?stage=1"),
        "a challenge": (iro, f"/challenges/{reference}"),
        "moving it up": (iro, f"/challenges/{reference}/escalate"),
        "raising one": (iro, "/raise"),
        "a reply, by link": (nobody, link),
        "help": (iro, "/help"),
    }
    return [_opened(called, who, address, rounds) for called, (who, address) in asked.items()]


def _opened(called: str, who: Visitor, address: str, rounds: int) -> Opened:
    page = who.get(address)  # loads what only it needs, and leads to a form's own address
    times = []
    for _ in range(rounds):
        with _timed() as watch:
            who.get(page.address)
        times.append(watch.own * 1000)
    times.sort()
    return Opened(called, times[rounds // 2], times[min(rounds - 1, rounds * 19 // 20)])
