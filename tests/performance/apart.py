"""bizdays, asked for working days in an environment of its own: it brings pandas.

Run as a program by that environment's Python, where nothing of ours can be imported. On standard
input comes a line of JSON, ``{"first", "last", "not_worked", "sums": [[start, days]]}`` with days
as ISO texts, and on standard output goes a line with the answers. After that each empty line asks
for all sums once more, and is answered with the seconds that they took.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Sum", "seconds"]

#: A start, and the working days that are added to it.
Sum = tuple[date, int]


def seconds(add: Callable[[date, int], date], sums: Sequence[Sum]) -> float:
    """The processor's seconds that it takes to ask for each of ``sums`` once."""
    began = time.process_time()
    for start, days in sums:
        add(start, days)
    return time.process_time() - began


def main() -> None:
    """Answer until standard input ends."""
    from bizdays import Calendar  # noqa: PLC0415 - not in the environment that imports `seconds`

    asked = json.loads(sys.stdin.readline())
    sums = [(date.fromisoformat(start), days) for start, days in asked["sums"]]
    add = Calendar(
        holidays=asked["not_worked"],
        weekdays=["Saturday", "Sunday"],
        startdate=asked["first"],
        enddate=asked["last"],
    ).offset
    _say(json.dumps([add(start, days).isoformat() for start, days in sums]))
    while sys.stdin.readline():
        _say(str(seconds(add, sums)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
