"""Ask bizdays for working days in an environment of its own, because it installs pandas.

That environment's Python runs this as a program, and can import nothing of ours. Standard input
gets a line of JSON, ``{"first", "last", "not_worked", "sums": [[start, days]]}`` with days as ISO
texts, and standard output gets a line with the answers. After that, each empty line asks for all
sums again, and is answered with the seconds that they took.
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
    """Return the processor seconds of asking for each of ``sums`` once."""
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
