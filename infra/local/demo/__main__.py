"""``python -m infra.local.demo`` (``make demo``): play the stories once, then run the service."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.wiring import forget
from infra.blueprint import DAILY, DUTIES
from infra.local import __main__ as service
from infra.local.demo import PROCEDURE
from infra.local.demo.play import StoryError, play
from infra.local.demo.stories import STORIES
from infra.local.disk import Disk
from infra.local.duties import Duties
from infra.local.tools import ClockHands

#: The folder in which a demonstration is made. Only a finished one gets the folder's own name.
_MAKING = ".making"

#: Days before the first story, at which the clock begins: there are five working days in seven.
_BEFORE = timedelta(days=20)

#: How far back the daily emails go: a year of them would take most of the time.
_DAILY_EMAILS = timedelta(days=14)


def main() -> int:
    """Make the demonstration where there is none, then run the service in it until stopped."""
    folder = Path(os.environ.get("DATA_DIR") or ".demo").absolute()
    os.environ.setdefault("PROCEDURE_FILE", str(PROCEDURE))
    if not folder.exists():
        print(f"Playing a year of made-up challenges into {folder} …", file=sys.stderr)
        started = time.monotonic()
        try:
            make(folder)
        except StoryError as error:
            print(f"The demonstration cannot be made. {error}", file=sys.stderr)
            return 1
        print(f"Played in {time.monotonic() - started:.0f} seconds.", file=sys.stderr)
    os.environ["DATA_DIR"] = str(folder)
    return service.main()


def make(folder: Path) -> None:
    """Play every story into ``folder``, which is there only when all are played.

    Raise ``StoryError``, and what starting the service raises.
    """
    making = folder.with_name(folder.name + _MAKING)
    if (making / service.MARKER).exists():  # an earlier one was interrupted
        shutil.rmtree(making)
    until = datetime.now(UTC)
    longest = max(story.raised for story in STORIES)
    stands_at = until - timedelta(days=longest * 7 / 5) - _BEFORE
    with ExitStack() as ends:
        disk = Disk()
        ends.enter_context(service.own_folder(making, disk))
        emulator = service.emulator_in(making, disk, service.ports_asked_for(), stands_at=stands_at)
        ends.enter_context(emulator)
        forget()
        ends.callback(forget)
        service.load_sample_directory()
        # Nobody compares the nights of a year that was made up: only the emails are sent.
        emails = tuple(duty for duty in DUTIES if duty.function is DAILY)
        duties = Duties(invoke=emulator.invoke, now=until - _DAILY_EMAILS, duties=emails)
        hands = ClockHands(emulator, duties)
        for done, every in play(until, hands.move):
            print(f"\r{done} of {every}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    making.rename(folder)


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    os._exit(code)
