"""Every kind of email as HTML and plain text, to look at: ``python -m tests.emails FOLDER``.

Each is written by the service's own code, for challenges that really happened
(``tests/unit/test_letters.py``). :func:`every_email` is what tests read.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.letters import (
    DAILY,
    DailyContext,
    DailyLine,
    MailAnswer,
    MailAnswerContext,
    write,
)

if TYPE_CHECKING:
    from adapters.mail import Written

__all__ = ["every_email"]

_URL = "https://challenges.example/"
_COUNCIL = "Sampleshire County Council"
_SRSM = "Sara Sample-Three, the Safeguarding & Review Service Manager (sara@council.example)"


@cache
def every_email() -> dict[str, Written]:
    """Return one email of each kind, by a name: of each template and each kind of event."""
    from tests.unit.test_letters import post  # noqa: PLC0415 - its stories take seconds

    found: dict[str, Written] = {"daily": daily(), "daily-in-training": daily(training=True)}
    found |= {str(one): _answer(one) for one in MailAnswer}
    for letter in post():
        name = f"{letter.notice.letter}-{letter.kind.__name__}"
        found.setdefault(name, letter.written)
    return found


def daily(*, training: bool = False) -> Written:
    """Return a daily email with something under each of its headings."""

    def line(asks: str, number: int, said: str) -> DailyLine:
        reference = f"PCE-7K3M-9QX{number}"
        return DailyLine(f"{asks}: {reference}, Stage 1", f"{_URL}challenges/{reference}", said)

    late = "Due Friday 30 October 2026, 1 working day late."
    groups = (
        ("Overdue", (line("Decide on the reply", 1, late),)),
        ("Due today", (line("Reply", 2, "Due Monday 2 November 2026."),)),
        ("Due soon", (line("Do action 1 and report it", 3, "Due Wednesday 4 November 2026."),)),
        ("Due later", (line("Reply", 4, "Due Monday 9 November 2026."),)),
    )
    said = "Stage 2 began. A reply is due from the Head of Service by Monday 9 November 2026."
    news = (DailyLine("PCE-7K3M-9QX5, Stage 2", f"{_URL}challenges/PCE-7K3M-9QX5", said),)
    context = DailyContext(
        council=_COUNCIL,
        headline="4 things to do, 1 overdue, 1 due today, and news of 1 challenge",
        opening="Please start with what is overdue: 1 thing.",
        groups=groups,
        news=news,
        link=_URL,
        turn_to=_SRSM,
        cover=("You cover the Team Manager, North Team, from Monday 2 November 2026.",),
    )
    return write(DAILY, context, training=training)


def _answer(kind: MailAnswer) -> Written:
    context = MailAnswerContext(
        council=_COUNCIL,
        link=f"{_URL}raise?draft=1",
        how_to=f"{_URL}raise/by-email",
        problems=("Team: Select the child’s team. Did you mean North Team?",),
        unknown=("Line 7", "Line 9: “Concern topic”"),
        turn_to=_SRSM,
    )
    return write(kind, context, training=False)


def _main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, written in every_email().items():
        (folder / f"{name}.html").write_text(written.html)
        (folder / f"{name}.txt").write_text(f"Subject: {written.subject}\n\n{written.text}")
    print(f"{len(every_email())} emails are in {folder}.")  # noqa: T201 - what it did


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
