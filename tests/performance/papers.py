"""How long documents take to be made once a function is warm: ``make bench`` prints it.

Each is made of a silent ladder: every stage without a reply, reminders and chasers, to the end. The
time is processor time, from the record as it is read to the bytes of the PDF.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from adapters.typesetting import Document, Typesetter
from domain.directory import Officer
from domain.ladder import Stage
from domain.vocabulary import Capacity
from handlers.documents import report
from handlers.pages.acts import Scene
from tests.builders import IRA, raised

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_MILLISECONDS", "Made", "made"]

#: What a document may take, so that nobody waits for it.
MOST_MILLISECONDS = 100


@dataclass(frozen=True)
class Made:
    """A document: what it is called, how long it takes, and how large it is."""

    called: str
    milliseconds: float
    size: int


def made(rounds: int) -> list[Made]:
    """Make each document so many ``rounds``, after once that does not count; return the medians."""
    case = raised(Stage.ONE).until("2026-12-11 10:00")
    officer = Officer(IRA, "Ira Sample-One", "")
    who = frozenset({Capacity.IRO})
    scene = Scene(case.challenge, case.council, officer, who, case.now)
    typesetter = Typesetter()

    def whole() -> Document:
        # Without the foot, which needs the council's key.
        sections = tuple(report.sections(scene))
        return Document("Report", report.about(scene), officer.name, case.now, (), sections)

    return [_made("report", whole, typesetter, rounds)]


def _made(
    called: str, document: Callable[[], Document], typesetter: Typesetter, rounds: int
) -> Made:
    size = len(typesetter.pdf(document()))
    times = []
    for _ in range(rounds):
        began = time.process_time()
        typesetter.pdf(document())
        times.append(time.process_time() - began)
    return Made(called, median(times) * 1000, size)
