"""The banner at the top of every page of a training environment: the time, and how fast it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.settings import working_day
from adapters.wiring import training_runs
from domain.moments import moment_in_words, time_in_words

if TYPE_CHECKING:
    from domain.training import TrainingRun

__all__ = ["Banner", "banner", "pace"]

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Banner:
    """The time by the service's clock (``now``), and a sentence about its speed (``pace``).

    Both are empty if they are not known.
    """

    now: str = ""
    pace: str = ""


def banner() -> Banner | None:
    """Return the banner as it is now; ``None`` in a live environment."""
    if working_day() is None:
        return None
    try:
        latest = training_runs().latest(clock.wall())
        return Banner(moment_in_words(clock.now()), pace(latest))
    except (ClientError, BotoCoreError):
        return Banner()  # the page that says what went wrong has a banner too


def pace(latest: TrainingRun | None) -> str:
    """Return a sentence: how fast the service's clock runs, and until when by the reader's own."""
    if latest is None or clock.wall() >= latest.until:
        return "The clock runs at its usual speed."
    until = time_in_words(latest.until)
    return f"A working day lasts {_in_words(latest.working_day)} until {until} by your own clock."


def _in_words(span: timedelta) -> str:
    """Return ``30 seconds``, ``1 minute``, ``90 seconds`` or ``60 minutes``."""
    if span % _MINUTE:
        return f"{span.seconds} seconds"
    minutes = span // _MINUTE
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
